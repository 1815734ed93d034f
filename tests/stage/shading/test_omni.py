"""MDL's templates by their inputs, and other shaders by their words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Opener
from tests.stage.shading.quads import square, write

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def mdl(inputs: str, name: str = "OmniPBR", more: str = "") -> str:
    """Return the text of a material of MDL's."""
    return f"""
        token outputs:mdl:surface.connect = </World/m/s.outputs:out>
        {"token outputs:surface.connect = </World/m/p.outputs:surface>" if more else ""}
        def Shader "s"
        {{
            uniform token info:implementationSource = "sourceAsset"
            uniform asset info:mdl:sourceAsset = @{name}.mdl@
            uniform token info:mdl:sourceAsset:subIdentifier = "{name}"
            {inputs}
            token outputs:out
        }}
        {more}
    """


def test_an_albedo_texture_is_desaturated_brightened_and_tinted(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED]])
    look = mdl("""
        asset inputs:diffuse_texture = @./a.png@
        float inputs:albedo_desaturation = 0.5
        float inputs:albedo_add = 0.1
        float inputs:albedo_brightness = 0.5
        color3f inputs:diffuse_tint = (1, 1, 0.5)
    """)
    grey = 0.2126
    wanted = [(0.5 + grey / 2 + 0.1) / 2, (grey / 2 + 0.1) / 2, (grey / 2 + 0.1) / 4]

    assert square(open_scene, tmp_path, look).at("base_colour", 0.5, 0.5) == pytest.approx(wanted, abs=4e-3)


@pytest.mark.parametrize(("influence", "value"), [(0.0, 0.25), (0.5, 0.625), (1.0, 1.0)])
def test_a_texture_counts_by_its_influence(open_scene: Opener, tmp_path: Path, influence: float, value: float) -> None:
    write(tmp_path / "a.png", [[(255, 255, 255)]])
    look = mdl(f"""
        float inputs:reflection_roughness_constant = 0.25
        asset inputs:reflectionroughness_texture = @./a.png@
        float inputs:reflection_roughness_texture_influence = {influence}
    """)

    assert square(open_scene, tmp_path, look).at("roughness", 0.5, 0.5) == pytest.approx([value], abs=3e-3)


def test_orm_holds_occlusion_roughness_and_metalness(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[(51, 102, 204)]])
    look = mdl("""
        color3f inputs:diffuse_color_constant = (0.5, 0.5, 0.5)
        bool inputs:enable_ORM_texture = 1
        asset inputs:ORM_texture = @./a.png@
        float inputs:ao_to_diffuse = 0.5
    """)
    seen = square(open_scene, tmp_path, look)

    assert seen.at("roughness", 0.5, 0.5) == pytest.approx([0.4]) and seen.at("metallic", 0.5, 0.5) == pytest.approx(
        [0.8]
    )
    assert seen.at("base_colour", 0.5, 0.5) == pytest.approx([0.5 * 0.6] * 3, abs=4e-3)


def test_a_detail_adds_its_slopes_to_the_normal_map(open_scene: Opener, tmp_path: Path) -> None:
    tilted = (round(255 * (0.5 + 0.3)), round(255 * 0.5), round(255 * 0.9))  # a slope of 0.75 to the right
    write(tmp_path / "a.png", [[tilted]])
    write(tmp_path / "b.png", [[tilted]])
    look = mdl("""
        asset inputs:normalmap_texture = @./a.png@
        asset inputs:detail_normalmap_texture = @./b.png@
        float inputs:detail_bump_factor = 1
        float2 inputs:detail_texture_scale = (4, 4)
    """)
    x, y, z = (2 * c - 1 for c in square(open_scene, tmp_path, look).at("normal", 0.5, 0.5))

    assert x / z == pytest.approx(1.5, abs=0.05) and y == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("mode", "value"), [(None, 51 / 255), (0, 204 / 255), (1, 102 / 255), (3, 153 / 255)])
def test_opacity_is_alpha_or_a_mean_of_colours(
    open_scene: Opener, tmp_path: Path, mode: int | None, value: float
) -> None:
    write(tmp_path / "a.png", [[(51, 102, 153, 204)]])
    look = mdl(f"""
        bool inputs:enable_opacity = 1
        bool inputs:enable_opacity_texture = 1
        asset inputs:opacity_texture = @./a.png@
        float inputs:opacity_threshold = 0.1
        {"" if mode is None else f"int inputs:opacity_mode = {mode}"}
    """)

    assert square(open_scene, tmp_path, look).at("opacity", 0.5, 0.5) == pytest.approx([value], abs=3e-3)


def test_omnisurface_is_read_by_its_inputs(open_scene: Opener, tmp_path: Path) -> None:
    look = mdl(
        """
        color3f inputs:diffuse_reflection_color = (0.5, 0.25, 1)
        float inputs:metalness = 0.75
        float inputs:specular_reflection_roughness = 0.125
        float inputs:coat_weight = 0.5
        float inputs:emission_weight = 1
        color3f inputs:emission_color = (1, 0, 0)
        float inputs:emission_intensity = 200
        """,
        "OmniSurfaceLite",
    )
    material = square(open_scene, tmp_path, look).material

    assert material.base_colour == pytest.approx((0.4, 0.2, 0.8)) and material.metallic == 0.75
    assert (material.roughness, material.finish.coat, material.emission) == (0.125, 0.5, (200, 0, 0))


@pytest.mark.parametrize("name", ["OmniSurfaceLite", "OmniPBRBase"])
def test_inputs_that_no_surface_here_has_are_said(open_scene: Opener, tmp_path: Path, name: str) -> None:
    look = mdl(
        """
        float inputs:metalness = 0.75
        float inputs:subsurface_weight = 0.5
        color3f inputs:subsurface_color = (1, 0, 0)
        float inputs:sheen_weight = 0
        color3f inputs:sheen_color = (1, 0, 0)
        bool inputs:enable_thin_film = 0
        bool inputs:enable_opacity = 0
        float inputs:geometry_opacity = 0.5
        float inputs:thin_film_thickness = 400
        asset inputs:geometry_displacement_image = @./a.png@
        color3f inputs:nothing = (0, 0, 0)
        """,
        name,
    )
    said = square(open_scene, tmp_path, look).said

    named = {path.rsplit(":", 1)[1] for path in said if "/s.inputs:" in path}
    assert named == {"subsurface_weight", "subsurface_color", "geometry_displacement_image"}


def test_an_unknown_shader_is_read_by_the_words_of_its_inputs(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED]])
    write(tmp_path / "orm.png", [[(51, 102, 204)]])
    look = mdl(
        """
        asset inputs:Albedo_Map = @./a.png@
        asset inputs:MergeMapInput = @./orm.png@
        float inputs:Roughness_scale = 7
        """,
        "MI_Carton_01",
    )
    seen = square(open_scene, tmp_path, look)

    assert seen.at("base_colour", 0.5, 0.5) == [1, 0, 0] and seen.at("roughness", 0.5, 0.5) == pytest.approx([0.4])
    assert any("MI_Carton_01" in text for text in seen.said.values())


def test_a_preview_surface_stands_for_an_unknown_shader(open_scene: Opener, tmp_path: Path) -> None:
    preview = """
        def Shader "p"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (0.1, 0.2, 0.3)
            token outputs:surface
        }
    """
    unknown = square(open_scene, tmp_path, mdl("", "Own_Paint", preview)).material
    known = square(open_scene, tmp_path, mdl("", "OmniPBR", preview)).material

    assert unknown.base_colour == pytest.approx((0.1, 0.2, 0.3)) and known.base_colour == pytest.approx((0.2,) * 3)
