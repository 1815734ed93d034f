"""Frames on SLURM: the same bytes, also of a task that was cancelled. It needs a cluster: tests/slurm/start.sh."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detectors.samples import write_coco
from tests.conftest import ROOT
from tests.datasets import run, sums
from tests.detectors.runs import COMMAND, SET, command, same, weights
from tests.detectors.sets import squares
from tests.farm.clusters import has_slurm


@pytest.mark.slow
@pytest.mark.extra
def test_submitit_makes_the_same_bytes(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    run(
        "render",
        scene_file,
        "-o",
        tmp_path / "out",
        "--seed",
        "5",
        "--farm",
        "slurm",
        "--workers",
        "2",
        "--task-frames",
        "4",
        "-q",
        "--farm-option",
        "cluster=local",
        "--farm-option",
        f"folder={tmp_path / 'logs'}",
    )

    assert sums(tmp_path / "out") == sums(whole_dataset)


@pytest.mark.slow
@pytest.mark.extra
@pytest.mark.skipif(not has_slurm(), reason="no SLURM answers; tests/slurm/start.sh sets one up")
def test_slurm_runs_an_array_and_a_cancelled_task_again(scene_file: Path, whole_dataset: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "rendersdg.cli",
        "render",
        scene_file,
        "-o",
        tmp_path / "out",
        "--seed",
        "5",
        "--farm",
        "slurm",
        "--workers",
        "4",
        "--task-frames",
        "3",
        "-q",
        "--farm-option",
        f"folder={tmp_path / 'logs'}",
        "--farm-option",
        "mem=1G",
        "--farm-option",
        "time=5",
    ]
    process = subprocess.Popen(list(map(str, command)), cwd=ROOT)
    cancelled = None
    for _ in range(600):
        told = subprocess.run(["squeue", "-h", "-r", "-o", "%i %T"], capture_output=True, text=True).stdout.split("\n")
        tasks = [line.split()[0] for line in told if line]
        if len(tasks) >= 4 and cancelled is None:
            cancelled = tasks[-1]
            subprocess.run(["scancel", cancelled], check=True)
            break
        time.sleep(0.1)
    assert process.wait(300) == 0
    assert cancelled is not None and sums(tmp_path / "out") == sums(whole_dataset)


@pytest.mark.slow
@pytest.mark.extra
@pytest.mark.skipif(not has_slurm(), reason="no SLURM answers; tests/slurm/start.sh sets one up")
def test_slurm_goes_on_with_a_job_that_was_cancelled(tmp_path: Path) -> None:
    write_coco(squares(tmp_path / "data"), tmp_path / "train.json")
    steps = [*SET, "--set", "steps=60", "--workers", "2"]
    here = command(tmp_path / "train.json", "-o", tmp_path / "here", *steps)
    options = [f"folder={tmp_path / 'logs'}", "mem=6G", "time=10"]
    process = subprocess.Popen(
        [
            *COMMAND,
            str(tmp_path / "train.json"),
            "-o",
            str(tmp_path / "there"),
            *steps,
            "--farm",
            "slurm",
            *(f"--farm-option={option}" for option in options),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while not (tmp_path / "there" / "checkpoint.pt").exists() and time.monotonic() < until:
        time.sleep(0.1)
    jobs = subprocess.run(["squeue", "-h", "-o", "%i"], capture_output=True, text=True).stdout.split()
    subprocess.run(["scancel", *jobs], check=True)
    said, _ = process.communicate(timeout=300)

    assert here.returncode == process.returncode == 0 and len(jobs) == 1
    assert "left the queue without a result" in said and "starting again from the last checkpoint" in said
    assert same(weights(tmp_path / "here"), weights(tmp_path / "there"))
