"""What every annotator keeps to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rendersdg.annotators import ANNOTATORS, Annotator, Request
from rendersdg.docstrings import summary
from rendersdg.frame import ProductView
from rendersdg.testing.scenes import EMPTY, ROOM, fingerprint, open_text, view_for
from writers.annotator import AnnotatorWriter

_LEAVES = (bool, int, float, str, bytes, np.ndarray, np.generic, type(None))


def check_annotator(annotator: str | Annotator, **params: object) -> Any:
    """Return what an annotator gives for a ball and a box seen by one camera, 96 x 72 pixels.

    ``annotator`` is a name of the table or of an entry point, or the function; ``params`` are its init parameters.
    Raises AssertionError, with what is wrong, where it breaks the rules: it gives an image (rows first, as large as the
    product), or ``{"data": array, "info": {...}}``, or a dictionary of plain values and arrays; the same every time;
    for an empty stage too; and leaves the labels and the picture as they are.
    """
    called = ANNOTATORS[annotator] if isinstance(annotator, str) else annotator
    who = f"annotator {annotator if isinstance(annotator, str) else getattr(annotator, '__name__', annotator)}"
    assert summary(called), f"{who} has no docstring: `rendersdg list annotators` says what it gives"
    eye = view_for([annotator] if isinstance(annotator, str) else [])
    value = _asked(called, ROOM + eye, who, params)
    again = _asked(called, ROOM + eye, who, params)
    assert fingerprint(value) == fingerprint(again), f"{who} gives another value the second time"
    _asked(called, EMPTY + eye, who, params)
    if isinstance(annotator, str):
        _is_written(annotator, who)
    return value


def _asked(annotator: Annotator, text: str, who: str, params: Mapping[str, object]) -> Any:
    with open_text(text, backend="raster") as session:
        view = next(iter(session.views(session.snapshot(0), {}).values()))
        before = _seen(view)
        value = annotator(Request(view, dict(params), (view,)))
        assert _seen(view) == before, f"{who} changes the scene, the labels or the picture"
    width, height = view.product.camera.resolution_wh
    if isinstance(value, np.ndarray):
        assert value.ndim < 2 or value.shape[:2] == (height, width), f"{who} gives an image of {value.shape}"
        assert value.dtype != object, f"{who} gives an array of objects"
        return value
    assert isinstance(value, dict), f"{who} gives a {type(value).__name__}, not an array or a dictionary"
    if "data" in value:
        assert isinstance(value["data"], np.ndarray), f"{who}: data is a {type(value['data']).__name__}, not an array"
        assert value["data"].shape[:2] != (width, height), f"{who} gives an image whose columns come first"
        assert isinstance(value.get("info", {}), dict), f"{who}: info is not a dictionary"
    _is_plain(value, who)
    return value


def _seen(view: ProductView) -> str:
    """Return what tells a view from another."""
    if view.product.lidar is not None:
        return fingerprint([view.snapshot, view.scan])
    return fingerprint([view.snapshot, view.labels, view.light, view.buffers])


def _is_plain(value: object, who: str) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _is_plain(inner, who)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _is_plain(inner, who)
    else:
        assert isinstance(value, _LEAVES), f"{who} gives a {type(value).__name__}, which no writer can write"


def _is_written(name: str, who: str) -> None:
    """Check that a scene can have the annotator's output in files."""
    from rendersdg.graph.nodes import WriterUse

    with open_text(ROOM + view_for([name]), backend="raster") as session:
        graph = session.recorder.graph
        graph.writers.append(
            WriterUse("AnnotatorWriter", {}, "suite", list(graph.products), made=AnnotatorWriter(annotators=[name]))
        )
        session.attach()
        assert session.make(0).files, f"{who}: AnnotatorWriter writes nothing of it"
