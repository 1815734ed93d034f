"""Labels that no image has: each is named, and none takes the memory that it asks for."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.readers import read
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Sample, Samples, proved
from rendersdg import rle
from rendersdg.errors import DatasetError
from tests.detectors.readers.layouts import picture, voc

RUNS = {"size": [10, 20], "counts": [32, 3, 165]}


def coco(folder: Path, *, image: dict[str, object] | None = None, note: dict[str, object] | None = None) -> Path:
    """Write a list of one image with one box, some of whose values are others."""
    picture(folder / "a.png")
    images = [{"id": 1, "file_name": "a.png", "width": 20, "height": 10} | (image or {})]
    notes = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [3, 2, 6, 3]} | (note or {})]
    file = folder / "list.json"
    file.write_text(json.dumps({"images": images, "annotations": notes, "categories": [{"id": 1, "name": "cat"}]}))
    return file


@pytest.mark.parametrize(
    ("image", "note", "said"),
    [
        ({"width": 10**12, "height": 10**12}, {}, "boxes are those of another picture"),
        ({"width": 21}, {}, "says that a.png has 21 x 10 pixels; the file has 20 x 10"),
        ({"width": float("nan")}, {}, "holds NaN"),
        ({"width": "wide"}, {}, "'wide' is not a finite number"),
        ({"file_name": "../../../../etc/passwd\0"}, {}, "is not in"),
        ({}, {"bbox": [0, 0, 10**400, 1]}, "a box is not four numbers"),
        ({}, {"bbox": [0, 0, 1]}, "a box is not four"),
        ({}, {"bbox": "0 0 1 1"}, "a box is not four numbers"),
        ({}, {"bbox": None}, "a box is not four numbers"),
        ({}, {"category_id": 7}, "category 7, which is not listed"),
        ({}, {"category_id": [1]}, "ids are whole numbers or text"),
        ({}, {"image_id": 7}, "image 7, which is not listed"),
        ({}, {"segmentation": [[1, 2, 3, 4, 5]]}, "holds a polygon of 5 numbers"),
        ({}, {"segmentation": [[1, 2, 3, 4, 5, 1e300]]}, "far from every image"),
        ({}, {"segmentation": [["a", "b"]]}, "not a list of numbers"),
        ({}, {"segmentation": {"size": [10**6, 10**6], "counts": [10**12]}}, "is of size"),
        ({}, {"segmentation": {"size": [10, 20], "counts": {}}}, "has counts"),
    ],
)
def test_what_a_coco_list_cannot_hold_is_named(
    tmp_path: Path, image: dict[str, object], note: dict[str, object], said: str
) -> None:
    file = coco(tmp_path, image=image, note=note)

    with pytest.raises(DatasetError) as error:
        read(str(file))

    assert said in str(error.value) and str(tmp_path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([32, 3, 166], "do not fill"),
        ([-32, 64, 168], "do not fill"),
        ([10**12, 200], "do not fill"),
        (["a"], "not whole numbers"),
        ("P" * 30, "damaged at character"),
        ("a!", "damaged at character"),
        ("0", "do not fill"),
    ],
)
def test_runs_of_another_length_are_refused_before_memory_is_taken(
    tmp_path: Path, counts: list[object] | str, said: str
) -> None:
    [sample] = read(str(coco(tmp_path, note={"segmentation": RUNS | {"counts": counts}}))).images

    with pytest.raises(DatasetError, match=said) as error:
        sample.mask()
    assert "a.png: box 1" in str(error.value)


def test_two_images_with_one_id_are_refused(tmp_path: Path) -> None:
    file = coco(tmp_path)
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"images": data["images"] * 2}))

    with pytest.raises(DatasetError, match="two images have one id"):
        read(str(file))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<annotation>", '<!DOCTYPE a [<!ENTITY b "c">]><annotation>', "document type"),
        ("<xmin>3<", "<xmin>nan<", "not a finite number"),
        ("<xmin>3<", "<xmin>1e999<", "not a finite number"),
        ("<width>20<", "<width>1e999<", "not a finite number"),
        ("<width>20<", "<width>2000000<", "boxes are those of another picture"),
        ("<name>cat</name>", "", "has no name"),
        ("<object>", "<object><difficult>maybe</difficult>", "not a finite number"),
    ],
)
def test_what_a_voc_file_cannot_hold_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    picture(tmp_path / "JPEGImages" / "a.png")
    note = tmp_path / "Annotations" / "a.xml"
    voc(note, ("cat", 3, 2, 9, 5))
    note.write_text(note.read_text().replace(old, new))

    with pytest.raises(DatasetError, match=said) as error:
        read(str(tmp_path))
    assert "a.xml" in str(error.value)


def test_an_array_that_asks_for_terabytes_takes_none(tmp_path: Path) -> None:
    picture(tmp_path / "rgb_0000.png")
    kind = [("semanticId", "<u4"), ("x_min", "<i4"), ("y_min", "<i4"), ("x_max", "<i4"), ("y_max", "<i4")]
    file = tmp_path / "bounding_box_2d_tight_0000.npy"
    np.save(file, np.zeros(1, kind))
    file.write_bytes(file.read_bytes().replace(b"(1,)", b"(9999999999999,)"))
    (tmp_path / "bounding_box_2d_tight_labels_0000.json").write_text('{"0": {"class": "cat"}}')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(DatasetError, match="is not a"):
        read(str(tmp_path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_mask_of_another_size_than_its_picture_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "1.png")
    picture(tmp_path / "train" / "1_GT.png", (21, 10))

    with pytest.raises(DatasetError, match=r"21 x 10 pixels and 1\.png 20 x 10"):
        read(str(tmp_path))


def test_a_picture_whose_header_promises_gigapixels_is_refused(tmp_path: Path) -> None:
    file = coco(tmp_path, image={"width": 0, "height": 0})
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (2**31 - 1).to_bytes(4, "big") * 2 + b"\x08\0\0\0\0\0\0\0\0"
    (tmp_path / "a.png").write_bytes(head)

    with pytest.raises(DatasetError, match=r"a\.png"):
        read(str(file))


@pytest.mark.parametrize(
    "sample",
    [
        Sample(Path("a.png"), (0, 10)),
        Sample(Path("a.png"), (2**20, 2**20)),
        Sample(Path("a.png"), (20, 10), np.array([[0, 0, np.nan, 1]]), np.array([0])),
        Sample(Path("a.png"), (20, 10), np.array([[0.0, 0, 1, 1]]), np.array([1])),
        Sample(Path("a.png"), (20, 10), np.array([[0.0, 0, 1, 1]]), np.array([-1])),
    ],
)
def test_what_any_reader_returns_is_proved(sample: Sample) -> None:
    with pytest.raises(DatasetError, match=r"a\.png"):
        proved(Samples(("cat",), (sample,)))


def test_the_parts_of_a_mask_of_noise_are_those_of_the_slow_way() -> None:
    mask = np.random.default_rng(3).random((60, 80)) < 0.06
    boxes, shapes = boxes_of_mask(mask, join=3, smallest=2)

    grown = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(grown, connectivity=8)
    whole = [mask & (parts == k) for k in range(1, int(parts.max()) + 1)]
    expected = [own for own in whole if own.sum() >= 2]
    found = [rle.mask_from_runs(rle.decompress(str(s["counts"])), (60, 80)) for s in shapes]
    assert len(expected) > 20 and {m.tobytes() for m in found} == {m.tobytes() for m in expected}
    for box, own in zip(boxes, found):
        rows, columns = np.nonzero(own)
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
