"""The lidars that are known by name: nominal beams and ranges, as even tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rendersdg.errors import NotSupported, did_you_mean


@dataclass(frozen=True)
class Profile:
    """A lidar: its kind, beams and errors. Angles are degrees, ranges metres, ``rate`` scans a second.

    ``channels`` lie evenly over ``vertical_fov``. A rotating one fires every ``resolution`` degrees; a solid-state one
    has a column of beams every ``resolution`` degrees over ``horizontal_fov``. ``reflectance`` of a surface is the
    least that it sees at ``reflectance_range``, 0 for no limit. ``note`` says what it stands on.
    """

    channels: int
    vertical_fov: tuple[float, float]
    resolution: float
    near: float
    far: float
    kind: str = "rotary"
    horizontal_fov: tuple[float, float] = (0.0, 360.0)
    rate: float = 10.0
    noise: float = 0.0
    reflectance: float = 0.0
    reflectance_range: float = 1.0
    note: str = ""


_NOMINAL = "its maker's nominal figures, as an even table of beams; a unit has angles of its own"
_GENERIC = "the beams of Omniverse's generic lidar: NVIDIA's own file is not read"
GENERIC = Profile(128, (-15.0, 15.0), 0.1, 0.3, 200.0, note=_GENERIC)
PROFILES: Mapping[str, Profile] = {
    "Example_Rotary": GENERIC,
    "Example_Rotary_2D": replace(GENERIC, channels=1, vertical_fov=(0.0, 0.0)),
    "Debug_Rotary": replace(
        GENERIC, channels=1, vertical_fov=(0.0, 0.0), rate=6.0, note="one level beam, 6 scans a second"
    ),
    "Example_Solid_State": replace(
        GENERIC,
        kind="solid_state",
        resolution=0.5,
        horizontal_fov=(-35.0, 35.0),
        note="70 degrees wide, 140 columns: NVIDIA's own file is not read",
    ),
    "HESAI_XT32_SD10": Profile(
        32, (-16.0, 15.0), 0.18, 0.05, 120.0, noise=0.01, reflectance=0.1, reflectance_range=80.0, note=_NOMINAL
    ),
    "SLAMTEC_RPLIDAR_S2E": Profile(1, (0.0, 0.0), 0.1125, 0.05, 30.0, noise=0.03, note=_NOMINAL),
    "Velodyne_VLP16": Profile(16, (-15.0, 15.0), 0.2, 0.5, 100.0, noise=0.03, note=_NOMINAL),
    "Velodyne_VLS128": Profile(
        128, (-25.0, 15.0), 360 / 1876, 0.3, 300.0, noise=0.03, note=f"{_NOMINAL}; its own beams are not even"
    ),
    "ZVISION_ML30S": Profile(
        160,
        (-50.0, 20.0),
        140 / 320,
        0.2,
        45.0,
        kind="solid_state",
        horizontal_fov=(-70.0, 70.0),
        noise=0.03,
        note="its makers' file for Isaac Sim; 160 even lines of 320",
    ),
}
_ALIASES = {
    "hesai_xt32": "HESAI_XT32_SD10",
    "xt32_sd10": "HESAI_XT32_SD10",
    "rplidar_s2e": "SLAMTEC_RPLIDAR_S2E",
    "vlp_16": "Velodyne_VLP16",
    "vlp16": "Velodyne_VLP16",
    "vls_128": "Velodyne_VLS128",
    "vls128": "Velodyne_VLS128",
    "ml30s": "ZVISION_ML30S",
    "example_rotary_beams": "Example_Rotary",
    "example_solid_state_beams": "Example_Solid_State",
    "simple_example_solid_state": "Example_Solid_State",
}
_OUSTER = re.compile(r"(os[012])(?:_rev\d+)?_([1-9]\d{0,3})ch([1-9]\d{0,2})hz([1-9]\d{0,4})res", re.IGNORECASE)
_OUSTERS = {  # vertical field of view, nearest, farthest
    "os0": ((-45.0, 45.0), 0.3, 100.0),
    "os1": ((-22.5, 22.5), 0.3, 200.0),
    "os2": ((-11.25, 11.25), 0.8, 400.0),
}


def profile_of(name: str, variant: str | None = None) -> Profile:
    """Return a lidar by the name that Isaac Sim has for it; ``variant`` names one of several of a maker's.

    Ousters are called as ``OS1_REV6_128ch10hz1024res``. Raises NotSupported for a name that is not known here.

    >>> profile_of("OS1_REV6_32ch20hz512res").resolution
    0.703125
    """
    for text in (variant, name):
        if text and (found := _OUSTER.fullmatch(text.strip())):
            model, channels, rate, columns = found.groups()
            fov, near, far = _OUSTERS[model.lower()]
            return Profile(int(channels), fov, 360 / int(columns), near, far, rate=float(rate), note=_NOMINAL)
    low = name.strip().lower().removesuffix(".json").removesuffix(".usd")
    low = "os1_128ch10hz1024res" if low == "os1" else low
    if _OUSTER.fullmatch(low):
        return profile_of(low)
    known = {key.lower(): key for key in PROFILES} | _ALIASES
    if low not in known:
        raise NotSupported(
            f"the lidar {name!r} is not known{did_you_mean(name, PROFILES)}; known are {', '.join(PROFILES)} and "
            "Ousters by OS1_REV6_128ch10hz1024res. Describe others by create.omni_lidar(elevations=..., ...)"
        )
    return PROFILES[known[low]]
