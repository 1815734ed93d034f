"""``isaacsim.core.experimental.utils.app``: updates of the application, and the timeline."""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.errors import NotSupported
from rendersdg.omni.isaac.utils import extensions
from rendersdg.omni.kit.app import get_app
from rendersdg.omni.kit.timeline import get_timeline_interface
from rendersdg.replicator.engine import current

__all__ = [
    "enable_extension",
    "get_extension_dict",
    "get_extension_id",
    "get_extension_path",
    "is_extension_enabled",
    "is_paused",
    "is_playing",
    "is_stopped",
    "pause",
    "play",
    "stop",
    "update_app",
    "update_app_async",
]

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


def play(*, commit: bool | None = True) -> None:
    """Let time run."""
    get_timeline_interface().play()


def pause(*, commit: bool | None = True) -> None:
    """Hold time."""
    get_timeline_interface().pause()


def stop(*, commit: bool | None = True) -> None:
    """Hold time and go back to the start."""
    get_timeline_interface().stop()


def is_playing() -> bool:
    """Return whether time runs."""
    return get_timeline_interface().is_playing()


def is_paused() -> bool:
    """Return whether time is held, after it ran."""
    return not is_playing() and not is_stopped()


def is_stopped() -> bool:
    """Return whether time stands at the start."""
    return get_timeline_interface().is_stopped()


# -- extensions -------------------------------------------------------------------------------------------------------


def enable_extension(name: str, *, enabled: bool = True) -> bool:
    """Accept it: every extension is taken to be there; what it would bring may not be."""
    return extensions.enable_extension(name) if enabled else True


def is_extension_enabled(name: str) -> bool:
    """Say yes."""
    return get_app().get_extension_manager().is_extension_enabled(name)


def get_extension_id(name: str) -> str | None:
    """Return the name as its id."""
    return get_app().get_extension_manager().get_enabled_extension_id(name)


def get_extension_path(name: str) -> str:
    """Raise NotSupported: an extension has no folder here, so there are no files in it."""
    raise NotSupported(
        f"the extension {name} has no folder: its files are part of Isaac Sim; give the paths of files of your own",
        where=current().where(),
    )


def get_extension_dict(name: str) -> dict[str, object] | None:
    """Return None: nothing is known of an extension."""
    return None
