"""A snapshot as other renderers want it: triangles in world space with texture coordinates,
plain images, defects as films.

A defect becomes an opaque film over the surface: the triangles that carry it, cut to its patch, with its texels as
texture coordinates and images of the surface as the defect leaves it.
The host's normal map does not reach into the film.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8
from rendersdg.backends.scene_tables import is_closed
from rendersdg.snapshot import SOLID, Defect, Instance, Material, Mesh, Snapshot, Through
from rendersdg.texels import linear_image

_TURNED = portable.cos(np.radians(2.0))
_LIFT = 2e-4  # of its size: how far a film lies over its surface, so that rays meet it first


@dataclass(frozen=True, eq=False)
class FlatMaterial:
    """A surface with its images, linear, row 0 at the top, None for none; an image multiplies its factor.

    ``normal`` is a tangent-space normal image 0..1, +Y up; ``opacity`` (H, W) 0..1, of one texel where it is alike all
    over, and 0 or 1 where the surface is cut out. ``through`` is ``Material``'s, with its image.
    """

    base: tuple[float, float, float]
    metallic: float
    roughness: float
    specular: float
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)
    base_image: F4 | None = None
    metallic_image: F4 | None = None
    roughness_image: F4 | None = None
    normal_image: F4 | None = None
    emission_image: F4 | None = None
    opacity: F4 | None = None
    coat: float = 0.0
    coat_roughness: float = 0.01
    anisotropy: float = 0.0
    through: Through = SOLID
    transmission_image: F4 | None = None


@dataclass(frozen=True, eq=False)
class FlatMesh:
    """World-space triangles of one look. ``uvs`` have v up; ``instance`` is the snapshot's, films bear their host's.

    ``opacities`` (V,) multiply the look's; None where they are all 1. What is closed ``bends`` light where its look has
    an index of refraction.
    """

    name: str
    instance: int
    vertices: F4
    normals: F4
    uvs: F4
    colours: F4 | None
    triangles: I4
    look: FlatMaterial
    is_film: bool = False
    opacities: F4 | None = None
    bends: bool = False


def flatten(snapshot: Snapshot) -> list[FlatMesh]:
    """Return the parts of a snapshot: one per visible instance, then one per defect."""
    images = _Images(snapshot)
    parts = [_of_instance(snapshot, k, instance, images) for k, instance in enumerate(snapshot.instances)]
    drawn = snapshot.drawn()
    shown = [
        p
        for p in parts
        if drawn[p.instance] and snapshot.materials[snapshot.instances[p.instance].material].opacity > 0
    ]
    return shown + [_film(snapshot, k, parts[defect.instance]) for k, defect in enumerate(snapshot.defects)]


class _Images:
    """Linear images of the snapshot's textures, each converted once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._textures = snapshot.textures
        self._made: dict[int, F4] = {}

    def __call__(self, index: int) -> F4 | None:
        if index < 0:
            return None
        if index not in self._made:
            self._made[index] = linear_image(self._textures[index])
        return self._made[index]


def _channel(image: F4 | None, channel: int) -> F4 | None:
    return None if image is None else np.ascontiguousarray(image[..., channel])


def _of_instance(snapshot: Snapshot, number: int, instance: Instance, images: _Images) -> FlatMesh:
    mesh, m = snapshot.meshes[instance.mesh], snapshot.materials[instance.material]
    world = instance.world_from_mesh
    corners = mesh.triangles.ravel()
    triangles = mesh.triangles.astype(np.int32)
    vertices, normals, uvs, colours = mesh.vertices, mesh.normals, mesh.uvs, mesh.colours
    opacities = mesh.opacities if m.through.by_vertices else None
    if instance.shown == "frame":
        normals = _moved_normals(mesh)
    if m.project_uvw:  # each triangle has its own axes, so its corners are its own
        vertices, normals, colours = vertices[corners], normals[corners], colours[corners]
        uvs = _projected(vertices, normals, world)
        opacities = None if opacities is None else opacities[corners]
        triangles = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    placed = portable.product(vertices.astype(np.float64), world[:3, :3].T) + world[:3, 3]
    turned = portable.product(normals.astype(np.float64), portable.inverse(world[:3, :3]))
    turned /= np.maximum(portable.norm(turned, axis=1, keepdims=True), 1e-12)
    if portable.determinant(world[:3, :3]) < 0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    f4 = np.float32
    return FlatMesh(
        f"instance{number}",
        number,
        placed.astype(f4),
        turned.astype(f4),
        _uv(uvs, m).astype(f4),
        colours if m.use_vertex_colour else None,
        triangles,
        _look(m, images),
        opacities=opacities,
        bends=m.through.transmission > 0
        and m.through.ior != 1
        and portable.determinant(world[:3, :3]) != 0
        and is_closed(mesh.vertices, mesh.triangles),
    )


def _moved_normals(mesh: Mesh) -> F4:
    """Return a displaced mesh's normals by its triangles, where these have turned
    away from the normals that it was given.

    A path tracer takes a surface that looks away from its own normal for its back.
    """
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])  # as long as twice the area
    length = np.maximum(portable.norm(face, axis=1), 1e-30)
    turned = portable.product(mesh.normals[mesh.triangles], face[..., None])[..., 0].min(1) < _TURNED * length
    of_turned = np.unique(mesh.triangles[turned])
    _, place = np.unique(np.round(mesh.vertices[of_turned], 7), axis=0, return_inverse=True)
    place_of = np.full(len(mesh.vertices), -1)
    place_of[of_turned] = place.reshape(-1)
    mean = np.zeros((int(place_of.max(initial=-1)) + 1, 3))
    at = place_of[mesh.triangles]
    np.add.at(mean, at[at >= 0], np.repeat(face[:, None], 3, axis=1)[at >= 0])
    normals = mesh.normals.copy()
    normals[of_turned] = mean[place_of[of_turned]]
    return np.asarray(normals / np.maximum(portable.norm(normals, axis=1, keepdims=True), 1e-12), np.float32)


def _look(m: Material, images: _Images) -> FlatMaterial:
    def image(name: str, index: int) -> F4 | None:
        """Return an image; the mean of one that lies by the second set of coordinates, which no other renderer gets."""
        pixels = images(index)
        if pixels is None or name not in m.finish.others:
            return pixels
        return np.asarray(pixels.mean((0, 1), keepdims=True), np.float32)

    opacity = _channel(images(m.opacity_texture), m.opacity_channel)
    if m.through.blend != "none":
        opacity = np.full((1, 1), m.opacity, np.float32) if opacity is None else opacity * np.float32(m.opacity)
    elif opacity is not None:  # cut out
        limit = m.opacity_threshold if m.opacity_threshold > 0 else 0.5
        opacity = (opacity * m.opacity >= limit).astype(np.float32)
    normal = None if "normal_texture" in m.finish.others else images(m.normal_texture)
    if normal is not None and m.normal_strength != 1.0:
        bent = normal[..., :3] * 2 - 1
        bent[..., :2] *= m.normal_strength
        normal = np.asarray(bent / portable.norm(bent, axis=-1, keepdims=True) * 0.5 + 0.5, np.float32)
    return FlatMaterial(
        m.base_colour,
        m.metallic,
        m.roughness,
        m.specular,
        m.emission,
        _rgb(image("base_colour_texture", m.base_colour_texture)),
        _channel(image("metallic_texture", m.metallic_texture), m.metallic_channel),
        _channel(image("roughness_texture", m.roughness_texture), m.roughness_channel),
        _rgb(normal),
        _rgb(image("emission_texture", m.emission_texture)),
        opacity,
        m.finish.coat,
        m.finish.coat_roughness,
        m.finish.anisotropy,
        m.through,
        _channel(image("transmission_texture", m.through.transmission_texture), 0),
    )


def _rgb(image: F4 | None) -> F4 | None:
    return None if image is None else np.ascontiguousarray(image[..., :3], np.float32)


def _projected(vertices: F4, normals: F4, world: F8) -> F4:
    """Return metres along the two axes that each triangle faces least (by its first corner),
    as the rasterizer takes them.
    """
    metres = vertices * portable.norm(world[:3, :3], axis=0).astype(np.float32)
    n = np.repeat(np.abs(normals[::3]), 3, axis=0)
    z = (n[:, 2] >= n[:, 0]) & (n[:, 2] >= n[:, 1])
    x = ~z & (n[:, 0] >= n[:, 1])
    pick = np.where(z[:, None], [0, 1], np.where(x[:, None], [1, 2], [0, 2]))
    return np.take_along_axis(metres, pick, axis=1)


def _uv(uvs: F4, m: Material) -> F8:
    """Return texture coordinates under the material's scale, rotation and shift, in that order."""
    angle = np.radians(m.uv_rotate)
    u, v = uvs[:, 0] * m.uv_scale[0], uvs[:, 1] * m.uv_scale[1]
    return np.stack(
        [
            u * portable.cos(angle) - v * portable.sin(angle) + m.uv_translate[0],
            u * portable.sin(angle) + v * portable.cos(angle) + m.uv_translate[1],
        ],
        axis=1,
    )


def _film(snapshot: Snapshot, number: int, host: FlatMesh) -> FlatMesh:
    """Return the patch of a defect as an opaque film: its host's look as this defect and those before it leave it."""
    defect = snapshot.defects[number]
    height, width = defect.part.shape
    world = snapshot.instances[defect.instance].world_from_mesh
    mesh = snapshot.meshes[snapshot.instances[defect.instance].mesh]
    corners = mesh.triangles[defect.triangles]
    points = portable.product(mesh.vertices[corners].astype(np.float64), world[:3, :3].T) + world[:3, 3]
    flat = (
        portable.product(points - defect.centre, defect.rows[:, :, :3].transpose(0, 2, 1)) + defect.rows[:, None, :, 3]
    )
    texel = (flat - np.array(defect.origin)) / defect.texel
    is_mirrored = bool(portable.determinant(world[:3, :3]) < 0)
    own = host.triangles[defect.triangles][:, :: -1 if is_mirrored else 1]
    normals = host.normals[own].astype(np.float64)
    place = _places(texel, points, host.uvs[own], (height, width))
    base, metallic, roughness = _under(host, place)
    slopes = np.zeros((height, width, 2), np.float32)
    for other in snapshot.defects[: number + 1]:
        if other.instance != defect.instance:
            continue
        s = defect.stack if other is defect else _seen_from(other, defect, place)
        if s is None:
            continue
        base = base * s[..., 0:1] + s[..., 1:4]
        roughness, metallic = roughness * s[..., 4] + s[..., 5], metallic * s[..., 6] + s[..., 7]
        if other is defect and defect.intact is None:  # a displaced surface has its slopes
            slopes = s[..., 8:10]
    bend = np.dstack([-slopes[..., 0], slopes[..., 1], np.ones((height, width), np.float32)])  # v runs against the rows
    bend /= portable.norm(bend, axis=2, keepdims=True)
    look = FlatMaterial(
        (1.0, 1.0, 1.0),
        1.0,
        1.0,
        host.look.specular,
        base_image=np.clip(base, 0, 1),
        metallic_image=np.clip(metallic, 0, 1),
        roughness_image=np.clip(roughness, 0.02, 1),
        normal_image=(bend * 0.5 + 0.5).astype(np.float32),
        coat=host.look.coat * float(defect.stack[..., 4].min() > 0.5),
        coat_roughness=host.look.coat_roughness,
    )
    lifted = points + normals * (_LIFT * (number + 1) * max(defect.size))
    corner, triangles = _clipped(texel, np.concatenate([lifted, normals], axis=2), (height, width))
    uvs = np.stack([(corner[:, 0] + 0.5) / width, 1 - (corner[:, 1] + 0.5) / height], -1)
    f4 = np.float32
    if is_mirrored:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return FlatMesh(
        f"defect{number}",
        defect.instance,
        corner[:, 2:5].astype(f4),
        corner[:, 5:8].astype(f4),
        uvs.astype(f4),
        None,
        triangles,
        look,
        True,
    )


@dataclass(frozen=True, eq=False)
class _Places:
    """For each texel (H, W) of a patch: which of its triangles it lies on (-1 none),
    where in the world, the host's uv.
    """

    triangle: I8
    world: F8
    uv: F8


def _places(texel: F8, points: F8, uvs: F4, shape: tuple[int, int]) -> _Places:
    height, width = shape
    triangle = np.full(shape, -1, np.int64)
    world, uv = np.zeros((*shape, 3)), np.zeros((*shape, 2))
    for k, (a, b, c) in enumerate(texel):
        det = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(det) < 1e-12 or not np.isfinite(det):
            continue
        low = np.clip(np.floor(np.minimum(np.minimum(a, b), c)), 0, (width - 1, height - 1)).astype(int)
        high = np.clip(np.ceil(np.maximum(np.maximum(a, b), c)), 0, (width - 1, height - 1)).astype(int)
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        p = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / det
        q = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / det
        inside = (p >= -0.01) & (q >= -0.01) & (p + q <= 1.01)
        at = (y[inside], x[inside])
        weights = np.stack([1 - p - q, p, q], -1)[inside]
        triangle[at] = k
        world[at] = portable.product(weights, points[k])
        uv[at] = portable.product(weights, uvs[k])
    return _Places(triangle, world, uv)


def _under(host: FlatMesh, place: _Places) -> tuple[F4, F4, F4]:
    """Return the host's colour (H, W, 3), metalness and roughness (H, W) under each texel."""
    shape = place.triangle.shape
    base = np.broadcast_to(np.array(host.look.base, np.float32), (*shape, 3)).copy()
    metallic = np.full(shape, host.look.metallic, np.float32)
    roughness = np.full(shape, host.look.roughness, np.float32)
    images = (host.look.base_image, host.look.metallic_image, host.look.roughness_image)
    for out, image in zip((base, metallic, roughness), images):
        if image is not None:
            rows, columns = image.shape[:2]
            y = np.floor((1 - place.uv[..., 1]) * rows).astype(int) % rows
            x = np.floor(place.uv[..., 0] * columns).astype(int) % columns
            out *= image[y, x]
    return base, metallic, roughness


def _seen_from(other: Defect, defect: Defect, place: _Places) -> F4 | None:
    """Return the texels of another defect where those of this one lie, None where they do not meet."""
    row_of = {int(t): k for k, t in enumerate(other.triangles)}
    index = np.array([row_of.get(int(t), -1) for t in defect.triangles])
    k = np.where(place.triangle >= 0, index[place.triangle], -1)
    if (k < 0).all():
        return None
    rows = other.rows[k]
    flat = portable.product(rows[..., :3], (place.world - other.centre)[..., None])[..., 0] + rows[..., 3]
    at = np.floor((flat - np.array(other.origin)) / other.texel + 0.5).astype(int)
    height, width = other.part.shape
    inside = (k >= 0) & (at >= 0).all(-1) & (at[..., 0] < width) & (at[..., 1] < height)
    if not inside.any():
        return None
    out = np.zeros((*inside.shape, other.stack.shape[2]), np.float32)
    out[..., [0, 4, 6]] = 1
    out[inside] = other.stack[at[inside][:, 1], at[inside][:, 0]]
    return out


def _clipped(texel: F8, carried: F8, shape: tuple[int, int]) -> tuple[F8, I4]:
    """Return triangles cut to the patch's rectangle: corners (N, 2 + C)
    of texel place and what they carry, and indices.
    """
    height, width = shape
    polygons: list[F8] = []
    triangles: list[list[int]] = []
    at = 0
    for corners in np.concatenate([texel, carried], axis=2):
        polygon = corners
        for axis, limit, sign in ((0, -0.5, 1), (0, width - 0.5, -1), (1, -0.5, 1), (1, height - 0.5, -1)):
            polygon = _cut(polygon, axis, limit, sign)
            if len(polygon) < 3:
                break
        if len(polygon) < 3:
            continue
        polygons.append(polygon)
        triangles += [[at, at + k, at + k + 1] for k in range(1, len(polygon) - 1)]
        at += len(polygon)
    if not polygons:
        return np.zeros((3, 8)), np.zeros((1, 3), np.int32)
    return np.concatenate(polygons), np.array(triangles, np.int32)


def _cut(polygon: F8, axis: int, limit: float, sign: int) -> F8:
    """Return the part of a convex polygon on one side of a line (Sutherland and Hodgman 1974)."""
    distance = sign * (polygon[:, axis] - limit)
    out = []
    for k in range(len(polygon)):
        m = (k + 1) % len(polygon)
        if distance[k] >= 0:
            out.append(polygon[k])
        if (distance[k] < 0) != (distance[m] < 0):
            t = distance[k] / (distance[k] - distance[m])
            out.append(polygon[k] + t * (polygon[m] - polygon[k]))
    return np.array(out).reshape(-1, polygon.shape[1])
