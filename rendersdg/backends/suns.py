"""The suns of a dome's image: what is small in it and far brighter than all else is taken out, and becomes a light.

An image of the sky that is spread into a few coefficients lights surfaces softly from the sun's side. It throws no
shadow, though half of all its light may come from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.colour import LUMA
from rendersdg.kernels.resampling import scaled

_MOST = 4  # suns of an image
_TRIES = 12  # bright places that are looked at
_BRIGHT = 20.0  # times the mean luminance: what a sun is above
_NEAR = float(portable.cos(np.radians(11.0)))  # of the middle, within which a sun lies
_RING = float(portable.cos(np.radians(15.0)))  # up to there all about it is darker
_LEAST_SHARE = 0.04  # of all light
_WIDEST_WH = (1024, 512)  # larger images are reduced before they are looked at
_LUMINANCE = np.array(LUMA)


@dataclass(frozen=True, eq=False)
class Sun:
    """``towards`` (3,) is its unit direction in the map's frame, ``irradiance`` (3,) what it gives a surface that faces
    it where the map's radiance is taken as it is, ``angle`` its diameter in degrees.
    """

    towards: F8
    irradiance: F8
    angle: float


def without_suns(image: F4, directions: F4, solid: F8) -> tuple[F4, tuple[Sun, ...]]:
    """Return a latitude-longitude image (H, W, 3) whose suns are no brighter than what counts as one, and the suns.

    Args:
        image: radiance, linear.
        directions: (H, W, 3) of its texels, unit vectors.
        solid: (H,) solid angle of a texel of each row, steradians.
    """
    luminance = np.asarray(portable.product(image.reshape(-1, 3), _LUMINANCE)).reshape(image.shape[:2])
    rows = np.asarray(portable.product(luminance, np.ones(image.shape[1])))
    whole = float(portable.dot(rows, solid))
    limit = _BRIGHT * whole / (4 * np.pi)
    if not np.isfinite(whole) or whole <= 0 or not (luminance > limit).any():
        return image, ()
    found: list[Sun] = []
    left, image = luminance.copy(), image.copy()
    for _ in range(_TRIES):
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, column] <= limit or len(found) == _MOST:
            break
        cosine = np.asarray(portable.product(directions.reshape(-1, 3), directions[row, column].astype(np.float64)))
        cosine = cosine.reshape(left.shape)
        near, ring = cosine > _NEAR, (cosine <= _NEAR) & (cosine > _RING)
        is_alone = not ring.any() or (luminance[ring] > limit).mean() < 0.1
        bright = near & (luminance > limit)
        left[near | (left >= limit) & ring] = 0.0
        if not is_alone:
            continue
        sun = _sun(image, luminance, directions, np.broadcast_to(solid[:, None], left.shape), bright, limit)
        if float(portable.dot(sun.irradiance, _LUMINANCE)) < _LEAST_SHARE * whole:
            continue
        found.append(sun)
        image[bright] *= (limit / luminance[bright])[:, None].astype(np.float32)
    return image, tuple(found)


def _sun(image: F4, luminance: F8, directions: F4, solid: F8, bright: np.ndarray, limit: float) -> Sun:
    """Return what the texels that are ``bright`` (H, W) hold above the limit, as a disk of even radiance."""
    above = 1 - limit / luminance[bright]
    weight = above * solid[bright]
    irradiance = np.asarray(portable.product(weight, image[bright]))
    power = weight * luminance[bright]
    towards = np.asarray(portable.product(power, directions[bright]))
    # the solid angle of a disk that sends as much and is as compact: the square of the sum over the sum of squares
    whole = float(portable.dot(power, np.ones(len(power))))
    area = whole * whole / float(portable.dot(power, power / solid[bright]))
    return Sun(towards / portable.norm(towards), irradiance, float(np.degrees(2 * np.sqrt(area / np.pi))))


def reduced(image: F4) -> F4:
    """Return an image no larger than is looked at for suns."""
    return image if image.shape[0] <= _WIDEST_WH[1] else scaled(image, _WIDEST_WH)
