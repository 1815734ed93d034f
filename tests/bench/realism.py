"""How near the qualities of the rasterizer, and its peers, come to a path tracer, and what they take.

    python tests/bench/realism.py [--samples 1024] [--only room] [--pictures FOLDER] [--truths FOLDER] [--peers]
        [--cycles PYTHON] [--assets FOLDER]

Each scene of `lit_scenes.py` is drawn by `raster` in each quality and by the mitsuba backend without a denoiser at many
samples; with `--peers` by pyrender (where OpenGL is there) and by Mitsuba at 16 samples, denoised, too; with `--cycles`
by Cycles at 16 samples, denoised: PYTHON is an interpreter that has Blender's module bpy. It prints PSNR and SSIM of
the displayed pictures against Mitsuba's, FLIP where the package flip-evaluator is installed (0 is best), and the CPU
time of a frame over that of `fast`, the median of five. Mitsuba's own noise bounds the PSNR: give more samples where it
shows. `--truths` keeps its pictures for the next run. The scene `bottle` has real models under a real environment, all
of which lie beside the checkout (`--assets`); where they do not, it is left out, which is said.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any

import cv2
import numpy as np
from by_cycles import handed
from lit_scenes import SCENES, is_there, write_scene

import rendersdg
from rendersdg.backends import BACKENDS
from rendersdg.backends.film import developed
from rendersdg.backends.mitsuba import MitsubaBackend
from rendersdg.backends.quality import QUALITIES, QUALITY
from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import RenderSDGError
from rendersdg.frame import PICTURE_AND_LABELS, Wanted

SHARED = Path(__file__).resolve().parents[3] / "shared"


def psnr(a: Any, b: Any) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(float) - b.astype(float)) ** 2), 1e-9)))


def ssim(a: Any, b: Any) -> float:
    """Return the mean structural similarity of the luminances (Wang et al. 2004: Gaussian of 1.5 pixels)."""

    def smooth(x: Any) -> Any:
        return cv2.GaussianBlur(x, (11, 11), 1.5)

    x, y = (cv2.cvtColor(i, cv2.COLOR_RGB2GRAY).astype(float) for i in (a, b))
    mx, my = smooth(x), smooth(y)
    vx, vy, both = smooth(x * x) - mx * mx, smooth(y * y) - my * my, smooth(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * mx * my + c1) * (2 * both + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean())


def flip(a: Any, b: Any) -> float:
    """Return the mean FLIP error (Andersson et al. 2020) of picture a against b; NaN without its package."""
    if importlib.util.find_spec("flip_evaluator") is None:
        return float("nan")
    import flip_evaluator

    return float(flip_evaluator.evaluate(b.astype(np.float32) / 255, a.astype(np.float32) / 255, "LDR")[1])


def timed(draw: Callable[[Any], Any], snapshot: Any, *, rounds: int) -> tuple[Any, float]:
    """Return the picture, and the CPU seconds of a frame after the first: the median of the rounds."""
    rgb = draw(snapshot).rgb[..., :3].copy()
    spent = []
    for _ in range(rounds):
        again = replace(snapshot)  # nothing that belongs to one frame is kept
        before = time.process_time()
        draw(again)
        spent.append(time.process_time() - before)
    return rgb, median(spent)


def truth_of(name: str, snapshot: Any, samples: int, folder: Path) -> Any:
    """Return Mitsuba's picture at many samples: the folder's, or one that is drawn and put there."""
    kept = folder / f"{name}_{samples}.npy"
    if kept.is_file():
        return np.load(kept)
    tracer = MitsubaBackend()
    tracer._denoiser = None
    traced = replace(snapshot, settings={**snapshot.settings, "samples_per_pixel": samples})
    rgb = tracer.render(traced, traced.products[0], Wanted())[0].rgb[..., :3].copy()
    np.save(kept, rgb)
    return rgb


def by_cycles(python: Path, snapshot: Any) -> tuple[Any, float]:
    """Return the picture by Cycles at 16 samples, denoised, and its CPU seconds. ``python`` has Blender's ``bpy``."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        handed(snapshot, folder)
        script = Path(__file__).with_name("by_cycles.py")
        subprocess.run([python, script, folder, "16"], check=True, capture_output=True)
        light = np.load(folder / "light.npy")
        return developed(light, snapshot)[..., :3], float((folder / "seconds.txt").read_text())


def ways(with_peers: bool, cycles: Path | None) -> dict[str, Callable[[Any], tuple[Any, float]]]:
    """Return by name what gives the picture of a snapshot and its CPU seconds."""
    raster = RasterBackend()

    def by_quality(quality: str) -> Callable[[Any], Any]:
        def draw(s: Any) -> Any:
            asked = replace(s, settings={**s.settings, QUALITY: quality})
            return raster.render(asked, asked.products[0], PICTURE_AND_LABELS)[0]

        return draw

    found = {q: partial(timed, by_quality(q), rounds=5) for q in QUALITIES}
    if with_peers:
        try:
            gl = BACKENDS["pyrender"]()
            found["pyrender"] = partial(timed, lambda s: gl.render(s, s.products[0], Wanted())[0], rounds=3)
        except RenderSDGError as error:
            print(f"without pyrender: {error}")
        tracer = MitsubaBackend()

        def few(s: Any) -> Any:
            traced = replace(s, settings={**s.settings, "samples_per_pixel": 16})
            return tracer.render(traced, traced.products[0], Wanted())[0]

        found["mitsuba 16"] = partial(timed, few, rounds=1)
    if cycles is not None:
        found["cycles 16"] = partial(by_cycles, cycles)
    return found


def compare(name: str, options: argparse.Namespace, truths: Path, drawers: dict[str, Any]) -> dict[str, Any]:
    """Print a line for each way to draw a scene; return their figures."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = rendersdg.load(write_scene(name, Path(folder), options.assets)).frame(0)._moment.capture.snapshot
    truth = truth_of(name, snapshot, options.samples, truths)
    fast, drawn, figures = 0.0, [truth], {}
    print(name, flush=True)
    for way, draw in drawers.items():
        try:
            rgb, seconds = draw(snapshot)
        except ValueError as error:  # of what Cycles is not told of
            print(f"  without {way}: {error}")
            continue
        fast = fast or seconds
        drawn.append(rgb)
        figures[way] = (psnr(rgb, truth), ssim(rgb, truth), flip(rgb, truth), seconds / fast)
        decibel, likeness, error, ratio = figures[way]
        print(
            f"  {way}: {decibel:.1f} dB, SSIM {likeness:.3f}, FLIP {error:.3f}, {1000 * seconds:.0f} ms, "
            f"{ratio:.1f} x fast",
            flush=True,
        )
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(options.pictures / f"{name}.png"), np.concatenate(drawn, 1)[..., ::-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--only", nargs="+", choices=[*SCENES])
    parser.add_argument("--pictures", type=Path, help="a folder for pictures: Mitsuba's, then those of each way")
    parser.add_argument("--truths", type=Path, help="a folder that keeps Mitsuba's pictures")
    parser.add_argument("--peers", action="store_true", help="pyrender, and Mitsuba at 16 samples with its denoiser")
    parser.add_argument("--cycles", type=Path, metavar="PYTHON", help="Cycles, by an interpreter that has bpy")
    parser.add_argument("--assets", type=Path, default=SHARED / "assets", help="where real models and maps are")
    options = parser.parse_args()
    names = [name for name in options.only or SCENES if is_there(name, options.assets)]
    for name in options.only or SCENES:
        if name not in names:
            print(f"without {name}: {options.assets} has not all that it reads")
    if not names:
        return
    drawers = ways(options.peers, options.cycles)
    with tempfile.TemporaryDirectory() as folder:
        truths = options.truths or Path(folder)
        truths.mkdir(parents=True, exist_ok=True)
        found = [compare(name, options, truths, drawers) for name in names]
    print("mean")
    for way in drawers:
        drawn = [figures[way] for figures in found if way in figures]
        if not drawn:
            continue
        means = [fmean(figures[k] for figures in drawn) for k in range(4)]
        print(
            f"  {way}, {len(drawn)} scenes: {means[0]:.1f} dB, SSIM {means[1]:.3f}, FLIP {means[2]:.3f}, "
            f"{means[3]:.1f} x fast"
        )


if __name__ == "__main__":
    main()
