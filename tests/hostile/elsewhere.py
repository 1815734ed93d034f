"""The corpus of :mod:`tests.hostile.corpus` through the commands that open it: ``python -m tests.hostile.elsewhere``.

Each case runs in a fork of this process, with limits, and is judged: refused in one paragraph, nothing run, nothing
touched beside the output, nothing of another folder let out, less than a gigabyte of memory. Prints a table.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from tests.hostile import corpus
from tests.hostile.corpus import CASES, SCENE, SECRET, Place

MEGABYTES = 1024  # that a case may grow by
CPU_SECONDS = 10
WALL_SECONDS = 60
ROOM = 6 << 30  # bytes of address space beside what a fork begins with: a bomb ends there and not the machine
MODULES = (
    "rendersdg.cli",
    "rendersdg.orchestrator.session",
    "rendersdg.yaml.parser",
    "rendersdg.omni.runner",
    "detectors.train",
    "detectors.classify.train",
    "detectors.generator.train",
    "detectors.generator.triples",
    "detectors.models.torchvision",
    "detectors.study",
    "detectors.triton",
    "tests.served",
    "openvino",
    "onnx",
    "onnxruntime",
)


@dataclass(frozen=True)
class Result:
    """How a command ended: its exit code (less than 0: the signal), what it said, CPU seconds, megabytes it grew by."""

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float


def prepare() -> None:
    """Import what the commands need once, for all forks."""
    for name in MODULES:
        with suppress(ImportError):
            import_module(name)


def honest(folder: Path) -> Path:
    """Render the dataset that cases copy."""
    (folder / "scene.yaml").write_text(SCENE)
    made = run(["render", "scene.yaml", "-o", "whole", "--backend", "null", "-q"], folder, folder)
    assert made.code == 0, made.err
    return folder / "whole"


def run(words: list[str], cwd: Path, home: Path) -> Result:
    """Run ``rendersdg`` in a fork of this process."""
    read, write = os.pipe()
    told = [cwd / ".out", cwd / ".err"]
    child = os.fork()
    if child == 0:
        os.close(read)
        _become(words, cwd, home, told, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        report = pipe.read()
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    out, err = (file.read_text(errors="replace") for file in told)
    for file in told:
        file.unlink()
    seconds, megabytes = struct.unpack("<dd", report) if report else (used.ru_utime, used.ru_maxrss / 1024)
    return Result(code, out, err, seconds, megabytes)


def _become(words: list[str], cwd: Path, home: Path, told: list[Path], write: int) -> None:
    os.chdir(cwd)
    os.environ.update(HOME=str(home), XDG_CACHE_HOME=str(home), TMPDIR=str(home), OMP_NUM_THREADS="1")
    tempfile.tempdir = None
    for number, file in enumerate(told, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), number)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))  # pytest has its own
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * CPU_SECONDS, 2 * CPU_SECONDS))
    signal.alarm(WALL_SECONDS)  # one that waits for a pipe takes no time of the processor
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, start, code = _kilobytes("VmRSS"), time.process_time(), 0
    sys.argv = ["rendersdg", *words]
    try:
        sys.modules["rendersdg.cli"].main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException as error:
        print(f"Traceback: {type(error).__name__} {error}", file=sys.stderr)
        code = 99
    sys.stdout.flush()
    sys.stderr.flush()
    grown = (_kilobytes("VmHWM") - before) / 1024
    os.write(write, struct.pack("<dd", time.process_time() - start, grown))
    os._exit(code)


def _kilobytes(name: str) -> int:
    return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0])


def judged(name: str, folder: Path, whole: Path) -> tuple[Result, list[str]]:
    """Run a case in an empty folder; return how it ended, and what is wrong with that."""
    place = Place(folder, whole)
    place.make()
    words = CASES[name](place)
    before = tree(folder)
    result = run(words, place.work, folder / "home")
    after = tree(folder)
    wrong = []
    if result.code <= 0 or result.code in (70, 99):  # 0: done; 70 and 99: something unforeseen
        wrong.append(f"exit code {result.code}")
    errors = [line for line in result.err.splitlines() if line.startswith("error: ")]
    _, _, rest = result.err.partition("error: ")
    mistakes = rest.rstrip().splitlines()[1:]  # of a scene: one a line below the error
    if len(errors) != 1 or not all(line.startswith("  ") for line in mistakes) or "Traceback" in result.err:
        wrong.append(f"not one paragraph: {result.err[-300:]!r}")
    if place.canary.exists():
        wrong.append("code was run")
    touched = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    if touched:
        wrong.append(f"touched {', '.join(touched[:5])}")
    if SECRET in result.out + result.err or any(SECRET.encode() in data for data in written(place.work / "out")):
        wrong.append("a file of another folder got out")
    if result.megabytes > MEGABYTES:
        wrong.append(f"{result.megabytes:.0f} MB")
    if result.seconds > CPU_SECONDS:
        wrong.append(f"{result.seconds:.1f} s")
    return result, wrong


def tree(folder: Path) -> dict[str, str]:
    """Return what a folder holds, by path, but for a command's output and the user's caches."""
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if relative.startswith(("work/out", "home/")):
            continue
        if path.is_symlink():
            found[relative] = f"-> {os.readlink(path)}"
        elif path.is_file():
            found[relative] = sha256(path.read_bytes()).hexdigest()
        else:
            found[relative] = "a folder" if path.is_dir() else "special"
    return found


def written(folder: Path) -> Iterator[bytes]:
    """Give the bytes of the files below a folder."""
    yield from (path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> int:
    """Run all cases whose names hold the words given; return how many are wrong.

    ``--small`` makes bombs little larger than what is let in, which takes less time.
    """
    words = [word for word in sys.argv[1:] if word != "--small"]
    if "--small" in sys.argv:
        corpus.BOMB, corpus.SIDE = 260, 8200
    prepare()
    faults = 0
    most = 0.0
    print("| case | exit code | CPU s | MB | said |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as text:
        whole = honest(Path(text))
        for number, name in enumerate(name for name in CASES if all(word in name for word in words)):
            result, wrong = judged(name, Path(text) / str(number), whole)
            said = (result.err.strip().splitlines() or [""])[-1].replace(text, "").replace("|", "\\|")
            print(
                f"| {name} | {result.code} | {result.seconds:.2f} | {result.megabytes:.0f} | {said[:220]} |", flush=True
            )
            for fault in wrong:
                print(f"WRONG: {name}: {fault}", flush=True)
            faults += bool(wrong)
            most = max(most, result.megabytes)
        print(f"{number + 1} cases, {faults} wrong, {most:.0f} MB at most", flush=True)
    return faults


if __name__ == "__main__":
    sys.exit(main() > 0)
