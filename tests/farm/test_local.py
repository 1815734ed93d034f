"""Rendering in this process leaves other libraries as they were; one table names the farms."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadArgument
from rendersdg.farm import FARMS
from rendersdg.farm.job import Job
from rendersdg.farm.local import render_here
from rendersdg.farm.processes import render_locally
from tests.conftest import Opener


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
