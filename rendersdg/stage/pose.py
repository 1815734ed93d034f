"""The pose of a prim as Replicator speaks of it: translate, pivot, Euler angles, scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from pxr import Gf, Usd, UsdGeom

from rendersdg.geometry import Matrix, affine, euler_from_rotation, euler_rotation

Vec3 = tuple[float, float, float]
_OPS = [
    "xformOp:translate",
    "xformOp:rotateXYZ",
    "xformOp:scale",
    "!invert!xformOp:translate:pivot",
]
_ATTRIBUTES = [name.removeprefix("!invert!") for name in _OPS]
ISAAC_OPS = ["xformOp:translate", "xformOp:orient", "xformOp:scale"]  # those that Isaac Sim gives prims


@dataclass(frozen=True)
class Pose:
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
        return affine(linear, np.asarray(self.translate) - linear @ np.asarray(self.pivot))

    def changed(self, **parts: object) -> Pose:
        """Return this pose with parts replaced."""
        return replace(self, **parts)  # type: ignore[arg-type]


def pose_from_matrix(matrix: Matrix) -> Pose:
    """Return the pose of a matrix without shear; a mirrored axis comes out as a negative x scale."""
    linear = matrix[:3, :3]
    scale = np.linalg.norm(linear, axis=0)
    if np.linalg.det(linear) < 0:
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
    if not xformable:
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
        turn = Gf.Matrix3d(*euler_rotation(pose.euler, pose.order).T.ravel().tolist()).ExtractRotation().GetQuat()
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
    euler = pose.euler if pose.order == "XYZ" else euler_from_rotation(euler_rotation(pose.euler, pose.order))
    for name, value in zip(_ATTRIBUTES, (pose.translate, euler, pose.scale, pose.pivot)):
        attribute = prim.GetAttribute(name)
        kind = Gf.Vec3f if "float3" in str(attribute.GetTypeName()) else Gf.Vec3d
        attribute.Set(kind(*value))


def _precision(prim: Usd.Prim, name: str) -> UsdGeom.XformOp.Precision:
    """Return the precision of an operation's attribute where the prim has one already, else double."""
    attribute = prim.GetAttribute(name)
    type_name = str(attribute.GetTypeName()) if attribute else "double3"
    kinds = {"float3": UsdGeom.XformOp.PrecisionFloat, "half3": UsdGeom.XformOp.PrecisionHalf}
    return kinds.get(type_name, UsdGeom.XformOp.PrecisionDouble)
