"""The pose of a prim as Replicator speaks of it: translate, pivot, Euler angles, scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.geometry import Matrix, affine, euler_from_rotation, euler_rotation
from rendersdg.stage.reads import Reads, names

Vec3 = tuple[float, float, float]
_OPS = [
    "xformOp:translate",
    "xformOp:rotateXYZ",
    "xformOp:scale",
    "!invert!xformOp:translate:pivot",
]
_ATTRIBUTES = [name.removeprefix("!invert!") for name in _OPS]
ISAAC_OPS = ["xformOp:translate", "xformOp:orient", "xformOp:scale"]  # those that Isaac Sim gives prims


class Pose(NamedTuple):
    """``matrix = T(translate) R(euler, degrees, order) S(scale) P(-pivot)``, stage units, column vectors.

    So the pivot is the point of the prim that comes to lie at ``translate``, and that it turns about.
    """

    translate: Vec3 = (0.0, 0.0, 0.0)
    euler: Vec3 = (0.0, 0.0, 0.0)
    scale: Vec3 = (1.0, 1.0, 1.0)
    pivot: Vec3 = (0.0, 0.0, 0.0)
    order: str = "XYZ"

    def matrix(self) -> Matrix:
        """Return the 4x4 parent_from_local matrix."""
        linear = euler_rotation(self.euler, self.order) * np.asarray(self.scale)
        return affine(linear, np.asarray(self.translate) - portable.product(linear, np.asarray(self.pivot)))

    def changed(self, **parts: object) -> Pose:
        """Return this pose with parts replaced."""
        return self._replace(**parts)  # type: ignore[arg-type]


def matrices_of(poses: Sequence[Pose]) -> Matrix:
    """Return the 4x4 matrices of poses, (N, 4, 4): :meth:`Pose.matrix` of each."""
    out = np.broadcast_to(np.eye(4), (len(poses), 4, 4)).copy()
    of_order: dict[str, list[int]] = {}
    for order in {pose.order for pose in poses}:
        of_order[order] = [number for number, pose in enumerate(poses) if pose.order == order]
    for order, which in of_order.items():
        chosen = [poses[k] for k in which]
        moves, turns, scales, pivots = (np.array(column, np.float64) for column in tuple(zip(*chosen))[:4])
        linear = euler_rotation(turns, order) * scales[:, None]
        out[which, :3, :3] = linear
        out[which, :3, 3] = moves - (portable.product(linear, pivots[..., None]))[..., 0]
    return out


def pose_from_matrix(matrix: Matrix) -> Pose:
    """Return the pose of a matrix without shear; a mirrored axis comes out as a negative x scale."""
    linear = matrix[:3, :3]
    scale = portable.norm(linear, axis=0)
    if portable.determinant(linear) < 0:
        scale[0] = -scale[0]
    rotation = linear / np.where(np.abs(scale) > 1e-12, scale, 1.0)
    x, y, z = matrix[:3, 3]
    return Pose(
        (float(x), float(y), float(z)),
        euler_from_rotation(rotation),
        (float(scale[0]), float(scale[1]), float(scale[2])),
    )


def column_matrix(matrix: Gf.Matrix4d) -> Matrix:
    """Return a Gf matrix (row vectors) as a column-vector array."""
    return np.array(matrix, np.float64).T


def read_pose(prim: Usd.Prim, time: Usd.TimeCode) -> Pose:
    """Return the pose authored on ``prim``: its parts where the operations are ours, else decomposed."""
    xformable = UsdGeom.Xformable(prim)
    if not xformable and not xformable.GetXformOpOrderAttr():  # Omniverse's own types are placed, too
        return Pose()
    order = xformable.GetXformOpOrderAttr().Get()
    if order is not None and list(order) == _OPS:
        t, r, s, p = (tuple(float(x) for x in prim.GetAttribute(name).Get(time)) for name in _ATTRIBUTES)
        return Pose(t, r, s, p)  # type: ignore[arg-type]
    return pose_from_matrix(column_matrix(xformable.GetLocalTransformation(time)))


def write_pose(prim: Usd.Prim, pose: Pose) -> None:
    """Author ``pose`` as translate, rotateXYZ, scale and pivot, replacing the operations that were there.

    A prim with the three operations that Isaac Sim gives keeps them, unless the pose has a pivot.
    """
    xformable = UsdGeom.Xformable(prim)
    order = list(xformable.GetXformOpOrderAttr().Get() or [])
    if order == ISAAC_OPS and not any(pose.pivot):
        turn = quaternion(euler_rotation(pose.euler, pose.order))
        for name, values in zip(ISAAC_OPS, (pose.translate, (turn.real, *turn.imaginary), pose.scale)):
            attribute = prim.GetAttribute(name)
            attribute.Set(attribute.GetTypeName().type.pythonClass(*values))
        return
    if order != _OPS:
        xformable.ClearXformOpOrder()
        xformable.AddTranslateOp(_precision(prim, _ATTRIBUTES[0]))
        xformable.AddRotateXYZOp(_precision(prim, _ATTRIBUTES[1]))
        xformable.AddScaleOp(_precision(prim, _ATTRIBUTES[2]))
        xformable.AddTranslateOp(_precision(prim, _ATTRIBUTES[3]), "pivot", True)
    for name, value in zip(_ATTRIBUTES, (pose.translate, _euler(pose), pose.scale, pose.pivot)):
        attribute = prim.GetAttribute(name)
        kind = Gf.Vec3f if "float3" in str(attribute.GetTypeName()) else Gf.Vec3d
        attribute.Set(kind(*value))


def set_parts(layer: Sdf.Layer, path: str, pose: Pose) -> tuple[dict[str, object], dict[str, object]] | None:
    """Set the defaults of the operations that :func:`write_pose` wrote to a layer before, faster than it does.

    Returns them by name as they were and as they are; None, and does nothing, where the layer has others.
    """
    order = layer.GetAttributeAtPath(f"{path}.xformOpOrder")
    if order is None or list(order.default or ()) != _OPS:
        return None
    specs = [layer.GetAttributeAtPath(f"{path}.{name}") for name in _ATTRIBUTES]
    if any(spec is None or spec.default is None for spec in specs):
        return None
    before: dict[str, object] = {"xformOpOrder": order.default}
    after = dict(before)
    for name, spec, value in zip(_ATTRIBUTES, specs, (pose.translate, _euler(pose), pose.scale, pose.pivot)):
        old = spec.default
        before[name], after[name] = old, type(old)(*value)
        if after[name] != old:
            spec.default = after[name]
    return before, after


def _euler(pose: Pose) -> Vec3:
    return pose.euler if pose.order == "XYZ" else euler_from_rotation(euler_rotation(pose.euler, pose.order))


def write_parts(prim: Usd.Prim, pose: Pose) -> None:
    """Author ``pose`` by the prim's own translate, orient or rotateXYZ, and scale where these hold it, else anew."""
    ops = UsdGeom.Xformable(prim).GetOrderedXformOps()
    names = [op.GetOpName() for op in ops]
    turn = next((n for n in ("xformOp:orient", "xformOp:rotateXYZ") if n in names), "xformOp:rotateXYZ")
    parts = {"xformOp:translate": Pose().translate, turn: Pose().euler, "xformOp:scale": Pose().scale}
    given = dict(zip(parts, (pose.translate, pose.euler, pose.scale)))
    is_held = names == [n for n in parts if n in names] and all(given[n] == parts[n] for n in parts if n not in names)
    if not names or not is_held or pose.pivot != Pose().pivot or pose.order != "XYZ":
        write_pose(prim, pose)
        return
    for op, name in zip(ops, names):
        kind = type(op.GetAttr().GetTypeName().type.pythonClass())
        if name == "xformOp:orient":
            op.Set(kind(quaternion(euler_rotation(pose.euler, pose.order))))
        else:
            op.Set(kind(*given[name]))


def quaternion(rotation: F8) -> Gf.Quatd:
    """Return the unit quaternion of a (3, 3) rotation of column vectors."""
    return Gf.Matrix3d(*rotation.T.ravel().tolist()).ExtractRotation().GetQuat()


def _precision(prim: Usd.Prim, name: str) -> UsdGeom.XformOp.Precision:
    """Return the precision of an operation's attribute where the prim has one already, else double."""
    attribute = prim.GetAttribute(name)
    type_name = str(attribute.GetTypeName()) if attribute else "double3"
    kinds = {"float3": UsdGeom.XformOp.PrecisionFloat, "half3": UsdGeom.XformOp.PrecisionHalf}
    return kinds.get(type_name, UsdGeom.XformOp.PrecisionDouble)


READS = (Reads("Xformable", read=names("xformOp:* xformOpOrder")),)
