"""Pictures in a report: small, with their labels drawn over them as shapes that a reader of the page can ask."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.samples import Sample
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.reports.facts import Facts
from rendersdg.reports.silence import quiet_rgb
from rendersdg.web.markup import Markup, joined, tag

_SIDE = 320  # pixels of the longer side
_QUALITY = 72
_MOST_BOXES = 60  # that are drawn in one picture
_COLOURS = 6  # of the style sheet
# the ends first: of a set of two images they are all that is shown
_PERCENTILES = ((0, "least"), (100, "most"), (50, "median"), (25, "25th percentile"), (75, "75th percentile"))
_TEXT = 17  # pixels: names of classes
_MOST_NAMES = 8  # of boxes that are written into a picture; a pointer over a box shows the others


@dataclass(frozen=True, slots=True)
class Row:
    """A row of samples: what they are ordered by, and (words, place) of each."""

    title: str
    images: tuple[tuple[str, int], ...]


def percentiles(facts: Facts) -> tuple[Row, ...]:
    """Return samples from the least to the most of what matters, those that can be read."""
    count = len(facts.samples)
    boxes = facts.boxes
    objects = np.bincount(boxes.image, minlength=count).astype(float)
    size = np.full(count, np.nan)
    if len(boxes):
        total = np.bincount(boxes.image, np.sqrt(boxes.share), minlength=count)
        size = np.where(objects > 0, total / np.maximum(objects, 1), np.nan)
    asked = {
        "By brightness": (facts.pixels.values["brightness"], "mean grey level {:.0f}"),
        "By sharpness": (facts.pixels.values["sharpness"], "variance of the Laplacian {:.0f}"),
        "By number of objects": (objects, "{:.0f} labelled"),
        "By size of objects": (100 * size, "mean side {:.0f} % of the image's"),
    }
    rows = []
    for title, (values, words) in asked.items():
        usable = np.flatnonzero(np.isfinite(values) & facts.pixels.is_read)
        order = usable[np.argsort(values[usable], kind="stable")]
        if not len(order):
            continue
        picks: dict[int, str] = {}
        for percent, name in _PERCENTILES:
            picks.setdefault(round((len(order) - 1) * percent / 100), name)
        chosen = [(name, int(order[rank])) for rank, name in sorted(picks.items())]
        rows.append(Row(title, tuple((f"{name}: {words.format(values[k])}", k) for name, k in chosen)))
    return tuple(rows)


def picture(sample: Sample, classes: Sequence[str], name: str, marks: Sequence[int] = ()) -> Markup | None:
    """Return a picture with its labels as SVG, None where the file cannot be read.

    ``marks`` are the places of boxes that are drawn stronger than the others.
    """
    try:
        image = quiet_rgb(sample.file)
    except DatasetError:
        return None
    scale = min(_SIDE / max(image.shape[:2]), 8.0)
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(np.ascontiguousarray(image[..., ::-1]), size, interpolation=way)
    data = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])[1].tobytes()
    source = f"data:image/webp;base64,{base64.b64encode(data).decode()}"
    drawn = tag("image", href=source, width=size[0], height=size[1])
    # the labels' own size of the image: where it differs from the file's, boxes lie where a trainer would put them
    boxes = sample.xyxy * np.tile(np.array(size) / np.array(sample.size_wh), 2)
    order = [*marks, *(k for k in range(len(boxes)) if k not in set(marks))][:_MOST_BOXES]
    has_names = len(order) <= _MOST_NAMES
    shapes = joined(
        _box(boxes[k], int(sample.labels[k]), classes, k in marks, has_names or k in marks, size)
        for k in reversed(order)
    )
    view = f"0 0 {size[0]} {size[1]}"
    return tag("svg", drawn, shapes, viewBox=view, role="img", aria_label=_alt(sample, classes, name), class_="picture")


def _box(
    xyxy: np.ndarray, label: int, classes: Sequence[str], is_marked: bool, has_name: bool, size: tuple[int, int]
) -> Markup:
    x0, y0, x1, y1 = (float(f"{v:.1f}") for v in np.clip(xyxy, -9999, 9999))
    colour = f"c{label % _COLOURS}"
    rect = tag(
        "rect",
        tag("title", classes[label]),
        x=min(x0, x1),
        y=min(y0, y1),
        width=max(abs(x1 - x0), 1),
        height=max(abs(y1 - y0), 1),
        class_=f"box {colour}" + (" marked" if is_marked else ""),
    )
    if not has_name:
        return rect
    text = classes[label] if len(classes[label]) <= 24 else classes[label][:23] + "…"
    at = (min(max(x0, 0), max(size[0] - 10 * len(text), 0)) + 2, min(max(y0 - 3, _TEXT), size[1] - 3))
    return joined([rect, tag("text", text, x=f"{at[0]:.1f}", y=f"{at[1]:.1f}", class_=f"name {colour}")])


def _alt(sample: Sample, classes: Sequence[str], name: str) -> str:
    counts = Counter(classes[k] for k in sample.labels.tolist())
    objects = ", ".join(f"{count} {word}" for word, count in counts.most_common(8))
    more = f" ({_MOST_BOXES} drawn)" if len(sample.labels) > _MOST_BOXES else ""
    return f"{name}: {counted(len(sample.labels), 'object')}{more}" + (f": {objects}" if objects else "")
