"""The one door for models: what is ours goes through as it is, what others made is made into what ours are.

Every command that takes a model asks here first, so that no other place has to know what others' files look like.
"""

from __future__ import annotations

import logging
from pathlib import Path

from detectors.confidence import keep, kept
from detectors.foreign_onnx import adopt_onnx
from detectors.isolated import PICKLED, convert_to_onnx
from detectors.model_files import EXPORTED, ULTRALYTICS
from detectors.told import Told
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.files import scratch_folder

log = logging.getLogger("rendersdg.models")
_adopted: dict[tuple[Path, int, int, Told], Path] = {}  # so that a process converts a file once


def adopted(model: Path, told: Told = Told()) -> Path:
    """Return the path of a model that this package describes.

    A run, a ``model.pt`` of ours and an exported network with its ``.json`` are returned as they are. Of an ``.onnx``
    without one, and of a ``.pt`` that is a pickle (ultralytics'), it is a copy in a temporary folder of this process:
    ``model.onnx`` with a ``model.json``. What a user should know of it is logged.

    Args:
        model: the file or folder.
        told: what the file does not say of itself.

    Raises:
        BadArgument: something is told of a model that says it itself, or a library is not installed.
        DatasetError: it cannot be read, or it cannot be told what it is.
        NotTrusted: to read it is to run code, and nobody said that it may.
    """
    if not is_of_others(model):
        if told.classes is not None or told.size is not None:
            raise BadArgument(f"--classes and --imgsz are for networks of others: {model} says both itself")
        return model
    about = model.stat()
    key = (model.resolve(), about.st_mtime_ns, about.st_size, told)
    if key not in _adopted:
        folder = scratch_folder("adopted")
        origin, source = "", model
        if model.suffix.lower() in PICKLED:
            made = convert_to_onnx(model, scratch_folder("converted"), _code_in(model), trust=told.trust)
            source, origin = made, ULTRALYTICS
        try:
            notes = adopt_onnx(source, told, folder, origin=origin)
        except DatasetError as error:
            if source is model:
                raise
            raise type(error)(str(error).replace(str(source), str(model))) from None
        for note in notes:
            log.warning("%s", note.replace(source.name, model.name, 1))
        _adopted[key] = folder / "model.onnx"
    keep(_adopted[key], kept(model))  # what it was last evaluated with
    return _adopted[key]


def is_of_others(model: Path) -> bool:
    """Return whether a file is a network that others made. Raises DatasetError for one that lacks its description."""
    if not model.is_file():
        return False
    ending = model.suffix.lower()
    if ending in EXPORTED and not model.with_suffix(".json").is_file():
        if ending == ".onnx":
            return True
        raise DatasetError(
            f"{model} lacks {model.with_suffix('.json').name}, which says what it finds: of networks that others made, "
            "rendersdg takes .onnx files and ultralytics' .pt"
        )
    return _code_in(model) is not None


def _code_in(model: Path) -> str | None:
    """Return what a .pt holds besides tensors, so that to read it is to run code; None for nothing."""
    if model.suffix.lower() not in PICKLED:
        return None
    from detectors.foreign import code_in  # torch; what is exported does without

    return code_in(model)
