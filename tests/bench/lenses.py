"""What lenses cost: the time of a frame (picture and labels) through each model over a pinhole's, in one run.

``python tests/bench/lenses.py [--kind hd] [--frames 5]``. Frames take turns, so that other load falls on all alike, and
the least time of each model counts. ``first`` is the frame in which a lens is new, and its rays are worked out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bench_scene import KINDS, snapshots

from rendersdg.backends.raster import RasterBackend
from rendersdg.snapshot import Camera


def cameras(pinhole: Camera) -> Iterator[tuple[str, Camera]]:
    """Yield each model with about the pinhole's field of view."""
    focal = pinhole.focal_px[0]
    barrel = (-0.28, 0.09, 0.002, -0.0015, -0.01)
    yield "pinhole", pinhole
    yield "opencvPinhole, 5", replace(pinhole, model="opencvPinhole", distortion=barrel)
    twelve = (0.9, 0.3, 0.001, 0.002, 0.02, 1.2, 0.5, 0.05, 0.002, -0.001, -0.0015, 0.0008)
    yield "opencvPinhole, 12", replace(pinhole, model="opencvPinhole", distortion=twelve)
    yield "opencvPinhole, 14", replace(pinhole, model="opencvPinhole", distortion=(*twelve, 0.02, -0.03))
    wide = replace(pinhole, max_theta=float(np.pi))
    bends = (1.0, 0.05, -0.01, 0.002, -0.0005)
    yield "opencvFisheye", replace(wide, model="opencvFisheye", polynomial=bends)
    yield "fisheyePolynomial", replace(wide, model="fisheyePolynomial", polynomial=(0.0, 1 / focal), max_theta=1.75)
    yield "fisheyeKannalaBrandtK3", replace(wide, model="fisheyeKannalaBrandtK3", polynomial=(focal, 4.0, 0.0, 0.0))
    yield "fisheyeOrthographic", replace(wide, model="fisheyeOrthographic", max_theta=float(np.pi / 2))
    yield "fisheyeEquidistant", replace(wide, model="fisheyeEquidistant")
    yield "fisheyeEquisolid", replace(wide, model="fisheyeEquisolid")
    yield "fisheyeSpherical", replace(wide, model="fisheyeSpherical")


def main() -> None:
    """Print a row for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="hd")
    parser.add_argument("--frames", type=int, default=5)
    options = parser.parse_args()
    snapshot = snapshots(options.kind)(0)
    product, backend = snapshot.products[0], RasterBackend()
    backend.render(snapshot, product)
    models = dict(cameras(product.camera))
    first: dict[str, float] = {}
    least: dict[str, float] = {}
    for _ in range(options.frames + 1):
        for name, camera in models.items():
            start = time.perf_counter()
            backend.render(snapshot, replace(product, camera=camera))
            taken = time.perf_counter() - start
            if name not in first:
                first[name] = taken
            else:
                least[name] = min(taken, least.get(name, taken))
    width, height = product.camera.resolution_wh
    print(f"{options.kind}: {width} x {height}, {options.frames} frames")
    print(f"{'model':24} {'ms':>7} {'ratio':>6} {'first ms':>9}")
    for name, seconds in least.items():
        print(f"{name:24} {seconds * 1e3:7.0f} {seconds / least['pinhole']:6.2f} {first[name] * 1e3:9.0f}")


if __name__ == "__main__":
    main()
