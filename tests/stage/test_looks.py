"""Which material a surface has."""

from __future__ import annotations

from tests.conftest import Opener

VIEW = (
    "eye: {create.camera: {position: [0, 0, 500]}}\nview: {create.render_product: {camera: eye, resolution: [8, 8]}}\n"
)
RED = VIEW + "red: {create.material_omnipbr: {diffuse: [1, 0, 0], roughness: 0.25}}\n"
BOX = "box: {create.cube: {material: red}}\n"


def test_what_is_bound_is_seen(open_scene: Opener) -> None:
    (material,) = open_scene(RED + BOX, bare=True).snapshot(0).materials

    assert material.base_colour == (1, 0, 0) and material.roughness == 0.25


def test_what_has_no_material_shows_its_own_colour(open_scene: Opener) -> None:
    (material,) = open_scene(VIEW + "box: {create.cube: {}}\n", bare=True).snapshot(0).materials

    assert material.use_vertex_colour


def test_an_operation_wins_over_a_binding_and_equal_materials_are_one(open_scene: Opener) -> None:
    text = RED + "box: {create.cube: {material: red, count: 2}}\npaint:\n  with.box:\n    %s\n"
    snapshot = open_scene(text % "randomizer.color: {colors: [[0, 0, 1]]}", bare=True).snapshot(0)

    assert [m.base_colour for m in snapshot.materials] == [(0, 0, 1)]
    assert [i.material for i in snapshot.instances] == [0, 0]
