"""A quality of the light that is asked for beside the scene: `load(quality=)`, `--quality`."""

from __future__ import annotations

from pathlib import Path

import pytest

import rendersdg
from rendersdg.errors import BadArgument

BODY = """
ball: {create.sphere: {semantics: [[class, ball]]}}
sun: {create.light: {light_type: distant, intensity: 2000}}
eye: {create.camera: {position: [4, 0, 2], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
"""
OWN = "light: {settings.render_quality: {quality: high}}\n"
SCRIPT = """
import omni.replicator.core as rep
with rep.new_layer():
    rep.create.sphere(semantics=[("class", "ball")])
    rep.create.light(light_type="distant", intensity=2000)
    view = rep.create.render_product(rep.create.camera(position=(4, 0, 2), look_at=(0, 0, 0)), (64, 48))
    with rep.trigger.on_frame(max_execs=1):
        pass
"""


def drawn_in(path: Path, quality: str | None) -> object:
    settings = rendersdg.load(path, quality=quality).frame(0)._moment.capture.snapshot.settings
    return settings.get("render_quality")


@pytest.mark.parametrize(("text", "own"), [(BODY, None), (BODY + OWN, "high"), (OWN + BODY, "high")])
def test_what_is_asked_for_counts_before_the_scenes_own(tmp_path: Path, text: str, own: str | None) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(text)

    assert drawn_in(path, None) == own
    assert drawn_in(path, "balanced") == "balanced"


def test_a_profiles_quality_gives_way_too(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BODY + OWN)
    path = tmp_path / "scene.yaml"
    path.write_text("profiles: [base.yaml]\n")

    assert drawn_in(path, None) == "high"
    assert drawn_in(path, "balanced") == "balanced"


def test_a_script_is_drawn_in_it(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)

    assert drawn_in(path, None) is None
    assert drawn_in(path, "balanced") == "balanced"


def test_a_quality_that_there_is_not_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(BODY)

    with pytest.raises(BadArgument, match="quality='best' must be fast, balanced, high"):
        rendersdg.load(path, quality="best")
