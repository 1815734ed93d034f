"""Procedural surfaces keep the statistics that were set, and fitting finds them again in photographs."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rendersdg.assets.surfaces import DIRECTIONS, OCTAVES, SURFACES, make_surface, spectral
from rendersdg.defects.kinds.crazing import Crazing
from rendersdg.defects.kinds.patch import Patch
from rendersdg.defects.layers import Layers
from rendersdg.errors import AssetError, BadArgument, BadScene, RenderSDGError
from rendersdg.fit.edit import arguments, changed
from rendersdg.fit.fit import FitPlan, _Measured, beside, captures, fit, read_labelled, read_photographs
from rendersdg.fit.statistics import NAMES, distance, spectra, statistics, told_apart
from rendersdg.fit.tune import Number
from tests.conftest import HEAD, Opener

PLATE = (
    HEAD
    + """
plate: {create.plane: {scale: [0.21, 0.21, 1]}}
room: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 0, 4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 419.1, clipping_range: [0.1, 10]}}
view: {create.render_product: {camera: eye, resolution: [128, 128]}}
frames: {trigger.on_frame: {max_execs: 50}}
look:
  with.frames:
    with.plate:
      surfaces.hot_rolled:
        # the steel
        specular: 0
        level: %s
        grain: 0
bench: {with.frames: {with.eye: {inspection.sensor: {mono: true, tone: linear, bits: 8, gain: 0.01, read_noise: 10}}}}
"""
)


TABLES = st.just(()) | st.lists(
    st.lists(st.floats(-6, 6), min_size=len(DIRECTIONS), max_size=len(DIRECTIONS)), min_size=7, max_size=7
)


@given(st.lists(st.floats(0.01, 0.2), min_size=7, max_size=7), st.floats(0.2, 5), st.integers(0, 1000), TABLES)
@settings(max_examples=20, deadline=None)
def test_each_octave_has_the_deviation_that_was_asked_for(
    wanted: list[float], stretch: float, seed: int, table: tuple[tuple[float, ...], ...]
) -> None:
    side = 256
    image = spectral(np.random.default_rng(seed), side, wanted, (stretch,) * 7, table).astype(float)
    power = np.abs(np.fft.fft2(image)) ** 2 / side**4
    place = np.fft.fftfreq(side) * side
    radius = np.hypot(place[None], place[:, None])

    for (low, high), value in zip(OCTAVES, wanted):
        assert np.sqrt(power[(radius >= low) & (radius < high)].sum()) == pytest.approx(value, rel=1e-3)


def test_stretched_features_are_longer_along_y() -> None:
    image = spectral(np.random.default_rng(0), 256, [0, 0, 0.1, 0.1, 0.1, 0, 0], (4.0,) * 7)

    assert np.abs(np.diff(image, axis=1)).mean() > 2 * np.abs(np.diff(image, axis=0)).mean()


@pytest.mark.parametrize("rows", [7, 14])
def test_a_spectrum_says_how_the_energy_lies(rows: int) -> None:
    """Density falls by 2 each octave and by 2^(angle / 22.5) away from the x axis: the table is a formula to compare
    with.
    """
    side = 256
    place = np.fft.fftfreq(side) * side
    radius = np.maximum(np.hypot(place[None], place[:, None]), 1)
    angle = np.degrees(np.arctan2(np.abs(place[:, None]), np.abs(place[None])))
    density = 2.0 ** (-np.log2(radius) - angle / 22.5)
    octaves = [np.sqrt(density[(radius >= low) & (radius < high)].sum()) for low, high in OCTAVES]
    table = tuple(tuple(-k * 7 / rows - a / 22.5 for a in DIRECTIONS) for k in range(rows))
    total = np.zeros((side, side))
    for seed in range(60):
        image = spectral(np.random.default_rng(seed), side, octaves, table=table).astype(float)
        total += np.abs(np.fft.fft2(image)) ** 2 / 60 / side**4

    for low, high in ((16, 23), (23, 45), (45, 64), (64, 80), (80, 120), (120, 180)):
        for a, b in ((0, 7), (7, 16), (16, 22), (22, 38), (38, 45), (60, 67), (83, 91)):
            cell = (radius >= low) & (radius < high) & (angle >= a) & (angle < b)
            if cell.any():
                assert total[cell].sum() == pytest.approx(density[cell].sum(), rel=0.2), (low, a)


def test_contrast_scales_the_octaves_alone() -> None:
    def maps(**given: float) -> np.ndarray:
        values = {"level": 0.4, "octave_4": 0.1, "slope_x": 0.1, "grain": 0, **given}
        return make_surface("hot_rolled", values).maps(np.random.default_rng(1)).colour[..., 0]

    flat, plain, strong = maps(contrast=0), maps(), maps(contrast=2)
    assert np.allclose(strong - flat, 2 * (plain - flat), atol=1e-6)
    assert flat[0, -1] - flat[0, 0] == pytest.approx(0.04, abs=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [[[0] * 7] * 6, [[0] * 7] * 13, [[0] * 6] * 7, "steep", [[0] * 7] * 6 + [[float("nan")] * 7], [[99] * 7] * 7],
)
def test_a_spectrum_of_another_shape_is_refused(wrong: object) -> None:
    with pytest.raises(BadArgument, match=r"spectrum must be 7 rows \(octaves\) or 14"):
        make_surface("hot_rolled", {"spectrum": wrong})


def test_what_lies_in_boxes_is_left_out_of_the_fine_structure() -> None:
    rng = np.random.default_rng(0)
    plain = [np.clip(np.round(120 + 6 * rng.standard_normal((200, 200))), 0, 255).astype(np.uint8) for _ in range(12)]
    marked = [image.copy() for image in plain]
    for image in marked:
        image[40:120, 60:160] = 40
        image[40:120:4, 60:160] = 220
    bare = beside((200, 200), [(60, 40, 160, 120)])
    assert bare.sum() == 200 * 200 - 80 * 100

    truth = np.log2(np.median(spectra(plain), 0))[6:]
    seen = np.log2(np.median(spectra(marked), 0))[6:]
    found = np.log2(np.median(spectra(marked, [bare] * 12), 0))[6:]
    assert np.abs(seen - truth).max() > 4
    assert np.abs(found - truth).max() < 0.6
    assert np.abs(found - truth).mean() < 0.15


def test_cracks_keep_to_their_direction_and_edges_break_up() -> None:
    steep = []
    for lean in (0.0, 1.0):
        layers = Layers((140.0, 90.0), 0.5)
        Crazing(lean=lean, gaps=0).paint(layers, np.random.default_rng(4))
        dark = (1 - layers.gain).astype(np.float32)
        gx, gy = (np.abs(np.diff(dark, axis=axis)).sum() for axis in (1, 0))
        steep.append(gy / gx)
    assert steep[0] == pytest.approx(1, abs=0.25)
    assert steep[1] > 1.3  # lines along x have their edges across y

    length, dark_share = [], []
    for ragged in (0.0, 1.0):
        layers = Layers((120.0, 100.0), 0.5)
        Patch(mottle=0, blur=14, ragged=ragged).paint(layers, np.random.default_rng(4))
        inside = (layers.gain < 0.735).astype(np.uint8)
        length.append(
            sum(cv2.arcLength(c, True) for c in cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0])
        )
        dark_share.append(inside.mean())
    assert length[1] > 1.5 * length[0]
    assert dark_share[1] == pytest.approx(dark_share[0], rel=0.1)


@pytest.mark.parametrize("kind", list(SURFACES))
def test_a_surface_tiles_without_a_seam_and_keeps_its_level(kind: str) -> None:
    surface = make_surface(kind, {"texels": 256, "level": 0.4})
    maps = surface.maps(np.random.default_rng(3))
    grey = maps.colour.mean(-1)

    assert maps.colour.shape == (256, 256, 3)
    assert grey.min() >= 0 and grey.max() <= 1
    if kind in ("ground", "rough", "car_paint"):  # light, tracks and passes of a tool need not come round
        inside = np.abs(np.diff(grey, axis=1)).mean()
        assert np.abs(grey[:, 0] - grey[:, -1]).mean() < 2.5 * inside
    if kind not in ("board", "weld_seam", "fabric"):  # those have dark parts of their own
        assert grey.mean() == pytest.approx(0.4 * (surface.red + surface.green + surface.blue) / 3, rel=0.1)


def test_statistics_of_a_known_picture() -> None:
    x = np.arange(200)
    image = 120 + 20 * np.sin(2 * np.pi * 12 * x / 200)[None] + np.linspace(-15, 15, 200)[:, None]
    found = statistics(np.clip(np.round(image), 0, 255).astype(np.uint8))

    assert found["mean"] == pytest.approx(120, abs=0.2)
    assert found["octave_4"] == pytest.approx(20 / np.sqrt(2), rel=0.05)  # 12 cycles lie in 8 to 16
    assert found["octave_6"] < 0.5
    assert found["slope_y"] == pytest.approx(30, rel=0.05)
    assert abs(found["slope_x"]) < 6
    assert found["lean"] > 100


def test_a_surface_is_new_in_each_frame_and_comes_back_with_it(open_scene: Opener) -> None:
    session = open_scene(PLATE % 0.4, bare=True)
    images = [session.capture(session.planner.plan(k)).views["Replicator"].buffers.rgb for k in (0, 1, 0)]

    assert np.array_equal(images[0], images[2])
    assert not np.array_equal(images[0], images[1])
    assert images[0][..., 0].mean() == pytest.approx(0.4 * 255, abs=3)


def test_fitting_finds_known_parameters_again(tmp_path: Path) -> None:
    known = (
        "0.45\n        octave_3: 0.05\n        octave_5: 0.03\n        octave_6: 0.02\n        bands_x: 0.06\n       "
        " slope_y: 0.2"
    )
    truth, guess, photos = tmp_path / "truth.yaml", tmp_path / "guess.yaml", tmp_path / "photos"
    lens = PLATE.replace(
        "read_noise: 10", "read_noise: 10, blur: 0.9"
    )  # takes from fine octaves: what is seen is not what is set
    truth.write_text(lens % known)
    guess.write_text(lens % 0.7)
    photos.mkdir()
    from rendersdg.fit.fit import _measure
    from rendersdg.orchestrator.session import Session
    from rendersdg.scene.recorder import recording
    from rendersdg.yaml.parser import SceneParser

    with recording(tmp_path) as recorder:
        SceneParser(recorder).read(truth)
        session = Session(recorder, seed=77, needs_writer=False)
        for frame in range(20):
            rgb = session.capture(session.planner.plan(frame)).views["Replicator"].buffers.rgb
            cv2.imwrite(str(photos / f"{frame:02d}.png"), rgb[..., 0])
    found = fit(guess, read_photographs(photos, 20), FitPlan(frames=16, rounds=5))
    fitted = _measure(guess, found.text, product=None, frames=24, seed=5, bare=False).table

    before, after = found.distances
    assert after < 0.5 * before
    for name, error in (("mean", 0.03), ("octave_3", 0.15), ("octave_5", 0.12), ("octave_6", 0.12), ("bands_x", 0.35)):
        assert np.median(fitted[name]) == pytest.approx(np.median(found.real[name]), rel=error), name
    assert np.median(fitted["slope_y"]) == pytest.approx(np.median(found.real["slope_y"]), abs=8)
    assert "# the steel" in found.text
    assert "photographs" in found.report()


def test_a_fit_halves_the_distance_to_real_photographs(tmp_path: Path) -> None:
    from tests.conftest import needs_shared

    folder = needs_shared("data", "neu-det")
    names = [n for n in (folder / "splits" / "val.txt").read_text().split() if n.startswith("rolled")][:24]
    photographs = [
        cv2.imread(str(folder / "images" / f"{n.removesuffix('.jpg')}.jpg"), cv2.IMREAD_GRAYSCALE) for n in names
    ]
    scene = tmp_path / "scene.yaml"
    scene.write_text(PLATE % 0.4)

    before, after = fit(scene, photographs, FitPlan(frames=12, rounds=4)).distances  # type: ignore[arg-type]
    assert after < 0.5 * before


def test_a_fit_finds_the_direction_of_fine_structure_and_keeps_what_it_is_told_to(tmp_path: Path) -> None:
    table = [[-0.04 * a for a in DIRECTIONS] for _ in range(7)]
    rng = np.random.default_rng(2)
    octaves = [0, 0, 0.03, 0.03, 0.03, 0.03, 0.03]
    photographs = [
        np.clip(255 * 0.5 * (1 + spectral(rng, 128, octaves, table=tuple(map(tuple, table)))), 0, 255).astype(np.uint8)
        for _ in range(20)
    ]
    scene = tmp_path / "scene.yaml"
    scene.write_text(PLATE % "0.4\n        octave_4: 0.03\n        octave_7: 0.03\n        stretch_fine: 2.5")
    kept = ("level", "octave_1", "stretch_fine")  # the stretch leans too: what the photographs show is not what to set
    found = fit(scene, photographs, FitPlan(frames=12, rounds=5, keep=kept))

    def leans(text: str) -> np.ndarray:
        from rendersdg.fit.fit import _measure

        cells = _measure(scene, text, product=None, frames=16, seed=9, bare=False).spectrum
        return np.asarray(cells[6:, 0] - cells[6:, -1])

    assert "level: 0.4\n" in found.text and "octave_1" not in found.text and "stretch_fine: 2.5\n" in found.text
    assert leans(found.text)[:6] == pytest.approx(np.full(6, 3.6), abs=1)  # the frame has no seventh octave
    with pytest.raises(BadArgument, match="fit does not change colour; it changes band"):
        fit(scene, photographs, FitPlan(keep=("colour",)))


def test_what_a_fit_compares_heeds_directions() -> None:
    rng = np.random.default_rng(4)

    def noise(table: list[float]) -> _Measured:
        rows = tuple(tuple(table) for _ in range(7))
        made = [spectral(rng, 128, [0, 0, 0, 0.05, 0.05, 0.05, 0.05], table=rows) for _ in range(10)]
        return _Measured.of([np.clip(255 * (0.5 + 0.5 * m), 0, 255).astype(np.uint8) for m in made], None)

    straight, again, slanting = (
        noise([0, 0, -4, -4, -4, 0, 0]),
        noise([0, 0, -4, -4, -4, 0, 0]),
        noise([-4, -4, 0, 0, 0, -4, -4]),
    )
    away, near = (straight.apart(other) - distance(straight.table, other.table) for other in (slanting, again))
    assert straight.apart(straight) == pytest.approx(0, abs=1e-9)
    assert away > 4 > 1 > near > 0


MARKS = """
marks:
  with.frames:
    with.plate:
      defects.patch: {count: 3, length: 60, breadth: 40, gain: {distribution.uniform: {lower: %s, upper: %s}}}
"""


def test_numbers_of_defects_are_tuned_with_the_surface(tmp_path: Path) -> None:
    surface = "{distribution.normal: {mean: 0.5, std: 0.05}}\n        octave_3: 0.04\n        octave_5: 0.03"
    scene = tmp_path / "scene.yaml"
    scene.write_text(PLATE % surface + MARKS % (0.45, 0.55))
    photographs = [
        cv2.cvtColor(np.ascontiguousarray(capture.views[name].buffers.rgb[..., :3]), cv2.COLOR_RGB2GRAY).astype(
            np.uint8
        )
        for capture, name in captures(scene, scene.read_text(), product=None, frames=40, seed=5)
    ]
    scene.write_text(PLATE % surface + MARKS % (0.75, 0.85))
    found = fit(scene, photographs, FitPlan(frames=14, rounds=2, tune=("marks.defects.patch.gain",), turns=3))
    gain = arguments(found.text, "marks", "defects.patch")["gain"]["distribution.uniform"]

    assert gain["lower"] + gain["upper"] == pytest.approx(1.0, abs=0.12)  # from 1.6
    before, after = (np.mean([told_apart(found.real, t, k) for k in range(5)]) for t in (found.before, found.after))
    assert after < 0.85 < 0.99 < before
    with pytest.raises(BadArgument, match=r"GROUP\.FUNCTION\.ARGUMENT"):
        fit(scene, photographs, FitPlan(tune=("gain",)))
    with pytest.raises(BadScene, match=r"defects\.patch sets no blur; known: breadth, count"):
        fit(scene, photographs, FitPlan(tune=("marks.defects.patch.blur",)))
    with pytest.raises(BadArgument, match="7 photographs are too few"):
        fit(scene, photographs[:7], FitPlan(tune=("marks.defects.patch.gain",)))
    assert "told from photographs" in found.report()


def test_how_well_statistics_tell_two_sets_apart() -> None:
    rng = np.random.default_rng(0)
    here, there = ({name: rng.standard_normal(400) for name in NAMES} for _ in range(2))
    away = {name: values + (0.5 if name in ("mean", "grain") else 0.0) for name, values in there.items()}

    assert told_apart(here, there) == pytest.approx(0.5, abs=0.08)
    # two independent shifts of half a deviation are sqrt(0.5) together: the best line has AUC Phi(sqrt(0.5) / sqrt(2))
    assert np.mean([told_apart(here, away, seed) for seed in range(5)]) == pytest.approx(0.6915, abs=0.06)
    assert told_apart(here, {name: values + 5 for name, values in there.items()}) == 1.0


@given(st.floats(0.5, 2))
@example(1.00001)  # too near to 1 to show
@settings(max_examples=20, deadline=None)
def test_a_number_is_scaled_with_its_whole_distribution(factor: float) -> None:
    text = (
        "a:\n  b.c:\n    gain: {distribution.uniform: {lower: 0.5, upper: 1.4}}\n    other_gain: "
        "{distribution.normal: {mean: 0.8, std: 0.1}}\n    size: {distribution.choice: {choices: "
        "[1, {distribution.normal: {mean: 4, std: 1}}], weights: [3, 1]}}\n    name: x\n    none: 0\n"
    )
    gain = arguments(Number("a", "b.c", "gain").scaled(text, factor), "a", "b.c")["gain"]["distribution.uniform"]
    size = arguments(Number("a", "b.c", "size").scaled(text, factor), "a", "b.c")["size"]["distribution.choice"]

    other = arguments(Number("a", "b.c", "other_gain").scaled(text, factor), "a", "b.c")["other_gain"]

    assert other["distribution.normal"] == pytest.approx({"mean": 1 - 0.2 * factor, "std": 0.1 * factor}, rel=1e-3)
    assert [gain["lower"], gain["upper"]] == pytest.approx([max(1 - 0.5 * factor, 0), 1 + 0.4 * factor], rel=1e-3)
    assert size["weights"] == [3, 1] and size["choices"][0] == pytest.approx(factor, rel=1e-3)
    assert size["choices"][1]["distribution.normal"] == pytest.approx({"mean": 4 * factor, "std": factor}, rel=1e-3)
    for name in ("name", "none"):
        with pytest.raises(BadArgument, match=f"{name}: nothing in .* scales"):
            Number("a", "b.c", name).scaled(text, 3)


def test_photographs_of_many_sizes_are_fitted_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    shapes = [(100, 90), (200, 160), (300, 140)]  # the first has no seventh octave
    photographs = [np.clip(90 + 5 * rng.standard_normal(shapes[k % 3]), 0, 255).astype(np.uint8) for k in range(9)]
    scene = tmp_path / "scene.yaml"
    scene.write_text(PLATE % "0.6")
    before, after = fit(scene, photographs, FitPlan(frames=8, rounds=6)).distances

    assert after < 0.7 * before


def test_labelled_photographs_know_where_they_are_bare(tmp_path: Path) -> None:
    images = []
    for k, shade in enumerate((40, 80, 120)):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((30, 40), shade, np.uint8))
        images.append({"id": k, "file_name": f"{k}.png", "width": 40, "height": 30})
    boxes = [
        {"id": 0, "image_id": 0, "category_id": 1, "bbox": [5, 5, 10, 20], "area": 200, "iscrowd": 0},
        {"id": 1, "image_id": 2, "category_id": 2, "bbox": [0, 0, 4, 4], "area": 16, "iscrowd": 0},
    ]
    names = [{"id": 1, "name": "dent"}, {"id": 2, "name": "pit"}]
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"images": images, "annotations": boxes, "categories": names}))
    found, grounds = read_labelled(f"coco:{labels}", 9)
    pits, bare = read_labelled(f"coco:{labels}", 9, "pit")

    assert [int(p[0, 0]) for p in found] == [40, 80, 120]
    assert grounds is not None and [int((~g).sum()) for g in grounds if g is not None] == [200, 0, 16]
    assert len(pits) == 1 and bare is not None and bare[0] is not None and not bare[0][:4, :4].any()
    with pytest.raises(AssetError, match=r"no class 'pot'.*pit"):
        read_labelled(f"coco:{labels}", 9, "pot")


def test_only_the_arguments_change() -> None:
    text = (
        "a:  # first\n  surfaces.hot_rolled:\n    level: {distribution.uniform: {lower: 1, upper: 2}}  # x\n    "
        "band: 3\nb: 4\n"
    )

    assert changed(text, "a", "surfaces.hot_rolled", {"level": "7", "grain": "0"}) == (
        "a:  # first\n  surfaces.hot_rolled:\n    grain: 0\n    level: 7  # x\n    band: 3\nb: 4\n"
    )
    with pytest.raises(BadScene, match="no call"):
        changed(text, "b", "surfaces.hot_rolled", {})


def test_what_cannot_be_fitted_is_said(tmp_path: Path) -> None:
    scene = tmp_path / "scene.yaml"
    scene.write_text(HEAD + "ball: {create.sphere: {}}\n")
    with pytest.raises(BadArgument, match=r"0 calls of surfaces\.hot_rolled"):
        fit(scene, [np.zeros((64, 64), np.uint8)])
    with pytest.raises(AssetError, match="no photographs"):
        read_photographs(tmp_path / "nowhere", 5)
    cv2.imwrite(str(tmp_path / "mask.png"), np.zeros((30, 40), np.uint8))
    with pytest.raises(AssetError, match=r"mask\.png is 0 throughout: is it a mask"):
        read_photographs(tmp_path, 5)


@pytest.mark.parametrize("wrong", [{"texels": 300}, {"tile": 0}, {"level": "dark"}, {"anisotropy": 1.2}, {"coat": -1}])
def test_bad_parameters_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(RenderSDGError, match=next(iter(wrong))):
        make_surface("hot_rolled", wrong)
