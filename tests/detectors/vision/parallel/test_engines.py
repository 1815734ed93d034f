"""Engines: every layout learns what one process learns, step by step, and keeps its part of everything."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from detectors.vision.parallel.training import Split  # noqa: E402
from tests.detectors.vision.parallel.processes import together  # noqa: E402
from tests.detectors.vision.parallel.runs import same_losses, trained  # noqa: E402

pytestmark = pytest.mark.extra


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "layout"),
    [*(("gpt", f"{how}=2") for how in ("dp", "fsdp", "tp", "pp")), ("classify", "fsdp=2"), ("classify", "tp=2"),
     ("mae", "dp=2"), ("mae", "pp=2")],
)  # fmt: skip
def test_two_processes_learn_what_one_learns(kind: str, layout: str, tmp_path: Path) -> None:
    epochs = 1 if kind == "mae" else 5
    record = together(2, trained, kind, Split(layout), tmp_path, epochs)[0]

    same_losses(record, kind, epochs)
    assert record["processes"] == 2 and record["layout"] == layout


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["dp=4", "fsdp=4", "tp=4", "pp=4"])
def test_four_processes_learn_what_one_learns(layout: str, tmp_path: Path) -> None:
    same_losses(together(4, trained, "gpt", Split(layout), tmp_path)[0], "gpt")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["dp=2,fsdp=2", "dp=2,tp=2", "fsdp=2,tp=2", "pp=2,dp=2", "pp=2,fsdp=2", "pp=2,tp=2"])
def test_products_of_layouts_learn_what_one_process_learns(layout: str, tmp_path: Path) -> None:
    same_losses(together(4, trained, "gpt", Split(layout), tmp_path, 1)[0], "gpt", epochs=1)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["dp=2", "fsdp=2", "tp=2", "pp=2"])
def test_parts_of_a_batch_change_nothing_in_any_layout(layout: str, tmp_path: Path) -> None:
    split = Split(layout, accumulate=2, recomputes=True)
    same_losses(together(2, trained, "gpt", split, tmp_path, 1)[0], "gpt", epochs=1)


@pytest.mark.slow
def test_a_process_keeps_its_part_of_everything(tmp_path: Path) -> None:
    """By hand: FSDP halves all; tensor parallel halves the matrices of blocks; a pipeline halves the blocks."""
    layouts = ("dp=2", "fsdp=2", "tp=2", "pp=2")
    runs = [together(2, trained, "gpt", Split(layout), tmp_path / layout, 1)[0] for layout in layouts]
    dp, fsdp, tp, pp = (run["bytes"] for run in runs)
    d, blocks = 32, 4
    matrices = 12 * d * d + 7 * d  # of a block: 3 + 1 + 4 + 4 products, and the 3 + 4 widths of biases that are cut
    kept = 4 * d + 2 * d  # of a block: two norms, and the biases after the two sums
    ends = 8 * d + 16 * d + 3 * d + 2 * d + 8 * d  # levels, places, classes, the last norm, what is said
    whole = blocks * (matrices + kept) + ends

    assert dp["parameters"] == dp["gradients"] == 4 * whole
    assert tp["parameters"] == tp["gradients"] == 4 * (blocks * (matrices // 2 + kept) + ends)
    assert fsdp["parameters"] == fsdp["gradients"] == pytest.approx(4 * whole / 2, abs=4 * 2 * d)  # 3 classes on 2
    assert pp["parameters"] == 4 * (2 * (matrices + kept) + 8 * d + 16 * d + 3 * d)
    names = 3 + 1 + blocks * (3 * 2 + 2 + 4 + 4) + 3 - 1  # tensors: each has a count of steps beside two moments
    assert dp["optimizer"] == 2 * dp["parameters"] + 4 * names
