"""Scattering and colours: drawn from the generator that is given."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.functional.create import CREATE
from rendersdg.replicator.functional.placement import world_position
from rendersdg.replicator.functional.randomizer import display_color, scatter_2d, world_bounds


def test_prims_lie_on_the_surface_at_the_offset_within_the_extents(engine: Engine) -> None:
    plane = CREATE["plane"](scale=10)
    balls = [CREATE["sphere"](name=f"ball{k}") for k in range(5)]
    low, high = world_bounds(plane)
    extents = ((0, float(low[1]) - 1, float(low[2])), (float(high[0]), float(high[1]) + 1, float(high[2])))

    scatter_2d(balls, plane, extents=extents, offset=2.0, rng=np.random.default_rng(1))

    places = np.array([world_position(b) for b in balls])
    assert (places[:, 0] >= 0).all() and np.allclose(abs(places[:, 1]), 2.0)
    with pytest.raises(BadArgument, match="within the extents"):
        scatter_2d(balls, plane, extents=((1e6, 1e6, 1e6), (2e6, 2e6, 2e6)))


def test_colours_come_from_the_generator(engine: Engine) -> None:
    cube = CREATE["cube"]()

    display_color(cube, np.random.default_rng(3))

    colour = UsdGeom.Gprim(cube).GetDisplayColorAttr().Get()[0]
    assert tuple(colour) == pytest.approx(tuple(np.random.default_rng(3).random(3)))
