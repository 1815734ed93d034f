"""A stereo depth camera: from the depth that each pixel sees to what two cameras side by side would measure of it."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, Mask
from rendersdg.colour import LUMA
from rendersdg.errors import NotSupported
from rendersdg.frame import Labels, SurfaceBuffers
from rendersdg.kernels.structs import Trees
from rendersdg.kernels.tracing import occluded
from rendersdg.lens import pixel_rays
from rendersdg.ranging import DepthSensor
from rendersdg.snapshot import RenderProduct, Snapshot
from rendersdg.streams import generator

_BEFORE = np.float32(1 - 1e-4)  # of the way from the second camera to a surface, beyond which the surface itself is met


def measured(
    snapshot: Snapshot,
    product: RenderProduct,
    labels: Labels,
    surface: SurfaceBuffers,
    trees: Trees,
    through: Mask,
) -> F4:
    """Return the depth (H, W) float32 that a depth sensor measures, metres along the viewing axis, 0 for none.

    A depth z has the disparity f b / z, with the focal length f in pixels and the baseline b. It gets its error, is
    rounded to the sensor's step, and becomes depth again. ``trees`` are what rays meet; instances that let light
    ``through`` (N,) are not measured. Raises NotSupported for a camera that is no pinhole.
    """
    sensor, camera = product.depth_sensor, product.camera
    assert sensor is not None, f"{product.name} has no depth sensor"
    if camera.model != "pinhole":
        raise NotSupported(
            f"{camera.prim_path}: depth sensors are of pinhole cameras, and this one is {camera.model}; "
            "take its lens away, or use distance_to_image_plane"
        )
    depth = labels.depth.astype(np.float64)
    is_seen = np.isfinite(depth) & (depth > 0)
    is_seen &= ~np.append(through, False)[labels.instance]
    is_seen &= _scattered(surface) >= sensor.least_scatter
    scale = camera.focal_px[0] * sensor.baseline
    exact = scale / np.where(is_seen, depth, np.inf)
    found = _rounded(snapshot, sensor, exact, f"depth/{product.name}")
    is_seen &= (found > 0) & (found <= sensor.most_disparity)
    out = np.where(is_seen, scale / np.where(is_seen, found, 1.0), 0.0)
    is_seen &= (out >= sensor.near) & (out <= sensor.far)
    if sensor.has_holes:
        is_seen &= np.arange(depth.shape[1]) + 0.5 - exact >= 0  # beyond the second picture's left edge
        is_seen[is_seen] = ~_hidden(product, sensor, trees, depth, is_seen)
    return np.where(is_seen, out, 0.0).astype(np.float32)


def _scattered(surface: SurfaceBuffers) -> F4:
    """Return the share of light (H, W) that is scattered widely, so that both cameras see it: the luminance of the base
    colour, and of that of a metal the squared roughness alone.
    """
    luminance = portable.product(surface.base_colour, np.asarray(LUMA, np.float32))
    metallic, rough = np.clip(surface.metallic, 0, 1), np.clip(surface.roughness, 0, 1)
    return np.asarray(luminance * (1 - metallic + metallic * rough * rough), np.float32)


def _rounded(snapshot: Snapshot, sensor: DepthSensor, disparity: F8, site: str) -> F8:
    """Return disparities (H, W) with the sensor's error, in its steps."""
    found = disparity + sensor.noise_mean
    if sensor.noise_sigma > 0:
        rng = generator(snapshot.seed, site, snapshot.frame)
        found = found + sensor.noise_sigma * rng.standard_normal(disparity.shape)
    if sensor.disparity_step > 0:
        found = np.round(found / sensor.disparity_step) * sensor.disparity_step
    return found


def _hidden(product: RenderProduct, sensor: DepthSensor, trees: Trees, depth: F8, chosen: Mask) -> Mask:
    """Return which of the ``chosen`` pixels' surfaces (N,) something hides from the second camera."""
    camera = product.camera
    rays = pixel_rays(camera)[chosen]
    points = rays * (depth[chosen] / -rays[:, 2])[:, None]
    ways = points - np.array([sensor.baseline, 0.0, 0.0])
    world = camera.world_from_camera
    eye = portable.product(world[:3, :3], np.array([sensor.baseline, 0.0, 0.0])) + world[:3, 3]
    origin = np.ascontiguousarray(np.broadcast_to(eye.astype(np.float32), ways.shape))
    towards = np.ascontiguousarray(portable.product(ways, world[:3, :3].T).astype(np.float32))
    return occluded(trees, origin, towards, 0.0, float(_BEFORE))
