"""Judging on photographs: scores, classes by name, and what photographs tell of rendered objects that look alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.detections import Detections
from detectors.preprocess import Image
from rendersdg.api.scenes import load
from rendersdg.errors import DatasetError
from rendersdg.steering.judging import outcomes_by_looks, read_photographs, score_photographs, score_views
from rendersdg.steering.looks import looks_of
from rendersdg.steering.outcomes import views_of
from rendersdg.steering.study import Judged
from tests.conftest import ROOT
from tests.steering.seeing import Seeing, difference

TOY = ROOT / "tests" / "steering" / "toy.yaml"


def photographs(folder: Path, count: int, strengths: tuple[int, int] = (12, 60)) -> Path:
    """Write pictures of plates with one dark mark each, of many strengths, as COCO."""
    rng = np.random.default_rng(0)
    images, notes = [], []
    (folder / "annotations").mkdir(parents=True)
    for k in range(count):
        picture = rng.normal(150, 2, (96, 96)).clip(0, 255).astype(np.uint8)
        x, y = rng.integers(5, 70, 2).tolist()
        picture[y : y + 12, x : x + 15] -= np.uint8(rng.integers(*strengths))
        cv2.imwrite(str(folder / f"{k:03d}.png"), picture)
        images.append({"id": k, "file_name": f"{k:03d}.png", "width": 96, "height": 96})
        notes.append({"id": k, "image_id": k, "category_id": 1, "bbox": [x, y, 15, 12], "iscrowd": 0, "area": 180})
    text = {"images": images, "annotations": notes, "categories": [{"id": 1, "name": "mark"}]}
    (folder / "annotations" / "instances.json").write_text(json.dumps(text))
    return folder


class Faint:
    """Sees marks that differ from the plate by more than some grey levels."""

    classes = ("stain",)

    def __init__(self, least: float) -> None:
        self.least = least

    def find(self, images: Sequence[Image]) -> list[Detections]:
        found = Seeing(self.classes, sees_bright=True).find(images)
        return [self._strong(image, one) for image, one in zip(images, found)]

    def _strong(self, image: Image, one: Detections) -> Detections:
        change = np.abs(difference(image))
        keep = np.array(
            [change[int(b[1]) : int(b[3]), int(b[0]) : int(b[2])].max() > self.least for b in one.xyxy], bool
        )
        return Detections(one.xyxy[keep], one.scores[keep], one.labels[keep])


def test_a_finder_that_sees_all_scores_all(tmp_path: Path) -> None:
    asked = Judged(data=str(photographs(tmp_path / "photos", 12)), rename={"mark": "stain"})

    score = score_photographs(read_photographs(asked, tmp_path, ("stain",)), Faint(0), 0.3)

    assert score.recall == 1.0
    assert score.map50 == pytest.approx(1.0)


def test_paths_start_at_the_studys_folder_and_images_are_chosen_evenly(tmp_path: Path) -> None:
    photographs(tmp_path / "photos", 10)

    chosen = read_photographs(Judged(data="coco:photos", rename={"mark": "stain"}, most=4), tmp_path, ("stain",))

    assert [s.file.stem for s in chosen.images] == ["000", "003", "006", "009"]


def test_a_class_that_the_scene_has_not_is_told(tmp_path: Path) -> None:
    photographs(tmp_path / "photos", 2)

    with pytest.raises(DatasetError, match=r"rename: \{mark: stain\}"):
        read_photographs(Judged(data="photos"), tmp_path, ("stain",))
    with pytest.raises(DatasetError, match="no class 'dent'"):
        read_photographs(Judged(data="photos", rename={"dent": "stain"}), tmp_path, ("stain",))
    with pytest.raises(DatasetError, match="no box of stain"):
        read_photographs(Judged(data="photos", rename={"mark": "-"}), tmp_path, ("stain",), "s.yaml: hold_out")


@pytest.mark.slow
def test_what_is_missed_on_photographs_is_expected_of_rendered_objects_that_look_alike(tmp_path: Path) -> None:
    asked = Judged(data=str(photographs(tmp_path / "photos", 150, (2, 26))), rename={"mark": "stain"})
    taken = read_photographs(asked, tmp_path, ("stain",))
    scene = load(TOY, seed=3)
    views = list(views_of(scene, range(150), scene.classes, lambda frame: None))
    finder = Faint(12)  # faint marks are missed

    rows, explained = outcomes_by_looks(taken, views, scene.classes, finder)

    assert explained > 0.3
    # what a mark differs from its plate by is the plate's level times one less the gain
    strength = np.array([looks_of(views[r.picture].rgb, r.box)[3] for r in rows])
    harm = np.array([r.harm for r in rows])
    faint, strong = strength <= np.quantile(strength, 0.25), strength >= np.quantile(strength, 0.75)
    assert harm[faint].mean() > harm[strong].mean() + 0.05


def test_scores_of_views_are_those_of_their_boxes() -> None:
    scene = load(TOY, seed=3)
    views = list(views_of(scene, range(10), scene.classes, lambda frame: None))

    class Blind:
        classes = ("stain",)

        def find(self, images: Sequence[Image]) -> list[Detections]:
            return [Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64)) for _ in images]

    assert score_views(views, scene.classes, Blind(), 0.3).recall == 0.0
    assert score_views(views, scene.classes, Faint(0), 0.3).recall > 0.7
