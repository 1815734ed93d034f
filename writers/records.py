"""What writers read of a frame: the records of the annotators ``objects`` and ``camera_params``, as types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from rendersdg.arrays import F8, U4, Mask


class KeypointsRecord(TypedDict):
    """The named points of an object: ``names``, ``xyv`` x and y in pixels and COCO's visibility of each (0, 0, 0
    outside of the picture), ``skeleton`` the pairs of names with a line between them.
    """

    names: list[str]
    xyv: list[list[float]]
    skeleton: list[list[str]]


class _EveryObject(TypedDict):
    id: int
    ids: list[int]
    labels: dict[str, str]
    prim_path: str
    tight: list[int] | None
    loose: list[int]
    visible_pixels: int
    unoccluded_pixels: int
    occlusion: float
    truncation: float
    camera_from_object: F8
    size_xyz: list[float]
    up_axis: str


class ObjectRecord(_EveryObject, total=False):
    """A labelled object with pixels in the view, as the annotator ``objects`` lists it.

    ``id`` is its value in the (H, W) uint32 instance image, ``ids`` that and those of the labelled prims below it,
    whose pixels are its too; ``labels`` {type: label}; ``tight`` and ``loose`` boxes in pixels, x_min, y_min, x_max,
    y_max, inclusive, ``tight`` None when it is hidden; ``occlusion`` and ``truncation`` 0 to 1;
    ``camera_from_object`` (4, 4) metres, without scale, camera x right, y down, z forward; ``size_xyz`` metres.
    ``keypoints`` is there where the object has named points, ``visible`` (False) where noise hides a defect.
    """

    keypoints: KeypointsRecord
    visible: bool


class CameraParams(TypedDict, total=False):
    """What of the annotator ``camera_params`` writers read, by Replicator's names.

    Matrices are 16 floats, row by row, for row vectors (``p_cam = [x, y, z, 1] @ view``), in stage units; OpenCV's
    focal lengths are in pixels, the resolution is width and height.
    Aperture and focal length are as the stage has them.
    """

    cameraViewTransform: ArrayLike
    cameraProjection: ArrayLike
    cameraAperture: ArrayLike
    cameraApertureOffset: ArrayLike
    cameraFocalLength: float
    cameraOpenCVFx: float
    cameraOpenCVFy: float
    metersPerSceneUnit: float
    renderProductResolution: Sequence[int]


def label_of(labels: Mapping[str, str]) -> str:
    """Return the class that {type: label} makes, as every writer names it.

    >>> label_of({"class": "bolt", "state": "rusty"})
    'bolt,rusty'
    """
    return ",".join(labels.values())


def points_in_order(points: KeypointsRecord | None, names: Iterable[str]) -> list[list[float]]:
    """Return x, y and visibility of an object's points in the order of ``names``; 0, 0, 0 for what it has not."""
    here = {} if points is None else dict(zip(points["names"], points["xyv"]))
    return [here.get(name, [0.0, 0.0, 0.0]) for name in names]


def class_alone(labels: Mapping[str, str]) -> str:
    """Return the class of {type: label}, as the formats for poses name it: the label of the type class, or the first.

    >>> class_alone({"state": "rusty", "class": "bolt"})
    'bolt'
    """
    return labels.get("class", next(iter(labels.values()), ""))


def is_written(o: ObjectRecord, minimum_area: int, known_labels: Sequence[str] | None = None) -> bool:
    """Return whether an object is seen, large enough, and of a class that is known, where only some are.

    Args:
        o: the object.
        minimum_area: the least number of its visible pixels.
        known_labels: the only classes that are written; None for all.
    """
    if o["tight"] is None or o["visible_pixels"] < minimum_area:
        return False
    return known_labels is None or label_of(o["labels"]) in known_labels


def mask_of(o: ObjectRecord, ids: U4) -> Mask:
    """Return where an object is in an instance image (H, W) or a part of one: its own pixels, and those of labelled
    prims below it.
    """
    return ids == o["id"] if len(o["ids"]) == 1 else np.isin(ids, o["ids"])
