"""``omni.physx.scripts.physicsUtils``: solids, grounds, their transforms and materials in one call."""

from __future__ import annotations

from typing import TypeAlias

from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg.omni.doors import PathLike, VectorLike
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import set_attribute

__all__ = [
    "addRigidBodyMaterial",
    "add_box",
    "add_ground_plane",
    "add_physics_material_to_prim",
    "add_rigid_box",
    "add_rigid_sphere",
    "add_sphere",
    "set_or_add_orient_op",
    "set_or_add_scale_op",
    "set_or_add_scale_orient_translate",
    "set_or_add_translate_op",
    "setup_transform_as_scale_orient_translate",
]

_GREY = Gf.Vec3f(0.5, 0.5, 0.5)
XformOp: TypeAlias = UsdGeom.XformOp
Xformable: TypeAlias = UsdGeom.Xformable | Usd.Prim  # a schema or its prim


def _set_op(xformable: Xformable, kind: UsdGeom.XformOp.Type, name: str, value: Gf.Vec3d) -> XformOp:
    """Give an operation of a prim a value, in the precision that it has; add it where there is none."""
    for op in UsdGeom.Xformable(xformable).GetOrderedXformOps():
        if op.GetOpType() == kind:
            before = op.Get()
            op.Set(value if before is None else type(before)(value))
            return op
    op = getattr(UsdGeom.Xformable(xformable), name)()
    op.Set(value)
    return op


def set_or_add_translate_op(xformable: Xformable, translate: VectorLike) -> XformOp:
    """Set where a prim stands in its parent's frame."""
    return _set_op(xformable, UsdGeom.XformOp.TypeTranslate, "AddTranslateOp", Gf.Vec3d(*unwrap(translate)))


def set_or_add_orient_op(xformable: Xformable, orient: VectorLike) -> XformOp:
    """Set how a prim is turned, by a quaternion."""
    return _set_op(xformable, UsdGeom.XformOp.TypeOrient, "AddOrientOp", Gf.Quatf(*unwrap(orient)))


def set_or_add_scale_op(xformable: Xformable, scale: VectorLike) -> XformOp:
    """Set the scale of a prim."""
    return _set_op(xformable, UsdGeom.XformOp.TypeScale, "AddScaleOp", Gf.Vec3f(*unwrap(scale)))


def set_or_add_scale_orient_translate(
    xformable: Xformable, scale: VectorLike, orient: VectorLike, translate: VectorLike
) -> tuple[XformOp, XformOp, XformOp]:
    """Set place, turn and scale of a prim, added in that order. Returns the operations of scale, turn and place."""
    place = set_or_add_translate_op(xformable, translate)
    turn = set_or_add_orient_op(xformable, orient)
    return set_or_add_scale_op(xformable, scale), turn, place


def _placed(
    stage: Usd.Stage,
    schema: type[UsdGeom.Gprim],
    path: PathLike,
    position: VectorLike,
    orientation: VectorLike,
    color: VectorLike,
) -> UsdGeom.Gprim:
    gprim = schema.Define(stage, str(path))
    gprim.CreateDisplayColorAttr().Set([Gf.Vec3f(*unwrap(color))])
    set_or_add_translate_op(gprim, position)
    set_or_add_orient_op(gprim, orientation)
    UsdPhysics.CollisionAPI.Apply(gprim.GetPrim())
    return gprim


def _moving(prim: Usd.Prim, density: float, velocity: VectorLike, spin: VectorLike) -> None:
    api = UsdPhysics.RigidBodyAPI.Apply(prim)
    api.CreateVelocityAttr().Set(Gf.Vec3f(*unwrap(velocity)))
    api.CreateAngularVelocityAttr().Set(Gf.Vec3f(*unwrap(spin)))
    UsdPhysics.MassAPI.Apply(prim).CreateDensityAttr().Set(float(density))


def add_box(
    stage: Usd.Stage,
    path: PathLike,
    size: VectorLike = Gf.Vec3f(1.0),
    position: VectorLike = Gf.Vec3f(0.0),
    orientation: VectorLike = Gf.Quatf(1.0),
    color: VectorLike = _GREY,
) -> Usd.Prim:
    """Add a box of ``size`` stage units that others collide with."""
    box = _placed(stage, UsdGeom.Cube, path, position, orientation, color)
    box.CreateSizeAttr().Set(1.0)
    set_or_add_scale_op(box, size)
    return box.GetPrim()


def add_rigid_box(
    stage: Usd.Stage,
    path: PathLike,
    size: VectorLike = Gf.Vec3f(1.0),
    position: VectorLike = Gf.Vec3f(0.0),
    orientation: VectorLike = Gf.Quatf(1.0),
    color: VectorLike = _GREY,
    density: float = 1.0,
    lin_velocity: VectorLike = Gf.Vec3f(0.0),
    ang_velocity: VectorLike = Gf.Vec3f(0.0),
) -> Usd.Prim:
    """Add a box that falls."""
    prim = add_box(stage, path, size, position, orientation, color)
    _moving(prim, density, lin_velocity, ang_velocity)
    return prim


def add_sphere(
    stage: Usd.Stage,
    path: PathLike,
    radius: float = 1.0,
    position: VectorLike = Gf.Vec3f(0.0),
    orientation: VectorLike = Gf.Quatf(1.0),
    color: VectorLike = _GREY,
) -> Usd.Prim:
    """Add a ball that others collide with."""
    ball = _placed(stage, UsdGeom.Sphere, path, position, orientation, color)
    ball.CreateRadiusAttr().Set(float(radius))
    return ball.GetPrim()


def add_rigid_sphere(
    stage: Usd.Stage,
    path: PathLike,
    radius: float = 1.0,
    position: VectorLike = Gf.Vec3f(0.0),
    orientation: VectorLike = Gf.Quatf(1.0),
    color: VectorLike = _GREY,
    density: float = 1.0,
    lin_velocity: VectorLike = Gf.Vec3f(0.0),
    ang_velocity: VectorLike = Gf.Vec3f(0.0),
) -> Usd.Prim:
    """Add a ball that falls."""
    prim = add_sphere(stage, path, radius, position, orientation, color)
    _moving(prim, density, lin_velocity, ang_velocity)
    return prim


def add_ground_plane(
    stage: Usd.Stage,
    planePath: PathLike,
    axis: str = "Z",
    size: float = 50.0,
    position: VectorLike = Gf.Vec3f(0.0),
    color: VectorLike = _GREY,
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


def add_physics_material_to_prim(stage: Usd.Stage, prim: Usd.Prim, materialPath: PathLike) -> None:
    """Bind a physics material to a prim."""
    material = UsdShade.Material(stage.GetPrimAtPath(Sdf.Path(str(materialPath))))
    UsdShade.MaterialBindingAPI.Apply(prim).Bind(material, UsdShade.Tokens.weakerThanDescendants, "physics")


def addRigidBodyMaterial(
    stage: Usd.Stage,
    path: PathLike,
    density: float | None = None,
    staticFriction: float | None = None,
    dynamicFriction: float | None = None,
    restitution: float | None = None,
) -> UsdPhysics.MaterialAPI:
    """Add a physics material; what is not given keeps its usual value."""
    api = UsdPhysics.MaterialAPI.Apply(UsdShade.Material.Define(stage, str(path)).GetPrim())
    values = {
        "density": density,
        "staticFriction": staticFriction,
        "dynamicFriction": dynamicFriction,
        "restitution": restitution,
    }
    for name, value in values.items():
        if value is not None:
            set_attribute(api.GetPrim(), f"physics:{name}", float(value))
    return api


def setup_transform_as_scale_orient_translate(prim: Xformable) -> tuple[XformOp, XformOp, XformOp]:
    """Give a prim operations of place, turn and scale at their neutral values."""
    return set_or_add_scale_orient_translate(prim, (1, 1, 1), (1, 0, 0, 0), (0, 0, 0))
