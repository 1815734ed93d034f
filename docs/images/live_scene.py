"""Draws live_scene.jpg: the page of a scene, with what would change if one value were another.

    python docs/images/live_scene.py scenes/fruit_crate.yaml

Needs the extra `view`, Playwright and Chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rendersdg.viewer.sources import Asked, source_of
from tests.viewer.browser import chromium
from tests.viewer.running import viewing

OUT = Path(__file__).with_name("live_scene.jpg")

with viewing(source_of(Asked(place=sys.argv[1]))) as viewer, chromium() as browser:
    page = browser.new_page(viewport={"width": 1280, "height": 1080})
    page.goto(viewer.address)
    page.wait_for_selector("#picture[data-answer][aria-busy=false]", timeout=60_000)
    page.click("#frame-more")
    page.wait_for_selector("#picture[data-answer='2'][aria-busy=false]")
    page.click("summary >> text=Objects")
    page.click("#what-if summary")
    page.select_option("#parameter", "shake/modify.pose_orbit(Camera)/elevation")
    page.fill("#steps", "3")
    page.click("#ask")
    page.wait_for_selector("#strip img")
    page.locator("#stage .box").nth(5).hover()
    page.screenshot(path=OUT, type="jpeg", quality=72)
