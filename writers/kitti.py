"""KittiWriter: Replicator's KITTI layout, and a mode in which all fifteen columns are true."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F8, U1, U4
from rendersdg.documents import number as finite
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.frame import Frame
from rendersdg.inputs import read_input
from writers import Files, Fragments, Writer
from writers.encoders import image_bytes, metadata_bytes
from writers.options import LABELS, Option, switch
from writers.records import CameraParams, ObjectRecord

_CITYSCAPES = {"person": (24, (220, 20, 60, 255)), "car": (26, (0, 0, 142, 255))}
_SMALLEST = 25  # pixels: objects of less height get no label row, as in the KITTI benchmark
_DEPTH_SCALE = 256.0  # uint16 steps a metre


@dataclass(frozen=True)
class KittiObject:
    """One label row. Boxes in pixels, lengths in metres, angles in radians; location is the bottom centre, y down."""

    label: str
    truncated: float
    occluded: int
    alpha: float
    box_xyxy: tuple[float, float, float, float]
    size_hwl: tuple[float, float, float]
    location_xyz: tuple[float, float, float]
    rotation_y: float

    def row(self, decimals: int = 2, whole_boxes: bool = False) -> str:
        """Return the 15 blank-separated columns.

        Args:
            decimals: of lengths and angles.
            whole_boxes: whether box sides are cut to whole pixels.
        """
        numbers = "{:d}" if whole_boxes else "{:.2f}"
        box = [numbers.format(int(v) if whole_boxes else v) for v in self.box_xyxy]
        rest = [f"{v:.{decimals}f}" for v in (*self.size_hwl, *self.location_xyz, self.rotation_y)]
        return " ".join(
            [self.label, f"{self.truncated:.2f}", str(self.occluded), f"{self.alpha:.{decimals}f}", *box, *rest]
        )


class KittiWriter(Writer):
    """KITTI object labels. ``mode`` replicator writes NVIDIA's layout (3D columns 0),
    full fills all 15 columns truly.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "mode": Option(
            "string",
            "replicator writes NVIDIA's layout, full fills all fifteen columns.",
            "replicator",
            values=("replicator", "full"),
        ),
        "omit_semantic_type": switch("Whether a label is written without its type."),
        "bbox_height_threshold": Option(
            "integer", "Objects of less height get no row.", _SMALLEST, unit="pixels", least=0
        ),
        "fully_visible_threshold": Option(
            "number", "The visible share from which an object counts as fully visible.", 0.95, unit="0 to 1"
        ),
        "partly_occluded_threshold": Option(
            "number", "The visible share from which an object counts as partly occluded.", 0.5, unit="0 to 1"
        ),
        **LABELS,
        "mapping_path": Option("string", "A JSON file of the colours of classes."),
        "mapping_dict": Option("mapping", "The colours of classes: {car: [0, 0, 142, 255]}."),
        "colorize_instance_segmentation": switch("Whether instances are written in colours."),
        "use_kitti_dir_names": switch("Whether folders are called as in the KITTI benchmark."),
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._mode = params.get("mode", "replicator")
        if self._mode not in ("replicator", "full"):
            raise BadArgument(f"KittiWriter: mode={self._mode!r} is not replicator or full")
        self._omit_type = bool(params.get("omit_semantic_type", False))
        self._smallest = int(params.get("bbox_height_threshold", _SMALLEST))
        self._full = float(params.get("fully_visible_threshold", 0.95))
        self._partly = float(params.get("partly_occluded_threshold", 0.5))
        self._mapping = self._read_mapping(params)
        self._colorize = bool(params.get("colorize_instance_segmentation", False))
        self._kitti_names = bool(params.get("use_kitti_dir_names", False))
        self.annotators = {"rgb": {}, "distance_to_camera": {}, "objects": self.label_choice, "camera_params": {}}

    def _read_mapping(self, params: Mapping[str, Any]) -> dict[str, tuple[int, int, int, int]]:
        table = params.get("mapping_dict") or {}
        if params.get("mapping_path"):
            try:
                table = json.loads(read_input(params["mapping_path"]).decode("utf-8"))
            except (OSError, ValueError) as error:
                raise BadArgument(
                    f"KittiWriter: mapping_path={params['mapping_path']!r} is not a readable JSON file ({error})"
                ) from None
        return {str(k): tuple(int(c) for c in ([*list(v), 255])[:4]) for k, v in table.items()}  # type: ignore[misc]

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            several = frame.several
            folder = product if several else frame.products[product].camera.prim_path.rsplit("/", 1)[-1]
            objects = data["objects"]["info"]["objects"]
            ids: U4 = data["objects"]["data"]
            rows = [row for o in objects if (row := self._row(o, data["camera_params"])) is not None]
            text = "".join(line + "\n" for line in rows).encode()
            image = image_bytes(data["rgb"])
            n = frame.number
            if self._kitti_names:
                files[f"{folder}/training/image_02/{n}.png"] = image
                files[f"{folder}/training/label_02/{n}.txt"] = text
                files[f"{folder}/training/calib/{n}.txt"] = _calibration(data["camera_params"])
                continue
            semantic, colour, instance = self._class_images(objects, ids)
            depth = np.where(np.isfinite(data["distance_to_camera"]), data["distance_to_camera"] * _DEPTH_SCALE, 0)
            files[f"{folder}/rgb/{n}.png"] = image
            files[f"{folder}/depth/{n}.png"] = image_bytes(np.clip(np.round(depth), 0, 65535).astype(np.uint16))
            files[f"{folder}/object_detection/{n}.txt"] = text
            files[f"{folder}/semantic/{n}.png"] = image_bytes(semantic)
            files[f"{folder}/semantic_segmentation/{n}.png"] = image_bytes(colour)
            files[f"{folder}/instance_segmentation/{n}.png"] = image_bytes(instance)
            if self._mode == "full":
                files[f"{folder}/calib/{n}.txt"] = _calibration(data["camera_params"])
        return files

    def finish(self, fragments: Fragments, seed: int) -> Files:
        return {"metadata.txt": metadata_bytes("KittiWriter", "0.0.2", seed)}

    def _name(self, labels: Mapping[str, str]) -> str:
        parts = labels.values() if self._omit_type or self._mode == "full" else (f"{k}:{v}" for k, v in labels.items())
        return ",".join(parts).replace(" ", "_")

    def _row(self, o: ObjectRecord, camera: CameraParams) -> str | None:
        if o["tight"] is None:
            return None
        x0, y0, x1, y1 = o["tight"]
        if y1 - y0 + 1 < self._smallest:
            return None
        visible = 1.0 - o["occlusion"]
        occluded = int(visible < self._full) + int(
            visible < self._partly
        )  # 0 fully visible, 1 partly, 2 largely hidden
        name = self._name(o["labels"])
        if self._mode == "replicator":
            zero = (0.0, 0.0, 0.0)
            return KittiObject(name, 0.0, occluded, 0.0, (x0, y0, x1, y1), zero, zero, 0.0).row(whole_boxes=True)
        return kitti_object(name, o, occluded, camera).row(4)

    def _class_images(self, objects: Sequence[ObjectRecord], ids: U4) -> tuple[U1, U1, NDArray[np.generic]]:
        size = int(ids.max(initial=1)) + 1
        semantic, instance = np.zeros(size, np.uint8), np.zeros(size, np.uint16)
        colour = np.zeros((size, 4), np.uint8)
        colour[1:] = (0, 0, 0, 255)
        counters: dict[int, int] = {}
        known = sorted({next(iter(o["labels"].values())) for o in objects})
        for o in objects:
            if o["id"] >= size:
                continue
            label = next(iter(o["labels"].values()))
            if self._mapping:
                number = 1 + known.index(label) if label in self._mapping else 0
                rgba = self._mapping.get(label, (0, 0, 0, 255))
            else:
                number, rgba = _CITYSCAPES.get(label, (0, (0, 0, 0, 255)))
            counters[number] = counters.get(number, 0) + 1
            semantic[o["id"]] = number
            colour[o["id"]] = rgba
            instance[o["id"]] = number * 256 + counters[number]
        return semantic[ids], colour[ids], instance[ids]


def kitti_object(label: str, o: ObjectRecord, occluded: int, camera: CameraParams) -> KittiObject:
    """Return the true KITTI row of an object that is seen: the upright box around it that turns about the vertical.

    Camera frame: x right, y down, z forward. Height runs along the world's vertical, whichever way up the object is;
    length along its x axis (of an object that stands on that, along the next), width across. The location is the
    middle of the box's bottom; rotation_y is the heading of the length about y; alpha = rotation_y - atan2(x, z)
    (Geiger et al. 2012).

    Args:
        label: its class.
        o: the object.
        occluded: 0 fully visible, 1 partly, 2 largely hidden.
        camera: that saw it.
    """
    pose = np.asarray(o["camera_from_object"], float)
    size = np.asarray(o["size_xyz"], float)
    axes = pose[:3, :3]
    up = _world_up(camera, o["up_axis"])
    standing = int(np.abs(portable.product(up, axes)).argmax())
    forward = next(k for k in range(3) if k != standing)
    heading = axes[:, forward] - up * (portable.product(up, axes[:, forward]))
    heading /= portable.norm(heading)
    box = np.stack([up, np.cross(up, heading), heading])  # the directions of height, width and length
    height, width, length = (float(v) for v in portable.product(np.abs(portable.product(box, axes)), size))
    location = pose[:3, 3] - up * height / 2
    rotation_y = float(portable.arctan2(-heading[2], heading[0]))
    alpha = rotation_y - float(portable.arctan2(location[0], location[2]))
    alpha = (alpha + np.pi) % (2 * np.pi) - np.pi
    assert o["tight"] is not None  # an object with a row is seen
    x0, y0, x1, y1 = o["tight"]
    return KittiObject(
        label,
        o["truncation"],
        occluded,
        float(alpha),
        (x0, y0, x1 + 1, y1 + 1),
        (height, width, length),
        tuple(location.tolist()),
        rotation_y,
    )


def _world_up(camera: CameraParams, up_axis: str) -> F8:
    """Return the direction up of the world (3,) in the camera frame, x right, y down, z forward."""
    view = np.asarray(camera["cameraViewTransform"], float).reshape(4, 4)
    up = view["XYZ".index(up_axis), :3] * (1.0, -1.0, -1.0)
    return np.asarray(up / portable.norm(up))


def _calibration(camera: CameraParams) -> bytes:
    width, height = (int(v) for v in camera["renderProductResolution"])
    projection = np.asarray(camera["cameraProjection"], float).reshape(4, 4)
    fx, fy = projection[0, 0] * width / 2, projection[1, 1] * height / 2
    cx, cy = (1 - projection[2, 0]) * width / 2, (1 + projection[2, 1]) * height / 2
    p2 = [fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0]
    identity = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    lines = [f"P{k}: " + " ".join(f"{v:.12e}" for v in p2) for k in range(4)]
    lines.append("R0_rect: " + " ".join(f"{v:.12e}" for v in identity))
    rigid = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    lines += [f"{name}: " + " ".join(f"{v:.12e}" for v in rigid) for name in ("Tr_velo_to_cam", "Tr_imu_to_velo")]
    return ("\n".join(lines) + "\n").encode()


def read_kitti(text: str) -> list[KittiObject]:
    """Return the objects of a label file. Raises DatasetError naming the line that has not 15 columns of numbers.

    >>> read_kitti("car 0 0 0 10 20 30 40 1.5 1.6 4 0 1 20 0")[0].box_xyxy
    (10.0, 20.0, 30.0, 40.0)
    """
    objects = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) not in (15, 16):
            raise DatasetError(f"line {number} has {len(parts)} columns, KITTI has 15")
        v = [finite(p, f"line {number}: a column") for p in parts[1:15]]
        objects.append(
            KittiObject(
                parts[0],
                v[0],
                int(v[1]),
                v[2],
                (v[3], v[4], v[5], v[6]),
                (v[7], v[8], v[9]),
                (v[10], v[11], v[12]),
                v[13],
            )
        )
    return objects
