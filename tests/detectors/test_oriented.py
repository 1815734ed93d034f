"""Oriented boxes: what they stand for, how they move, how they are learned, judged, drawn, sent and refused."""

from __future__ import annotations

import json
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
from detectors.evaluate import as_results
from detectors.oriented import around, around_mask, corners_of, enclosing, iou, of_sample, overlap_of, standard
from detectors.postprocess import Postprocess, without_nested
from detectors.preprocess import Preprocess
from detectors.readers import read
from detectors.runtime import Model
from detectors.samples import Sample, Samples, checked
from detectors.views import with_mirrors
from detectors.wire import boxes_as_json, tensors_of
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument, DatasetError
from tests.detectors.sets import squares
from tests.detectors.shapes import bars, discs

QUARTER = np.pi / 4
number, side, angle = st.floats(-50, 50), st.floats(1, 60), st.floats(-7, 7)
rectangles = st.builds(lambda *five: np.array([five]), number, number, side, side, angle)


def found(rows: list[list[float]], scores: list[float], labels: list[int] | None = None) -> Detections:
    boxes = np.array(rows, float)
    classes = np.zeros(len(rows), np.int64) if labels is None else np.array(labels, np.int64)
    return Detections(enclosing(boxes), np.array(scores, float), classes, oriented=boxes)


def painted(one: F8, size: int = 96) -> np.ndarray:
    """Return a picture (size, size, 3) that is white where the middle of a pixel lies in a rectangle (1, 5)."""
    x, y, width, height, turn = one[0]
    rows, columns = np.mgrid[:size, :size] + 0.5
    along = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
    across = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
    inside = (np.abs(along) < width / 2) & (np.abs(across) < height / 2)
    return np.repeat(inside[..., None], 3, axis=2).astype(np.uint8) * 255


def same_place(a: F8, b: F8, within: float = 1e-6) -> bool:
    """Return whether two sets of corners (4, 2) are the same, in whatever order."""
    return bool((np.linalg.norm(a[:, None] - b[None], axis=2).min(1) < within).all())


@given(rectangles)
@settings(max_examples=200, deadline=None)
def test_the_standard_form_is_the_same_place_with_its_width_the_longer(one: F8) -> None:
    width, height, turn = standard(one)[0, 2:]

    assert width >= height and -np.pi / 2 <= turn < np.pi / 2
    assert same_place(corners_of(standard(one))[0], corners_of(one)[0])
    assert np.allclose(enclosing(one), enclosing(standard(one)))
    assert np.allclose(enclosing(one)[0], [*corners_of(one)[0].min(0), *corners_of(one)[0].max(0)])


@pytest.mark.parametrize(
    ("a", "b", "want"),
    [
        ([5, 5, 8, 2, QUARTER], [5, 5, 8, 2, -QUARTER], 4 / 28),  # bars that cross share a square of 2 x 2
        ([0, 0, 2, 2, 0], [0, 0, 2, 2, QUARTER], 1 / np.sqrt(2)),  # an octagon of 8 (sqrt 2 - 1) of 8 less that
        ([0, 0, 4, 2, 0.3], [0, 0, 2, 4, 0.3 + np.pi / 2], 1.0),  # the same rectangle, said in two ways
        ([0, 0, 4, 2, 0], [4, 0, 4, 2, 0], 0.0),
    ],
)
def test_overlap_is_known_by_hand(a: list[float], b: list[float], want: float) -> None:
    assert iou(np.array([a]), np.array([b]))[0, 0] == pytest.approx(want)


def test_of_a_crowd_region_counts_what_of_the_found_box_lies_in_it() -> None:
    small, large = np.array([[10, 10, 4, 2, QUARTER]]), np.array([[10, 10, 40, 40, 0]])

    assert iou(small, large)[0, 0] == pytest.approx(8 / 1600)
    assert iou(small, large, np.array([True]))[0, 0] == pytest.approx(1)


@given(rectangles)
@settings(max_examples=100, deadline=None)
def test_the_rectangle_around_the_corners_of_one_is_that_one(one: F8) -> None:
    again = around(corners_of(one)[0])

    assert same_place(corners_of(again[None])[0], corners_of(one)[0], 1e-3)


def test_the_rectangle_around_a_mask_holds_its_pixels_and_no_line_is_thinner_than_one() -> None:
    stairs = np.eye(20, dtype=bool)  # pixels that touch at their corners, along the diagonal

    (x, y, width, height, turn) = around_mask(stairs, 100, 50)

    assert (x, y, turn) == pytest.approx((110, 60, QUARTER), abs=1e-4)
    assert (width, height) == pytest.approx((20 * np.sqrt(2), np.sqrt(2)), abs=1e-4)
    assert around(np.array([[3.0, 3], [9, 3]])).tolist() == pytest.approx([6, 3, 6, 1, 0])
    with pytest.raises(DatasetError, match="covers no pixel"):
        around_mask(np.zeros((4, 4), bool))


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_augmentation_moves_rectangles_as_it_moves_their_pictures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = np.array([[*rng.uniform(36, 60, 2), 36, 16, rng.uniform(-np.pi / 2, np.pi / 2)]])
    image = painted(one)
    choice = Augment(flip_x=0.5, flip_y=0.5, scale=0.3, shift=0.2, gain=0, level=0, noise=0)

    out, _, _, move = augmented(image, enclosing(one), choice, rng, pad=0)
    moved, seen = move.oriented(one)

    shown = out[..., 0] > 127
    if seen[0]:
        assert iou(moved, around_mask(shown)[None])[0, 0] > 0.75  # which holds whole pixels
    else:
        assert shown.sum() < 0.3 * np.abs(move.factor).prod() * 36 * 16


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_a_mosaic_lays_rectangles_where_it_lays_their_pictures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    four = [np.array([[*rng.uniform(20, 76, 2), 50, 26, rng.uniform(-1.5, 1.5)]]) for _ in range(4)]

    out, _, moves = laid_together([(painted(one), enclosing(one)) for one in four], rng, pad=0)

    for k, (move, one) in enumerate(zip(moves, four)):
        (moved,), (seen,) = move.oriented(one)
        x0, y0, x1, y1 = move.window
        part = np.zeros((96, 96), bool)
        part[y0:y1, x0:x1] = out[y0:y1, x0:x1, 0] > 127
        if seen:
            grown = moved + [0, 0, 2, 2, 0]  # a pixel on each side
            assert (part <= (painted(grown[None])[..., 0] > 0)).all(), k
            assert moved[2:4].prod() < around_mask(part)[2:4].prod() * 1.1, k  # that one holds whole pixels
        else:
            assert part.sum() < 0.3 * np.abs(move.factor).prod() * 50 * 26


def test_what_a_window_cuts_off_a_bar_is_labelled_as_it_is_seen() -> None:
    from detectors.oriented import cut_to

    bar = np.array([[10.0, 10, 20, 4, 0], [10, 10, 20, 4, np.pi / 2], [0, 0, 20, 4, QUARTER]])

    out, seen = cut_to(bar, (0, 0, 12, 40), 0.25)
    few = cut_to(bar, (0, 0, 12, 40), 0.7)[1]

    assert seen.tolist() == [True, True, True] and few.tolist() == [False, True, False]  # 12 of 20, all, half
    assert out[0] == pytest.approx([6, 10, 12, 4, 0], abs=1e-5)
    assert np.array_equal(out[1], bar[1])
    assert out[2, 4] == pytest.approx(QUARTER, abs=1e-4)


def test_thinning_keeps_bars_that_cross_and_drops_what_lies_within_one() -> None:
    boxes = np.array([[2.0, 9, 18, 11], [2, 9, 18, 11], [2.5, 9, 18.5, 11], [8, 9.5, 12, 10.5]])
    scores, angles = np.array([[0.9], [0.8], [0.7], [0.6]]), np.array([[QUARTER], [-QUARTER], [QUARTER], [QUARTER]])

    kept = Postprocess(0.5)(boxes, scores, angles)
    shown = without_nested(kept, 0.8)

    assert kept.scores.tolist() == [0.9, 0.8, 0.6] and shown.scores.tolist() == [0.9, 0.8]
    assert Postprocess(0.5)(boxes, scores).scores.tolist() == [0.9, 0.6]  # as upright boxes two are one
    assert kept.oriented is not None and kept.oriented[1] == pytest.approx([10, 10, 16, 2, -QUARTER])


def stub(images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Find one bar whose angle is that from the mean bright pixel of the left half to that of the right half."""
    boxes, angles = [], []
    for image in images[:, 0]:
        rows, columns = np.nonzero(image > 0.5)
        one = around(np.stack([columns, rows], 1) + 0.5)
        boxes.append([[*one[:2] - one[2:4] / 2, *one[:2] + one[2:4] / 2]])
        angles.append([[one[4]]])
    scores = np.full((len(images), 1, 1), 0.9, np.float32)
    return np.array(boxes, np.float32), scores, np.array(angles, np.float32)


def bar_picture(one: F8, size_wh: tuple[int, int]) -> np.ndarray:
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    cv2.fillPoly(image, [np.round((corners_of(one[None])[0] - 0.5) * 16).astype(np.int32)], (255,) * 3, shift=4)
    return image


def test_boxes_come_back_in_pixels_of_the_image_and_a_mirrored_view_agrees() -> None:
    one = np.array([70.0, 40, 60, 16, 0.5])
    image = bar_picture(one, (128, 96))
    model = Model(stub, ("a",), Preprocess(64), Postprocess(0.5), finds="oriented boxes")

    (plain,), (both,) = model.find([image]), with_mirrors(model).find([image])

    assert plain.oriented is not None and iou(plain.oriented, one[None])[0, 0] > 0.8
    assert len(both.scores) == 1  # both views found one bar: thinned, it is one
    assert np.allclose(plain.xyxy, np.clip(enclosing(plain.oriented), 0, [128, 96, 128, 96]))
    mirrored = Model(
        lambda x: tuple(p[:, 1:] for p in with_mirrors(model).network(x)),
        ("a",),
        Preprocess(64),
        Postprocess(0.5),
        finds="oriented boxes",
    )
    (back,) = mirrored.find([image])
    assert back.oriented is not None and iou(back.oriented, plain.oriented)[0, 0] > 0.9


def tilted(tmp_path: Path, degrees: float) -> tuple[Samples, list[Detections]]:
    """Return a set of one square bar an image, 40 x 10, and detections turned by so many degrees about their middle."""
    truth = bars(tmp_path, 4)
    out = []
    for sample in truth.images:
        own = of_sample(sample)
        own[:, 4] += np.radians(degrees)
        out.append(Detections(enclosing(own), np.array([0.9]), sample.labels, oriented=own))
    return truth, out


def test_detections_are_judged_by_the_overlap_of_rectangles(tmp_path: Path) -> None:
    from detectors.evaluate import evaluate

    truth, right = tilted(tmp_path / "a", 0)
    _, crossed = tilted(tmp_path / "b", 90)

    good, bad = evaluate(truth, right, resamples=20), evaluate(truth, crossed, resamples=0)

    assert good.summary == {"mAP": 1, "mAP50": 1, "mAP75": 1, "AR100": 1} and good.intervals["mAP50"] == (1, 1)
    assert bad.summary["mAP50"] == 0 and good.by == "oriented boxes" and "oriented boxes" in good.table()
    assert good.as_json()["by"] == "oriented boxes"
    bare = truth.of((replace(s, segmentations=None) for s in truth.images), "photos")
    with pytest.raises(DatasetError, match=r"photos: 4 objects have a box alone, the first in .*000\.png; .*corners"):
        evaluate(bare, right, resamples=0)


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_precision_is_that_of_a_slow_count(seed: int) -> None:
    """By COCO's rules with every overlap by shapely: match, sort, interpolate at 101 recalls."""
    shapely = pytest.importorskip("shapely")
    from detectors.evaluate import oriented_numbers

    rng = np.random.default_rng(seed)
    images, out, right, total = [], [], [], 0
    for k in range(3):
        own = np.array([[*rng.uniform(20, 80, 2), *rng.uniform(8, 40, 2), rng.uniform(-2, 2)] for _ in range(3)])
        shapes = tuple([c.ravel().tolist()] for c in corners_of(own))
        images.append(Sample(Path(f"{k}.png"), (100, 100), enclosing(own), np.zeros(3, int), segmentations=shapes))
        moved = own[rng.integers(0, 3, 4)] + rng.normal(0, [2, 2, 2, 2, 0.1], (4, 5))
        moved[:, 2:4] = np.maximum(moved[:, 2:4], 2)
        scores = np.sort(rng.random(4))[::-1]
        out.append(Detections(enclosing(moved), scores, np.zeros(4, np.int64), oriented=moved))
        polygons = [[shapely.Polygon(c) for c in corners_of(r)] for r in (moved, own)]
        taken: set[int] = set()
        for p, score in zip(polygons[0], scores):
            shares = [0.0] * 3
            for j in set(range(3)) - taken:
                shares[j] = p.intersection(polygons[1][j]).area / p.union(polygons[1][j]).area
            best = int(np.argmax(shares))
            right.append((score, shares[best] >= 0.5))
            taken |= {best} if shares[best] >= 0.5 else set()
        total += 3
    hits = np.cumsum([hit for _, hit in sorted(right, reverse=True)])
    precision = hits / np.arange(1, len(hits) + 1)
    want = np.mean([max(precision[hits / total >= r], default=0.0) for r in np.linspace(0, 1, 101)])

    summary, per_class = oriented_numbers(Samples(("a",), tuple(images)), out)

    assert summary["mAP50"] == pytest.approx(want, abs=1e-6) == per_class["a"]["AP50"]


def test_drawings_show_turned_edges_and_json_holds_corners() -> None:
    from detectors.drawing import Look, class_colour, draw_boxes

    one = found([[32, 32, 40, 12, QUARTER]], [0.8])
    canvas = np.zeros((64, 64, 3), np.uint8)

    draw_boxes(canvas, one, ("a",), Look(1.0, 2, 10))
    (row,) = json.loads(json.dumps(boxes_as_json(one, ("a",), 0.5)))
    tensors = tensors_of([one], ("a",), 0.5)
    (result,) = as_results([one])

    corners = corners_of(np.array([[32, 32, 40, 12, QUARTER]]))[0]
    for a, b in zip(corners, np.roll(corners, -1, axis=0)):  # each edge is drawn along its whole length
        for x, y in (a + (b - a) * np.linspace(0.1, 0.9, 9)[:, None]).astype(int):
            if y > 24:  # below the label
                assert np.abs(canvas[y, x].astype(int) - class_colour(0)).max() < 60
    assert not canvas[42:46, 18:22].any()  # a corner of the upright box
    assert np.allclose(row["corners"], corners, atol=0.01) and row["oriented_box"] == [32, 32, 40, 12, 45]
    assert tensors["corners"].shape == (1, 4, 2) and np.allclose(tensors["corners"][0], corners, atol=1e-4)
    assert tensors["angles"] == pytest.approx(QUARTER)
    assert np.allclose(result["segmentation"], [corners.ravel()]) and boxes_as_json(one, ("a",), 0.9) == []


def test_true_rectangles_are_thin_and_white_in_sheets(tmp_path: Path) -> None:
    from detectors.drawing import prediction_sheet

    truth, right = tilted(tmp_path, 0)
    none = [one.where(one.scores > 1) for one in right]

    sheet = prediction_sheet(truth, none, most=1, side=320)

    corners = of_sample(truth.images[0])
    middle = corners_of(corners)[0].reshape(4, 2)[:2].mean(0) * 5
    x, y = middle.astype(int)
    assert (sheet[y - 3 : y + 4, x - 3 : x + 4] > 200).all(2).any()


def quad_sets(folder: Path) -> list[str]:
    """Write one picture with one turned box in YOLO's layout, in DOTA's and as a COCO polygon."""
    ring = [20.0, 8, 44, 26, 38, 34, 14, 16]
    for place in ("yolo/images/train", "yolo/labels/train", "dota/images", "dota/labelTxt", "coco"):
        (folder / place).mkdir(parents=True)
    for place in ("yolo/images/train", "dota/images", "coco"):
        cv2.imwrite(str(folder / place / "a.png"), np.full((48, 64, 3), 90, np.uint8))
    row = " ".join(f"{v / (64, 48)[k % 2]:.8f}" for k, v in enumerate(ring))
    (folder / "yolo/labels/train/a.txt").write_text(f"0 {row}\n")
    (folder / "yolo/data.yaml").write_text("train: images/train\nnames: [bar]\n")
    (folder / "dota/labelTxt/a.txt").write_text(f"imagesource:x\ngsd:null\n{' '.join(map(str, ring))} bar 0\n")
    note = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [14, 8, 30, 26], "segmentation": [ring]}
    image = {"id": 1, "file_name": "a.png", "width": 64, "height": 48}
    text = {"images": [image], "annotations": [note], "categories": [{"id": 1, "name": "bar"}]}
    (folder / "coco/list.json").write_text(json.dumps(text))
    return [f"yolo:{folder}/yolo", f"dota:{folder}/dota", f"coco:{folder}/coco/list.json", f"{folder}/dota"]


def test_four_corners_of_every_layout_are_one_rectangle(tmp_path: Path) -> None:
    for spec in quad_sets(tmp_path):
        (sample,) = checked(read(spec)).images

        assert of_sample(sample)[0] == pytest.approx([29, 21, 30, 10, np.arctan2(18, 24)], abs=1e-3), spec
        assert sample.xyxy[0] == pytest.approx([14, 8, 44, 34], abs=1e-3), spec


def test_an_oriented_box_may_reach_over_the_frame(tmp_path: Path) -> None:
    quad_sets(tmp_path)
    label = tmp_path / "yolo/labels/train/a.txt"
    label.write_text("0 -0.25 0.25 0.25 0.25 0.25 0.75 -0.25 0.75\n")

    (sample,) = checked(read(f"yolo:{tmp_path}/yolo")).images

    assert sample.xyxy.tolist() == [[0, 12, 16, 36]]
    assert of_sample(sample)[0] == pytest.approx([0, 24, 32, 24, 0], abs=1e-4)
    label.write_text("0 -0.5 0.25 -0.25 0.25 -0.25 0.75 -0.5 0.75\n")
    with pytest.raises(DatasetError, match="has no area in the frame"):
        checked(read(f"yolo:{tmp_path}/yolo"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1 2 3 4 5 6 7 bar 0", "line 1"),
        ("1 2 3 4 5 6 7 x bar 0", "is not x1 y1"),
        ("1 2 3 4 5 6 7 8 bar maybe", "is not x1 y1"),
        ("1 2 3 4 5 6 7 1e99 bar 0", "is not x1 y1"),
    ],
)
def test_a_wrong_line_of_dota_is_named(tmp_path: Path, line: str, says: str) -> None:
    quad_sets(tmp_path)
    (tmp_path / "dota/labelTxt/a.txt").write_text(f"{line}\n")

    with pytest.raises(DatasetError, match=rf"a\.txt, line 1: .*{says if says != 'line 1' else ''}"):
        read(f"dota:{tmp_path}/dota")


def test_dota_has_splits_difficult_objects_and_background(tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / split / "images").mkdir(parents=True)
        (tmp_path / split / "labelTxt").mkdir()
        for name in ("a", "b"):
            cv2.imwrite(str(tmp_path / split / "images" / f"{name}.png"), np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "val/labelTxt/a.txt").write_text("2 2 8 2 8 8 2 8 ship 1\n9 9 12 9 12 12 9 12 plane 0\n")

    val, whole = read(f"dota:{tmp_path}@val"), read(f"{tmp_path}")

    assert val.classes == ("plane", "ship") and len(val) == 2 and len(whole) == 4
    assert val.images[0].crowd is not None and val.images[0].crowd.tolist() == [True, False]
    assert len(val.images[1].labels) == 0


@pytest.mark.extra
def test_rectangles_of_every_layout_reach_the_targets_of_a_batch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from detectors.batches import Batches
    from detectors.mix import alone
    from detectors.recipe import Recipe

    recipe = Recipe(batch=1, augment=Augment(0, 0, 0, 0, 0, 0, 0, 0))
    for spec in quad_sets(tmp_path):
        batches = Batches(alone(read(spec)).stages[0], Preprocess(128), recipe, range(1), finds="oriented boxes")
        (target,) = batches[0].targets

        assert target.oriented is not None and target.masks is None
        assert target.oriented.numpy()[0] == pytest.approx([58, 42, 60, 20, np.arctan2(18, 24)], abs=2e-3), spec


@pytest.mark.extra
def test_a_mosaic_of_bars_keeps_boxes_and_rectangles_side_by_side(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from detectors.batches import Batches
    from detectors.mix import alone
    from detectors.recipe import Recipe

    recipe = Recipe(batch=6, augment=Augment(mosaic=1.0, flip_y=0.5))
    batch = Batches(alone(bars(tmp_path, 6)).stages[0], Preprocess(64), recipe, range(1), finds="oriented boxes")[0]

    assert sum(len(t.labels) for t in batch.targets) > 6
    for target in batch.targets:
        assert target.oriented is not None and len(target.oriented) == len(target.labels) == len(target.xyxy)
        own = target.oriented.numpy().astype(float)
        assert (own[:, 2:4] > 0).all()
        # the upright box cut off at the frame and the one around the part that is seen: near each other
        assert (np.abs(enclosing(own).clip(0, 64) - target.xyxy.numpy()) < 14).all()


@pytest.mark.extra
def test_boxes_alone_and_pasting_are_refused_by_name(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from detectors.mix import alone
    from detectors.train import train
    from tests.detectors.runs import SMALL

    recipe, good = replace(SMALL, detector="light_lite0-obb"), bars(tmp_path / "bars")
    plain = squares(tmp_path / "boxes")

    with pytest.raises(DatasetError, match=r"learns oriented boxes, and 12 objects of boxes have a box alone"):
        train(alone(plain), recipe, tmp_path / "run")
    with pytest.raises(DatasetError, match=r"boxes: 12 objects have a box alone, .*light_lite0-obb is judged by"):
        train(alone(good), recipe, tmp_path / "run1", plain.of_classes(plain.classes))
    with pytest.raises(BadArgument, match=r"augment\.paste=0\.5 pastes boxes without their outlines"):
        train(alone(good), replace(recipe, augment=Augment(paste=0.5)), tmp_path / "run2")


torch_rectangles = st.lists(
    st.tuples(st.floats(10, 50), st.floats(10, 50), st.floats(2, 40), st.floats(2, 40), st.floats(-3, 3)),
    min_size=2,
    max_size=6,
)


def near(a: F8, b: F8) -> F8:
    import torch

    from detectors.models.gaussians import covariances, nearness

    def parts(rows: F8) -> tuple[torch.Tensor, torch.Tensor]:
        t = torch.from_numpy(np.array(rows, np.float64)).float()
        way = torch.stack([(2 * t[:, 4]).cos(), (2 * t[:, 4]).sin()], dim=1)
        return t[:, :2], covariances(t[:, 2:4], way)

    return np.asarray(nearness(*parts(a), *parts(b)).numpy(), np.float64)


@pytest.mark.extra
@given(torch_rectangles)
@settings(max_examples=60, deadline=None)
def test_nearness_is_one_for_the_same_rectangle_in_whatever_words(rows: list[tuple[float, ...]]) -> None:
    pytest.importorskip("torch")
    own = np.array(rows)

    assert near(own, own) == pytest.approx(1, abs=2e-3)
    assert near(own, standard(own)) == pytest.approx(1, abs=2e-3)
    other = np.roll(own, 1, axis=0)
    assert near(own, other) == pytest.approx(near(other, own), abs=1e-4)
    assert ((near(own, other) >= -1e-3) & (near(own, other) <= 1)).all()


@pytest.mark.extra
@given(torch_rectangles, st.floats(-3, 3))
@settings(max_examples=60, deadline=None)
def test_nearness_stays_when_the_whole_scene_turns(rows: list[tuple[float, ...]], turn: float) -> None:
    pytest.importorskip("torch")
    own = np.array(rows)
    other = np.roll(own, 1, axis=0)
    c, s = np.cos(turn), np.sin(turn)

    def turn_all(r: F8) -> F8:
        return np.concatenate([r[:, :2] @ np.array([[c, s], [-s, c]]), r[:, 2:4], r[:, 4:] + turn], axis=1)

    assert near(turn_all(own), turn_all(other)) == pytest.approx(near(own, other), abs=2e-3)


@pytest.mark.extra
def test_nearness_is_that_of_the_paper_and_of_ultralytics() -> None:
    torch = pytest.importorskip("torch")
    if find_spec("ultralytics") is None:  # which is imported as the package does
        pytest.skip("ultralytics is not there")
    from detectors.models.yolo import _library

    _library()
    from ultralytics.utils.metrics import probiou

    rng = np.random.default_rng(0)
    a = np.concatenate([rng.uniform(10, 50, (50, 2)), rng.uniform(5, 40, (50, 2)), rng.uniform(-2, 2, (50, 1))], axis=1)
    b = a + rng.normal(0, [3, 3, 2, 2, 0.3], (50, 5))
    b[:, 2:4] = np.maximum(b[:, 2:4], 3)

    theirs = probiou(torch.from_numpy(a).float(), torch.from_numpy(b).float())[:, 0].numpy()

    assert near(a, b) == pytest.approx(theirs, abs=2e-3)


@pytest.mark.extra
def test_the_loss_pulls_each_number_towards_the_truth() -> None:
    torch = pytest.importorskip("torch")
    from detectors.models.gaussians import covariances, nearness

    truth = torch.tensor([32.0, 32, 30, 10])
    two = 2 * torch.tensor(0.4)
    spread = covariances(truth[2:], torch.stack([two.cos(), two.sin()]))
    for place, off in [(0, 4.0), (0, -4), (1, 3), (2, 6), (2, -6), (3, 3), (3, -3), (4, 0.3), (4, -0.3)]:
        numbers = torch.tensor([32.0, 32, 30, 10, 0.4])
        numbers[place] += off
        numbers.requires_grad_()
        way = torch.stack([(2 * numbers[4]).cos(), (2 * numbers[4]).sin()])
        loss = 1 - nearness(numbers[:2], covariances(numbers[2:4], way), truth[:2], spread)
        loss.backward()

        assert numbers.grad is not None and float(numbers.grad[place]) * off > 0, (place, off)


@pytest.mark.extra
def test_a_detector_that_is_right_has_no_loss_of_boxes_and_angles() -> None:
    torch = pytest.importorskip("torch")
    from detectors.contract import DETECTORS, Target

    detector = DETECTORS["light_lite0-obb"](2, 64).train()
    truth = torch.tensor([[32.0, 30, 36, 12, 0.6]])
    target = Target(torch.from_numpy(enclosing(truth.double().numpy())).float(), torch.tensor([1]), None, truth)
    made = detector._of_maps

    def right(maps: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        logits, boxes, points, ways = made(maps)
        two = 2 * truth[0, 4]
        boxes = boxes * 0 + torch.cat([truth[0, :2] - truth[0, 2:4] / 2, truth[0, :2] + truth[0, 2:4] / 2])
        return logits, boxes, points, ways * 0 + 7 * torch.stack([two.cos(), two.sin()])

    detector._of_maps = right
    parts = detector.losses(torch.rand(1, 3, 64, 64), [target])

    assert parts["box"].item() < 0.01 and parts["angle"].item() < 1e-4 and parts["class"].item() > 0


@pytest.mark.extra
@pytest.mark.slow
def test_oriented_boxes_are_learned_exported_and_quantized(tmp_path: Path) -> None:
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

    data = bars(tmp_path / "data", 4)
    still = Augment(0, 0, 0, 0, 0, 0, 0, 0)
    recipe = replace(SMALL, detector="light_lite0-obb", steps=140, save_every=140, rate=4e-3, ema=0.9, augment=still)

    record = train(alone(data), recipe, tmp_path / "run", data)
    files = export(tmp_path / "run", tmp_path / "float", ("openvino", "onnx", "torchscript"))
    int8 = quantize(files[0], tmp_path / "int8", Calibration(str(tmp_path / "data"), 4, 0))

    model = load_model(tmp_path / "run")
    assert record["scores"]["by"] == "oriented boxes" and record["scores"]["summary"]["mAP50"] > 0.6, record["scores"]
    for file in files:
        gaps = parity(model, load_model(file), data.images)
        assert gaps.holds and gaps.compared, (file, gaps)
    scores = evaluate(data, predict(load_model(int8), data.images), resamples=0)
    assert scores.summary["mAP50"] > 0.5


@pytest.mark.extra
@pytest.mark.slow
def test_a_yolo_of_oriented_boxes_learns_its_pictures_by_heart(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if find_spec("ultralytics") is None:  # which is not imported here: it replaces functions of OpenCV and Pillow
        pytest.skip("ultralytics is not there")
    from detectors.batches import Batches
    from detectors.contract import DETECTORS
    from detectors.evaluate import evaluate
    from detectors.mix import alone
    from detectors.recipe import Recipe
    from detectors.runtime import of_detector, predict

    data, recipe = bars(tmp_path, 4), Recipe(batch=4, augment=Augment(0, 0, 0, 0, 0, 0, 0, 0))
    batch = Batches(alone(data).stages[0], Preprocess(64), recipe, range(1), finds="oriented boxes")[0]
    torch.manual_seed(0)
    detector = DETECTORS["yolo11n-obb"](2, 64).train()
    optimizer = torch.optim.AdamW(detector.parameters(), lr=2e-3)

    for _ in range(240):
        optimizer.zero_grad()
        sum(detector.losses(batch.images, batch.targets).values()).backward()
        torch.nn.utils.clip_grad_norm_(detector.parameters(), 10)
        optimizer.step()
    model = of_detector(detector, "yolo11n-obb", data.classes, Preprocess(64))
    scores = evaluate(data, predict(model, data.images), resamples=0)

    assert scores.summary["mAP50"] > 0.7, scores.summary


def test_overlap_is_of_upright_boxes_where_no_detection_is_turned(tmp_path: Path) -> None:
    truth = discs(tmp_path, 2)
    plain = [Detections(s.xyxy, np.array([0.9]), s.labels) for s in truth.images]

    share = overlap_of(truth, plain)(plain[0], truth.images[0], np.array([0]), np.array([False]))

    assert share.tolist() == [[1.0]]
