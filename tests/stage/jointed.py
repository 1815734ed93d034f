"""Stages of jointed bodies in any unit and axis, and their simulation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from rendersdg.errors import Report
from rendersdg.stage.base import BaseScene
from rendersdg.stage.physics import Simulator, bodies_of
from rendersdg.stage.state import SceneState

Vector = Sequence[float]


class Rig:
    """A stage whose lengths are given in metres with Z up, and lie on it in ``unit`` with ``up``."""

    def __init__(self, unit: float = 1.0, up: str = "Z", gravity: float | None = None) -> None:
        self.stage = Usd.Stage.CreateInMemory()
        self.unit = unit
        UsdGeom.SetStageMetersPerUnit(self.stage, unit)
        UsdGeom.SetStageUpAxis(self.stage, up)
        # stage_from_ours: with Y up, our z is the stage's y
        self.turn = np.eye(3) if up == "Z" else np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
        self.report = Report(False)
        if gravity is not None:
            scene = UsdPhysics.Scene.Define(self.stage, "/physics")
            scene.CreateGravityMagnitudeAttr(gravity / unit)

    def place(self, position: Vector) -> Gf.Vec3d:
        """Return a place on the stage."""
        return Gf.Vec3d(*(self.turn @ np.asarray(position, float) / self.unit).tolist())

    def quaternion(self) -> Gf.Quatf:
        """Return the turn from our axes to the stage's."""
        return Gf.Quatf(Gf.Matrix4d(Gf.Matrix3d(*self.turn.T.ravel().tolist()), Gf.Vec3d(0)).ExtractRotationQuat())

    def body(
        self,
        name: str,
        position: Vector = (0, 0, 0),
        size: float | Vector = 0.1,
        mass: float = 1.0,
        *,
        collides: bool = False,
        moves: bool = True,
        velocity: Vector | None = None,
        parent: str = "",
    ) -> str:
        """Add a box of ``size`` metres (edge lengths), turned with the stage's axis; return its path."""
        path = f"{parent}/{name}"
        cube = UsdGeom.Cube.Define(self.stage, path)
        cube.CreateSizeAttr(1.0)
        prim = cube.GetPrim()
        cube.AddTranslateOp().Set(self.place(position))
        cube.AddOrientOp().Set(self.quaternion())
        edges = np.broadcast_to(np.asarray(size, float), 3) / self.unit
        cube.AddScaleOp().Set(Gf.Vec3f(*edges.tolist()))
        if not collides:
            UsdPhysics.CollisionAPI.Apply(prim).CreateCollisionEnabledAttr(False)
        elif not moves:
            UsdPhysics.CollisionAPI.Apply(prim)
        if moves:
            body = UsdPhysics.RigidBodyAPI.Apply(prim)
            api = UsdPhysics.MassAPI.Apply(prim)
            api.CreateMassAttr(mass)
            x, y, z = (np.broadcast_to(np.asarray(size, float), 3) ** 2).tolist()
            inertia = np.array([y + z, x + z, x + y]) * mass / 12 / self.unit**2
            api.CreateDiagonalInertiaAttr(Gf.Vec3f(*inertia.tolist()))
            api.CreatePrincipalAxesAttr(Gf.Quatf(1))
            api.CreateCenterOfMassAttr(Gf.Vec3f(0))
            if velocity is not None:
                body.CreateVelocityAttr(Gf.Vec3f(self.place(velocity)))
        return path

    def joint(
        self,
        kind: str,
        first: str | None,
        second: str | None,
        at: Vector,
        axis: str = "X",
        name: str = "joint",
        **attributes: object,
    ) -> Usd.Prim:
        """Bind two bodies at a place in the world, along our axes; limits and the like are given in stage units."""
        joint = getattr(UsdPhysics, f"{kind}Joint").Define(self.stage, f"/{name}")
        cache = UsdGeom.XformCache()
        for path, relation, position, rotation in (
            (first, joint.CreateBody0Rel(), joint.CreateLocalPos0Attr(), joint.CreateLocalRot0Attr()),
            (second, joint.CreateBody1Rel(), joint.CreateLocalPos1Attr(), joint.CreateLocalRot1Attr()),
        ):
            inverse = Gf.Matrix4d(1)
            turn = self.quaternion()
            if path is not None:
                relation.SetTargets([path])
                world = cache.GetLocalToWorldTransform(self.stage.GetPrimAtPath(path))
                inverse = world.GetInverse()
                turn = Gf.Quatf(world.RemoveScaleShear().ExtractRotationQuat().GetInverse()) * turn
            position.Set(Gf.Vec3f(inverse.Transform(self.place(at))))
            rotation.Set(turn)
        prim = joint.GetPrim()
        if kind in ("Revolute", "Prismatic", "Spherical"):
            joint.CreateAxisAttr(axis)
        for key, value in attributes.items():
            prim.GetAttribute(f"physics:{key}").Set(value)
        return prim

    def drive(self, joint: Usd.Prim, name: str, **values: object) -> None:
        """Drive a joint; values as UsdPhysics names them, in stage units."""
        UsdPhysics.DriveAPI.Apply(joint, name)
        for key, value in values.items():
            joint.GetAttribute(f"drive:{name}:physics:{key}").Set(value)

    def after(self, seconds: float, simulator: Simulator | None = None) -> Moment:
        """Return where everything is after ``seconds``."""
        state = SceneState(BaseScene(self.stage, self.report))
        (simulator or Simulator(self.report)).run(state, bodies_of(state), seconds)
        return Moment(self, state)

    def notes(self) -> str:
        """Return all that was reported."""
        return " ".join(str(e["text"]) for e in self.report.as_json())


class Moment:
    """A stage at a time."""

    def __init__(self, rig: Rig, state: SceneState) -> None:
        self.rig, self.state = rig, state

    def where(self, path: str, point: Vector = (0, 0, 0)) -> np.ndarray:
        """Return where a body, or a point of its box (-0.5 to 0.5), is: metres, Z up."""
        world = self.state.world(path)
        return self.rig.turn.T @ (world[:3, :3] @ np.asarray(point, float) + world[:3, 3]) * self.rig.unit

    def gap(self, joint: Usd.Prim) -> np.ndarray:
        """Return how far the two sides of a joint are apart, metres."""
        ends = []
        for k in (0, 1):
            targets = joint.GetRelationship(f"physics:body{k}").GetTargets()
            world = self.state.world(str(targets[0])) if targets else np.eye(4)
            ends.append(world[:3, :3] @ np.array(joint.GetAttribute(f"physics:localPos{k}").Get()) + world[:3, 3])
        return (ends[1] - ends[0]) * self.rig.unit
