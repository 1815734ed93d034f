"""The clock: who listens, and to what."""

from __future__ import annotations

import pytest

from rendersdg.replicator.engine import Engine


def test_step_listeners_are_told_of_each_physics_step(engine: Engine) -> None:
    steps: list[float] = []
    engine.clock.step_listeners.append(steps.append)

    engine.clock.pass_time(0.05)

    assert steps == [pytest.approx(1 / 60)] * 3
    assert engine.timeline.time == pytest.approx(0.05)


def test_a_listener_that_lets_time_pass_is_not_told_of_that(engine: Engine) -> None:
    times: list[float] = []

    def listen(time: float) -> None:
        times.append(time)
        engine.clock.pass_time(0.5)

    engine.clock.time_listeners.append(listen)
    engine.clock.pass_time(0.25)

    assert times == [0.25] and engine.timeline.time == 0.75


def test_rewinding_stops_at_the_start(engine: Engine) -> None:
    engine.timeline.start, engine.timeline.playing = 0.5, True
    engine.clock.pass_frame()

    engine.clock.rewind()

    assert (engine.timeline.time, engine.timeline.playing) == (0.5, False)
