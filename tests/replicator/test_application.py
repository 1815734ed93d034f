"""Updates of the application, and when a window loop is over."""

from __future__ import annotations

import pytest

from rendersdg.replicator.application import Application
from rendersdg.replicator.engine import Engine


def updates_until_closed(application: Application) -> int:
    """Return how many updates a window loop gets."""
    count = 0
    while application.can_continue():
        application.update()
        count += 1
    return count


@pytest.mark.parametrize(("is_playing", "most"), [(False, 300), (True, 3000)])
def test_a_loop_in_which_nothing_happens_is_closed(engine: Engine, is_playing: bool, most: int) -> None:
    engine.timeline.playing = is_playing

    assert updates_until_closed(engine.application) == pytest.approx(most, abs=1)
    assert engine.application.is_over


def test_an_update_makes_the_next_frame_of_a_run_and_lets_a_playing_timeline_go_on(engine: Engine) -> None:
    engine.runs.start(1)
    engine.timeline.playing = True
    for _ in range(3):
        engine.application.update()

    assert engine.captures.frame == 1
    assert engine.timeline.time == pytest.approx(3 / engine.timeline.rate)


def test_a_step_captures_then_lets_time_pass_and_holds_it(engine: Engine) -> None:
    engine.timeline.playing = True

    engine.application.step(0.5)

    assert (engine.captures.frame, engine.timeline.time, engine.timeline.playing) == (1, 0.5, False)
