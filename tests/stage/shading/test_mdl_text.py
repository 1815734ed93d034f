"""MDL files whose material is a template with arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.stage.shading.mdl_text import read_instance
from tests.conftest import Opener
from tests.stage.shading.quads import square, write

TEXT = """mdl 1.4;
using ::OmniPBR import OmniPBR;
import ::tex::gamma_mode;
// export material Oak(*) = Other();
export material Oak(float gloss = 0.25f [[ ::anno::soft_range(0.f, 1.f) ]], color tint = color(0.5, 1, 1))
[[ ::anno::description("Wood, (oiled)") ]]
 = ::OmniPBR::OmniPBR(
    diffuse_texture: texture_2d("./maps/oak.png", ::tex::gamma_srgb),
    diffuse_tint: tint,
    reflection_roughness_constant: gloss,
    metallic_constant: 0.f, /* no metal */
    texture_scale: float2(2.f),
    enable_opacity: false,
    normalmap_texture: texture_2d(),
    bump_factor: gloss * 2.0
);
"""


def test_an_instance_has_its_template_and_arguments(tmp_path: Path) -> None:
    (tmp_path / "Oak.mdl").write_text(TEXT)
    found = read_instance(str(tmp_path / "Oak.mdl"), "Oak", {})

    assert found is not None and found.base == "OmniPBR" and found.left_out == ("bump_factor",)
    values = {name: port.value for name, port in found.ports.items()}
    assert values == {
        "diffuse_texture": str(tmp_path / "maps" / "oak.png"),
        "diffuse_tint": (0.5, 1, 1),
        "reflection_roughness_constant": 0.25,
        "metallic_constant": 0.0,
        "texture_scale": (2, 2),
        "enable_opacity": False,
        "normalmap_texture": "",
    }
    assert found.ports["diffuse_texture"].space == "sRGB"


@pytest.mark.parametrize("text", ["", "export material Oak() = let { } in material();", "export material Oak("])
def test_what_is_written_otherwise_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "Oak.mdl").write_text(text)

    found = read_instance(str(tmp_path / "Oak.mdl"), "Oak", {})
    assert found is None or found.base != "OmniPBR"
    assert read_instance(str(tmp_path / "none.mdl"), "Oak", {}) is None


def test_a_material_of_a_file_beside_the_stage_is_drawn(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "Oak.mdl").write_text(TEXT)
    write(tmp_path / "maps" / "oak.png", [[(255, 255, 255)]])
    look = """
        token outputs:mdl:surface.connect = </World/m/s.outputs:out>
        def Shader "s"
        {
            uniform token info:implementationSource = "sourceAsset"
            uniform asset info:mdl:sourceAsset = @./Oak.mdl@
            uniform token info:mdl:sourceAsset:subIdentifier = "Oak"
            float inputs:gloss = 0.75
            token outputs:out
        }
    """
    seen = square(open_scene, tmp_path, look)

    assert seen.at("base_colour", 0.5, 0.5) == [0.5, 1, 1] and seen.material.roughness == 0.75
    assert seen.material.uv_scale == (2, 2)
    assert any("bump_factor" in subject + text for subject, text in seen.said.items())
