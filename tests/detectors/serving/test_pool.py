"""The pool of copies: each runs one thing at a time, whoever gives up."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from detectors.serving.pool import Pool, pool_of
from tests.served import colour_model


def pool(count: int) -> Pool:
    return Pool([SimpleNamespace(classes=("a",), name=k) for k in range(count)])  # type: ignore[misc, arg-type]


def test_a_copy_whose_caller_gave_up_is_not_used_before_its_thread_is_done() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def work(model: object) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.1)
        with lock:
            running -= 1

    async def main() -> None:
        copies = pool(1)
        first = asyncio.create_task(copies.run(work))
        await asyncio.sleep(0.02)
        first.cancel()
        await asyncio.gather(copies.run(work), copies.run(work))
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(main())
    assert most == 1


def test_an_error_frees_the_copy_and_reaches_the_caller() -> None:
    def fails(model: object) -> None:
        raise KeyError("x")

    async def main() -> None:
        copies = pool(1)
        for _ in range(3):
            with pytest.raises(KeyError):
                await copies.run(fails)
        assert await copies.run(lambda model: 5) == 5

    asyncio.run(main())


@pytest.mark.extra
def test_a_pool_has_run_each_copy_before_threads_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    threads = []
    find = __import__("detectors.runtime").runtime.Model.find

    def noted(self: object, images: object) -> object:
        threads.append(threading.current_thread().name)
        return find(self, images)

    monkeypatch.setattr("detectors.runtime.Model.find", noted)
    copies = pool_of(colour_model(tmp_path))

    assert threads == ["MainThread"] * copies.size  # OpenVINO's bindings lock up otherwise, in some starts
