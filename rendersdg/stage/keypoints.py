"""Points that are named on prims, by files and by ``modify.keypoints``: whose they are, and where in a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np

from rendersdg import portable
from rendersdg.errors import did_you_mean
from rendersdg.geometry import Matrix, transform_points
from rendersdg.graph.plan import Firing
from rendersdg.snapshot import Keypoints
from rendersdg.stage.base import PROTOTYPES, ancestors
from rendersdg.stage.named_points import Marks
from rendersdg.stage.state import SceneState


def keypoints(state: SceneState, firing: Firing) -> None:
    """modify.keypoints: points of an earlier call on the same prim stay, but for those of the same names."""
    given = Marks(dict(firing.inputs["points"]), tuple(firing.inputs["skeleton"]), firing.inputs["depth"])
    for path in firing.targets:
        state.keypoints[path] = state.keypoints.get(path, Marks()).and_then(given)


def build_keypoints(
    state: SceneState, authored: Mapping[str, Marks], entities: Mapping[str, int], metres: Matrix
) -> list[Keypoints]:
    """Return the keypoints of a frame, those of one prim after the other's in the order of their first call.

    Points belong to the nearest labelled prim at or above theirs, or the root of the asset that theirs holds. They are
    left out where that is not drawn, or where a part that they are on is missing. What belongs to no labelled prim is
    noted, and so is a line of a skeleton to a name that there is not.

    Args:
        state: the scene as things stand.
        authored: the points that its files name, by prim.
        entities: the numbers of the labelled prims that are drawn, by path.
        metres: from the stage's units (4, 4).
    """
    marked = dict(authored)
    for path, marks in state.keypoints.items():
        marked[path] = marked.get(path, Marks()).and_then(marks)
    found = []
    for path, marks in marked.items():
        if not marks.points:
            continue
        has_owner = False
        for place in _places(state, path):
            owners = [*(place + end for end in state.base.roots(place)), *ancestors(place)[1:]]
            owner = next((p for p in owners if state.semantics(p)), None)
            has_owner |= owner is not None
            if owner is None or owner not in entities or any(p in state.missing for p in ancestors(place)):
                continue
            frame = state.frame(place)
            placed = transform_points(frame, np.array(list(marks.points.values()), np.float64))
            found.append(
                Keypoints(
                    prim_path=place,
                    entity=entities[owner],
                    names=tuple(marks.points),
                    world=transform_points(metres, placed),
                    skeleton=marks.skeleton,
                    depth=_depth(marks, frame, metres),
                )
            )
        if not has_owner and f"/{PROTOTYPES}/" not in path:  # those are labelled where they are placed
            state.base.report.note(
                path, "its keypoints belong to no object: neither it nor a prim above it is labelled"
            )
    _note_loose_lines(state, marked)
    return found


def _depth(marks: Marks, frame: Matrix, metres: Matrix) -> float | None:
    """Return how far below a surface points count as seen, metres."""
    depth = marks.depth
    if depth is None and marks.own_depth is not None:
        depth = marks.own_depth * portable.power(abs(portable.determinant(frame[:3, :3])), 1 / 3)
    return None if depth is None else float(depth * metres[0, 0])


def _places(state: SceneState, path: str) -> Iterator[str]:
    """Give a prim, and what stands in the frame as a copy of it: below what operations placed, and as instances of
    point instancers.
    """
    yield path
    for holder, placed in state.placed.items():
        if path == placed.prototype or path.startswith(f"{placed.prototype}/"):
            yield holder + path[len(placed.prototype) :]
    for copied, copy in state.base.copies.items():
        if copy.source == path:
            yield copied


def _note_loose_lines(state: SceneState, marked: Mapping[str, Marks]) -> None:
    known = set(chain.from_iterable(marks.points for marks in marked.values()))
    for path, marks in marked.items():
        for name in dict.fromkeys(chain.from_iterable(marks.skeleton)):
            if name not in known:
                text = f"its skeleton has a line to {name!r}, and no keypoint is called so{did_you_mean(name, known)}"
                state.base.report.note(path, text)
