"""Where a camera's pixels look, and where points fall in its picture: pinhole,
OpenCV's lens distortion, polynomial fisheye.

Pixels (u, v) count from the picture's top left corner, rays and points are in camera space (x right, y up, -z forward).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F8
from rendersdg.snapshot import Camera

COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4")  # in OpenCV's order
_STEPS = 40
_OFF = 0.02  # pixels by which a ray may miss its pixel before nothing is seen there


def rays(camera: Camera, u: F8, v: F8) -> F8:
    """Return the unit ray (..., 3) of each pixel place in camera space, y up; (0, 0, 0) where the lens sees nothing.

    Args:
        camera: says the model.
        u: pixels from the left edge of the image, of any shape, as (H, W).
        v: pixels from its top edge, of the same shape.
    """
    x, y = u - camera.centre_px[0], v - camera.centre_px[1]
    if camera.model == "fisheyePolynomial":
        radius = np.hypot(x, y)
        theta = fisheye_theta(radius, camera.polynomial)
        across = np.where(radius > 1e-9, np.sin(theta) / np.maximum(radius, 1e-9), 0.0)
        seen = (theta <= camera.max_theta) & (theta >= 0)
        return np.stack([x * across, -y * across, -np.cos(theta)], -1) * seen[..., None]
    fx, fy = camera.focal_px
    x, y = x / fx, y / fy
    seen = np.ones(x.shape, bool)
    if camera.model == "opencvPinhole":
        flat_x, flat_y = undistorted(x, y, camera.distortion)
        back_x, back_y = distorted(flat_x, flat_y, camera.distortion)
        with np.errstate(invalid="ignore"):
            seen = np.hypot((back_x - x) * fx, (back_y - y) * fy) < _OFF
        x, y = np.where(seen, flat_x, 0.0), np.where(seen, flat_y, 0.0)
    directions = np.stack([x, -y, -np.ones_like(x)], -1)
    return np.asarray(directions / np.linalg.norm(directions, axis=-1, keepdims=True) * seen[..., None], np.float64)


def pixel_rays(camera: Camera) -> F8:
    """Return :func:`rays` through all pixel centres, (H, W, 3)."""
    width, height = camera.resolution_wh
    return rays(camera, *np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5))


def project(camera: Camera, points: F8) -> tuple[F8, F8]:
    """Return pixels u and v (N,) of points (N, 3) in camera space, or of any other leading shape.

    NaN behind the camera and where its lens does not see.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if camera.model == "fisheyePolynomial":
            across = np.hypot(points[..., 0], points[..., 1])
            theta = np.arctan2(across, -points[..., 2])
            radius = fisheye_radius(theta, camera.polynomial, 4.0 * max(camera.resolution_wh))
            scale = np.where(theta <= camera.max_theta, radius / np.maximum(across, 1e-12), np.nan)
            return camera.centre_px[0] + points[..., 0] * scale, camera.centre_px[1] - points[..., 1] * scale
        w = np.where(-points[..., 2] > 0, -points[..., 2], np.nan)
        if camera.model == "opencvPinhole":
            x, y = distorted(points[..., 0] / w, -points[..., 1] / w, camera.distortion)
            return camera.centre_px[0] + camera.focal_px[0] * x, camera.centre_px[1] + camera.focal_px[1] * y
        return camera.centre_px[0] + camera.focal_px[0] * points[..., 0] / w, camera.centre_px[1] - camera.focal_px[
            1
        ] * points[..., 1] / w


def distorted(x: F8, y: F8, coefficients: Sequence[float]) -> tuple[F8, F8]:
    """Return where OpenCV's rational, tangential and thin-prism model moves x / z and y / z (y down).

    NaN beyond the radius at which the radial part turns back, where one pixel would stand for two directions.

    Args:
        x: x / z, of any shape, as (H, W).
        y: y / z, of the same shape.
        coefficients: twelve, in the order of :data:`COEFFICIENTS`.
    """
    k1, k2, p1, p2, k3, k4, k5, k6, s1, s2, s3, s4 = coefficients
    q = x * x + y * y
    above, below = 1 + q * (k1 + q * (k2 + q * k3)), 1 + q * (k4 + q * (k5 + q * k6))
    radial = np.where(q <= _farthest(coefficients) ** 2, above / below, np.nan)
    return (
        x * radial + 2 * p1 * x * y + p2 * (q + 2 * x * x) + s1 * q + s2 * q * q,
        y * radial + p1 * (q + 2 * y * y) + 2 * p2 * x * y + s3 * q + s4 * q * q,
    )


def undistorted(x: F8, y: F8, coefficients: Sequence[float]) -> tuple[F8, F8]:
    """Return what :func:`distorted` moves to x, y: Newton's method with differences;
    NaN or wrong where there is nothing.
    """
    a, b = np.array(x, float), np.array(y, float)
    limit = _farthest(coefficients)
    step = 1e-6
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(_STEPS):
            radius = np.hypot(a, b)
            inside = np.minimum(1.0, 0.999 * limit / np.maximum(radius, 1e-12))
            a, b = a * inside, b * inside
            fx, fy = distorted(a, b, coefficients)
            xa, ya = distorted(a + step, b, coefficients)
            xb, yb = distorted(a, b + step, coefficients)
            xa, ya, xb, yb = (xa - fx) / step, (ya - fy) / step, (xb - fx) / step, (yb - fy) / step
            det = xa * yb - xb * ya
            da, db = ((x - fx) * yb - (y - fy) * xb) / det, ((y - fy) * xa - (x - fx) * ya) / det
            a, b = np.where(np.isfinite(da), a + da, a), np.where(np.isfinite(db), b + db, b)
            if not np.any(np.hypot(da, db) > 1e-12):
                break
    return a, b


def _farthest(coefficients: Sequence[float]) -> float:
    """Return the radius (x / z) up to which the radial part of a distortion grows, at most 10."""
    k1, k2, _, _, k3, k4, k5, k6, *_ = coefficients
    r = np.linspace(0.0, 10.0, 4001)
    q = r * r
    out = r * (1 + q * (k1 + q * (k2 + q * k3))) / (1 + q * (k4 + q * (k5 + q * k6)))
    falls = np.flatnonzero(~(np.diff(out) > 0))
    return float(r[falls[0]]) if len(falls) else 10.0


def fisheye_theta(radius: NDArray[np.floating], polynomial: Sequence[float]) -> F8:
    """Return the angles from the axis, radians, for pixel radii of any shape, as (H, W).

    They are a + b r + c r^2 + ..., as Replicator has them.
    """
    theta = np.zeros_like(np.asarray(radius, np.float64))
    for coefficient in reversed(polynomial):
        theta = theta * radius + coefficient
    return theta


def fisheye_radius(theta: NDArray[np.floating], polynomial: Sequence[float], largest_radius: float) -> F8:
    """Return the pixel radii seen under angles ``theta``, radians, of any shape, as (H, W).

    By bisection up to ``largest_radius`` pixels; the polynomial must rise on the way.
    """
    low = np.zeros_like(np.asarray(theta, np.float64))
    high = np.full_like(low, largest_radius)
    for _ in range(48):
        middle = 0.5 * (low + high)
        below = fisheye_theta(middle, polynomial) < theta
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return 0.5 * (low + high)
