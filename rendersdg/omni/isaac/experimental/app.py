"""``isaacsim.core.experimental.utils.app``: updates of the application, and the timeline."""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.omni.isaac.utils.extensions import enable_extension
from rendersdg.omni.kit.app import get_app
from rendersdg.omni.kit.timeline import get_timeline_interface

__all__ = ["enable_extension", "is_playing", "pause", "play", "stop", "update_app", "update_app_async"]

Callback = Callable[[int, int], object]  # told the step and how many there are; False ends them


def update_app(*, steps: int = 1, callback: Callback | None = None) -> None:
    """Do updates of the application; ``callback(step, steps)`` is called after each,
    and ends them by returning False.
    """
    for step in range(int(steps)):
        get_app().update()
        if callback is not None and callback(step, steps) is False:
            break


async def update_app_async(*, steps: int = 1, callback: Callback | None = None) -> None:
    """Do updates of the application; ``callback(step, steps)`` is called after each,
    and ends them by returning False.
    """
    for step in range(int(steps)):
        await get_app().next_update_async()
        if callback is not None and callback(step, steps) is False:
            break


def play(*args: object, **options: object) -> None:
    """Let time run."""
    get_timeline_interface().play()


def pause() -> None:
    """Hold time."""
    get_timeline_interface().pause()


def stop() -> None:
    """Hold time and go back to the start."""
    get_timeline_interface().stop()


def is_playing() -> bool:
    """Return whether time runs."""
    return get_timeline_interface().is_playing()
