"""How far a run goes, and who makes its frames."""

from __future__ import annotations

import pytest

from rendersdg.replicator.engine import Engine
from rendersdg.replicator.unwinding import Recorded


def test_a_run_ends_where_it_was_told_and_an_endless_one_after_ten_frames(engine: Engine) -> None:
    engine.runs.start(3)
    engine.runs.complete()
    assert (engine.captures.frame, engine.runs.is_started, engine.runs.advance()) == (3, False, False)

    engine.runs.start(None)
    engine.runs.complete()

    assert engine.captures.frame == 10
    assert any("has no end" in entry["text"] for entry in engine.recorder.report.as_json())


def test_a_script_that_stepped_makes_its_frames_in_order_itself(engine: Engine) -> None:
    elsewhere: list[int] = []
    engine.runs.spread = elsewhere.append
    engine.runs.start(4)
    engine.runs.complete()
    assert elsewhere == [4] and engine.captures.frame == 4

    engine.captures.frame, engine.runs.has_stepped = 0, True
    engine.runs.start(2)
    engine.runs.complete()

    assert elsewhere == [4] and engine.captures.frame == 2


def test_a_script_that_records_alone_stops_where_its_frames_begin(engine: Engine) -> None:
    engine.runs.records_only = True
    engine.runs.complete()
    engine.runs.start(2)

    with pytest.raises(Recorded):
        engine.runs.complete()
