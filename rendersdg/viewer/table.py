"""The columns that a filter asks: one row an object of the set, and one for each image without any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import I8
from rendersdg.viewer.index import Index
from rendersdg.viewer.query import Columns, Condition, matching, renamed

FIELDS = {  # what each set has, and what it means
    "class": "class",
    "width": "width of the box, pixels",
    "height": "height of the box, pixels",
    "area": "area of the box, pixels",
    "aspect": "width of the box by its height",
    "x": "centre of the box from the left, pixels",
    "y": "centre of the box from the top, pixels",
    "visible": "share of the object that is seen, 0 to 1",
    "truncation": "share of the object beyond the picture's edge, 0 to 1",
    "occlusion": "share of the object that others hide, 0 to 1",
    "path": "place on the stage",
    "objects": "objects in the image",
    "frame": "number of the frame",
    "file": "name of the picture",
}
_MOST_ENTRIES = 60  # values of a text that a list offers


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by field; ``image`` (N,) says which image a row is of, ``object`` (N,) which object, -1 for none."""

    columns: Columns
    image: I8
    object: I8
    meanings: Mapping[str, str]

    @property
    def by_site(self) -> Mapping[str, str]:
        """The fields of what was drawn, by their sites: those name them until the scene says a short name."""
        return {site: name for name, site in self.meanings.items() if name in self.columns and name not in FIELDS}

    def found(self, condition: Condition | None) -> tuple[I8, I8, I8]:
        """Return the images that have an object which meets a condition, and the rows' images and objects.

        Raises BadArgument as :func:`matching` does.
        """
        known = None if condition is None else renamed(condition, self.by_site)
        keep = np.ones(len(self.image), bool) if known is None else matching(known, self.columns)
        return np.unique(self.image[keep]), self.image[keep], self.object[keep]

    def about(self) -> list[dict[str, Any]]:
        """Return the fields as JSON: name, meaning, and the numbers' range or the texts that there are."""
        told = []
        for name, column in self.columns.items():
            one: dict[str, Any] = {"name": name, "meaning": self.meanings.get(name, "")}
            if column.dtype == object:
                values = sorted({str(v) for v in column if v is not None})
                one |= {"kind": "text", "values": values[:_MOST_ENTRIES], "count": len(values)}
                is_empty = not values
            else:
                finite = column[np.isfinite(column)]
                is_empty = not len(finite)
                if not is_empty:
                    one |= {"kind": "number", "low": float(finite.min()), "high": float(finite.max())}
            if not is_empty:
                told.append(one)
        return told


def table_of(index: Index, drawn: Mapping[int, Sequence[Mapping[str, Any]]], meanings: Mapping[str, str]) -> Table:
    """Return the table of a set.

    Args:
        index: the set.
        drawn: what was drawn for each object of an image, by its place; {} where nothing is known.
        meanings: of the names in ``drawn``.
    """
    image, number = [], []
    for shown in index.images:
        count = max(len(shown.sample.labels), 1)
        image.append(np.full(count, shown.place))
        number.append(np.arange(count) if len(shown.sample.labels) else np.full(1, -1))
    rows = _own(index) | _drawn(index, drawn, meanings)
    return Table(rows, np.concatenate(image), np.concatenate(number), {**FIELDS, **meanings})


def _own(index: Index) -> dict[str, NDArray[Any]]:
    lists: dict[str, list[Any]] = {name: [] for name in FIELDS}
    for shown in index.images:
        sample = shown.sample
        count = len(sample.labels)
        wide, high = (sample.xyxy[:, 2:] - sample.xyxy[:, :2]).T if count else (np.full(1, np.nan), np.full(1, np.nan))
        centre = (sample.xyxy[:, 2:] + sample.xyxy[:, :2]).T / 2 if count else np.full((2, 1), np.nan)
        details = shown.details or (None,)
        whole = max(count, 1)
        lists["class"] += [index.classes[k] for k in sample.labels] or [None]
        lists["width"] += wide.tolist()
        lists["height"] += high.tolist()
        lists["area"] += (wide * high).tolist()
        with np.errstate(divide="ignore", invalid="ignore"):
            lists["aspect"] += (wide / high).tolist()
        lists["x"] += centre[0].tolist()
        lists["y"] += centre[1].tolist()
        for name, attribute in (("visible", "visible"), ("truncation", "truncation"), ("occlusion", "occlusion")):
            lists[name] += [_number(getattr(detail, attribute, None)) for detail in details]
        lists["path"] += [getattr(detail, "prim_path", None) for detail in details]
        lists["objects"] += [float(count)] * whole
        lists["frame"] += [_number(shown.frame)] * whole
        lists["file"] += [shown.name] * whole
    texts = ("class", "path", "file")
    return {name: _column(values, is_text=name in texts) for name, values in lists.items()}


def _drawn(
    index: Index, drawn: Mapping[int, Sequence[Mapping[str, Any]]], meanings: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    columns = {}
    for name in meanings:
        values: list[Any] = []
        for shown in index.images:
            count = max(len(shown.sample.labels), 1)
            rows = list(drawn.get(shown.place, ()))
            values += [row.get(name) for row in rows[:count]] + [None] * (count - len(rows))
        known = [v for v in values if v is not None]
        is_text = not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in known)
        columns[name] = _column([str(v) if is_text and v is not None else v for v in values], is_text=is_text)
    return columns


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _column(values: Sequence[Any], *, is_text: bool) -> NDArray[Any]:
    if is_text:
        column = np.empty(len(values), object)
        column[:] = values
        return column
    return np.array([np.nan if v is None else float(v) for v in values], np.float64)
