"""A call of the ray kernel from plain arrays: a scene of one mesh an instance, and what its rays see."""

from __future__ import annotations

from ctypes import byref, c_int
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rendersdg.kernels.arrays import FLOAT, INT, Array, Field, Number, Ref, Structure
from rendersdg.kernels.library import library

NOWHERE = 1 << 30  # NO_BOX in kernels.h
POINT = "f4,f4,f4,f4,i4,i4"  # x, y, w, 1 / w and the screen position of a vertex


class Meshes(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "vertices": Array("f4", ("vertex_count", 3)), "normals": Array("f4", ("vertex_count", 3)), "uvs": Array("f4", ("vertex_count", 2)),
        "colours": Array("f4", ("vertex_count", 3)), "triangles": Array("i4", ("triangle_count", 3)), "vertex_count": INT,
        "triangle_count": INT,
    }  # fmt: skip


class Instances(Structure):
    fields: ClassVar[dict[str, Field]] = {
        **{
            name: Array("i8", ("count",))
            for name in (
                "first_vertex", "vertex_count", "first_triangle", "triangle_count", "first_point", "first_number", "entity", "material",
            )
        },
        "number_instance": Array("i4", ("number_count",)), "number_key": Array("i4", ("number_count",)), "count": INT, "number_count": INT,
    }  # fmt: skip


class Textures(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "texels": Array("u2", ("texel_count", 4)), "level": Array("i8", ("count", 14)), "size": Array("i8", ("count", 3)),
        "texel_count": INT, "count": INT,
    }  # fmt: skip


class Scene(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "meshes": Ref(Meshes), "instances": Ref(Instances), "textures": Ref(Textures), "materials": Ref(Meshes), "decals": Ref(Meshes),
    }  # fmt: skip


class View(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "width": INT, "height": INT, "step": INT, **dict.fromkeys(("focal_x", "focal_y", "centre_x", "centre_y", "near", "far"), FLOAT),
        "world_from_camera": Number(FLOAT.ctype, 16), **dict.fromkeys(("ray_x", "ray_y", "ray_z"), Array("f4", ("ray_count",))),
        "ray_count": INT,
    }  # fmt: skip


class Points(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "points": Array(POINT, ("count",)),
        **dict.fromkeys(("camera_from_mesh", "world_from_mesh", "world_normal", "mirror", "previous"), Array("f4", (0,), optional=True)),
        "count": INT, "instance_count": INT,
    }  # fmt: skip


class Drawn(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "order": Array("i8", ("order_count",)), "is_active": Array("u1", ("instance_count",), optional=True),
        "is_culled": Array("u1", ("instance_count",), optional=True), "cut_texture": Array("i8", ("instance_count",)),
        "cut_channel": Array("i8", ("instance_count",)), "cut_threshold": Array("f4", ("instance_count",)), "order_count": INT,
        "instance_count": INT,
    }  # fmt: skip


class Samples(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "triangle": Array("i4", ("sample_count",), written=True), "inverse_depth": Array("f4", (0,), optional=True),
        "stamp": Array("i4", (0,), optional=True), "loose": Array("i4", ("entity_count", 4), written=True),
        "unoccluded": Array("i8", ("entity_count",), written=True), "sample_count": INT, "pixel_count": INT, "entity_count": INT,
    }  # fmt: skip


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
        "points": points, "uvs": np.concatenate([np.zeros((0, 2)), *uvs]).astype(np.float32),
        "triangles": np.concatenate([np.zeros((0, 3)), *(t.triangles for t in things)]).astype(np.int32), "first": first, "number": number,
        "vertex_count": np.array(counts, np.int64), "triangle_count": np.array(triangles, np.int64),
        "entity": np.array([t.entity for t in things], np.int64), "cut_texture": np.array([t.cut_texture for t in things], np.int64),
        "cut_channel": np.array([t.cut_channel for t in things], np.int64),
        "cut_threshold": np.array([t.cut_threshold for t in things], np.float32),
    }  # fmt: skip


def blank(texels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the arrays of one texture (H, W, 4) uint16, or of a white texel."""
    texels = np.full((1, 1, 4), 65535, np.uint16) if texels is None else texels
    level = np.zeros((1, 14), np.int64)
    return texels.reshape(-1, 4), level, np.array([[texels.shape[1], texels.shape[0], 1]], np.int64)


def see_rays(
    things: list[Thing], rays: np.ndarray, *, step: int = 2, near: float = 0.01, far: float = 100.0, entities: int = 1,
    order: list[int] | None = None, texels: np.ndarray | None = None,
) -> Seen:  # fmt: skip
    """Return what ``rays`` (2H, 2W, 3) see of ``things``."""
    t = tables(things)
    height, width = rays.shape[0] // 2, rays.shape[1] // 2
    size = (height, width) if step == 2 else (2 * height, 2 * width)
    count, total = len(things), len(t["triangles"])
    empty = np.zeros((len(t["points"]), 3), np.float32)
    meshes = Meshes(vertices=empty, normals=empty, colours=empty, uvs=t["uvs"], triangles=t["triangles"])
    instances = Instances(
        first_vertex=t["first"], vertex_count=t["vertex_count"], first_triangle=t["number"], triangle_count=t["triangle_count"],
        first_point=t["first"], first_number=t["number"], entity=t["entity"], material=np.zeros(count, np.int64),
        number_instance=np.zeros(total, np.int32), number_key=np.zeros(total, np.int32),
    )  # fmt: skip
    data, level, extent = blank(texels)
    textures = Textures(texels=data, level=level, size=extent)
    scene = Scene(meshes=meshes, instances=instances, textures=textures, materials=meshes, decals=meshes)
    x, y, z = (np.ascontiguousarray(rays[..., k].ravel(), np.float32) for k in range(3))
    view = View(
        width=width, height=height, step=step, focal_x=1.0, focal_y=1.0, centre_x=0.0, centre_y=0.0, near=near, far=far,
        world_from_camera=np.zeros(16), ray_x=x, ray_y=y, ray_z=z,
    )  # fmt: skip
    records = np.zeros(len(t["points"]), POINT)
    records["f0"], records["f1"], records["f2"] = t["points"][:, 0], t["points"][:, 1], -t["points"][:, 2]
    points = Points(points=records, instance_count=count)
    drawn = Drawn(
        order=np.array(range(count) if order is None else order, np.int64), cut_texture=t["cut_texture"], cut_channel=t["cut_channel"],
        cut_threshold=t["cut_threshold"],
    )  # fmt: skip
    seen = Seen(
        np.full(size, -1, np.int32),
        np.zeros(entities, np.int64),
        np.tile(np.int32([NOWHERE, NOWHERE, -1, -1]), (entities, 1)),
    )
    samples = Samples(
        triangle=seen.triangle.reshape(-1), loose=seen.loose, unoccluded=seen.unoccluded, pixel_count=width * height
    )
    function = library().rendersdg_see_rays
    function.restype = c_int
    failed = function(byref(scene), byref(view), byref(drawn), byref(points), byref(samples))
    assert failed == 0
    return seen
