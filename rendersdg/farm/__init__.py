"""Farms: frame ranges over processes, Ray and SLURM. Each worker opens the scene itself and makes the frames it is
given.
"""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.registry import Registry

FARMS: Registry[Callable[..., tuple[list[dict[str, str]], dict[int, str]]]] = (
    Registry(  # beside processes on this machine
        "farm",
        {"ray": "rendersdg.farm.on_ray:render_on_ray", "slurm": "rendersdg.farm.on_slurm:render_on_slurm"},
    )
)
