"""How far each defect stands out from the noise and the texture around it: ``settings.defect_labels``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from rendersdg.arrays import F4, F8, I4, Mask
from rendersdg.backends.film import exposure_of
from rendersdg.backends.sensor import expected, noise_variance
from rendersdg.colour import filmic, srgb_from_linear
from rendersdg.errors import BadScene
from rendersdg.kernels.resampling import gaussian
from rendersdg.snapshot import Sensor, Snapshot

LEAST_CONTRAST, BELOW = "defect_least_contrast", "defect_below"  # keys of a graph's settings
BELOWS = ("none", "invisible")
ROSE = 5.0  # the ratio from which a shape in noise is told for certain (Rose 1948)
POOL = 25  # pixels, at most, over which an eye takes a mean: a larger shape does not show better for its area
AROUND = 8  # pixels around a defect of which the texture is looked at
_TEXTURE = 2.0  # pixels, the sigma of the window in which texture is told from shading


@dataclass(frozen=True)
class LabelRule:
    """From what contrast on a defect is labelled, and what becomes of a fainter one: no label, or one that says so."""

    least: float
    below: Literal["none", "invisible"]


def rule_of(snapshot: Snapshot) -> LabelRule | None:
    """Return the scene's rule; None where it has none. Raises BadScene for one that does not fit."""
    least = snapshot.settings.get(LEAST_CONTRAST)
    if least is None:
        return None
    below = snapshot.settings.get(BELOW, "none")
    if not isinstance(least, (int, float)) or below not in BELOWS:
        raise BadScene(f"settings.defect_labels: least_contrast={least!r}, below={below!r} is not a number and a word")
    return LabelRule(float(least), "invisible" if below == "invisible" else "none")


def around(wanted: Mask, sensor: Sensor | None) -> Mask:
    """Return pixels and what lies around them (H, W): as far as texture is looked at, and the lens blurs."""
    reach = AROUND + round(4 * _TEXTURE) + (0 if sensor is None else int(4 * sensor.blur) + 1)
    return cv2.dilate(wanted.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0


def shown(hdr: F4, snapshot: Snapshot, sensor: Sensor | None) -> F4:
    """Return the picture (H, W, C) in levels of 255, not rounded, that light ``hdr`` (H, W, 4) gives without noise."""
    if sensor is not None:
        return expected(hdr, sensor)
    light = hdr[..., :3] * np.float32(exposure_of(snapshot))
    return np.asarray(srgb_from_linear(filmic(light)) * np.float32(255), np.float32)


def contrasts(damaged: F4, intact: F4, sensor: Sensor | None, owner: I4, surface: I4, entities: int) -> F8:
    """Return how far each entity (E,) stands out; 0 for one without a pixel.

    It is the ratio of Rose (1948), D sqrt(min(N, 25)) / sqrt(n^2 + t^2), in the channel where it is largest. D is
    the mean difference of both pictures over the entity's N pixels; n^2 the mean variance of the sensor's noise there;
    t^2 that of the intact surface's own texture, on these pixels and 8 around: all in levels of 255, after the sensor.

    Args:
        damaged: the picture with the defects (H, W, C), as :func:`shown` gives it.
        intact: the same without them.
        sensor: what adds noise; without one it is that of rounding to whole levels.
        owner: the entity whose pixel this is (H, W), -1 for none.
        surface: the instance that is seen where no defect is (H, W).
        entities: how many there are.
    """
    noise = noise_variance(intact, sensor)
    found = np.zeros(entities)
    rows, columns = np.nonzero(owner >= 0)
    numbers = owner[rows, columns]
    for e in np.unique(numbers).tolist():
        own = numbers == e
        crop = tuple(
            slice(max(int(at[own].min()) - AROUND, 0), int(at[own].max()) + AROUND + 1) for at in (rows, columns)
        )
        mask = owner[crop] == e
        away = np.abs(damaged[crop] - intact[crop])[mask].astype(np.float64).mean(0)
        same = np.isin(surface[crop], np.unique(surface[crop][mask]))
        spread = noise[crop][mask].astype(np.float64).mean(0) + _texture(intact[crop], same)[mask].mean(0)
        found[e] = float((away * np.sqrt(min(int(mask.sum()), POOL)) / np.sqrt(spread)).max())
    return found


def _texture(picture: F4, same: Mask) -> F8:
    """Return the variance (H, W, C) of a picture around each pixel, of pixels of the ``same`` surface alone."""
    share = np.ascontiguousarray(same, np.float32)[..., None]
    lowest = picture[same].min()  # from it squares are small, and their difference exact enough
    level = (picture - lowest) * share
    weight, mean, square = (gaussian(np.ascontiguousarray(i), _TEXTURE) for i in (share, level, level * level))
    weight = np.maximum(weight, 1e-6)
    mean, square = mean / weight, square / weight
    return np.maximum(square.astype(np.float64) - mean.astype(np.float64) ** 2, 0)
