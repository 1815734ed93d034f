"""A memory of good patches: how far each patch of a photograph lies from the nearest one that was seen."""

from __future__ import annotations

import torch
from torch import Tensor, nn

NEIGHBOURS = 9  # patches around the nearest one by which an image's score is weighed (Roth et al. 2022, section 3.3)


class PatchMemory(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Patches of good photographs (M, C), and for each the numbers of the patches nearest to it, itself first."""

    def __init__(self, bank: Tensor) -> None:
        """Keep ``bank`` (M, C) float32, one patch or more."""
        super().__init__()
        self.register_buffer("bank", bank)
        self.register_buffer("squares", bank.square().sum(1))
        self.register_buffer("near", _nearest(bank, min(NEIGHBOURS, len(bank))))

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far patches lie from the memory, and the same weighed for the score of an image.

        A patch far from a part of the memory that is dense weighs most: the weight is 1 less the share of the nearest
        good patch in a softmax of the distances to that patch's neighbours (equation 7 of the paper).

        Args:
            patches: (B, C, H, W) float32.

        Returns:
            Two maps (B, H, W) float32, 0 and above.
        """
        count, _, rows, columns = (int(side) for side in patches.shape)
        each = patches.flatten(2).transpose(1, 2)
        squared = each.square().sum(2, keepdim=True) + self.squares - 2 * each.matmul(self.bank.t())
        nearest, place = squared.min(2)
        least = nearest.clamp_min(0).sqrt()
        if self.near.shape[1] > 1:
            around = squared.gather(2, self.near[place]).clamp_min(0).sqrt()
            weighed = least * (1 - around.softmax(2)[..., 0])
        else:
            weighed = least
        return least.view(count, rows, columns), weighed.view(count, rows, columns)


def _nearest(bank: Tensor, count: int) -> Tensor:
    """Return the numbers (M, count) of the rows nearest to each row, itself first."""
    parts = []
    for part, start in zip(bank.split(256), range(0, len(bank), 256)):
        distances = torch.cdist(part, bank)
        distances[torch.arange(len(part)), torch.arange(start, start + len(part))] = -1  # a twin is not itself
        parts.append(distances.topk(count, largest=False).indices)
    return torch.cat(parts)
