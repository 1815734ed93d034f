"""Pictures in which nothing can be told are noted once, by the first frame, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.dataset.dataset import MANIFEST
from rendersdg.errors import Report
from rendersdg.orchestrator.exposure import Exposure
from rendersdg.orchestrator.session import Session
from tests.conftest import CAMERA, HEAD, Opener

BOX = 'box: {create.cube: {semantics: [["class", "box"]], scale: 2}}\n'
FADING = """
lamp: {create.light: {light_type: dome}}
frames: {trigger.on_frame: {max_execs: 4}}
fade:
  with.frames:
    with.lamp: {modify.attribute: {name: intensity, value: {distribution.sequence: {items: [900, 0, 0, 800]}}}}
"""


def notes(session: Session) -> dict[str, str]:
    """Return what is told of pictures and light, by subject."""
    entries = session.recorder.report.as_json()
    return {e["subject"]: e["text"] for e in entries if e["subject"] == "light" or e["subject"].startswith("picture")}


def drawn(session: Session, *frames: int) -> dict[str, str]:
    for frame in frames:
        for view in session.views(session.snapshot(frame), {}).values():
            view.render()
    return notes(session)


def test_a_scene_without_light_is_black_and_says_so(open_scene: Opener) -> None:
    assert drawn(open_scene(BOX), 0, 1) == {
        "light": "nothing shines in frame 0: add a light (create.light)",
        "picture of Replicator": "frame 0 is wholly black, its mean is 0.0 of 255",
    }


@pytest.mark.parametrize("backend", ["raster", pytest.param("mitsuba", marks=pytest.mark.extra)])
def test_every_backend_is_judged(backend: str, open_scene: Opener) -> None:
    if backend == "mitsuba":
        pytest.importorskip("mitsuba")

    assert "picture of Replicator" in drawn(open_scene(BOX, backend=backend), 0)


def test_a_blown_out_picture_is_noted_with_its_mean(open_scene: Opener) -> None:
    found = drawn(open_scene(BOX + "sun: {create.light: {light_type: dome, intensity: 1000000}}"), 0)

    assert found == {"picture of Replicator": "frame 0 is blown out, its mean is 255.0 of 255"}


def test_a_picture_in_which_something_is_seen_is_not_noted(open_scene: Opener) -> None:
    lamp = "sun: {create.light: {light_type: distant, intensity: 1500, rotation: [0, 45, 0]}}\n"

    assert drawn(open_scene(BOX.replace("scale: 2", "scale: 0.3") + lamp), 0) == {}  # most of it black: no background


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 1)])
def test_the_first_frame_is_named_whatever_the_order(order: tuple[int, ...], open_scene: Opener) -> None:
    found = drawn(open_scene(BOX + FADING), *order)

    assert found["picture of Replicator"].startswith("frame 1 is wholly black") and "frame 1" in found["light"]


def test_each_product_is_noted_once() -> None:
    report = Report()
    exposure = Exposure(report)

    class Shown:
        frame, lights, materials = 0, ("a lamp",), ()

    for name in ("left", "right", "left"):
        product = type("Product", (), {"name": name})()
        exposure.judge(Shown(), product, np.zeros((4, 4, 4), np.uint8))  # type: ignore[arg-type]
        Shown.frame += 1

    assert [(e["subject"], e["frame"]) for e in report.as_json()] == [
        ("picture of left", "0"),
        ("picture of right", "1"),
    ]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_render_tells_of_its_first_black_frame_and_the_manifest_of_none(workers: str, tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(HEAD + CAMERA + BOX + FADING)

    result = CliRunner().invoke(
        app, ["render", str(tmp_path / "scene.yaml"), "-o", str(tmp_path / "out"), "--workers", workers]
    )

    assert result.exit_code == 0, result.output
    assert result.output.count("wholly black") == 1 and "frame 1 is wholly black, its mean is 0.0" in result.output
    report = json.loads((tmp_path / "out" / MANIFEST).read_text())["report"]
    assert [e for e in report if "picture" in e["subject"]] == []
