"""FasterViT: convolutions where pictures are large, then windows of tokens that speak to each other through carriers.

Read it from top to bottom. After Hatamizadeh et al. 2024 (FasterViT, arXiv 2306.06189). Attention among N tokens costs
N^2, so tokens attend inside of small windows only. Each window has a few carrier tokens. These attend to those of all
other windows, then join their own window, so what one window knows reaches the others at little cost.

Shapes in comments: B pictures, D numbers for a token, k x k tokens in a window, n x n windows, c x c carriers of each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from rendersdg.errors import BadArgument

# 1. Where tokens stand ------------------------------------------------------------------------------------------------

_HIDDEN = 512  # of the networks that turn places into numbers, as Swin V2's


class Places(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Adds to each token what a small network makes of its row and column, -1 to 1."""

    def __init__(self, side: int, width: int) -> None:
        super().__init__()
        rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        grid = torch.stack([rows, columns], -1).view(-1, 2) / max(side // 2, 1) - 1  # (side^2, 2)
        self.register_buffer("grid", grid, persistent=False)
        self.of_grid = nn.Sequential(nn.Linear(2, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, width, bias=False))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return (B, side^2, D) of the same."""
        return tokens + self.of_grid(self.grid)


class PairBias(nn.Module):  # type: ignore[misc]
    """How much more two tokens of a grid heed each other for how they stand: a network of the way between them.

    Ways are log-spaced, so that near ones differ more (Swin V2, Liu et al. 2022, arXiv 2111.09883, equation 4), and the
    bias is bounded by 16. ``extra`` tokens come before the grid's and have none.
    """

    def __init__(self, side: int, heads: int, extra: int) -> None:
        super().__init__()
        self.extra = extra
        way = torch.arange(1 - side, side)
        rows, columns = torch.meshgrid(way, way, indexing="ij")
        ways = torch.stack([rows, columns], -1).view(-1, 2) * 8 / max(side - 1, 1)  # ((2 side - 1)^2, 2), -8 to 8
        ways = torch.sign(ways) * torch.log2(ways.abs() + 1) / 3
        at = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij"), -1).view(-1, 2)
        apart = at[:, None] - at[None] + side - 1  # (side^2, side^2, 2), 0 to 2 side - 2
        self.register_buffer("ways", ways, persistent=False)
        self.register_buffer("which", apart[..., 0] * (2 * side - 1) + apart[..., 1], persistent=False)
        self.of_ways = nn.Sequential(nn.Linear(2, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, heads, bias=False))

    def forward(self) -> Tensor:
        """Return (1, heads, T, T), added to the logits of attention among T tokens, the extra ones first."""
        bias = 16 * torch.sigmoid(self.of_ways(self.ways)[self.which])  # (side^2, side^2, heads)
        return functional.pad(bias.permute(2, 0, 1), [self.extra, 0, self.extra, 0])[None]


# 2. Attention in a window ---------------------------------------------------------------------------------------------


class WindowBlock(nn.Module):  # type: ignore[misc]
    """Attention among the tokens of a window, then two layers for each token alone; both add to what was there."""

    def __init__(self, width: int, heads: int, side: int, extra: int = 0, scale: float = 0.0) -> None:
        super().__init__()
        if width % heads:
            raise BadArgument(f"width={width} cannot be shared by {heads} heads; give a multiple of it")
        self.heads = heads
        self.norm1, self.ask, self.mix = nn.LayerNorm(width, 1e-6), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.bias = PairBias(side, heads, extra)
        self.norm2 = nn.LayerNorm(width, 1e-6)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.gamma1, self.gamma2 = (nn.Parameter(torch.full((width,), scale)) if scale else 1.0 for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, T, D) of (B, T, D)."""
        b, t, d = x.shape
        q, k, v = self.ask(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        heard = functional.scaled_dot_product_attention(q, k, v, self.bias().to(q.dtype))
        x = x + self.gamma1 * self.mix(heard.transpose(1, 2).reshape(b, t, d))
        return x + self.gamma2 * self.think(self.norm2(x))


class CarrierBlock(nn.Module):  # type: ignore[misc]
    """One step of hierarchical attention: carriers among themselves, then each window with its own carriers."""

    def __init__(self, width: int, heads: int, windows: int, side: int, carriers: int, scale: float) -> None:
        super().__init__()
        self.windows, self.carriers = windows, carriers
        self.places = Places(side, width)
        self.inside = WindowBlock(width, heads, side, carriers**2, scale)
        if carriers:
            self.carrier_places = Places(windows * carriers, width)
            self.across = WindowBlock(width, heads, windows * carriers, 0, scale)

    def forward(self, x: Tensor, carried: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return tokens (B n^2, k^2, D) and carriers (B, (n c)^2, D), row by row of the whole picture."""
        x = self.places(x)
        if carried is None:
            return self.inside(x), None
        carried = into_windows(self.across(self.carrier_places(carried)), self.windows, self.carriers)
        x = self.inside(torch.cat([carried, x], 1))
        carried, x = x.split([self.carriers**2, x.shape[1] - self.carriers**2], 1)
        return x, out_of_windows(carried, self.windows, self.carriers)


def into_windows(tokens: Tensor, windows: int, side: int) -> Tensor:
    """Return (B n^2, k^2, D), window by window, of (B, (n k)^2, D), row by row of the picture; ``side`` is k."""
    d = tokens.shape[-1]
    cut = tokens.reshape(-1, windows, side, windows, side, d)  # picture, window row, row, window column, column
    return cut.transpose(2, 3).reshape(-1, side * side, d)


def out_of_windows(tokens: Tensor, windows: int, side: int) -> Tensor:
    """Return (B, (n k)^2, D), row by row of the picture, of (B n^2, k^2, D); the inverse of :func:`into_windows`."""
    d = tokens.shape[-1]
    laid = tokens.reshape(-1, windows, windows, side, side, d).transpose(2, 3)
    return laid.reshape(-1, (windows * side) ** 2, d)


# 3. Stages ------------------------------------------------------------------------------------------------------------


class Convolutions(nn.Module):  # type: ignore[misc]
    """Residual blocks of two 3 x 3 convolutions, for the large maps (B, D, H, W), where attention would cost most."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1),
                nn.BatchNorm2d(width),
                nn.GELU(),
                nn.Conv2d(width, width, 3, padding=1),
                nn.BatchNorm2d(width),
            )
            for _ in range(depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        for block in self.blocks:
            x = x + block(x)
        return x


class Windows(nn.Module):  # type: ignore[misc]
    """Blocks of attention in n x n windows of a map (B, D, H, W), with c x c carriers of each where n is above 1."""

    def __init__(self, width: int, heads: int, depth: int, map_side: int, windows: int, size: FasterViTSize) -> None:
        super().__init__()
        self.windows = windows
        self.side = -(-map_side // windows)  # of a window; the map is padded to whole windows
        self.carriers = size.carriers if windows > 1 else 0
        if self.carriers:
            self.begin = nn.Conv2d(width, width, 3, padding=1, groups=width)  # also tells where things are
        self.blocks = nn.ModuleList(
            CarrierBlock(width, heads, windows, self.side, self.carriers, size.scale) for _ in range(depth)
        )
        self.is_told = size.is_told and self.carriers > 0

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        b, d, height, width = x.shape
        carried = self._carriers_of(x) if self.carriers else None
        whole = self.windows * self.side
        x = functional.pad(x, [0, whole - width, 0, whole - height])
        x = into_windows(x.flatten(2).transpose(1, 2), self.windows, self.side)
        for block in self.blocks:
            x, carried = block(x, carried)
        # contiguous: torch 2.14's batch norm gives wrong gradients of a single map whose batch has a shorter stride
        x = out_of_windows(x, self.windows, self.side).transpose(1, 2).contiguous().view(b, d, whole, whole)
        if self.is_told:  # what the carriers know is added to the tokens around them at the end
            assert carried is not None
            many = self.windows * self.carriers
            grid = carried.transpose(1, 2).reshape(b, d, many, many)
            grid = functional.interpolate(grid, size=(whole, whole), mode="nearest")
            gamma = self.blocks[-1].across.gamma1  # a number for each channel, or 1
            x = x + (grid * gamma.view(-1, 1, 1) if isinstance(gamma, Tensor) else grid)
        return x[:, :, :height, :width]

    def _carriers_of(self, x: Tensor) -> Tensor:
        """Return the first carriers (B, (n c)^2, D): means over parts of the map, which overlap where they must."""
        many = self.windows * self.carriers
        stride = x.shape[2] // many
        reach = x.shape[2] - (many - 1) * stride
        return functional.avg_pool2d(self.begin(x), reach, stride).flatten(2).transpose(1, 2)


class LayerNorm2d(nn.LayerNorm):  # type: ignore[misc]
    """A layer norm over the channels of maps (B, D, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


# 4. The network -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FasterViTSize:
    """How large a FasterViT is.

    Attributes:
        depths: blocks of each of the four stages.
        heads: of each stage; the first two have convolutions and no heads.
        width: channels of the first stage, doubled from stage to stage.
        stem: channels between the two convolutions at the beginning.
        strides: of these two.
        windows: along a side of the map of the third stage; the fourth is one window.
        carriers: along a side of a window.
        scale: of what a block of attention adds at first (layer scale); 0 for none.
        is_told: whether carriers are added to their windows at the end of the third stage.
    """

    depths: tuple[int, int, int, int] = (2, 3, 6, 5)
    heads: tuple[int, int, int, int] = (2, 4, 8, 16)
    width: int = 64
    stem: int = 64
    strides: tuple[int, int] = (2, 2)
    windows: int = 2
    carriers: int = 2
    scale: float = 0.0
    is_told: bool = False


SIZES = {  # of the paper's tables
    "fastervit_0": FasterViTSize(),
    "fastervit_1": FasterViTSize((1, 3, 8, 5), width=80, stem=32),
    "fastervit_2": FasterViTSize((3, 3, 8, 5), width=96),
    "fastervit_3": FasterViTSize((3, 3, 12, 5), width=128, scale=1e-5, is_told=True),
}
SMALL = FasterViTSize((1, 1, 3, 2), (1, 2, 4, 8), 24, 24, (1, 1))  # for pictures of 32 pixels


class FasterViT(nn.Module):  # type: ignore[misc]
    """Four maps of a picture, each half as wide and high as the one before and twice as deep."""

    def __init__(self, size: FasterViTSize, pixels: int) -> None:
        super().__init__()
        sides = [_after(pixels, [*size.strides, *(2,) * k]) for k in range(4)]
        if sides[2] < size.windows * size.carriers:
            least = (size.windows * size.carriers - 1) * 4 * math.prod(size.strides) + 1
            raise BadArgument(f"FasterViT at size={pixels}: {least} pixels are the least")
        self.widths = tuple(size.width * 2**k for k in range(4))
        parts: list[nn.Module] = []
        for narrow, wide, stride in zip((3, size.stem), (size.stem, size.width), size.strides):
            parts += [nn.Conv2d(narrow, wide, 3, stride, 1, bias=False), nn.BatchNorm2d(wide, 1e-4), nn.ReLU()]
        self.stem = nn.Sequential(*parts)
        self.down = nn.ModuleList(
            nn.Sequential(LayerNorm2d(narrow, 1e-6), nn.Conv2d(narrow, wide, 3, 2, 1, bias=False))
            for narrow, wide in zip(self.widths, self.widths[1:])
        )
        stages: list[nn.Module] = [Convolutions(w, d) for w, d in zip(self.widths[:2], size.depths)]
        for k, windows in ((2, size.windows), (3, 1)):
            stages.append(Windows(self.widths[k], size.heads[k], size.depths[k], sides[k], windows, size))
        self.stages = nn.ModuleList(stages)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the maps (B, D, H, W) of the four stages, of pictures (B, 3, S, S)."""
        x, maps = self.stem(images), []
        for k, stage in enumerate(self.stages):
            x = stage(x if k == 0 else self.down[k - 1](x))
            maps.append(x)
        return maps


def _after(side: int, strides: Sequence[int]) -> int:
    """Return the side of a map after convolutions with these strides, each padded by one."""
    for stride in strides:
        side = -(-side // stride)
    return side


class FasterViTClassifier(nn.Module):  # type: ignore[misc]
    """Logits of classes, from the mean of the last map."""

    def __init__(self, size: FasterViTSize, pixels: int, classes: int) -> None:
        super().__init__()
        self.encoder = FasterViT(size, pixels)
        self.norm = nn.BatchNorm2d(self.encoder.widths[-1], 1e-4)
        self.say = nn.Linear(self.encoder.widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, classes) of pictures (B, 3, S, S)."""
        return self.say(self.norm(self.encoder(images)[-1]).mean((2, 3)))


def fastervit_small(classes: int) -> nn.Module:
    """Return a FasterViT for pictures of 32 pixels, (B, 3, 32, 32): 24 to 192 wide, 2.4 million parameters."""
    return FasterViTClassifier(SMALL, 32, classes)
