"""Materials: coats read from USD, subsets with their own, and what cannot be resolved."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pxr import Sdf, Usd, UsdGeom, UsdShade

from rendersdg.assets.resolver import Resolver
from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.stage.author import Author
from rendersdg.stage.materials import build_material, read_shading, unapplied
from rendersdg.stage.named_looks import named_look
from tests.assets.loading import load
from tests.backends.coated import SCENE
from tests.conftest import Opener, needs_shared


def test_coats_are_read_from_usd(open_scene: Opener) -> None:
    stage = Usd.Stage.CreateInMemory()
    material = UsdShade.Material.Define(stage, "/m")
    shader = UsdShade.Shader.Define(stage, "/m/s")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("clearcoat", Sdf.ValueTypeNames.Float).Set(0.75)
    shader.CreateInput("clearcoatRoughness", Sdf.ValueTypeNames.Float).Set(0.125)
    material.CreateSurfaceOutput().ConnectToSource(shader.CreateOutput("surface", Sdf.ValueTypeNames.Token))
    report = Report()
    shading = read_shading(material, report)
    assert shading is not None
    found = build_material(shading, {}, open_scene(SCENE).textures)

    assert (found.finish.coat, found.finish.coat_roughness) == (0.75, 0.125)


def test_an_exported_coat_comes_back(open_scene: Opener) -> None:
    session = open_scene(SCENE)
    inputs = {"enable_clearcoat": True, "clearcoat_weight": 0.5, "clearcoat_reflection_roughness": 0.25}
    stage = Usd.Stage.CreateInMemory()
    at = Author(stage).material("paint", inputs)
    material = UsdShade.Material(stage.GetPrimAtPath(at))
    preview = UsdShade.Shader(stage.GetPrimAtPath(f"{at}/Preview"))
    shading = read_shading(material, Report())
    assert shading is not None
    found = build_material(shading, {}, session.textures)

    assert (found.finish.coat, found.finish.coat_roughness) == (0.5, 0.25)
    assert preview.GetInput("clearcoat").Get() == 0.5
    assert (
        UsdShade.Shader(stage.GetPrimAtPath(f"{at}/Shader")).GetSourceAssetSubIdentifier("mdl") == "OmniPBR_ClearCoat"
    )


def test_subsets_get_their_own_materials(open_scene: Opener) -> None:
    snapshot = load(
        open_scene,
        needs_shared("assets", "usd", "vehicles", "assets", "vehicles", "sedan", "asset", "sedanFullAsset.usda"),
    )

    assert len(set(snapshot.materials)) >= 4


def two_colours(path: Path) -> None:
    """Write a square whose halves have materials of their own, and a binding to a material that is not there."""
    stage = Usd.Stage.CreateNew(str(path))
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/Panel").GetPrim())
    mesh = UsdGeom.Mesh.Define(stage, "/Panel/square")
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([3, 3])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 0, 2, 3])
    for k, colour in enumerate([(1, 0, 0), (0, 1, 0)]):
        material = UsdShade.Material.Define(stage, f"/Panel/look_{k}")
        shader = UsdShade.Shader.Define(stage, f"/Panel/look_{k}/shader")
        shader.CreateIdAttr("UsdPreviewSurface")
        shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(colour)
        material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
        subset = UsdGeom.Subset.CreateGeomSubset(mesh, f"half_{k}", "face", [k], "materialBind")
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(material)
    bare = UsdGeom.Cube.Define(stage, "/Panel/bare").GetPrim()
    UsdShade.MaterialBindingAPI.Apply(bare)
    bare.CreateRelationship("material:binding").SetTargets(["/Panel/nowhere"])
    stage.Save()


def test_halves_of_a_mesh_have_their_own_colours(open_scene: Opener, tmp_path: Path) -> None:
    two_colours(tmp_path / "panel.usda")
    snapshot = load(open_scene, "panel.usda", folder=tmp_path)
    colours = {tuple(round(v, 3) for v in snapshot.materials[i.material].base_colour) for i in snapshot.instances}

    assert colours >= {(1, 0, 0), (0, 1, 0)} and len(snapshot.instances) == 3


def test_a_binding_to_nothing_is_said(open_scene: Opener, tmp_path: Path) -> None:
    two_colours(tmp_path / "panel.usda")
    session = open_scene("thing: {create.from_usd: {usd: panel.usda}}\n", backend="null", folder=tmp_path)
    session.snapshot(0)

    assert any("material is bound" in e["text"] for e in session.recorder.report.as_json())


def test_omniglass_lets_light_through_stained_by_its_colour_and_bends_it_unless_it_is_thin(
    open_scene: Opener,
) -> None:
    stage = Usd.Stage.CreateInMemory()
    textures = open_scene(SCENE).textures
    looks = []
    stained = {"glass_color": (0.25, 0.5, 0.75), "frosting_roughness": 0.5, "glass_ior": 1.7}
    for inputs in ({}, stained, {**stained, "thin_walled": True}):
        at = Author(stage).material("glass", inputs, "OmniGlass")
        report = Report()
        shading = read_shading(UsdShade.Material(stage.GetPrimAtPath(at)), report)
        assert shading is not None and "bends and blurs" in report.as_json()[0]["text"]
        looks.append(build_material(shading, {}, textures))
        changed = build_material(shading, {"glass_color": (1.0, 0.0, 0.0)}, textures)
        assert changed.base_colour == (1.0, 0.0, 0.0)

    assert all(look.through.transmission == 1 and look.through.blend == "none" for look in looks)
    assert looks[0].base_colour == (1.0, 1.0, 1.0) and looks[0].roughness == 0.05
    assert 0.08 * looks[0].specular == pytest.approx((0.491 / 2.491) ** 2)  # Schlick, at MDL's index of 1.491
    assert [look.through.ior for look in looks] == [pytest.approx(1.491), pytest.approx(1.7), 1.0]
    assert looks[1].base_colour == (0.25, 0.5, 0.75) and looks[1].roughness == 0.5


def test_albedo_is_desaturated_then_brightened_then_tinted(open_scene: Opener) -> None:
    stage = Usd.Stage.CreateInMemory()
    inputs = {"diffuse_color_constant": (1.0, 0.0, 0.0), "albedo_desaturation": 1.0, "albedo_add": 0.1}
    at = Author(stage).material("paint", {**inputs, "albedo_brightness": 2.0, "diffuse_tint": (1.0, 0.5, 0.0)})
    shading = read_shading(UsdShade.Material(stage.GetPrimAtPath(at)), Report())
    assert shading is not None
    found = build_material(shading, {}, open_scene(SCENE).textures)

    grey = 0.2126 + 0.1  # the luminance of red, and what is added
    assert found.base_colour == pytest.approx((2 * grey, grey, 0.0), abs=1e-6)
    assert unapplied(shading, {}) == []


@pytest.mark.parametrize(
    ("name", "metallic"),
    [
        ("omniverse://host/Isaac/Environments/Simple_Warehouse/Materials/MI_CardBoxB_05.mdl", 0.0),  # no iron is in it
        ("omniverse://host/Isaac/Environments/Props/Thing.mdl", 0.0),
        ("Aluminum_Brushed.mdl", 1.0),
        ("http://host/Materials/Base/Metals/Unnamed.mdl /World/Looks/Unnamed", 1.0),
        ("/Materials/Metals/Wooden_Handle.mdl", 0.0),  # the file before its folder
        ("Brushedsteel.mdl", 1.0),
    ],
)
def test_a_material_that_is_not_at_hand_looks_as_the_words_of_its_name_say(name: str, metallic: float) -> None:
    assert named_look(name)[1] == metallic


def test_cardboard_is_brown_and_paper_light() -> None:
    (brown, _, rough), (light, _, _) = named_look("MI_CardBoxB_05.mdl"), named_look("MI_PaperNotes_01.mdl")

    assert brown[0] > brown[1] > brown[2] and rough > 0.8 and min(light) > 0.6


@pytest.mark.parametrize("fallback", [None, (0.9, 0.1, 0.2, 0.3)])
def test_an_image_that_cannot_be_read_leaves_the_constant(fallback: tuple[float, ...] | None, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    stage = Usd.Stage.CreateInMemory()
    material = UsdShade.Material.Define(stage, "/m")
    surface, image = UsdShade.Shader.Define(stage, "/m/s"), UsdShade.Shader.Define(stage, "/m/t")
    surface.CreateIdAttr("UsdPreviewSurface"), image.CreateIdAttr("UsdUVTexture")
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    image.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(str(tmp_path / "a.png"))
    if fallback is not None:
        image.CreateInput("fallback", Sdf.ValueTypeNames.Float4).Set(fallback)
    for name, kind, output, value in (
        ("diffuseColor", Sdf.ValueTypeNames.Color3f, "rgb", (0.25, 0.5, 0.75)),
        ("roughness", Sdf.ValueTypeNames.Float, "g", 0.75),
    ):
        port = surface.CreateInput(name, kind)
        port.Set(value)
        port.ConnectToSource(image.ConnectableAPI(), output)

    shading = read_shading(material, Report())
    assert shading is not None
    made = build_material(shading, {}, TextureLibrary(Resolver(tmp_path, Report(), [])))
    assert made.base_colour_texture == made.roughness_texture == -1
    assert made.base_colour == pytest.approx((0.25, 0.5, 0.75) if fallback is None else fallback[:3])
    assert made.roughness == pytest.approx(0.75 if fallback is None else 0.1)


def preview(stage: Usd.Stage, name: str, **inputs: object) -> UsdShade.Material:
    """Return a UsdPreviewSurface; ``opacity`` may be the path of an image."""
    material = UsdShade.Material.Define(stage, f"/{name}")
    shader = UsdShade.Shader.Define(stage, f"/{name}/surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    material.CreateSurfaceOutput().ConnectToSource(shader.CreateOutput("surface", Sdf.ValueTypeNames.Token))
    for key, value in inputs.items():
        if isinstance(value, Path):
            image = UsdShade.Shader.Define(stage, f"/{name}/image")
            image.CreateIdAttr("UsdUVTexture")
            image.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(str(value))
            output = image.CreateOutput("a", Sdf.ValueTypeNames.Float)
            shader.CreateInput(key, Sdf.ValueTypeNames.Float).ConnectToSource(output)
        elif isinstance(value, str):
            shader.CreateInput(key, Sdf.ValueTypeNames.Token).Set(value)
        else:
            shader.CreateInput(key, Sdf.ValueTypeNames.Float).Set(value)
    return material


@pytest.mark.parametrize(
    ("inputs", "blend", "threshold"),
    [
        ({"opacity": 0.5}, "fade_below", 0.25),  # a pane: its gloss stays
        ({"opacity": 0.5, "opacityMode": "presence"}, "fade", 0.25),
        ({"opacity": 1.0}, "none", 0.0),
        ({"opacity": 0.0}, "none", 0.0),  # hidden
        ({"opacity": 0.5, "opacityThreshold": 0.25}, "none", 0.25),  # cut
        ({"opacity": "leaf"}, "fade", 0.2),  # labelled from half of its strongest, 102 of 255
        ({"opacity": "leaf", "opacityThreshold": 0.1}, "none", 0.1),
        ({"opacity": "white"}, "none", 0.0),
    ],
)
def test_preview_surfaces_blend_by_opacity_unless_a_threshold_cuts_them(
    open_scene: Opener, tmp_path: Path, inputs: dict[str, object], blend: str, threshold: float
) -> None:
    for name, alpha in (("leaf", (0, 102)), ("white", (255, 255))):
        pixels = np.full((1, 2, 4), 200, np.uint8)
        pixels[0, :, 3] = alpha
        cv2.imwrite(str(tmp_path / f"{name}.png"), pixels)
    if isinstance(image := inputs.get("opacity"), str):
        inputs = {**inputs, "opacity": tmp_path / f"{image}.png"}
    stage = Usd.Stage.CreateInMemory()

    shading = read_shading(preview(stage, "look", **inputs), Report())
    assert shading is not None
    found = build_material(shading, {}, open_scene(SCENE).textures)

    assert (found.through.blend, found.opacity_threshold) == (blend, pytest.approx(threshold, abs=1e-6))


@pytest.mark.parametrize(
    ("inputs", "blend"),
    [
        ({"enable_opacity": True, "opacity_constant": 0.4}, "fade"),
        ({"enable_opacity": False, "opacity_constant": 0.4}, "none"),
        ({"enable_opacity": True, "opacity_constant": 0.4, "opacity_threshold": 0.3}, "none"),
    ],
)
def test_omnipbr_blends_by_its_opacity_unless_a_threshold_cuts_it(
    open_scene: Opener, inputs: dict[str, object], blend: str
) -> None:
    stage = Usd.Stage.CreateInMemory()
    at = Author(stage).material("paint", inputs)
    shading = read_shading(UsdShade.Material(stage.GetPrimAtPath(at)), Report())
    assert shading is not None

    assert build_material(shading, {}, open_scene(SCENE).textures).through.blend == blend


BOUND = """#usda 1.0
(
    defaultPrim = "Thing"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Thing" (prepend apiSchemas = ["MaterialBindingAPI", "CollectionAPI:shiny"])
{
    %s
    def Scope "Looks"
    {
        def Material "red"
        {
            token outputs:surface.connect = </Thing/Looks/red/s.outputs:surface>
            def Shader "s"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor = (1, 0, 0)
                token outputs:surface
            }
        }
        def Material "green"
        {
            token outputs:surface.connect = </Thing/Looks/green/s.outputs:surface>
            def Shader "s"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor = (0, 1, 0)
                token outputs:surface
            }
        }
    }
    def Cube "box" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        %s
    }
}
def Material "outside"
{
}
"""
RED, GREEN = "</Thing/Looks/red>", "</Thing/Looks/green>"


@pytest.mark.parametrize(
    ("above", "own", "colour"),
    [
        ("", f"rel material:binding = {RED}", (1, 0, 0)),
        (f"rel material:binding = {RED}", "", (1, 0, 0)),
        (f"rel material:binding = {RED}", f"rel material:binding = {GREEN}", (0, 1, 0)),
        (
            f'rel material:binding = {RED} (bindMaterialAs = "strongerThanDescendants")',
            f"rel material:binding = {GREEN}",
            (1, 0, 0),
        ),
        ("", f"rel material:binding:full = {RED}\nrel material:binding:preview = {GREEN}", (1, 0, 0)),
        ("", f"rel material:binding:preview = {GREEN}", (0, 1, 0)),
        (
            "rel collection:shiny:includes = </Thing/box>\n"
            f"rel material:binding:collection:shiny = [</Thing.collection:shiny>, {GREEN}]",
            "",
            (0, 1, 0),
        ),
    ],
)
def test_bindings_are_those_of_usd(
    open_scene: Opener, tmp_path: Path, above: str, own: str, colour: tuple[float, ...]
) -> None:
    (tmp_path / "thing.usda").write_text(BOUND % (above, own))
    snapshot = load(open_scene, "thing.usda", folder=tmp_path)

    assert snapshot.materials[snapshot.instances[0].material].base_colour == colour


def test_a_material_that_a_reference_leaves_out_is_said(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "thing.usda").write_text(BOUND % ("", "rel material:binding = </outside>"))
    (tmp_path / "outer.usda").write_text(
        '#usda 1.0\n(\n    defaultPrim = "Outer"\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n'
        'def Xform "Outer"\n{\n    def "Inner" (references = @./thing.usda@)\n    {\n    }\n}\n'
    )
    session = open_scene("thing: {create.from_usd: {usd: outer.usda}}\n", backend="null", folder=tmp_path)
    session.snapshot(0)
    said = {e["subject"]: e["text"] for e in session.recorder.report.as_json()}

    assert "lies outside" in said["/outside"]
