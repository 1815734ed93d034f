"""A training run in the viewer: what its detector finds in a labelled set, beside the truth, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.detections import Detections
from detectors.preprocess import read_rgb
from rendersdg.arrays import F8
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.extras import needs
from rendersdg.viewer.frames import LEAST, DatasetSource, share
from rendersdg.viewer.gallery import Gallery
from rendersdg.viewer.index import Shown, index_of, samples_of
from rendersdg.viewer.judged import Counts, Judged, counts_of, judged
from rendersdg.viewer.sources import Asked

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_WORST = "mistakes"  # the name of the order
_MOST_KEPT = 8  # least scores whose counts are kept


class RunSource(DatasetSource):
    """A training run beside a labelled set. Predictions are made when they are asked for, and all in the background."""

    kind = "run"

    def __init__(self, asked: Asked) -> None:
        needs("torch", "train", "showing a training run")
        from detectors.runtime import load_model

        run = Path(asked.place)
        self._model = load_model(run)
        self._found: dict[int, Detections | str] = {}
        self._counts: dict[float, dict[int, Counts]] = {}  # of each image by its place, by the least score
        self._lock, self._one_at_a_time, self._ends = Lock(), Lock(), Event()
        super().__init__(asked)
        self.title = f"{asked.place} on {self.gallery.index.spec}"
        self._truth = samples_of(self.gallery.index).of_classes(self._model.classes).images
        self._thread = Thread(target=self._find_all, daemon=True)
        self._thread.start()

    def opened(self, asked: Asked, also: Sequence[Path]) -> Gallery:
        """Return the set that the run is judged on."""
        return Gallery(index_of(asked.data or _data_of(Path(asked.place)), also), {_WORST: self._mistakes}, self._note)

    def close(self) -> None:
        """End the work in the background."""
        self._ends.set()
        self._thread.join(30)
        super().close()

    def about(self) -> dict[str, Any]:
        """Return what is viewed as JSON, with how far the predictions are."""
        return {**super().about(), "found": list(self._model.classes), "judged": self.progress(LEAST)}

    def progress(self, least: float) -> dict[str, Any]:
        """Return how many images have been looked at, and the hits, false alarms and misses in them."""
        counts = self._counted(least)
        with self._lock:
            done = len(self._found)
        rows = list(counts.values())
        totals = {name: sum(getattr(one, name) for one in rows) for name in ("right", "wrong", "missed")}
        return {
            "done": done, "of": len(self._truth), "least": least, **totals, "failed": max(done - len(rows), 0),
        }  # fmt: skip

    def _counted(self, least: float) -> dict[int, Counts]:
        """Return what is right and wrong in each image that has been looked at and can be read, by its place."""
        with self._lock:
            known = self._counts.pop(least, {})
            self._counts[least] = known  # the one asked for last is let go last
            for old in list(self._counts)[:-_MOST_KEPT]:
                del self._counts[old]
            found = {k: f for k, f in self._found.items() if k not in known and not isinstance(f, str)}
            known.update({k: counts_of(judged(self._truth[k], f, least)) for k, f in found.items()})
            return dict(known)

    def judged(self, place: int, least: float) -> Judged:
        """Return the predictions of an image beside its truth; made now where they are not there yet.

        Raises DatasetError for an image that cannot be read.
        """
        shown = self.gallery.index.at(place)
        found = self._find(shown)
        if isinstance(found, str):
            raise BadArgument(found)
        return judged(self._truth[place], found, least)

    def _find(self, shown: Shown) -> Detections | str:
        with self._lock:
            known = self._found.get(shown.place)
        if known is None:
            with self._one_at_a_time:
                try:
                    file = self.gallery.index.readable(shown.sample.file)
                    known = self._model.find([read_rgb(file)])[0]
                except RenderSDGError as error:  # told where the image is shown; the others go on
                    known = str(error)
            with self._lock:
                self._found[shown.place] = known
        return known

    def _find_all(self) -> None:
        for shown in self.gallery.index.images:
            if self._ends.is_set():
                return
            self._find(shown)

    def _mistakes(self, least: float) -> F8:
        """Return how many misses and false alarms each image has; those not looked at yet have -1."""
        counts = np.full(len(self._truth), -1.0)
        for place, one in self._counted(least).items():
            counts[place] = one.wrong + one.missed + one.loudest / 2  # of as many, the surest false alarm first
        return counts

    def _note(self, place: int, least: float) -> str:
        with self._lock:
            found = self._found.get(place)
        if found is None:
            return "not looked at yet"
        if isinstance(found, str):
            return "not readable"
        one = judged(self._truth[place], found, least)
        words = [
            (len(one.missed), "miss", "misses"),
            (one.wrong, "false alarm", "false alarms"),
            (one.right, "hit", "hits"),
        ]
        return ", ".join(f"{count} {noun if count == 1 else nouns}" for count, noun, nouns in words if count)

    def routes(self) -> Sequence[Route]:
        """Return what answers below ``/api/``: those of a set, and the predictions."""
        from starlette.responses import JSONResponse
        from starlette.routing import Route

        def found(request: Request) -> Response:
            return JSONResponse(self.judged(request.path_params["place"], _least(request)).as_json())

        def progress(request: Request) -> Response:
            return JSONResponse(self.progress(_least(request)))

        return [Route("/found/{place:int}", found), Route("/judged", progress), *super().routes()]


def _least(request: Request) -> float:
    """Return the least score that a window of the page asks with: each has its own."""
    return share(request.query_params.get("least", str(LEAST)))


def _data_of(run: Path) -> str:
    """Return the set that a run was judged on, as its record says. Raises BadArgument where it says none."""
    record = (run if run.is_dir() else run.parent) / "result.json"
    told = json_mapping(read_bytes(record), record) if record.is_file() else {}
    if isinstance(told.get("val"), str) and Path(str(told["val"]).partition("@")[0].rpartition(":")[2]).exists():
        return str(told["val"])
    raise BadArgument(
        f"{run}: its record does not say which set it was judged on, or that set is not there; give one with --data"
    )
