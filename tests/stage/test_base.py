"""The untouched stage, read once."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import Gf, UsdGeom

from rendersdg.errors import Report
from rendersdg.stage.author import new_stage
from rendersdg.stage.base import BaseScene, ancestors
from rendersdg.stage.semantics import write_semantics
from rendersdg.stage.state import SceneState
from tests.stage.animated import stage_of


def test_ancestors_begin_with_the_prim_itself() -> None:
    assert ancestors("/a/b/c")[:3] == ("/a/b/c", "/a/b", "/a")


def test_worlds_and_visibility_are_those_of_usd() -> None:
    stage = new_stage("Z", 1.0)
    group = UsdGeom.Xform.Define(stage, "/group")
    group.AddTranslateOp().Set(Gf.Vec3d(1, 2, 3))
    UsdGeom.Cube.Define(stage, "/group/cube").AddScaleOp().Set(Gf.Vec3f(2, 2, 2))
    group.MakeInvisible()
    base = BaseScene(stage, Report())
    usd = np.array(UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/group/cube"))).T

    assert np.allclose(base.world("/group/cube"), usd)
    assert base.is_visible("/group/cube") and not base.is_visible("/group")  # each says its own
    assert [d.path for d in base.drawables("/")] == ["/group/cube"]


def test_equal_instances_share_one_mesh() -> None:
    stage = new_stage("Z", 1.0)
    instancer = UsdGeom.PointInstancer.Define(stage, "/many")
    UsdGeom.Cube.Define(stage, "/many/cube")
    instancer.CreatePrototypesRel().AddTarget("/many/cube")
    instancer.CreateProtoIndicesAttr([0, 0, 0])
    instancer.CreatePositionsAttr([(k, 0, 0) for k in range(3)])
    base = BaseScene(stage, Report())
    drawn = base.drawables("/")

    assert len(drawn) == 3 and len({d.mesh for d in drawn}) == len(base.meshes) == 1
    assert [d.offset[0, 3] for d in drawn if d.offset is not None] == [0, 1, 2]


def test_instances_have_the_labels_and_places_of_their_prototypes_prims() -> None:
    stage = new_stage("Z", 1.0)
    instancer = UsdGeom.PointInstancer.Define(stage, "/trees")
    tree = UsdGeom.Xform.Define(stage, "/trees/protos/tree")
    UsdGeom.Cube.Define(stage, "/trees/protos/tree/crown").AddTranslateOp().Set(Gf.Vec3d(0, 0, 5))
    UsdGeom.Cube.Define(stage, "/trees/protos/tree/trunk")
    for prim, label in ((tree.GetPrim(), "tree"), (stage.GetPrimAtPath("/trees/protos/tree/crown"), "crown")):
        write_semantics(prim, (("class", label),))
    instancer.CreatePrototypesRel().AddTarget("/trees/protos/tree")
    instancer.CreateProtoIndicesAttr([0, 0])
    instancer.CreatePositionsAttr([(10, 0, 0), (20, 0, 0)])
    state = SceneState(BaseScene(stage, Report()))
    chains = [d.chain for d in state.base.drawables("/")]

    assert chains[2] == ("/trees/instance_1/crown", "/trees/instance_1", "/trees")
    assert [state.semantics(p) for p in chains[2]] == [(("class", "crown"),), (("class", "tree"),), ()]
    assert state.semantics("/trees/instance_0/trunk") == ()
    assert state.frame("/trees/instance_1")[:3, 3].tolist() == [20, 0, 0]
    assert state.frame("/trees/instance_1/crown")[:3, 3].tolist() == [20, 0, 5]
    state.semantics_of["/trees/protos/tree/crown"] = (("class", "leaves"),)
    assert state.semantics("/trees/instance_0/crown") == (("class", "leaves"),)


OVER = """def Xform "World"
{
    def PointInstancer "Many"
    {
        point3f[] positions = [(0, 0, 0), (5, 0, 0), (9, 0, 0)]
        int[] protoIndices = [0, 0, 1]
        rel prototypes = [</World/Many/Kept/Good>, </World/Many/Kept/Over>]
        over "Kept"
        {
            def Sphere "Good"
            {
            }
            over "Over"
            {
                def Sphere "Ignored"
                {
                }
            }
        }
    }
}
"""


def test_prototypes_below_an_over_are_drawn_and_an_over_is_none() -> None:
    report = Report()
    drawn = BaseScene(stage_of(OVER), report).drawables("/")

    assert [d.offset[0, 3] for d in drawn if d.offset is not None] == [0, 5]
    assert "/World/Many/Kept/Over has nothing to draw" in str(report.entries)


WRONG = {  # a line of an instancer of two cubes: what is said, and how many are drawn
    "int[] protoIndices = [0, 7, -1]": ("2 of its protoIndices", 1),
    "int[] protoIndices = [0, 0]": ("do not fit its positions", 0),
    "rel prototypes = </Many/Nowhere>": ("/Many/Nowhere has nothing to draw", 0),
    "rel prototypes = </Many>": ("among its own prototypes", 0),
    "int[] protoIndices = []": ("no protoIndices", 0),
}


@pytest.mark.parametrize("line", WRONG)
def test_what_does_not_fit_of_an_instancer_is_named(line: str) -> None:
    good = [
        "point3f[] positions = [(0, 0, 0), (5, 0, 0), (9, 0, 0)]",
        "int[] protoIndices = [0, 0, 0]",
        "rel prototypes = </Proto>",
    ]
    name = line.split(" = ")[0]
    lines = [line if one.startswith(name) else one for one in good]
    text = 'def PointInstancer "Many"\n{\n' + "\n".join(lines) + '\n}\nover "Proto"\n{\n}\n'
    text = text.replace('over "Proto"', 'def Cube "Proto"')
    report, (words, count) = Report(), WRONG[line]
    drawn = BaseScene(stage_of(text), report).drawables("/Many")

    assert len(drawn) == count
    assert "/Many" in str(report.entries) and words in str(report.entries)


def test_instances_grow_and_are_mirrored_by_their_scales_and_hidden_by_their_ids() -> None:
    text = """def PointInstancer "Many"
{
    point3f[] positions = [(0, 0, 0), (5, 0, 0), (9, 0, 0), (12, 0, 0)]
    float3[] scales = [(1, 1, 1), (-2, 1, 1), (1, 1, 1), (1, 1, 1)]
    quatf[] orientationsf = [(1, 0, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 1)]
    int64[] ids = [10, 11, 12, 13]
    int64[] invisibleIds = [12]
    int[] protoIndices = [0, 0, 0, 0]
    rel prototypes = </Many/Cube>
    def Cube "Cube"
    {
    }
}
"""
    drawn = BaseScene(stage_of(text), Report()).drawables("/")
    matrices = [d.offset for d in drawn if d.offset is not None]

    assert [m[0, 3] for m in matrices] == [0, 5, 12]
    assert np.linalg.det(matrices[1][:3, :3]) == pytest.approx(-2)
    assert np.allclose(matrices[2][:3, :3], np.diag([-1, -1, 1]), atol=1e-6)  # half a turn about z


def test_instances_of_instances_are_all_there() -> None:
    text = """def PointInstancer "Rows"
{
    point3f[] positions = [(0, 10, 0), (0, 20, 0)]
    int[] protoIndices = [0, 0]
    rel prototypes = </Rows/Row>
    def PointInstancer "Row"
    {
        point3f[] positions = [(1, 0, 0), (2, 0, 0)]
        int[] protoIndices = [0, 0]
        rel prototypes = </Rows/Row/Cube>
        def Cube "Cube"
        {
        }
    }
}
"""
    drawn = BaseScene(stage_of(text), Report()).drawables("/")
    places = sorted(tuple(d.offset[:2, 3].tolist()) for d in drawn if d.offset is not None)

    assert places == [(1, 10), (1, 20), (2, 10), (2, 20)]


@pytest.mark.parametrize("purposes, is_said", [(("proxy", "guide"), True), (("proxy", "render"), False)])
def test_what_has_proxies_alone_is_named(purposes: tuple[str, str], is_said: bool) -> None:
    cubes = "".join(f'def Cube "c{k}"\n{{\nuniform token purpose = "{p}"\n}}\n' for k, p in enumerate(purposes))
    report = Report()
    drawn = BaseScene(stage_of(f'def Xform "Thing"\n{{\n{cubes}}}\n'), report).drawables("/")

    assert len(drawn) == (not is_said)
    assert ("/Thing" in str(report.entries)) == is_said


@pytest.mark.parametrize(
    "brought, is_said", [('over "Ball" { }', True), ('def Sphere "Ball" { }', False), ('def Camera "Eye" { }', False)]
)
def test_an_asset_that_brings_nothing_is_named(brought: str, is_said: bool) -> None:
    report = Report()
    text = f'over "Asset"\n{{\n{brought}\n}}\ndef Xform "Thing" (\n    prepend references = </Asset>\n)\n{{\n}}\n'
    BaseScene(stage_of(text), report).drawables("/")

    assert (("note", "/Thing") in report.entries) == is_said
