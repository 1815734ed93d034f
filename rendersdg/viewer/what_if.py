"""What would change if: a frame in which one parameter alone has another value, across its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rendersdg.arrays import U1
from rendersdg.graph.parameters import Parameter, find, moved, place_in_plan
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.viewer.asks import Ask
from rendersdg.viewer.seen import MOST_VALUES, objects_of, picture_of, plain_value, small_capture
from writers.encoders import image_bytes

_JPEG = 90  # quality
_TOLD = ("label", "box", "visible_pixels")  # of an object
_NOISE = 2  # levels of 255 by which a pixel may differ and count as the same
_GAIN = 4  # of differences


def what_if(session: Session, capture: Capture, camera: str, ask: Ask, known: Sequence[Parameter]) -> dict[str, Any]:
    """Return pictures of a captured frame with one parameter moved, and how the labels differ; the values ``drawn``.

    ``strip`` has for each value the ``picture``, its ``difference`` from the frame (JPEG), the share of pixels that
    ``changed``, and the ``objects`` whose labels differ.

    Raises BadArgument where the scene has no such parameter, or draws none for the object that is named.
    """
    assert ask.parameter is not None
    parameter = find(known, ask.parameter)
    prim = None if ask.prim_path is None else place_in_plan(capture.plan, parameter, ask.prim_path)
    before = picture_of(capture, camera, ask.size_px, ask.annotator)
    objects = objects_of(session, capture, camera, known)
    strip = []
    for value in values_across(parameter, ask.steps):
        other = small_capture(session, moved(capture.plan, parameter, value, prim), ask.size_px)
        picture = picture_of(other, camera, ask.size_px, ask.annotator)
        strip.append(
            {
                "value": plain_value(value),
                "picture": image_bytes(picture, "jpg", _JPEG),
                "difference": image_bytes(difference(before, picture), "jpg", _JPEG),
                "changed": changed_share(before, picture),
                "objects": compared(objects, objects_of(session, other, camera, known)),
            }
        )
    values: Any = capture.plan.as_json()["values"]
    drawn = [plain_value(v) for v in parameter.of(values)[:MOST_VALUES]]
    return {"parameter": parameter.name, "label": parameter.label, "drawn": drawn, "strip": strip}


def values_across(parameter: Parameter, steps: int) -> list[Any]:
    """Return values across a parameter's range: both ends and between, or its first entries.

    The upper end itself cannot be drawn: what stands for it lies a thousandth of the range below.
    """
    if not parameter.is_number:
        return list(parameter.entries[:steps])
    edges = [float(edge) for edge in parameter.edges(steps - 1)]
    edges[-1] -= (edges[-1] - edges[-2]) * 1e-3
    return edges


def difference(before: U1, after: U1) -> U1:
    """Return where two pictures (H, W, 3) differ: grey for nothing, brighter where the second is, by ``_GAIN``."""
    gap = (after.astype(np.int16) - before.astype(np.int16)) * _GAIN
    return np.clip(128 + gap, 0, 255).astype(np.uint8)


def compared(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects whose labels differ between two pictures: gone, new, or with another box or pixel count."""
    old, new = ({o["path"]: o for o in objects} for objects in (before, after))
    found = []
    for path in [*old, *(p for p in new if p not in old)]:
        one, other = old.get(path), new.get(path)
        if one is not None and other is not None and all(one[k] == other[k] for k in _TOLD):
            continue
        known = one or other
        assert known is not None
        found.append(
            {
                "path": path,
                "label": known["label"],
                "before": None if one is None else {k: one[k] for k in ("box", "visible_pixels")},
                "after": None if other is None else {k: other[k] for k in ("box", "visible_pixels")},
            }
        )
    return found


def changed_share(before: U1, after: U1) -> float:
    """Return the share 0..1 of pixels that differ between two pictures (H, W, 3)."""
    gap = np.abs(after.astype(np.int16) - before.astype(np.int16)).max(axis=2)
    return round(float((gap > _NOISE).mean()), 4)
