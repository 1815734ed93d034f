"""What the fuzzers share: values that no file means, ways to damage a file, and a look at what comes of it."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np

from rendersdg.errors import RenderSDGError, SeveralErrors, Unforeseen

NASTY = (
    "nan", "-nan", "inf", "-inf", ".nan", ".inf", "-.inf", "NaN", "Infinity", "1e999", "-1e999", "1e30", "1e-400",
    "0", "-0", "-1", "0.5", "2147483648", "9223372036854775808", "18446744073709551616", "9" * 400, "9" * 5000,
    "0x7fffffffffffffff", "0b1", "1_000", "1:30", "true", "false", "True", "\"false\"", "yes", "null", "~", "None",
    "\"\"", "''", "[]", "{}", "[[]]", "[1]", "[1, 2]", "[1, 2, 3, 4]", "[[1, 2], [3]]", "{\"a\": 1}", "\"x\"", "x y",
    "[" * 150 + "]" * 150, "[" * 3000, "{\"a\":" * 3000, "\\ud800", "\ufeff", "\u2028", "\U0001f600", "é", "..",
    "../../../etc/passwd", "/etc/passwd", "//a", "C:\\\\x", "file:///etc/passwd", "con", "%s%n", "$(id)", "*", "&a",
    "*a", "&a [*a, *a]", "!!int zz", "!!float x", "!!bool zz", "!!binary x", "!!timestamp zz", "2001-99-99",
    "2001-01-01", "!!python/object:os.system x", "<<: *a", "? a", "|", ">", "%YAML 9.9", "---", "...", "\t", "#", ": ",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&amp;", "<![CDATA[", "<a>" * 300, "-1 -1 -1 -1", ",,,,", "\"", ";", "\0",
)  # fmt: skip
PATIENCE = 10  # CPU seconds of one case
ROOM = 500 << 20  # bytes above what the process had before


class Hangs(BaseException):
    """A case takes too long. Nothing catches it."""


def choose(rng: np.random.Generator, items: object) -> object:
    """Return one of a sequence."""
    return items[int(rng.integers(len(items)))]  # type: ignore[index,arg-type]


def damaged(rng: np.random.Generator, data: bytes) -> bytes:
    """Return bytes with one to three places changed: flipped, cut out or off, doubled, or replaced by what is nasty."""
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(data) + 1))
        length = int(rng.integers(1, 30))
        way = int(rng.integers(7))
        if way == 0 and at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << int(rng.integers(8)))]) + data[at + 1 :]
        elif way == 1:
            data = data[:at] + data[at + length :]
        elif way == 2:
            data = data[:at]
        elif way == 3:
            data = data[: at + length] + data[at:]
        elif way == 4:
            data = data[:at] + str(choose(rng, NASTY)).encode("utf-8", "surrogatepass") + data[at:]
        else:
            data = _token_replaced(rng, data)
    return data


def _token_replaced(rng: np.random.Generator, data: bytes) -> bytes:
    """Return bytes with one word or number replaced, which leaves the file's form whole more often than not."""
    import re

    words = list(re.finditer(rb"[-+\w.]+", data))
    if not words:
        return data
    word = words[int(rng.integers(len(words)))]
    new = str(choose(rng, NASTY)).encode("utf-8", "surrogatepass")
    if rng.random() < 0.3:
        other = words[int(rng.integers(len(words)))]
        new = other.group()
    return data[: word.start()] + new + data[word.end() :]


@contextmanager
def limited() -> Iterator[None]:
    """Raise :class:`Hangs` where the block takes more than :data:`PATIENCE` seconds of this process's time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Hangs

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def bound_memory() -> None:
    """Let this process take :data:`ROOM` more address space than it has, and no more."""
    with open("/proc/self/statm") as about:
        now = int(about.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, resource.RLIM_INFINITY))


def fault_of(error: RenderSDGError) -> str:
    """Return what is wrong with how a mistake is told, "" where nothing is: it is one paragraph, and foreseen."""
    text = str(error)
    if isinstance(error, Unforeseen) or isinstance(error.__cause__, (TypeError, ValueError)):
        return f"FAULT: {text}"
    if "\n" in text.strip() or len(text) > 1500:
        return f"FAULT: not one paragraph: {text[:300]!r}"
    return ""


def told(attempt: Callable[[], object]) -> str:
    """Return ``accepted``, ``refused: ...`` for an error that was foreseen, or ``FAULT: ...`` for everything else."""
    start = time.process_time()
    try:
        with limited():
            attempt()
    except Unforeseen as error:
        return f"FAULT: {error}"
    except RenderSDGError as error:
        mistakes = error.errors if isinstance(error, SeveralErrors) else (error,)
        return next((fault for one in mistakes if (fault := fault_of(one))), f"refused: {error}")
    except Hangs:
        return f"FAULT: more than {time.process_time() - start:.0f} s"
    except MemoryError:
        return f"FAULT: more than {ROOM >> 20} MiB"
    except Exception as error:
        return f"FAULT: {type(error).__name__}: {error}"
    return "accepted"
