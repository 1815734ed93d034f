"""Updates of the application, and when a window loop is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from rendersdg.replicator.application import Application
from rendersdg.replicator.engine import Engine


def updates_until_closed(application: Application) -> int:
    """Return how many updates a window loop gets."""
    count = 0
    while application.can_continue():
        application.update()
        count += 1
    return count


def is_done_when_closed(engine: Engine, work: Coroutine[None, None, None], updates: int) -> bool:
    """Return whether work that began ``updates`` ago is done when a loop that long had nothing to do is closed."""
    engine.tasks.open()
    assert engine.tasks.loop is not None
    task = engine.tasks.loop.create_task(work)
    for _ in range(updates):
        engine.application.update()
    engine.application._idle_updates = 10_000.0

    updates_until_closed(engine.application)

    engine.tasks.close()
    return task.done()


@pytest.mark.parametrize(("is_playing", "most"), [(False, 300), (True, 3000)])
def test_a_loop_in_which_nothing_happens_is_closed(engine: Engine, is_playing: bool, most: int) -> None:
    engine.timeline.playing = is_playing

    assert updates_until_closed(engine.application) == pytest.approx(most, abs=1)
    assert engine.application.is_over


async def takes_turns() -> None:
    while True:
        await asyncio.sleep(0)


async def waits_for_nothing() -> None:
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(("work", "most"), [(takes_turns, 3000), (waits_for_nothing, 300)])
def test_a_task_that_comes_to_nothing_does_not_keep_a_loop_open(
    engine: Engine, work: Callable[[], Coroutine[None, None, None]], most: int
) -> None:
    engine.tasks.open()
    assert engine.tasks.loop is not None
    task = engine.tasks.loop.create_task(work())

    assert updates_until_closed(engine.application) == pytest.approx(most, abs=2)
    task.cancel()
    engine.tasks.close()


def test_a_loop_waits_for_a_timer_however_many_updates_that_takes(engine: Engine) -> None:
    assert is_done_when_closed(engine, asyncio.sleep(0.5), 1)


async def wakes_through_others() -> None:
    """Wait for a timer by way of other tasks, so that several turns lie between the timer and the end."""
    await asyncio.gather(*(asyncio.create_task(asyncio.sleep(0.02)) for _ in range(3)))
    await asyncio.gather(asyncio.create_task(asyncio.sleep(0)))


@pytest.mark.parametrize("repeat", range(10))
def test_what_a_timer_wakes_comes_to_its_end_before_a_loop_is_closed(engine: Engine, repeat: int) -> None:
    assert is_done_when_closed(engine, wakes_through_others(), 3)


def test_an_update_makes_the_next_frame_of_a_run_and_lets_a_playing_timeline_go_on(engine: Engine) -> None:
    engine.runs.start(1)
    engine.timeline.playing = True
    for _ in range(3):
        engine.application.update()

    assert engine.captures.frame == 1
    assert engine.timeline.time == pytest.approx(3 / engine.timeline.rate)


def test_a_step_captures_then_lets_time_pass_and_holds_it(engine: Engine) -> None:
    engine.timeline.playing = True

    engine.application.step(0.5)

    assert (engine.captures.frame, engine.timeline.time, engine.timeline.playing) == (1, 0.5, False)
