"""The live scene: the process that paints may crash, hang and be late; the server goes on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rendersdg.errors import RenderFailed
from rendersdg.viewer.asks import Ask
from rendersdg.viewer.live import LiveScene
from tests.viewer.small_scene import SCENE

SLOW = SCENE.replace("resolution: [320, 240]", "resolution: [4000, 3000]").replace(
    "\nframes:", "\nquality: {settings.render_quality: {quality: high}}\nframes:"
)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveScene]:
    live = LiveScene(tmp_path / "scene.yaml", threads=1)
    yield live
    live.close()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="of POSIX")
def test_a_process_that_is_killed_is_told_of_and_the_next_change_starts_another(live: LiveScene) -> None:
    first = live.paint(Ask(text=SCENE))
    failed: list[Exception] = []

    def ask() -> None:
        try:
            live.paint(Ask(text=SLOW, size_px=4096))
        except RenderFailed as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    assert live.process is not None
    os.kill(live.process, signal.SIGKILL)
    thread.join(20)
    again = live.paint(Ask(text=SCENE))

    assert first is not None and again is not None
    assert "signal 9" in str(failed[0])
    assert again["picture"] == first["picture"]


@pytest.mark.slow
def test_a_picture_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    live = LiveScene(tmp_path / "scene.yaml", threads=1, patience_s=0.2)

    with pytest.raises(RenderFailed, match="given up"):
        live.paint(Ask(text=SCENE))
    assert live.process is None
    live.close()


@pytest.mark.slow
def test_of_many_questions_of_a_page_the_latest_is_answered(live: LiveScene) -> None:
    live.paint(Ask(text=SCENE))
    answers: dict[int, object] = {}

    def ask(frame: int, page: str) -> None:
        answers[frame] = live.paint(Ask(text=SCENE, frame=frame), page)

    threads = [threading.Thread(target=ask, args=(k, "one")) for k in range(12)]
    with live._turn:  # as if a picture were being painted
        for thread in threads:
            thread.start()
            time.sleep(0.01)
        other = threading.Thread(target=ask, args=(99, "two"))
        other.start()
    for thread in [*threads, other]:
        thread.join(30)

    assert [k for k in range(12) if answers[k] is not None] == [11]
    assert answers[99] is not None
