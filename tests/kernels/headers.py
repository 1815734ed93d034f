"""The headers of the kernels, and the structures that Python has for them."""

from __future__ import annotations

from rendersdg.kernels import drawing, structs, unfold
from rendersdg.kernels.arrays import Structure
from tests.conftest import ROOT

HEADERS = [ROOT / "rendersdg" / "kernels" / name for name in ("kernels.h", "small.h")]
STRUCTURES = {
    s.__name__: s
    for module in (structs, drawing, unfold)
    for s in vars(module).values()
    if isinstance(s, type) and issubclass(s, Structure) and s is not Structure
}
