"""Foreign readers that are too heavy for the suite's own environment: run where they are installed.

pip install -e ".[dev,foreign]" && pytest tests/writers
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Opener
from tests.writers.test_writers import SCENE, objects, write

LABELS = {"box", "ring", "ball"}


def truth_boxes(session: Any, frame: int) -> dict[str, list[float]]:
    _, found = objects(session, frame)
    return {o["labels"]["class"]: [*o["tight"][:2], o["tight"][2] + 1, o["tight"][3] + 1] for o in found if o["tight"]}


def imported(folder: Path, form: str) -> Any:
    datumaro = pytest.importorskip("datumaro")
    return datumaro.Dataset.import_from(str(folder), form)


def compare(dataset: Any, session: Any, frames: int, slack: float = 0.51) -> None:
    names = [
        label.name for label in dataset.categories()[next(k for k in dataset.categories() if k.name == "label")].items
    ]
    items = sorted(dataset, key=lambda item: item.id)
    assert len(items) == frames
    for frame, item in enumerate(items):
        want = truth_boxes(session, frame)
        got: dict[str, list[float]] = {}
        for a in item.annotations:
            x, y, w, h = a.get_bbox()
            got[names[a.label]] = [x, y, x + w, y + h]
        assert set(got) == set(want)
        for name, box in want.items():
            assert np.allclose(got[name], box, atol=slack), (name, got[name], box)


def test_datumaro_reads_our_coco(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    session = write(open_scene, tmp_path, "CocoWriter", 2)
    (tmp_path / "annotations" / "instances.json").rename(tmp_path / "annotations" / "instances_all.json")
    (tmp_path / "images").rename(tmp_path / "all")
    (tmp_path / "images").mkdir()
    (tmp_path / "all").rename(tmp_path / "images" / "all")

    compare(imported(tmp_path, "coco"), session, 2, slack=1.01)


def test_datumaro_reads_our_kitti(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    level = SCENE.replace("position: [5, 0.3, 0.6]", "position: [5, 0.3, 0]")
    out = tmp_path / "written"
    session = write(open_scene, out, "KittiWriter", 2, level, mode="full", bbox_height_threshold=3)
    for kind, name in (("rgb", "image_2"), ("object_detection", "label_2")):
        (tmp_path / "kitti" / "training" / name).mkdir(parents=True)
        for path in (out / "Camera" / kind).iterdir():
            path.rename(tmp_path / "kitti" / "training" / name / f"{int(path.stem):06d}{path.suffix}")

    compare(imported(tmp_path / "kitti", "kitti_detection"), session, 2)


def test_datumaro_reads_our_yolo(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    session = write(open_scene, tmp_path, "YoloWriter", 2, classes=sorted(LABELS), split={"train": 1})

    compare(imported(tmp_path, "yolo"), session, 2)


def test_datumaro_reads_our_voc(open_scene: Opener, tmp_path: Path) -> None:
    pytest.importorskip("datumaro")
    session = write(open_scene, tmp_path, "VocWriter", 2)

    compare(imported(tmp_path, "voc"), session, 2, slack=1.01)


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
