"""The commands that learn: split, mix, train, evaluate, study."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rendersdg.cli.options import FarmOption, FarmOptionsOption, farm_options_of, named
from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadArgument, TrainingFailed
from rendersdg.extras import needs
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from detectors.samples import Samples
    from detectors.splits import Leak

DATA = "A labelled set: [LAYOUT:]PATH[@SPLIT]; layouts: rendersdg list readers."
DataArgument = Annotated[str, typer.Argument(metavar="DATA", help=DATA)]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
ClipOption = Annotated[
    bool, typer.Option("--clip-boxes", help="Cut off boxes that reach over the frame, drop those outside.")
]
RenameOption = Annotated[
    list[str] | None, typer.Option("--rename", help="OLD=NEW name of a class; OLD=- drops it (repeatable).")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Change the recipe: name=value, augment.name=value (repeatable).")
]
EXIT_CODES = "Exit codes: 0 done, 2 bad argument, 4 data or output, 7 training failed, 130 interrupted."


def split_(
    data: DataArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for <name>.json, a COCO list for each part.")],
    shares: Annotated[str, typer.Option("--shares", help="Parts and their shares.")] = "train=0.8,val=0.2",
    by: Annotated[
        str, typer.Option("--by", help="group: whole groups; file: single images; hash: stable when images are added.")
    ] = "group",
    group: Annotated[
        str | None,
        typer.Option("--group", help="Regular expression whose first parenthesis in the file name is the group."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed.")] = 0,
    leak_check: Annotated[
        bool, typer.Option("--leaks/--no-leaks", help="Look for the same photograph on both sides.")
    ] = True,
    clip: ClipOption = False,
    quiet: QuietOption = False,
) -> None:
    """Split a labelled set, keeping groups together, and look for photographs that stand on both sides."""
    from detectors.readers import read
    from detectors.samples import checked, write_coco
    from detectors.splits import grouped, split

    whole = checked(read(data), clip=clip)
    if group is not None:
        whole = grouped(whole, group)
    parts = split(whole, _shares(shares), by, seed)  # type: ignore[arg-type]
    for name, part in parts.items():
        write_coco(part, out / f"{name}.json")
        print(f"{name}: {len(part)} images in {len({s.key for s in part.images})} groups, {_counted(part.counts())}")
    names = list(parts)
    for k, one in enumerate(names):
        for other in names[k + 1 :] if leak_check else []:
            found = _leaks(parts[other], parts[one], quiet)
            for leak in found[:10]:
                print(f"leak ({leak.kind}): {leak.one.file} in {other} and {leak.other.file} in {one}")
            print(
                f"{len(found)} of {len(parts[other])} images of {other} have their like in {one}"
                + ("; give --group, or groups of your own" if found else "")
            )


def _leaks(a: Samples, b: Samples, quiet: bool) -> list[Leak]:
    from detectors.splits import leaks

    with FrameProgress(len(a), "compare", quiet=quiet, unit="images") as progress:
        return list(leaks(a, b, lambda count: progress(count, {})))


def mix_(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for mix.json and its COCO lists.")],
    real: Annotated[str | None, typer.Option("--real", help=DATA)] = None,
    synthetic: Annotated[str | None, typer.Option("--synthetic", help=DATA)] = None,
    real_fraction: Annotated[
        float | None, typer.Option("--real-fraction", help="Share of the real images, 0 to 1, class by class.")
    ] = None,
    real_per_class: Annotated[
        int | None, typer.Option("--real-per-class", help="Real images of each class, at most.")
    ] = None,
    synthetic_count: Annotated[
        int | None, typer.Option("--synthetic-count", help="Rendered images of each class, at most.")
    ] = None,
    schedule: Annotated[
        str, typer.Option("--schedule", help="union, balanced (by --ratio in each batch) or finetune (rendered first).")
    ] = "union",
    ratio: Annotated[str, typer.Option("--ratio", help="real:synthetic in each batch, for balanced.")] = "1:1",
    rename: RenameOption = None,
    seed: Annotated[int, typer.Option("--seed", help="Which images are taken.")] = 0,
    clip: ClipOption = False,
) -> None:
    """Lay out what to learn from: real and rendered images, how many, in what proportion or order."""
    from detectors.mix import aligned, chosen, mixed, read_ratio, write_mix
    from detectors.readers import read

    if real is None and synthetic is None:
        raise BadArgument("give --real, --synthetic or both")
    first, second = aligned(
        read(real) if real else None, read(synthetic) if synthetic else None, _renames(rename), clip=clip
    )
    if first is not None:
        first = chosen(first, seed, fraction=real_fraction, per_class=real_per_class)
    if second is not None and synthetic_count is not None:
        second = chosen(second, seed, per_class=synthetic_count)
    made = mixed(first, second, schedule, read_ratio(ratio, "--ratio"))  # type: ignore[arg-type]
    record = {
        "real": real,
        "synthetic": synthetic,
        "real_fraction": real_fraction,
        "real_per_class": real_per_class,
        "synthetic_count": synthetic_count,
        "schedule": schedule,
        "ratio": ratio,
        "rename": rename or [],
        "seed": seed,
    }
    write_mix(made, out, record)
    for stage in made.stages:
        for part in stage.parts:
            print(
                f"{stage.name}: {100 * part.share:.0f} % from {len(part.samples)} images of {part.samples.name}, "
                f"{_counted(part.samples.counts())}"
            )


def train_(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="A folder that `rendersdg mix` made, or a labelled set: [LAYOUT:]PATH[@SPLIT]."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    val: Annotated[str | None, typer.Option("--val", help="What it is judged on. " + DATA)] = None,
    detector: Annotated[str | None, typer.Option("--detector", help="Which network; rendersdg list detectors.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", help="Batches, of each stage.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="A recipe in YAML.")] = None,
    changes: SetOption = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", help="Weights to start from: a run, a model.pt, or a file of torch.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, help="Processes, started by torchrun; each computes its share of every batch."
        ),
    ] = 1,
    farm: FarmOption = "local",
    farm_options: FarmOptionsOption = None,
    clip: ClipOption = False,
    quiet: QuietOption = False,
) -> None:
    """Train a detector from scratch, or from weights, and judge it on real images."""
    needs("torch", "train")
    from detectors.mix import read_training
    from detectors.readers import read
    from detectors.samples import checked
    from detectors.train import train
    from rendersdg.farm import FARMS
    from rendersdg.farm.processes import Training

    recipe = _recipe(config, changes, {"detector": detector, "steps": steps, "seed": seed})
    learnt = read_training(data, clip=clip)
    judged = checked(read(val), clip=clip).of_classes(learnt.classes) if val else None
    tell: Callable[[str], None] = (lambda text: None) if quiet else print
    if workers == 1 and farm == "local" and not farm_options:
        record = train(learnt, recipe, out, judged, weights=weights, resume=resume, quiet=quiet, tell=tell)
    else:
        training = Training(learnt, recipe, out, judged, weights, resume, quiet)
        record = FARMS[farm].train(training, workers, farm_options_of(farm_options), tell)
    if not quiet and record:  # which the first of torchrun's processes has
        if farm != "local" and "scores" in record:
            print(", ".join(f"{name} {record['scores']['summary'][name]:.3f}" for name in ("mAP", "mAP50")))
        print(f"{record['steps']} steps in {record['seconds']:.0f} s; {out / 'model.pt'}")


def evaluate_(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A run's folder, a model.pt, or an exported .xml or .onnx.")
    ],
    data: DataArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for scores.json, detections.json (COCO results) and plots."),
    ] = None,
    iou: Annotated[
        float | None, typer.Option("--iou", help="Also the mean precision at this IoU, e.g. 0.33 for DeepPCB.")
    ] = None,
    pixels: Annotated[bool, typer.Option("--pixels", help="Also the pixel precision, against masks.")] = False,
    resamples: Annotated[
        int, typer.Option("--resamples", help="Draws of the bootstrap over images; 0: no intervals.")
    ] = 1000,
    rename: RenameOption = None,
    clip: ClipOption = False,
    quiet: QuietOption = False,
) -> None:
    """Judge a detector: COCO's mAP and AR, per class, with 95 % intervals; image and pixel precision for defects."""
    needs("torch", "train")
    from detectors.evaluate import ap_at, as_results, evaluate
    from detectors.plots import draw_run
    from detectors.readers import read
    from detectors.runtime import load_model, predict
    from detectors.samples import checked

    judged = load_model(model)
    truth = checked(read(data), clip=clip).of_classes(judged.classes, _renames(rename))
    with FrameProgress(len(truth), "evaluate", quiet=quiet, unit="images") as progress:
        found = predict(judged, truth.images, tell=lambda count: progress(count, {}))
    scores = evaluate(truth, found, resamples=resamples, pixels=pixels)
    print(scores.table())
    record = scores.as_json()
    if iou is not None:
        record[f"mAP@{iou:g}"] = ap_at(truth, found, iou)
        print(f"mAP at IoU {iou:g}: {record[f'mAP@{iou:g}']:.3f}")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "scores.json").write_text(json.dumps(record, indent=1) + "\n")
        (out / "detections.json").write_text(json.dumps(as_results(found)) + "\n")
        draw_run(out, truth, found)


def study_(
    file: Annotated[Path, typer.Argument(metavar="STUDY", help="A study in YAML.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the study; a study in it goes on.")],
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Runs at a time; they share the cores.")] = 1,
    only: Annotated[int | None, typer.Option("--only", help="Stop after that many runs; call again to go on.")] = None,
    resamples: Annotated[int, typer.Option("--resamples", help="Draws of the bootstrap over images and seeds.")] = 500,
    quiet: QuietOption = False,
) -> None:
    """Find out what rendered images are worth: learning curves with and without them, and how many real labels they
    replace.
    """
    needs("torch", "train")
    from detectors.report import report
    from detectors.study import cells_of, read_sets, read_study, run_study

    study = read_study(file)
    tell = (lambda text: None) if quiet else lambda text: print(text, file=sys.stderr, flush=True)
    sets = read_sets(study, out, partial(render_scene, workers=jobs))
    done = run_study(study, sets, out, jobs=jobs, only=only, tell=tell)
    print(report(study, sets, done, out, resamples=resamples), end="")
    missing = len(cells_of(study)) - len(done)
    if missing and only is None:
        raise TrainingFailed(f"{missing} runs failed or are missing; the others are in the table; run again to go on")
    print(f"{len(done)} runs, {missing} to do; {out / 'study.md'}, {out / 'study.png'}")


def render_scene(scene: Path, out: Path, frames: int, seed: int, changes: Mapping[str, Any], *, workers: int) -> None:
    """Render what a dataset lacks of a scene's first frames, and finish it."""
    job = Job(str(scene), seed, "raster", False, tuple(changes.items()), ())
    with FrameProgress(None, f"render {out.name}") as progress, opened(job) as (session, sources):
        dataset = Dataset(Store(str(out)))
        dataset.open(session.header(sources, job.changes), {n: t.encode() for n, t in sources.items()}, resume=True)
        todo = dataset.missing(range(frames))
        progress.expect(len(todo))
        if workers > 1 and todo:
            render_in_workers(job, str(out), todo, workers, progress)
        else:
            render_here(session, dataset, todo, progress)
        dataset.finish(session.finisher(), session.recorder.report.as_json())


def _recipe(config: Path | None, changes: list[str] | None, given: Mapping[str, Any]) -> Any:
    import yaml

    from detectors.recipe import Recipe

    recipe = Recipe()
    if config is not None:
        try:
            text = yaml.safe_load(config.read_text())
        except (OSError, yaml.YAMLError) as error:
            raise BadArgument(f"{config} is no recipe that can be read ({error})") from None
        if not isinstance(text, dict):
            raise BadArgument(f"{config} must hold a mapping of names to values")
        recipe = recipe.with_changes(text, str(config))
    for change in changes or []:
        name, equals, value = change.partition("=")
        if not equals:
            raise BadArgument(f"--set {change!r}: write name=value")
        recipe = recipe.with_changes({name: yaml.safe_load(value)}, "--set")
    return recipe.with_changes({k: v for k, v in given.items() if v is not None}, "option")


def train_classifier_(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="An .npz of images and labels, or a folder with a folder a class.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The run's folder.")],
    val: Annotated[Path | None, typer.Option("--val", help="Pictures to judge each epoch on.")] = None,
    network: Annotated[str, typer.Option("--network", help="rendersdg list classifiers")] = "resnet20",
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = 60,
    batch: Annotated[int, typer.Option("--batch", min=2)] = 64,
    rate: Annotated[float, typer.Option("--rate", help="Highest learning rate.")] = 0.1,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Train a classifier of small pictures, as the CIFAR-10 protocol of quantization needs it."""
    needs("torch", "train")
    from detectors.classify.pictures import read_pictures
    from detectors.classify.train import ClassifierRecipe, train_classifier

    recipe = ClassifierRecipe(network, epochs, batch, rate, seed=seed)
    pictures, judged = read_pictures(data), read_pictures(val) if val else None
    last: dict[str, float] = {}
    with FrameProgress(epochs, "train", quiet=quiet, unit="epochs") as progress:
        made = train_classifier(
            pictures,
            recipe,
            out,
            val=judged,
            resume=resume,
            tell=lambda epoch, numbers: progress(last.update(numbers) or epoch, {}),
        )
    if not quiet:
        told = f", top-1 {100 * last['top1']:.2f} on {val}" if "top1" in last else ""
        print(f"wrote {made}{told}")


def _shares(text: str) -> dict[str, float]:
    try:
        return {name.strip(): float(value) for name, _, value in (pair.partition("=") for pair in text.split(","))}
    except ValueError:
        raise BadArgument(f"--shares {text!r}: write name=share,name=share") from None


def _renames(pairs: list[str] | None) -> dict[str, str]:
    return dict(named(text, "--rename", "OLD=NEW, or OLD=- to drop") for text in pairs or [])


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "no class"


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    examples: dict[str, tuple[Callable[..., None], str]] = {
        "split": (split_, "rendersdg split voc:photos -o lists --shares train=0.7,val=0.3 --by group"),
        "mix": (
            mix_,
            "rendersdg mix --real voc:photos@train --synthetic out --real-fraction 0.1 --schedule finetune -o mix",
        ),
        "train": (train_, "rendersdg train mix --val voc:photos@val --detector fcos_resnet18 --steps 2000 -o run"),
        "train-classifier": (
            train_classifier_,
            "rendersdg train-classifier cifar10/train.npz --val cifar10/test.npz --network resnet20 -o run",
        ),
        "evaluate": (evaluate_, "rendersdg evaluate run voc:photos@val -o scores"),
        "study": (study_, "rendersdg study scenes/studies/neu_det.yaml -o study --jobs 2"),
    }
    for name, (function, example) in examples.items():
        app.command(name, epilog=f"Example: {example}\n\n{EXIT_CODES}")(function)
