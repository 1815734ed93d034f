"""What a path says of how its file is to be read: ``part.stl:SDF_FORMAT_ARGS:unit=mm&up_axis=Y``, as USD writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rendersdg.assets.mesh_files.units import unit_of
from rendersdg.errors import BadArgument, did_you_mean

_SIGN = ":SDF_FORMAT_ARGS:"  # as in Sdf.Layer.SplitIdentifier
_KNOWN = ("unit", "up_axis", "crease")


@dataclass(frozen=True)
class Reading:
    """How a file is to be read where that is said: ``unit`` in metres, ``up_axis``, ``crease`` in degrees."""

    unit: float | None = None
    up_axis: Literal["Y", "Z"] | None = None
    crease: float | None = None

    @property
    def places(self) -> bool:
        """Whether something is said of the unit or the axis."""
        return self.unit is not None or self.up_axis is not None


def split_arguments(path: str) -> tuple[str, dict[str, str]]:
    """Return a path without its arguments, and these.

    >>> split_arguments("part.stl:SDF_FORMAT_ARGS:unit=mm&up_axis=Y")
    ('part.stl', {'unit': 'mm', 'up_axis': 'Y'})
    """
    plain, sign, rest = path.partition(_SIGN)
    pairs = (pair.partition("=") for pair in rest.split("&") if pair)
    return plain, {name: value for name, _, value in pairs} if sign else {}


def with_arguments(path: str, given: Mapping[str, object]) -> str:
    """Return a path with arguments, in the order of their names; those that are None are left out.

    >>> with_arguments("part.stl", {"unit": "mm", "crease": None})
    'part.stl:SDF_FORMAT_ARGS:unit=mm'
    """
    plain, own = split_arguments(path)
    both = {**own, **{name: f"{value}" for name, value in given.items() if value is not None}}
    return plain + (_SIGN + "&".join(f"{name}={both[name]}" for name in sorted(both)) if both else "")


def reading_of(path: str) -> Reading:
    """Return how a path asks for its file to be read. Raises BadArgument for what it cannot ask."""
    plain, arguments = split_arguments(path)
    for name in arguments:
        if name not in _KNOWN:
            raise BadArgument(f"asset {plain}: {name}={arguments[name]} is not known{did_you_mean(name, _KNOWN)}")
    crease = arguments.get("crease")
    try:
        return Reading(
            None if "unit" not in arguments else unit_of(arguments["unit"]),
            None if "up_axis" not in arguments else _axis(arguments["up_axis"]),
            None if crease is None else _angle(crease),
        )
    except BadArgument as error:
        raise BadArgument(f"asset {plain}: {error.message}") from None


def _axis(value: str) -> Literal["Y", "Z"]:
    axis = value.strip().upper()
    if axis == "Y":
        return "Y"
    if axis == "Z":
        return "Z"
    raise BadArgument(f"up_axis={value!r} is not an axis that can be up: write Y or Z")


def _angle(value: str) -> float:
    try:
        angle = float(value)
    except ValueError:
        angle = -1.0
    if not 0.0 <= angle <= 180.0:
        raise BadArgument(f"crease={value!r} must be an angle of 0 (every edge is sharp) to 180 degrees (none is)")
    return angle
