"""Rendered pictures with the look of photographs: levels, colours or coarse light taken over from one of them.

Only how bright, how contrasted and how coloured a picture is changes; every pixel stays where it is, so labels hold.
"""

from __future__ import annotations

from typing import Literal, get_args

import cv2
import numpy as np

from detectors.preprocess import Image
from rendersdg.arrays import F4, F8
from rendersdg.errors import BadArgument

Likeness = Literal["none", "moments", "covariance", "histogram", "amplitude"]
LIKENESSES = get_args(Likeness)
_LEAST_SPREAD = 1.0  # of 255: a flatter channel holds rounding alone, which is not to be blown up
_BAND = 0.05  # of the frame's frequencies, from the lowest up, whose amplitude is taken over


def made_like(picture: Image, photograph: Image, how: Likeness) -> Image:
    """Return a picture (H, W, 3) uint8 with the look of a photograph, which may have another size.

    Args:
        picture: (H, W, 3) uint8 RGB, which keeps its content.
        photograph: (h, w, 3) uint8 RGB, whose look is taken over.
        how: ``moments``, mean and standard deviation of each channel (Reinhard et al. 2001, without their colour
            space); ``covariance``, mean and covariance of the colours, by the linear map that moves colours least
            (Pitie and Kokaram 2007); ``histogram``, all levels of each channel; ``amplitude``, the strength of the
            lowest frequencies, whose phases stay (Yang and Soatto 2020).

    Raises:
        BadArgument: ``how`` is unknown.

    >>> dark, light = np.full((4, 4, 3), 10, np.uint8), np.full((4, 4, 3), 200, np.uint8)
    >>> int(made_like(dark, light, "moments").mean())
    200
    """
    check_likeness(how)
    if how == "none":
        return picture
    if how == "histogram":
        return _by_histogram(picture, photograph)
    if how == "amplitude":
        return _by_amplitude(picture, photograph)
    return _by_moments(picture, photograph, whole=how == "covariance")


def check_likeness(how: str, where: str = "like") -> None:
    """Raise BadArgument for a way to make pictures alike that there is not."""
    if how not in LIKENESSES:
        raise BadArgument(f"{where}={how!r}: choose {', '.join(LIKENESSES)}")


def _by_moments(picture: Image, photograph: Image, *, whole: bool) -> Image:
    own, other = picture.reshape(-1, 3).astype(np.float64), photograph.reshape(-1, 3).astype(np.float64)
    a, b = np.cov(own.T, bias=True), np.cov(other.T, bias=True)
    if not whole:
        a, b = np.diag(np.diag(a)), np.diag(np.diag(b))
    a = a + np.eye(3) * _LEAST_SPREAD**2 * (np.linalg.eigvalsh(a).min() < _LEAST_SPREAD**2)
    # the symmetric map that turns covariance a into b: a^-1/2 (a^1/2 b a^1/2)^1/2 a^-1/2
    root = _root(a)
    inverse = np.linalg.inv(root)
    change = inverse @ _root(root @ b @ root) @ inverse
    return _as_levels((own - own.mean(0)) @ change + other.mean(0)).reshape(picture.shape)


def _root(matrix: F8) -> F8:
    """Return the square root of a symmetric matrix whose eigenvalues are 0 or more."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T, np.float64)


def _by_histogram(picture: Image, photograph: Image) -> Image:
    out = np.empty_like(picture)
    for k in range(3):
        counts = [np.bincount(each[..., k].ravel(), minlength=256) for each in (picture, photograph)]
        # the middle of a level's ranks, so that a flat picture becomes the median and not the brightest level
        ranks = [(np.cumsum(c) - c / 2) / c.sum() for c in counts]
        there = counts[1] > 0
        levels = np.interp(ranks[0], ranks[1][there], np.flatnonzero(there))
        out[..., k] = cv2.LUT(np.ascontiguousarray(picture[..., k]), np.round(levels).astype(np.uint8))
    return out


def _by_amplitude(picture: Image, photograph: Image) -> Image:
    height, width = picture.shape[:2]
    other = cv2.resize(photograph, (width, height), interpolation=cv2.INTER_AREA)
    spectra = [np.fft.fft2(each.astype(np.float64), axes=(0, 1)) for each in (picture, other)]
    low = np.maximum(abs(np.fft.fftfreq(height))[:, None], abs(np.fft.fftfreq(width))[None]) <= _BAND / 2
    own = spectra[0][low]
    spectra[0][low] = abs(spectra[1][low]) * np.exp(1j * np.angle(own))
    return _as_levels(np.fft.ifft2(spectra[0], axes=(0, 1)).real)


def _as_levels(values: F8 | F4) -> Image:
    return np.asarray(np.clip(np.round(values), 0, 255), np.uint8)
