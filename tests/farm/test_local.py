"""Frames on this machine: the same bytes at any number of workers, in any order; other libraries stay as they were."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadArgument
from rendersdg.farm import FARMS
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here
from rendersdg.farm.processes import render_locally
from tests.conftest import Opener
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


def test_opencv_keeps_its_threads(open_scene: Opener, tmp_path: Path) -> None:
    session, dataset = open_scene("box: {create.cube: {}}\n"), Dataset(Store(str(tmp_path)))
    dataset.open(session.header({}, ()), {}, resume=False)
    before = cv2.getNumThreads()
    seen = []
    cv2.setNumThreads(3)
    try:
        render_here(session, dataset, [0], lambda frame, seconds: seen.append(frame))
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)

    assert seen == [0]


def test_one_table_names_the_farms() -> None:
    assert list(FARMS.own) == ["local", "ray", "slurm"]
    with pytest.raises(BadArgument, match="did you mean 'slurm'"):
        FARMS["slurn"]


def test_processes_of_this_machine_have_no_tasks_and_no_options() -> None:
    job = Job("scene.yaml")
    with pytest.raises(BadArgument, match="are for --farm ray and slurm"):
        render_locally(job, "out", [0], 2, lambda frame, seconds: None, task_frames=4)
    with pytest.raises(BadArgument, match="has no option 'nodes'"):
        render_locally(job, "out", [0], 2, lambda frame, seconds: None, options={"nodes": "2"})
