"""How masked autoencoders and classifiers learn: one loop, whose state is on disk after each epoch."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.checkpoint import WRONG, Content, Stateful, begun, class_names, keep, load, reason, save
from detectors.classify.pictures import Pictures, augmented
from detectors.vision.mae import MaskedAutoencoder
from detectors.vision.rates import share_of_rate
from detectors.vision.vit import Classifier, ViT, ViTSize, scores_of, tensor_of
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.files import write_file
from rendersdg.plain import Json
from rendersdg.streams import generator


@dataclass(frozen=True, slots=True)
class ViTRecipe:
    """How a masked autoencoder or a classifier learns: AdamW, the rate up in a line, then down along half a cosine.

    ``layer_rate`` is the factor by which an encoder that begins with weights learns more slowly than its head.
    """

    epochs: int = 20
    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.05
    layer_rate: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or self.rate <= 0 or self.decay < 0 or not 0 < self.layer_rate <= 1:
            raise BadArgument(
                "epochs and batch are 1 or more, rate is above 0, decay not below 0, layer_rate above 0 and up to 1"
            )


@dataclass(frozen=True, slots=True)
class _Run:
    """What decides a run's weights, which a run that goes on must share."""

    task: str
    size: ViTSize
    recipe: ViTRecipe


@dataclass(frozen=True, slots=True)
class _Learner:
    """A network, its loss of (images, labels), and what it is judged by after an epoch."""

    network: nn.Module
    loss: Callable[[Tensor, Tensor], Tensor]
    judge: Callable[[], dict[str, float]] = dict


OnStep = Callable[[int, int], None]


def train_mae(
    pictures: Pictures,
    size: ViTSize,
    recipe: ViTRecipe,
    out: Path,
    *,
    resume: bool = False,
    on_step: OnStep = lambda done, total: None,
) -> list[dict[str, float]]:
    """Train a masked autoencoder into a folder, and return the loss of each epoch; labels are not looked at.

    Args:
        pictures: what to learn from.
        size: of the network.
        recipe: how.
        out: the run's folder: ``model.pt``, ``log.csv``, ``checkpoint.pt``.
        resume: whether a run in ``out`` is continued, from the last epoch that was finished.
        on_step: is called after each step with how many are done, and how many there are.

    Raises:
        BadArgument: the run in ``out`` has other settings.
        DatasetError: there is a run already and ``resume`` is not set.
        TrainingFailed: the loss is not a finite number.
    """
    torch.manual_seed(recipe.seed)
    network = MaskedAutoencoder(size)
    task = _Run("mae", size, recipe)

    def loss(images: Tensor, labels: Tensor) -> Tensor:
        del labels
        return network.loss(images)

    log = _train(_Learner(network, loss), pictures, task, out, resume, on_step)
    content = {"vision": "mae", "size": asdict(size), "classes": list(pictures.classes)}
    save(content | {"weights": network.state_dict()}, out / "model.pt")
    return log


def train_vit(
    pictures: Pictures,
    size: ViTSize,
    recipe: ViTRecipe,
    out: Path,
    *,
    encoder: ViT | None = None,
    val: Pictures | None = None,
    resume: bool = False,
    on_step: OnStep = lambda done, total: None,
) -> list[dict[str, float]]:
    """Train a classifier into a folder, and return the loss of each epoch, and its top-1 (0 to 1) on ``val``.

    Arguments and errors are those of :func:`train_mae`, and:

    Args:
        pictures: what to learn from.
        size: of the network.
        recipe: how.
        out: the run's folder.
        encoder: what to begin with; None for nothing.
        val: pictures to judge each epoch by, of the same classes.
        resume: whether a run in ``out`` is continued.
        on_step: is called after each step.

    Raises:
        BadArgument: ``val`` has other classes, or the encoder is of another size.
    """
    if val is not None and val.classes != pictures.classes:
        raise BadArgument(f"{val.name} has the classes {', '.join(val.classes)}, not {', '.join(pictures.classes)}")
    if encoder is not None and encoder.size != size:
        raise BadArgument(f"the encoder to begin with is of another size: {encoder.size}, not {size}")
    torch.manual_seed(recipe.seed)
    network = Classifier(size, len(pictures.classes))
    if encoder is not None:
        network.encoder.load_state_dict(encoder.state_dict())

    def loss(images: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(network(images), labels)

    def judge() -> dict[str, float]:
        if val is None:
            return {}
        return {"top1": float((scores_of(network, val.images).argmax(1) == val.labels).mean())}

    task = _Run("classify", size, recipe)
    log = _train(_Learner(network, loss, judge), pictures, task, out, resume, on_step)
    content = {"vision": "classify", "size": asdict(size), "classes": list(pictures.classes)}
    save(content | {"weights": network.state_dict()}, out / "model.pt")
    return log


def _train(
    learner: _Learner, pictures: Pictures, run: _Run, out: Path, resume: bool, on_step: OnStep
) -> list[dict[str, float]]:
    """Do the epochs that are not done yet; each is a function of seed and epoch alone."""
    recipe, network = run.recipe, learner.network
    steps = max(len(pictures.images) // recipe.batch, 1)
    total = steps * recipe.epochs
    optimizer = torch.optim.AdamW(groups_of(network, recipe), recipe.rate, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: share_of_rate(step, total))
    states: dict[str, Stateful] = {"network": network, "optimizer": optimizer, "schedule": schedule}
    log = begun(out, run, resume, states)
    for epoch in range(len(log), recipe.epochs):
        network.train()
        mean = 0.0
        for step, (images, labels) in enumerate(batches_of(pictures, run.task, run.size, recipe, epoch)):
            value = learner.loss(images, labels)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean += float(value.detach()) / steps
            on_step(epoch * steps + step + 1, total)
        if not math.isfinite(mean):
            raise TrainingFailed(f"the loss is not a finite number in epoch {epoch}; try a smaller --rate")
        log.append({"loss": mean} | learner.judge())
        keep(out, run, states, log)
    write_file(out / "recipe.json", (json.dumps(asdict(run), indent=1) + "\n").encode())
    return log


def batches_of(
    pictures: Pictures, task: str, size: ViTSize, recipe: ViTRecipe, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images (B, 3, S, S) and labels (B,) of each batch of an epoch; torch's own numbers start anew with it."""
    rng = generator(recipe.seed, f"vision/{task}", epoch)
    torch.manual_seed(int(rng.integers(2**31)))  # which patches are covered
    order = rng.permutation(len(pictures.images))
    for step in range(max(len(order) // recipe.batch, 1)):
        part = order[step * recipe.batch : (step + 1) * recipe.batch]
        images = tensor_of(augmented(pictures.images[part], rng), size.size)
        yield images, torch.from_numpy(pictures.labels[part])


def groups_of(network: nn.Module, recipe: ViTRecipe) -> list[Json]:
    """Return the parameters: matrices decay, the rest does not; the encoder's learn at their share of the rate."""
    groups: list[Json] = []
    for is_encoder in (True, False):
        for is_matrix in (True, False):
            params = [
                parameter
                for name, parameter in network.named_parameters()
                if (name.startswith("encoder."), parameter.ndim > 1) == (is_encoder, is_matrix)
            ]
            rate = recipe.rate * (recipe.layer_rate if is_encoder else 1.0)
            groups.append({"params": params, "weight_decay": recipe.decay if is_matrix else 0.0, "lr": rate})
    return [group for group in groups if group["params"]]


def load_mae(run: Path) -> MaskedAutoencoder:
    """Return a trained masked autoencoder of a run's folder or a model.pt. Raises DatasetError where it is none."""
    content, file = _content(run, "mae")
    network = MaskedAutoencoder(_size_of(content, file))
    _fill(network, content, file)
    return network.eval()


def load_vit(run: Path) -> tuple[Classifier, tuple[str, ...]]:
    """Return a trained classifier and its classes, of a run's folder or a model.pt. Raises DatasetError."""
    content, file = _content(run, "classify")
    try:
        classes = class_names(content["classes"])
    except WRONG as error:
        raise DatasetError(f"{file} is not a classifier of this version ({reason(error)})") from None
    network = Classifier(_size_of(content, file), len(classes))
    _fill(network, content, file)
    return network.eval(), classes


def _content(run: Path, task: str) -> tuple[Content, Path]:
    file = run / "model.pt" if run.is_dir() else run
    content = load(file)
    if content.get("vision") != task:
        raise DatasetError(f"{file} is not of `rendersdg vision {task}`")
    return content, file


def _size_of(content: Content, file: Path) -> ViTSize:
    try:
        return ViTSize(**content["size"])
    except WRONG as error:
        raise DatasetError(f"{file} does not say its size ({reason(error)})") from None


def _fill(network: nn.Module, content: Content, file: Path) -> None:
    try:
        network.load_state_dict(content["weights"])
    except WRONG as error:
        raise DatasetError(f"{file} is not a network of this version ({reason(error)})") from None
