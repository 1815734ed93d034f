"""YOLO: boxes, outlines and turned boxes are the masks'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.writers.foreign import LABELS, compare, imported
from tests.writers.written import objects, write
from writers import WRITERS
from writers.coco import fill_polygon
from writers.yolo import read_yolo


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what ultralytics replaces of others when it is imported: readers of images, in whose way it gets."""
    for module, names in ((Image, ["open"]), (cv2, ["imread", "imwrite", "imshow"])):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))


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


RING = """
ring: {create.torus: {rotation: [0, 90, 0], scale: 2, semantics: [["class", "ring"]]}}
bar: {create.cube: {position: [1.5, 0, 0], scale: [0.1, 3, 0.15], semantics: [["class", "bar"]]}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [320, 240]}}
"""


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """The intersection of two masks over their union."""
    return float((a & b).sum() / (a | b).sum())


def test_the_hole_of_a_ring_stays_open(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "YoloWriter", 1, RING, classes=["ring", "bar"], task="segment")
    ids, truth = objects(session, 0)
    ring = next(o for o in truth if o["labels"]["class"] == "ring")
    mask = ids == ring["id"]
    (label,) = tmp_path.glob("labels/*/*.txt")
    [outline] = [points for k, points in read_yolo(label.read_text(), (320, 240)) if k == 0]
    filled = np.zeros((240, 320), np.uint8)
    fill_polygon(filled, outline)

    # the bar parts the ring and its hole: two parts, each with half a hole, in one outline
    parts, _, _, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    assert parts == 3 and not mask[120 - 30, 160] and not mask[120 + 30, 160]
    assert overlap(mask, filled.astype(bool)) > 0.999
    # ultralytics fills so: whole pixels, borders included
    theirs = cv2.fillPoly(np.zeros((240, 320), np.uint8), [outline.astype(np.int32)], 1)
    assert overlap(mask, theirs.astype(bool)) > 0.94


@pytest.mark.extra
def test_ultralytics_sees_the_hole_of_a_ring(open_scene: Opener, tmp_path: Path, as_before: None) -> None:
    pytest.importorskip("ultralytics")
    from ultralytics.data.utils import polygon2mask
    from ultralytics.utils.ops import resample_segments

    scene = RING.replace("scale: [0.1, 3, 0.15]", "scale: 0.001")
    session = write(open_scene, tmp_path, "YoloWriter", 1, scene, classes=["ring"], task="segment")
    ids, truth = objects(session, 0)
    mask = ids == next(o["id"] for o in truth if o["labels"]["class"] == "ring")
    (label,) = tmp_path.glob("labels/*/*.txt")
    [(_, outline)] = read_yolo(label.read_text(), (320, 240))

    read = polygon2mask((240, 320), [outline.ravel()])
    assert overlap(mask, read.astype(bool)) > 0.95
    [finer] = resample_segments([outline], n=1000)  # what training does with every outline
    assert overlap(mask, polygon2mask((240, 320), [finer.ravel()]).astype(bool)) > 0.95


@pytest.mark.parametrize("turn", [0, 20, 45, 70])
@pytest.mark.parametrize("scale", [[0.1, 3, 0.5], [0.1, 9, 2]])
def test_a_turned_box_at_the_border_is_a_rectangle(
    open_scene: Opener, tmp_path: Path, turn: float, scale: list[float]
) -> None:
    scene = (
        f"bar: {{create.cube: {{position: [0, 1.4, 0.8], rotation: [{turn}, 0, 0], scale: {scale}, "
        'semantics: [["class", "bar"]]}}\n'
        "eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [160, 120]}}\n"
    )
    session = write(open_scene, tmp_path, "YoloWriter", 1, scene, classes=["bar"], task="obb")
    ids, [bar] = objects(session, 0)
    (label,) = tmp_path.glob("labels/*/*.txt")
    [(_, corners)] = read_yolo(label.read_text(), (160, 120))
    sides = np.roll(corners, -1, axis=0) - corners

    assert corners.shape == (4, 2)
    assert np.allclose((sides * np.roll(sides, -1, axis=0)).sum(1), 0, atol=0.05)  # right angles
    assert np.allclose(sides[0], -sides[2], atol=1e-3)
    low, high = corners.min(0), corners.max(0)
    assert ((low + high) / 2 >= 0).all() and ((low + high) / 2 <= (160, 120)).all()
    assert (high - low <= np.array([160, 120]) * 1.000001).all()  # what ultralytics takes
    inside = np.argwhere(ids == bar["id"])[:, ::-1] + 0.5 - corners[0]
    for side in (sides[0], -sides[3]):  # every pixel of it lies in the rectangle
        along = inside @ side / (side @ side)
        assert along.min() > -0.01 and along.max() < 1.01


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
def test_ultralytics_checks_and_loads_our_yolo(open_scene: Opener, tmp_path: Path, task: str, as_before: None) -> None:
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
