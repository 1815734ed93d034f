"""Detections drawn for people: boxes with a dark edge, masks filled, labels that do not hide each other, a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.detections import SURE, Detections
from detectors.masks import crop_of
from detectors.oriented import corners_of, of_sample
from detectors.preprocess import Image, read_rgb
from detectors.samples import Rle, Sample, Samples
from rendersdg.arrays import F8, I8, U1
from rendersdg.colour import LUMA, label_colour
from rendersdg.english import counted
from rendersdg.lettering import Colour, extent, fitted, ink_on, is_drawable, size_for, write

_LEAST_SIDE = 640  # pixels: smaller pictures are enlarged by a whole factor, for labels to fit
_LEAST_WIDTH = 240  # pixels: narrower pictures have empty ground beside them, for labels to fit
_LEAST_LABEL = 200  # pixels that a label may be wide, if the picture is; else half of the picture
_LEAST_LIGHT = 110  # 0 to 255, of a class's colour
_GROUND = (24, 24, 24)
_WHITE = (255, 255, 255)
_PALE = (190, 190, 190)
_FINE = 4  # bits below a pixel, in which oriented boxes are drawn
_FILLED = 0.45  # of a mask's colour over the picture
_MOST_LABELS = 200  # boxes of one picture that have a label; with more of them it shows letters alone


@dataclass(frozen=True, slots=True)
class Look:
    """How boxes are drawn: ``scale`` pixels of the picture drawn for each of the image, ``line`` and ``letters`` px."""

    scale: float
    line: int
    letters: int

    @classmethod
    def of(cls, image: Image, scale: float) -> Look:
        """Return what suits an image of that size."""
        side = min(image.shape[:2])
        return cls(scale, max(2, round(side / 320)), size_for(image.shape))


def class_colour(label: int) -> Colour:
    """Return the colour of a class by its number, the same in pictures, sheets, plots and pages.

    It has the hue of :func:`rendersdg.colour.label_colour`; dark ones are lightened, for they stand on dark edges.
    """
    colour: F8 = np.array(label_colour(int(label) + 2)[:3], float)
    while float(colour @ LUMA) < _LEAST_LIGHT:
        colour += (255 - colour) * 0.1
    red, green, blue = colour.round().astype(int).tolist()
    return red, green, blue


def class_name(classes: Sequence[str], label: int) -> str:
    """Return the name of a class; ``class 3`` for one that the font has no letters for, or that has no name."""
    name = classes[label] if label < len(classes) else ""
    return name if name.strip() and is_drawable(name) else f"class {label}"


def without_letters(classes: Sequence[str]) -> str:
    """Return what to say of classes that are drawn as ``class 3`` because the font has no letters for them, or nothing.

    >>> without_letters(["scratch"])
    ''
    """
    missing = [f"{name!r} as class {k}" for k, name in enumerate(classes) if class_name(classes, k) != name]
    return f"the font lacks letters of some classes; pictures show {', '.join(missing)}" if missing else ""


def draw_detections(
    image: Image, detections: Detections, classes: Sequence[str], least: float, name: str = "", scale: int = 0
) -> bytes:
    """Return a PNG of an image with its boxes, and below it its name and a legend.

    Args:
        image: (H, W, 3) uint8 RGB; it stays as it is.
        detections: boxes in its pixels.
        classes: names, by label.
        least: score, 0 to 1, from which a box is drawn.
        name: what stands below it, the file's as a rule.
        scale: by which it is enlarged; 0 to enlarge a small one until its longer side has 640 pixels.
    """
    scale = scale or max(1, round(_LEAST_SIDE / max(image.shape[:2])))
    canvas = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST) if scale > 1 else image.copy()
    beside = ((0, 0), (0, max(_LEAST_WIDTH - canvas.shape[1], 0)), (0, 0))
    canvas = np.pad(canvas, beside, constant_values=_GROUND[0]).astype(np.uint8)
    sure = detections.scores >= least
    look = Look.of(canvas, scale)
    draw_boxes(canvas, detections.where(sure), classes, look)
    found = counted(int(sure.sum()), "box")
    legend = legend_strip(
        canvas.shape[1], look.letters, detections.labels[sure], classes, [name, f"{found} of score {least:.2f} or more"]
    )
    return cv2.imencode(".png", np.concatenate([canvas, legend])[..., ::-1])[1].tobytes()


def draw_boxes(
    canvas: U1, found: Detections, classes: Sequence[str], look: Look, truth: Sequence[Sequence[float]] | F8 = ()
) -> None:
    """Draw boxes and their classes, in place, the best on top; masks are filled with their class's colour.

    A label stands above its box, or where it hides the fewest labels of better boxes.

    Args:
        canvas: (H, W, 3) uint8.
        found: boxes in pixels of the image that the canvas shows, best first.
        classes: names, by label.
        look: how.
        truth: true boxes (N, 4), or the corners (N, 4, 2) of oriented ones, in pixels of the image, drawn thin and
            white.
    """
    corners = (found.xyxy * look.scale).round().astype(int)
    for mask, label in list(zip(found.masks or (), found.labels.tolist()))[::-1]:
        fill(canvas, mask, class_colour(label), look)
    if found.oriented is not None:
        shapes = corners_of(found.oriented) * look.scale
        for shape, label in list(zip(shapes, found.labels.tolist()))[::-1]:
            outline_polygon(canvas, shape, look.line + 2, (0, 0, 0))
            outline_polygon(canvas, shape, look.line, class_colour(label))
    upright = corners.tolist() if found.oriented is None else []
    for (x0, y0, x1, y1), label in list(zip(upright, found.labels.tolist()))[::-1]:
        # the edge is dark outside and of the class's colour inside: it stands out from any ground
        line = look.line if found.masks is None else 1  # a mask has an edge of its own
        outline(canvas, (x0, y0, x1, y1), line + 2, (0, 0, 0))
        outline(canvas, (x0 + 1, y0 + 1, x1 - 1, y1 - 1), line, class_colour(label))
    true: F8 = np.asarray(truth, np.float64) * look.scale
    for shape in true if true.ndim == 3 else ():
        outline_polygon(canvas, shape, 3, (0, 0, 0))
        outline_polygon(canvas, shape, 1, _WHITE)
    for x0, y0, x1, y1 in (true.reshape(-1, 4) if true.ndim < 3 else true[:0, 0]).round().astype(int).tolist():
        outline(canvas, (x0 - 1, y0 - 1, x1 + 1, y1 + 1), 1, (0, 0, 0))
        outline(canvas, (x0, y0, x1, y1), 1, _WHITE)
    taken: list[tuple[int, int, int, int]] = []
    for box, score, label in list(zip(corners.tolist(), found.scores.tolist(), found.labels.tolist()))[:_MOST_LABELS]:
        taken.append(_put(canvas, f"{class_name(classes, label)} {score:.2f}", box, class_colour(label), taken, look))


def fill(canvas: U1, mask: Rle, colour: Colour, look: Look) -> None:
    """Lay a colour over the pixels of a mask, so that they are still seen, and draw its edge, in place."""
    left, top, part = crop_of(mask)
    x0, y0 = round(left * look.scale), round(top * look.scale)
    width, height = (max(round(side * look.scale), 1) for side in part.shape[::-1])
    ground = canvas[y0 : y0 + height, x0 : x0 + width]
    if not part.size or not ground.size:
        return
    drawn = cv2.resize(part.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    inside = drawn[: ground.shape[0], : ground.shape[1]] > 0
    mixed = ground[inside] * (1 - _FILLED) + np.array(colour, float) * _FILLED
    ground[inside] = mixed.round().astype(np.uint8)
    edges, _ = cv2.findContours(drawn, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    whole = np.ascontiguousarray(canvas)  # OpenCV draws into whole arrays alone
    for line, ink in ((look.line + 2, (0, 0, 0)), (look.line, colour)):  # as boxes: dark outside
        cv2.drawContours(whole, edges, -1, ink, line, offset=(x0, y0))
    if whole is not canvas:
        canvas[:] = whole


def outline_polygon(canvas: U1, points: F8, width: int, colour: Colour) -> None:
    """Draw the edge of a polygon (K, 2), pixels of the canvas, with a line of ``width`` pixels, in place."""
    whole = np.ascontiguousarray(canvas)  # OpenCV draws into whole arrays alone
    fine = 2**_FINE  # it counts from pixel centres, in parts of pixels
    places = np.clip((points - 0.5) * fine, -(2**30), 2**30).round().astype(np.int32)
    cv2.polylines(whole, [places], True, colour, width, cv2.LINE_AA, _FINE)
    if whole is not canvas:
        canvas[:] = whole


def outline(canvas: U1, xyxy: tuple[int, int, int, int], width: int, colour: Colour) -> None:
    """Draw a rectangle's edge, ``width`` pixels inwards from its corners (right and bottom exclusive), in place."""
    x0, x1 = (int(np.clip(v, 0, canvas.shape[1])) for v in (xyxy[0], xyxy[2]))
    y0, y1 = (int(np.clip(v, 0, canvas.shape[0])) for v in (xyxy[1], xyxy[3]))
    if x1 <= x0 or y1 <= y0:
        return
    wide, high = min(width, x1 - x0), min(width, y1 - y0)
    canvas[y0 : y0 + high, x0:x1] = colour
    canvas[y1 - high : y1, x0:x1] = colour
    canvas[y0:y1, x0 : x0 + wide] = colour
    canvas[y0:y1, x1 - wide : x1] = colour


def _put(
    canvas: U1, text: str, box: list[int], colour: Colour, taken: list[tuple[int, int, int, int]], look: Look
) -> tuple[int, int, int, int]:
    """Write a label at the place that hides the fewest labels, and return that place."""
    height, width = canvas.shape[:2]
    text = fitted(text, min(width - 6, max(width // 2, _LEAST_LABEL)), look.letters)
    w, h = extent(text, look.letters)
    w += 6
    x0, y0, x1, y1 = box
    places = [(x0, y0 - h), (x0, y0), (x0, y1), (x0, y1 - h), (x1 - w, y0 - h), (x1 - w, y1), (x1, y0), (x0 - w, y0)]
    best, fewest = (0, 0, w, h), float("inf")
    for x, y in places:
        left, top = min(max(x, 0), max(width - w, 0)), min(max(y, 0), max(height - h, 0))
        place = (left, top, left + w, top + h)
        # where the edge of the picture moves a label it may come to lie over its box: worth less than a free place
        hidden = sum(_shared(place, other) for other in taken) + (abs(left - x) + abs(top - y)) / 4
        if hidden < fewest:
            best, fewest = place, hidden
    left, top, right, bottom = best
    canvas[top:bottom, left:right] = colour
    write(canvas, text, left + 3, top, look.letters, ink_on(colour))
    return best


def _shared(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> int:
    return max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)


def legend_strip(width: int, letters: int, labels: I8, classes: Sequence[str], lines: Sequence[str]) -> U1:
    """Return what stands below a picture, (h, ``width``, 3) uint8: lines of text, then each class with its colour.

    Args:
        width: of the picture, pixels.
        letters: the size of the font, pixels.
        labels: (N,) int64 of the boxes drawn, which are counted; classes without a box are left out.
        classes: names, by label.
        lines: texts above the classes; empty ones are left out.
    """
    high, gap = extent("Ag", letters)[1], max(letters // 3, 4)
    kinds, counts = np.unique(labels, return_counts=True)
    entries = [(class_colour(int(k)), f"{class_name(classes, int(k))}: {n}") for k, n in zip(kinds, counts)]
    rows: list[list[tuple[Colour | None, str]]] = [[(None, text)] for text in _wrapped(lines, width - 2 * gap, letters)]
    room = 0
    for colour, text in entries:
        text = fitted(text, width - 5 * gap - letters, letters)
        takes = letters + gap + extent(text, letters)[0] + 2 * gap
        if takes > room:
            rows.append([])
            room = width - 2 * gap
        rows[-1].append((colour, text))
        room -= takes
    strip = np.full((len(rows) * (high + 2) + 2 * gap, width, 3), _GROUND, np.uint8)
    for number, row in enumerate(rows):
        x, y = gap, gap + number * (high + 2)
        for swatch, text in row:
            if swatch is not None:
                strip[y + (high - letters) // 2 :, x:][:letters, :letters] = swatch
                x += letters + gap
            write(strip, text, x, y, letters, _PALE if swatch is None else _WHITE)
            x += extent(text, letters)[0] + 2 * gap
    return strip


def _wrapped(lines: Sequence[str], width: int, letters: int) -> list[str]:
    """Return texts side by side in as few lines as they fit into, each shortened to the width."""
    rows: list[str] = []
    for text in filter(None, lines):
        joined = f"{rows[-1]}; {text}" if rows else text
        if rows and extent(joined, letters)[0] <= width:
            rows[-1] = joined
        else:
            rows.append(fitted(text, width, letters))
    return rows


def prediction_sheet(
    val: Samples, detections: Sequence[Detections], least: float = SURE, most: int = 16, side: int = 320
) -> U1:
    """Return a sheet (H, W, 3) uint8 of images spread over a set, with their names and a legend.

    True boxes are thin and white, detections thick and of their class's colour.

    Args:
        val: the images.
        detections: of each of them.
        least: score, 0 to 1, from which a box is drawn.
        most: how many images are drawn.
        side: the longer side of each, pixels.
    """
    count = len(val.images)
    picks = sorted({int(k) for k in np.linspace(0, count - 1, min(most, count))})
    shown = [detections[k].labels[detections[k].scores >= least] for k in picks]
    tiles = [_tile(val.images[k], detections[k], val.classes, least, side) for k in picks]
    columns = int(np.ceil(np.sqrt(len(tiles)))) or 1
    height = max((len(t) for t in tiles), default=1)
    tiles = [np.concatenate([t, np.full((height - len(t), side, 3), _GROUND, np.uint8)]) for t in tiles]
    tiles += [np.full((height, side, 3), _GROUND, np.uint8)] * (-len(tiles) % columns)
    bar = np.full((height, 4, 3), _GROUND, np.uint8)
    rows = [
        np.concatenate([p for t in tiles[k : k + columns] for p in (t, bar)], axis=1)
        for k in range(0, len(tiles), columns)
    ]
    width = rows[0].shape[1] if rows else side
    text = [
        f"{len(picks)} of {counted(count, 'image')}",
        "thin and white: true",
        f"coloured: found, score {least:.2f} or more",
    ]
    labels = np.concatenate(shown) if shown else np.zeros(0, np.int64)
    return np.concatenate([*rows, legend_strip(width, 13, labels, val.classes, text)], axis=0)


def _tile(sample: Sample, found: Detections, classes: Sequence[str], least: float, side: int) -> U1:
    """Return an image ``side`` pixels wide with its boxes, and its name below it."""
    image = read_rgb(sample.file)
    scale = side / max(image.shape[:2])
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    canvas = np.ascontiguousarray(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
    )
    sure = found.scores >= least
    shown = found.where(sure)
    truth = sample.xyxy if found.oriented is None else corners_of(of_sample(sample))
    draw_boxes(canvas, shown, classes, Look(scale, 2, 12), truth)
    out = np.full((size[1], side, 3), _GROUND, np.uint8)
    out[:, : size[0]] = canvas
    return np.concatenate([out, legend_strip(side, 12, np.zeros(0, np.int64), classes, [sample.file.name])])
