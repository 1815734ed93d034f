"""FiftyOne's folder of images with detections, read as its format says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rendersdg.errors import BadArgument, DatasetError
from rendersdg.viewer.as_fiftyone import read_fiftyone
from rendersdg.viewer.exports import export_set
from rendersdg.viewer.index import index_of
from tests.viewer.sets import HOSTILE, coco_set


def exported(spec: Path, out: Path, *, is_overwritten: bool = False) -> list[str]:
    return export_set(str(spec), "fiftyone", out, is_overwritten=is_overwritten, on_image=lambda count, of: None)


def test_boxes_are_shares_of_the_picture_and_classes_keep_their_names(tmp_path: Path) -> None:
    notes = exported(coco_set(tmp_path / "set"), tmp_path / "out")
    told = json.loads((tmp_path / "out" / "labels.json").read_text())
    rows = read_fiftyone(tmp_path / "out")

    assert told["classes"] == ["scratch", HOSTILE]
    assert list(rows) == ["a.png", "b.png", "c.png"] and rows["c.png"] == []
    assert rows["a.png"][0]["label"] == "scratch"
    assert rows["a.png"][0]["bounding_box"] == [4 / 64, 4 / 48, 20 / 64, 10 / 48]
    assert rows["a.png"][0]["attributes"] == {"visible_fraction": 0.25, "prim_path": "/World/one"}
    assert (tmp_path / "out" / "data" / "b.png").read_bytes() == (tmp_path / "set" / "images" / "b.png").read_bytes()
    assert any("1 outline;" in note for note in notes)


def test_a_rendered_set_comes_back_box_by_box_with_what_was_drawn(tmp_path: Path, whole_dataset: Path) -> None:
    exported(whole_dataset, tmp_path / "out")
    rows = read_fiftyone(tmp_path / "out")
    index = index_of(str(whole_dataset))

    for shown in index.images:
        width, height = shown.sample.size_wh
        for row, box, label in zip(rows[shown.name], shown.sample.xyxy, shown.sample.labels, strict=True):
            x, y, w, h = row["bounding_box"]
            assert [x * width, y * height, (x + w) * width, (y + h) * height] == pytest.approx(box.tolist())
            assert row["label"] == index.classes[label]
            assert row["attributes"]["frame"] == shown.frame
    boxes = [r for r in rows["000004.png"] if r["label"] == "box"]
    assert all(any("colors" in name for name in row["attributes"]) for row in boxes)
    assert not any("." in name or "[" in name for row in boxes for name in row["attributes"])


def test_pictures_of_one_name_in_two_folders_stay_apart(tmp_path: Path) -> None:
    folder = coco_set(tmp_path / "set")
    (folder / "images" / "sub").mkdir()
    (folder / "images" / "c.png").rename(folder / "images" / "sub" / "A.png")
    file = folder / "annotations" / "instances.json"
    file.write_text(file.read_text().replace('"c.png"', '"sub/A.png"'))

    exported(folder, tmp_path / "out")

    assert list(read_fiftyone(tmp_path / "out")) == ["000000_a.png", "000001_b.png", "000002_A.png"]


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    folder = coco_set(tmp_path / "set")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")

    with pytest.raises(BadArgument, match="--overwrite"):
        exported(folder, tmp_path / "out")
    exported(folder, tmp_path / "out", is_overwritten=True)

    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    with pytest.raises(DatasetError, match="is a file"):
        exported(folder, tmp_path / "out" / "mine.txt", is_overwritten=True)


def test_pictures_outside_of_the_set_are_not_copied(tmp_path: Path) -> None:
    folder = coco_set(tmp_path / "set")
    (folder / "images" / "b.png").rename(tmp_path / "b.png")
    (folder / "images" / "b.png").symlink_to(tmp_path / "b.png")

    with pytest.raises(DatasetError, match="outside"):
        exported(folder, tmp_path / "out")
