"""The scene while a plan acts on it."""

from __future__ import annotations

import numpy as np
from pxr import UsdGeom

from rendersdg.stage.pose import Pose
from rendersdg.stage.semantics import write_semantics
from tests.conftest import Opener

TOWER = """
base: {create.cube: {name: base, position: [1, 0, 0]}}
top: {create.sphere: {name: top, position: [0, 0, 2], parent: /Replicator/base_Xform}}
"""


def test_a_child_moves_with_its_parent(open_scene: Opener) -> None:
    session = open_scene(TOWER)
    state = session.builder.state(session.planner.plan(0))
    before = state.world("/Replicator/base_Xform/top_Xform")[:3, 3].copy()

    state.set_pose("/Replicator/base_Xform", state.pose("/Replicator/base_Xform").changed(translate=(0, 5, 0)))

    assert np.allclose(before, (1, 0, 2))
    assert np.allclose(state.world("/Replicator/base_Xform/top_Xform")[:3, 3], (0, 5, 2))


def test_what_is_above_hides_what_is_below(open_scene: Opener) -> None:
    session = open_scene(TOWER)
    state = session.builder.state(session.planner.plan(0))
    chain = ("/Replicator/base_Xform/top_Xform", "/Replicator/base_Xform")

    assert state.is_visible(chain)
    state.visible["/Replicator/base_Xform"] = False
    assert not state.is_visible(chain)


def test_bounds_are_those_of_what_is_drawn(open_scene: Opener) -> None:
    session = open_scene("box: {create.cube: {position: [1, 2, 3], scale: [2, 4, 6]}}\n")
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/Cube_Xform") or (None, None)

    assert np.allclose(low, (0, 0, 0)) and np.allclose(high, (2, 4, 6))


def test_point_instances_carry_the_labels_of_their_prototypes(open_scene: Opener) -> None:
    session = open_scene("a: {create.cube: {position: [9, 9, 9]}}\n")
    stage = session.recorder.stage
    leaf = UsdGeom.Xform.Define(stage, "/many/protos/Leaf").GetPrim()
    UsdGeom.Cube.Define(stage, "/many/protos/Leaf/Blade")
    vein = UsdGeom.Cube.Define(stage, "/many/protos/Leaf/Vein").GetPrim()
    write_semantics(leaf, (("class", "leaf"),))
    write_semantics(vein, (("part", "vein"),))
    instancer = UsdGeom.PointInstancer.Define(stage, "/many")
    instancer.CreatePrototypesRel().AddTarget("/many/protos/Leaf")
    instancer.CreateProtoIndicesAttr([0, 0])
    instancer.CreatePositionsAttr([(0, 0, 0), (0, 3, 0)])
    state = session.builder.state(session.planner.plan(0))
    chains = {d.path: [state.semantics(p) for p in d.chain] for d in state.base.drawables("/many")}

    for number in (0, 1):
        assert chains[f"/many/instance_{number}/Blade"] == [(), (("class", "leaf"),), ()]
        assert chains[f"/many/instance_{number}/Vein"] == [(("part", "vein"),), (("class", "leaf"),), ()]


def test_prims_that_are_placed_at_once_stand_where_each_would_alone(open_scene: Opener) -> None:
    many = "base: {create.cube: {count: 12, position: [1, 2, 3], name: base}}\n"
    below = "top: {create.sphere: {count: 12, name: top, parent: base, rotation: [10, 20, 30]}}\n"
    session = open_scene(many + below)
    rng = np.random.default_rng(0)
    states = [session.builder.state(session.planner.plan(0)) for _ in range(2)]
    paths = [d.path for d, _, _ in states[0].drawables_below("/")]
    for path in paths[::3]:
        pose = Pose(*rng.normal(size=(3, 3)).tolist(), order=str(rng.choice(["XYZ", "ZYX"])))
        for state in states:
            state.set_pose(path.rsplit("/", 1)[0], pose)
    prim = session.recorder.stage.GetPrimAtPath(paths[-1])
    UsdGeom.Xformable(prim).SetResetXformStack(True)

    states[0].worlds_of(states[0].base.levels("/"))

    for path in paths:
        assert states[0].world(path).tobytes() == states[1].world(path).tobytes()
