"""Killed commands and commands at once, a few of each; kills.py makes as many as one likes."""

from __future__ import annotations

import random

import pytest

from tests.dataset.kills import bench_of, kill_and_resume, twins


@pytest.mark.slow
def test_killed_runs_are_continued_to_the_same_bytes() -> None:
    with bench_of("one", 4) as bench:
        assert kill_and_resume(bench, 3, random.Random(1)) == []


@pytest.mark.slow
def test_two_commands_at_once_never_mix() -> None:
    with bench_of("twins", 2) as bench:
        assert twins(bench, 4, random.Random(1)) == []


@pytest.mark.slow
@pytest.mark.extra
def test_an_s3_server_that_fails_leaves_nothing_that_is_called_good() -> None:
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    from tests.dataset.faulty import run_trials
    from tests.dataset.faulty_s3 import KINDS, faulty_bucket

    with faulty_bucket() as trial:
        _, wrong = run_trials(trial, KINDS, random.Random(1), 0.0007)

    assert wrong == []
