"""MDL's shaders: which inputs they have, and what the values of those that are not applied would do."""

from __future__ import annotations

import pytest
from pxr import Sdf, Usd, UsdShade

from rendersdg.stage.mdl import CLEAR_COAT, MODELS, OMNI_GLASS, OMNI_PBR, Model, model_name, model_of


def shader(stage: Usd.Stage, asset: str, name: str = "") -> UsdShade.Shader:
    made = UsdShade.Shader.Define(stage, "/Look/Shader")
    made.SetSourceAsset(asset, "mdl")
    if name:
        made.SetSourceAssetSubIdentifier(name, "mdl")
    return made


@pytest.mark.parametrize(
    ("asset", "name", "model"),
    [
        ("OmniPBR.mdl", "OmniPBR", OMNI_PBR),
        ("http://somewhere/mdl/OmniPBR_ClearCoat.mdl", "", CLEAR_COAT),
        ("OmniGlass.mdl", "OmniGlass", OMNI_GLASS),
        ("Oak.mdl", "Oak", None),
    ],
)
def test_a_shader_is_known_by_its_name(asset: str, name: str, model: Model | None) -> None:
    stage = Usd.Stage.CreateInMemory()
    made = shader(stage, asset, name)

    assert model_of(made.GetPrim()) is model
    assert model_name(made) == (name or "OmniPBR_ClearCoat")


def test_what_is_no_shader_has_no_model() -> None:
    stage = Usd.Stage.CreateInMemory()
    preview = UsdShade.Shader.Define(stage, "/Preview")
    preview.CreateIdAttr("UsdPreviewSurface")

    assert model_of(preview.GetPrim()) is None and model_of(stage.DefinePrim("/Box", "Cube")) is None


def test_a_value_that_changes_nothing_is_not_told() -> None:
    quiet = {"round_edges_radius": 0.0, "round_edges_roundness": 1.0, "metallic_constant": 1.0}

    assert list(OMNI_PBR.not_applied(quiet)) == []
    assert list(OMNI_PBR.not_applied({**quiet, "round_edges_radius": 0.5})) == ["round_edges_radius"]


@pytest.mark.parametrize("model", list(MODELS.values()))
def test_an_input_is_applied_or_not(model: Model) -> None:
    assert not model.applied & set(model.unused)
    assert all(model.has(name) and Sdf.Path.IsValidIdentifier(name) for name in {*model.applied, *model.unused})
