"""A stage under torch's engines: tensor parallel, FSDP2, DDP and the pipeline, and one step of them together.

Every exchange between processes is torch's: DTensor (tensor parallel), FSDP2, DistributedDataParallel,
``torch.distributed.pipelining``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed._composable import checkpoint as recompute
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.pipelining import PipelineStage, Schedule1F1B
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from detectors.vision.gpt import Block
from detectors.vision.parallel.layout import Layout
from detectors.vision.parallel.stages import Piece, Stage, part_asks, stage_of

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process stands in a layout; ``mesh`` is None where there is one process."""

    layout: Layout
    mesh: DeviceMesh | None
    device: torch.device

    def at(self, name: str) -> int:
        """Return which one of ``pp``, ``dp``, ``fsdp`` or ``tp`` this process is, from 0."""
        return 0 if self.mesh is None else int(self.mesh.get_local_rank(name))

    @property
    def share(self) -> int:
        """Which share of a batch this process takes, from 0."""
        return self.at("dp") * self.layout.fsdp + self.at("fsdp")

    @property
    def is_last(self) -> bool:
        """Whether this process computes the last stage, and so the loss."""
        return self.at("pp") == self.layout.pp - 1


def placed(layout: Layout, device: torch.device) -> Place:
    """Return this process's place; called by all processes that have met."""
    if layout.processes == 1:
        return Place(layout, None, device)
    names = ("pp", "dp", "fsdp", "tp")
    mesh = init_device_mesh(device.type, [getattr(layout, name) for name in names], mesh_dim_names=names)
    if layout.fsdp > 1 and layout.tp > 1:
        mesh["fsdp", "tp"]._flatten("fsdp_tp")  # so that DTensor sums over both at once, in one order for all
    return Place(layout, mesh, device)


class Engine:
    """A network of a layout, and its step: forward, backward, the gradient over the whole batch.

    Args:
        network: the whole network, with the weights to begin with; it is taken apart.
        pieces: what it consists of.
        loss: of what the network says and of what it should say; a mean over pictures.
        place: of this process.
        micro: parts of this process's share of a batch that are computed one after another.
        is_bf16: whether products are computed in bfloat16; weights and the optimizer stay float32.
        recomputes: whether blocks forget what they computed, and compute it again for the gradient.
    """

    def __init__(
        self,
        network: nn.Module,
        pieces: Sequence[Piece],
        loss: Loss,
        place: Place,
        *,
        micro: int = 1,
        is_bf16: bool = False,
        recomputes: bool = False,
    ) -> None:
        layout = place.layout
        part_asks(network)
        own = stage_of(pieces, place.at("pp"), layout.pp)
        self.stage = Stage(network, own, is_bf16=is_bf16).to(place.device)
        self.loss, self.place, self.micro = loss, place, micro
        if recomputes:
            for block in self.blocks:
                recompute(block)
        self.wrapped = self.stage if place.mesh is None else _wrapped(self.stage, self.blocks, place.mesh, layout)
        self.schedule: Schedule1F1B | None = None
        if place.mesh is not None and layout.pp > 1:
            group = place.mesh["pp"].get_group()
            stage = PipelineStage(self.wrapped, place.at("pp"), layout.pp, place.device, group=group)
            self.schedule = Schedule1F1B(stage, micro, loss_fn=loss)

    @property
    def blocks(self) -> list[Block]:
        """The blocks that this process computes."""
        return [module for module in self.stage.modules() if isinstance(module, Block)]

    @property
    def network(self) -> nn.Module:
        """What this process has of the network, under the names of the whole."""
        return self.stage.network

    def gradients(self, x: Tensor, given: dict[str, Tensor], target: Tensor) -> Tensor:
        """Compute the gradients of the mean loss of a batch, of which this process has its share.

        Args:
            x: (B, ...) this process's share of a batch.
            given: (B, ...) more of it, by name.
            target: (B, ...) what the network should say.

        Returns:
            The mean loss of the share, a scalar; 0 where the process does not compute the last stage.
        """
        if self.schedule is not None:
            losses: list[Tensor] | None = [] if self.place.is_last else None
            first = (x,) if self.place.at("pp") == 0 else ()
            self.schedule.step(
                *first, target=target if self.place.is_last else None, losses=losses, return_outputs=False, **given
            )
            return torch.stack(losses).mean().detach() if losses else torch.zeros((), device=x.device)
        total = torch.zeros((), device=x.device)
        for k in range(self.micro):
            part = slice(k * len(x) // self.micro, (k + 1) * len(x) // self.micro)
            with self._exchanging(k == self.micro - 1):
                said = self.wrapped(x[part], **{name: value[part] for name, value in given.items()})
                loss = self.loss(said, target[part]) / self.micro
                loss.backward()
            total += loss.detach()
        return total

    def _exchanging(self, is_last: bool) -> Any:
        """Let processes exchange gradients after the last part of a batch alone."""
        if isinstance(self.wrapped, FSDPModule):
            self.wrapped.set_requires_gradient_sync(is_last)
        elif isinstance(self.wrapped, DistributedDataParallel) and not is_last:
            return self.wrapped.no_sync()
        return nullcontext()

    def clip(self, most: float) -> Tensor:
        """Scale the gradients so that their norm over the whole network is ``most`` at most; return what it was."""
        groups = _by_mesh(self.stage.parameters())
        norms = [get_total_norm([p.grad for p in group]) for group in groups]
        squares = sum((n.full_tensor() if isinstance(n, DTensor) else n) ** 2 for n in norms)
        if self.schedule is not None and self.place.mesh is not None:
            dist.all_reduce(squares, group=self.place.mesh["pp"].get_group())
        norm = squares.sqrt()
        for group in groups:
            clip_grads_with_norm_(group, most, norm)
        return norm

    def mean_over_processes(self, values: Tensor) -> Tensor:
        """Return the means (N,) over the shares of what :meth:`gradients` gave for each of N steps; called by all."""
        if self.place.mesh is None:
            return values
        dist.all_reduce(values)  # stages before the last one add nothing
        return values / (self.place.layout.processes // self.place.layout.pp)


def _wrapped(stage: Stage, blocks: Sequence[Block], mesh: DeviceMesh, layout: Layout) -> nn.Module:
    """Return a stage under tensor parallel, then under what shares the data."""
    if layout.tp > 1:
        for block in blocks:
            parallelize_module(block, mesh["tp"], _plan())
    # copies are DDP's where they are alone. It does not reduce DTensors, and under a pipeline it fails in torch 2.14
    # (reducer.cpp: "rebuilt parameter indices size is not same"); FSDP2 makes copies, too, as shards of one
    if layout.fsdp > 1 or (layout.dp > 1 and layout.tp * layout.pp > 1):
        over = mesh["dp", "fsdp"] if layout.dp > 1 else mesh["fsdp"]
        for block in blocks:
            fully_shard(block, mesh=over)
        return fully_shard(stage, mesh=over)
    if layout.dp > 1:
        return DistributedDataParallel(stage, process_group=mesh["dp"].get_group())
    return stage


def _plan() -> dict[str, Any]:
    """Return how a block is shared: heads and hidden numbers are cut, and one sum follows each half of the block.

    After Shoeybi et al. 2019 (Megatron-LM, arXiv 1909.08053), section 3.
    """
    asked = {f"attention.ask.{name}": ColwiseParallel() for name in ("query", "key", "value")}
    return asked | {
        "attention.mix": RowwiseParallel(),
        "think.0": ColwiseParallel(),
        "think.2": RowwiseParallel(),
    }


def _by_mesh(parameters: Iterable[nn.Parameter]) -> list[list[nn.Parameter]]:
    """Return the parameters that have gradients, those of one mesh together: one operation takes one mesh's alone."""
    groups: dict[Any, list[nn.Parameter]] = {}
    for parameter in parameters:
        if parameter.grad is not None:
            kind = parameter.device_mesh if isinstance(parameter, DTensor) else None
            groups.setdefault(kind, []).append(parameter)
    return list(groups.values())


def bytes_held(engine: Engine, optimizer: torch.optim.Optimizer) -> dict[str, int]:
    """Return the bytes that this process keeps between steps, counted from its own part of each tensor.

    They are named ``parameters``, ``gradients`` and ``optimizer``. What FSDP gathers for a block while it computes,
    and activations, are not among them.
    """

    def own(tensors: Iterable[Any]) -> int:
        local = [t.to_local() if isinstance(t, DTensor) else t for t in tensors if isinstance(t, Tensor)]
        return sum(math.prod(t.shape) * t.element_size() for t in local)

    parameters = list(engine.stage.parameters())
    states = [value for parameter in parameters for value in optimizer.state.get(parameter, {}).values()]
    gradients = [p.grad for p in parameters if p.grad is not None]
    return {"parameters": own(parameters), "gradients": own(gradients), "optimizer": own(states)}
