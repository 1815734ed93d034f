"""COCO lists are read back whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from detectors.readers import read
from detectors.samples import Sample, Samples, as_coco, pick, write_coco
from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip, picture


def test_a_coco_list_written_is_read_back_whole(tmp_path: Path) -> None:
    file = picture(tmp_path / "pictures/a.png")
    shape = {"size": [10, 20], "counts": [41, 3, 156]}
    boxes, crowd = np.array([[4.5, 1, 5, 4], [0, 0, 20, 10]]), np.array([False, True])
    sample = Sample(file, (20, 10), boxes, np.array([1, 0]), crowd, (shape, None), "g")
    write_coco(Samples(("a", "b"), (sample,)), tmp_path / "lists/all.json")

    back = read(str(tmp_path / "lists/all.json"))

    one = back.images[0]
    assert back.classes == ("a", "b") and one.group == "g" and one.file.resolve() == file.resolve()
    assert np.array_equal(one.xyxy, boxes) and one.labels.tolist() == [1, 0]
    assert one.crowd is not None and one.crowd.tolist() == [False, True]
    assert (
        one.segmentations == (shape, None)
        and as_coco(back)["annotations"] == as_coco(Samples(("a", "b"), (sample,)))["annotations"]
    )


def test_what_our_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "coco", "CocoWriter")


def test_what_is_noted_of_visibility_comes_along_and_is_not_known_of_other_objects(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    notes = [{"id": k, "image_id": 1, "category_id": 1, "bbox": [3, 2, 6, 3]} for k in range(2)]
    tree = {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "a"}]}
    both = [notes[0] | {"visible_fraction": 0.25, "truncation": 0.5}, notes[1] | {"visible_fraction": "half"}]
    (tmp_path / "noted.json").write_text(json.dumps(tree | {"annotations": both}))
    (tmp_path / "bare.json").write_text(json.dumps(tree | {"annotations": notes}))

    [noted], [bare] = (read(str(tmp_path / name)).images for name in ("noted.json", "bare.json"))

    assert np.array_equal(noted.visible, [0.25, np.nan], equal_nan=True)
    assert np.array_equal(noted.truncation, [0.5, np.nan], equal_nan=True)
    assert bare.visible is None and bare.truncation is None
    kept = pick(noted, np.array([True, False]))
    assert kept.visible is not None and kept.visible.tolist() == [0.25]
