"""YOLO: boxes, outlines and turned boxes are the masks'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from detectors.readers import read
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.orchestrator.session import Session
from tests.conftest import Opener
from tests.writers.foreign import LABELS, compare, imported, supervised, truth_boxes
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


@pytest.mark.extra
@pytest.mark.parametrize("task", ["detect", "segment"])
def test_supervision_reads_our_yolo(open_scene: Opener, tmp_path: Path, task: str) -> None:
    supervision = pytest.importorskip("supervision")
    session = write(open_scene, tmp_path, "YoloWriter", 2, classes=sorted(LABELS), split={"train": 1}, task=task)

    found = supervision.DetectionDataset.from_yolo(
        str(tmp_path / "images" / "train"), str(tmp_path / "labels" / "train"), str(tmp_path / "data.yaml")
    )

    assert found.classes == sorted(LABELS) and len(found) == 2
    for frame in range(2):
        ids, truth = objects(session, frame)
        theirs, boxes = supervised(found, f"{frame:06d}.png"), truth_boxes(session, frame)
        assert theirs.keys() == boxes.keys()
        for name, box in boxes.items():
            assert np.allclose(theirs[name][0], box, atol=1e-3 if task == "detect" else 1.01)
        if task == "segment":
            box = next(o for o in truth if o["labels"]["class"] == "box")
            mask, drawn = (m.astype(np.uint8) for m in (np.isin(ids, box["ids"]), theirs["box"][1]))
            beyond = drawn > cv2.dilate(mask, np.ones((3, 3), np.uint8))  # it draws an outline's pixels, too
            assert (drawn >= mask).all() and beyond.sum() < 25  # the line that joins the two parts of the box


NAMED = """
frames: {trigger.on_frame: {num_frames: 3}}
box: {create.cube: {count: 2, semantics: [[class, box]]}}
ball: {create.sphere: {position: [0, 1, 1], scale: 0.4, semantics: [[class, ball]]}}
named: {with.box: {modify.keypoints: {points: {lid: [0, 0, 0.5], left_end: [0, 0.5, 0], right_end: [0, -0.5, 0]}}}}
move: {with.frames: {with.box: {modify.pose: {scale: 0.5,
  position: {distribution.uniform: {lower: [0, -1.5, -1], upper: [2, 1.5, 1]}}}}}}
"""
POINTS = ["right_end", "lid", "left_end", "handle"]


def poses(open_scene: Opener, folder: Path, **more: object) -> Session:
    """Write :data:`NAMED` as poses, all frames in both splits' folders."""
    whole = {"classes": ["ball", "box"], "task": "pose", "keypoints": POINTS, "split": {"train": 1}, **more}
    return write(open_scene, folder, "YoloWriter", 3, NAMED, **whole)  # type: ignore[arg-type]


def test_rows_of_a_pose_have_the_points_in_the_order_of_the_list(open_scene: Opener, tmp_path: Path) -> None:
    session = poses(open_scene, tmp_path)
    seen = set()
    for frame in range(3):
        rows = (tmp_path / f"labels/train/{frame:06d}.txt").read_text().splitlines()
        truth = [o for o in objects(session, frame)[1] if o["tight"]]
        assert len(rows) == len(truth)
        for row, o in zip(rows, truth):
            values = [float(v) for v in row.split()]
            named = dict(zip(o["keypoints"]["names"], o["keypoints"]["xyv"])) if "keypoints" in o else {}
            expected = [named.get(name, [0, 0, 0]) for name in POINTS]
            assert values[0] == ["ball", "box"].index(o["labels"]["class"])
            points = np.array(values[5:]).reshape(4, 3) * [64, 48, 1]
            assert points == pytest.approx(np.array(expected), abs=1e-4)
            seen |= set(points[:, 2])
    assert seen == {0, 1, 2}
    data = yaml.safe_load((tmp_path / "data.yaml").read_text())
    assert data["kpt_shape"] == [4, 3] and data["flip_idx"] == [2, 1, 0, 3]
    assert data["kpt_names"] == {0: POINTS, 1: POINTS} and data["names"] == {0: "ball", 1: "box"}


def test_our_reader_takes_the_boxes_of_poses(open_scene: Opener, tmp_path: Path) -> None:
    session = poses(open_scene, tmp_path, keypoints=["lid", "left_end"])  # 10 numbers a row, as an outline may have
    found = read(str(tmp_path))

    assert found.classes == ("ball", "box") and len(found.images) == 3
    for frame, sample in enumerate(found.images):
        truth = [o for o in objects(session, frame)[1] if o["tight"]]
        x0, y0, x1, y1 = np.array([o["tight"] for o in truth], float).T
        assert sample.xyxy == pytest.approx(np.stack([x0, y0, x1 + 1, y1 + 1], 1), abs=1e-3)
        assert sample.segmentations is None
    file = tmp_path / "data.yaml"
    file.write_text(file.read_text().replace("- 2\n- 3\n", "- 2\n- 7\n"))
    with pytest.raises(DatasetError, match="kpt_shape"):
        read(str(tmp_path))


@pytest.mark.extra
def test_ultralytics_loads_our_poses(open_scene: Opener, tmp_path: Path, as_before: None) -> None:
    pytest.importorskip("ultralytics")
    from ultralytics.data import YOLODataset
    from ultralytics.data.utils import check_det_dataset

    session = poses(open_scene, tmp_path, split={"train": 2, "val": 1})
    data = check_det_dataset(str(tmp_path / "data.yaml"), autodownload=False)
    count = 0
    for split in ("train", "val"):
        loaded = YOLODataset(img_path=str(tmp_path / "images" / split), data=data, task="pose", augment=False)
        assert len(loaded.labels) == len(list((tmp_path / "images" / split).iterdir()))
        for label in loaded.labels:
            truth = [o for o in objects(session, int(Path(label["im_file"]).stem))[1] if o["tight"]]
            count += len(truth)
            assert label["keypoints"].shape == (len(truth), 4, 3)
            seen = sorted(sum(v > 0 for _, _, v in o["keypoints"]["xyv"]) for o in truth if "keypoints" in o)
            assert sorted((label["keypoints"][..., 2] > 0).sum(1)[label["cls"].ravel() == 1].tolist()) == seen
    assert count >= 6


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"task": "pose"}, "task pose needs them"),
        ({"task": "pose", "keypoints": "lid"}, "must list the names"),
        ({"task": "pose", "keypoints": ["lid", "lid"]}, "names a point twice"),
        ({"keypoints": ["lid"]}, "the task is detect"),
        ({"task": "pose", "keypoints": ["lid", "end"], "flip": [["lid", "ned"]]}, "not two of the keypoints lid, end"),
        ({"task": "pose", "keypoints": ["lid", "end"], "flip": "lid"}, "must be a list of pairs"),
    ],
)
def test_points_of_a_pose_that_cannot_be_are_refused(params: dict[str, object], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        WRITERS["YoloWriter"](output_dir="out", classes=["box"], **params)


@pytest.mark.parametrize(
    ("names", "flip", "expected"),
    [
        (["lid", "end"], None, None),
        (["lid", "end"], [], [0, 1]),
        (["lid", "end"], [["lid", "end"]], [1, 0]),
        (["Left_Eye", "nose", "Right_Eye", "LEFT", "RIGHT", "left_ear"], None, [2, 1, 0, 4, 3, 5]),
    ],
)
def test_mirrored_pictures_swap_left_and_right(names: list[str], flip: object, expected: list[int] | None) -> None:
    more = {} if flip is None else {"flip": flip}
    writer = WRITERS["YoloWriter"](output_dir="out", classes=["box"], task="pose", keypoints=names, **more)
    data = yaml.safe_load(writer.finish({}, 0)["data.yaml"])

    assert data.get("flip_idx") == expected


def test_the_reader_names_what_is_wrong() -> None:
    with pytest.raises(DatasetError, match="line 1"):
        read_yolo("a b c", (1, 1))
