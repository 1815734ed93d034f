"""``omni.kit.viewport.utility``: the viewport, a window onto the stage that nobody sees."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pxr import Sdf

from rendersdg.replicator.engine import VIEWPORT
from rendersdg.replicator.host import current_host

__all__ = [
    "create_viewport_window",
    "get_active_viewport",
    "get_active_viewport_camera_path",
    "get_active_viewport_window",
]

_SIZE = (1280, 720)  # pixels: how large Kit opens its window
_TITLE = "Viewport"  # what Kit calls its window


@dataclass(eq=False)
class Viewport:
    """The viewport: what is set is kept, and changes no frame."""

    camera_path: Sdf.Path = field(default_factory=lambda: Sdf.Path(VIEWPORT))
    resolution: tuple[int, int] = _SIZE
    stage: None = None
    frame_info: dict[str, object] = field(default_factory=dict)
    updates_enabled: bool = True

    def set_texture_resolution(self, *args: object, **options: object) -> None:
        """Do nothing: render products have sizes of their own."""

    def get_active_camera(self, *args: object, **options: object) -> str:
        """Return the path of the viewport's own camera."""
        return VIEWPORT

    def set_active_camera(self, *args: object, **options: object) -> None:
        """Do nothing: render products have cameras of their own."""

    async def wait_for_rendered_frames(self, *args: object, **options: object) -> bool:
        """Return that the frames are there."""
        await asyncio.sleep(0)
        return True


@dataclass(eq=False)
class ViewportWindow:
    """The window around a viewport."""

    viewport_api: Viewport
    title: str = _TITLE


def get_active_viewport(*args: object) -> Viewport:
    """Return the one viewport."""
    return current_host().part(Viewport)


def get_active_viewport_window(*args: object) -> ViewportWindow:
    """Return a window around the one viewport."""
    return ViewportWindow(get_active_viewport())


def create_viewport_window(*args: object, **options: object) -> ViewportWindow:
    """Return a window around the one viewport."""
    return ViewportWindow(get_active_viewport())


def get_active_viewport_camera_path(*args: object) -> str:
    """Return the path of the viewport's own camera."""
    return VIEWPORT
