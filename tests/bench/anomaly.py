"""What a memory of good photographs, made defects, and both are worth: AUROC of images and pixels, AU-PRO.

    python tests/bench/anomaly.py ../shared/data/magnetic-tile --scene scenes/magnetic_tile.yaml -o tiles
    python tests/bench/anomaly.py ../shared/data/bsdata --scene scenes/ball_screw.yaml -o screws

Good photographs are split by part into those that are learned from, those that set the threshold, and those that are
tested; bad ones are tested alone. BSData has no good photograph: each is cut into three along its width, a third
without a label is good, and all thirds of one place on the spindle stay together. Prints a table in Markdown, and
writes it with sheets of heat maps.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from detectors.anomaly.evaluate import AnomalyReport, mask_of, report_of
from detectors.anomaly.heat import Heat, Heating, learned_heating
from detectors.anomaly.model import load_anomaly
from detectors.anomaly.photographs import GoodParts, Photographs
from detectors.anomaly.pictures import sheet, side_by_side
from detectors.anomaly.recipe import AnomalyRecipe
from detectors.anomaly.train import train_anomaly
from detectors.preprocess import Preprocess, read_rgb
from detectors.readers import read
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Sample, Samples
from rendersdg.api.scenes import load
from rendersdg.api.twins import changes_of
from rendersdg.arrays import F4
from rendersdg.progress import FrameProgress
from rendersdg.streams import generator

Maps = dict[str, F4]
SHARES = (0.5, 0.2)  # of the good parts: learned from, set the threshold; the rest is tested
PARTS = {"memory": ("distance", "weighed"), "made defects": ("defect",), "both": ("distance", "weighed", "defect")}
ARMS = {"synthetic": 1.0, "rendered": 0.0, "rendered and synthetic": 0.5}  # the share of defects no scene draws


def thirds(samples: Samples, folder: Path) -> Samples:
    """Return BSData's photographs cut into three along their width, written into a folder, grouped by place."""
    folder.mkdir(parents=True, exist_ok=True)
    images = []
    for sample in samples.images:
        image, mask = read_rgb(sample.file), sample.mask()
        place = re.sub(r"^01_\d+_(.*)_crop.*$", r"\1", sample.file.stem)  # position and angle
        for k in range(3):
            part = slice(k * image.shape[1] // 3, (k + 1) * image.shape[1] // 3)
            file = folder / f"{sample.file.stem}_{k}.png"
            cv2.imwrite(str(file), image[:, part, ::-1])
            boxes, shapes = boxes_of_mask(mask[:, part])
            size = (part.stop - part.start, image.shape[0])
            images.append(Sample(file, size, boxes, np.zeros(len(boxes), int), None, shapes, place))
    return samples.of(images)


def dealt(samples: Samples, seed: int) -> tuple[list[Sample], list[Sample], list[Sample], list[Sample]]:
    """Return good images to learn from, to set the threshold by and to test, and the bad ones of the tested parts."""
    good = [s for s in samples.images if not len(s.labels)]
    keys = sorted({s.key for s in good})
    order = [keys[k] for k in generator(seed, "bench/anomaly", 0).permutation(len(keys))]
    ends = [round(len(keys) * share) for share in (SHARES[0], sum(SHARES))]
    sides = [set(order[: ends[0]]), set(order[ends[0] : ends[1]]), set(order[ends[1] :])]
    known, held_out, tested = ([s for s in good if s.key in side] for side in sides)
    bad = [s for s in samples.images if len(s.labels) and s.key not in sides[0] | sides[1]]
    return known, held_out, tested, bad


def spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return at most so many images of each group, drawn from all lights that it was photographed in."""
    out = []
    for key in sorted({s.key for s in samples}):
        own = [s for s in samples if s.key == key]
        out += [own[k] for k in sorted(generator(len(out), "bench/spread", 0).permutation(len(own))[:most].tolist())]
    return out


def photographs(samples: Sequence[Sample], preprocess: Preprocess) -> Photographs:
    """Return images as the network sees them."""
    squares = np.stack([preprocess.image(read_rgb(s.file)) for s in samples])
    return Photographs(squares, tuple(s.file for s in samples), tuple(s.size_wh for s in samples))


def heats_of(
    maps: Sequence[Maps], held_out: Sequence[Maps], samples: Sequence[Sample], good: Photographs, names: Sequence[str]
) -> tuple[list[Heat], Heating]:
    """Return the heat of images by some of the network's maps, in units that the held-out photographs set."""
    square = Preprocess(good.squares.shape[1])
    own = [{name: one[name] for name in names} for one in maps]
    rest = [{name: one[name] for name in names} for one in held_out]
    heating = learned_heating(list(zip(rest, good.sizes_wh)), square, 0.95)
    return [heating(one, sample.size_wh, square) for one, sample in zip(own, samples)], heating


def row(name: str, report: AnomalyReport) -> str:
    """Return a row of the table."""
    found = sum(yes for yes, _ in report.found.values())
    of = sum(number for _, number in report.found.values())
    values = [100 * v for v in (report.scores.image_auroc, report.scores.pixel_auroc, report.scores.au_pro)]
    cells = " | ".join(f"{v:.1f}" for v in values)
    return f"| {name} | {cells} | {found} of {of} | {report.alarms[0]} of {report.alarms[1]} |"


def heat_sheet(test: Samples, heats: Sequence[Heat], heating: Heating) -> bytes:
    """Return 12 photographs: of each class and of the good ones in turn, with their heat and their labels in green."""
    kinds = [[k for k, s in enumerate(test.images) if c in s.labels] for c in range(len(test.classes))]
    kinds.append([k for k, s in enumerate(test.images) if not len(s.labels)])
    each = -(-12 // len(kinds))
    picks = [own[k] for own in kinds for k in np.linspace(0, len(own) - 1, each).round().astype(int)][:12]
    pictures = []
    for k in picks:
        sample, heat = test.images[k], heats[k]
        said = f"{'bad' if heat.is_bad else 'good'}  {heat.score:.1f} of {heating.threshold:.1f}  {sample.file.name}"
        pictures.append(side_by_side(read_rgb(sample.file), heat, heating.pixel_threshold, said, mask_of(sample)))
    return sheet(pictures)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--scene", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--made", type=int, default=600)
    parser.add_argument("--patches", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--most", type=int, default=2, help="bad photographs of one part")
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started, samples = time.process_time(), read(options.data)
    if "Pitting" in samples.classes:
        samples = thirds(samples, options.out / "thirds")
    known, held_out, tested, bad = dealt(samples, options.seed)
    test = samples.of([*tested, *spread(bad, options.most)])
    square = Preprocess(256)
    good = GoodParts(photographs(known, square), photographs(held_out, square), square)
    shown = photographs(test.images, square)
    print(
        f"{len(known)} good to learn from, {len(held_out)} for the threshold, {len(tested)} good and "
        f"{len(test) - len(tested)} bad tested",
        flush=True,
    )
    changes = []
    if any(ARMS[arm] < 1 for arm in options.arms):
        with FrameProgress(options.frames, "render") as progress:
            changes = changes_of(load(options.scene), options.frames, on_frame=lambda done: progress(done, {}))
    head = "| what | image AUROC | pixel AUROC | AU-PRO | bad ones found | false alarms |\n|---|---|---|---|---|---|"
    lines = [head]
    for arm in options.arms:
        recipe = AnomalyRecipe(
            batch=4,
            patches=options.patches,
            made=options.made,
            steps=options.steps,
            synthetic=ARMS[arm],
            seed=options.seed,
        )
        run = options.out / arm.replace(" ", "_")
        train_anomaly(good, recipe, run, changes=changes if ARMS[arm] < 1 else ())
        model = load_anomaly(run)
        maps, rest = (model.maps(square.tensor(one.squares)) for one in (shown, good.held_out))
        for part, names in PARTS.items():
            if part == "memory" and arm != options.arms[0]:
                continue
            heats, heating = heats_of(maps, rest, test.images, good.held_out, names)
            title = {"memory": "memory", "both": f"memory and {arm} defects"}.get(part, f"{arm} defects")
            lines.append(row(title, report_of(test, heats)))
            (options.out / f"{title.replace(' ', '_')}.png").write_bytes(heat_sheet(test, heats, heating))
        print("\n".join(lines), f"\n{time.process_time() - started:.0f} s of CPU", flush=True)
    (options.out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
