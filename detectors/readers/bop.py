"""BOP (Hodan et al. 2018): SPLIT/SCENE with rgb or gray, mask_visib, scene_gt.json and scene_gt_info.json."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import corners, grey_mask, images_in, refuse_split, size_of
from detectors.samples import Rle, Sample, Samples
from detectors.tolerance import PictureFault, each, tolerated
from rendersdg import rle
from rendersdg.documents import json_mapping, read_bytes, shown
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

_SCENES = "[0-9]" * 6


class Bop:
    """A data set of the BOP challenge; a split is a folder of scenes, such as ``train_pbr``."""

    def fits(self, path: Path) -> bool:
        return path.is_dir() and any(path.glob(f"*/{_SCENES}/scene_gt.json"))

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it: what is visible of each object, by its mask, else by its box.

        Images of one scene are of one group. Raises DatasetError naming the file that is wrong.
        """
        found = sorted(path.glob(f"*/{_SCENES}/scene_gt.json"))
        refuse_split(split, {note.parts[-3] for note in found}, path)
        scenes = [note.parent for note in found if split in (None, note.parts[-3])]
        notes = {scene: _notes(scene) for scene in scenes}
        numbers = sorted({n for images in notes.values() for rows in images.values() for n, _ in rows})
        names = _names(path)
        classes = {n: names.get(n, f"obj_{n:06d}") for n in numbers}
        if len(set(classes.values())) < len(classes):
            raise DatasetError(f"{path / 'objects.json'}: two objects have one name")
        places = {n: k for k, n in enumerate(numbers)}
        samples = [s for scene, images in notes.items() for s in _samples(scene, images, places)]
        return Samples(tuple(classes.values()), tuple(samples))


def _names(path: Path) -> dict[int, str]:
    """Return the names of objects by BOP's numbers: BopWriter notes them, sets of others have none."""
    file = path / "objects.json"
    if not file.is_file():
        return {}
    return {_whole(number, file): str(name) for number, name in json_mapping(read_bytes(file), file).items()}


def _notes(scene: Path) -> dict[int, list[tuple[int, Json]]]:
    """Return each image's objects: BOP's number, and what scene_gt_info.json says of it ({} without that file)."""
    file, about = scene / "scene_gt.json", scene / "scene_gt_info.json"
    known = json_mapping(read_bytes(about), about) if about.is_file() else {}
    notes = {}
    for image, rows in json_mapping(read_bytes(file), file).items():
        told = known.get(image, [{}] * len(rows) if isinstance(rows, list) else rows)
        if not (isinstance(rows, list) and isinstance(told, list) and len(rows) == len(told)):
            raise DatasetError(f"{file}: what it lists of image {shown(image)} is not what {about.name} does")
        if not all(isinstance(one, dict) for one in (*rows, *told)):
            raise DatasetError(
                f"{file}: an object of image {shown(image)} is not a JSON object, here or in {about.name}"
            )
        notes[_whole(image, file)] = [(_whole(row.get("obj_id"), file), info) for row, info in zip(rows, told)]
    return notes


def _samples(scene: Path, notes: dict[int, list[tuple[int, Json]]], places: dict[int, int]) -> list[Sample]:
    folder = scene / "rgb" if (scene / "rgb").is_dir() else scene / "gray"
    if not folder.is_dir():
        raise DatasetError(f"{scene} has neither rgb nor gray")
    pictures = {_whole(stem, picture): picture for stem, picture in images_in(folder).items()}
    for lacking in sorted(notes.keys() - pictures.keys()):
        with tolerated(folder / f"{lacking:06d}"):
            raise PictureFault(f"{folder} lacks the picture of image {lacking}, which scene_gt.json lists")
    rows = ((scene, pictures[image], image, notes[image], places) for image in sorted(notes) if image in pictures)
    return list(each(_sample, rows, lambda _, picture, *rest: picture))


def _sample(scene: Path, picture: Path, image: int, objects: list[tuple[int, Json]], places: dict[int, int]) -> Sample:
    size = size_of(picture)
    boxes: list[object] = []
    labels: list[int] = []
    shapes: list[Rle | None] = []
    for place, (number, info) in enumerate(objects):
        file = scene / "mask_visib" / f"{image:06d}_{place:06d}.png"
        shape, box = _seen(file, picture) if file.is_file() else (None, _box(info, scene, image))
        if box is not None:
            boxes.append(box)
            labels.append(places[number])
            shapes.append(shape)
    found = corners(boxes, f"{scene / 'scene_gt_info.json'}: image {image}")
    return Sample(picture, size, found, np.array(labels, int), None, tuple(shapes), str(scene))


def _seen(file: Path, picture: Path) -> tuple[Rle | None, list[int] | None]:
    """Return the visible part of an object as runs, and the box round it; None for a hidden one."""
    mask = grey_mask(file, picture) > 0
    if not mask.any():
        return None, None
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return {"size": list(mask.shape), "counts": rle.compress(rle.runs(mask))}, box


def _box(info: Json, scene: Path, image: int) -> list[float] | None:
    """Return the box of what is visible by scene_gt_info.json; None for a hidden object, whose box is -1 -1 -1 -1."""
    where = f"{scene / 'scene_gt_info.json'}: image {image}"
    if "bbox_visib" not in info:
        raise DatasetError(f"{where}: an object has no bbox_visib, nor a mask in mask_visib")
    [[x, y, width, height]] = corners([info["bbox_visib"]], where).tolist()
    return None if width < 0 or height < 0 else [x, y, x + width, y + height]


def _whole(value: object, file: Path) -> int:
    """Return a number of a scene's image or object. Raises DatasetError for anything else."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise DatasetError(f"{file}: {shown(value)} is not the number of an image or object")
    return int(text)


LAYOUT = Bop()
