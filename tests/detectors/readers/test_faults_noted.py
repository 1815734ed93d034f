"""Every layout: a picture of no bytes is noted, by its name, and the others are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.readers import READERS, read
from detectors.tolerance import noting
from rendersdg.errors import DatasetError
from tests.detectors.readers.layouts import patch, picture, voc
from writers.webdataset import tar_bytes

STEMS = ("a", "b", "c")
BROKEN = "b"


def mask(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), patch())


def _voc(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"JPEGImages/{stem}.png")
        voc(folder / f"Annotations/{stem}.xml", ("bolt", 4, 3, 9, 5))


def _gc10(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"02/{stem}.png")
        voc(folder / f"lable/{stem}.xml", ("2_hanfeng", 1, 1, 2, 2))


def _neu_det(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"images/{stem}.png")
        voc(folder / f"annotations/{stem}.xml", ("patches", 4, 3, 9, 5))


def _kitti(folder: Path) -> None:
    (folder / "label_2").mkdir(parents=True)
    for stem in STEMS:
        picture(folder / f"image_2/{stem}.png")
        (folder / f"label_2/{stem}.txt").write_text("car 0 0 0 3 2 8 4 1 1 1 0 0 0 0\n")


def _yolo(folder: Path) -> None:
    (folder / "labels").mkdir(parents=True)
    (folder / "data.yaml").write_text("path: .\ntrain: images\nnames: [a]\n")
    for stem in STEMS:
        picture(folder / f"images/{stem}.png")
        (folder / f"labels/{stem}.txt").write_text("0 0.5 0.5 0.2 0.2\n")


def _dota(folder: Path) -> None:
    (folder / "labelTxt").mkdir(parents=True)
    for stem in STEMS:
        picture(folder / f"images/{stem}.png")
        (folder / f"labelTxt/{stem}.txt").write_text("3 2 9 2 9 5 3 5 bolt 0\n")


def _labelme(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"{stem}.png")
        shape = {"label": "bolt", "shape_type": "rectangle", "points": [[3, 2], [9, 5]]}
        (folder / f"{stem}.json").write_text(json.dumps({"shapes": [shape], "imagePath": f"{stem}.png"}))


def _deeppcb(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"{stem}_test.jpg")
        (folder / f"{stem}.txt").write_text("3 2 9 5 1\n")


def _kolektor(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"train/{stem}.png")
        mask(folder / f"train/{stem}_GT.png")


def _magnetic_tile(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"MT_Crack/Imgs/{stem}.jpg")
        mask(folder / f"MT_Crack/Imgs/{stem}.png")


def _mvtec(folder: Path) -> None:
    picture(folder / "train/good/x.png")
    for stem in STEMS:
        picture(folder / f"test/hole/{stem}.png")
        mask(folder / f"ground_truth/hole/{stem}_mask.png")


def _severstal(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"train_images/{stem}.jpg")
    rows = "".join(f"{stem}.jpg,3,1 5\n" for stem in STEMS)
    (folder / "train.csv").write_text(f"ImageId,ClassId,EncodedPixels\n{rows}")


def _bop(folder: Path) -> None:
    scene = folder / "test/000048"
    for number in range(3):
        picture(scene / f"rgb/{number:06d}.png")
    (scene / "scene_gt.json").write_text(json.dumps({str(k): [{"obj_id": 1}] for k in range(3)}))
    (scene / "scene_gt_info.json").write_text(json.dumps({str(k): [{"bbox_visib": [3, 2, 6, 3]}] for k in range(3)}))


def _coco(folder: Path) -> None:
    images = [{"id": k, "file_name": picture(folder / f"{stem}.png").name} for k, stem in enumerate(STEMS)]
    notes = [{"id": k, "image_id": k, "category_id": 0, "bbox": [3, 2, 6, 3]} for k in range(3)]
    tree = {"images": images, "annotations": notes, "categories": [{"id": 0, "name": "bolt"}]}
    (folder / "annotations").mkdir()
    (folder / "annotations/train.json").write_text(json.dumps(tree))


def _masks(folder: Path) -> None:
    for stem in STEMS:
        picture(folder / f"images/{stem}.png")
        mask(folder / f"masks/{stem}.png")


MAKERS: dict[str, Callable[[Path], None]] = {
    "voc": _voc,
    "gc10-det": _gc10,
    "neu-det": _neu_det,
    "kitti": _kitti,
    "yolo": _yolo,
    "dota": _dota,
    "labelme": _labelme,
    "deeppcb": _deeppcb,
    "kolektor-sdd2": _kolektor,
    "magnetic-tile": _magnetic_tile,
    "mvtec": _mvtec,
    "severstal": _severstal,
    "bop": _bop,
    "coco": _coco,
    "masks": _masks,
}


@pytest.mark.parametrize("layout", MAKERS)
def test_a_picture_of_no_bytes_is_noted_and_the_others_are_read(layout: str, tmp_path: Path) -> None:
    MAKERS[layout](tmp_path)
    whole = read(f"{layout}:{tmp_path}")
    broken = next(s.file for s in whole.images if s.file.stem.removesuffix("_test") in (BROKEN, "000001"))
    broken.write_bytes(b"")

    with noting() as flaws:
        samples = read(f"{layout}:{tmp_path}")

    assert [s.file for s in samples.images] == [s.file for s in whole.images if s.file != broken]
    assert [(flaw.kind, flaw.file, flaw.is_left_out) for flaw in flaws] == [("picture", broken, True)]
    with pytest.raises(DatasetError, match=broken.name):
        read(f"{layout}:{tmp_path}")


def test_a_member_of_no_bytes_is_noted_of_a_shard(tmp_path: Path) -> None:
    good = cv2.imencode(".png", np.full((10, 20, 3), 90, np.uint8))[1].tobytes()
    labels = b'{"objects": [{"category": "bolt", "bbox": [3, 2, 6, 3]}]}'
    members = [
        (f"{s}{end}", data) for s in STEMS for end, data in ((".png", b"" if s == BROKEN else good), (".json", labels))
    ]
    (tmp_path / "a.tar").write_bytes(tar_bytes(members))

    with noting() as flaws:
        samples = read(f"webdataset:{tmp_path}")

    assert [s.file.name for s in samples.images] == ["a.png", "c.png"]
    assert [(flaw.kind, flaw.file.name) for flaw in flaws] == [("picture", "b.png")]


def test_every_layout_is_looked_at() -> None:
    assert set(MAKERS) | {"webdataset", "parquet", "basic"} == set(READERS)  # these are of our own writers
