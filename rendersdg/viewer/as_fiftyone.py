"""FiftyOne's folder of images with detections: ``data/`` and ``labels.json`` (``FiftyOneImageDetectionDataset``).

Boxes are left, top, width and height as shares of the picture. What is known of an object is among its attributes,
whose names have no dots: FiftyOne's database takes them for paths.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors.packed import picture_bytes
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

if TYPE_CHECKING:
    from rendersdg.viewer.exports import OnImage, Set
    from rendersdg.viewer.index import Shown

_OWN = ("label", "bounding_box", "confidence", "id", "tags", "index", "mask", "mask_path", "instance", "attributes")


def export_fiftyone(data: Set, out: Path, on_image: OnImage) -> list[str]:
    """Write the folder and return what it does not carry; see :data:`rendersdg.viewer.EXPORTS`."""
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out} is a file; give the name of a folder")
    shutil.rmtree(out / "data", ignore_errors=True)
    (out / "data").mkdir(parents=True)
    labels: dict[str, list[Json]] = {}
    names = _names(data)
    outlines = 0
    for count, shown in enumerate(data, 1):
        file = data.index.readable(shown.sample.file)
        (out / "data" / f"{names[shown.place]}{file.suffix.lower()}").write_bytes(picture_bytes(file))
        labels[names[shown.place]] = [_detection(data, shown, k) for k in range(len(shown.sample.labels))]
        outlines += sum(s is not None for s in shown.sample.segmentations or ())
        on_image(count, len(data.index))
    text = json.dumps({"classes": list(data.index.classes), "labels": labels}, indent=1, allow_nan=False)
    (out / "labels.json").write_text(text + "\n", encoding="utf-8")
    return [f"left out: {counted(outlines, 'outline')}; this format has boxes alone"] if outlines else []


def read_fiftyone(folder: Path) -> dict[str, list[Json]]:
    """Return the detections of such a folder by the path of their picture in ``data/``.

    A label's key is the path without its ending; the folder's pictures say which file that is.

    Raises DatasetError for a folder that is not of this format.
    """
    told = json_mapping(read_bytes(folder / "labels.json"), folder / "labels.json")
    if not isinstance(told.get("labels"), dict):
        raise DatasetError(f"{folder / 'labels.json'} has no mapping 'labels'")
    files = {p.relative_to(folder / "data").with_suffix("").as_posix(): p for p in (folder / "data").rglob("*")}
    missing = [key for key in told["labels"] if key not in files]
    if missing:
        raise DatasetError(f"{folder / 'data'} has no picture {missing[0]}")
    return {files[key].relative_to(folder / "data").as_posix(): rows for key, rows in told["labels"].items()}


def _names(data: Set) -> list[str]:
    """Return a name for each picture: its own without the ending, where no other has it and every system takes it."""
    stems = [shown.sample.file.stem for shown in data]
    is_plain = len({s.lower() for s in stems}) == len(stems) and all(re.fullmatch(r"[\w-]{1,100}", s) for s in stems)
    return stems if is_plain else [f"{k:06d}_{re.sub(r'[^A-Za-z0-9_-]+', '_', s)[:80]}" for k, s in enumerate(stems)]


def _detection(data: Set, shown: Shown, k: int) -> Json:
    width, height = shown.sample.size_wh
    x0, y0, x1, y1 = (float(v) for v in shown.sample.xyxy[k])
    return {
        "label": data.index.classes[int(shown.sample.labels[k])],
        "bounding_box": [x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height],
        "attributes": _attributes(data, shown, k),
    }


def _attributes(data: Set, shown: Shown, k: int) -> dict[str, Any]:
    detail = shown.details[k]
    assert shown.sample.crowd is not None
    told: dict[str, Any] = {
        "visible_fraction": detail.visible,
        "truncation": detail.truncation,
        "occlusion": detail.occlusion,
        "prim_path": detail.prim_path,
        "frame": shown.frame,
        "iscrowd": True if shown.sample.crowd[k] else None,
    }
    rows = data.drawn.get(shown.place, ())
    for name, value in (rows[k] if k < len(rows) else {}).items():
        plain = re.sub(r"\W+", "_", name).strip("_")
        told[f"drawn_{plain}" if plain in told or plain in _OWN else plain] = value
    return {name: value for name, value in told.items() if value is not None}
