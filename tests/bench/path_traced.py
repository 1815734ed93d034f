"""CPU time of path tracing at equal quality: our Mitsuba backend beside Blender's Cycles,
both denoised by Open Image Denoise.

    python tests/bench/path_traced.py [--kind simple] [--samples 1 2 4 8 16 32] [--reference 512]

Each renderer is held against its own picture at many samples without a denoiser, both display-encoded by our film, so
neither is blamed for shading as the other would not. The error is the root mean square in levels of 255; the last line
says what each takes, interpolated, to come as near as ours does at 16 samples.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bench_scene import KINDS, snapshots
from render_peers import Cycles, _cpu

from rendersdg.colour import filmic, srgb_from_linear
from rendersdg.frame import Wanted
from rendersdg.snapshot import Snapshot

FRAME = 0


class Ours:
    """The mitsuba backend."""

    def __init__(self, snapshot: Snapshot) -> None:
        from rendersdg.backends.mitsuba import MitsubaBackend

        self.backend = MitsubaBackend()
        self.denoiser = self.backend._denoiser
        if self.denoiser is None:
            raise SystemExit("pyoidn is not installed")

    def render(self, snapshot: Snapshot, samples: int, *, denoised: bool) -> Any:
        self.backend._denoiser = self.denoiser if denoised else None
        asked = replace(snapshot, settings={**snapshot.settings, "samples_per_pixel": samples})
        return self.backend.render(asked, asked.products[0], Wanted()).buffers.rgb[..., :3]


class Blender(Cycles):
    """Cycles, its picture read back as linear light."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self.scene.render.image_settings.file_format = "OPEN_EXR"
        self.scene.render.image_settings.color_depth = "32"
        self.scene.cycles.denoiser = "OPENIMAGEDENOISE"
        self.scene.cycles.denoising_use_gpu = False

    def sampled(self, snapshot: Snapshot, samples: int, *, denoised: bool) -> Any:
        self.scene.cycles.samples, self.scene.cycles.use_denoising = samples, denoised
        self.render(snapshot)
        image = self.bpy.data.images.load(self.scene.render.filepath)
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(pixels)
        self.bpy.data.images.remove(image)
        light = pixels.reshape(height, width, 4)[::-1, :, :3]
        return np.round(srgb_from_linear(filmic(np.maximum(light, 0))) * 255).astype(np.uint8)


def worker(name: str, kind: str, samples: list[int], reference: int, out: str | None) -> None:
    """Print a JSON list with the CPU seconds and the error at each sample count."""
    said = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Blender talks
    frame = snapshots(kind)
    peer: Any = Ours(frame(FRAME)) if name == "mitsuba" else Blender(frame(FRAME))
    render = peer.render if name == "mitsuba" else peer.sampled
    snapshot = frame(FRAME)
    render(snapshot, 1, denoised=True)  # compile
    converged = render(snapshot, reference, denoised=False).astype(np.float64)
    rows = []
    for count in samples:
        before = _cpu()
        picture = render(snapshot, count, denoised=True)
        rows.append(
            {"samples": count, "cpu": _cpu() - before, "rms": float(np.sqrt(((picture - converged) ** 2).mean()))}
        )
        if out:
            cv2.imwrite(f"{out}/{name}_{count}.png", picture[..., ::-1])
    if out:
        cv2.imwrite(f"{out}/{name}_{reference}.png", converged[..., ::-1].astype(np.uint8))
    print(json.dumps(rows), file=said, flush=True)


def main() -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="simple", choices=list(KINDS))
    parser.add_argument("--samples", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--reference", type=int, default=512)
    parser.add_argument("--out", help="a folder for the pictures")
    parser.add_argument("--worker", choices=["mitsuba", "cycles"])
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.kind, options.samples, options.reference, options.out)
        return
    found: dict[str, list[dict[str, float]]] = {}
    for name in ("mitsuba", "cycles"):
        run = subprocess.run(
            [sys.executable, *sys.argv, "--worker", name], stdout=subprocess.PIPE, text=True, check=True
        )
        found[name] = json.loads(run.stdout)
        for row in found[name]:
            print(
                f"{name:8s} {row['samples']:4d} samples  {row['cpu']:7.2f} CPU s  rms {row['rms']:.2f} of 255",
                flush=True,
            )
    goal = next(r["rms"] for r in found["mitsuba"] if r["samples"] == 16)
    took = {name: _time_at(rows, goal) for name, rows in found.items()}
    print(
        f"at rms {goal:.2f}: mitsuba {took['mitsuba']:.2f} CPU s, cycles {took['cycles']:.2f}, "
        f"{took['cycles'] / took['mitsuba']:.2f} x"
    )


def _time_at(rows: list[dict[str, float]], goal: float) -> float:
    """Return the CPU seconds at an error, between the logarithms of both; nan beyond what was measured."""
    rows = sorted(rows, key=lambda r: r["rms"])
    errors, times = (np.log([r[k] for r in rows]) for k in ("rms", "cpu"))
    return float(np.exp(np.interp(np.log(goal), errors, times, left=np.nan, right=np.nan)))


if __name__ == "__main__":
    main()
