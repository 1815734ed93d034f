"""Reading past faults of single images: each is noted once, its image alone is missing, and outside they still stop."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.readers import read
from detectors.samples import Sample, Samples, write_coco
from detectors.tolerance import noting
from rendersdg.errors import DatasetError


def coco(folder: Path, count: int = 6) -> Path:
    """Write a COCO set of grey images with one box each; return its list."""
    samples = []
    for k in range(count):
        cv2.imwrite(str(folder / f"{k}.png"), np.full((20, 30, 3), 40 + 10 * k, np.uint8))
        samples.append(Sample(folder / f"{k}.png", (30, 20), np.array([[2, 2, 9, 9.0]]), np.array([0])))
    write_coco(Samples(("box",), tuple(samples)), folder / "all.json")
    return folder / "all.json"


def test_faults_of_single_images_are_noted_and_the_others_read(tmp_path: Path) -> None:
    file = coco(tmp_path)
    tree = json.loads(file.read_text())
    (tmp_path / "0.png").write_bytes(b"")
    (tmp_path / "1.png").unlink()
    tree["images"][2] |= {"width": 60, "height": 40}
    tree["annotations"][3]["bbox"] = [1, 2, "x", 4]
    tree["annotations"][4]["category_id"] = 9
    tree["annotations"].append({"id": 99, "image_id": 77, "category_id": 1, "bbox": [0, 0, 1, 1]})
    file.write_text(json.dumps(tree))

    with noting() as flaws:
        samples = read(str(file))

    assert [s.file.name for s in samples.images] == ["2.png", "4.png", "5.png"]
    assert sorted((flaw.kind, flaw.file.name, flaw.is_left_out) for flaw in flaws) == [
        ("label", "3.png", True),
        ("label", "all.json", True),
        ("label", "all.json", True),
        ("picture", "0.png", True),
        ("picture", "1.png", True),
        ("size", "2.png", False),
    ]
    with pytest.raises(DatasetError):
        read(str(file))


def test_a_fault_of_the_whole_set_stops_a_tolerant_reader_too(tmp_path: Path) -> None:
    file = coco(tmp_path)
    file.write_text("{")

    with noting() as flaws, pytest.raises(DatasetError, match="not JSON"):
        read(str(file))

    assert flaws == []


def test_a_line_that_is_no_label_costs_a_yolo_set_that_image_alone(tmp_path: Path) -> None:
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data.yaml").write_text("path: .\ntrain: images\nnames: [a]\n")
    for k in range(3):
        cv2.imwrite(str(tmp_path / "images" / f"{k}.png"), np.full((20, 30, 3), 40 + 10 * k, np.uint8))
        (tmp_path / "labels" / f"{k}.txt").write_text("0 0.5 0.5 0.2 0.2\n" if k else "0 a b c d\n")

    with noting() as flaws:
        samples = read(str(tmp_path))

    assert len(samples) == 2 and [flaw.file.name for flaw in flaws] == ["0.png"]
    assert "line 1" in flaws[0].message
