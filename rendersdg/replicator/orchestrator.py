"""``rep.orchestrator``: running, stepping, waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Any

from rendersdg.replicator.engine import current


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


_CALLBACKS: list[Callable[[Status], Any]] = []


def run(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Start the graph and return; it runs on with every update of the application, and to its end after the script."""
    engine = current()
    engine.start(num_frames)
    if start_timeline:
        engine.timeline.playing = True
    _tell(Status.STARTED)


def run_until_complete(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Run the graph to its end."""
    run(num_frames, start_timeline)
    current().run_to_end()
    _tell(Status.STOPPED)


def step(
    rt_subframes: int = -1,
    pause_timeline: bool = True,
    delta_time: float | None = None,
    wait_for_render: bool = True,
    **other: Any,
) -> None:
    """Capture one frame, then let ``delta_time`` seconds pass (None: a frame of the timeline, 0: none)."""
    current().step(delta_time, pause_timeline=pause_timeline)


def preview() -> None:
    """Evaluate the graph and render once, without writing."""
    current().capture(write=False)


def stop() -> None:
    """End a started run."""
    current().started = False
    _tell(Status.STOPPED)


def pause() -> None:
    """Hold a started run."""
    current().started = False
    _tell(Status.PAUSED)


def resume() -> None:
    """Go on with a held run."""
    current().started = True
    _tell(Status.STARTED)


def wait_until_complete() -> None:
    """Run what was started to its end; writing is done when a frame is."""
    current().run_to_end()


async def run_async(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Start the graph."""
    run(num_frames, start_timeline)
    await asyncio.sleep(0)


async def run_until_complete_async(num_frames: int | None = None, start_timeline: bool = False) -> None:
    """Run the graph to its end."""
    run(num_frames, start_timeline)
    while current().advance():
        await asyncio.sleep(0)
    _tell(Status.STOPPED)


async def step_async(
    rt_subframes: int = -1,
    pause_timeline: bool = True,
    delta_time: float | None = None,
    wait_for_render: bool = True,
    **other: Any,
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
    """Run what was started to its end."""
    while current().advance():
        await asyncio.sleep(0)


def set_capture_on_play(value: bool) -> None:
    """Say whether a playing timeline captures with every update."""
    current().capture_on_play = bool(value)


def get_status() -> Status:
    """Return what the orchestrator is doing."""
    engine = current()
    return Status.STARTED if engine.started else Status.STOPPED if engine.frame else Status.NOT_STARTED


def get_is_started() -> bool:
    """Return whether a run is on. A run whose frames are all made is over."""
    engine = current()
    return engine.started and engine.frame < engine.run_length()


def get_is_stopped() -> bool:
    """Return whether no run is on."""
    return not get_is_started()


def get_start_frame() -> int:
    """Return the first frame."""
    return 0


def get_stop_frame() -> int:
    """Return the frame after the last of a run."""
    return current().run_length()


def get_frames_to_write() -> int:
    """Return how many frames wait to be written: none, a frame is written when it is made."""
    return 0


def set_next_rt_subframes(rt_subframes: int) -> None:
    """Accept a number of sub-frames: every frame here is rendered to its end."""


def set_minimum_next_rt_subframes(rt_subframes: int) -> None:
    """Accept a number of sub-frames: every frame here is rendered to its end."""


def register_status_callback(callback: Callable[[Status], Any]) -> None:
    """Call a function when the status changes."""
    _CALLBACKS.append(callback)


def _tell(status: Status) -> None:
    for callback in list(_CALLBACKS):
        callback(status)


def forget_registered() -> None:
    """Forget the callbacks of the last script."""
    _CALLBACKS.clear()
