"""Trains a small teacher for the distilled generator where no better one is at hand:
a class-conditional GAN for few pictures.

    python tests/bench/small_teacher.py PICTURES.npz -o teacher.pt [--steps 5000]

Hinge loss, a projection discriminator with spectral norm (Miyato and Koyama 2018), and the same random colours, shifts
and holes on real and made pictures (Zhao and others 2020, differentiable augmentation), without which a few thousand
are learnt by heart. Writes a moving mean of the generator as TorchScript: (B, 64) normal noise and (B, 10) one-hot
classes to (B, 3, 32, 32), -1 to 1. The point is a black box that `rendersdg generator teach` can ask.
"""

from __future__ import annotations

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from detectors.classify.pictures import read_pictures
from detectors.generator.triples import as_tensor, one_hot

NOISE = 64
BATCH = 32


class Generator(nn.Module):
    """Noise and classes to images."""

    def __init__(self, classes: int, width: int = 96) -> None:
        super().__init__()
        self.noise, self.classes = NOISE, classes
        self.seed = nn.Linear(NOISE + classes, width * 16)
        layers: list[nn.Module] = [nn.BatchNorm2d(width), nn.ReLU()]
        for a, b in ((width, width), (width, width // 2), (width // 2, width // 3)):
            layers += [nn.Upsample(scale_factor=2.0), nn.Conv2d(a, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU()]
        self.blocks = nn.Sequential(*layers, nn.Conv2d(width // 3, 3, 3, 1, 1), nn.Tanh())

    def forward(self, noise: Tensor, classes: Tensor) -> Tensor:
        x = self.seed(torch.cat([noise, classes], 1))
        return self.blocks(x.view(x.shape[0], -1, 4, 4))


class Discriminator(nn.Module):
    """Images and classes to a number: how real."""

    def __init__(self, classes: int, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = [spectral_norm(nn.Conv2d(3, width, 3, 1, 1)), nn.LeakyReLU(0.1)]
        for a, b in ((1, 2), (2, 4), (4, 4)):
            layers += [spectral_norm(nn.Conv2d(a * width, b * width, 4, 2, 1)), nn.LeakyReLU(0.1)]
        self.layers = nn.Sequential(*layers)
        self.out = spectral_norm(nn.Linear(4 * width, 1))
        self.of_class = spectral_norm(nn.Linear(classes, 4 * width, bias=False))

    def forward(self, images: Tensor, classes: Tensor) -> Tensor:
        features = self.layers(images).sum((2, 3))
        told: Tensor = self.out(features)[:, 0] + (features * self.of_class(classes)).sum(1)
        return told


def augmented(images: Tensor) -> Tensor:
    """Return images with random brightness, saturation and contrast, shifted by up to an eighth, with a square hole."""
    count, _, height, width = images.shape
    images = images + torch.rand(count, 1, 1, 1) - 0.5
    grey = images.mean(1, keepdim=True)
    images = (images - grey) * (2 * torch.rand(count, 1, 1, 1)) + grey
    level = images.mean((1, 2, 3), keepdim=True)
    images = (images - level) * (0.5 + torch.rand(count, 1, 1, 1)) + level
    reach = width // 8
    padded = functional.pad(images, [reach] * 4)
    rows = torch.randint(0, 2 * reach + 1, (count, 1)) + torch.arange(height)
    columns = torch.randint(0, 2 * reach + 1, (count, 1)) + torch.arange(width)
    images = padded[torch.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    y = (torch.arange(height) - torch.randint(0, height + 1, (count, 1))).abs() < height // 4
    x = (torch.arange(width) - torch.randint(0, width + 1, (count, 1))).abs() < width // 4
    return images * ~(y[:, None, :, None] & x[:, None, None, :])


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=5_000)
    options = parser.parse_args()
    torch.manual_seed(0)
    pictures = read_pictures(options.pictures)
    count = len(pictures.classes)
    generator, judge = Generator(count), Discriminator(count)
    mean = copy.deepcopy(generator)
    makes = torch.optim.Adam(generator.parameters(), 2e-4, betas=(0.5, 0.99))
    judges = torch.optim.Adam(judge.parameters(), 4e-4, betas=(0.5, 0.99))
    rng = np.random.default_rng(0)
    told, begun = [], time.monotonic()
    for step in range(1, options.steps + 1):
        pick = rng.integers(len(pictures.images), size=BATCH)
        real, classes = as_tensor(pictures.images[pick]), one_hot(pictures.labels[pick], count)
        if rng.random() < 0.5:
            real = real.flip(3)
        with torch.no_grad():
            made = generator(torch.randn(BATCH, NOISE), classes)
        says = judge(augmented(torch.cat([real, made])), torch.cat([classes, classes]))
        loss = functional.relu(1 - says[:BATCH]).mean() + functional.relu(1 + says[BATCH:]).mean()
        judges.zero_grad()
        loss.backward()
        judges.step()
        fooled = -judge(augmented(generator(torch.randn(BATCH, NOISE), classes)), classes).mean()
        makes.zero_grad()
        fooled.backward()
        makes.step()
        with torch.no_grad():
            for a, b in zip(mean.state_dict().values(), generator.state_dict().values()):
                a.lerp_(b, 0.002) if a.is_floating_point() else a.copy_(b)
        told.append((loss.item(), fooled.item()))
        if step % 200 == 0:
            judged, made_ = np.mean(told[-200:], 0)
            rate = step / (time.monotonic() - begun)
            print(f"step {step}: judge {judged:.3f}, generator {made_:.3f}, {rate:.2f} steps/s", flush=True)
        if step % 1000 == 0 or step == options.steps:
            torch.jit.script(copy.deepcopy(mean).eval()).save(str(options.out))
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
