"""Operations that change how prims look."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from rendersdg.stage.mdl import OMNI_PBR
from rendersdg.stage.state import SceneState
from tests.conftest import Opener

CUBE = "/Replicator/Cube_Xform"


def acted(open_scene: Opener, operation: str) -> SceneState:
    session = open_scene(f"box: {{create.cube: {{}}}}\ngo:\n  with.box:\n    {operation}\n")
    return session.builder.state(session.planner.plan(0))


def test_a_colour_is_a_plain_surface(open_scene: Opener) -> None:
    look = acted(open_scene, "randomizer.color: {colors: [[0.5, 0, 0]]}").looks[CUBE]

    assert look.inputs == (("diffuse_color_constant", (0.5, 0, 0)),) and look.path is None


def test_a_surface_brings_the_colour_that_stands_for_it(open_scene: Opener) -> None:
    look = acted(open_scene, "surfaces.ground: {level: 0.25}").looks[CUBE]

    assert look.surface is not None and look.surface.level == 0.25
    assert dict(look.inputs)["diffuse_color_constant"] == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("modify.material: {value: /Replicator/Cube_Xform}", "is not a material"),
    ],
)
def test_what_is_not_there_is_named(open_scene: Opener, operation: str, said: str) -> None:
    with pytest.raises(RenderSDGError, match=said):
        acted(open_scene, operation)


def test_inputs_of_omnipbr_that_nobody_authored_are_set_later(open_scene: Opener) -> None:
    session = open_scene(
        "paint: {create.material_omnipbr: {diffuse: [0.5, 0.2, 0.2], roughness: 0.5}}\n"
        "box: {create.cube: {material: paint}}\n"
        "rough:\n  with.paint:\n"
        "    modify.attribute: {name: reflectionroughness_texture, value: 'rendersdg:texture/grain'}\n"
        "flat:\n  with.paint:\n    modify.attribute: {name: 'inputs:bump_factor', value: 0.25}\n"
    )
    snapshot = session.snapshot(0)
    of_box = snapshot.materials[snapshot.instances[0].material]

    assert of_box.roughness == 1.0 and of_box.roughness_texture >= 0
    assert of_box.normal_strength == 0.25 and of_box.base_colour == pytest.approx((0.5, 0.2, 0.2))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("{name: radiuss, value: 1}", "no prim at or below has this attribute; did you mean 'radius'?"),
        ("{name: 'inputs:nothing', value: [1, 2, 3]}", "no prim at or below has this attribute"),
    ],
)
def test_an_attribute_that_is_missing_is_reported_and_the_scene_goes_on(
    open_scene: Opener, call: str, said: str
) -> None:
    session = open_scene(
        "ball: {create.sphere: {as_mesh: false}}\n"
        f"set:\n  with.ball:\n    modify.attribute: {call}\n    modify.pose: {{scale: 2}}\n"
    )
    snapshot = session.snapshot(0)
    texts = [e["text"] for e in session.recorder.report.as_json() if e["kind"] == "not honoured"]

    assert len(texts) == 1 and said in texts[0]
    assert np.linalg.norm(snapshot.instances[0].world_from_mesh[:3, 0]) == pytest.approx(2.0)


def test_strict_scenes_end_where_an_attribute_is_missing(open_scene: Opener) -> None:
    session = open_scene(
        "ball: {create.sphere: {}}\nset: {with.ball: {modify.attribute: {name: x, value: 1}}}", strict=True
    )

    with pytest.raises(RenderSDGError, match="no prim at or below"):
        session.snapshot(0)


@pytest.mark.parametrize("name", sorted({*OMNI_PBR.applied, *OMNI_PBR.unused}))
def test_every_input_of_omnipbr_can_be_set_later(open_scene: Opener, name: str) -> None:
    value = "[0.5, 0.25, 0.125]" if "color_c" in name or "tint" in name else "1"
    value = "'rendersdg:texture/grain'" if name.endswith("_texture") and "enable" not in name else value
    value = "[0.5, 0.5, 0.5]" if name == "emissive_color" else value
    value = "[2, 2]" if name.endswith(("_scale", "_translate")) else value
    session = open_scene(
        "paint: {create.material_omnipbr: {diffuse: [0.5, 0.2, 0.2]}}\nbox: {create.cube: {material: paint}}\n"
        f"set: {{with.paint: {{modify.attribute: {{name: {name}, value: {value}}}}}}}\n"
    )
    session.snapshot(0)
    texts = [e["text"] for e in session.recorder.report.as_json() if name in e["subject"]]

    assert texts in ([], ["this input of the shader is not applied"])
    assert (texts != []) == (OMNI_PBR.unused.get(name) is not None)


@pytest.mark.parametrize(
    ("name", "value", "matrix"),
    [
        ("xformOp:translate", "[1, 2, 3]", [[1, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3]]),
        ("xformOp:scale", "[2, 3, 4]", [[2, 0, 0, 0], [0, 3, 0, 0], [0, 0, 4, 0]]),
        ("xformOp:rotateXYZ", "[0, 0, 90]", [[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]),
    ],
)
def test_an_attribute_of_the_transform_moves_the_prim(
    open_scene: Opener, name: str, value: str, matrix: list[list[float]]
) -> None:
    session = open_scene(
        f"box: {{create.cube: {{}}}}\nset: {{with.box: {{modify.attribute: {{name: '{name}', value: {value}}}}}}}"
    )

    assert session.snapshot(0).instances[0].world_from_mesh[:3] == pytest.approx(np.array(matrix), abs=1e-9)
