"""Good photographs with rendered defects, as a set to learn from: what is labelled is what changed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.composite import Change, Mark, change_between, composited
from detectors.composite_set import View, fresh, write_composites
from detectors.readers import read
from detectors.samples import Sample, Samples
from rendersdg.errors import DatasetError
from tests.commands import rendersdg, run
from tests.conftest import HEAD
from tests.detectors.anomaly.parts import part, write_good

CLASSES = ("crack", "pit", "tile")
SCENE = """
part: {create.plane: {scale: [0.1, 0.1, 1], semantics: [[class, tile]]}}
key: {create.light: {light_type: distant, rotation: [50, 20, 0], intensity: 1500}}
eye: {create.camera: {position: [0, 0, 0.25], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [96, 72], name: view}}
far: {create.render_product: {camera: eye, resolution: [64, 64], name: far}}
frames: {trigger.on_frame: {max_execs: 50}}
marks:
  with.frames:
    with.part:
      defects.pit: {diameter: 8, gain: 0.5, in_view: true}
"""


def dark_square(label: str = "pit", *, gain: float = 0.5, size_wh: tuple[int, int] = (80, 60)) -> Change:
    """A frame in whose middle a square of 12 pixels loses light."""
    width, height = size_wh
    intact, mask = np.full((height, width, 3), 0.4, np.float32), np.zeros((height, width), bool)
    mask[height // 2 - 6 : height // 2 + 6, width // 2 - 6 : width // 2 + 6] = True
    damaged = intact.copy()
    damaged[mask] *= gain
    change = change_between(damaged, intact, [Mark(label, mask)])
    assert change is not None
    return change


def good_set(folder: Path, sizes_wh: list[tuple[int, int]]) -> Samples:
    folder.mkdir()
    images = []
    for k, size_wh in enumerate(sizes_wh):
        cv2.imwrite(str(folder / f"{k}.png"), part(k, size_wh=size_wh)[0])
        images.append(Sample(folder / f"{k}.png", size_wh))
    return Samples((), tuple(images), "good")


def test_a_box_lies_round_what_changed_and_nothing_else_did(tmp_path: Path) -> None:
    good = good_set(tmp_path / "good", [(80, 60)])

    write_composites([View(k, "eye", dark_square()) for k in range(5)], good, tmp_path / "out", CLASSES)

    made, photograph = read(str(tmp_path / "out")), cv2.imread(str(good.images[0].file)).astype(int)
    assert (made.classes, len(made)) == (("pit",), 5)
    for sample in made.images:
        away = np.abs(cv2.imread(str(sample.file)).astype(int) - photograph).max(2)
        (x0, y0, x1, y1) = sample.xyxy[0].astype(int).tolist()
        assert 12 <= x1 - x0 <= 17 and 12 <= y1 - y0 <= 17  # 12 pixels, enlarged by 1.3 at most, and its soft edge
        assert np.median(away[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2]) > 20
        away[max(y0 - 1, 0) : y1 + 1, max(x0 - 1, 0) : x1 + 1] = 0
        assert not away.any()
        assert sample.mask_of(0)[y0:y1, x0:x1].mean() > 0.9


def test_a_set_is_a_function_of_views_and_seed(tmp_path: Path) -> None:
    good = good_set(tmp_path / "good", [(80, 60), (90, 60), (70, 60)])
    views = [View(k, "eye", dark_square()) for k in range(4)]

    for name, order, seed in (("one", views, 0), ("other", views[::-1], 0), ("third", views, 1)):
        write_composites(order, good, tmp_path / name, CLASSES, seed=seed, each=2)

    one, other, third = (
        {f.name: f.read_bytes() for f in (tmp_path / n / "images").iterdir()} for n in ("one", "other", "third")
    )
    assert len(one) == 8
    assert one == other != third


def test_a_frame_is_laid_on_photographs_of_its_own_shape(tmp_path: Path) -> None:
    good = good_set(tmp_path / "good", [(80, 60), (40, 120), (120, 30), (84, 60)])

    made = write_composites([View(k, "eye", dark_square()) for k in range(12)], good, tmp_path / "out", CLASSES)

    assert {s.size_wh for s in made.images} == {(80, 60), (84, 60)}


def test_photographs_of_one_group_stay_one(tmp_path: Path) -> None:
    good = good_set(tmp_path / "good", [(80, 60)])
    good = good.of([Sample(good.images[0].file, (80, 60), group="tile 7")])

    write_composites([View(0, "eye", dark_square())], good, tmp_path / "out", CLASSES)

    assert [s.group for s in read(str(tmp_path / "out")).images] == ["tile 7"]


def test_what_nobody_can_see_on_a_black_photograph_has_no_label() -> None:
    photograph = np.full((60, 80, 3), 3, np.uint8)

    done = composited(photograph, dark_square(), np.random.default_rng(0))

    assert done.marks == ()


def test_a_labelled_mark_that_changes_no_light_is_none() -> None:
    intact, mask = np.full((20, 20, 3), 0.4, np.float32), np.zeros((20, 20), bool)
    mask[5:9, 5:9] = True
    damaged = intact.copy()
    damaged[12:16, 12:16] *= 0.5

    change = change_between(damaged, intact, [Mark("faint", mask), Mark("plain", damaged[..., 0] < 0.3)])

    assert change is not None
    assert [mark.label for mark in change.marks] == ["plain"]


def test_a_coloured_change_leaves_a_grey_photograph_grey() -> None:
    change = dark_square()
    change.gain[..., 0] *= 0.5  # red

    done = composited(part(0)[0], change, np.random.default_rng(0))

    assert (done.image == done.image[..., :1]).all()
    assert done.marks


def test_views_without_a_change_are_passed_over_and_none_at_all_is_an_error(tmp_path: Path) -> None:
    good = good_set(tmp_path / "good", [(80, 60)])

    made = write_composites([View(0, "a", None), View(1, "a", dark_square())], good, tmp_path / "out", CLASSES)

    assert [s.file.name for s in made.images] == ["000001_a_0.png"]
    with pytest.raises(DatasetError, match="no defect of the scene can be seen"):
        write_composites([View(0, "a", None)], good, tmp_path / "none", CLASSES)


def test_a_folder_that_holds_something_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")

    with pytest.raises(DatasetError, match="not empty"):
        fresh(tmp_path)


def test_the_command_makes_a_set_that_others_read(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(HEAD + SCENE)
    write_good(tmp_path / "good", 3)
    (tmp_path / "good" / "broken.png").write_bytes(b"no picture")

    result = run("composite", tmp_path / "scene.yaml", tmp_path / "good", "-o", tmp_path / "out", "--frames", 3)

    assert result.returncode == 0, result.stderr
    assert "6 images, pit 6;" in result.stdout
    assert "skipped" in result.stderr and "broken.png" in result.stderr
    coco = json.loads((tmp_path / "out" / "annotations" / "instances.json").read_text())
    assert [c["name"] for c in coco["categories"]] == ["pit"]
    assert len(coco["images"]) == 6 and {i["width"] for i in coco["images"]} == {80}
    again = rendersdg(
        "composite", tmp_path / "scene.yaml", tmp_path / "good", "-o", tmp_path / "b", "--frames", 2, "-q"
    )
    assert "4 images" in again
    for file in (tmp_path / "b" / "images").iterdir():
        assert file.read_bytes() == (tmp_path / "out" / "images" / file.name).read_bytes()
