"""A frame of a scene and its twin without the labelled defects: what the defects change, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rendersdg.api.frames import LabelledFrame
from rendersdg.api.scenes import Scene
from rendersdg.errors import BadArgument
from rendersdg.snapshot import Defect, Instance, Snapshot

if TYPE_CHECKING:
    from detectors.composite import Change

_MOST_EMPTY = 20  # frames without a defect, a frame with one that is asked for, before nobody looks on


def without_defects(snapshot: Snapshot) -> Snapshot:
    """Return a frame without its labelled defects, on surfaces as they were before; marks without a label stay.

    Instances keep their numbers.
    """
    instances = tuple(_undone(each) for each in snapshot.instances)
    defects = tuple(_on_intact(each) for each in snapshot.defects if max(each.entities, default=-1) < 0)
    return replace(snapshot, defects=defects, missing=(), instances=instances)


def changes_of(
    scene: Scene, count: int, *, camera: str | None = None, on_frame: Callable[[int], None] = lambda done: None
) -> list[Change]:
    """Return what the defects of ``count`` frames change: relative light, linear, and where they are labelled.

    Frames are those from 0 on that show a defect. Light is that before the sensor, so noise changes nothing.

    Args:
        scene: with defects on its surfaces, or parts that are missing.
        count: how many frames with a defect.
        camera: the name of a render product; None for the first.
        on_frame: is called with the number of changes found, after each frame that has one.

    Raises:
        BadArgument: twenty times as many frames do not show so many.
    """
    found: list[Change] = []
    for number in range(count * (_MOST_EMPTY + 1)):
        frame = scene.frame(number)
        change = change_of(frame if camera is None else frame.view(camera))
        if change is not None:
            found.append(change)
            on_frame(len(found))
        if len(found) == count:
            return found
    raise BadArgument(
        f"{scene.name} shows a labelled defect in {len(found)} of its first {count * (_MOST_EMPTY + 1)} frames; give a "
        "scene whose surfaces have defects (docs/defects.md), or leave --scene out"
    )


def change_of(frame: LabelledFrame, twin: LabelledFrame | None = None) -> Change | None:
    """Return what the defects of a frame change as its camera sees them; None where it shows none.

    ``twin`` is the frame without its defects, of the same camera, where it is there: one serves all cameras.
    """
    from detectors.composite import Mark, change_between

    snapshot = frame._capture.snapshot
    if not any(max(d.entities, default=-1) >= 0 for d in snapshot.defects) and not snapshot.missing:
        return None
    marks = [Mark(o.label, o.mask) for o in frame.objects if _is_defect(snapshot, o.prim_path)]
    damaged, intact = (
        np.asarray(each.annotate("HdrColor")[..., :3], np.float32)
        for each in (frame, twin or frame.counterfactual(without_defects))
    )
    return change_between(damaged, intact, marks)


def _undone(instance: Instance) -> Instance:
    if instance.shown == "always":
        return instance
    return replace(instance, shown="intact" if instance.shown == "frame" else "always")


def _on_intact(defect: Defect) -> Defect:
    """Return a defect on the surface as it was before others displaced it."""
    if defect.intact is None:
        return defect
    instance, triangles, rows = defect.intact
    return replace(defect, instance=instance, triangles=triangles, rows=rows, intact=None)


def _is_defect(snapshot: Snapshot, path: str) -> bool:
    marked = {e for d in snapshot.defects for e in d.entities if e >= 0} | {m.entity for m in snapshot.missing}
    return any(snapshot.entities[e].prim_path == path for e in marked)
