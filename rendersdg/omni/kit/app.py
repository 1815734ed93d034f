"""``omni.kit.app``: the application, its updates and its extensions."""

from __future__ import annotations

import asyncio

from rendersdg.omni.kit.carb_events import Stream, publish, subscribers
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = ["IApp", "get_app", "get_app_interface"]

_VERSION = "107.3"  # of the Kit whose behaviour scripts get


class App:
    """The application."""

    def update(self, *, passes_time: bool = True, captures: bool = True) -> None:
        """Do one update: tasks, time, and a frame where one is due."""
        engine = current()
        engine.application.update(passes_time=passes_time, captures=captures)
        publish(subscribers().updates, 0, dt=1.0 / engine.timeline.rate)
        publish(subscribers().rendered, 0, frame_number=engine.captures.frame + engine.captures.reads)

    async def next_update_async(self) -> float:
        """Let one update pass. Returns its seconds."""
        await asyncio.sleep(0)
        self.update()
        return 1.0 / current().timeline.rate

    post_update_async = next_update_async

    def get_update_event_stream(self) -> Stream:
        """Return the stream of updates."""
        return Stream(subscribers().updates)

    get_pre_update_event_stream = get_post_update_event_stream = get_update_event_stream

    def get_extension_manager(self) -> ExtensionManager:
        """Return the extension manager."""
        return ExtensionManager()

    def is_running(self) -> bool:
        """Return whether the application goes on."""
        return current().application.can_continue()

    def get_app_version(self) -> str:
        """Return a version."""
        return _VERSION

    get_build_version = get_app_version

    def shutdown(self, *args: object) -> None:
        """End the application."""
        current().application.is_over = True

    post_quit = shutdown


IApp = App


class ExtensionManager:
    """Every extension is taken to be there; what it would bring may not be."""

    def set_extension_enabled_immediate(self, name: str, enabled: bool = True) -> bool:
        """Accept it."""
        return True

    set_extension_enabled = set_extension_enabled_immediate

    def is_extension_enabled(self, name: str) -> bool:
        """Say yes."""
        return True

    def get_enabled_extension_id(self, name: str) -> str:
        """Return the name as its id."""
        return name

    def get_extension_path_by_module(self, name: str) -> str:
        """Return no folder: there is none."""
        return ""

    get_extension_path = get_extension_path_by_module


def get_app() -> App:
    """Return the application of this run."""
    return current_host().part(App)


get_app_interface = get_app
