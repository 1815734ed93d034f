"""Progress: what is said until the first frame is done, and how long the rest takes."""

from __future__ import annotations

import sys
import threading

import pytest

from rendersdg import progress
from rendersdg.progress import FrameProgress, step


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_time_left_is_of_frames_never_of_what_came_before(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    with FrameProgress(None, "render", clock=clock) as shown:
        clock.now += 1000.0  # opening the scene
        shown.expect(20)
        for frame in range(3):
            clock.now += 6.0
            shown(frame, {})

    assert capsys.readouterr().err.splitlines() == [
        "render: 1/20 frames",
        "render: 2/20 frames, 0.17 frames/s, 108 s left",
        "render: 3/20 frames, 0.17 frames/s, 102 s left",
    ]


def test_what_an_earlier_run_did_counts_as_done_and_not_for_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()

    with FrameProgress(100, "train", unit="steps", done=50, clock=clock) as shown:
        clock.now += 300.0
        shown(50, {})
        clock.now += 10.0
        shown(60, {}, 10)

    assert capsys.readouterr().err.splitlines() == [
        "train: 51/100 steps",
        "train: 61/100 steps, 1.00 steps/s, 39 s left",
    ]


def test_the_bar_counts_frames_alone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    clock = Clock()

    with FrameProgress(None, "render", clock=clock) as shown:
        clock.now += 1000.0
        shown.expect(10)
        assert shown._bar is not None
        task = shown._bar.tasks[0]
        with step("opening scene a.yaml"):
            assert task.description == "render: opening scene a.yaml"
            with step("loading asset b.usd"):
                assert task.description == "render: loading asset b.usd"
            assert task.description == "render: opening scene a.yaml"
        for frame in range(3):
            clock.now += 2.0
            shown(frame, {})

        assert (task.description, task.completed, task.total) == ("render", 3, 10)
        assert task.time_remaining == 14.0
        assert task.fields["rate"] == "0.50 frames/s"


def test_a_long_step_is_said_in_a_log_and_a_short_one_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    timers: list[FakeTimer] = []

    class FakeTimer:
        daemon = False

        def __init__(self, after: float, say: object, arguments: tuple[str, ...]) -> None:
            self.after, self.say, self.arguments, self.runs = after, say, arguments, False
            timers.append(self)

        def start(self) -> None:
            self.runs = True

        def cancel(self) -> None:
            self.runs = False

        def strike(self) -> None:
            if self.runs:
                self.say(*self.arguments)  # type: ignore[operator]

    monkeypatch.setattr(threading, "Timer", FakeTimer)

    with FrameProgress(1, "render") as shown:
        with step("opening scene a.yaml"):
            pass
        with step("loading asset b.usd"):
            for timer in timers:
                timer.strike()
        shown(0, {})
        with step("loading asset c.usd"):
            pass

    assert [timer.after for timer in timers] == [progress._LONG] * 2
    assert capsys.readouterr().err.splitlines() == ["render: loading asset b.usd", "render: 1/1 frame"]


def test_nothing_listens_where_no_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with FrameProgress(1, "render", quiet=True) as shown, step("opening scene"):
        shown(0, {})
    with step("opening scene"):
        pass

    assert capsys.readouterr().err == ""
