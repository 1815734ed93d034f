"""Colours by items in any order are those of rows, to the byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import Wanted
from rendersdg.kernels import frame, grid
from rendersdg.kernels.device import Device, EmulatedDriver
from rendersdg.kernels.structs import Film, Lights, Points, Samples, Scene, Shading, View
from tests.conftest import SCENES, Opener
from tests.kernels.nasty import snapshot
from tests.kernels.test_grid import bytes_of

WRITTEN = ("rgb", "hdr", "surface")
WANTED = Wanted(hdr=True, labels=True)


class Both:
    """Shades by rows, then by items in a random order, and notes what differs."""

    def __init__(self) -> None:
        self.calls, self.found = 0, set()
        self._by_rows = frame.shade
        self._rng = np.random.default_rng(0)

    def __call__(self, scene: Scene, view: View, points: Points, samples: Samples, lights: Lights, film: Film) -> None:
        others = {n: film.kept[n].copy() for n in WRITTEN if film.kept.get(n) is not None}
        self._by_rows(scene, view, points, samples, lights, film)
        other = Film(**film.kept | others)
        shading = Shading(scene=scene, view=view, points=points, samples=samples, lights=lights, film=other)
        grid.emulate_shading(shading, self._rng.permutation)
        self.calls += 1
        self.found |= {n for n in others if bytes_of(film.kept[n]) != bytes_of(other.kept[n])}


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Both:
    """Whatever is shaded is shaded twice."""
    shader = Both()
    monkeypatch.setattr(frame, "shade", shader)
    return shader


@pytest.mark.parametrize("bad", [0.0, 0.3])
@pytest.mark.parametrize("model", ["pinhole", "fisheyePolynomial"])
def test_soups_of_triangles_are_shaded_alike(bad: float, model: str, both: Both) -> None:
    for seed in range(25):
        shown = snapshot(seed, bad=bad, triangles=60, model=model)
        backend = RasterBackend()
        backend.render(shown, shown.products[0], WANTED)
        backend.surface(shown, shown.products[0])

        assert both.found == set(), seed
    assert both.calls >= 50


def test_a_picture_of_one_column_is_shaded(both: Both) -> None:
    for wh in ((1, 9), (9, 1), (1, 1)):
        shown = snapshot(5, bad=0.0, wh=wh, triangles=60)
        RasterBackend().render(shown, shown.products[0], WANTED)

    assert both.calls == 3 and both.found == set()


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENES, ids=lambda p: p.stem)
def test_scenes_are_shaded_alike(path: Path, open_scene: Opener, both: Both) -> None:
    shown = open_scene(path.read_text(), bare=True, folder=path.parent, seed=1).snapshot(1)
    backend = RasterBackend()

    for product in shown.products[:2]:
        backend.render(shown, product, WANTED)

    assert both.calls > 0 and both.found == set()


def test_a_device_with_memory_of_its_own_shades_alike(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = EmulatedDriver()
    device = Device(driver)
    monkeypatch.setattr(grid, "emulate_shading", lambda shading, order: device.shade(shading))
    shown = snapshot(5, bad=0.0, triangles=60)
    backend = RasterBackend()

    for _ in range(2):
        backend.render(shown, shown.products[0], WANTED)

    assert both.calls == 2 and both.found == set()
    device.close()
    assert driver.held == []
