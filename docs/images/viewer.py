"""Draws viewer.jpg: the page of a rendered crate with one object chosen.

    rendersdg render scenes/fruit_crate.yaml -o out --frames 12
    python docs/images/viewer.py out

Needs the extra `view`, Playwright and Chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rendersdg.viewer.sources import Asked, source_of
from tests.viewer.browser import chromium
from tests.viewer.running import viewing

OUT = Path(__file__).with_name("viewer.jpg")

with viewing(source_of(Asked(place=sys.argv[1]))) as viewer, chromium() as browser:
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(f"{viewer.address}#image=2")
    page.wait_for_selector("#scene:empty", state="attached", timeout=60_000)
    page.reload()
    page.wait_for_selector(".boxes rect")
    page.locator(".objects button[data-object='6']").focus()
    page.wait_for_selector("#object >> text=Drawn for it")
    page.screenshot(path=OUT, type="jpeg", quality=72)
