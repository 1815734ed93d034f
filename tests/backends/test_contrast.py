"""How far a defect stands out from noise and texture, by hand, and what labels make of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rendersdg.backends.contrast import around, contrasts, shown
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.sensor import compressed, expose, noise_variance
from rendersdg.frame import Wanted
from rendersdg.snapshot import Sensor
from tests.conftest import Opener
from tests.defects.damage import snapshot_of, undamaged
from tests.writers.written import write

PLAIN = {"tone": "linear", "bits": 8, "gain": 1.0, "shot_noise": False}  # a digital number is a level
SCENE = """
rule: {settings.defect_labels: {%s}}
steel: {create.material_omnipbr: {diffuse: [0.3, 0.3, 0.3], roughness: 1}}
part: {create.plane: {scale: [0.1, 0.1, 1], material: steel}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 0.25], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
sensor: {with.eye: {inspection.sensor: {tone: linear, bits: 8, gain: 1, shot_noise: false, read_noise: %f}}}
view: {create.render_product: {camera: eye, resolution: [160, 120], name: view}}
frames: {trigger.on_frame: {max_execs: 1}}
marks:
  with.frames:
    with.part:
      defects.scratch: {position: [0, 0, 0], length: 30, width: 2, gain: 1.3, depth: 0}
"""


def square(side: int, level: float) -> np.ndarray:
    """Return a picture of 100 levels with a square of another in its middle."""
    picture = np.full((40, 40, 3), 100, np.float32)
    picture[10 : 10 + side, 10 : 10 + side] = level
    return picture


def owner_of(side: int) -> np.ndarray:
    owner = np.full((40, 40), -1, np.int32)
    owner[10 : 10 + side, 10 : 10 + side] = 1
    return owner


def contrast_of(side: int, level: float, sensor: Sensor | None, ground: np.ndarray | None = None) -> float:
    intact = square(side, 100) if ground is None else ground
    damaged = intact + square(side, level) - 100
    return float(contrasts(damaged, intact, sensor, owner_of(side), np.zeros((40, 40), np.int32), 3)[1])


@pytest.mark.parametrize(("side", "pooled"), [(2, 2.0), (5, 5.0), (12, 5.0)])
def test_contrast_is_the_difference_over_the_noise_times_the_root_of_the_pixels_up_to_25(
    side: int, pooled: float
) -> None:
    sensor = Sensor(**PLAIN, read_noise=2.0)
    noise = np.sqrt(2.0**2 + 1 / 12 + 1 / 12)  # the converter and the picture round

    assert contrast_of(side, 103, sensor) == pytest.approx(3 * pooled / noise, rel=1e-3)
    assert contrast_of(side, 97, sensor) == pytest.approx(3 * pooled / noise, rel=1e-3)


def test_texture_counts_as_noise_does_and_shading_of_another_surface_does_not() -> None:
    rough = square(5, 100)
    rough[np.add(*np.indices((40, 40))) % 2 == 0] += 8  # a checkerboard deviates by 4 levels
    beside = np.zeros((40, 40), np.int32)
    beside[:, 20:] = 1
    bright = square(5, 100)
    bright[:, 20:] = 250
    away = square(5, 103) - 100

    assert contrast_of(5, 103, None, rough) == pytest.approx(3 * 5 / np.sqrt(16 + 1 / 12), rel=0.02)
    assert contrasts(bright + away, bright, None, owner_of(5), beside, 2)[1] == pytest.approx(
        15 * np.sqrt(12), rel=0.01
    )


def test_without_a_sensor_rounding_is_the_only_noise() -> None:
    assert contrast_of(5, 101, None) == pytest.approx(5 * np.sqrt(12), rel=1e-3)


def test_what_changes_one_colour_alone_counts_by_that() -> None:
    intact = square(5, 100)
    damaged = intact.copy()
    damaged[10:15, 10:15, 2] = 103
    found = contrasts(damaged, intact, None, owner_of(5), np.zeros((40, 40), np.int32), 3)

    assert found.tolist() == pytest.approx([0, 15 * np.sqrt(12), 0], rel=1e-3)


@pytest.mark.parametrize("tone", ["linear", "srgb", "filmic"])
@pytest.mark.parametrize("light", [0.05, 0.3])
def test_the_noise_is_that_of_the_pictures_that_a_sensor_makes(tone: str, light: float) -> None:
    sensor = Sensor(tone=tone, gain=0.5, read_noise=8, prnu=0.01, black_level=20, bits=10)  # type: ignore[arg-type]
    hdr = np.full((200, 200, 4), light * 1000, np.float32)
    picture = expose(hdr, sensor, 0).rgb[..., :3].astype(float)
    level = shown(hdr[:1, :1], None, sensor)  # type: ignore[arg-type]  # the sensor says it all

    assert picture.mean() == pytest.approx(float(level.mean()), abs=0.5)
    assert picture.var() == pytest.approx(float(noise_variance(level, sensor).mean()), rel=0.05)


@pytest.mark.parametrize("quality", [80, 92])
def test_what_jpeg_takes_from_fine_grain_is_no_more_than_is_told_of_it(quality: int) -> None:
    grain = np.random.default_rng(1).normal(120, 25, (160, 160)).clip(0, 255).astype(np.uint8)
    lost = (compressed(grain, quality).astype(float) - grain).var()

    assert lost == pytest.approx(float(noise_variance(np.zeros(1), Sensor(jpeg=quality))[0]), rel=0.25)


def test_pixels_around_a_mask_are_a_square_about_it() -> None:
    mask = np.zeros((60, 60), bool)
    mask[30, 5] = True
    rows, columns = np.nonzero(around(mask, None))

    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (14, 46, 0, 21)


def _noise_that_makes(open_scene: Opener, ratio: float) -> float:
    """Return the read noise under which the scene's scratch has a contrast, by its definition."""
    snapshot = snapshot_of(open_scene(SCENE % ("least_contrast: 0", 0.01)), 0)
    backend, product = RasterBackend(), snapshot.products[0]
    labels = backend.label(snapshot, product)
    with_it, without = (
        shown(backend.render(s, product, Wanted(hdr=True)).buffers.hdr, s, product.sensor)  # type: ignore[arg-type]
        for s in (snapshot, undamaged(snapshot))
    )
    assert labels.defect is not None
    mask = labels.defect >= 0
    difference = float(np.abs(with_it - without)[mask].mean(0).max())
    assert mask.sum() > 25 and difference > 2
    return float(np.sqrt((difference * 5 / ratio) ** 2 - 2 / 12))


@pytest.mark.parametrize(("ratio", "is_labelled"), [(5.1, True), (4.9, False)])
def test_a_scratch_is_labelled_from_the_contrast_on_that_the_scene_asks_for(
    open_scene: Opener, ratio: float, is_labelled: bool
) -> None:
    noise = _noise_that_makes(open_scene, ratio)
    snapshot = snapshot_of(open_scene(SCENE % ("least_contrast: 5", noise)), 0)
    backend, product = RasterBackend(), snapshot.products[0]
    labels = backend.label(snapshot, product)
    rendered = backend.render(snapshot, product)

    assert labels.defect is not None and rendered.labels is not None
    assert (labels.defect >= 0).any() == is_labelled
    assert np.array_equal(rendered.labels.defect, labels.defect)
    assert labels.faint is None


@pytest.mark.parametrize(("ratio", "is_seen"), [(5.1, True), (4.9, False)])
def test_a_faint_scratch_can_keep_a_label_that_says_so(
    open_scene: Opener, tmp_path: Path, ratio: float, is_seen: bool
) -> None:
    noise = _noise_that_makes(open_scene, ratio)
    write(open_scene, tmp_path, "CocoWriter", 1, SCENE % ("least_contrast: 5, below: invisible", noise))
    notes = json.loads((tmp_path / "annotations/instances.json").read_text())
    names = {c["id"]: c["name"] for c in notes["categories"]}
    (scratch,) = [a for a in notes["annotations"] if names[a["category_id"]] == "scratch"]

    assert scratch.get("visible", True) is is_seen
    assert all("visible" not in a for a in notes["annotations"] if a is not scratch)


PEG = """red: {create.material_omnipbr: {diffuse: [0.6, 0.02, 0.02]}}
peg: {create.cube: {scale: 0.01, material: red, position: [0, 0, 0.005]}}
loss: {with.frames: {with.peg: {defects.missing_part: {count: 1}}}}
"""


def test_a_missing_part_goes_by_the_same_rule(open_scene: Opener) -> None:
    shows = []
    for noise in (1.0, 1000.0):
        snapshot = snapshot_of(open_scene(SCENE[: SCENE.index("marks:")] % ("", noise) + PEG), 0)
        labels = RasterBackend().label(snapshot, snapshot.products[0])
        assert labels.defect is not None
        shows.append(bool((labels.defect >= 0).any()))

    assert shows == [True, False]
