"""The process apart of ``detectors/isolated.py``: it locks itself in, reads a pickle, and writes what it holds.

It is run as a script by a fresh interpreter: ``isolated_reader.py JOB FOLDER SECONDS PLACES...``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROOM = 4 << 30  # bytes of a file that is written
_MEMORY = 24 << 30  # bytes of addresses: torch reserves more than it uses


def main(job: str, folder: Path, seconds: int, places: list[str]) -> None:
    """Convert ``folder/source.pt``; ``result.json`` says what came of it.

    Args:
        job: ``onnx`` or ``weights``.
        folder: what may be written.
        seconds: of the processor that may be used.
        places: folders of libraries.
    """
    sys.path += [place for place in places if place not in sys.path]
    _limit(seconds)
    result: dict[str, Any] = {}
    try:
        import torch

        from detectors.lockdown import lock

        torch.set_num_threads(1)
        run = _ready(job)
        result["unprotected"] = lock(folder, [*places, *sys.path, sys.prefix, sys.base_prefix])
        result |= run(folder)
    except BaseException as error:  # code of others ran, and may raise anything
        result["error"] = f"{type(error).__name__}: {error}"[:2000]
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def _limit(seconds: int) -> None:
    """Take limits of time, memory, room and core dumps, where the system has them."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in (("CPU", seconds), ("AS", _MEMORY), ("FSIZE", _ROOM), ("CORE", 0)):
        kind = getattr(resource, f"RLIMIT_{name}")
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # a lower one is set already
            continue


def _ready(job: str) -> Callable[[Path], dict[str, Any]]:
    """Return what does a job. Its libraries are imported now: some of them start programs when they are."""
    if job == "weights":
        import detectors.foreign  # noqa: F401

        return _weights
    import onnx  # noqa: F401
    import torchvision  # noqa: F401
    import ultralytics.engine.exporter
    import ultralytics.models.yolo.detect  # noqa: F401

    return _onnx


def _weights(folder: Path) -> dict[str, Any]:
    """Write the tensors of a pickle, by name, as a file that holds no more than these."""
    import torch

    from detectors.foreign import taken_of

    tensors, names = taken_of(torch.load(folder / "source.pt", map_location="cpu", weights_only=False))
    torch.save({name: tensor.detach().clone() for name, tensor in tensors.items()}, folder / "weights.pt")
    return {"names": None if names is None else list(names)}


def _onnx(folder: Path) -> dict[str, Any]:
    """Write a checkpoint of ultralytics' as ONNX by their own exporter, for pictures of any size, as they predict."""
    from ultralytics import YOLO

    model = YOLO(str(folder / "source.pt"), task=None)
    if model.task not in ("detect", "obb"):
        kinds = "detectors of boxes (detect) and of oriented boxes (obb)"
        raise ValueError(f"it is for {model.task}; rendersdg takes {kinds}")
    size = model.overrides.get("imgsz", 640)
    made = Path(model.export(format="onnx", imgsz=size, dynamic=True, simplify=False, device="cpu"))
    os.replace(made, folder / "model.onnx")
    return {}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
