"""An explanation drawn: a row for each thing that was changed, its curve of scores beside the pictures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.preprocess import Image
from rendersdg.arrays import F8
from rendersdg.plain import Json
from rendersdg.steering.explain import Counterfactual, Explanation, Step, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROWS = 8  # things that are drawn, the most telling
_LEAST_SIDE = 64  # pixels of a picture that are shown around an object, at least
_MARGIN = 0.75  # of an object's longer side, around it
_INK, _FOUND, _MISSED, _NOW = "#1f2933", "#1b7f5c", "#b3362b", "#8a94a0"


def figure_of(explanation: Explanation, confidence: float, model: str) -> bytes:
    """Return a PNG: the score of an object along each thing that was changed, with the pictures above their values.

    Args:
        explanation: what was found.
        confidence: the score below which the object counts as missed.
        model: what the detector is called in the title.
    """
    from matplotlib import figure as figures

    able = [c for c in explanation.counterfactuals if c.scores]
    rows, others = able[:_ROWS], able[_ROWS:]
    widest = max((len(c.steps) for c in rows), default=1)
    figure = figures.Figure(
        figsize=(4.2 + 1.25 * widest, 1.0 + 1.75 * max(len(rows), 1)), dpi=110, layout="constrained"
    )
    figure.suptitle(
        f"What {model} sees of the {explanation.label} in frame {explanation.frame} ({explanation.camera}): "
        f"score {explanation.score:.2f} as rendered, missed below {confidence:g}",
        color=_INK,
        fontsize=11,
    )
    grid = figure.add_gridspec(max(len(rows), 1), widest + 3)
    for k, one in enumerate(rows):
        _curve(figure.add_subplot(grid[k, :3]), one, confidence)
        for n, step in enumerate(one.steps):
            _picture(figure.add_subplot(grid[k, 3 + n]), one, step, confidence)
    if others:
        names = ", ".join(c.name for c in others[:10]) + (", ..." if len(others) > 10 else "")
        figure.supxlabel(f"and {len(others)} more that matter less, in explain.json: {names}", fontsize=8, color=_INK)
    if not rows:
        figure.text(0.5, 0.4, "nothing could be changed", ha="center")
    data = io.BytesIO()
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def _curve(axes: Axes, one: Counterfactual, confidence: float) -> None:
    steps = [(k, s) for k, s in enumerate(one.steps) if s.score is not None]
    numbers = all(isinstance(s.value, (int, float)) for _, s in steps)
    x: list[float] = [float(s.value) if numbers else k for k, s in steps]
    y = one.scores
    axes.axhspan(0, confidence, color=_MISSED, alpha=0.07, lw=0)
    axes.axhline(confidence, color=_MISSED, lw=0.8, ls="--")
    if numbers:
        axes.plot(x, y, color=_INK, lw=1.2)
    axes.scatter(x, y, c=[_FOUND if v >= confidence else _MISSED for v in y], s=22, zorder=3)
    now = [at for at, (_, s) in zip(x, steps) if s.value == one.now]
    for at in now:
        axes.axvline(at, color=_NOW, lw=1.0, ls=":")
    axes.set_ylim(-0.03, 1.03)
    if one.is_log and numbers and min(x) > 0:
        axes.set_xscale("log")
        axes.set_xticks(x, [shown(v) for v in x])
        axes.minorticks_off()
    axes.set_ylabel("score", fontsize=8)
    axes.set_title(f"{one.name} ({one.unit})", fontsize=9, loc="left", color=_INK)
    axes.tick_params(labelsize=7)
    if not numbers:
        axes.set_xticks(x, [shown(s.value)[-14:] for _, s in steps], rotation=20, ha="right")
    axes.spines[["top", "right"]].set_visible(False)


def _picture(axes: Axes, one: Counterfactual, step: Step, confidence: float) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    is_now = step.value == one.now
    title = f"{shown(step.value)}{' (now)' if is_now else ''}"
    axes.set_title(title, fontsize=7, color=_INK)
    if step.rgb is None:
        axes.text(0.5, 0.5, "cannot be\nmade so", ha="center", va="center", fontsize=7, transform=axes.transAxes)
        axes.set_xlabel("", fontsize=7)
        return
    crop, box = _around(step)
    axes.imshow(crop, interpolation="nearest")
    is_found = step.score is not None and step.score >= confidence
    colour = _FOUND if is_found else _MISSED
    if box is not None:
        x0, y0, x1, y1 = box
        axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=colour, lw=1.0)
    told = "not visible" if step.score is None else f"{step.score:.2f} {'found' if is_found else 'missed'}"
    axes.set_xlabel(told, fontsize=7, color=colour)
    for spine in axes.spines.values():
        spine.set_color(_NOW if is_now else "#d5dae0")


def _around(step: Step) -> tuple[Image, F8 | None]:
    """Return the square part of a picture around the object, and its box in that; all of the picture without one."""
    assert step.rgb is not None
    height, width = step.rgb.shape[:2]
    if step.box is None:
        return step.rgb, None
    x0, y0, x1, y1 = step.box
    side = min(max((1 + 2 * _MARGIN) * max(x1 - x0, y1 - y0), _LEAST_SIDE), max(width, height))
    left = int(np.clip((x0 + x1 - side) / 2, 0, max(width - side, 0)))
    top = int(np.clip((y0 + y1 - side) / 2, 0, max(height - side, 0)))
    crop = step.rgb[top : top + int(side), left : left + int(side)]
    return crop, step.box - np.array(
        [left, top, left, top]
    ) - 0.5  # pixels of imshow have their centres at whole numbers


def as_json(explanation: Explanation, confidence: float) -> Json:
    """Return an explanation as plain values, without its pictures."""
    return {
        "frame": explanation.frame,
        "camera": explanation.camera,
        "label": explanation.label,
        "prim_path": explanation.prim_path,
        "score": explanation.score,
        "confidence": confidence,
        "changed": [_of_one(c, confidence) for c in explanation.counterfactuals],
    }


def _of_one(one: Counterfactual, confidence: float) -> dict[str, Any]:
    steps = [{"value": s.value, "score": s.score, **({"problem": s.problem} if s.problem else {})} for s in one.steps]
    return {
        "name": one.name,
        "unit": one.unit,
        "now": one.now,
        "span": one.span,
        "not_found_at": one.blind(confidence),
        "steps": steps,
    }
