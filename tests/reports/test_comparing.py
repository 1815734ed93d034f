"""Distance to a real set: none to itself, and the respect that was changed is the farthest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import DatasetError
from rendersdg.reports.comparing import distance, gap_of, spread_over
from tests.reports.sets import labelled


def test_a_set_is_at_no_distance_from_itself(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[]] * 10).images

    found = distance(samples, samples, lambda: None)

    assert found.mean == 0 and found.told_apart is not None and found.images == (10, 10)


def test_what_was_changed_is_farthest(tmp_path: Path) -> None:
    real, bright = (labelled(tmp_path / str(level), [[]] * 12, level=level).images for level in (110, 140))

    found = distance(real, bright, lambda: None)

    assert {g.name for g in found.gaps[:3]} == {"mean", "dark", "light"}
    assert found.gaps[0].own > found.gaps[0].real


def test_images_that_cannot_be_read_are_left_out_and_counted(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[]] * 10).images
    samples[0].file.write_bytes(b"")
    seen = []

    found = distance(samples, samples, lambda: seen.append(1))

    assert found.images == (9, 9) and len(seen) == 20
    for sample in samples:
        sample.file.unlink()
    with pytest.raises(DatasetError, match="no image of one of the two sets"):
        distance(samples, samples, lambda: None)


def test_a_gap_is_in_units_of_half_the_real_range_from_10_to_90_percent() -> None:
    real = np.linspace(0, 10, 101)

    assert gap_of("n", "w", real, np.array([9.0])).gap == pytest.approx(1.0)


def test_samples_are_spread_evenly(tmp_path: Path) -> None:
    samples = labelled(tmp_path, [[]] * 9).images

    assert [samples.index(s) for s in spread_over(samples, 3)] == [0, 4, 8]
    assert spread_over(samples, 20) == list(samples)
