"""A scene whose pictures are painted by another process while its text is edited: the latest that is asked for wins."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from rendersdg.errors import RenderFailed
from rendersdg.viewer.asks import Ask
from rendersdg.viewer.painting import PainterProcess

PATIENCE_S = 60.0  # for one picture, with the start of the process and what it loads
_SUPERSEDED_S = 5.0  # for one that nobody waits for any more
_TICK_S = 0.05
_MOST_PAGES = 64  # whose latest question is remembered


class LiveScene:
    """Paints a scene's text in one process of its own. A crash, a lack of memory or a scene without end stops that
    process alone; the next question starts another.

    Args:
        scene: its file; relative paths begin beside it.
        backend: what paints.
        assets: folders by the prefix of a library path.
        threads: how many draw one frame; None for as many as there are processors.
        patience_s: seconds after which a picture is given up.
    """

    def __init__(
        self,
        scene: Path,
        *,
        backend: str = "raster",
        assets: Sequence[tuple[str, str]] = (),
        threads: int | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._options = (scene.absolute(), backend, tuple(assets), threads or _processors())
        self._patience_s = patience_s
        self._turn = Lock()  # of whoever talks to the process
        self._count = Lock()
        self._latest: dict[str, int] = {}
        self._asked = 0
        self._process: PainterProcess | None = None
        self._is_closed = False

    def paint(self, ask: Ask, page: str = "") -> dict[str, Any] | None:
        """Return what :meth:`rendersdg.viewer.painter.Painter.paint` does; None where ``page`` asked for another
        picture by then.

        Raises:
            RenderFailed: the process ended, or took too long and was ended.
        """
        with self._count:
            self._asked += 1
            mine = self._latest[page] = self._asked
            if len(self._latest) > _MOST_PAGES:
                del self._latest[min(self._latest, key=self._latest.__getitem__)]

        def is_latest() -> bool:
            return self._latest.get(page, mine) == mine

        with self._turn:
            if not is_latest():
                return None
            start = time.monotonic()
            try:
                process = self._started()
                process.ask(ask)
                while (answer := process.answer(_TICK_S)) is None:
                    took = time.monotonic() - start
                    if took > _SUPERSEDED_S and not is_latest():
                        self._stop()
                        return None
                    if took > self._patience_s:
                        self._stop()
                        raise RenderFailed(
                            f"the picture was not ready after {self._patience_s:.0f} seconds and was given up; ask for "
                            "a smaller one or a lower quality, or make the scene smaller"
                        )
            except (EOFError, OSError):
                raise RenderFailed(_why(self._stop())) from None
            answer["ms"]["total"] = round((time.monotonic() - start) * 1000, 1)
            return answer

    @property
    def process(self) -> int | None:
        """The number of the process that paints, None while there is none."""
        return None if self._process is None else self._process.number

    def close(self) -> None:
        """End the process."""
        self._is_closed = True
        self._stop()

    def _started(self) -> PainterProcess:
        """Return the process, which is started where there is none."""
        if self._is_closed:
            raise RenderFailed("the viewer is closing")
        if self._process is None or not self._process.is_alive:
            self._stop()
            scene, backend, assets, threads = self._options
            self._process = PainterProcess(scene, backend=backend, assets=assets, threads=threads)
        return self._process

    def _stop(self) -> int | None:
        """End the process, and return its exit code where it had ended by itself."""
        process, self._process = self._process, None
        return None if process is None else process.end()


def _why(code: int | None) -> str:
    """Return what to say of a process that ended by itself."""
    if code is not None and code < 0:
        return (
            f"the process that paints was ended by signal {-code}, for lack of memory perhaps; the next change starts "
            "another. Make the scene smaller if it happens again"
        )
    return f"the process that paints ended (code {code}); the next change starts another"


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
