"""Schemas that usd-core does not bring."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_values_of_a_schema_stay_on_its_prim(tmp_path: Path) -> None:
    text = """
    from pxr import PhysxSchema, Usd
    stage = Usd.Stage.CreateInMemory()
    prim = stage.DefinePrim("/box", "Cube")
    assert not prim.HasAPI(PhysxSchema.PhysxRigidBodyAPI)
    body = PhysxSchema.PhysxRigidBodyAPI.Apply(prim)
    body.CreateLinearDampingAttr(0.5)
    assert prim.HasAPI(PhysxSchema.PhysxRigidBodyAPI) and body.GetPath() == "/box"
    assert abs(prim.GetAttribute("physxRigidBody:linearDamping").Get() - 0.5) < 1e-6
    assert prim.RemoveAPI(PhysxSchema.PhysxRigidBodyAPI) and not prim.HasAPI(PhysxSchema.PhysxRigidBodyAPI)
    """

    assert ran(tmp_path, text).error is None


def test_what_nobody_authored_reads_as_physx_has_it(tmp_path: Path) -> None:
    text = """
    import omni.replicator.core as rep
    import omni.usd
    from pxr import PhysxSchema
    rep.functional.physics.create_physics_scene(path="/PhysicsScene")
    scene = PhysxSchema.PhysxSceneAPI.Apply(omni.usd.get_context().get_stage().GetPrimAtPath("/PhysicsScene"))
    assert scene.GetTimeStepsPerSecondAttr().Get() == 60
    scene.GetTimeStepsPerSecondAttr().Set(120)
    assert scene.GetTimeStepsPerSecondAttr().Get() == 120
    box = omni.usd.get_context().get_stage().DefinePrim("/World/box", "Xform")
    box.GetReferences().AddReference("/Isaac/Props/YCB/Axis_Aligned_Physics/003_cracker_box.usd")
    box.GetAttribute("physxRigidBody:disableGravity").Set(True)
    box.GetAttribute("physxRigidBody:linearDamping").Set(0.5)
    assert box.HasAPI(PhysxSchema.PhysxRigidBodyAPI)
    """

    assert ran(tmp_path, text).error is None
