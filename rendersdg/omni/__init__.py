"""The host that scripts expect around ``rep``: Kit, Isaac Sim, carb; the runner that executes them; and the exits to the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rendersdg.omni.live import replay as replay


def __getattr__(name: str) -> Any:
    if name == "replay":  # loaded when it is asked for: it brings the front door of scenes with it
        from rendersdg.omni.live import replay

        return replay
    raise AttributeError(f"module 'rendersdg.omni' has no attribute {name!r}")
