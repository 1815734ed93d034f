"""Weights that others made: read as tensors alone; what would run code is refused unless it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from detectors.checkpoint import MOST_CLASSES
from detectors.safetensors import safetensors_state
from rendersdg.archives import check_archive, is_archive
from rendersdg.errors import DatasetError, NotTrusted


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
    what it brings.

    Args:
        file: the file.
        trust: whether its code may run.

    Raises:
        NotTrusted: it holds more than tensors and plain values.
        DatasetError: it cannot be read, or holds no tensors.
    """
    content = safetensors_state(file) if file.suffix == ".safetensors" else _content(file, trust)
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
    if not tensors:
        raise DatasetError(f"{file} holds no tensors by name, so no weights")
    return Foreign(tensors, _names(names))


def _names(names: object) -> tuple[str, ...] | None:
    """Return names of classes, of a list or of a mapping from numbers; None for what is neither."""
    if isinstance(names, Mapping) and set(names) == set(range(len(names))):
        names = [names[k] for k in range(len(names))]
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        return None
    are_numbers = list(names) == [str(k) for k in range(len(names))]  # ultralytics' names of classes that have none
    is_usable = 0 < len(names) == len(set(names)) and len(names) <= MOST_CLASSES
    return tuple(names) if is_usable and not are_numbers else None


def _content(file: Path, trust: bool) -> Any:
    try:
        if is_archive(file):
            check_archive(file, is_stored=True)  # as torch writes them
        return torch.load(file, map_location="cpu", weights_only=True)
    except DatasetError:
        raise
    except OSError as error:
        raise DatasetError(f"cannot read weights {file}: {error.strerror or error}") from None
    except Exception as error:  # pickle, zip and torch each have their own
        needed = _NEEDED.search(str(error))
        if needed is None:
            raise DatasetError(f"{file} holds no weights that can be read ({type(error).__name__})") from None
        if not trust:
            raise untrusted(file, f"it holds more than tensors ({needed[1]})") from None
    try:
        return torch.load(file, map_location="cpu", weights_only=False)
    except Exception as error:  # it runs, and may raise anything
        raise DatasetError(f"{file} holds no weights that can be read ({type(error).__name__}: {error})") from None


def untrusted(file: Path, why: str) -> NotTrusted:
    """Return the refusal of a weights file that would run code, with what else to do."""
    out = f"{file.stem}-weights.pt"
    return NotTrusted(
        f"{file} is not read: {why}, and to load it is to run code of its maker's with all your rights. Ask for a file "
        f'of tensors alone, or make one where nothing can be harmed: python -c "import torch; m = '
        f"torch.load('{file.name}', weights_only=False); m = m.get('ema') or m['model']; "
        f"torch.save(m.float().state_dict(), '{out}')\". If you trust who made it, add --trust (trust=True in Python)"
    )
