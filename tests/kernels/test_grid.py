"""Labels by items in any order are those of rows, to the byte; and what the atomics are for."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rendersdg.arrays import I8
from rendersdg.backends.labelpass import Sweep, label, no_samples, see
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.errors import BadArgument, KernelsUnavailable
from rendersdg.frame import Labels
from rendersdg.kernels import grid
from rendersdg.kernels.device import Device, EmulatedDriver
from rendersdg.kernels.frame import boxes_of_nothing
from rendersdg.kernels.structs import LabelImages, Samples
from rendersdg.kernels.toolchain.compiler import find_compiler
from rendersdg.kernels.toolchain.recipe import FLAGS, KERNELS
from rendersdg.snapshot import Camera, Snapshot
from tests.conftest import SCENES, Opener
from tests.kernels.nasty import snapshot

BY_SAMPLES = ("triangle", "inverse_depth", "loose", "unoccluded")
BY_IMAGES = ("instance", "entity", "triangle", "depth", "distance", "normal", "motion", "visible", "tight")
Order = Callable[[int], I8]


def images_of(camera: Camera, entities: int) -> LabelImages:
    """Return label images that nothing is in."""
    pixels = camera.resolution_wh[0] * camera.resolution_wh[1]
    whole = {name: np.zeros(pixels, np.int32) for name in ("instance", "entity", "triangle")}
    floats = {name: np.zeros(pixels, np.float32) for name in ("depth", "distance")}
    wide = {name: np.zeros((pixels, n), np.float32) for name, n in (("normal", 3), ("motion", 2))}
    counts = {"visible": np.zeros(entities, np.int64), "tight": boxes_of_nothing(entities)}
    return LabelImages(**whole, **floats, **wide, **counts)


def by_items(
    shown: Snapshot, camera: Camera, view: Sweep, order: Order = np.arange, **sizes: int
) -> tuple[Samples, LabelImages]:
    """Return the samples and label images of a view by an emulated launch."""
    samples = no_samples(shown, camera, view.seen.step)
    images = images_of(camera, samples.entity_count)
    for one in grid.grids(view.scene, view.seen, view.drawn, view.points, samples, images, **sizes):
        grid.emulate(one, order)
    return samples, images


def bytes_of(array: np.ndarray) -> bytes:
    """Return an array's bytes; processors and GPUs differ in the bits of what is not a number."""
    return (np.where(np.isnan(array), np.float32("nan"), array) if array.dtype.kind == "f" else array).tobytes()


def differing(view: Sweep, labels: Labels, samples: Samples, images: LabelImages) -> list[str]:
    """Return the names of what differs in any byte."""
    found = [n for n in BY_SAMPLES if bytes_of(view.samples.kept[n]) != bytes_of(samples.kept[n])]
    by_rows = {
        "instance": labels.instance,
        "entity": labels.entity,
        "triangle": labels.triangle,
        "depth": labels.depth,
        "distance": labels.distance,
        "normal": labels.normal,
        "motion": labels.motion,
        "visible": labels.visible,
        "tight": labels.tight,
    }
    return found + [n for n in BY_IMAGES if bytes_of(by_rows[n]) != bytes_of(images.kept[n])]


def twice(shown: Snapshot) -> Snapshot:
    """Return a snapshot whose instances each stand there twice, some of them in the far plane."""
    meshes = list(shown.meshes)
    if meshes:
        flat = np.where([True, True, False], meshes[0].vertices, np.float32(-4))
        meshes[0] = replace(meshes[0], vertices=flat)
    others = tuple(replace(one, prim_path=f"{one.prim_path}x") for one in shown.instances)
    camera = replace(shown.products[0].camera, near_far=(0.01, 4.0))
    products = (replace(shown.products[0], camera=camera),)
    return replace(shown, meshes=tuple(meshes), instances=shown.instances + others, products=products)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("bad", [0.0, 0.3])
def test_soups_of_triangles_are_labelled_alike_in_any_order(step: int, bad: float) -> None:
    tables = SceneTables()
    for seed in range(40):
        shown = snapshot(seed, bad=bad, triangles=60)
        shown = twice(shown) if seed % 2 else shown
        camera = shown.products[0].camera
        view = see(shown, camera, tables, step)
        labels = label(shown, camera, view)
        rng = np.random.default_rng(seed)
        for sizes in ({}, {"bits": 1, "most_samples": 50, "room": 3}):
            found = differing(view, labels, *by_items(shown, camera, view, rng.permutation, **sizes))

            assert found == [], (seed, sizes)


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENES, ids=lambda p: p.stem)
def test_scenes_are_labelled_alike_in_ten_random_orders(path: Path, open_scene: Opener) -> None:
    shown = open_scene(path.read_text(), bare=True, folder=path.parent, seed=1).snapshot(1)
    rng = np.random.default_rng(0)
    tables = SceneTables()
    for product in shown.products[:2]:
        camera = product.camera
        if camera.model != "pinhole":
            continue
        view = see(shown, camera, tables, 1)
        labels = label(shown, camera, view)
        for _ in range(10):
            assert differing(view, labels, *by_items(shown, camera, view, rng.permutation)) == []


@pytest.mark.parametrize("step", [1, 2])
def test_a_device_with_memory_of_its_own_gives_the_same_and_keeps_what_lasts(step: int) -> None:
    tables = SceneTables()
    shown = snapshot(5, bad=0.0, triangles=60)
    camera = shown.products[0].camera
    view = see(shown, camera, tables, step)
    labels = label(shown, camera, view)
    driver = EmulatedDriver(np.random.default_rng(1).permutation)
    device = Device(driver)
    copied = []
    put = driver.put
    driver.put = lambda to, start, size: (copied.append(start), put(to, start, size))[1]  # type: ignore[method-assign]

    for _ in range(2):
        samples, images = no_samples(shown, camera, step), images_of(camera, len(shown.entities))
        assert len(shown.entities) > 2  # in groups of one
        device.run(grid.grids(view.scene, view.seen, view.drawn, view.points, samples, images, bits=1))

        assert differing(view, labels, samples, images) == []

    vertices = view.scene.kept["meshes"].kept["vertices"].ctypes.data
    assert copied.count(vertices) == 1  # it was there already in the second frame
    assert view.points.kept["points"].ctypes.data in copied
    device.close()
    assert driver.held == []


def test_what_fails_on_a_device_leaves_nothing_there() -> None:
    tables = SceneTables()
    shown = snapshot(5, bad=0.0, triangles=60)
    camera = shown.products[0].camera
    view = see(shown, camera, tables, 2)
    for failing in range(40):
        driver = EmulatedDriver()
        device, calls, put = Device(driver), [0], driver.put

        def breaking(to: int, start: int, size: int) -> None:
            calls[0] += 1  # noqa: B023
            if calls[0] > failing:  # noqa: B023
                raise KernelsUnavailable("cuMemcpyHtoD: gone")
            put(to, start, size)  # noqa: B023

        driver.put = breaking  # type: ignore[method-assign]
        samples, images = no_samples(shown, camera, 2), images_of(camera, len(shown.entities))
        with suppress(KernelsUnavailable):
            device.run(grid.grids(view.scene, view.seen, view.drawn, view.points, samples, images))
        device.close()

        assert driver.held == []


def test_an_instance_without_triangles_is_nothing() -> None:
    tables = SceneTables()
    shown = snapshot(5, bad=0.0, triangles=60)
    empty = replace(shown.meshes[-1], triangles=np.zeros((0, 3), np.int32))
    shown = replace(shown, meshes=(*shown.meshes[:-1], empty))
    camera = shown.products[0].camera
    view = see(shown, camera, tables, 1)

    assert differing(view, label(shown, camera, view), *by_items(shown, camera, view)) == []


def test_what_does_not_belong_together_is_told() -> None:
    tables = SceneTables()
    shown = snapshot(5, bad=0.0)
    camera = shown.products[0].camera
    view = see(shown, camera, tables, 1)
    parts = view.scene, view.seen, view.drawn, view.points
    whole, images = no_samples(shown, camera, 1), images_of(camera, len(shown.entities))

    for samples, labels in ((no_samples(shown, camera, 2), images), (whole, images_of(camera, 1))):
        with pytest.raises(BadArgument):
            next(grid.grids(*parts, samples, labels))


def test_lenses_that_bend_lines_are_told() -> None:
    tables = SceneTables()
    shown = snapshot(5, bad=0.0, model="fisheyePolynomial")
    camera = shown.products[0].camera
    view = see(shown, camera, tables, 2)

    with pytest.raises(BadArgument, match="the grid draws pinhole views"):
        by_items(shown, camera, view)


LEAST = "make_least(uint64_t *at, uint64_t value)\n{\n    if (value < *at)"
LESSER = "make_lesser(int32_t *at, int32_t value)\n{\n    if (value < *at)"
GREATER = "make_greater(int32_t *at, int32_t value)\n{\n    if (value > *at)"
MUTANTS = {  # of the atomics, and of what they are given
    "the last sample wins": (LEAST, LEAST.replace("value < *at", "1")),
    "of those equally near the last wins": (LEAST, LEAST.replace("value < *at", "value >> 32 <= *at >> 32")),
    "the least column is not kept": (LESSER, LESSER.replace("value < *at", "1")),
    "the greatest column is not kept": (GREATER, GREATER.replace("value > *at", "1")),
    "bits that were there are lost": ("*at = before | bits;", "*at = bits;"),
    "bits are told as new": ("*at = before | bits;\n    return before;", "*at = before | bits;\n    return 0;"),
    "sums are not kept": ("*at = before + value;", "*at = value;"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_mutants_are_caught(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = MUTANTS[name]
    changed = 0
    for path in [KERNELS / "grid.c", *KERNELS.glob("*.h")]:
        text = path.read_text()
        changed += old in text
        (tmp_path / path.name).write_text(text.replace(old, new))
    assert changed == 1
    command = [*find_compiler(), *FLAGS, "-shared", "-o", str(tmp_path / "grid.so"), str(tmp_path / "grid.c")]
    subprocess.run(command, check=True, capture_output=True)
    library = ctypes.CDLL(str(tmp_path / "grid.so"))

    def kernel(named: str, returns: object, *takes: object) -> object:
        function = library[f"rendersdg_{named}"]
        function.argtypes, function.restype = takes, returns
        return function

    monkeypatch.setattr(grid, "kernel", kernel)
    tables, found = SceneTables(), set()
    for seed in range(40):
        shown = twice(snapshot(seed, bad=0.0, triangles=60))
        camera = shown.products[0].camera
        view = see(shown, camera, tables, 1)
        labels = label(shown, camera, view)
        order = np.random.default_rng(seed).permutation
        found |= set(differing(view, labels, *by_items(shown, camera, view, order, most_samples=50, room=400)))
        if found:
            return
    pytest.fail(f"nobody saw that {name}")
