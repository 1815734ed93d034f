"""Frames on this machine: the same bytes at any number of workers, in any order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here
from tests.datasets import run, sums


@pytest.mark.slow
def test_two_workers_make_the_bytes_of_one(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    run("render", scene_file, "-o", tmp_path / "out", "--seed", "5", "--workers", "2", "-q")

    assert sums(tmp_path / "out") == sums(whole_dataset)
    assert len(sums(whole_dataset)) > 60


def test_shuffled_order_makes_the_same_bytes(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    order = list(range(12))
    random.Random(1).shuffle(order)
    with opened(Job(str(scene_file), seed=5)) as (session, sources):
        session.snapshot(0)
        report = session.recorder.report.as_json()
        dataset = Dataset(Store(str(tmp_path / "out")))
        dataset.open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)
        render_here(session, dataset, order, lambda frame, seconds: None)
        dataset.finish(session.finisher(), report)

    assert sums(tmp_path / "out") == sums(whole_dataset)
