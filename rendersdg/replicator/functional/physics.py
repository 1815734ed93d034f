"""``rep.functional.physics``: bodies, colliders and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pxr import Usd, UsdPhysics

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import PrimLike, PrimsLike, prims_of, unwrap
from rendersdg.stage.author import set_attribute


def create_physics_scene(path: PrimLike = "/PhysicsScene", **options: object) -> Usd.Prim:
    """Define a physics scene; further arguments are its attributes."""
    scene = UsdPhysics.Scene.Define(current().recorder.stage, str(unwrap(path)))
    _write(scene.GetPrim(), UsdPhysics.Scene.GetSchemaAttributeNames(False), "physxScene", options)
    return scene.GetPrim()


def _write(prim: Usd.Prim, own: Sequence[str], physx: str, options: Mapping[str, object]) -> None:
    """Write options as attributes of UsdPhysics where it has them (``own``), else as PhysX's."""
    for key, value in options.items():
        name = f"physics:{key}" if f"physics:{key}" in own else f"{physx}:{key}"
        set_attribute(prim, name, unwrap(value))


def apply_rigid_body(prims: PrimsLike, with_collider: bool = False, **options: object) -> None:
    """Mark prims as rigid bodies: they fall while time passes (extra ``physics``). ``options`` are attributes of
    UsdPhysics (``velocity``, ``kinematicEnabled``, ...) or of PhysX (``disableGravity``, ``linearDamping``, ...).
    """
    for prim in prims_of(prims):
        UsdPhysics.RigidBodyAPI.Apply(prim)
        _write(prim, UsdPhysics.RigidBodyAPI.GetSchemaAttributeNames(False), "physxRigidBody", options)
    if with_collider:
        apply_collider(prims)


def apply_collider(prims: PrimsLike, approximation: str = "none", **options: object) -> None:
    """Mark prims as colliders. ``options`` are attributes of UsdPhysics or of PhysX."""
    for prim in prims_of(prims):
        UsdPhysics.CollisionAPI.Apply(prim)
        _write(prim, UsdPhysics.CollisionAPI.GetSchemaAttributeNames(False), "physxCollision", options)
        if approximation and approximation != "none":
            UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr().Set(approximation)


def simulate(
    time: float = 0.0, step_dt: float | None = None, physics_scene: PrimLike | None = None, *, num_steps: int = 0
) -> None:
    """Let ``time`` seconds pass in steps of ``step_dt`` (None: frames of the timeline), or ``num_steps`` of them.

    All of the stage's bodies move, those of other physics scenes, too.
    """
    engine = current()
    seconds = 1.0 / engine.timeline.rate if step_dt is None else float(step_dt)
    if seconds <= 0 or float(time) < 0:
        raise BadArgument(f"time={time!r}, step_dt={step_dt!r} must be more than 0", where=engine.where())
    for _ in range(int(num_steps) or max(1, round(float(time) / seconds))):
        engine.clock.pass_time(seconds)
