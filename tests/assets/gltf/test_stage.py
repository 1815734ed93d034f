"""glTF files as USD stages: nodes are Xforms by their names, meshes lie below them, and each bad thing costs itself."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pxr import UsdGeom, UsdShade

from rendersdg.errors import AssetError
from tests.assets.gltf.files import File, converted, paths, world
from tests.assets.loading import load
from tests.assets.quads import QUARTERS, quad
from tests.conftest import Opener


def edited(file: Path, **more: Any) -> Path:
    tree = json.loads(file.read_text())
    file.write_text(json.dumps({**tree, **more}))
    return file


def test_the_primitives_of_a_mesh_keep_the_order_of_the_file(tmp_path: Path) -> None:
    file = quad(tmp_path, {})
    tree = json.loads(file.read_text())
    tree["meshes"][0]["primitives"] *= 3
    file.write_text(json.dumps(tree))

    stage, _ = converted(file)

    assert paths(stage) == ["/Asset", "/Asset/quad", "/Asset/quad/quad", "/Asset/quad/quad_1", "/Asset/quad/quad_2"]


def test_nodes_are_xforms_by_their_names_with_what_is_below_them(tmp_path: Path) -> None:
    nodes = [
        {
            "name": "Arm 1",
            "children": [1, 2],
            "translation": [1, 0, 0],
            "rotation": [0, 0, 0.6, 0.8],
            "scale": [2, 2, 2],
        },
        {"name": "hand", "mesh": 0, "translation": [0, 1, 0]},
        {"name": "hand", "mesh": 0},
    ]

    stage, _ = converted(edited(quad(tmp_path, None), nodes=nodes))

    hands = ["/Asset/Arm_1/hand", "/Asset/Arm_1/hand/quad", "/Asset/Arm_1/hand_1", "/Asset/Arm_1/hand_1/quad"]
    assert paths(stage) == ["/Asset", "/Asset/Arm_1", *hands]
    world = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath(hands[0]))
    # turned by the angle whose cosine is 0.28 and sine 0.96: (0, 1, 0) * 2 goes to (-1.92, 0.56, 0)
    assert tuple(world.Transform((0, 0, 0))) == pytest.approx((1 - 1.92, 0.56, 0))


@pytest.mark.parametrize(
    "matrix", [np.diag([2.0, -1, 1, 1]), np.array([[1, 0.5, 0, 3], [0, 1, 0, 4], [0, 0, 1, 5], [0, 0, 0, 1.0]])]
)
def test_a_matrix_places_a_node_even_where_it_mirrors_or_shears(tmp_path: Path, matrix: np.ndarray) -> None:
    nodes = [{"mesh": 0, "matrix": matrix.T.ravel().tolist()}]

    stage, _ = converted(edited(quad(tmp_path, None), nodes=nodes))

    world = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/Asset/quad/quad"))
    assert np.allclose(np.array(world).T, matrix)


def test_only_the_files_scene_is_drawn_and_the_others_are_named(tmp_path: Path) -> None:
    nodes = [{"name": "one", "mesh": 0}, {"name": "two", "mesh": 0}]
    scenes = [{"nodes": [0], "name": "morning"}, {"nodes": [1], "name": "night"}]

    stage, notes = converted(edited(quad(tmp_path, None), nodes=nodes, scenes=scenes, scene=1))

    assert paths(stage) == ["/Asset", "/Asset/two", "/Asset/two/quad"] and "morning" in notes["scenes"]


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [("POSITION", 99, "meshes[0].primitives[0]"), ("indices", 0, "meshes[0].primitives[0]")],
)
def test_a_primitive_that_cannot_be_read_costs_itself_alone(tmp_path: Path, key: str, value: Any, place: str) -> None:
    file = quad(tmp_path, None)
    tree = json.loads(file.read_text())
    good = json.loads(json.dumps(tree["meshes"][0]["primitives"][0]))
    bad = tree["meshes"][0]["primitives"][0]
    (bad if key == "indices" else bad["attributes"])[key] = value
    tree["meshes"][0]["primitives"].append(good)
    file.write_text(json.dumps(tree))

    stage, notes = converted(file)

    assert paths(stage)[-1] == "/Asset/quad/quad" and "left out" in notes[place]


def test_normals_that_cannot_be_read_cost_themselves_alone(tmp_path: Path) -> None:
    file = quad(tmp_path, None)
    tree = json.loads(file.read_text())
    tree["meshes"][0]["primitives"][0]["attributes"]["NORMAL"] = "up"
    file.write_text(json.dumps(tree))

    stage, notes = converted(file)

    assert paths(stage)[-1] == "/Asset/quad/quad"
    assert "normals are made anew" in notes["meshes[0].primitives[0].NORMAL"]


def test_nodes_in_a_circle_are_reported(tmp_path: Path) -> None:
    nodes = [{"name": "a", "children": [1]}, {"name": "b", "children": [0]}]

    stage, notes = converted(edited(quad(tmp_path, None), nodes=nodes))

    assert paths(stage) == ["/Asset", "/Asset/a", "/Asset/a/b"] and "more than one place" in notes["nodes[0]"]


@pytest.mark.parametrize("content", [b"nonsense", b"", b"[]", b'{"asset": {"version": "1.0"}}', b"glTF\1\0\0\0"])
def test_what_is_not_gltf_2_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.glb").write_bytes(content)

    with pytest.raises(AssetError, match=r"a\.glb"):
        converted(tmp_path / "a.glb")


def test_a_mesh_that_is_drawn_many_times_stands_where_each_instance_says(open_scene: Opener, tmp_path: Path) -> None:
    file = File()
    attributes = {
        "TRANSLATION": file.add([(1, 0, 0), (0, 5, 0)]),
        "ROTATION": file.add([(0, 0, 0, 1), (0, 0, 0.6, 0.8)]),
        "SCALE": file.add([(1, 1, 1), (2, 2, 2)]),
        "_ID": file.add([1, 2], np.uint32),
    }
    instancing = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    file.tree["nodes"] = [{"name": "grid", "mesh": file.mesh(), "translation": [0, 0, 3], "extensions": instancing}]

    snapshot = load(open_scene, written := file.write(tmp_path))

    ends = sorted((one.world_from_mesh @ [1, 0, 0, 1])[:3].tolist() for one in snapshot.instances)
    # the second: (1, 0, 0) * 2, turned by the angle whose cosine is 0.28 and sine 0.96, moved; z is up here
    assert np.allclose(ends, [(0.28 * 2, -3, 5 + 0.96 * 2), (2, -3, 0)], atol=1e-5)
    assert "_ID" in " ".join(converted(written)[1])


def test_variants_of_materials_are_a_variant_set_that_begins_as_the_file_is(tmp_path: Path) -> None:
    file = File(extensions={"KHR_materials_variants": {"variants": [{"name": "dawn"}, {"name": "night"}]}})
    tints = {"clay": [1, 0, 0, 1], "ash": [0, 1, 0, 1], "coal": [0, 0, 1, 1]}
    file.tree["materials"] = [{"name": n, "pbrMetallicRoughness": {"baseColorFactor": c}} for n, c in tints.items()]
    mappings = [{"material": 1, "variants": [0]}, {"material": 2, "variants": [1]}]
    mesh = file.mesh(material=0, extensions={"KHR_materials_variants": {"mappings": mappings}})
    file.tree["nodes"] = [{"name": "thing", "mesh": mesh}]

    stage, notes = converted(file.write(tmp_path))

    variants = stage.GetDefaultPrim().GetVariantSet("materialVariants")
    assert variants.GetVariantNames() == ["dawn", "default", "night"] and variants.GetVariantSelection() == "default"
    for choice, look in (("default", "clay"), ("dawn", "ash"), ("night", "coal")):
        variants.SetVariantSelection(choice)
        bound = UsdShade.MaterialBindingAPI(stage.GetPrimAtPath("/Asset/thing/part")).ComputeBoundMaterial()[0]
        assert bound.GetPath() == f"/Asset/Looks/{look}"
    assert notes == {}


def test_a_node_that_is_not_visible_is_not_drawn_and_extras_are_kept(tmp_path: Path) -> None:
    file = File()
    hidden = {"KHR_node_visibility": {"visible": False}}
    mesh = file.mesh()
    file.tree["nodes"] = [
        {"name": "off", "mesh": mesh, "extensions": hidden, "extras": {"part": 7}},
        {"name": "on", "mesh": mesh},
    ]

    stage, _ = converted(file.write(tmp_path))

    assert UsdGeom.Imageable(stage.GetPrimAtPath("/Asset/off/part")).ComputeVisibility() == "invisible"
    assert UsdGeom.Imageable(stage.GetPrimAtPath("/Asset/on/part")).ComputeVisibility() == "inherited"
    assert stage.GetPrimAtPath("/Asset/off").GetCustomDataByKey("gltf:extras") == '{"part": 7}'


def test_nodes_whose_extras_name_a_keypoint_are_one(open_scene: Opener, tmp_path: Path) -> None:
    file = File()
    mesh = file.mesh()
    file.tree["nodes"] = [
        {"name": "part", "mesh": mesh, "children": [1, 2, 3, 4], "translation": [1, 0, 0]},
        {"name": "a", "translation": [0, 2, 0], "extras": {"keypoint": "tip"}},
        {"name": "b", "extras": {"keypoint": 7}},
        {"name": "c", "extras": {"keypoint": ""}},
        {"name": "d", "extras": ["keypoint"]},
    ]
    file.tree["scenes"] = [{"nodes": [0]}]
    name = file.write(tmp_path).name
    text = f"part: {{create.from_usd: {{usd: {name}, semantics: [[class, part]]}}}}\n"
    (points,) = open_scene(text, folder=tmp_path).snapshot(0).keypoints

    assert points.names == ("tip",) and np.allclose(points.world, [[1, 0, 2]])  # glTF's up is Y, the scene's is Z


def test_an_image_that_is_not_there_is_named_and_costs_itself_alone(tmp_path: Path) -> None:
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "baseColorFactor": [1, 0, 0, 1]}}
    file = edited(quad(tmp_path, material), images=[{"uri": "lost%20one.png"}], textures=[{"source": 0}])

    stage, notes = converted(file)

    assert paths(stage)[-1] == "/Asset/quad/quad" and "lost one.png is not there" in notes["quad.baseColorTexture"]


def test_buffers_beside_the_file_and_inside_of_it_are_read(tmp_path: Path) -> None:
    file = quad(tmp_path, None)
    tree = json.loads(file.read_text())
    data = base64.b64decode(tree["buffers"][0].pop("uri").split(",")[1])
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(data), len(text), 0x4E4F534A)
    (tmp_path / "in.glb").write_bytes(head + text + struct.pack("<II", len(data), 0x004E4942) + data)
    (tmp_path / "a b.bin").write_bytes(data)
    tree["buffers"][0]["uri"] = "a%20b.bin"
    (tmp_path / "beside.gltf").write_text(json.dumps(tree))

    for name in ("in.glb", "beside.gltf"):
        stage, notes = converted(tmp_path / name)

        assert len(UsdGeom.Mesh.Get(stage, "/Asset/quad/quad").GetPointsAttr().Get()) == 4 and notes == {}


@pytest.mark.parametrize(
    ("mode", "kind", "counts", "wrap"),
    [
        (0, "Points", None, None),
        (1, "BasisCurves", [2], "nonperiodic"),
        (2, "BasisCurves", [3], "periodic"),
        (3, "BasisCurves", [3], "nonperiodic"),
    ],
)
def test_points_and_lines_are_those_of_usd(
    tmp_path: Path, mode: int, kind: str, counts: list[int] | None, wrap: str | None
) -> None:
    file = File()
    mesh = file.mesh(indices=[2, 0, 1], mode=mode, attributes={"COLOR_0": file.add(np.eye(3))})
    file.tree["nodes"] = [{"name": "thing", "mesh": mesh}]

    stage, notes = converted(file.write(tmp_path))

    prim = stage.GetPrimAtPath("/Asset/thing/part")
    points, colours = (np.asarray(prim.GetAttribute(n).Get()) for n in ("points", "primvars:displayColor"))
    assert prim.GetTypeName() == kind and points[:2].tolist() == [[0, 1, 0], [0, 0, 0]]
    assert colours[:2].tolist() == [[0, 0, 1], [1, 0, 0]] and "lines" in notes
    if counts is not None:
        curves = UsdGeom.BasisCurves(prim)
        assert list(curves.GetCurveVertexCountsAttr().Get()) == counts and curves.GetWrapAttr().Get() == wrap


@pytest.mark.parametrize(
    ("mode", "faces"), [(5, [(0, 1, 2), (1, 3, 2), (2, 3, 4)]), (6, [(1, 2, 0), (2, 3, 0), (3, 4, 0)])]
)
def test_strips_and_fans_are_triangles_of_one_winding(
    tmp_path: Path, mode: int, faces: list[tuple[int, int, int]]
) -> None:
    file = File()
    mesh = file.mesh([(0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0), (2, 2, 0)], mode=mode)
    file.tree["nodes"] = [{"name": "thing", "mesh": mesh}]

    stage, _ = converted(file.write(tmp_path))

    found = np.asarray(UsdGeom.Mesh.Get(stage, "/Asset/thing/part").GetFaceVertexIndicesAttr().Get())
    assert found.reshape(-1, 3).tolist() == [list(face) for face in faces]


def test_sparse_values_take_the_places_of_others_and_of_zeros(tmp_path: Path) -> None:
    file = File()
    mesh = file.mesh()
    where = {"bufferView": file.view(np.array([1, 2], np.uint8).tobytes()), "componentType": 5121}
    what = {"bufferView": file.view(np.array([(5, 0, 0), (0, 6, 0)], np.float32).tobytes())}
    sparse = {"sparse": {"count": 2, "indices": where, "values": what}}
    file.tree["accessors"][0].update(sparse)
    file.tree["accessors"].append({"componentType": 5126, "count": 3, "type": "VEC3", **sparse})
    more = {"name": "zeros", "primitives": [{"attributes": {"POSITION": len(file.tree["accessors"]) - 1}}]}
    file.tree["meshes"].append(more)
    file.tree["nodes"] = [{"name": "a", "mesh": mesh}, {"name": "b", "mesh": 1}]

    stage, _ = converted(file.write(tmp_path))

    for path in ("/Asset/a/part", "/Asset/b/zeros"):
        points = np.asarray(UsdGeom.Mesh.Get(stage, path).GetPointsAttr().Get())
        assert points.tolist() == [[0, 0, 0], [5, 0, 0], [0, 6, 0]]


def test_a_part_without_a_material_has_the_default_one(open_scene: Opener, tmp_path: Path) -> None:
    snapshot = load(open_scene, quad(tmp_path, None))

    (look,) = [snapshot.materials[i.material] for i in snapshot.instances]
    assert (look.base_colour, look.metallic, look.roughness) == ((1, 1, 1), 1, 1)


KINDS = {np.int8: 127, np.uint8: 255, np.int16: 32767, np.uint16: 65535, np.float32: 1}


@settings(max_examples=25, deadline=None)
@given(data=st.data(), kind=st.sampled_from(list(KINDS)), pad=st.sampled_from([0, 4, 8]), wide=st.booleans())
def test_meshes_are_those_that_another_reader_finds(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: type[Any], pad: int, wide: bool
) -> None:
    count = data.draw(st.integers(3, 20))
    limits = {"min_value": -KINDS[kind] if kind(0).dtype.kind != "u" else 0, "max_value": KINDS[kind]}
    values = st.floats(**limits, width=32) if kind is np.float32 else st.integers(**limits)
    points = data.draw(hnp.arrays(kind, (count, 3), elements=values))
    faces = data.draw(hnp.arrays(np.uint32 if wide else np.uint8, (8, 3), elements=st.integers(0, count - 1)))
    moved = data.draw(st.tuples(*[st.integers(-9, 9)] * 3))
    scale = data.draw(st.tuples(*[st.sampled_from([-2, 0.5, 1, 3])] * 3))
    file = File()
    row = -(-3 * points.itemsize // 4) * 4 + pad
    rows = np.zeros((count, row), np.uint8)
    rows[:, : 3 * points.itemsize] = np.ascontiguousarray(points).view(np.uint8).reshape(count, -1)
    view = file.view(rows.tobytes(), byteStride=row)
    component = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "float32": 5126}[np.dtype(kind).name]
    entry = {"bufferView": view, "componentType": component, "count": count, "type": "VEC3"}
    file.tree["accessors"].append(entry)
    indices = file.add(faces.ravel(), faces.dtype)
    file.tree["meshes"] = [{"name": "part", "primitives": [{"attributes": {"POSITION": 0}, "indices": indices}]}]
    inner = {"name": "inner", "mesh": 0, "scale": scale, "rotation": [0, 0.6, 0, 0.8]}
    file.tree["nodes"] = [{"name": "outer", "translation": moved, "children": [1]}, inner]
    written = file.write(tmp_path_factory.mktemp("mesh"))

    stage, notes = converted(written)

    mesh = UsdGeom.Mesh.Get(stage, "/Asset/outer/inner/part")
    place = world(stage, "/Asset/outer/inner/part")
    own = np.asarray(mesh.GetPointsAttr().Get(), float)[np.asarray(mesh.GetFaceVertexIndicesAttr().Get())]
    scene = trimesh.load_scene(str(written), process=False)
    (node,) = scene.graph.nodes_geometry
    matrix, name = scene.graph[node]
    foreign = scene.geometry[name].vertices[faces.ravel().astype(int)]
    assert np.allclose(own @ place[:3, :3].T + place[:3, 3], foreign @ matrix[:3, :3].T + matrix[:3, 3], rtol=1e-4)
    assert notes == {}


@pytest.mark.parametrize(
    ("tangent", "is_said"),
    [((1, 0, 0, 1), False), ((0.9, 0.3, 0, 1), False), ((0, 1, 0, 1), True), ((1, 0, 0, -1), True)],
)
def test_tangents_that_texture_coordinates_do_not_lead_to_are_reported(
    tmp_path: Path, tangent: tuple[float, ...], is_said: bool
) -> None:
    tangents = {"TANGENT": np.tile(np.array(tangent, np.float32), (4, 1))}
    mapped = {"normalTexture": {"index": 0}}

    _, notes = converted(quad(tmp_path, mapped, attributes=tangents, images=[QUARTERS]))
    _, without = converted(quad(tmp_path, {}, attributes=tangents))

    # u grows along x, and v, downwards, against y: to the left of x, seen from the normal's end, is up
    assert ("meshes[0].primitives[0].attributes.TANGENT" in notes) == is_said and without == {}


def test_nodes_that_are_nested_without_end_cost_what_lies_deepest(tmp_path: Path) -> None:
    file = File()
    mesh = file.mesh()
    file.tree["nodes"] = [{"mesh": mesh, "children": [k + 1]} for k in range(600)] + [{"mesh": mesh}]

    stage, said = converted(file.write(tmp_path))

    assert said["nodes[499]"] == "is 500 nodes deep: what it holds is left out"
    assert sum(p.IsA(UsdGeom.Mesh) for p in stage.Traverse()) == 500


def test_values_that_no_buffer_holds_are_not_made_without_end(tmp_path: Path) -> None:
    file = File()
    file.mesh()
    file.tree["accessors"][0] = {"componentType": 5126, "count": 2_000_000_000, "type": "VEC3"}
    file.tree["nodes"] = [{"mesh": 0}]

    assert "holds 2000000000 values, and the file has none" in str(converted(file.write(tmp_path))[1])


def test_a_value_of_a_wrong_type_is_told_in_words(tmp_path: Path) -> None:
    file = File()
    file.mesh()
    file.tree["meshes"][0]["primitives"][0]["attributes"] = 7
    file.tree["nodes"] = [{"mesh": 0}]

    said = converted(file.write(tmp_path))[1]

    assert "has the wrong type" in str(said) and "object" not in str(said)
