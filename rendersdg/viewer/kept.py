"""What was made once and is kept while it fits: the least recently used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Kept:
    """Bytes by key, at most ``limit`` of them in sum. Several threads may ask.

    >>> kept = Kept(limit=4)
    >>> kept.get("a", lambda: b"abc"), kept.get("b", lambda: b"de"), "a" in kept
    (b'abc', b'de', False)
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._held: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._held

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under a key, made now where it is not there. What exceeds the limit is not kept."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()  # outside of the lock: two may make the same, none waits for another
        with self._lock:
            if key not in self._held and len(made) <= self._limit:
                self._held[key] = made
                self._size += len(made)
                while self._size > self._limit:
                    self._size -= len(self._held.popitem(last=False)[1])
        return made
