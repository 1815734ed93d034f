"""BasicWriter: Replicator's own layout, byte for byte where it is documented."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, U1, U4
from rendersdg.documents import json_value, npy_array, read_bytes
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragments, Writer
from writers.encoders import image_bytes, json_bytes, metadata_bytes, npy_bytes, read_image
from writers.options import LABELS, Option, image_format, number_width, switch

_PLAIN = {
    "rgb": "Whether the picture is written.",
    "normals": "Whether surface normals are written.",
    "distance_to_camera": "Whether the distance to the camera's point is written, metres.",
    "distance_to_image_plane": "Whether depth along the camera's axis is written, metres.",
    "motion_vectors": "Whether the motion of each pixel since the last frame is written, pixels.",
    "occlusion": "Whether the hidden share of each object is written.",
    "camera_params": "Whether the camera's matrices and lens are written.",
    "skeleton_data": "Whether the joints of skeletons are written.",
}
_DEPTH = "Whether the depth is written that the camera's depth sensor measures, metres, 0 for none."
_BOXES = {
    "bounding_box_2d_tight": "Whether boxes around what is visible are written, pixels.",
    "bounding_box_2d_loose": "Whether boxes around whole objects are written, hidden parts as well, pixels.",
    "bounding_box_3d": "Whether boxes in space are written, stage units.",
}
_IDS = {
    "semantic_segmentation": "Whether the label of each pixel is written.",
    "instance_id_segmentation": "Whether the prim of each pixel is written.",
    "instance_segmentation": "Whether the labelled object of each pixel is written.",
}
_NEAR, _FAR = 0.01, 100.0  # metres: the range of the logarithmic grey of colorize_depth


@dataclass(frozen=True, slots=True)
class _Style:
    """How files are written: the pictures' extension, and whether depth is written as a picture, too."""

    extension: str
    has_depth_pictures: bool


class BasicWriter(Writer):
    """Replicator's BasicWriter: one file per annotator and frame (``rgb_0000.png``,
    ``bounding_box_2d_tight_0000.npy``...).
    """

    options: ClassVar[Mapping[str, Option]] = {
        **{name: switch(text) for name, text in _PLAIN.items()},
        **{name: switch(text) for name, text in _BOXES.items()},
        **{name: switch(text) for name, text in _IDS.items()},
        "depth_sensor_distance": switch(_DEPTH),
        "pointcloud": switch("Whether the points that the camera sees are written."),
        "pointcloud_include_unlabelled": switch("Whether points of what has no label are written, too."),
        **{f"colorize_{name}": switch("Whether it is written in colours, instead of as ids.", True) for name in _IDS},
        "colorize_depth": switch("Whether depth is written as a grey picture, too."),
        **LABELS,
        **image_format("png"),
        **number_width(4),
        "use_common_output_dir": switch("Whether the views share folders, a folder for each annotator."),
        "semantic_segmentation_mapping": Option(
            "mapping", 'The colour of each label in semantic_segmentation: {"class:car": [255, 0, 0, 255]}.'
        ),
        "s3_bucket": Option("string", "Refused: give the place of the output to render, -o s3://BUCKET/PREFIX."),
        "s3_region": Option("string", "Not used: see s3_bucket."),
        "s3_endpoint": Option("string", "Not used: see s3_bucket."),
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._padding = int(params.get("frame_padding", 4))
        self._common = bool(params.get("use_common_output_dir", False))
        self._style = _Style(
            str(params.get("image_output_format") or "png").lower(), bool(params.get("colorize_depth", False))
        )
        if params.get("s3_bucket"):
            raise BadArgument(
                "BasicWriter: s3_bucket is given to render as the place of the output: -o s3://BUCKET/PREFIX"
            )
        if params.get("semantic_types") and params.get("semantic_filter_predicate"):
            raise BadArgument("BasicWriter: give semantic_types or semantic_filter_predicate, not both")
        for name in (*_PLAIN, "depth_sensor_distance", *_BOXES):
            if params.get(name):
                self.annotators[name] = dict(self.label_choice)
        for name in _IDS:
            if params.get(name):
                self.annotators[name] = {**self.label_choice, "colorize": bool(params.get(f"colorize_{name}", True))}
        if params.get("semantic_segmentation_mapping") and "semantic_segmentation" in self.annotators:
            self.annotators["semantic_segmentation"]["mapping"] = params["semantic_segmentation_mapping"]
        if params.get("pointcloud"):
            self.annotators["pointcloud"] = {
                **self.label_choice,
                "includeUnlabelled": bool(params.get("pointcloud_include_unlabelled", False)),
            }

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        number = str(frame.number).zfill(self._padding)
        if frame.sequence is not None:
            number = f"{frame.sequence}_{number}"
        several = frame.several
        for product, data in frame.data.items():
            for name, value in data.items():
                if several and self._common:
                    prefix = f"{name}/{product}_"
                elif several:
                    prefix = f"{product}/{name}/"
                else:
                    prefix = ""
                for path, content in _FORMS[name](name, value, number, self._style).items():
                    files[prefix + path] = content
        return files

    def finish(self, fragments: Fragments, seed: int) -> Files:
        return {"metadata.txt": metadata_bytes("BasicWriter", "0.0.2", seed)}


def _picture(name: str, value: U1, number: str, style: _Style) -> Files:
    return {f"{name}_{number}.{style.extension}": image_bytes(value, style.extension)}


def _normals(name: str, value: F4, number: str, style: _Style) -> Files:
    return {f"{name}_{number}.png": image_bytes(normals_image(value))}


def _depth(name: str, value: F4, number: str, style: _Style) -> Files:
    files = {f"{name}_{number}.npy": npy_bytes(value)}
    if style.has_depth_pictures:
        files[f"{name}_{number}.png"] = image_bytes(depth_image(value))
    return files


def _measured(name: str, value: F4, number: str, style: _Style) -> Files:
    files = {f"{name}_{number}.npy": npy_bytes(value)}
    if style.has_depth_pictures:
        files[f"{name}_{number}.png"] = image_bytes(depth_image(np.where(value > 0, value, np.inf)))
    return files


def _array(name: str, value: NDArray[np.generic], number: str, style: _Style) -> Files:
    return {f"{name}_{number}.npy": npy_bytes(value)}


def _boxes(name: str, value: Json, number: str, style: _Style) -> Files:
    info = value["info"]
    return {
        f"{name}_{number}.npy": npy_bytes(value["data"]),
        f"{name}_labels_{number}.json": json_bytes(_with_text_keys(info["idToLabels"])),
        f"{name}_prim_paths_{number}.json": json_bytes(info["primPaths"]),
    }


def _ids(name: str, value: Json, number: str, style: _Style) -> Files:
    info = value["info"]
    image = value["data"] if value["data"].ndim == 3 else rgba_of_ids(value["data"])
    files = {f"{name}_{number}.png": image_bytes(image)}
    table = "labels" if name == "semantic_segmentation" else "mapping"
    files[f"{name}_{table}_{number}.json"] = json_bytes(_with_text_keys(info["idToLabels"]))
    if name == "instance_segmentation":
        files[f"{name}_semantics_mapping_{number}.json"] = json_bytes(_with_text_keys(info["idToSemantics"]))
    return files


def _with_text_keys(table: Mapping[object, object]) -> Json:
    return {str(key): value for key, value in table.items()}


def _camera(name: str, value: Json, number: str, style: _Style) -> Files:
    return {f"{name}_{number}.json": json_bytes(value)}


def _skeletons(name: str, value: Json, number: str, style: _Style) -> Files:
    """One entry a skeleton, in BasicWriter's keys, with its own rows of what the annotator concatenates."""
    table: Json = {}
    for k in range(value["numSkeletons"]):
        one: Json = {
            "skel_name": value["skelName"][k],
            "skel_path": value["skelPath"][k],
            "asset_path": value["assetPath"][k],
            "animation_variant": value["animationVariant"][k],
        }
        for key, source in _SKELETON_ROWS.items():
            first, size = int(value[f"{source}Sizes"][:k].sum()), int(value[f"{source}Sizes"][k])
            one[key] = np.asarray(value[source])[first : first + size].tolist()
        one["skeleton_joints"] = ast.literal_eval(value["skeletonJoints"][k])
        one["occlusion_types"] = ast.literal_eval(value["occlusionTypes"][k])
        one["in_view"] = bool(value["inView"][k])
        table[f"skeleton_{k}"] = one
    return {f"skeleton_{number}.json": json_bytes(table)} if table else {}


_SKELETON_ROWS = {  # key of the file -> key of the annotator
    "skeleton_parents": "skeletonParents",
    "rest_global_translations": "restGlobalTranslations",
    "rest_local_translations": "restLocalTranslations",
    "rest_local_rotations": "restLocalRotations",
    "global_translations": "globalTranslations",
    "local_rotations": "localRotations",
    "translations_2d": "translations2d",
    "joint_occlusions": "jointOcclusions",
}


def _points(name: str, value: Json, number: str, style: _Style) -> Files:
    info = value["info"]
    return {
        f"pointcloud_{number}.npy": npy_bytes(value["data"]),
        f"pointcloud_rgb_{number}.npy": npy_bytes(info["pointRgb"].reshape(-1, 4)),
        f"pointcloud_normals_{number}.npy": npy_bytes(info["pointNormals"].reshape(-1, 4)),
        f"pointcloud_semantic_{number}.npy": npy_bytes(info["pointSemantic"]),
        f"pointcloud_instance_{number}.npy": npy_bytes(info["pointInstance"]),
    }


_FORMS: dict[str, Callable[[str, Any, str, _Style], Files]] = {  # annotator -> the files of its value
    "rgb": _picture,
    "normals": _normals,
    "distance_to_camera": _depth,
    "distance_to_image_plane": _depth,
    "depth_sensor_distance": _measured,
    "motion_vectors": _array,
    "occlusion": _array,
    "camera_params": _camera,
    "skeleton_data": _skeletons,
    "pointcloud": _points,
    **dict.fromkeys(_BOXES, _boxes),
    **dict.fromkeys(_IDS, _ids),
}


def normals_image(normals: F4) -> U1:
    """Return normals (H, W, 3 or 4) as opaque RGBA: -1..1 becomes 0..255."""
    shown = np.full((*normals.shape[:2], 4), 255, np.uint8)
    shown[..., :3] = np.round((normals[..., :3] * 0.5 + 0.5) * 255).clip(0, 255)
    return shown


def depth_image(depth: F4) -> U1:
    """Return 8-bit grey (H, W): logarithmic between 0.01 m (white) and 100 m (black); no hit is black."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (portable.log(np.clip(depth, _NEAR, _FAR)) - portable.log(_NEAR)) / (
            portable.log(_FAR) - portable.log(_NEAR)
        )
    return np.round(255 * (1 - np.where(np.isfinite(depth), t, 1.0))).astype(np.uint8)


def rgba_of_ids(ids: U4) -> U1:
    """Return ids (H, W) uint32 as bytes (H, W, 4), least significant first: how a uint32 image is put into a PNG."""
    return np.ascontiguousarray(ids.astype("<u4")).view(np.uint8).reshape(*ids.shape, 4)


def ids_of_rgba(image: NDArray[np.generic]) -> U4:
    """Return the ids (H, W) uint32 of :func:`rgba_of_ids`, of an image (H, W, 4)."""
    return np.ascontiguousarray(image.astype(np.uint8)).view("<u4")[..., 0]


class BasicReader:
    """Reads what a BasicWriter wrote into ``folder``, ours or NVIDIA's: padded or plain numbers,
    five or six box fields.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise DatasetError(f"{folder} is not a folder of a BasicWriter")

    def frames(self, name: str = "rgb") -> list[str]:
        """Return the frame numbers, as they are spelled, for which ``name`` was written, in order."""
        numbers = {
            p.stem.rsplit("_", 1)[-1]
            for p in self.folder.glob(f"{name}_*")
            if p.stem[len(name) + 1 :].replace("_", "").isdecimal()
        }
        return sorted(numbers, key=int)

    def image(self, name: str, frame: str) -> NDArray[np.generic]:
        """Return an image as it was written, (H, W) or (H, W, 3 or 4), colour in RGBA order."""
        return read_image((self.folder / f"{name}_{frame}.png").read_bytes())

    def array(self, name: str, frame: str) -> NDArray[np.generic]:
        """Return the content of a .npy file, e.g. depth (H, W) float32."""
        return npy_array(self.folder / f"{name}_{frame}.npy")

    def table(self, name: str, frame: str) -> Any:
        """Return the content of a JSON file; ``name`` is e.g. ``bounding_box_2d_tight_labels``, ``frame`` ``0000``."""
        path = self.folder / f"{name}_{frame}.json"
        return json_value(read_bytes(path), path)

    def boxes(self, name: str, frame: str) -> list[Json]:
        """Return the rows of a box annotator at a frame as dictionaries with ``label`` {type: label}.

        Args:
            name: e.g. ``bounding_box_2d_tight``.
            frame: its number as :meth:`frames` spells it.

        Boxes without area are kept (x_max < x_min).
        """
        labels = self.table(f"{name}_labels", frame)
        rows = self.array(name, frame)
        names = rows.dtype.names or ()
        return [
            {
                **{n: row[n].item() if row[n].ndim == 0 else row[n] for n in names},
                "label": labels[str(row["semanticId"])],
            }
            for row in rows
        ]


def label_text(label: object) -> str:
    """Return a label as one word: {"class": "apple"} is "apple", several types are joined by commas."""
    return ",".join(map(str, label.values())) if isinstance(label, dict) else str(label)
