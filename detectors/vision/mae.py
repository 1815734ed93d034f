"""Masked autoencoding: how a vision transformer learns from pictures without labels.

Most patches of a picture are taken away. The encoder sees those that are left, and a small decoder says from what it
found what the others hold. Then the decoder is thrown away, and the encoder learns classes from few labels.

After He et al. 2022 (MAE, arXiv 2111.06377). Shapes are named as in ``vit.py``; D' is the decoder's width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from detectors.vision.gpt import Block
from detectors.vision.vit import ViT, ViTSize, patches_of, pictures_from, places_of

COVERED = 0.75  # of the patches, as MAE found to do best


class MaskedAutoencoder(nn.Module):  # type: ignore[misc]
    """An encoder that sees a quarter of a picture, and a small decoder that says what the rest holds."""

    def __init__(self, size: ViTSize) -> None:
        super().__init__()
        self.encoder = ViT(size)
        narrow = max(size.width // 2 // size.heads // 4, 1) * size.heads * 4  # half as wide, for whole heads
        self.narrow = nn.Linear(size.width, narrow)
        self.covered = nn.Parameter(torch.zeros(narrow))  # what stands where nothing is seen
        self.register_buffer("places", places_of(size.grid, narrow), persistent=False)
        self.blocks = nn.ModuleList(Block(narrow, size.heads, is_causal=False) for _ in range(2))
        self.norm = nn.LayerNorm(narrow)
        self.say = nn.Linear(narrow, 3 * size.patch**2)

    def forward(self, images: Tensor, rng: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return what is said of all patches (B, N, P), and which of them were covered (B, N) bool.

        Args:
            images: (B, 3, S, S), -1 to 1.
            rng: draws which patches are covered; None for torch's own numbers.
        """
        count = self.encoder.size.grid**2
        order = torch.rand(len(images), count, generator=rng).argsort(1)  # (B, N), patches in a random order
        seen = seen_of(order)  # (B, K)
        tokens = self.narrow(self.encoder(images, seen))  # (B, K, D')
        # everywhere the token of what is covered; then what was seen is put back where it stood
        x = self.covered.expand(len(images), count, -1).clone()  # (B, N, D')
        x = x.scatter(1, seen[..., None].expand_as(tokens), tokens) + self.places
        for block in self.blocks:
            x = block(x)
        covered = torch.ones(len(images), count, dtype=torch.bool).scatter(1, seen, False)
        return self.say(self.norm(x)), covered

    def loss(self, images: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Return the mean squared distance to the covered patches, each counted from its mean in its own spread."""
        said, covered = self(images, rng)
        wanted, _, _ = normalized(patches_of(images, self.encoder.size.patch))
        return ((said - wanted) ** 2).mean(2)[covered].mean()

    @torch.inference_mode()
    def reconstructed(self, images: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Return pictures (B, 3, S, S) with their covered patches grey, and with what is said of these in their place.

        The mean and spread of a covered patch are taken from the picture: they are not what is learned.
        """
        side = self.encoder.size.patch
        said, covered = self(images, torch.Generator().manual_seed(seed))
        own = patches_of(images, side)
        _, mean, spread = normalized(own)
        left = torch.where(covered[..., None], torch.zeros_like(own), own)
        filled = torch.where(covered[..., None], said * spread + mean, own)
        return pictures_from(left, side), pictures_from(filled.clamp(-1, 1), side)


def seen_of(order: Tensor) -> Tensor:
    """Return which patches are seen (B, K): the first ones of a random order (B, N)."""
    return order[:, : max(round(order.shape[1] * (1 - COVERED)), 1)]


def normalized(patches: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return patches (B, N, P) with mean 0 and standard deviation 1 each, and the means and deviations (B, N, 1)."""
    mean = patches.mean(2, keepdim=True)
    spread = (patches.var(2, keepdim=True, correction=0) + 1e-6).sqrt()
    return (patches - mean) / spread, mean, spread
