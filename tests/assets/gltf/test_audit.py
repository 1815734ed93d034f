"""Nothing of a glTF file is dropped in silence: each key changes the stage, or is reported."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.assets.gltf.files import File, converted

NO_EFFECT = {  # keys that change no picture, whatever they say
    "generator", "copyright", "minVersion", "min", "max", "target", "mimeType", "skeleton", "fallback", "minFilter",
    "byteLength", "extensionsUsed", "extensionsRequired", "magFilter", "kept", "ignored",
}  # fmt: skip


def everything() -> File:
    """Return a file that has every key of glTF 2.0 but those of materials, and our extensions."""
    file = File()
    file.tree["asset"].update(generator="tests", copyright="none", minVersion="2.0")
    file.tree.update(extensionsUsed=["KHR_lights_punctual"], extensionsRequired=["KHR_lights_punctual"])
    joints, weights = np.zeros((3, 4), np.uint8), np.tile([1.0, 0, 0, 0], (3, 1))
    points = np.array([(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0)], np.float32)  # rows of 16 bytes
    view = file.view(b"\0" * 16 + points.tobytes(), byteStride=16, target=34962)
    more = {"min": [0, 0, 0], "max": [1, 1, 0], "name": "points"}
    file.tree["accessors"].append(
        {"bufferView": view, "byteOffset": 16, "componentType": 5126, "count": 3, "type": "VEC3", **more}
    )
    where, what = (
        file.view(b"\0" * 2 + np.array([2], np.uint16).tobytes()),
        file.view(np.array([9, 9, 9, 0, 0, 1], np.float32).tobytes()),
    )
    indices = {"bufferView": where, "byteOffset": 2, "componentType": 5123}
    values = {"bufferView": what, "byteOffset": 12}
    file.tree["accessors"].append(
        {
            "componentType": 5126,
            "count": 3,
            "type": "VEC3",
            "sparse": {"count": 1, "indices": indices, "values": values},
        }
    )
    attributes = {
        "POSITION": 0,
        "NORMAL": file.add([(0, 0, 1)] * 3),
        "TEXCOORD_0": file.add([(0, 0), (0, 255), (255, 0)], np.uint8, normalized=True),
        "COLOR_0": file.add([(1, 0, 0), (0, 1, 0), (0, 0, 1)]),
        "JOINTS_0": file.add(joints, np.uint8),
        "WEIGHTS_0": file.add(weights),
    }
    mappings = [{"material": 1, "variants": [0]}]
    primitive = {
        "attributes": attributes,
        "indices": file.add([2, 0, 1, 2], np.uint16),
        "mode": 5,
        "material": 0,
        "targets": [{"POSITION": 1, "NORMAL": 1}],
        "extensions": {"KHR_materials_variants": {"mappings": mappings}},
    }
    file.tree["meshes"] = [{"name": "part", "weights": [0.5], "primitives": [primitive]}]
    file.tree["materials"] = [{"name": "red"}, {"name": "dark", "pbrMetallicRoughness": {"metallicFactor": 0.5}}]
    sizes = file.add([(2, 2, 2)])
    instancing = {"TRANSLATION": file.add([(1, 2, 3)]), "ROTATION": file.add([(0, 0, 0.6, 0.8)]), "SCALE": sizes}
    light = {"KHR_lights_punctual": {"light": 0}, "KHR_node_visibility": {"visible": False}}
    place = {"translation": [1, 2, 3], "rotation": [0, 0, 0.6, 0.8], "scale": [1, 2, 3]}
    file.tree["nodes"] = [
        {"name": "top", "children": [1, 2, 3, 4], **place},
        {"name": "skinned", "mesh": 0, "skin": 0, "weights": [0.25]},
        {"name": "bone", "matrix": np.diag([2.0, 2, 2, 1]).ravel().tolist()},
        {"name": "lamp", "camera": 0, "extensions": light, "extras": {"kept": 1}},
        {"name": "grid", "mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": instancing}}},
        {"name": "eye", "camera": 1, "translation": [0, 0, 1]},
        {"name": "plain", "mesh": 0},
    ]
    binds = file.add(np.diag([1.0, 1, 1, 1]).reshape(1, 16) * 2 - np.eye(4).reshape(1, 16) * 1.5, kind="MAT4")
    file.tree["skins"] = [{"name": "bones", "joints": [2], "inverseBindMatrices": binds, "skeleton": 2}]
    lens = {"yfov": 0.7, "aspectRatio": 1.2, "znear": 0.3, "zfar": 40}
    ortho = {"xmag": 2, "ymag": 3, "znear": 0.4, "zfar": 50}
    file.tree["cameras"] = [
        {"name": "wide", "type": "perspective", "perspective": lens},
        {"name": "flat", "type": "orthographic", "orthographic": ortho},
    ]
    spot = {"innerConeAngle": 0.2, "outerConeAngle": 0.4}
    lamp = {"name": "lamp", "type": "spot", "color": [1, 0, 0], "intensity": 3, "range": 4, "spot": spot}
    file.tree["extensions"] = {
        "KHR_lights_punctual": {"lights": [lamp]},
        "KHR_materials_variants": {"variants": [{"name": "dark"}]},
    }
    file.animate(5, "translation", [0, 1], [(0, 0, 0), (1, 0, 0)], "STEP", name="run")
    file.tree.update(scene=1, scenes=[{"name": "no", "nodes": []}, {"name": "yes", "nodes": [0, 5, 6]}])
    return file


def keys(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of each key of a JSON tree, without those of extras and of materials, and without names."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from keys(one, (*place, number))
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in ("materials", "extras"):
                if key != "name":
                    yield (*place, key)
                yield from keys(one, (*place, key))


def objects(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of each object of a JSON tree, as :func:`keys` does."""
    if isinstance(value, dict):
        yield place
    for key, one in enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ():
        if key not in ("materials", "extras"):
            yield from objects(one, (*place, key))


def read(tree: dict[str, Any], folder: Path) -> tuple[str, dict[str, str]]:
    """Return the stage that a file makes, as text, and what is reported."""
    file = folder / "all.gltf"
    file.write_text(json.dumps(tree))
    try:
        stage, notes = converted(file)
    except Exception as error:
        return f"{type(error).__name__}: {error}", {}
    return stage.GetRootLayer().ExportToString(), notes


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return dict(json.loads(everything().write(tmp_path_factory.mktemp("all")).read_text()))


def at(tree: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        tree = tree[step]
    return tree


def test_a_file_that_has_everything_is_read_whole(tree: dict[str, Any], tmp_path: Path) -> None:
    text, notes = read(tree, tmp_path)

    assert set(notes) == {"scenes", "lights[0].range", "meshes[0].primitives[0].targets"} and "AssetError" not in text


def test_each_key_changes_the_stage_or_is_known_to_change_none(tree: dict[str, Any], tmp_path: Path) -> None:
    whole = read(tree, tmp_path)
    silent = []
    for place in keys(tree):
        if place[-1] in NO_EFFECT:
            continue
        without = copy.deepcopy(tree)
        del at(without, place[:-1])[place[-1]]
        if read(without, tmp_path) == whole:
            silent.append(place)

    assert [p for p in silent if p not in DEFAULTS and p[2:] != ("buffer",)] == []  # the first buffer


DEFAULTS = {  # what says nothing or zeros
    ("scenes", 0, "nodes"),
    ("accessors", 5, "bufferView"),
    ("bufferViews", 0, "byteOffset"),
    ("bufferViews", 6, "byteOffset"),
}


def test_each_key_and_extension_that_nobody_knows_is_reported_where_it_stands(
    tree: dict[str, Any], tmp_path: Path
) -> None:
    silent = []
    for place in objects(tree):
        having = copy.deepcopy(tree)
        holder = at(having, place)
        is_list_of_names = (place and place[-1] in ("attributes",)) or (len(place) > 1 and place[-2] == "targets")
        holder["SOMETHING_NEW"] = 0 if is_list_of_names else {"weight": 1}
        _, notes = read(having, tmp_path)
        if place[-1:] != ("extensions",) and not any("SOMETHING_NEW" in note for note in notes):
            silent.append(place)
        if place[-1:] == ("extensions",) and not any("SOMETHING_NEW" in note for note in notes):
            silent.append(place)

    assert silent == []


def test_what_a_file_requires_and_nobody_honours_is_said(tree: dict[str, Any], tmp_path: Path) -> None:
    _, notes = read({**tree, "extensionsRequired": ["VENDOR_shape"], "extensionsUsed": ["VENDOR_shape"]}, tmp_path)

    assert "requires" in notes["VENDOR_shape"]


def test_a_kind_of_key_is_reported_once_with_its_first_place(tree: dict[str, Any], tmp_path: Path) -> None:
    more = copy.deepcopy(tree)
    for node in more["nodes"][2:]:
        node["colour"] = "red"

    _, notes = read(more, tmp_path)

    assert notes["nodes[2].colour"] == "is not read (5 times in the file)" and "nodes[3].colour" not in notes


VALUES: list[object] = [None, [], {}, "x", -1, 10**30, [None], [{}], True, [1, 2, 3, 4]]


@pytest.mark.parametrize("wrong", VALUES)
def test_values_of_the_wrong_kind_cost_what_they_are_part_of(
    tree: dict[str, Any], tmp_path: Path, wrong: object
) -> None:
    places = [*keys(tree), *((*p, k) for p in objects(tree) for k in ("extensions", "extras", "name"))]
    places += [("materials",), ("materials", 0), ("materials", 1, "pbrMetallicRoughness")]
    # each place has two of the values: the campaign of damaged assets tries them all
    for place in [p for k, p in enumerate(places) if (k + VALUES.index(wrong)) % (len(VALUES) // 2) == 0]:
        damaged = copy.deepcopy(tree)
        at(damaged, place[:-1])[place[-1]] = wrong

        text, notes = read(damaged, tmp_path)

        assert text.startswith(("#usda", "AssetError")), f"{place}: {text[:300]}"
        pythons = ("object is not", "object has no", "indices must be", "not supported between", "argument must be")
        assert not [n for n in notes.values() if any(words in n for words in pythons)], f"{place}: {notes}"
