"""``rep.functional.physics``: bodies, colliders and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pxr import Usd, UsdPhysics

from rendersdg.errors import BadArgument
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import PrimLike, PrimsLike, prims_of, unwrap
from rendersdg.stage.author import set_attribute

# a script may give what a collider or a mass has to the body, and the other way round
_OF_BODIES = (UsdPhysics.RigidBodyAPI, UsdPhysics.CollisionAPI, UsdPhysics.MeshCollisionAPI, UsdPhysics.MassAPI)


def create_physics_scene(path: PrimLike = "/PhysicsScene", **options: object) -> Usd.Prim:
    """Define a physics scene; further arguments are its attributes."""
    scene = UsdPhysics.Scene.Define(current().recorder.stage, str(unwrap(path)))
    _write(scene.GetPrim(), (UsdPhysics.Scene,), "physxScene", options)
    return scene.GetPrim()


def _write(prim: Usd.Prim, schemas: Sequence[type[Usd.SchemaBase]], physx: str, options: Mapping[str, object]) -> None:
    """Write options as attributes of the first of UsdPhysics' ``schemas`` that has them, else as PhysX's."""
    for key, value in options.items():
        schema = next((s for s in schemas if f"physics:{key}" in s.GetSchemaAttributeNames(False)), None)
        if schema is not None and issubclass(schema, Usd.APISchemaBase):
            prim.ApplyAPI(schema)
        set_attribute(prim, f"{physx if schema is None else 'physics'}:{key}", unwrap(value))


def apply_rigid_body(prims: PrimsLike, with_collider: bool = False, **options: object) -> None:
    """Mark prims as rigid bodies: they fall while time passes (extra ``physics``). ``options`` are attributes of
    UsdPhysics (``velocity``, ``mass``, ``approximation``, ...) or of PhysX (``disableGravity``, ...).
    """
    for prim in prims_of(prims):
        UsdPhysics.RigidBodyAPI.Apply(prim)
        _write(prim, _OF_BODIES, "physxRigidBody", options)
    if with_collider:
        apply_collider(prims)


def apply_collider(prims: PrimsLike, approximation: str = "none", **options: object) -> None:
    """Mark prims as colliders. ``options`` are attributes of UsdPhysics or of PhysX."""
    for prim in prims_of(prims):
        UsdPhysics.CollisionAPI.Apply(prim)
        _write(prim, _OF_BODIES, "physxCollision", options)
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
