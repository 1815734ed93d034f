"""``isaacsim.core.utils.carb``: settings."""

from __future__ import annotations

from typing import Any

from rendersdg.omni.kit.carb_settings import Settings

__all__ = [
    "get_carb_setting",
    "set_carb_setting",
]


def set_carb_setting(carb_settings: Settings, setting: str, value: object) -> None:
    """Set a value."""
    carb_settings.set(setting, value)


def get_carb_setting(carb_settings: Settings, setting: str) -> Any:
    """Return a value as it was set, None when none was."""
    return carb_settings.get(setting)
