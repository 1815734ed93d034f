"""The headers of the kernels, and the structures that Python has for them."""

from __future__ import annotations

from rendersdg.kernels import drawing, resampling, structs, unfold
from rendersdg.kernels.arrays import Structure
from rendersdg.kernels.matrices import Product
from rendersdg.kernels.polygons import Corners
from tests.conftest import ROOT

HEADERS = [ROOT / "rendersdg" / "kernels" / name for name in ("kernels.h", "small.h")]
STRUCTURES = {
    s.__name__: s
    for module in (structs, drawing, resampling, unfold)
    for s in vars(module).values()
    if isinstance(s, type) and issubclass(s, Structure) and s is not Structure
}
LAYOUTS = {**STRUCTURES, "Corners": Corners, "Product": Product}  # those that are not checked field by field, too
