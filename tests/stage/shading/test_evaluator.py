"""Values of shaders' inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Opener

CUBE = """#usda 1.0
(
    defaultPrim = "A"
)
def Cube "A" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    rel material:binding = </A/M>
    def Material "M" {
        token outputs:surface.connect = </A/M/S.outputs:surface>
        def Shader "S" {
            uniform token info:id = "UsdPreviewSurface"
            INPUT
            token outputs:surface
        }
    }
}
"""


@pytest.mark.parametrize(
    "text",
    ["float inputs:roughness = nan", "float inputs:roughness = inf", "color3f inputs:diffuseColor = (1, nan, 0)"],
)
def test_an_input_that_is_no_number_has_its_default(open_scene: Opener, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.usda").write_text(CUBE.replace("INPUT", text))
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{tmp_path}/a.usda"}}}}', backend="null")

    material = session.snapshot(0).materials[session.snapshot(0).instances[0].material]

    assert material.roughness == 0.5 and material.base_colour == pytest.approx((0.18, 0.18, 0.18))
    name = text.split(" ")[1]
    assert any(
        subject.endswith(f"/S.{name}") and "holds NaN or infinity" in said
        for (_, subject), said in session.recorder.report.entries.items()
    )
