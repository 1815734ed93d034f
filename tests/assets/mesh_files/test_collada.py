"""Collada files: places, names, materials, unit and axis."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pxr import UsdGeom

from rendersdg.assets.mesh_files.collada import read_collada
from rendersdg.assets.mesh_files.contents import Contents
from rendersdg.assets.mesh_files.stage import mesh_stage
from rendersdg.errors import AssetError, Report

SQUARE = "<vcount>4</vcount><p>0 0 1 0 2 0 3 0</p>"


def dae(
    *,
    asset: str = '<unit meter="0.01"/><up_axis>Z_UP</up_axis>',
    effect: str = "<lambert><diffuse><color>1 0 0 1</color></diffuse></lambert>",
    primitive: str = "",
    node: str = "",
    more: str = "",
) -> str:
    ports = '<input semantic="VERTEX" source="#v" offset="0"/><input semantic="NORMAL" source="#n" offset="1"/>'
    primitive = primitive or f'<polylist material="M" count="1">{ports}{SQUARE}</polylist>'
    primitive = primitive.replace("PORTS", ports)
    bind = '<technique_common><instance_material symbol="M" target="#m"/></technique_common>'
    node = node or '<node name="plate">GEOMETRY</node>'
    node = node.replace(
        "GEOMETRY", f'<instance_geometry url="#g"><bind_material>{bind}</bind_material></instance_geometry>'
    )
    accessor = '<technique_common><accessor source="#x" count="4" stride="3"/></technique_common>'
    return f"""<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset>{asset}</asset>
<library_images><image id="i"><init_from>my%20wood.png</init_from></image></library_images>
<library_effects><effect id="e"><profile_COMMON>
<newparam sid="s"><surface type="2D"><init_from>i</init_from></surface></newparam>
<newparam sid="p"><sampler2D><source>s</source></sampler2D></newparam>
<technique sid="t">{effect}</technique></profile_COMMON></effect></library_effects>
<library_materials><material id="m" name="red paint"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g" name="G"><mesh>
<source id="a"><float_array id="x" count="12">0 0 0 1 0 0 1 1 0 0 1 0</float_array>{accessor}</source>
<source id="n"><float_array id="y" count="3">0 0 1</float_array>{accessor}</source>
<vertices id="v"><input semantic="POSITION" source="#a"/></vertices>{primitive}</mesh></geometry></library_geometries>
{more}<library_visual_scenes><visual_scene id="S">{node}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#S"/></scene></COLLADA>"""


def read(folder: Path, text: str, report: Report | None = None) -> Contents:
    (folder / "thing.dae").write_text(text)
    return read_collada(str(folder / "thing.dae"), lambda label, pixels: label, report or Report())


def said(report: Report) -> dict[str, str]:
    return {e["subject"].rsplit("/", 1)[-1]: e["text"] for e in report.as_json()}


def test_a_geometry_is_a_part_by_the_name_of_its_node(tmp_path: Path) -> None:
    contents = read(tmp_path, dae())

    (part,) = contents.parts
    assert part.name == "plate" and part.triangles.shape == (2, 3) and part.looks is not None
    assert part.normals is not None and (part.normals == [0, 0, 1]).all()
    assert [(k.name, k.inputs) for k in contents.looks] == [
        ("red paint", {"diffuse_color_constant": [1.0, 0.0, 0.0], "specular_level": 0.0})
    ]


@pytest.mark.parametrize(
    ("asset", "unit", "axis"),
    [
        ('<unit meter="0.01"/><up_axis>Z_UP</up_axis>', 0.01, "Z"),
        ('<unit name="inch" meter="0.0254"/><up_axis>Y_UP</up_axis>', 0.0254, "Y"),
        ("", 1.0, "Y"),
        ('<unit meter="2,54e-2"/><up_axis>Z_UP</up_axis>', 0.0254, "Z"),
    ],
)
def test_unit_and_axis_are_those_of_the_file_or_of_the_format(
    tmp_path: Path, asset: str, unit: float, axis: str
) -> None:
    (tmp_path / "thing.dae").write_text(dae(asset=asset))

    stage = mesh_stage(str(tmp_path / "thing.dae"), lambda label, pixels: label, Report())

    assert (UsdGeom.GetStageMetersPerUnit(stage), UsdGeom.GetStageUpAxis(stage)) == (unit, axis)


def test_what_has_x_up_is_turned(tmp_path: Path) -> None:
    points = read(tmp_path, dae(asset="<up_axis>X_UP</up_axis>")).parts[0].points

    assert points[1].tolist() == [0, 1, 0] and points[3].tolist() == [-1, 0, 0]


def test_nodes_place_what_is_below_them_step_by_step(tmp_path: Path) -> None:
    inner = '<node id="b"><rotate>0 0 1 90</rotate><scale>2 2 2</scale>GEOMETRY</node>'
    node = f'<node name="a"><translate>10 0 0</translate>{inner}</node>'

    (part,) = read(tmp_path, dae(node=node)).parts

    assert part.name == "b"
    assert part.points == pytest.approx(np.array([[10, 0, 0], [10, 2, 0], [8, 2, 0], [8, 0, 0]]))


def test_a_mirrored_part_keeps_its_outside(tmp_path: Path) -> None:
    node = '<node name="a"><matrix>-1 0 0 0 0 1 0 0 0 0 1 5 0 0 0 1</matrix>GEOMETRY</node>'

    (part,) = read(tmp_path, dae(node=node)).parts
    sides = part.points[part.triangles]
    faces = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])

    assert part.normals is not None and (faces[:, 2] > 0).all() and (part.normals[..., 2] > 0).all()


@pytest.mark.parametrize(
    ("primitive", "count"),
    [
        ('<triangles material="M" count="1">PORTS<p>0 0 1 0 2 0</p></triangles>', 1),
        ('<polygons material="M">PORTS<p>0 0 1 0 2 0 3 0</p><p>0 0 1 0 2 0</p></polygons>', 3),
        ('<tristrips material="M">PORTS<p>0 0 1 0 3 0 2 0</p></tristrips>', 2),
        ('<trifans material="M">PORTS<p>0 0 1 0 2 0 3 0</p></trifans>', 2),
    ],
)
def test_primitives_of_every_kind_face_up(tmp_path: Path, primitive: str, count: int) -> None:
    (part,) = read(tmp_path, dae(primitive=primitive)).parts
    sides = part.points[part.triangles]

    assert len(sides) == count
    assert (np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])[:, 2] > 0).all()


def test_an_image_is_found_through_its_sampler(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "my wood.png"), np.zeros((2, 2, 3), np.uint8))
    effect = (
        '<phong><diffuse><texture texture="p" texcoord="c"/></diffuse><shininess><float>30</float></shininess></phong>'
    )

    (look,) = read(tmp_path, dae(effect=effect)).looks

    assert look.inputs["diffuse_texture"] == str((tmp_path / "my wood.png").resolve())
    assert look.inputs["reflection_roughness_constant"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("text", "opacity"),
    [
        (
            '<transparent opaque="A_ONE"><color>0 0 0 1</color></transparent>'
            "<transparency><float>.3</float></transparency>",
            0.3,
        ),
        ('<transparent opaque="RGB_ZERO"><color>.7 .7 .7 1</color></transparent>', 0.3),
        ("<transparency><float>1</float></transparency>", None),
        ('<transparent opaque="RGB_ZERO"><color>1 1 1 1</color></transparent>', None),
    ],
)
def test_opacity_is_what_the_mode_says(tmp_path: Path, text: str, opacity: float | None) -> None:
    (look,) = read(tmp_path, dae(effect=f"<lambert>{text}</lambert>")).looks

    assert look.inputs.get("opacity_constant") == (None if opacity is None else pytest.approx(opacity))


def test_light_of_its_own_is_in_nits(tmp_path: Path) -> None:
    (look,) = read(tmp_path, dae(effect="<constant><emission><color>0 1 0 1</color></emission></constant>")).looks

    assert look.inputs["emissive_color"] == [0, 1, 0] and look.inputs["emissive_intensity"] == 1000.0


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    inner = '<instance_camera url="#c"/><skew>1 2 3 4 5 6 7</skew>GEOMETRY<instance_node url="#gone"/>'
    node = f'<node name="a">{inner}</node>'
    primitive = '<lines count="1"/><triangles>PORTS<p>0 0 1 0 9 0</p></triangles>'
    more = "<library_animations><animation/></library_animations>"

    read(tmp_path, dae(node=node, primitive=primitive, more=more), report := Report())

    assert set(said(report)) == {
        "thing.dae",
        "thing.dae:G",
        "thing.dae:skew",
        "thing.dae:#gone",
        "thing.dae:instance_camera",
        "thing.dae:library_animations",
    }


@pytest.mark.parametrize(
    ("text", "complaint"), [("<COLLADA", "as XML"), ("<svg/>", "is not a Collada file: its root is svg")]
)
def test_what_is_not_collada_is_an_error(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(AssetError, match=complaint):
        read(tmp_path, text)


def test_numbers_may_be_written_as_in_another_language(tmp_path: Path) -> None:
    assert read(tmp_path, dae().replace("0 0 0 1 0 0", "0 0 0 1,5 0 0")).parts[0].points[1].tolist() == [1.5, 0, 0]


def test_nodes_in_a_circle_end(tmp_path: Path) -> None:
    more = '<library_nodes><node id="o"><instance_node url="#o"/></node></library_nodes>'

    read(tmp_path, dae(node='<node><instance_node url="#o"/></node>', more=more), report := Report())

    assert "hold each other" in str(said(report))
