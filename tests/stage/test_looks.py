"""Which material a surface has."""

from __future__ import annotations

import numpy as np

from rendersdg.assets.textures import TextureLibrary
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

        quick = session.builder._looks.material(state, None, (path,), 0)

        library = TextureLibrary(session.recorder.resolver)
        assert repr(quick) == repr(build_material(omnipbr_shading(), dict(inputs), library))
