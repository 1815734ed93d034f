"""The timeline: bounds, loops, and what a stage says of them."""

from __future__ import annotations

import pytest
from pxr import Usd

from rendersdg.replicator.timeline import Timeline


def test_a_looping_timeline_begins_anew_and_another_stops_at_its_end() -> None:
    looping, stopping = Timeline(end=1.0, playing=True), Timeline(end=1.0, playing=True, looping=False)
    for timeline in (looping, stopping):
        timeline.forward(1.25)

    assert (looping.time, looping.playing) == (0.25, True)
    assert (stopping.time, stopping.playing) == (1.0, False)


def test_another_stage_brings_its_rate_and_range() -> None:
    stage = Usd.Stage.CreateInMemory()
    stage.SetTimeCodesPerSecond(30)
    stage.SetStartTimeCode(15)
    stage.SetEndTimeCode(60)
    timeline = Timeline(time=9.0, playing=True, looping=False)

    timeline.restart(stage)

    assert timeline == Timeline(rate=30.0, time=0.5, start=0.5, end=2.0)


def test_a_stage_that_says_nothing_gives_what_a_new_timeline_has() -> None:
    timeline = Timeline(rate=1.0, end=5.0)

    timeline.restart(Usd.Stage.CreateInMemory())

    assert timeline.rate == pytest.approx(24.0) and timeline.end == Timeline().end
