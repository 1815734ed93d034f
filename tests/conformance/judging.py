"""What is wrong with what a script made: judged by its pictures, its labels and its files, without running anything.

``judge`` gives the causes of one script; each other function judges one thing and can be tried on known pictures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rendersdg.arrays import U1
from rendersdg.english import counted
from tests.conformance.pages import read

Weight = Literal["failed", "wrong", "look"]
_DARK = 16  # of 255: what a black picture does not exceed, noise aside
_WHITE = 250  # of 255: what a blown-out pixel has in every channel
_STARS = 2e-4  # the share of pixels that may be bright in a black picture: a ball of a metre at 20 m is larger
_FEW = 0.01  # the share of pixels that may be darker in a white picture
_STEP = 2  # of 255: what the compression of colours may change
_FILLS = 0.97  # the share of a picture that one surface covers when the camera is inside of it
_RANDOM = re.compile(r"distribution\.|randomizer\.|\brandom\.|\brng\b|ReplicatorRNG|normalvariate")
_WRITTEN = (  # what BasicWriter is asked for, and how the names of its files begin
    "rgb",
    "bounding_box_2d_tight",
    "bounding_box_2d_loose",
    "bounding_box_3d",
    "semantic_segmentation",
    "instance_segmentation",
    "instance_id_segmentation",
    "distance_to_camera",
    "distance_to_image_plane",
    "occlusion",
    "normals",
    "motion_vectors",
    "camera_params",
    "pointcloud",
    "skeleton_data",
)
_ASKS_LABELS = re.compile(r"bounding_box|segmentation|bbox", re.IGNORECASE)


@dataclass(frozen=True)
class Cause:
    """One thing that is not as the script's author expects. ``kind`` is a word, ``text`` a sentence without full stop.

    ``weight`` failed: the run did not end well; wrong: what came out cannot be meant; look: a person must decide.
    """

    weight: Weight
    kind: str
    text: str


def is_black(picture: U1) -> bool:
    """Return whether a picture (H, W, 3) shows nothing but black."""
    return bool((picture.max(axis=2) > _DARK).mean() <= _STARS)


def is_blown(picture: U1) -> bool:
    """Return whether a picture (H, W, 3) shows nothing but white: its exposure leaves no shape."""
    return bool((picture.min(axis=2) < _WHITE).mean() <= _FEW)


def is_flat(picture: U1) -> bool:
    """Return whether a picture (H, W, 3) has one colour, neither black nor white: nothing stands in view."""
    middle = np.median(picture.reshape(-1, 3), axis=0)
    differs = (np.abs(picture.astype(int) - middle.astype(int)) > _STEP).any(axis=2)
    return bool(differs.mean() <= _STARS) and not is_black(picture) and not is_blown(picture)


def are_alike(pictures: Sequence[U1]) -> bool:
    """Return whether at least two pictures show the same: no pixel of any differs from the first."""
    first = pictures[0].astype(int) if pictures else None
    return len(pictures) > 1 and all(
        p.shape == pictures[0].shape and bool((np.abs(p.astype(int) - first) <= _STEP).all()) for p in pictures[1:]
    )


def of_pictures(pictures: Sequence[U1]) -> list[Cause]:
    """Return what is wrong with single pictures: all of them is wrong, some are for a person to look at."""
    causes = []
    for kind, test in (("black", is_black), ("blown out", is_blown), ("of one colour", is_flat)):
        count = sum(test(p) for p in pictures)
        if count:
            weight: Weight = "wrong" if count == len(pictures) else "look"
            causes.append(Cause(weight, kind, f"{count} of {counted(len(pictures), 'picture')} {kind}"))
    return causes


def of_change(looks: Sequence[Mapping[str, Any]], pictures: Sequence[U1], *, randomizes: bool) -> list[Cause]:
    """Return whether the frames of every render product are all alike although the script randomizes."""
    products: dict[str, list[U1]] = {}
    frames: set[int] = set()
    for look, picture in zip(looks, pictures, strict=True):
        products.setdefault(str(look["product"]), []).append(picture)
        frames.add(int(look["frame"]))
    several = [p for p in products.values() if len(p) > 1]
    if not randomizes or len(frames) < 2 or not several or not all(are_alike(p) for p in several):
        return []
    if any(is_black(p) or is_blown(p) or is_flat(p) for p in pictures):
        return []  # said already, and the better reason
    return [Cause("wrong", "alike", f"{counted(len(frames), 'frame')} all alike, and the script randomizes")]


def of_labels(looks: Sequence[Mapping[str, Any]], *, asked: bool) -> list[Cause]:
    """Return what is wrong with labels: asked for and none is there, and labelled objects that no frame shows.

    An object is out of view where it had no pixel if it were alone, and hidden where others stand before it.
    """
    seen: dict[str, int] = {}
    alone: dict[str, int] = {}
    names: dict[str, str] = {}
    for look in looks:
        for one in look["objects"]:
            seen[one["path"]] = seen.get(one["path"], 0) + int(one["visible"])
            alone[one["path"]] = alone.get(one["path"], 0) + int(one["alone"])
            names[one["path"]] = ",".join(one["labels"])
    if asked and looks and not seen:
        return [Cause("wrong", "no labels", "labels are asked for, and nothing on the stage has one")]
    causes = []
    outside = [path for path, pixels in alone.items() if not pixels]
    hidden = [path for path, pixels in seen.items() if not pixels and path not in outside]
    for paths, kind in ((outside, "never in view"), (hidden, "always hidden")):
        if paths:
            shown = ", ".join(sorted({names[path] for path in paths})[:4])
            text = f"{len(paths)} of {counted(len(seen), 'labelled object')} {kind} ({shown})"
            most = len(paths) > len(seen) / 2 and kind == "never in view"
            causes.append(Cause("wrong" if most else "look", kind, text))
    return causes


def of_camera(looks: Sequence[Mapping[str, Any]]) -> list[Cause]:
    """Return whether one surface fills every picture of a camera, or holds the camera."""
    by_product: dict[str, list[Mapping[str, Any]]] = {}
    for look in looks:
        by_product.setdefault(str(look["product"]), []).append(look)
    causes = []
    for product, views in by_product.items():
        largest = [view["largest"] for view in views]
        if not all(one is not None and one["share"] >= _FILLS for one in largest):
            continue
        path, depth = largest[0]["path"], min(one["depth"] for one in largest)
        if all(one["holds_camera"] for one in largest):
            causes.append(Cause("wrong", "camera inside", f"{product}: the camera is inside {path}"))
        else:
            text = f"{product}: {path} fills every picture, {depth:.2f} m away at its nearest"
            causes.append(Cause("look", "one surface", text))
    return causes


def of_files(writers: Iterable[Mapping[str, Any]], files: Sequence[str], captures: int) -> list[Cause]:
    """Return which files the script's writers imply and are not there."""
    attached = [w for w in writers if w["products"]]
    if not attached or not captures:
        return []
    if not files:
        return [Cause("wrong", "no files", f"{', '.join(str(w['name']) for w in attached)} wrote no file")]
    stems = [Path(f).stem for f in files]
    causes = []
    for writer in attached:
        if writer["name"] != "BasicWriter":
            continue
        lacking = [
            asked for asked in writer["asked"] if asked in _WRITTEN and not any(s.startswith(asked) for s in stems)
        ]
        if lacking:
            causes.append(Cause("wrong", "no files", f"BasicWriter was asked for {', '.join(lacking)}: no such file"))
    return causes


def label_faults(root: Path) -> list[Cause]:
    """Return what is wrong with the BasicWriter boxes below a folder: rows without a label, boxes beyond the image."""
    faults = []
    for path in sorted(root.rglob("bounding_box_2d_*[0-9].npy")):
        rows = np.load(path)
        kind, number = path.stem[: len("bounding_box_2d_tight")], path.stem[len("bounding_box_2d_tight_") :]
        table = path.with_name(f"{kind}_labels_{number}.json")
        labels = json.loads(table.read_text()) if table.exists() else {}
        if any(str(r["semanticId"]) not in labels for r in rows):
            faults.append(f"{path.name}: a row names no label")
        for folder in (path.parent, path.parent.parent / "rgb"):
            image = folder / f"rgb_{number}.png"
            if image.exists():
                height, width = read(image).shape[:2]
                if len(rows) and (
                    rows["x_min"].min() < 0 or rows["x_max"].max() >= width or rows["y_max"].max() >= height
                ):
                    faults.append(f"{path.name}: a box leaves the image")
    return [Cause("wrong", "boxes", text) for text in faults]


def of_run(exit_code: int | None, error: str, time_limit: float) -> list[Cause]:
    """Return why a run did not end well. ``exit_code`` None is no end in time, below 0 a signal."""
    if exit_code is None:
        return [Cause("failed", "no end", f"no end within {time_limit:.0f} s")]
    if exit_code < 0:
        return [Cause("failed", "crash", f"ended by signal {-exit_code}")]
    return [Cause("failed", "error", error or f"exit code {exit_code}")] if exit_code else []


def randomizes(text: str) -> bool:
    """Return whether a script or scene draws random values."""
    return _RANDOM.search(text) is not None


def judge(told: Mapping[str, Any], pictures: Sequence[U1], text: str, files: Sequence[str]) -> list[Cause]:
    """Return what is wrong with what a run showed and wrote.

    Args:
        told: what ``observed.py`` noted.
        pictures: the pictures of its looks, in order, (H, W, 3) uint8.
        text: the script's.
        files: the files that were written.
    """
    looks, writers = told["looks"], told["writers"]
    if not looks:
        return [Cause("look", "no picture", "nothing was captured")]
    if told["window"] and all(look["largest"] is None and is_black(p) for look, p in zip(looks, pictures, strict=True)):
        return [Cause("look", "empty", "nothing is captured, and nothing is on the stage")]
    names = [name for writer in writers if writer["products"] for name in writer["asked"]] + list(told["wanted"])
    asked = any(_ASKS_LABELS.search(name) for name in names)
    return [
        *of_pictures(pictures),
        *of_change(looks, pictures, randomizes=randomizes(text)),
        *of_labels(looks, asked=asked),
        *of_camera(looks),
        *of_files(writers, files, int(told["captures"])),
    ]


def verdict(causes: Iterable[Cause]) -> str:
    """Return failed, wrong, look, or right: the worst of the causes."""
    weights = {cause.weight for cause in causes}
    return next((w for w in ("failed", "wrong", "look") if w in weights), "right")
