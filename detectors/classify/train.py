"""Training of classifiers: one loop, its state on disk after each epoch,
the same weights however often it was interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from detectors.checkpoint import WRONG, Stateful, begun, class_names, keep, load, reason, save
from detectors.classify import CLASSIFIERS
from detectors.classify.networks import Normalized, folded
from detectors.classify.pictures import Pictures, augmented
from detectors.model_files import FORMAT
from detectors.preprocess import Preprocess
from rendersdg.arrays import F4, U1
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.files import write_file
from rendersdg.plain import Json
from rendersdg.streams import generator


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """How to train: SGD with Nesterov momentum 0.9, a one-cycle rate that peaks at ``rate``,
    weight decay on weights alone.
    """

    network: str = "resnet20"
    epochs: int = 60
    batch: int = 64
    rate: float = 0.1
    decay: float = 5e-4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 2 or self.rate <= 0:
            raise BadArgument(
                f"{self.epochs} epochs, batches of {self.batch}, rate {self.rate}: give 1, 2 or more, and over 0"
            )


def train_classifier(
    pictures: Pictures,
    recipe: ClassifierRecipe,
    out: Path,
    *,
    val: Pictures | None = None,
    resume: bool = False,
    on_epoch: Callable[[int, Mapping[str, float]], None] = lambda epoch, numbers: None,
) -> Path:
    """Train a classifier into a folder and return the path of its ``model.pt``.

    Args:
        pictures: what to learn from.
        recipe: how.
        out: the run's folder.
        val: pictures to score each epoch on.
        resume: whether a run in ``out`` is continued.
        on_epoch: is called after each epoch with its number from 0, and its loss and top-1 (0 to 1) by name.

    Raises:
        BadArgument: the run in ``out`` has another recipe.
        DatasetError: there is a run already and ``resume`` is not set.
        TrainingFailed: the loss is not a finite number.
    """
    size = pictures.images.shape[1]
    torch.manual_seed(recipe.seed)
    network = Normalized(CLASSIFIERS[recipe.network](len(pictures.classes)))
    weights = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": recipe.decay}, {"params": rest, "weight_decay": 0.0}],
        recipe.rate,
        0.9,
        nesterov=True,
    )
    per_epoch = max(len(pictures.images) // recipe.batch, 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, recipe.epochs * per_epoch)
    states: dict[str, Stateful] = {"network": network, "optimizer": optimizer, "schedule": schedule}
    log = begun(out, recipe, resume, states)
    for epoch in range(len(log), recipe.epochs):
        loss = _epoch(pictures, recipe, epoch, per_epoch, network, optimizer, schedule)
        if not np.isfinite(loss):
            raise TrainingFailed(
                f"the loss is not a finite number in epoch {epoch}; the state before it is kept, try a smaller --rate"
            )
        numbers = {"loss": loss}
        if val is not None:
            numbers["top1"] = float((scores_of(network, val.images).argmax(1) == val.labels).mean())
        log.append(numbers)
        keep(out, recipe, states, log)
        on_epoch(epoch, numbers)
    content = {
        "classifier": recipe.network,
        "classes": list(pictures.classes),
        "preprocess": Preprocess(size).as_json(),
    }
    save(content | {"weights": network.state_dict()}, out / "model.pt")
    write_file(out / "recipe.json", (json.dumps(asdict(recipe), indent=1) + "\n").encode())
    return out / "model.pt"


def load_classifier(file: Path) -> tuple[str, nn.Module, tuple[str, ...], Preprocess]:
    """Return a trained classifier's name, itself ready for use, its classes and its preprocessing.
    Raises DatasetError.
    """
    file = file / "model.pt" if file.is_dir() else file
    content = load(file)
    try:
        classes = class_names(content["classes"])
        network = Normalized(CLASSIFIERS[content["classifier"]](len(classes)))
        network.load_state_dict(content["weights"])
        return str(content["classifier"]), folded(network), classes, Preprocess(**content["preprocess"])
    except DatasetError as error:
        raise error.at(str(file)) from None
    except WRONG as error:
        raise DatasetError(f"{file} is not a classifier of this version ({reason(error)})") from None


def classifier_json(name: str, classes: tuple[str, ...], preprocess: Preprocess) -> Json:
    """Return what lies beside an exported classifier."""
    return {
        "format": FORMAT,
        "task": "classify",
        "classifier": name,
        "classes": list(classes),
        "preprocess": preprocess.as_json(),
        "input": {"name": "images", "shape": [1, 3, preprocess.size, preprocess.size], "dtype": "float32"},
        "outputs": {"scores": "(1, classes), logits"},
    }


def scores_of(network: nn.Module, images: U1, batch: int = 128) -> F4:
    """Return (N, classes) float32 logits of (N, H, W, 3) uint8 images, computed ``batch`` at a time."""
    training = network.training
    network.eval()
    with torch.inference_mode():
        parts = [network(_tensor(images[k : k + batch])) for k in range(0, len(images), batch)]
    network.train(training)
    return torch.cat(parts).numpy()


def _epoch(
    pictures: Pictures,
    recipe: ClassifierRecipe,
    epoch: int,
    steps: int,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    """Do one epoch, whose order and changes of the images are functions of seed and epoch; return its mean loss."""
    network.train()
    rng = generator(recipe.seed, "classify", epoch)
    torch.manual_seed(int(rng.integers(2**31)))  # drop-out
    order = rng.permutation(len(pictures.images))
    losses = []
    for step in range(steps):
        part = order[step * recipe.batch : (step + 1) * recipe.batch]
        scores = network(_tensor(augmented(pictures.images[part], rng)))
        loss = functional.cross_entropy(scores, torch.from_numpy(pictures.labels[part]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def _tensor(images: U1) -> torch.Tensor:
    return torch.from_numpy(Preprocess(images.shape[1]).tensor(images))
