"""A network as a row of pieces, some of which a process computes: all of them, or one stage of a pipeline.

The weights keep the names that they have in the whole network, so that a checkpoint does not say who held what. One
thing has other names: the product for query, key and value is three products, since each of them is cut by heads.

Shapes are named as in ``gpt.py`` and ``vit.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from detectors.vision.gpt import Attention, ImageGPT
from detectors.vision.mae import MaskedAutoencoder, normalized, seen_of
from detectors.vision.vit import Classifier, patches_of, taken

_ASKED = ("query", "key", "value")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a network: the names of what it owns there, and what it computes."""

    owns: tuple[str, ...]
    run: Callable[[Any, Tensor, dict[str, Tensor]], Tensor]
    is_block: bool = False


class Ask(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Query, key and value of each token, in three products that hold the rows of one."""

    def __init__(self, fused: nn.Linear) -> None:
        super().__init__()
        for name, weight, bias in zip(_ASKED, fused.weight.chunk(3), fused.bias.chunk(3)):
            part = nn.Linear(weight.shape[1], weight.shape[0])
            part.weight, part.bias = (nn.Parameter(p.detach().clone()) for p in (weight, bias))
            setattr(self, name, part)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, T, 3 D) of (B, T, D), or as much of it as this process's heads have."""
        return torch.cat([self.query(x), self.key(x), self.value(x)], 2)


def part_asks(network: nn.Module) -> None:
    """Put three products in the place of one in each attention of a network."""
    for module in network.modules():
        if isinstance(module, Attention):
            module.ask = Ask(module.ask)


def whole_asks(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights by name with query, key and value as the one product that the whole network has."""
    whole: dict[str, Tensor] = {}
    for name, weight in weights.items():
        before, ask, kind = name.rpartition(".ask.query.")
        if ask:
            whole[f"{before}.ask.{kind}"] = torch.cat([weights[f"{before}.ask.{part}.{kind}"] for part in _ASKED])
        elif not any(f".ask.{part}." in name for part in _ASKED):
            whole[name] = weight
    return whole


class Stage(nn.Module):  # type: ignore[misc]
    """Some pieces of a network, one after another; what other pieces own is taken out of the network."""

    def __init__(self, network: nn.Module, pieces: Sequence[Piece], *, is_bf16: bool = False) -> None:
        super().__init__()
        _keep_only(network, {name for piece in pieces for name in piece.owns})
        self.network, self.pieces, self.is_bf16 = network, tuple(pieces), is_bf16

    def forward(self, x: Tensor, **given: Tensor) -> Tensor:
        """Return what the next stage takes, or what the network says; the first stage takes the batch."""
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.is_bf16):
            for piece in self.pieces:
                x = piece.run(self.network, x, given)
        return x


def _keep_only(network: nn.Module, names: set[str], prefix: str = "") -> None:
    """Take out of a network the modules, parameters and buffers that are not below one of the names."""
    for name, child in list(network.named_children()):
        path = prefix + name
        if path not in names:
            if any(n.startswith(path + ".") for n in names):
                _keep_only(child, names, path + ".")
            else:
                delattr(network, name)
    for name in [n for n in (*network._parameters, *network._buffers) if prefix + n not in names]:
        delattr(network, name)


def stage_of(pieces: Sequence[Piece], index: int, stages: int) -> list[Piece]:
    """Return the pieces of one stage: each has as many blocks; what stands before and after them goes with them."""
    blocks = [k for k, piece in enumerate(pieces) if piece.is_block]
    each = len(blocks) // stages
    starts = [0, *(blocks[k * each] for k in range(1, stages)), len(pieces)]
    return list(pieces[starts[index] : starts[index + 1]])


def _blocks(path: str, count: int) -> list[Piece]:
    def block(k: int) -> Piece:
        name = f"{path}.{k}"
        return Piece((name,), lambda network, x, given: network.get_submodule(name)(x), is_block=True)

    return [block(k) for k in range(count)]


# The three networks. Each says the same as the network's own ``forward``; tests compare. ---------------------------


def gpt_pieces(network: ImageGPT) -> list[Piece]:
    """Return the pieces of an image GPT; they take tokens (B, T), and ``classes`` (B,), and give logits (B, T, V)."""

    def begin(network: Any, tokens: Tensor, given: dict[str, Tensor]) -> Tensor:
        before = torch.cat([network.start(given["classes"])[:, None], network.level(tokens[:, :-1])], 1)
        return before + network.place[: tokens.shape[1]]

    def end(network: Any, x: Tensor, given: dict[str, Tensor]) -> Tensor:
        return network.say(network.norm(x))

    first, last = Piece(("level", "place", "start"), begin), Piece(("norm", "say"), end)
    return [first, *_blocks("blocks", len(network.blocks)), last]


def classifier_pieces(network: Classifier) -> list[Piece]:
    """Return the pieces of a classifier; they take images (B, 3, S, S), -1 to 1, and give logits (B, classes)."""
    side = network.encoder.size.patch

    def begin(network: Any, images: Tensor, given: dict[str, Tensor]) -> Tensor:
        return network.encoder.embed(patches_of(images, side)) + network.encoder.places

    def end(network: Any, x: Tensor, given: dict[str, Tensor]) -> Tensor:
        return network.say(network.encoder.norm(x).mean(1))

    first, last = Piece(("encoder.embed", "encoder.places"), begin), Piece(("encoder.norm", "say"), end)
    return [first, *_blocks("encoder.blocks", len(network.encoder.blocks)), last]


def mae_pieces(network: MaskedAutoencoder) -> list[Piece]:
    """Return the pieces of a masked autoencoder; they take images (B, 3, S, S), and ``order`` (B, N) of the patches.

    They give what is said of all patches (B, N, P).
    """
    side = network.encoder.size.patch

    def begin(network: Any, images: Tensor, given: dict[str, Tensor]) -> Tensor:
        x = network.encoder.embed(patches_of(images, side)) + network.encoder.places
        return taken(x, seen_of(given["order"]))

    def decode(network: Any, x: Tensor, given: dict[str, Tensor]) -> Tensor:
        tokens, seen = network.narrow(network.encoder.norm(x)), seen_of(given["order"])
        x = network.covered.to(tokens.dtype).expand(*given["order"].shape, -1).clone()
        return x.scatter(1, seen[..., None].expand_as(tokens), tokens) + network.places

    def end(network: Any, x: Tensor, given: dict[str, Tensor]) -> Tensor:
        return network.say(network.norm(x))

    return [
        Piece(("encoder.embed", "encoder.places"), begin),
        *_blocks("encoder.blocks", len(network.encoder.blocks)),
        Piece(("encoder.norm", "narrow", "covered", "places"), decode),
        *_blocks("blocks", len(network.blocks)),
        Piece(("norm", "say"), end),
    ]


def mae_target(images: Tensor, order: Tensor, side: int) -> Tensor:
    """Return (B, N, P + 1): what is to be said of each patch, and 1 where it is covered, 0 where it is seen."""
    wanted, _, _ = normalized(patches_of(images, side))
    covered = torch.ones(order.shape).scatter(1, seen_of(order), 0.0)
    return torch.cat([wanted, covered[..., None]], 2)


def mae_loss(said: Tensor, target: Tensor) -> Tensor:
    """Return the loss of :meth:`MaskedAutoencoder.loss`."""
    return ((said - target[..., :-1]) ** 2).mean(2)[target[..., -1] > 0].mean()
