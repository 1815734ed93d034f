"""Readers of labelled sets: our own formats back again, published layouts made up small, and real ones counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detectors.readers import ORDER, READERS, read
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Sample, Samples, as_coco, checked, fingerprint, write_coco
from rendersdg import rle
from rendersdg.errors import DatasetError
from tests.conftest import Opener, needs_shared
from tests.test_writers import objects, write


def picture(file: Path, size_wh: tuple[int, int] = (20, 10)) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), np.full((size_wh[1], size_wh[0], 3), 90, np.uint8))
    return file


def voc(file: Path, *objects: tuple[str, int, int, int, int], size: bool = True) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = "".join(
        f"<object><name>{n}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>"
        for n, a, b, c, d in objects
    )
    head = "<size><width>20</width><height>10</height><depth>1</depth></size>" if size else ""
    file.write_text(f"<annotation>{head}{rows}</annotation>")


def found(samples: Samples) -> list[tuple[str, list[tuple[str, list[float]]]]]:
    return [(s.file.name, [(samples.classes[k], b) for k, b in zip(s.labels, s.xyxy.tolist())]) for s in samples.images]


@pytest.mark.parametrize(
    ("writer", "params", "layout"),
    [
        ("CocoWriter", {}, "coco"),
        ("VocWriter", {}, "voc"),
        ("YoloWriter", {"classes": ["ball", "box", "ring"]}, "yolo"),
        ("YoloWriter", {"classes": ["ball", "box", "ring"], "task": "segment"}, "yolo"),
        ("KittiWriter", {}, "kitti"),
        ("BasicWriter", {"rgb": True, "bounding_box_2d_tight": True}, "basic"),
    ],
)
def test_what_our_writers_write_is_read_back(
    open_scene: Opener, tmp_path: Path, writer: str, params: dict[str, Any], layout: str
) -> None:
    session = write(open_scene, tmp_path, writer, 2, **params)
    truth = []
    for frame in range(2):
        rows = [o for o in objects(session, frame)[1] if o["tight"]]
        truth.append({o["labels"]["class"]: [*o["tight"][:2], o["tight"][2] + 1, o["tight"][3] + 1] for o in rows})

    samples = checked(read(str(tmp_path)))

    assert READERS[layout].fits(tmp_path) or READERS[layout].fits(next(p for p in tmp_path.iterdir() if p.is_dir()))
    got = sorted(found(samples), key=lambda row: row[0])
    for (_, boxes), want in zip(got, truth, strict=True):
        assert {name for name, _ in boxes} == set(want)
        for name, box in boxes:
            assert np.allclose(box, want[name], atol=0.01), (name, box, want[name])


def test_every_layout_is_asked_and_none_takes_anothers_set(tmp_path: Path) -> None:
    assert set(ORDER) == set(READERS)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DatasetError, match="looks like no layout"):
        read(str(tmp_path / "nothing"))
    with pytest.raises(DatasetError, match="is not there"):
        read(str(tmp_path / "missing"))


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


def test_magnetic_tile_masks_become_boxes_and_groups(tmp_path: Path) -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[2:5, 3:9] = 255
    for name, drawn in (
        ("MT_Crack/exp1_num_5", mask),
        ("MT_Free/exp2_num_9", mask * 0),
        ("MT_Uneven/exp1_num_1", mask * 0),
    ):
        picture(tmp_path / f"{name}.jpg")
        cv2.imwrite(str(tmp_path / f"{name}.png"), drawn)
    (tmp_path / "index.csv").write_text("image,class,tile_group\nMT_Crack/exp1_num_5.jpg,Crack,Crack_00\n")

    samples = read(str(tmp_path))

    assert found(samples) == [("exp1_num_5.jpg", [("Crack", [3, 2, 9, 5])]), ("exp2_num_9.jpg", [])]
    assert samples.images[0].group == "Crack_00" and np.array_equal(samples.images[0].mask(), mask > 0)


def test_kolektor_severstal_gc10_deeppcb_and_labelme(tmp_path: Path) -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[2:5, 3:9] = 255
    kolektor = tmp_path / "kolektor"
    picture(kolektor / "train/10000.png")
    cv2.imwrite(str(kolektor / "train/10000_GT.png"), mask)
    picture(kolektor / "test/20000.png")
    cv2.imwrite(str(kolektor / "test/20000_GT.png"), mask * 0)
    severstal = tmp_path / "severstal"
    picture(severstal / "train_images/a.jpg")
    picture(severstal / "train_images/b.jpg")
    lengths = rle.runs(mask > 0)
    ends = np.cumsum(lengths)
    pixels = " ".join(f"{ends[k - 1] + 1} {lengths[k]}" for k in range(1, len(lengths), 2))
    (severstal / "train.csv").write_text(f"ImageId,ClassId,EncodedPixels\na.jpg,3,{pixels}\n")
    gc10 = tmp_path / "gc10"
    picture(gc10 / "02/img_1.jpg")
    voc(gc10 / "lable/img_1.xml", ("10_yaozhed", 4, 3, 9, 5), ("2_hanfeng", 1, 1, 2, 2))
    pcb = tmp_path / "pcb"
    picture(pcb / "group00041/00041/00041000_test.jpg")
    picture(pcb / "group00041/00041/00041000_temp.jpg")
    (pcb / "group00041/00041_not").mkdir()
    (pcb / "group00041/00041_not/00041000.txt").write_text("3 2 9 5 6\n")
    labelme = tmp_path / "labelme"
    picture(labelme / "images/x.png")
    (labelme / "labels").mkdir()
    shape = {"label": "Pitting", "points": [[3, 2], [9, 2], [9, 5], [3, 5]], "shape_type": "polygon"}
    (labelme / "labels/x.json").write_text(json.dumps({"imagePath": "..\\images\\x.png", "shapes": [shape]}))

    box = [3.0, 2, 9, 5]
    assert found(read(f"{kolektor}@train")) == [("10000.png", [("defect", box)])]
    assert found(read(f"{kolektor}@test")) == [("20000.png", [])]
    assert found(read(str(severstal))) == [("a.jpg", [("3", box)]), ("b.jpg", [])]
    assert found(read(str(gc10))) == [("img_1.jpg", [("waist_folding", box), ("weld_line", [0, 0, 2, 2])])]
    assert found(read(str(pcb))) == [("00041000_test.jpg", [("pin-hole", box)])]
    assert found(read(str(labelme))) == [("x.png", [("Pitting", box)])]
    for folder in (kolektor, severstal, labelme):
        assert np.array_equal(read(str(folder)).images[0].mask(), mask > 0), folder


def test_a_coco_list_written_is_read_back_whole(tmp_path: Path) -> None:
    file = picture(tmp_path / "pictures/a.png")
    shape = {"size": [10, 20], "counts": [41, 3, 156]}
    boxes, crowd = np.array([[4.5, 1, 5, 4], [0, 0, 20, 10]]), np.array([False, True])
    sample = Sample(file, (20, 10), boxes, np.array([1, 0]), crowd, (shape, None), "g")
    write_coco(Samples(("a", "b"), (sample,)), tmp_path / "lists/all.json")

    back = read(str(tmp_path / "lists/all.json"))

    one = back.images[0]
    assert back.classes == ("a", "b") and one.group == "g" and one.file.resolve() == file.resolve()
    assert np.array_equal(one.xyxy, boxes) and one.labels.tolist() == [1, 0] and one.crowd.tolist() == [False, True]  # type: ignore[union-attr]
    assert (
        one.segmentations == (shape, None)
        and as_coco(back)["annotations"] == as_coco(Samples(("a", "b"), (sample,)))["annotations"]
    )


def test_a_fingerprint_follows_labels_not_folders() -> None:
    def one(folder: str, label: int, group: str = "") -> Samples:
        return Samples(
            ("a", "b"),
            (Sample(Path(folder) / "x.png", (20, 10), np.array([[0, 0, 5, 5.0]]), np.array([label]), group=group),),
        )

    assert fingerprint(one("here", 0)) == fingerprint(one("/there/else", 0)) != fingerprint(one("here", 1))
    assert fingerprint(one("here", 0)) != fingerprint(one("here", 0, "g"))


def test_parts_of_a_mask_near_each_other_are_one_box() -> None:
    mask = np.zeros((30, 60), bool)
    mask[5, 5:10] = mask[5, 13:20] = True  # three pixels between
    mask[20:24, 40:44] = True
    mask[28, 2] = True  # a slip of the pen

    boxes, shapes = boxes_of_mask(mask)

    assert boxes.tolist() == [[5, 5, 20, 6], [40, 20, 44, 24]] and len(shapes) == 2
    assert len(boxes_of_mask(mask, join=1, smallest=1)[0]) == 4


@pytest.mark.parametrize(
    ("box", "clip", "want"),
    [
        ([-0.6, 0, 20.4, 9], False, [0, 0, 20, 9]),  # rounding of a label tool
        ([-5, 2, 8, 9], False, "reaches over the frame of 20 x 10"),
        ([-5, 2, 8, 9], True, [0, 2, 8, 9]),
        ([25, 2, 28, 9], False, "has no area in the frame"),
        ([25, 2, 28, 9], True, None),
        ([3, 3, 3, 9], False, "has no area"),
        ([float("nan"), 3, 5, 9], False, "has no area"),
    ],
)
def test_boxes_out_of_the_frame_are_named_or_cut(box: list[float], clip: bool, want: Any) -> None:
    samples = Samples(("a",), (Sample(Path("x.png"), (20, 10), np.array([box]), np.array([0])),))

    if isinstance(want, str):
        with pytest.raises(DatasetError, match=rf"x\.png: box 1 .*{want}.*--clip-boxes"):
            checked(samples, clip=clip)
    else:
        assert checked(samples, clip=clip).images[0].xyxy.tolist() == ([] if want is None else [want])


def test_classes_are_renamed_dropped_or_refused() -> None:
    one = Sample(Path("x.png"), (20, 10), np.array([[0, 0, 5, 5], [1, 1, 6, 6.0]]), np.array([0, 1]))
    samples = Samples(("scratch", "dirt"), (one,), "rendered")

    got = samples.of_classes(("pits", "scratches"), {"scratch": "scratches", "dirt": "-"})

    assert got.classes == ("pits", "scratches") and got.images[0].labels.tolist() == [1]
    with pytest.raises(DatasetError, match=r"rendered: class 'scratch' \(1 box\) is not among.*--rename scratch=NAME"):
        samples.of_classes(("pits", "scratches"), {"dirt": "-"})
    with pytest.raises(DatasetError, match="no class 'scratchs' to rename; did you mean 'scratch'"):
        samples.of_classes(("pits",), {"scratchs": "pits"})


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda p: (p / "Annotations/a.xml").write_text("<annotation>"), r"a\.xml: not a Pascal VOC"),
        (lambda p: (p / "Annotations/a.xml").unlink(), r"a\.jpg has no annotation"),
        (lambda p: (p / "JPEGImages/a.jpg").write_bytes(b"no"), r"a\.jpg is not a readable image"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, break_it: Any, says: str) -> None:
    picture(tmp_path / "JPEGImages/a.jpg")
    voc(tmp_path / "Annotations/a.xml", ("x", 1, 1, 5, 5), size=False)
    break_it(tmp_path)

    with pytest.raises(DatasetError, match=says):
        read(str(tmp_path))


def test_an_image_without_a_label_file_or_with_an_empty_one_is_background(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        picture(tmp_path / f"images/train/{name}.png")
    (tmp_path / "labels/train").mkdir(parents=True)
    (tmp_path / "labels/train/a.txt").write_text("0 0.5 0.5 0.5 0.4\n")
    (tmp_path / "labels/train/b.txt").write_text("")
    (tmp_path / "data.yaml").write_text("train: images/train\nnames: [thing]\n")

    assert found(read(str(tmp_path))) == [("a.png", [("thing", [5, 3, 15, 7])]), ("b.png", []), ("c.png", [])]
    (tmp_path / "labels/train/b.txt").write_text("3 0.5 0.5 0.5 0.4\n")
    with pytest.raises(DatasetError, match=r"b\.txt: class number 3 has no name"):
        read(str(tmp_path))
    with pytest.raises(DatasetError, match="no split 'vel': its splits are train"):
        read(f"{tmp_path}@vel")


def test_the_real_sets_have_the_counts_that_their_papers_name() -> None:
    neu = read(f"{needs_shared('data', 'neu-det')}@train")
    val = read(f"{needs_shared('data', 'neu-det')}@val")
    tile = read(str(needs_shared("data", "magnetic-tile")))
    pcb = read(str(needs_shared("data", "deeppcb")))
    bsdata = read(str(needs_shared("data", "bsdata")))

    assert (len(neu), *neu.counts().values()) == (900, 354, 499, 404, 220, 314, 257)
    assert (len(val), *val.counts().values()) == (450, 168, 316, 253, 110, 159, 141)
    assert not {s.key for s in neu.images} & {s.key for s in val.images}
    assert len(tile) == 363 - 5 and len({s.key for s in tile.images}) == 119
    assert tuple(pcb.counts().values()) == (25, 20, 32, 26, 21, 25) and len({s.key for s in pcb.images}) == 7
    assert (len(bsdata), bsdata.counts()) == (36, {"Pitting": 43})
    for samples in (neu, val, tile, pcb, bsdata):
        checked(samples)
