"""Snapshot -> the flat tables that the kernels read; what is shared between frames is converted once."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.geometry import box_corners, extent
from rendersdg.kernels.closing import closes
from rendersdg.kernels.components import components
from rendersdg.kernels.resampling import scaled
from rendersdg.kernels.rows import numbered_rows
from rendersdg.kernels.scene import Layout, scene_of, textures_of
from rendersdg.kernels.structs import Materials, Meshes, Scene, Textures
from rendersdg.kernels.textures import halved, sixteen_bit
from rendersdg.kernels.welding import enclosed_volume, grid_rows
from rendersdg.snapshot import Blend, Camera, Material, Mesh, Paints, Snapshot, Texture
from rendersdg.texels import linear_image

_IMAGES = {  # columns of Materials.ints
    "base_colour_texture": 0,
    "metallic_texture": 1,
    "roughness_texture": 3,
    "normal_texture": 5,
    "emission_texture": 6,
    "transmission_texture": 14,
    "coat_texture": 15,
    "coat_roughness_texture": 16,
    "specular_texture": 17,
}
_BLENDS = get_args(Blend)  # in the order of chunk.h


@dataclass(frozen=True, eq=False)
class MeshTable:
    """All meshes of a snapshot, end to end. Triangle indices count from their mesh's first vertex."""

    vertices: F4
    normals: F4
    uvs: F4
    colours: F4
    opacities: F4 | None
    other_uvs: F4 | None
    triangles: I4
    pieces: I4
    voff: I8
    vcount: I8
    toff: I8
    tcount: I8
    closed: Mask
    low: F4
    high: F4

    @cached_property
    def for_kernels(self) -> Meshes:
        """The meshes as the kernels take them."""
        return Meshes(
            vertices=self.vertices,
            normals=self.normals,
            uvs=self.uvs,
            other_uvs=self.other_uvs,
            colours=self.colours,
            opacities=self.opacities,
            triangles=self.triangles,
        )


@dataclass(frozen=True, eq=False)
class TextureTable:
    """All textures as linear RGBA 16-bit mip pyramids of power-of-two sides, end to end."""

    data: NDArray[np.uint16]
    level: I8
    size: I8

    @cached_property
    def for_kernels(self) -> Textures:
        """The textures as the kernels take them."""
        return textures_of(self.data, self.level, self.size)


@dataclass(frozen=True, eq=False)
class InstanceTable:
    """The instances of one snapshot, in the tables' vocabulary. ``corners`` (N, 8, 3)
    are those of their meshes' boxes.
    """

    mesh: I8
    entity: I8
    material: I8
    voff: I8
    vcount: I8
    soff: I8
    ttoff: I8
    mesh_toff: I8
    mesh_tcount: I8
    tri_inst: I4
    tri_key: I4
    corners: F8
    vertex_count: int
    layout: Layout


@dataclass(frozen=True, eq=False)
class FrameTables:
    """What all cameras of a snapshot share. ``scene`` is the kernels' side of it, without defects;
    ``world_normal`` (N, 3, 3) turns the instances' normals.
    """

    of: weakref.ref[Snapshot]
    mesh: MeshTable
    texture: TextureTable
    instances: InstanceTable
    scene: Scene
    worlds: F4
    world_normal: F4


def _frame_tables(snapshot: Snapshot, mesh: MeshTable, texture: TextureTable, instances: InstanceTable) -> FrameTables:
    turns = snapshot.worlds[:, :3, :3]
    return FrameTables(
        of=weakref.ref(snapshot),
        mesh=mesh,
        texture=texture,
        instances=instances,
        scene=scene_for_kernels(texture, instances, snapshot),
        worlds=np.ascontiguousarray(snapshot.worlds, np.float32),
        world_normal=np.ascontiguousarray(portable.inverse(turns).transpose(0, 2, 1), np.float32),
    )


class SceneTables:
    """Keeps the tables of the last snapshot's shared parts."""

    def __init__(self) -> None:
        self._meshes: tuple[object, ...] = ()
        self._textures: tuple[Texture, ...] = ()
        self._instances_key: bytes = b""
        self._shapes: dict[int, _Shape] = {}
        self.mesh_table: MeshTable | None = None
        self._pyramids: list[list[NDArray[np.uint16]]] = []
        self.texture_table = _texture_table([])
        self.instance_table: InstanceTable | None = None
        self._frame: FrameTables | None = None

    def frame(self, snapshot: Snapshot) -> FrameTables:
        """Return the tables of ``snapshot``, made once for all of its cameras."""
        if self._frame is None or self._frame.of() is not snapshot:
            self._frame = _frame_tables(snapshot, *self.update(snapshot))
        return self._frame

    def update(self, snapshot: Snapshot) -> tuple[MeshTable, TextureTable, InstanceTable]:
        """Return the tables of ``snapshot``."""
        if (
            self.mesh_table is None
            or len(self._meshes) != len(snapshot.meshes)
            or any(a is not b for a, b in zip(self._meshes, snapshot.meshes))
        ):
            self._meshes = snapshot.meshes
            kept_shapes = [self._shapes.get(id(m)) for m in snapshot.meshes]
            shapes = [s or _shape(m) for m, s in zip(snapshot.meshes, kept_shapes)]
            self._shapes = {id(s.mesh): s for s in shapes}
            self.mesh_table = _mesh_table(snapshot, shapes)
            self.instance_table = None
        if len(self._textures) != len(snapshot.textures) or any(
            a is not b for a, b in zip(self._textures, snapshot.textures)
        ):
            kept = {id(t): p for t, p in zip(self._textures, self._pyramids)}
            self._pyramids = [kept[id(t)] if id(t) in kept else _texture_pyramid(t) for t in snapshot.textures]
            self._textures = snapshot.textures
            self.texture_table = _texture_table(self._pyramids)
        mesh = np.array([i.mesh for i in snapshot.instances], np.int64)
        key = mesh.tobytes()
        table = self.mesh_table
        if self.instance_table is None or key != self._instances_key:
            self._instances_key = key
            tcount, vcount = table.tcount[mesh], table.vcount[mesh]
            ttoff = np.cumsum(tcount) - tcount
            tri_inst = np.repeat(np.arange(len(mesh), dtype=np.int32), tcount)
            pieces = [table.pieces[table.toff[m] : table.toff[m] + table.tcount[m]] for m in mesh]
            soff = np.cumsum(vcount) - vcount
            tri_key = (
                np.concatenate([p + s for p, s in zip(pieces, soff)]).astype(np.int32)
                if len(mesh)
                else np.zeros(0, np.int32)
            )
            self.instance_table = InstanceTable(
                mesh=mesh,
                entity=mesh,
                material=mesh,
                voff=table.voff[mesh],
                vcount=vcount,
                soff=soff,
                ttoff=ttoff,
                mesh_toff=table.toff[mesh],
                mesh_tcount=tcount,
                tri_inst=tri_inst,
                tri_key=tri_key,
                corners=box_corners(table.low[mesh], table.high[mesh]),
                vertex_count=int(vcount.sum()),
                layout=Layout(
                    table.for_kernels,
                    first_vertex=table.voff[mesh],
                    vertex_count=vcount,
                    first_triangle=table.toff[mesh],
                    triangle_count=tcount,
                    first_point=soff,
                    first_number=ttoff,
                    number_instance=tri_inst,
                    number_key=tri_key,
                ),
            )
        self.instance_table = replace(
            self.instance_table,
            entity=np.array([i.entity for i in snapshot.instances], np.int64),
            material=np.array([i.material for i in snapshot.instances], np.int64),
        )
        return table, self.texture_table, self.instance_table


@dataclass(frozen=True, eq=False)
class _Shape:
    """What is found out about a mesh once: the connected piece of each triangle, and whether it is closed."""

    mesh: Mesh
    pieces: I4
    closed: bool


def _shape(mesh: Mesh) -> _Shape:
    pieces = components(np.ascontiguousarray(mesh.triangles, np.int32), len(mesh.vertices))
    return _Shape(mesh, pieces, is_closed(mesh.vertices, mesh.triangles))


def _mesh_table(snapshot: Snapshot, shapes: list[_Shape]) -> MeshTable:
    def join(parts: list[NDArray[np.generic]], width: int, dtype: type) -> NDArray[np.generic]:
        return np.ascontiguousarray(np.concatenate([np.zeros((0, width), dtype), *parts]), dtype)

    meshes = snapshot.meshes
    vcount = np.array([len(m.vertices) for m in meshes], np.int64)
    tcount = np.array([len(m.triangles) for m in meshes], np.int64)
    placed = [_finite(m.vertices) for m in meshes]
    reach = [extent(v) if len(v) else np.zeros((2, 3)) for v in placed]
    low, high = (np.array([r[k] for r in reach], np.float32).reshape(-1, 3) for k in (0, 1))
    return MeshTable(
        join([m.vertices for m in meshes], 3, np.float32),  # type: ignore[arg-type]
        join([m.normals for m in meshes], 3, np.float32),  # type: ignore[arg-type]
        join([m.uvs for m in meshes], 2, np.float32),  # type: ignore[arg-type]
        join([m.colours for m in meshes], 3, np.float32),  # type: ignore[arg-type]
        _opacities(meshes),
        _other_uvs(meshes),
        join([m.triangles for m in meshes], 3, np.int32),  # type: ignore[arg-type]
        np.concatenate([np.zeros(0, np.int32), *(s.pieces for s in shapes)]),
        np.cumsum(vcount) - vcount,
        vcount,
        np.cumsum(tcount) - tcount,
        tcount,
        np.array([s.closed for s in shapes], bool),
        low,
        high,
    )


def _finite(vertices: F4) -> F4:
    """Return the vertices that are somewhere: others are not drawn."""
    is_finite = np.isfinite(vertices)
    return vertices if is_finite.all() else vertices[is_finite.all(1)]


def _opacities(meshes: tuple[Mesh, ...]) -> F4 | None:
    if all(m.opacities is None for m in meshes):
        return None
    return np.concatenate(
        [np.ones(len(m.vertices), np.float32) if m.opacities is None else m.opacities for m in meshes]
    )


def _other_uvs(meshes: tuple[Mesh, ...]) -> F4 | None:
    if all(m.other_uvs is None for m in meshes):
        return None
    return np.concatenate([m.uvs if m.other_uvs is None else m.other_uvs for m in meshes])


def is_closed(vertices: F4, triangles: I4) -> bool:
    """Return whether every edge joins exactly two triangles of opposite direction: back faces are then never seen."""
    if len(triangles) < 4 or not np.isfinite(vertices).all():
        return False
    low, high = extent(vertices)
    size = max(float((high - low).max()), 1e-12)
    first, place_of = numbered_rows(grid_rows(np.ascontiguousarray(vertices), size))  # seams meet up to rounding
    placed = place_of[triangles]
    # inside out would hide the wrong side
    return closes(placed, len(first)) and enclosed_volume(np.ascontiguousarray(vertices), place_of, placed) > 0


def _texture_table(pyramids: list[list[NDArray[np.uint16]]]) -> TextureTable:
    blocks: list[NDArray[np.uint16]] = [np.zeros((1, 4), np.uint16)]
    level = np.zeros((max(len(pyramids), 1), 14), np.int64)
    size = np.ones((max(len(pyramids), 1), 3), np.int64)
    at = 1
    for number, pyramid in enumerate(pyramids):
        size[number] = (pyramid[0].shape[1], pyramid[0].shape[0], len(pyramid))
        for k, image in enumerate(pyramid):
            level[number, k] = at
            blocks.append(image.reshape(-1, 4))
            at += image.shape[0] * image.shape[1]
    return TextureTable(np.concatenate(blocks), level, size)


def _texture_pyramid(texture: Texture) -> list[NDArray[np.uint16]]:
    """Return the mip levels of a texture, linear RGBA 16-bit, the largest first."""
    image = _powers_of_two(texture)
    levels = []
    while True:
        levels.append(sixteen_bit(image))
        if image.shape[0] == 1 and image.shape[1] == 1:
            return levels
        image = halved(image)


def _powers_of_two(texture: Texture) -> F4:
    """Return the linear RGBA pixels of a texture, scaled to the nearest sides that are powers of two."""
    out = linear_image(texture)
    height, width = out.shape[:2]
    target = (1 << max(round(portable.log2(width)), 0), 1 << max(round(portable.log2(height)), 0))
    if target != (width, height):
        out = scaled(out, target)
    return out


def material_tables(materials: tuple[Material, ...], paints: Paints) -> tuple[F4, I8]:
    """Return the float and integer columns that the shading kernel reads, one row per material."""
    if not materials:
        return np.zeros((1, 26), np.float32), np.full((1, 19), -1, np.int64)
    floats = np.array([_floats(m) for m in paints.kinds], np.float64)
    angles = np.radians([m.uv_rotate for m in paints.kinds])
    floats[:, _ROTATION], floats[:, _ROTATION + 1] = portable.cos(angles), portable.sin(angles)
    floats = floats[paints.kind]
    floats[:, :3] = [m.base_colour for m in materials]
    return floats.astype(np.float32), np.array([_ints(m) for m in paints.kinds], np.int64)[paints.kind]


_ROTATION = 14  # column of the cosine of a material's turn, before its sine


def _floats(m: Material) -> tuple[float, ...]:
    """Return the numbers of a material, zeros for its rotation."""
    return (
        *m.base_colour,
        m.metallic,
        m.roughness,
        0.08 * m.specular,
        m.opacity,
        m.opacity_threshold,
        *m.emission,
        m.normal_strength,
        *m.uv_scale,
        0.0,
        0.0,
        *m.uv_translate,
        m.finish.coat,
        m.finish.coat_roughness,
        m.finish.anisotropy,
        m.through.transmission,
        *m.through.tint,
        m.through.ior,
    )


def _ints(m: Material) -> tuple[int, ...]:
    """Return the indices and choices of a material."""
    images = (m.base_colour_texture, m.metallic_texture, m.roughness_texture, m.normal_texture, m.emission_texture)
    textured = max(images) >= 0 or m.finish.anisotropy > 0  # grooves run by texture coordinates too
    if m.through.is_any:
        textured = textured or max(m.opacity_texture, m.through.transmission_texture) >= 0
    textured = textured or max(m.finish.coat_texture, m.finish.coat_roughness_texture, m.finish.specular_texture) >= 0
    return (
        m.base_colour_texture,
        m.metallic_texture,
        m.metallic_channel,
        m.roughness_texture,
        m.roughness_channel,
        m.normal_texture,
        m.emission_texture,
        m.opacity_texture,
        m.opacity_channel,
        int(m.use_vertex_colour),
        int(m.project_uvw),
        int(textured),
        _BLENDS.index(m.through.blend),
        int(m.through.by_vertices),
        m.through.transmission_texture,
        m.finish.coat_texture,
        m.finish.coat_roughness_texture,
        m.finish.specular_texture,
        sum(1 << _IMAGES[name] for name in m.finish.others),
    )


def scene_for_kernels(texture: TextureTable, inst: InstanceTable, snapshot: Snapshot) -> Scene:
    """Return the scene as the kernels take it, without defects."""
    floats, ints = material_tables(snapshot.materials, snapshot.paints)
    return scene_of(
        inst.layout,
        texture.for_kernels,
        Materials(floats=floats, ints=ints),
        entity=inst.entity,
        material=inst.material,
    )


def camera_from_meshes(snapshot: Snapshot, camera: Camera) -> F8:
    """Return camera_from_mesh of every instance, (N, 4, 4)."""
    return portable.product(camera.camera_from_world, snapshot.worlds)
