"""``isaacsim.core.experimental.utils.stage``: what differs from the older generations' module."""

from __future__ import annotations

from pxr import Usd, UsdPhysics

from rendersdg.omni.isaac.utils import stage as older
from rendersdg.omni.isaac.utils.prims import define_prim, delete_prim, move_prim
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.stage import get_next_free_path as generate_next_free_path

__all__ = ["define_prim", "delete_prim", "generate_next_free_path", "get_stage_units", "move_prim", "open_stage"]


def open_stage(usd_path: str) -> tuple[bool, Usd.Stage]:
    """Open a USD file. Returns True and the stage."""
    return older.open_stage(usd_path), get_current_stage()


def get_stage_units() -> tuple[float, float]:
    """Return the units of length, in metres, and of mass, in kilograms."""
    return older.get_stage_units(), float(UsdPhysics.GetStageKilogramsPerUnit(get_current_stage()))
