"""The label pass: ids, depth, normals, motion, counts and boxes of one view, the same for every colour backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.backends.kernels import fisheye, visibility
from rendersdg.backends.kernels import labels as label_kernel
from rendersdg.backends.kernels.simd import LANES
from rendersdg.backends.scene_tables import (
    InstanceTable,
    MeshTable,
    SceneTables,
    TextureTable,
    camera_from_meshes,
)
from rendersdg.errors import RenderFailed
from rendersdg.frame import Labels
from rendersdg.geometry import transform_points
from rendersdg.lens import project, rays
from rendersdg.snapshot import Camera, RenderProduct, Snapshot

NONE = np.int32(1 << 30)
_MOST_PIXELS = 16_384 * 16_384


@dataclass(frozen=True, eq=False)
class View:
    """The visible triangle of every sample of one view, and what the sweep counted on the way.

    ``triangle`` holds global triangle numbers (-1 for none), H x W for ``step`` 2, 2H x 2W for ``step`` 1.
    """

    step: int
    camera: Camera
    triangle: NDArray[np.int32]
    unoccluded: NDArray[np.int64]
    loose: NDArray[np.int32]
    camera_space: NDArray[np.float32]
    matrices: NDArray[np.float32]
    normals: NDArray[np.float32]
    mirror: NDArray[np.float32]
    rays: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    tables: tuple[MeshTable, TextureTable, InstanceTable]


def see(snapshot: Snapshot, camera: Camera, tables: SceneTables, step: int, *, intact: bool = False) -> View:
    """Return what the camera sees. ``step`` 2 samples pixel centres, 1 also the points half a pixel away.

    ``intact`` looks at the frame's twin without defects.
    """
    mesh, texture, inst = tables.update(snapshot)
    width, height = camera.resolution_wh
    if width * height > _MOST_PIXELS or min(width, height) < 1:
        raise RenderFailed(
            f"resolution {width}x{height} of {camera.prim_path} is out of range (1 to {_MOST_PIXELS} pixels)"
        )
    count = len(snapshot.instances)
    matrices = camera_from_meshes(snapshot, camera)
    f4 = np.float32
    entities = max(len(snapshot.entities), 1)
    unoccluded = np.zeros(entities, np.int64)
    loose = np.tile(np.array([NONE, NONE, -1, -1], np.int32), (entities, 1))
    side = (width, height) if step == 2 else (2 * width, 2 * height)
    tb = np.full(side[0] * side[1] + LANES, -1, np.int32)
    is_bent = camera.model != "pinhole"
    active, whole = _in_view(matrices, mesh, inst, camera)
    active &= snapshot.drawn(intact=intact)
    cam = np.empty((max(inst.vertex_count, 1), 3), f4)
    fix = np.empty((max(inst.vertex_count, 1), 2), np.int64)
    inv_w = np.empty(max(inst.vertex_count, 1), f4)
    fx, fy = (f4(v) for v in camera.focal_px)
    cx, cy = (f4(v) for v in camera.centre_px)
    m32 = np.ascontiguousarray(matrices, f4)
    visibility.transform(mesh.vertices, inst.voff, inst.vcount, inst.soff, m32, active, fx, fy, cx, cy, cam, fix, inv_w)
    cut_tex, cut_ch, cut_thr, hidden = _cutouts(snapshot, inst)
    active &= ~hidden
    order = _draw_order(matrices, mesh, inst, active)
    looks = _no_rays()
    near, far = (f4(v) for v in camera.near_far)
    stamps = np.full(width * height, -1, np.int32)
    mirror = np.where(np.linalg.det(matrices[:, :3, :3]) < 0, -1.0, 1.0).astype(f4) if count else np.zeros(0, f4)
    if is_bent:
        looks = _bent_rays(camera)
        fisheye.see(
            order, inst.entity, inst.mesh_toff, inst.mesh_tcount, inst.voff, inst.soff, inst.ttoff, mesh.triangles, mesh.uvs, cam,
            cut_tex, cut_ch, cut_thr, texture.data, texture.level, texture.size, width, height, step, *looks, near, far, tb, stamps,
            unoccluded, loose,
        )  # fmt: skip
    else:
        depth = np.full(side[0] * side[1] + LANES, f4(1) / far, f4)
        cull = mesh.closed[inst.mesh] & (mirror > 0) & (cut_tex < 0) & whole
        visibility.raster(
            order, inst.entity, inst.mesh_toff, inst.mesh_tcount, inst.voff, inst.soff, inst.ttoff, mesh.triangles, mesh.uvs, cam, fix, inv_w,
            cull, cut_tex, cut_ch, cut_thr, width, height, step, fx, fy, cx, cy, near, far, texture.data, texture.level, texture.size,
            depth, tb, stamps, unoccluded, loose,
        )  # fmt: skip
    worlds = snapshot.worlds
    normals = np.ascontiguousarray(np.linalg.inv(worlds[:, :3, :3]).transpose(0, 2, 1), f4)
    return View(
        step,
        camera,
        tb[: side[0] * side[1]],
        unoccluded,
        loose,
        cam,
        np.ascontiguousarray(worlds, f4),
        normals,
        mirror,
        looks,
        (mesh, texture, inst),
    )


def label(snapshot: Snapshot, camera: Camera, view: View) -> Labels:
    """Return the labels of a view."""
    mesh, _, inst = view.tables
    width, height = camera.resolution_wh
    n = width * height
    f4 = np.float32
    entities = max(len(snapshot.entities), 1)
    instance, entity, triangle = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    depth, distance = np.empty(n, f4), np.empty(n, f4)
    normal, motion = np.empty(3 * n, f4), np.zeros(2 * n, f4)
    visible = np.zeros(entities, np.int64)
    tight = np.tile(np.array([NONE, NONE, -1, -1], np.int32), (entities, 1))
    fx, fy = (f4(v) for v in camera.focal_px)
    cx, cy = (f4(v) for v in camera.centre_px)
    label_kernel.labels(
        width, height, view.triangle, 0 if view.step == 2 else 1, cx, cy, fx, fy, camera.model != "pinhole", *view.rays,
        mesh.vertices, mesh.normals, mesh.triangles, inst.tri_inst, inst.ttoff, inst.mesh_toff, inst.voff, inst.soff, view.camera_space,
        view.normals, _previous_pixels(snapshot, camera), camera.model == "pinhole" and _has_moved(snapshot, camera), inst.entity,
        view.mirror,
        instance, entity, triangle, depth, distance, normal, motion, visible, tight,
    )  # fmt: skip
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
    )


def label_pass(snapshot: Snapshot, product: RenderProduct, tables: SceneTables) -> Labels:
    """Return the labels of a render product, from samples at pixel centres alone."""
    return label(snapshot, product.camera, see(snapshot, product.camera, tables, 2))


def _previous_pixels(snapshot: Snapshot, camera: Camera) -> NDArray[np.float32]:
    """Return homogeneous previous-pixel_from_mesh matrices (N, 4, 4); row 3 is w."""
    if not snapshot.instances:
        return np.zeros((0, 4, 4), np.float32)
    previous = np.stack([i.previous_world_from_mesh for i in snapshot.instances])
    projection = np.zeros((4, 4))
    projection[0] = [camera.focal_px[0], 0, -camera.centre_px[0], 0]
    projection[1] = [0, -camera.focal_px[1], -camera.centre_px[1], 0]
    projection[3] = [0, 0, -1, 0]
    return np.ascontiguousarray(projection @ np.linalg.inv(camera.previous_world_from_camera) @ previous, np.float32)


def _bent_motion(
    snapshot: Snapshot, camera: Camera, view: View, instance: NDArray[np.int32], distance: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the motion (2HW,) through a lens that bends lines: where each point seen was, put through the lens again."""
    width, height = camera.resolution_wh
    looks = np.stack([r.reshape(2 * height, 2 * width)[::2, ::2] for r in view.rays], -1).reshape(-1, 3)
    points = looks.astype(np.float64) * np.where(instance >= 0, distance, 0)[:, None]
    before = np.linalg.inv(camera.previous_world_from_camera)
    for k in np.unique(instance[instance >= 0]):
        thing, here = snapshot.instances[k], instance == k
        carried = (
            before @ thing.previous_world_from_mesh @ np.linalg.inv(thing.world_from_mesh) @ camera.world_from_camera
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


def _in_view(
    matrices: NDArray[np.float64], mesh: MeshTable, inst: InstanceTable, camera: Camera
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which instances' boxes may reach the image (conservative), and which lie wholly beyond the near plane.

    Only of the latter can back faces be left out: nothing opens a view of their inside.
    """
    if camera.model != "pinhole":
        return np.ones(len(inst.mesh), bool), np.zeros(len(inst.mesh), bool)
    points = np.einsum("nij,nkj->nki", matrices[:, :3, :3], inst.corners) + matrices[:, None, :3, 3]
    w = -points[..., 2]
    near, far = camera.near_far
    width, height = camera.resolution_wh
    x = camera.centre_px[0] * w + camera.focal_px[0] * points[..., 0]
    y = camera.centre_px[1] * w - camera.focal_px[1] * points[..., 1]
    outside = (w <= near).all(1) | (w >= far).all(1) | (x < 0).all(1) | (y < 0).all(1)
    return ~(outside | (x > width * w).all(1) | (y > height * w).all(1)), (w > near).all(1)


def _draw_order(
    matrices: NDArray[np.float64], mesh: MeshTable, inst: InstanceTable, active: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return active instances, entities front to back, each entity's together."""
    if not active.any():
        return np.zeros(0, np.int64)
    centre = (mesh.low[inst.mesh] + mesh.high[inst.mesh]) / 2
    z = -(np.einsum("ni,ni->n", matrices[:, 2, :3], centre) + matrices[:, 2, 3])
    size = np.linalg.norm(mesh.high[inst.mesh] - mesh.low[inst.mesh], axis=1) * np.cbrt(
        np.abs(np.linalg.det(matrices[:, :3, :3]))
    )
    z = z + 0.5 * size  # a floor reaches far: draw it late
    nearest = np.full(int(inst.entity.max()) + 1, np.inf)
    np.minimum.at(nearest, inst.entity[active], z[active])
    chosen = np.flatnonzero(active)
    return chosen[np.lexsort((chosen, inst.entity[chosen], nearest[inst.entity[chosen]]))]


def _cutouts(
    snapshot: Snapshot, inst: InstanceTable
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """Return per instance: opacity texture (-1 none), its channel, the threshold, and whether nothing of it shows."""
    tex, channel, threshold, hidden = [], [], [], []
    for m in snapshot.materials:
        limit = m.opacity_threshold if m.opacity_threshold > 0 else 0.5
        has = m.opacity_texture >= 0
        tex.append(m.opacity_texture)
        channel.append(m.opacity_channel)
        threshold.append(limit / max(m.opacity, 1e-6) if has else limit)
        hidden.append(m.opacity <= 0 or (not has and m.opacity_threshold > 0 and m.opacity < m.opacity_threshold))
    pick = inst.material
    if not len(pick):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, bool)
    return (
        np.array(tex, np.int64)[pick],
        np.array(channel, np.int64)[pick],
        np.array(threshold, np.float32)[pick],
        np.array(hidden, bool)[pick],
    )


def _no_rays() -> Any:
    one = np.zeros(1, np.float32)
    return one, one, one


def _bent_rays(camera: Camera) -> Any:
    """Return unit camera-space rays (4HW,) of the half-pixel grid; (0, 0, 0) where the lens sees nothing."""
    width, height = camera.resolution_wh
    u, v = np.meshgrid((np.arange(2 * width) + 1) / 2, (np.arange(2 * height) + 1) / 2)
    found = rays(camera, u, v).reshape(-1, 3)
    return tuple(np.ascontiguousarray(found[:, k], np.float32) for k in range(3))
