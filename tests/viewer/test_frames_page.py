"""The page of a labelled set in a browser: pages, filters, hovers, compares, and takes data as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.conftest import ROOT
from tests.viewer.browser import chromium, wait
from tests.viewer.running import Viewer, viewing
from tests.viewer.sets import HOSTILE, coco_set

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("playwright")
pytestmark = [pytest.mark.extra, pytest.mark.slow]


def source(place: Path, **more: Any) -> Any:
    from rendersdg.viewer.sources import Asked, source_of

    return source_of(Asked(place=str(place), **more))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def rendered(whole_dataset: Path) -> Iterator[Viewer]:
    with viewing(source(whole_dataset)) as running:
        yield running


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    folder = tmp_path_factory.mktemp("pair")
    one, other = coco_set(folder / "a"), coco_set(folder / "b", shades=(50, 120, 200))
    with viewing(source(one, compare=str(other))) as running:
        yield running


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def page(browser: Any, errors: list[str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    assert errors == []


def test_the_grid_shows_every_frame_and_the_token_leaves_the_address(page: Any, rendered: Viewer) -> None:
    page.goto(rendered.address)
    page.wait_for_selector(".thumb img")

    assert page.locator(".thumb").count() == 12
    assert "token" not in page.url
    wait(page, "[...document.querySelectorAll('.thumb img')].every(one => one.naturalWidth > 0)")


def test_arrow_keys_page_through_the_frames(page: Any, rendered: Viewer) -> None:
    page.goto(f"{rendered.address}#image=3")
    page.wait_for_selector("#name >> text=frame 3")

    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#name >> text=frame 4")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#name >> text=frame 2")
    page.keyboard.press("Escape")

    page.wait_for_selector(".thumb")
    assert page.locator("#one").is_hidden()


def test_the_filter_finds_and_counts_and_is_kept_in_the_address(page: Any, pair: Viewer) -> None:
    page.goto(pair.address)
    page.wait_for_selector(".thumb")

    page.fill("#where", "class = scratch and width > 25")
    page.click("text=Filter >> nth=0")
    page.wait_for_selector("#count >> text=1 image of 3")

    assert page.locator(".thumb").count() == 1
    page.reload()
    page.wait_for_selector("#count >> text=1 image of 3")
    assert page.input_value("#where") == "class = scratch and width > 25"


def test_rows_of_conditions_write_the_filter(page: Any, pair: Viewer) -> None:
    page.goto(pair.address)
    page.wait_for_selector(".thumb")

    page.click("summary >> text=Build a filter")
    page.click("#add")
    page.select_option(".condition >> nth=0 >> [aria-label=Field]", "width")
    page.fill(".condition >> nth=0 >> [aria-label=Value]", "9")
    page.click("#add")
    page.select_option(".condition >> nth=1 >> [aria-label=Field]", "class")
    page.select_option(".condition >> nth=1 >> [aria-label=Comparison]", "=")
    page.fill(".condition >> nth=1 >> [aria-label=Value]", HOSTILE)

    escaped = HOSTILE.replace('"', '\\"')
    assert page.input_value("#where") == f'width < 9 and class = "{escaped}"'
    page.select_option(".condition >> nth=0 >> [aria-label=Comparison]", ">")
    page.keyboard.press("Tab")
    page.click("#filter >> text=Apply")
    page.wait_for_selector("#count >> text=1 object match")


def test_a_wrong_filter_is_told_and_the_page_goes_on(page: Any, pair: Viewer, errors: list[str]) -> None:
    page.goto(pair.address)
    page.wait_for_selector(".thumb")

    page.fill("#where", "lenght < 3")
    page.keyboard.press("Enter")
    page.wait_for_selector("#error >> text=there is no field 'lenght'")
    page.click("#clear")
    wait(page, "document.querySelector('#error').hidden")

    assert page.locator(".thumb").count() == 3
    assert all("400" in one for one in errors)  # the browser logs the answer
    errors.clear()


def test_an_object_below_the_pointer_tells_what_is_known_of_it(page: Any, rendered: Viewer) -> None:
    page.goto(f"{rendered.address}#image=2")
    page.wait_for_selector(".objects button[data-object]")
    page.wait_for_selector("#scene:empty", state="attached")
    place = page.locator(".object:has(text:text-is('box'))").first.get_attribute("data-object")
    wait(page, "!document.querySelector('.stage.busy')")

    box = page.evaluate(
        f"document.querySelector('.object[data-object=\"{place}\"] rect').getBoundingClientRect().toJSON()"
    )
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    told = page.wait_for_selector("#object h3 >> text=/box|ball/")
    assert told is not None
    text = page.inner_text("#object")
    assert "/Replicator/" in text and "pixels" in text
    assert page.locator(".object.lit").count() == 1


def test_an_object_is_chosen_by_keyboard_and_shows_its_drawn_values(page: Any, rendered: Viewer) -> None:
    page.goto(f"{rendered.address}#image=4")
    page.wait_for_selector("#scene:empty", state="attached")
    page.reload()
    button = page.locator(".objects button[data-object]", has_text="box").first

    button.focus()

    page.wait_for_selector("#object >> text=Drawn for it")
    assert "colors" in page.inner_text("#object")


def test_depth_has_a_bar_and_tells_the_metres_below_the_pointer(page: Any, rendered: Viewer) -> None:
    page.goto(f"{rendered.address}#image=2&layer=file:distance_to_camera")
    page.wait_for_selector(".colourbar")
    page.wait_for_selector(".numbers")

    box = page.locator(".frame").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9)

    metres = page.wait_for_selector("#readout >> text=/ metres/").inner_text()
    assert 0.5 < float(metres.split(" · ")[1].split()[0]) < 5


def test_points_and_boxes_are_drawn_in_space(page: Any, rendered: Viewer, errors: list[str]) -> None:
    page.goto(f"{rendered.address}#image=2&layer=space")
    page.wait_for_selector("#points")
    page.wait_for_timeout(300)

    picture = cv2.imdecode(np.frombuffer(page.locator(".space canvas").screenshot(), np.uint8), 1)

    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200  # more than a ground and lines
    assert "points" in page.inner_text("#points") and "boxes" in page.inner_text("#points")


def test_two_sets_are_compared_side_by_side_by_swipe_and_by_difference(page: Any, pair: Viewer) -> None:
    page.goto(f"{pair.address}#image=0")
    page.wait_for_selector(".stage.pair figure >> nth=1")
    assert page.locator(".stage figure").count() == 2

    page.click("input[value=swipe]")
    page.wait_for_selector("#swipe")
    page.locator("#swipe").fill("25")
    assert page.evaluate("getComputedStyle(document.querySelector('.wiped')).clipPath") == "inset(0px 0px 0px 25%)"

    page.click("input[value=difference]")
    page.wait_for_selector("#apart >> text=Mean difference 10.00 of 255; 100.0 %")
    assert "mode=difference" in page.url


def test_a_wheel_comes_nearer_and_the_pixel_below_the_pointer_stays(page: Any, rendered: Viewer) -> None:
    page.goto(f"{rendered.address}#image=2")
    page.wait_for_selector(".frame img")
    wait(page, "!document.querySelector('.stage.busy')")
    box = page.locator(".frame").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.755, box["y"] + box["height"] * 0.256)
    before = page.inner_text("#readout").split(" · ")[0]

    for _ in range(5):
        page.mouse.wheel(0, -100)
    wait(page, "document.querySelector('.stage').style.getPropertyValue('--zoom') > 3")
    page.mouse.move(box["x"] + box["width"] * 0.755 + 1, box["y"] + box["height"] * 0.256)

    assert page.inner_text("#readout").split(" · ")[0] == before == "x 72, y 18"
    page.click("[aria-label='Whole picture']")
    assert page.evaluate("document.querySelector('.stage').style.getPropertyValue('--zoom')") == "1"


def test_predictions_stand_beside_the_truth(page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from tests.viewer.test_runs import ByShade

    monkeypatch.setattr("detectors.runtime.load_model", lambda path: ByShade())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model.pt").write_bytes(b"")
    with viewing(source(tmp_path / "run", data=str(coco_set(tmp_path / "set")))) as run:
        page.goto(f"{run.address}#sort=mistakes")
        page.wait_for_selector("#judged >> text=2 hits, 2 false alarms, 2 misses")
        page.wait_for_selector(".thumb >> nth=0 >> text=2 false alarms")
        page.click(".thumb >> nth=0")
        page.wait_for_selector("#counts >> text=2 false alarms")
        page.wait_for_selector(".found.false rect", state="attached")
        assert page.locator(".found.false rect").count() == 2

        page.locator("#least").fill("0.5")
        wait(page, "document.querySelectorAll('.found.false rect').length === 1")
        assert "1 false alarm" in page.inner_text("#counts")
        page.wait_for_selector("#judged >> text=2 hits, 1 false alarm, 2 misses at scores from 0.5 on")
        assert page.evaluate("document.activeElement.id") == "least"
        other = page.context.new_page()
        other.goto(f"{run.address}#sort=mistakes")
        other.wait_for_selector(".thumb >> text=2 false alarms")
        other.wait_for_selector("#judged >> text=2 hits, 2 false alarms, 2 misses")
        other.close()
        page.keyboard.press("Escape")
        page.click(".thumb >> text=2 misses")
        page.wait_for_selector(".object.missed rect", state="attached")

        assert page.locator(".object.missed rect").count() == 2 and page.locator(".found:not(.false) rect").count() == 1
        page.goto("about:blank")  # it asks no more while the server ends


def test_names_that_are_markup_are_text(page: Any, pair: Viewer) -> None:
    page.goto(f"{pair.address}#image=0")
    page.wait_for_selector(".objects button[data-object]")

    assert HOSTILE in page.inner_text(".objects")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "1"


def test_the_replay_command_is_copied(page: Any, rendered: Viewer) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{rendered.address}#image=4")

    page.click("#replay")
    page.wait_for_selector("#replay >> text=Copied")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.inner_text("#command") and copied.endswith("--frame 4 -o again")


def test_nothing_is_wider_than_a_phone(browser: Any, rendered: Viewer) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    for part in ("", "#image=2", "#image=2&layer=file:distance_to_camera"):
        page.goto(rendered.address + part)
        page.wait_for_selector(".thumb, .frame")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, part
    context.close()


def test_another_sites_page_reaches_nothing(browser: Any, pair: Viewer) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(pair.address)  # the browser has the cookie
    page.wait_for_selector(".thumb")
    page.route("http://evil.example/", lambda route: route.fulfill(body="<p>evil", content_type="text/html"))
    page.goto("http://evil.example/")
    place = f"http://127.0.0.1:{pair.port}"

    read = page.evaluate(f"fetch('{place}/api/set', {{credentials: 'include'}}).then(a => a.status, () => 'refused')")
    blind = page.evaluate(
        f"fetch('{place}/api/set', {{credentials: 'include', mode: 'no-cors'}}).then(a => a.type, () => 'refused')"
    )
    shown = page.evaluate(
        f"new Promise(d => {{ const i = new Image(); i.onload = () => d('loaded'); i.onerror = () => d('refused'); "
        f"i.src = '{place}/api/a/image/0'; }})"
    )

    assert (read, blind, shown) == ("refused", "refused", "refused")
    context.close()


def test_a_switch_that_would_do_nothing_is_not_there(page: Any, pair: Viewer) -> None:
    page.goto(f"{pair.address}#image=0")
    page.wait_for_selector(".stage.pair img")

    assert page.locator("#show-boxes").count() == 1
    assert page.locator("#show-outlines").count() == 0


def test_new_fields_do_not_take_away_what_is_being_typed(page: Any, pair: Viewer) -> None:
    text = (ROOT / "rendersdg/viewer/static/frames.js").read_text()
    body = text[text.index("function afterFocus") :].partition("\n}\n")[0].replace("byId(", "f(") + "}"
    page.goto(pair.address)
    page.wait_for_selector(".chip")
    page.locator(".chip").first.focus()
    find = "const f = (name) => document.getElementById(name);"
    page.evaluate(f"() => {{ {find} {body} afterFocus(() => {{ window.built = true; }}); }}")

    page.fill("#where", "area < 5")
    assert page.evaluate("window.built") is None
    page.locator(".thumb").first.focus()
    assert page.evaluate("window.built") is True
