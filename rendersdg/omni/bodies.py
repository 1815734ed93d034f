"""``omni.physx.scripts``: bodies, colliders, grounds and their transforms in one call."""

from __future__ import annotations

from typing import Any

from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg.replicator import functional
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import set_attribute

_GREY = Gf.Vec3f(0.5, 0.5, 0.5)


# -- utils ------------------------------------------------------------------------------------------------------------


def set_rigid_body(
    prim: Usd.Prim, approximationShape: str = "convexHull", kinematic: bool = False, *other: Any
) -> None:
    """Make a prim a rigid body with colliders."""
    api = UsdPhysics.RigidBodyAPI.Apply(prim)
    api.CreateKinematicEnabledAttr().Set(bool(kinematic))
    set_collider_subtree(prim, approximationShape)


def set_collider(prim: Usd.Prim, approximationShape: str = "none", *other: Any) -> None:
    """Make a prim a collider."""
    functional.apply_collider(prim, str(approximationShape))


def set_collider_subtree(prim: Usd.Prim, approximationShape: str = "none", *other: Any) -> None:
    """Make the surfaces at and below a prim colliders."""
    for target in [p for p in Usd.PrimRange(prim) if p.IsA(UsdGeom.Gprim)] or [prim]:
        set_collider(target, approximationShape)


def remove_rigid_body(prim: Usd.Prim) -> None:
    """Make a prim a rigid body no more."""
    prim.RemoveAPI(UsdPhysics.RigidBodyAPI)


def remove_collider(prim: Usd.Prim) -> None:
    """Make a prim a collider no more."""
    prim.RemoveAPI(UsdPhysics.CollisionAPI)


UTILS = {
    "setRigidBody": set_rigid_body,
    "setPhysics": lambda prim, kinematic=False: set_rigid_body(prim, kinematic=kinematic),
    "setCollider": set_collider,
    "setStaticCollider": set_collider,
    "setColliderSubtree": set_collider_subtree,
    "removeRigidBody": remove_rigid_body,
    "removeCollider": remove_collider,
    "removeStaticCollider": remove_collider,
}


# -- physicsUtils -----------------------------------------------------------------------------------------------------


def _set_op(xformable: Any, kind: Any, name: str, value: Any) -> Any:
    """Give an operation of a prim a value, in the precision that it has; add it where there is none."""
    for op in UsdGeom.Xformable(xformable).GetOrderedXformOps():
        if op.GetOpType() == kind:
            was = op.Get()
            op.Set(value if was is None else type(was)(value))
            return op
    op = getattr(UsdGeom.Xformable(xformable), name)()
    op.Set(value)
    return op


def set_or_add_translate_op(xformable: Any, translate: Any) -> Any:
    """Set where a prim stands in its parent's frame."""
    return _set_op(xformable, UsdGeom.XformOp.TypeTranslate, "AddTranslateOp", Gf.Vec3d(*unwrap(translate)))


def set_or_add_orient_op(xformable: Any, orient: Any) -> Any:
    """Set how a prim is turned, by a quaternion."""
    return _set_op(xformable, UsdGeom.XformOp.TypeOrient, "AddOrientOp", Gf.Quatf(*unwrap(orient)))


def set_or_add_scale_op(xformable: Any, scale: Any) -> Any:
    """Set the scale of a prim."""
    return _set_op(xformable, UsdGeom.XformOp.TypeScale, "AddScaleOp", Gf.Vec3f(*unwrap(scale)))


def set_or_add_scale_orient_translate(xformable: Any, scale: Any, orient: Any, translate: Any) -> tuple[Any, Any, Any]:
    """Set place, turn and scale of a prim, added in that order. Returns the operations of scale, turn and place."""
    place = set_or_add_translate_op(xformable, translate)
    turn = set_or_add_orient_op(xformable, orient)
    return set_or_add_scale_op(xformable, scale), turn, place


def _placed(stage: Usd.Stage, schema: Any, path: Any, position: Any, orientation: Any, color: Any) -> Any:
    made = schema.Define(stage, str(path))
    made.CreateDisplayColorAttr().Set([Gf.Vec3f(*unwrap(color))])
    set_or_add_translate_op(made, position)
    set_or_add_orient_op(made, orientation)
    UsdPhysics.CollisionAPI.Apply(made.GetPrim())
    return made


def _moving(prim: Usd.Prim, density: float, velocity: Any, spin: Any) -> None:
    api = UsdPhysics.RigidBodyAPI.Apply(prim)
    api.CreateVelocityAttr().Set(Gf.Vec3f(*unwrap(velocity)))
    api.CreateAngularVelocityAttr().Set(Gf.Vec3f(*unwrap(spin)))
    UsdPhysics.MassAPI.Apply(prim).CreateDensityAttr().Set(float(density))


def add_box(
    stage: Usd.Stage,
    path: Any,
    size: Any = Gf.Vec3f(1.0),
    position: Any = Gf.Vec3f(0.0),
    orientation: Any = Gf.Quatf(1.0),
    color: Any = _GREY,
) -> Usd.Prim:
    """Add a box of ``size`` stage units that others collide with."""
    box = _placed(stage, UsdGeom.Cube, path, position, orientation, color)
    box.CreateSizeAttr().Set(1.0)
    set_or_add_scale_op(box, size)
    return box.GetPrim()


def add_rigid_box(
    stage: Usd.Stage,
    path: Any,
    size: Any = Gf.Vec3f(1.0),
    position: Any = Gf.Vec3f(0.0),
    orientation: Any = Gf.Quatf(1.0),
    color: Any = _GREY,
    density: float = 1.0,
    lin_velocity: Any = Gf.Vec3f(0.0),
    ang_velocity: Any = Gf.Vec3f(0.0),
) -> Usd.Prim:
    """Add a box that falls."""
    prim = add_box(stage, path, size, position, orientation, color)
    _moving(prim, density, lin_velocity, ang_velocity)
    return prim


def add_sphere(
    stage: Usd.Stage,
    path: Any,
    radius: float = 1.0,
    position: Any = Gf.Vec3f(0.0),
    orientation: Any = Gf.Quatf(1.0),
    color: Any = _GREY,
) -> Usd.Prim:
    """Add a ball that others collide with."""
    ball = _placed(stage, UsdGeom.Sphere, path, position, orientation, color)
    ball.CreateRadiusAttr().Set(float(radius))
    return ball.GetPrim()


def add_rigid_sphere(
    stage: Usd.Stage,
    path: Any,
    radius: float = 1.0,
    position: Any = Gf.Vec3f(0.0),
    orientation: Any = Gf.Quatf(1.0),
    color: Any = _GREY,
    density: float = 1.0,
    lin_velocity: Any = Gf.Vec3f(0.0),
    ang_velocity: Any = Gf.Vec3f(0.0),
) -> Usd.Prim:
    """Add a ball that falls."""
    prim = add_sphere(stage, path, radius, position, orientation, color)
    _moving(prim, density, lin_velocity, ang_velocity)
    return prim


def add_ground_plane(
    stage: Usd.Stage,
    planePath: Any,
    axis: str = "Z",
    size: float = 50.0,
    position: Any = Gf.Vec3f(0.0),
    color: Any = _GREY,
) -> str:
    """Add a ground that reaches ``size`` stage units to each side, square to an axis. Returns its path."""
    path = str(planePath)
    UsdGeom.Xform.Define(stage, path)
    u, v = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}[str(axis).upper()]
    corners = []
    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        corner = [0.0, 0.0, 0.0]
        corner[u], corner[v] = a * float(size), b * float(size)
        corners.append(Gf.Vec3f(*corner))
    mesh = UsdGeom.Mesh.Define(stage, f"{path}/CollisionMesh")
    mesh.CreatePointsAttr(corners)
    mesh.CreateFaceVertexCountsAttr([4])
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 3])
    mesh.CreateDisplayColorAttr().Set([Gf.Vec3f(*unwrap(color))])
    UsdPhysics.CollisionAPI.Apply(mesh.GetPrim())
    set_or_add_translate_op(stage.GetPrimAtPath(path), position)
    return path


def add_physics_material_to_prim(stage: Usd.Stage, prim: Usd.Prim, materialPath: Any) -> None:
    """Bind a physics material to a prim."""
    material = UsdShade.Material(stage.GetPrimAtPath(Sdf.Path(str(materialPath))))
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(material, UsdShade.Tokens.weakerThanDescendants, "physics")


def add_rigid_body_material(
    stage: Usd.Stage,
    path: Any,
    density: float | None = None,
    staticFriction: float | None = None,
    dynamicFriction: float | None = None,
    restitution: float | None = None,
) -> UsdPhysics.MaterialAPI:
    """Add a physics material; what is not given keeps its usual value."""
    api = UsdPhysics.MaterialAPI.Apply(UsdShade.Material.Define(stage, str(path)).GetPrim())
    given = {
        "density": density,
        "staticFriction": staticFriction,
        "dynamicFriction": dynamicFriction,
        "restitution": restitution,
    }
    for name, value in given.items():
        if value is not None:
            set_attribute(api.GetPrim(), f"physics:{name}", float(value))
    return api


PHYSICS_UTILS = {
    "set_or_add_translate_op": set_or_add_translate_op,
    "set_or_add_orient_op": set_or_add_orient_op,
    "set_or_add_scale_op": set_or_add_scale_op,
    "set_or_add_scale_orient_translate": set_or_add_scale_orient_translate,
    "setup_transform_as_scale_orient_translate": lambda prim: set_or_add_scale_orient_translate(
        prim, (1, 1, 1), (1, 0, 0, 0), (0, 0, 0)
    ),
    "add_box": add_box,
    "add_rigid_box": add_rigid_box,
    "add_sphere": add_sphere,
    "add_rigid_sphere": add_rigid_sphere,
    "add_ground_plane": add_ground_plane,
    "add_physics_material_to_prim": add_physics_material_to_prim,
    "addRigidBodyMaterial": add_rigid_body_material,
}
