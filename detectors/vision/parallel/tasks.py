"""What is learned in many processes: the batches, losses and groups of the image GPT and the vision transformers.

The batches are those of ``train_gpt``, ``train_mae`` and ``train_vit``, in their order. Every process draws a whole
batch and takes its share of it, so that the order does not go by how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.classify.pictures import Pictures
from detectors.vision import gpt, learning
from detectors.vision.gpt import GPTRecipe, bits_of, bits_per_dimension, tokens_of
from detectors.vision.learning import ViTRecipe
from detectors.vision.mae import MaskedAutoencoder
from detectors.vision.parallel import stages
from detectors.vision.parallel.stages import Piece
from detectors.vision.vit import Classifier, ViT, ViTSize, scores_of
from rendersdg.errors import BadArgument
from rendersdg.plain import Json

Batch = tuple[Tensor, dict[str, Tensor], Tensor]  # what goes in, what is given beside it, what should come out


@dataclass(frozen=True, slots=True)
class Task:
    """A network to train, and on what.

    ``build`` returns the whole network with the weights to begin with. ``content`` is what its model file holds beside
    the weights. ``judge`` returns what a whole network is judged by after an epoch. ``measure`` is the name of the loss
    in the log.
    """

    build: Callable[[], nn.Module]
    cut: Callable[[Any], list[Piece]]
    loss: Callable[[Tensor, Tensor], Tensor]
    batches: Callable[[int], Iterator[Batch]]
    groups: Callable[[Any], list[Json]]
    judge: Callable[[Any], dict[str, float]] | None
    content: Json
    recipe: GPTRecipe | ViTRecipe
    heads: int
    pictures: int
    measure: str = "loss"

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return max(self.pictures // self.recipe.batch, 1)


def gpt_task(pictures: Pictures, recipe: GPTRecipe, val: Pictures | None = None) -> Task:
    """Return the task of :func:`detectors.vision.gpt.train_gpt`."""
    _check_classes(pictures, val)
    tokens = torch.from_numpy(tokens_of(pictures.images, recipe.size, recipe.levels, is_grey=recipe.grey))
    labels = torch.from_numpy(pictures.labels)

    def batches(epoch: int) -> Iterator[Batch]:
        for part in gpt.parts_of(len(tokens), recipe, epoch):
            yield tokens[part], {"classes": labels[part]}, tokens[part]

    return Task(
        build=partial(_seeded, recipe.seed, lambda: recipe.network(len(pictures.classes))),
        cut=stages.gpt_pieces,
        loss=bits_per_dimension,
        batches=batches,
        groups=gpt.groups_of,
        judge=None if val is None else lambda network: {"val_bits": bits_of(network, val, recipe)},
        content={"vision": "gpt", "recipe": asdict(recipe), "classes": list(pictures.classes)},
        recipe=recipe,
        heads=recipe.heads,
        pictures=len(tokens),
        measure="bits",
    )


def mae_task(pictures: Pictures, size: ViTSize, recipe: ViTRecipe) -> Task:
    """Return the task of :func:`detectors.vision.learning.train_mae`."""

    def batches(epoch: int) -> Iterator[Batch]:
        for images, _ in learning.batches_of(pictures, "mae", size, recipe, epoch):
            order = torch.rand(len(images), size.grid**2).argsort(1)
            yield images, {"order": order}, stages.mae_target(images, order, size.patch)

    return Task(
        build=partial(_seeded, recipe.seed, lambda: MaskedAutoencoder(size)),
        cut=stages.mae_pieces,
        loss=stages.mae_loss,
        batches=batches,
        groups=lambda network: learning.groups_of(network, recipe),
        judge=None,
        content={"vision": "mae", "size": asdict(size), "classes": list(pictures.classes)},
        recipe=recipe,
        heads=size.heads,
        pictures=len(pictures.images),
    )


def classify_task(
    pictures: Pictures,
    size: ViTSize,
    recipe: ViTRecipe,
    encoder: ViT | None = None,
    val: Pictures | None = None,
) -> Task:
    """Return the task of :func:`detectors.vision.learning.train_vit`."""
    _check_classes(pictures, val)

    def build() -> Classifier:
        network = Classifier(size, len(pictures.classes))
        if encoder is not None:
            network.encoder.load_state_dict(encoder.state_dict())
        return network

    def batches(epoch: int) -> Iterator[Batch]:
        for images, labels in learning.batches_of(pictures, "classify", size, recipe, epoch):
            yield images, {}, labels

    def judge(network: Classifier, val: Pictures) -> dict[str, float]:
        return {"top1": float((scores_of(network, val.images).argmax(1) == val.labels).mean())}

    return Task(
        build=partial(_seeded, recipe.seed, build),
        cut=stages.classifier_pieces,
        loss=functional.cross_entropy,
        batches=batches,
        groups=lambda network: learning.groups_of(network, recipe),
        judge=None if val is None else partial(judge, val=val),
        content={"vision": "classify", "size": asdict(size), "classes": list(pictures.classes)},
        recipe=recipe,
        heads=size.heads,
        pictures=len(pictures.images),
    )


def share_of(batch: Batch, index: int, shares: int, device: torch.device) -> Batch:
    """Return every ``shares``-th picture of a batch, from ``index`` on, on a device."""

    def own(whole: Tensor) -> Tensor:
        return whole[index::shares].contiguous().to(device)

    x, given, target = batch
    return own(x), {name: own(value) for name, value in given.items()}, own(target)


def _seeded(seed: int, build: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(seed)
    return build()


def _check_classes(pictures: Pictures, val: Pictures | None) -> None:
    if val is not None and val.classes != pictures.classes:
        raise BadArgument(f"{val.name} has the classes {', '.join(val.classes)}, not {', '.join(pictures.classes)}")
