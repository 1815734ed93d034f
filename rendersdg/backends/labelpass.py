"""The label pass: ids, depth, normals, motion, counts and boxes of one view, the same for every colour backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.backends.scene_tables import (
    FrameTables,
    InstanceTable,
    MeshTable,
    SceneTables,
    TextureTable,
    camera_from_meshes,
    scene_for_kernels,
)
from rendersdg.errors import RenderFailed
from rendersdg.frame import Labels, Silhouette
from rendersdg.geometry import transform_points
from rendersdg.kernels import buffers
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.structs import POINT, Drawn, LabelImages, Points, Samples, Scene
from rendersdg.kernels.structs import View as KernelView
from rendersdg.lens import half_pixel_rays, project
from rendersdg.snapshot import Camera, Material, RenderProduct, Snapshot

_MOST_PIXELS = 16_384 * 16_384


@dataclass(frozen=True, eq=False)
class Sweep:
    """The visible triangle of every sample of one view, and what the sweep counted on the way.

    ``triangle`` holds global triangle numbers (-1 for none), H x W for ``step`` 2, 2H x 2W for ``step`` 1. ``scene``,
    ``seen``, ``points``, ``samples`` and ``drawn`` are the kernels' side of it. ``whole`` is as in ``Labels``.
    """

    camera: Camera
    tables: tuple[MeshTable, TextureTable, InstanceTable]
    scene: Scene
    seen: KernelView
    points: Points
    samples: Samples
    drawn: Drawn
    whole: I8 | None = None

    @property
    def triangle(self) -> I4:
        """The triangle numbers, flat."""
        return np.asarray(self.samples.kept["triangle"])

    @property
    def unoccluded(self) -> I8:
        """The pixels (E,) that each entity would have alone."""
        return np.asarray(self.samples.kept["unoccluded"])

    @property
    def loose(self) -> I4:
        """Their boxes (E, 4)."""
        return np.asarray(self.samples.kept["loose"])


@dataclass(frozen=True, eq=False)
class _Scenery:
    """A snapshot as one camera's sweeps take it: which instances are ``active``, what they are cut by, and where their
    points lie in the picture.
    """

    snapshot: Snapshot
    camera: Camera
    shared: FrameTables
    matrices: F8
    active: Mask
    hidden: Mask
    seen: KernelView
    points: Points
    drawn: Drawn

    def sweep(self, scene: Scene, drawn: Drawn) -> Samples:
        """Return the samples of what is drawn."""
        samples = no_samples(self.snapshot, self.camera, self.seen.step)
        run = kernels.see_rays if self.camera.model != "pinhole" else kernels.raster
        run(scene, self.seen, drawn, self.points, samples)
        return samples

    def together(self, owner: I8) -> Samples:
        """Return the samples of the instances whose entity has an owner, each counted as its owner's; ``owner`` (E,) is
        an entity, or -1.
        """
        inst = self.shared.instances
        member = self.active & ~self.hidden & (owner[inst.entity] >= 0)
        family = replace(inst, entity=np.where(member, owner[inst.entity], 0))
        order = _draw_order(self.matrices, self.shared.mesh, family, member)
        scene = scene_for_kernels(self.shared.texture, family, self.snapshot)
        return self.sweep(scene, Drawn(**self.drawn.kept | {"order": order, "is_active": member.view(np.uint8)}))


def _scenery(snapshot: Snapshot, camera: Camera, tables: SceneTables, step: int, *, intact: bool = False) -> _Scenery:
    shared = tables.frame(snapshot)
    mesh, inst = shared.mesh, shared.instances
    width, height = camera.resolution_wh
    if width * height > _MOST_PIXELS or min(width, height) < 1:
        raise RenderFailed(
            f"resolution {width}x{height} of {camera.prim_path} is out of range (1 to {_MOST_PIXELS} pixels)"
        )
    matrices = camera_from_meshes(snapshot, camera)
    f4 = np.float32
    is_bent = camera.model != "pinhole"
    active, whole = _in_view(matrices, mesh, inst, camera)
    active &= snapshot.drawn(intact=intact)
    cuts, hidden = _cutouts(snapshot, inst)
    mirror = np.where(portable.determinant(matrices[:, :3, :3]) < 0, -1.0, 1.0).astype(f4)
    cull = mesh.closed[inst.mesh] & (mirror > 0) & ~_is_cut(cuts) & whole
    seen = kernel_view(camera, step)
    points = Points(
        points=np.empty(inst.vertex_count, POINT),
        camera_from_mesh=np.ascontiguousarray(matrices, f4),
        world_from_mesh=shared.worlds,
        world_normal=shared.world_normal,
        mirror=mirror,
        previous=_previous_pixels(snapshot, camera) if not is_bent and _has_moved(snapshot, camera) else None,
    )
    drawn = Drawn(
        order=_draw_order(matrices, mesh, inst, active & ~hidden),
        is_active=active.view(np.uint8),
        is_culled=cull.view(np.uint8),
        **cuts,
    )
    kernels.transform(shared.scene, seen, drawn, points)
    return _Scenery(snapshot, camera, shared, matrices, active, hidden, seen, points, drawn)


def see(snapshot: Snapshot, camera: Camera, tables: SceneTables, step: int, *, intact: bool = False) -> Sweep:
    """Return what the camera sees. ``step`` 2 samples pixel centres, 1 also the points half a pixel away.

    ``intact`` looks at the frame's twin without defects.
    """
    look = _scenery(snapshot, camera, tables, step, intact=intact)
    shared = look.shared
    samples = look.sweep(shared.scene, look.drawn)
    counted: I8 | None = None
    for owner in _families(snapshot):
        together = look.together(owner)
        counted = samples.kept["unoccluded"].copy() if counted is None else counted
        heads = np.unique(owner[owner >= 0])
        counted[heads] = together.kept["unoccluded"][heads]
    tables_seen = (shared.mesh, shared.texture, shared.instances)
    return Sweep(camera, tables_seen, shared.scene, look.seen, look.points, samples, look.drawn, counted)


def silhouettes(
    snapshot: Snapshot, product: RenderProduct, tables: SceneTables, loose: I4, entities: Sequence[int]
) -> dict[int, Silhouette]:
    """Return where entities would be seen, with the labelled prims below them, if nothing stood before them.

    Args:
        snapshot: the scene.
        product: whose camera looks.
        tables: of the scene.
        loose: the boxes (E, 4) of the view's labels.
        entities: which of them; those that reach no pixel, and defects, are left out.
    """
    look = _scenery(snapshot, product.camera, tables, 2)
    width, height = product.camera.resolution_wh
    boxes = {e: _around(loose[sorted(snapshot.families[e])]) for e in entities}
    found: dict[int, Silhouette] = {}
    for group in _apart({e: box for e, box in boxes.items() if box[0] <= box[2]}):
        owner = np.full(len(snapshot.entities), -1, np.int64)
        for entity in group:
            owner[sorted(snapshot.families[entity])] = entity
        stamp = look.together(owner).kept["stamp"].reshape(height, width)
        for entity in group:
            left, top, right, bottom = boxes[entity]
            mask = stamp[top : bottom + 1, left : right + 1] == entity
            if mask.any():
                found[entity] = Silhouette((top, left), mask)
    return {entity: found[entity] for entity in entities if entity in found}


def _around(boxes: I4) -> tuple[int, int, int, int]:
    """Return the box around boxes; that of nothing is inside out, and widens none."""
    (left, top), (right, bottom) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return int(left), int(top), int(right), int(bottom)


def _apart(boxes: Mapping[int, tuple[int, int, int, int]]) -> list[list[int]]:
    """Return entities in groups whose boxes do not touch each other: one sweep sees a whole group."""
    groups: list[list[int]] = []
    for entity in sorted(boxes, key=lambda e: (boxes[e][0] - boxes[e][2]) * (boxes[e][3] - boxes[e][1])):
        left, top, right, bottom = boxes[entity]
        for group in groups:
            if all(
                right < boxes[o][0] or boxes[o][2] < left or bottom < boxes[o][1] or boxes[o][3] < top for o in group
            ):
                group.append(entity)
                break
        else:
            groups.append([entity])
    return groups


def no_samples(snapshot: Snapshot, camera: Camera, step: int) -> Samples:
    """Return the samples of a view that nothing has been drawn into."""
    width, height = camera.resolution_wh
    entities = max(len(snapshot.entities), 1)
    side = width * height * (4 if step == 1 else 1)
    farthest = float(np.float32(1) / np.float32(camera.near_far[1]))
    return Samples(
        triangle=buffers.full(side, -1, np.int32),
        inverse_depth=buffers.full(side, farthest, np.float32),
        stamp=buffers.full(width * height, -1, np.int32),
        loose=kernels.boxes_of_nothing(entities),
        unoccluded=np.zeros(entities, np.int64),
    )


def _families(snapshot: Snapshot) -> list[I8]:
    """Return who owns each entity when labelled prims are counted with those below them: a table (E,) for each level.

    A level holds the prims that have as many labelled prims above them, and others below; -1 is who has none of them
    above. One sweep counts a level: its families share nothing.
    """
    parents = np.array([e.parent for e in snapshot.entities], np.int64)
    heads = set(parents[parents >= 0].tolist())
    if not heads:
        return []
    levels: dict[int, I8] = {}
    for entity in range(len(parents)):
        line = [entity]
        while parents[line[-1]] >= 0:
            line.append(int(parents[line[-1]]))
        for level, head in enumerate(reversed(line)):
            if head in heads:
                levels.setdefault(level, np.full(len(parents), -1, np.int64))[entity] = head
    return [levels[level] for level in sorted(levels)]


def kernel_view(camera: Camera, step: int) -> KernelView:
    """Return a camera as the kernels take it."""
    width, height = camera.resolution_wh
    looks = dict(zip(("ray_x", "ray_y", "ray_z"), half_pixel_rays(camera))) if camera.model != "pinhole" else {}
    return KernelView(
        width=width,
        height=height,
        step=step,
        focal_x=camera.focal_px[0],
        focal_y=camera.focal_px[1],
        centre_x=camera.centre_px[0],
        centre_y=camera.centre_px[1],
        near=camera.near_far[0],
        far=camera.near_far[1],
        world_from_camera=camera.world_from_camera.astype(np.float32),
        ray_count=4 * width * height if looks else 0,
        **looks,
    )


def label(snapshot: Snapshot, camera: Camera, view: Sweep) -> Labels:
    """Return the labels of a view."""
    width, height = camera.resolution_wh
    n = width * height
    f4 = np.float32
    entities = max(len(snapshot.entities), 1)
    instance, entity, triangle = (buffers.empty(n, np.int32) for _ in range(3))
    depth, distance = (buffers.empty(n, f4) for _ in range(2))
    normal, motion = buffers.empty((n, 3), f4), buffers.full((n, 2), 0, f4)
    visible, tight = np.zeros(entities, np.int64), kernels.boxes_of_nothing(entities)
    images = LabelImages(
        instance=instance,
        entity=entity,
        triangle=triangle,
        depth=depth,
        distance=distance,
        normal=normal,
        motion=motion,
        visible=visible,
        tight=tight,
    )
    kernels.labels(view.scene, view.seen, view.points, view.samples, images)
    if camera.model != "pinhole" and _has_moved(snapshot, camera):
        motion = _bent_motion(snapshot, camera, view, instance, distance)
    shape = (height, width)
    return Labels(
        instance.reshape(shape),
        triangle.reshape(shape),
        depth.reshape(shape),
        distance.reshape(shape),
        normal.reshape(*shape, 3),
        motion.reshape(*shape, 2),
        visible,
        view.unoccluded,
        tight,
        view.loose,
        entity.reshape(shape),
        whole=view.whole,
    )


def label_pass(snapshot: Snapshot, product: RenderProduct, tables: SceneTables) -> Labels:
    """Return the labels of a render product, from samples at pixel centres alone."""
    return label(snapshot, product.camera, see(snapshot, product.camera, tables, 2))


def _previous_pixels(snapshot: Snapshot, camera: Camera) -> F4:
    """Return homogeneous previous-pixel_from_mesh matrices (N, 4, 4); row 3 is w."""
    if not snapshot.instances:
        return np.zeros((0, 4, 4), np.float32)
    previous = np.stack([i.previous_world_from_mesh for i in snapshot.instances])
    projection = np.zeros((4, 4))
    projection[0] = [camera.focal_px[0], 0, -camera.centre_px[0], 0]
    projection[1] = [0, -camera.focal_px[1], -camera.centre_px[1], 0]
    projection[3] = [0, 0, -1, 0]
    return np.ascontiguousarray(
        portable.product(projection, portable.inverse(camera.previous_world_from_camera), previous), np.float32
    )


def _bent_motion(snapshot: Snapshot, camera: Camera, view: Sweep, instance: I4, distance: F4) -> F4:
    """Return the motion (2HW,) through a lens that bends lines: where each point seen was,
    put through the lens again.
    """
    width, height = camera.resolution_wh
    rays_xyz = (view.seen.kept[f"ray_{axis}"] for axis in "xyz")
    looks = np.stack([r.reshape(2 * height, 2 * width)[::2, ::2] for r in rays_xyz], -1).reshape(-1, 3)
    points = looks.astype(np.float64) * np.where(instance >= 0, distance, 0)[:, None]
    before = portable.inverse(camera.previous_world_from_camera)
    for k in np.unique(instance[instance >= 0]):
        thing, here = snapshot.instances[k], instance == k
        carried = portable.product(
            before, thing.previous_world_from_mesh, portable.inverse(thing.world_from_mesh), camera.world_from_camera
        )
        points[here] = transform_points(carried, points[here])
    u, v = project(camera, points)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    moved = np.stack([u - x.ravel(), v - y.ravel()], -1)
    return np.where((instance >= 0)[:, None] & np.isfinite(moved), moved, 0).astype(np.float32).ravel()


def _has_moved(snapshot: Snapshot, camera: Camera) -> bool:
    """Return whether anything stands elsewhere than in the previous frame."""
    if not np.array_equal(camera.world_from_camera, camera.previous_world_from_camera):
        return True
    return any(i.world_from_mesh is not i.previous_world_from_mesh for i in snapshot.instances)


def _in_view(matrices: F8, mesh: MeshTable, inst: InstanceTable, camera: Camera) -> tuple[Mask, Mask]:
    """Return which instances' boxes may reach the image (conservative), and which lie wholly beyond the near plane.

    Only of the latter can back faces be left out: nothing opens a view of their inside.
    """
    if camera.model != "pinhole":
        return np.ones(len(inst.mesh), bool), _is_far_off(matrices, inst, camera)
    points = portable.product(inst.corners, matrices[:, :3, :3].transpose(0, 2, 1)) + matrices[:, None, :3, 3]
    w = -points[..., 2]
    near, far = camera.near_far
    width, height = camera.resolution_wh
    x = camera.centre_px[0] * w + camera.focal_px[0] * points[..., 0]
    y = camera.centre_px[1] * w - camera.focal_px[1] * points[..., 1]
    outside = (w <= near).all(1) | (w >= far).all(1) | (x < 0).all(1) | (y < 0).all(1)
    is_seen = ~(outside | (x > width * w).all(1) | (y > height * w).all(1))
    return np.asarray(is_seen), np.asarray((w > near).all(1))


def _is_far_off(matrices: F8, inst: InstanceTable, camera: Camera) -> Mask:
    """Return which instances' boxes lie wholly beyond the near distance, by the balls around them."""
    points = portable.product(inst.corners, matrices[:, :3, :3].transpose(0, 2, 1)) + matrices[:, None, :3, 3]
    middle = points.mean(1)
    radius = portable.norm(points - middle[:, None], axis=2).max(1, initial=0.0)
    return np.asarray(portable.norm(middle, axis=1) - radius > camera.near_far[0])


def ray_cuts(snapshot: Snapshot, inst: InstanceTable) -> tuple[Drawn, Mask]:
    """Return by what the instances (N,) are cut out for rays of no camera, and which of them show nothing at all."""
    cuts, hidden = _cutouts(snapshot, inst)
    blank = np.zeros(len(hidden), np.uint8)
    return Drawn(order=np.zeros(0, np.int64), is_active=blank, is_culled=blank, **cuts), hidden


def _draw_order(matrices: F8, mesh: MeshTable, inst: InstanceTable, active: Mask) -> I8:
    """Return active instances, entities front to back, each entity's together."""
    if not active.any():
        return np.zeros(0, np.int64)
    centre = (mesh.low[inst.mesh] + mesh.high[inst.mesh]) / 2
    z = -(portable.dots(matrices[:, 2, :3], centre) + matrices[:, 2, 3])
    size = portable.norm(mesh.high[inst.mesh] - mesh.low[inst.mesh], axis=1) * portable.power(
        np.abs(portable.determinant(matrices[:, :3, :3])), 1 / 3
    )
    z = z + 0.5 * size  # a floor reaches far: draw it late
    nearest = np.full(int(inst.entity.max()) + 1, np.inf)
    np.minimum.at(nearest, inst.entity[active], z[active])
    chosen = np.flatnonzero(active)
    return chosen[np.lexsort((chosen, inst.entity[chosen], nearest[inst.entity[chosen]]))]


def _cutouts(snapshot: Snapshot, inst: InstanceTable) -> tuple[dict[str, NDArray[Any]], Mask]:
    """Return by what opacity each instance is cut, in the names of ``Drawn``, and which show nothing at all."""
    paints = snapshot.paints
    columns = np.array([_cut(m) for m in paints.kinds], np.float64).reshape(-1, 5)[paints.kind]
    texture, channel, threshold, by_corners, hidden = columns[inst.material].T
    cuts: dict[str, NDArray[Any]] = {
        "cut_texture": texture.astype(np.int64),
        "cut_channel": channel.astype(np.int64),
        "cut_threshold": threshold.astype(np.float32),
        "cut_by_corners": by_corners.astype(np.uint8),
    }
    return cuts, hidden > 0


def _cut(m: Material) -> tuple[float, ...]:
    """Return a material's opacity texture, its channel, the threshold, whether vertices cut it, and whether it shows
    nothing.
    """
    limit = m.opacity_threshold if m.opacity_threshold > 0 else 0.5
    has = m.opacity_texture >= 0 or m.through.by_vertices
    is_hidden = m.opacity <= 0 or (not has and m.opacity_threshold > 0 and m.opacity < m.opacity_threshold)
    threshold = limit / max(m.opacity, 1e-6) if has else limit
    return m.opacity_texture, m.opacity_channel, threshold, m.through.by_vertices, is_hidden


def _is_cut(cuts: dict[str, NDArray[Any]]) -> Mask:
    return (cuts["cut_texture"] >= 0) | (cuts["cut_by_corners"] > 0)
