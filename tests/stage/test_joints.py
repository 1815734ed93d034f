"""Joints as the stage has them: metres, radians and newtons, whatever its units."""

from __future__ import annotations

from math import inf, radians
from typing import Any

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdPhysics

from rendersdg.stage.base import BaseScene
from rendersdg.stage.joints import Bonds, Drive, Joint, Mimic, bonds_of
from rendersdg.stage.physics import bodies_of
from rendersdg.stage.state import SceneState
from tests.stage.jointed import Rig

CENTIMETRES = 0.01


def read(rig: Rig, **written: Any) -> Bonds:
    """Return the bonds of a rig; ``written`` are attributes of ``/joint`` that an operation wrote, _ for ":"."""
    state = SceneState(BaseScene(rig.stage, rig.report))
    state.attributes.update({("/joint", key.replace("_", ":")): value for key, value in written.items()})
    return bonds_of(state, bodies_of(state))


def hinge(unit: float = CENTIMETRES, kind: str = "Revolute", **attributes: object) -> tuple[Rig, Usd.Prim]:
    """Return a rig whose ``/box``, a metre up, hangs on the world."""
    rig = Rig(unit)
    return rig, rig.joint(kind, None, rig.body("box", (0, 0, 1)), (0, 0, 1.5), "Z", **attributes)


def only(bonds: Bonds) -> Joint:
    (joint,) = bonds.joints
    return joint


def set_all(prim: Usd.Prim, **values: float) -> None:
    for key, value in values.items():
        prim.CreateAttribute(key.replace("_", ":"), Sdf.ValueTypeNames.Float).Set(value)


def test_frames_are_in_metres_and_in_the_bodies_spaces() -> None:
    joint = only(read(hinge()[0]))

    assert joint.bodies == (None, "/box") and joint.kind == "revolute"
    assert joint.frames[0][:3, 3] == pytest.approx([0, 0, 1.5]) and joint.frames[1][:3, 3] == pytest.approx([0, 0, 0.5])


def test_angles_are_radians_and_lengths_metres() -> None:
    (turn,) = only(read(hinge(lowerLimit=-90.0, upperLimit=45.0)[0])).freedoms
    (slide,) = only(read(hinge(kind="Prismatic", lowerLimit=-20.0, upperLimit=50.0)[0])).freedoms

    assert (turn.name, turn.axis) == ("angular", 2) and (turn.low, turn.high) == pytest.approx(
        (-radians(90), radians(45))
    )
    assert (slide.name, slide.is_slide) == ("linear", True) and (slide.low, slide.high) == pytest.approx((-0.2, 0.5))


def test_a_lower_limit_above_the_upper_locks() -> None:
    assert only(read(hinge(lowerLimit=1.0, upperLimit=-1.0)[0])).freedoms == ()


@pytest.mark.parametrize(
    ("kind", "name", "per_metre", "target"),
    [("Revolute", "angular", 1e-4, radians(30)), ("Prismatic", "linear", 1.0, 0.3)],
)
def test_drives_are_in_newtons(kind: str, name: str, per_metre: float, target: float) -> None:
    rig, prim = hinge(kind=kind)
    rig.drive(prim, name, stiffness=9.0, damping=2.0, targetPosition=30.0, maxForce=5.0)
    drive = only(read(rig)).freedoms[0].drive

    # a torque of kg cm^2 / s^2 a degree; a force of kg cm / s^2 over centimetres
    scale = np.degrees(1) if kind == "Revolute" else 1.0
    assert (drive.stiffness, drive.damping) == pytest.approx((9 * per_metre * scale, 2 * per_metre * scale))
    assert drive.target == pytest.approx(target)
    assert drive.force == pytest.approx(5e-4 if kind == "Revolute" else 5e-2)


def test_what_operations_write_counts_before_the_stage() -> None:
    rig, _ = hinge(1.0, "Prismatic")

    assert only(read(rig)).freedoms[0].drive == Drive()
    assert only(read(rig, drive_linear_physics_stiffness=7.0)).freedoms[0].drive == Drive(stiffness=7.0)
    assert read(rig, physics_jointEnabled=False).joints == ()


def test_a_joint_starts_where_its_state_says() -> None:
    rig, prim = hinge()
    assert read(rig).starts() == {}
    set_all(prim, state_angular_physics_position=30.0, state_angular_physics_velocity=90.0)

    bonds = read(rig)
    assert bonds.starts() == {("/joint", "angular"): pytest.approx(radians(30))}
    assert only(bonds).freedoms[0].speed == pytest.approx(radians(90))


def test_a_mimic_joint_follows_in_the_units_of_both() -> None:
    rig, _ = hinge()
    led = rig.joint("Prismatic", None, rig.body("rack", (1, 0, 1)), (1, 0, 1), "X", name="rack_joint")
    set_all(led, physxMimicJoint_transX_gearing=-3.0, physxMimicJoint_transX_offset=20.0)
    leader = led.CreateRelationship("physxMimicJoint:transX:referenceJoint")
    assert not any(j.mimics for j in read(rig).joints) and "reference joint is not there" in rig.notes()
    leader.SetTargets(["/joint"])

    (mimic,) = next(j.mimics for j in read(rig).joints if j.path == "/rack_joint")
    # 3 cm a degree, less 20 cm
    assert mimic == Mimic("linear", ("/joint", "angular"), pytest.approx(0.03 * np.degrees(1)), pytest.approx(-0.2))


def test_a_distance_joint_reaches_in_metres_and_may_be_a_spring() -> None:
    rig, prim = hinge(kind="Distance", minDistance=20.0, maxDistance=-1.0)
    plain = only(read(rig))
    prim.CreateAttribute("physxPhysicsDistanceJoint:springEnabled", Sdf.ValueTypeNames.Bool).Set(True)
    set_all(prim, physxPhysicsDistanceJoint_springStiffness=40.0, physxPhysicsDistanceJoint_springDamping=4.0)

    assert plain.reach == (pytest.approx(0.2), inf) and plain.spring is None
    assert only(read(rig)).spring == (40.0, 4.0)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("physics_breakForce", "does not break"),
        ("physxLimit_angular_stiffness", "the limit is hard"),
        ("physxLimit_angular_restitution", "the limit is hard"),
    ],
)
def test_what_is_not_simulated_is_said(attribute: str, said: str) -> None:
    rig, prim = hinge()
    set_all(prim, **{attribute: 5.0})
    read(rig)

    assert said in rig.notes()


def test_a_joint_of_nothing_that_moves_is_none() -> None:
    rig = Rig()
    rig.joint("Fixed", None, rig.body("wall", moves=False), (0, 0, 0))

    assert read(rig).joints == ()


def test_bonds_that_differ_in_drives_alone_are_known() -> None:
    rig, prim = hinge()
    before = read(rig)
    rig.drive(prim, "angular", stiffness=9.0)
    driven = read(rig)
    prim.GetAttribute("physics:localPos1").Set(Gf.Vec3f(0, 0, 1))

    assert before.is_driven_otherwise(driven) and before.key() != driven.key()
    assert not before.is_driven_otherwise(read(rig))


def test_filtered_pairs_and_articulations_that_do_not_meet_themselves_pass() -> None:
    rig = Rig()
    one, two = rig.body("one"), rig.body("two")
    UsdPhysics.FilteredPairsAPI.Apply(rig.stage.GetPrimAtPath(one)).CreateFilteredPairsRel().SetTargets([two])
    assert read(rig).passing == ((one, two),)

    root = rig.stage.DefinePrim("/robot", "Xform")
    a, b = (rig.body(n, parent="/robot") for n in "ab")
    UsdPhysics.ArticulationRootAPI.Apply(root)
    root.CreateAttribute("physxArticulation:enabledSelfCollisions", Sdf.ValueTypeNames.Bool).Set(False)
    assert (b, a) in read(rig).passing and read(rig).roots == ("/robot",)
