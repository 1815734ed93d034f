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
    from tests.dataset.faulty import Fault
    from tests.dataset.faulty_s3 import faulty_bucket

    cases = {  # command: a fault, at which call, and whether it lasts
        "render": ("time-out, but done", 16, False),
        "render --resume": ("lost connection", 30, False),
        "--resume over another set": ("500", 6, True),
        "verify of a damaged set": ("time-out", 40, False),
        "replay of a damaged set": ("404 for present", 7, True),
        "merge": ("403", 60, True),
    }
    with faulty_bucket() as trial:
        told = {name: trial.trials()[name](Fault(*fault)) for name, fault in cases.items()}

    assert [(name, said) for name, (said, _) in told.items() if said.startswith("WRONG")] == []
    assert all(calls >= cases[name][1] for name, (_, calls) in told.items())  # the fault was met
