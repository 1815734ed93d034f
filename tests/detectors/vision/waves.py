"""Weights and pictures by formula, the same in every version of torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def fill(network: nn.Module) -> None:
    """Overwrite all weights and running statistics of a network with waves."""
    for number, (name, value) in enumerate(sorted(network.state_dict().items())):
        if not value.is_floating_point():
            continue
        wave = torch.sin(torch.arange(value.numel(), dtype=torch.float64) * 0.7 + number).view(value.shape)
        fan = max(value[0].numel(), 1) if value.ndim > 1 else 1
        made = wave * (2 / fan) ** 0.5 if value.ndim > 1 else 0.2 * wave
        if value.ndim == 1 and name.endswith(("weight", "running_var", "gamma1", "gamma2", "gamma")):
            made = made + 1
        value.copy_(made)


def picture(side: int) -> Tensor:
    """Return a picture (1, 3, side, side) of waves, -1 to 1."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    places = rows.double() * 0.11 + columns.double() * 0.07
    return torch.stack([torch.sin(places * (k + 1)) for k in range(3)])[None].float()
