"""``rep.orchestrator``: running, stepping, waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum

from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host


class OrchestratorError(Exception):
    """A call that the orchestrator forbids."""


class Status(Enum):
    """What the orchestrator is doing."""

    NOT_STARTED = 0
    STARTING = 1
    STARTED = 2
    STOPPING = 3
    STOPPED = 4
    PAUSED = 5


class StatusCallbacks:
    """What a script wants to be called when the status changes, and the ``latest`` change."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[Status], object]] = []
        self.latest = Status.NOT_STARTED

    def add(self, callback: Callable[[Status], object]) -> None:
        """Call ``callback`` from now on."""
        self._callbacks.append(callback)

    def notify(self, status: Status) -> None:
        """Call them all."""
        self.latest = status
        for callback in list(self._callbacks):
            callback(status)


def run(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Start the graph and return; it runs on with every update of the application, and to its end after the script."""
    engine = current()
    engine.runs.start(num_frames)
    if start_timeline:
        engine.timeline.play()
    _notify(Status.STARTED)


def run_until_complete(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Run the graph to its end."""
    run(num_frames, start_timeline)
    current().runs.complete()
    current().flush()
    _notify(Status.STOPPED)


def step(
    rt_subframes: int = -1,
    pause_timeline: bool = True,
    delta_time: float | None = None,
    wait_for_render: bool = True,
    **other: object,
) -> None:
    """Capture one frame, then let ``delta_time`` seconds pass (None: a frame of the timeline, 0: none)."""
    current().application.step(delta_time, pause_timeline=pause_timeline)


def preview() -> None:
    """Evaluate the graph and render once, without writing."""
    current().captures.capture(write=False)


def stop() -> None:
    """End a started run."""
    current().runs.is_started = False
    _notify(Status.STOPPED)


def pause() -> None:
    """Hold a started run."""
    current().runs.is_started = False
    _notify(Status.PAUSED)


def resume() -> None:
    """Go on with a held run."""
    current().runs.is_started = True
    _notify(Status.STARTED)


def wait_until_complete() -> None:
    """Run what was started to its end. All that writers write is on disk then, files over all frames too."""
    current().runs.complete()
    current().flush()


async def run_async(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Start the graph."""
    run(num_frames, start_timeline)
    await asyncio.sleep(0)


async def run_until_complete_async(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Run the graph to its end."""
    run(num_frames, start_timeline)
    while current().runs.advance():
        await asyncio.sleep(0)
    current().flush()
    _notify(Status.STOPPED)


async def step_async(
    rt_subframes: int = -1,
    pause_timeline: bool = True,
    delta_time: float | None = None,
    wait_for_render: bool = True,
    **other: object,
) -> None:
    """Capture one frame."""
    step(rt_subframes, pause_timeline, delta_time, wait_for_render)
    await asyncio.sleep(0)


async def preview_async() -> None:
    """Evaluate the graph and render once, without writing."""
    preview()
    await asyncio.sleep(0)


async def stop_async() -> None:
    """End a started run."""
    stop()
    await asyncio.sleep(0)


async def wait_until_complete_async() -> None:
    """Run what was started to its end. All that writers write is on disk then, files over all frames too."""
    while current().runs.advance():
        await asyncio.sleep(0)
    current().flush()


def set_capture_on_play(value: bool) -> None:
    """Say whether a playing timeline captures with every update."""
    current().application.capture_on_play = bool(value)


def get_status() -> Status:
    """Return what the orchestrator is doing."""
    engine, latest = current(), current_host().part(StatusCallbacks).latest
    if engine.runs.is_started:
        return Status.STARTED
    if latest in (Status.PAUSED, Status.STOPPED):
        return latest
    return Status.STOPPED if engine.captures.frame else Status.NOT_STARTED


def get_is_started() -> bool:
    """Return whether a run is on. A run whose frames are all made is over."""
    engine = current()
    return engine.runs.is_started and engine.captures.frame < engine.runs.length()


def get_is_stopped() -> bool:
    """Return whether no run is on."""
    return not get_is_started()


def get_start_frame() -> int:
    """Return the first frame."""
    return 0


def get_stop_frame() -> int:
    """Return the frame after the last of a run."""
    return current().runs.length()


def get_frames_to_write() -> int:
    """Return how many frames wait to be written: none, a frame is written when it is made."""
    return 0


def get_sim_times_to_write() -> list[float]:
    """Return the times of the frames that wait to be written: none, a frame is written when it is made."""
    return []


def set_next_rt_subframes(rt_subframes: int) -> None:
    """Accept a number of sub-frames: every frame here is rendered to its end."""


def set_minimum_next_rt_subframes(rt_subframes: int) -> None:
    """Accept a number of sub-frames: every frame here is rendered to its end."""


def register_status_callback(callback: Callable[[Status], object]) -> None:
    """Call a function when the status changes."""
    current_host().part(StatusCallbacks).add(callback)


def _notify(status: Status) -> None:
    current_host().part(StatusCallbacks).notify(status)
