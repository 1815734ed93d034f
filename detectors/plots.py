"""Plots of a run and of a study: loss, precision over recall, confusion, a sheet of predictions, learning curves."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detectors.detections import SURE, Detections
from detectors.drawing import prediction_sheet
from detectors.exchange import Row
from detectors.matching import average_precision, box_iou, match_class
from detectors.samples import Samples
from rendersdg.arrays import I8

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OVERLAP = 0.5  # least IoU of a detection with a true box


def _axes(width: float = 6, height: float = 4) -> tuple[Figure, Axes]:
    from matplotlib import figure as figures

    figure = figures.Figure(figsize=(width, height), dpi=120, layout="constrained")
    return figure, figure.subplots()


def draw_run(folder: Path, val: Samples, detections: Sequence[Detections], least: float = SURE) -> list[Path]:
    """Write loss.png, precision_recall.png, confusion.png and predictions.png into a run's folder; return their paths.

    ``detections`` are those of each image of ``val``; ``least`` is the score from which they are shown and counted.
    There is no loss.png where the run was too short to log.
    """
    drawn = [
        loss_curves(folder / "log.csv", folder / "loss.png"),
        precision_recall(val, detections, folder / "precision_recall.png"),
        confusion_plot(val, detections, folder / "confusion.png", least),
    ]
    sheet = folder / "predictions.png"
    sheet.write_bytes(cv2.imencode(".png", prediction_sheet(val, detections, least)[..., ::-1])[1].tobytes())
    return [d for d in drawn if d is not None] + [sheet]


def loss_curves(log: Path, out: Path) -> Path | None:
    """Draw the parts of the loss over the steps; nothing when the run was too short to log."""
    if not log.is_file():
        return None
    with log.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    figure, axes = _axes()
    for name in rows[0] if rows else ():
        if name not in ("step", "rate", "gradient"):
            axes.plot([int(r["step"]) for r in rows], [float(r[name]) for r in rows], label=name)
    axes.set(xlabel="step", ylabel="loss", ylim=(0, None))
    axes.legend()
    figure.savefig(out)
    return out


def precision_recall(val: Samples, detections: Sequence[Detections], out: Path) -> Path:
    """Draw precision over recall at IoU 0.5 for each class into the file ``out`` and return it.

    ``detections`` are those of each image of ``val``.
    """
    figure, axes = _axes()
    for k, name in enumerate(val.classes):
        m = match_class(val.images, detections, k, np.array([_OVERLAP]))
        total = m.boxes.sum()
        if total:
            right, wrong = np.cumsum(m.right[0]), np.cumsum(~m.right[0] & m.counted[0])
            precision = right / np.maximum(right + wrong, 1)
            axes.plot(right / total, precision, label=f"{name} {average_precision(m)[0]:.2f}")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.01))
    axes.legend(fontsize=8)
    figure.savefig(out)
    return out


def confusion(val: Samples, detections: Sequence[Detections], least: float = SURE) -> I8:
    """Return (C + 1, C + 1) counts: true class by row, detected class by column, the last of each is background.

    Each detection of a score of at least ``least`` is laid to the true box that it overlaps most,
    IoU 0.5 or more, best score first.
    """
    background = len(val.classes)
    out = np.zeros((background + 1, background + 1), np.int64)
    for sample, one in zip(val.images, detections):
        sure = one.scores >= least
        xyxy, labels = one.xyxy[sure], one.labels[sure]
        overlap = box_iou(xyxy, sample.xyxy) if len(sample.xyxy) else np.zeros((len(xyxy), 0))
        free = np.ones(len(sample.xyxy), bool)
        for d in range(len(xyxy)):
            row = np.where(free, overlap[d], 0)
            if row.size and row.max() >= _OVERLAP:
                best = int(row.argmax())
                free[best] = False
                out[sample.labels[best], labels[d]] += 1
            else:
                out[background, labels[d]] += 1
        for label in sample.labels[free]:
            out[label, background] += 1
    return out


def confusion_plot(val: Samples, detections: Sequence[Detections], out: Path, least: float = SURE) -> Path:
    """Draw :func:`confusion` of ``detections`` of each image of ``val`` into the file ``out`` and return it."""
    counts = confusion(val, detections, least)
    names = [*val.classes, "background"]
    side = 2.5 + 0.6 * len(names)
    figure, axes = _axes(side, side * 0.85)
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for y, x in np.ndindex(*counts.shape):
        if counts[y, x]:
            axes.text(
                x,
                y,
                str(counts[y, x]),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if share[y, x] > 0.5 else "black",
            )
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set(xlabel="found", ylabel="true")
    figure.savefig(out)
    return out


def learning_curves(rows: Sequence[Row], out: Path) -> Path:
    """Draw mAP50 over the number of real images into the file ``out`` and return it.

    Each arm of ``rows`` is a line with intervals; arms without real images are levels.
    """
    figure, axes = _axes(6.5, 4.2)
    arms = list(dict.fromkeys(r.arm for r in rows))
    for k, arm in enumerate(arms):
        own = [r for r in rows if r.arm == arm]
        middle = [100 * r.map50 for r in own]
        colour = f"C{k}"
        if own[0].images == 0:
            axes.axhline(middle[0], color=colour, ls=":", label=f"{arm} (no real image)")
            continue
        low = [m - 100 * r.map50_interval[0] for m, r in zip(middle, own)]
        high = [100 * r.map50_interval[1] - m for m, r in zip(middle, own)]
        errors = np.maximum([low, high], 0)
        axes.errorbar([r.images for r in own], middle, errors, marker="o", capsize=3, color=colour, label=arm)
    axes.set(xscale="log", xlabel="real images", ylabel="mAP50 on real images (%)", ylim=(0, None))
    ticks = sorted({r.images for r in rows if r.images})
    axes.set_xticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(out)
    return out
