"""One labelled set as the page asks about it: lists of images by a filter, one image with all that is known of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Lock
from typing import Any

import numpy as np

from rendersdg.arrays import F4, F8, I8, U1
from rendersdg.colour import label_colour
from rendersdg.errors import BadArgument, DatasetError, did_you_mean
from rendersdg.viewer.again import ANNOTATORS, Again, drawn_of
from rendersdg.viewer.index import Index, Shown
from rendersdg.viewer.kept import Kept
from rendersdg.viewer.pictures import Encoded, layer, legend, numbers, objects_picture, picture, thumbnail
from rendersdg.viewer.query import field_named, parse
from rendersdg.viewer.recorded_values import recorded_values
from rendersdg.viewer.space_on_disk import boxes_on_disk, camera_on_disk, has_points, points_on_disk
from rendersdg.viewer.table import Table, table_of
from writers.encoders import image_bytes

MOST_LISTED = 500  # images of one answer
THUMBNAIL_SIZES = (160, 320, 640)  # pixels of the longer side
_KEPT_BYTES = 128 << 20  # of thumbnails
_LONGEST_WAIT_S = 30.0  # seconds for the scene, when a filter asks what only that knows
Order = Callable[[float], F8]  # by the least score of a prediction
Note = Callable[[int, float], str]


class Gallery:
    """A labelled set.

    Args:
        index: of the set.
        orders: further ways to sort its images, by name: a number for each, worst first, by the least score of a
            prediction that counts.
        note: what a list says of an image by its place and that score, "" for nothing.
    """

    def __init__(
        self, index: Index, orders: Mapping[str, Order] | None = None, note: Note = lambda place, least: ""
    ) -> None:
        self.index = index
        self._orders = dict(orders or {})
        self._note = note
        self._kept = Kept(_KEPT_BYTES)
        self._drawn = recorded_values(index)  # until the scene says more
        self._table = table_of(index, self._drawn.objects, self._drawn.meanings)
        self._last: tuple[str, tuple[I8, I8, I8]] | None = None
        self._lock = Lock()
        self._read = 0
        can_open = index.drawn is not None and "script" not in index.drawn.header
        self.again = Again(index.drawn.root) if index.drawn is not None and can_open else None
        self._reading: Future[None] | None = None

    def start(self) -> None:
        """Begin to read what was drawn for each object, once."""
        with self._lock:
            if self.again is None or self._reading is not None:
                return
            self._reading = self.again.start(self._read_from)

    def _read_from(self, session: Any) -> None:
        again = self._scene_of()

        def on_image(count: int) -> bool:
            self._read = count
            return not again.is_ending

        drawn = drawn_of(session, self.index.images, on_image)
        table = table_of(self.index, drawn.objects, drawn.meanings)
        with self._lock:
            self._drawn, self._table, self._last = drawn, table, None
        again.state = "ready"

    def _is_read_by_now(self) -> bool:
        """Wait, but not for long, for what was drawn for each object; return whether that was waited for and is there.

        A filter that was kept as a bookmark is the first thing that a new server is asked.
        """
        if self.again is None or self.again.state in ("ready", "failed"):
            return False
        self.start()
        assert self._reading is not None
        wait([self._reading], _LONGEST_WAIT_S)
        return self.again.state == "ready"

    def close(self) -> None:
        """Let go of the scene."""
        if self.again is not None:
            self.again.close()

    def about(self) -> dict[str, Any]:
        """Return the set as JSON: classes with colours and counts, fields of the filter, what can be asked for."""
        index = self.index
        labels = np.concatenate([s.sample.labels for s in index.images])
        counts = np.bincount(labels, minlength=len(index.classes)) if len(labels) else np.zeros(len(index.classes), int)
        return {
            "spec": index.spec,
            "images": len(index),
            "objects": int(counts.sum()),
            "classes": [
                {"name": name, "colour": list(label_colour(k + 2)[:3]), "count": int(counts[k])}
                for k, name in enumerate(index.classes)
            ],
            "fields": self._table.about(),
            "orders": list(self._orders),
            "annotators": list(ANNOTATORS) if self.again is not None else [],
            "scene": self._scene(),
        }

    def _scene(self) -> dict[str, Any]:
        if self.again is None:
            reason = "these images are of no rendered set" if self.index.drawn is None else "a script made this set"
            return {"state": "none", "reason": reason, "read": 0}
        return {"state": self.again.state, "reason": self.again.reason, "read": self._read}

    def listed(
        self, where: str, sort: str, *, descends: bool, start: int, count: int, least: float = 0.0
    ) -> dict[str, Any]:
        """Return a part of the images that meet a filter.

        Args:
            where: the filter, see :mod:`rendersdg.viewer.query`; "" for all.
            sort: a field, or one of the orders; "" for the set's own order.
            descends: whether the largest comes first.
            start: the first of them.
            count: how many, :data:`MOST_LISTED` at most.
            least: the score from which on a prediction counts, where there are any.

        Raises:
            BadArgument: the filter or the field is wrong.
        """
        images, rows, objects = self._found(where)
        images = self._sorted(images, rows, sort, descends=descends, least=least)
        start = max(start, 0)
        part = images[start : start + min(max(count, 0), MOST_LISTED)]
        hits: dict[int, list[int]] = {int(place): [] for place in part}
        for place, number in zip(rows.tolist(), objects.tolist()):
            if place in hits and number >= 0:
                hits[place].append(number)
        return {
            "images": len(images),
            "objects": int((objects >= 0).sum()),
            "start": start,
            "items": [
                self._item(self.index.at(int(place)), hits[int(place)], is_filtered=bool(where))
                | {"note": self._note(int(place), least)}
                for place in part
            ],
        }

    def beside(self, place: int, where: str, sort: str, *, descends: bool, least: float = 0.0) -> dict[str, Any]:
        """Return where an image stands among those that meet a filter, its neighbours' places (None for none), and
        which of its objects meet it.
        """
        images, rows, objects = self._found(where)
        order = self._sorted(images, rows, sort, descends=descends, least=least)
        at = np.flatnonzero(order == place)
        hits = [int(k) for k in objects[rows == place] if k >= 0] if where.strip() else []
        if not len(at):
            first = int(order[0]) if len(order) else None
            return {"rank": None, "of": len(order), "before": None, "after": first, "hits": hits}
        rank = int(at[0])
        return {
            "rank": rank,
            "of": len(order),
            "before": int(order[rank - 1]) if rank else None,
            "after": int(order[rank + 1]) if rank + 1 < len(order) else None,
            "hits": hits,
        }

    def _found(self, where: str) -> tuple[I8, I8, I8]:
        with self._lock:
            table, last = self._table, self._last
        if last is not None and last[0] == where:
            return last[1]
        condition = parse(where) if where.strip() else None
        try:
            found = table.found(condition)
        except BadArgument as error:
            if self._is_read_by_now():
                return self._found(where)
            if self.again is not None and self.again.state in ("opening", "open"):
                raise BadArgument(f"{error}; what was drawn for objects is still being read: wait a moment") from None
            raise
        with self._lock:
            if table is self._table:
                self._last = (where, found)
        return found

    def _sorted(self, images: I8, rows: I8, sort: str, *, descends: bool, least: float) -> I8:
        if not sort:
            return images[::-1] if descends else images
        table: Table = self._table
        if sort in self._orders:
            values = self._orders[sort](least)[images]
            return np.asarray(images[np.argsort(-values, kind="stable")])
        try:
            column = table.columns[field_named(table.by_site.get(sort, sort), table.columns)]
        except BadArgument:
            if self._is_read_by_now():
                return self._sorted(images, rows, sort, descends=descends, least=least)
            raise BadArgument(f"there is no field {sort!r} to sort by{did_you_mean(sort, table.columns)}") from None
        if column.dtype == object:
            _, column = np.unique(np.array(["" if v is None else str(v) for v in column]), return_inverse=True)
        number = np.asarray(column, np.float64)
        number = np.where(np.isnan(number), -np.inf if descends else np.inf, number)
        best = np.full(len(self.index), -np.inf if descends else np.inf)
        keep = np.isin(table.image, images)
        (np.maximum if descends else np.minimum).at(best, table.image[keep], number[keep])
        chosen = best[images]
        return np.asarray(images[np.argsort(-chosen if descends else chosen, kind="stable")])

    def _item(self, shown: Shown, hits: list[int], *, is_filtered: bool) -> dict[str, Any]:
        return {
            "place": shown.place,
            "name": shown.name,
            "frame": shown.frame,
            "shares_frame": self.index.shares_frame(shown),
            "size": list(shown.sample.size_wh),
            "objects": len(shown.sample.labels),
            "hits": hits[:200] if is_filtered else None,
        }

    def frame(self, place: int) -> dict[str, Any]:
        """Return all that is known of an image as JSON. Raises DatasetError where there is none at that place."""
        shown = self.index.at(place)
        sample = shown.sample
        rows = self._drawn.objects.get(place, [])
        values = {} if self.index.drawn is None or shown.frame is None else self.index.drawn.values.get(shown.frame, {})
        return {
            **self._item(shown, [], is_filtered=False),
            "folder": str(sample.file.parent),
            "layers": list(self.index.layers(shown)),
            "has_space": self._has_space(shown),
            "has_outlines": any(s is not None for s in sample.segmentations or ()),
            "objects": [self._object(shown, k, rows) for k in range(len(sample.labels))],
            "common": sorted(self._drawn.common.get(place, ())),
            "values": values,
            "replay": self._replay(shown),
        }

    def _object(self, shown: Shown, k: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
        sample, detail = shown.sample, shown.details[k]
        assert sample.crowd is not None
        return {
            "label": int(sample.labels[k]),
            "class": self.index.classes[int(sample.labels[k])],
            "box": [round(float(v), 3) for v in sample.xyxy[k]],
            "crowd": bool(sample.crowd[k]),
            "visible": detail.visible,
            "truncation": detail.truncation,
            "occlusion": detail.occlusion,
            "path": detail.prim_path,
            "keypoints": [list(point) for point in detail.keypoints],
            "skeleton": [list(pair) for pair in detail.skeleton],
            "values": rows[k] if k < len(rows) else {},
        }

    def _replay(self, shown: Shown) -> str | None:
        if self.index.drawn is None or shown.frame is None:
            return None
        return f"rendersdg replay {shlex.quote(str(self.index.drawn.root))} --frame {shown.frame} -o again"

    def picture(self, place: int) -> Encoded:
        """Return an image. Raises DatasetError for a file that cannot be read or lies outside of the set."""
        return picture(self.index.readable(self.index.at(place).sample.file))

    def thumbnail(self, place: int, size_px: int) -> Encoded:
        """Return an image in small; see :meth:`picture`."""
        size = min(THUMBNAIL_SIZES, key=lambda one: abs(one - size_px))
        file = self.index.readable(self.index.at(place).sample.file)
        return Encoded(self._kept.get((place, size), lambda: thumbnail(file, size).data), "image/jpeg")

    def objects(self, place: int) -> Encoded:
        """Return which object each pixel of an image shows, see :func:`rendersdg.viewer.pictures.objects_picture`."""
        return objects_picture(self.index.at(place).sample)

    def layer(self, place: int, name: str) -> Encoded:
        """Return another picture or array of an image's frame, by the name that :meth:`frame` lists."""
        return layer(self.index.readable(self._layer(place, name)))

    def legend(self, place: int, name: str) -> list[dict[str, Any]]:
        """Return what the colours of a segmentation mean."""
        return legend(self.index.readable(self._layer(place, name)))

    def _layer(self, place: int, name: str) -> Any:
        layers = self.index.layers(self.index.at(place))
        if name not in layers:
            raise DatasetError(f"image {place} has no {name!r}{did_you_mean(name, layers)}")
        return layers[name]

    def live(self, place: int, name: str) -> Encoded:
        """Return what an annotator gives for an image, made anew from the scene."""
        again = self._scene_of()
        answer = again.annotated(self.index.at(place), name)
        array = np.asarray(answer["data"] if isinstance(answer, Mapping) else answer)
        if array.dtype == np.uint8 and array.ndim == 3:
            return Encoded(image_bytes(np.ascontiguousarray(array[..., :3])), "image/png")
        return numbers(array, name)

    def cloud(self, place: int) -> Encoded:
        """Return the points of an image: (N, 3) float32 in stage units, then (N, 3) uint8 sRGB; ``about`` has N."""
        points, colours = self._points(self.index.at(place))
        data = points.astype("<f4").tobytes() + np.ascontiguousarray(colours).tobytes()
        return Encoded(data, "application/octet-stream", {"points": len(points)})

    def space(self, place: int) -> dict[str, Any]:
        """Return the boxes in space of an image, and where its camera stands."""
        shown = self.index.at(place)
        if self._can_ask():
            return {"boxes": self._scene_of().boxes(shown), "camera": self._scene_of().camera(shown)}
        files = self.index.named_files(shown)
        return {"boxes": boxes_on_disk(files), "camera": camera_on_disk(files, self._points(shown)[0])}

    def _points(self, shown: Shown) -> tuple[F4, U1]:
        files = {} if self._can_ask() else self.index.named_files(shown)
        if not has_points(files):
            return self._scene_of().cloud(shown)
        for file in files.values():
            self.index.readable(file)
        return points_on_disk(files, self.index.readable(shown.sample.file))

    def _has_space(self, shown: Shown) -> bool:
        return (self._can_ask() and shown.frame is not None) or has_points(self.index.named_files(shown))

    def _can_ask(self) -> bool:
        return self.again is not None and self.again.state != "failed"

    def _scene_of(self) -> Again:
        if self.again is None:
            raise BadArgument(f"this needs the scene that made the images: {self._scene()['reason']}")
        return self.again
