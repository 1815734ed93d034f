"""Training in several processes: the step of the whole batch, the same weights whatever is lost, errors told once."""

from __future__ import annotations

import copy
import csv
import multiprocessing
import os
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detectors.mix import alone
from detectors.samples import write_coco
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from tests import commands
from tests.detectors.runs import SET, SMALL, command, same, weights
from tests.detectors.sets import plain, squares

torch = pytest.importorskip("torch")

from detectors import checkpoint  # noqa: E402
from detectors.batches import Batches  # noqa: E402
from detectors.contract import DETECTORS  # noqa: E402
from detectors.preprocess import Preprocess  # noqa: E402
from detectors.train import (  # noqa: E402
    _number,
    _parameter_groups,
)
from rendersdg.farm.processes import (  # noqa: E402
    LostProcess,
    Meeting,
    Training,
    a_machine,
    see_through,
    train_here,
    until_done,
)

pytestmark = pytest.mark.extra


@pytest.mark.slow
def test_a_step_of_two_processes_takes_the_mean_gradient_of_the_halves(tmp_path: Path) -> None:
    """Against the slow obvious way: each half of the batch in turn, in one process."""
    mix, recipe = alone(squares(tmp_path / "data")), replace(SMALL, steps=1, warmup=0)
    torch.manual_seed(_number(recipe.seed, "start"))
    start = DETECTORS["yolo11n"](2, 64).train()
    batch = Batches(mix.stages[0], Preprocess(64), recipe, range(1))[0]
    halves = [copy.deepcopy(start) for _ in range(2)]
    losses: list[Any] = []
    for k, half in enumerate(halves):
        parts = half.losses(batch.images[k::2].to(memory_format=torch.channels_last), batch.targets[k::2])
        loss = sum(parts.values())
        loss.backward()
        losses.append(loss.detach())
    names = {id(p): name for name, p in start.named_parameters()}
    order = [names[id(p)] for group in _parameter_groups(start, recipe) for p in group["params"]]
    gradients = {n: sum(dict(h.named_parameters())[n].grad for h in halves) / 2 for n in order}  # type: ignore[misc]
    length = torch.sqrt(sum((g**2).sum() for g in gradients.values()))  # type: ignore[arg-type]

    record = train_here(Training(mix, recipe, tmp_path / "run"), 2)

    state = checkpoint.load(tmp_path / "run" / "checkpoint.pt")
    assert record is not None and record["processes"] == 2 and record["recipe"]["processes"] == 2
    assert state["unlogged"]["loss"] == pytest.approx(float(sum(losses)) / 2, rel=1e-3)
    for k, name in enumerate(order):
        taken = state["optimizer"]["state"][k]["exp_avg"] / (1 - 0.9)  # Adam's first mean
        wanted = gradients[name] * min(1.0, recipe.clip / float(length))
        assert float((taken - wanted).norm()) <= 0.005 * float(wanted.norm()) + 1e-6, name
    running = {
        k: v for k, v in halves[0].state_dict().items() if "running" in k
    }  # of the first half: the first process's
    assert running and all(torch.allclose(state["model"][k], v, rtol=1e-4, atol=1e-5) for k, v in running.items())


@pytest.mark.slow
def test_a_killed_process_is_started_again_and_the_weights_are_the_same(tmp_path: Path) -> None:
    data = squares(tmp_path / "data")
    write_coco(data, tmp_path / "train.json")
    more = ["--workers", "2", "--set", "check_every=10", "--val", str(tmp_path / "train.json")]
    whole = command(tmp_path / "train.json", "-o", tmp_path / "whole", *SET, *more, fresh=True)
    assert whole.returncode == 0 and "30 steps in" in whole.stdout and whole.stdout.count("mAP50 ") == 3, whole.stderr
    kept = tmp_path / "torn" / "checkpoint.pt"
    process = commands.start("train", tmp_path / "train.json", "-o", tmp_path / "torn", *SET, *more)
    until = time.monotonic() + 120
    while not kept.exists() and time.monotonic() < until:
        time.sleep(0.01)
    workers = [
        int(p)
        for p in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()
    ]
    os.kill(workers[-1], signal.SIGKILL)
    torn = process.wait(timeout=300)

    assert torn.returncode == 0 and "Traceback" not in torn.stderr, torn.stderr
    assert "signal 9); starting again from the last checkpoint" in torn.stdout
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "torn"))
    assert same(
        checkpoint.load(tmp_path / "whole/best.pt")["weights"], checkpoint.load(tmp_path / "torn/best.pt")["weights"]
    )
    for name in ("log.csv", "checks.csv"):
        rows = [list(csv.DictReader((tmp_path / run / name).open())) for run in ("whole", "torn")]
        assert rows[0] == rows[1] and rows[0]
    alone_again = command(tmp_path / "train.json", "-o", tmp_path / "torn", "--resume", *SET, *more, "--workers", "1")
    assert alone_again.returncode == 4 and "processes was 2" in alone_again.stderr


@pytest.mark.slow
def test_errors_of_processes_are_told_once(tmp_path: Path) -> None:
    write_coco(squares(tmp_path / "data"), tmp_path / "train.json")
    odd = command(tmp_path / "train.json", "-o", tmp_path / "odd", *SET, "--workers", "2", "--set", "batch=5")
    (tmp_path / "data" / "003.png").write_bytes(b"\x89PNG torn")
    corrupt = command(tmp_path / "train.json", "-o", tmp_path / "corrupt", *SET, "--workers", "2")
    unknown = command(tmp_path / "train.json", "-o", tmp_path / "none", *SET, "--farm", "moon")

    assert odd.returncode == 2 and odd.stderr.count("batch=5 cannot be shared by 2 processes; --set batch=6") == 1
    assert corrupt.returncode == 4 and corrupt.stderr.count("003.png is not a readable image") == 1
    assert unknown.returncode == 2 and "local, ray, slurm" in unknown.stderr
    assert all("Traceback" not in told.stderr for told in (odd, corrupt, unknown))


def of_a_node(training: Training, meeting: Meeting, results: Any) -> None:
    results.put(train_here(training, 1, meeting))


@pytest.mark.slow
def test_two_machines_meet_and_one_has_the_record(tmp_path: Path) -> None:
    data = squares(tmp_path / "data")
    train_here(Training(alone(data), SMALL, tmp_path / "one", data), 2)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    for k in range(2):
        training = Training(alone(data), SMALL, tmp_path / "two", data)
        context.Process(target=of_a_node, args=(training, Meeting(endpoint, 2, k == 0), results)).start()
    records = [results.get(timeout=240) for _ in range(2)]

    assert sum(r is None for r in records) == 1
    assert same(weights(tmp_path / "one"), weights(tmp_path / "two"))


def test_a_loss_is_tried_three_times_unless_there_is_a_new_checkpoint(tmp_path: Path) -> None:
    training = Training(alone(plain(4)), SMALL, tmp_path)
    told: list[str] = []
    starts: list[bool] = []

    def start(training: Training) -> dict[str, Any]:
        starts.append(training.resume)
        if len(starts) in (2, 4):  # it gets on before it is lost
            (tmp_path / "checkpoint.pt").write_bytes(b"")
            os.utime(tmp_path / "checkpoint.pt", (len(starts), len(starts)))
        if len(starts) == 6:
            return {"steps": 9}
        raise LostProcess("process 1 was killed (signal 9)")

    def always(training: Training) -> dict[str, Any]:
        raise LostProcess("process 0 ended with 1: out of memory")

    def mistaken(training: Training) -> dict[str, Any]:
        raise DatasetError("no disk")

    assert until_done(training, start, told.append) == {"steps": 9}
    assert starts == [False] + [True] * 5 and len(told) == 5
    with pytest.raises(TrainingFailed, match="out of memory, 3 times with no checkpoint between"):
        until_done(training, always, told.append)
    with pytest.raises(DatasetError, match="no disk"):
        until_done(training, mistaken, told.append)
    assert len(told) == 7


def test_the_cause_is_raised_before_its_consequence_and_the_others_are_cancelled(tmp_path: Path) -> None:
    cancelled: list[int] = []
    rounds = iter([{}, {1: LostProcess("connection closed")}, {0: DatasetError("disk full")}])

    with pytest.raises(DatasetError, match="disk full"):
        see_through(
            Training(alone(plain(4)), SMALL, tmp_path), 3, lambda: next(rounds), lambda: cancelled.append(1), 0.0
        )

    assert cancelled == [1]
    assert see_through(
        Training(alone(plain(4)), SMALL, tmp_path),
        2,
        lambda: {0: None, 1: {"steps": 3}},
        lambda: cancelled.append(2),
        0.0,
    ) == {"steps": 3}
    assert cancelled == [1]
    assert a_machine(8, 2) == 4
    with pytest.raises(BadArgument, match="8 workers on 3 nodes"):
        a_machine(8, 3)


@pytest.mark.slow
@pytest.mark.parametrize("farm", ["slurm", "ray"])
def test_farms_train_as_one_machine_does(farm: str, tmp_path: Path) -> None:
    pytest.importorskip({"slurm": "submitit", "ray": "ray"}[farm])
    write_coco(squares(tmp_path / "data"), tmp_path / "train.json")
    steps = [*SET, "--set", "steps=4", "--workers", "2"]
    options = (
        ["--farm-option", "cluster=local", "--farm-option", f"folder={tmp_path / 'logs'}"] if farm == "slurm" else []
    )
    here = command(tmp_path / "train.json", "-o", tmp_path / "here", *steps)

    there = command(tmp_path / "train.json", "-o", tmp_path / "there", *steps, "--farm", farm, *options)

    assert here.returncode == there.returncode == 0, there.stderr
    assert same(weights(tmp_path / "here"), weights(tmp_path / "there"))
