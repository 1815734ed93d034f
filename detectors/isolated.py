"""Files that run code when they are read: read by a process apart, which hands over a network or tensors, and names.

The process is a fresh interpreter with a temporary folder of its own, little of the environment, and limits of time,
memory and room. On Linux the kernel also keeps it from the network, from other processes, from starting programs, and
from every file outside of its folder but those that Python and its libraries are of. This process reads what comes out
with readers that run nothing.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal

from detectors.lockdown import open_here
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import DatasetError, NotTrusted
from rendersdg.extras import needs
from rendersdg.plain import Json

log = logging.getLogger("rendersdg.models")
PICKLED = (".pt", ".pth")  # how files of torch end
LONGEST_S = 600  # seconds that a conversion may take
_LARGEST = 4 << 30  # bytes of what comes out
_LARGEST_RESULT = 8 << 20  # bytes of names and messages
_LONGEST_MESSAGE = 600  # characters of what went wrong that are repeated
_LIBRARIES = ("torch", "torchvision", "ultralytics", "onnx", "numpy", "cv2", "yaml", "detectors", "rendersdg")
_KEPT = ("SYSTEMROOT", "SYSTEMDRIVE", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONHASHSEED")  # of the environment
Job = Literal["onnx", "weights"]
_MADE = {"onnx": "model.onnx", "weights": "weights.pt"}


def untrusted(file: Path, why: str) -> NotTrusted:
    """Return the refusal of a file that would run code, with what else to do."""
    return NotTrusted(
        f"{file} is not read: {why}, and to load it is to run code of its maker's. If you trust who made it, add "
        f"--trust (trust=True in Python): a process apart then reads it, {_kept_from()}, and hands over the numbers "
        f"alone. Else ask for its ONNX file, which holds no code (yolo export model={file.name} "
        "format=onnx)"
    )


def _kept_from() -> str:
    missing = open_here()
    return f"which this system cannot keep from {missing}" if missing else "without network or other files"


def convert_to_onnx(file: Path, folder: Path, why: str | None, *, trust: bool) -> Path:
    """Return ultralytics' own ONNX export of a checkpoint of theirs, made by a process apart.

    Args:
        file: the checkpoint, a pickle.
        folder: an empty one, which the process may write.
        why: what it holds besides tensors.
        trust: whether its code may run there.

    Raises:
        BadArgument: ultralytics, torch or ONNX is not installed.
        DatasetError: it cannot be read, or is no detector of ultralytics'.
        NotTrusted: ``trust`` is not set.
    """
    if not trust:
        raise untrusted(file, f"it holds more than tensors ({why})")
    needs("ultralytics", "yolo", f"{file.name}, a checkpoint of ultralytics (AGPL-3.0),")
    needs("onnx", "deploy", f"{file.name}, which is made an ONNX model,")
    return read_apart(file, folder, "onnx")[0]


def read_apart(file: Path, folder: Path, job: Job) -> tuple[Path, Json]:
    """Return the file that a process apart made of a pickle, and what it says of it (``names``).

    Args:
        file: the pickle, which runs code when it is read.
        folder: an empty one, which the process may write.
        job: ``onnx`` for the network, ``weights`` for a file of tensors by name.

    Raises:
        DatasetError: it cannot be read, takes too long, or what comes out is not a plain file.
    """
    if missing := open_here():
        log.warning("%s is read by a process apart, which this system cannot keep from %s", file, missing)
    try:
        shutil.copyfile(file, folder / "source.pt")
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror or error}") from None
    code = _run(file, folder, job)
    result: Json = {}
    told = folder / "result.json"
    if _is_plain(told, _LARGEST_RESULT):
        result = json_mapping(read_bytes(told, largest=_LARGEST_RESULT), f"what came of {file}")
    made = folder / _MADE[job]
    if code or "error" in result or not _is_plain(made, _LARGEST):
        said = " ".join(str(result.get("error", f"the process ended with {code}")).split())[:_LONGEST_MESSAGE]
        raise DatasetError(f"{file} cannot be converted: {said}")
    if (found := result.get("unprotected")) and found != missing:
        log.warning("%s was read by a process apart, which this system cannot keep from %s", file, str(found)[:200])
    return made, result


def _run(file: Path, folder: Path, job: Job) -> int:
    """Return how the process that reads a pickle ended."""
    places = dict.fromkeys(str(place) for name in _LIBRARIES for place in _place(name))
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    for name in ("HOME", "TMPDIR", "TEMP", "TMP", "YOLO_CONFIG_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"):
        environment[name] = str(folder)
    environment |= {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}
    environment |= {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    script = Path(__file__).with_name("isolated_reader.py")
    command = [sys.executable, "-I", str(script), job, str(folder), str(LONGEST_S), *places]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(LONGEST_S)
    except subprocess.TimeoutExpired:
        raise DatasetError(f"{file} cannot be converted: it took longer than {LONGEST_S} seconds") from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and where the system has groups what it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
        process.wait()


def _place(name: str) -> list[Path]:
    """Return the folders from which a library is imported here; none where it is not there."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return []
    return [Path(place).resolve().parent for place in spec.submodule_search_locations]


def _is_plain(file: Path, largest: int) -> bool:
    """Return whether a path is a file itself, no link to one, and not too large."""
    try:
        about = os.lstat(file)
    except OSError:
        return False
    return stat.S_ISREG(about.st_mode) and about.st_nlink == 1 and about.st_size <= largest
