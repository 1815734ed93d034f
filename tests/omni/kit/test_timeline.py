"""The clock of the stage."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_time_passes_while_it_plays_and_begins_anew(tmp_path: Path) -> None:
    text = """
    import omni.kit.app, omni.timeline
    timeline = omni.timeline.get_timeline_interface()
    assert omni.timeline.get_timeline_interface() is timeline
    timeline.set_time_codes_per_second(10)
    timeline.set_start_time(2.0)
    timeline.set_end_time(2.2)
    timeline.stop()
    assert timeline.is_stopped() and timeline.get_current_time() == 2.0 and timeline.get_ticks_per_frame() == 1
    timeline.play()
    for _ in range(3):
        omni.kit.app.get_app().update()
    assert timeline.is_playing() and not timeline.is_stopped()
    assert abs(timeline.get_current_time() - 2.1) < 1e-9  # 0.3 s in a loop of 0.2 s
    timeline.rewind_one_frame()
    assert abs(timeline.get_current_time() - 2.0) < 1e-9
    assert str(omni.timeline.TimelineEventType.PLAY) == "TimelineEventType.PLAY"
    """

    assert ran(tmp_path, text).error is None
