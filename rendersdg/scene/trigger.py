"""``rep.trigger``: when operations run."""

from __future__ import annotations

from rendersdg.errors import BadArgument
from rendersdg.graph.nodes import Trigger
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Callable_, FixedBoolean, FixedInteger, FixedNumber, FixedText


def on_frame(
    interval: FixedInteger = 1,
    num_frames: FixedInteger = 0,
    name: FixedText = "on_frame",
    rt_subframes: FixedInteger = 1,
    max_execs: FixedInteger = 0,
) -> Trigger:
    """Fire every ``interval`` frames, ``max_execs`` times (0 is endless); ``num_frames`` is its deprecated name."""
    return _added(
        Trigger(
            _free_name(name),
            "frame",
            interval=float(interval),
            max_execs=_executions(max_execs, num_frames, "num_frames"),
            rt_subframes=int(rt_subframes),
        )
    )


def on_time(
    interval: FixedNumber = 1,
    num: FixedInteger = 0,
    name: FixedText = "on_time",
    rt_subframes: FixedInteger = 32,
    enable_capture_on_play: FixedBoolean = True,
    reset_physics: FixedBoolean = True,
    max_execs: FixedInteger = 0,
) -> Trigger:
    """Fire at time 0 and then every ``interval`` simulated seconds; ``num`` is the deprecated name of ``max_execs``."""
    if not reset_physics:
        current().report.note(
            "trigger.on_time",
            "reset_physics=False: a firing that places a body starts the simulation anew from there all the same",
        )
    return _added(
        Trigger(
            _free_name(name),
            "time",
            interval=float(interval),
            max_execs=_executions(max_execs, num, "num"),
            rt_subframes=int(rt_subframes),
        )
    )


def on_custom_event(event_name: FixedText) -> Trigger:
    """Fire when ``utils.send_og_event`` of this name runs."""
    return _added(Trigger(_free_name(event_name), "event", event=event_name))


def on_condition(condition: Callable_, max_execs: FixedInteger = 0, rt_subframes: FixedInteger = 1) -> Trigger:
    """Fire at frames where a function without arguments returns true; it is called once per frame, in order."""
    return _added(
        Trigger(
            _free_name("on_condition"),
            "condition",
            condition=condition,
            max_execs=int(max_execs),
            rt_subframes=int(rt_subframes),
        )
    )


def _executions(max_execs: int, old: int, old_name: str) -> int:
    """Return how often at most to fire, by the name that is written now or the ``old`` one (reported).

    Raises BadArgument where both are given and disagree.
    """
    if old:
        current().report.note(f"trigger argument {old_name}", f"{old_name} is deprecated; write max_execs")
        if max_execs and max_execs != old:
            raise BadArgument(f"max_execs={max_execs} and its old name {old_name}={old} disagree; keep max_execs")
    return int(max_execs or old or 0)


def _free_name(name: str) -> str:
    """Return ``name``, or ``name_01`` and so on where a trigger has it already."""
    taken = {t.name for t in current().graph.triggers}
    label, number = str(name), 1
    while label in taken:
        label, number = f"{name}_{number:02d}", number + 1
    return label


def _added(trigger: Trigger) -> Trigger:
    current().graph.triggers.append(trigger)
    return trigger
