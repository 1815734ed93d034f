"""Sensors that measure distances: a lidar's beams and what comes back of them, and a stereo depth camera.

A lidar's axes are x forward, y to the left, z up. An azimuth turns from x towards y, an elevation rises towards z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, U4
from rendersdg.errors import BadArgument

MOST_BEAMS = 1 << 24  # of a scan


@dataclass(frozen=True, eq=False)
class Pattern:
    """The beams of a scan in the order in which they are fired, all (B,).

    ``azimuth`` and ``elevation`` float64 degrees, ``channel`` uint32 from 0, ``time`` int64 nanoseconds from the
    beginning of the scan. ``emitters`` of them fire together, ``rate`` scans begin a second.
    """

    azimuth: F8
    elevation: F8
    channel: U4
    time: I8
    emitters: int
    rate: float = 10.0

    @property
    def directions(self) -> F8:
        """The beams' unit directions (B, 3) in the sensor's axes."""
        return directions(self.azimuth, self.elevation)


def directions(azimuth: F8, elevation: F8) -> F8:
    """Return unit vectors (B, 3) in a lidar's axes, of angles (B,) in degrees."""
    turn, rise = np.radians(azimuth), np.radians(elevation)
    flat = portable.cos(rise)
    return np.stack([flat * portable.cos(turn), flat * portable.sin(turn), portable.sin(rise)], -1)


@dataclass(frozen=True)
class Turn:
    """How a rotating lidar turns: ``rate`` scans a second and ``firing_rate`` firings a second, both in hertz.

    The first firing looks towards ``start`` degrees. Firings between ``valid`` degrees from there count, the last
    excluded. ``is_clockwise``, seen from above.
    """

    rate: float = 10.0
    firing_rate: float = 36000.0
    start: float = 0.0
    valid: tuple[float, float] = (0.0, 360.0)
    is_clockwise: bool = True

    @property
    def firings(self) -> int:
        """How many firings a scan has."""
        return round(min(self.firing_rate / self.rate, 1e15))  # more than any scan may have


def rotary(azimuth: F8, elevation: F8, channel: U4, time: I8, turn: Turn) -> Pattern:
    """Return the beams of a scan of emitters (E,) that fire together, over and over, while they turn.

    The emitters' own angles are degrees, their ``time`` nanoseconds after the firing. Raises BadArgument for a scan of
    no beams, or of too many.
    """
    if not (turn.rate > 0 and turn.firing_rate > 0):
        raise BadArgument(f"lidar: {turn.rate:g} scans and {turn.firing_rate:g} firings a second must be above 0")
    count = turn.firings
    _check(count * len(azimuth), f"{count} firings of {len(azimuth)} emitters")
    swept = np.arange(count) * (360.0 / count)
    kept = np.flatnonzero((swept >= turn.valid[0]) & (swept < turn.valid[1]))
    _check(len(kept) * len(azimuth), f"the azimuths {turn.valid[0]:g} to {turn.valid[1]:g}")
    towards = turn.start + (-swept[kept] if turn.is_clockwise else swept[kept])
    begun = np.round(kept * (1e9 / (turn.rate * count))).astype(np.int64)
    return Pattern(
        wrapped((towards[:, None] + azimuth).ravel()),
        np.tile(elevation, len(kept)),
        np.tile(channel, len(kept)),
        (begun[:, None] + time).ravel(),
        len(azimuth),
        turn.rate,
    )


def solid_state(azimuth: F8, elevation: F8, channel: U4, time: I8, rate: float = 10.0) -> Pattern:
    """Return the beams of a scan of emitters (E,) that each fire once. Raises BadArgument as :func:`rotary` does."""
    _check(len(azimuth), f"{len(azimuth)} emitters")
    return Pattern(wrapped(azimuth), elevation, channel, time, len(azimuth), rate)


def wrapped(degrees: F8) -> F8:
    """Return angles as those in -180..180, the upper end excluded.

    >>> wrapped(np.array([0.0, 180.0, 359.0, -190.0])).tolist()
    [0.0, -180.0, -1.0, 170.0]
    """
    return degrees - 360.0 * np.floor((degrees + 180.0) / 360.0)


def _check(beams: int, what: str) -> None:
    if not 0 < beams <= MOST_BEAMS:
        raise BadArgument(f"lidar: {what} make {beams} beams a scan; 1 to {MOST_BEAMS} are possible")


@dataclass(frozen=True, eq=False)
class Lidar:
    """A lidar at one frame. ``world_from_sensor`` (4, 4), metres, turns its axes into the world's.

    It measures from ``near`` to ``far`` metres. What it measures has the standard deviation ``range_noise`` (metres),
    then is rounded to steps of ``range_step`` (metres, 0 for none). A beam leaves beside its angles by normal errors of
    ``azimuth_error`` and ``elevation_error`` (mean, standard deviation; degrees). It is lost with the probability
    ``dropout``, and where less comes back than from a white surface of the share ``least_reflectance`` at
    ``least_reflectance_range`` metres, head on. ``frame_of`` says in which axes points are told.
    """

    pattern: Pattern
    world_from_sensor: F8
    near: float = 0.3
    far: float = 200.0
    range_noise: float = 0.0
    range_step: float = 0.0
    azimuth_error: tuple[float, float] = (0.0, 0.0)
    elevation_error: tuple[float, float] = (0.0, 0.0)
    dropout: float = 0.0
    least_reflectance: float = 0.0
    least_reflectance_range: float = 1.0
    frame_of: Literal["SENSOR", "WORLD"] = "SENSOR"

    def __post_init__(self) -> None:
        if not 0 <= self.near < self.far:
            raise BadArgument(f"lidar: its range of {self.near:g} to {self.far:g} metres must rise from 0 or more")
        for name, high in (
            ("range_noise", 1e3),
            ("range_step", 1e3),
            ("dropout", 1.0),
            ("least_reflectance", 1e3),
            ("least_reflectance_range", 1e9),
        ):
            if not 0 <= getattr(self, name) <= high:
                raise BadArgument(f"lidar: {name}={getattr(self, name):g} must lie in 0..{high:g}")


@dataclass(frozen=True, eq=False)
class Scan:
    """What comes back of a lidar's beams: N returns in the order in which they were fired.

    ``beam`` (N,) int64 into the pattern; ``distance`` (N,) float32 metres as measured; ``points`` (N, 3) float32 and
    ``normals`` (N, 3) float32, unit and turned to the sensor, in its axes or the world's as the lidar says, metres;
    ``intensity`` (N,) float32, the share of light that comes back, 1 for a white surface head on, at any distance;
    ``instance``, ``entity`` and ``material`` (N,) int32 into the snapshot's.
    """

    beam: I8
    distance: F4
    points: F4
    normals: F4
    intensity: F4
    instance: I4
    entity: I4
    material: I4


@dataclass(frozen=True)
class DepthSensor:
    """A stereo depth camera: a second one stands ``baseline`` metres to the right of the camera.

    Disparities are pixels of the camera's own picture: those above ``most_disparity`` are not found, the others have
    the error ``noise_mean`` and the standard deviation ``noise_sigma``, and are rounded to steps of ``disparity_step``
    (0 for none). Depth is measured from ``near`` to ``far`` metres, on surfaces that scatter at least the share
    ``least_scatter`` of light. Where ``has_holes``, what the second camera does not see is not measured.
    """

    baseline: float = 0.055
    disparity_step: float = 0.03125
    most_disparity: float = 110.0
    near: float = 0.3
    far: float = 10.0
    noise_mean: float = 0.0
    noise_sigma: float = 0.0
    least_scatter: float = 0.02
    has_holes: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.baseline <= 100:
            raise BadArgument(f"depth_sensor: baseline={self.baseline:g} metres must be above 0, and at most 100")
        if not 0 <= self.near < self.far:
            raise BadArgument(f"depth_sensor: near={self.near:g} to far={self.far:g} must rise from 0 or more")
        for name, low, high in (
            ("disparity_step", 0, 1e3),
            ("most_disparity", 0, 1e5),
            ("noise_mean", -1e3, 1e3),
            ("noise_sigma", 0, 1e3),
            ("least_scatter", 0, 1),
        ):
            if not low <= getattr(self, name) <= high:
                raise BadArgument(f"depth_sensor: {name}={getattr(self, name):g} must lie in {low:g}..{high:g}")
