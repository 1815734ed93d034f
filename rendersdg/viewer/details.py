"""What label files say of an object beyond class and box: how much is seen, its place in the scene, its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from detectors.samples import Sample, Samples
from rendersdg.documents import json_mapping, json_value, npy_array, read_bytes
from rendersdg.errors import DatasetError, RenderSDGError
from rendersdg.plain import Json


@dataclass(frozen=True, slots=True)
class Detail:
    """What is known of one object; None where its files do not say.

    Attributes:
        visible: the share 0..1 of it that is seen.
        truncation: the share 0..1 of it that lies outside of the picture.
        occlusion: the share 0..1 of it that others hide.
        prim_path: its place on the stage.
        keypoints: (x, y, visibility) in pixels, by COCO's numbers: 2 seen, 1 hidden, 0 not there.
        skeleton: pairs of places among the keypoints, with a line between them.
    """

    visible: float | None = None
    truncation: float | None = None
    occlusion: float | None = None
    prim_path: str | None = None
    keypoints: tuple[tuple[float, float, int], ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()


NOTHING = Detail()


def details_of(samples: Samples, folder: Path) -> list[tuple[Detail, ...]]:
    """Return the details of each image's objects, in the order of its boxes.

    What is seen of them is what the set's reader says. The rest comes from the COCO list that names the images, where
    it has more than readers take, or from BasicWriter's files beside them. Files that cannot be read, and whose boxes
    are not those of the set, say nothing.

    Args:
        samples: the set.
        folder: where it lies.
    """
    of_coco = _of_coco(samples, folder)
    found = []
    for sample in samples.images:
        details = of_coco.get(sample.file.name) if of_coco else _of_basic(sample)
        is_same = details is not None and len(details) == len(sample.labels)
        known = tuple(details) if details is not None and is_same else (NOTHING,) * len(sample.labels)
        found.append(_with_shares(known, sample))
    return found


def _with_shares(details: tuple[Detail, ...], sample: Sample) -> tuple[Detail, ...]:
    """Return details with what the set's own reader says of how much is seen."""
    if sample.visible is None and sample.truncation is None:
        return details
    visible, truncation = sample.visible, sample.truncation
    return tuple(
        replace(
            one,
            visible=None if visible is None else _share(float(visible[k])),
            truncation=None if truncation is None else _share(float(truncation[k])),
        )
        for k, one in enumerate(details)
    )


def _of_coco(samples: Samples, folder: Path) -> dict[str, list[Detail]]:
    """Return the details of a COCO list by the picture's name; {} where there is no such list."""
    first = samples.images[0].file
    places = [folder] if folder.is_file() else [first.parent, first.parent.parent, folder]
    lists = [p for place in places for p in sorted([*place.glob("annotations/*.json"), *place.glob("*.json")])]
    for file in dict.fromkeys(lists):
        try:
            data = json_mapping(read_bytes(file), file)
            found = _by_name(data)
        except (RenderSDGError, KeyError, TypeError, ValueError):  # not a list of instances; readers have read theirs
            continue
        if first.name in found and len(found[first.name]) == len(samples.images[0].labels):
            return found
    return {}


def _by_name(data: Json) -> dict[str, list[Detail]]:
    skeletons = {c["id"]: _pairs(c.get("skeleton")) for c in data["categories"]}
    names = {image["id"]: Path(str(image["file_name"])).name for image in data["images"]}
    found: dict[str, list[Detail]] = {name: [] for name in names.values()}
    for note in data["annotations"]:
        points = note.get("keypoints") or []
        found[names[note["image_id"]]].append(
            Detail(
                prim_path=_text(note.get("prim_path")),
                keypoints=tuple((float(x), float(y), int(v)) for x, y, v in zip(*[iter(points)] * 3)),
                skeleton=skeletons.get(note["category_id"], ()),
            )
        )
    return found


def _of_basic(sample: Sample) -> list[Detail] | None:
    """Return the details of BasicWriter's boxes beside a picture, None where there are none."""
    picture = sample.file
    if not picture.name.startswith("rgb_"):
        return None
    number = picture.stem.removeprefix("rgb_")
    boxes = picture.with_name(f"bounding_box_2d_tight_{number}.npy")
    if not boxes.is_file():
        return None
    try:
        rows: Any = npy_array(boxes)
        paths = picture.with_name(f"bounding_box_2d_tight_prim_paths_{number}.json")
        prims = json_value(read_bytes(paths), paths) if paths.is_file() else []
        seen = [
            k for k in range(len(rows)) if rows["x_max"][k] >= rows["x_min"][k] and rows["y_max"][k] >= rows["y_min"][k]
        ]
        hidden = rows["occlusionRatio"] if "occlusionRatio" in (rows.dtype.names or ()) else np.full(len(rows), -1.0)
        return [Detail(occlusion=_share(float(hidden[k])), prim_path=_text(_at(prims, k))) for k in seen]
    except (DatasetError, ValueError, IndexError, TypeError, KeyError):
        return None


def _share(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None  # type: ignore[arg-type,operator] # a number


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _at(values: object, place: int) -> object:
    return values[place] if isinstance(values, Sequence) and place < len(values) else None


def _pairs(value: object) -> tuple[tuple[int, int], ...]:
    """Return a COCO skeleton, whose numbers count from 1, as places from 0."""
    if not isinstance(value, list):
        return ()
    return tuple(
        (int(a) - 1, int(b) - 1) for a, b in (pair for pair in value if isinstance(pair, list) and len(pair) == 2)
    )
