"""``omni.physx.scripts.utils``: bodies and colliders in one call."""

from __future__ import annotations

from pxr import Usd, UsdGeom, UsdPhysics

from rendersdg.replicator import functional

__all__ = [
    "removeCollider",
    "removeRigidBody",
    "removeStaticCollider",
    "setCollider",
    "setColliderSubtree",
    "setPhysics",
    "setRigidBody",
    "setStaticCollider",
]


def setRigidBody(
    prim: Usd.Prim, approximationShape: str = "convexHull", kinematic: bool = False, *args: object
) -> None:
    """Make a prim a rigid body with colliders."""
    api = UsdPhysics.RigidBodyAPI.Apply(prim)
    api.CreateKinematicEnabledAttr().Set(bool(kinematic))
    setColliderSubtree(prim, approximationShape)


def setCollider(prim: Usd.Prim, approximationShape: str = "none", *args: object) -> None:
    """Make a prim a collider."""
    functional.apply_collider(prim, str(approximationShape))


def setColliderSubtree(prim: Usd.Prim, approximationShape: str = "none", *args: object) -> None:
    """Make the surfaces at and below a prim colliders."""
    for target in [p for p in Usd.PrimRange(prim) if p.IsA(UsdGeom.Gprim)] or [prim]:
        setCollider(target, approximationShape)


def removeRigidBody(prim: Usd.Prim) -> None:
    """Make a prim a rigid body no more."""
    prim.RemoveAPI(UsdPhysics.RigidBodyAPI)


def removeCollider(prim: Usd.Prim) -> None:
    """Make a prim a collider no more."""
    prim.RemoveAPI(UsdPhysics.CollisionAPI)


def setPhysics(prim: Usd.Prim, kinematic: bool = False) -> None:
    """Make a prim a rigid body with convex colliders."""
    setRigidBody(prim, kinematic=kinematic)


setStaticCollider = setCollider
removeStaticCollider = removeCollider
