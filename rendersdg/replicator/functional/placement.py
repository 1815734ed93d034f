"""Where a new prim stands, what it is labelled and where it hangs: the keywords that create functions share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from inspect import Parameter, Signature
from typing import Concatenate, ParamSpec

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.geometry import aim_rotation, euler_from_rotation, euler_rotation
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import (
    PrimLike,
    RotationLike,
    SemanticsLike,
    TargetLike,
    Vector3,
    VectorLike,
    euler_of,
    path_of,
    prims_of,
    resolved,
    semantics_of,
    unwrap,
    vector_of,
)
from rendersdg.stage.author import valid_name
from rendersdg.stage.pose import Pose, column_matrix, pose_from_matrix, read_pose, write_pose
from rendersdg.stage.semantics import write_semantics

Own = ParamSpec("Own")
REQUIRED = Parameter.empty  # the default of an argument that must be given
_NOW = Usd.TimeCode.Default()
_NEAR = 1e-9  # stage units: closer than this, there is no direction to look in


@dataclass(frozen=True)
class Placement:
    """Pose, labels and place of a new prim. None leaves a value as it is; ``name`` may be a whole path."""

    position: VectorLike | None = None
    rotation: RotationLike | None = None
    scale: VectorLike | float | None = None
    look_at: TargetLike | None = None
    look_at_up_axis: VectorLike | None = None
    pivot: VectorLike | None = None  # point of the bounds, -1..1 along each axis, that comes to lie at the position
    relative_to: PrimLike | None = None  # the pose is in this prim's space
    rotation_order: str = "XYZ"
    semantics: SemanticsLike | None = None
    visible: bool | None = None
    material: PrimLike | None = None
    parent: PrimLike | None = None
    name: str | None = None

    def path(self, default: str) -> str:
        """Return a free path for a prim that is called ``default`` unless it has a name."""
        if self.name is not None and str(self.name).startswith("/"):
            path = str(self.name)
        else:
            path = f"{path_of(self.parent).rstrip('/')}/{valid_name(str(self.name or default))}"
        return current().recorder.author.unique(path)

    def apply(self, prim: Usd.Prim) -> Usd.Prim:
        """Give a prim pose, labels, visibility and material, and return it."""
        self.pose(prim)
        if self.semantics is not None:
            write_semantics(prim, semantics_of(self.semantics))
        if self.visible is not None and not self.visible:
            UsdGeom.Imageable(prim).MakeInvisible()
        if self.material is not None:
            from rendersdg.replicator.functional.materials import bind

            bind(prim, self.material)
        return prim

    def pose(self, prim: Usd.Prim) -> None:
        """Write to the stage what is given of the pose."""
        old = read_pose(prim, _NOW)
        new = old
        if self.position is not None:
            new = new.changed(translate=vector_of("position", self.position, scalar=True))
        if self.rotation is not None:
            new = new.changed(euler=self._euler())
        if self.scale is not None:
            new = new.changed(scale=vector_of("scale", self.scale, scalar=True))
        if self.pivot is not None:
            low, high = _bounds(prim)
            point = low + (high - low) * (np.array(vector_of("pivot", self.pivot)) + 1) / 2
            new = pose_from_matrix(new.changed(pivot=tuple(point.tolist())).matrix())
        if self.relative_to is not None:
            reference = UsdGeom.Xformable(prims_of(self.relative_to)[0]).ComputeLocalToWorldTransform(_NOW)
            new = pose_from_matrix(portable.product(column_matrix(reference), new.matrix()))
        if self.look_at is not None:
            new = self._aimed(prim, new)
        if new != old or not UsdGeom.Xformable(prim).GetOrderedXformOps():
            write_pose(prim, new)

    def _euler(self) -> Vector3:
        """Return the rotation as Euler angles XYZ. Raises BadArgument for an order that there is not."""
        euler = euler_of(self.rotation) if self.rotation is not None else Pose().euler
        order = str(self.rotation_order).upper()
        if sorted(order) != ["X", "Y", "Z"]:
            raise BadArgument(f"rotation_order={self.rotation_order!r} is not XYZ, XZY, ...", where=current().where())
        is_quaternion = len(unwrap(self.rotation)) == 4
        return euler if order == "XYZ" or is_quaternion else euler_from_rotation(euler_rotation(euler, order))

    def _aimed(self, prim: Usd.Prim, pose: Pose) -> Pose:
        """Return ``pose`` turned towards the target, whatever turns the prims above."""
        eye = np.array(pose.translate)
        target = np.array(_target(self.look_at))
        up = current().recorder.author.up_vector
        if self.look_at_up_axis is not None:
            up = vector_of("look_at_up_axis", self.look_at_up_axis)
        if portable.norm(target - eye) <= _NEAR:
            return pose
        rotation = aim_rotation(eye, target, np.array(up))
        above = UsdGeom.Xformable(prim).ComputeParentToWorldTransform(_NOW).RemoveScaleShear()
        return pose.changed(euler=euler_from_rotation(portable.product(column_matrix(above)[:3, :3].T, rotation)))


def _bounds(prim: Usd.Prim) -> tuple[F8, F8]:
    """Return the least and greatest corner of what is drawn at or below a prim, in its own space."""
    cache = UsdGeom.BBoxCache(_NOW, [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    box = cache.ComputeUntransformedBound(prim).ComputeAlignedRange()
    return (np.zeros(3), np.zeros(3)) if box.IsEmpty() else (np.array(box.GetMin()), np.array(box.GetMax()))


_SHARED = frozenset(one.name for one in fields(Placement))
_USUAL = {"visible": True}  # what create functions show as the default of a shared argument that is not None


def create_function(
    label: str, order: str, *, more: bool = False, **defaults: object
) -> Callable[[Callable[Concatenate[Placement, Own], Usd.Prim]], Callable[..., Usd.Prim]]:
    """Give a function that makes a prim by a Placement the signature that Replicator has for it.

    ``order`` lists the parameters. Those of Placement are None unless given and reach the function as its first
    argument; the others have ``defaults`` and reach it by name. ``more`` hands it further arguments by name, too.
    """
    names = order.split()
    absent = {name: _USUAL.get(name) if name in _SHARED else defaults[name] for name in names}
    signature = Signature([Parameter(n, Parameter.POSITIONAL_OR_KEYWORD, default=absent[n]) for n in names])

    def decorate(make: Callable[Concatenate[Placement, Own], Usd.Prim]) -> Callable[..., Usd.Prim]:
        def create(*args: object, **kwargs: object) -> Usd.Prim:
            others = {n: kwargs.pop(n) for n in list(kwargs) if n not in signature.parameters}
            if others and not more:
                refuse_unknown(label, others)
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{label}() {error}") from None
            bound.apply_defaults()
            shared = {n: v for n, v in bound.arguments.items() if n in _SHARED}
            own = {n: v for n, v in bound.arguments.items() if n not in _SHARED}
            return make(Placement(**shared), **own, **others)  # type: ignore[arg-type, call-arg]

        create.__name__, create.__doc__ = label, make.__doc__
        create.__signature__ = signature  # type: ignore[attr-defined]
        return create

    return decorate


def refuse_unknown(label: str, others: Mapping[str, object]) -> None:
    """Raise BadArgument for the first of the arguments that a create function has not."""
    name = next(iter(others))
    raise BadArgument(f"functional.create.{label} has no argument {name!r}", where=current().where())


def world_position(prim: PrimLike) -> Vector3:
    """Return where a prim stands in the world."""
    x, y, z = UsdGeom.Xformable(prims_of(prim)[0]).ComputeLocalToWorldTransform(_NOW).ExtractTranslation()
    return float(x), float(y), float(z)


def _target(value: TargetLike) -> Vector3:
    plain = resolved(value)
    if isinstance(plain, list) and plain and isinstance(plain[0], str):
        plain = plain[0]
    return world_position(plain) if isinstance(plain, str) else vector_of("look_at", plain)
