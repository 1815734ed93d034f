"""Weights that others made: read as tensors alone; what would run code is refused unless it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from detectors.isolated import read_apart, untrusted
from detectors.safetensors import safetensors_state
from detectors.told import MOST_CLASSES
from rendersdg.archives import check_archive, is_archive
from rendersdg.errors import DatasetError
from rendersdg.files import scratch_folder


@dataclass(frozen=True, slots=True)
class Weights:
    """A file to start from: a run's folder, a model of ours, or weights that others made.

    ``trust`` says that code which others' weights bring may run, see :func:`foreign_state`.
    """

    file: Path
    trust: bool = False


_NEEDED = re.compile(r"GLOBAL ([\w.]+)")  # in what torch says of a file that is more than tensors


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a weights file holds: tensors by name, and the names of classes where it has them."""

    state: dict[str, Tensor]
    classes: tuple[str, ...] | None = None


def foreign_state(file: Path, *, trust: bool = False) -> dict[str, Tensor]:
    """Return the tensors by name of a weights file; see :func:`read_foreign`."""
    return read_foreign(file, trust=trust).state


def read_foreign(file: Path, *, trust: bool = False) -> Foreign:
    """Return the tensors of a weights file of torch (.pt, .pth) or a .safetensors, and its classes.

    A file may hold tensors at once, or below ``state_dict`` or ``model``, and names of classes below ``names`` or
    ``classes``. With ``trust`` it may hold a whole network, as ultralytics' do, which is a pickle: to read it is to run
    what it brings. That is done by a process apart, see :mod:`detectors.isolated`.

    Args:
        file: the file.
        trust: whether its code may run.

    Raises:
        NotTrusted: it holds more than tensors and plain values.
        DatasetError: it cannot be read, or holds no tensors.
    """
    if file.suffix == ".safetensors":
        tensors, names = taken_of(safetensors_state(file))
    elif (why := code_in(file)) is None:
        tensors, names = taken_of(_content(file))
    elif not trust:
        raise untrusted(file, f"it holds more than tensors ({why})")
    else:
        made, result = read_apart(file, scratch_folder("weights"), "weights")
        tensors, names = taken_of(_content(made))[0], _names(result.get("names"))
    if not tensors:
        raise DatasetError(f"{file} holds no tensors by name, so no weights")
    return Foreign(tensors, names)


def taken_of(content: object) -> tuple[dict[str, Tensor], tuple[str, ...] | None]:
    """Return the tensors by name of what a weights file holds, and its names of classes where it has them."""
    names = None
    if isinstance(content, Mapping):
        names = content.get("names", content.get("classes"))
        average = content.get("ema")  # ultralytics' running average of the network
        content = (
            average if isinstance(average, nn.Module) else content.get("state_dict", content.get("model", content))
        )
    if isinstance(content, nn.Module):
        names = names or getattr(content, "names", None)
        content = content.float().state_dict()
    tensors = {str(k): v for k, v in content.items() if isinstance(v, Tensor)} if isinstance(content, Mapping) else {}
    return tensors, _names(names)


def code_in(file: Path) -> str | None:
    """Return the first thing besides tensors and plain values that a file of torch would bring in; None for none.

    None also for a file that cannot be read: whoever reads it says so. Nothing of the file runs.
    """
    try:
        is_zip = is_archive(file)
        if is_zip:
            check_archive(file, is_stored=True)  # as torch writes them
        torch.load(file, map_location="cpu", weights_only=True, mmap=is_zip or None)
    except Exception as error:  # pickle, zip and torch each have their own
        needed = _NEEDED.search(str(error))
        return None if needed is None else needed[1]
    return None


def _names(names: object) -> tuple[str, ...] | None:
    """Return names of classes, of a list or of a mapping from numbers; None for what is neither."""
    if isinstance(names, Mapping) and set(names) == set(range(len(names))):
        names = [names[k] for k in range(len(names))]
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        return None
    are_numbers = list(names) == [str(k) for k in range(len(names))]  # ultralytics' names of classes that have none
    is_usable = 0 < len(names) == len(set(names)) and len(names) <= MOST_CLASSES
    return tuple(names) if is_usable and not are_numbers else None


def _content(file: Path) -> Any:
    try:
        if is_archive(file):
            check_archive(file, is_stored=True)  # as torch writes them
        return torch.load(file, map_location="cpu", weights_only=True)
    except DatasetError:
        raise
    except OSError as error:
        raise DatasetError(f"cannot read weights {file}: {error.strerror or error}") from None
    except Exception as error:  # pickle, zip and torch each have their own
        raise DatasetError(f"{file} holds no weights that can be read ({type(error).__name__})") from None
