"""Plots of a run and of a study: results over steps, precision and F1, confusion, predictions, learning curves."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detectors.confidence import curves, suggested
from detectors.detections import SURE, Detections
from detectors.drawing import class_colour, class_name, prediction_sheet
from detectors.exchange import Row
from detectors.matching import average_precision, match_class
from detectors.oriented import overlap_of
from detectors.samples import Samples
from rendersdg.arrays import I8
from rendersdg.english import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OVERLAP = 0.5  # least IoU of a detection with a true box


def _axes(width: float = 6, height: float = 4) -> tuple[Figure, Axes]:
    from matplotlib import figure as figures

    figure = figures.Figure(figsize=(width, height), dpi=120, layout="constrained")
    return figure, figure.subplots()


def draw_run(folder: Path, val: Samples, detections: Sequence[Detections], least: float = SURE) -> list[Path]:
    """Write plots and a sheet of predictions into a run's folder and return their paths.

    ``detections`` are those of each image of ``val``; ``least`` is the score from which they are shown and counted.
    There is no results.png where the run was too short to log.
    """
    drawn = [
        results_over_steps(folder, folder / "results.png"),
        precision_recall(val, detections, folder / "precision_recall.png"),
        f1_curves(val, detections, folder / "f1.png"),
        confusion_plot(val, detections, folder / "confusion.png", least),
    ]
    sheet = folder / "predictions.png"
    sheet.write_bytes(cv2.imencode(".png", prediction_sheet(val, detections, least)[..., ::-1])[1].tobytes())
    return [d for d in drawn if d is not None] + [sheet]


def results_over_steps(folder: Path, out: Path) -> Path | None:
    """Draw each loss, the scores of the checks and the rate over the steps; nothing when a run was too short to log.

    Args:
        folder: the run's, with ``log.csv`` and ``checks.csv``.
        out: the picture.
    """
    rows, checks = _rows(folder / "log.csv"), _rows(folder / "checks.csv")
    losses = [name for name in (rows[0] if rows else ()) if name not in ("step", "rate", "gradient")]
    panels = [(f"loss: {name}" if name != "loss" else "loss, whole", rows, [name], "loss") for name in losses]
    scores = ("mAP50", "mAP", "mask_mAP50", "mask_mAP")
    judged: list[str] = [name for name in scores if checks and name in checks[0]]
    panels += [("scores on the validation images (%)", checks, judged, "%")] if checks else []
    panels += [("learning rate", rows, ["rate"], "rate")] if losses else []
    if not panels:
        return None
    columns = min(len(panels), 3)
    lines = -(-len(panels) // columns)
    from matplotlib import figure as figures

    figure = figures.Figure(figsize=(4.2 * columns, 3.0 * lines), dpi=120, layout="constrained")
    for k, (title, table, names, unit) in enumerate(panels):
        axes = figure.add_subplot(lines, columns, k + 1)
        scale = 100 if unit == "%" else 1
        for name in names:
            points = [(int(r["step"]), scale * float(r[name])) for r in table if r.get(name)]
            marker = "o" if len(points) < 30 else None
            shown = {"mAP": "mAP50-95", "mask_mAP": "mask mAP50-95"}.get(name, name).replace("_", " ")
            axes.plot(*zip(*points) if points else ([], []), label=shown, marker=marker, markersize=3)
        top = max(5.0, axes.get_ylim()[1]) if unit == "%" else None  # a line at 0 % does not fill the plot
        axes.set(xlabel="step", ylabel=unit, title=title, ylim=(0, top))
        axes.grid(alpha=0.3)
        if len(names) > 1:
            axes.legend(fontsize=8)
    figure.suptitle(folder.name)
    figure.savefig(out)
    return out


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def f1_curves(val: Samples, detections: Sequence[Detections], out: Path) -> Path:
    """Draw F1 at IoU 0.5 over the confidence, for each class and their mean, into the file ``out`` and return it.

    ``detections`` are those of each image of ``val``. The best mean is marked: it is what ``predict`` starts from.
    """
    found, best = curves(val, detections), suggested(val, detections)
    figure, axes = _axes(6.5, 4.5)
    there = np.isfinite(found.recall[:, 0])
    for k in np.flatnonzero(there):
        axes.plot(found.scores, found.f1[k], lw=1, label=_name(val.classes, int(k)), color=_colour(int(k)))
    if there.any():
        axes.plot(found.scores, found.f1[there].mean(0), lw=2.5, color="black", label="mean")
    if best is not None:
        axes.axvline(best.value, color="grey", ls=":", label=f"best {best.f1:.2f} at {best.value:.2f}")
    axes.set(xlabel="confidence", ylabel="F1", xlim=(0, 1), ylim=(0, 1.01), title=f"F1 at IoU 0.5, {_on(val)}")
    _legend(axes, int(there.sum()) + 2)
    figure.savefig(out)
    return out


def _name(classes: Sequence[str], k: int) -> str:
    """Return a class's name as a legend shows it; one that begins with _ would be left out of it."""
    return class_name(classes, k).replace("$", r"\$").lstrip("_")[:40] or f"class {k}"


def _colour(k: int) -> str:
    return "#" + "".join(f"{v:02x}" for v in class_colour(k))


def _on(val: Samples) -> str:
    """Return which images a plot is of."""
    return f"{counted(len(val), 'image')} of {Path(val.name).name or 'a set'}".replace("$", r"\$")


def _legend(axes: Axes, entries: int) -> None:
    """Add a legend beside the plot when it has many entries, else inside; with more than fifty there is none."""
    if 0 < entries <= 12:
        axes.legend(fontsize=8)
    elif 0 < entries <= 50:
        axes.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.01, 0.5), ncols=1 + entries // 30)


def precision_recall(val: Samples, detections: Sequence[Detections], out: Path) -> Path:
    """Draw precision over recall at IoU 0.5 for each class into the file ``out`` and return it.

    ``detections`` are those of each image of ``val``.
    """
    figure, axes = _axes(6.5, 4.5)
    drawn, overlap = 0, overlap_of(val, detections)
    for k in range(len(val.classes)):
        m = match_class(val.images, detections, k, np.array([_OVERLAP]), overlap=overlap)
        total = m.boxes.sum()
        if total:
            right, wrong = np.cumsum(m.right[0]), np.cumsum(~m.right[0] & m.counted[0])
            precision = right / np.maximum(right + wrong, 1)
            label = f"{_name(val.classes, k)} {average_precision(m)[0]:.2f}"
            axes.plot(right / total, precision, label=label, color=_colour(k))
            drawn += 1
    title = f"precision over recall at IoU 0.5, {_on(val)}"
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.01), title=title)
    axes.grid(alpha=0.3)
    _legend(axes, drawn)
    figure.savefig(out)
    return out


def confusion(val: Samples, detections: Sequence[Detections], least: float = SURE) -> I8:
    """Return (C + 1, C + 1) counts: true class by row, detected class by column, the last of each is background.

    Each detection of a score of at least ``least`` is laid to the true box that it overlaps most,
    IoU 0.5 or more, best score first.
    """
    background, overlap_with = len(val.classes), overlap_of(val, detections)
    out = np.zeros((background + 1, background + 1), np.int64)
    for sample, one in zip(val.images, detections):
        sure = one.scores >= least
        shown, count = one.where(sure), len(sample.labels)
        labels = shown.labels
        overlap = overlap_with(shown, sample, np.arange(count), np.zeros(count, bool))
        free = np.ones(count, bool)
        for d in range(len(labels)):
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
    names = [*(_name(val.classes, k) for k in range(len(val.classes))), "background"]
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
    axes.set(xlabel="found", ylabel="true", title=f"boxes of confidence {least:.2f} or more\n{_on(val)}")
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
