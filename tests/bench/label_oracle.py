"""The full form of the label tests: random frames over all scenes, rasterizer against ray caster.

    python tests/bench/label_oracle.py [--frames 200] [--width 96]

Prints the share of differing pixels (all of them must lie on silhouettes), the worst relative depth error elsewhere,
and the worst error of an occlusion ratio against rendering the object alone; exits 1 when a bound is broken.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rendersdg.annotators.boxes import occlusion_ratios
from rendersdg.backends.labelpass import label_pass
from rendersdg.backends.reference import cast
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.farm.job import Job, opened
from tests.backends.views import on_edge, small
from tests.conftest import SCENES


def main() -> None:
    """Compare frame by frame."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--scenes", nargs="+", default=[s.stem for s in SCENES], help="names of scenes to look at")
    parser.add_argument("--width", type=int, default=96)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    pixels = differing = off_edge = 0
    worst_depth = worst_ratio = worst_frame = 0.0
    scenes = [s for s in SCENES if s.stem in options.scenes]
    for number, scene in enumerate(scenes):
        count = options.frames // len(scenes) + (number < options.frames % len(scenes))
        with opened(Job(str(scene), seed=int(rng.integers(1 << 30)))) as (session, _):
            for frame in rng.integers(0, session.length() or 1000, count).tolist():
                snapshot = session.snapshot(frame)
                width, height = snapshot.products[0].camera.resolution_wh
                product = small(snapshot, (options.width, round(options.width * height / width)))
                got, want = label_pass(snapshot, product, SceneTables()), cast(snapshot, product.camera)
                differ = got.instance != want.instance
                edge = on_edge(got) | on_edge(want)
                pixels += differ.size
                differing += int(differ.sum())
                off_edge += int((differ & ~edge).sum())
                worst_frame = max(worst_frame, float(differ.mean()))
                both = ~differ & ~edge & (got.triangle == want.triangle) & (got.instance >= 0)
                if both.any():
                    worst_depth = max(worst_depth, float(np.abs(got.depth[both] / want.depth[both] - 1).max()))
                ratios = occlusion_ratios(got)
                for k in range(len(snapshot.entities)):
                    if got.unoccluded[k]:
                        kept = tuple(replace(i, entity=0) for i in snapshot.instances if i.entity == k)
                        alone = label_pass(
                            replace(snapshot, instances=kept, entities=(snapshot.entities[k],)), product, SceneTables()
                        )
                        worst_ratio = max(worst_ratio, abs(1 - got.visible[k] / alone.visible[0] - ratios[k]))
        print(f"{scene.stem}: {count} frames, {differing} of {pixels} pixels differ so far", flush=True)
    print(f"differing pixels {differing / pixels:.2e} (worst frame {worst_frame:.2e}), off silhouettes {off_edge}")
    print(f"worst relative depth error {worst_depth:.2e}; worst occlusion ratio error {worst_ratio:.2e}")
    sys.exit(int(differing > 1e-3 * pixels or off_edge > 0 or worst_depth > 1e-3 or worst_ratio > 1e-3))


if __name__ == "__main__":
    main()
