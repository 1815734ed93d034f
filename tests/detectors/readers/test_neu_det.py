"""NEU-DET in its layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.readers import read
from tests.detectors.readers.layouts import found, picture, voc


@pytest.mark.parametrize("form", ["splits", "published", "folders"])
def test_neu_det_in_its_three_layouts(tmp_path: Path, form: str) -> None:
    notes, pictures = {
        "splits": ("annotations", "images"),
        "published": ("ANNOTATIONS", "IMAGES"),
        "folders": ("train/annotations", "train/images/scratches"),
    }[form]
    voc(tmp_path / notes / "scratches_1.xml", ("scratches", 1, 1, 20, 10), ("inclusion", 3, 2, 5, 6))
    picture(tmp_path / pictures / "scratches_1.jpg")
    if form == "splits":
        voc(tmp_path / notes / "patches_2.xml")
        picture(tmp_path / pictures / "patches_2.jpg")
        (tmp_path / "splits").mkdir()
        (tmp_path / "splits" / "train.txt").write_text("scratches_1\n")
        (tmp_path / "groups.csv").write_text("image,class,photo_group,split\nscratches_1,scratches,g7,train\n")

    samples = read(f"{tmp_path}@train" if form != "published" else str(tmp_path))

    assert found(samples) == [("scratches_1.jpg", [("scratches", [0, 0, 20, 10]), ("inclusion", [2, 1, 5, 6])])]
    assert samples.images[0].group == ("g7" if form == "splits" else "")
