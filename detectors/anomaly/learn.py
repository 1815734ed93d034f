"""Teaching the head: good photographs with made defects, a frozen network's maps, and where the defects are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from detectors.anomaly.features import PatchFeatures
from detectors.anomaly.head import DefectHead
from detectors.anomaly.photographs import Photographs
from detectors.anomaly.recipe import AnomalyRecipe
from detectors.anomaly.synthetic import synthetic
from detectors.composite import Change, composited
from detectors.preprocess import Preprocess
from rendersdg.arrays import F4, U1, Mask
from rendersdg.errors import TrainingFailed
from rendersdg.streams import generator

OnStep = Callable[[str, int, int], None]  # what is done, how many, of how many
_GOOD = 0.25  # the share of a batch without a defect
_DECAY = 1e-4
_CELL = 4  # pixels of the square a logit
_DEFECTIVE = 0.25  # the share of a cell from which it counts as defective


def learn(
    features: PatchFeatures,
    head: DefectHead,
    photographs: Photographs,
    preprocess: Preprocess,
    recipe: AnomalyRecipe,
    *,
    changes: Sequence[Change] = (),
    on_step: OnStep = lambda what, done, total: None,
) -> None:
    """Teach ``head`` in place, by Adam with a one-cycle rate, on photographs with defects; leave it in evaluation mode.

    Args:
        features: the frozen network.
        head: what learns.
        photographs: good ones.
        preprocess: what they went through.
        recipe: how.
        changes: what rendered defects change; without any all defects are synthetic.
        on_step: is told what is done.

    Raises:
        TrainingFailed: the loss is not a finite number.
    """
    seen, targets, weights = looked_at(features, photographs, preprocess, recipe, changes, on_step)
    optimizer = torch.optim.AdamW(head.parameters(), recipe.rate, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, recipe.steps, pct_start=0.1)
    torch.manual_seed(recipe.seed)  # of the dropout
    head.train()
    for step in range(recipe.steps):
        rng = generator(recipe.seed, "anomaly/learn", step)
        picks = torch.from_numpy(rng.choice(recipe.made, min(recipe.batch, recipe.made), replace=False))
        loss = _loss(head([maps[picks].float() for maps in seen]), targets[picks], weights[picks])
        if not torch.isfinite(loss):
            raise TrainingFailed(f"the loss is not a finite number at step {step + 1}; try a smaller --rate")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        on_step("learn defects", step + 1, recipe.steps)
    head.eval()


def looked_at(
    features: PatchFeatures,
    photographs: Photographs,
    preprocess: Preprocess,
    recipe: AnomalyRecipe,
    changes: Sequence[Change],
    on_step: OnStep,
) -> tuple[list[Tensor], Tensor, Tensor]:
    """Return the frozen network's maps of ``recipe.made`` photographs with made defects, and what they show.

    The backbone costs five times what the head does, so each photograph goes through it once: 0.35 MB each.

    Returns:
        The maps at strides 4, 8 and 16, (N, C, h, w) float16; which cells of stride 4 are defective, and which lie in
        the photograph, both (N, h, w) float32.
    """
    maps: list[list[Tensor]] = []
    cells: list[tuple[F4, F4]] = []
    for start in range(0, recipe.made, recipe.batch):
        numbers = range(start, min(start + recipe.batch, recipe.made))
        drawn = examples(photographs, preprocess, recipe, changes, numbers)
        squares = np.stack([preprocess.padded(picture) for picture, _ in drawn])
        with torch.no_grad():
            maps.append([one.half() for one in features.maps(torch.from_numpy(preprocess.tensor(squares)))])
        cells += [_cells(mask, preprocess) for _, mask in drawn]
        on_step("make defects", numbers[-1] + 1, recipe.made)
    targets, weights = (torch.from_numpy(np.stack(rows)) for rows in zip(*cells))
    return [torch.cat(level) for level in zip(*maps)], targets, weights


def examples(
    photographs: Photographs, preprocess: Preprocess, recipe: AnomalyRecipe, changes: Sequence[Change], numbers: range
) -> list[tuple[U1, Mask]]:
    """Return photographs with made defects (H, W, 3) uint8, and where these are (H, W); each is a function of the seed
    and its number.
    """
    inner = [photographs.inner_wh(preprocess, k) for k in range(len(photographs))]
    shown = [square[:height, :width] for square, (width, height) in zip(photographs.squares, inner)]
    return [made(shown, changes, recipe.synthetic, generator(recipe.seed, "anomaly/made", k)) for k in numbers]


def made(shown: Sequence[U1], changes: Sequence[Change], share: float, rng: np.random.Generator) -> tuple[U1, Mask]:
    """Return one of the photographs, three times in four with a defect, and where it is.

    Args:
        shown: good photographs (H, W, 3) uint8.
        changes: of rendered defects.
        share: of defects that are synthetic, where there are rendered ones.
        rng: draws all.
    """
    picture = _lit(shown[int(rng.integers(len(shown)))], rng)
    if rng.random() < _GOOD:
        return picture, np.zeros(picture.shape[:2], bool)
    if changes and rng.random() >= share:
        done = composited(picture, changes[int(rng.integers(len(changes)))], rng)
        return done.image, done.mask
    return synthetic(picture, shown, rng)


def _lit(picture: U1, rng: np.random.Generator) -> U1:
    """Return a photograph a little brighter or darker, of more or less contrast: lamps and exposures differ."""
    gain, contrast = 2 ** rng.uniform(-0.3, 0.3), 2 ** rng.uniform(-0.15, 0.15)
    mean = picture.mean()
    return np.clip(((picture - mean) * contrast + mean) * gain, 0, 255).astype(np.uint8)


def _cells(mask: Mask, preprocess: Preprocess) -> tuple[F4, F4]:
    """Return which cells of the square are defective, and which lie in the photograph, (S / 4, S / 4) float32."""
    side = -(-preprocess.size // _CELL)
    whole = np.zeros((2, side * _CELL, side * _CELL), np.float32)
    whole[0, : mask.shape[0], : mask.shape[1]] = mask
    whole[1, : mask.shape[0], : mask.shape[1]] = 1
    share = [np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.float32) for part in whole]
    return (share[0] >= _DEFECTIVE).astype(np.float32), (share[1] >= 0.5).astype(np.float32)


def _loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the focal loss (Lin et al. 2017, gamma 2) and the Dice loss of the batch, of cells in photographs."""
    each = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    focal = ((1 - torch.exp(-each)) ** 2 * each * weights).sum() / targets.sum().clamp_min(targets.numel() / 200)
    likely = torch.sigmoid(logits) * weights
    dice = 1 - (2 * (likely * targets).sum() + 1) / (likely.sum() + targets.sum() + 1)
    return focal + dice
