"""Weights that others made: read as tensors alone; what would run code is refused unless it is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

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


def foreign_state(file: Path, *, trust: bool = False) -> dict[str, Tensor]:
    """Return the tensors by name of a weights file of torch.

    A file may hold them at once, or below ``state_dict`` or ``model``. With ``trust`` it may hold a whole network, as
    ultralytics' do, which is a pickle: to read it is to run what it brings.

    Args:
        file: the file.
        trust: whether its code may run.

    Raises:
        NotTrusted: it holds more than tensors and plain values.
        DatasetError: it cannot be read, or holds no tensors.
    """
    content = _content(file, trust)
    if isinstance(content, Mapping):
        average = content.get("ema")  # ultralytics' running average of the network
        content = (
            average if isinstance(average, nn.Module) else content.get("state_dict", content.get("model", content))
        )
    if isinstance(content, nn.Module):
        content = content.float().state_dict()
    tensors = {str(k): v for k, v in content.items() if isinstance(v, Tensor)} if isinstance(content, Mapping) else {}
    if not tensors:
        raise DatasetError(f"{file} holds no tensors by name, so no weights")
    return tensors


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
