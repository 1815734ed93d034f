"""The process that paints a live scene: started by ``LiveScene``, talked to through its standard input and output."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Any

from rendersdg.viewer.asks import Ask

# it imports from where its parent does, and nothing from the folder that it is started in
_START = "import sys; sys.path[:] = sys.argv[1:]; from rendersdg.viewer.painting import main; main()"
_ENDED = object()  # comes out of the queue once the process says no more


class PainterProcess:
    """A process with a :class:`rendersdg.viewer.painter.Painter`, asked one thing after the other.

    Args:
        scene: the file; relative paths begin beside it.
        backend: what paints.
        assets: folders by the prefix of a library path.
        threads: how many draw one frame.
    """

    def __init__(self, scene: Path, *, backend: str, assets: Sequence[tuple[str, str]], threads: int) -> None:
        paths = [path for path in sys.path if path]
        here = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(  # not a fork: a server has threads, and locks of theirs
            [sys.executable, "-c", _START, *paths, *([] if here in paths else [here])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._answers: SimpleQueue[Any] = SimpleQueue()
        self._is_silent = False
        Thread(target=self._read, daemon=True).start()
        with suppress(OSError):  # where it is gone already, whoever waits for an answer is told
            _write(self._to, (str(scene), backend, tuple(assets), threads))

    def ask(self, ask: Ask) -> None:
        """Send a question. Raises OSError where the process is gone."""
        _write(self._to, ask)

    def answer(self, seconds: float) -> dict[str, Any] | None:
        """Return the answer, None where there is none after ``seconds``. Raises EOFError where the process is gone."""
        try:
            got = self._answers.get(timeout=seconds)
        except Empty:
            return None
        if got is _ENDED:
            raise EOFError
        answer: dict[str, Any] = got
        return answer

    @property
    def number(self) -> int:
        """What the system calls it by."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return not self._is_silent and self._process.poll() is None

    def end(self) -> int | None:
        """End it, and return its exit code where it had ended by itself: below 0 for a signal."""
        code = self._process.poll()
        if code is None and self._is_silent:  # it closed its pipes: the system is about to say how it ended
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(2.0)
        self._process.kill()
        with suppress(OSError):
            self._to.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5.0)
        return code

    def _read(self) -> None:
        with suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                self._answers.put(pickle.load(self._from))
        self._is_silent = True
        self._answers.put(_ENDED)


def _write(pipe: IO[bytes], what: object) -> None:
    pickle.dump(what, pipe)
    pipe.flush()


def main() -> None:
    """Answer what comes through the standard input until it ends."""
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is not an answer
    with suppress(OSError):  # where memory runs out, the system ends this process and not the server
        Path("/proc/self/oom_score_adj").write_text("1000")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which ends this process then
    logging.disable(logging.WARNING)  # notes of scenes are in the answers
    asked: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(asked,), daemon=True).start()
    from rendersdg.viewer.painter import Painter

    scene, backend, assets, threads = asked.get()
    painter = Painter(Path(scene), backend=backend, assets=assets, threads=threads)
    while True:
        _write(ours, painter.paint(asked.get()))


def _listen(asked: SimpleQueue[Any]) -> None:
    """Take what comes in, and end the process once the server is gone, whatever it paints then."""
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            asked.put(pickle.load(sys.stdin.buffer))
    os._exit(0)
