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
_PAD = 114 / 255  # what the square around a photograph is filled with
_SAME = 0.5 / 255  # a pixel that near to it counts as filled
_MEAN, _SPREAD = _PAD, 0.2  # that a photograph gets, 0 to 1
_FAINTEST = 0.02  # the spread of a photograph, 0 to 1, at least: one of nothing but noise stays quiet


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
        maps = self.maps(images)
        return maps, self.patches(maps)

    def maps(self, images: Tensor) -> list[Tensor]:
        """Return the network's maps of images (B, 3, S, S), in even light."""
        return self.network(evened(images))

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


def evened(images: Tensor) -> Tensor:
    """Return images (B, 3, S, S) of one mean and one spread of light, whatever lamp and exposure they were taken with.

    Both are over all channels of the photograph, so colours stay; what the square is filled with counts for nothing and
    stays as it is. Without it bright photographs of good parts lie farther from the memory than dark ones of bad parts.
    """
    differs = ((images - _PAD).abs() > _SAME).to(images.dtype).amax(1, keepdim=True)
    own = differs.amax(2, keepdim=True) * differs.amax(3, keepdim=True)  # rows and columns that are not all filled
    count = (3 * own.sum((1, 2, 3), keepdim=True)).clamp_min(1)
    mean = (images * own).sum((1, 2, 3), keepdim=True) / count
    spread = (((images - mean) * own).square().sum((1, 2, 3), keepdim=True) / count).sqrt().clamp_min(_FAINTEST)
    return torch.where(own > 0, (images - mean) / spread * _SPREAD + _MEAN, images)
