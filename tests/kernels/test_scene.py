"""A scene's tables lead nowhere outside of its meshes, textures and defects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rendersdg.errors import BadArgument
from rendersdg.kernels import frame, structs
from rendersdg.kernels.scene import NO_DECALS, Layout, decals_of, scene_of, textures_of, with_decals
from tests.kernels.calls import drawn_of, parts


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"first_vertex": -1}, "negative"),
        ({"first_vertex": 10**6}, "beyond the meshes"),
        ({"triangle_count": 10**6}, "beyond the meshes"),
        ({"first_number": 1}, "must count the instances' triangles"),
        ({"vertex_count": 1}, "beyond the 1 vertices"),
        ({"number_instance": 10**6}, "number_instance has values"),
    ],
)
def test_tables_that_lead_out_of_the_meshes_are_an_error(change: dict[str, int], said: str) -> None:
    layout = parts()["view"].tables[2].layout
    arrays = {name: array.copy() for name, array in layout.arrays.items()}
    for name, value in change.items():
        arrays[name][0] = value

    with pytest.raises(BadArgument, match=said):
        Layout(layout.meshes, **arrays)


def test_materials_textures_and_entities_that_are_not_there_are_an_error() -> None:
    given = parts()
    scene, layout, textures = given["scene"], given["view"].tables[2].layout, given["scene"].kept["textures"]
    materials, instances = scene.kept["materials"], scene.kept["instances"]
    entity, none = instances.kept["entity"], np.full(instances.count, 99, np.int64)

    with pytest.raises(BadArgument, match="have materials 99 to 99 of"):
        scene_of(layout, textures, materials, entity=entity, material=none)
    ints = materials.kept["ints"].copy()
    ints[0, 5] = 77
    with pytest.raises(BadArgument, match="has texture 77 of"):
        scene_of(
            layout,
            textures,
            structs.Materials(floats=materials.kept["floats"], ints=ints),
            entity=entity,
            material=entity * 0,
        )
    with pytest.raises(BadArgument, match="labelled 99 to 99"):
        stray = scene_of(layout, textures, materials, entity=none, material=entity * 0)
        frame.raster(stray, given["seen"], drawn_of(given), given["points"], given["samples"])


def texture_arrays() -> dict[str, np.ndarray]:
    level = np.zeros((1, 14), np.int64)
    level[0, :4] = [0, 32, 40, 42]
    return {"texels": np.zeros((43, 4), np.uint16), "level": level, "size": np.array([[8, 4, 4]], np.int64)}


@pytest.mark.parametrize(
    ("name", "at", "value", "said"),
    [
        ("size", (0, 0), 7, "powers of two"),
        ("size", (0, 2), 15, "powers of two"),
        ("size", (0, 0), 0, "size has values"),
        ("level", (0, 0), 20, "reaches beyond"),
        ("level", (0, 3), 43, "level has values"),
        ("level", (0, 1), -1, "level has values"),
    ],
)
def test_a_texture_lies_within_its_texels(name: str, at: tuple[int, int], value: int, said: str) -> None:
    arrays = texture_arrays()
    textures_of(**arrays)
    arrays[name][at] = value

    with pytest.raises(BadArgument, match=said):
        textures_of(**arrays)


def decal_arrays() -> dict[str, np.ndarray]:
    f4, i4 = np.float32, np.int32
    return {
        "first": np.array([0, -1], i4),
        "chain": np.array([1, -1], i4),
        "patch": np.zeros(2, i4),
        "entries": np.zeros((2, 11), f4),
        "floats": np.ones((1, 6), f4),
        "ints": np.array([[0, 3, 2, 2]], np.int64),
        "texels": np.zeros((8, 10), f4),
        "parts": np.ones(8, np.int16),
        "entities": np.zeros((1, 1), i4),
    }


@pytest.mark.parametrize(
    ("name", "at", "value", "said"),
    [
        ("chain", 0, 0, "must stand behind"),
        ("chain", 1, 0, "must stand behind"),
        ("chain", 0, 5, "chain has values"),
        ("first", 0, 2, "first has values"),
        ("patch", 0, 1, "patch has values"),
        ("ints", (0, 1), 4, "beyond its texels"),
        ("ints", (0, 0), 1, "beyond its texels"),
        ("ints", (0, 3), 99, "beyond its texels"),
    ],
)
def test_a_chain_of_defects_ends_and_a_patch_lies_within_its_texels(name: str, at: Any, value: int, said: str) -> None:
    arrays = decal_arrays()
    decals_of(**arrays)
    arrays[name][at] = value

    with pytest.raises(BadArgument, match=said):
        decals_of(**arrays)


def test_defects_of_other_instances_are_an_error() -> None:
    scene = parts()["scene"]

    assert with_decals(scene, NO_DECALS).kept["point_count"] == scene.kept["point_count"]
    with pytest.raises(BadArgument, match="those of other instances"):
        with_decals(scene, decals_of(**decal_arrays()))
