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
