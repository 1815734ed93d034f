"""YCBVideoWriter: the layout of the YCB-Video dataset (Xiang et al. 2018), which PoseCNN and DenseFusion train on."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, U1, U4
from rendersdg.errors import BadArgument
from rendersdg.extras import load
from rendersdg.frame import Frame
from rendersdg.geometry import OPENCV_FROM_CAMERA
from rendersdg.snapshot import Snapshot
from writers import Files, Fragment, Fragments, Writer
from writers.encoders import image_bytes
from writers.options import LABELS, Option, image_format, switch
from writers.pose import PoseCamera
from writers.records import CameraParams, ObjectRecord, class_alone

_ROOT = "data/YCB_Video"
_POINTS = 2000  # of a model
_HEADER = b"MATLAB 5.0 MAT-file".ljust(116)  # without the time of writing


class YCBVideoWriter(Writer):
    """``data/YCB_Video/data/0000/000000-color.png``, ``-depth.png``, ``-label.png``, ``-box.txt``,
    ``-meta.mat``, and ``train.txt``.

    A folder for each render product. Depth is 16-bit, metres times ``factor_depth``; labels are the numbers of
    ``class_name_to_index_map`` (1..255), 0 elsewhere; classes that are not in it are left out. ``meta.mat`` holds
    ``cls_indexes`` (N, 1), ``poses`` (3, 4, N) from model to camera, metres, x right, y down, z forward, ``center`` (N,
    2) pixels, ``intrinsic_matrix``, ``factor_depth`` and ``rotation_translation_matrix`` (3, 4) from world to camera;
    no ``vertmap``. Models have their origin at the centre of the object's box; ``data/models/<class>/points.xyz`` are
    points on what stands on the stage in the first frame.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "num_frames": Option("integer", "Replicator's count of frames; it has nothing to do here."),
        **LABELS,
        "rgb": switch("Whether the picture is written."),
        "bounding_box_2d_tight": switch("Whether boxes are written, pixels."),
        "semantic_segmentation": switch("Whether the picture of class numbers is written."),
        "distance_to_image_plane": switch("Whether depth is written, 16 bit."),
        **image_format("png"),
        "pose": switch("Whether poses are written, in MATLAB files (the extra ycb)."),
        "class_name_to_index_map": Option(
            "mapping", "The number of each class, 1 to 255: {apple: 1}. Other classes are left out.", is_needed=True
        ),
        "factor_depth": Option("integer", "Steps of depth in a metre.", 10000, least=1),
        "intrinsic_matrix": Option("list", "The camera's 3 x 3 matrix; without it the camera's own."),
    }
    libraries = ("scipy",)  # it writes the MATLAB files

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._extension = str(params.get("image_output_format") or "png")
        self._factor = int(params.get("factor_depth", 10000))
        self._classes = _numbers(params.get("class_name_to_index_map"))
        self.known_labels = tuple(self._classes)
        intrinsics = params.get("intrinsic_matrix")
        self._intrinsics = None if intrinsics is None else np.asarray(intrinsics, float)
        if self._intrinsics is not None and self._intrinsics.shape != (3, 3):
            raise BadArgument(f"YCBVideoWriter: intrinsic_matrix is of shape {self._intrinsics.shape}, not (3, 3)")
        if self._factor < 1:
            raise BadArgument(f"YCBVideoWriter: factor_depth={self._factor} is below 1")
        wanted = {"rgb", "bounding_box_2d_tight", "semantic_segmentation", "distance_to_image_plane", "pose"}
        self._parts = {name for name in wanted if params.get(name)}
        if not self._parts:
            raise BadArgument("YCBVideoWriter: nothing to write; ask for " + ", ".join(sorted(wanted)))
        if "pose" in self._parts:
            self._matlab = load("scipy.io", "ycb", "YCBVideoWriter's MATLAB files")
        self.annotators = {"objects": self.label_choice, "camera_params": {}}
        self.annotators |= {name: {} for name in ("rgb", "distance_to_image_plane") if name in self._parts}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        models: dict[str, str] = {}
        for sequence, data in enumerate(frame.data.values()):
            stem = f"{_ROOT}/data/{sequence:04d}/{frame.number:06d}-"
            labelled = [(name, o) for o in data["objects"]["info"]["objects"] if (name := self._name(o)) is not None]
            models |= {name: o["prim_path"] for name, o in reversed(labelled)}
            seen = [(name, o) for name, o in labelled if o["tight"] is not None]
            if "rgb" in self._parts:
                files[f"{stem}color.{self._extension}"] = image_bytes(data["rgb"][..., :3], self._extension)
            if "distance_to_image_plane" in self._parts:
                depth = data["distance_to_image_plane"] * self._factor
                depth = np.where(np.isfinite(depth) & (depth < 65535.5), depth, 0)  # 0: too far, or nothing
                files[f"{stem}depth.png"] = image_bytes(np.round(depth).astype(np.uint16))
            if "semantic_segmentation" in self._parts:
                files[f"{stem}label.png"] = image_bytes(self._label_image(data["objects"]["data"], seen))
            if "bounding_box_2d_tight" in self._parts:
                rows = [f"{name} {' '.join(f'{v:.2f}' for v in _corners(o['tight']))}\n" for name, o in seen]
                files[f"{stem}box.txt"] = "".join(rows).encode()
            if "pose" in self._parts:
                files[f"{stem}meta.mat"] = self._meta(data["camera_params"], seen)
        if "pose" in self._parts and frame.number == 0:
            for name, path in models.items():
                files[f"data/models/{name}/points.xyz"] = _points(frame.snapshot, path)
        return files

    def fragment(self, frame: Frame) -> Fragment:
        return {"sequences": len(frame.data)}

    def finish(self, fragments: Fragments, seed: int) -> Files:
        numbers = [(k, number) for number in sorted(fragments) for k in range(fragments[number]["sequences"])]
        return {f"{_ROOT}/train.txt": "".join(f"{k:04d}/{number:06d}\n" for k, number in sorted(numbers)).encode()}

    def _name(self, o: ObjectRecord) -> str | None:
        name = self.class_of(o["labels"])
        return name if name in self._classes else None

    def class_of(self, labels: Mapping[str, str]) -> str:
        return class_alone(labels)

    def _label_image(self, ids: U4, seen: list[tuple[str, ObjectRecord]]) -> U1:
        table = np.zeros(int(ids.max(initial=0)) + 1, np.uint8)
        for name, o in seen:
            known = [k for k in o["ids"] if k < len(table)]
            table[known] = self._classes[name]  # a labelled prim below it comes later, and takes its pixels back
        return table[ids]

    def _meta(self, camera: CameraParams, seen: list[tuple[str, ObjectRecord]]) -> bytes:
        matrix, from_world = _pinhole(camera)
        poses = np.array([o["camera_from_object"][:3] for _, o in seen]).reshape(-1, 3, 4)
        projected = portable.product(poses[:, :, 3], matrix.T)
        values = {
            "cls_indexes": np.array([[self._classes[name]] for name, _ in seen], np.uint8).reshape(-1, 1),
            "poses": np.moveaxis(poses, 0, 2),
            "center": projected[:, :2] / projected[:, 2:],
            "intrinsic_matrix": matrix if self._intrinsics is None else self._intrinsics,
            "factor_depth": np.array([[self._factor]], np.uint16 if self._factor < 65536 else np.uint32),
            "rotation_translation_matrix": from_world,
        }
        file = io.BytesIO()
        self._matlab.savemat(file, values)
        return _HEADER + file.getvalue()[len(_HEADER) :]


def _numbers(table: Any) -> dict[str, int]:
    if not table:
        raise BadArgument(
            "YCBVideoWriter: class_name_to_index_map says which number (1..255) each class has; it is empty"
        )
    numbers = {str(name): int(number) for name, number in dict(table).items()}
    for name, number in numbers.items():
        if not 1 <= number <= 255:
            raise BadArgument(f"YCBVideoWriter: class_name_to_index_map gives {name!r} the number {number}, not 1..255")
    return numbers


def _corners(tight: list[int]) -> tuple[float, float, float, float]:
    """Return the corners of a box whose last pixel is in it."""
    return tight[0], tight[1], tight[2] + 1, tight[3] + 1


def _pinhole(camera: CameraParams) -> tuple[F8, F8]:
    """Return the intrinsic matrix, and (3, 4) from the world to the camera, metres, x right, y down, z forward."""
    view = PoseCamera(camera)
    matrix = np.array([[view.fx, 0, view.cx], [0, view.fy, view.cy], [0, 0, 1]])
    from_world = portable.product(OPENCV_FROM_CAMERA[:3, :3], view.matrix.T[:3])
    from_world[:, 3] *= view.unit
    return matrix, from_world


def _points(snapshot: Snapshot, path: str) -> bytes:
    """Return points on the surface of an object, spread by area,
    about the centre of its box along its own axes, metres.
    """
    import trimesh

    number = next(k for k, entity in enumerate(snapshot.entities) if entity.prim_path == path)
    entity, family = snapshot.entities[number], snapshot.families[number]
    inverse = portable.inverse(entity.world_from_local)
    scale = portable.norm(entity.world_from_local[:3, :3], axis=0)
    corners, faces, count = [], [], 0
    for instance in snapshot.instances:
        if instance.entity in family and instance.shown != "frame":
            mesh, matrix = snapshot.meshes[instance.mesh], portable.product(inverse, instance.world_from_mesh)
            local = portable.product(mesh.vertices, matrix[:3, :3].T) + matrix[:3, 3]
            corners.append((local - (entity.low + entity.high) / 2) * scale)
            faces.append(mesh.triangles + count)
            count += len(mesh.vertices)
    whole = trimesh.Trimesh(np.concatenate(corners), np.concatenate(faces), process=False)
    points = trimesh.sample.sample_surface(whole, _POINTS, seed=0)[0]
    return "".join(f"{x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in points).encode()
