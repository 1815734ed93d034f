"""Authoring: prims under unique, legal paths, in the stage's units."""

from __future__ import annotations

import re

import pytest
from pxr import Gf, Usd, UsdGeom, UsdLux

from rendersdg.stage.author import ROOT, Author, converted, new_stage, set_attribute, valid_name
from tests.conftest import Opener


def test_a_new_stage_has_kits_units() -> None:
    author = Author(new_stage())

    assert (author.up_axis, author.meters_per_unit, author.up_vector) == ("Y", 0.01, (0, 1, 0))
    assert Author(new_stage("Z", 1.0)).up_vector == (0, 0, 1)


def test_taken_paths_are_counted_on() -> None:
    author = Author(new_stage())
    names = [author.wrapper("box", None) for _ in range(3)]

    assert names == ["/Replicator/box_Xform", "/Replicator/box_Xform_01", "/Replicator/box_Xform_02"]


@pytest.mark.parametrize(("name", "legal"), [("a b-c", "a_b_c"), ("3rd", "_rd"), ("", "_"), ("fine", "fine")])
def test_names_become_legal(name: str, legal: str) -> None:
    assert valid_name(name) == legal


def test_an_attribute_keeps_its_type() -> None:
    stage = Usd.Stage.CreateInMemory()
    light = UsdLux.SphereLight.Define(stage, "/light").GetPrim()
    set_attribute(light, "inputs:radius", 2)
    set_attribute(light, "inputs:color", (1, 0.5, 0.25))
    set_attribute(light, "note", "text")
    set_attribute(light, "map_texture", "a.png")

    assert light.GetAttribute("inputs:radius").Get() == 2.0
    assert light.GetAttribute("inputs:color").Get() == Gf.Vec3f(1, 0.5, 0.25)
    assert light.GetAttribute("note").Get() == "text" and light.GetAttribute("map_texture").Get().path == "a.png"


def test_values_are_converted_to_usds() -> None:
    assert converted([1, 2], "float2") == Gf.Vec2f(1, 2) and converted((1, 2, 3), "double3") == Gf.Vec3d(1, 2, 3)
    assert converted(3.7, "int") == 3 and converted(0.5, "color3f") == Gf.Vec3f(0.5)


def test_shapes_are_meshes_or_usds_own() -> None:
    author = Author(new_stage())
    mesh, bare = (author.shape("cube", f"c{k}", None, as_mesh=k == 0) for k in (0, 1))

    assert [p.IsA(UsdGeom.Mesh) for p in author.stage.GetPrimAtPath(mesh).GetChildren()] == [True]
    assert [p.IsA(UsdGeom.Cube) for p in author.stage.GetPrimAtPath(bare).GetChildren()] == [True]


_MANY = """
hall: {create.xform: {name: hall}}
cubes: {create.cube: {count: 3, position: [1, 2, 3], scale: [1, 2, 1], semantics: [["class", "cube"]]}}
again: {create.cube: {count: 2, rotation: [0, 10, 0], pivot: [0, 0, -1], parent: hall}}
balls: {create.sphere: {count: 2, as_mesh: false, semantics: [["class", "ball"], ["kind", "a"]]}}
lamps: {create.light: {light_type: sphere, count: 2, intensity: 5}}
eyes: {create.camera: {count: 2, focal_length: 30}}
view: {create.render_product: {camera: eyes, resolution: [8, 8]}}
pots: {create.from_usd: {usd: "rendersdg:warehouse/barrel", count: 3, scale: 2}}
frames: {create.xform: {count: 3, name: cube_Xform}}
flat: {create.mesh: {vertices: [[0, 0, 0], [1, 0, 0], [0, 1, 0]], triangles: [[0, 1, 2]], count: 3}}
"""


def _text(open_scene: Opener) -> str:
    """Return the layer that a scene is recorded on, without the addresses of others."""
    return re.sub(r"anon:\w+", "anon", open_scene(_MANY).recorder.stage.GetRootLayer().ExportToString())


def test_copies_are_what_making_one_after_the_other_gives(open_scene: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = _text(open_scene)
    monkeypatch.setattr(Author, "copies", lambda self, path, name, parents: None)
    monkeypatch.setattr(Author, "_of_model", lambda self, model, name, parent: None)

    slow = _text(open_scene)

    assert quick == slow and quick.count("def Xform") > 15


def test_a_shape_is_made_anew_where_another_layer_is_edited() -> None:
    stage = new_stage("Z", 1.0)
    author = Author(stage)
    author.shape("cube", "cube", None, as_mesh=True)

    with Usd.EditContext(stage, stage.GetSessionLayer()):
        path = author.shape("cube", "cube", None, as_mesh=True)

    assert path == f"{ROOT}/cube_Xform_01"
    assert stage.GetSessionLayer().GetPrimAtPath(path) and not stage.GetRootLayer().GetPrimAtPath(path)
