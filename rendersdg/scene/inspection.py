"""``rep.inspection``: the lights and the camera of a test bench, an extension of this engine's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from rendersdg import portable
from rendersdg.errors import BadArgument
from rendersdg.geometry import Matrix, aim_rotation, euler_from_rotation
from rendersdg.graph.nodes import Node, Prims
from rendersdg.scene import create, distribution, modify
from rendersdg.scene.recorder import current
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import (
    Boolean,
    FixedInteger,
    FixedNumber,
    FixedText,
    Integer,
    Items,
    NonNegative,
    Number,
    OneOf,
    Positive,
    Share,
    TextLike,
    Vector,
)
from rendersdg.snapshot import TONES
from rendersdg.stage.values import vector

Tone = Annotated[TextLike, "string", OneOf(TONES)]


@dataclass(frozen=True, kw_only=True)
class SensorValues:
    """What ``inspection.sensor`` sets; None leaves it as it is. Units are those of ``snapshot.Sensor``."""

    exposure: Number = None
    blur: Number = None
    vignetting: Number = None
    bayer: Boolean = None
    mono: Boolean = None
    shot_noise: Boolean = None
    read_noise: Number = None
    gain: Number = None
    prnu: Number = None
    black_level: Number = None
    bits: Integer = None
    tone: Tone = None
    jpeg: Integer = None


@taking(
    "input_prims exposure blur vignetting bayer mono shot_noise read_noise gain prnu black_level bits tone jpeg name",
    SensorValues,
)
def sensor(values: SensorValues, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Put a sensor behind cameras; without one the picture is the renderer's own, noise-free and filmic.

    ``exposure`` in stops; ``blur`` the lens's point spread, pixels (sigma); ``vignetting`` the light lost in the
    corners, 0..1; ``bayer`` a colour filter and demosaicing, ``mono`` a grey sensor; ``read_noise`` electrons, ``gain``
    digital numbers an electron at ``bits`` bits, ``black_level`` digital numbers, ``prnu`` the relative deviation of
    the pixels' response; ``tone`` linear, srgb or filmic; ``jpeg`` a quality 1..100, 0 for none.
    """
    recorder = current()
    inputs = {entry: value for entry, value in vars(values).items() if value is not None}
    return recorder.node("inspection.sensor", inputs, recorder.targets(input_prims))


@dataclass(frozen=True, kw_only=True)
class DepthValues:
    """What ``inspection.depth_sensor`` sets; None leaves it as it is. Units are those of ``ranging.DepthSensor``."""

    baseline: Positive = None
    disparity_step: NonNegative = None
    most_disparity: Positive = None
    near: NonNegative = None
    far: Positive = None
    noise_mean: Number = None
    noise_sigma: NonNegative = None
    least_scatter: Share = None
    has_holes: Boolean = None


@taking(
    "input_prims baseline disparity_step most_disparity near far noise_mean noise_sigma least_scatter has_holes name",
    DepthValues,
)
def depth_sensor(values: DepthValues, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Make pinhole cameras stereo depth cameras: the annotator ``depth_sensor_distance`` is what they measure.

    A second camera stands ``baseline`` metres to the right. Disparities, pixels of the picture, have the error
    ``noise_mean`` and the deviation ``noise_sigma``, are rounded to ``disparity_step`` and lost above
    ``most_disparity``. Depth is measured from ``near`` to ``far`` metres, on surfaces that scatter the share
    ``least_scatter`` of light at least, and, where ``has_holes``, in what both cameras see.
    """
    recorder = current()
    inputs = {entry: value for entry, value in vars(values).items() if value is not None}
    return recorder.node("inspection.depth_sensor", inputs, recorder.targets(input_prims))


@dataclass(frozen=True, kw_only=True)
class Distortion:
    """The coefficients of OpenCV's lens model that ``inspection.lens`` sets; None leaves one as it is."""

    k1: Number = None
    k2: Number = None
    p1: Number = None
    p2: Number = None
    k3: Number = None
    k4: Number = None
    k5: Number = None
    k6: Number = None
    s1: Number = None
    s2: Number = None
    s3: Number = None
    s4: Number = None


@taking("input_prims k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 name", Distortion)
def lens(distortion: Distortion, input_prims: Items = None, name: FixedText | None = None) -> Node:
    """Put a lens before pinhole cameras that distorts as OpenCV's model does: picture and labels bend alike.

    ``k1`` to ``k6`` are its rational radial coefficients, ``p1`` and ``p2`` tangential, ``s1`` to ``s4`` thin-prism
    ones, as ``cv2.calibrateCamera`` returns them; barrels have a negative ``k1``.
    """
    recorder = current()
    inputs = {entry: value for entry, value in vars(distortion).items() if value is not None}
    return recorder.node("inspection.lens", inputs, recorder.targets(input_prims))


def ring_light(
    target: Vector = (0.0, 0.0, 0.0),
    radius: FixedNumber = 0.1,
    height: FixedNumber = 0.3,
    segments: FixedInteger = 8,
    intensity: Number = 60000,
    size: FixedNumber = 0.03,
    name: FixedText = "RingLight",
) -> Prims:
    """Lamps of ``size`` on a ring of ``radius``, ``height`` above ``target`` along
    the up axis (stage units), facing it.

    A high ring is bright field; see ``dark_field_light`` for a low one.
    """
    return _ring(target, radius, height, segments, intensity, size, name)


def dark_field_light(
    target: Vector = (0.0, 0.0, 0.0),
    radius: FixedNumber = 0.2,
    height: FixedNumber = 0.03,
    segments: FixedInteger = 8,
    intensity: Number = 150000,
    size: FixedNumber = 0.05,
    name: FixedText = "DarkFieldLight",
) -> Prims:
    """A low ring: a smooth surface stays dark, edges, dents and scratches flash."""
    return _ring(target, radius, height, segments, intensity, size, name)


def bar_light(
    target: Vector = (0.0, 0.0, 0.0),
    distance: FixedNumber = 0.3,
    azimuth: FixedNumber = 0.0,
    elevation: FixedNumber = 25.0,
    length: FixedNumber = 0.3,
    width: FixedNumber = 0.03,
    intensity: Number = 30000,
    name: FixedText = "BarLight",
) -> Prims:
    """A long lamp at ``azimuth`` and ``elevation`` degrees seen from ``target``, ``distance`` away,
    across the line of sight.
    """
    at = _seen_from(target, distance, azimuth, elevation)
    return _light(
        light_type="rect",
        position=at,
        look_at=_point(target),
        scale=(length, width, 1.0),
        intensity=intensity,
        name=name,
    )


def coaxial_light(
    direction: Vector = None, angle: FixedNumber = 3.0, intensity: Number = 2500, name: FixedText = "CoaxialLight"
) -> Prims:
    """Light that comes along the camera's axis, as through a beam splitter:
    ``direction`` is where it goes, down when not given.

    Flat mirror-like faces that look at the camera light up, anything tilted goes dark.
    """
    up = _up()
    towards = np.array([-u for u in up] if direction is None else _point(direction), float)
    rotation = tuple(float(a) for a in euler_from_rotation(_along(towards)))
    lamp = _light(light_type="distant", rotation=rotation, intensity=intensity, name=name)
    current().call(
        "modify.attribute", modify.attribute, {"name": "inputs:angle", "value": float(angle), "input_prims": lamp}
    )
    return lamp


def diffuse_dome(intensity: Number = 800, temperature: Number = 6500, name: FixedText = "DiffuseDome") -> Prims:
    """Even light from everywhere, as inside a white dome: no highlights, no shadows."""
    return _light(light_type="dome", intensity=intensity, temperature=temperature, name=name)


def photometric_stereo(
    target: Vector = (0.0, 0.0, 0.0),
    distance: FixedNumber = 0.5,
    elevation: FixedNumber = 40.0,
    count: FixedInteger = 4,
    intensity: FixedNumber = 40000,
    size: FixedNumber = 0.05,
    name: FixedText = "PhotometricStereo",
) -> Prims:
    """``count`` lamps around ``target``, of which one is on at each execution of the open trigger, in turn."""
    if int(count) < 2:
        raise BadArgument(f"count={count}: photometric stereo needs 2 lamps or more")
    lamps = tuple(
        _light(
            light_type="sphere",
            position=_seen_from(target, distance, 360.0 * k / count, elevation),
            scale=size,
            intensity=intensity,
            name=name,
        )
        for k in range(int(count))
    )
    whole = Prims(name, parts=lamps)
    flags = [[j == k for j in range(int(count))] for k in range(int(count))]
    shown = current().call("distribution.sequence", distribution.sequence, {"items": flags})
    current().call("modify.visibility", modify.visibility, {"value": shown, "input_prims": whole})
    return whole


def _light(**arguments: object) -> Prims:
    return current().call("create.light", create.light, arguments)


def _ring(
    target: Vector, radius: float, height: float, segments: int, intensity: Number, size: float, name: str
) -> Prims:
    if int(segments) < 1 or radius <= 0:
        raise BadArgument(f"{name}: segments={segments} must be 1 or more and radius={radius} above 0")
    distance = float(portable.hypot(radius, height))
    elevation = float(np.degrees(portable.arctan2(height, radius)))
    lamps = tuple(
        _light(
            light_type="disk",
            position=_seen_from(target, distance, 360.0 * k / segments, elevation),
            look_at=_point(target),
            scale=size,
            intensity=intensity,
            name=name,
        )
        for k in range(int(segments))
    )
    return Prims(name, parts=lamps)


def _point(value: Vector) -> tuple[float, ...]:
    return vector("target", value)


def _up() -> tuple[float, ...]:
    return tuple(float(v) for v in current().author.up_vector)


def _seen_from(target: Vector, distance: float, azimuth: float, elevation: float) -> tuple[float, ...]:
    """Return the point in a direction from the target: azimuth about the up axis from +X,
    elevation above the ground.
    """
    a, e = np.radians(azimuth), np.radians(elevation)
    x, y, z = portable.cos(e) * portable.cos(a), portable.cos(e) * portable.sin(a), portable.sin(e)
    away = np.array([x, y, z] if _up()[2] > 0.5 else [x, z, -y]) * distance
    return tuple(float(v) for v in np.array(_point(target)) + away)


def _along(direction: Matrix) -> Matrix:
    """Return a rotation that turns a light, which shines along -Z, into ``direction``."""
    up = np.array(_up())
    if abs(float(portable.product(direction, up))) > 0.99 * float(portable.norm(direction)):
        up = np.array([1.0, 0.0, 0.0])
    return aim_rotation(np.zeros(3), direction, up)
