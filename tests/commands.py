"""The command line in processes of its own, forked from one that has imported what commands need.

A new interpreter imports torch for 3 s and USD for 1 s; a fork has them. Each command still has its own process,
working directory, environment, output and exit code, and ends as an interpreter ends. What a fork shares with the
others is the seed of ``hash(str)``: where bytes of two runs are compared, let one of them be ``fresh``. So is what
reads the environment while it is imported.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import random
import resource
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from rendersdg.errors import BadArgument
from tests.conftest import ROOT

_ALL = (
    "rendersdg.cli",
    "rendersdg.orchestrator.session",
    "rendersdg.yaml.parser",
    "writers.basic",
    "cv2",
    "fsspec",
    "asyncio",
    "pydantic",
)
_TORCH = ("torch", "torchvision", "faster_coco_eval", "matplotlib.pyplot")
_YOLO = (*_TORCH, "detectors.models.yolo")
# of a command beside what all need; not OpenVINO and ONNX Runtime, whose threads would be missing in a fork
_IMPORTS = {
    "train": _YOLO,
    "evaluate": _YOLO,
    "compare": _YOLO,
    "study": _YOLO,
    "steer": _YOLO,
    "explain": _YOLO,
    "train-anomaly": _TORCH,
    "evaluate-anomaly": _TORCH,
    "train-classifier": _TORCH,
    "vision": _TORCH,
    "generator": (*_TORCH, "sklearn"),
    "export": _YOLO,
    "quantize": _YOLO,
    "calibrate": _YOLO,
    "predict": _YOLO,
}
_PATH = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
_PATIENCE = 600  # seconds; a command that takes longer hangs


@dataclass
class Command:
    """A command that runs; ``pid`` is that of its process."""

    arguments: list[str]
    pid: int
    folder: tempfile.TemporaryDirectory[str]
    returncode: int | None = field(default=None)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the command was waited for."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float = _PATIENCE) -> subprocess.CompletedProcess[str]:
        """Return the exit code (less than 0: the signal that ended it) and what was printed."""
        try:
            self.returncode = _ask({"wait": self.pid}, timeout)
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            raise
        out, err = (Path(self.folder.name, name).read_text() for name in ("out", "err"))
        self.folder.cleanup()
        return subprocess.CompletedProcess(self.arguments, self.returncode, out, err)


def run(
    *arguments: object,
    cwd: Path = ROOT,
    limit: int | None = None,
    fresh: bool = False,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``rendersdg`` to its end. ``limit`` is the most bytes of a file;
    ``fresh`` takes a new interpreter; ``env`` adds.
    """
    words = [str(a) for a in arguments]
    if not fresh:
        return start(*words, cwd=cwd, limit=limit, env=env).wait()

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "rendersdg.cli", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        preexec_fn=None if limit is None else limited,  # Python code in a fork of a process with threads is a risk
        env={**os.environ, "PYTHONPATH": _PATH, **(env or {})},
    )


def start(
    *arguments: object, cwd: Path = ROOT, limit: int | None = None, env: Mapping[str, str] | None = None
) -> Command:
    """Start ``rendersdg`` in a fork."""
    words, folder = [str(a) for a in arguments], tempfile.TemporaryDirectory()
    told = {"arguments": words, "cwd": str(cwd), "limit": limit, "folder": folder.name}
    pid = _ask({"start": told | {"env": {**os.environ, "PYTHONPATH": _PATH, **(env or {})}}}, _PATIENCE)
    return Command(words, pid, folder)


def _ask(question: dict[str, Any], timeout: float) -> int:
    """Return the answer of the process that forks."""
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(json.dumps(question).encode() + b"\n")
    if not select.select([server.stdout], [], [], timeout)[0]:
        server.kill()
        _server.cache_clear()
        raise TimeoutError(f"no answer in {timeout} s to {question}")
    return int(server.stdout.readline())


@cache
def _server() -> subprocess.Popen[bytes]:
    folder = tempfile.TemporaryDirectory()
    code = "from tests.commands import _serve; _serve()"  # -c: the processes that commands spawn import no main module
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": _PATH, "YOLO_CONFIG_DIR": folder.name},
    )

    def end() -> None:
        if server.stdin is not None:
            server.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        folder.cleanup()

    atexit.register(end)
    return server


def _serve() -> None:
    """Fork a process for each command told on standard input; return in the process that has run one."""
    while True:
        line = sys.stdin.buffer.raw.readline()  # type: ignore[attr-defined] # by bytes: a fork has read nothing ahead
        if not line:
            os._exit(0)
        question = json.loads(line)
        if "wait" in question:
            answer = os.waitstatus_to_exitcode(os.waitpid(question["wait"], 0)[1])
        else:
            _prepare(question["start"]["arguments"][:1])
            answer = os.fork()
            if answer == 0:
                return _become(**question["start"])
        os.write(1, b"%d\n" % answer)


@cache
def _imported(module: str) -> None:
    with suppress(ImportError, BadArgument):
        found = import_module(module)
        if module == "detectors.models.yolo":
            found._library()  # ultralytics, told to write nothing


def _prepare(command: list[str]) -> None:
    for name in command:
        for module in (*_ALL, *_IMPORTS.get(name, ())):
            _imported(module)
    gc.collect()
    gc.freeze()  # or a collection in a fork would copy every page


def _become(arguments: list[str], cwd: str, limit: int | None, folder: str, env: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for number, name, mode in ((0, os.devnull, os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
        os.dup2(os.open(os.path.join(folder, name), mode | os.O_CREAT, 0o600), number)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    random.seed()  # as a new interpreter does, or what draws from here would look repeatable
    sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()
    sys.argv = ["rendersdg", *arguments]
    sys.modules["rendersdg.cli"].main()


def rendersdg(*arguments: object, code: int = 0) -> str:
    """Run a command, hold its exit code, and return what it printed."""
    done = run(*arguments, cwd=Path.cwd())
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr
