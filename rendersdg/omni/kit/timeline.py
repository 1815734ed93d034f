"""``omni.timeline``: the clock of the stage."""

from __future__ import annotations

from rendersdg.omni.kit.carb_events import Stream, publish, subscribers
from rendersdg.omni.kit.kinds import Kind
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = ["TimelineEventType", "get_timeline_interface"]


class TimelineEventType(Kind):
    """The kinds of timeline events."""

    PLAY = 0
    PAUSE = 1
    STOP = 2
    CURRENT_TIME_CHANGED = 3
    CURRENT_TIME_TICKED = 4


class TimelineInterface:
    """The timeline: its clock drives animated values and ``on_time`` of the stage."""

    def play(self, *args: object, **options: object) -> None:
        """Let time run."""
        current().timeline.playing = True
        self._publish(TimelineEventType.PLAY)

    def pause(self) -> None:
        """Hold time."""
        current().timeline.playing = False
        self._publish(TimelineEventType.PAUSE)

    def stop(self) -> None:
        """Hold time and go back to the start."""
        current().clock.rewind()
        self._publish(TimelineEventType.STOP)

    @staticmethod
    def _publish(kind: TimelineEventType) -> None:
        publish(subscribers().times, kind, currentTime=current().timeline.time)

    def is_playing(self) -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    def is_stopped(self) -> bool:
        """Return whether time stands at the start."""
        timeline = current().timeline
        return not timeline.playing and timeline.time == timeline.start

    def get_current_time(self) -> float:
        """Return the time in seconds."""
        return current().timeline.time

    def set_current_time(self, seconds: float) -> None:
        """Set the time in seconds."""
        current().timeline.time = float(seconds)
        self._publish(TimelineEventType.CURRENT_TIME_CHANGED)

    def get_start_time(self) -> float:
        """Return the start in seconds."""
        return current().timeline.start

    def set_start_time(self, seconds: float) -> None:
        """Set the start in seconds."""
        current().timeline.start = float(seconds)

    def get_end_time(self) -> float:
        """Return the end in seconds."""
        return current().timeline.end

    def set_end_time(self, seconds: float) -> None:
        """Set the end in seconds."""
        current().timeline.end = float(seconds)

    def set_looping(self, value: bool) -> None:
        """Say whether time begins anew at the end."""
        current().timeline.looping = bool(value)

    def is_looping(self) -> bool:
        """Return whether time begins anew at the end."""
        return current().timeline.looping

    def get_time_codes_per_seconds(self) -> float:
        """Return the frames a second."""
        return current().timeline.rate

    get_time_codes_per_second = get_time_codes_per_seconds

    def set_time_codes_per_second(self, rate: float) -> None:
        """Set the frames a second."""
        engine = current()
        engine.timeline.rate = float(rate)
        engine.recorder.stage.SetTimeCodesPerSecond(float(rate))

    def set_target_framerate(self, *args: object) -> None:
        """Do nothing: frames take the time that they take."""

    set_ticks_per_frame = set_auto_update = set_prerolling = set_target_framerate

    def get_ticks_per_frame(self) -> int:
        """Return that time ticks once a frame."""
        return 1

    def commit(self) -> None:
        """Do what was set: it is done at once."""

    commit_silently = commit

    def forward_one_frame(self) -> None:
        """Let one frame's time pass."""
        engine = current()
        engine.clock.pass_time(1.0 / engine.timeline.rate)

    def rewind_one_frame(self) -> None:
        """Go back one frame's time."""
        timeline = current().timeline
        timeline.time = max(timeline.time - 1.0 / timeline.rate, timeline.start)

    def get_timeline_event_stream(self) -> Stream:
        """Return the stream of what happens to time: it runs, is held, stops, is set, and ticks as it passes."""
        if _tick not in current().clock.time_listeners:
            current().clock.time_listeners.append(_tick)
        return Stream(subscribers().times)


def _tick(time: float) -> None:
    rate = current().timeline.rate
    publish(subscribers().times, TimelineEventType.CURRENT_TIME_TICKED, currentTime=time, dt=1.0 / rate)


def get_timeline_interface(*args: object) -> TimelineInterface:
    """Return the timeline of this run."""
    return current_host().part(TimelineInterface)
