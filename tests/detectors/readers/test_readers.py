"""Which layout a folder has; and published sets, counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.readers import ORDER, READERS, read
from detectors.samples import checked
from rendersdg.errors import DatasetError
from tests.conftest import needs_shared


def test_every_layout_is_asked_and_none_takes_anothers_set(tmp_path: Path) -> None:
    assert set(ORDER) == set(READERS)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DatasetError, match="looks like no layout"):
        read(str(tmp_path / "nothing"))
    with pytest.raises(DatasetError, match="is not there"):
        read(str(tmp_path / "missing"))


def test_the_real_sets_have_the_counts_that_their_papers_name() -> None:
    neu = read(f"{needs_shared('data', 'neu-det')}@train")
    val = read(f"{needs_shared('data', 'neu-det')}@val")
    tile = read(str(needs_shared("data", "magnetic-tile")))
    pcb = read(str(needs_shared("data", "deeppcb")))
    bsdata = read(str(needs_shared("data", "bsdata")))

    assert (len(neu), *neu.counts().values()) == (900, 354, 499, 404, 220, 314, 257)
    assert (len(val), *val.counts().values()) == (450, 168, 316, 253, 110, 159, 141)
    assert not {s.key for s in neu.images} & {s.key for s in val.images}
    assert len(tile) == 363 - 5 and len({s.key for s in tile.images}) == 119
    assert tuple(pcb.counts().values()) == (25, 20, 32, 26, 21, 25) and len({s.key for s in pcb.images}) == 7
    assert (len(bsdata), bsdata.counts()) == (36, {"Pitting": 43})
    for samples in (neu, val, tile, pcb, bsdata):
        checked(samples)
