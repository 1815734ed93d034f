"""Processes for tests of what trains in several: forked from a server that has imported torch, and ended in time."""

from __future__ import annotations

import multiprocessing
import os
import socket
import traceback
from collections.abc import Callable
from multiprocessing.connection import wait
from time import monotonic
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
# what a function needs to be imported is imported once, torch above all
_CONTEXT.set_forkserver_preload(["detectors.vision.parallel.job", "tests.detectors.vision.parallel.test_checkpoints"])
_PATIENCE = 500  # seconds; what takes longer hangs


def together(world: int, function: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Return what ``function(*arguments)`` returns in each of ``world`` processes, as torchrun would start them.

    Raises AssertionError with the trace of the first one that fails, or when they hang.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pipes, processes = [], []
    for rank in range(world):
        here, there = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_one, args=(there, rank, world, port, function, arguments), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)
    try:
        return _results(pipes, monotonic() + _PATIENCE)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _results(pipes: list[Any], until: float) -> list[Any]:
    found: dict[Any, Any] = {}
    while len(found) < len(pipes):
        ready: list[Any] = wait([pipe for pipe in pipes if pipe not in found], timeout=max(until - monotonic(), 0))
        assert ready, f"only {len(found)} of {len(pipes)} processes came to an end in {_PATIENCE} s"
        for pipe in ready:
            try:
                found[pipe], trace = pipe.recv()
            except EOFError:
                raise AssertionError(f"process {pipes.index(pipe)} was lost") from None
            assert not trace, trace
    return [found[pipe] for pipe in pipes]


def _one(pipe: Any, rank: int, world: int, port: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "LOCAL_WORLD_SIZE": world, "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in place.items()}, MASTER_ADDR="127.0.0.1")
    try:
        pipe.send((function(*arguments), ""))
    except BaseException:
        pipe.send((None, traceback.format_exc()))
