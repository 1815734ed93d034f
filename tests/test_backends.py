"""Colour backends: the conformance suite over the table, films, and the choice of a backend."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from rendersdg.backends import BACKENDS, choose
from rendersdg.backends.flatten import flatten
from rendersdg.errors import NotSupported
from rendersdg.frame import ProductView
from rendersdg.orchestrator.session import Session
from rendersdg.testing import check_backend
from tests.conftest import Opener

SCENE = """
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.5}}
floor: {create.plane: {scale: [3, 3, 1], position: [0, 0, -0.5]}}
ball: {create.sphere: {position: [0, -0.6, 0], material: steel}}
box: {create.cube: {position: [0, 0.6, 0], rotation: [0, 0, 30], scale: 0.7}}
sun: {create.light: {light_type: distant, rotation: [40, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 400}}
eye: {create.camera: {position: [3.5, 0.4, 1.5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
frames: {trigger.on_frame: {max_execs: 3}}
marks:
  with.frames:
    with.ball:
      defects.fray: {length: 500, breadth: 400, position: [0.5, -0.6, 0.1], red: 0.05, green: 0.05, blue: 0.05, cover: 1, irregular: 0}
"""


def opened(open_scene: Opener, backend: str) -> tuple[Session, ProductView]:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    try:
        session = open_scene(SCENE, backend=backend)
    except NotSupported as error:
        pytest.skip(str(error))
    return session, session.capture(session.planner.plan(0)).views["Replicator"]


@pytest.mark.parametrize("name", list(BACKENDS))
def test_every_backend_keeps_to_the_rules_and_its_promises(name: str) -> None:
    try:
        check_backend(name)
    except NotSupported as error:
        pytest.skip(str(error))


def test_the_path_traced_picture_comes_back_byte_for_byte(open_scene: Opener) -> None:
    first, second = (opened(open_scene, "mitsuba")[1].buffers.rgb for _ in range(2))

    assert np.array_equal(first, second)


def test_a_film_is_cut_to_its_patch_and_carries_what_lies_under_it(open_scene: Opener) -> None:
    session = open_scene(SCENE)
    snapshot = session.builder.build(session.planner.plan(0))
    parts = flatten(snapshot)
    film = parts[-1]

    assert [p.is_film for p in parts] == [False, False, False, True]
    assert film.uvs.min() > -1e-6 and film.uvs.max() < 1 + 1e-6
    assert film.look.base_image is not None
    corner, middle = (
        film.look.base_image[0, 0],
        film.look.base_image[tuple(v // 2 for v in film.look.base_image.shape[:2])],
    )
    assert corner == pytest.approx(0.5, abs=1e-3)  # untouched: the host's own colour
    assert middle.mean() < 0.1
    away = np.linalg.norm(film.vertices - np.array([0, -0.6, 0]), axis=1)
    assert np.abs(away - 0.5).max() < 0.01  # on the ball


def test_auto_takes_path_tracing_only_where_the_scene_asks_for_it() -> None:
    name, why = choose("auto", {})
    assert name == "raster" and "does not ask" in why

    name, why = choose("auto", {"render_mode": "pathtraced"})
    assert name in ("mitsuba", "raster") and why
    assert choose("null", {}) == ("null", "")


def test_a_backend_that_is_not_installed_says_what_to_install() -> None:
    for name, module in (("mitsuba", "mitsuba"), ("pyrender", "pyrender")):
        if importlib.util.find_spec(module) is None:
            with pytest.raises(NotSupported, match="pip install"):
                BACKENDS[name]()
