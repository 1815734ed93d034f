"""The part that learns from made defects: from a frozen network's maps to how likely each place is defective."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

LEVELS = (0, 1, 2)  # of the network's maps: strides 4, 8, 16
_WIDTH = 48  # channels of the decoder


class DefectHead(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A small decoder: each map to 48 channels at stride 4, their sum, two convolutions, one logit a place."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        """Build it for a network's maps of ``channels``."""
        super().__init__()
        self.sides = nn.ModuleList(
            nn.Sequential(nn.Conv2d(channels[level], _WIDTH, 1, bias=False), nn.BatchNorm2d(_WIDTH)) for level in LEVELS
        )
        self.body = nn.Sequential(*_layer(), *_layer(), nn.Dropout2d(0.1), nn.Conv2d(_WIDTH, 1, 1))

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Return logits (B, S / 4, S / 4) of the network's maps."""
        size = [int(side) for side in maps[LEVELS[0]].shape[2:]]
        total = self.sides[0](maps[LEVELS[0]])
        for side, level in zip(list(self.sides)[1:], LEVELS[1:]):
            total = total + functional.interpolate(side(maps[level]), size, mode="bilinear")
        return self.body(functional.relu(total))[:, 0]


def _layer() -> tuple[nn.Module, ...]:
    return nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, bias=False), nn.BatchNorm2d(_WIDTH), nn.ReLU()
