"""What the quality of a scene's light gives a detector on real photographs.

    python tests/bench/light_for_detectors.py scenes/ball_screw.yaml --val labelme:BSDATA --rename pitting=Pitting
    --folds 2 --group "_(\\d+_\\d+)_crop" --set size=256 --set batch=8 --set steps=800 --set ema=0.99
    --set precision=bf16 --set augment.flip_y=0.5 --set-real steps=100 --set-real warmup=20 --set-real rate=0.001
    --seeds 0 1 2 3 -o ball
    python tests/bench/light_for_detectors.py scenes/steel_strip.yaml --val neu-det:NEU-DET@val
    --qualities fast balanced high --frames 60 -o steel

The same frames are rendered in each quality and compared: pictures and boxes. Where all pictures are the same bytes,
nothing is trained unless ``--train-alike`` is given. Else a detector learns from each, from scratch, once a seed. The
seed decides its first weights, the order of the frames and their augmentation. It is judged on the photographs of
``--val``, none of which it saw, by its last weights.

With ``--folds N`` the photographs are dealt into N parts, and those of a ``--group`` stay together. The network learns
on from the photographs of the other parts, and finds what is in this one, part by part; so each photograph is judged
by a network that has not seen it.

It prints mAP50 and mAP in per cent: the mean over seeds, each seed, and how far each quality is from the first. The
interval of that is from drawing photographs (groups of them) and seeds again, the same draws on both sides. A run that
was stopped goes on where it was. It needs the extra ``train``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from detectors.detections import Detections
from detectors.evaluate import evaluate
from detectors.matching import Matches, average_precision, match_class
from detectors.mix import aligned, alone
from detectors.preprocess import read_rgb
from detectors.readers import read
from detectors.recipe import Recipe
from detectors.runtime import load_model, predict
from detectors.samples import Sample, Samples, checked
from detectors.splits import grouped, split
from detectors.train import train
from rendersdg.backends.quality import quality_change
from rendersdg.cli.options import set_value
from rendersdg.farm.rendering import render_scene
from rendersdg.streams import generator

_FIFTY = (0,)  # place of IoU 0.5 among COCO's thresholds


@dataclass(frozen=True)
class Difference:
    """How a set of pictures differs from the same frames in another quality.

    ``levels`` is the mean absolute difference of 255, ``pixels`` the share of pixels that differ at all; ``alike`` says
    how many of ``count`` pictures are the same bytes. Of ``boxes`` boxes ``moved`` differ, by ``farthest`` pixels at
    most, which is infinite where a picture has other ones.
    """

    levels: float
    pixels: float
    alike: int
    count: int
    boxes: int
    moved: int
    farthest: float

    @property
    def has_same_pictures(self) -> bool:
        """Return whether all pictures are the same bytes."""
        return self.alike == self.count

    def __str__(self) -> str:
        """Return it for people."""
        moved = f"{self.moved} of {self.boxes} boxes differ" + (f" by {self.farthest:g} px" if self.moved else "")
        return (
            f"{self.levels:.2f} of 255 levels, {100 * self.pixels:.1f} % of the pixels differ; {self.alike} of "
            f"{self.count} pictures are the same bytes; {moved}"
        )


def difference(a: Samples, b: Samples) -> Difference:
    """Return how pictures of ``b`` differ from those of ``a``, in their order."""
    levels, pixels, away = [0.0] * len(a), [0.0] * len(a), []
    alike = 0
    for k, (one, other) in enumerate(zip(a.images, b.images, strict=True)):
        away += _moved(one, other)
        if one.file.read_bytes() == other.file.read_bytes():
            alike += 1
            continue
        apart = np.abs(read_rgb(one.file).astype(np.int16) - read_rgb(other.file))
        levels[k], pixels[k] = float(apart.mean()), float(apart.any(axis=2).mean())
    moved = sum(pixel > 0 for pixel in away)
    return Difference(fmean(levels), fmean(pixels), alike, len(a), len(away), moved, max(away, default=0.0))


def _moved(one: Sample, other: Sample) -> list[float]:
    """Return how far each box of ``one`` lies from that of ``other``, pixels; infinite where they are other ones."""
    if not np.array_equal(one.labels, other.labels):
        return [float("inf")] * max(len(one.labels), len(other.labels))
    return [float(v) for v in np.abs(one.xyxy - other.xyxy).max(axis=1, initial=0.0)]


@dataclass(frozen=True)
class Question:
    """What is judged: photographs ``val``, dealt into ``parts`` (none: no learning from photographs), and how it is
    learnt from rendered frames (``recipe``) and from photographs (``on_real``).
    """

    val: Samples
    parts: tuple[Samples, ...]
    recipe: Recipe
    on_real: Recipe
    out: Path

    def rendered(self, frames: Samples, quality: str, seed: int) -> tuple[Path, list[Detections]]:
        """Return the run that learnt from rendered frames alone, and what it finds in the photographs."""
        folder = self.out / f"{quality}-seed{seed}"
        train(alone(frames), replace(self.recipe, seed=seed), folder, None, resume=True)
        return folder, predict(load_model(folder), self.val.images)

    def then_real(self, start: Path, name: str, seed: int) -> list[Detections]:
        """Return what is found in each photograph by a network that learnt on from those of the other parts.

        Args:
            start: the run whose weights it begins with.
            name: of the folders.
            seed: of the order and the augmentation.
        """
        found: dict[Path, Detections] = {}
        for k, part in enumerate(self.parts):
            here = {s.file for s in part.images}
            rest = self.val.of(s for s in self.val.images if s.file not in here)
            folder = self.out / f"{name}-seed{seed}-part{k}"
            train(alone(rest), replace(self.on_real, seed=seed), folder, None, weights=start, resume=True)
            found |= dict(zip((s.file for s in part.images), predict(load_model(folder), part.images)))
        return [found[s.file] for s in self.val.images]


Found = list[list[Detections]]  # by seed, by photograph


def gain(val: Samples, base: Found, other: Found, resamples: int) -> tuple[float, float]:
    """Return the 95 % interval of what ``other`` has more mAP50 than ``base``, by drawing photographs and seeds again;
    one draw counts for both.
    """
    keys = {key: k for k, key in enumerate(dict.fromkeys(s.key for s in val.images))}
    groups = np.array([keys[s.key] for s in val.images])
    sides = [
        [[match_class(val.images, one, k) for k in range(len(val.classes))] for one in found] for found in (base, other)
    ]
    rng = generator(0, "light_for_detectors", 0)
    draws = []
    for _ in range(resamples):
        weights = np.bincount(rng.integers(0, len(keys), len(keys)), minlength=len(keys)).astype(float)[groups]
        seeds = rng.integers(0, len(base), len(base)).tolist()
        means = [fmean(_fifty(side[s], weights) for s in seeds) for side in sides]
        draws.append(means[1] - means[0])
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high)


def _fifty(classes: Sequence[Matches], weights: np.ndarray) -> float:
    return float(np.nanmean([average_precision(m, weights, _FIFTY)[0] for m in classes]))


def lines(name: str, val: Samples, by_name: Mapping[str, Found], resamples: int) -> list[str]:
    """Return rows of the table, one for each of ``by_name``, all set beside the first."""
    out, first = [], next(iter(by_name))
    scores = {who: [evaluate(val, one, resamples=0).summary for one in found] for who, found in by_name.items()}
    for who, found in by_name.items():
        fifty, whole = ([100 * s[key] for s in scores[who]] for key in ("mAP50", "mAP"))
        spread = stdev(fifty) if len(fifty) > 1 else float("nan")
        beside = ""
        if who != first:
            away = [a - 100 * b["mAP50"] for a, b in zip(fifty, scores[first])]
            low, high = gain(val, by_name[first], found, resamples)
            beside = f"{fmean(away):+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]; {_joined(away, '+.1f')}"
        out.append(
            f"| {name} | {who} | {fmean(fifty):.1f} | {_joined(fifty, '.1f')} | {spread:.1f} | {fmean(whole):.1f} | "
            f"{beside} |"
        )
    return out


def _joined(values: Sequence[float], form: str) -> str:
    return ", ".join(format(v, form) for v in values)


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path)
    parser.add_argument("--val", required=True, help="photographs: [LAYOUT:]PATH[@SPLIT]")
    parser.add_argument("--rename", action="append", default=[], metavar="RENDERED=REAL")
    parser.add_argument("--qualities", nargs="+", default=["fast", "balanced"])
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--scene-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of the recipe")
    parser.add_argument("--folds", type=int, default=0, help="parts of the photographs; 0: learn from none")
    parser.add_argument("--group", help="a regular expression: what it finds in a file's name is the group")
    parser.add_argument("--set-real", action="append", default=[], metavar="NAME=VALUE", help="of learning from them")
    parser.add_argument("--train-alike", action="store_true", help="train where pictures are the same, too")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("-o", "--out", type=Path, default=Path("light_for_detectors"))
    return parser.parse_args()


def question_of(options: argparse.Namespace) -> Question:
    """Return what the command line asks."""
    val = checked(read(options.val))
    if options.group:
        val = grouped(val, options.group)
    shares = {str(k): 1.0 for k in range(options.folds)}
    parts = tuple(split(val, shares, "group", 0).values()) if shares else ()
    recipe = Recipe(detector="yolo11n", check_every=0)
    for change in options.set:
        recipe = recipe.with_changes(dict([set_value(change, "name=value")]), "--set")
    on_real = recipe
    for change in options.set_real:
        on_real = on_real.with_changes(dict([set_value(change, "name=value")]), "--set-real")
    return Question(val, parts, recipe, on_real, options.out / "runs")


def rendered_sets(options: argparse.Namespace, val: Samples) -> dict[str, Samples]:
    """Return the frames in each quality, rendered where they are not there yet, with the classes of ``val``."""
    sets = {}
    for quality in options.qualities:
        folder = options.out / quality
        changes = dict(quality_change(quality))
        render_scene(options.scene, folder, options.frames, options.scene_seed, changes, workers=1)
        frames = read(str(folder))
        rename = {old: new for old, new in (r.split("=", 1) for r in options.rename) if old in frames.classes}
        aligned_frames = aligned(val, frames, rename)[1]
        assert aligned_frames is not None
        sets[quality] = aligned_frames
    return sets


def main() -> None:
    """Render, compare, train and print the table."""
    options = arguments()
    logging.disable(logging.WARNING)
    question = question_of(options)
    val = question.val
    sets = rendered_sets(options, val)
    first = options.qualities[0]
    away = {q: difference(sets[first], sets[q]) for q in options.qualities[1:]}
    for quality, d in away.items():
        print(f"{quality} beside {first}: {d}")
    if all(d.has_same_pictures for d in away.values()) and not options.train_alike:
        print("the pictures are the same: nothing is trained")
        return
    alone_by: dict[str, Found] = {q: [] for q in sets}
    then_by: dict[str, Found] = {q: [] for q in sets}
    for seed in options.seeds:
        for quality, frames in sets.items():
            run, found = question.rendered(frames, quality, seed)
            alone_by[quality].append(found)
            print(f"seed {seed}, {quality}: {evaluate(val, found, resamples=0).summary['mAP50']:.3f}", flush=True)
            if question.parts:
                then_by[quality].append(question.then_real(run, f"{quality}-then-real", seed))
    boxes = sum(val.counts().values())
    print(f"\n{len(val)} photographs with {boxes} boxes, {len(sets[first])} rendered pictures; mAP in per cent\n")
    print(f"| learnt from | light | mAP50 | each seed | spread | mAP | mAP50 more than {first} [95 %]; each seed |")
    print("|---|---|---|---|---|---|---|")
    table = lines("rendered alone", val, alone_by, options.resamples)
    if question.parts:
        table += lines("rendered, then real", val, then_by, options.resamples)
    print("\n".join(table))


if __name__ == "__main__":
    main()
