"""Operations that change how prims look."""

from __future__ import annotations

import pytest

from rendersdg.errors import RenderSDGError
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
        ("modify.attribute: {name: nothing, value: 1}", "has an attribute 'nothing'"),
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
