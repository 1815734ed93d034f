"""COCO lists are read back whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import read
from detectors.samples import Sample, Samples, as_coco, write_coco
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
