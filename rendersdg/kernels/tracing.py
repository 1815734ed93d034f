"""Rays through a scene: trees over meshes, which are built once, and over instances, which are built each frame."""

from __future__ import annotations

from ctypes import POINTER, byref, c_int, c_int64, c_void_p
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4, F8, I4, I8, U1, U4, Mask
from rendersdg.errors import BadArgument, RenderFailed
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel
from rendersdg.kernels.structs import Drawn, Hits, MeshTree, RayQuery, Rows, Scene, TreePlan, Trees
from rendersdg.kernels.threads import in_bands

EVERYTHING = 0xFFFFFFFF  # the mask of a ray that sees every instance that has any bit set
_MOST_THINGS = 1 << 30  # triangles of a mesh, or instances: children of nodes are numbered by 32 bits
_LINE = 64  # bytes of a processor's cache line, at which nodes begin
_RAYS_A_ROW = 256  # that are handed to a thread together, at least


@dataclass(frozen=True, eq=False)
class Tree:
    """The tree of a mesh, which :func:`mesh_tree` builds.

    ``triangles`` are the mesh's (T, 3), ``table`` the tree as the kernels take it.
    """

    triangles: I4
    table: MeshTree

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return int(self.table.kept["nodes"].nbytes + self.table.kept["blocks"].nbytes)

    @property
    def cost(self) -> float:
        """How many boxes a ray through the tree's own box meets, about: the sum of their surfaces over that one's."""
        bounds = self.table.kept["nodes"].view(np.float32)[:, :48].reshape(-1, 3, 2, 8)
        sides = [bounds[:, axis, 1] - bounds[:, axis, 0] for axis in range(3)]
        whole = [high - low for low, high in zip(self.table.low, self.table.high)]
        around = sum(max(whole[axis], 0.0) * max(whole[axis - 1], 0.0) for axis in range(3))
        there = np.where(sides[0] >= 0, sum(sides[axis] * sides[axis - 1] for axis in range(3)), 0)
        return float(there.sum(dtype=np.float64)) / around if around > 0 else 1.0

    def refitted(self, vertices: F4) -> Tree:
        """Return the tree of the same triangles whose ``vertices`` (V, 3) have moved.

        The grouping stays, so this takes a small part of the time of a new tree. Hits are those of a new tree; how long
        they take to find depends on how far neighbours have moved apart. Raises BadArgument as :func:`mesh_tree` does.
        """
        table = _table(_copied(self.table.kept["nodes"]), _copied(self.table.kept["blocks"]))
        if _refit(vertices, self.triangles, table):
            return mesh_tree(vertices, self.triangles)  # of what was nowhere something is somewhere now
        return Tree(self.triangles, table)


def mesh_tree(vertices: F4, triangles: I4) -> Tree:
    """Return the tree of a mesh of ``vertices`` (V, 3) and ``triangles`` (T, 3).

    Triangles with corners that are not finite, or not there, are left out. Raises BadArgument for arrays of another
    dtype, shape or layout, and for more than 2^30 triangles.
    """
    start = address("vertices", vertices, "f4", ("V", 3))
    corners = address("triangles", triangles, "i4", ("T", 3))
    plan = _plan(len(triangles))
    _done(_kernels().plan_mesh_tree(len(vertices), start, len(triangles), corners, byref(plan)))
    table = _table(_lines(plan.node_count, 256), _lines(plan.leaf_count, 320))
    _kernels().lay_mesh_tree(byref(plan), byref(table))
    _refit(vertices, triangles, table)
    return Tree(triangles, table)


def trees_of(
    trees: list[Tree],
    tree: I8,
    world_from_mesh: F8,
    *,
    mask: U4 | None = None,
    scene: Scene | None = None,
    drawn: Drawn | None = None,
) -> Trees:
    """Return what rays are sent through: instances whose mesh has the ``tree`` (N,) of ``trees``, -1 for none.

    ``world_from_mesh`` is (N, 4, 4) float64. An instance whose matrix has no inverse is not hit. A ray sees the
    instances whose ``mask`` (N,) shares a bit with its own; by default all bits are set. With ``scene`` and ``drawn``,
    whose instances are the same, what is cut out lets rays through. Raises BadArgument for arrays that do not belong
    together.
    """
    count = len(tree)
    if drawn is not None and scene is not None:
        _check_cuts(trees, tree, scene, drawn)
    address("tree", tree, "i8", (count,))
    worlds = address("world_from_mesh", world_from_mesh, "f8", (count, 4, 4))
    mesh_from_world, boxes = np.zeros((count, 3, 4)), np.zeros((count, 2, 3), np.float32)
    plan = _plan(count)
    found = Trees(
        trees=[t.table for t in trees],
        tree=tree,
        mesh_from_world=mesh_from_world,
        mask=np.full(count, EVERYTHING, np.uint32) if mask is None else mask,
        nodes=_lines(0, 256),
        scene=scene,
        drawn=drawn if scene is not None else None,
        low=np.zeros(3),
        high=np.zeros(3),
    )
    _kernels().place_instances(
        count, tree.ctypes.data, worlds, len(trees), found.trees, mesh_from_world.ctypes.data, boxes.ctypes.data
    )
    _done(_kernels().plan_instance_tree(boxes.ctypes.data, byref(plan)))
    nodes = _lines(plan.node_count, 256)
    _kernels().lay_instance_tree(byref(plan), boxes.ctypes.data, nodes.ctypes.data)
    found.kept["nodes"], found.nodes, found.node_count = nodes, nodes.ctypes.data, len(nodes)
    placed = boxes[np.isfinite(boxes).all((1, 2))]
    found.low[:] = placed[:, 0].min(0, initial=np.inf).tolist()
    found.high[:] = placed[:, 1].max(0, initial=-np.inf).tolist()
    return found


@dataclass(frozen=True, eq=False)
class Crossings:
    """What R rays hit first.

    ``instance`` and ``triangle`` (R,) int32, the triangle's number within its instance, -1 for nothing; ``distance``
    (R,) float32 in lengths of the ray's direction, inf for nothing; ``u`` and ``v`` (R,) float32, the weights of the
    triangle's second and third corner, of which the first has the rest.
    """

    instance: I4
    triangle: I4
    distance: F4
    u: F4
    v: F4


def trace(
    trees: Trees,
    origin: F4,
    direction: F4,
    near: float | F4 = 0.0,
    far: float | F4 = np.inf,
    mask: int = EVERYTHING,
) -> Crossings:
    """Return what rays from ``origin`` (R, 3) along ``direction`` (R, 3), float32, hit first.

    They hit what lies at ``near`` <= distance < ``far``, each a number or (R,) float32, in lengths of the direction,
    which need not be 1; a negative ``near`` counts as 0. Rays that are not finite or have no direction hit nothing. Of
    hits equally near the lesser instance, then the lesser triangle is taken.
    """
    rays = _rays(origin, direction, near, far, mask)
    count = rays.count
    found = Crossings(*(np.empty(count, np.int32) for _ in range(2)), *(np.empty(count, np.float32) for _ in range(3)))
    hits = Hits(
        instance=found.instance, triangle=found.triangle, distance=found.distance, u=found.u, v=found.v, count=count
    )
    _in_rows(count, lambda rows: _kernels().trace(byref(trees), byref(rays), byref(hits), byref(rows)))
    return found


def occluded(
    trees: Trees,
    origin: F4,
    direction: F4,
    near: float | F4 = 0.0,
    far: float | F4 = np.inf,
    mask: int = EVERYTHING,
) -> Mask:
    """Return whether rays hit anything (R,): as :func:`trace`, and faster, since any hit will do."""
    rays = _rays(origin, direction, near, far, mask)
    found = np.empty(rays.count, np.uint8)
    start = found.ctypes.data
    _in_rows(rays.count, lambda rows: _kernels().occluded(byref(trees), byref(rays), start, byref(rows)))
    return found.view(np.bool_)


def _rays(origin: F4, direction: F4, near: float | F4, far: float | F4, mask: int) -> RayQuery:
    if not 0 <= mask <= EVERYTHING:
        raise BadArgument(f"mask={mask}: give 32 bits")
    count = len(origin)
    ends = [e if isinstance(e, np.ndarray) else np.full(count, e, np.float32) for e in (near, far)]
    return RayQuery(origin=origin, direction=direction, near=ends[0], far=ends[1], count=count, mask=mask)


def _in_rows(count: int, work: Any) -> None:
    def cast(rows: Rows) -> None:
        work(Rows(rows.first * _RAYS_A_ROW, min(rows.end * _RAYS_A_ROW, count)))

    in_bands(-(-count // _RAYS_A_ROW), cast)


def _check_cuts(trees: list[Tree], tree: I8, scene: Scene, drawn: Drawn) -> None:
    """Raise BadArgument where looking a cut-out up would lead out of an array."""
    instances, cut = scene.kept["instances"], drawn.kept["cut_texture"]
    if not len(tree) == instances.count == drawn.instance_count:
        raise BadArgument(f"there are {len(tree)} trees, {instances.count} instances and {drawn.instance_count} drawn")
    if cut.size and int(cut.max()) >= scene.kept["textures"].count:
        raise BadArgument(f"a cut-out has texture {cut.max()} of {scene.kept['textures'].count}")
    for number, (which, triangles) in enumerate(zip(tree.tolist(), instances.kept["triangle_count"].tolist())):
        if 0 <= which < len(trees) and len(trees[which].triangles) != triangles:
            raise BadArgument(
                f"instance {number} has {triangles} triangles, and its tree has {len(trees[which].triangles)}"
            )


def _plan(count: int) -> TreePlan:
    if count > _MOST_THINGS:
        raise BadArgument(f"a tree of {count} things: at most {_MOST_THINGS} are possible")
    return TreePlan(
        order=np.empty(count, np.int32),
        leaves=np.empty((count, 2), np.int32),
        children=np.empty((count, 8), np.int32),
        count=count,
        placed_count=0,
        leaf_count=0,
        node_count=0,
    )


def _table(nodes: U1, blocks: U1) -> MeshTree:
    return MeshTree(nodes=nodes, blocks=blocks, low=np.zeros(3), high=np.zeros(3), scale=1.0)


def _refit(vertices: F4, triangles: I4, table: MeshTree) -> int:
    """Set all boxes; return how many triangles are somewhere that the tree lacks."""
    start = address("vertices", vertices, "f4", ("V", 3))
    return int(_kernels().refit_mesh_tree(len(vertices), start, len(triangles), triangles.ctypes.data, byref(table)))


def _lines(count: int, size: int) -> NDArray[np.uint8]:
    """Return an array (count, size) that begins at a cache line."""
    room = np.empty(count * size + _LINE, np.uint8)
    first = -room.ctypes.data % _LINE
    return room[first : first + count * size].reshape(count, size)


def _copied(lines: U1) -> U1:
    copy = _lines(*lines.shape)
    copy[:] = lines
    return copy


def _done(status: int) -> None:
    if status:
        raise RenderFailed("there is not enough memory for the trees of this scene")


@cache
def _kernels() -> Any:
    return _Kernels()


class _Kernels:
    """The functions of ``planting.c`` and ``tracing.c``."""

    def __init__(self) -> None:
        mesh = (c_int64, c_void_p, c_int64, c_void_p)
        plan, tree, trees = POINTER(TreePlan), POINTER(MeshTree), POINTER(Trees)
        self.plan_mesh_tree = kernel("plan_mesh_tree", c_int, *mesh, plan)
        self.lay_mesh_tree = kernel("lay_mesh_tree", None, plan, tree)
        self.refit_mesh_tree = kernel("refit_mesh_tree", c_int64, *mesh, tree)
        self.place_instances = kernel(
            "place_instances", None, c_int64, c_void_p, c_void_p, c_int64, tree, c_void_p, c_void_p
        )
        self.plan_instance_tree = kernel("plan_instance_tree", c_int, c_void_p, plan)
        self.lay_instance_tree = kernel("lay_instance_tree", None, plan, c_void_p, c_void_p)
        self.trace = kernel("trace", None, trees, POINTER(RayQuery), POINTER(Hits), POINTER(Rows))
        self.occluded = kernel("occluded", None, trees, POINTER(RayQuery), c_void_p, POINTER(Rows))
