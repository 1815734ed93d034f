"""Schedules: closed forms agree with stepping."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rendersdg.graph.nodes import Graph, Node, Trigger
from rendersdg.graph.schedule import Schedule


def slow_firings(trigger: Trigger, frames: int, dt: float) -> list[int]:
    """The obvious simulation: step the clock and fire when due."""
    fired: list[int] = []
    due = 0.0
    for frame in range(frames):
        at = frame if trigger.kind == "frame" else frame * dt
        if at + 1e-9 >= due and (not trigger.max_execs or len(fired) < trigger.max_execs):
            fired.append(frame)
            due += trigger.interval
    return fired


@given(st.sampled_from(["frame", "time"]), st.integers(1, 9), st.integers(0, 6))
def test_closed_form_schedules_equal_stepping(kind: str, interval: int, most: int) -> None:
    every = interval if kind == "frame" else interval / 7
    trigger = Trigger("t", kind, interval=every, max_execs=most)  # type: ignore[arg-type]
    schedule = Schedule(Graph(triggers=[trigger]), 1 / 60)

    assert [f for f in range(60) if schedule.fires(trigger, f)] == slow_firings(trigger, 60, 1 / 60)


def test_conditions_and_events_fire_where_they_should() -> None:
    calls = iter(range(100))
    condition = Trigger("c", "condition", condition=lambda: next(calls) % 3 == 1)
    event = Trigger("e", "event", event="go")
    graph = Graph(triggers=[condition, event])
    graph.nodes.append(Node("send", "utils.send_og_event", {"event_name": "go"}, trigger=condition))
    schedule = Schedule(graph, 1 / 60)

    assert [f for f in range(8) if schedule.fires(event, f)] == [1, 4, 7]
    assert schedule.executions(condition, 7) == 3


def test_a_trigger_before_the_end_fires_at_the_last_frame_of_each_interval() -> None:
    end = Trigger("end", "time", interval=0.5, max_execs=3, before=True)
    schedule = Schedule(Graph(triggers=[end]), 0.1)

    assert [f for f in range(30) if schedule.fires(end, f)] == [4, 9, 14]  # times 0.4, 0.9, 1.4
    assert [schedule.frame_of(end, k) for k in range(3)] == [4, 9, 14] and schedule.length() == 15
