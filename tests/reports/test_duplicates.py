"""Copies: banded search against all pairs, and pictures that only look alike to a hash."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.reports.duplicates import MOST_BITS, Marks, _bits, _candidates, duplicates
from rendersdg.reports.pixels import measured
from tests.reports.sets import mottled


def groups_of(folder: Path, pictures: list[np.ndarray]) -> list[tuple[int, ...]]:
    for k, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{k}.png"), picture)
    return duplicates(measured([folder / f"{k}.png" for k in range(len(pictures))]))


@given(st.lists(st.integers(0, 2**64 - 1), max_size=12), st.lists(st.sets(st.integers(0, 63), max_size=9), max_size=6))
def test_candidates_are_all_pairs_that_differ_in_few_bits_each_once(hashes: list[int], flips: list[set[int]]) -> None:
    hashes = hashes + [hashes[0] ^ sum(1 << bit for bit in flipped) for flipped in flips if hashes]
    count = len(hashes)
    same = np.zeros((count, 4), np.float32)
    marks = Marks(np.array(hashes, np.uint64), same, same, same[:, 0], same[:, 0] + 1)

    found = sorted((min(pair), max(pair)) for a, b in _candidates(marks) for pair in zip(a.tolist(), b.tolist()))

    pairs = combinations(range(count), 2)
    assert found == [(a, b) for a, b in pairs if bin(hashes[a] ^ hashes[b]).count("1") <= MOST_BITS]


def test_bits_are_counted_with_an_old_numpy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    values = np.array([[0, 1], [2**64 - 1, 2**63 + 2**31]], np.uint64)

    assert _bits(values).tolist() == [[0, 1], [64, 2]]


def test_copies_of_a_copy_are_one_group(tmp_path: Path) -> None:
    picture = mottled(1, (160, 120))
    jpeg = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_COLOR)

    assert groups_of(tmp_path, [picture, mottled(2), picture, jpeg, cv2.resize(picture, (152, 114))]) == [(0, 2, 3, 4)]


def still(count: int, radius: int = 6, change: int = 120) -> list[np.ndarray]:
    """Return frames of a camera that stands still, in which one disc moves."""
    frames = []
    for k in range(count):
        frame, disc = mottled(1, (200, 200), level=100).astype(int), np.zeros((200, 200), np.uint8)
        cv2.circle(disc, (20 + 20 * (k % 9), 20 + 20 * (k // 9)), radius, 1, -1)
        frames.append(np.clip(frame + change * disc[..., None], 0, 255).astype(np.uint8))
    return frames


@pytest.mark.parametrize(
    ("count", "radius", "change"),
    [(8, 6, 120), (81, 6, 120), (8, 3, 60), (81, 30, 4)],
    ids=["small disc", "many frames", "specks that only their place tells", "faint discs that only the change tells"],
)
def test_frames_of_one_scene_are_no_copies_though_one_disc_is_all_that_moves(
    tmp_path: Path, count: int, radius: int, change: int
) -> None:
    assert groups_of(tmp_path, still(count, radius, change)) == []


def test_a_copy_among_frames_of_one_scene_is_found(tmp_path: Path) -> None:
    frames = still(81)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", frames[7], [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_COLOR)

    assert groups_of(tmp_path, [*frames, jpeg, cv2.resize(frames[9], (190, 190))]) == [(7, 81), (9, 82)]


def test_dark_pictures_are_no_copies_of_each_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    night = [
        (mottled(k, (160, 120), level=60) // 12 + rng.integers(0, 2, (120, 160, 1))).astype(np.uint8) for k in range(6)
    ]

    assert groups_of(tmp_path, night) == []


def test_flat_pictures_are_copies_only_where_the_files_are_the_same(tmp_path: Path) -> None:
    levels = [0, 1, 2, 0, 255]

    assert groups_of(tmp_path, [np.full((20, 20, 3), level, np.uint8) for level in levels]) == [(0, 3)]
