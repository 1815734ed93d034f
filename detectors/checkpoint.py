"""Weights on disk: written whole or not at all, with everything that is needed to use them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from detectors.contract import DETECTORS, Detector
from detectors.preprocess import Preprocess
from detectors.seals import Damaged, check_seal, damage, say_unsealed, sealed
from detectors.told import MOST_CLASSES
from rendersdg.archives import check_archive, is_archive
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.files import PARTIAL, is_left_behind, write_file

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FORMAT = 1
WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError, OverflowError)  # other content's
Content = dict[str, Any]  # tensors and plain values, by name
Log = list[dict[str, float]]  # the numbers of each epoch


class Stateful(Protocol):
    """A network, an optimizer or a schedule of torch's: it gives its state and takes it back."""

    def state_dict(self) -> Content:
        """Return the state."""
        ...

    def load_state_dict(self, state_dict: Content) -> object:
        """Take a state."""
        ...


def save(content: Content, file: Path) -> None:
    """Write a dictionary of tensors and plain values; the file that was there stays until the new one is whole.

    The file carries a checksum of all its bytes. It and its folder's entry are flushed to the disk. Raises DatasetError
    when the disk is full or the folder cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(content | {"format": FORMAT, "sealed": True}, buffer)
    try:
        write_file(file, sealed(buffer.getvalue()))
    except DatasetError as error:
        raise DatasetError(f"{error}; the one before is kept in {file}" if file.exists() else str(error)) from None


def load(file: Path) -> Content:
    """Return what :func:`save` wrote. Raises DatasetError when the file is missing, damaged or of another kind."""
    if ".mlpackage" in (file.suffix, file.parent.suffix):
        raise DatasetError(f"{file} is of Core ML, which only Apple's systems run: give the run, or an .xml or .onnx")
    try:
        has_seal = check_seal(file)
        if not is_archive(file):
            raise DatasetError(f"{file} is not a checkpoint that can be read")
        check_archive(file, is_stored=True)
        content = torch.load(file, map_location="cpu", weights_only=True)
    except DatasetError:
        raise
    except FileNotFoundError:
        raise DatasetError(f"{file} is not there") from None
    except Exception as error:  # pickle, zip and torch each have their own
        raise DatasetError(f"{file} is not a checkpoint that can be read ({type(error).__name__})") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DatasetError(f"{file} is not a checkpoint of rendersdg, format {FORMAT}")
    if content.pop("sealed", False) and not has_seal:
        raise Damaged(damage(file))
    if not has_seal:
        say_unsealed(file)
    return content


def keep(out: Path, recipe: DataclassInstance, states: Mapping[str, Stateful], log: Log) -> None:
    """Write the state of a run of epochs into its folder: ``checkpoint.pt``, and the log also as ``log.csv``.

    Args:
        out: the run's folder.
        recipe: the settings, a dataclass; a run goes on with the same ones alone.
        states: networks, optimizers and schedules, by name.
        log: the numbers of each epoch; all have the same names.

    Raises:
        DatasetError: the folder cannot be written.
    """
    save(
        {"log": log, "recipe": asdict(recipe), **{k: v.state_dict() for k, v in states.items()}}, out / "checkpoint.pt"
    )
    rows = [",".join(("epoch", *log[0])), *(",".join(map(str, (k, *n.values()))) for k, n in enumerate(log))]
    write_file(out / "log.csv", ("\n".join(rows) + "\n").encode())


def begun(out: Path, recipe: DataclassInstance, resume: bool, states: Mapping[str, Stateful]) -> Log:
    """Make a run's folder, or put back the state that :func:`keep` wrote; return the numbers of the epochs done.

    Args:
        out: the run's folder.
        recipe: the settings, a dataclass.
        resume: whether a run that is there is continued.
        states: what the state is put into, by name.

    Raises:
        BadArgument: the run was made by another recipe.
        DatasetError: there is a run and ``resume`` is not set, or the folder cannot be made.
    """
    file = out / "checkpoint.pt"
    sweep(out)
    if not file.exists():
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatasetError(f"cannot write {out}: {error.strerror}") from None
        return []
    if not resume:
        raise DatasetError(f"{out} holds a run already; go on with --resume, or give another folder")
    state = load(file)
    try:
        if state["recipe"] != asdict(recipe):
            changed = [k for k, v in asdict(recipe).items() if state["recipe"].get(k) != v]
            raise BadArgument(f"{out} was trained with other {', '.join(changed)}; give another folder")
        for name, holder in states.items():
            holder.load_state_dict(state[name])
        return list(state["log"])
    except WRONG as error:
        raise DatasetError(f"{file} is not the state of such a run ({reason(error)})") from None


def sweep(out: Path) -> None:
    """Remove what a killed process left half written in a run's folder."""
    for left in out.glob(f"*{PARTIAL}"):
        if is_left_behind(str(left)):
            left.unlink(missing_ok=True)


def model_content(
    detector: str, classes: tuple[str, ...], preprocess: Preprocess, weights: Mapping[str, Tensor]
) -> Content:
    """Return what a model file holds: the detector's name, its classes, its preprocessing and its weights.

    The weights are as ``state_dict()`` has them: tensors by name, scalars and of any shape.
    """
    return {"detector": detector, "classes": list(classes), "preprocess": preprocess.as_json(), "weights": weights}


def reason(error: Exception) -> str:
    """Return the kind of an error and the first line of what it says: torch lists every tensor."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__} {lines[0][:200]}".strip()


def class_names(names: object) -> tuple[str, ...]:
    """Return the names of a model file's classes. Raises TypeError, or ValueError where there are more than 10,000."""
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError("classes is not a list of names")
    if not 0 < len(names) <= MOST_CLASSES:
        raise ValueError(f"it has {len(names)} classes")
    return tuple(names)


def load_detector(file: Path) -> tuple[str, Detector, tuple[str, ...], Preprocess]:
    """Return a trained detector's name, itself in evaluation mode, its classes and its preprocessing.

    ``file`` is a model file or the folder of a run, whose ``model.pt`` is taken. Raises DatasetError when it is not
    there, or of another kind or version.
    """
    file = file / "model.pt" if file.is_dir() else file
    content = load(file)
    if "anomaly" in content:
        raise DatasetError(f"{file} finds anomalies, not boxes: give it to rendersdg predict or evaluate-anomaly")
    try:
        classes, preprocess = class_names(content["classes"]), Preprocess(**content["preprocess"])
        detector = DETECTORS[content["detector"]](len(classes), preprocess.size)
        detector.load_state_dict(content["weights"])
    except DatasetError as error:
        raise error.at(str(file)) from None
    except WRONG as error:
        raise DatasetError(f"{file} is not a model file of this version ({reason(error)})") from None
    return str(content["detector"]), detector.eval(), classes, preprocess
