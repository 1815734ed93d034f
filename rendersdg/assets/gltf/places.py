"""Where the nodes of a glTF file are: their matrices, and the operations of their prims, over time where they move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.assets.gltf.broken import Entry
from rendersdg.assets.gltf.tracks import RATE, Tracks
from rendersdg.geometry import euler_rotation
from rendersdg.stage.pose import pose_from_matrix, quaternion


@dataclass(frozen=True, eq=False)
class Place:
    """Where a node is in its parent: ``translation`` (N, 3), ``rotation`` (N, 4) as x, y, z, w and ``scale`` (N, 3) at
    N times, or for all times one; ``shear`` is the matrix of a node that these cannot place.
    """

    translation: F8
    rotation: F8
    scale: F8
    shear: F8 | None = None

    def matrices(self) -> F8:
        """Return parent_from_node (N, 4, 4)."""
        if self.shear is not None:
            return self.shear[None]
        count = max(len(self.translation), len(self.rotation), len(self.scale))
        x, y, z, w = (np.broadcast_to(self.rotation, (count, 4)) / portable.norm(self.rotation, axis=1)[:, None]).T
        turn = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        ).transpose(2, 0, 1)
        matrices = np.zeros((count, 4, 4))
        matrices[:, :3, :3] = turn * self.scale[:, None, :]
        matrices[:, :3, 3] = self.translation
        matrices[:, 3, 3] = 1.0
        return matrices


def rest_place(node: Entry) -> Place:
    """Return where a node is without animation. Raises ValueError where that is not finite."""
    if "matrix" in node:
        matrix = np.asarray(node["matrix"], float).reshape(4, 4).T
        place = decomposed(matrix[None])
        is_off = np.abs(place.matrices()[0] - matrix).max() > 1e-6 * max(1.0, float(np.abs(matrix).max()))
        if not np.isfinite(matrix).all():
            raise ValueError("its matrix is not finite")
        return Place(place.translation, place.rotation, place.scale, matrix if is_off else None)
    rotation = np.asarray([float(v) for v in node.get("rotation", (0, 0, 0, 1))]).reshape(1, 4)
    if not rotation.any():
        rotation = np.array([[0.0, 0.0, 0.0, 1.0]])
    translation, scale = (
        np.asarray([float(v) for v in node.get(key, default)]).reshape(1, 3)
        for key, default in (("translation", (0, 0, 0)), ("scale", (1, 1, 1)))
    )
    if not all(np.isfinite(part).all() for part in (translation, rotation, scale)):
        raise ValueError("its place is not finite")
    return Place(translation, rotation / portable.norm(rotation), scale)


def decomposed(matrices: F8) -> Place:
    """Return the translation, rotation and scale of matrices (N, 4, 4); a shear is lost."""
    poses = [pose_from_matrix(matrix) for matrix in matrices]
    turns = [quaternion(euler_rotation(pose.euler)) for pose in poses]
    return Place(
        matrices[:, :3, 3].copy(),
        np.array([[*turn.GetImaginary(), turn.GetReal()] for turn in turns]),
        np.array([pose.scale for pose in poses]),
    )


def moments(tracks: Tracks, nodes: Sequence[int]) -> F8:
    """Return the times, seconds, at which the places of nodes have to be known; empty for nodes that do not move."""
    each = [t.moments() for (node, path), t in tracks.items() if node in set(nodes) and path != "weights"]
    return np.unique(np.concatenate(each)) if each else np.zeros(0)


def place_at(node: Entry, index: int, tracks: Tracks, times: F8) -> Place:
    """Return where a node is at times (N,), or at rest where there are none or it does not move."""
    rest = rest_place(node)
    own = {path: tracks[index, path] for path in ("translation", "rotation", "scale") if (index, path) in tracks}
    if not own or not len(times):
        return rest
    parts = {path: track.at(times) for path, track in own.items()}
    translation, rotation, scale = (
        parts.get(path, np.broadcast_to(still, (len(times), still.shape[1])))
        for path, still in (("translation", rest.translation), ("rotation", rest.rotation), ("scale", rest.scale))
    )
    return Place(translation, rotation, scale)


def write_place(xform: UsdGeom.Xform, node: Entry, index: int, tracks: Tracks) -> None:
    """Place a prim as its node is: by translate, orient and scale, over time where it moves, or by a matrix that these
    cannot make.
    """
    rest = rest_place(node)
    is_moving = any((index, path) in tracks for path in ("translation", "rotation", "scale"))
    if rest.shear is not None and not is_moving:
        xform.AddTransformOp().Set(Gf.Matrix4d(*rest.shear.T.ravel().tolist()))
        return
    double = UsdGeom.XformOp.PrecisionDouble
    ops: list[tuple[str, Any, F8, Callable[[Sequence[float]], Any]]] = [
        ("translation", xform.AddTranslateOp(), rest.translation, lambda v: Gf.Vec3d(*v)),
        ("rotation", xform.AddOrientOp(double), rest.rotation, lambda v: Gf.Quatd(v[3], *v[:3])),
        ("scale", xform.AddScaleOp(double), rest.scale, lambda v: Gf.Vec3d(*v)),
    ]
    for path, op, still, made in ops:
        op.Set(made(still[0].tolist()))
        track = tracks.get((index, path))
        if track is not None:
            times = track.moments()
            write_samples(op.GetAttr(), times, [made(v) for v in track.at(times).tolist()])


def write_samples(attribute: Usd.Attribute, times: F8, values: Sequence[object]) -> None:
    """Give an attribute of the stage's own layer values at times, seconds."""
    layer, path = attribute.GetStage().GetRootLayer(), attribute.GetPath()
    with Sdf.ChangeBlock():
        for time, value in zip((times * RATE).tolist(), values):
            layer.SetTimeSample(path, time, value)
