"""How much of a light is scattered and mirrored, and where to it is pulled: UsdLux's diffuse, specular and focus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.backends.light import radiance
from tests.conftest import Opener

LAMP = """#usda 1.0
(
    defaultPrim = "Lamp"
    metersPerUnit = 1
    upAxis = "Z"
)
def {kind} "Lamp"
{{
    float inputs:intensity = 1000
    {inputs}
    double3 xformOp:translate = (0, 0, 2)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}}
"""
BODY = """
paint: {create.material_omnipbr: {diffuse: [1, 1, 1], roughness: 0.3, specular: 0.5}}
floor: {create.plane: {scale: [20, 20, 1], material: paint}}
lamp: {create.from_usd: {usd: lamp.usda}}
eye: {create.camera: {position: [0, -3, 2], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""


def lit(open_scene: Opener, folder: Path, kind: str = "SphereLight", inputs: str = "", body: str = BODY) -> np.ndarray:
    name = f"lamp{len(list(folder.iterdir()))}.usda"  # USD keeps a file that it has read
    (folder / name).write_text(LAMP.format(kind=kind, inputs=inputs))
    return radiance(lambda text: open_scene(text, folder=folder), "", body.replace("lamp.usda", name))


@pytest.mark.parametrize("kind", ["SphereLight", "RectLight", "DiskLight", "CylinderLight", "DistantLight"])
def test_what_is_scattered_and_what_is_mirrored_add_up(open_scene: Opener, tmp_path: Path, kind: str) -> None:
    whole = lit(open_scene, tmp_path, kind)
    scattered = lit(open_scene, tmp_path, kind, "float inputs:specular = 0")
    mirrored = lit(open_scene, tmp_path, kind, "float inputs:diffuse = 0")
    half = lit(open_scene, tmp_path, kind, "float inputs:diffuse = 0.5\n    float inputs:specular = 2")

    assert scattered.mean() > 0 and mirrored.max() > 0.005 * whole.max()
    assert scattered + mirrored == pytest.approx(whole, rel=1e-4, abs=1e-4 * float(whole.max()))
    assert half == pytest.approx(0.5 * scattered + 2 * mirrored, rel=1e-4, abs=1e-4 * float(whole.max()))


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_a_focus_is_a_power_of_the_cosine_about_the_axis(open_scene: Opener, tmp_path: Path, quality: str) -> None:
    down = BODY.replace("position: [0, -3, 2], look_at: [0, 0, 0]", "position: [0, 0.0001, 2], look_at: [0, 0, 0]")
    down = f"light: {{settings.render_quality: {{quality: {quality}}}}}\n" + down
    inputs = "float inputs:radius = 0.05\n    float inputs:specular = 0\n    "
    even = lit(open_scene, tmp_path, "SphereLight", inputs, down)
    pulled = lit(open_scene, tmp_path, "SphereLight", inputs + "float inputs:shaping:focus = 3", down)
    tint = "float inputs:shaping:focus = 3\n    color3f inputs:shaping:focusTint = (1, 0.5, 0)"
    tinted = lit(open_scene, tmp_path, "SphereLight", inputs + tint, down)

    for column in (50, 70, 90):  # of the middle row, whose pixels look down on (x, 0)
        x = 2 * (column + 0.5 - 48) / (96 * 24 / 20.955)
        factor = (2 / np.hypot(2, x)) ** 3
        assert pulled[36, column] == pytest.approx(even[36, column] * factor, rel=0.01)
        expected = factor + (1 - factor) * np.array([1, 0.5, 0])
        assert tinted[36, column] == pytest.approx(even[36, column] * expected, rel=0.01)


def test_what_a_backend_does_not_draw_is_said(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "lamp.usda").write_text(
        LAMP.format(kind="SphereLight", inputs="float inputs:diffuse = 0.5\n    float inputs:shaping:focus = 2")
    )
    session = open_scene(BODY, folder=tmp_path)
    session.builder.links_lights = False
    session.snapshot(0)

    texts = [entry["text"] for entry in session.recorder.report.as_json()]
    assert any("diffuse and specular are not applied" in text for text in texts)
    assert any("focus is not applied" in text for text in texts)
