"""Splits: nothing torn apart, the same wherever the data lie, and leaks are reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.readers import read
from detectors.samples import Sample, Samples
from detectors.splits import grouped, halves, leaks, split
from rendersdg.errors import BadArgument
from tests.conftest import needs_shared
from tests.detectors.sets import plain


@given(st.integers(1, 60), st.integers(1, 7), st.sampled_from(["group", "file", "hash"]), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_split_takes_each_image_once_and_tears_no_group(images: int, groups: int, by: Any, seed: int) -> None:
    whole = plain(images, groups)

    parts = split(whole, {"train": 0.6, "val": 0.3, "test": 0.1}, by, seed)

    assert sorted(s.file for p in parts.values() for s in p.images) == sorted(s.file for s in whole.images)
    if by != "file":
        keys = [{s.key for s in p.images} for p in parts.values()]
        assert not keys[0] & keys[1] and not keys[1] & keys[2] and not keys[0] & keys[2]


def test_a_split_by_group_is_near_its_shares_class_by_class() -> None:
    parts = split(plain(300, 1), {"train": 0.7, "val": 0.3})

    assert parts["train"].counts() == {"a": 70, "b": 70, "c": 70} and parts["val"].counts() == {
        "a": 30,
        "b": 30,
        "c": 30,
    }


def test_a_split_by_hash_moves_nobody_when_images_are_added() -> None:
    few, many = (split(plain(n, 1), {"train": 0.7, "val": 0.3}, "hash") for n in (80, 200))

    for name in few:
        assert {s.file for s in few[name].images} <= {s.file for s in many[name].images}
    assert 40 < len(many["val"]) < 80


def test_groups_from_file_names() -> None:
    whole = grouped(plain(12), r"im(\d\d)\d")

    assert {s.group for s in whole.images} == {"00", "01"}
    with pytest.raises(BadArgument, match=r"does not match im000\.png"):
        grouped(whole, "x(1)")


def test_the_same_photograph_on_both_sides_is_reported(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.normal(120, 60, (300, 300)).astype(np.float32), (0, 0), 1.2)
    other = cv2.GaussianBlur(rng.normal(120, 60, (300, 300)).astype(np.float32), (0, 0), 1.2)
    ramp = np.linspace(0, 80, 200)[None]
    crops = {
        "a": wide[:200, :200],
        "b": other[:200, :200],
        "shifted": wide[60:260, 40:240] + ramp,
        "same": wide[:200, :200],
        "new": other[100:, 100:][:, ::-1],
    }
    for name, grey in crops.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.clip(grey, 0, 255).astype(np.uint8))
    cv2.imwrite(
        str(tmp_path / "jpeg.jpg"), np.clip(wide[:200, :200], 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 70]
    )

    def of(*names: str) -> Samples:
        return Samples(("x",), tuple(Sample(tmp_path / n, (200, 200)) for n in names))

    found = {
        x.one.file.stem: (x.kind, x.other.file.stem)
        for x in leaks(of("shifted.png", "same.png", "new.png", "jpeg.jpg"), of("b.png", "a.png"))
    }

    assert found == {"shifted": ("overlap", "a"), "same": ("identical", "a"), "jpeg": ("overlap", "a")}
    one, two = plain(4).images[0], plain(4).images[1]
    for sample in (one, two):
        cv2.imwrite(str(tmp_path / sample.file.name), rng.integers(0, 255, (40, 40, 3)).astype(np.uint8))
    here = [Samples(("x",), (replace(s, file=tmp_path / s.file.name, labels=np.array([0])),)) for s in (one, two)]
    assert [x.kind for x in leaks(*here)] == ["group"]


@pytest.mark.parametrize("by", ["group", "file", "hash"])
def test_a_split_is_the_same_wherever_the_data_lie(by: str) -> None:
    def names(folder: str) -> list[list[str]]:
        whole = plain(40)
        moved = whole.of(replace(s, file=Path(folder) / "images" / s.file.name, group="") for s in whole.images)
        parts = split(moved, {"train": 0.7, "val": 0.3}, by)  # type: ignore[arg-type]
        return [[s.file.name for s in part.images] for part in parts.values()]

    assert names("/data") == names("/home/anybody/data")


@pytest.mark.slow
def test_a_random_split_of_neu_det_leaks_and_the_given_one_hardly_does() -> None:
    """The published copy is cut from larger photographs; its groups were found by another method."""
    whole = read(str(needs_shared("data", "neu-det")))
    inclusions = whole.of(s for s in whole.images if s.file.name.startswith("inclusion"))
    group = {s.file: s.group for s in inclusions.images}
    blind = inclusions.of(replace(s, group="") for s in inclusions.images)
    torn = split(blind, {"train": 0.7, "val": 0.3}, "file")
    kept = split(inclusions, {"train": 0.7, "val": 0.3}, "group")

    found = list(leaks(torn["val"], torn["train"]))
    clean = list(leaks(*(kept[n].of(replace(s, group="") for s in kept[n].images) for n in ("val", "train"))))

    right = [group[x.one.file] == group[x.other.file] for x in found]
    assert len(found) > 30 and np.mean(right) > 0.9 and len(clean) < len(found) / 4


def test_a_random_split_of_overlapping_crops_leaks_and_one_by_group_does_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    samples = []
    for photograph in range(6):
        wide = cv2.GaussianBlur(rng.normal(120, 60, (240, 440)).astype(np.float32), (0, 0), 1.2)
        for crop in range(4):
            file = tmp_path / f"{photograph}_{crop}.png"
            cv2.imwrite(str(file), np.clip(wide[:200, 60 * crop : 60 * crop + 200], 0, 255).astype(np.uint8))
            samples.append(Sample(file, (200, 200), group=f"g{photograph}"))
    whole = Samples(("x",), tuple(samples))
    group = {s.file: s.group for s in whole.images}
    blind = whole.of(replace(s, group="") for s in whole.images)
    torn, kept = split(blind, {"train": 0.7, "val": 0.3}, "file"), split(whole, {"train": 0.7, "val": 0.3}, "group")

    found = list(leaks(torn["val"], torn["train"]))
    clean = list(leaks(*(kept[n].of(replace(s, group="") for s in kept[n].images) for n in ("val", "train"))))

    assert len(found) >= 3 and all(group[x.one.file] == group[x.other.file] for x in found)
    assert clean == [] and len(kept["val"]) and len(kept["train"])


@given(st.integers(1, 40), st.integers(1, 6))
def test_halves_share_no_group_and_hold_about_half_of_each_class(images: int, groups: int) -> None:
    whole = plain(images, groups=groups)

    first, second = halves(whole)

    assert {s.file for s in first.images} | {s.file for s in second.images} == {s.file for s in whole.images}
    assert len(first) + len(second) == images
    assert not {s.group for s in first.images} & {s.group for s in second.images}
    if groups == 1:
        assert all(abs(first.counts()[c] - second.counts()[c]) <= 1 for c in whole.classes)
