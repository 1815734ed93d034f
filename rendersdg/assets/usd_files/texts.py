"""The text of a ``.usda``, looked through before OpenUSD reads it: it recurses into what is nested."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from rendersdg.assets.usd_files.bytes import Damaged

DEEPEST = 4000  # braces and brackets within each other
_DEEPEST_TUPLE = 1000  # parentheses: each level takes OpenUSD the more the deeper it lies
_PIECE = 1 << 22  # bytes that are looked at at a time
_QUOTED = re.compile(
    rb'"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*', re.S
)


def _steps(opening: bytes, closing: bytes) -> NDArray[np.int8]:
    steps = np.zeros(256, np.int8)
    steps[np.frombuffer(opening, np.uint8)], steps[np.frombuffer(closing, np.uint8)] = 1, -1
    return steps


_LEVELS = ((_steps(b"{[", b"}]"), DEEPEST), (_steps(b"(", b")"), _DEEPEST_TUPLE))


def check_text(data: memoryview) -> None:
    """Check the text of a layer. Raises Damaged for one that is nested too deeply."""
    for steps, most in _LEVELS:
        if _depth(data, steps) > most and (depth := _depth(memoryview(_QUOTED.sub(b"", bytes(data))), steps)) > most:
            raise Damaged(f"it is nested {depth} deep; {most} levels are read")


def _depth(data: memoryview, steps: NDArray[np.int8]) -> int:
    """Return how many brackets are open at most, those in strings and comments included."""
    deepest = depth = 0
    for start in range(0, len(data), _PIECE):
        turns = steps[np.frombuffer(data[start : start + _PIECE], np.uint8)]
        if not turns.any():
            continue
        open_now = np.cumsum(turns, dtype=np.int64) + depth
        deepest, depth = max(deepest, int(open_now.max())), int(open_now[-1])
    return deepest
