"""``omni.log``: the log."""

from __future__ import annotations

from rendersdg.omni.kit.carb import log_error as error
from rendersdg.omni.kit.carb import log_info as info
from rendersdg.omni.kit.carb import log_warn as warn

__all__ = ["error", "info", "warn"]
