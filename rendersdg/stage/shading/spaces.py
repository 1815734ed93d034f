"""Names of colour spaces: which are display encoded, and how those of other primaries become Rec. 709."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.colour import linear_from_srgb
from rendersdg.stage.shading.fields import Field, combined

_ENCODED = (
    "srgb",
    "srgb_texture",
    "srgb_rec709_scene",
    "srgb_rec709_display",
    "g22_rec709",
    "g22_rec709_scene",
    "g18_rec709",
    "g18_rec709_scene",
    "srgb - texture",
    "srgb_p3d65_scene",
    "srgb_displayp3",
)
_LINEAR = (
    "raw",
    "data",
    "identity",
    "linear",
    "unknown",
    "lin_rec709",
    "lin_rec709_scene",
    "lin_srgb",
    "utility - raw",
    "acescg",
    "lin_ap1",
    "lin_ap1_scene",
    "aces2065-1",
    "lin_ap0",
    "lin_ap0_scene",
    "lin_p3d65_scene",
    "lin_displayp3",
)
_AP1 = ((1.70505, -0.62179, -0.08326), (-0.13026, 1.14080, -0.01055), (-0.02400, -0.12897, 1.15297))
_AP0 = ((2.52169, -1.13413, -0.38756), (-0.27648, 1.37272, -0.09624), (-0.01538, -0.15298, 1.16835))
_P3 = ((1.22494, -0.22494, 0.0), (-0.04206, 1.04206, 0.0), (-0.01964, -0.07864, 1.09827))
_PRIMARIES = {  # rows that make linear Rec. 709 of theirs (ACES by Bradford from D60, as OpenColorIO's configurations)
    "acescg": _AP1,
    "lin_ap1": _AP1,
    "lin_ap1_scene": _AP1,
    "aces2065-1": _AP0,
    "lin_ap0": _AP0,
    "lin_ap0_scene": _AP0,
    "lin_p3d65_scene": _P3,
    "lin_displayp3": _P3,
    "srgb_p3d65_scene": _P3,
    "srgb_displayp3": _P3,
}


def is_encoded(space: str) -> bool | None:
    """Return whether values in a colour space are display encoded; None where it says nothing, or is not known."""
    name = space.lower()
    return True if name in _ENCODED else False if name in _LINEAR else None


def is_known(space: str) -> bool:
    """Return whether a name is one of a colour space here; so is none, and ``auto``."""
    return space.lower() in ("", "auto", *_ENCODED, *_LINEAR)


def in_rec709(field: Field, space: str) -> Field:
    """Return a linear colour of the primaries of ``space`` in those of Rec. 709."""
    rows = _PRIMARIES.get(space.lower())
    if rows is None or field.width < 3:
        return field
    return combined(lambda a: _turned(a, np.asarray(rows)), field, width=field.width)


def linear_colour(value: tuple[float, ...], space: str) -> tuple[float, ...]:
    """Return a constant colour of ``space`` as linear Rec. 709."""
    colour = np.asarray(value[:3], np.float64)
    if is_encoded(space):
        colour = linear_from_srgb(colour).astype(np.float64)
    if (rows := _PRIMARIES.get(space.lower())) is not None:
        colour = portable.product(np.asarray(rows), colour)
    return (*(float(c) for c in colour), *value[3:])


def _turned(values: F8, rows: F8) -> F8:
    return np.concatenate([portable.product(values[..., :3], rows.T), values[..., 3:]], axis=-1)
