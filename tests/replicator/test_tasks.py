"""The script's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from rendersdg.errors import Report
from rendersdg.replicator.failures import Failures
from rendersdg.replicator.tasks import Tasks


@pytest.fixture
def tasks() -> Iterator[Tasks]:
    """Open tasks."""
    tasks = Tasks(Failures("/nowhere/script.py", Report()))
    tasks.open()
    yield tasks
    tasks.close()


def test_a_turn_lets_tasks_go_on_by_one_step(tasks: Tasks) -> None:
    steps: list[int] = []

    async def work() -> None:
        for k in range(20):
            steps.append(k)
            await asyncio.sleep(0)

    assert tasks.loop is not None
    tasks.loop.create_task(work())
    tasks.turn()
    assert 1 <= len(steps) < 20 and tasks.waits_for_turn()
    tasks.complete(idle=lambda: None)

    assert steps == list(range(20)) and not tasks.waits_for_turn()


def test_while_all_tasks_wait_something_else_is_done(tasks: Tasks) -> None:
    async def wait(event: asyncio.Event) -> None:
        await event.wait()

    event = asyncio.Event()
    assert tasks.loop is not None
    tasks.loop.create_task(wait(event))

    tasks.complete(idle=event.set)

    assert not tasks.waits_for_turn()


def test_what_a_task_raises_is_raised(tasks: Tasks) -> None:
    async def fail() -> None:
        raise OSError("gone")

    assert tasks.loop is not None
    tasks.loop.create_task(fail())

    with pytest.raises(OSError, match="gone"):
        tasks.complete(idle=lambda: None)


def test_failures_that_nobody_awaited_are_raised_at_the_end(tasks: Tasks) -> None:
    tasks.check()
    tasks.failures.add(OSError("lost"))

    with pytest.raises(OSError, match="lost"):
        tasks.check()
