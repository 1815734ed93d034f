"""Paints frames of a scene's text, one after the other; what was loaded for the text before is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pxr import Sdf

from rendersdg.backends.quality import quality_change
from rendersdg.errors import BadScene, RenderSDGError
from rendersdg.graph.parameters import Parameter, parameters
from rendersdg.guard import guarded
from rendersdg.kernels.threads import set_threads
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.scene.recorder import Recorder, recording
from rendersdg.viewer.asks import Ask
from rendersdg.viewer.mistakes import told
from rendersdg.viewer.seen import MOST_VALUES, objects_of, picture_of, plain_value, small_capture
from rendersdg.viewer.sliders import moved_text, sliders
from rendersdg.viewer.what_if import what_if
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser
from writers.encoders import image_bytes

_JPEG = 90  # quality
_MOST_OBJECTS = 1000  # that are told of a picture, the largest first


class Painter:
    """Paints a scene as its text is edited. What is wrong with a text leaves what was loaded before as it is.

    Args:
        scene: its file, beside which relative paths begin. It is not read.
        backend: what paints.
        assets: folders by the prefix of a library path.
        threads: how many draw one frame.
    """

    def __init__(
        self, scene: Path, *, backend: str = "raster", assets: Sequence[tuple[str, str]] = (), threads: int = 1
    ) -> None:
        self._scene = scene
        self._backend = backend
        self._assets = tuple(assets)
        self._key: tuple[str, str | None] | None = None
        self._session: Session | None = None
        self._base: tuple[str, Recorder] | None = None  # the text that sliders were last moved in
        self._known: list[Parameter] = []
        self._sliders: list[dict[str, Any]] | None = None
        self._capture: tuple[tuple[Session, int, int], Capture] | None = None
        set_threads(threads)

    def paint(self, ask: Ask) -> dict[str, Any]:
        """Return the picture that is asked for and all that the page shows beside it, JSON-ready but for bytes.

        What is wrong with the text is in ``errors``, and there is no ``picture`` then.
        """
        seconds: dict[str, float] = {}
        answer: dict[str, Any] = {"errors": [], "text": None}
        try:
            with guarded(self._scene.name):
                if ask.changes:
                    with _timed(seconds, "text"):
                        ask = self._changed(ask)
                    answer["text"] = ask.text
                answer |= self._painted(ask, seconds)
        except MemoryError:
            answer["errors"] = [{"line": None, "text": "there is not enough memory for this scene"}]
        except RenderSDGError as error:
            answer["errors"] = told(error, self._scene.name)
        answer["ms"] = {name: round(value * 1000, 1) for name, value in seconds.items()}
        return answer

    def _changed(self, ask: Ask) -> Ask:
        """Return what is asked with what sliders say in its text: the text that they are moved in is kept open."""
        if self._base is None or self._base[0] != ask.text:
            self._base = ask.text, self._opened(ask).recorder
        text = moved_text(self._base[1], ask.text, self._scene.name, ask.changes)
        return replace(ask, text=text, changes=())

    def _painted(self, ask: Ask, seconds: dict[str, float]) -> dict[str, Any]:
        with _timed(seconds, "open"):
            session = self._opened(ask)
        with _timed(seconds, "snapshot"):
            capture = self._captured(session, ask)
        names = list(capture.views)
        if not names:
            raise BadScene(
                f"{self._scene.name} has no camera that shows anything; add create.camera and create.render_product"
            )
        camera = ask.camera if ask.camera in names else names[0]
        with _timed(seconds, "render"):
            picture = picture_of(capture, camera, ask.size_px, ask.annotator)
        with _timed(seconds, "labels"):
            objects = objects_of(session, capture, camera, self._known)
        with _timed(seconds, "encode"):
            encoded = image_bytes(picture, "jpg", _JPEG)
        answer = self._about(session, capture, ask, names, camera)
        answer |= {
            "picture": encoded,
            "size_wh": [picture.shape[1], picture.shape[0]],
            "objects": objects[:_MOST_OBJECTS],
            "more_objects": max(len(objects) - _MOST_OBJECTS, 0),
        }
        if ask.parameter is not None:
            with _timed(seconds, "what if"):
                answer["what_if"] = what_if(session, capture, camera, ask, self._known)
        with _timed(seconds, "sliders"):
            answer["sliders"] = self._all_sliders(session, ask)
        return answer

    def _opened(self, ask: Ask) -> Session:
        """Return the session of a text; what it can keep of the one before is kept."""
        key = (ask.text, ask.quality)
        if self._key != key or self._session is None or ask.is_fresh:
            self._open(ask)
            self._key = key
        session = self._session
        assert session is not None
        wanted = ask.seed if ask.seed is not None else session.recorder.graph.seed or 0
        if session.seed != wanted:
            session = Session(session.recorder, seed=wanted, backend=self._backend, after=session, needs_writer=False)
            self._session = session
        return session

    def _open(self, ask: Ask) -> None:
        before = self._session
        document = parse(ask.text, self._scene.name)
        Sdf.Layer.ReloadLayers([layer for layer in Sdf.Layer.GetLoadedLayers() if layer.realPath])  # those that changed
        with recording(self._scene.parent, overrides=self._assets) as recorder:
            if before is not None:
                recorder.layers.follow(before.recorder.layers)
            SceneParser(recorder).read(self._scene, quality_change(ask.quality), document)
            session = Session(recorder, seed=ask.seed, backend=self._backend, after=before, needs_writer=False)
        self._session, self._capture = session, None
        self._known = parameters(recorder.graph)
        self._sliders = None

    def _all_sliders(self, session: Session, ask: Ask) -> list[dict[str, Any]]:
        if self._sliders is None:
            self._sliders = sliders(session.recorder, ask.text, self._scene.name)
        return self._sliders

    def _captured(self, session: Session, ask: Ask) -> Capture:
        """Return the moment of a frame at the size of the preview; that of the last one is kept."""
        key = (session, ask.frame, ask.size_px)
        if self._capture is None or self._capture[0] != key:
            self._capture = key, small_capture(session, session.planner.plan(ask.frame), ask.size_px)
        return self._capture[1]

    def _about(self, session: Session, capture: Capture, ask: Ask, names: Sequence[str], camera: str) -> dict[str, Any]:
        plan = capture.plan.as_json()
        values: Any = plan["values"]
        return {
            "frame": ask.frame,
            "seed": session.seed,
            "length": session.length(),
            "cameras": list(names),
            "camera": camera,
            "quality": session.recorder.graph.settings.get("render_quality", "fast"),
            "values": {site: _few(rows) for site, rows in values.items()},
            "parameters": [_shown(p) for p in self._known],
            "notes": session.recorder.report.as_json(),
        }


def _shown(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "label": parameter.label,
        "low": plain_value(parameter.low),
        "high": plain_value(parameter.high),
        "scale": parameter.scale,
        "entries": [plain_value(e) for e in parameter.entries[:MOST_VALUES]],
        "is_fixed": parameter.is_fixed,
    }


def _few(rows: Any) -> dict[str, Any]:
    return {"values": [plain_value(v) for v in rows[:MOST_VALUES]], "count": len(rows)}


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start
