"""Jobs: the commands start processes, here and on a farm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import rendersdg
from tests.detectors.sets import archive, coloured

torch = pytest.importorskip("torch")

from detectors.vision.gpt import load_gpt  # noqa: E402

pytestmark = pytest.mark.extra


SIZES = ("--size", 4, "--levels", 8, "--width", 32, "--heads", 4, "--depth", 2, "--epochs", 2, "--batch", 8)


@pytest.mark.slow
def test_the_command_starts_processes_and_goes_on_under_another_layout(tmp_path: Path) -> None:
    data = archive(coloured(24, size=8), tmp_path / "data.npz")
    run = ("vision", "gpt", data, "-o", tmp_path / "run", *SIZES)
    plain = rendersdg("vision", "gpt", data, "-o", tmp_path / "plain", *SIZES)

    split = rendersdg(*run, "--workers", 2, "--layout", "tp=2", "--checkpoint-every", 2)

    assert split.split(" bits")[0].splitlines()[-1] == plain.split(" bits")[0].splitlines()[-1]
    assert (tmp_path / "run/samples.png").is_file() and load_gpt(tmp_path / "run")[2] == ("red", "green", "blue")
    assert "go on with --resume" in rendersdg(*run, code=4)
    assert "bits a dimension" in rendersdg(*run, "--resume")
    refused = rendersdg(
        "vision", "gpt", data, "-o", tmp_path / "no", *SIZES, "--workers", 2, "--layout", "tp=3", code=2
    )
    assert "needs 3 processes, not 2; --workers 3" in refused
    refused = rendersdg("vision", "gpt", data, "-o", tmp_path / "no", *SIZES, "--workers", 3, code=2)
    assert "--batch 8 cannot be cut into 3 equal parts" in refused and "W1" not in refused
    whole = rendersdg("vision", "gpt", data, "-o", tmp_path / "plain", *SIZES, "--workers", 2, "--resume", code=4)
    assert "holds a run of one process without --layout" in whole


@pytest.mark.slow
def test_a_farm_learns_what_this_machine_learns(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    data = archive(coloured(24, size=8), tmp_path / "data.npz")
    farm = ("--farm", "slurm", "--farm-option", "cluster=local", "--farm-option", f"folder={tmp_path / 'logs'}")
    base = ("vision", "classify", data, *SIZES[:2], "--patch", 2, *SIZES[4:], "--workers", 2, "--layout", "fsdp=2")

    rendersdg(*base, "-o", tmp_path / "here")
    rendersdg(*base, "-o", tmp_path / "there", *farm)

    here, there = ((tmp_path / name / "steps.csv").read_text() for name in ("here", "there"))
    assert here == there and here.count("\n") == 7
