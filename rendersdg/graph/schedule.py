"""The schedule: at which frames each trigger fires, and which of its executions that is, counted from 0."""

from __future__ import annotations

import math
from bisect import bisect_right

from rendersdg.errors import BadScene
from rendersdg.graph.nodes import Graph, Trigger

_TIME_SLACK = 1e-9  # seconds: a frame time of 2.9999999999 s counts as 3 s


class Schedule:
    """Answers for a graph, with ``seconds_per_frame`` of simulated time per frame.

    Frame and time triggers are closed forms; events and conditions are found by stepping from frame 0, once.
    """

    def __init__(self, graph: Graph, seconds_per_frame: float) -> None:
        self._graph = graph
        self._dt = seconds_per_frame
        self._stepped: dict[Trigger, list[int]] = {}
        self._stepped_to: dict[Trigger, int] = {}
        self._senders: dict[str, list[Trigger | None]] = {}
        for node in graph.nodes:
            if node.op == "utils.send_og_event":
                self._senders.setdefault(node.inputs["event_name"], []).append(node.trigger)

    def executions(self, trigger: Trigger, frame: int) -> int:
        """Return how often ``trigger`` has fired in frames 0..frame."""
        if trigger.kind == "frame":
            count = frame // int(trigger.interval) + 1 if frame >= 0 else 0
        elif trigger.kind == "time":
            passed = ((frame + trigger.before) * self._dt + _TIME_SLACK) / trigger.interval
            count = math.floor(passed) + (not trigger.before) if frame >= 0 else 0
        else:
            count = bisect_right(self._frames(trigger, frame), frame)
        return min(count, trigger.max_execs) if trigger.max_execs else count

    def frame_of(self, trigger: Trigger, execution: int) -> int:
        """Return the frame of an execution (counted from 0) that has happened."""
        if trigger.kind == "frame":
            return execution * int(trigger.interval)
        if trigger.kind == "time":
            seconds = (execution + trigger.before) * trigger.interval
            return math.ceil((seconds - _TIME_SLACK) / self._dt) - trigger.before
        return self._stepped[trigger][execution]

    def fires(self, trigger: Trigger, frame: int) -> bool:
        """Return whether ``trigger`` fires at ``frame``."""
        return self.executions(trigger, frame) > self.executions(trigger, frame - 1)

    def length(self) -> int | None:
        """Return the number of frames until every trigger is used up, None when one is endless, 1 without triggers."""
        length = 1
        for trigger in self._graph.triggers:
            if trigger.kind in ("event", "condition"):
                if trigger.kind == "condition":
                    return None
                continue
            if not trigger.max_execs:
                return None
            length = max(length, self.frame_of(trigger, trigger.max_execs - 1) + 1)
        return length

    def _frames(self, trigger: Trigger, frame: int) -> list[int]:
        """Return the frames up to ``frame`` at which an event or condition fired, once for each time."""
        frames = self._stepped.setdefault(trigger, [])
        for f in range(self._stepped_to.get(trigger, -1) + 1, frame + 1):
            self._stepped_to[trigger] = f
            if trigger.kind == "event":
                senders = self._senders.get(trigger.event, [])
                if trigger in senders:
                    raise BadScene(
                        f"event {trigger.event!r} is sent from inside its own trigger; send it from another one"
                    )
                times = self._graph.sent.get(trigger.event, []).count(f)
                sends = any(f == 0 if sender is None else self.fires(sender, f) for sender in senders)
                times = max(times, int(sends))
            else:
                assert trigger.condition is not None
                times = int(bool(trigger.condition()))
            frames += [f] * times
        return frames
