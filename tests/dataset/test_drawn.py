"""Drawn values of datasets: what the records hold is what the scene draws, by frame and by file."""

from __future__ import annotations

from pathlib import Path

import pytest

import rendersdg
from rendersdg.dataset.drawn import dataset_of, drawn_frames
from rendersdg.errors import DatasetError
from rendersdg.farm.recorded import opened_again

SCENE = """
ball: {create.sphere: {semantics: [["class", "ball"]]}}
eye: {create.camera: {position: [0, 0, 5], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [32, 32]}}
frames: {trigger.on_frame: {max_execs: 5}}
shake:
  with.frames:
    with.ball:
      modify.pose: {position: {distribution.uniform: {lower: [-1, -1, 0], upper: [1, 1, 0]}}}
save:
  writers.get: {name: WRITER, init_params: {output_dir: out}, render_products: view}
"""


def rendered(folder: Path, writer: str = "CocoWriter") -> Path:
    (folder / "scene.yaml").write_text(SCENE.replace("WRITER", writer))
    rendersdg.load(folder / "scene.yaml", seed=5).render(folder / "data")
    return folder / "data"


def test_values_are_those_that_the_scene_draws(tmp_path: Path) -> None:
    drawn = drawn_frames(rendered(tmp_path))

    scene = rendersdg.load(tmp_path / "scene.yaml", seed=5)
    assert {frame: dict(values) for frame, values in drawn.values.items()} == {
        k: scene.frame(k).values for k in range(5)
    }


def test_a_file_has_its_frame_and_others_have_none(tmp_path: Path) -> None:
    root = rendered(tmp_path)
    drawn = drawn_frames(root)

    assert drawn.frame_of_file(root / "images" / "000003.png") == 3
    assert drawn.frame_of_file(root / "annotations" / "instances.json") is None
    assert drawn.frame_of_file(tmp_path / "scene.yaml") is None
    assert dataset_of(root / "images") == root.absolute()
    assert dataset_of(tmp_path) is None


def test_frames_in_shards_have_their_values_too(tmp_path: Path) -> None:
    drawn = drawn_frames(rendered(tmp_path, "WebDatasetWriter"))

    assert sorted(drawn.values) == [0, 1, 2, 3, 4]
    assert drawn.values[2]["shake/modify.pose(Sphere)/position"]


def test_a_folder_without_a_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no dataset"):
        drawn_frames(tmp_path)


def test_the_scene_of_a_dataset_is_opened_again(tmp_path: Path) -> None:
    root = rendered(tmp_path)

    with opened_again(str(root), backend="null") as session:
        values = session.planner.plan(3).as_json()["values"]

    assert values == drawn_frames(root).values[3]
