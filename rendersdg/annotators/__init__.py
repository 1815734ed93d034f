"""Annotators: Buffers and labels -> what ``get_data()`` returns, in Replicator's vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rendersdg.frame import ProductView
from rendersdg.registry import Registry

Annotator = Callable[["Request"], Any]


@dataclass(frozen=True, eq=False)
class Request:
    """One call of an annotator: the ``view`` to annotate, the init ``params``, and all views of the frame."""

    view: ProductView
    params: dict[str, Any] = field(default_factory=dict)
    others: tuple[ProductView, ...] = ()


_BOXES = "rendersdg.annotators.boxes:"
_IMAGES = "rendersdg.annotators.images:"
_IDS = "rendersdg.annotators.segmentation:"
ANNOTATORS: Registry[Annotator] = Registry(
    "annotator",
    {
        "rgb": _IMAGES + "rgb",
        "LdrColor": _IMAGES + "rgb",
        "HdrColor": _IMAGES + "hdr_colour",
        "normals": _IMAGES + "normals",
        "distance_to_camera": _IMAGES + "distance_to_camera",
        "distance_to_image_plane": _IMAGES + "distance_to_image_plane",
        "motion_vectors": _IMAGES + "motion_vectors",
        "MotionVectors": _IMAGES + "motion_vectors",
        "cross_correspondence": "rendersdg.annotators.correspondence:cross_correspondence",
        "CrossCorrespondence": "rendersdg.annotators.correspondence:cross_correspondence",
        "ReferenceTime": _IMAGES + "reference_time",
        "bounding_box_2d_tight": _BOXES + "bounding_box_2d_tight",
        "bounding_box_2d_tight_fast": _BOXES + "bounding_box_2d_tight",
        "bounding_box_2d_loose": _BOXES + "bounding_box_2d_loose",
        "bounding_box_2d_loose_fast": _BOXES + "bounding_box_2d_loose",
        "bounding_box_3d": _BOXES + "bounding_box_3d",
        "bounding_box_3d_fast": _BOXES + "bounding_box_3d",
        "bounding_box_3d_360": _BOXES + "bounding_box_3d_360",
        "occlusion": _BOXES + "occlusion",
        "semantic_segmentation": _IDS + "semantic_segmentation",
        "instance_segmentation": _IDS + "instance_segmentation",
        "instance_segmentation_fast": _IDS + "instance_segmentation",
        "instance_id_segmentation": _IDS + "instance_id_segmentation",
        "instance_id_segmentation_fast": _IDS + "instance_id_segmentation",
        "shaded_instance_segmentation": _IDS + "shaded_instance_segmentation",
        "shaded_instance_id_segmentation": _IDS + "shaded_instance_id_segmentation",
        "pointcloud": "rendersdg.annotators.pointcloud:pointcloud",
        "camera_params": "rendersdg.annotators.camera:camera_params",
        "CameraParams": "rendersdg.annotators.camera:camera_params",
        "skeleton_data": "rendersdg.annotators.skeleton:skeleton_data",
        "defects": "rendersdg.annotators.defects:defects",
        "objects": "rendersdg.annotators.objects:objects",
    },
)
NEEDS_MOTION = frozenset({"motion_vectors", "MotionVectors"})
