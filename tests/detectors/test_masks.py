"""Instance masks: made of prototypes, judged as COCO judges them, moved with their pictures, drawn and sent."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.augment import Augment, augmented, laid_together
from detectors.detections import Detections
from detectors.masks import masks_of, pixels_of
from detectors.postprocess import Postprocess
from detectors.preprocess import Preprocess
from detectors.readers import read
from detectors.runtime import Model
from detectors.samples import Samples, as_coco
from detectors.views import with_mirrors
from detectors.wire import boxes_as_json
from tests.detectors.shapes import box_of, disc, discs, random_masks, runs_of


@given(st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_a_mask_of_a_sloping_prototype_is_half_of_its_box(seed: int) -> None:
    """A plane is what it is between the middles of cells, too, so the edge of the mask is known to the pixel."""
    rng = np.random.default_rng(seed)
    width, height, cell = int(rng.integers(40, 90)), int(rng.integers(40, 90)), float(rng.uniform(1.5, 6))
    a, b, c = rng.uniform(-1, 1, 3) * [1, 1, 40]
    rows, columns = np.mgrid[: int(np.ceil(90 / cell)) + 1, : int(np.ceil(90 / cell)) + 1] + 0.5
    prototypes = np.stack([columns * cell, rows * cell, np.ones_like(rows)]).astype(np.float32)
    x0, y0 = rng.uniform(cell, 20, 2)
    x1, y1 = x0 + rng.uniform(1, width - 26), y0 + rng.uniform(1, height - 26)
    coefficients = np.array([[a, b, c]], np.float32)

    (mask,) = masks_of(coefficients, prototypes, np.array([[x0, y0, x1, y1]]), cell, (width, height))

    y, x = np.mgrid[:height, :width] + 0.5
    level = a * x + b * y + c
    want = (level > 0) & (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    assert mask["size"] == [height, width]
    assert ((pixels_of(mask) == want) | (np.abs(level) < 1e-3)).all()


def by_pycocotools(truth: Samples, found: list[Detections]) -> tuple[np.ndarray, np.ndarray]:
    from pycocotools import mask as masks
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    from detectors.evaluate import as_results

    with redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = as_coco(truth)
        gt.createIndex()
        for a in gt.dataset["annotations"]:
            a["area"] = int(masks.area(gt.annToRLE(a)))
        results = json.loads(json.dumps(as_results(found)))
        for row in results:
            row.pop("bbox")
        if not results:
            return np.full(12, np.nan), np.zeros(0)
        run = COCOeval(gt, gt.loadRes(results), "segm")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return np.where(run.stats < 0, np.nan, run.stats), run.eval["precision"][:, :, :, 0, -1]


@pytest.mark.extra
@given(st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_scores_of_masks_are_those_of_pycocotools(seed: int) -> None:
    pytest.importorskip("faster_coco_eval")
    from detectors.evaluate import NAMES, coco_numbers
    from detectors.masks import mask_overlap
    from detectors.matching import average_precision, match_class

    truth, found = random_masks(seed)
    theirs, precision = by_pycocotools(truth, found)
    if not precision.size:
        return

    ours, per_class = coco_numbers(truth, found, "segm")

    assert np.allclose([ours[name] for name in NAMES], theirs, atol=1e-9, equal_nan=True)
    for k, name in enumerate(truth.classes):
        own = average_precision(match_class(truth.images, found, k, overlap=mask_overlap))
        want = precision[:, :, k].mean(1)
        assert np.allclose(np.nan_to_num(own, nan=-1), want, atol=1e-9)
        assert per_class[name]["AP"] == pytest.approx(np.nan if want[0] < 0 else want.mean(), abs=1e-9, nan_ok=True)


@pytest.mark.extra
def test_masks_are_judged_beside_boxes_where_every_object_has_one(tmp_path: Path) -> None:
    pytest.importorskip("faster_coco_eval")
    from detectors.evaluate import evaluate

    truth = discs(tmp_path, 2)
    found = []
    for sample in truth.images:
        wrong = sample.mask_of(0) & (np.arange(64)[:, None] < sample.xyxy[0, 1] + 4)  # a slice of the right pixels
        found.append(Detections(sample.xyxy, np.array([0.9]), sample.labels, masks=(runs_of(wrong),)))

    scores = evaluate(truth, found, resamples=20)
    bare = truth.of(replace(s, segmentations=None) for s in truth.images)

    assert scores.summary["mAP"] == 1 and scores.masks is not None and scores.masks.summary["mAP"] == 0
    assert scores.best["mAP"] == 0 and scores.masks.intervals["mAP50"] == (0, 0)
    assert scores.as_json()["masks"]["summary"]["mAP50"] == 0 and "masks:" in scores.table()
    assert (
        evaluate(bare, found, resamples=0).masks is None and "masks" not in evaluate(bare, found, resamples=0).as_json()
    )


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_augmentation_moves_masks_as_it_moves_their_pictures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = (disc(96, *rng.uniform(30, 66, 2), rng.uniform(6, 20)) * 255).astype(np.uint8)
    image = np.repeat(mask[..., None], 3, axis=2)
    choice = Augment(flip_x=0.5, flip_y=0.5, scale=0.3, shift=0.2, gain=0, level=0, noise=0)

    out, boxes, keep, move = augmented(image, np.array([box_of(mask > 0)]), choice, rng, pad=0)
    moved = move.masks(mask[None])[0]

    assert np.array_equal(moved, out[..., 0])
    if keep[0] and (moved > 127).any():
        assert np.abs(boxes[0] - box_of(moved > 127)).max() < 1.2


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_mosaic_lays_masks_where_it_lays_their_pictures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    masks = [(disc(96, *rng.uniform(10, 86, 2), rng.uniform(6, 30)) * 255).astype(np.uint8) for _ in range(4)]
    four = [(np.repeat(m[..., None], 3, axis=2), np.array([box_of(m > 0)])) for m in masks]

    out, _, moves = laid_together(four, rng, pad=0)
    laid = np.concatenate([move.masks(m[None]) for move, m in zip(moves, masks)])

    assert np.abs(laid.max(0).astype(int) - out[..., 0]).max() <= 1  # a half may be rounded either way


def polygon_set(folder: Path) -> list[str]:
    """Write one picture with one object in four layouts: COCO polygons and runs, YOLO outlines, a folder of masks."""
    mask = np.zeros((48, 64), bool)
    mask[8:32, 12:40] = True
    mask[8:20, 12:24] = False  # an L, which fills less than its box
    ring = [24, 8, 40, 8, 40, 32, 12, 32, 12, 20, 24, 20]
    picture = np.full((48, 64, 3), 90, np.uint8)
    for place in ("coco", "runs", "yolo/images/train", "folders/images", "folders/masks", "yolo/labels/train"):
        (folder / place).mkdir(parents=True)
    for place in ("coco", "runs", "yolo/images/train", "folders/images"):
        cv2.imwrite(str(folder / place / "a.png"), picture)
    cv2.imwrite(str(folder / "folders/masks/a.png"), mask.astype(np.uint8) * 255)
    for place, shape in (("coco", [ring]), ("runs", runs_of(mask))):
        note = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [12, 8, 28, 24], "segmentation": shape}
        image = {"id": 1, "file_name": "a.png", "width": 64, "height": 48}
        text = {"images": [image], "annotations": [note], "categories": [{"id": 1, "name": "defect"}]}
        (folder / place / "list.json").write_text(json.dumps(text))
    row = " ".join(f"{v / (64, 48)[k % 2]:.8f}" for k, v in enumerate(ring))
    (folder / "yolo/labels/train/a.txt").write_text(f"0 {row}\n")
    (folder / "yolo/data.yaml").write_text("train: images/train\nnames: [defect]\n")
    return [
        f"coco:{folder}/coco/list.json",
        f"coco:{folder}/runs/list.json",
        f"yolo:{folder}/yolo",
        f"{folder}/folders",
    ]


@pytest.mark.extra
def test_masks_of_every_layout_reach_the_targets_of_a_batch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from detectors.batches import Batches
    from detectors.mix import alone
    from detectors.recipe import Recipe

    recipe = Recipe(batch=1, augment=Augment(0, 0, 0, 0, 0, 0, 0, 0))
    found = []
    for spec in polygon_set(tmp_path):
        (target,) = Batches(alone(read(spec)).stages[0], Preprocess(64), recipe, range(1), finds="masks")[0].targets
        found.append((spec, target.xyxy.tolist(), target.masks.numpy()))

    want = np.zeros((16, 16), np.float32)
    want[2:8, 3:10], want[2:5, 3:6] = 1, 0  # cells of four pixels
    for spec, xyxy, masks in found:
        assert np.allclose(xyxy, [[12, 8, 40, 32]], atol=1e-4) and np.abs(masks - want).max() < 0.01, spec


@pytest.mark.extra
def test_an_object_without_a_mask_and_pasting_are_refused_by_name(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from detectors.mix import alone
    from detectors.train import train
    from rendersdg.errors import BadArgument, DatasetError
    from tests.detectors.runs import SMALL
    from tests.detectors.sets import squares

    recipe = replace(SMALL, detector="light_lite0-seg")

    with pytest.raises(
        DatasetError, match=r"learns masks, and 12 objects of boxes have a box alone, the first in .*000"
    ):
        train(alone(squares(tmp_path / "boxes")), recipe, tmp_path / "run")
    with pytest.raises(BadArgument, match=r"augment\.paste=0\.5 pastes boxes without their outlines"):
        pasting = replace(recipe, augment=Augment(paste=0.5))
        train(alone(discs(tmp_path / "discs")), pasting, tmp_path / "run2")


@pytest.mark.extra
def test_the_loss_of_masks_is_cross_entropy_over_the_cells_of_each_box() -> None:
    torch = pytest.importorskip("torch")
    from detectors.contract import Target
    from detectors.models.light_masks import mask_loss

    torch.manual_seed(0)
    coefficients, prototypes = torch.randn(3, 5), torch.randn(5, 8, 8)
    truth = Target(torch.tensor([[4.0, 8, 18, 20], [0, 0, 32, 32]]), torch.tensor([0, 1]), torch.rand(2, 8, 8))
    owner = torch.tensor([1, 0, 0])

    got = mask_loss(coefficients, prototypes, truth, owner)

    for k in range(3):
        x0, y0, x1, y1 = [(1, 2, 5, 5), (0, 0, 8, 8)][owner[k]]  # cells that the boxes touch
        total = 0.0
        for y in range(y0, y1):
            for x in range(x0, x1):
                p = 1 / (1 + np.exp(-float((coefficients[k] * prototypes[:, y, x]).sum())))
                share = float(truth.masks[owner[k], y, x])
                total -= share * np.log(p) + (1 - share) * np.log(1 - p)
        assert got[k].item() == pytest.approx(total / ((x1 - x0) * (y1 - y0)), rel=1e-4)


def stub(images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Find one box of all, whose mask is what is bright, in cells of two pixels."""
    count, size = len(images), images.shape[2]
    cells = images[:, :1].reshape(count, 1, size // 2, 2, size // 2, 2).mean((3, 5)) - 0.5
    boxes = np.tile(np.array([0, 0, size, size], np.float32), (count, 1, 1))
    return boxes, np.full((count, 1, 1), 0.9, np.float32), np.ones((count, 1, 1), np.float32), cells


def test_a_mirrored_view_gives_the_mask_of_the_picture_itself() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    image[4:12, 2:20] = 255
    model = Model(stub, ("a",), Preprocess(32), Postprocess(1.0), finds="masks")

    (one,), (both,) = model.find([image]), with_mirrors(model).find([image])

    assert one.masks is not None and both.masks is not None and len(both.masks) == 2
    assert all(np.array_equal(pixels_of(m), image[..., 0] > 0) for m in (*one.masks, *both.masks))


def test_masks_are_filled_in_drawings_and_sent_as_runs() -> None:
    from pycocotools import mask as masks

    from detectors.drawing import Look, class_colour, draw_boxes

    mask = disc(64, 30, 30, 12)
    found = Detections(np.array([box_of(mask)]), np.array([0.8]), np.array([0]), masks=(runs_of(mask),))
    canvas = np.zeros((64, 64, 3), np.uint8)

    draw_boxes(canvas, found, ("a",), Look(1.0, 2, 10))
    (row,) = boxes_as_json(found, ("a",), 0.5)

    inner = disc(64, 30, 30, 8)
    assert np.allclose(canvas[inner & (np.arange(64)[:, None] > 30)], np.array(class_colour(0)) * 0.45, atol=1)
    assert (canvas[25:35, 2:12] == 0).all()
    assert np.array_equal(masks.decode(json.loads(json.dumps(row))["segmentation"]), mask)
    assert boxes_as_json(found, ("a",), 0.9) == []


@pytest.mark.extra
@pytest.mark.slow
def test_masks_are_learned_exported_and_quantized(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("nncf")
    from detectors.calibration import Calibration
    from detectors.evaluate import evaluate
    from detectors.export import export, parity
    from detectors.mix import alone
    from detectors.quantize import quantize
    from detectors.runtime import load_model, predict
    from detectors.train import train
    from tests.detectors.runs import SMALL

    data, val = discs(tmp_path / "data", 24), discs(tmp_path / "val", 6, seed=1)
    recipe = replace(SMALL, detector="light_lite0-seg", steps=60, rate=4e-3, ema=0.9, augment=Augment(mosaic=0.3))

    record = train(alone(data), recipe, tmp_path / "run", val)
    files = export(tmp_path / "run", tmp_path / "float", ("openvino", "onnx", "torchscript"))
    int8 = quantize(files[0], tmp_path / "int8", Calibration(str(tmp_path / "data"), 12, 0))

    model = load_model(tmp_path / "run")
    assert record["scores"]["masks"]["summary"]["mAP50"] > 0.3, record["scores"]
    for file in files:
        gaps = parity(model, load_model(file), val.images)
        assert gaps.holds and gaps.compared, (file, gaps)
    scores = evaluate(val, predict(load_model(int8), val.images), resamples=0)
    assert scores.masks is not None and scores.masks.summary["mAP50"] > 0.2


@pytest.mark.extra
@pytest.mark.slow
def test_a_yolo_of_masks_learns_its_pictures_by_heart(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if find_spec("ultralytics") is None:  # which is not imported here: it replaces functions of OpenCV and Pillow
        pytest.skip("ultralytics is not there")
    from detectors.batches import Batches
    from detectors.contract import DETECTORS
    from detectors.evaluate import evaluate
    from detectors.mix import alone
    from detectors.recipe import Recipe
    from detectors.runtime import of_detector, predict

    data, recipe = discs(tmp_path, 4), Recipe(batch=4, augment=Augment(0, 0, 0, 0, 0, 0, 0, 0))
    batch = Batches(alone(data).stages[0], Preprocess(64), recipe, range(1), finds="masks")[0]
    torch.manual_seed(0)
    detector = DETECTORS["yolo11n-seg"](2, 64).train()
    optimizer = torch.optim.AdamW(detector.parameters(), lr=2e-3)

    for _ in range(160):
        optimizer.zero_grad()
        sum(detector.losses(batch.images, batch.targets).values()).backward()
        torch.nn.utils.clip_grad_norm_(detector.parameters(), 10)
        optimizer.step()
    found = predict(of_detector(detector, "yolo11n-seg", data.classes, Preprocess(64)), data.images)

    scores = evaluate(data, found, resamples=0)
    assert scores.masks is not None and scores.masks.summary["mAP50"] > 0.5
