"""The processes that train one network together, as torchrun starts them: which one this is,
and what they tell each other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from rendersdg.errors import BadArgument

T = TypeVar("T")

_PATIENCE = timedelta(hours=6)  # others wait that long while one judges or writes


@dataclass(frozen=True, slots=True)
class Ranks:
    """Process ``rank`` of ``world``; the first one writes files and speaks. ``here`` of them are on this machine."""

    rank: int = 0
    world: int = 1
    here: int = 1

    @property
    def leads(self) -> bool:
        """Return whether this is the process that writes and speaks."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Return this process's items: every ``world``-th, so that all shares hold of everything."""
        return items[self.rank :: self.world]

    def joined(self, shares: Sequence[T]) -> list[T]:
        """Return all items in their order, of each process's share; called by all."""
        if self.world == 1:
            return list(shares)
        parts: list[Sequence[T]] = [()] * self.world
        dist.all_gather_object(parts, shares)
        whole = sum(map(len, parts))
        return [parts[k % self.world][k // self.world] for k in range(whole)]

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean over the processes of a tensor (N,), the same bits for all; called by all."""
        if self.world > 1:
            dist.all_reduce(values)
            values /= self.world
        return values

    def agreed(self, value: T) -> T:
        """Return the first process's value; called by all."""
        if self.world == 1:
            return value
        shared = [value]
        dist.broadcast_object_list(shared)
        return shared[0]

    def spread(self, tensors: Sequence[Tensor]) -> None:
        """Overwrite tensors, scalars and of any shape, with the first process's; called by all."""
        for tensor in tensors if self.world > 1 else ():
            dist.broadcast(tensor, 0)

    def computing(self, module: nn.Module) -> Callable[..., dict[str, Tensor]]:
        """Return a module whose gradients are the mean over the processes, and whose buffers are the first one's.

        The module returns scalars by name, as :meth:`detectors.contract.Detector.losses` does.
        """
        if self.world == 1:
            return module
        # a process without a box in its share leaves parameters unused
        return DistributedDataParallel(module, find_unused_parameters=True)


def device_here(name: str) -> torch.device:
    """Return the device of a recipe for this process: with several on a machine, each has the GPU of its number.

    Raises BadArgument when there is none.
    """
    many = int(os.environ.get("WORLD_SIZE", "1")) > 1
    try:
        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "cpu"
        device = torch.device(name)
    except RuntimeError:
        raise BadArgument(f"device {name!r} is not auto, cpu or cuda") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise BadArgument("device cuda: torch sees none here; give cpu or auto")
    if device.type == "cuda" and many:
        own = int(os.environ.get("LOCAL_RANK", "0"))
        if own >= torch.cuda.device_count():
            raise BadArgument(
                f"{os.environ.get('LOCAL_WORLD_SIZE')} processes on a machine with {torch.cuda.device_count()} "
                "GPUs; give each its own"
            )
        device = torch.device("cuda", own)
        torch.cuda.set_device(device)
    return device


@contextmanager
def together(device: torch.device) -> Iterator[Ranks]:
    """Join the processes that torchrun started, as its environment says; alone where nobody did."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Ranks()
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield Ranks(dist.get_rank(), world, int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    finally:
        dist.destroy_process_group()
