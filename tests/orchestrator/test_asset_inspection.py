"""What is said of an asset, against small files of which it is known by hand."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.errors import AssetError
from rendersdg.orchestrator.asset_inspection import inspect, title
from rendersdg.stage.reads import names
from tests.conftest import needs_shared

PLATE = """#usda 1.0
(
    defaultPrim = "Plate"
    metersPerUnit = 0.001
    upAxis = "Z"
    startTimeCode = 1
    endTimeCode = 49
    timeCodesPerSecond = 24
)
def Mesh "Plate" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    point3f[] points = [(0, 0, 5), (200, 0, 5), (200, 100, 5), (0, 100, 5)]
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    uniform token subdivisionScheme = "none"
    rel material:binding = </Plate/Grey>
    def Material "Grey" {
        token outputs:surface.connect = </Plate/Grey/Shader.outputs:surface>
        def Shader "Shader" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </Plate/Grey/Image.outputs:rgb>
            float inputs:roughness.connect = </Plate/Grey/Lost.outputs:r>
            token outputs:surface
        }
        def Shader "Image" {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @grey.png@
            float3 outputs:rgb
        }
        def Shader "Lost" {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @lost.png@
            float outputs:r
        }
    }
}
"""
TETRAHEDRON = """
v 0 0 0
v 2 0 0
v 0 3 0
v 0 0 4
f 1 3 2
f 1 2 4
f 2 3 4
f 3 1 4
"""


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    path = tmp_path / "plate.usda"
    path.write_text(PLATE)
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((4, 6, 3), 99, np.uint8))
    return path


def test_sizes_are_metres_along_the_axes_of_the_asset(plate: Path) -> None:
    found = inspect(str(plate), plate.parent)

    assert found.low == pytest.approx((0.0, 0.0, 0.005))
    assert found.high == pytest.approx((0.2, 0.1, 0.005))
    assert found.size == pytest.approx((0.2, 0.1, 0.0))
    assert (found.frame.meters_per_unit, found.frame.up_axis) == (0.001, "Z")
    assert (found.frame.unit_is, found.frame.up_axis_is) == ("stated", "stated")


def test_time_and_textures_are_those_of_the_file(plate: Path) -> None:
    found = inspect(str(plate), plate.parent)

    assert found.playing is not None
    assert (found.playing.start, found.playing.end, found.playing.rate) == (1, 49, 24)
    assert found.playing.seconds == 2
    (grey,) = found.contents.materials
    assert (grey.path, grey.meshes) == ("/Plate/Grey", 1)
    images = {t.input: (Path(t.file).name, t.image.state, t.image.width, t.image.height) for t in grey.textures}
    assert images == {"diffuseColor": ("grey.png", "read", 6, 4), "roughness": ("lost.png", "missing", 0, 0)}


def test_what_is_missing_is_among_the_notes(plate: Path) -> None:
    notes = inspect(str(plate), plate.parent).notes

    assert any("lost.png" in note.subject and note.kind == "substitution" for note in notes)


def test_a_unit_that_a_file_does_not_state_is_said_to_be_assumed(tmp_path: Path) -> None:
    (tmp_path / "bare.usda").write_text('#usda 1.0\n(defaultPrim = "Box")\ndef Cube "Box" {}\n')
    (tmp_path / "part.obj").write_text(TETRAHEDRON)

    bare, part = (inspect(str(tmp_path / name), tmp_path) for name in ("bare.usda", "part.obj"))

    assert (bare.frame.unit_is, bare.frame.up_axis_is) == ("assumed", "assumed")
    assert bare.size == pytest.approx((0.02, 0.02, 0.02))  # a cube of 2 units, which are centimetres in USD
    assert (part.frame.unit_is, part.frame.up_axis_is) == ("assumed", "assumed")
    assert part.contents.geometry.triangles == 4
    assert part.contents.geometry.vertices == 4


def test_a_built_in_asset_can_be_looked_at() -> None:
    apple = inspect("rendersdg:fruit/apple", Path())

    assert title(apple) == "fruit/apple"
    assert apple.file == ""
    assert apple.frame.unit_is == "built in"
    assert apple.size is not None and 0.06 < max(apple.size) < 0.1


def test_the_picture_is_made_unless_it_is_not_wanted(plate: Path) -> None:
    with_one, without = inspect(str(plate), plate.parent), inspect(str(plate), plate.parent, with_picture=False)

    assert with_one.picture is not None and with_one.picture.shape == (480, 640, 3)
    assert np.ptp(with_one.picture) > 50
    assert without.picture is None


def test_an_asset_in_which_nothing_is_drawn_has_no_size_and_no_picture(tmp_path: Path) -> None:
    (tmp_path / "empty.usda").write_text('#usda 1.0\n(defaultPrim = "Root")\ndef Xform "Root" {}\n')

    found = inspect(str(tmp_path / "empty.usda"), tmp_path)

    assert found.size is None and found.picture is None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nowhere.usd", None, "there is no file"),
        ("broken.usda", "#usda 1.0\ndef", "cannot be opened as USD"),
        ("broken.obj", "v 0 0\nf 1 2 9\n", "broken.obj"),
        ("text.doc", "hello", "is not readable"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: str | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)

    with pytest.raises(AssetError, match=says):
        inspect(str(tmp_path / name), tmp_path)


def test_tiles_of_an_image_are_found_by_the_first(tmp_path: Path) -> None:
    (tmp_path / "tiled.usda").write_text(PLATE.replace("grey.png", "grey.<UDIM>.png"))
    cv2.imwrite(str(tmp_path / "grey.1001.png"), np.zeros((8, 8, 3), np.uint8))

    (grey,) = inspect(str(tmp_path / "tiled.usda"), tmp_path, with_picture=False).contents.materials

    assert {t.input: t.image.width for t in grey.textures}["diffuseColor"] == 8


def test_notes_call_the_file_and_its_prims_by_their_own_names(tmp_path: Path) -> None:
    (tmp_path / "part.obj").write_text(TETRAHEDRON)
    (tmp_path / "odd.usda").write_text(PLATE.replace('def Mesh "Plate" (', 'def Mesh "Plate" (', 1))
    text = (
        (tmp_path / "odd.usda")
        .read_text()
        .replace("    point3f[] points", "    custom int odd = 1\n    point3f[] points")
    )
    (tmp_path / "odd.usda").write_text(text)

    part, odd = (inspect(str(tmp_path / name), tmp_path, with_picture=False) for name in ("part.obj", "odd.usda"))

    assert [note.subject for note in part.notes] == ["part.obj"]
    assert "/Plate.odd" in [note.subject for note in odd.notes]


# --- files of other kinds than USD, walked here once more: what is neither honoured nor harmless is in a note -------

GLTF_KEYS = {  # of glTF 2.0 that are honoured, or change no picture, by what holds them
    "": "asset scene scenes nodes meshes accessors bufferViews buffers images samplers textures materials skins "
    "cameras animations extensionsUsed extensionsRequired",
    "asset": "version minVersion generator copyright",
    "scenes": "nodes",
    "nodes": "children mesh skin camera weights matrix translation rotation scale",
    "meshes": "primitives weights",
    "primitives": "attributes indices material mode targets",
    "accessors": "bufferView byteOffset componentType normalized count type max min sparse",
    "bufferViews": "buffer byteOffset byteLength byteStride target",
    "buffers": "uri byteLength",
    "images": "uri mimeType bufferView",
    "samplers": "wrapS wrapT magFilter minFilter input output interpolation",
    "textures": "sampler source",
    "materials": "pbrMetallicRoughness normalTexture emissiveTexture emissiveFactor alphaMode alphaCutoff doubleSided",
    "pbrMetallicRoughness": "baseColorFactor baseColorTexture metallicFactor roughnessFactor metallicRoughnessTexture",
    "texture": "index texCoord scale",
    "skins": "inverseBindMatrices skeleton joints",
    "animations": "channels samplers",
    "channels": "sampler target",
    "target": "node path",
    "cameras": "type perspective orthographic",
    "perspective": "aspectRatio yfov zfar znear",
    "orthographic": "xmag ymag zfar znear",
}
MTL_WORDS = names(  # Tf colours nothing where d lets nothing through
    "newmtl Kd Ks Ns Ke d Tr Tf Pr Pm Pc Pcr illum map_Kd map_Ks map_Ke map_d map_Bump bump norm map_Pr map_Pm"
)


def gltf_tree(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    if data[:4] == b"glTF":
        length = struct.unpack("<I", data[12:16])[0]
        data = data[20 : 20 + length]
    tree = json.loads(data)
    assert isinstance(tree, dict)
    return tree


def unknown_keys(value: object, holder: str = "") -> Iterator[str]:
    """Give the keys of a glTF file that are not in the table, and the names of all its extensions."""
    if isinstance(value, list):
        for one in value:
            yield from unknown_keys(one, holder)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in ("extras", "name", "attributes", "targets"):
                continue
            if key == "extensions":
                yield from one
                continue
            if key not in GLTF_KEYS.get(holder, "").split():
                yield key
                continue
            yield from unknown_keys(one, "texture" if key.endswith("Texture") else key)


HONOURED_EXTENSIONS = names(
    "KHR_texture_transform KHR_materials_unlit KHR_materials_emissive_strength KHR_materials_clearcoat "
    "KHR_materials_ior KHR_materials_specular KHR_lights_punctual KHR_mesh_quantization"
)


def files(*endings: str) -> list[Path]:
    found = [p for top in ("assets", "cases") for p in needs_shared(top).rglob("*") if p.suffix in endings]
    return sorted(p for p in found if p.stat().st_size < 3_000_000)


def test_no_key_of_a_gltf_file_is_dropped_in_silence() -> None:
    dropped = []
    for path in files(".glb", ".gltf"):
        try:
            notes = inspect(str(path), path.parent, with_picture=False).notes
            keys = set(unknown_keys(gltf_tree(path)))
        except (AssetError, ValueError):  # a file that is broken on purpose
            continue
        said = " ".join(f"{note.subject} {note.text}" for note in notes)
        dropped += [f"{path}: {key}" for key in keys if key not in HONOURED_EXTENSIONS and key not in said]

    assert dropped == []


def test_nothing_that_files_are_turned_into_is_left_unread() -> None:
    unread = []
    for path in files(".glb", ".gltf", ".obj", ".stl", ".ply"):
        try:
            notes = inspect(str(path), path.parent, with_picture=False).notes
        except (AssetError, ValueError):
            continue
        unread += [f"{path}: {note.subject}" for note in notes if note.text.startswith("nothing here")]

    assert unread == []


def test_no_statement_of_a_material_library_is_dropped_in_silence() -> None:
    dropped = []
    for path in files(".obj"):
        lines = path.read_text(errors="replace").splitlines()
        libraries = [path.parent / line.split(maxsplit=1)[1].strip() for line in lines if line.startswith("mtllib ")]
        try:
            notes = inspect(str(path), path.parent, with_picture=False).notes
        except AssetError:
            continue
        said = " ".join(f"{note.subject} {note.text}" for note in notes)
        for library in libraries:
            text = library.read_text(errors="replace") if library.is_file() else ""
            words = {line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")}
            dropped += [f"{library}: {word}" for word in words - MTL_WORDS if word not in said]

    assert dropped == []
