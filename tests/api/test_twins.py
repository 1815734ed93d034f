"""A frame and its twin without defects: what lies between them is what the defects change, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg import load
from rendersdg.api.twins import changes_of, without_defects
from rendersdg.errors import BadArgument
from tests.conftest import HEAD

SCENE = """
part: {create.plane: {scale: [0.1, 0.1, 1]}}
key: {create.light: {light_type: distant, rotation: [50, 20, 0], intensity: 1500}}
eye: {create.camera: {position: [0, 0, 0.25], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
frames: {trigger.on_frame: {max_execs: 50}}
marks:
  with.frames:
    with.part:
"""
PIT = "      defects.pit: {diameter: 8, gain: 0.5, in_view: true%s}\n"


def scene_file(folder: Path, *marks: str) -> Path:
    file = folder / "scene.yaml"
    file.write_text(HEAD + SCENE + "".join(marks))
    return file


def test_a_twin_has_the_light_of_the_scene_without_its_defect(tmp_path: Path) -> None:
    scene = load(scene_file(tmp_path, PIT % ""))
    bare = load(scene_file(tmp_path, "      modify.visibility: {value: true}\n"))

    twin = scene.frame(2).counterfactual(without_defects)

    assert (twin.rgb == bare.frame(2).rgb).all()
    assert (twin.rgb != scene.frame(2).rgb).any()


def test_changes_are_where_the_pictures_differ(tmp_path: Path) -> None:
    scene = load(scene_file(tmp_path, PIT % ""))

    changes = changes_of(scene, 3)

    assert len(changes) == 3
    for number, change in enumerate(changes):
        frame = scene.frame(number)
        away = np.abs(frame.rgb.astype(int) - frame.counterfactual(without_defects).rgb).max(2)
        whole = np.zeros(away.shape, bool)
        x, y = change.corner_xy
        whole[y : y + change.mask.shape[0], x : x + change.mask.shape[1]] = change.mask
        assert change.size_wh == (96, 72)
        assert whole[away >= 12].all()
        assert (away[whole] >= 1).all()


def test_a_mark_without_a_label_stays_in_the_twin(tmp_path: Path) -> None:
    frame = load(scene_file(tmp_path, PIT % ", labels: none")).frame(0)

    assert (frame.rgb == frame.counterfactual(without_defects).rgb).all()


def test_a_scene_without_defects_is_refused_with_what_to_do(tmp_path: Path) -> None:
    scene = load(scene_file(tmp_path, PIT % ", count: 0"))

    with pytest.raises(BadArgument, match=r"in 0 of its first 21 frames.*--scene"):
        changes_of(scene, 1)
