"""The structures of ``kernels.h``, whose comments say what each field is; a test compares both field by field."""

from __future__ import annotations

import ctypes
from typing import ClassVar

import numpy as np

from rendersdg.kernels.arrays import DOUBLE, FLOAT, INT, Array, Field, Number, Ref, Structure

POINT = np.dtype(
    [("x", "f4"), ("y", "f4"), ("w", "f4"), ("inverse_w", "f4"), ("screen_x", "i4"), ("screen_y", "i4")], align=True
)
SURFACE = {  # channels of Film.surface: how many each has, in their order
    "base_colour": 3,
    "metallic": 1,
    "roughness": 1,
    "reflectance": 1,
    "emission": 3,
    "smooth_normal": 3,
    "normal": 3,
    "position": 3,
    "open_sky": 1,
    "indirect_diffuse": 3,
    "reflected": 3,
    "direct_diffuse": 3,
    "direct_specular": 3,
    "background": 3,
}
F4, F8, I2, I4, I8, U1, U2, U4 = "f4", "f8", "i2", "i4", "i8", "u1", "u2", "u4"


class Meshes(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "vertices": Array(F4, ("vertex_count", 3)),
        "normals": Array(F4, ("vertex_count", 3)),
        "uvs": Array(F4, ("vertex_count", 2)),
        "other_uvs": Array(F4, ("vertex_count", 2), optional=True),
        "colours": Array(F4, ("vertex_count", 3)),
        "opacities": Array(F4, ("vertex_count",), optional=True),
        "triangles": Array(I4, ("triangle_count", 3), within="vertex_count"),
        "vertex_count": INT,
        "triangle_count": INT,
    }


class Instances(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "first_vertex": Array(I8, ("count",)),
        "vertex_count": Array(I8, ("count",)),
        "first_triangle": Array(I8, ("count",)),
        "triangle_count": Array(I8, ("count",)),
        "first_point": Array(I8, ("count",)),
        "first_number": Array(I8, ("count",)),
        "entity": Array(I8, ("count",)),
        "material": Array(I8, ("count",)),
        "number_instance": Array(I4, ("number_count",), within="count"),
        "number_key": Array(I4, ("number_count",)),
        "count": INT,
        "number_count": INT,
    }


class Textures(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "texels": Array(U2, ("texel_count", 4)),
        "level": Array(I8, ("count", 14), within="texel_count"),
        "size": Array(I8, ("count", 3), within=1 << 24, least=1),
        "texel_count": INT,
        "count": INT,
    }


class Materials(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "floats": Array(F4, ("count", 26)),
        "ints": Array(I8, ("count", 19)),
        "count": INT,
    }


class Decals(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "first": Array(I4, ("number_count",), within="entry_count", least=-1),
        "chain": Array(I4, ("entry_count",), within="entry_count", least=-1),
        "patch": Array(I4, ("entry_count",), within="patch_count"),
        "entries": Array(F4, ("entry_count", 11)),
        "floats": Array(F4, ("patch_count", 6)),
        "ints": Array(I8, ("patch_count", 4)),
        "texels": Array(F4, ("texel_count", 10)),
        "parts": Array(I2, ("texel_count",)),
        "entities": Array(I4, ("patch_count", "most_parts")),
        "number_count": INT,
        "entry_count": INT,
        "patch_count": INT,
        "texel_count": INT,
        "most_parts": INT,
    }


class Scene(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "meshes": Ref(Meshes),
        "instances": Ref(Instances),
        "textures": Ref(Textures),
        "materials": Ref(Materials),
        "decals": Ref(Decals),
    }


class View(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "width": INT,
        "height": INT,
        "step": INT,
        "focal_x": FLOAT,
        "focal_y": FLOAT,
        "centre_x": FLOAT,
        "centre_y": FLOAT,
        "near": FLOAT,
        "far": FLOAT,
        "world_from_camera": Number(ctypes.c_float, 16),
        "ray_x": Array(F4, ("ray_count",), optional=True),
        "ray_y": Array(F4, ("ray_count",), optional=True),
        "ray_z": Array(F4, ("ray_count",), optional=True),
        "ray_count": INT,
    }


class Lens(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "width": INT,
        "height": INT,
        "focal_x": DOUBLE,
        "focal_y": DOUBLE,
        "centre_x": DOUBLE,
        "centre_y": DOUBLE,
        "is_radial": INT,
        "across": Array(F8, ("count",)),
        "along": Array(F8, ("count",)),
        "radii_a_unit": DOUBLE,
        "farthest": DOUBLE,
        "coefficients": Number(ctypes.c_double, 12),
        "level": Number(ctypes.c_double, 9),
        "ray_x": Array(F4, ("ray_count",), written=True),
        "ray_y": Array(F4, ("ray_count",), written=True),
        "ray_z": Array(F4, ("ray_count",), written=True),
        "count": INT,
        "ray_count": INT,
    }


class Points(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "points": Array(POINT, ("count",), written=True),
        "camera_from_mesh": Array(F4, ("instance_count", 4, 4)),
        "world_from_mesh": Array(F4, ("instance_count", 4, 4)),
        "world_normal": Array(F4, ("instance_count", 3, 3)),
        "mirror": Array(F4, ("instance_count",)),
        "previous": Array(F4, ("instance_count", 4, 4), optional=True),
        "count": INT,
        "instance_count": INT,
    }


class Drawn(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "order": Array(I8, ("order_count",), within="instance_count"),
        "is_active": Array(U1, ("instance_count",)),
        "is_culled": Array(U1, ("instance_count",)),
        "cut_texture": Array(I8, ("instance_count",)),
        "cut_channel": Array(I8, ("instance_count",), within=4),
        "cut_threshold": Array(F4, ("instance_count",)),
        "cut_by_corners": Array(U1, ("instance_count",)),
        "order_count": INT,
        "instance_count": INT,
    }


class Samples(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "triangle": Array(I4, ("sample_count",), written=True),
        "inverse_depth": Array(F4, ("sample_count",), optional=True, written=True),
        "stamp": Array(I4, ("pixel_count",), optional=True, written=True),
        "loose": Array(I4, ("entity_count", 4), written=True),
        "unoccluded": Array(I8, ("entity_count",), written=True),
        "sample_count": INT,
        "pixel_count": INT,
        "entity_count": INT,
    }


class LabelImages(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "instance": Array(I4, ("pixel_count",), written=True),
        "entity": Array(I4, ("pixel_count",), written=True),
        "triangle": Array(I4, ("pixel_count",), written=True),
        "depth": Array(F4, ("pixel_count",), written=True),
        "distance": Array(F4, ("pixel_count",), written=True),
        "normal": Array(F4, ("pixel_count", 3), written=True),
        "motion": Array(F4, ("pixel_count", 2), written=True),
        "visible": Array(I8, ("entity_count",), written=True),
        "tight": Array(I4, ("entity_count", 4), written=True),
        "pixel_count": INT,
        "entity_count": INT,
    }


class Peel(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "solid": Array(F4, ("sample_count",)),
        "last": Array(F4, ("sample_count",)),
        "last_triangle": Array(I4, ("sample_count",)),
        "wanted": Array(U1, ("pixel_count",)),
        "inverse_depth": Array(F4, ("sample_count",), written=True),
        "triangle": Array(I4, ("sample_count",), written=True),
        "sample_count": INT,
        "pixel_count": INT,
    }


class TreePlan(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "order": Array(I4, ("count",), written=True),
        "leaves": Array(I4, ("count", 2), written=True),
        "children": Array(I4, ("count", 8), written=True),
        "count": INT,
        "placed_count": INT,
        "leaf_count": INT,
        "node_count": INT,
    }


class MeshTree(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "nodes": Array(U1, ("node_count", 256), written=True),
        "blocks": Array(U1, ("block_count", 320), written=True),
        "node_count": INT,
        "block_count": INT,
        "low": Number(ctypes.c_float, 3),
        "high": Number(ctypes.c_float, 3),
        "scale": FLOAT,
    }


class Trees(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "trees": Ref(MeshTree, count="tree_count"),
        "tree": Array(I8, ("instance_count",), within="tree_count", least=-1),
        "mesh_from_world": Array(F8, ("instance_count", 3, 4)),
        "mask": Array(U4, ("instance_count",)),
        "nodes": Array(U1, ("node_count", 256)),
        "scene": Ref(Scene, optional=True),
        "drawn": Ref(Drawn, optional=True),
        "tree_count": INT,
        "instance_count": INT,
        "node_count": INT,
        "low": Number(ctypes.c_float, 3),
        "high": Number(ctypes.c_float, 3),
    }


class RayQuery(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "origin": Array(F4, ("count", 3)),
        "direction": Array(F4, ("count", 3)),
        "near": Array(F4, ("count",)),
        "far": Array(F4, ("count",)),
        "count": INT,
        "mask": INT,
    }


class Hits(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "distance": Array(F4, ("count",), written=True),
        "u": Array(F4, ("count",), written=True),
        "v": Array(F4, ("count",), written=True),
        "instance": Array(I4, ("count",), written=True),
        "triangle": Array(I4, ("count",), written=True),
        "count": INT,
    }


class Environment(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "harmonics": Array(F4, (9, 3)),
        "pyramid": Array(F4, ("level_count", "texel_count", 4)),
        "sides": Array(I8, ("level_count",), within=1 << 13, least=2),
        "background": Array(F4, ("height", "width", 3)),
        "frame_from_world": Number(ctypes.c_float, 9),
        "tint": Number(ctypes.c_float, 3),
        "level_count": INT,
        "texel_count": INT,
        "height": INT,
        "width": INT,
        "is_lit": INT,
    }


class Lights(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "environment": Ref(Environment),
        "rows": Array(F4, ("count", 24)),
        "kind": Array(I8, ("count",), within=2),
        "shadow": Array(I8, ("count",), within="map_count", least=-1),
        "maps": Array(F4, ("map_count", "face_count", "map_size", "map_size")),
        "faces": Array(F4, ("map_count", 6, 4, 4)),
        "matrices": Array(F4, ("map_count", 4, 4)),
        "bias": Array(F4, ("map_count",)),
        "map_kind": Array(I8, ("map_count",), within=2),
        "is_sieved": Array(I8, ("map_count",), within=2),
        "shines": Array(U1, ("count", "instance_count"), optional=True),
        "count": INT,
        "map_count": INT,
        "instance_count": INT,
        "face_count": INT,
        "map_size": INT,
    }


class Glow(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "corners": Array(F4, ("count", 3, 3)),
        "radiance": Array(F4, ("count", 3)),
        "chance": Array(F4, ("count",)),
        "count": INT,
        "whole": FLOAT,
    }


class Bounce(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "trees": Ref(Trees),
        "light": Array(F4, ("channel_count", "height", "width"), written=True),
        "place": Array(F4, (3, "height", "width"), written=True),
        "normal": Array(F4, (3, "height", "width"), written=True),
        "rough": Array(F4, ("height", "width"), written=True),
        "spare": Array(F4, ("channel_count", "height", "width"), written=True),
        "soft": Array(F4, ("light_count", "height", "width"), written=True),
        "is_traced": Array(I8, ("light_count",), within=2),
        "stops": Array(U4, ("light_count",)),
        "stopped": Array(F4, ("instance_count",)),
        "has_panes": INT,
        "glow": Ref(Glow, optional=True),
        "eye": Number(ctypes.c_float, 3),
        "pixel": FLOAT,
        "step": INT,
        "diffuse_rays": INT,
        "mirror_rays": INT,
        "levels": INT,
        "glow_rays": INT,
        "lamp_rays": INT,
        "level": INT,
        "seed": INT,
        "channel_count": INT,
        "light_count": INT,
        "instance_count": INT,
        "height": INT,
        "width": INT,
    }


class Layer(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "slot": Array(I4, ("pixel_count",), within="slot_count", least=-1),
        "through": Array(F4, ("slot_count", 9, 3), written=True),
        "light": Array(F4, ("slot_count", 3), written=True),
        "wanted": Array(U1, ("pixel_count",), written=True),
        "pixel_count": INT,
        "slot_count": INT,
        "is_last": INT,
        "rays": Ref(Bounce, optional=True),
    }


class Film(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "exposure": FLOAT,
        "table": Array(F4, ("table_size",)),
        "open_sky": Array(F4, ("open_height", "open_width")),
        "wanted": Array(U1, ("height", "width"), optional=True),
        "rgb": Array(U1, ("height", "width", 4), written=True),
        "hdr": Array(F4, ("height", "width", 4), optional=True, written=True),
        "surface": Array(F4, ("height", "width", 34), optional=True, written=True),
        "bounce": Ref(Bounce, optional=True),
        "table_size": INT,
        "open_height": INT,
        "open_width": INT,
        "width": INT,
        "height": INT,
    }


class ShadowFace(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "casts": Array(U1, ("instance_count",)),
        "is_closed": Array(U1, ("instance_count",)),
        "opacity": Array(F4, ("instance_count",)),
        "cut_texture": Array(I8, ("instance_count",)),
        "cut_channel": Array(I8, ("instance_count",), within=4),
        "cut_threshold": Array(F4, ("instance_count",)),
        "map_from_mesh": Array(F4, ("instance_count", 4, 4)),
        "texels": Array(F4, ("size", "size"), written=True),
        "instance_count": INT,
        "size": INT,
        "is_perspective": INT,
        "near": FLOAT,
    }


class Standing(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "under": Array(I4, ("pixel_count",), written=True),
        "inside": Array(U1, ("pixel_count",), written=True),
        "pixel_count": INT,
    }


class Grid(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "scene": Ref(Scene),
        "view": Ref(View),
        "drawn": Ref(Drawn),
        "points": Ref(Points),
        "samples": Ref(Samples),
        "images": Ref(LabelImages),
        "nearest": Array("u8", ("sample_count",), written=True, scratch=True),
        "seen": Array("u4", ("entity_count", "word_count"), written=True, scratch=True),
        "place": Array(I8, ("instance_count",), within="place_count", least=-1),
        "number": Array(I4, ("place_count",), written=True, scratch=True),
        "large": Array(I4, ("room", 2), written=True, scratch=True),
        "large_count": Array(I8, (1,), written=True, scratch=True),
        "sample_count": INT,
        "entity_count": INT,
        "word_count": INT,
        "instance_count": INT,
        "place_count": INT,
        "room": INT,
        "first_entity": INT,
        "most_samples": INT,
    }


class Shading(Structure):
    fields: ClassVar[dict[str, Field]] = {
        "scene": Ref(Scene),
        "view": Ref(View),
        "points": Ref(Points),
        "samples": Ref(Samples),
        "lights": Ref(Lights),
        "film": Ref(Film),
    }


class Rows(Structure):
    fields: ClassVar[dict[str, Field]] = {"first": INT, "end": INT}

    def __init__(self, first: int, end: int) -> None:
        ctypes.Structure.__init__(self)
        self.first, self.end = first, end
