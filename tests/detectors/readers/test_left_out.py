"""Nothing is left out in silence, and a layout that does not exist is said with those that do."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.mix import read_training
from detectors.readers import read
from detectors.samples import Sample, Samples, checked, write_coco
from rendersdg.errors import DatasetError
from tests.detectors.readers.layouts import picture
from tests.detectors.sets import squares


def test_an_unknown_layout_is_said_with_the_list() -> None:
    with pytest.raises(
        DatasetError, match=r"'cocco' is not a layout; did you mean 'coco'\?.*layouts: .*deeppcb.*masks"
    ):
        read("cocco:photos")
    with pytest.raises(DatasetError, match=r"C:/photos is not there"):
        read("C:/photos")


def test_a_defect_that_nobody_drew_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for stem in "ab":
        picture(tmp_path / f"MT_Crack/Imgs/{stem}.jpg")
        mask = np.zeros((10, 20), np.uint8)
        mask[2:5, 3:9] = 255 * (stem == "a")
        cv2.imwrite(str(tmp_path / f"MT_Crack/Imgs/{stem}.png"), mask)

    assert len(read(str(tmp_path))) == 1
    assert "1 image left out" in caplog.text and "b.jpg" in caplog.text


def test_an_image_that_no_labelme_file_names_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for stem in "ab":
        picture(tmp_path / f"{stem}.png")
    (tmp_path / "a.json").write_text(json.dumps({"shapes": [], "imagePath": "a.png"}))

    assert len(read(f"labelme:{tmp_path}")) == 1
    assert "no file of labels names them" in caplog.text and "b.png" in caplog.text


def test_boxes_that_are_cut_off_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    boxes = np.array([[0, 0, 9, 9], [5, 5, 99, 9], [50, 50, 60, 60.0]])
    checked(Samples(("a",), (Sample(Path("x"), (20, 20), boxes, np.zeros(3, int)),), "here"), clip=True)

    assert "here: 1 box cut off at the frame, 1 without area there dropped" in caplog.text


def test_training_renames_merges_and_drops_classes(tmp_path: Path) -> None:
    write_coco(squares(tmp_path / "data", 4), tmp_path / "data/all.json")
    spec = str(tmp_path / "data/all.json")

    renamed = read_training(spec, rename={"dark": "Kratzer"})
    merged = read_training(spec, rename={"dark": "square", "bright": "square"})
    dropped = read_training(spec, rename={"dark": "-"})

    assert renamed.classes == ("Kratzer", "bright") and merged.classes == ("square",)
    assert dropped.classes == ("bright",)
    assert sum(len(s.labels) for s in dropped.stages[0].parts[0].samples.images) == 2
    with pytest.raises(DatasetError, match="has no class 'drak' to rename; did you mean 'dark'"):
        read_training(spec, rename={"drak": "x"})
