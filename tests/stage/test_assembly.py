"""Joints in motion: answers known by hand, in any unit and with either axis up."""

from __future__ import annotations

from itertools import pairwise
from math import asin, cos, pi, sin, sqrt

import numpy as np
import pytest
from pxr import Gf, Sdf, UsdPhysics
from scipy.spatial.transform import Rotation
from scipy.special import ellipk

from rendersdg.arrays import F8
from rendersdg.errors import Report
from rendersdg.stage.assembly import Models, build
from rendersdg.stage.physics import Simulator
from rendersdg.stage.rigid import Solid
from rendersdg.stage.state import Motion
from tests.stage.jointed import Rig

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra

WORLDS = [(1.0, "Z"), (0.01, "Y"), (0.01, "Z"), (1.0, "Y")]
G = 9.81


def period(rig: Rig, path: str, seconds: float = 6.0, step: float = 1 / 120) -> float:
    """Return the time of a swing, from where the body passes below."""
    simulator = Simulator(rig.report)
    times = np.arange(1, seconds / step) * step
    x = np.array([rig.after(t, simulator).where(path)[0] for t in times])
    crossings = [times[k] + step * x[k] / (x[k] - x[k + 1]) for k in range(len(x) - 1) if x[k] > 0 >= x[k + 1]]
    return float(np.mean([b - a for a, b in pairwise(crossings)]))


@pytest.mark.parametrize(("unit", "up"), WORLDS)
@pytest.mark.parametrize("degrees", [5.0, 120.0])
def test_a_pendulum_takes_the_time_that_an_elliptic_integral_says(unit: float, up: str, degrees: float) -> None:
    rig, length, edge = Rig(unit, up), 0.5, 0.1
    angle = np.radians(degrees)
    bob = rig.body("bob", (length * sin(angle), 0, 2 - length * cos(angle)), edge)
    rig.joint("Revolute", None, bob, (0, 0, 2), "Y")

    inertia = length**2 + edge**2 / 6  # of a box about the pivot, by mass
    expected = 2 * pi * sqrt(inertia / (G * length)) * 2 / pi * ellipk(sin(angle / 2) ** 2)
    assert period(rig, bob) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
def test_a_slide_stops_at_its_limit(unit: float, up: str) -> None:
    rig = Rig(unit, up)
    weight = rig.body("weight", (0, 0, 3))
    rig.joint("Prismatic", None, weight, (0, 0, 3), "Z", lowerLimit=-0.5 / unit, upperLimit=1 / unit)

    assert rig.after(0.2).where(weight) == pytest.approx([0, 0, 3 - G * 0.2**2 / 2], abs=5e-3)
    assert rig.after(2).where(weight) == pytest.approx([0, 0, 2.5], abs=1e-3)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
@pytest.mark.parametrize("kind", ["force", "acceleration"])
def test_a_spring_gives_way_by_weight_over_stiffness(unit: float, up: str, kind: str) -> None:
    rig, mass, stiffness = Rig(unit, up), 2.0, 100.0
    weight = rig.body("weight", (0, 0, 3), mass=mass)
    joint = rig.joint("Prismatic", None, weight, (0, 0, 3), "Z")
    rig.drive(joint, "linear", type=kind, stiffness=stiffness, damping=20.0, targetPosition=0.25 / unit)

    sag = G * (mass if kind == "force" else 1) / stiffness
    assert rig.after(4).where(weight)[2] == pytest.approx(3.25 - sag, rel=1e-3)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
def test_an_angular_spring_is_measured_in_degrees(unit: float, up: str) -> None:
    rig, length, degrees = Rig(unit, up), 0.5, 30.0
    angle = np.radians(degrees)
    bob = rig.body("bob", (length * sin(angle), 0, 2 - length * cos(angle)))
    joint = rig.joint("Revolute", None, bob, (0, 0, 2), "Y")
    # a torque of weight times lever, over the 20 degrees that it is to give way
    torque = 1.0 * G * length * sin(angle)
    rig.drive(joint, "angular", stiffness=torque / 20 / unit**2, damping=1e-2 / unit**2, targetPosition=-20.0)

    # the joint turns about Y: from the third axis to the first, so lifting the bob is negative
    assert rig.after(5).where(bob) == pytest.approx([length * sin(angle), 0, 2 - length * cos(angle)], abs=2e-3)


def test_a_motor_turns_a_wheel_at_its_speed_and_no_harder_than_it_can() -> None:
    rig = Rig(gravity=0.0)
    wheel = rig.body("wheel", size=0.2, mass=3)
    joint = rig.joint("Revolute", None, wheel, (0, 0, 0), "Z")
    rig.drive(joint, "angular", damping=100.0, targetVelocity=30.0)

    fast = rig.after(1.0).where(wheel, (0.5, 0, 0))
    inertia, torque = 3 * 0.2**2 / 6, 0.01
    joint.GetAttribute("drive:angular:physics:maxForce").Set(torque)
    weak = rig.after(1.0).where(wheel, (0.5, 0, 0))

    assert np.degrees(np.arctan2(fast[1], fast[0])) == pytest.approx(30, abs=0.2)
    assert np.arctan2(weak[1], weak[0]) == pytest.approx(torque / inertia / 2, rel=0.01)


def test_a_stiff_light_drive_stays_calm() -> None:
    rig = Rig()
    arm = rig.body("arm", (0.5, 0, 1), (1, 0.05, 0.05), mass=0.1)
    joint = rig.joint("Revolute", None, arm, (0, 0, 1), "Y")
    rig.drive(joint, "angular", stiffness=1e7)

    assert rig.after(1.0).where(arm, (0.5, 0, 0)) == pytest.approx([1, 0, 1], abs=1e-3)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
def test_a_rope_lets_a_weight_fall_its_length_and_no_further(unit: float, up: str) -> None:
    rig = Rig(unit, up)
    hook = rig.body("hook", (0, 0, 3), moves=False, collides=True)
    weight = rig.body("weight", (0.1, 0, 3))
    rope = rig.joint("Distance", hook, weight, (0, 0, 3), minDistance=0.0, maxDistance=0.75 / unit)
    rope.GetAttribute("physics:localPos1").Set(Gf.Vec3f(0))

    simulator = Simulator(rig.report)
    lengths = [np.linalg.norm(rig.after(t, simulator).where(weight) - [0, 0, 3]) for t in np.arange(0.1, 5, 0.1)]
    assert lengths[1] == pytest.approx(sqrt(0.1**2 + (G * 0.2**2 / 2) ** 2), abs=5e-3)
    assert max(lengths) < 0.752 and lengths[-1] > 0.7


@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_fixed_is_carried(is_first: bool) -> None:
    rig = Rig()
    carrier, load = rig.body("carrier", (0, 0, 2), velocity=(1, 0, 0)), rig.body("load", (0.3, 0.4, 2.2), mass=0.01)
    rig.joint("Fixed", *((carrier, load) if is_first else (load, carrier)), (0.1, 0.2, 2))

    moment = rig.after(0.5)
    assert moment.where(load) - moment.where(carrier) == pytest.approx([0.3, 0.4, 0.2], abs=1e-3)
    assert moment.where(carrier)[2] == pytest.approx(2 - G * 0.5**2 / 2, abs=0.01)


@pytest.mark.parametrize("kind", ["Spherical", "Revolute", "Fixed"])
def test_a_chain_between_two_walls_closes_and_keeps_its_links_together(kind: str) -> None:
    rig = Rig()
    beads = [(0.25 * k, 0, 3 - 0.1 * min(k, 8 - k)) for k in range(1, 8)]
    links = [rig.body(f"bead{k}", place, 0.05, velocity=(0, 0, 0.5)) for k, place in enumerate(beads)]
    ends, places = [None, *links, None], [(0.0, 0, 3), *beads, (2.0, 0, 3)]
    joints = [
        rig.joint(kind, a, b, np.mean([p, q], axis=0), *(["Y"] if kind == "Revolute" else []), name=f"joint{k}")
        for k, ((a, b), (p, q)) in enumerate(zip(pairwise(ends), pairwise(places)))
    ]

    moment = rig.after(2.0)
    assert max(np.linalg.norm(moment.gap(joint)) for joint in joints) < 2e-3
    assert min(moment.where(link)[2] for link in links) == pytest.approx(2.6, abs=0.01 if kind == "Fixed" else 0.1)


def test_energy_and_momentum_of_a_double_pendulum_that_floats_are_kept() -> None:
    rig = Rig(gravity=0.0)
    first = rig.body("first", (0, 0, 0), (0.4, 0.1, 0.1), velocity=(0, 0, 1.0))
    second = rig.body("second", (0.4, 0, 0), (0.4, 0.1, 0.1), velocity=(0, 0, 0.2))
    rig.joint("Revolute", first, second, (0.2, 0, 0), "Y")

    simulator = Simulator(rig.report)
    moments = [rig.after(t, simulator) for t in (0.1, 1.0, 3.0)]
    middles = [(m.where(first) + m.where(second)) / 2 for m in moments]
    speeds = [np.diff([a, b], axis=0)[0] / dt for (a, b), dt in zip(pairwise(middles), (0.9, 2.0))]
    assert speeds[0] == pytest.approx(speeds[1], abs=2e-3)
    assert simulator._world is not None
    data, model = simulator._world._data, simulator._world._model
    import mujoco

    model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_ENERGY)
    mujoco.mj_forward(model, data)
    late = data.energy[1]
    fresh = Simulator(rig.report)
    rig.after(1 / 480, fresh)
    assert fresh._world is not None
    fresh._world._model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_ENERGY)
    mujoco.mj_forward(fresh._world._model, fresh._world._data)
    assert late == pytest.approx(fresh._world._data.energy[1], rel=0.01)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
def test_a_ball_leans_as_far_as_its_cone(unit: float, up: str) -> None:
    rig = Rig(unit, up)
    rod = rig.body("rod", (0, 0.01, 1.25), (0.05, 0.05, 0.5))
    rig.joint("Spherical", None, rod, (0, 0, 1), "Z", coneAngle0Limit=40.0, coneAngle1Limit=40.0)

    moment = rig.after(6.0)
    along = moment.where(rod, (0, 0, 0.5)) - moment.where(rod, (0, 0, -0.5))
    assert np.degrees(np.arccos(along[2] / 0.5)) == pytest.approx(40, abs=0.5)


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("named", ["free", "locked"])
def test_limits_of_each_freedom_hold_whichever_body_comes_first(is_reversed: bool, named: str) -> None:
    rig = Rig()
    base = rig.body("base", (0, 0, 2), moves=False, collides=True)
    box = rig.body("box", (0.5, 0, 2), (0.4, 0.1, 0.1))
    joint = rig.joint("", *((box, base) if is_reversed else (base, box)), (0.3, 0, 2))
    for name in ("transX", "transY", "transZ", "rotX", "rotY", "rotZ"):
        limit = UsdPhysics.LimitAPI.Apply(joint, name)
        free = named == "free" and name in ("transZ", "rotY")
        # the second frame falls below the first, or the first is seen above the second
        low, high = ((-0.25, 0.1), (0.0, 30.0))[name == "rotY"] if free else (1.0, -1.0)
        if free and is_reversed:
            low, high = -high, -low
        limit.CreateLowAttr(low), limit.CreateHighAttr(high)

    moment = rig.after(3.0)
    end = moment.where(box, (-0.5, 0, 0))
    if named == "locked":
        assert end == pytest.approx([0.3, 0, 2], abs=1e-3)
    elif not is_reversed:
        assert end == pytest.approx([0.3, 0, 1.75], abs=2e-3)
        along = moment.where(box, (0.5, 0, 0)) - end
        assert np.degrees(asin(-along[2] / 0.4)) == pytest.approx(30, abs=0.5)


def test_bodies_that_a_joint_holds_pass_through_each_other_unless_they_are_to_collide() -> None:
    rig = Rig()
    post = rig.body("post", (0, 0, 1), (0.2, 0.2, 2), moves=False, collides=True)
    door = rig.body("door", (0.45, 0, 1), (0.7, 0.1, 1), collides=True)
    joint = rig.joint("Revolute", post, door, (0, 0, 1), "Z", collisionEnabled=False)
    rig.drive(joint, "angular", damping=10.0, targetVelocity=90.0)

    assert rig.after(1.0).where(door) == pytest.approx([0, 0.45, 1], abs=5e-3)


@pytest.mark.parametrize(("asked", "expected"), [(None, 3.0), (1.0, 1.0), (100.0, 4.0)])
def test_bodies_that_overlap_part_no_faster_than_physx_lets_them(asked: float | None, expected: float) -> None:
    rig = Rig(gravity=0.0)
    rig.body("rock", size=1.0, moves=False, collides=True)
    box = rig.body("box", (0, 0, 0.55), 0.6, collides=True)
    if asked is not None:
        prim = rig.stage.GetPrimAtPath(box)
        prim.CreateAttribute("physxRigidBody:maxDepenetrationVelocity", Sdf.ValueTypeNames.Float).Set(asked)

    simulator = Simulator(rig.report)
    times = np.arange(1, 60) / 60
    heights = [rig.after(t, simulator).where(box)[2] for t in times]
    fastest = float(np.diff(heights).max() * 60)
    assert fastest == pytest.approx(expected, rel=0.15)


def test_a_frame_of_jointed_bodies_does_not_depend_on_those_before_it() -> None:
    rig = Rig()
    links = [rig.body(f"link{k}", (0.25 * k + 0.125, 0, 2), (0.2, 0.05, 0.05), collides=True) for k in range(4)]
    for k, (a, b) in enumerate(pairwise([None, *links])):
        joint = rig.joint("Revolute", a, b, (0.25 * k, 0, 2), "Y", name=f"joint{k}")
        rig.drive(joint, "angular", stiffness=0.01, damping=0.001, type="acceleration")
    stepped, backwards = Simulator(rig.report), Simulator(rig.report)
    for t in np.arange(1, 60) / 60:
        rig.after(t, stepped)
    rig.after(2.0, backwards)

    expected = [rig.after(1.0).state.world(link).tobytes() for link in links]
    for simulator in (stepped, backwards):
        assert [rig.after(1.0, simulator).state.world(link).tobytes() for link in links] == expected


def test_links_inside_of_links_move_like_links_beside_them() -> None:
    def arm(*, nested: bool) -> list[list[float]]:
        rig = Rig()
        upper = rig.body("upper", (0.2, 0, 2), 1.0, velocity=None)
        # a body inside of a body: its place is in its parent's space, which is not scaled here
        lower = rig.body("lower", (0.2, 0.5, 0) if nested else (0.4, 0.5, 2), 1.0, parent=upper if nested else "")
        rig.joint("Revolute", None, upper, (0, 0, 2), "Y", name="shoulder")
        rig.joint("Revolute", upper, lower, (0.4, 0, 2), "X", name="elbow")
        moment = rig.after(0.7)
        return [moment.where(upper).tolist(), moment.where(lower).tolist()]

    inside, beside = arm(nested=True), arm(nested=False)
    assert np.allclose(inside, beside, atol=1e-6)


def test_what_is_not_simulated_and_what_does_not_fit_is_said() -> None:
    rig = Rig()
    box = rig.body("box", (0, 0, 1))
    rig.joint("Revolute", None, box, (0, 0, 1), breakForce=5.0)
    away = rig.joint("Revolute", None, rig.body("far", (0, 1, 1)), (0, 1, 1), name="away")
    away.GetAttribute("physics:localPos1").Set(Gf.Vec3f(1, 0, 0))
    rig.stage.DefinePrim("/gear", "PhysxPhysicsGearJoint")
    rig.joint("Fixed", None, box, (0, 0, 1), name="off", jointEnabled=False)
    other = rig.joint("Fixed", None, rig.body("lone"), (0, 0, 0), name="lost")
    other.GetRelationship("physics:body0").SetTargets(["/nowhere"])

    rig.after(0.1)
    said = rig.notes()
    assert "does not break" in said and "PhysxPhysicsGearJoint" in said and "mm" in said and "/nowhere" in said


@pytest.mark.parametrize(("unit", "up"), WORLDS)
def test_a_joint_starts_where_its_state_says_from_the_first_moment_on(unit: float, up: str) -> None:
    rig = Rig(unit, up, gravity=0.0)
    arm = rig.body("arm")
    joint = rig.joint("Revolute", None, arm, (0, 0, 0), "Z")
    joint.CreateAttribute("state:angular:physics:position", Sdf.ValueTypeNames.Float).Set(40.0)

    for seconds in (0.0, 0.5):
        x, y, _ = rig.after(seconds).where(arm, (0.5, 0, 0))
        assert np.degrees(np.arctan2(y, x)) == pytest.approx(40, abs=1e-3)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_mimic_joint_turns_as_its_gearing_and_offset_say(unit: float, up: str, is_reversed: bool) -> None:
    rig = Rig(unit, up, gravity=0.0)
    wheel, other = rig.body("wheel"), rig.body("other", (1, 0, 0))
    motor = rig.joint("Revolute", None, wheel, (0, 0, 0), "Z", name="motor")
    rig.drive(motor, "angular", damping=100.0 / unit**2, targetVelocity=30.0)
    led = rig.joint("Revolute", *((other, None) if is_reversed else (None, other)), (1, 0, 0), "Z", name="led")
    led.CreateRelationship("physxMimicJoint:rotZ:referenceJoint").SetTargets(["/motor"])
    for name, value in (("gearing", -2.0), ("offset", -10.0)):
        led.CreateAttribute(f"physxMimicJoint:rotZ:{name}", Sdf.ValueTypeNames.Float).Set(value)

    moment = rig.after(1.0)
    x, y, _ = moment.where(other, (0.5, 0, 0)) - moment.where(other)
    assert np.degrees(np.arctan2(y, x)) == pytest.approx(-70 if is_reversed else 70, abs=0.3)


@pytest.mark.parametrize(("unit", "up"), WORLDS)
@pytest.mark.parametrize(("stiffness", "sag"), [(100.0, 2 * G / 100), (1e12, 0.0)])
def test_a_spring_of_a_distance_joint_gives_way(unit: float, up: str, stiffness: float, sag: float) -> None:
    rig = Rig(unit, up)
    hook = rig.body("hook", (0, 0, 3), moves=False, collides=True)
    weight = rig.body("weight", (0, 0, 2.5), mass=2.0)
    rope = rig.joint("Distance", hook, weight, (0, 0, 3), minDistance=0.0, maxDistance=0.5 / unit)
    rope.GetAttribute("physics:localPos1").Set(Gf.Vec3f(0))
    rope.CreateAttribute("physxPhysicsDistanceJoint:springEnabled", Sdf.ValueTypeNames.Bool).Set(True)
    for name, value in (("Stiffness", stiffness), ("Damping", 20.0)):
        rope.CreateAttribute(f"physxPhysicsDistanceJoint:spring{name}", Sdf.ValueTypeNames.Float).Set(value)

    assert rig.after(5).where(weight) == pytest.approx([0, 0, 2.5 - sag], abs=1e-3)


@pytest.mark.parametrize("kind", ["Spherical", "Revolute", "Fixed"])
@pytest.mark.parametrize("off", [0.02, 0.1, -0.05])
def test_a_straight_chain_whose_end_pin_lies_off_stays_together(kind: str, off: float) -> None:
    rig = Rig()
    links = [rig.body(f"link{k}", (0.25 * k + 0.125, 0, 2), (0.2, 0.05, 0.05)) for k in range(6)]
    joints = [
        rig.joint(kind, a, b, (0.25 * k, 0, 2), *(["Y"] if kind == "Revolute" else []), name=f"joint{k}")
        for k, (a, b) in enumerate(pairwise([None, *links, None]))
    ]
    pin = joints[-1].GetAttribute("physics:localPos1")
    pin.Set(pin.Get() + Gf.Vec3f(off, 0, 0))

    moment = rig.after(3.0)
    gaps = [float(np.linalg.norm(moment.gap(joint))) for joint in joints]
    assert max(gaps[:-1]) < 2e-3 and gaps[-1] == pytest.approx(max(off, 0.0) if kind != "Fixed" else abs(off), abs=5e-3)
    assert f"{abs(off) * 1000:.3g} mm" in rig.notes()
    assert all(abs(moment.where(link)[1]) < 0.3 for link in links)


def test_a_simulation_that_goes_astray_stops_and_says_so() -> None:
    rig = Rig()
    box = rig.body("box", (0, 0, 1), velocity=(1e9, 0, 0), collides=True)

    simulator = Simulator(rig.report)
    rig.after(0.1, simulator)
    assert np.isfinite(rig.after(1.0, simulator).where(box)).all() and "went astray" in rig.notes()


def test_a_model_that_is_used_again_is_the_one_that_would_be_compiled() -> None:
    rng = np.random.default_rng(1)
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * 0.1
    shapes = [(corners * [1, 2, 0.5],), (rng.normal(size=(30, 3)) * 0.1, corners + 0.2)]

    def solids(still: F8) -> list[Solid]:
        bodies = [
            Solid(
                f"/b{k}",
                shapes[k % 2],
                rng.normal(size=3),
                Rotation.random(rng=rng).as_matrix(),
                Motion(mass=k or None),
            )
            for k in range(6)
        ]
        return [Solid("/floor", (corners * 50,), still, np.eye(3), None), *bodies]

    gravity, models = np.array([0.0, 0.0, -G]), Models()
    first, again, elsewhere = solids(np.zeros(3)), solids(np.zeros(3)), solids(np.ones(3))
    for some in (first, again, elsewhere):
        kept, anew = (build(some, gravity, Report(), models=m) for m in (models, None))
        assert kept is not None and anew is not None
        for name in dir(anew._model):
            value = getattr(anew._model, name)
            if isinstance(value, np.ndarray):
                assert np.array_equal(value, getattr(kept._model, name), equal_nan=value.dtype.kind == "f"), name
    assert len(models._models) == 2  # what stands still is compiled where it stands
