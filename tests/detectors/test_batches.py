"""Batches hold both kinds of images, go through all of them, and change what the recipe asks to be changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.mix import alone, mixed
from detectors.recipe import Recipe
from detectors.samples import Sample, Samples
from tests.detectors.sets import plain

pytest.importorskip("torch")

pytestmark = pytest.mark.extra


def test_a_balanced_batch_holds_both_kinds_by_ratio_and_goes_through_all_images() -> None:
    from detectors.batches import draw

    real, rendered = plain(5), replace(plain(40), name="rendered")
    rendered = rendered.of(replace(s, file=Path("r") / s.file) for s in rendered.images)
    parts = mixed(real, rendered, "balanced", (1, 3)).stages[0].parts

    batches = [draw(parts, 8, k, 7, "train") for k in range(20)]

    assert all(sum("r/" in str(s.file) for s in b) == 6 for b in batches)
    seen = [str(s.file) for b in batches for s in b if "r/" not in str(s.file)]
    assert all(
        sorted(seen[k : k + 5]) == sorted(str(s.file) for s in real.images) for k in range(0, 40, 5)
    )  # epoch by epoch
    assert draw(parts, 8, 13, 7, "train") == batches[13] != draw(parts, 8, 13, 8, "train")


def test_balanced_classes_come_in_turn_and_all_images_of_each_come() -> None:
    from detectors.batches import draw, turns_of

    real = plain(12)
    labels = [[0]] * 9 + [[1], [1], []]
    images = [
        replace(
            s,
            xyxy=np.tile([0.0, 0.0, 4.0, 4.0], (len(own), 1)),
            labels=np.array(own, np.int64),
            crowd=np.zeros(len(own), bool),
        )
        for s, own in zip(real.images, labels)
    ]
    parts = alone(replace(real.of(images), classes=("a", "b"))).stages[0].parts

    drawn = [s for k in range(9) for s in draw(parts, 3, k, 7, "train", turns_of(parts))]

    assert [s.labels.tolist() for s in drawn[:6] if isinstance(s, Sample)] == [[0], [1], [], [0], [1], []]
    assert {str(s.file) for s in drawn} == {str(s.file) for s in real.images}
    assert draw(parts, 3, 4, 7, "train", turns_of(parts)) == drawn[12:15]


def photograph_set(folder: Path, name: str, level: int, size: tuple[int, int]) -> Samples:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.png"
    cv2.imwrite(str(file), np.full((size[1], size[0], 3), level, np.uint8))
    box, none = np.array([[2.0, 2.0, 8.0, 8.0]]), np.zeros(1, bool)
    return Samples(("a",), (Sample(file, size, box, np.zeros(1, np.int64), none),), name)


def test_rendered_images_of_a_batch_look_like_photographs_and_real_ones_stay(tmp_path: Path) -> None:
    from detectors.augment import Augment
    from detectors.batches import Batches
    from detectors.preprocess import Preprocess

    real = photograph_set(tmp_path, "real", 200, (32, 32))
    rendered = photograph_set(tmp_path, "rendered", 50, (32, 16))
    stage = mixed(real, rendered, "balanced", (1, 1), like=photograph_set(tmp_path, "like", 90, (16, 32))).stages[0]

    still = Augment(0, 0, 0, 0, 0, 0, 0, 0)
    recipes = [Recipe(batch=4, augment=replace(still, like=how)) for how in ("none", "moments")]
    batches = [Batches(stage, Preprocess(32), recipe, range(1)) for recipe in recipes]
    plain_one, alike = (np.round(b[0].images[:, 0].numpy() * 255) for b in batches)

    assert (plain_one[:2] == 200).all() and (alike[:2] == 200).all()
    assert (plain_one[2:, :16] == 50).all() and (alike[2:, :16] == 90).all()
    assert (alike[2:, 16:] == 114).all()  # beside the picture


def test_a_pasted_object_is_in_the_batch_with_its_label(tmp_path: Path) -> None:
    from detectors.augment import Augment
    from detectors.batches import Batches
    from detectors.preprocess import Preprocess

    stage = alone(photograph_set(tmp_path, "real", 200, (64, 64))).stages[0]

    recipe = Recipe(batch=8, augment=Augment(0, 0, 0, 0, 0, 0, 0, 0, paste=1.0))
    batch = Batches(stage, Preprocess(64), recipe, range(1))[0]

    assert max(len(t.labels) for t in batch.targets) == 2
    assert {tuple((t.xyxy[-1, 2:] - t.xyxy[-1, :2]).tolist()) for t in batch.targets} == {(6.0, 6.0)}
