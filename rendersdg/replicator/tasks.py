"""The event loop of a script: tasks that it starts and may never await."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures.thread import _threads_queues  # there is no public name
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakSet

from rendersdg.replicator.failures import Failures

_PATIENCE = 20.0  # seconds that tasks and threads may go on without a frame after the script's last line
_TURN = 0.01  # seconds that a turn waits for a task


@dataclass(eq=False)
class Tasks:
    """The script's own event loop. ``failures`` takes the errors of tasks that nobody awaited."""

    failures: Failures
    loop: asyncio.AbstractEventLoop | None = None
    _made: WeakSet[asyncio.Task[Any]] = field(default_factory=WeakSet)
    _others: frozenset[threading.Thread] = frozenset()  # threads that were there before

    def open(self) -> None:
        """Make the loop, and make it this thread's."""
        loop = asyncio.new_event_loop()
        loop.set_task_factory(self._task)
        asyncio.set_event_loop(loop)
        self.loop = loop
        self._others = frozenset(threading.enumerate())

    def close(self) -> None:
        """Give the loop up, with whatever waits in it."""
        if self.loop is not None:
            asyncio.set_event_loop(None)
            self.loop.close()
            self.loop = None

    def waits_for_time(self) -> bool:
        """Return whether a task may go on when a timer or a thread says so."""
        return self._has_tasks() and bool(self._timers() or self._threads(pools=True))

    def waits_for_turn(self) -> bool:
        """Return whether a task goes on at its next turn, or a callback comes first that may wake one."""
        ready = getattr(self.loop, "_ready", ())  # asyncio has no public name for it
        return self._has_tasks() and (bool(ready) or any(map(_is_ready, asyncio.all_tasks(self.loop))))

    def turn(self) -> None:
        """Let tasks and callbacks go on, unless one of them is running this. Raises what failed where nobody looked."""
        if self.loop is not None and not _is_in_loop() and not self.loop.is_running():
            self.loop.run_until_complete(asyncio.sleep(0))
        self.failures.check()

    def complete(self, idle: Callable[[], object], progress: Callable[[], object] = lambda: None) -> list[str]:
        """Run all tasks and callbacks to their end; call ``idle`` whenever none of them has come to its own.

        Returns what is said of tasks that are given up: they wait for what cannot come, or go on for long while
        ``progress`` returns the same. Raises what a task or a callback raised.
        """
        assert self.loop is not None
        seen, since = progress(), time.monotonic()
        while tasks := asyncio.all_tasks(self.loop):
            timers = self._timers()
            done, _ = self.loop.run_until_complete(asyncio.wait(tasks, timeout=_TURN))
            self.loop.run_until_complete(asyncio.sleep(0))  # callbacks of tasks may look at what these raised
            self.check()
            now = progress()
            if done or now != seen:
                seen, since = now, time.monotonic()
                continue
            is_busy = idle() or timers or self._timers() or self._threads(pools=True) or any(map(_is_ready, tasks))
            if not is_busy or time.monotonic() - since > _PATIENCE:
                places = [self._given_up(task) for task in tasks]
                self.loop.run_until_complete(asyncio.sleep(0))
                return places
        self.loop.run_until_complete(asyncio.sleep(0))  # callbacks that no task waits for
        while self._timers() and time.monotonic() - since < _PATIENCE:
            self.loop.run_until_complete(asyncio.sleep(_TURN))
        self.check()
        return []

    def join(self) -> list[str]:
        """Wait for the script's threads. Returns the names of those that go on for long. Raises what one raised."""
        end = time.monotonic() + _PATIENCE
        for thread in self._threads():
            thread.join(max(end - time.monotonic(), 0.0))
        self.failures.check()
        return [thread.name for thread in self._threads()]

    def check(self) -> None:
        """Raise the first failure of a task that nobody awaited, or of a callback or thread."""
        for task in list(self._made):
            # Python's own mark of a task whose error nobody has asked for
            if task.done() and not task.cancelled() and getattr(task, "_log_traceback", False):
                error = task.exception()
                if error is not None:
                    self.failures.add(error)
        self.failures.check()

    def _task(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
        self._made.add(task)
        return task

    def _has_tasks(self) -> bool:
        return self.loop is not None and bool(asyncio.all_tasks(self.loop))

    def _timers(self) -> bool:
        """Return whether something is to happen later."""
        waiting = getattr(self.loop, "_scheduled", ())  # asyncio has no public name for it
        return any(not one.cancelled() for one in waiting)

    def _threads(self, *, pools: bool = False) -> list[threading.Thread]:
        """Return the threads that the script started; those of pools never end by themselves."""
        own = [t for t in threading.enumerate() if t not in self._others and not t.daemon]
        return own if pools else [t for t in own if t not in _threads_queues]

    def _given_up(self, task: asyncio.Task[Any]) -> str:
        stack = task.get_stack()
        place = f"{Path(stack[-1].f_code.co_filename).name}:{stack[-1].f_lineno}" if stack else task.get_name()
        task.cancel()
        return place


def _is_in_loop() -> bool:
    """Return whether an event loop runs this: one of the script's own, for instance."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _is_ready(task: asyncio.Task[Any]) -> bool:
    """Return whether a task waits for nothing but its turn."""
    return getattr(task, "_fut_waiter", None) is None
