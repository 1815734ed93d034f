"""UsdPreviewSurface: each input by constants, textures and primvars."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Opener
from tests.stage.shading.quads import READER, TWO, preview, square, texture, write

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)
HALF = 128 / 255  # of data; as display encoded light it is
LIGHT = 0.2158605


def corners(path: Path) -> None:
    """Write an image of two by two: red and green above, blue and grey below."""
    write(path, [[RED, GREEN], [BLUE, GREY]])


@pytest.mark.parametrize(("said", "value"), [("", LIGHT), ('token inputs:sourceColorSpace = "raw"', HALF), ("", LIGHT)])
def test_a_texture_is_linear_light_by_its_colour_space(
    open_scene: Opener, tmp_path: Path, said: str, value: float
) -> None:
    corners(tmp_path / "a.png")
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>", texture("t", "a.png", said) + READER
    )
    seen = square(open_scene, tmp_path, look)

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([1, 0, 0], abs=1e-4)
    assert seen.at("base_colour", 0.75, 0.25) == pytest.approx([value] * 3, abs=1e-4)


def test_the_colour_space_of_an_attribute_counts_where_the_shader_says_nothing(
    open_scene: Opener, tmp_path: Path
) -> None:
    corners(tmp_path / "a.png")
    raw = texture("t", "a.png").replace("@./a.png@", '@./a.png@ (colorSpace = "raw")')
    look = preview("color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>", raw + READER)

    assert square(open_scene, tmp_path, look).at("base_colour", 0.75, 0.25) == pytest.approx([HALF] * 3, abs=1e-4)


def test_scale_and_bias_are_applied_to_every_input(open_scene: Opener, tmp_path: Path) -> None:
    corners(tmp_path / "a.png")
    more = """
        float4 inputs:scale = (0.5, 0.5, 0.5, 1)
        float4 inputs:bias = (0.25, 0, 0, 0)
        token inputs:sourceColorSpace = "raw"
    """
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>\n"
        "float inputs:roughness.connect = </World/m/t.outputs:r>\n"
        "color3f inputs:emissiveColor.connect = </World/m/t.outputs:rgb>",
        texture("t", "a.png", more) + READER,
    )
    seen = square(open_scene, tmp_path, look)

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([0.75, 0, 0], abs=3e-3)
    assert seen.at("base_colour", 0.75, 0.75) == pytest.approx([0.25, 0.5, 0], abs=3e-3)
    assert seen.at("roughness", 0.25, 0.75) == pytest.approx([0.75], abs=3e-3)
    assert seen.at("emission", 0.75, 0.75) == pytest.approx([250, 500, 0], abs=3)


@pytest.mark.parametrize(
    ("wrap", "beyond"),
    [("repeat", RED), ("clamp", GREEN), ("mirror", GREEN), ("black", (0, 0, 0)), ("useMetadata", RED)],
)
def test_wrap_modes_say_what_lies_beyond_the_image(
    open_scene: Opener, tmp_path: Path, wrap: str, beyond: tuple[int, ...]
) -> None:
    corners(tmp_path / "a.png")
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>",
        texture("t", "a.png", f'token inputs:wrapS = "{wrap}"') + READER,
    )
    seen = square(open_scene, tmp_path, look, uvs=TWO)

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([1, 0, 0], abs=1e-4)
    assert seen.at("base_colour", 0.75, 0.75) == pytest.approx([0, 1, 0], abs=1e-4)
    assert seen.at("base_colour", 1.25, 0.75) == pytest.approx([c / 255 for c in beyond], abs=1e-4)


def test_an_image_that_does_not_repeat_is_as_it_is_where_the_mesh_stays_within(
    open_scene: Opener, tmp_path: Path
) -> None:
    corners(tmp_path / "a.png")
    more = 'token inputs:wrapS = "clamp"\ntoken inputs:wrapT = "black"'
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>", texture("t", "a.png", more) + READER
    )
    seen = square(open_scene, tmp_path, look)

    assert not seen.snapshot.textures[seen.material.base_colour_texture].key.startswith("slot")


def test_a_transform_scales_turns_and_moves(open_scene: Opener, tmp_path: Path) -> None:
    corners(tmp_path / "a.png")
    moved = """
        def Shader "move"
        {
            uniform token info:id = "UsdTransform2d"
            float2 inputs:in.connect = </World/m/st.outputs:result>
            float2 inputs:scale = (2, 1)
            float inputs:rotation = 90
            float2 inputs:translation = (0.5, 0)
            float2 outputs:result
        }
    """
    laid = texture("t", "a.png").replace("</World/m/st.", "</World/m/move.")
    look = preview("color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>", laid + moved + READER)
    seen = square(open_scene, tmp_path, look)

    # (u, v) comes to (0.5 - v, 2 u): (0.1, 0.25) to (0.25, 0.2), which is blue; (0.3, 0.25) to (0.25, 0.6), red
    assert (seen.material.uv_scale, seen.material.uv_rotate, seen.material.uv_translate) == ((2, 1), 90, (0.5, 0))
    assert seen.at("base_colour", 0.1, 0.25) == pytest.approx([0, 0, 1], abs=1e-4)
    assert seen.at("base_colour", 0.3, 0.25) == pytest.approx([1, 0, 0], abs=1e-4)


def test_images_of_one_material_may_lie_differently(open_scene: Opener, tmp_path: Path) -> None:
    corners(tmp_path / "a.png")
    twice = """
        def Shader "twice"
        {
            uniform token info:id = "UsdTransform2d"
            float2 inputs:in.connect = </World/m/st.outputs:result>
            float2 inputs:scale = (2, 2)
            float2 outputs:result
        }
    """
    rough = texture("r", "a.png", 'token inputs:sourceColorSpace = "raw"').replace("m/st.", "m/twice.")
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>\n"
        "float inputs:roughness.connect = </World/m/r.outputs:r>",
        texture("t", "a.png") + rough + twice + READER,
    )
    seen = square(open_scene, tmp_path, look)

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([1, 0, 0], abs=1e-4)
    assert [seen.at("roughness", u, 0.875)[0] for u in (0.1, 0.4, 0.6, 0.9)] == pytest.approx([1, 0, 1, 0], abs=1e-4)
    assert [seen.at("roughness", u, 0.625)[0] for u in (0.1, 0.4)] == pytest.approx([0, HALF], abs=3e-3)


@pytest.mark.parametrize(
    ("scale", "bias", "texel"),
    [
        ("(2, 2, 2, 1)", "(-1, -1, -1, 0)", (200 / 255, 100 / 255, 1.0)),
        ("(2, -2, 2, 1)", "(-1, 1, -1, 0)", (200 / 255, 155 / 255, 1.0)),  # of a map for another handedness
        (None, None, (200 / 255, 100 / 255, 1.0)),  # eight bits without them cannot be normals
        ("(1, 1, 1, 1)", "(0, 0, 0, 0)", (0.5 + 100 / 255, 0.5 + 50 / 255, 1.0)),  # as authored: no normal points back
    ],
)
def test_normal_maps_have_any_scale_and_bias(
    open_scene: Opener, tmp_path: Path, scale: str | None, bias: str | None, texel: tuple[float, ...]
) -> None:
    write(tmp_path / "n.png", [[(200, 100, 255)]])
    more = 'token inputs:sourceColorSpace = "raw"'
    if scale is not None:
        more += f"\nfloat4 inputs:scale = {scale}\nfloat4 inputs:bias = {bias}"
    look = preview("normal3f inputs:normal.connect = </World/m/n.outputs:rgb>", texture("n", "n.png", more) + READER)
    seen = square(open_scene, tmp_path, look)

    assert seen.at("normal", 0.5, 0.5) == pytest.approx(texel, abs=3e-3)
    assert ("/m/n" in " ".join(seen.said)) == (scale is None)


def test_the_specular_workflow_becomes_metal_where_its_colour_asks_for_it(open_scene: Opener, tmp_path: Path) -> None:
    gold = preview(
        "int inputs:useSpecularWorkflow = 1\ncolor3f inputs:diffuseColor = (0, 0, 0)\n"
        "color3f inputs:specularColor = (1, 0.75, 0.25)"
    )
    paint = preview(
        "int inputs:useSpecularWorkflow = 1\ncolor3f inputs:diffuseColor = (0.48, 0.24, 0)\n"
        "color3f inputs:specularColor = (0.04, 0.04, 0.04)"
    )
    metal, plastic = (square(open_scene, tmp_path, look).material for look in (gold, paint))

    assert metal.metallic == pytest.approx(1) and metal.base_colour == pytest.approx((1, 0.75, 0.25))
    assert plastic.metallic == 0 and plastic.base_colour == pytest.approx((0.48, 0.24, 0))
    assert plastic.specular == pytest.approx(0.5)


def test_primvars_give_colours_and_numbers(open_scene: Opener, tmp_path: Path) -> None:
    readers = """
        def Shader "colour"
        {
            uniform token info:id = "UsdPrimvarReader_float3"
            token inputs:varname = "paint"
            float3 outputs:result
        }
        def Shader "rough"
        {
            uniform token info:id = "UsdPrimvarReader_float"
            token inputs:varname = "worn"
            float inputs:fallback = 0.25
            float outputs:result
        }
        def Shader "metal"
        {
            uniform token info:id = "UsdPrimvarReader_float"
            token inputs:varname = "nowhere"
            float inputs:fallback = 0.75
            float outputs:result
        }
    """
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/colour.outputs:result>\n"
        "float inputs:roughness.connect = </World/m/rough.outputs:result>\n"
        "float inputs:metallic.connect = </World/m/metal.outputs:result>",
        readers,
    )
    more = """
        color3f[] primvars:paint = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)] (interpolation = "vertex")
        float primvars:worn = 0.625
    """
    seen = square(open_scene, tmp_path, look, more=more)
    mesh = seen.snapshot.meshes[0]

    assert seen.material.use_vertex_colour and seen.material.base_colour == (1, 1, 1)
    assert sorted(map(tuple, mesh.colours.tolist())) == [(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 1)]
    assert seen.material.roughness == 0.625 and seen.material.metallic == 0.75


def test_inputs_come_through_interfaces_and_node_graphs(open_scene: Opener, tmp_path: Path) -> None:
    corners(tmp_path / "a.png")
    graph = """
        float inputs:gloss = 0.375
        def NodeGraph "graph"
        {
            float inputs:inner.connect = </World/m.inputs:gloss>
            color3f outputs:out.connect = </World/m/graph/t.outputs:rgb>
            def Shader "t"
            {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @./a.png@
                float3 outputs:rgb
            }
        }
    """
    look = preview(
        "color3f inputs:diffuseColor.connect = </World/m/graph.outputs:out>\n"
        "float inputs:roughness.connect = </World/m/graph.inputs:inner>",
        graph,
    )
    seen = square(open_scene, tmp_path, look)

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([1, 0, 0], abs=1e-4)
    assert seen.material.roughness == 0.375


@pytest.mark.parametrize(("output", "value"), [("r", 10 / 255), ("g", 20 / 255), ("b", 30 / 255), ("a", 40 / 255)])
def test_each_channel_is_to_be_had(open_scene: Opener, tmp_path: Path, output: str, value: float) -> None:
    write(tmp_path / "a.png", [[(10, 20, 30, 40)]])
    look = preview(
        f"float inputs:opacity.connect = </World/m/t.outputs:{output}>\nfloat inputs:opacityThreshold = 0.1",
        texture("t", "a.png", 'token inputs:sourceColorSpace = "raw"') + READER,
    )
    seen = square(open_scene, tmp_path, look)

    assert seen.at("opacity", 0.5, 0.5) == pytest.approx([value], abs=1e-4)
    assert seen.material.opacity_threshold == pytest.approx(0.1)


def test_what_is_not_done_is_said_by_its_path(open_scene: Opener, tmp_path: Path) -> None:
    look = preview(
        "float inputs:displacement = 0.5\nfloat inputs:occlusion = 0.25\nfloat inputs:sheen = 1\n"
        "float inputs:roughness.connect = </World/m/odd.outputs:out>",
        'def Shader "odd"\n{\nuniform token info:id = "MyNoise"\nfloat outputs:out\n}\n',
    )
    seen = square(open_scene, tmp_path, look)
    ends = {subject.rsplit("/m/", 1)[-1]: text for subject, text in seen.said.items()}

    assert "not displaced" in ends["s.inputs:displacement"] and "occlusion itself" in ends["s.inputs:occlusion"]
    assert "no such input" in ends["s.inputs:sheen"] and "MyNoise is not evaluated" in ends["odd"]
    assert seen.material.roughness == 0.5
