"""Points, boxes in space and the camera of a frame from BasicWriter's files, for sets whose scene is not opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from detectors.preprocess import read_rgb
from rendersdg.arrays import F4, F8, U1
from rendersdg.documents import json_mapping, json_value, npy_array, read_bytes
from rendersdg.errors import DatasetError
from rendersdg.viewer.again import MOST_POINTS, box_in_space

Files = Mapping[str, Path]  # of a frame, by name without its number: ``pointcloud.npy``, ``camera_params.json``
_PLANE, _CAMERA, _POINTS = "distance_to_image_plane.npy", "camera_params.json", "pointcloud.npy"


def has_points(files: Files) -> bool:
    """Return whether the files give points: a point cloud, or depth along the axis with the camera's matrices."""
    return _POINTS in files or (_PLANE in files and _CAMERA in files)


def points_on_disk(files: Files, picture: Path) -> tuple[F4, U1]:
    """Return points (N, 3) float32 in stage units and their colours (N, 3) uint8, :data:`MOST_POINTS` at most.

    Args:
        files: of the frame; :func:`has_points` holds.
        picture: gives the colours, where no file does.

    Raises:
        DatasetError: a file is not what its name says.
    """
    if _POINTS in files:
        points = _rows(npy_array(files[_POINTS]), 3, files[_POINTS])
        colours = np.full((len(points), 3), 128, np.uint8)
        if "pointcloud_rgb.npy" in files:
            colours = _rows(npy_array(files["pointcloud_rgb.npy"]), 4, files["pointcloud_rgb.npy"])[:, :3].astype(
                np.uint8
            )
        if len(colours) != len(points):
            raise DatasetError(f"{files[_POINTS].name} has {len(points)} points and {len(colours)} colours")
    else:
        points, colours = _from_depth(files, picture)
    step = -(-len(points) // MOST_POINTS) or 1
    return np.ascontiguousarray(points[::step], np.float32), np.ascontiguousarray(colours[::step], np.uint8)


def boxes_on_disk(files: Files) -> list[dict[str, Any]]:
    """Return the boxes in space as :meth:`rendersdg.viewer.again.Again.boxes` does; [] where no file has them.

    Raises DatasetError for files that do not hold them.
    """
    if "bounding_box_3d.npy" not in files:
        return []
    rows = npy_array(files["bounding_box_3d.npy"])
    labels = _json(files, "bounding_box_3d_labels.json", {})
    paths = _json(files, "bounding_box_3d_prim_paths.json", [])
    try:
        texts = [str(paths[k]) if k < len(paths) else "" for k in range(len(rows))]
        return [box_in_space(row, path, labels) for row, path in zip(rows, texts)]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{files['bounding_box_3d.npy'].name} does not hold boxes in space ({error})") from None


def camera_on_disk(files: Files, points: F4) -> dict[str, Any]:
    """Return where the camera stands; without its file, a place above ``points`` (N, 3) from which they are seen."""
    if _CAMERA in files:
        world_from_camera, _, _ = _camera(files[_CAMERA])
        return {
            "position": world_from_camera[3, :3].tolist(),
            "forward": (-world_from_camera[2, :3]).tolist(),
            "up": _up(world_from_camera),
        }
    finite = points[np.isfinite(points).all(1)]
    middle = finite.mean(0) if len(finite) else np.zeros(3)
    far = float(np.ptp(finite, 0).max()) if len(finite) else 1.0
    return {"position": (middle + [far, -far, far]).tolist(), "forward": [-0.577, 0.577, -0.577], "up": "Z"}


def _from_depth(files: Files, picture: Path) -> tuple[F8, U1]:
    depth = npy_array(files[_PLANE])
    if depth.ndim != 2 or depth.dtype.kind != "f":
        raise DatasetError(f"{files[_PLANE].name} holds {depth.dtype} of shape {depth.shape}, which is not depth")
    world_from_camera, projection, metres = _camera(files[_CAMERA])
    height, width = depth.shape
    across = (np.arange(width) + 0.5) / width * 2 - 1 + projection[2, 0]
    down = (np.arange(height) + 0.5) / height * 2 - 1 - projection[2, 1]
    is_seen = np.isfinite(depth) & (depth > 0)
    far = np.where(is_seen, depth, 0.0).astype(np.float64) / metres
    local = np.stack(
        [across / projection[0, 0] * far, -down[:, None] / projection[1, 1] * far, -far, np.ones_like(far)], -1
    )
    colours = read_rgb(picture)
    if colours.shape[:2] != depth.shape:
        raise DatasetError(f"{picture.name} has another size than {files[_PLANE].name}")
    return (local[is_seen] @ world_from_camera)[:, :3], colours[is_seen]


def _camera(file: Path) -> tuple[F8, F8, float]:
    """Return world_from_camera and the projection, (4, 4) for row vectors, and the metres of a stage unit."""
    told = json_mapping(read_bytes(file), file)
    try:
        view = np.array(told["cameraViewTransform"], np.float64).reshape(4, 4)
        projection = np.array(told["cameraProjection"], np.float64).reshape(4, 4)
        metres = float(told.get("metersPerSceneUnit", 1.0))
        world_from_camera: F8 = np.asarray(np.linalg.inv(view), np.float64)
    except (KeyError, ValueError, TypeError, np.linalg.LinAlgError) as error:
        raise DatasetError(f"{file.name} does not describe a camera ({type(error).__name__} {error})") from None
    if not (np.isfinite(world_from_camera).all() and projection[0, 0] and projection[1, 1] and metres > 0):
        raise DatasetError(f"{file.name} does not describe a camera that sees")
    return world_from_camera, projection, metres


def _up(world_from_camera: F8) -> str:
    """Return the axis of the stage that is up in the picture: cameras stand upright as a rule."""
    return "Z" if abs(world_from_camera[1, 2]) >= abs(world_from_camera[1, 1]) else "Y"


def _json(files: Files, name: str, otherwise: Any) -> Any:
    return json_value(read_bytes(files[name]), files[name]) if name in files else otherwise


def _rows(array: Any, columns: int, file: Path) -> Any:
    if array.dtype.kind not in "uif" or array.size % columns:
        raise DatasetError(f"{file.name} holds {array.dtype} of shape {array.shape}, not rows of {columns} numbers")
    return array.reshape(-1, columns)
