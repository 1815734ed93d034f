"""Batch k of a stage, a pure function of (seed, stage, k): training resumes with nothing to remember but k."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch.utils.data import Dataset

from detectors.augment import Augment, augmented, laid_together
from detectors.contract import Target
from detectors.live import LiveSample
from detectors.mix import MixSource, Phase
from detectors.preprocess import Image, Pixels, Preprocess
from detectors.samples import Sample
from rendersdg.arrays import F8, I8
from rendersdg.streams import generator


@dataclass(frozen=True, slots=True)
class Batch:
    """``images`` (B, 3, S, S) float32 0 to 1, a target for each, and the files they come from."""

    images: torch.Tensor
    targets: list[Target]
    files: list[str]


Drawn = Sample | LiveSample


def draw(parts: tuple[MixSource, ...], batch: int, k: int, seed: int, name: str) -> list[Drawn]:
    """Return the samples of batch ``k``.

    Slots are dealt to the parts by share, and each part goes through its images epoch after epoch.

    Args:
        parts: sources of images and their shares.
        batch: images in a batch.
        k: which batch, from 0.
        seed: of the order in which images come.
        name: the stage's, so that stages differ.
    """
    ends = np.cumsum([p.share for p in parts])
    owner = np.searchsorted(ends / ends[-1], (np.arange(batch) + 0.5) / batch)
    picked: list[Drawn] = []
    for which, part in enumerate(parts):
        slots = int((owner == which).sum())
        images = part.samples.images
        for place in range(k * slots, (k + 1) * slots):
            epoch, index = divmod(place, len(images))
            picked.append(images[_order(seed, f"{name}/order/{which}", epoch, len(images))[index]])
    return picked


@lru_cache(maxsize=16)
def _order(seed: int, site: str, epoch: int, count: int) -> I8:
    """Return the order of an epoch; kept, since every slot of every batch asks for it."""
    return generator(seed, site, epoch).permutation(count)


_Plain = tuple[Image, F8, I8]


class Batches(Dataset[Batch]):  # type: ignore[misc] # torch is not looked into
    """Batches of a stage as a map from k, for torch's DataLoader;
    ``share`` picks those of a batch's slots that are wanted here.
    """

    def __init__(
        self,
        stage: Phase,
        preprocess: Preprocess,
        augment: Augment,
        batch: int,
        seed: int,
        steps: range,
        share: Callable[[Sequence[int]], Sequence[int]] = lambda slots: slots,
    ) -> None:
        self.stage, self.augment, self.batch, self.seed, self.steps = stage, augment, batch, seed, steps
        self.slots = share(range(batch))
        self.pixels = Pixels(preprocess)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, item: int) -> Batch:
        if not 0 <= item < len(self.steps):
            raise IndexError(item)
        k = self.steps[item]
        samples = draw(self.stage.parts, self.batch, k, self.seed, self.stage.name)
        squares, targets = [], []
        made: dict[int, _Plain] = {}  # mosaics show images of the batch again: each is made once
        for slot in self.slots:
            rng = generator(self.seed, f"{self.stage.name}/augment/{slot}", k)
            square, boxes, labels = self._square(slot, samples, rng, made)
            square, boxes, keep = augmented(square, boxes, self.augment, rng, self.pixels.preprocess.pad)
            squares.append(square)
            targets.append(Target(torch.from_numpy(boxes[keep].astype(np.float32)), torch.from_numpy(labels[keep])))
        images = torch.from_numpy(self.pixels.preprocess.tensor(np.stack(squares)))
        return Batch(images, targets, [str(samples[slot].file) for slot in self.slots])

    def _square(
        self, slot: int, batch: list[Drawn], rng: np.random.Generator, made: dict[int, _Plain]
    ) -> tuple[Image, F8, I8]:
        """Return a square with its boxes: of the sample, or now and then a mosaic with three others of the batch."""
        square, boxes, labels = self._plain(slot, batch, made)
        if self.augment.mosaic and rng.random() < self.augment.mosaic:
            others = [self._plain(int(i), batch, made) for i in rng.integers(0, len(batch), 3)]
            four = [(square, boxes), *((o[0], o[1]) for o in others)]
            square, boxes = laid_together(four, rng, self.pixels.preprocess.pad)
            labels = np.concatenate([labels, *(o[2] for o in others)])
        return square, boxes, labels

    def _plain(self, slot: int, batch: list[Drawn], made: dict[int, _Plain]) -> _Plain:
        """Return the square of a sample of the batch, boxes and labels. Live ones are ``made`` once a batch."""
        sample = batch[slot]
        if isinstance(sample, LiveSample):
            if slot not in made:
                shot = sample.shot()
                height, width = shot.rgb.shape[:2]
                scale = self.pixels.preprocess.scale_of((width, height))
                made[slot] = self.pixels.preprocess.image(shot.rgb), shot.xyxy * scale, shot.labels
            return made[slot]
        assert sample.crowd is not None
        keep = ~sample.crowd
        scale = self.pixels.preprocess.scale_of(sample.size_wh)
        return self.pixels(sample.file, sample.size_wh), sample.xyxy[keep] * scale, sample.labels[keep]
