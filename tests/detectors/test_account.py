"""What training says while it runs: means since the last line, rate without checks, the time left."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.account import Account, in_words, opening, steps_a_line, steps_of
from detectors.recipe import Recipe


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Kept:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def numbers(self, step: int, values: dict[str, float]) -> None:
        self.rows.append((step, dict(values)))

    def close(self, files: object) -> None:
        del files


def test_a_line_has_means_rate_memory_and_the_time_left() -> None:
    lines: list[str] = []
    clock, kept = Clock(), Kept()
    account = Account(lines.append, 40, 4, 100, loggers=[kept], memory=lambda: 2_500_000_000, clock=clock)
    account.begin()
    for value in (1.0, 3.0):
        clock.now += 0.5
        account.add({"loss": value, "box": value / 2, "gradient": 9})
    clock.now += 7  # a check

    account.say(2, {"mAP50": 0.25}, "the best so far: run/best.pt")

    assert lines == [
        "epoch 0.2/10, step 2/100: loss 2 (box 1), mAP50 0.250, 8.0 images/s, 2.5 GB, 7 min left; "
        "the best so far: run/best.pt"
    ]
    want = {"loss/loss": 2.0, "loss/box": 1.0, "gradient": 9.0, "val/mAP50": 0.25, "images_per_second": 8.0}
    assert kept.rows == [(2, want)]
    clock.now += 1
    account.add({"loss": 5.0})
    account.say(3)
    assert lines[1].startswith("epoch 0.3/10, step 3/100: loss 5, 4.0 images/s")  # nothing of before, no check


def test_a_resumed_stage_counts_its_own_steps_for_the_time_left_and_the_last_line_has_none() -> None:
    lines: list[str] = []
    clock = Clock()
    account = Account(lines.append, 0, 4, 100, done=90, memory=lambda: None, clock=clock)
    account.begin()
    clock.now += 2
    account.add({"loss": 1.0})
    account.say(91)
    account.say(100)

    assert lines == ["step 91/100: loss 1, 2.0 images/s, 18 s left", "step 100/100: "]


@given(images=st.integers(0, 10_000), batch=st.integers(1, 64), steps=st.integers(1, 50_000))
def test_lines_come_at_whole_epochs_and_are_200_at_most(images: int, batch: int, steps: int) -> None:
    every = steps_a_line(images, batch, steps)

    assert every >= 20 and steps // every <= 200
    assert not images or every % steps_of(1, images, batch) == 0


@pytest.mark.parametrize(("epochs", "images", "batch", "steps"), [(1, 16, 16, 1), (3, 100, 16, 19), (2, 1, 8, 1)])
def test_epochs_are_as_many_steps_as_show_each_image_so_often(epochs: int, images: int, batch: int, steps: int) -> None:
    assert steps_of(epochs, images, batch) == steps


def test_the_first_line_says_what_will_run_and_where_the_best_is() -> None:
    line = opening("train", Recipe(steps=100, batch=8), 400, "2 threads of the CPU", is_checked=True)

    assert re.search(r"fcos_resnet18, 320 pixels.*100 steps of 8 images \(2 epochs of 400 images\).*best.pt", line)
    assert "best.pt" not in opening("train", Recipe(), 0, "cuda", is_checked=False)
    assert in_words(7199) == "2 h 0 min"
