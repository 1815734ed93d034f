"""A geometry prim as triangle meshes, whatever its type."""

from __future__ import annotations

from pxr import Usd, UsdGeom

from rendersdg.errors import Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.curves import CURVES, POINTS, read_curves, read_points
from rendersdg.stage.meshes import PrimMesh, read_mesh
from rendersdg.stage.patches import PATCH, read_patch
from rendersdg.stage.primvars import Names
from rendersdg.stage.reads import Reads
from rendersdg.stage.skinning import Skin
from rendersdg.stage.solids import SOLIDS, read_solid
from rendersdg.stage.tets import TETS, read_tets

_UNDRAWN = {
    "Volume": "volumes are not drawn (they hold {})",
    "ParticleField3DGaussianSplat": "Gaussian splats are not drawn",
    "ParticleField": "particle fields are not drawn",
}


def read_parts(
    prim: Usd.Prim, time: Usd.TimeCode, report: Report, asked: Names = Names(), skin: Skin | None = None
) -> list[PrimMesh]:
    """Return the triangle meshes of a Gprim; none for what is not drawn, which is reported.

    The points of a mesh with a ``skin`` are those that it gives. Raises AssetError for what cannot be read.
    """
    if prim.IsA(UsdGeom.Mesh):
        return read_mesh(prim, time, report, asked, skin)
    mesh = _one_mesh(prim, str(prim.GetTypeName()), time, report)
    return [] if mesh is None else [PrimMesh(mesh, None)]


def _one_mesh(prim: Usd.Prim, kind: str, time: Usd.TimeCode, report: Report) -> Mesh | None:
    if kind in SOLIDS:
        return read_solid(prim, time, report)
    if kind in CURVES:
        return read_curves(prim, time, report)
    if kind == POINTS:
        return read_points(prim, time, report)
    if kind == PATCH:
        return read_patch(prim, time, report)
    if kind == TETS:
        return read_tets(prim, time, report)
    fields = sorted(str(c.GetTypeName()) for c in prim.GetFilteredChildren(Usd.TraverseInstanceProxies()))
    held = ", ".join(dict.fromkeys(f for f in fields if f)) or "no fields"
    report.ignored(str(prim.GetPath()), _UNDRAWN.get(kind, f"{kind} geometry is not drawn").format(held))
    return None


READS = (
    Reads("Volume", said=_UNDRAWN["Volume"]),
    Reads("ParticleField", said=_UNDRAWN["ParticleField"]),
)
