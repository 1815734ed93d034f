"""Labels are read from USD."""

from __future__ import annotations

from pathlib import Path

from pxr import Sdf, Usd, UsdGeom

from tests.conftest import Opener, needs_shared


def test_omniverse_semantics_are_read(open_scene: Opener) -> None:
    path = needs_shared("assets", "usd", "scratches_stage", "scratches_randomization.usda")
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")

    assert any(e.semantics for e in session.snapshot(0).entities)


def test_labels_of_both_generations_are_read(open_scene: Opener, tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "two.usda"))
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/Two").GetPrim())
    old, new = (UsdGeom.Cube.Define(stage, f"/Two/{name}").GetPrim() for name in ("old", "new"))
    old.AddAppliedSchema("SemanticsAPI:Semantics")
    for key, value in (("semanticType", "class"), ("semanticData", "plate")):
        old.CreateAttribute(f"semantic:Semantics:params:{key}", Sdf.ValueTypeNames.String).Set(value)
    new.AddAppliedSchema("SemanticsLabelsAPI:class")
    new.CreateAttribute("semantics:labels:class", Sdf.ValueTypeNames.TokenArray).Set(["bolt", "steel"])
    stage.Save()
    session = open_scene("thing: {create.from_usd: {usd: two.usda}}\n", backend="null", folder=tmp_path)
    found = {e.semantics for e in session.snapshot(0).entities if e.semantics}

    assert found == {(("class", "plate"),), (("class", "bolt"), ("class", "steel"))}
