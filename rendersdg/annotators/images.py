"""Image annotators: colour, normals, depths, motion."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rendersdg.annotators import Request
from rendersdg.arrays import F2, F4, U1


def rgb(request: Request) -> U1:
    """Tone-mapped colour, (H, W, 4) uint8 sRGB, alpha 255."""
    return request.view.buffers.rgb


def hdr_colour(request: Request) -> F2:
    """Linear colour before exposure and tone mapping, (H, W, 4) float16, clipped to what float16 holds."""
    return np.clip(request.view.light, -65504.0, 65504.0).astype(np.float16)


def normals(request: Request) -> F4:
    """World-space normals, (H, W, 4) float32, the fourth channel 1 where something is hit."""
    labels = request.view.labels
    out = np.zeros((*labels.instance.shape, 4), np.float32)
    out[..., :3] = labels.normal
    out[..., 3] = labels.instance >= 0
    return out


def distance_to_camera(request: Request) -> F4:
    """Length of the ray from the camera origin, (H, W) float32 metres, +inf without a hit."""
    return request.view.labels.distance


def distance_to_image_plane(request: Request) -> F4:
    """Depth along the viewing axis, (H, W) float32 metres, +inf without a hit."""
    return request.view.labels.depth


def motion_vectors(request: Request) -> F4:
    """Screen motion since the previous frame, (H, W, 4) float32 pixels: x positive = moved left,
    y positive = moved up.
    """
    labels = request.view.labels
    out = np.zeros((*labels.instance.shape, 4), np.float32)
    out[..., :2] = labels.motion
    return out


def reference_time(request: Request) -> dict[str, int]:
    """Simulated time of the frame as a fraction of seconds."""
    time = Fraction(request.view.snapshot.time).limit_denominator(1_000_000)
    return {"referenceTimeNumerator": time.numerator, "referenceTimeDenominator": time.denominator}
