"""Snapshots for previews: the same scene, its cameras with fewer pixels."""

from __future__ import annotations

from dataclasses import replace

from rendersdg.errors import BadArgument
from rendersdg.snapshot import Camera, RenderProduct, Snapshot

LEAST_SIDE = 16  # pixels: below, filters of the renderer reach beyond the picture
_SHARED = ("paints", "worlds")  # what a snapshot may have been given, and does not depend on its cameras


def shrunk(snapshot: Snapshot, size_px: int) -> Snapshot:
    """Return a snapshot whose pictures have a longer side of at most ``size_px`` pixels, and show the same.

    Lidars and tiled products keep their size. Raises BadArgument for a size below :data:`LEAST_SIDE`.
    """
    if size_px < LEAST_SIDE:
        raise BadArgument(f"size_px={size_px}: give {LEAST_SIDE} or more")
    products = tuple(_smaller(product, size_px) for product in snapshot.products)
    if all(a is b for a, b in zip(products, snapshot.products)):
        return snapshot
    small = replace(snapshot, products=products)
    small.__dict__.update({name: snapshot.__dict__[name] for name in _SHARED if name in snapshot.__dict__})
    return small


def _smaller(product: RenderProduct, size_px: int) -> RenderProduct:
    longer = max(product.camera.resolution_wh)
    if product.lidar is not None or product.tiles or longer <= size_px:
        return product
    ratio = size_px / longer
    sensor = product.sensor
    if sensor is not None:
        sensor = replace(sensor, blur=sensor.blur * ratio)
    return replace(product, camera=smaller_camera(product.camera, ratio), sensor=sensor)


def smaller_camera(camera: Camera, ratio: float) -> Camera:
    """Return a camera that sees the same with ``ratio`` as many pixels a side, in (0, 1].

    A point that it shows at (u, v) pixels lies at (ratio u, ratio v) then.
    """
    width, height = (max(1, round(side * ratio)) for side in camera.resolution_wh)
    fx, fy = camera.focal_px
    cx, cy = camera.centre_px
    return replace(
        camera,
        resolution_wh=(width, height),
        focal_px=(fx * ratio, fy * ratio),
        centre_px=(cx * ratio, cy * ratio),
        polynomial=_of_fewer_pixels(camera, ratio),
    )


def _of_fewer_pixels(camera: Camera, ratio: float) -> tuple[float, ...]:
    """Return the coefficients of a fisheye, where they are in pixels: see :class:`rendersdg.snapshot.Camera`."""
    if camera.model == "fisheyePolynomial":  # an angle by powers of a radius
        return tuple(c / ratio**power for power, c in enumerate(camera.polynomial))
    if camera.model == "fisheyeKannalaBrandtK3":  # a radius by powers of an angle
        return tuple(c * ratio for c in camera.polynomial)
    return camera.polynomial
