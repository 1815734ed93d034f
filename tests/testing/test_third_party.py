"""A made-up package of somebody else's: its backend, writer and annotator get all that ours get."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from writers.encoders import read_image

PACKAGE = '''
"""Somebody else's plug-ins for rendersdg."""

import json
from dataclasses import replace

import numpy as np

from rendersdg.backends.film import developed
from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import NotSupported
from rendersdg.frame import Buffers, Rendered, Wanted
from writers import Writer


class ThinLens:
    """The rasterizer seen from several places of an open lens."""

    provides = frozenset({"hdr", "instants", "materials", "lens"})

    def __init__(self):
        self.inner = RasterBackend()

    def render(self, snapshot, product, wanted):
        camera = product.camera
        if camera.model != "pinhole":
            raise NotSupported(f"{camera.prim_path} is not a pinhole camera")
        places = [(0.0, 0.0)]
        if camera.lens_radius > 0:
            angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            places = [(r * np.cos(a), r * np.sin(a)) for a in angles for r in (0.4, 0.9)]
        light = [self.seen(snapshot, product, x * camera.lens_radius, y * camera.lens_radius) for x, y in places]
        hdr = np.mean(light, axis=0, dtype=np.float64).astype(np.float32)
        return Rendered(Buffers(developed(hdr, snapshot), hdr if wanted.hdr else None))

    def seen(self, snapshot, product, x, y):
        camera = product.camera
        world = camera.world_from_camera.copy()
        world[:3, 3] += world[:3, :3] @ [x, y, 0]
        centre = camera.centre_px  # what is in focus stays where it is
        if x or y:
            fx, fy = camera.focal_px
            centre = (centre[0] + x / camera.focus * fx, centre[1] - y / camera.focus * fy)
        moved = replace(product, camera=replace(camera, world_from_camera=world, centre_px=centre, lens_radius=0.0))
        return self.inner.render(snapshot, moved, Wanted(hdr=True)).buffers.hdr


class Tracer(ThinLens):
    """One that can trace paths, or says so."""

    provides = ThinLens.provides | {"path_tracing"}


def darkness(request):
    """How dark the picture is, 0 to 1."""
    return {"data": np.array([1 - request.view.buffers.rgb[..., :3].mean() / 255], np.float64), "info": {}}


class LedgerWriter(Writer):
    """A line a frame: how dark it is."""

    parameters = ("rounded",)

    def __init__(self, **params):
        super().__init__(**params)
        self.digits = int(params.get("rounded", 3))
        self.annotators = {"darkness": {}}

    def fragment(self, frame):
        return {name: round(float(data["darkness"]["data"][0]), self.digits) for name, data in frame.data.items()}

    def encode(self, frame):
        return {f"ledger_{frame.number:04d}.json": json.dumps(self.fragment(frame)).encode()}

    def finish(self, fragments, seed):
        return {"ledger.json": json.dumps([fragments[k] for k in sorted(fragments)]).encode()}
'''
ENTRY_POINTS = """
[rendersdg.backend]
thin_lens = somebodys:ThinLens
tracer = somebodys:Tracer
[rendersdg.writer]
LedgerWriter = somebodys:LedgerWriter
[rendersdg.annotator]
darkness = somebodys:darkness
"""
SUITES = """
from rendersdg.testing import check_annotator, check_backend, check_writer
check_backend("thin_lens")
check_annotator("darkness")
assert sorted(check_writer("LedgerWriter", rounded=4)) == ["ledger.json", *(f"ledger_{k:04d}.json" for k in range(3))]
import sys
assert "torch" not in sys.modules
"""
SCENE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
box: {create.cube: {position: [-0.3, 0, 0], scale: 0.2}}
room: {create.light: {light_type: dome, intensity: 800}}
eye: {create.camera: {position: [0, 0, 3], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]%s}}
view: {create.render_product: {camera: eye, resolution: [64, 36]}}
frames: {trigger.on_frame: {max_execs: 2}}
go:
  with.frames:
    with.box: {modify.pose: {position: {distribution.sequence: {items: [[-0.3, 0, 0], [0.3, 0.1, 0]]}}}}
out: {writers.get: {name: BasicWriter, init_params: {rgb: true}, render_products: view}}
"""
BLUR = "blur: {settings.carb_settings: {setting: /omni/replicator/captureMotionBlur, value: true}}\n"
LENS = ", f_stop: 40, focus_distance: 1.0"


@pytest.fixture(scope="module")
def somebodys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installed package: its code and its metadata."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "somebodys.py").write_text(PACKAGE)
    about = folder / "somebodys-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def run(somebodys: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the package is installed."""
    where = os.pathsep.join([str(ROOT), str(somebodys)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=somebodys,
        env={**os.environ, "PYTHONPATH": where},
        capture_output=True,
        text=True,
        check=False,
    )


def rendered(somebodys: Path, folder: Path, text: str, *options: str) -> dict[str, bytes]:
    """Return the files that ``rendersdg render`` makes of a scene."""
    folder.mkdir()
    (folder / "scene.yaml").write_text(text)
    done = run(
        somebodys, "-m", "rendersdg.cli", "render", str(folder / "scene.yaml"), "-o", str(folder / "out"), *options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        p.relative_to(folder / "out").as_posix(): p.read_bytes() for p in (folder / "out").rglob("*") if p.is_file()
    }


def test_it_passes_the_suites_that_we_ship(somebodys: Path) -> None:
    done = run(somebodys, "-c", SUITES)

    assert done.returncode == 0, done.stderr


def test_it_is_listed_beside_ours(somebodys: Path) -> None:
    lists = {
        kind: run(somebodys, "-m", "rendersdg.cli", "list", kind).stdout
        for kind in ("backends", "writers", "annotators")
    }

    assert "thin_lens" in lists["backends"] and "seen from several places of an open lens" in lists["backends"]
    assert "LedgerWriter" in lists["writers"] and "A line a frame" in lists["writers"]
    assert "darkness" in lists["annotators"] and "How dark the picture is" in lists["annotators"]


def test_its_backend_blurs_what_moves_and_what_is_out_of_focus(somebodys: Path, tmp_path: Path) -> None:
    scenes = {"sharp": SCENE % "", "moving": BLUR + SCENE % "", "open": SCENE % LENS}
    pictures = {
        name: read_image(rendered(somebodys, tmp_path / name, text, "--backend", "thin_lens")["rgb_0001.png"])
        for name, text in scenes.items()
    }
    contrast = {name: np.ptp(picture[..., :3].astype(int)) for name, picture in pictures.items()}
    steepest = {name: np.abs(np.diff(picture[..., :3].astype(int), axis=1)).max() for name, picture in pictures.items()}

    assert contrast["sharp"] > 20
    assert not np.array_equal(pictures["moving"], pictures["sharp"])
    assert not np.array_equal(pictures["open"], pictures["sharp"])
    assert max(steepest["moving"], steepest["open"]) < steepest["sharp"]


def test_its_writer_and_annotator_make_a_dataset(somebodys: Path, tmp_path: Path) -> None:
    text = SCENE.replace("BasicWriter, init_params: {rgb: true}", "LedgerWriter, init_params: {rounded: 2}") % ""
    files = rendered(somebodys, tmp_path / "ledger", text)
    shares = rendered(somebodys, tmp_path / "shared", text, "--workers", "2")

    ledger = json.loads(files["ledger.json"])
    assert len(ledger) == 2 and all(0 < line["Replicator"] < 1 for line in ledger)
    assert shares["ledger.json"] == files["ledger.json"]


def test_auto_takes_its_path_tracer_where_ours_is_not_installed(somebodys: Path) -> None:
    asked = (
        "import importlib.util, rendersdg.backends as b\n"
        "print(importlib.util.find_spec('mitsuba') is not None, *b.choose('auto', {'render_mode': 'pathtraced'}))"
    )
    has_mitsuba, name, *_ = run(somebodys, "-c", asked).stdout.split()

    assert name == ("mitsuba" if has_mitsuba == "True" else "tracer")
