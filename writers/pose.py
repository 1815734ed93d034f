"""PoseWriter: 3D boxes with their poses and projected key points, in Isaac Sim's own, DOPE's and CenterPose's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import cv2
import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, U1
from rendersdg.errors import BadArgument
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragments, Writer
from writers.encoders import image_bytes, json_bytes, metadata_bytes
from writers.options import LABELS, Option, image_format, number_width, switch
from writers.records import CameraParams, class_alone

# L/R are the least and greatest x, D/U y, B/F z of the local box
ORDER = ("Center", "LDB", "LDF", "LUB", "LUF", "RDB", "RDF", "RUB", "RUF")
DOPE_ORDER = ("LUF", "RUF", "RDF", "LDF", "LUB", "RUB", "RDB", "LDB", "Center")
_EDGES = [(a, b) for a in ORDER[1:] for b in ORDER[1:] if a < b and sum(x != y for x, y in zip(a, b)) == 1]
_FORMATS = (None, "dope", "centerpose")


class PoseWriter(Writer):
    """One JSON and one picture a view: ``000000.json``, ``000000.png``,
    and ``000000_overlay.png`` with key points drawn.

    Matrices in the files are 4x4 for row vectors, in stage units. ``bit_compatible`` repeats the order of
    multiplication that Isaac Sim uses for the object's place in the camera frame (view times local-to-world, for row
    vectors); without it the place is the true one. ``format`` is None, "dope" or "centerpose".
    """

    version: ClassVar[str] = "0.2.0"  # of Isaac Sim's writer of this name
    options: ClassVar[Mapping[str, Option]] = {
        "use_subfolders": switch("Whether each view has a folder."),
        "visibility_threshold": Option(
            "number", "Objects of which no larger share is visible are left out.", 0.0, unit="0 to 1"
        ),
        "skip_empty_frames": switch("Whether frames without an object are left out.", True),
        "write_debug_images": switch("Whether a picture with the key points drawn is written, too."),
        **number_width(6),
        "format": Option("string", "Whose form is written; without it Isaac Sim's own.", values=("dope", "centerpose")),
        **LABELS,
        **image_format("png"),
        "bit_compatible": switch("Whether Isaac Sim's order of multiplication is repeated."),
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._subfolders = bool(params.get("use_subfolders", False))
        self._threshold = float(params.get("visibility_threshold", 0.0))
        self._skips = bool(params.get("skip_empty_frames", True))
        self._overlays = bool(params.get("write_debug_images", False))
        self._padding = int(params.get("frame_padding", 6))
        self._format = params.get("format")
        self._extension = str(params.get("image_output_format") or "png")
        self._bit_compatible = bool(params.get("bit_compatible", False))
        if self._format not in _FORMATS:
            raise BadArgument(f"PoseWriter: format={self._format!r} is not None, 'dope' or 'centerpose'")
        boxes = {**self.label_choice, "occlusion_of_parents": not self._bit_compatible}
        self.annotators = {"rgb": {}, "camera_params": {}, "bounding_box_3d": boxes}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for k, (product, data) in enumerate(frame.data.items()):
            view = PoseCamera(data["camera_params"])
            objects = [
                self._object(view, row, data["bounding_box_3d"]["info"], at)
                for at, row in enumerate(data["bounding_box_3d"]["data"])
            ]
            kept = [o for o in objects if o["visibility"] > self._threshold]
            if not kept and self._skips:
                continue
            number = frame.number if self._subfolders else frame.number * frame.attached + k
            stem = f"{product}/" * self._subfolders + str(number).zfill(self._padding)
            table = {
                "camera_data": self._camera(view),
                **self._keypoint_order(),
                "objects": [self._shown(o) for o in kept],
            }
            files[f"{stem}.json"] = json_bytes(table, indent=2)
            files[f"{stem}.{self._extension}"] = image_bytes(data["rgb"], self._extension)
            if self._overlays:
                canvas = np.ascontiguousarray(data["rgb"][..., :3])
                for thing in kept:
                    _draw(canvas, thing["cuboid_keypoints_projected"])
                files[f"{stem}_overlay.png"] = image_bytes(canvas)
        return files

    def class_of(self, labels: Mapping[str, str]) -> str:
        return class_alone(labels)

    def labels_seen(self, data: Mapping[str, Any]) -> Iterator[str]:
        boxes = data["bounding_box_3d"]
        for row in boxes["data"]:
            if _visibility(float(row["occlusionRatio"])) > 0:
                yield self.class_of(boxes["info"]["idToLabels"][int(row["semanticId"])])

    def finish(self, fragments: Fragments, seed: int) -> Files:
        return {"metadata.txt": metadata_bytes(type(self).__name__, self.version, seed)}

    def _keypoint_order(self) -> Json:
        return {"keypoint_order": list(DOPE_ORDER if self._format == "dope" else ORDER)}

    def _camera(self, view: PoseCamera) -> Json:
        intrinsics = {"fx": view.fx, "fy": view.fy, "cx": view.cx, "cy": view.cy}
        matrices = {
            "camera_view_matrix": np.round(view.matrix, 5).tolist(),
            "camera_projection_matrix": np.round(view.projection, 5).tolist(),
        }
        if self._format is not None:
            size = {"width": view.width, "height": view.height} if self._format == "centerpose" else {}
            return {"intrinsics": intrinsics, **matrices, **size}
        return {
            "aperture": view.aperture,
            "aperture_offset": view.offset,
            "focal_length": view.focal,
            "resolution": [view.width, view.height],
            "meters_per_scene_unit": view.unit,
            "intrinsics": intrinsics,
            **matrices,
        }

    def _object(self, view: PoseCamera, row: np.void, info: Json, at: int) -> Json:
        world = np.asarray(row["transform"], float)
        low = np.array([row["x_min"], row["y_min"], row["z_min"]], float)
        high = np.array([row["x_max"], row["y_max"], row["z_max"]], float)
        scale = portable.norm(world[:3, :3], axis=1)
        corners = {name: _corner(name, low, high) for name in ORDER}
        points = np.array([[*corners[n], 1.0] for n in ORDER])
        in_world = portable.product(points, world)
        in_camera = portable.product(in_world, view.matrix)
        placed = portable.product(view.matrix, world) if self._bit_compatible else portable.product(world, view.matrix)
        pixels = view.pixels(in_camera[:, :3])
        labels = info["idToLabels"][int(row["semanticId"])]
        turn_world, turn_camera = _rotation(world), _rotation(placed)
        return {
            "label": class_alone(labels),
            "prim_path": str(info["primPaths"][at]),
            "visibility": _visibility(float(row["occlusionRatio"])),
            "local_to_world_transform": world.tolist(),
            "location_world_frame": world[3, :3].tolist(),
            "rotation_matrix_world_frame": turn_world.tolist(),
            "quat_wxyz_world_frame": _quaternion(turn_world),
            "location_camera_frame": placed[3, :3].tolist(),
            "rotation_matrix_camera_frame": turn_camera.tolist(),
            "quat_wxyz_camera_frame": _quaternion(turn_camera),
            "size": ((high - low) * scale).tolist(),
            "cuboid_keypoints_world_frame": in_world[:, :3].tolist(),
            "cuboid_keypoints_camera_frame": in_camera[:, :3].tolist(),
            "cuboid_keypoints_projected": np.round(pixels).astype(int).tolist(),
            "truncation_ratio": _truncation(pixels[1:], view.width, view.height),
        }

    def _shown(self, o: Json) -> Json:
        if self._format is None:
            return o
        w, x, y, z = o["quat_wxyz_camera_frame"]
        order = DOPE_ORDER if self._format == "dope" else ORDER
        projected = dict(zip(ORDER, o["cuboid_keypoints_projected"]))
        out = {
            "class" if self._format == "dope" else "label": o["label"],
            "prim_path": o["prim_path"],
            "visibility": o["visibility"],
            "location": o["location_camera_frame"],
            "quaternion_xyzw": [x, y, z, w],
            "projected_cuboid": [projected[n] for n in order],
            "truncation_ratio": o["truncation_ratio"],
        }
        if self._format == "centerpose":
            out |= {"scale": o["size"], "keypoints_3d": o["cuboid_keypoints_camera_frame"]}
        return out


class DOPEWriter(PoseWriter):
    """The older form that DOPE's training reads: ``000000.json`` with class, place,
    turn and projected cuboid, and the picture.

    ``class_name_to_index_map`` says which classes are written; with several render products each has a folder.
    """

    version = "0.0.1"
    options: ClassVar[Mapping[str, Option]] = {
        "class_name_to_index_map": Option("mapping", "The classes that are written; without it all."),
        **LABELS,
        **image_format("png"),
        **number_width(6),
        "bit_compatible": switch("Whether Isaac Sim's order of multiplication is repeated."),
    }

    def __init__(self, **params: Any) -> None:
        classes = params.pop("class_name_to_index_map", None)
        super().__init__(**params)
        self._format, self._skips, self._subfolders = "dope", False, False
        self.known_labels = None if classes is None else tuple(str(c) for c in classes)

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            view = PoseCamera(data["camera_params"])
            boxes = data["bounding_box_3d"]
            objects = [self._object(view, row, boxes["info"], at) for at, row in enumerate(boxes["data"])]
            known = self.known_labels
            shown = [self._shown(o) for o in objects if known is None or o["label"] in known]
            stem = f"{product}/" * frame.several + str(frame.number).zfill(self._padding)
            files[f"{stem}.json"] = json_bytes({"camera_data": {}, "objects": shown}, indent=2)
            files[f"{stem}.{self._extension}"] = image_bytes(data["rgb"], self._extension)
        return files


class PoseCamera:
    """Camera parameters as matrices and numbers."""

    def __init__(self, p: CameraParams) -> None:
        self.matrix = np.asarray(p["cameraViewTransform"], float).reshape(4, 4)
        self.projection = np.asarray(p["cameraProjection"], float).reshape(4, 4)
        self.width, self.height = (int(v) for v in p["renderProductResolution"])
        # those of the picture; cameraOpenCVFx and its like belong to the picture that a lens was calibrated for
        self.fx, self.fy = self.width / 2 * self.projection[0, 0], self.height / 2 * self.projection[1, 1]
        self.cx = self.width / 2 * (1 - self.projection[2, 0])
        self.cy = self.height / 2 * (1 + self.projection[2, 1])
        self.aperture = np.asarray(p.get("cameraAperture", (0, 0)), float).tolist()
        self.offset = np.asarray(p.get("cameraApertureOffset", (0, 0)), float).tolist()
        self.focal = float(p.get("cameraFocalLength", 0.0))
        self.unit = float(p["metersPerSceneUnit"])

    def pixels(self, points: F8) -> F8:
        """Return (N, 2) pixels of points (N, 3) in camera space, y up;
        what lies behind is drawn out to just before the camera.
        """
        depth = np.maximum(-points[:, 2], 1e-6)
        return np.stack([self.cx + self.fx * points[:, 0] / depth, self.cy - self.fy * points[:, 1] / depth], axis=1)


def _visibility(occlusion: float) -> float:
    """Return the share of an object that is seen, 0 for one that has no pixel even alone."""
    return 0.0 if np.isnan(occlusion) else round(1.0 - abs(occlusion), 3)


def _corner(name: str, low: F8, high: F8) -> F8:
    if name == "Center":
        return (low + high) / 2
    picks = (name[0] == "R", name[1] == "U", name[2] == "F")
    return np.where(picks, high, low)


def _rotation(matrix: F8) -> F8:
    """Return the rotation part of a row-vector matrix without scale."""
    rows = matrix[:3, :3]
    return rows / np.maximum(portable.norm(rows, axis=1, keepdims=True), 1e-12)


def _quaternion(rotation: F8) -> list[float]:
    """Return (w, x, y, z) of a row-vector rotation matrix, w not negative (Shepperd 1978)."""
    m = rotation.T
    trace = float(np.trace(m))
    choices = [trace, m[0, 0], m[1, 1], m[2, 2]]
    k = int(np.argmax(choices))
    if k == 0:
        q = np.array([1 + trace, m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    else:
        i, j, h = k - 1, k % 3, (k + 1) % 3
        q = np.zeros(4)
        q[0] = m[h, j] - m[j, h]
        q[1 + i] = 1 + m[i, i] - m[j, j] - m[h, h]
        q[1 + j] = m[j, i] + m[i, j]
        q[1 + h] = m[h, i] + m[i, h]
    q /= portable.norm(q)
    return [float(v) for v in (q if q[0] >= 0 else -q)]


def _truncation(pixels: F8, width: int, height: int) -> float:
    low, high = pixels.min(0), pixels.max(0)
    area = float(np.prod(high - low))
    if area <= 0:
        return 1.0
    inside = np.clip(np.minimum(high, (width, height)) - np.maximum(low, 0), 0, None)
    return float(1.0 - np.prod(inside) / area)


def _draw(canvas: U1, projected: list[list[int]]) -> None:
    at = dict(zip(ORDER, projected))

    def point(name: str) -> tuple[int, int]:
        x, y = np.clip(at[name], -32000, 32000)
        return int(x), int(y)

    for a, b in _EDGES:
        cv2.line(canvas, point(a), point(b), (0, 200, 0), 1, cv2.LINE_AA)
    for name in ORDER:
        cv2.circle(canvas, point(name), 2, (255, 0, 0) if name == "Center" else (255, 255, 0), -1)
