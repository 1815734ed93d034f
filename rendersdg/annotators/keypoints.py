"""Keypoints: where the named points of objects are in the picture, and whether they are seen; an extension of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rendersdg import portable
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.families import with_children
from rendersdg.annotators.segmentation import instance_numbers
from rendersdg.annotators.semantics import filter_of, labels_of, owners
from rendersdg.arrays import F8, I4, I8, Mask
from rendersdg.errors import BadScene
from rendersdg.frame import Labels, ProductView
from rendersdg.geometry import OPENCV_FROM_CAMERA, transform_points
from rendersdg.lens import PERSPECTIVE, project
from rendersdg.snapshot import Camera, Entity, Keypoints, Snapshot

_AT_THE_POINT = 1e-4  # of a point's distance: what is met so near before it does not hide it
_SLACK = 1e-6  # of a triangle: a line through an edge meets both triangles
HIDDEN, SEEN = 1, 2  # COCO's visibility; 0 is outside of the picture
_BELOW = 0.02  # of the diagonal of an object's box: what is seen of it so near before a point shows the point


@dataclass(frozen=True, eq=False)
class ObjectKeypoints:
    """The K named points of one object. ``xyv`` (K, 3) float64: x and y in pixels from the image's top left corner,
    and COCO's visibility: 0 outside of the picture, where x and y are 0 as well, 1 hidden, 2 seen. ``camera_xyz`` (K,
    3) metres, x right, y down, z forward. ``skeleton`` are the pairs of names with a line between them.
    """

    names: tuple[str, ...]
    xyv: F8
    camera_xyz: F8
    skeleton: tuple[tuple[str, str], ...]


def keypoints(request: Request) -> Answer:
    """The named points of the labelled objects that have any and would show pixels as if alone.

    ``data`` (N,) uint32 are the objects' ids, as in ``objects``. ``info["idToKeypoints"]`` maps each to ``names``;
    ``xyv``, for each point x and y in pixels from the image's top left corner (the first pixel's centre is 0.5, 0.5)
    and COCO's visibility; ``skeleton``, [[name, name], ...]; and ``camera_xyz``, metres, x right, y down, z forward.
    ``info["idToLabels"]`` maps it to its labels.

    Visibility 0 is outside of the picture, behind the camera or beyond what it sees: x and y are 0 as well. 1 is
    hidden: the point's line of sight first meets another object (more than 0.01 % of its distance before it), or its
    own object more than the ``depth`` of ``modify.keypoints`` before it, see :func:`lines_of_sight`. 2 is seen.
    """
    view = request.view
    snapshot = view.snapshot
    named = labels_of(snapshot.entities, filter_of(request.params, snapshot.settings))
    found = keypoints_of(view, named)
    numbers = instance_numbers(named)
    counts = with_children(snapshot.entities, view.labels).unoccluded if found else ()
    shown = [k for k in sorted(found) if counts[k]]
    points = {
        numbers[k]: {
            "names": list(found[k].names),
            "xyv": found[k].xyv.tolist(),
            "skeleton": [list(line) for line in found[k].skeleton],
            "camera_xyz": found[k].camera_xyz.tolist(),
        }
        for k in shown
    }
    labelled = {numbers[k]: named[k] for k in shown}
    return {"data": np.array(list(points), np.uint32), "info": {"idToKeypoints": points, "idToLabels": labelled}}


def keypoints_of(view: ProductView, named: Sequence[dict[str, str] | None]) -> dict[int, ObjectKeypoints]:
    """Return the points of each entity that has any, those of prims below it that the filter drops too.

    Args:
        view: of one camera.
        named: the labels of each entity, None where a filter drops it.

    Raises:
        BadScene: an object has two points of one name.
    """
    snapshot = view.snapshot
    if not snapshot.keypoints:
        return {}
    owner = owners(snapshot.entities, named)
    sight = _sight_of(view)
    ends = np.cumsum([len(one.names) for one in snapshot.keypoints]).tolist()
    sets: dict[int, list[tuple[Keypoints, int]]] = {}
    for one, end in zip(snapshot.keypoints, ends):
        if owner[one.entity] >= 0:
            sets.setdefault(owner[one.entity], []).append((one, end))
    found = {}
    for entity, numbered in sets.items():
        own = [one for one, _ in numbered]
        names = tuple(name for one in own for name in one.names)
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            path = snapshot.entities[entity].prim_path
            raise BadScene(f"{path} has two keypoints called {twice!r}; the names of an object's points must differ")
        which = np.concatenate([np.arange(end - len(one.names), end) for one, end in numbered])
        is_own = np.isin(sight.entity[which], snapshot.families[entity])
        allowed = np.where(is_own, _depths(own, snapshot.entities[entity]), 0.0)
        found[entity] = ObjectKeypoints(
            names=names,
            xyv=sight.judged(which, allowed),
            camera_xyz=transform_points(OPENCV_FROM_CAMERA, sight.local[which]),
            skeleton=tuple(dict.fromkeys(line for one in own for line in one.skeleton if set(line) <= set(names))),
        )
    return found


def _depths(own: Sequence[Keypoints], entity: Entity) -> F8:
    """Return how far below the surface each point of an object may lie and count as seen, (K,) metres."""
    scale = portable.norm(entity.world_from_local[:3, :3], axis=0)
    default = _BELOW * portable.norm((entity.high - entity.low) * scale)
    return np.array([default if one.depth is None else one.depth for one in own for _ in one.names], np.float64)


class _Sight(NamedTuple):
    """All named points as one camera sees them: in its space (P, 3), metres; in the picture (P, 2), pixels; whether
    they are inside (P,); the entity that their lines of sight meet first (P,), -1 for none, and how far before the
    point (P,), metres, 0 or less where nothing is before it.
    """

    local: F8
    uv: F8
    inside: Mask
    entity: I8
    before: F8

    def judged(self, which: I8, allowed: F8) -> F8:
        """Return x, y and visibility (K, 3) of some of the points; what is met at most ``allowed`` (K,) metres before a
        point does not hide it.
        """
        least = _AT_THE_POINT * portable.norm(self.local[which], axis=1)
        visibility = np.where(self.before[which] > np.maximum(allowed, least), HIDDEN, SEEN)
        rows = np.column_stack([self.uv[which], visibility])
        return np.where(self.inside[which, None], rows, 0.0)


def _sight_of(view: ProductView) -> _Sight:
    """Return what a camera sees of the named points of its snapshot; found once."""
    snapshot, camera = view.snapshot, view.product.camera
    key = (_sight_of, view.product.name)
    found: _Sight | None = snapshot.kept.get(key)
    if found is not None:
        return found
    local = transform_points(camera.camera_from_world, np.concatenate([one.world for one in snapshot.keypoints]))
    u, v = project(camera, local)
    width, height = camera.resolution_wh
    distance = portable.norm(local, axis=1)
    away = -local[:, 2] if camera.model in PERSPECTIVE else distance
    near, far = camera.near_far
    with np.errstate(invalid="ignore"):
        inside = (u >= 0) & (v >= 0) & (u < width) & (v < height) & (away > near) & (away < far)
    uv = np.where(inside[:, None], np.column_stack([u, v]), 0.0)
    entity, before = np.full(len(local), -1, np.int64), np.zeros(len(local))
    if inside.any():
        instance, met = lines_of_sight(snapshot, camera, view.labels, local[inside], uv[inside])
        of_instance = np.array([*(i.entity for i in snapshot.instances), -1], np.int64)
        entity[inside], before[inside] = of_instance[instance], distance[inside] - met
    found = snapshot.kept[key] = _Sight(local, uv, inside, entity, before)
    return found


def lines_of_sight(snapshot: Snapshot, camera: Camera, labels: Labels, local: F8, uv: F8) -> tuple[I8, F8]:
    """Return which instance the lines from a camera through points meet first (P,), -1 for none, and how far away (P,)
    metres, +inf for none.

    What is met is looked for among the triangles that the label pass sees at the centres of the point's pixel and the
    eight around it. Where the line passes through none of them, as it may where triangles are smaller than pixels, the
    surface at the pixel's centre stands for it: its plane, no farther away than the surface is at the nine centres. So
    the answer is that of the very line, but within a pixel of the outline of what is made of such triangles.

    Args:
        snapshot: the scene.
        camera: that looks.
        labels: of its view.
        local: the points in camera space (P, 3), metres.
        uv: where they are in the picture (P, 2), pixels; all of them inside.
    """
    width, height = camera.resolution_wh
    columns = np.clip(uv[:, :1].astype(int) + _AROUND[:, 0], 0, width - 1)
    rows = np.clip(uv[:, 1:].astype(int) + _AROUND[:, 1], 0, height - 1)
    instance = labels.instance[rows, columns].astype(np.int64)  # (P, 9), the point's own pixel first
    far_off = labels.distance[rows, columns].astype(np.float64)
    looks = local / portable.norm(local, axis=1)[:, None]
    corners, is_cut = _corners(snapshot, camera, instance, labels.triangle[rows, columns])
    plane, through = _crossed(corners, looks[:, None])
    is_cut[:, 0] = False  # of what is cut out, only what shows at the pixel's own centre is known to be there
    exact = np.where(through & ~is_cut & (instance >= 0), plane, np.inf)
    nearest = exact.argmin(1)
    lines = np.arange(len(local))
    found = np.isfinite(exact[lines, nearest])
    same = instance == instance[:, :1]
    low, high = np.where(same, far_off, np.inf).min(1), np.where(same, far_off, -np.inf).max(1)
    fallback = np.where(instance[:, 0] >= 0, np.clip(plane[:, 0], low, high), np.inf)
    met = np.where(found, exact[lines, nearest], fallback)
    return np.where(found, instance[lines, nearest], instance[:, 0]), met


_AROUND = np.array([(0, 0), *((x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y)])


def _corners(snapshot: Snapshot, camera: Camera, instance: I8, triangle: I4) -> tuple[F8, Mask]:
    """Return the corners (P, 9, 3, 3) of triangles in camera space, metres, and which are of surfaces with holes."""
    corners, is_cut = np.zeros((*instance.shape, 3, 3)), np.zeros(instance.shape, bool)
    for number in np.unique(instance[instance >= 0]).tolist():
        thing, here = snapshot.instances[number], instance == number
        mesh, material = snapshot.meshes[thing.mesh], snapshot.materials[thing.material]
        points = mesh.vertices[mesh.triangles[triangle[here]]].astype(np.float64)
        camera_from_mesh = portable.product(camera.camera_from_world, thing.world_from_mesh)
        corners[here] = transform_points(camera_from_mesh, points.reshape(-1, 3)).reshape(-1, 3, 3)
        is_cut[here] = material.opacity_texture >= 0 or material.through.by_vertices
    return corners, is_cut


def _crossed(corners: F8, looks: F8) -> tuple[F8, Mask]:
    """Return how far away rays from the origin (..., 3) cross the planes of triangles (..., 3, 3), and whether inside
    of the triangles (Moeller and Trumbore 1997).
    """
    first = corners[..., 0, :]
    along, across = corners[..., 1, :] - first, corners[..., 2, :] - first
    p, q = np.cross(looks, across), np.cross(-first, along)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / portable.dots(along, p)
        u, v, t = -portable.dots(first, p) * scale, portable.dots(looks, q) * scale, portable.dots(across, q) * scale
        through = (u >= -_SLACK) & (v >= -_SLACK) & (u + v <= 1 + _SLACK) & (t > 0)
    return np.where(np.isfinite(t), t, np.inf), through
