"""Lidars of ``rep.create``: which beams they send, and how well they measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims
from rendersdg.ranging import MOST_BEAMS
from rendersdg.scene.lidars import GENERIC, Profile, profile_of
from rendersdg.scene.placing import Placement, create_prims, sample_inputs
from rendersdg.scene.recorder import current
from rendersdg.scene.signatures import taking
from rendersdg.scene.types import (
    FixedAtLeastOne,
    FixedPositive,
    FixedRange,
    FixedText,
    FixedValues,
    Mapped,
    NonNegative,
    OneOf,
    Positive,
    Share,
)
from rendersdg.stage.ranging import CORE, DROPOUT, EMITTERS

ScanType = Annotated[str, "fixed string", OneOf(("rotary", "solid_state"), any_case=True)]
_WHOLE = (  # attributes that are whole numbers
    *("scanRateBaseHz", "patternFiringRateHz", "reportRateBaseHz", "numberOfEmitters", "numberOfChannels", "numLines"),
    *("numRaysPerLine", "channelId", "fireTimeNs", "rangeId", "bank", "maxReturns"),
)


@dataclass(frozen=True, kw_only=True)
class Beams:
    """The beams of a lidar; what is None is that of ``config``, else of a generic one.

    ``config`` is a lidar that is known by name. ``channels`` lie evenly over ``vertical_fov``, or as the table
    ``elevations`` says; ``azimuths`` are offsets of the channels (degrees). There is a column of beams every
    ``horizontal_resolution`` degrees within ``horizontal_fov``: of a ``rotary`` one after each other, with
    ``rotation_rate`` scans a second, of a ``solid_state`` one at once.
    """

    config: FixedText | None = None
    scan_type: ScanType | None = None
    channels: FixedAtLeastOne | None = None
    vertical_fov: FixedRange | None = None
    elevations: FixedValues = None
    azimuths: FixedValues = None
    horizontal_fov: FixedRange | None = None
    horizontal_resolution: FixedPositive | None = None
    rotation_rate: Positive = None


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """How a lidar measures, see ``ranging.Lidar``: ranges and their noise in metres, ``dropout`` and
    ``least_reflectance`` shares. None is as ``config`` has it.
    """

    near_range: NonNegative = None
    far_range: Positive = None
    range_noise: NonNegative = None
    range_step: NonNegative = None
    dropout: Share = None
    least_reflectance: NonNegative = None
    least_reflectance_range: Positive = None


OF_LIDARS = " ".join(entry.name for record in (Beams, Measuring) for entry in fields(record))  # arguments that are ours


@taking(
    f"position rotation count name parent look_at look_at_up_axis {OF_LIDARS} attributes",
    Placement,
    Beams,
    Measuring,
)
def omni_lidar(placement: Placement, beams: Beams, measuring: Measuring, attributes: Mapped = None) -> Prims:
    """Create lidars: their points come from the annotator ``lidar`` and the LidarWriter of a render product of theirs.

    ``config`` names one that is known, as Isaac Sim does (``Example_Rotary``, ``OS1_REV6_128ch10hz1024res``); the rest
    is ours. Angles are degrees, ranges metres, ``rotation_rate`` scans a second. A lidar's x axis is where azimuth 0
    looks, the stage's up axis where elevations rise to. Ranges and errors may be distributions. ``attributes`` are
    those of Omniverse's OmniLidar prims, by their names (``omni:sensor:Core:scanRateBaseHz``), which win. Raises
    BadArgument for beams that cannot be, NotSupported for a ``config`` that is not known.
    """
    recorder = current()
    known = attributes_of(beams, measuring) | typed(attributes or {})
    drawn: dict[str, object] = {name: value for name, (_, value) in known.items() if isinstance(value, Distribution)}
    fixed = {name: entry for name, entry in known.items() if name not in drawn}
    lidars = create_prims("OmniLidar", placement, lambda name, parent: recorder.author.lidar(name, parent, fixed))
    sample_inputs(recorder, lidars, drawn)
    return lidars


def attributes_of(beams: Beams, measuring: Measuring, variant: str | None = None) -> dict[str, tuple[str, object]]:
    """Return the attributes of a lidar's prim, (type, value) by name; ``variant`` goes with its ``config``."""
    profile = GENERIC
    if beams.config is not None:
        profile = profile_of(beams.config, variant)
        current().report.note(f"lidar {variant or beams.config}", profile.note)
    rate = profile.rate if beams.rotation_rate is None else beams.rotation_rate
    kind = "uint" if not isinstance(rate, Distribution) and rate == int(rate) else "float"
    return _beams(beams, profile) | _measures(measuring, profile) | {f"{CORE}scanRateBaseHz": (kind, rate)}


def lidar_attributes(
    values: Mapping[str, Any], attributes: Mapping[str, object], variant: str | None = None
) -> dict[str, tuple[str, object]]:
    """Return the attributes of a lidar's prim from arguments of :func:`omni_lidar`, which are all fixed."""
    beams, measuring = (
        {entry.name: values[entry.name] for entry in fields(record) if entry.name in values}
        for record in (Beams, Measuring)
    )
    return attributes_of(Beams(**beams), Measuring(**measuring), variant) | typed(attributes)


def typed(attributes: Mapping[str, object]) -> dict[str, tuple[str, object]]:
    """Return attributes of a lidar as (type, value) by name. Raises BadArgument for a value that none has."""
    found: dict[str, tuple[str, object]] = {}
    for name, value in attributes.items():
        kind = type_of(name, value)
        if kind is None:
            raise BadArgument(f"omni_lidar: {name}={value!r} is not a number, text, or a list of numbers")
        if name.startswith(CORE) and ":emitterState:" not in name and kind != "token" and kind.endswith("[]"):
            raise BadArgument(f"omni_lidar: {name}={value!r} must be one value")
        found[name] = (kind, value)
    # the firing of a rate that is given counts, and not the step of what it replaces
    if f"{CORE}patternFiringRateHz" in found and f"{CORE}rotPatternFiringResDeg" not in found:
        found[f"{CORE}rotPatternFiringResDeg"] = ("float", 0.0)
    return found


def type_of(name: str, value: object) -> str | None:
    """Return the USD type of an attribute of a lidar that has a value, None for a value that none has."""
    if isinstance(value, Distribution):
        return "float"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "token"
    if isinstance(value, (int, float, np.integer, np.floating)):
        whole = name.rpartition(":")[2] in _WHOLE and value == int(value) and value >= 0
        return "uint" if whole else "float"
    try:
        numbers = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        return None
    return ("uint[]" if name.rpartition(":")[2] in _WHOLE else "float[]") if numbers.ndim == 1 else None


def _beams(beams: Beams, profile: Profile) -> dict[str, tuple[str, object]]:
    """Return the attributes of the emitters, and of how they turn. Raises BadArgument for what cannot be."""
    kind = (beams.scan_type or profile.kind).lower()
    if kind not in ("rotary", "solid_state"):
        raise BadArgument(f"omni_lidar: scan_type={beams.scan_type!r} is not rotary or solid_state")
    elevations = _elevations(beams, profile)
    offsets = np.zeros(len(elevations)) if beams.azimuths is None else _numbers("azimuths", beams.azimuths)
    if len(offsets) != len(elevations):
        raise BadArgument(f"omni_lidar: {len(offsets)} azimuths for {len(elevations)} channels; give one for each")
    low, high = _fov("horizontal_fov", beams.horizontal_fov or profile.horizontal_fov, 360.0)
    step = profile.resolution if beams.horizontal_resolution is None else float(beams.horizontal_resolution)
    channel = np.arange(1, len(elevations) + 1)
    found: dict[str, tuple[str, object]] = {f"{CORE}scanType": ("token", kind.upper())}
    if kind == "solid_state":
        if beams.horizontal_fov is None and profile.kind != kind:
            low, high = -35.0, 35.0
        count = max(round(min((high - low) / step, 1e15)), 1)
        if count * len(elevations) > MOST_BEAMS:
            raise BadArgument(f"omni_lidar: {count} columns of {len(elevations)} channels make too many beams")
        columns = low + (np.arange(count) + 0.5) * (high - low) / count
        offsets = (columns[:, None] + offsets).ravel()
        elevations, channel = np.tile(elevations, count), np.tile(channel, count)
    else:
        found |= {
            f"{CORE}rotPatternFiringResDeg": ("float", step),
            f"{CORE}startAzimuthOffsetDeg": ("float", low),
            f"{CORE}validStartAzimuthDeg": ("float", 0.0),
            f"{CORE}validEndAzimuthDeg": ("float", high - low),
            f"{CORE}rotationDirection": ("token", "CCW"),
        }
    return found | {
        f"{CORE}numberOfEmitters": ("uint", len(elevations)),
        f"{CORE}numberOfChannels": ("uint", int(channel.max())),
        f"{EMITTERS}azimuthDeg": ("float[]", offsets.tolist()),
        f"{EMITTERS}elevationDeg": ("float[]", elevations.tolist()),
        f"{EMITTERS}channelId": ("uint[]", channel.tolist()),
        f"{EMITTERS}fireTimeNs": ("uint[]", [0] * len(elevations)),
    }


def _elevations(beams: Beams, profile: Profile) -> F8:
    if beams.elevations is not None:
        if beams.channels is not None or beams.vertical_fov is not None:
            raise BadArgument("omni_lidar: give elevations, or channels and vertical_fov, not both")
        table = _numbers("elevations", beams.elevations)
        if not len(table) or np.abs(table).max() > 90:
            raise BadArgument("omni_lidar: elevations must be angles of -90 to 90 degrees, one at least")
        return table
    low, high = _fov("vertical_fov", beams.vertical_fov or profile.vertical_fov, 180.0)
    count = profile.channels if beams.channels is None else int(beams.channels)
    if count > MOST_BEAMS:
        raise BadArgument(f"omni_lidar: channels={count} are too many; {MOST_BEAMS} beams are possible")
    if max(-low, high) > 90:
        raise BadArgument(f"omni_lidar: vertical_fov=[{low:g}, {high:g}] must lie in -90..90 degrees")
    return np.linspace(low, high, count) if count > 1 else np.array([(low + high) / 2])


def _fov(name: str, fov: FixedRange, most: float) -> tuple[float, float]:
    low, high = (float(v) for v in fov)
    if not (low <= high and high - low <= most):
        raise BadArgument(f"omni_lidar: {name}=[{low:g}, {high:g}] must rise, by {most:g} degrees at most")
    return low, high


def _numbers(name: str, values: FixedValues) -> F8:
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        numbers = np.zeros((0, 0))
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise BadArgument(f"omni_lidar: {name} must be a list of angles in degrees")
    return numbers


def _measures(given: Measuring, profile: Profile) -> dict[str, tuple[str, object]]:
    """Return the attributes of how a lidar measures; those that are neither given nor the profile's are left out."""
    values: Mapping[str, tuple[object, float]] = {
        f"{CORE}nearRangeM": (given.near_range, profile.near),
        f"{CORE}farRangeM": (given.far_range, profile.far),
        f"{CORE}rangeAccuracyM": (given.range_noise, profile.noise),
        f"{CORE}rangeResolutionM": (given.range_step, 0.0),
        f"{CORE}minReflectance": (given.least_reflectance, profile.reflectance),
        f"{CORE}minReflectionRangeM": (given.least_reflectance_range, profile.reflectance_range),
        DROPOUT: (given.dropout, 0.0),
    }
    return {name: ("float", own if value is None else value) for name, (value, own) in values.items()}
