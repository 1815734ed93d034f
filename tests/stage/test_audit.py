"""Nothing is dropped in silence: what nothing here reads is reported, and what the tables call read is read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pxr import Sdf, Usd, UsdGeom, UsdShade

from rendersdg.errors import NotSupported, Report
from rendersdg.stage.audit import TABLES, audit, rules_for
from tests.conftest import needs_shared


def noted(text: str, *, strict: bool = False) -> dict[str, str]:
    """Return what the audit says of a stage: text by subject."""
    stage = Usd.Stage.CreateInMemory("audited.usda")
    stage.GetRootLayer().ImportFromString("#usda 1.0\n" + text.replace("{ ", "{\n").replace(" }", "\n}"))
    report = Report(strict=strict)
    audit(stage, report)
    return {subject: f"{kind}: {said}" for (kind, subject), said in report.entries.items()}


def test_what_is_read_needs_no_word() -> None:
    assert (
        noted(
            """
def Xform "Room" (kind = "component") {
    double3 xformOp:translate = (1, 2, 3)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Mesh "Wall" (prepend apiSchemas = ["SemanticsLabelsAPI:class", "MaterialBindingAPI", "PhysicsCollisionAPI"]) {
        float3[] extent = [(0, 0, 0), (1, 1, 0)]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0)]
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1)] (interpolation = "faceVarying")
        int[] primvars:st:indices = [0, 1, 2]
        color3f[] primvars:displayColor = [(1, 0, 0)]
        token[] semantics:labels:class = ["wall"]
        bool physics:collisionEnabled = 1
        rel material:binding = </Room/Looks/White>
    }
    def Scope "Looks" {
        def Material "White" {
            token outputs:surface.connect = </Room/Looks/White/Shader.outputs:surface>
            def Shader "Shader" {
                uniform token info:id = "UsdPreviewSurface"
                float inputs:roughness = 0.2
                token outputs:surface
            }
        }
    }
}
"""
        )
        == {}
    )


def test_kits_flat_views_and_names_without_prefix_need_no_word() -> None:
    flat = 'def Camera "{}" {{ token projection = "orthographic" }}\n'
    dome = 'def DomeLight "Sky" { asset texture:file = @sky.png@\n token texture:format = "latlong" }\n'

    assert noted(flat.format("OmniverseKit_Top") + dome) == {}
    assert noted(flat.format("Plan")) == {"/Plan.projection": "not honoured: the camera is drawn with a perspective"}


def test_marks_of_stand_ins_and_steps_that_time_passes_in_need_no_word() -> None:
    marks = 'def Xform "Robot" { rel rendersdg:drivesTo = </Robot> }\n'
    scene = 'def PhysicsScene "Physics" { uint physxScene:timeStepsPerSecond = 120\n bool physxScene:enableCCD = 1 }\n'

    assert list(noted(marks + scene)) == ["/Physics.physxScene:enableCCD"]


def test_a_property_that_nothing_reads_is_said_once_with_the_first_prim_and_how_many() -> None:
    cubes = "".join(f'def Cube "Cube{k}" {{ custom float foo = 1 }}\n' for k in range(5))

    assert noted(cubes) == {"/Cube0.foo": "note: nothing here reads this property (on 5 prims)"}


def test_properties_that_stand_together_are_said_together() -> None:
    both = 'def Cube "A" { float houdini:a = 1\n float houdini:b = 2 }\ndef Cube "B" { float houdini:b = 2 }\n'

    assert noted(both) == {
        "/A.houdini:a": "note: nothing here reads this property; also houdini:b (on 2 prims)",
    }


def test_what_is_known_and_not_done_is_not_honoured() -> None:
    light = 'def DomeLight "Lamp" { float inputs:diffuse = 0.5 }\n'

    assert noted(light) == {"/Lamp.inputs:diffuse": "not honoured: a dome shines on everything alike"}
    with pytest.raises(NotSupported, match="inputs:diffuse"):
        noted(light, strict=True)


def test_what_other_programs_leave_does_not_stop_a_strict_run() -> None:
    assert "/A.blender:note" in noted('def Cube "A" { string blender:note = "x" }\n', strict=True)


def test_a_value_that_asks_for_nothing_needs_no_word() -> None:
    neutral = """
def SphereLight "Lamp" { float inputs:diffuse = 1
    rel light:filters = None }
def Mesh "Sheet" { token interpolateBoundary = "edgeAndCorner"
    vector3f[] velocities = [] }
def Camera "Eye" { token projection = "perspective" }
"""

    assert noted(neutral) == {}


def test_what_changes_over_time_or_is_connected_is_not_neutral() -> None:
    moving = 'def DomeLight "Lamp" { float inputs:diffuse.timeSamples = { 1: 1, 2: 0 } }\n'

    assert list(noted(moving)) == ["/Lamp.inputs:diffuse"]


def test_a_primvar_counts_as_read_where_a_shader_names_it() -> None:
    mesh = 'def Mesh "Sheet" { float[] primvars:wear = [1]\n float[] primvars:dust = [1] }\n'
    reader = """
def Material "Look" {
    def Shader "Reader" {
        uniform token info:id = "UsdPrimvarReader_float"
        string inputs:varname = "wear"
        float outputs:result
    }
}
"""

    assert list(noted(mesh + reader)) == ["/Sheet.primvars:dust"]


def test_prims_of_types_that_nobody_knows_are_said_once_a_type() -> None:
    assert noted('def "A" {}\ndef Sprocket "B" { int teeth = 5 }\ndef Sprocket "C" {}\n') == {
        "/B (Sprocket)": "note: nothing here reads prims of this type (on 2 prims)"
    }


def test_schemas_that_nobody_knows_are_said() -> None:
    schemas = 'def Cube "A" (prepend apiSchemas = ["AcmeAPI", "PhysxRigidBodyAPI", "VolumeLightAPI"]) {}\n'

    assert noted(schemas) == {
        "/A (AcmeAPI)": "note: nothing here knows this schema",
        "/A (VolumeLightAPI)": "not honoured: volumes are not drawn",
    }


def test_what_instances_share_is_looked_at_once_and_called_by_the_first() -> None:
    instances = """
class "Model" { def Cube "Box" { float foo = 1 } }
def "A" (inherits = </Model>
    instanceable = true) {}
def "B" (inherits = </Model>
    instanceable = true) {}
"""

    assert noted(instances) == {"/A/Box.foo": "note: nothing here reads this property"}


def test_inputs_of_known_shaders_are_looked_at_and_those_of_others_left_to_their_readers() -> None:
    shaders = """
def Shader "Known" { uniform token info:id = "UsdUVTexture"
    token inputs:wrapS = "clamp"
    int inputs:isSRGB = 1 }
def Shader "Other" { uniform token info:id = "PxrSurface"
    int inputs:whatever = 1 }
"""

    assert set(noted(shaders)) >= {"/Known.inputs:isSRGB"}
    assert not any("Other" in subject for subject in noted(shaders))


def test_layers_and_prims_that_are_not_there_are_said_without_numbers_of_this_run() -> None:
    stage = """
def Xform "A" (references = @nowhere.usd@) {}
def Xform "B" (references = @nowhere.usd@) {}
def Xform "C" (references = </Nothing>) {}
"""

    said = noted(stage)

    assert list(said) == ["/A (composition)", "/C (composition)"]
    assert "nowhere.usd" in said["/A (composition)"]
    assert "Nothing" in said["/C (composition)"]
    assert not any("anon" in text for text in said.values())


# --- a walk of its own over everything there is ----------------------------------------------------------------------

TYPES = sorted({t.of for t in TABLES if t.of and t.of[0].isupper() and "." not in t.of} - {"Imageable", "Boundable"})
CONCRETE = [
    kind for kind in TYPES if Usd.SchemaRegistry().FindConcretePrimDefinition(kind) and not rules_for(kind).silent
]


@pytest.mark.parametrize("kind", [k for k in CONCRETE if not (rules_for(k).said or rules_for(k).whole)])
def test_an_unknown_property_of_any_type_gives_one_note(kind: str) -> None:
    said = noted(f'def {kind} "A" {{ custom float zzUnknown = 1 }}\n')

    assert said == {"/A.zzUnknown": "note: nothing here reads this property"}


@pytest.mark.parametrize("kind", CONCRETE)
def test_every_property_of_a_schema_is_in_a_table(kind: str) -> None:
    rules = rules_for(kind)
    if rules.said or rules.whole:
        return
    known = Usd.SchemaRegistry().FindConcretePrimDefinition(kind).GetPropertyNames()

    assert [name for name in known if rules.verdict(name).fate == "unknown"] == []


STANDING_FOR = {"*": "Xform", "Imageable": "Xform", "Boundable": "Cube", "Gprim": "Cube", "Curves": "BasisCurves"}
UNMET = [
    (STANDING_FOR.get(table.of, table.of), name)
    for table in TABLES
    if not table.of.startswith(("Shader", "API")) and not table.whole
    for name in table.unmet
]


@pytest.mark.parametrize(("kind", "name"), UNMET, ids=[f"{k}.{n}" for k, n in UNMET])
def test_what_is_not_done_is_reported_as_soon_as_it_is_asked_for(kind: str, name: str) -> None:
    full = name.replace("*", "something")
    known = Usd.SchemaRegistry().FindConcretePrimDefinition(kind)
    spec = known.GetSchemaAttributeSpec(full) if known else None
    stage = Usd.Stage.CreateInMemory("unmet.usda")
    prim = stage.DefinePrim("/A", kind)
    report = Report()

    if known and known.GetSchemaRelationshipSpec(full):
        prim.CreateRelationship(full).AddTarget("/A")
    else:
        kind_of_value = spec.typeName if spec else Sdf.ValueTypeNames.Float
        prim.CreateAttribute(full, kind_of_value).Set(other_than(spec.default if spec else None, kind_of_value))
    audit(stage, report)

    assert [subject for _, subject in report.entries] == [f"/A.{full}"]


def other_than(value: object, kind: Sdf.ValueTypeName) -> object:
    """Return a value of a type that is not ``value``."""
    if kind.isArray:
        return [other_than(None, kind.scalarType)]
    if isinstance(kind.defaultValue, str):
        return "another"
    if isinstance(kind.defaultValue, bool):
        return not value
    if isinstance(kind.defaultValue, (int, float)):
        return 7
    return type(kind.defaultValue)(*[7] * len(kind.defaultValue))


def files_of(*folders: str) -> Iterator[Path]:
    for folder in folders:
        root = needs_shared(folder)
        yield from sorted(p for p in root.rglob("*") if p.suffix in (".usd", ".usda", ".usdc", ".usdz"))


def silent_properties(stage: Usd.Stage, report: Report) -> Iterator[str]:
    """Give what is authored on the stage, is neither read nor idle by the tables, and is in no note: the slow way."""
    notes = {(subject, text) for (_, subject), text in report.entries.items()}
    said = " ".join(f"{subject} {text}" for subject, text in notes)
    varnames = {
        str(value)
        for prim in stage.TraverseAll()
        if prim.GetTypeName() in ("Shader", "Material", "NodeGraph")
        for port in UsdShade.ConnectableAPI(prim).GetInputs()
        if isinstance(value := port.Get(), str)
    }
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies()):
        if str(prim.GetPath()) in ("/OmniverseKit_Front", "/OmniverseKit_Right", "/OmniverseKit_Top"):
            continue  # an editor's own views
        kind = str(prim.GetTypeName())
        identity = str(prim.GetAttribute("info:id").Get() or "") if kind == "Shader" else ""
        rules = rules_for(kind, identity)
        if rules.silent or rules.said or f"({kind})" in said:
            continue
        if kind == "Shader" and not any(t.of == f"Shader.{identity}" for t in TABLES) and "Reader" not in identity:
            continue
        for prop in prim.GetAuthoredProperties():
            name = prop.GetName().removesuffix(":indices")
            if rules.verdict(name).fate in ("read", "idle", "told") or name.removeprefix("primvars:") in varnames:
                continue
            if isinstance(prop, Usd.Relationship):
                if not prop.GetTargets():
                    continue
            else:
                known = prim.GetPrimDefinition()
                value, own = prop.Get(), known.GetAttributeFallbackValue(name)
                own = known.GetAttributeFallbackValue(f"inputs:{name}") if own is None else own
                is_plain = value is None or value == own or value in rules.verdict(name).neutral
                if (is_plain or not str(value).strip("[]@")) and prop.GetNumTimeSamples() < 2:
                    continue
            if name not in said:
                yield f"{prim.GetPath()}.{name}"


@pytest.mark.parametrize("folder", ["assets", "cases"])
def test_no_property_of_any_file_is_dropped_in_silence(folder: str) -> None:
    dropped = []
    for path in files_of(folder):
        try:
            stage = Usd.Stage.Open(str(path))
        except Exception:  # a file that is broken on purpose
            continue
        report = Report()
        audit(stage, report)
        dropped += [f"{path}: {name}" for name in silent_properties(stage, report)]

    assert dropped == []


def test_two_thousand_prims_take_a_fifth_of_a_second() -> None:
    stage = Usd.Stage.CreateInMemory("many.usda")
    for k in range(2000):
        mesh = UsdGeom.Mesh.Define(stage, f"/World/Mesh_{k}")
        mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (1, 1, 0)])
        mesh.CreateFaceVertexCountsAttr([3])
        mesh.CreateFaceVertexIndicesAttr([0, 1, 2])
        mesh.AddTranslateOp().Set((k, 0, 0))
    start = time.process_time()

    audit(stage, Report())

    assert time.process_time() - start < 0.2
