"""Ranges of frames: each frame done once, whatever is lost on the way."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadArgument
from rendersdg.farm.job import Job, opened
from rendersdg.farm.ranges import Range, RangeResult, after_loss, drive, options_of, ranges, render_range


@given(st.integers(0, 400), st.integers(1, 40), st.one_of(st.none(), st.integers(1, 50)))
def test_every_frame_is_in_one_task(count: int, workers: int, size: int | None) -> None:
    tasks = ranges(range(count), workers, size)

    assert [f for t in tasks for f in t.frames] == list(range(count))
    assert all(0 < len(t.frames) <= (size or 64) for t in tasks)
    assert size or len(tasks) >= min(count, 4 * workers) // 2  # a worker has something to go on with


@given(st.integers(0, 2**32), st.sets(st.integers(0, 29), max_size=3), st.floats(0, 0.6))
@settings(max_examples=60, deadline=None)
def test_frames_are_done_once_and_only_what_always_kills_is_given_up(
    seed: int, deadly: set[int], chance: float
) -> None:
    rng = random.Random(seed)
    done: list[int] = []
    numbers = iter(range(10_000))
    lost_at_random: dict[int, int] = {}

    def wait(running: Mapping[int, Range]) -> dict[int, RangeResult | None]:
        handle = rng.choice(list(running))
        frames = running[handle].frames
        lost = bool(deadly & set(frames))
        if not lost and rng.random() < chance and all(lost_at_random.get(f, 0) < 1 for f in frames):
            lost = True
            for f in frames:
                lost_at_random[f] = 1
        return {
            handle: None
            if lost
            else RangeResult({f: {} for f in frames if f % 7}, {f: "bad" for f in frames if not f % 7})
        }

    report, failed = drive(
        ranges(range(30), 3), lambda task: next(numbers), wait, lambda frame, seconds: done.append(frame), most=4
    )

    bad = {f for f in range(30) if not f % 7}
    assert sorted(done) == [f for f in range(30) if f not in deadly | bad] and report == []
    assert set(failed) >= deadly | (bad - deadly) and all("lost" in failed[f] for f in deadly)


def test_a_lost_task_is_tried_whole_then_frame_by_frame_then_given_up() -> None:
    task = Range((4, 5, 6))

    [again], none = after_loss(task)
    single, nothing = after_loss(again)

    assert (again.frames, none, nothing) == ((4, 5, 6), (), ())
    assert [s.frames for s in single] == [(6,), (5,), (4,)]
    assert after_loss(single[0]) == ([Range((6,), 1)], ()) and after_loss(Range((6,), 2)) == ([], (6,))


def test_options_that_cannot_be_are_told() -> None:
    with pytest.raises(BadArgument, match="no option 'colour'; it has time"):
        options_of({"colour": "red"}, {"time": int}, "slurm")
    with pytest.raises(BadArgument, match="'soon' is no int"):
        options_of({"time": "soon"}, {"time": int}, "slurm")


def begin(path: Path, out: str) -> None:
    """Open a dataset for frames to be committed to."""
    with opened(Job(str(path), seed=5)) as (session, sources):
        Dataset(Store(out)).open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)


def test_a_task_renders_what_is_missing(scene_file: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    begin(scene_file, out)
    job = Job(str(scene_file), seed=5).absolute()

    level = logging.getLogger("rendersdg").level
    first, second = render_range(job, out, (2, 3)), render_range(job, out, (1, 2, 3))

    assert sorted(first.seconds) == [2, 3] and sorted(second.seconds) == [1] and not first.failed
    assert logging.getLogger("rendersdg").level == level


def test_a_frame_that_fails_is_told_and_the_rest_completes(
    scene_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from rendersdg.orchestrator.session import Session

    make = Session.make

    def poisoned(self: Session, frame: int) -> Any:
        if frame == 2:
            raise ZeroDivisionError("by this frame")
        return make(self, frame)

    monkeypatch.setattr(Session, "make", poisoned)
    out = str(tmp_path / "out")
    begin(scene_file, out)

    result = render_range(Job(str(scene_file), seed=6).absolute(), out, range(4))

    assert sorted(result.seconds) == [0, 1, 3] and result.failed == {2: "ZeroDivisionError: by this frame"}
