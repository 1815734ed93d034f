"""``isaacsim.core.experimental.objects.Mesh``: one mesh or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom, Vt

from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen
from rendersdg.omni.isaac.experimental.handles import Paths
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.experimental.shapes import Coloured
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.replicator.engine import current

__all__ = ["Mesh"]

_PRIMITIVES = ("Cone", "Cube", "Cylinder", "Disk", "Plane", "Sphere", "Torus")
Several = Sequence[VectorLike]  # an array for each mesh, or one for all


class Mesh(Coloured):
    """One mesh or several. ``primitives`` are the shapes, one for all or one each, that new ones begin with."""

    _schema = UsdGeom.Mesh

    def __init__(self, paths: Paths, *, primitives: str | Sequence[str] | None = None, **more: Any) -> None:
        self._primitives = primitives
        super().__init__(paths, **more)

    def _define(self, paths: Sequence[str], values: dict[str, Any]) -> None:
        kinds = [self._primitives] if isinstance(self._primitives, str) else list(self._primitives or [""])
        if len(kinds) not in (1, len(paths)) and paths:
            raise BadArgument(f"{len(kinds)} primitives for {counted(len(paths), 'mesh')}", where=current().where())
        for path, kind in zip(paths, kinds * len(paths) if len(kinds) == 1 else kinds):
            if kind and kind not in _PRIMITIVES:
                raise BadArgument(f"primitives={kind!r}: give one of {', '.join(_PRIMITIVES)}")
            if kind:
                current().recorder.author.bare_shape(kind.lower(), path, as_mesh=True)
            else:
                UsdGeom.Mesh.Define(get_current_stage(), path)

    @property
    def num_faces(self) -> list[int]:
        """How many faces each has."""
        return [g.GetFaceCount() for g in self.geoms]

    def _write(self, indices: Indices, **given: Several | None) -> None:
        """Set arrays of each mesh by the names of their attributes; None stays."""
        prims = chosen(self, indices)
        for name, several in given.items():
            if several is not None and len(several) not in (1, len(prims)):
                raise BadArgument(
                    f"{counted(len(several), 'array')} for {counted(len(prims), 'mesh')}", where=current().where()
                )
            for k, prim in enumerate(prims):
                if several is not None:
                    _set_array(prim, name, several[0 if len(several) == 1 else k])

    def _read(self, indices: Indices, name: str) -> list[Array]:
        dtype = np.float32 if name in ("points", "normals") or name.endswith("Sharpnesses") else np.int32
        return [array(np.array(p.GetAttribute(name).Get() or (), dtype), dtype) for p in chosen(self, indices)]

    def set_points(self, points: Several, *, indices: Indices = None) -> None:
        """Set the points (P, 3) of each, in stage units."""
        self._write(indices, points=points)

    def get_points(self, *, indices: Indices = None) -> list[Array]:
        """Return the points (P, 3) of each, in stage units."""
        return self._read(indices, "points")

    def set_normals(self, normals: Several, *, indices: Indices = None) -> None:
        """Set the normals of each."""
        self._write(indices, normals=normals)

    def get_normals(self, *, indices: Indices = None) -> list[Array]:
        """Return the normals of each."""
        return self._read(indices, "normals")

    set_face_interpolations, _interpolations = accessors(
        "how values at the corners of faces are subdivided",
        Field("varying_linear_interpolations", "faceVaryingLinearInterpolation", str),
    )

    def set_face_specs(
        self,
        vertex_indices: Several | None = None,
        vertex_counts: Several | None = None,
        varying_linear_interpolations: Sequence[str] | None = None,
        hole_indices: Several | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Set the faces of each: points in order, points a face, how values at corners are subdivided, and holes."""
        self._write(indices, faceVertexIndices=vertex_indices, faceVertexCounts=vertex_counts, holeIndices=hole_indices)
        if varying_linear_interpolations is not None:
            type(self).set_face_interpolations(self, varying_linear_interpolations, indices=indices)

    def get_face_specs(self, *, indices: Indices = None) -> tuple[list[Array], list[Array], list[str], list[Array]]:
        """Return the faces of each: points in order, points a face, how values at corners are subdivided, and holes."""
        return (
            self._read(indices, "faceVertexIndices"),
            self._read(indices, "faceVertexCounts"),
            type(self)._interpolations(self, indices=indices),
            self._read(indices, "holeIndices"),
        )

    def set_crease_specs(
        self,
        crease_indices: Several,
        crease_lengths: Several,
        crease_sharpnesses: Several,
        *,
        indices: Indices = None,
    ) -> None:
        """Set the creases of each: their points, how many points each has, and how sharp they are."""
        self._write(
            indices,
            creaseIndices=crease_indices,
            creaseLengths=crease_lengths,
            creaseSharpnesses=crease_sharpnesses,
        )

    def get_crease_specs(self, *, indices: Indices = None) -> tuple[list[Array], list[Array], list[Array]]:
        """Return the creases of each: their points, how many points each has, and how sharp they are."""
        names = ("creaseIndices", "creaseLengths", "creaseSharpnesses")
        points, lengths, sharpnesses = (self._read(indices, name) for name in names)
        return points, lengths, sharpnesses

    def set_corner_specs(
        self, corner_indices: Several, corner_sharpnesses: Several, *, indices: Indices = None
    ) -> None:
        """Set the corners of each: their points, and how sharp they are."""
        self._write(indices, cornerIndices=corner_indices, cornerSharpnesses=corner_sharpnesses)

    def get_corner_specs(self, *, indices: Indices = None) -> tuple[list[Array], list[Array]]:
        """Return the corners of each: their points, and how sharp they are."""
        return self._read(indices, "cornerIndices"), self._read(indices, "cornerSharpnesses")

    set_subdivision_specs, get_subdivision_specs = accessors(
        "how each is subdivided: scheme, borders, and rule of triangles",
        Field("subdivision_schemes", "subdivisionScheme", str),
        Field("interpolate_boundaries", "interpolateBoundary", str),
        Field("triangle_subdivision_rules", "triangleSubdivisionRule", str),
    )


def _set_array(prim: Usd.Prim, name: str, values: VectorLike) -> None:
    attribute, plain = prim.GetAttribute(name), numbers(values)
    if name in ("points", "normals"):
        attribute.Set(Vt.Vec3fArray.FromNumpy(plain.reshape(-1, 3).astype(np.float32)))
    elif name.endswith("Sharpnesses"):
        attribute.Set(Vt.FloatArray(plain.ravel().tolist()))
    else:
        attribute.Set(Vt.IntArray([int(v) for v in plain.ravel()]))
