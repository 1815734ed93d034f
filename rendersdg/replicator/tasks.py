"""The event loop of a script: tasks that it starts and may never await."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_TURNS = 100_000  # of the loop after the script's last line
_PATIENCE = 0.01  # seconds that a turn waits for a task


@dataclass(eq=False)
class Tasks:
    """The script's own event loop, and the ``failures`` of tasks that nobody awaited."""

    loop: asyncio.AbstractEventLoop | None = None
    failures: list[BaseException] = field(default_factory=list)

    def open(self) -> None:
        """Make the loop, and make it this thread's."""
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(
            lambda _, context: self.failures.append(context.get("exception") or RuntimeError(context["message"]))
        )
        asyncio.set_event_loop(loop)
        self.loop = loop

    def close(self) -> None:
        """Give the loop up, with whatever waits in it."""
        if self.loop is not None:
            asyncio.set_event_loop(None)
            self.loop.close()
            self.loop = None

    def are_pending(self) -> bool:
        """Return whether a task waits to go on."""
        return self.loop is not None and bool(asyncio.all_tasks(self.loop))

    def turn(self) -> None:
        """Let pending tasks go on, unless one of them is running this."""
        if self.loop is not None and not self.loop.is_running() and self.are_pending():
            self.loop.run_until_complete(asyncio.sleep(0))

    def complete(self, idle: Callable[[], object]) -> None:
        """Run all tasks to their end; call ``idle`` whenever none of them has come to its own.

        Raises what a task raised.
        """
        assert self.loop is not None
        for _ in range(_MOST_TURNS):
            tasks = asyncio.all_tasks(self.loop)
            if not tasks:
                break
            done, _pending = self.loop.run_until_complete(asyncio.wait(tasks, timeout=_PATIENCE))
            for task in done:
                error = None if task.cancelled() else task.exception()
                if error is not None:
                    raise error
            if not done:
                idle()

    def check(self) -> None:
        """Raise the first failure of a task that nobody awaited."""
        gc.collect()  # a failed task tells of it when it goes, unless somebody had asked
        if self.failures:
            raise self.failures[0]
