"""Counting frames and reads, and their limit."""

from __future__ import annotations

import pytest

from rendersdg.replicator.engine import Engine
from rendersdg.replicator.unwinding import FramesLimit


def test_the_limit_holds_for_frames_and_for_reads_but_not_for_previews(engine: Engine) -> None:
    captures = engine.captures
    captures.limit = 2
    captures.capture(), captures.capture()
    captures.capture(write=False)
    with pytest.raises(FramesLimit):
        captures.capture()
    for _ in range(2):
        captures.is_due = True
        captures.latest()
    captures.is_due = True
    with pytest.raises(FramesLimit):
        captures.latest()

    assert (captures.frame, captures.reads) == (2, 2)


def test_annotators_read_the_last_capture_until_the_application_updates(engine: Engine) -> None:
    captures = engine.captures
    assert captures.latest() is None

    captures.capture()
    first = captures.latest()
    assert first is captures.last and captures.reads == 0
    captures.is_due = True
    assert captures.latest() is not first and captures.reads == 1


def test_an_event_is_sent_once_a_frame_and_again_after_a_read(engine: Engine) -> None:
    captures = engine.captures
    captures.send_event("go"), captures.send_event("go")
    assert engine.recorder.graph.sent == {"go": [0]}

    captures.reads += 1
    captures.send_event("go")

    assert engine.recorder.graph.sent == {"go": [0, 0]}
