"""Pictures beside Blender's: what is the same is 0 apart, a tilt or another colour is not; the worst come first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conformance import beside_blender
from tests.conformance.assets import write
from tests.conformance.beside_blender import Pair, compared, table
from tests.conformance.portrait import SIDE, SKY, portrait
from tests.conformance.run_assets import Asset


def blender(change: Any) -> Any:
    """Return a stand-in for Blender that sees what rendersdg sees, changed by a function of (rgba, extent)."""

    def stand_in(asset: Asset, ours: Any, _: str, folder: Path) -> tuple[dict[str, Any], str]:
        sky = float(np.median(ours.light[~ours.mask]))
        rgba = np.dstack([ours.light / sky * SKY * beside_blender.SCALE, ours.mask]).astype(np.float32)
        rgba, high = change(rgba, np.asarray(ours.high))
        return {
            "rgba": rgba,
            "low": np.asarray(ours.low),
            "high": high,
            "seconds": 0.1,
            "megabytes": 9.0,
            "triangles": 12,
        }, ""

    return stand_in


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda rgba, high: (rgba, high), {"iou": 1.0, "colour": 0.0, "pixels": 0.0, "size": 1.0, "turned": False}),
        (lambda rgba, high: (rgba * [1, 1, 1, 0], high), {"iou": 0.0}),
        (lambda rgba, high: (rgba, high * [1, 1, 3]), {"turned": True}),
        (lambda rgba, high: (rgba, high + (high + 1) * 9), {"size": 0.1, "turned": False}),
    ],
)
def test_pictures_are_as_far_apart_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any, expected: dict[str, Any]
) -> None:
    monkeypatch.setattr(beside_blender, "_blenders", blender(change))

    pair = compared(Asset("boxes/cube.usda", "boxes", write(tmp_path)["cube.usda"]), "none", tmp_path)

    assert {key: getattr(pair, key) for key in expected} == pytest.approx(expected, abs=1e-6)


def test_a_red_picture_is_far_from_a_grey_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_blender, "_blenders", blender(lambda rgba, high: (rgba * [1, 0, 0, 1], high)))
    file = write(tmp_path)["cube.usda"]

    pair = compared(Asset("boxes/cube.usda", "boxes", file), "none", tmp_path)

    seen = portrait(file, linear=True)
    assert seen.rgb is not None and seen.rgb.shape == (SIDE, SIDE, 3)
    assert pair.iou == 1 and pair.colour > 60


def test_a_blender_that_is_none_is_told(tmp_path: Path) -> None:
    script = tmp_path / "blender"
    script.write_text("#!/bin/sh\necho no bpy here\nexit 1\n")
    script.chmod(0o755)

    pair = compared(Asset("boxes/cube.usda", "boxes", write(tmp_path)["cube.usda"]), str(script), tmp_path)

    assert pair.fault == "Blender: no bpy here"
    job = json.loads((tmp_path / "job.json").read_text())
    assert np.asarray(job["world_from_camera"]).shape == (4, 4) and job["high"] == pytest.approx([1, 1, 1])


def test_the_worst_pair_is_what_has_none_then_what_is_far_apart() -> None:
    pairs = [Pair("good", iou=1.0, colour=1.0), Pair("none", fault="Blender: no"), Pair("bad", iou=0.5)]

    ordered = sorted(pairs, key=lambda p: -p.badness)

    assert [p.name for p in ordered] == ["none", "bad", "good"]
    assert "| `none` | Blender: no | | | | |" in table(ordered)
