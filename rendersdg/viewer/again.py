"""The scene behind a rendered set: opened again in a thread of its own, to say what was drawn and to annotate anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rendersdg.arrays import F4, F8, U1
from rendersdg.errors import BadArgument
from rendersdg.farm.recorded import opened_again
from rendersdg.graph.parameters import Parameter, parameters, values_of_object
from rendersdg.guard import as_foreseen
from rendersdg.viewer.index import Shown

if TYPE_CHECKING:
    from rendersdg.orchestrator.session import Capture, Session

T = TypeVar("T")
ANNOTATORS = (  # that give a picture, of any scene
    "rgb",
    "distance_to_image_plane",
    "distance_to_camera",
    "normals",
    "semantic_segmentation",
    "instance_segmentation",
    "instance_id_segmentation",
    "motion_vectors",
    "DiffuseAlbedo",
    "Roughness",
    "AmbientOcclusion",
)
MOST_POINTS = 400_000  # of a cloud; a denser one is thinned


class Again:
    """A scene that is opened on the first question. Questions wait for each other: a session answers one at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stack = ExitStack()
        self._thread = ThreadPoolExecutor(1, "scene")
        self._session: Session | None = None
        self._last: tuple[int, Capture] | None = None
        self._ends = Event()
        self.state = "closed"
        self.reason = ""

    def ask(self, question: Callable[[Session], T]) -> T:
        """Return the answer to a question about the open scene. Raises what opening it and the question raise."""
        return self._thread.submit(lambda: question(self._open())).result()

    def start(self, work: Callable[[Session], None]) -> Future[None]:
        """Ask a question without waiting for its end, which the future tells."""

        def quietly() -> None:
            try:
                work(self._open())
            except Exception as error:  # told by state and reason
                self.state, self.reason = "failed", str(as_foreseen(error))

        return self._thread.submit(quietly)

    @property
    def is_ending(self) -> bool:
        """Whether the server ends, so that long work stops."""
        return self._ends.is_set()

    def close(self) -> None:
        """End, after the question under way."""
        self._ends.set()
        self._thread.submit(self._stack.close)
        self._thread.shutdown(wait=True)

    def _open(self) -> Session:
        if self.state == "failed" and self._session is None:
            raise BadArgument(f"the scene of this set does not open again: {self.reason}")
        if self._session is None:
            self.state = "opening"
            try:
                self._session = self._stack.enter_context(opened_again(str(self._root)))
            except Exception as error:
                self.state, self.reason = "failed", str(as_foreseen(error))
                raise BadArgument(f"the scene of this set does not open again: {self.reason}") from error
            self.state = "open"
        return self._session

    def captured(self, session: Session, frame: int) -> Capture:
        """Return the moment of a frame; the last one is kept, since several pictures of it are asked for."""
        if self._last is None or self._last[0] != frame:
            self._last = (frame, session.capture(session.planner.plan(frame), with_motion=True))
        return self._last[1]

    def annotated(self, shown: Shown, name: str) -> Any:
        """Return what an annotator gives for an image. Raises BadArgument for one that is not of :data:`ANNOTATORS`."""
        if name not in ANNOTATORS:
            raise BadArgument(f"{name!r} is not shown; there are {', '.join(ANNOTATORS)}")
        return self.ask(lambda session: self._annotated(session, shown, name, {}))

    def cloud(self, shown: Shown) -> tuple[F4, U1]:
        """Return points (N, 3) float32 in stage units, and their colours (N, 3) uint8, sRGB."""

        def points(session: Session) -> tuple[F4, U1]:
            answer = self._annotated(session, shown, "pointcloud", {"includeUnlabelled": True})
            where, colours = np.asarray(answer["data"], np.float32), np.asarray(answer["info"]["pointRgb"], np.uint8)
            step = -(-len(where) // MOST_POINTS) or 1
            return np.ascontiguousarray(where[::step]), np.ascontiguousarray(
                colours.reshape(len(where), -1)[::step, :3]
            )

        return self.ask(points)

    def boxes(self, shown: Shown) -> list[dict[str, Any]]:
        """Return the boxes in space of labelled objects: ``corners`` (8, 3) in stage units, ``label``, ``path``."""

        def boxes(session: Session) -> list[dict[str, Any]]:
            answer = self._annotated(session, shown, "bounding_box_3d", {})
            rows, info = answer["data"], answer["info"]
            labels = {str(k): v for k, v in info.get("idToLabels", {}).items()}
            return [box_in_space(row, str(path), labels) for row, path in zip(rows, info["primPaths"])]

        return self.ask(boxes)

    def camera(self, shown: Shown) -> dict[str, Any]:
        """Return where the camera stands: ``position`` and ``forward``, (3,) each, stage units; ``up`` of the stage."""

        def pose(session: Session) -> dict[str, Any]:
            capture = self.captured(session, _frame_of(shown))
            matrix: F8 = np.asarray(capture.views[self._view(capture, shown)].product.camera.world_from_camera)
            units = capture.snapshot.meters_per_unit
            from pxr import UsdGeom

            return {
                "position": (matrix[:3, 3] / units).tolist(),
                "forward": (-matrix[:3, 2]).tolist(),
                "up": str(UsdGeom.GetStageUpAxis(session.recorder.stage)),
            }

        return self.ask(pose)

    def _annotated(self, session: Session, shown: Shown, name: str, params: Mapping[str, Any]) -> Any:
        capture = self.captured(session, _frame_of(shown))
        view = self._view(capture, shown)
        capture.views[view].render()  # labels may come with the picture
        return capture.annotate(view, name, params, list(capture.views))

    def _view(self, capture: Capture, shown: Shown) -> str:
        """Return the camera that took an image: the one that its path names, else the first."""
        names = list(capture.views)
        text = "/".join(shown.sample.file.parts[-4:])
        return max((n for n in names if n in text), key=len, default=names[0])


@dataclass(frozen=True, eq=False)
class DrawnValues:
    """What was drawn for the images of a set.

    Attributes:
        objects: for each object of an image by its place, values by short name; for an image without objects, one row.
        common: the names of values that the whole frame has, by place; the others are an object's own.
        meanings: the site of each short name.
    """

    objects: dict[int, list[dict[str, Any]]]
    common: dict[int, frozenset[str]]
    meanings: dict[str, str]


def drawn_of(
    session: Session, images: Sequence[Shown], on_image: Callable[[int], bool] = lambda count: True
) -> DrawnValues:
    """Return what was drawn for each object of images.

    Args:
        session: the open scene.
        images: of one rendered set; those without a frame are left out.
        on_image: is called with how many are done; False ends the work.
    """
    known = parameters(session.recorder.graph)
    short = names_of(known)
    found = DrawnValues({}, {}, {short[p.name]: p.name for p in known})
    for count, shown in enumerate(images, 1):
        if shown.frame is not None:
            plan = session.planner.plan(shown.frame)
            common = values_of_object(plan, known, "")
            rows = [values_of_object(plan, known, detail.prim_path or "") for detail in shown.details] or [common]
            found.objects[shown.place] = [{short[name]: value for name, value in row.items()} for row in rows]
            found.common[shown.place] = frozenset(short[name] for name in common)
        if not on_image(count):
            break
    return found


def names_of(known: Sequence[Parameter]) -> dict[str, str]:
    """Return a short name for each parameter by its name: its label where no other has it."""
    labels = [p.label for p in known]
    return {p.name: p.label if labels.count(p.label) == 1 else p.name for p in known}


def _frame_of(shown: Shown) -> int:
    if shown.frame is None:
        raise BadArgument(f"{shown.name} is not of one frame of a rendered set, so it cannot be made again")
    return shown.frame


def box_in_space(row: Any, path: str, labels: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``bounding_box_3d`` as ``corners`` (8, 3) in stage units, ``label`` and ``path``.

    Args:
        row: with the box's bounds in its own frame, and its transform.
        path: of its prim.
        labels: what each id means, by its text.
    """
    low = [float(row[f"{axis}_min"]) for axis in "xyz"]
    high = [float(row[f"{axis}_max"]) for axis in "xyz"]
    corners = np.array([[(low, high)[k >> a & 1][a] for a in range(3)] + [1.0] for k in range(8)])
    world = corners @ np.asarray(row["transform"], np.float64).reshape(4, 4)
    label = labels.get(str(int(row["semanticId"])), "")
    text = ", ".join(str(v) for v in label.values()) if isinstance(label, Mapping) else str(label)
    return {"corners": world[:, :3].tolist(), "label": text, "path": path}
