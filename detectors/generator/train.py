"""Black-box distillation: a light generator learns to give a teacher's images for the teacher's noise and classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from detectors.checkpoint import WRONG, Stateful, begun, class_names, keep, load, reason, save
from detectors.classify.pictures import Pictures
from detectors.generator.networks import SIZE, Discriminator, Generator
from detectors.generator.triples import Triples, as_tensor, as_uint8, one_hot, parts
from rendersdg.arrays import F4, I8, U1
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.streams import generator as stream


@dataclass(frozen=True, slots=True)
class GeneratorRecipe:
    """DiStyleGAN's losses and rates (arXiv 2305.06052): Adam with betas 0.5 and 0.999,
    rates falling linearly to nothing.

    The generator's loss is the distance of the discriminator's features of its images to those of the teacher's, plus
    ``pixel`` times the mean distance of pixels, plus, every ``every`` steps, ``adversarial`` times the hinge loss. The
    discriminator tells the teacher's images from the generator's, and, weighted by ``real``,
    real ones from the generator's.
    """

    epochs: int = 20
    batch: int = 64
    rate: float = 2e-4
    pixel: float = 0.2
    adversarial: float = 0.01
    real: float = 0.2
    every: int = 10
    width: int = 256
    project: int = 128
    judge_width: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.every) < 1 or self.batch < 2 or self.rate <= 0:
            raise BadArgument(
                f"{self.epochs} epochs, batches of {self.batch}, rate {self.rate}: give 1, 2 or more, and over 0"
            )
        if self.width % 8:
            raise BadArgument(f"a width of {self.width} cannot be halved three times")


OnEpoch = Callable[[int, Mapping[str, float]], None]


@dataclass(frozen=True, slots=True)
class _Distillation:
    """What learns: the ``student`` from the teacher's images, the ``judge`` to tell its images from theirs."""

    student: Generator
    judge: Discriminator
    of_student: torch.optim.Optimizer
    of_judge: torch.optim.Optimizer
    schedules: tuple[torch.optim.lr_scheduler.LRScheduler, ...]

    @classmethod
    def of(cls, student: Generator, judge: Discriminator, rate: float, steps: int) -> _Distillation:
        """Return both networks with Adam, whose rates fall to nothing over ``steps``."""
        student_adam, judge_adam = (torch.optim.Adam(n.parameters(), rate, (0.5, 0.999)) for n in (student, judge))
        schedules = tuple(torch.optim.lr_scheduler.LinearLR(o, 1.0, 1e-3, steps) for o in (student_adam, judge_adam))
        return cls(student, judge, student_adam, judge_adam, schedules)

    def states(self) -> dict[str, Stateful]:
        """Return what a checkpoint keeps, by name."""
        return {
            "student": self.student,
            "judge": self.judge,
            "student's optimizer": self.of_student,
            "judge's optimizer": self.of_judge,
            "student's schedule": self.schedules[0],
            "judge's schedule": self.schedules[1],
        }


def train_generator(
    triples: Triples,
    recipe: GeneratorRecipe,
    out: Path,
    *,
    real: Pictures | None = None,
    resume: bool = False,
    score: Callable[[Generator], float] | None = None,
    on_epoch: OnEpoch = lambda epoch, numbers: None,
) -> Path:
    """Train a generator into a folder and return the path of its ``generator.pt``.

    Args:
        triples: what the teacher made.
        recipe: how to train.
        out: the run's folder.
        real: real pictures of 32 pixels, which the discriminator sees, too.
        resume: whether a run in ``out`` is continued.
        score: is asked after each epoch and logged, e.g. the FID, lower is better.
        on_epoch: is called after each epoch with its number from 0 and its numbers by name.

    Raises:
        BadArgument: the run in ``out`` has another recipe.
        DatasetError: a run is there and ``resume`` is not set.
        TrainingFailed: a loss is not a finite number.
    """
    torch.manual_seed(recipe.seed)
    classes = len(triples.classes)
    student = Generator(triples.noise.shape[1], classes, recipe.width, recipe.project)
    judge = Discriminator(classes, recipe.judge_width)
    steps = max(len(triples.noise) // recipe.batch, 1)
    learners = _Distillation.of(student, judge, recipe.rate, recipe.epochs * steps)
    log = begun(out, recipe, resume, learners.states())
    for epoch in range(len(log), recipe.epochs):
        numbers = _epoch(triples, real, recipe, epoch, steps, learners)
        if not all(np.isfinite(v) for v in numbers.values()):
            raise TrainingFailed(
                f"a loss is not a finite number in epoch {epoch}; the state before it is kept, try a smaller --rate"
            )
        if score is not None:
            numbers["fid"] = score(student)
        log.append(numbers)
        keep(out, recipe, learners.states(), log)
        _write(student, triples.classes, out)
        on_epoch(epoch, numbers)
    return out / "generator.pt"


def load_generator(file: Path) -> tuple[Generator, tuple[str, ...]]:
    """Return a generator, ready for use, and its classes; ``file`` is generator.pt or its folder.
    Raises DatasetError.
    """
    file = file / "generator.pt" if file.is_dir() else file
    content = load(file)
    try:
        with torch.device("meta"):  # a shape that the weights do not have costs no memory
            wanted = {name: value.shape for name, value in Generator(*content["shape"]).state_dict().items()}
        if {name: value.shape for name, value in content["weights"].items()} != wanted:
            raise ValueError("the weights have another shape")
        student = Generator(*content["shape"])
        student.load_state_dict(content["weights"])
        return student.eval(), class_names(content["classes"])
    except WRONG as error:
        raise DatasetError(f"{file} is not a generator of this version ({reason(error)})") from None


def sample(student: Generator, labels: I8, seed: int = 0) -> U1:
    """Return (N, 32, 32, 3) uint8 images of the labels; image k is a function of seed and k alone."""
    noise = np.stack([stream(seed, "sample", k).standard_normal(student.noise) for k in range(len(labels))])
    return images_of_noise(student, noise.astype(np.float32), labels)


def images_of_noise(student: Generator, noise: F4, labels: I8) -> U1:
    """Return (N, 32, 32, 3) uint8 images of noise (N, Z) float32 and labels (N,)."""
    student.eval()
    out = np.empty((len(labels), SIZE, SIZE, 3), np.uint8)
    for part in parts(len(labels), 128):
        with torch.inference_mode():
            out[part] = as_uint8(student(torch.from_numpy(noise[part]), one_hot(labels[part], student.classes)))
    return out


def _epoch(
    triples: Triples, real: Pictures | None, recipe: GeneratorRecipe, epoch: int, steps: int, learners: _Distillation
) -> dict[str, float]:
    """Do one epoch, whose order is a function of seed and epoch; return the mean of each part of the losses."""
    student, judge = learners.student, learners.judge
    student.train()
    rng = stream(recipe.seed, "generator", epoch)
    order = rng.permutation(len(triples.noise))
    sums: dict[str, float] = {}
    for step in range(steps):
        part = order[step * recipe.batch : (step + 1) * recipe.batch]
        classes = one_hot(triples.labels[part], student.classes)
        taught = as_tensor(triples.images[part])
        drawn = student(torch.from_numpy(triples.noise[part]), classes)

        # the judge first: good are the teacher's images and real ones, bad are the student's
        losses = {"judge": _hinge(judge, taught, classes, drawn.detach(), classes)}
        loss = losses["judge"]
        if real is not None:
            some = rng.integers(0, len(real.images), len(part))
            theirs = one_hot(real.labels[some], student.classes)
            losses["real"] = _hinge(judge, as_tensor(real.images[some]), theirs, drawn.detach(), classes)
            loss = loss + recipe.real * losses["real"]
        _step(learners.of_judge, loss)

        # then the student: alike in the judge's features and in pixels, and now and then what the judge calls good
        with torch.no_grad():
            aims = judge(taught, classes)[1]
        score, features = judge(drawn, classes)
        losses["features"] = torch.stack([functional.l1_loss(a, b) for a, b in zip(features, aims)]).mean()
        losses["pixel"] = functional.l1_loss(drawn, taught)
        loss = losses["features"] + recipe.pixel * losses["pixel"]
        if step % recipe.every == 0:
            loss = loss - recipe.adversarial * score.mean()
        _step(learners.of_student, loss)
        for schedule in learners.schedules:
            schedule.step()
        for key, value in losses.items():
            sums[key] = sums.get(key, 0.0) + value.item() / steps
    return sums


def _hinge(judge: Discriminator, good: Tensor, good_classes: Tensor, bad: Tensor, bad_classes: Tensor) -> Tensor:
    """Return the discriminator's hinge loss: scores of good images over 1, of bad ones under -1."""
    return (
        functional.relu(1 - judge(good, good_classes)[0]).mean()
        + functional.relu(1 + judge(bad, bad_classes)[0]).mean()
    )


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def _write(student: Generator, classes: tuple[str, ...], out: Path) -> None:
    shape = [student.noise, student.classes, student.width, student.project]
    save({"shape": shape, "classes": list(classes), "weights": student.state_dict()}, out / "generator.pt")
