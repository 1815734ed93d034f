"""Processes that end with the one that started them, however that ends."""

from __future__ import annotations

import os
import threading
import time

_LOOK_EVERY = 0.5  # seconds


def die_with_parent() -> None:
    """End this process soon after its parent has: one that was killed cannot tell its workers to stop."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
