"""A training of the teaching networks as a record that can be sent to processes and machines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from detectors.readers import READERS
from detectors.vision.gpt import GPTRecipe
from detectors.vision.learning import ViTRecipe, load_mae
from detectors.vision.parallel.checkpoints import newest
from detectors.vision.parallel.tasks import Task, classify_task, gpt_task, mae_task
from detectors.vision.parallel.training import Split, train_split
from detectors.vision.pictures import pictures_of
from detectors.vision.vit import ViTSize
from rendersdg.errors import BadArgument
from rendersdg.plain import Json
from rendersdg.progress import phases


@dataclass(frozen=True, slots=True)
class VisionTraining:
    """What :func:`train_split` is to do; processes and farms take it (``rendersdg.farm.processes.Trainable``).

    ``data`` and ``val`` are read by each process (see :func:`detectors.vision.pictures.pictures_of`), and so is
    ``weights``, the run of a masked autoencoder that a classifier begins with. ``size`` is of the vision transformers.
    """

    kind: Literal["gpt", "mae", "classify"]
    data: str
    recipe: GPTRecipe | ViTRecipe
    out: Path
    split: Split
    size: ViTSize | None = None
    val: str | None = None
    weights: Path | None = None
    resume: bool = False
    quiet: bool = True

    def absolute(self) -> VisionTraining:
        """Return the same as another process or machine finds it: paths made absolute."""
        return replace(
            self,
            out=self.out.absolute(),
            data=_absolute(self.data),
            val=None if self.val is None else _absolute(self.val),
            weights=None if self.weights is None else self.weights.absolute(),
        )

    def going_on(self) -> VisionTraining:
        """Return the same, from the last checkpoint."""
        return replace(self, resume=True)

    def silent(self) -> VisionTraining:
        """Return the same, saying nothing."""
        return replace(self, quiet=True)

    def checkpointed(self) -> float:
        """Return when the newest checkpoint was written, seconds since the epoch; 0 without one."""
        found = newest(self.out)
        return 0.0 if found is None else (found / "run.json").stat().st_mtime

    def steps_done(self) -> int:
        """Return the steps up to the newest checkpoint."""
        found = newest(self.out)
        return 0 if found is None else int(found.name.rpartition("-")[2])

    def steps(self) -> int:
        """Return how many steps there are; reads the pictures, which the farm's progress needs once."""
        task = self.task()
        return task.steps * task.recipe.epochs

    def task(self) -> Task:
        """Return what is learned; reads the pictures."""
        side = self.recipe.size if isinstance(self.recipe, GPTRecipe) else self.size.size if self.size else 0
        pictures = pictures_of(self.data, side)
        val = None if self.val is None else pictures_of(self.val, side)
        if isinstance(self.recipe, GPTRecipe):
            return gpt_task(pictures, self.recipe, val)
        if self.size is None:
            raise BadArgument(f"vision {self.kind} needs a size")
        if self.kind == "mae":
            return mae_task(pictures, self.size, self.recipe)
        encoder = None if self.weights is None else load_mae(self.weights).encoder
        return classify_task(pictures, self.size, self.recipe, encoder, val)

    def run(self) -> Json | None:
        """Train as one of the processes that torchrun started; return the first one's record."""
        with phases(self.quiet) as on_phase:
            return train_split(
                self.task(),
                self.split,
                self.out,
                resume=self.resume,
                on_step=partial(on_phase, f"vision {self.kind}"),
            )


def _absolute(spec: str) -> str:
    """Return ``[LAYOUT:]PATH[@SPLIT]`` with an absolute path."""
    text, at, split = spec.partition("@")
    layout, colon, rest = text.partition(":")
    if colon and layout in READERS:
        return f"{layout}:{Path(rest).absolute()}{at}{split}"
    return f"{Path(text).absolute()}{at}{split}"
