"""``pxr.PhysicsSchemaTools``: numbers that stand for paths, by which PhysX tells of prims."""

from __future__ import annotations

from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

from rendersdg.omni.doors import PathLike, VectorLike, gf_vec3f, numbers
from rendersdg.replicator.host import current_host
from rendersdg.replicator.values import unwrap

__all__ = ["addGroundPlane", "decodeSdfPath", "encodeSdfPath", "intToSdfPath", "sdfPathToInt"]


class NumberedPaths:
    """The paths that have numbers in this run: 1 for the first, and so on."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, path: str) -> int:
        """Return the number of a path, a new one where it has none."""
        return self._numbers.setdefault(path, len(self._numbers) + 1)

    def path(self, number: int) -> str | None:
        """Return the path of a number, None where there is none."""
        return next((path for path, k in self._numbers.items() if k == number), None)


def sdfPathToInt(path: PathLike) -> int:
    """Return the number that stands for a path."""
    return current_host().part(NumberedPaths).number(str(path))


def intToSdfPath(number: int) -> Sdf.Path:
    """Return the path that a number stands for; the empty path for one that stands for none."""
    path = current_host().part(NumberedPaths).path(number)
    return Sdf.Path() if path is None else Sdf.Path(path)


def encodeSdfPath(path: PathLike) -> tuple[int, int]:
    """Return the pair of numbers that stands for a path."""
    return sdfPathToInt(path), 0


def decodeSdfPath(first: int, second: int = 0) -> Sdf.Path:
    """Return the path that a pair of numbers stands for."""
    return intToSdfPath(first)


def addGroundPlane(
    stage: Usd.Stage, planePath: PathLike, axis: str, size: float, position: VectorLike, color: VectorLike
) -> None:
    """Add a ground that reaches ``size`` stage units to each side, square to an axis: a mesh that is seen, and a plane
    that bodies collide with.
    """
    path, unit = str(planePath), UsdGeom.GetStageMetersPerUnit(stage)
    ground = UsdGeom.Xform.Define(stage, path)
    ground.AddTranslateOp().Set(Gf.Vec3d(*numbers(position).tolist()))
    u, v = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}[str(axis).upper()]
    corners = [(-size, -size), (size, -size), (size, size), (-size, size)]
    mesh = UsdGeom.Mesh.Define(stage, f"{path}/CollisionMesh")
    mesh.CreatePointsAttr([Gf.Vec3f(*(a if k == u else b if k == v else 0.0 for k in range(3))) for a, b in corners])
    mesh.CreateFaceVertexCountsAttr([4])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 3])
    mesh.CreateNormalsAttr([Gf.Vec3f(*(float(k not in (u, v)) for k in range(3)))] * 4)
    mesh.CreateSubdivisionSchemeAttr("none")
    mesh.CreateDisplayColorAttr().Set([gf_vec3f(color)])
    st = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex)
    st.Set([Gf.Vec2f(a * unit, b * unit) for a, b in corners])  # a texture is laid out once a metre
    plane = UsdGeom.Plane.Define(stage, f"{path}/CollisionPlane")
    plane.CreateAxisAttr(str(axis).upper())
    plane.CreateWidthAttr(2.0 * size)
    plane.CreateLengthAttr(2.0 * size)
    plane.CreatePurposeAttr(UsdGeom.Tokens.guide)
    UsdPhysics.CollisionAPI.Apply(plane.GetPrim())


def path_text(path: PathLike | int) -> str:
    """Return a path as text, given as such, by a prim, or by the number that stands for it."""
    return str(intToSdfPath(path)) if isinstance(path, int) else str(unwrap(path))
