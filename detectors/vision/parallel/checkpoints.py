"""Checkpoints that any layout reads, by ``torch.distributed.checkpoint``: each process writes what it holds.

A folder ``checkpoint-STEP`` holds the weights and the optimizer's moments under the names of the whole network, and
``run.json``, which is written last: without it the folder does not count.
"""

from __future__ import annotations

import io
import json
import pickle
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint as dcp
from torch import Tensor, nn
from torch.distributed.checkpoint import state_dict as states
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import Metadata

from detectors.checkpoint import WRONG, reason
from rendersdg.errors import DatasetError
from rendersdg.files import write_file
from rendersdg.plain import Json

_PLAIN = states.StateDictOptions(flatten_optimizer_state_dict=True)


def newest(out: Path) -> Path | None:
    """Return the newest checkpoint of a run's folder that is whole, or None."""
    whole = [file.parent for file in out.glob("checkpoint-*/run.json")]
    return max(whole, key=lambda folder: folder.name, default=None)


def folder_of(out: Path, step: int) -> Path:
    """Return the folder of the checkpoint after so many steps; names sort as steps do."""
    return out / f"checkpoint-{step:09d}"


def write(folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Write what this process holds of the weights and moments; called by all processes.

    Raises DatasetError when the folder cannot be written.
    """
    tensors = _tensors(network, optimizer)
    try:
        with _calm():
            dcp.save(tensors, checkpoint_id=folder)
    except (CheckpointException, OSError) as error:
        raise DatasetError(f"cannot write {folder}: {_cause(error)}") from None


def finish(folder: Path, run: Json) -> None:
    """Say what the run was when a checkpoint was written, which makes it count, and remove older ones.

    Called by the first process, after all have written.
    """
    write_file(folder / "run.json", (json.dumps(run) + "\n").encode())
    for older in folder.parent.glob("checkpoint-*"):
        if older.name != folder.name:
            shutil.rmtree(older, ignore_errors=True)


def run_of(folder: Path) -> Json:
    """Return what :func:`finish` wrote. Raises DatasetError when it is damaged."""
    try:
        run: Json = json.loads((folder / "run.json").read_bytes())
        if not isinstance(run["step"], int) or not isinstance(run["log"], list) or not isinstance(run["losses"], list):
            raise TypeError("step is not a number, or log or losses not a list")
        return run
    except (OSError, *WRONG) as error:
        raise DatasetError(f"{folder / 'run.json'} is not of a checkpoint ({reason(error)})") from None


def read(folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Fill what this process holds of the weights and moments, whatever layout wrote them; called by all processes.

    Raises DatasetError when the checkpoint is damaged, or of another network.
    """
    tensors = _tensors(network, optimizer)
    _load(folder, tensors)
    states.set_model_state_dict(network, {k.removeprefix("model."): v for k, v in tensors.items() if _of_model(k)})
    whole = states.get_optimizer_state_dict(network, optimizer, options=_PLAIN)
    moments = {k.removeprefix("moments."): v for k, v in tensors.items() if not _of_model(k)}
    states.set_optimizer_state_dict(network, optimizer, whole | moments, options=_PLAIN)


def read_weights(folder: Path, network: nn.Module) -> None:
    """Fill a whole network in this process alone. Raises DatasetError as :func:`read` does."""
    weights = dict(network.state_dict())
    _load(folder, {f"model.{name}": weight for name, weight in weights.items()}, is_alone=True)
    network.load_state_dict(weights)


def _of_model(name: str) -> bool:
    return name.startswith("model.")


def _tensors(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return weights and moments by the names of the whole network; rates and the like are the recipe's."""
    weights = states.get_model_state_dict(network)
    moments = states.get_optimizer_state_dict(network, optimizer, options=_PLAIN)
    named = {f"model.{name}": weight for name, weight in weights.items()}
    return named | {f"moments.{name}": value for name, value in moments.items() if isinstance(value, Tensor)}


def _load(folder: Path, tensors: dict[str, Any], *, is_alone: bool = False) -> None:
    reader = _Reader(folder)
    reader.read_metadata()  # here, since torch wraps what is raised inside of it
    try:
        with _calm():
            dcp.load(tensors, storage_reader=reader, no_dist=is_alone)
    except (CheckpointException, *WRONG, OSError) as error:
        raise DatasetError(f"{folder} is not a whole checkpoint of this network ({_cause(error)})") from None


def _cause(error: BaseException) -> str:
    """Return what went wrong in the first process that says so: torch wraps what each of them met."""
    if isinstance(error, CheckpointException):
        error = next(iter(error.failures.values()))[0]
    return reason(error)  # type: ignore[arg-type] # a BaseException has the same text


class _Reader(FileSystemReader):  # type: ignore[misc]
    """Reads a folder's index without running what a pickle may name: an index holds torch's records alone."""

    def read_metadata(self, *args: Any, **kwargs: Any) -> Metadata:
        """Return the index."""
        file = Path(self.path) / ".metadata"
        try:
            content = _Records(io.BytesIO(file.read_bytes())).load()
        except Exception as error:  # a pickle that is damaged raises what it likes
            raise DatasetError(f"{file} is not the index of a checkpoint ({reason(error)})") from None
        if not isinstance(content, Metadata):
            raise DatasetError(f"{file} is not the index of a checkpoint (it holds a {type(content).__name__})")
        return content


class _Records(pickle.Unpickler):
    _MODULES = ("torch.distributed.checkpoint.metadata", "torch.distributed.checkpoint.filesystem")
    _NAMES = (
        ("torch", "Size"),
        ("torch._utils", "_rebuild_device"),
        ("torch.serialization", "_get_layout"),
        ("collections", "OrderedDict"),
        ("pathlib", "PosixPath"),
        ("pathlib", "WindowsPath"),
    )

    def find_class(self, module: str, name: str) -> Any:
        """Return a record's class, and nothing else."""
        is_dtype = module == "torch" and isinstance(getattr(torch, name, None), torch.dtype)
        is_record = module in self._MODULES and name.startswith(
            (
                "Metadata",
                "TensorStorage",
                "TensorProperties",
                "Chunk",
                "BytesStorage",
                "StorageMeta",
                "_StorageInfo",
                "_MEM_FORMAT",
            )
        )
        if not (is_dtype or is_record or (module, name) in self._NAMES):
            raise pickle.UnpicklingError(f"an index does not hold {module}.{name}")
        return super().find_class(module, name)


@contextmanager
def _calm() -> Iterator[None]:
    """Let torch not warn of what is meant: one process writes alone, and states of tensors are plain."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
