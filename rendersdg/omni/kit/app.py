"""``omni.kit.app``: the application, its updates and its extensions."""

from __future__ import annotations

import asyncio

from rendersdg.omni.kit.carb_eventdispatcher import get_eventdispatcher
from rendersdg.omni.kit.carb_events import Stream, publish, subscribers
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = [
    "EVENT_ORDER_DEFAULT",
    "GLOBAL_EVENT_APP_READY",
    "GLOBAL_EVENT_APP_STARTED",
    "GLOBAL_EVENT_POST_QUIT",
    "GLOBAL_EVENT_POST_UPDATE",
    "GLOBAL_EVENT_PRE_SHUTDOWN",
    "GLOBAL_EVENT_PRE_UPDATE",
    "GLOBAL_EVENT_UPDATE",
    "IApp",
    "get_app",
    "get_app_interface",
    "register_event_alias",
]

EVENT_ORDER_DEFAULT = 0
GLOBAL_EVENT_APP_STARTED = "omni.kit.app:app_started"
GLOBAL_EVENT_APP_READY = "omni.kit.app:app_ready"
GLOBAL_EVENT_PRE_UPDATE = "omni.kit.app:pre_update"
GLOBAL_EVENT_UPDATE = "omni.kit.app:update"
GLOBAL_EVENT_POST_UPDATE = "omni.kit.app:post_update"
GLOBAL_EVENT_POST_QUIT = "omni.kit.app:post_quit"
GLOBAL_EVENT_PRE_SHUTDOWN = "omni.kit.app:pre_shutdown"
NEW_FRAME = "omni.usd::stage_rendering:new_frame"  # of omni.usd's context, told with each update

_VERSION = "107.3"  # of the Kit whose behaviour scripts get


class App:
    """The application."""

    def update(self, *, passes_time: bool = True, captures: bool = True) -> None:
        """Do one update: tasks, time, and a frame where one is due."""
        engine, who = current(), subscribers()
        step = 1.0 / engine.timeline.rate
        publish(who.before_updates, 0, GLOBAL_EVENT_PRE_UPDATE, dt=step)
        engine.application.update(passes_time=passes_time, captures=captures)
        publish(who.updates, 0, GLOBAL_EVENT_UPDATE, dt=step)
        frame = engine.captures.frame + engine.captures.reads
        get_eventdispatcher().dispatch_event(f"{NEW_FRAME}:immediate", {"frame_number": frame})
        publish(who.rendered, 0, NEW_FRAME, frame_number=frame)
        publish(who.after_updates, 0, GLOBAL_EVENT_POST_UPDATE, dt=step)

    async def next_update_async(self) -> float:
        """Let one update pass. Returns its seconds."""
        await asyncio.sleep(0)
        self.update()
        return 1.0 / current().timeline.rate

    post_update_async = pre_update_async = next_update_async

    def get_update_event_stream(self) -> Stream:
        """Return the stream of updates."""
        return Stream(subscribers().updates)

    def get_pre_update_event_stream(self) -> Stream:
        """Return the stream of what comes before updates."""
        return Stream(subscribers().before_updates)

    def get_post_update_event_stream(self) -> Stream:
        """Return the stream of what comes after updates."""
        return Stream(subscribers().after_updates)

    def get_message_bus_event_stream(self) -> Stream:
        """Return the stream of what scripts push themselves."""
        return Stream(subscribers().messages)

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
        get_eventdispatcher().dispatch_event(GLOBAL_EVENT_POST_QUIT)
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


def register_event_alias(event_type: int, event_name: str, *args: object) -> None:
    """Do nothing: streams and the dispatcher tell the same events already."""


get_app_interface = get_app
