"""Cases in child processes with limits, so that a crash, a hang or a bomb is counted and not suffered."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import struct
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CPU_SECONDS = 10  # that a case may take
MEGABYTES = 1024  # that it may grow by
_ROOM = 3 << 30  # bytes of address space beside what the child begins with: more is refused, which shows as a fault
_PER_CHILD = 100  # cases: what OpenUSD keeps of one goes with its child


@dataclass(frozen=True)
class Outcome:
    """How a case ended: ``kind`` is what its function returned, or "crash", "hang", "traceback"; ``text`` says more."""

    kind: str
    text: str
    seconds: float
    megabytes: float


def outcomes(
    cases: Sequence[Any], function: Callable[[Any], tuple[str, str]], per_child: int = _PER_CHILD
) -> Iterator[Outcome]:
    """Give the outcome of each case, in order. ``function`` returns a kind and a text."""
    at = 0
    while at < len(cases):
        for outcome in _child(cases[at : at + per_child], function):
            at += 1
            yield outcome


def _child(cases: Sequence[Any], function: Callable[[Any], tuple[str, str]]) -> Iterator[Outcome]:
    """Give the outcomes of cases until one ends the child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _run(cases, function, write)
    os.close(write)
    done = 0
    with os.fdopen(read, "rb") as pipe:
        while len(head := pipe.read(4)) == 4:
            done += 1
            yield pickle.loads(pipe.read(struct.unpack("<I", head)[0]))
    _, status, used = os.wait4(child, 0)
    if done < len(cases):
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        kind = "hang" if number == signal.SIGXCPU else "crash"
        text = signal.Signals(number).name if number else f"exit code {os.waitstatus_to_exitcode(status)}"
        yield Outcome(kind, text, float(CPU_SECONDS) if kind == "hang" else 0.0, used.ru_maxrss / 1024)


def _run(cases: Sequence[Any], function: Callable[[Any], tuple[str, str]], write: int) -> None:
    """Run cases in this process, which ends with them; each outcome goes into the pipe."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with os.fdopen(write, "wb") as pipe:
        for case in cases:
            soft = int(time.process_time()) + CPU_SECONDS + 2
            resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
            before, start = _kilobytes("VmRSS"), time.process_time()
            try:
                kind, text = function(case)
            except BaseException:
                kind, text = "traceback", traceback.format_exc()
            seconds, grown = time.process_time() - start, (_kilobytes("VmHWM") - before) / 1024
            if seconds > CPU_SECONDS:
                kind = "hang"
            elif grown > MEGABYTES:
                kind = "memory"
            data = pickle.dumps(Outcome(kind, text, seconds, grown))
            pipe.write(struct.pack("<I", len(data)) + data)
            pipe.flush()
    os._exit(0)


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])
