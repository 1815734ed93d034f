"""``rep.functional.physics``: bodies, colliders and time."""

from __future__ import annotations

from pxr import Usd, UsdPhysics

from rendersdg.replicator.engine import current
from rendersdg.replicator.values import PrimLike, PrimsLike, prims_of, unwrap
from rendersdg.stage.author import set_attribute


def create_physics_scene(path: PrimLike = "/PhysicsScene", **options: object) -> Usd.Prim:
    """Define a physics scene; further arguments are its attributes."""
    scene = UsdPhysics.Scene.Define(current().recorder.stage, str(unwrap(path)))
    for key, value in options.items():
        set_attribute(scene.GetPrim(), f"physics:{key}", unwrap(value))
    return scene.GetPrim()


def apply_rigid_body(prims: PrimsLike, with_collider: bool = False, **options: object) -> None:
    """Mark prims as rigid bodies: they fall while time passes (extra ``physics``)."""
    for prim in prims_of(prims):
        UsdPhysics.RigidBodyAPI.Apply(prim)
        for key, value in options.items():
            set_attribute(prim, f"physics:{key}", unwrap(value))
    if with_collider:
        apply_collider(prims)


def apply_collider(prims: PrimsLike, approximation: str = "none", **options: object) -> None:
    """Mark prims as colliders."""
    for prim in prims_of(prims):
        UsdPhysics.CollisionAPI.Apply(prim)
        if approximation and approximation != "none":
            UsdPhysics.MeshCollisionAPI.Apply(prim).CreateApproximationAttr().Set(approximation)


def simulate(num_steps: int = 1, step_dt: float | None = None, **options: object) -> None:
    """Let ``num_steps`` steps of ``step_dt`` seconds pass (None: frames of the timeline)."""
    clock = current().clock
    for _ in range(int(num_steps)):
        if step_dt is None:
            clock.pass_frame()
        else:
            clock.pass_time(float(step_dt))
