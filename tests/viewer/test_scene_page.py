"""The page of a scene in a browser: text, picture, mistakes, sliders, steps, saving."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rendersdg.viewer.sources import Asked, source_of
from tests.viewer.browser import chromium
from tests.viewer.running import Viewer, viewing
from tests.viewer.small_scene import SCENE

pytestmark = [pytest.mark.slow, pytest.mark.extra]
WAIT_MS = 60_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "scene.yaml"
    file.write_text(SCENE)
    return file


@pytest.fixture
def viewer(file: Path) -> Iterator[Viewer]:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    with viewing(source_of(Asked(place=str(file)))) as viewer:
        yield viewer


@pytest.fixture
def page(viewer: Viewer) -> Iterator[Any]:
    """The page, its first picture shown; what its scripts complain of fails the test."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        page.set_default_timeout(WAIT_MS)
        page.goto(viewer.address)
        page.wait_for_selector("#picture[data-answer][aria-busy=false]")
        yield page
        assert complaints == []


def text_of(page: Any) -> str:
    return str(page.evaluate("document.querySelector('#editor').shadowRoot.querySelector('.cm-content').innerText"))


def wait_for_text(page: Any, part: str) -> None:
    look = "document.querySelector('#editor').shadowRoot.querySelector('.cm-content').innerText.includes(part)"
    page.wait_for_function(f"(part) => {look}", arg=part)


def type_over(page: Any, old: str, new: str) -> None:
    """Find a text in the editor and type another in its place, as a person does."""
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Control+f")
    page.locator("#editor .cm-search input[name=search]").press_sequentially(old)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.insert_text(new)


def picture(page: Any) -> str:
    return str(page.get_attribute("#stage img", "src"))


def wait_for_another(page: Any, before: str) -> None:
    page.wait_for_function("(old) => document.querySelector('#stage img').src !== old", arg=before)
    page.wait_for_selector("#picture[aria-busy=false]")


def test_a_mistake_is_shown_at_its_line_and_the_last_good_picture_stays(page: Any) -> None:
    before = picture(page)

    type_over(page, "create.cube", "create.cub")
    page.wait_for_selector("#errors li")

    assert "line 5" in page.inner_text("#errors li")
    assert "did you mean 'create.cube'?" in page.inner_text("#errors li")
    assert page.locator("#editor .cm-lint-marker-error").count() == 1
    assert picture(page) == before
    assert "last good picture" in page.inner_text("#told")

    type_over(page, "create.cub:", "create.cube:")
    page.wait_for_selector("#errors li", state="detached")

    assert "is-stale" not in (page.get_attribute("#picture", "class") or "")


def test_an_edit_renders_again(page: Any) -> None:
    before = picture(page)

    type_over(page, "scale: 0.6", "scale: 1.2")
    wait_for_another(page, before)

    assert page.inner_text("#state") == "edited, not saved"
    assert page.inner_text("#latency").endswith(" ms")


def test_a_slider_changes_the_text_and_the_picture(page: Any) -> None:
    before = picture(page)
    slider = page.locator("#sliders input[type=range]").nth(1)

    slider.focus()
    page.keyboard.press("End")
    wait_for_another(page, before)
    wait_for_text(page, "upper: 1.2")

    assert "lower: 0.4, upper: 1.2" in text_of(page)
    assert "# of the ball" in text_of(page)


def test_frame_and_seed_can_be_stepped(page: Any) -> None:
    first = picture(page)
    page.click("#frame-more")
    wait_for_another(page, first)
    second = picture(page)
    assert "Frame 1 of 5, seed 0" in page.inner_text("#told")

    page.click("#seed-more")
    wait_for_another(page, second)
    assert "Frame 1 of 5, seed 1" in page.inner_text("#told")

    page.click("#seed-less")
    page.click("#frame-less")
    page.wait_for_function("(old) => document.querySelector('#stage img').src === old", arg=first)


def test_an_object_under_the_pointer_tells_its_label_and_its_values(page: Any) -> None:
    page.hover("#stage .box")
    page.wait_for_selector("#stage .hover:not([hidden])")

    assert page.inner_text("#stage .hover b") in ("ball", "box")


def test_what_would_change_if_shows_a_strip(page: Any) -> None:
    page.click("#what-if summary")
    page.fill("#steps", "3")
    page.click("#ask")
    page.wait_for_selector("#strip img")

    assert page.locator("#strip img").count() == 3
    assert "ball:" in page.inner_text("#strip")
    assert "box:" not in page.inner_text("#strip")


def test_a_text_is_saved_when_asked_and_not_before(page: Any, file: Path) -> None:
    type_over(page, "intensity: 400", "intensity: 450")
    page.wait_for_selector("#save:enabled")
    assert file.read_text() == SCENE

    page.keyboard.press("Control+s")
    page.wait_for_function("() => document.querySelector('#state').textContent === 'as on disk'")

    assert file.read_text() == SCENE.replace("intensity: 400", "intensity: 450")


def test_another_editors_text_is_taken_over_where_nothing_was_edited_here(page: Any, file: Path) -> None:
    file.write_text(SCENE.replace("# a ball", "# THEIRS: a ball"))

    wait_for_text(page, "THEIRS")

    assert page.inner_text("#state") == "as on disk"


def test_two_editors_are_told_of_each_other_and_neither_loses_its_text(page: Any, file: Path) -> None:
    type_over(page, "intensity: 400", "intensity: 450")
    theirs = SCENE.replace("# a ball", "# THEIRS: a ball")
    file.write_text(theirs)
    page.keyboard.press("Control+s")
    page.wait_for_selector("#conflict:not([hidden])")

    assert file.read_text() == theirs
    assert "intensity: 450" in text_of(page)

    page.click("#conflict button >> nth=1")
    page.wait_for_selector("#conflict", state="hidden")
    page.click("#save")
    page.wait_for_function("() => document.querySelector('#state').textContent === 'as on disk'")

    assert "intensity: 450" in file.read_text()


def test_a_scene_with_markup_in_its_words_shows_them_as_words(page: Any) -> None:
    type_over(page, '"box"', '"<img src=x onerror=alert(1)>"')
    page.wait_for_function("() => document.querySelector('#objects').innerText.includes('onerror=alert(1)')")

    assert "<img src=x onerror=alert(1)>" in page.inner_text("#objects")
    assert page.locator("#objects img").count() == 0


def test_only_the_page_with_the_token_may_save(viewer: Viewer, file: Path) -> None:
    body = json.dumps({"text": "a: 1", "digest": "x"}).encode()
    kind = {"Content-Type": "application/json"}

    without = viewer.ask("/api/scene/save", kind | {"Cookie": None}, method="POST", body=body)
    elsewhere = viewer.ask("/api/scene/save", kind | {"Origin": "http://evil.example"}, method="POST", body=body)
    as_form = viewer.ask("/api/scene/save", {"Content-Type": "text/plain"}, method="POST", body=body)
    stale = viewer.ask("/api/scene/save", kind, method="POST", body=body)

    assert (without.status, elsewhere.status, as_form.status, stale.status) == (403, 403, 400, 200)
    assert "conflict" in json.loads(stale.body)
    assert file.read_text() == SCENE


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"text": 1}', b'{"text": "", "path": "/tmp/x"}', b"[" * 100_000])
def test_what_is_no_question_is_refused(viewer: Viewer, body: bytes) -> None:
    answer = viewer.ask("/api/scene/picture", {"Content-Type": "application/json"}, method="POST", body=body)

    assert answer.status == 400
    assert "error" in json.loads(answer.body)
