"""The reference: a slow, obvious ray caster in NumPy, the oracle that the label pass answers to. Float64, no tricks."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.frame import Buffers, Labels, Rendered, Wanted
from rendersdg.lens import rays as lens_rays
from rendersdg.snapshot import Camera, Instance, Material, Mesh, RenderProduct, Snapshot
from rendersdg.texels import linear_image

_TILE = 8  # pixels a side: rays of a tile are tried against the triangles near their cone


class ReferenceBackend:
    """NumPy ray caster: every pixel-centre ray against every triangle whose
    bounding sphere its tile meets; flat grey shading.
    """

    provides: ClassVar[frozenset[str]] = frozenset({"hdr", "camera_models"})

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        """Return a head-light picture, 255 x |cos| of the angle between ray and normal."""
        labels = cast(snapshot, product.camera)
        rays = portable.product(_pixel_rays(product.camera), product.camera.world_from_camera[:3, :3].T)
        light = np.abs((labels.normal * rays).sum(-1))
        height, width = light.shape
        rgb = np.full((height, width, 4), 255, np.uint8)
        rgb[..., :3] = np.round(255 * np.where(labels.instance >= 0, light, 0.0)).astype(np.uint8)[..., None]
        return Rendered(Buffers(rgb, rgb.astype(np.float32) / np.float32(255) if wanted.hdr else None))


def cast(snapshot: Snapshot, camera: Camera) -> Labels:
    """Return labels by brute force; ``motion`` is left at zero."""
    width, height = camera.resolution_wh
    rays = _pixel_rays(camera).reshape(-1, 3)
    rays[~rays.any(1)] = np.nan  # the lens sees nothing there
    count, entities = len(rays), max(len(snapshot.entities), 1)
    nearest = np.full(count, np.inf)
    instance, triangle = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    normal = np.zeros((count, 3))
    met = np.zeros((entities, count), bool)
    near, far = camera.near_far
    for number, item in enumerate(snapshot.instances):
        mesh, material = snapshot.meshes[item.mesh], snapshot.materials[item.material]
        if _is_hidden(material) or item.shown == "intact":
            continue
        matrix = portable.product(camera.camera_from_world, item.world_from_mesh)
        points = portable.product(mesh.vertices.astype(np.float64), matrix[:3, :3].T) + matrix[:3, 3]
        centre = (points.min(0) + points.max(0)) / 2
        radius = float(portable.norm(points - centre, axis=1).max()) if len(points) else 0.0
        along = portable.product(rays, centre)
        off = portable.norm(centre - along[:, None] * rays, axis=1)
        inside = portable.norm(centre) <= radius
        chosen = np.flatnonzero((off <= radius * 1.001 + 1e-9) & ((along > 0) | inside))
        if not len(chosen) or not len(mesh.triangles):
            continue
        corners = points[mesh.triangles]
        for part in _parts(chosen, width):
            pick = _near_cone(rays[part], corners)
            if not len(pick):
                continue
            a, b, c = (corners[pick, k] for k in range(3))
            hit, which, u, v = _intersect(rays[part], a, b, c, near, far, camera.model == "pinhole")
            if material.opacity_texture >= 0 or material.through.by_vertices:
                hit = hit & _opaque(snapshot, material, mesh, mesh.triangles[pick], u, v)
            t = np.where(hit, which, np.inf)
            met[item.entity, part] |= hit.any(1)
            best = t.argmin(1)
            rows = np.arange(len(part))
            distance = t[rows, best]
            closer = distance < nearest[part]
            at = part[closer]
            nearest[at] = distance[closer]
            instance[at] = number
            triangle[at] = pick[best[closer]]
            uu, vv = u[rows, best][closer], v[rows, best][closer]
            normal[at] = _towards(rays[at], item, mesh, corners, triangle[at], uu, vv, matrix)
    shape = (height, width)
    entity_of = np.array([i.entity for i in snapshot.instances] + [-1])
    owner = entity_of[instance]
    visible = np.array([(owner == e).sum() for e in range(entities)], np.int64)
    tight = np.array([_box(owner.reshape(shape) == e) for e in range(entities)], np.int32)
    loose = np.array([_box(met[e].reshape(shape)) for e in range(entities)], np.int32)
    depth = np.where(np.isfinite(nearest), nearest * -rays[:, 2], np.inf)
    f4 = np.float32
    return Labels(
        instance.reshape(shape),
        triangle.reshape(shape),
        depth.astype(f4).reshape(shape),
        nearest.astype(f4).reshape(shape),
        normal.astype(f4).reshape(*shape, 3),
        np.zeros((*shape, 2), f4),
        visible,
        met.sum(1).astype(np.int64),
        tight,
        loose,
        owner.reshape(shape).astype(np.int32),
        whole=_whole(snapshot, met),
    )


def _pixel_rays(camera: Camera) -> F8:
    """Return the rays of all pixel centres (H, W, 3), by the lens's own formulas: no tables."""
    width, height = camera.resolution_wh
    return lens_rays(camera, *np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5))


def _whole(snapshot: Snapshot, met: Mask) -> I8 | None:
    """Return the pixels (E,) that each entity meets, alone or in a labelled prim below it; None where none is below."""
    parents = [e.parent for e in snapshot.entities]
    if max(parents, default=-1) < 0:
        return None
    joint = met.copy()
    for entity, parent in enumerate(parents):
        while parent >= 0:
            joint[parent] |= met[entity]
            parent = parents[parent]
    return joint.sum(1).astype(np.int64)


def _parts(chosen: NDArray[np.intp], width: int) -> list[NDArray[np.intp]]:
    """Split pixel numbers by tiles of _TILE x _TILE pixels."""
    tile = chosen // width // _TILE * (width // _TILE + 1) + chosen % width // _TILE
    order = np.argsort(tile, kind="stable")
    return np.split(chosen[order], np.flatnonzero(np.diff(tile[order])) + 1)


def _near_cone(rays: F8, corners: F8) -> NDArray[np.intp]:
    """Return the triangles whose bounding spheres meet the cone around some rays from the origin."""
    rays = rays[np.isfinite(rays).all(1)]
    if not len(rays):
        return np.zeros(0, np.intp)
    axis = rays.mean(0)
    axis /= portable.norm(axis)
    angle = float(portable.arccos(np.clip((portable.product(rays, axis)).min(), -1, 1))) + 1e-6
    centre = corners.mean(1)
    radius = portable.norm(corners - centre[:, None], axis=2).max(1)
    along = portable.product(centre, axis)
    across = portable.norm(centre - along[:, None] * axis, axis=1)
    gap = across * portable.cos(angle) - along * portable.sin(angle)  # from the cone's surface, positive outside
    return np.flatnonzero((gap <= radius * 1.001 + 1e-9) | (portable.norm(centre, axis=1) <= radius * 1.001))


def _intersect(
    rays: F8,
    a: F8,
    b: F8,
    c: F8,
    near: float,
    far: float,
    planar: bool,
) -> tuple[Mask, F8, F8, F8]:
    """Return (hit, distance, u, v), each (rays, triangles), by Moeller and Trumbore (1997), rays from the origin.

    ``near`` and ``far`` bound the depth along the axis for a planar camera, the distance for others.
    """
    e1, e2 = b - a, c - a
    p = np.cross(rays[:, None], e2[None])
    det = (e1 * p).sum(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / det
        u = (-a * p).sum(2) * inverse
        q = np.cross(-a, e1)
        v = (rays[:, None] * q).sum(2) * inverse
        t = (e2 * q).sum(1)[None] * inverse
        bound = t * -rays[:, 2:3] if planar else t
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (bound > near) & (bound < far)
    return hit, t, u, v


def _opaque(snapshot: Snapshot, material: Material, mesh: Mesh, triangles: I4, u: F8, v: F8) -> Mask:
    """Return where a surface is there, (rays, triangles): where its opacity reaches the threshold."""

    def blend(values: F4) -> F8:
        corner = values[triangles].astype(np.float64).reshape(*triangles.shape, -1)
        at = corner[:, 0] * (1 - u - v)[..., None] + corner[:, 1] * u[..., None] + corner[:, 2] * v[..., None]
        return np.asarray(np.nan_to_num(at), np.float64)

    opacity = np.full(u.shape, material.opacity)
    if material.opacity_texture >= 0:
        texture = snapshot.textures[material.opacity_texture]
        height, width = texture.pixels.shape[:2]
        at = blend(mesh.uvs)
        x = np.floor(at[..., 0] * width).astype(int) % width
        y = np.floor((1 - at[..., 1]) * height).astype(int) % height
        opacity = opacity * linear_image(texture)[y, x, material.opacity_channel]
    if material.through.by_vertices and mesh.opacities is not None:
        opacity = opacity * blend(mesh.opacities)[..., 0]
    limit = material.opacity_threshold if material.opacity_threshold > 0 else 0.5
    return np.asarray(opacity >= limit, bool)


def _towards(rays: F8, item: Instance, mesh: Mesh, corners: F8, triangle: I4, u: F8, v: F8, camera_from_mesh: F8) -> F8:
    """Return the interpolated normals (N, 3), world space, at places ``u``, ``v`` of triangles, turned to the camera.

    ``rays`` (N, 3) and ``corners`` (triangles, 3, 3) are in the camera's space.
    """
    of = mesh.triangles[triangle]
    local = (
        mesh.normals[of[:, 0]] * (1 - u - v)[:, None]
        + mesh.normals[of[:, 1]] * u[:, None]
        + mesh.normals[of[:, 2]] * v[:, None]
    )
    world = portable.product(local, portable.inverse(item.world_from_mesh[:3, :3]))
    a, b, c = (corners[triangle, k] for k in range(3))
    # the side that the ray meets is told by the triangle's winding, which a mirroring transform turns round
    away = (np.cross(b - a, c - a) * rays).sum(1) > 0
    if portable.determinant(camera_from_mesh[:3, :3]) < 0:
        away = ~away
    world = np.where(away[:, None], -world, world)
    return np.asarray(world / np.maximum(portable.norm(world, axis=1, keepdims=True), 1e-12), np.float64)


def _is_hidden(m: Material) -> bool:
    return m.opacity <= 0 or (m.opacity_texture < 0 and m.opacity_threshold > 0 and m.opacity < m.opacity_threshold)


def _box(mask: Mask) -> tuple[int, int, int, int]:
    if not mask.any():
        return (1 << 30, 1 << 30, -1, -1)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1]))
