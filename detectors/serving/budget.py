"""The bytes that all requests under way hold together, and who goes when there are too many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, TypeVar

from detectors.serving.refusals import Refused

T = TypeVar("T")
LEAST_BYTES = 64 << 10  # of a request: its connection's buffers
PATIENCE_S = 2.0  # a request that is still arriving after that goes first, when others wait for its memory
WAIT_S = 5.0  # a request waits so long for memory before it is told to come again


class Budget:
    """What requests under way may hold together: ``most`` bytes.

    Whoever asks for more than is left waits. Then the request that has been arriving for longest goes, if that is
    longer than PATIENCE_S: clients that send slowly cannot keep the others out.
    """

    def __init__(self, most: int, *, patience_s: float = PATIENCE_S, wait_s: float = WAIT_S) -> None:
        self.most, self.patience_s, self.wait_s = most, patience_s, wait_s
        self.held = 0
        self.claims: set[Claim] = set()

    def claim(self) -> Claim:
        """Return the claim of one request: ``async with budget.claim() as claim``."""
        return Claim(self)

    def make_room(self, now: float) -> None:
        """Drop the request that has been arriving for longest, if that is longer than the patience."""
        arriving = [c for c in self.claims if c.is_arriving and not c.is_dropped and now - c.since > self.patience_s]
        if arriving:
            min(arriving, key=lambda c: c.since).drop()


class Claim:
    """What one request holds; given back when it ends, however it ends.

    While ``is_arriving``, the request may be dropped for others.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.held = 0
        self.is_arriving = True
        self.is_dropped = False

    async def __aenter__(self) -> Claim:
        self.loop = asyncio.get_running_loop()
        self.since = self.loop.time()
        self._drop: asyncio.Future[None] = self.loop.create_future()
        self.budget.claims.add(self)
        try:
            await self.add(LEAST_BYTES)
        except BaseException:
            self._end()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        self.budget.claims.discard(self)
        self.set(0)

    async def add(self, count: int) -> None:
        """Hold ``count`` bytes more; waits for them. Raises Refused when there are none, or for good."""
        if self.held + count > self.budget.most:
            raise Refused(
                "large", f"the request takes {self.held + count:,} bytes of memory; {self.budget.most:,} are there"
            )
        until = self.loop.time() + self.budget.wait_s
        while not self.is_dropped and self.budget.held + count > self.budget.most:
            now = self.loop.time()
            self.budget.make_room(now)
            if now >= until:
                raise self._busy()
            if self.budget.held + count > self.budget.most:
                await asyncio.sleep(0.02)
        if self.is_dropped:
            raise self._busy()
        self.set(self.held + count)

    def set(self, count: int) -> None:
        """Hold ``count`` bytes, which are fewer than before or were asked for by :meth:`add`."""
        if not self.is_dropped:
            self.budget.held += count - self.held
            self.held = count

    def drop(self) -> None:
        """Give everything back now; whoever reads for this request learns it in :meth:`wait`."""
        self.set(0)
        self.is_dropped = True
        if not self._drop.done():
            self._drop.set_result(None)

    async def wait(self, coming: Awaitable[T], until: float) -> T:
        """Return what comes from a client. Raises Refused after the loop's time ``until``, or when dropped."""
        task = asyncio.ensure_future(coming)
        task.add_done_callback(_looked_at)
        either: set[asyncio.Future[Any]] = {task, self._drop}
        try:
            await asyncio.wait(either, timeout=until - self.loop.time(), return_when="FIRST_COMPLETED")
            if self.is_dropped:
                raise self._busy()
            if not task.done():
                raise Refused("late", "the request took too long to arrive")
            return task.result()
        finally:
            if not task.done():
                task.cancel()
            del task, either  # an error in it holds this frame: a circle, which would keep the body for long

    def _busy(self) -> Refused:
        return Refused("busy", "the requests under way hold all the memory that they may: try again")


def _looked_at(task: asyncio.Future[Any]) -> None:
    """Look at an error that nobody waits for any more, so that it is not logged."""
    if not task.cancelled():
        task.exception()
