"""``rep.inspection``: the lights and the camera of a test bench, an extension of this engine's."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.geometry import Matrix, aim_rotation, euler_from_rotation
from rendersdg.graph.nodes import Node, Prims
from rendersdg.scene import create, distribution, modify
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Boolean, FixedInteger, FixedNumber, FixedText, Integer, Items, Number, Text, Vector
from rendersdg.stage.values import vector


def sensor(
    input_prims: Items = None,
    exposure: Number = None,
    blur: Number = None,
    vignetting: Number = None,
    bayer: Boolean = None,
    mono: Boolean = None,
    shot_noise: Boolean = None,
    read_noise: Number = None,
    gain: Number = None,
    prnu: Number = None,
    black_level: Number = None,
    bits: Integer = None,
    tone: Text = None,
    jpeg: Integer = None,
    name: FixedText = None,
) -> Node:
    """Put a sensor behind cameras; without one the picture is the renderer's own, noise-free and filmic.

    ``exposure`` in stops; ``blur`` the lens's point spread, pixels (sigma); ``vignetting`` the light lost in the
    corners, 0..1; ``bayer`` a colour filter and demosaicing, ``mono`` a grey sensor; ``read_noise`` electrons, ``gain``
    digital numbers an electron at ``bits`` bits, ``black_level`` digital numbers, ``prnu`` the relative deviation of
    the pixels' response; ``tone`` linear, srgb or filmic; ``jpeg`` a quality 1..100, 0 for none.
    """
    recorder = current()
    given = {k: v for k, v in locals().items() if k not in ("input_prims", "name", "recorder") and v is not None}
    return recorder.node("inspection.sensor", given, recorder.targets(input_prims))


def lens(
    input_prims: Items = None,
    k1: Number = None,
    k2: Number = None,
    p1: Number = None,
    p2: Number = None,
    k3: Number = None,
    k4: Number = None,
    k5: Number = None,
    k6: Number = None,
    s1: Number = None,
    s2: Number = None,
    s3: Number = None,
    s4: Number = None,
    name: FixedText = None,
) -> Node:
    """Put a lens before pinhole cameras that distorts as OpenCV's model does: picture and labels bend alike.

    ``k1`` to ``k6`` are its rational radial coefficients, ``p1`` and ``p2`` tangential, ``s1`` to ``s4`` thin-prism
    ones, as ``cv2.calibrateCamera`` returns them; barrels have a negative ``k1``.
    """
    recorder = current()
    given = {k: v for k, v in locals().items() if k not in ("input_prims", "name", "recorder") and v is not None}
    return recorder.node("inspection.lens", given, recorder.targets(input_prims))


def ring_light(
    target: Vector = (0.0, 0.0, 0.0),
    radius: FixedNumber = 0.1,
    height: FixedNumber = 0.3,
    segments: FixedInteger = 8,
    intensity: Number = 60000,
    size: FixedNumber = 0.03,
    name: FixedText = "RingLight",
) -> Prims:
    """Lamps of ``size`` on a ring of ``radius``, ``height`` above ``target`` along the up axis (stage units), facing
    it.

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
    """A long lamp at ``azimuth`` and ``elevation`` degrees seen from ``target``, ``distance`` away, across the line of
    sight.
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
    """Light that comes along the camera's axis, as through a beam splitter: ``direction`` is where it goes, down when
    not given.

    Flat mirror-like faces that look at the camera light up, anything tilted goes dark.
    """
    up = _up()
    towards = np.array([-u for u in up] if direction is None else _point(direction), float)
    rotation = tuple(float(a) for a in euler_from_rotation(_along(towards)))
    made = _light(light_type="distant", rotation=rotation, intensity=intensity, name=name)
    current().call(
        "modify.attribute", modify.attribute, {"name": "inputs:angle", "value": float(angle), "input_prims": made}
    )
    return made


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
    made = Prims(name, parts=lamps)
    flags = [[j == k for j in range(int(count))] for k in range(int(count))]
    shown = current().call("distribution.sequence", distribution.sequence, {"items": flags})
    current().call("modify.visibility", modify.visibility, {"value": shown, "input_prims": made})
    return made


def _light(**given: Any) -> Prims:
    made: Prims = current().call("create.light", create.light, given)
    return made


def _ring(target: Any, radius: float, height: float, segments: int, intensity: Any, size: float, name: str) -> Prims:
    if int(segments) < 1 or radius <= 0:
        raise BadArgument(f"{name}: segments={segments} must be 1 or more and radius={radius} above 0")
    distance = float(np.hypot(radius, height))
    elevation = float(np.degrees(np.arctan2(height, radius)))
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


def _point(value: Any) -> tuple[float, ...]:
    return vector("target", value)


def _up() -> tuple[float, ...]:
    return tuple(float(v) for v in current().author.up_vector)


def _seen_from(target: Any, distance: float, azimuth: float, elevation: float) -> tuple[float, ...]:
    """Return the point in a direction from the target: azimuth about the up axis from +X, elevation above the
    ground.
    """
    a, e = np.radians(azimuth), np.radians(elevation)
    x, y, z = np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)
    away = np.array([x, y, z] if _up()[2] > 0.5 else [x, z, -y]) * distance
    return tuple(float(v) for v in np.array(_point(target)) + away)


def _along(direction: Matrix) -> Matrix:
    """Return a rotation that turns a light, which shines along -Z, into ``direction``."""
    up = np.array(_up())
    if abs(float(direction @ up)) > 0.99 * float(np.linalg.norm(direction)):
        up = np.array([1.0, 0.0, 0.0])
    return aim_rotation(np.zeros(3), direction, up)
