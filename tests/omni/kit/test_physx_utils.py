"""Bodies and colliders in one call."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_bodies_are_made_and_unmade(tmp_path: Path) -> None:
    text = """
    import omni.usd
    from omni.physx.scripts import utils
    from pxr import UsdGeom, UsdPhysics
    stage = omni.usd.get_context().get_stage()
    group = UsdGeom.Xform.Define(stage, "/Group").GetPrim()
    box = UsdGeom.Cube.Define(stage, "/Group/Box").GetPrim()
    utils.setPhysics(group, kinematic=True)
    assert UsdPhysics.RigidBodyAPI(group).GetKinematicEnabledAttr().Get() is True
    assert box.HasAPI(UsdPhysics.CollisionAPI) and not group.HasAPI(UsdPhysics.CollisionAPI)
    utils.removeRigidBody(group)
    utils.removeStaticCollider(box)
    assert not group.HasAPI(UsdPhysics.RigidBodyAPI) and not box.HasAPI(UsdPhysics.CollisionAPI)
    """

    assert ran(tmp_path, text).error is None
