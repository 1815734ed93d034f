"""What a grey photograph of a surface is like, in numbers: level, light, bands, spectrum, grain."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from rendersdg.arrays import F8, U1, Mask
from rendersdg.assets.surfaces import DIRECTIONS, ROWS

Table = dict[str, F8]
Grounds = Sequence[Mask | None] | None
FEWEST = 8  # images of each kind from which on photographs and frames can be told apart
FINE = 3  # octaves from this one on are the surface's; wider ones hold light and defects too
_GRAIN = 3.0  # pixels: grain is what a Gaussian of this sigma takes away
_BAND = 8  # pixels: bands are column means smoothed by this
NAMES = (
    "mean",
    "deviation",
    "dark",
    "light",
    "white",
    "grain",
    "grain_x1",
    "grain_x2",
    "grain_x3",
    "grain_y1",
    "grain_y2",
    "grain_y3",
    "bands_x",
    "bands_y",
    "slope_x",
    "slope_y",
    "octave_1",
    "octave_2",
    "octave_3",
    "octave_4",
    "octave_5",
    "octave_6",
    "octave_7",
    "lean",
)


def statistics(image: U1, ground: Mask | None = None) -> dict[str, float]:
    """Return the statistics of a grey image (H, W), grey levels 0..255, lengths pixels, by :data:`NAMES`.

    ``dark`` and ``light`` are the 1st and 99th percentile, ``white`` the share of 254 and above; ``grain`` the
    deviation of the image less its blur by sigma 3 (where ``ground`` (H, W) says so, when it is given), ``grain_x1`` ..
    its correlation 1, 2, 3 px along x; ``bands_x`` the deviation of the column means smoothed by 8; ``slope_x`` the
    change of light over the frame; ``octave_k`` the deviation in 2^(k-1) to 2^k cycles a frame, of the central square;
    ``lean`` the energy of variation along x over that along y at 4 to 32 cycles.
    """
    grey = image.astype(np.float32)
    height, width = grey.shape
    values = {
        "mean": float(grey.mean()),
        "deviation": float(grey.std()),
        "dark": float(np.percentile(grey, 1)),
        "light": float(np.percentile(grey, 99)),
        "white": float((image >= 254).mean()),
    }
    grain = grey - cv2.GaussianBlur(grey, (0, 0), _GRAIN)
    keep = np.ones(grey.shape, bool) if ground is None or ground.mean() < 0.05 else ground
    values["grain"] = float(grain[keep].std())
    energy = max(float((grain[keep] ** 2).mean()), 1e-9)
    for k in (1, 2, 3):
        for axis in "xy":
            a, b = (np.s_[:, k:], np.s_[:, :-k]) if axis == "x" else (np.s_[k:], np.s_[:-k])
            both = keep[a] & keep[b]
            values[f"grain_{axis}{k}"] = float((grain[a] * grain[b])[both].mean()) / energy
    window = np.ones(_BAND, np.float32) / _BAND
    values["bands_x"] = float(np.convolve(grey.mean(0), window, "valid").std())
    values["bands_y"] = float(np.convolve(grey.mean(1), window, "valid").std())
    x, y = np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height)
    values["slope_x"] = float(np.polyfit(x, grey.mean(0), 1)[0])
    values["slope_y"] = float(np.polyfit(y, grey.mean(1), 1)[0])
    power, radius, angle = _power(image)
    for k in range(7):
        low, high = 2.0**k, 2.0 ** (k + 1) if k < 6 else min(height, width) / 2
        values[f"octave_{k + 1}"] = float(np.sqrt(power[(radius >= low) & (radius < high)].sum()))
    middle = (radius >= 4) & (radius < 32)
    values["lean"] = float(power[middle & (angle < 45)].sum() / max(power[middle & (angle > 45)].sum(), 1e-12))
    return values


def table(images: Sequence[U1], grounds: Grounds = None) -> Table:
    """Return each statistic over images, (N,) by name."""
    rows = [statistics(image, None if grounds is None else grounds[k]) for k, image in enumerate(images)]
    return {name: np.array([row[name] for row in rows]) for name in NAMES}


def spectra(images: Sequence[U1], grounds: Grounds = None) -> F8:
    """Return the power density (N, 14, 7) of grey images (H, W): half octaves of the central square by directions.

    Rows and columns are those of ``surfaces.hot_rolled``'s ``spectrum``; a cell that holds no frequency is NaN. Where
    ``grounds`` say what is bare surface (H, W), octaves from 8 cycles a frame are its alone.
    """
    shape = (ROWS[1], len(DIRECTIONS))
    density = np.empty((len(images), *shape))
    for k, image in enumerate(images):
        power, radius, angle = _power(image)
        ground = None if grounds is None else grounds[k]
        if ground is not None and 0.05 <= ground.mean() < 1:
            fine = radius >= 2**FINE
            power[fine] = _power(image, ground)[0][fine]
        row = np.floor(2 * np.log2(np.maximum(radius, 0.5))).astype(int)
        column = np.searchsorted((np.asarray(DIRECTIONS)[1:] + DIRECTIONS[:-1]) / 2, angle)
        inside = (radius >= 1) & (radius < min(image.shape) / 2) & (row < len(density[k]))
        cell = row[inside] * len(DIRECTIONS) + column[inside]
        total, count = (np.bincount(cell, w, np.prod(shape)) for w in (power[inside], None))
        with np.errstate(invalid="ignore", divide="ignore"):
            density[k] = np.maximum(total / count, 1e-12).reshape(shape)
    return density


def _power(image: U1, ground: Mask | None = None) -> tuple[F8, F8, F8]:
    """Return the power, frequency (cycles a side) and direction (degrees from the x axis) of the central square (S, S).

    With ``ground`` (H, W) it is that of the ground alone, less what is wider than an eighth of the side.
    """
    side = min(image.shape)
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    square = image[top : top + side, left : left + side].astype(np.float64)
    window = np.outer(np.hanning(side), np.hanning(side))  # without one the frame's edges leak into every octave
    if ground is None:
        square -= square.mean()
    else:
        bare = ground[top : top + side, left : left + side].astype(np.float64)
        broad = cv2.GaussianBlur(square * bare, (0, 0), side / 16) / np.maximum(
            cv2.GaussianBlur(bare, (0, 0), side / 16), 1e-3
        )
        square -= broad
        window *= bare * cv2.GaussianBlur(bare, (0, 0), side / 100)  # a soft edge leaks less
    window /= max(float(np.sqrt((window**2).mean())), 1e-9)
    power = np.abs(np.fft.fft2(square * window)) ** 2 / side**4
    fy, fx = (np.fft.fftfreq(side) * side,) * 2
    return power, np.hypot(fx[None], fy[:, None]), np.degrees(np.arctan2(np.abs(fy)[:, None], np.abs(fx)[None]))


def distance(real: Table, rendered: Table) -> float:
    """Return how far two tables are apart: the mean over statistics of the gap of
    their medians in units of the real spread.

    The spread is half the range from the 10th to the 90th percentile of the real images, at least 2 % of the median.
    """
    gaps = []
    for name in NAMES:
        low, middle, high = np.percentile(real[name], [10, 50, 90])
        spread = max((high - low) / 2, 0.02 * abs(middle), 1e-3)
        gaps.append(min(abs(float(np.median(rendered[name])) - middle) / spread, 10.0))
    return float(np.mean(gaps))


def rows(table: Table) -> F8:
    """Return a table as (N, S), a row an image, columns in the order of :data:`NAMES`."""
    return np.stack([table[name] for name in NAMES], 1)


def limited(values: F8, both: F8) -> F8:
    """Return rows (N, S) in units of where those of ``both`` lie,
    0 their 5th and 1 their 95th percentile, from -1 to 2.
    """
    low, high = np.percentile(both, [5, 95], axis=0)
    return np.asarray(np.clip((values - low) / np.maximum(high - low, 1e-6), -1, 2), np.float64)


def scatter(parts: Sequence[F8]) -> F8:
    """Return the mean covariance (S, S) of rows (N, S), a tenth of the mean variance added to each."""
    covariance = np.mean([np.cov(part.T) for part in parts], axis=0)
    return np.asarray(
        covariance + (0.1 * np.trace(covariance) / len(covariance) + 1e-9) * np.eye(len(covariance)), np.float64
    )


def told_apart(real: Table, rendered: Table, seed: int = 0) -> float:
    """Return how well a linear discriminant separates photographs from frames: its AUC, 0.5 is chance.

    Args:
        real: the statistics of the photographs; :data:`FEWEST` of each kind are the least.
        rendered: those of the frames.
        seed: chooses the half of each that it is trained on; it is tested on the other.
    """
    rng = np.random.default_rng(seed)
    halves = [np.array_split(rng.permutation(each), 2) for each in (rows(real), rows(rendered))]
    both = np.concatenate([learnt for learnt, _ in halves])
    learnt, tested = ([limited(pair[k], both) for pair in halves] for k in (0, 1))
    weight = np.linalg.solve(scatter(learnt), learnt[1].mean(0) - learnt[0].mean(0))
    scores = [part @ weight for part in tested]
    return float((scores[1][:, None] > scores[0][None]).mean())
