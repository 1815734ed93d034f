"""A vision transformer: a picture is cut into patches, each patch is a token, and every token looks at all others.

Read it from top to bottom, then ``mae.py`` (how it learns without labels) and ``learning.py`` (the training loop).

After Dosovitskiy et al. 2021 (ViT, arXiv 2010.11929). Shapes in comments: B pictures, N patches of a picture, K of them
that are seen, P numbers of a patch (3 * side * side), D numbers for a token (the width).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from detectors.vision.gpt import Block
from rendersdg.arrays import F4, U1
from rendersdg.errors import BadArgument

# 1. Pictures as patches ----------------------------------------------------------------------------------------------


def tensor_of(images: U1, size: int) -> Tensor:
    """Return pictures (B, H, W, 3) uint8 as (B, 3, size, size) float32, -1 to 1."""
    if images.shape[1:3] != (size, size):
        images = np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_AREA) for one in images])
    return torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)


def patches_of(images: Tensor, side: int) -> Tensor:
    """Return the patches (B, N, P) of pictures (B, 3, S, S), row by row from the top left."""
    b, c, s, _ = images.shape
    cut = images.view(b, c, s // side, side, s // side, side)  # colour, patch row, row, patch column, column
    return cut.permute(0, 2, 4, 3, 5, 1).reshape(b, (s // side) ** 2, side * side * c)


def pictures_from(patches: Tensor, side: int) -> Tensor:
    """Return the pictures (B, 3, S, S) of patches (B, N, P); the inverse of :func:`patches_of`."""
    b, n, _ = patches.shape
    grid = math.isqrt(n)
    cut = patches.view(b, grid, grid, side, side, 3).permute(0, 5, 1, 3, 2, 4)
    return cut.reshape(b, 3, grid * side, grid * side)


def places_of(grid: int, width: int) -> Tensor:
    """Return (N, D), where each patch stands: sines and cosines of its row and column, from slow to fast waves."""
    row, column = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    waves = 1 / 10000 ** (torch.arange(width // 4) / (width // 4))  # (D / 4,)
    parts = [f(axis.flatten()[:, None] * waves) for axis in (row, column) for f in (torch.sin, torch.cos)]
    return torch.cat(parts, 1)


# 2. The encoder ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViTSize:
    """How large a vision transformer is. ``size`` and ``patch`` are pixels along a side."""

    size: int = 32
    patch: int = 4
    width: int = 128
    heads: int = 4
    depth: int = 4

    def __post_init__(self) -> None:
        if min(self.size, self.patch, self.width, self.heads, self.depth) < 1:
            raise BadArgument("size, patch, width, heads and depth are 1 or more")
        if self.size % self.patch:
            raise BadArgument(f"size={self.size} is not a multiple of patch={self.patch}")
        if self.width % 4:
            raise BadArgument(f"width={self.width} is not a multiple of 4, which places of patches need")

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.size // self.patch


class ViT(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Tokens of patches, each of which has looked at all others."""

    def __init__(self, size: ViTSize) -> None:
        super().__init__()
        self.size = size
        self.embed = nn.Linear(3 * size.patch**2, size.width)
        self.register_buffer("places", places_of(size.grid, size.width), persistent=False)
        self.blocks = nn.ModuleList(Block(size.width, size.heads, is_causal=False) for _ in range(size.depth))
        self.norm = nn.LayerNorm(size.width)

    def forward(self, images: Tensor, seen: Tensor | None = None) -> Tensor:
        """Return tokens (B, K, D) of pictures (B, 3, S, S).

        Args:
            images: -1 to 1.
            seen: (B, K) int64, which patches are looked at; None for all.
        """
        x = self.embed(patches_of(images, self.size.patch)) + self.places  # (B, N, D)
        if seen is not None:
            x = taken(x, seen)  # (B, K, D): what is covered costs nothing
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def taken(tokens: Tensor, places: Tensor) -> Tensor:
    """Return the tokens (B, K, D) of (B, N, D) at places (B, K)."""
    return tokens.gather(1, places[..., None].expand(-1, -1, tokens.shape[2]))


# 3. Classes -------------------------------------------------------------------------------------------------


class Classifier(nn.Module):  # type: ignore[misc]
    """Logits of classes, from the mean of an encoder's tokens."""

    def __init__(self, size: ViTSize, classes: int) -> None:
        super().__init__()
        self.encoder = ViT(size)
        self.say = nn.Linear(size.width, classes)
        nn.init.zeros_(self.say.weight)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, classes) of pictures (B, 3, S, S), -1 to 1."""
        return self.say(self.encoder(images).mean(1))


def scores_of(network: Classifier, images: U1, batch: int = 128) -> F4:
    """Return logits (N, classes) float32 of pictures (N, H, W, 3) uint8."""
    network.eval()
    size = network.encoder.size.size
    with torch.inference_mode():
        parts = [network(tensor_of(images[k : k + batch], size)) for k in range(0, len(images), batch)]
    scores: F4 = torch.cat(parts).numpy()
    return scores
