"""``isaacsim.core.utils.physics``: bodies that fall, and time that passes."""

from __future__ import annotations

from collections.abc import Callable

from pxr import UsdPhysics

from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.omni.isaac.utils.prims import get_prim_attribute_value
from rendersdg.omni.kit.app import get_app

__all__ = [
    "get_rigid_body_enabled",
    "set_rigid_body_enabled",
    "simulate_async",
]


async def simulate_async(seconds: float, steps_per_sec: int = 60, callback: Callable[[], object] | None = None) -> None:
    """Let updates pass for so many seconds of time, ``callback`` after each."""
    for _ in range(int(steps_per_sec * seconds)):
        await get_app().next_update_async()
        if callback is not None:
            callback()


def get_rigid_body_enabled(prim_path: PrimLike) -> bool | None:
    """Return whether a body falls, None where nothing says."""
    enabled: bool | None = get_prim_attribute_value(prim_path, "physics:rigidBodyEnabled")
    return enabled


def set_rigid_body_enabled(_value: bool, prim_path: PrimLike) -> None:
    """Say whether a body falls."""
    UsdPhysics.RigidBodyAPI(prim_of(prim_path)).CreateRigidBodyEnabledAttr().Set(bool(_value))
