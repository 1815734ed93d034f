"""How good detections are: COCO's numbers, per class and size, with intervals over images;
image and pixel precision for defects.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.detections import MOST_DETECTIONS, Detections
from detectors.masks import coco_runs, has_masks, mask_overlap, pixels_of, unoutlined
from detectors.matching import IOUS, Matches, Overlap, average_precision, match_class
from detectors.oriented import corners_of, has_oriented, overlap_of
from detectors.samples import Rle, Samples, as_coco
from rendersdg.arrays import F8
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.plain import Json
from rendersdg.streams import generator
from writers.coco import fill_polygon

NAMES = (  # of COCO's twelve numbers, in its order
    "mAP",
    "mAP50",
    "mAP75",
    "mAP_small",
    "mAP_medium",
    "mAP_large",
    "AR1",
    "AR10",
    "AR100",
    "AR_small",
    "AR_medium",
    "AR_large",
)


@dataclass(frozen=True, slots=True)
class Scores:
    """``summary``: COCO's twelve numbers, NaN where there is nothing to find; ``per_class``: AP,
    AP50 and boxes of each class; of oriented boxes four of the twelve (:func:`oriented_numbers`), by the overlap of
    rectangles, and nothing of upright ones;

    ``intervals``: 95 % intervals of mAP, mAP50 and each class's AP50 (``AP50/<class>``), from resampling images (whole
    groups of them); ``image_ap`` and ``pixel_ap``: average precision of "this image (pixel) is defective", None where
    all are or none is. ``masks`` are the same scores by the overlap of masks, None where a detector finds boxes alone
    or an object of the truth has no mask.
    """

    summary: dict[str, float]
    per_class: dict[str, dict[str, float]]
    intervals: dict[str, tuple[float, float]]
    image_ap: float | None = None
    pixel_ap: float | None = None
    masks: Scores | None = None
    by: str = "boxes"  # or oriented boxes: whose overlap counts

    @property
    def best(self) -> dict[str, float]:
        """The summary that says how good a detector is: of masks where there are some."""
        return self.summary if self.masks is None else self.masks.summary

    def as_json(self) -> Json:
        """Return plain values; NaN becomes None."""
        of_masks = {} if self.masks is None else {"masks": _of_overlap(self.masks.as_json())}
        return {
            "summary": {k: _plain(v) for k, v in self.summary.items()},
            "per_class": {name: {k: _plain(v) for k, v in row.items()} for name, row in self.per_class.items()},
            "intervals": {k: [_plain(v) for v in pair] for k, pair in self.intervals.items()},
            "image_ap": self.image_ap,
            "pixel_ap": self.pixel_ap,
            **({"by": self.by} if self.by != "boxes" else {}),
            **of_masks,
        }

    def table(self) -> str:
        """Return the numbers as lines for people."""
        lines = [
            f"mAP {self.summary['mAP']:.3f}   mAP50 {self.summary['mAP50']:.3f}{self._interval('mAP50')}   AR100 "
            f"{self.summary['AR100']:.3f}"
        ]
        if self.image_ap is not None:
            lines[0] += f"   image AP {self.image_ap:.3f}"
        if self.pixel_ap is not None:
            lines[0] += f"   pixel AP {self.pixel_ap:.3f}"
        if self.by != "boxes":
            lines[0] += f"   by the overlap of {self.by}"
        width = max(map(len, self.per_class), default=5)
        lines.append(f"{'class':{width}}  boxes     AP   AP50")
        for name, row in self.per_class.items():
            interval = self._interval(f"AP50/{name}")
            lines.append(f"{name:{width}}  {row['boxes']:5.0f}  {row['AP']:.3f}  {row['AP50']:.3f}{interval}")
        if self.masks is not None:
            lines += ["masks:", self.masks.table()]
        return "\n".join(lines)

    def _interval(self, name: str) -> str:
        """Return an interval in brackets, after a space; nothing where none was drawn."""
        low, high = self.intervals.get(name, (float("nan"),) * 2)
        return "" if math.isnan(low) else f" [{low:.3f}, {high:.3f}]"


def _of_overlap(scores: Json) -> Json:
    """Return the part of scores that depends on how overlap is measured."""
    return {name: scores[name] for name in ("summary", "per_class", "intervals")}


def evaluate(
    truth: Samples, detections: Sequence[Detections], *, resamples: int = 1000, seed: int = 0, pixels: bool = False
) -> Scores:
    """Return the scores of detections.

    Args:
        truth: images with their boxes.
        detections: one :class:`Detections` for each image of ``truth``, in their order.
        resamples: draws of the bootstrap over images; 0 for no intervals.
        seed: of the bootstrap.
        pixels: whether the pixel precision is computed, too, from segmentations.

    Raises:
        BadArgument: there are more or fewer detections than images.
        DatasetError: the detections are oriented boxes, and an object has neither an outline nor a mask.

    Example::

        truth = read("coco:photos/val.json")
        scores = evaluate(truth, predict(load_model(Path("run")), truth.images))
        scores.summary["mAP50"], scores.intervals["mAP50"]
    """
    if len(detections) != len(truth.images):
        raise BadArgument(
            f"detections of {counted(len(detections), 'image')} for {counted(len(truth.images), 'image')}"
        )
    overlap = overlap_of(truth, detections)
    is_oriented = has_oriented(detections)
    masks = None
    if has_masks(detections) and not unoutlined(truth)[0]:
        masks = Scores(
            *coco_numbers(truth, detections, "segm"), _intervals(truth, detections, resamples, seed, mask_overlap)
        )
    return Scores(
        *(oriented_numbers(truth, detections, overlap) if is_oriented else coco_numbers(truth, detections)),
        _intervals(truth, detections, resamples, seed, overlap),
        image_precision(truth, detections),
        pixel_precision(truth, detections) if pixels else None,
        masks,
        "oriented boxes" if is_oriented else "boxes",
    )


def oriented_numbers(
    truth: Samples, detections: Sequence[Detections], overlap: Overlap | None = None
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return mAP, mAP50, mAP75 and AR100 by name, and AP, AP50 and the number of boxes of each class, by COCO's rules
    with the overlap of rectangles.

    Args:
        truth: images whose objects have outlines or masks.
        detections: of each image, in their order, with oriented boxes.
        overlap: what :func:`detectors.oriented.overlap_of` gave for both, where it is there.

    Raises:
        DatasetError: an object has neither an outline nor a mask.
    """
    overlap = overlap or overlap_of(truth, detections)
    counts = truth.counts()
    precisions, recalls, per_class = [], [], {}
    for k, name in enumerate(truth.classes):
        matches = match_class(truth.images, detections, k, overlap=overlap)
        own, total = average_precision(matches), int(matches.boxes.sum())
        per_class[name] = {"AP": float(own.mean()), "AP50": float(own[0]), "boxes": counts[name]}
        if total:
            precisions.append(own)
            recalls.append(float(matches.right.sum(1).mean()) / total)
    rows = np.mean(precisions, axis=0) if precisions else np.full(len(IOUS), np.nan)
    summary = {"mAP": rows.mean(), "mAP50": rows[0], "mAP75": rows[5], "AR100": np.mean(recalls or [np.nan])}
    return {name: float(value) for name, value in summary.items()}, per_class


def _intervals(
    truth: Samples, detections: Sequence[Detections], resamples: int, seed: int, overlap: Overlap
) -> dict[str, tuple[float, float]]:
    if not resamples:
        return {}
    matches = [match_class(truth.images, detections, k, overlap=overlap) for k in range(len(truth.classes))]
    return bootstrap(truth, matches, resamples, seed)


def as_results(detections: Sequence[Detections]) -> list[Json]:
    """Return detections as COCO results, images and categories numbered from 1 as
    :func:`detectors.samples.as_coco` does; masks are ``segmentation``, runs of the whole image, and oriented boxes too,
    as polygons of their four corners.
    """
    rows = []
    for k, one in enumerate(detections):
        masks: Sequence[Rle | list[list[float]] | None] = one.masks or (None,) * len(one.scores)
        if one.oriented is not None:
            masks = [[corners] for corners in corners_of(one.oriented).reshape(-1, 8).tolist()]
        found = zip(one.xyxy.tolist(), one.scores.tolist(), one.labels.tolist(), masks)
        for (x0, y0, x1, y1), score, label, mask in found:
            row = {"image_id": k + 1, "category_id": label + 1, "bbox": [x0, y0, x1 - x0, y1 - y0], "score": score}
            rows.append(row if mask is None else row | {"segmentation": mask})
    return rows


def coco_numbers(
    truth: Samples, detections: Sequence[Detections], by: Literal["bbox", "segm"] = "bbox"
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return COCO's twelve numbers by name, and AP, AP50 and the number of boxes of each class, by faster-coco-eval.

    Args:
        truth: images with their boxes.
        detections: of each image, in their order.
        by: the overlap of boxes, segmentations left aside; or of masks, which all objects and detections have.
    """
    from faster_coco_eval import COCO, COCOeval_faster

    with redirect_stdout(io.StringIO()):
        gt = COCO(_truth_of(truth, by))
        results = as_results(detections)
        for row in results:
            # COCO takes the size of what was found from its box where it has one
            row.pop("bbox" if by == "segm" else "segmentation", None)
        run = COCOeval_faster(gt, gt.loadRes(results), by, print_function=lambda *a, **k: None)
        run.params.maxDets = [1, 10, MOST_DETECTIONS]
        run.evaluate()
        run.accumulate()
        run.summarize()
    summary = {name: _nan(float(v)) for name, v in zip(NAMES, run.stats)}
    precision = run.eval["precision"][:, :, :, 0, -1]  # IoU, recall, class
    counts = truth.counts()
    per_class = {}
    for k, name in enumerate(truth.classes):
        own = precision[:, :, k]
        per_class[name] = {
            "AP": _nan(float(own.mean())),
            "AP50": _nan(float(own[0].mean())),
            "boxes": counts[name],
        }
    return summary, per_class


def _truth_of(truth: Samples, by: Literal["bbox", "segm"]) -> Json:
    """Return the set as COCO's code takes it: boxes alone, or masks as runs, whose pixels are the objects' areas."""
    content = as_coco(truth)
    if by == "bbox":
        for a in content["annotations"]:
            a.pop("segmentation", None)
        return content
    sizes = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    for a in content["annotations"]:
        a["segmentation"] = coco_runs(a.get("segmentation"), sizes[a["image_id"]])
        a["area"] = int(pixels_of(a["segmentation"]).sum())
    return content


def image_weights(truth: Samples, resamples: int, seed: int) -> Iterator[F8]:
    """Yield how often each image counts, (images,) float64, in each draw of groups with replacement.

    Args:
        truth: the images; those of a group are drawn together.
        resamples: how many draws.
        seed: of the draws: with one seed two detectors are judged on the same ones.
    """
    keys = {key: i for i, key in enumerate(dict.fromkeys(s.key for s in truth.images))}
    group = np.array([keys[s.key] for s in truth.images], np.int64)
    rng = generator(seed, "bootstrap", 0)
    for _ in range(resamples if keys else 0):
        # how often each group is drawn is the weight of its images: nothing is matched again
        yield np.bincount(rng.integers(0, len(keys), len(keys)), minlength=len(keys)).astype(float)[group]


def bootstrap(
    truth: Samples, matches: Sequence[Matches], resamples: int, seed: int, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Return percentile intervals (low, high) of mAP, mAP50 and each class's AP50, by name.

    The groups of images are drawn again with replacement (Efron's bootstrap).

    Args:
        truth: the images.
        matches: of each class, see :func:`detectors.matching.match_class`.
        resamples: how often.
        seed: of the draws.
        level: the share of draws between the two ends.
    """
    fifty: list[F8] = []
    whole: list[F8] = []
    for weights in image_weights(truth, resamples, seed):
        values = np.stack([average_precision(m, weights) for m in matches])
        fifty.append(values[:, 0])
        whole.append(values.mean(1))
    ends = [100 * (1 - level) / 2, 100 * (1 + level) / 2]

    def interval(rows: F8) -> tuple[float, float]:
        good = rows[np.isfinite(rows)]
        return (
            (float(np.percentile(good, ends[0])), float(np.percentile(good, ends[1])))
            if len(good)
            else (np.nan, np.nan)
        )

    at50, at_all = np.array(fifty), np.array(whole)
    out = {"mAP": interval(mean_of_rows(at_all)), "mAP50": interval(mean_of_rows(at50))}
    return out | {f"AP50/{name}": interval(at50[:, k]) for k, name in enumerate(truth.classes)}


def ap_at(truth: Samples, detections: Sequence[Detections], iou: float) -> float:
    """Return the mean over classes of average precision at one ``iou`` (0 to 1), e.g. 0.33 as DeepPCB counts.

    ``detections`` are those of each image of ``truth``. NaN where no class has a box.
    """
    overlap, ious = overlap_of(truth, detections), np.array([iou])
    rows = [
        average_precision(match_class(truth.images, detections, k, ious, overlap=overlap))[0]
        for k in range(len(truth.classes))
    ]
    return float(np.nanmean(rows)) if np.isfinite(rows).any() else float("nan")


def image_precision(truth: Samples, detections: Sequence[Detections]) -> float | None:
    """Return the average precision of an image's best score for its having a box; None where all have or none has.

    ``detections`` are those of each image of ``truth``.
    """
    defective = np.array([bool(len(s.labels)) for s in truth.images])
    if defective.all() or not defective.any():
        return None
    score = np.array([one.scores.max() if len(one.scores) else 0.0 for one in detections])
    return ranked_precision(score, defective.astype(float), np.ones(len(score)))


def pixel_precision(truth: Samples, detections: Sequence[Detections]) -> float | None:
    """Return the average precision over all pixels; a pixel's score is that of the best box over it.

    ``detections`` are those of each image of ``truth``, whose segmentations say which pixels are right. None where all
    are or none is.
    """
    scores: list[F8] = []
    right: list[F8] = []
    counts: list[F8] = []
    for sample, one in zip(truth.images, detections):
        width, height = sample.size_wh
        score = np.zeros((height, width))
        for k in range(len(one.scores))[::-1]:  # best last, on top
            (x0, y0, x1, y1), value = one.xyxy[k].round().astype(int), one.scores[k]
            if one.oriented is None:
                score[y0:y1, x0:x1] = np.maximum(score[y0:y1, x0:x1], value)
            else:
                inside = np.zeros(score.shape, np.uint8)
                fill_polygon(inside, corners_of(one.oriented[k : k + 1])[0])
                score[inside > 0] = np.maximum(score[inside > 0], value)
        values, place = np.unique(score, return_inverse=True)
        scores.append(np.asarray(values, float))
        counts.append(np.bincount(place.ravel(), minlength=len(values)).astype(float))
        right.append(np.bincount(place.ravel(), weights=sample.mask().ravel(), minlength=len(values)).astype(float))
    hits, total = np.concatenate(right), np.concatenate(counts)
    if hits.sum() in (0, total.sum()):
        return None
    return ranked_precision(np.concatenate(scores), hits, total)


def ranked_precision(score: F8, right: F8, count: F8) -> float:
    """Return average precision: the sum of precision times the step in recall, equal scores taken together.

    Args:
        score: (N,) float64, higher is surer.
        right: (N,) float64, how many of a row's items are right.
        count: (N,) float64, how many items a row stands for.
    """
    values, place = np.unique(-score, return_inverse=True)
    hits = np.cumsum(np.bincount(place, weights=right, minlength=len(values)))
    seen = np.cumsum(np.bincount(place, weights=count, minlength=len(values)))
    return float((np.diff(hits, prepend=0.0) * hits / seen).sum() / hits[-1])


def mean_of_rows(values: F8) -> F8:
    """Return the mean of each row of ``values`` (N, M) over what is there; NaN for a row of nothing."""
    there = np.isfinite(values)
    count = there.sum(1)
    return np.where(count > 0, np.where(there, values, 0).sum(1) / np.maximum(count, 1), np.nan)


def _nan(value: float) -> float:
    return float("nan") if value < 0 else value  # COCO says -1 where there is nothing to find


def _plain(value: float) -> float | None:
    return None if value != value else float(value)
