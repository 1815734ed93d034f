"""How near the qualities of the rasterizer come to a path tracer, and what they take.

    python tests/bench/realism.py [--samples 64] [--only room] [--pictures FOLDER]

Each scene is drawn by `raster` in each quality and by the mitsuba backend without a denoiser at many samples. It prints
the PSNR of the displayed pictures against Mitsuba's, and the CPU time of a frame over that of `fast`, the median of
five. Mitsuba's own noise bounds the PSNR: give more samples where it shows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

import rendersdg
from rendersdg.backends.mitsuba import MitsubaBackend
from rendersdg.backends.quality import QUALITIES, QUALITY
from rendersdg.backends.raster import RasterBackend
from rendersdg.frame import PICTURE_AND_LABELS, Wanted

_HEAD = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: Z}}
white: {create.material_omnipbr: {diffuse: [0.75, 0.75, 0.75], roughness: 1.0, specular: 0.0}}
red: {create.material_omnipbr: {diffuse: [0.65, 0.06, 0.05], roughness: 0.6}}
green: {create.material_omnipbr: {diffuse: [0.12, 0.48, 0.1], roughness: 0.6}}
chrome: {create.material_omnipbr: {diffuse: [0.95, 0.93, 0.9], metallic: 1.0, roughness: 0.08}}
steel: {create.material_omnipbr: {diffuse: [0.7, 0.7, 0.72], metallic: 1.0, roughness: 0.35}}
sign: {create.material_omnipbr: {diffuse: [0, 0, 0], emissive_color: [1, 0.6, 0.2], emissive_intensity: 3000}}
"""
_THINGS = """
floor: {create.plane: {scale: [8, 8, 1], material: white}}
a: {create.sphere: {position: [0, 0, 0.5], material: chrome}}
b: {create.cube: {position: [-1.1, 0.3, 0.5], rotation: [0, 0, 30], material: red}}
c: {create.cylinder: {position: [1.0, -0.2, 0.5], material: steel}}
d: {create.torus: {position: [0.2, -1.2, 0.15], material: green}}
eye: {create.camera: {position: [0.5, -5, 2.2], look_at: [0, 0, 0.4]}}
"""
_ROOM = """
floor: {create.cube: {position: [0, 0, -0.05], scale: [2, 2, 0.1], material: white}}
top: {create.cube: {position: [0, 0, 2.05], scale: [2, 2, 0.1], material: white}}
back: {create.cube: {position: [0, 1.05, 1], scale: [2.2, 0.1, 2.2], material: white}}
left: {create.cube: {position: [-1.05, 0, 1], scale: [0.1, 2, 2.2], material: red}}
right: {create.cube: {position: [1.05, 0, 1], scale: [0.1, 2, 2.2], material: green}}
tall: {create.cube: {position: [-0.35, 0.3, 0.6], scale: [0.55, 0.55, 1.2], rotation: [0, 0, 20], material: white}}
small: {create.cube: {position: [0.4, -0.3, 0.3], scale: [0.55, 0.55, 0.6], rotation: [0, 0, -18], material: white}}
eye: {create.camera: {position: [0, -4.5, 1], look_at: [0, 0, 1]}}
"""
_VIEW = "view: {create.render_product: {camera: eye, resolution: [320, 240]}}\n"
SCENES = {
    "sky": _THINGS + "sky: {create.light: {light_type: dome, intensity: 600, texture: 'rendersdg:texture/sky'}}\n",
    "studio": _THINGS
    + "sky: {create.light: {light_type: dome, intensity: 450, texture: 'rendersdg:texture/studio'}}\n",
    "sign": _THINGS + "plate: {create.cube: {position: [0, 1.5, 1], scale: [3, 0.1, 0.8], material: sign}}\n",
    "room": _ROOM
    + "lamp: {create.light: {light_type: rect, intensity: 20000, position: [0, 0, 1.98], look_at: [0, 0, 0], "
    + "scale: [0.5, 0.5, 1]}}\n",
}


def psnr(a: Any, b: Any) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(float) - b.astype(float)) ** 2), 1e-9)))


def draw(backend: Any, snapshot: Any, wanted: Wanted) -> tuple[Any, float]:
    """Return the picture, and the CPU seconds of a frame after the first: the median of five."""
    rgb = backend.render(snapshot, snapshot.products[0], wanted)[0].rgb[..., :3].copy()
    spent = []
    for _ in range(5):
        again = replace(snapshot)  # nothing that belongs to one frame is kept
        before = time.process_time()
        backend.render(again, again.products[0], wanted)
        spent.append(time.process_time() - before)
    return rgb, median(spent)


def compare(name: str, text: str, samples: int, pictures: Path | None) -> None:
    """Print a line for each quality of a scene."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.yaml"
        path.write_text(_HEAD + text + _VIEW)
        snapshot = rendersdg.load(path).frame(0)._moment.capture.snapshot
    tracer = MitsubaBackend()
    tracer._denoiser = None
    traced = replace(snapshot, settings={**snapshot.settings, "samples_per_pixel": samples})
    before = time.process_time()
    truth = tracer.render(traced, traced.products[0], Wanted())[0].rgb[..., :3].copy()
    spent = time.process_time() - before
    print(f"{name}: mitsuba at {samples} samples {spent:.1f} s", flush=True)
    fast, drawn = 0.0, [truth]
    for quality in QUALITIES:
        asked = replace(snapshot, settings={**snapshot.settings, QUALITY: quality})
        rgb, seconds = draw(RasterBackend(), asked, PICTURE_AND_LABELS)
        fast = fast or seconds
        drawn.append(rgb)
        print(
            f"  {quality}: {psnr(rgb, truth):.1f} dB, {1000 * seconds:.0f} ms, {seconds / fast:.1f} x fast", flush=True
        )
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(pictures / f"{name}.png"), np.concatenate(drawn, 1)[..., ::-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--only", choices=[*SCENES])
    parser.add_argument("--pictures", type=Path, help="a folder for pictures: Mitsuba's, then by quality")
    options = parser.parse_args()
    for name, text in SCENES.items():
        if options.only in (None, name):
            compare(name, text, options.samples, options.pictures)


if __name__ == "__main__":
    main()
