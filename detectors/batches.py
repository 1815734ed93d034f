"""Batch k of a stage, a pure function of (seed, stage, k): training resumes with nothing to remember but k."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch.utils.data import Dataset

from detectors.augment import augmented, laid_together
from detectors.contract import MASK_STRIDE, Target
from detectors.detections import Finds
from detectors.likeness import made_like
from detectors.live import LiveSample
from detectors.mix import MixSource, Phase
from detectors.oriented import around_mask, of_sample
from detectors.paste import pasted
from detectors.preprocess import Image, Pixels, Preprocess
from detectors.recipe import Recipe
from detectors.samples import Sample, Samples
from rendersdg.arrays import F4, F8, I8, U1, Mask
from rendersdg.streams import generator

_ORIENTED: Finds = "oriented boxes"


@dataclass(frozen=True, slots=True)
class Batch:
    """``images`` (B, 3, S, S) float32 0 to 1, a target for each, and the files they come from."""

    images: torch.Tensor
    targets: list[Target]
    files: list[str]


Drawn = Sample | LiveSample
Turns = Sequence[Sequence[Sequence[int]]]  # for each part, the numbers of the images of each class


def draw(
    parts: tuple[MixSource, ...], batch: int, k: int, seed: int, name: str, turns: Turns | None = None
) -> list[Drawn]:
    """Return the samples of batch ``k``.

    Slots are dealt to the parts by share, and each part goes through its images epoch after epoch.

    Args:
        parts: sources of images and their shares.
        batch: images in a batch.
        k: which batch, from 0.
        seed: of the order in which images come.
        name: the stage's, so that stages differ.
        turns: of each part, see :func:`turns_of`; None for image after image.
    """
    owner = owners(parts, batch)
    picked: list[Drawn] = []
    for which, part in enumerate(parts):
        slots = int((owner == which).sum())
        images = part.samples.images
        groups = turns[which] if turns is not None else [range(len(images))]
        for place in range(k * slots, (k + 1) * slots):
            turn, group = divmod(place, len(groups))
            epoch, index = divmod(turn, len(groups[group]))
            site = f"{name}/order/{which}" + (f"/{group}" if len(groups) > 1 else "")
            picked.append(images[groups[group][_order(seed, site, epoch, len(groups[group]))[index]]])
    return picked


def turns_of(parts: Sequence[MixSource]) -> Turns:
    """Return, for each part, the numbers of the images that show each class, which come in turn.

    Images without a box are a class of their own, and no list is empty. Images that are rendered on demand are one
    list: what they will show is not known.
    """
    return [_by_class(p.samples) if isinstance(p.samples, Samples) else [range(len(p.samples.images))] for p in parts]


def _by_class(samples: Samples) -> list[Sequence[int]]:
    kinds: dict[int, list[int]] = {}
    for number, sample in enumerate(samples.images):
        assert sample.crowd is not None
        for label in sorted(set(sample.labels[~sample.crowd].tolist())) or [len(samples.classes)]:
            kinds.setdefault(label, []).append(number)
    return [kinds[label] for label in sorted(kinds)]


def owners(parts: Sequence[MixSource], batch: int) -> I8:
    """Return which part each slot of a batch is dealt to, (B,) int64, rising."""
    ends = np.cumsum([p.share for p in parts])
    return np.searchsorted(ends / ends[-1], (np.arange(batch) + 0.5) / batch)


@lru_cache(maxsize=16)
def _order(seed: int, site: str, epoch: int, count: int) -> I8:
    """Return the order of an epoch; kept, since every slot of every batch asks for it."""
    return generator(seed, site, epoch).permutation(count)


@dataclass(frozen=True, slots=True)
class _Square:
    """A labelled square: ``image`` (S, S, 3) uint8, ``xyxy`` (N, 4) in its pixels, ``labels`` (N,), and how wide and
    high the picture in it is. ``masks`` (N, S, S) uint8 are 255 where an object covers a pixel; ``oriented`` (N, 5) are
    its oriented boxes, without sides where they are out of view; None without.
    """

    image: Image
    xyxy: F8
    labels: I8
    picture_wh: tuple[int, int]
    masks: U1 | None = None
    oriented: F8 | None = None


class Batches(Dataset[Batch]):  # type: ignore[misc] # torch is not looked into
    """Batches of a stage as a map from k, for torch's DataLoader.

    The ``recipe`` says how large they are and what is changed; ``share`` picks those of a batch's slots that are wanted
    here; ``finds`` is what the detector learns.
    """

    def __init__(
        self,
        stage: Phase,
        preprocess: Preprocess,
        recipe: Recipe,
        steps: range,
        share: Callable[[Sequence[int]], Sequence[int]] = lambda slots: slots,
        *,
        finds: Finds = "boxes",
    ) -> None:
        self.turns = turns_of(stage.parts) if recipe.balance else None
        self.stage, self.augment, self.batch, self.seed = stage, recipe.augment, recipe.batch, recipe.seed
        self.steps, self.finds = steps, finds
        self.slots = share(range(recipe.batch))
        self.owners = owners(stage.parts, recipe.batch)
        self.pixels = Pixels(preprocess)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, item: int) -> Batch:
        if not 0 <= item < len(self.steps):
            raise IndexError(item)
        k = self.steps[item]
        samples = draw(self.stage.parts, self.batch, k, self.seed, self.stage.name, self.turns)
        squares, targets = [], []
        made: dict[int, _Square] = {}  # mosaics show images of the batch again: each is made once
        for slot in self.slots:
            rng = generator(self.seed, f"{self.stage.name}/augment/{slot}", k)
            one = self._laid(slot, samples, k, rng, made)
            square, boxes, keep, move = augmented(one.image, one.xyxy, self.augment, rng, self.pixels.preprocess.pad)
            squares.append(square)
            rectangles = None
            if one.oriented is not None:
                moved, seen_oriented = move.oriented(one.oriented)
                keep &= seen_oriented
                rectangles = torch.from_numpy(moved[keep].astype(np.float32))
            masks = None if one.masks is None else torch.from_numpy(_shares(move.masks(one.masks[keep])))
            seen = torch.from_numpy(boxes[keep].astype(np.float32))
            targets.append(Target(seen, torch.from_numpy(one.labels[keep]), masks, rectangles))
        images = torch.from_numpy(self.pixels.preprocess.tensor(np.stack(squares)))
        return Batch(images, targets, [str(samples[slot].file) for slot in self.slots])

    def _laid(
        self, slot: int, batch: list[Drawn], k: int, rng: np.random.Generator, made: dict[int, _Square]
    ) -> _Square:
        """Return the square of a sample: now and then with an object of another, or in a mosaic with three others."""
        one = self._alike(slot, batch, k, made)
        if self.augment.paste and rng.random() < self.augment.paste:
            one = self._pasted(one, self._alike(int(rng.integers(len(batch))), batch, k, made), rng)
        if self.augment.mosaic and rng.random() < self.augment.mosaic:
            others = [self._alike(int(i), batch, k, made) for i in rng.integers(0, len(batch), 3)]
            four = [(each.image, each.xyxy) for each in (one, *others)]
            square, boxes, moves = laid_together(four, rng, self.pixels.preprocess.pad)
            labels = np.concatenate([each.labels for each in (one, *others)])
            pairs = list(zip(moves, (one, *others)))
            moved = [move.masks(each.masks) for move, each in pairs if each.masks is not None]
            masks = np.concatenate(moved) if moved else None
            turned = [_in_view(*move.oriented(each.oriented)) for move, each in pairs if each.oriented is not None]
            rectangles = np.concatenate(turned) if turned else None
            return _Square(square, boxes, labels, square.shape[1::-1], masks, rectangles)
        return one

    def _pasted(self, one: _Square, other: _Square, rng: np.random.Generator) -> _Square:
        """Return a square with one object of another pasted in, where there is room for it."""
        if not len(other.labels):
            return one
        which = int(rng.integers(len(other.labels)))
        (w, h), (v, u) = one.picture_wh, other.picture_wh
        found = pasted(one.image[:h, :w], one.xyxy, other.image[:u, :v], other.xyxy[which], rng)
        if found is None:
            return one
        square = one.image.copy()
        square[:h, :w], box = found
        labels = np.append(one.labels, other.labels[which])
        return replace(one, image=square, xyxy=np.concatenate([one.xyxy, box[None]]), labels=labels)

    def _alike(self, slot: int, batch: list[Drawn], k: int, made: dict[int, _Square]) -> _Square:
        """Return the square of a sample with the look of a photograph, where its source and the recipe ask for it."""
        if slot not in made:
            one = self._plain(batch[slot])
            look = self.stage.parts[int(self.owners[slot])].like
            if look is not None and self.augment.like != "none":
                rng = generator(self.seed, f"{self.stage.name}/like/{slot}", k)
                one = self._made_like(one, look.images[int(rng.integers(len(look)))])
            made[slot] = one
        return made[slot]

    def _made_like(self, one: _Square, photograph: Sample) -> _Square:
        (w, h), (v, u) = one.picture_wh, self.pixels.preprocess.picture_wh(photograph.size_wh)
        other = self.pixels(photograph.file, photograph.size_wh)[:u, :v]
        square = one.image.copy()
        square[:h, :w] = made_like(square[:h, :w], other, self.augment.like)  # type: ignore[arg-type] # it was checked
        return replace(one, image=square)

    def _plain(self, sample: Drawn) -> _Square:
        """Return the square of a sample as it is."""
        preprocess, has_masks, is_oriented = self.pixels.preprocess, self.finds == "masks", self.finds == _ORIENTED
        rectangles: F8 | None = None
        shapes: Iterable[Mask] | None
        if isinstance(sample, LiveSample):
            shot = sample.shot(masks=has_masks or is_oriented)
            if is_oriented:
                assert shot.masks is not None
                rectangles = np.array([around_mask(mask) for mask in shot.masks]).reshape(-1, 5)
            size_wh = (shot.rgb.shape[1], shot.rgb.shape[0])
            square, xyxy, labels = preprocess.image(shot.rgb), shot.xyxy, shot.labels
            shapes = shot.masks if has_masks else None
        else:
            assert sample.crowd is not None
            size_wh, keep = sample.size_wh, ~sample.crowd
            square, xyxy, labels = self.pixels(sample.file, size_wh), sample.xyxy[keep], sample.labels[keep]
            shapes = (sample.mask_of(int(k)) for k in np.flatnonzero(keep)) if has_masks else None
            rectangles = of_sample(sample)[keep] if is_oriented else None
        masks, scale = None if shapes is None else preprocess.masks(shapes, size_wh), preprocess.scale_of(size_wh)
        if rectangles is not None:
            rectangles = rectangles * [scale, scale, scale, scale, 1]
        return _Square(square, xyxy * scale, labels, preprocess.picture_wh(size_wh), masks, rectangles)


def _in_view(rectangles: F8, seen: Mask) -> F8:
    """Return oriented boxes (N, 5), those that are not seen (N,) without sides: they are none any more."""
    return np.where(seen[:, None], rectangles, 0.0)


def _shares(masks: U1) -> F4:
    """Return (N, S / 4, S / 4) float32, which share of each cell masks (N, S, S) uint8 cover."""
    count, side = len(masks), masks.shape[1] // MASK_STRIDE
    cells = masks.reshape(count, side, MASK_STRIDE, side, MASK_STRIDE)
    return cells.mean((2, 4), dtype=np.float32) / np.float32(255)
