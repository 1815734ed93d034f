"""Three rounds of the steel strip, steered by photographs of NEU-DET, against three of the author's scene.

    python tests/bench/steering_steel.py NEU-DET -o steel [--seeds 0 1 2] [--frames 40] [--rounds 3]

NEU-DET is the folder of the set with its split. A detector (YOLO11n, from scratch) learns from rendered
pictures alone, round after round, and goes on from its weights. What it misses of the training photographs decides what
the next round draws; the validation photographs are never steered on. Both arms have the same first round, equally many
frames, and equally many steps.

It prints mAP50 and recall on the validation photographs after each round, a row a seed, and the mean difference. A run
that was stopped goes on where it was. It needs the extra ``yolo``.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from detectors.recipe import Recipe
from rendersdg.steering.learner import DetectorLearner
from rendersdg.steering.rounds import steer
from rendersdg.steering.study import Judged, SteeringStudy
from rendersdg.steering.trail import write_trail

SCENE = Path(__file__).parents[2] / "scenes" / "steel_strip.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--photographs-steered", type=int, default=300, help="training photographs that are looked at")
    args = parser.parse_args()
    recipe = Recipe().with_changes(
        {"detector": "yolo11n", "size": args.size, "batch": 8, "steps": args.steps, "grey": True, "ema": 0.99,
         "check_every": 0, "threads": 1, "augment": {"flip_y": 0.5}}
    )  # fmt: skip
    gaps: list[tuple[float, float]] = []
    for seed in args.seeds:
        scores = {}
        for arm in ("steered", "uniform"):
            study = SteeringStudy(
                file=args.photographs / "study.yaml", scene=SCENE, frames=args.frames, rounds=args.rounds,
                steer_on=Judged(data=f"neu-det:{args.photographs.absolute()}@train", most=args.photographs_steered),
                hold_out=Judged(data=f"neu-det:{args.photographs.absolute()}@val"),
                parameters=("*_marks*",), patience=1000, least_gain=0.0, is_control=arm == "uniform", seed=seed,
                recipe=replace(recipe, seed=seed),
            )  # fmt: skip
            folder = args.out / f"{arm}_{seed}"
            first = args.out / f"steered_{seed}" / "round_0"
            if arm == "uniform" and not (folder / "round_0").exists():  # the first round is the same in both
                shutil.copytree(first, folder / "round_0")
                (folder / "round_0" / "round.json").unlink()
            done = steer(study, folder, DetectorLearner(study.recipe), log=lambda text: print(text, flush=True))
            write_trail(study, done, folder)
            scores[arm] = [r.hold_out for r in done.rounds]
            for one in done.rounds:
                print(
                    f"seed {seed} {arm:8s} {one.frames:4d} frames: mAP50 {one.hold_out.map50:.3f}, recall "
                    f"{one.hold_out.recall:.3f}",
                    flush=True,
                )
        last = [scores[arm][-1] for arm in ("steered", "uniform")]
        gaps.append((last[0].map50 - last[1].map50, last[0].recall - last[1].recall))
    for name, k in (("mAP50", 0), ("recall", 1)):
        each = " ".join(f"{gap[k]:+.3f}" for gap in gaps)
        print(f"{name}, steered less uniform after the last round: {fmean(g[k] for g in gaps):+.3f}; by seed {each}")


if __name__ == "__main__":
    main()
