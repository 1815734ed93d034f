"""Two BasicWriter datasets beside each other: what one calls an apple, does the other, at the same place?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F8, Mask
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from writers.basic import BasicReader, label_text

Row: TypeAlias = dict[str, Any]  # a box as BasicReader reads it: its label and sides, inclusive pixels
_BOXES = "bounding_box_2d_tight"
_MASK = "semantic_segmentation"
_DEPTHS = ("distance_to_camera", "distance_to_image_plane")
_LEAST_IOU = 0.1  # from which two boxes may be the same thing


@dataclass
class Parity:
    """What was found over all frames; lists grow frame by frame.

    ``boxes`` holds (label, IoU, largest distance of a side in pixels) of pairs, ``alone`` counts boxes without their
    like, ``masks`` {class: [pixels of both, pixels of either]}, ``depth`` relative differences of a sample of pixels,
    ``sky`` the share of pixels that only one sees as empty, ``colour`` (mean level of A minus B, distance of the
    histograms) of each channel.
    """

    frames: list[str] = field(default_factory=list)
    boxes: list[tuple[str, float, float]] = field(default_factory=list)
    alone: list[int] = field(default_factory=lambda: [0, 0])
    masks: dict[str, list[int]] = field(default_factory=dict)
    depth: list[F8] = field(default_factory=list)
    sky: list[float] = field(default_factory=list)
    colour: list[F8] = field(default_factory=list)

    @property
    def box_iou(self) -> float:
        """The median IoU of paired boxes; boxes without their like count as 0, no boxes at all as NaN."""
        values = [iou for _, iou, _ in self.boxes] + [0.0] * sum(self.alone)
        return float(np.median(values)) if values else float("nan")

    @property
    def mask_iou(self) -> float:
        """The mean IoU over classes, NaN without masks."""
        return float(np.mean([b / max(e, 1) for b, e in self.masks.values()])) if self.masks else float("nan")


def compare(a: Path, b: Path, on_frame: Callable[[str], None] = lambda frame: None) -> Parity:
    """Return how the frames that two BasicWriter folders share compare; ``tell`` is given each frame.

    Raises DatasetError when they share none, or a file cannot be read.
    """
    one, other = BasicReader(a), BasicReader(b)
    pairs = _shared(one, other)
    if not pairs:
        raise DatasetError(f"{a} and {b} share no frame of {_BOXES}, {_MASK}, rgb or {' or '.join(_DEPTHS)}")
    parity = Parity()
    for frame, ours, theirs, both in pairs:
        try:
            _frame(parity, one, other, ours, theirs, both)
        except (OSError, ValueError, KeyError, TypeError, json.JSONDecodeError) as error:
            raise DatasetError(f"frame {frame} of {a} or {b} cannot be read ({type(error).__name__} {error})") from None
        parity.frames.append(frame)
        on_frame(frame)
    return parity


def markdown(parity: Parity) -> str:
    """Return the comparison for people."""
    lines = [counted(len(parity.frames), "frame"), "", "| what | compared | result |", "|---|---|---|"]
    if parity.boxes or sum(parity.alone):
        apart = np.array([d for _, _, d in parity.boxes] or [np.nan])
        lines.append(
            f"| boxes | {len(parity.boxes)} pairs, {parity.alone[0]} and {parity.alone[1]} without their like | "
            f"median IoU {parity.box_iou:.3f}; "
            f"a side at most {np.median(apart):.1f} px apart in half of them, {np.quantile(apart, 0.95):.1f} in 95 % |"
        )
    for name, (both, either) in sorted(parity.masks.items()):
        lines.append(f"| mask of {name} | {either:,} pixels | IoU {both / max(either, 1):.3f} |")
    if parity.depth:
        depth = np.concatenate(parity.depth)
        lines.append(
            f"| depth | {len(depth):,} pixels sampled | {np.median(depth):.2%} off in half of them, "
            f"{np.quantile(depth, 0.95):.2%} in 95 %; {np.mean(parity.sky):.2%} empty in one alone |"
        )
    if parity.colour:
        level, distance = np.mean(parity.colour, axis=0)
        lines.append(
            f"| colour | {counted(len(parity.colour), 'image')} | red, green, blue "
            f"{', '.join(f'{v:+.1f}' for v in level)} levels; "
            f"histograms {', '.join(f'{v:.1f}' for v in distance)} levels apart |"
        )
    return "\n".join(lines) + "\n"


def _shared(one: BasicReader, other: BasicReader) -> list[tuple[str, str, str, set[str]]]:
    """Return (number, spelling in one, spelling in other, what both wrote) of each frame that has anything of both."""
    shared: dict[int, tuple[str, str, set[str]]] = {}
    for name in (_BOXES, _MASK, "rgb", *_DEPTHS):
        ours, theirs = ({int(f): f for f in reader.frames(name)} for reader in (one, other))
        for k in ours.keys() & theirs.keys():
            shared.setdefault(k, (ours[k], theirs[k], set()))[2].add(name)
    return [(str(k), *shared[k]) for k in sorted(shared)]


def _frame(parity: Parity, one: BasicReader, other: BasicReader, ours: str, theirs: str, both: set[str]) -> None:
    if _BOXES in both:
        _boxes(parity, one.boxes(_BOXES, ours), other.boxes(_BOXES, theirs))
    if _MASK in both:
        _masks(parity, _classes(one, ours), _classes(other, theirs))
    depth = next((name for name in _DEPTHS if name in both), None)
    if depth is not None:
        _depth(
            parity, *(np.asarray(reader.array(depth, f), np.float64) for reader, f in ((one, ours), (other, theirs)))
        )
    if "rgb" in both:
        _colour(parity, one.image("rgb", ours), other.image("rgb", theirs))


def _boxes(parity: Parity, ours: list[Row], theirs: list[Row]) -> None:
    """Pair boxes of the same label, those that overlap most first."""
    pairs = sorted(
        (
            (_iou(a, b), i, k)
            for i, a in enumerate(ours)
            for k, b in enumerate(theirs)
            if label_text(a["label"]) == label_text(b["label"])
        ),
        reverse=True,
    )
    left, right = set(range(len(ours))), set(range(len(theirs)))
    for iou, i, k in pairs:
        if iou >= _LEAST_IOU and i in left and k in right:
            left.remove(i)
            right.remove(k)
            apart = max(abs(ours[i][side] - theirs[k][side]) for side in ("x_min", "y_min", "x_max", "y_max"))
            parity.boxes.append((label_text(ours[i]["label"]), iou, float(apart)))
    parity.alone[0] += len(left)
    parity.alone[1] += len(right)


def _iou(a: Row, b: Row) -> float:
    """Return the IoU of two boxes whose sides are inclusive, as Replicator's are."""
    width = min(a["x_max"], b["x_max"]) - max(a["x_min"], b["x_min"]) + 1
    height = min(a["y_max"], b["y_max"]) - max(a["y_min"], b["y_min"]) + 1
    shared = max(width, 0) * max(height, 0)
    areas = [max(x["x_max"] - x["x_min"] + 1, 0) * max(x["y_max"] - x["y_min"] + 1, 0) for x in (a, b)]
    return shared / (sum(areas) - shared) if shared else 0.0


def _classes(reader: BasicReader, frame: str) -> Iterator[tuple[str, Mask]]:
    """Yield each class of a colourised segmentation and its pixels; ``(r, g, b,
    a)`` is how Replicator spells a colour.
    """
    image = np.asarray(reader.image(_MASK, frame))
    for colour, label in reader.table(f"{_MASK}_labels", frame).items():
        wanted = [int(v) for v in colour.strip("()").split(",")]
        yield label_text(label), (image[..., : len(wanted)] == wanted[: image.shape[-1]]).all(-1)


def _masks(parity: Parity, ours: Iterator[tuple[str, Mask]], theirs: Iterator[tuple[str, Mask]]) -> None:
    left, right = _joined(ours), _joined(theirs)
    for name in left.keys() | right.keys():
        a, b = left.get(name), right.get(name)
        if a is not None and b is not None and a.shape != b.shape:
            raise ValueError(f"masks of {a.shape} and {b.shape}")
        both = int((a & b).sum()) if a is not None and b is not None else 0
        either = sum(int(m.sum()) for m in (a, b) if m is not None) - both
        if either:
            counts = parity.masks.setdefault(name, [0, 0])
            counts[0] += both
            counts[1] += either


def _joined(masks: Iterator[tuple[str, Mask]]) -> dict[str, Mask]:
    out: dict[str, Mask] = {}
    for name, mask in masks:
        out[name] = out[name] | mask if name in out else mask
    return out


def _depth(parity: Parity, ours: F8, theirs: F8) -> None:
    if ours.shape != theirs.shape:
        raise ValueError(f"depth of {ours.shape} and {theirs.shape}")
    seen, other = (np.isfinite(d) & (d > 0) for d in (ours, theirs))
    both = seen & other
    parity.sky.append(float((seen != other).mean()))
    off = np.abs(ours[both] - theirs[both]) / theirs[both]
    parity.depth.append(off[:: max(len(off) // 10_000, 1)])


def _colour(parity: Parity, ours: NDArray[np.generic], theirs: NDArray[np.generic]) -> None:
    """Note how far the mean levels are apart, and the histograms:
    the area between their cumulated curves (Wasserstein).
    """
    a, b = (np.asarray(image)[..., :3].reshape(-1, 3) for image in (ours, theirs))
    apart = []
    for channel in range(3):
        curves = [np.cumsum(np.bincount(x[:, channel], minlength=256)) / len(x) for x in (a, b)]
        apart.append(np.abs(curves[0] - curves[1]).sum())
    parity.colour.append(np.array([a.mean(0) - b.mean(0), apart]))
