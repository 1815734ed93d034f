"""Where a camera's pixels look, and where points fall in its picture: pinhole, OpenCV's lens distortion, fisheyes.

Pixels (u, v) count from the picture's top left corner, rays and points are in camera space (x right, y up, -z forward).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.elementary import sines_cosines
from rendersdg.kernels.structs import Lens
from rendersdg.snapshot import Camera

COEFFICIENTS = (  # in OpenCV's order
    *("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4", "tauX", "tauY"),
)
PERSPECTIVE = ("pinhole", "opencvPinhole")  # models whose rays meet a plane
_IN_PIXELS = (
    "fisheyePolynomial",
    "fisheyeKannalaBrandtK3",
)  # whose radii are pixels; those of others are focal lengths
_STEPS = 40
_OFF = 0.02  # pixels by which a ray may miss its pixel before nothing is seen there
_TABLE = 1 << 14  # radii that are worked out of a lens; between them a line is within 1e-5 pixels
_MOST_BYTES = 1 << 29  # of rays that are kept

# -- the rays of a picture ---------------------------------------------------------------------------------------------


def half_pixel_rays(camera: Camera) -> tuple[F4, F4, F4]:
    """Return the unit camera-space rays (4HW,) of the half-pixel grid by axis; (0, 0, 0) where the lens sees nothing.

    Those of the last lenses are kept.
    """
    return _KEPT.rays(camera)


def pixel_rays(camera: Camera) -> F8:
    """Return the unit rays through all pixel centres, (H, W, 3); (0, 0, 0) where the lens sees nothing."""
    width, height = camera.resolution_wh
    if camera.model == "pinhole":
        return rays(camera, *np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5))
    axes = [axis.reshape(2 * height, 2 * width)[::2, ::2] for axis in half_pixel_rays(camera)]
    return np.stack(axes, -1).astype(np.float64)


class _Kept:
    """The rays of the last lenses that were asked for."""

    def __init__(self) -> None:
        self._rays: OrderedDict[object, tuple[F4, F4, F4]] = OrderedDict()
        self._lock = Lock()

    def rays(self, camera: Camera) -> tuple[F4, F4, F4]:
        key = (
            *(camera.model, camera.resolution_wh, camera.focal_px, camera.centre_px),
            *(camera.polynomial, camera.max_theta, camera.distortion),
        )
        with self._lock:
            if key not in self._rays:
                self._rays[key] = _rays_of(camera)
            self._rays.move_to_end(key)
            while len(self._rays) > 1 and sum(r[0].nbytes for r in self._rays.values()) * 3 > _MOST_BYTES:
                self._rays.popitem(last=False)
            return self._rays[key]


_KEPT = _Kept()


def _rays_of(camera: Camera) -> tuple[F4, F4, F4]:
    width, height = camera.resolution_wh
    if camera.model == "fisheyeSpherical":
        looks = _spherical_rays(camera, (np.arange(2 * width) + 1) / 2, (np.arange(2 * height) + 1) / 2)
        x, y, z = (np.ascontiguousarray(looks[..., k].ravel(), np.float32) for k in range(3))
    else:
        x, y, z = (np.empty(4 * width * height, np.float32) for _ in range(3))
        kernels.look(_for_kernel(camera, x, y, z))
    for axis in (x, y, z):
        axis.flags.writeable = False
    return x, y, z


def _for_kernel(camera: Camera, x: F4, y: F4, z: F4) -> Lens:
    """Return a lens as the kernels take it, with tables over the radii that its picture has."""
    is_radial = camera.model not in PERSPECTIVE
    focal = _plane(camera)
    coefficients = _all(camera.distortion)
    level: F8 = np.asarray(portable.inverse(_tilt(coefficients)), np.float64)
    farthest = 0.0
    if is_radial:
        widest = _widest(camera)
        end = min(_corner(camera, focal, level), float(_radius(camera, np.array([widest]))[0]))
        radii = np.linspace(0.0, max(end, 1e-9), _TABLE)
        sines, along = sines_cosines(np.minimum(_angle(camera, radii), widest))
        across = sines / np.maximum(radii, 1e-12)
        across[0] = across[1]
    else:
        farthest = _farthest(coefficients)
        flat = np.linspace(0.0, farthest, _TABLE)
        bent = flat * _radial(flat * flat, coefficients)
        radii = np.linspace(0.0, max(min(_corner(camera, focal, level) * 1.1, 4 * bent[-1]), 1e-9), _TABLE)
        across = np.interp(radii, bent, flat) / np.maximum(radii, 1e-12)
        across[0], along = 1.0, across
    return Lens(
        width=camera.resolution_wh[0],
        height=camera.resolution_wh[1],
        focal_x=focal[0],
        focal_y=focal[1],
        centre_x=camera.centre_px[0],
        centre_y=camera.centre_px[1],
        is_radial=int(is_radial),
        across=across,
        along=along,
        radii_a_unit=(_TABLE - 1) / float(radii[-1]),
        farthest=farthest,
        coefficients=coefficients[:12],
        level=level,
        ray_x=x,
        ray_y=y,
        ray_z=z,
        ray_count=len(x),
    )


def _corner(camera: Camera, focal: tuple[float, float], level: F8) -> float:
    """Return the greatest radius in a picture, in its lens's plane."""
    width, height = camera.resolution_wh
    corners = np.array([(u, v) for u in (0, width) for v in (0, height)], float)
    place = (corners - camera.centre_px) / focal
    if camera.model in PERSPECTIVE:
        place = np.stack(_mapped(level, place[:, 0], place[:, 1]), 1)
    return float(portable.hypot(place[:, 0], place[:, 1]).max()) * 1.0001


# -- any pixels and points ---------------------------------------------------------------------------------------------


def rays(camera: Camera, u: F8, v: F8) -> F8:
    """Return the unit ray (..., 3) of each pixel place in camera space, y up; (0, 0, 0) where the lens sees nothing.

    Args:
        camera: says the model.
        u: pixels from the left edge of the image, of any shape, as (H, W).
        v: pixels from its top edge, of the same shape.
    """
    if camera.model == "fisheyeSpherical":
        return _spherical_rays(camera, u, v, is_grid=False)
    focal = _plane(camera)
    x, y = (u - camera.centre_px[0]) / focal[0], (v - camera.centre_px[1]) / focal[1]
    if camera.model not in PERSPECTIVE:
        radius = portable.hypot(x, y)
        theta = _angle(camera, radius)
        across = np.where(radius > 1e-9, portable.sin(theta) / np.maximum(radius, 1e-9), 0.0)
        seen = (theta <= _widest(camera)) & (theta >= 0)
        return np.stack([x * across, -y * across, -portable.cos(theta)], -1) * seen[..., None]
    seen = np.ones(x.shape, bool)
    if camera.model == "opencvPinhole":
        flat_x, flat_y = undistorted(x, y, camera.distortion)
        back_x, back_y = distorted(flat_x, flat_y, camera.distortion)
        with np.errstate(invalid="ignore"):
            seen = portable.hypot((back_x - x) * focal[0], (back_y - y) * focal[1]) < _OFF
        x, y = np.where(seen, flat_x, 0.0), np.where(seen, flat_y, 0.0)
    directions = np.stack([x, -y, -np.ones_like(x)], -1)
    return np.asarray(directions / portable.norm(directions, axis=-1, keepdims=True) * seen[..., None], np.float64)


def project(camera: Camera, points: F8) -> tuple[F8, F8]:
    """Return pixels u and v (N,) of points (N, 3) in camera space, or of any other leading shape.

    NaN behind the camera and where its lens does not see.
    """
    (fx, fy), (cx, cy) = _plane(camera), camera.centre_px
    px, py, depth = points[..., 0], points[..., 1], -points[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        across = portable.hypot(px, py)
        if camera.model == "fisheyeSpherical":
            width, height = camera.resolution_wh
            u = cx + width / (2 * np.pi) * portable.arctan2(px, depth)
            return u, cy - height / np.pi * portable.arctan2(py, portable.hypot(px, depth))
        if camera.model not in PERSPECTIVE:
            theta = portable.arctan2(across, depth)
            scale = np.where(theta <= _widest(camera), _radius(camera, theta) / np.maximum(across, 1e-12), np.nan)
            return cx + fx * px * scale, cy - fy * py * scale
        w = np.where(depth > 0, depth, np.nan)
        x, y = px / w, -py / w
        if camera.model == "opencvPinhole":
            x, y = distorted(x, y, camera.distortion)
        return cx + fx * x, cy + fy * y


def _plane(camera: Camera) -> tuple[float, float]:
    """Return the pixels of a unit of the lens's plane."""
    return (1.0, 1.0) if camera.model in _IN_PIXELS else camera.focal_px


def _spherical_rays(camera: Camera, u: F8, v: F8, *, is_grid: bool = True) -> F8:
    """Return the rays (len(v), len(u), 3) of a whole sphere: longitude along the picture, latitude down it."""
    width, height = camera.resolution_wh
    longitude = (np.ravel(u) - camera.centre_px[0]) * (2 * np.pi / width)
    latitude = (camera.centre_px[1] - np.ravel(v)) * (np.pi / height)
    (across, ahead), (up, level) = sines_cosines(longitude), sines_cosines(latitude)
    seen = np.abs(latitude) <= np.pi / 2, np.abs(longitude) <= np.pi
    if is_grid:
        up, level, seen = up[:, None], level[:, None], (seen[0][:, None], seen[1])
    ray = np.stack(np.broadcast_arrays(across * level, up, -ahead * level), -1)
    ray = ray * (seen[0] & seen[1])[..., None]
    return np.asarray(ray if is_grid else ray.reshape(*np.shape(u), 3), np.float64)


# -- fisheyes: everything along the radius -----------------------------------------------------------------------------


def _radius(camera: Camera, theta: F8) -> F8:
    """Return the radii in the lens's plane that are seen under angles ``theta`` off the axis, radians."""
    if camera.model == "fisheyePolynomial":
        return fisheye_radius(theta, camera.polynomial, 4.0 * max(camera.resolution_wh))
    if camera.model == "fisheyeOrthographic":
        return np.asarray(portable.sin(theta), np.float64)
    if camera.model == "fisheyeEquisolid":
        return np.asarray(2 * portable.sin(theta / 2), np.float64)
    if camera.model == "fisheyeEquidistant":
        return np.asarray(theta, np.float64)
    return theta * fisheye_theta(theta * theta, camera.polynomial)  # Kannala and Brandt 2006


def _angle(camera: Camera, radius: F8) -> F8:
    """Return the angles off the axis, radians, of radii in the lens's plane; above the widest one where none is."""
    if camera.model == "fisheyePolynomial":
        theta = fisheye_theta(radius, camera.polynomial)
        falls = radius > _first_fall(lambda r: fisheye_theta(r, camera.polynomial), 4.0 * max(camera.resolution_wh))
        return np.where(falls, np.inf, theta)
    if camera.model == "fisheyeEquidistant":
        return np.asarray(radius, np.float64)
    low, high = np.zeros_like(radius), np.full_like(radius, _widest(camera))
    inside = radius <= _radius(camera, high)
    for _ in range(52):
        middle = 0.5 * (low + high)
        below = _radius(camera, middle) < radius
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(inside, 0.5 * (low + high), np.inf)


def _widest(camera: Camera) -> float:
    """Return the angle up to which a fisheye sees: its own limit, or where radii stop growing."""
    if camera.model == "fisheyePolynomial":
        return camera.max_theta
    return min(camera.max_theta, _first_fall(lambda theta: _radius(camera, theta), camera.max_theta))


def _first_fall(grows: Callable[[F8], F8], end: float) -> float:
    """Return where a function stops growing on its way from 0 to ``end``."""
    at = np.linspace(0.0, end, 4001)
    falls = np.flatnonzero(~(np.diff(grows(at)) > 0))
    return float(at[falls[0]]) if len(falls) else end


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


# -- OpenCV's pinhole --------------------------------------------------------------------------------------------------


def distorted(x: F8, y: F8, coefficients: Sequence[float]) -> tuple[F8, F8]:
    """Return where OpenCV's rational, tangential, thin-prism and tilted model moves x / z and y / z (y down).

    NaN beyond the radius at which the radial part turns back, where one pixel would stand for two directions.

    Args:
        x: x / z, of any shape, as (H, W).
        y: y / z, of the same shape.
        coefficients: up to fourteen, in the order of :data:`COEFFICIENTS`.
    """
    values = _all(coefficients)
    _, _, p1, p2, _, _, _, _, s1, s2, s3, s4, *_ = values
    q = x * x + y * y
    radial = np.where(q <= _farthest(values) ** 2, _radial(q, values), np.nan)
    return _mapped(
        _tilt(values),
        x * radial + 2 * p1 * x * y + p2 * (q + 2 * x * x) + s1 * q + s2 * q * q,
        y * radial + p1 * (q + 2 * y * y) + 2 * p2 * x * y + s3 * q + s4 * q * q,
    )


def undistorted(x: F8, y: F8, coefficients: Sequence[float]) -> tuple[F8, F8]:
    """Return what :func:`distorted` moves to x, y: Newton's method with differences;
    NaN or wrong where there is nothing.
    """
    a, b = np.array(x, float), np.array(y, float)
    limit = _farthest(_all(coefficients))
    step = 1e-6
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(_STEPS):
            radius = portable.hypot(a, b)
            inside = np.minimum(1.0, 0.999 * limit / np.maximum(radius, 1e-12))
            a, b = a * inside, b * inside
            fx, fy = distorted(a, b, coefficients)
            xa, ya = distorted(a + step, b, coefficients)
            xb, yb = distorted(a, b + step, coefficients)
            xa, ya, xb, yb = (xa - fx) / step, (ya - fy) / step, (xb - fx) / step, (yb - fy) / step
            det = xa * yb - xb * ya
            da, db = ((x - fx) * yb - (y - fy) * xb) / det, ((y - fy) * xa - (x - fx) * ya) / det
            a, b = np.where(np.isfinite(da), a + da, a), np.where(np.isfinite(db), b + db, b)
            if not np.any(portable.hypot(da, db) > 1e-12):
                break
    return a, b


def _all(coefficients: Sequence[float]) -> tuple[float, ...]:
    """Return all of OpenCV's coefficients: noughts for what is left out."""
    return (*coefficients, *(0.0,) * (len(COEFFICIENTS) - len(coefficients)))


def _radial(q: F8, coefficients: Sequence[float]) -> F8:
    """Return by how much radii grow, by their squares ``q``."""
    k1, k2, _, _, k3, k4, k5, k6, *_ = coefficients
    return np.asarray((1 + q * (k1 + q * (k2 + q * k3))) / (1 + q * (k4 + q * (k5 + q * k6))), np.float64)


def _tilt(coefficients: Sequence[float]) -> F8:
    """Return the map of planes (3, 3) of a sensor that is turned by tauX and tauY, radians (OpenCV's model)."""
    x, y = coefficients[12:14]
    about_x = np.array([[1, 0, 0], [0, portable.cos(x), portable.sin(x)], [0, -portable.sin(x), portable.cos(x)]])
    about_y = np.array([[portable.cos(y), 0, -portable.sin(y)], [0, 1, 0], [portable.sin(y), 0, portable.cos(y)]])
    turn = portable.product(about_y, about_x)
    return np.asarray(
        portable.product([[turn[2, 2], 0, -turn[0, 2]], [0, turn[2, 2], -turn[1, 2]], [0, 0, 1]], turn), np.float64
    )


def _mapped(plane: F8, x: F8, y: F8) -> tuple[F8, F8]:
    """Return where a map of planes takes places."""
    if np.array_equal(plane, np.eye(3)):
        return x, y
    w = plane[2, 0] * x + plane[2, 1] * y + plane[2, 2]
    return (
        (plane[0, 0] * x + plane[0, 1] * y + plane[0, 2]) / w,
        (plane[1, 0] * x + plane[1, 1] * y + plane[1, 2]) / w,
    )


def _farthest(coefficients: Sequence[float]) -> float:
    """Return the radius (x / z) up to which the radial part of a distortion grows, at most 10."""
    return _first_fall(lambda r: r * _radial(r * r, coefficients), 10.0)
