"""The distilled generator and its discriminator, of DiStyleGAN's shape (Masouris et al., arXiv 2305.06052). Images are
(B, 3, 32, 32), -1 to 1.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

SIZE = 32


class Generator(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Noise (B, ``noise``) and one-hot classes (B, ``classes``) to images: three doublings from 4x4,
    gated linear units.

    With noise 512, 10 classes and width 256: 2,054,368 parameters.
    """

    def __init__(self, noise: int, classes: int, width: int = 256, project: int = 128) -> None:
        super().__init__()
        self.noise, self.classes, self.width, self.project = noise, classes, width, project
        self.head = nn.Sequential(nn.Linear(noise, 2 * project, bias=False), nn.BatchNorm1d(2 * project), nn.GLU(1))
        self.seed = nn.Sequential(
            nn.Linear(project + classes, 2 * width * 16, bias=False), nn.BatchNorm1d(2 * width * 16), nn.GLU(1)
        )
        widths = [width, width // 2, width // 4, width // 8]
        self.blocks = nn.Sequential(*(_up(a, b) for a, b in pairwise(widths)))
        self.rgb = nn.Conv2d(widths[-1], 3, 3, 1, 1, bias=False)
        self.apply(_orthogonal)

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        """Return images."""
        joined = torch.cat([self.head(noise), classes], 1)
        return torch.tanh(self.rgb(self.blocks(self.seed(joined).view(-1, self.width, 4, 4))))


class Discriminator(nn.Module):  # type: ignore[misc]
    """Images with their one-hot classes to a score, and the features of each of
    four strided convolutions, spectrally normalized.
    """

    def __init__(self, classes: int, width: int = 128) -> None:
        super().__init__()
        self.classes, self.width = classes, width
        widths = [3, width, 2 * width, 4 * width, 8 * width]
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(widths))
        self.head = spectral_norm(nn.Linear(widths[-1] * 4, 128))
        self.score = spectral_norm(nn.Linear(128 + classes, 1))
        self.apply(_orthogonal)

    def forward(self, images: Tensor, classes: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return (B,) scores and the features."""
        features = []
        x = images
        for layer in self.layers:
            x = functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        flat = functional.leaky_relu(self.head(x.flatten(1)), 0.2)
        return self.score(torch.cat([flat, classes], 1))[:, 0], features


def _up(narrow: int, wide: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Upsample(scale_factor=2),
        nn.Conv2d(narrow, 2 * wide, 3, 1, 1, bias=False),
        nn.BatchNorm2d(2 * wide),
        nn.GLU(1),
    )


def _orthogonal(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.orthogonal_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
