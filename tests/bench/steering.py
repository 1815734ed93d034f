"""Steered frames against the author's own, at equal and at half the number, on a task whose hard corner is known.

    python tests/bench/steering.py -o steering [--seeds 0 1 2 3 4] [--frames 40] [--rounds 8]

The task is tests/steering/toy.yaml: one mark on a plate, darker than it in all but one frame in thirty. Bright marks
are the corner that is hard: a detector that has seen few of them misses them. A small detector learns from scratch in
every round, in equally many steps, so that the images alone differ. It steers on frames of that scene with each part of
its ranges equally likely. Nothing is steered on the frames that it is judged on: some of the author's scene, and some
of the corner alone.

It prints recall at one false alarm in ten pictures, a row a seed, for both arms after each round, and the places that
the trail names. It needs the extra ``train``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from detectors.samples import Samples
from rendersdg.api.scenes import Scene, load
from rendersdg.steering.outcomes import Finder, View, outcomes, views_of
from rendersdg.steering.rounds import Round, steer
from rendersdg.steering.study import Judged, SteeringStudy
from rendersdg.steering.trail import write_trail
from tests.steering.tiny_detector import TinyLearner

TOY = Path(__file__).parent.parent / "steering" / "toy.yaml"
CORNER = (
    "{choices: [0.45, 0.6, 0.75, 1.4], weights: [10, 10, 9, 1]}",
    "{choices: [1.4]}",
)  # the author's, the corner's
ALARMS = 0.1  # false alarms a picture at which recall is taken


def recall(finder: Finder, views: Sequence[View], classes: Sequence[str]) -> float:
    """Return the share of objects that are found at one false alarm in ten pictures."""
    rows = outcomes(views, classes, finder)
    alarms = sorted((r.score for r in rows if not r.is_object), reverse=True)
    most = int(len(views) * ALARMS)
    least = alarms[most] if len(alarms) > most else 0.0
    return float(np.mean([r.score > least for r in rows if r.is_object]))


@dataclass(eq=False)
class Watched:
    """A learner whose detector is judged after each round."""

    learner: TinyLearner
    views: dict[str, list[View]]
    rows: list[dict[str, float]]

    def learn(self, samples: Samples, folder: Path) -> Finder:
        finder = self.learner.learn(samples, folder)
        self.rows.append({name: recall(finder, views, samples.classes) for name, views in self.views.items()})
        return finder


def corner_of(scene: Scene) -> Scene:
    """Return the scene of the corner alone."""
    text = scene.texts[scene.name]
    assert CORNER[0] in text
    return scene.with_text(text.replace(*CORNER))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=400)
    args = parser.parse_args()
    judged = load(TOY, seed=3_000_017)
    views = {
        "whole": list(views_of(judged, range(250), judged.classes, lambda frame: None)),
        "corner": list(views_of(corner_of(judged), range(150), judged.classes, lambda frame: None)),
    }
    study = SteeringStudy(
        file=TOY, scene=TOY, frames=args.frames, rounds=args.rounds, limit=10.0, patience=1000,
        steer_on=Judged(frames=200), hold_out=Judged(frames=100),
    )  # fmt: skip
    arms: dict[str, list[list[dict[str, float]]]] = {"uniform": [], "steered": []}
    for seed in args.seeds:
        for arm, table in arms.items():
            rounds = args.rounds if arm == "uniform" else max(args.rounds // 2, 1)
            watched = Watched(TinyLearner(seed, args.steps), views, [])
            asked = replace(study, seed=seed, rounds=rounds, is_control=arm == "uniform")
            folder = args.out / f"{arm}_{seed}"
            done = steer(asked, folder, watched)
            write_trail(asked, done, folder)
            table.append(watched.rows)
            _print(arm, seed, args.frames, watched.rows, done.rounds)
    print("\nmean over seeds")
    for name in views:
        for arm, table in arms.items():
            means = [fmean(rows[k][name] for rows in table) for k in range(len(table[0]))]
            print(f"{name:7s} {arm:8s} " + "  ".join(f"{(k + 1) * args.frames}: {m:.3f}" for k, m in enumerate(means)))
    for name in views:
        gaps = [s[-1][name] - u[-1][name] for s, u in zip(arms["steered"], arms["uniform"])]
        halves = [s[-1][name] - u[len(s) - 1][name] for s, u in zip(arms["steered"], arms["uniform"])]
        print(f"{name}: steered with half the frames less uniform with all: {fmean(gaps):+.3f}, by seed "
              f"{' '.join(f'{g:+.3f}' for g in gaps)}; at equal frames: {fmean(halves):+.3f}")  # fmt: skip


def _print(arm: str, seed: int, frames: int, rows: Sequence[dict[str, float]], rounds: Sequence[Round]) -> None:
    for k, (row, one) in enumerate(zip(rows, rounds)):
        told = ", ".join(f"{name} {value:.3f}" for name, value in row.items())
        print(f"seed {seed} {arm:8s} {(k + 1) * frames:4d} frames: {told}; worst: {one.corner or '-'}", flush=True)


if __name__ == "__main__":
    main()
