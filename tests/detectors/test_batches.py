"""Batches hold both kinds of images, and go through all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detectors.mix import mixed
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
