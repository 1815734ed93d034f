"""Frames of a scene in a notebook: one piece of HTML that needs no server and reaches nothing."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

import rendersdg
from tests.viewer.browser import chromium
from tests.viewer.small_scene import SCENE


@pytest.fixture
def scene(tmp_path: Path) -> rendersdg.Scene:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE)
    return rendersdg.load(path, seed=2)


def test_what_is_shown_is_a_frame_of_its_own_that_may_run_scripts_and_nothing_else(scene: rendersdg.Scene) -> None:
    shown = scene.show(2, size_px=64)

    page = html.unescape(shown.page)
    assert re.findall(r'sandbox="([^"]*)"', shown._repr_html_()) == ["allow-scripts"]
    assert "default-src 'none'" in page
    assert "https://" not in page and "connect-src" not in page


def test_words_of_a_scene_cannot_end_the_page(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE.replace('"ball"', '"</script><script>alert(1)</script>"'))

    page = rendersdg.load(path).show(1, size_px=64).page

    assert "<script>alert" not in page


def test_the_page_can_be_saved(scene: rendersdg.Scene, tmp_path: Path) -> None:
    shown = scene.show(1, size_px=64)

    shown.save(tmp_path / "frames.html")

    assert (tmp_path / "frames.html").read_text(encoding="utf-8") == shown.page


def test_no_frame_and_no_such_camera_are_refused(scene: rendersdg.Scene) -> None:
    with pytest.raises(rendersdg.BadArgument, match="one frame at least"):
        scene.show(range(0))
    with pytest.raises(rendersdg.BadArgument, match="no camera"):
        scene.show(1, "vew")


@pytest.mark.slow
@pytest.mark.extra
def test_a_notebook_steps_through_the_frames_and_tells_of_the_object_under_the_pointer(
    scene: rendersdg.Scene, tmp_path: Path
) -> None:
    book = tmp_path / "book.html"
    book.write_text(f"<!doctype html><body>{scene.show(range(1, 4))._repr_html_()}", encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(book.as_uri())
        frame: Any = page.frame_locator("iframe")
        frame.locator("#stage img").wait_for()
        first = frame.locator("#stage img").get_attribute("src")
        frame.locator("#more").click()
        frame.locator("#stage .box").first.hover()

        assert frame.locator("#told").inner_text() == "frame 2, seed 2: 2 objects"
        assert frame.locator("#stage img").get_attribute("src") != first
        assert frame.locator("#stage .hover b").inner_text() in ("ball", "box")
        assert complaints == []
