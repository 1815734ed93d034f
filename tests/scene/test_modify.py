"""Modifiers of scenes."""

from __future__ import annotations

import pytest
from pxr import Usd, UsdGeom

from rendersdg.errors import BadArgument
from tests.conftest import Opener


def test_variants_switch_by_frame(open_scene: Opener, tmp_path) -> None:  # type: ignore[no-untyped-def]
    stage = Usd.Stage.CreateNew(str(tmp_path / "part.usda"))
    root = UsdGeom.Xform.Define(stage, "/Part").GetPrim()
    stage.SetDefaultPrim(root)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, "Z")
    variants = root.GetVariantSets().AddVariantSet("shape")
    for name, schema in (("ball", UsdGeom.Sphere), ("box", UsdGeom.Cube)):
        variants.AddVariant(name)
        variants.SetVariantSelection(name)
        with variants.GetVariantEditContext():
            schema.Define(stage, "/Part/geo")
    stage.Save()
    session = open_scene(
        "part: {create.from_usd: {usd: part.usda}}\nt: {trigger.on_frame: {max_execs: 4}}\n"
        "go:\n  with.t:\n    with.part:\n      modify.variant: {name: shape, value: {distribution.sequence: "
        "{items: [ball, box]}}}\n",
        folder=tmp_path,
    )
    counts = [len(s.meshes[s.instances[0].mesh].triangles) for s in map(session.snapshot, (0, 1, 2, 0))]

    assert counts[1] == 12 and counts[0] == counts[2] == counts[3] > 1000


def test_labels_for_no_prims_are_a_note(open_scene: Opener) -> None:
    session = open_scene('label: {modify.semantics: {semantics: [["class", "lost"]]}}\n')

    assert session.snapshot(0).entities == ()
    assert "given to no prims" in str(session.recorder.report.entries)


def test_of_a_list_one_is_drawn_for_each_prim(open_scene: Opener) -> None:
    text = "looks: {create.material_omnipbr: {count: 2}}\nit: {create.cube: {count: 40}}\n" + (
        "a:\n  with.it:\n    modify.material: {value: [/Replicator/Looks/OmniPBR, /Replicator/Looks/OmniPBR_01]}\n"
        "    modify.visibility: {}\n"
    )
    session = open_scene(text)
    plan = session.planner.plan(0)
    drawn = {f.node.op: [str(v) for v in f.inputs["value"].values] for f in plan.firings if "value" in f.inputs}

    assert set(drawn["modify.material"]) == {"/Replicator/Looks/OmniPBR", "/Replicator/Looks/OmniPBR_01"}
    assert set(drawn["modify.visibility"]) == {"True", "False"}


def test_labels_are_pairs_a_mapping_or_text(open_scene: Opener) -> None:
    for semantics in ("[[class, car]]", "{class: car}", '"class:car"'):
        session = open_scene(f"it: {{create.cube: {{semantics: {semantics}}}}}\n")

        assert session.recorder.stage.GetPrimAtPath("/Replicator/Cube_Xform").GetAttribute(
            "semantics:labels:class"
        ).Get() == ["car"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("{points: {}}", "must be a mapping of names"),
        ("{points: {nose: [0, 0]}}", r"nose=\[0, 0\] must be three numbers"),
        ("{points: {nose: 3}}", "nose=3 must be three numbers"),
        ("{points: {nose: [0, 0, x]}}", "nose"),
        ("{points: {nose: [0, 0, .inf]}}", "points"),
        ('{points: {" ": [0, 0, 0]}}', "is not a name"),
        ("{points: {nose: [0, 0, 0]}, skeleton: [[nose]]}", "must be the names of two points"),
        ("{points: {nose: [0, 0, 0]}, skeleton: [[nose, nose]]}", "must be the names of two points"),
        ("{points: {nose: [0, 0, 0]}, skeleton: nose}", "must be a list of pairs"),
        ("{points: {nose: [0, 0, 0]}, depth: -1}", "depth"),
    ],
)
def test_keypoints_that_cannot_be_are_refused(arguments: str, message: str, open_scene: Opener) -> None:
    with pytest.raises(BadArgument, match=message):
        open_scene("box: {create.cube: {}}\nnamed: {with.box: {modify.keypoints: " + arguments + "}}\n")


def test_names_of_points_may_be_those_of_groups(open_scene: Opener) -> None:
    session = open_scene(
        "box: {create.cube: {semantics: [[class, box]]}}\n"
        "named: {with.box: {modify.keypoints: {points: {box: [0, 0, 0], lid: [0, 0, 1]}, skeleton: [[box, lid]]}}}\n"
    )

    assert session.snapshot(0).keypoints[0].skeleton == (("box", "lid"),)
