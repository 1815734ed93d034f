"""The memory of requests under way: never more than there is, all given back, and no one kept out by the slow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from detectors.serving.budget import LEAST_BYTES, Budget
from detectors.serving.refusals import Refused

MB = 1 << 20


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 20))  # type: ignore[arg-type] # a coroutine


def test_what_is_held_is_given_back_however_a_request_ends() -> None:
    async def work() -> None:
        budget = Budget(10 * MB)
        async with budget.claim() as claim:
            await claim.add(5 * MB)
            assert budget.held == 5 * MB + LEAST_BYTES
        with pytest.raises(KeyError):
            async with budget.claim() as claim:
                await claim.add(MB)
                raise KeyError
        assert budget.held == 0 and not budget.claims

    run(work)


def test_a_request_larger_than_all_memory_is_refused_at_once() -> None:
    async def work() -> None:
        with pytest.raises(Refused) as refusal:
            async with Budget(MB).claim() as claim:
                await claim.add(2 * MB)
        assert refusal.value.kind == "large"

    run(work)


def test_who_finds_no_memory_waits_for_it() -> None:
    async def work() -> None:
        budget = Budget(2 * MB)
        order = []

        async def request(name: str) -> None:
            async with budget.claim() as claim:
                await claim.add(int(1.5 * MB))
                claim.is_arriving = False
                await asyncio.sleep(0.1)
                order.append(name)

        await asyncio.gather(request("a"), request("b"), request("c"))
        assert order == ["a", "b", "c"] and budget.held == 0

    run(work)


def test_memory_that_never_comes_is_told_as_busy() -> None:
    async def work() -> None:
        budget = Budget(2 * MB, wait_s=0.1)
        async with budget.claim() as first:
            await first.add(int(1.5 * MB))
            first.is_arriving = False  # it is whole, and worked on
            with pytest.raises(Refused) as refusal:
                async with budget.claim() as second:
                    await second.add(MB)
            assert refusal.value.kind == "busy" and not first.is_dropped

    run(work)


def test_the_slowest_goes_when_others_wait() -> None:
    async def work() -> None:
        budget = Budget(4 * MB, patience_s=0.1)
        told = []

        async def slow() -> None:
            try:
                async with budget.claim() as claim:
                    await claim.add(3 * MB)
                    await claim.wait(asyncio.sleep(10), claim.loop.time() + 10)
            except Refused as refusal:
                told.append(refusal.kind)

        task = asyncio.create_task(slow())
        await asyncio.sleep(0.01)
        async with budget.claim() as claim:
            await claim.add(3 * MB)
        await task
        assert told == ["busy"] and budget.held == 0

    run(work)


def test_what_does_not_come_in_time_is_late_and_what_comes_is_returned() -> None:
    async def work() -> None:
        async with Budget(MB).claim() as claim:
            assert await claim.wait(asyncio.sleep(0, "here"), claim.loop.time() + 1) == "here"
            with pytest.raises(Refused) as refusal:
                await claim.wait(asyncio.sleep(10), claim.loop.time() + 0.01)
            assert refusal.value.kind == "late"

    run(work)


def test_many_requests_never_hold_more_than_there_is() -> None:
    async def work() -> None:
        budget = Budget(4 * MB, patience_s=0.02, wait_s=0.5)
        rng = random.Random(1)
        most = 0

        async def request() -> None:
            nonlocal most
            try:
                async with budget.claim() as claim:
                    for _ in range(rng.randrange(6)):
                        await claim.add(rng.randrange(MB))
                        most = max(most, budget.held)
                        await claim.wait(asyncio.sleep(rng.random() / 50), claim.loop.time() + 0.015)
            except Refused:
                pass

        await asyncio.gather(*[request() for _ in range(150)])
        assert 2 * MB < most <= 4 * MB and budget.held == 0 and not budget.claims

    run(work)
