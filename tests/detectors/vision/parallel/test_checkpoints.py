"""Checkpoints: what is lost, other layouts, damage, and code in an index."""

from __future__ import annotations

import os
import pickle
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rendersdg.errors import DatasetError

torch = pytest.importorskip("torch")

from detectors.vision.parallel import checkpoints  # noqa: E402
from detectors.vision.parallel.training import Split, train_split  # noqa: E402
from tests.detectors.vision.parallel.processes import together  # noqa: E402
from tests.detectors.vision.parallel.runs import same_losses, task_of, trained  # noqa: E402

pytestmark = pytest.mark.extra


def stopping(kind: str, split: Split, out: Path, after: int, *, resume: bool = False) -> None:
    """Train until a process is lost: the last one kills itself after some steps."""
    torch.set_num_threads(1)
    task = task_of(kind)
    batches = task.batches
    seen = 0

    def torn(epoch: int) -> Any:
        nonlocal seen
        for batch in batches(epoch):
            if seen == after and os.environ["RANK"] == str(int(os.environ["WORLD_SIZE"]) - 1):
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
            yield batch

    train_split(replace(task, batches=torn), split, out, device="cpu", resume=resume)


@pytest.mark.slow
def test_a_lost_process_costs_what_was_done_since_the_last_checkpoint(tmp_path: Path) -> None:
    kind, split = "mae", Split("fsdp=2", every=4)  # what it covers is drawn anew, too
    with pytest.raises(AssertionError, match=r"was lost|Connection|peer"):
        together(2, stopping, kind, split, tmp_path, 27)
    kept = checkpoints.newest(tmp_path)
    assert kept is not None and kept.name == "checkpoint-000000024"  # of 27; within the third epoch
    assert [folder.name for folder in tmp_path.glob("checkpoint-*/run.json")] == ["run.json"]

    record = together(2, trained, kind, split, tmp_path, 5, True)[0]

    same_losses(record, kind)


@pytest.mark.slow
def test_a_checkpoint_moves_between_layouts(tmp_path: Path) -> None:
    """Each layout takes ten steps of fifty from what another one wrote: weights, moments and place in the data."""
    moves = [(4, "fsdp=4"), (2, "tp=2"), (1, None), (4, "pp=2,fsdp=2"), (2, "dp=2")]
    for k, (world, layout) in enumerate(moves):
        split, out = Split(layout), tmp_path / "run"
        if world == 1:
            ended_after(split, out, 10)
        else:
            together(world, ended_after, split, out, 10)
        assert checkpoints.run_of(checkpoints.newest(out) or out)["step"] == 10 * (k + 1)

    same_losses(checkpoints.run_of(checkpoints.newest(tmp_path / "run") or tmp_path), "gpt")


class Enough(Exception):
    """So many steps are done."""


def ended_after(split: Split, out: Path, steps: int) -> None:
    """Take some steps of a run, to their checkpoint, and leave it."""
    torch.set_num_threads(1)
    task = task_of("gpt")
    batches = task.batches
    begun = checkpoints.newest(out)
    until = (0 if begun is None else checkpoints.run_of(begun)["step"]) + steps

    def some(epoch: int) -> Any:
        for k, batch in enumerate(batches(epoch), epoch * task.steps):
            if k >= until:
                raise Enough
            yield batch

    try:
        train_split(replace(task, batches=some), split, out, device="cpu", resume=True)
    except Enough:
        return
    assert until == 50


def test_a_checkpoint_that_is_not_whole_does_not_count(tmp_path: Path) -> None:
    trained("gpt", Split(), tmp_path, 1)
    kept = checkpoints.newest(tmp_path)
    (tmp_path / "checkpoint-000000020").mkdir()
    assert kept is not None and checkpoints.newest(tmp_path) == kept

    (kept / "run.json").write_text('{"step": "many"}')
    with pytest.raises(DatasetError, match="is not of a checkpoint"):
        checkpoints.run_of(kept)


class Bad:
    def __reduce__(self) -> Any:
        return os.mkdir, ("was-run",)


def test_an_index_that_names_code_is_refused_and_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained("gpt", Split(), tmp_path / "run", 1)
    kept = checkpoints.newest(tmp_path / "run")
    assert kept is not None
    (kept / ".metadata").write_bytes(pickle.dumps(Bad()))

    with pytest.raises(DatasetError, match=r"an index does not hold \w+\.mkdir"):
        trained("gpt", Split(), tmp_path / "run", 1, resume=True)
    assert not (tmp_path / "was-run").exists()


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    trained("gpt", Split(), tmp_path, 1)
    kept = checkpoints.newest(tmp_path)
    assert kept is not None
    for file in kept.glob("*.distcp"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    with pytest.raises(DatasetError, match="checkpoint-000000010 is not a whole checkpoint of this network"):
        trained("gpt", Split(), tmp_path, 1, resume=True)
