"""YOLO: boxes, outlines and turned boxes are the masks'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.writers.foreign import LABELS, compare, imported
from tests.writers.written import objects, write
from writers import WRITERS
from writers.yolo import read_yolo


def test_yolo_boxes_and_outlines_are_the_masks(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "YoloWriter", classes=["box", "ring", "ball"], split={"train": 1, "val": 1})
    for frame in range(2):
        (label,) = tmp_path.glob(f"labels/*/{frame:06d}.txt")
        _, truth = objects(session, frame)
        boxes = dict(read_yolo(label.read_text(), (160, 120)))
        assert len(boxes) == 3
        for o in truth:
            if o["tight"]:
                k = ["box", "ring", "ball"].index(o["labels"]["class"])
                assert np.allclose(boxes[k], np.array(o["tight"]) + [0, 0, 1, 1], atol=1e-3)
    data = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert data["names"] == {0: "box", 1: "ring", 2: "ball"} and data["train"] == "images/train"


@pytest.mark.parametrize("task", ["segment", "obb"])
def test_yolo_shapes_cover_their_objects(open_scene: Opener, tmp_path: Path, task: str) -> None:
    session = write(open_scene, tmp_path, "YoloWriter", 1, classes=["box"], task=task)
    (label,) = tmp_path.glob("labels/*/*.txt")
    ((_, points),) = read_yolo(label.read_text(), (160, 120))
    _, truth = objects(session, 0)
    x0, y0, x1, y1 = next(o for o in truth if o["labels"]["class"] == "box")["tight"]

    assert points.shape == (4, 2) if task == "obb" else len(points) >= 4
    if task == "segment":
        assert np.allclose(
            [points[:, 0].min(), points[:, 1].min(), points[:, 0].max(), points[:, 1].max()],
            [x0, y0, x1 + 1, y1 + 1],
            atol=1e-3,
        )


def test_a_frames_split_never_moves() -> None:
    writer: Any = WRITERS["YoloWriter"](classes=["a"], split={"train": 0.7, "val": 0.2, "test": 0.1})
    splits = [writer.split_of(f) for f in range(3000)]

    assert splits[:50] == [writer.split_of(f) for f in range(50)]
    assert 0.66 < splits.count("train") / 3000 < 0.74 and 0.07 < splits.count("test") / 3000 < 0.13


@pytest.mark.extra
def test_datumaro_reads_our_yolo(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    session = write(open_scene, tmp_path, "YoloWriter", 2, classes=sorted(LABELS), split={"train": 1})

    compare(imported(tmp_path, "yolo"), session, 2)


@pytest.mark.extra
@pytest.mark.parametrize("task", ["detect", "segment", "obb"])
def test_ultralytics_checks_and_loads_our_yolo(open_scene: Opener, tmp_path: Path, task: str) -> None:
    pytest.importorskip("ultralytics")
    from ultralytics.data import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    write(open_scene, tmp_path, "YoloWriter", 3, classes=sorted(LABELS), split={"train": 2, "val": 1}, task=task)
    data = check_det_dataset(str(tmp_path / "data.yaml"), autodownload=False)
    assert data["nc"] == 3

    loaded = YOLODataset(img_path=str(tmp_path / "images" / "train"), data=data, task=task, augment=False)
    assert len(loaded.labels) == len(list((tmp_path / "images" / "train").iterdir()))
    for label in loaded.labels:
        assert sorted(label["cls"].ravel().tolist()) == [0, 1, 2]
        assert (label["bboxes"] >= 0).all() and (label["bboxes"] <= 1).all()
        if task == "segment":
            assert all(len(s) >= 3 for s in label["segments"])


def test_the_reader_names_what_is_wrong() -> None:
    with pytest.raises(DatasetError, match="line 1"):
        read_yolo("a b c", (1, 1))
