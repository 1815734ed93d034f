"""``omni.timeline``: the clock of the stage."""

from __future__ import annotations

from rendersdg.omni.kit.carb_events import Stream, publish, subscribers
from rendersdg.omni.kit.kinds import Kind
from rendersdg.omni.kit.usd import StageEventType, get_context
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = [
    "GLOBAL_EVENT_CURRENT_TIME_CHANGED",
    "GLOBAL_EVENT_CURRENT_TIME_TICKED",
    "GLOBAL_EVENT_CURRENT_TIME_TICKED_PERMANENT",
    "GLOBAL_EVENT_END_TIME_CHANGED",
    "GLOBAL_EVENT_LOOP_MODE_CHANGED",
    "GLOBAL_EVENT_PAUSE",
    "GLOBAL_EVENT_PLAY",
    "GLOBAL_EVENT_START_TIME_CHANGED",
    "GLOBAL_EVENT_STOP",
    "GLOBAL_EVENT_TIME_CODES_PER_SECOND_CHANGED",
    "Timeline",
    "TimelineEventType",
    "acquire_timeline_interface",
    "get_timeline_interface",
]

GLOBAL_EVENT_PLAY = "omni.timeline:play"
GLOBAL_EVENT_PAUSE = "omni.timeline:pause"
GLOBAL_EVENT_STOP = "omni.timeline:stop"
GLOBAL_EVENT_CURRENT_TIME_CHANGED = "omni.timeline:current_time_changed"
GLOBAL_EVENT_CURRENT_TIME_TICKED = "omni.timeline:current_time_ticked"
GLOBAL_EVENT_CURRENT_TIME_TICKED_PERMANENT = "omni.timeline:current_time_ticked_permanent"
GLOBAL_EVENT_LOOP_MODE_CHANGED = "omni.timeline:loop_mode_changed"
GLOBAL_EVENT_START_TIME_CHANGED = "omni.timeline:start_time_changed"
GLOBAL_EVENT_END_TIME_CHANGED = "omni.timeline:end_time_changed"
GLOBAL_EVENT_TIME_CODES_PER_SECOND_CHANGED = "omni.timeline:time_codes_per_second_changed"


class TimelineEventType(Kind):
    """The kinds of timeline events."""

    PLAY = 0
    PAUSE = 1
    STOP = 2
    CURRENT_TIME_CHANGED = 3
    CURRENT_TIME_TICKED_PERMANENT = 4
    CURRENT_TIME_TICKED = 5
    LOOP_MODE_CHANGED = 6
    START_TIME_CHANGED = 7
    END_TIME_CHANGED = 8
    TIME_CODE_PER_SECOND_CHANGED = 9


_NAMES = {
    TimelineEventType.PLAY: GLOBAL_EVENT_PLAY,
    TimelineEventType.PAUSE: GLOBAL_EVENT_PAUSE,
    TimelineEventType.STOP: GLOBAL_EVENT_STOP,
    TimelineEventType.CURRENT_TIME_CHANGED: GLOBAL_EVENT_CURRENT_TIME_CHANGED,
    TimelineEventType.CURRENT_TIME_TICKED: GLOBAL_EVENT_CURRENT_TIME_TICKED,
    TimelineEventType.CURRENT_TIME_TICKED_PERMANENT: GLOBAL_EVENT_CURRENT_TIME_TICKED_PERMANENT,
    TimelineEventType.LOOP_MODE_CHANGED: GLOBAL_EVENT_LOOP_MODE_CHANGED,
    TimelineEventType.START_TIME_CHANGED: GLOBAL_EVENT_START_TIME_CHANGED,
    TimelineEventType.END_TIME_CHANGED: GLOBAL_EVENT_END_TIME_CHANGED,
    TimelineEventType.TIME_CODE_PER_SECOND_CHANGED: GLOBAL_EVENT_TIME_CODES_PER_SECOND_CHANGED,
}


class TimelineInterface:
    """The timeline: its clock drives animated values and ``on_time`` of the stage."""

    def __init__(self) -> None:
        current().clock.time_listeners.append(self._tick)

    def play(self, *args: object, **options: object) -> None:
        """Let time run."""
        if not self.is_playing():
            current().timeline.play()
            self._publish(TimelineEventType.PLAY)
            for kind in (StageEventType.SIMULATION_START_PLAY, StageEventType.ANIMATION_START_PLAY):
                get_context().tell(kind)

    def pause(self) -> None:
        """Hold time."""
        if self.is_playing():
            current().timeline.playing = False
            self._publish(TimelineEventType.PAUSE)

    def stop(self) -> None:
        """Hold time and go back to the start."""
        was_stopped = self.is_stopped()
        current().clock.rewind()
        if not was_stopped:
            self._publish(TimelineEventType.STOP)
            for kind in (StageEventType.SIMULATION_STOP_PLAY, StageEventType.ANIMATION_STOP_PLAY):
                get_context().tell(kind)

    @staticmethod
    def _publish(kind: TimelineEventType, **payload: float) -> None:
        publish(subscribers().times, kind, _NAMES[kind], **{"currentTime": current().timeline.time, **payload})

    def _tick(self, time: float) -> None:
        step = 1.0 / current().timeline.rate
        self._publish(TimelineEventType.CURRENT_TIME_TICKED_PERMANENT, currentTime=time, dt=step)
        self._publish(TimelineEventType.CURRENT_TIME_TICKED, currentTime=time, dt=step)

    def is_playing(self) -> bool:
        """Return whether time runs."""
        return current().timeline.playing

    def is_stopped(self) -> bool:
        """Return whether time has not run since the beginning, or since it was last stopped."""
        return current().timeline.stopped

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
        self._publish(TimelineEventType.START_TIME_CHANGED, startTime=float(seconds))

    def get_end_time(self) -> float:
        """Return the end in seconds."""
        return current().timeline.end

    def set_end_time(self, seconds: float) -> None:
        """Set the end in seconds."""
        current().timeline.end = float(seconds)
        self._publish(TimelineEventType.END_TIME_CHANGED, endTime=float(seconds))

    def set_looping(self, value: bool) -> None:
        """Say whether time begins anew at the end."""
        current().timeline.looping = bool(value)
        self._publish(TimelineEventType.LOOP_MODE_CHANGED, looping=bool(value))

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
        self._publish(TimelineEventType.TIME_CODE_PER_SECOND_CHANGED, timeCodesPerSecond=float(rate))

    def set_target_framerate(self, *args: object) -> None:
        """Do nothing: frames take the time that they take."""

    set_ticks_per_frame = set_auto_update = set_prerolling = set_target_framerate
    set_play_every_frame = set_fast_mode = set_tentative_time = set_zoom_range = set_director = set_target_framerate
    clear_tentative_time = clear_zoom = set_target_framerate

    def get_ticks_per_frame(self) -> int:
        """Return that time ticks once a frame."""
        return 1

    def get_ticks_per_second(self) -> float:
        """Return how often time ticks a second: once a frame."""
        return current().timeline.rate

    get_target_framerate = get_ticks_per_second

    def get_play_every_frame(self) -> bool:
        """Return that no frame is left out."""
        return True

    get_fast_mode = is_auto_updating = get_play_every_frame

    def is_prerolling(self) -> bool:
        """Return that nothing is rolled before the start."""
        return False

    def get_tentative_time(self) -> float:
        """Return the time in seconds."""
        return current().timeline.time

    def get_event_key(self) -> str:
        """Return what tells the events of this timeline from those of others: it is the only one."""
        return ""

    def time_to_time_code(self, time: float) -> float:
        """Return seconds in frames."""
        return float(time) * current().timeline.rate

    def time_code_to_time(self, timecode: float) -> float:
        """Return frames in seconds."""
        return float(timecode) / current().timeline.rate

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
        return Stream(subscribers().times)


def get_timeline_interface(*args: object) -> TimelineInterface:
    """Return the timeline of this run."""
    return current_host().part(TimelineInterface)


Timeline = TimelineInterface
acquire_timeline_interface = get_timeline_interface
