"""Trains a small teacher for the distilled generator where no better one is at hand: a class-conditional variational autoencoder.

    python tests/bench/small_teacher.py PICTURES.npz -o teacher.pt [--epochs 80]

Writes its decoder as TorchScript: (B, 64) normal noise and (B, 10) one-hot classes to (B, 3, 32, 32), -1 to 1. Such images
are soft; the point is a black box that `rendersdg generator teach` can ask.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.classify.pictures import read_pictures
from detectors.generator.triples import as_tensor, one_hot

NOISE = 64


class Decoder(nn.Module):
    """Noise and classes to images."""

    def __init__(self, classes: int, width: int = 128) -> None:
        super().__init__()
        self.noise, self.classes = NOISE, classes
        self.seed = nn.Linear(NOISE + classes, width * 16)
        layers: list[nn.Module] = []
        for a, b in ((width, width), (width, width // 2), (width // 2, width // 4)):
            layers += [nn.Upsample(scale_factor=2.0), nn.Conv2d(a, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
        self.blocks = nn.Sequential(*layers, nn.Conv2d(width // 4, 3, 3, 1, 1), nn.Tanh())

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        x = self.seed(torch.cat([noise, classes], 1))
        return self.blocks(x.view(x.shape[0], -1, 4, 4))


class Encoder(nn.Module):
    """Images and classes to the mean and the logarithm of the variance of noise."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in ((3, 32), (32, 64), (64, 128)):
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.BatchNorm2d(b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.out = nn.Linear(128 * 16 + classes, 2 * NOISE)

    def forward(self, images: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.out(torch.cat([self.layers(images), classes], 1)).chunk(2, 1)
        return mean, log_variance


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=80)
    options = parser.parse_args()
    torch.manual_seed(0)
    pictures = read_pictures(options.pictures)
    count = len(pictures.classes)
    encoder, decoder = Encoder(count), Decoder(count)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-3)
    rng = np.random.default_rng(0)
    for epoch in range(options.epochs):
        order, told = rng.permutation(len(pictures.images)), []
        for part in np.array_split(order, len(order) // 64):
            images = as_tensor(pictures.images[part])
            if rng.random() < 0.5:
                images = images.flip(3)
            classes = one_hot(pictures.labels[part], count)
            mean, log_variance = encoder(images, classes)
            noise = mean + torch.randn_like(mean) * (log_variance / 2).exp()
            error = functional.mse_loss(decoder(noise, classes), images, reduction="sum") / len(part)
            apart = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
            loss = error + 0.5 * apart
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            told.append((error.item(), apart.item()))
        print(
            f"epoch {epoch}: squared error {np.mean(told, 0)[0]:.1f}, divergence {np.mean(told, 0)[1]:.1f}", flush=True
        )
    torch.jit.script(decoder.eval()).save(str(options.out))
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
