"""``rep.functional.randomizer``: random places and colours, drawn at once from the script's generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pxr import Gf, Usd, UsdGeom, Vt

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import current
from rendersdg.replicator.functional.placement import Placement
from rendersdg.replicator.rng import ReplicatorRNG
from rendersdg.replicator.values import PrimsLike, VectorLike, prims_of, unwrap, vector_of

_MOST_TRIES = 1000  # of scattering one prim
Generator = ReplicatorRNG | np.random.Generator
Box = tuple[F8, F8]  # least and greatest corner


def display_color(prims: PrimsLike, rng: Generator | None = None) -> None:
    """Give prims a uniformly random display colour."""
    generator = _generator(rng)
    for prim in prims_of(prims):
        colour = [float(v) for v in generator.random(3)]
        targets = [p for p in Usd.PrimRange(prim) if p.IsA(UsdGeom.Gprim)] or [prim]
        for target in targets:
            UsdGeom.Gprim(target).CreateDisplayColorAttr().Set(Vt.Vec3fArray([Gf.Vec3f(*colour)]))


def scatter_2d(
    prims: PrimsLike,
    surface_prims: PrimsLike,
    no_collision_prims: PrimsLike | None = None,
    extents: Sequence[VectorLike] | None = None,
    offset: float = 0.0,
    check_for_collisions: bool = False,
    rng: Generator | None = None,
    **other: object,
) -> None:
    """Put prims at random points of surfaces, uniform by area, keeping their bounds apart when asked.

    ``extents`` are the least and greatest corner of where they may stand; ``offset`` is how far they stand off the
    surface, in stage units. Raises BadArgument where no point of the surfaces lies within the extents.
    """
    generator = _generator(rng)
    surface = _Surface.of(prims_of(surface_prims), offset)
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    if extents is not None:
        low, high = (np.array(vector_of("extents", corner)) for corner in unwrap(extents))
    taken = [world_bounds(p) for p in (prims_of(no_collision_prims) if no_collision_prims is not None else [])]
    for prim in prims_of(prims):
        is_placed = False
        for _ in range(_MOST_TRIES):
            point, place = surface.draw(generator)
            if (point < low).any() or (point > high).any():
                continue
            Placement(position=place).pose(prim)
            is_placed = True
            box = world_bounds(prim)
            if not check_for_collisions or not any(_overlap(box, other_box) for other_box in taken):
                taken.append(box)
                break
        else:
            if not is_placed:
                raise BadArgument(
                    "scatter_2d: no point of the surfaces lies within the extents", where=current().where()
                )
            current().recorder.report.note(
                "functional.randomizer.scatter_2d", f"{prim.GetPath()}: found no free place; it touches others"
            )


def world_bounds(prim: Usd.Prim) -> Box:
    """Return the least and greatest corner of a prim's axis-aligned bounds in the world, in stage units."""
    cache = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    box = cache.ComputeWorldBound(prim).ComputeAlignedRange()
    return np.array(box.GetMin()), np.array(box.GetMax())


@dataclass(frozen=True, eq=False)
class _Surface:
    """The triangles of surfaces, ``(N, 3, 3)`` world points, with normals as long as twice the areas."""

    triangles: F8
    normals: F8
    areas: F8
    offset: float

    @classmethod
    def of(cls, prims: Sequence[Usd.Prim], offset: float) -> _Surface:
        """Return the surface that prims have. Raises BadArgument where they have none."""
        triangles = np.concatenate([_triangles(p) for p in prims])
        if not len(triangles):
            raise BadArgument("scatter_2d: the surfaces have no faces", where=current().where())
        normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        return cls(triangles, normals, portable.norm(normals, axis=1), offset)

    def draw(self, rng: np.random.Generator) -> tuple[F8, list[float]]:
        """Return a random point, and the place above it at the offset."""
        k = int(rng.choice(len(self.areas), p=self.areas / self.areas.sum()))
        u, v = rng.random(2)
        if u + v > 1:  # the other half of the parallelogram is folded back onto the triangle
            u, v = 1 - u, 1 - v
        a, b, c = self.triangles[k]
        point = a + u * (b - a) + v * (c - a)
        return point, (point + self.normals[k] / self.areas[k] * self.offset).tolist()


def _overlap(box: Box, other: Box) -> bool:
    return bool((box[0] < other[1]).all() and (box[1] > other[0]).all())


def _generator(rng: Generator | None) -> np.random.Generator:
    if rng is None:
        rng = ReplicatorRNG()
    return rng.generator if isinstance(rng, ReplicatorRNG) else rng


def _triangles(prim: Usd.Prim) -> F8:
    """Return the triangles of a prim, ``(N, 3, 3)`` points of the world in stage units."""
    sessions = current().sessions
    base = sessions.now().builder.base
    base.forget(str(prim.GetPath()))
    triangles = []
    for drawable in base.drawables(str(prim.GetPath())):
        matrix = portable.product(
            base.world(drawable.anchor), drawable.offset if drawable.offset is not None else np.eye(4)
        )
        mesh = base.meshes[drawable.mesh]
        points = portable.product(mesh.vertices.astype(np.float64), matrix[:3, :3].T) + matrix[:3, 3]
        triangles.append(points[mesh.triangles])
    sessions.shown.again()
    return np.concatenate(triangles) if triangles else np.zeros((0, 3, 3))
