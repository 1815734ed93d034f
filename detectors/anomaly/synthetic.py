"""Defects that no scene describes: blobs, stains, lines and pasted pieces on good photographs, with their masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from rendersdg.arrays import F4, U1, Mask

_LEAST = 6  # levels of 255 by which a pixel must change to count as defective
_FEWEST = 6  # pixels of a mask; fewer are tried again
_TRIES = 6
Drawn = tuple[F4, F4]  # what a defect shows (H, W, 3), 0 to 255, and how much of it (H, W), 0 to 1


def synthetic(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> tuple[U1, Mask]:
    """Return a photograph with a made defect, and the pixels (H, W) that changed by 6 levels or more.

    One of: clouds of another texture (DRAEM, Zavrtanik et al. 2021), a pasted piece (CutPaste, Li et al. 2021), a thin
    line, spots, or a region of another brightness.

    Args:
        photograph: (H, W, 3) uint8.
        others: good photographs of any size, whose pieces are used; one at least.
        rng: draws all.
    """
    kinds: Sequence[Callable[[U1, Sequence[U1], np.random.Generator], Drawn]] = (_clouds, _piece, _line, _spots, _shade)
    for _ in range(_TRIES):
        kind = kinds[int(rng.choice(len(kinds), p=(0.3, 0.15, 0.2, 0.2, 0.15)))]
        shows, cover = kind(photograph, others, rng)
        out = np.clip(np.round(photograph + cover[..., None] * (shows - photograph)), 0, 255).astype(np.uint8)
        mask = np.abs(out.astype(np.int16) - photograph).max(2) >= _LEAST
        if mask.sum() >= _FEWEST:
            closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
            return out, closed
    return photograph, np.zeros(photograph.shape[:2], bool)


def clouds(size_wh: tuple[int, int], cells: tuple[int, int], rng: np.random.Generator) -> F4:
    """Return smooth noise (H, W) float32 of mean 0 with about ``cells`` hills along each axis, in two octaves."""
    total = np.zeros(size_wh[::-1], np.float32)
    for octave in (1, 2):
        grid = rng.standard_normal((cells[1] * octave + 1, cells[0] * octave + 1)).astype(np.float32)
        total += np.asarray(cv2.resize(grid, size_wh, interpolation=cv2.INTER_CUBIC), np.float32) / octave
    return total


def _clouds(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> Drawn:
    """Another texture in a few blobs of any shape and size."""
    size = (photograph.shape[1], photograph.shape[0])
    cells = (int(2 ** rng.uniform(1, 5)), int(2 ** rng.uniform(1, 5)))
    noise = clouds(size, cells, rng)
    cover = (noise > np.quantile(noise, rng.uniform(0.8, 0.985))).astype(np.float32)
    near = _ellipse(size, (rng.uniform(0.1, 0.5) * size[0], rng.uniform(0.1, 0.5) * size[1]), rng)
    if (cover * near).any():
        cover *= near
    return _texture(photograph, others, rng), _soft(cover, rng) * np.float32(rng.uniform(0.3, 1))


def _piece(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> Drawn:
    """A turned rectangle of another photograph, or of another place in this one."""
    size = (photograph.shape[1], photograph.shape[0])
    long, short = _length(rng, 6, max(size) / 2), _length(rng, 3, max(size) / 4)
    centre = (rng.uniform(0, size[0]), rng.uniform(0, size[1]))
    corners = cv2.boxPoints((centre, (long, short), rng.uniform(0, 180)))
    cover = cv2.fillPoly(np.zeros(size[::-1], np.float32), [np.round(corners).astype(np.int32)], 1.0)
    return _texture(photograph, others, rng), np.asarray(cover, np.float32)


def _line(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> Drawn:
    """A thin line that wanders: a scratch, lighter, or a crack, darker."""
    size = (photograph.shape[1], photograph.shape[0])
    steps, turn = int(rng.integers(4, 24)), rng.uniform(0.02, 0.6)
    angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.standard_normal(steps) * turn)
    reach = _length(rng, 8, max(size) * 0.8) / steps
    path = np.cumsum(np.stack([np.cos(angles), np.sin(angles)], 1) * reach, 0)
    path += rng.uniform(0, 1, 2) * size - path.mean(0)
    cover = np.zeros(size[::-1], np.float32)
    fixed = np.round(path * 16).astype(np.int32)
    cv2.polylines(cover, [fixed], False, 1.0, int(rng.integers(1, 4)), cv2.LINE_AA, 4)
    return _dyed(photograph, rng), cover * np.float32(rng.uniform(0.4, 1))


def _spots(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> Drawn:
    """One to five small ellipses, darker or lighter, soft or crisp."""
    size = (photograph.shape[1], photograph.shape[0])
    cover = np.zeros(size[::-1], np.float32)
    for _ in range(int(rng.integers(1, 6))):
        radius = 2 ** rng.uniform(0.7, 4)
        cover = np.maximum(cover, _ellipse(size, (radius, radius * rng.uniform(0.4, 1)), rng))
    return _dyed(photograph, rng), _soft(cover, rng)


def _shade(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> Drawn:
    """A large region, a little darker or lighter, whose texture is smoothed."""
    size = (photograph.shape[1], photograph.shape[0])
    cover = _ellipse(size, (rng.uniform(0.1, 0.4) * size[0], rng.uniform(0.1, 0.4) * size[1]), rng)
    wobble = clouds(size, (6, 6), rng)
    cover = cv2.GaussianBlur(cover, (0, 0), 3) + 0.15 * wobble > 0.5
    smooth = cv2.GaussianBlur(photograph, (0, 0), float(rng.uniform(0.5, 6))).astype(np.float32)
    gain = 1 + rng.choice((-1, 1)) * rng.uniform(0.06, 0.35)
    return smooth * np.float32(gain), _soft(cover.astype(np.float32), rng)


def _dyed(photograph: U1, rng: np.random.Generator) -> F4:
    """Return the photograph darker or lighter, or one colour."""
    if rng.random() < 0.7:
        factor = 2 ** rng.uniform(0.3, 2)
        return photograph.astype(np.float32) * np.float32(factor if rng.random() < 0.35 else 1 / factor)
    return np.full(photograph.shape, _even(photograph, rng), np.float32)


def _even(photograph: U1, rng: np.random.Generator) -> F4:
    """Return one colour (3,), 0 to 255; grey for a grey photograph."""
    is_grey = bool((photograph[..., 0] == photograph[..., 2]).all())
    return np.asarray(np.full(3, rng.uniform(0, 255)) if is_grey else rng.uniform(0, 255, 3), np.float32)


def _texture(photograph: U1, others: Sequence[U1], rng: np.random.Generator) -> F4:
    """Return (H, W, 3) of another texture: a photograph moved, turned and brightened, or an even colour."""
    height, width = photograph.shape[:2]
    if rng.random() < 0.2:
        return np.full(photograph.shape, _even(photograph, rng), np.float32)
    source = others[int(rng.integers(len(others)))]
    turn = cv2.getRotationMatrix2D(
        (float(rng.uniform(0, source.shape[1])), float(rng.uniform(0, source.shape[0]))),
        float(rng.uniform(0, 360)),
        float(2 ** rng.uniform(-0.5, 2)),
    )
    turn[:, 2] += (width / 2 - source.shape[1] / 2, height / 2 - source.shape[0] / 2)
    moved = cv2.warpAffine(source, turn, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    mean = moved.mean()
    contrast, gain = 2 ** rng.uniform(-1, 1), 2 ** rng.uniform(-1, 0.7)
    return np.asarray(((moved - mean) * contrast + mean) * gain, np.float32)


def _length(rng: np.random.Generator, least: float, most: float) -> float:
    """Return a length in pixels, each factor as likely; in a small picture it may be smaller than ``least``."""
    return float(2 ** rng.uniform(np.log2(min(least, most)), np.log2(most)))


def _ellipse(size_wh: tuple[int, int], radii: tuple[float, float], rng: np.random.Generator) -> F4:
    """Return a turned ellipse at a random place, (H, W) float32, 1 inside."""
    cover = np.zeros(size_wh[::-1], np.float32)
    centre = (round(rng.uniform(0, size_wh[0]) * 16), round(rng.uniform(0, size_wh[1]) * 16))
    axes = (max(round(radii[0] * 16), 8), max(round(radii[1] * 16), 8))
    cv2.ellipse(cover, centre, axes, float(rng.uniform(0, 360)), 0, 360, 1.0, -1, cv2.LINE_AA, 4)
    return cover


def _soft(cover: F4, rng: np.random.Generator) -> F4:
    """Return a cover with an edge as soft as a lens makes it, or softer."""
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), float(2 ** rng.uniform(-1, 1.3))), np.float32)
