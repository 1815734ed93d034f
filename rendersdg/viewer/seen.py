"""What is seen in a preview: the picture of a view, its labelled objects, and values as JSON holds them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rendersdg.arrays import U1
from rendersdg.graph.parameters import Parameter, values_of_object
from rendersdg.graph.plan import Plan
from rendersdg.orchestrator.labelling import labelling_of
from rendersdg.orchestrator.overhead import from_above
from rendersdg.orchestrator.preview import as_picture
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.viewer.shrunk import shrunk
from writers.records import label_of

MOST_VALUES = 50  # of one list


def small_capture(session: Session, plan: Plan, size_px: int) -> Capture:
    """Return the moment that a plan makes, its pictures at most ``size_px`` pixels on their longer side."""
    capture = session.capture(plan)
    small = shrunk(capture.snapshot, size_px)
    return Capture(plan, small, session.views(small, capture.seconds), capture.seconds)


def picture_of(capture: Capture, camera: str, size_px: int, annotator: str | None = None) -> U1:
    """Return what is shown of a view, (H, W, 3) uint8: its picture, or what an annotator gives as one.

    Of a lidar the points are drawn from above, ``size_px`` pixels a side.
    """
    view = capture.views[camera]
    if view.product.lidar is not None:
        return from_above(view, size_px)
    view.render()  # the labels may come with the picture
    if annotator is not None:
        return as_picture(annotator, capture.annotate(camera, annotator, {}, list(capture.views)))
    return np.ascontiguousarray(view.buffers.rgb[..., :3])


def objects_of(session: Session, capture: Capture, camera: str, known: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Return the labelled objects of a picture, the largest first, JSON-ready: ``path``, ``label``, ``box`` (right and
    bottom exclusive, pixels), ``visible_pixels``, ``occlusion``, ``truncation``, and the ``values`` of the parameters
    ``known`` that were drawn for each.
    """
    if capture.views[camera].product.lidar is not None:
        return []
    labelling = labelling_of(session.writers)
    answer = capture.annotate(camera, "objects", labelling.choice, list(capture.views))
    found = []
    for o in answer["info"]["objects"]:
        if labelling.keeps(o) and o["tight"] is not None:
            x0, y0, x1, y1 = o["tight"]
            values = values_of_object(capture.plan, known, o["prim_path"])
            found.append(
                {
                    "path": o["prim_path"],
                    "label": label_of(o["labels"]),
                    "box": [int(x0), int(y0), int(x1) + 1, int(y1) + 1],
                    "visible_pixels": int(o["visible_pixels"]),
                    "occlusion": round(float(o["occlusion"]), 3),
                    "truncation": round(float(o["truncation"]), 3),
                    "values": {name: plain_value(value) for name, value in values.items()},
                }
            )
    return sorted(found, key=lambda one: -one["visible_pixels"])


def plain_value(value: Any) -> Any:
    """Return a value as JSON holds it: numbers that it does not hold as words, lists without end cut short."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [plain_value(v) for v in value[:MOST_VALUES]]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
