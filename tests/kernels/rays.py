"""A call of the ray kernel from plain arrays: a scene of one mesh an instance, and what its rays see."""

from __future__ import annotations

from ctypes import byref, c_int
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from rendersdg.kernels import structs
from rendersdg.kernels.arrays import Array, Field, Ref, Structure
from rendersdg.kernels.library import library
from rendersdg.kernels.scene import NO_DECALS

NOWHERE = 1 << 30  # NO_BOX in kernels.h


@cache
def unchecked(structure: type[Structure]) -> type[Structure]:
    """Return a structure of the same layout that takes values out of their range: the kernel itself must bear them."""
    fields: dict[str, Field] = {}
    for name, field in structure.fields.items():
        if isinstance(field, Ref):
            fields[name] = Ref(unchecked(field.structure))
        else:
            fields[name] = replace(field, within=None) if isinstance(field, Array) else field
    return type(structure.__name__, (Structure,), {"fields": fields})


@dataclass(eq=False)
class Seen:
    """``triangle`` (H, W) or (2H, 2W), ``unoccluded`` (E,) pixels, ``loose`` (E, 4) boxes."""

    triangle: np.ndarray
    unoccluded: np.ndarray
    loose: np.ndarray


@dataclass(eq=False)
class Thing:
    """A mesh in camera space (V, 3), its triangles (T, 3), texture coordinates (V, 2), and how it is cut out."""

    points: np.ndarray
    triangles: np.ndarray
    entity: int = 0
    uvs: np.ndarray | None = None
    cut_texture: int = -1
    cut_channel: int = 3
    cut_threshold: float = 0.5


def tables(things: list[Thing]) -> dict[str, Any]:
    """Return the arrays of the kernel's structures, things end to end."""
    counts = [len(t.points) for t in things]
    triangles = [len(t.triangles) for t in things]
    first = np.array(np.cumsum([0, *counts])[:-1], np.int64)
    number = np.array(np.cumsum([0, *triangles])[:-1], np.int64)
    points = np.concatenate([np.zeros((0, 3)), *(t.points for t in things)]).astype(np.float32)
    uvs = [np.zeros((len(t.points), 2)) if t.uvs is None else t.uvs for t in things]
    return {
        "points": points,
        "uvs": np.concatenate([np.zeros((0, 2)), *uvs]).astype(np.float32),
        "triangles": np.concatenate([np.zeros((0, 3)), *(t.triangles for t in things)]).astype(np.int32),
        "first": first,
        "number": number,
        "vertex_count": np.array(counts, np.int64),
        "triangle_count": np.array(triangles, np.int64),
        "entity": np.array([t.entity for t in things], np.int64),
        "cut_texture": np.array([t.cut_texture for t in things], np.int64),
        "cut_channel": np.array([t.cut_channel for t in things], np.int64),
        "cut_threshold": np.array([t.cut_threshold for t in things], np.float32),
        "cut_by_corners": np.zeros(len(things), np.uint8),
    }


def blank(texels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the arrays of one texture (H, W, 4) uint16, or of a white texel."""
    texels = np.full((1, 1, 4), 65535, np.uint16) if texels is None else texels
    level = np.zeros((1, 14), np.int64)
    return texels.reshape(-1, 4), level, np.array([[texels.shape[1], texels.shape[0], 1]], np.int64)


def see_rays(
    things: list[Thing],
    rays: np.ndarray,
    *,
    step: int = 2,
    near: float = 0.01,
    far: float = 100.0,
    entities: int = 1,
    order: list[int] | None = None,
    texels: np.ndarray | None = None,
) -> Seen:
    """Return what ``rays`` (2H, 2W, 3) see of ``things``."""
    t = tables(things)
    height, width = rays.shape[0] // 2, rays.shape[1] // 2
    size = (height, width) if step == 2 else (2 * height, 2 * width)
    count, total = len(things), len(t["triangles"])
    empty, spare = np.zeros((len(t["points"]), 3), np.float32), np.zeros(count, np.int64)
    meshes = unchecked(structs.Meshes)(
        vertices=empty, normals=empty, colours=empty, uvs=t["uvs"], triangles=t["triangles"]
    )
    instances = unchecked(structs.Instances)(
        first_vertex=t["first"],
        vertex_count=t["vertex_count"],
        first_triangle=t["number"],
        triangle_count=t["triangle_count"],
        first_point=t["first"],
        first_number=t["number"],
        entity=t["entity"],
        material=spare,
        number_instance=np.zeros(total, np.int32),
        number_key=np.zeros(total, np.int32),
    )
    data, level, extent = blank(texels)
    textures = unchecked(structs.Textures)(texels=data, level=level, size=extent)
    materials = unchecked(structs.Materials)(floats=np.zeros((0, 26), np.float32), ints=np.zeros((0, 19), np.int64))
    scene = unchecked(structs.Scene)(
        meshes=meshes,
        instances=instances,
        textures=textures,
        materials=materials,
        decals=unchecked(structs.Decals)(**NO_DECALS.kept),
    )
    x, y, z = (np.ascontiguousarray(rays[..., k].ravel(), np.float32) for k in range(3))
    view = unchecked(structs.View)(
        width=width,
        height=height,
        step=step,
        focal_x=1.0,
        focal_y=1.0,
        centre_x=0.0,
        centre_y=0.0,
        near=near,
        far=far,
        world_from_camera=np.zeros(16),
        ray_x=x,
        ray_y=y,
        ray_z=z,
    )
    records = np.zeros(len(t["points"]), structs.POINT)
    records["x"], records["y"], records["w"] = t["points"][:, 0], t["points"][:, 1], -t["points"][:, 2]
    matrices = np.zeros((count, 4, 4), np.float32)
    points = unchecked(structs.Points)(
        points=records,
        camera_from_mesh=matrices,
        world_from_mesh=matrices,
        world_normal=np.zeros((count, 3, 3), np.float32),
        mirror=np.zeros(count, np.float32),
    )
    drawn = unchecked(structs.Drawn)(
        order=np.array(range(count) if order is None else order, np.int64),
        is_active=np.ones(count, np.uint8),
        is_culled=np.zeros(count, np.uint8),
        cut_texture=t["cut_texture"],
        cut_channel=t["cut_channel"],
        cut_threshold=t["cut_threshold"],
        cut_by_corners=t["cut_by_corners"],
    )
    box = np.array([NOWHERE, NOWHERE, -1, -1], np.int32)
    seen = Seen(np.full(size, -1, np.int32), np.zeros(entities, np.int64), np.tile(box, (entities, 1)))
    samples = unchecked(structs.Samples)(
        triangle=seen.triangle.reshape(-1),
        loose=seen.loose,
        unoccluded=seen.unoccluded,
        stamp=np.full(width * height, -1, np.int32),
        inverse_depth=np.full(size, np.float32(1) / np.float32(far), np.float32).ravel(),
    )
    function = library()["rendersdg_see_rays"]  # one of its own, which takes these structures
    function.restype = c_int
    rows = structs.Rows(0, 1 << 20)
    failed = function(byref(scene), byref(view), byref(drawn), byref(points), byref(samples), byref(rows))
    assert failed == 0
    return seen
