"""MaterialX's nodes: sums with answers by hand, images and where they lie, ramps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Opener
from tests.stage.shading.quads import ONE, TWO, Seen, square, write

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def surface(nodes: str, port: str = "base_color", kind: str = "color3f", output: str = "out") -> str:
    """Return the text of a standard_surface with one input fed by the shader ``n`` among ``nodes``."""
    return f"""
        token outputs:mtlx:surface.connect = </World/m/s.outputs:out>
        def Shader "s"
        {{
            uniform token info:id = "ND_standard_surface_surfaceshader"
            float inputs:base = 1
            {kind} inputs:{port}.connect = </World/m/n.outputs:{output}>
            token outputs:out
        }}
        {nodes}
    """


def node(name: str, kind: str, inputs: str) -> str:
    """Return the text of a shader."""
    return f'def Shader "{name}"\n{{\nuniform token info:id = "ND_{kind}"\n{inputs}\ntoken outputs:out\n}}\n'


def image(name: str, kind: str, more: str = "", space: str = "srgb_texture") -> str:
    said = f' (colorSpace = "{space}")' if space else ""
    return node(name, kind, f"asset inputs:file = @./a.png@{said}\n{more}")


@pytest.mark.parametrize(
    ("kind", "inputs", "value"),
    [
        ("add_color3", "c3 in1 = (0.1, 0.2, 0.3); c3 in2 = (0.1, 0.1, 0.1)", (0.2, 0.3, 0.4)),
        ("multiply_color3FA", "c3 in1 = (0.2, 0.4, 0.6); f1 in2 = 0.5", (0.1, 0.2, 0.3)),
        ("subtract_color3", "c3 in1 = (0.5, 0.5, 0.5); c3 in2 = (0.1, 0, 0.2)", (0.4, 0.5, 0.3)),
        ("divide_color3", "c3 in1 = (0.5, 0.5, 0.5); c3 in2 = (1, 2, 0)", (0.5, 0.25, 0)),
        ("power_color3FA", "c3 in1 = (0.5, 1, 0); f1 in2 = 2", (0.25, 1, 0)),
        ("invert_color3", "c3 in = (0.25, 1, 0)", (0.75, 0, 1)),
        ("clamp_color3FA", "c3 in = (0, 0.5, 1); f1 low = 0.25; f1 high = 0.75", (0.25, 0.5, 0.75)),
        ("remap_color3FA", "c3 in = (0, 0.5, 1); f1 outlow = 0.2; f1 outhigh = 0.4", (0.2, 0.3, 0.4)),
        ("contrast_color3FA", "c3 in = (0.25, 0.5, 0.75); f1 amount = 2", (0, 0.5, 1)),
        ("saturate_color3", "c3 in = (1, 0, 0); f1 amount = 0", (0.2126,) * 3),
        ("luminance_color3", "c3 in = (0, 1, 0)", (0.7152,) * 3),
        ("mix_color3", "c3 fg = (1, 0, 0); c3 bg = (0, 0, 1); f1 mix = 0.25", (0.25, 0, 0.75)),
        ("hsvtorgb_color3", "c3 in = (0.5, 1, 0.5)", (0, 0.5, 0.5)),
        ("rgbtohsv_color3", "c3 in = (0, 0.5, 0.5)", (0.5, 1, 0.5)),
        ("combine3_color3", "f1 in1 = 0.1; f1 in2 = 0.2; f1 in3 = 0.3", (0.1, 0.2, 0.3)),
        ("convert_float_color3", "f1 in = 0.3", (0.3, 0.3, 0.3)),
        ("swizzle_color3_color3", 'c3 in = (0.1, 0.2, 0.3); st channels = "bg1"', (0.3, 0.2, 1)),
        ("constant_color3", 'c3 value = (0.5, 0.5, 0.5) (colorSpace = "srgb_texture")', (0.2140411,) * 3),
        ("ifgreater_color3", "f1 value1 = 2; f1 value2 = 1; c3 in1 = (0.1, 0.2, 0.3)", (0.1, 0.2, 0.3)),
        ("switch_color3", "c3 in2 = (0.1, 0.2, 0.3); f1 which = 1", (0.1, 0.2, 0.3)),
        ("screen_color3", "c3 fg = (0.5, 0.5, 0.5); c3 bg = (0.5, 0, 1)", (0.75, 0.5, 1)),
        ("smoothstep_color3FA", "c3 in = (0, 0.5, 1)", (0, 0.5, 1)),
    ],
)  # fmt: skip
def test_sums_have_their_values(
    open_scene: Opener, tmp_path: Path, kind: str, inputs: str, value: tuple[float, ...]
) -> None:
    types = {"c3": "color3f", "f1": "float", "st": "string"}
    written = "\n".join(f"{types[one[:2]]} inputs:{one[3:]}" for one in inputs.split("; "))
    seen = square(open_scene, tmp_path, surface(node("n", kind, written)))

    assert seen.material.base_colour == pytest.approx(value, abs=1e-5)
    assert not any("/m" in subject for subject in seen.said)


def four(folder: Path) -> None:
    """Write red and green above blue and grey."""
    write(folder / "a.png", [[RED, GREEN], [BLUE, GREY]])


def test_an_image_times_a_constant_is_its_texture_times_a_factor(open_scene: Opener, tmp_path: Path) -> None:
    four(tmp_path)
    by = node("n", "multiply_color3FA", "color3f inputs:in1.connect = </World/m/t.outputs:out>\nfloat inputs:in2 = 0.5")
    seen = square(open_scene, tmp_path, surface(image("t", "image_color3") + by))

    assert seen.material.base_colour == (0.5, 0.5, 0.5) and seen.at("base_colour", 0.25, 0.75) == [0.5, 0, 0]


def test_sums_of_images_are_painted(open_scene: Opener, tmp_path: Path) -> None:
    four(tmp_path)
    nodes = image("t", "image_color3", space="lin_rec709") + node(
        "n",
        "mix_color3",
        "color3f inputs:fg = (1, 1, 1)\ncolor3f inputs:bg.connect = </World/m/t.outputs:out>\nfloat inputs:mix = 0.5",
    )
    seen = square(open_scene, tmp_path, surface(nodes))

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([1, 0.5, 0.5], abs=5e-3)
    assert seen.at("base_colour", 0.75, 0.25) == pytest.approx([0.5 + 64 / 255] * 3, abs=5e-3)


def test_a_number_takes_one_channel(open_scene: Opener, tmp_path: Path) -> None:
    four(tmp_path)
    nodes = image("t", "image_vector3", space="") + node(
        "n", "extract_vector3", "float3 inputs:in.connect = </World/m/t.outputs:out>\nint inputs:index = 2"
    )
    seen = square(open_scene, tmp_path, surface(nodes, "metalness", "float"))

    assert seen.material.metallic_channel == 2
    assert [seen.at("metallic", 0.25, v)[0] for v in (0.25, 0.75)] == pytest.approx([1, 0])


def row(seen: Seen, v: float = 0.75) -> str:
    """Return the colours along a row of the mesh, at eight places, by their letters."""
    colours = [seen.at("base_colour", (k + 0.5) / 8, v) for k in range(8)]
    return "".join("rgb"[max(range(3), key=lambda c: colour[c])] if max(colour) > 0.5 else "." for colour in colours)


@pytest.mark.parametrize(
    ("kind", "more", "seen_row"),
    [
        ("tiledimage_color3", "float2 inputs:uvtiling = (2, 1)", "rrggrrgg"),
        ("tiledimage_color3", "float2 inputs:uvtiling = (2, 1)\nfloat2 inputs:uvoffset = (0.25, 0)", "grrggrrg"),
        ("image_color3", "float2 inputs:texcoord.connect = </World/m/p.outputs:out>", "rggggggg"),
    ],
)
def test_images_are_tiled_and_placed(open_scene: Opener, tmp_path: Path, kind: str, more: str, seen_row: str) -> None:
    four(tmp_path)
    # place2d: (u - 0) / 0.25, minus 0: an image that is a quarter wide; clamped beyond
    place = node("p", "place2d_vector2", "float2 inputs:scale = (0.25, 1)")
    clamped = 'string inputs:uaddressmode = "clamp"' if "place" in more or "/p." in more else ""
    seen = square(open_scene, tmp_path, surface(image("n", kind, f"{more}\n{clamped}") + place))

    assert row(seen) == seen_row


def test_coordinates_may_be_computed(open_scene: Opener, tmp_path: Path) -> None:
    four(tmp_path)
    nodes = (
        node("uv", "texcoord_vector2", "")
        + node(
            "twice", "multiply_vector2FA", "float2 inputs:in1.connect = </World/m/uv.outputs:out>\nfloat inputs:in2 = 2"
        )
        + image("n", "image_color3", "float2 inputs:texcoord.connect = </World/m/twice.outputs:out>")
    )
    seen = square(open_scene, tmp_path, surface(nodes))

    assert seen.material.uv_scale == (2, 2) and row(seen, 0.4) == "rrggrrgg"


@pytest.mark.parametrize(
    ("mode", "seen_row"),
    [("periodic", "rrggrrgg"), ("clamp", "rrgggggg"), ("mirror", "rrggggrr"), ("constant", "rrggbbbb")],
)
def test_address_modes(open_scene: Opener, tmp_path: Path, mode: str, seen_row: str) -> None:
    four(tmp_path)
    more = f'string inputs:uaddressmode = "{mode}"\ncolor3f inputs:default = (0, 0, 1)'
    seen = square(open_scene, tmp_path, surface(image("n", "image_color3", more)), uvs=TWO)
    colours = [seen.at("base_colour", (k + 0.5) / 4, 0.75) for k in range(8)]

    assert "".join("rgb"[max(range(3), key=lambda c: colour[c])] for colour in colours) == seen_row


def test_a_ramp_goes_from_left_to_right(open_scene: Opener, tmp_path: Path) -> None:
    ramp = node("n", "ramplr_color3", "color3f inputs:valuel = (0, 0, 0)\ncolor3f inputs:valuer = (1, 1, 1)")
    seen = square(open_scene, tmp_path, surface(ramp), uvs=ONE)

    assert [seen.at("base_colour", u, 0.5)[0] for u in (0.1, 0.5, 0.9)] == pytest.approx([0.1, 0.5, 0.9], abs=0.02)


def test_a_normal_map_may_be_weaker(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[(255, 128, 128)]])  # straight to the right
    nodes = image("t", "image_vector3", space="") + node(
        "n", "normalmap", "float3 inputs:in.connect = </World/m/t.outputs:out>\nfloat inputs:scale = 0"
    )
    seen = square(open_scene, tmp_path, surface(nodes, "normal", "float3"))

    assert seen.at("normal", 0.5, 0.5) == pytest.approx([0.5, 0.5, 1], abs=5e-3)


def test_a_node_that_is_not_evaluated_costs_its_input_alone(open_scene: Opener, tmp_path: Path) -> None:
    four(tmp_path)
    nodes = (
        image("t", "image_color3")
        + node("noise", "fractal3d_float", "")
        + node(
            "n",
            "multiply_color3FA",
            "color3f inputs:in1.connect = </World/m/t.outputs:out>\n"
            "float inputs:in2.connect = </World/m/noise.outputs:out>",
        )
    )
    seen = square(open_scene, tmp_path, surface(nodes))

    assert seen.at("base_colour", 0.25, 0.75) == pytest.approx([1, 0, 0], abs=1e-4)
    assert any(subject.endswith("m/noise") and "fractal3d" in text for subject, text in seen.said.items())
