"""Which material a surface has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.assets.textures import TextureLibrary
from rendersdg.snapshot import Material, Through
from rendersdg.stage.base import Drawable
from rendersdg.stage.looks import Palette
from rendersdg.stage.materials import build_material, omnipbr_shading
from rendersdg.stage.state import Look
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


def test_a_colour_alone_gives_what_the_whole_shader_does(open_scene: Opener) -> None:
    session = open_scene(VIEW + "box: {create.cube: {}}\n", bare=True)
    session.snapshot(0)
    path = "/Replicator/Cube_Xform"
    rng = np.random.default_rng(0)
    colours = [*rng.uniform(-1, 2, (30, 3)).tolist(), [0.0, -0.0, 1e6], [1e6, 5e-324, -1e6], [2e6, 0.5, 1e300]]
    for colour in colours:
        state = session.builder.state(session.planner.plan(0))
        inputs = (("diffuse_color_constant", tuple(colour)),)
        state.looks[path] = Look(inputs=inputs)

        palette = Palette()
        session.builder._looks.numbers(palette, state, [Drawable(path, path, 0, None, (path,))], [(path,)])

        library = TextureLibrary(session.recorder.resolver)
        assert repr(palette.materials) == repr([build_material(omnipbr_shading(), dict(inputs), library)])


RED_PLASTIC, PLASTIC = Material((1.0, 0.0, 0.0), specular=0.7), Material(specular=0.7)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]])
def test_equal_materials_have_one_number_however_they_were_made(order: list[int]) -> None:
    metal, glass = Material(metallic=1.0), Material((0.2, 0.2, 0.2), through=Through(transmission=1.0))
    green = Material((0.0, 1.0, 0.0), specular=0.7)
    palette = Palette()
    ways = [
        lambda: palette.coloured(PLASTIC, (1.0, 0.0, 0.0)),
        lambda: palette.add(RED_PLASTIC),
        lambda: palette.add(replace(RED_PLASTIC)),
        lambda: palette.coloured(PLASTIC, (0.0, 1.0, 0.0)),
        lambda: palette.add(metal),
        lambda: palette.add(glass),
    ]

    numbers = {k: ways[k]() for k in order}

    assert numbers[0] == numbers[1] == numbers[2] and sorted(set(numbers.values())) == [0, 1, 2, 3]
    for k, wanted in enumerate([RED_PLASTIC, RED_PLASTIC, RED_PLASTIC, green, metal, glass]):
        assert palette.materials[numbers[k]] == wanted
    paints = palette.paints()
    assert len(paints.kind) == 4
    for material, kind in zip(palette.materials, paints.kind):
        assert replace(paints.kinds[kind], base_colour=material.base_colour) == material
