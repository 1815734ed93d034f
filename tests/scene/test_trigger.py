"""Triggers of scenes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from rendersdg.scene import trigger
from rendersdg.scene.recorder import recording


def test_names_are_unique(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        for _ in range(3):
            trigger.on_frame(name="beat")

    assert [t.name for t in recorder.graph.triggers] == ["beat", "beat_01", "beat_02"]


def test_each_kind_keeps_what_it_waits_for(tmp_path: Path) -> None:
    with recording(tmp_path):
        frame, time = trigger.on_frame(interval=2, max_execs=5), trigger.on_time(interval=0.5, num=3)
        event, condition = trigger.on_custom_event("go"), trigger.on_condition(lambda: True)

    assert (frame.kind, frame.interval, frame.max_execs) == ("frame", 2, 5)
    assert (time.kind, time.interval, time.max_execs) == ("time", 0.5, 3)
    assert event.event == "go" and condition.condition is not None and condition.condition()


def test_old_names_are_noted_and_must_agree(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        assert trigger.on_frame(num_frames=4).max_execs == 4
        with pytest.raises(BadArgument, match="disagree"):
            trigger.on_frame(num_frames=4, max_execs=5)

    assert any("deprecated" in e["text"] for e in recorder.report.as_json())
