"""Files of every kind load with their units, axes, materials and labels; odd ones are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from pxr import Sdf, Usd, UsdGeom, UsdShade, Vt

from rendersdg.assets.layers import AssetLayers
from rendersdg.assets.resolver import Resolver
from rendersdg.errors import RenderSDGError, Report
from tests.assets.loading import bounds, load
from tests.assets.small_library import ROOT, copies, png
from tests.conftest import SHARED, Opener, needs_shared


def test_a_file_comes_with_all_that_it_names(memory: Any, tmp_path: Path) -> None:
    resolver = Resolver(tmp_path, Report(), [("NVIDIA", "memory://lib/NVIDIA")])

    layer = AssetLayers(resolver, Report()).layer("omniverse://localhost/NVIDIA/things/thing.usda")
    stage = Usd.Stage.Open(layer.identifier)

    assert {str(p.GetPath()) for p in stage.Traverse() if p.IsA(UsdGeom.Gprim)} == {"/Thing/Ball", "/Thing/Part/Box"}
    shader = UsdShade.Shader(stage.GetPrimAtPath("/Thing/Part/Look/Texture"))
    assert Path(shader.GetInput("file").Get().resolvedPath).read_bytes() == png()
    names = ("things/thing.usda", "things/inner/under.usda", "shared/part.usda", "shared/textures/red.png")
    assert copies(tmp_path) == {*names, "shared/textures/tile.1001.png", "shared/textures/tile.1002.png"}


def test_folders_are_listed_and_the_longest_prefix_comes_first(memory: Any, tmp_path: Path) -> None:
    (tmp_path / "own/things").mkdir(parents=True)
    (tmp_path / "own/things/mine.usda").write_text(ROOT)
    overrides = [("NVIDIA", "memory://lib/NVIDIA"), ("NVIDIA/own", str(tmp_path / "own"))]
    layers = AssetLayers(resolver := Resolver(tmp_path, Report(), overrides), Report())

    there = layers.listing("omniverse://host/NVIDIA/things", recursive=False)
    own = layers.listing("https://host/NVIDIA/own", recursive=True)

    assert there == [f"omniverse://host/NVIDIA/things/{n}" for n in ("mesh.obj", "scene.gltf", "thing.usda")]
    assert own == ["https://host/NVIDIA/own/things/mine.usda"]
    assert resolver.find(own[0]) == str(tmp_path / "own/things/mine.usda") and resolver.find(there[0]) is not None


USD = (
    sorted(p for p in (SHARED / "assets" / "usd").rglob("*.usd*") if "does_not_open" not in p.parts)
    if SHARED.exists()
    else []
)


CHUNKS = [USD[k::8] for k in range(8)]


@pytest.mark.slow
@pytest.mark.skipif(not USD, reason="shared/ is not here")
@pytest.mark.parametrize("chunk", range(8))
def test_every_usd_stage_loads_or_says_why_not(open_scene: Opener, chunk: int) -> None:
    for path in CHUNKS[chunk]:
        try:
            snapshot = load(open_scene, path)
        except RenderSDGError as error:
            assert path.name in str(error) or "/" in str(error)
            continue
        for instance in snapshot.instances:
            assert np.isfinite(instance.world_from_mesh).all()


@pytest.mark.parametrize(
    ("file", "size", "slack"),
    [  # metres, from the assets' own notes
        ("usd/industrial/nut_hex_m8.usdz", (0.0130, 0.0150, 0.0068), 0.25),
        ("models/ycb_025_mug/textured.obj", None, None),
        ("models/avocado/Avocado.gltf", None, None),
    ],
)
def test_known_objects_come_out_at_their_real_size(
    open_scene: Opener, file: str, size: tuple[float, ...] | None, slack: float | None
) -> None:
    path = needs_shared("assets", *file.split("/")[:-1])
    found = [
        p for p in path.rglob("*") if p.suffix == Path(file).suffix and (p.name == Path(file).name or size is None)
    ]
    if not found:
        pytest.skip("the file is not here")
    extent = np.sort(np.ptp(bounds(load(open_scene, found[0])), axis=0))

    if size is not None:
        assert np.allclose(extent, np.sort(size), rtol=slack or 0)
    assert extent.max() > 0


@pytest.mark.parametrize("suffix", [".gltf", ".glb", ".obj", ".stl"])
def test_mesh_files_of_every_kind_load_with_materials(open_scene: Opener, suffix: str) -> None:
    root = needs_shared("assets", "models")
    for path in sorted(root.rglob(f"*{suffix}"))[:3]:
        snapshot = load(open_scene, path)
        assert snapshot.instances and np.isfinite(bounds(snapshot)).all()
        if suffix in (".gltf",):
            assert any(m.base_colour_texture >= 0 for m in snapshot.materials)


def test_units_and_up_axes_are_corrected(open_scene: Opener, tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "rod.usda"))
    UsdGeom.SetStageUpAxis(stage, "Y")
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    cylinder = UsdGeom.Cylinder.Define(stage, "/Rod")
    cylinder.CreateAxisAttr("Y")
    cylinder.CreateHeightAttr(100.0)
    cylinder.CreateRadiusAttr(5.0)
    stage.SetDefaultPrim(cylinder.GetPrim())
    stage.Save()

    box = bounds(load(open_scene, "rod.usda", folder=tmp_path))

    assert np.allclose(np.ptp(box, axis=0), [0.1, 0.1, 1.0], atol=1e-3)


@pytest.mark.parametrize("suffix", [".glb", ".gltf", ".obj", ".stl", ".ply"])
def test_a_box_of_every_kind_has_its_size(open_scene: Opener, tmp_path: Path, suffix: str) -> None:
    box = trimesh.creation.box((0.1, 0.2, 0.3))
    box.export(str(tmp_path / f"box{suffix}"))
    snapshot = load(open_scene, f"box{suffix}", folder=tmp_path)

    assert np.sort(np.ptp(bounds(snapshot), axis=0)) == pytest.approx([0.1, 0.2, 0.3], rel=1e-4)


def test_the_box_of_a_stand_in_lies_along_its_axes_as_that_of_a_librarys_component(tmp_path: Path) -> None:
    layers = AssetLayers(Resolver(tmp_path, Report(), []), Report())
    layer = layers.layer("omniverse://host/Isaac/Forklift/forklift.usd")
    stage = Usd.Stage.CreateInMemory()
    prim = UsdGeom.Xform.Define(stage, "/Truck").GetPrim()
    prim.GetReferences().AddReference(layer.identifier)
    UsdGeom.XformCommonAPI(prim).SetRotate((0, 0, 30))

    box = UsdGeom.BBoxCache(Usd.TimeCode.Default(), ["default"]).ComputeWorldBound(prim)

    assert tuple(box.GetRange().GetSize()) == pytest.approx((1.2, 3.1, 2.31))  # its forks are towards -Y
    assert box.GetRange().GetMin()[1] == pytest.approx(-2.1)
    assert np.degrees(np.arccos(box.GetMatrix().GetRow(0)[0])) == pytest.approx(30.0)


def test_a_stage_without_a_default_prim_is_opened_as_it_is_and_wrapped_where_it_is_an_asset(tmp_path: Path) -> None:
    (tmp_path / "two.usda").write_text('#usda 1.0\n(upAxis = "Z")\ndef Cube "A" {\n}\ndef Cube "B" {\n}\n')
    layers = AssetLayers(Resolver(tmp_path, Report()), Report())

    as_stage = Usd.Stage.Open(layers.opened("two.usda").identifier)
    as_asset = Usd.Stage.Open(layers.layer("two.usda").identifier)

    assert layers.opened("two.usda").up_axis == "Z"
    assert [str(p.GetPath()) for p in as_stage.Traverse()] == ["/A", "/B"]
    assert [str(p.GetPath()) for p in as_asset.Traverse()] == ["/Root", "/Root/A", "/Root/B"]


def test_a_unit_that_was_written_as_a_float_is_read_and_one_that_is_no_length_is_said(tmp_path: Path) -> None:
    found, report = {}, Report()
    layers = AssetLayers(Resolver(tmp_path, report), report)
    for name, unit in {"float": "0.01", "double": "0.0254", "none": "0", "odd": "-2"}.items():
        file = tmp_path / f"{name}.usda"
        file.write_text(f'#usda 1.0\n(\n    defaultPrim = "A"\n    metersPerUnit = {unit}\n)\ndef Cube "A" {{\n}}\n')
        if name == "float":  # text has no types of numbers; a binary file of Blender 2.93 has
            layer = Sdf.Layer.FindOrOpen(str(file))
            layer.pseudoRoot.SetInfo("metersPerUnit", Vt.Float(0.01))
        found[name] = layers.layer(file.name).meters_per_unit

    assert found == {"float": 0.01, "double": 0.0254, "none": 0.01, "odd": 0.01}
    assert [entry["text"] for entry in report.as_json()] == [
        "metersPerUnit is 0.0, which is no length; it is read in centimetres",
        "metersPerUnit is -2.0, which is no length; it is read in centimetres",
    ]


def test_root_prims_with_payloads_are_taken_where_no_prim_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "cube.usda").write_text('#usda 1.0\n(\n    defaultPrim = "C"\n)\ndef Cube "C" {\n}\n')
    (tmp_path / "two.usda").write_text(
        '#usda 1.0\ndef "A" (\n    payload = @./cube.usda@\n) {\n}\nover "B" {\n}\nclass "D" {\n}\n'
    )
    layers = AssetLayers(Resolver(tmp_path, Report()), Report())

    stage = Usd.Stage.Open(layers.layer("two.usda").identifier)

    assert [str(p.GetPath()) for p in stage.Traverse()] == ["/Root", "/Root/A"]


OUTSIDE = """#usda 1.0
(
    metersPerUnit = 1
)
def Scope "Looks" {
    def Material "Red" {
        token outputs:surface.connect = </Looks/Red/Surface.outputs:surface>
        def Shader "Surface" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (1, 0, 0)
            token outputs:surface
        }
    }
}
def Xform "Part" {
    def Cube "Box" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    ) {
        rel material:binding = </Looks/Red>
        rel proxyPrim = </Looks>
    }
}
"""


@pytest.mark.parametrize("default", ["Part", None])
def test_materials_outside_of_the_default_prim_are_bound_and_other_targets_there_are_said(
    open_scene: Opener, tmp_path: Path, default: str | None
) -> None:
    text = OUTSIDE if default is None else OUTSIDE.replace("(\n", f'(\n    defaultPrim = "{default}"\n', 1)
    (tmp_path / "part.usda").write_text(text)
    report = Report()
    layers = AssetLayers(Resolver(tmp_path, report), report)
    layers.layer("part.usda")

    snapshot = load(open_scene, "part.usda", folder=tmp_path)

    (instance,) = snapshot.instances
    assert snapshot.materials[instance.material].base_colour == pytest.approx((1, 0, 0))
    lost = [e["subject"].rsplit(":", 1)[1] for e in report.as_json() if e["kind"] == "not honoured"]
    assert lost == (["/Part/Box.proxyPrim"] if default else [])


BROKEN = {  # a layer that a part of an asset refers to: what is said of it
    "missing.usda": None,
    "cut.usdc": b"PXR-US",
    "garbage.usdc": b"PXR-USDC" + bytes(200),
    "empty.usda": b"",
    "words.usda": b"hello",
    "syntax.usda": b'#usda 1.0\ndef Cube "Root" {\n oops\n}\n',
    "elsewhere.usda": b'#usda 1.0\ndef Cube "Other"\n{\n}\n',
    "nothing.usdz": b"PK\x05\x06" + bytes(18),
    "asset.usda": None,  # itself: a cycle
}


@pytest.mark.parametrize("arc", ["references", "payload", "subLayers"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_layer_that_cannot_be_read_costs_itself_alone(
    open_scene: Opener, tmp_path: Path, name: str, arc: str
) -> None:
    if (data := BROKEN[name]) is not None:
        (tmp_path / name).write_bytes(data)
    layers = f"subLayers = [@./{name}@]" if arc == "subLayers" else ""
    bad = "" if layers else f"(prepend {arc} = @./{name}@)"
    (tmp_path / "asset.usda").write_text(
        f'#usda 1.0\n(defaultPrim = "Root"\n{layers}\n)\ndef Xform "Root"\n{{\ndef Cube "Good"\n{{\n}}\n'
        f'def Xform "Bad" {bad}\n{{\n}}\n}}\n'
    )
    session = open_scene('thing: {create.from_usd: {usd: "asset.usda"}}\n', folder=tmp_path, backend="null")

    assert len(session.snapshot(0).instances) >= 1
    is_whole = arc == "subLayers" and name == "elsewhere.usda"  # a good layer, of another prim
    said = [text for (kind, _), text in session.recorder.report.entries.items() if kind == "not honoured"]
    assert any(Path(name).stem in text or "ycle" in text for text in said) != is_whole
    if not is_whole:
        with pytest.raises(RenderSDGError, match=r"--strict"):
            open_scene(
                'thing: {create.from_usd: {usd: "asset.usda"}}\n', folder=tmp_path, backend="null", strict=True
            ).snapshot(0)
