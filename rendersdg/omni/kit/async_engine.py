"""``omni.kit.async_engine``: tasks on the application's event loop."""

from __future__ import annotations

from asyncio import ensure_future as run_coroutine

__all__ = ["run_coroutine"]
