"""The index of a set: what belongs to an image, and which files may be read."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.errors import DatasetError
from rendersdg.viewer.index import index_of, paired
from tests.viewer.sets import coco_set


def test_details_of_a_coco_list_belong_to_their_objects(tmp_path: Path) -> None:
    index = index_of(str(coco_set(tmp_path)))

    first = index.images[0].details

    assert [d.visible for d in first] == [0.25, 1.0, None]
    assert first[0].prim_path == "/World/one"
    assert index.images[1].details[0].truncation == 0.5
    assert index.images[2].details == ()


def test_a_rendered_folder_is_read_by_its_richest_part_with_frames_and_layers(whole_dataset: Path) -> None:
    index = index_of(str(whole_dataset))

    assert [shown.frame for shown in index.images] == list(range(12))
    assert index.images[3].sample.segmentations is not None
    assert sorted(index.layers(index.images[3])) == ["distance_to_camera", "motion_vectors"]
    assert index.layers(index.images[3])["distance_to_camera"].name == "distance_to_camera_0003.npy"
    assert all(detail.prim_path for detail in index.images[3].details)


def test_layers_of_another_programs_pictures_are_those_of_the_same_number(tmp_path: Path, whole_dataset: Path) -> None:
    for file in (whole_dataset / "basic").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())

    index = index_of(str(tmp_path))

    assert index.drawn is None and index.images[2].frame is None
    assert index.layers(index.images[2])["distance_to_camera"].name == "distance_to_camera_0002.npy"


def test_a_picture_outside_of_the_folder_is_not_read_unless_its_folder_is_named(tmp_path: Path) -> None:
    inside, outside = coco_set(tmp_path / "set"), tmp_path / "secret"
    outside.mkdir()
    cv2.imwrite(str(outside / "z.png"), np.zeros((48, 64, 3), np.uint8))
    file = inside / "annotations" / "instances.json"
    told = json.loads(file.read_text())
    told["images"][1]["file_name"] = "../../secret/z.png"
    file.write_text(json.dumps(told))
    (inside / "images" / "c.png").unlink()
    (inside / "images" / "c.png").symlink_to(outside / "z.png")

    index = index_of(str(inside))

    assert index.readable(index.images[0].sample.file).name == "a.png"
    for place in (1, 2):
        with pytest.raises(DatasetError, match="outside"):
            index.readable(index.images[place].sample.file)
    wider = index_of(str(inside), [outside])
    assert all(wider.readable(shown.sample.file) for shown in wider.images)


def test_a_folder_whose_name_begins_alike_is_another_folder(tmp_path: Path) -> None:
    index = index_of(str(coco_set(tmp_path / "set")))
    coco_set(tmp_path / "set-of-others")

    with pytest.raises(DatasetError, match="outside"):
        index.readable(tmp_path / "set-of-others" / "images" / "a.png")


def test_pairs_go_by_frame_then_by_name_then_by_place(tmp_path: Path, whole_dataset: Path) -> None:
    one, same = index_of(str(whole_dataset)), index_of(f"basic:{whole_dataset / 'basic'}")
    named, fewer = index_of(str(coco_set(tmp_path / "a"))), index_of(str(coco_set(tmp_path / "b")))
    (tmp_path / "b" / "images" / "a.png").rename(tmp_path / "b" / "images" / "zz.png")
    file = tmp_path / "b" / "annotations" / "instances.json"
    file.write_text(file.read_text().replace('"a.png"', '"zz.png"'))
    renamed = index_of(str(tmp_path / "b"))

    found = [paired(*two) for two in ((one, same), (named, fewer), (named, renamed), (one, named))]
    assert [dict(pairs.places) for pairs in found] == [
        {k: k for k in range(12)},
        {0: 0, 1: 1, 2: 2},
        {1: 1, 2: 2},
        {0: 0, 1: 1, 2: 2},
    ]
    assert [pairs.by for pairs in found] == ["frame number", "file name", "file name", "place in the list"]


def test_a_place_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has 3 images"):
        index_of(str(coco_set(tmp_path))).at(3)


def test_what_is_seen_of_objects_is_known_of_any_layout_whose_reader_says_it(tmp_path: Path) -> None:
    (tmp_path / "image_2").mkdir()
    (tmp_path / "label_2").mkdir()
    cv2.imwrite(str(tmp_path / "image_2" / "000000.png"), np.zeros((48, 64, 3), np.uint8))
    (tmp_path / "label_2" / "000000.txt").write_text("Car 0.25 0 0 1 1 20 20 1 1 1 0 0 9 0\n")

    (details,) = index_of(f"kitti:{tmp_path}").images[0].details

    assert details.truncation == 0.25
