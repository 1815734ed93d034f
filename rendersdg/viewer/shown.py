"""Frames of a scene as one piece of HTML, for notebooks: pictures, labels under the pointer, values. No server."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from rendersdg.files import write_file
from rendersdg.graph.parameters import parameters
from rendersdg.orchestrator.session import Session
from rendersdg.viewer.seen import MOST_VALUES, objects_of, picture_of, plain_value, small_capture
from rendersdg.web.markup import tag
from rendersdg.web.pages import Page
from writers.encoders import image_bytes

_JPEG = 90  # quality
_WIDEST, _AROUND = 736, 130  # pixels: of the page's column, and the height of what stands around the picture
_MODULE_LINE = re.compile(r"^import .*$|^export (?=(async )?(function|const|class)\b)", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class ShownScene:
    """Some frames of a scene, drawn: a notebook shows it as a page in a frame of its own, which reaches nothing else.

    Attributes:
        name: of the scene's file.
        page: the whole page, HTML that needs no other file.
        size_wh: of its pictures, pixels.
    """

    name: str
    page: str
    size_wh: tuple[int, int]

    def save(self, path: str | Path) -> None:
        """Write the page into a file, which any browser opens. Raises DatasetError where it cannot be written."""
        write_file(Path(path), self.page.encode("utf-8"))

    def _repr_html_(self) -> str:
        width, height = self.size_wh
        tall = round(min(_WIDEST, 1.5 * width) * height / width) + _AROUND
        return (
            f'<iframe sandbox="allow-scripts" title="frames of {escape(self.name)}" width="100%" height="{tall}" '
            f'style="border:0;max-width:{_WIDEST + 16}px" srcdoc="{escape(self.page)}"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<frames of {self.name}, shown; save(path) writes the page>"


def shown_scene(session: Session, name: str, frames: Iterable[int], camera: str, size_px: int) -> ShownScene:
    """Return frames of a scene as a page.

    Args:
        session: the open scene.
        name: of its file.
        frames: the numbers, one at least.
        camera: the name of a render product.
        size_px: the longer side of the pictures at most.
    """
    known = parameters(session.recorder.graph)
    told: list[dict[str, Any]] = []
    for number in frames:
        capture = small_capture(session, session.planner.plan(number), size_px)
        picture = picture_of(capture, camera, size_px)
        values: Any = capture.plan.as_json()["values"]
        told.append(
            {
                "number": number,
                "picture": f"data:image/jpeg;base64,{b64encode(image_bytes(picture, 'jpg', _JPEG)).decode()}",
                "size_wh": [picture.shape[1], picture.shape[0]],
                "objects": objects_of(session, capture, camera, known),
                "values": {site: [plain_value(v) for v in rows[:MOST_VALUES]] for site, rows in values.items()},
            }
        )
    width, height = told[0]["size_wh"]
    page = Page(
        title=name,
        body=_body(len(told)),
        styles=[_text("seen.css"), _text("shown.css")],
        scripts=[f"{{\n{_plain('seen.js')}\n{_plain('shown.js')}\n}}"],
        data={"frames": {"seed": session.seed, "frames": told}},
    )
    return ShownScene(name, page.html(), (width, height))


def _body(count: int) -> Any:
    controls = tag(
        "div",
        tag("button", "\N{MINUS SIGN}", id="less", type="button", aria_label="Previous frame"),
        tag("input", id="which", type="range", min="0", max=str(count - 1), value="0", aria_label="Frame"),
        tag("button", "+", id="more", type="button", aria_label="Next frame"),
        tag("label", tag("input", id="boxes", type="checkbox", checked=True), "Labels"),
        class_="row",
    )
    table = tag("div", tag("table", tag("tbody", id="values")), class_="scroll")
    values = tag("details", tag("summary", "Values that were drawn"), table)
    told = tag("div", id="told", class_="dim", role="status")
    return tag("main", controls, tag("div", id="stage", class_="stage"), told, values, class_="shown")


def _text(file: str) -> str:
    return resources.files("rendersdg.viewer").joinpath("static", file).read_text(encoding="utf-8")


def _plain(file: str) -> str:
    """Return one of the viewer's modules as part of a script that has all that it imports before it."""
    return _MODULE_LINE.sub("", _text(file))
