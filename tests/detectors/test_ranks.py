"""Ranks: the shares of a batch are the batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detectors.mix import mixed
from tests.detectors.runs import SMALL
from tests.detectors.sets import squares

torch = pytest.importorskip("torch")

from detectors.batches import Batches  # noqa: E402
from detectors.preprocess import Preprocess  # noqa: E402
from detectors.ranks import Ranks  # noqa: E402

pytestmark = pytest.mark.extra


def test_the_shares_of_a_batch_are_the_batch(tmp_path: Path) -> None:
    data = squares(tmp_path / "data")
    stage = mixed(data, squares(tmp_path / "rendered", seed=1), "balanced", (1, 1)).stages[0]
    of = [stage, Preprocess(64), replace(SMALL, batch=6, seed=3), range(2)]
    ranks = [Ranks(k, 3) for k in range(3)]

    whole, shares = Batches(*of)[1], [Batches(*of, rank.share)[1] for rank in ranks]

    assert all(len(s.files) == 2 for s in shares)
    assert sorted(f for s in shares for f in s.files) == sorted(whole.files)
    for rank, share in zip(ranks, shares):
        assert share.files == whole.files[rank.rank :: 3] and torch.equal(share.images, whole.images[rank.rank :: 3])
        assert all(torch.equal(a.xyxy, b.xyxy) for a, b in zip(share.targets, whole.targets[rank.rank :: 3]))
