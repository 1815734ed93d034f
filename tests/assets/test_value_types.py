"""Values that are not of their attribute's type are left out and told; the rest of the asset is drawn."""

from __future__ import annotations

from pathlib import Path

from pxr import Sdf, Usd, UsdGeom

from rendersdg.assets.value_types import clear_wrong_values
from rendersdg.errors import Report
from tests.conftest import Opener

ASSET = """#usda 1.0
(
    defaultPrim = "A"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "A"
{
    def Cube "C" (
        prepend apiSchemas = ["MaterialBindingAPI"]
        prepend payload = @rest.usda@
    )
    {
        rel material:binding = </A/M>
    }
    def Material "M"
    {
        token outputs:surface.connect = </A/M/S.outputs:surface>
        def Shader "S"
        {
            uniform token info:id = "UsdPreviewSurface"
            %s inputs:roughness = 0.25
            color3f inputs:diffuseColor = (1, 0, 0)
            token outputs:surface
        }
    }
}
"""
REST = '#usda 1.0\n(\n    defaultPrim = "R"\n)\ndef "R"\n{\n    number primvars:displayOpacity = 0.5\n}\n'


def test_an_attribute_of_no_known_type_is_left_out(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "rest.usda").write_text(REST)
    for type_name, roughness in (("float", 0.25), ("number", 0.5)):
        file = tmp_path / f"{type_name}.usda"
        file.write_text(ASSET % type_name)
        session = open_scene(f'part: {{create.from_usd: {{usd: "{file}"}}}}\n')
        (material,) = session.snapshot(0).materials
        told = {subject: text for (_, subject), text in session.recorder.report.entries.items()}

        assert material.base_colour == (1, 0, 0) and material.roughness == roughness
        is_told = f"{file}:/A/M/S.inputs:roughness" in told
        assert is_told == (type_name == "number")
        payload = f"{tmp_path / 'rest.usda'}:/R.primvars:displayOpacity"
        assert told[payload] == "USD has no type number, so it is left out"


def test_a_value_of_another_type_is_left_out_and_blocks_and_numbers_stay(tmp_path: Path) -> None:
    file = tmp_path / "layer.usda"
    stage = Usd.Stage.CreateNew(str(file))
    cube = UsdGeom.Cube.Define(stage, "/Cube")
    cube.CreateSizeAttr(3.0)
    cube.AddTranslateOp().GetAttr().Block()
    cube.GetDisplayColorAttr().Set([(1, 0, 0)], 4)
    stage.Save()
    spec = stage.GetRootLayer().GetAttributeAtPath("/Cube.size")
    spec.SetInfo("default", Sdf.PathListOp.CreateExplicit(["/A"]))  # as a damaged file may hold it
    report = Report()

    clear_wrong_values(stage, report)

    assert cube.GetSizeAttr().Get() == 2 and not spec.HasDefaultValue()
    assert [subject for _, subject in report.entries] == [f"{file}:/Cube.size"]
    assert "it holds PathListOp, not double" in next(iter(report.entries.values()))
    assert cube.GetDisplayColorAttr().GetTimeSamples() == [4]
