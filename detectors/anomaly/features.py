"""What a frozen network sees at each place of a photograph: maps of several strides, and patches made of two."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.models.efficientnet_lite import EfficientNetLite

_LEVELS = (1, 2)  # of the network's maps, those at strides 8 and 16: neither edges alone nor whole objects
_STAGES = 5  # of the network, up to the map at stride 16
_NEIGHBOURHOOD = 3  # cells of the finer map, over which a patch takes the mean
_SMALLEST = 1e-6  # of a channel's spread


class PatchFeatures(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A network that learns nothing, and the patches of its maps: locally averaged, of one scale, side by side.

    A patch is the mean of 3 x 3 cells of the map at stride 8, and that of the map at stride 16 brought to the same
    grid (PatchCore, Roth et al. 2022, section 3.1). Each channel is divided by its spread over good photographs.
    """

    def __init__(self, network: EfficientNetLite) -> None:
        """Take a network, whose stages beyond the map at stride 16 are dropped: nothing here looks at them."""
        super().__init__()
        network.blocks = network.blocks[:_STAGES]
        self.network = network.requires_grad_(requires_grad=False)
        self.width = sum(network.channels[level] for level in _LEVELS)
        self.register_buffer("spread", torch.ones(self.width))

    def train(self, mode: bool = True) -> PatchFeatures:
        """Set the mode; the network stays as it is, means of its batch norm included."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, images: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the network's maps, and patches (B, ``width``, S / 8, S / 8), of images (B, 3, S, S), RGB, 0 to 1."""
        maps = self.network(images)
        return maps, self.patches(maps)

    def patches(self, maps: list[Tensor]) -> Tensor:
        """Return the patches (B, ``width``, S / 8, S / 8) of the network's maps."""
        size = maps[_LEVELS[0]].shape[2:]
        parts = []
        for level in _LEVELS:
            around = functional.avg_pool2d(maps[level], _NEIGHBOURHOOD, 1, _NEIGHBOURHOOD // 2, count_include_pad=False)
            if level != _LEVELS[0]:
                around = functional.interpolate(around, [int(side) for side in size], mode="bilinear")
            parts.append(around)
        return torch.cat(parts, 1) / self.spread[:, None, None]

    def learn_spread(self, patches: Tensor) -> None:
        """Take the spread of each channel from patches (N, ``width``) of good photographs, not divided yet."""
        self.spread.copy_(patches.std(0).clamp_min(_SMALLEST))
