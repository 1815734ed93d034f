"""The same bytes by the oldest instructions as by this processor's. ``tests/bench/processors.py`` has all cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.processors import OLDEST, cases, differing, oldest, small

CASES = {case.name: case for case in cases()}
SOME = ("scenes/flange_assembly", "scenes/camera_orbit")  # a blurred surface; the numbers of cameras and points


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_the_oldest_instructions_make_the_same_bytes(name: str, tmp_path: Path) -> None:
    count, others = differing(CASES[name], tmp_path, oldest(), frames=1)

    assert count > 5
    assert others == []


def test_every_library_is_held_back() -> None:
    held = oldest()

    assert set().union(*OLDEST.values()) == set(held)
    assert "{" not in "".join(held.values())


def test_pictures_are_made_small() -> None:
    assert small("a: {resolution: [640, 480], name: x}") == "a: {resolution: [160, 120], name: x}"
    assert small("resolution: [100, 64]") == "resolution: [48, 48]"


def test_all_scenes_and_scripts_are_cases() -> None:
    assert {"scenes/steel_strip", "scripts/augmentations"} <= set(CASES)
