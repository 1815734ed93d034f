"""The commands that learn: train, train-classifier, evaluate, study."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rendersdg.cli.options import (
    ClassesOption,
    FarmOption,
    FarmOptionsOption,
    ImgszOption,
    QuietOption,
    TrustOption,
    farm_options_of,
    frame_range,
    print_report,
    set_value,
    silent,
    takes,
    to_stderr,
)
from rendersdg.cli.sets import DATA, ClipOption, DataArgument, RenameOption, renames
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.extras import needs
from rendersdg.farm.rendering import render_scene
from rendersdg.files import require_room
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from detectors.confidence import Confidence
    from detectors.mix import Mix
    from detectors.recipe import Recipe

_STUDY_LINE_EVERY = 60.0  # seconds between lines about a study, which takes hours

SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Change the recipe: name=value, augment.name=value (repeatable).")
]


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Options of ``rendersdg train``."""

    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A folder that `rendersdg mix` made, a labelled set ([LAYOUT:]PATH[@SPLIT]), or a scene (.yaml, .py), "
            "whose frames are rendered as batches need them and kept nowhere.",
        ),
    ]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")]
    val: Annotated[str | None, typer.Option("--val", help="What it is judged on. " + DATA)] = None
    detector: Annotated[str | None, typer.Option("--detector", help="Which network; rendersdg list detectors.")] = None
    steps: Annotated[int | None, typer.Option("--steps", help="Batches, of each stage.")] = None
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, help="Instead of --steps: how often each image of the last stage is shown."),
    ] = None
    size: Annotated[
        int | None,
        typer.Option("--imgsz", "--size", help="Side of the square that the network sees, pixels; a multiple of 32."),
    ] = None
    config: Annotated[Path | None, typer.Option("--config", help="A recipe in YAML.")] = None
    changes: SetOption = None
    weights: Annotated[
        Path | None,
        typer.Option("--weights", help="Weights to start from: a run, a model.pt, or a file of torch or safetensors."),
    ] = None
    pretrained: Annotated[
        bool | None,
        typer.Option(
            "--pretrained/--no-pretrained", help="Begin with what the backbone learned on ImageNet (*_lite0)."
        ),
    ] = None
    freeze: Annotated[
        int | None,
        typer.Option("--freeze", min=0, help="Stages of the backbone, from the images on, that stay as they are."),
    ] = None
    layer_rate: Annotated[
        float | None, typer.Option("--layer-rate", help="Factor by which the rate falls from stage to stage, e.g. 0.5.")
    ] = None
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Let weights run code that they bring (ultralytics' .pt), in a process apart."),
    ] = False
    seed: Annotated[int | None, typer.Option("--seed", help="Seed.")] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder.")] = False
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, help="Processes, started by torchrun; each computes its share of every batch."
        ),
    ] = 1
    farm: FarmOption = "local"
    farm_options: FarmOptionsOption = None
    clip: ClipOption = False
    rename: RenameOption = None
    loggers: Annotated[
        list[str] | None,
        typer.Option("--logger", help="Also log to tensorboard, mlflow or wandb, below the run's folder (repeatable)."),
    ] = None
    frames: Annotated[
        str | None, typer.Option("--frames", help="Of a scene: how many different frames, or A:B; default: all it has.")
    ] = None
    scene_seed: Annotated[int | None, typer.Option("--scene-seed", help="Of a scene: the seed of its frames.")] = None
    quiet: QuietOption = False


@takes(TrainOptions)
def train_(options: TrainOptions) -> None:
    """Train a detector from scratch, or from weights, and judge it on real images."""
    require_room(options.out)
    needs("torch", "train")
    from detectors.account import Telling
    from detectors.foreign import Weights
    from detectors.loggers import check_loggers
    from detectors.mix import read_training
    from detectors.readers import read
    from detectors.samples import checked
    from detectors.train import train
    from rendersdg.farm import FARMS
    from rendersdg.farm.processes import Training

    farm = FARMS[options.farm]  # an unknown one is an error before the images are read
    if options.epochs is not None and options.steps is not None:
        raise BadArgument("--epochs and --steps both say how long to train; give one")
    names = ("detector", "steps", "seed", "size", "pretrained", "freeze", "layer_rate")
    by_option = {name: getattr(options, name) for name in names}
    recipe = _recipe(options.config, options.changes, by_option)
    loggers = tuple(options.loggers or ())
    check_loggers(loggers)
    new_names = renames(options.rename)
    if is_scene(options.data):
        if new_names:
            raise BadArgument("--rename is for labelled sets; a scene names its classes itself (semantics)")
        mix = _frames_of(options)
    elif options.frames is not None or options.scene_seed is not None:
        raise BadArgument("--frames and --scene-seed are for scenes; a labelled set has the images that it has")
    else:
        mix = read_training(options.data, clip=options.clip, rename=new_names)
    val = None
    if options.val:
        own = checked(read(options.val), clip=options.clip)
        _say_order(own.classes, mix.classes, options.val, silent if options.quiet else to_stderr)
        val = own.of_classes(mix.classes, {old: new for old, new in new_names.items() if old in own.classes})
    log: Callable[[str], None] = silent if options.quiet else _say
    if options.epochs is not None:
        recipe = _of_epochs(recipe, options.epochs, mix, log)
    if options.workers == 1 and options.farm == "local" and not options.farm_options:
        record = train(
            mix,
            recipe,
            options.out,
            val,
            weights=None if options.weights is None else Weights(options.weights, options.trust),
            resume=options.resume,
            quiet=options.quiet,
            log=Telling(log, loggers),
        )
    else:
        if loggers:
            raise BadArgument("--logger is for a training in one process here; leave --workers and --farm, or it")
        training = Training(
            mix, recipe, options.out, val, options.weights, options.resume, options.quiet, options.trust
        )
        record = farm.train(training, options.workers, farm_options_of(options.farm_options), log)
    if not options.quiet and record:  # which the first of torchrun's processes has
        if options.farm != "local" and "scores" in record:
            print(", ".join(f"{name} {record['scores']['summary'][name]:.3f}" for name in ("mAP", "mAP50")))
        best = options.out / "best.pt"
        also = f", and the best check's weights in {best}" if best.is_file() else ""
        print(f"{counted(record['steps'], 'step')} in {record['seconds']:.0f} s; {options.out / 'model.pt'}{also}")


def _say_order(found: Sequence[str], wanted: Sequence[str], name: str, log: Callable[[str], None]) -> None:
    """Say that a set numbers the classes otherwise; names count, so that nothing is wrong unless the names are."""
    if found != wanted and sorted(found) == sorted(wanted):
        k = next(k for k, (one, other) in enumerate(zip(found, wanted)) if one != other)
        log(
            f"{name} lists its classes in another order (class {k} is {found[k]!r} there and {wanted[k]!r} here); they "
            "are matched by name: make sure that the list beside those labels is the right one"
        )


def _say(text: str) -> None:
    print(text, flush=True)  # a log that is watched has each line when it is said


def _of_epochs(recipe: Recipe, epochs: int, mix: Mix, log: Callable[[str], None]) -> Recipe:
    """Return the recipe with the steps that so many epochs are, which are said."""
    from detectors.account import steps_of

    images = sum(len(part.samples) for part in mix.stages[-1].parts)
    steps = steps_of(epochs, images, recipe.batch)
    of_each = " in each stage" if len(mix.stages) > 1 else ""
    shown = f"{counted(epochs, 'epoch', 'epochs')} of {counted(images, 'image')}, {recipe.batch} at a time"
    log(f"{shown}: {counted(steps, 'step')}{of_each}")
    return recipe.with_changes({"steps": steps}, "--epochs")


def is_scene(data: str) -> bool:
    """Return whether what is to be learnt from is a scene or a script rather than a labelled set."""
    return data.lower().endswith((".yaml", ".yml", ".py")) and Path(data).is_file() and not _is_yolo(Path(data))


def _is_yolo(file: Path) -> bool:
    """Return whether a YAML file is ultralytics' description of a set."""
    from rendersdg.yaml_values import load_yaml

    return file.suffix.lower() != ".py" and isinstance(text := load_yaml(file), dict) and "names" in text


def _frames_of(options: TrainOptions) -> Mix:
    """Return the frames of a scene, each rendered when a batch asks for it."""
    from detectors.mix import alone
    from rendersdg.api.learning import live
    from rendersdg.api.scenes import load

    scene = load(options.data, seed=options.scene_seed)
    if not options.quiet:
        print_report(scene.report)
    return alone(live(scene, None if options.frames is None else frame_range(options.frames, scene.length)))


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """Options of ``rendersdg evaluate``."""

    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A run's folder, a model.pt, an .xml or .onnx, an ultralytics .pt.")
    ]
    data: DataArgument
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for scores.json, detections.json (COCO results) and plots."),
    ] = None
    iou: Annotated[
        float | None, typer.Option("--iou", help="Also the mean precision at this IoU, e.g. 0.33 for DeepPCB.")
    ] = None
    pixels: Annotated[bool, typer.Option("--pixels", help="Also the pixel precision, against masks.")] = False
    tta: Annotated[
        bool, typer.Option("--tta", help="Test-time augmentation: look at each image mirrored, too, at twice the cost.")
    ] = False
    keep: Annotated[
        bool,
        typer.Option(
            "--keep-confidence", help="Keep the best confidence on DATA for predict and serve, though there is one."
        ),
    ] = False
    resamples: Annotated[
        int, typer.Option("--resamples", help="Draws of the bootstrap over images; 0: no intervals.")
    ] = 1000
    rename: RenameOption = None
    clip: ClipOption = False
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    quiet: QuietOption = False


@takes(EvaluateOptions)
def evaluate_(options: EvaluateOptions) -> None:
    """Judge a detector: COCO's mAP and AR, per class, with 95 % intervals; image and pixel precision for defects."""
    needs("torch", "train")
    from detectors.confidence import suggested
    from detectors.detections import SURE
    from detectors.evaluate import ap_at, as_results, evaluate
    from detectors.masks import unoutlined
    from detectors.oriented import refuse_unoutlined
    from detectors.plots import draw_run
    from detectors.readers import read
    from detectors.runtime import load_model, predict
    from detectors.samples import checked
    from detectors.told import Told
    from detectors.views import with_mirrors

    model = load_model(options.model, told=Told(options.classes, options.imgsz, options.trust))
    if options.tta:
        model = with_mirrors(model)
    own = checked(read(options.data), clip=options.clip)
    _say_order(own.classes, model.classes, options.data, silent if options.quiet else to_stderr)
    truth = own.of_classes(model.classes, renames(options.rename))
    if model.finds == "oriented boxes":
        refuse_unoutlined(truth, "this model is judged by its oriented boxes")
    with FrameProgress(len(truth), "evaluate", quiet=options.quiet, unit="images") as progress:
        detections = predict(model, truth.images, on_image=lambda count: progress(count, {}))
    scores = evaluate(truth, detections, resamples=options.resamples, pixels=options.pixels)
    print(scores.table())
    if model.finds == "masks" and scores.masks is None:
        print(f"masks are not judged: {counted(unoutlined(truth)[0], 'object')} of {options.data} have a box alone")
    record = scores.as_json()
    if options.iou is not None:
        record[f"mAP@{options.iou:g}"] = ap_at(truth, detections, options.iou)
        print(f"mAP at IoU {options.iou:g}: {record[f'mAP@{options.iou:g}']:.3f}")
    best = suggested(truth, detections)
    if not options.tta:  # predict and serve look once
        _keep(options.model, best, anew=options.keep)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        record["confidence"] = None if best is None else best.as_json()
        (options.out / "scores.json").write_text(json.dumps(record, indent=1) + "\n")
        (options.out / "detections.json").write_text(json.dumps(as_results(detections)) + "\n")
        draw_run(options.out, truth, detections, SURE if best is None else best.value)


def _keep(model: Path, best: Confidence | None, *, anew: bool) -> None:
    """Keep the suggested confidence beside the model, and say so.

    One that is there stays unless it is to be found ``anew``: a test set shall not decide what it then judges.
    """
    from detectors.confidence import keep, kept

    if best is None:
        print("no confidence is suggested: nothing that was found is right")
        return
    text = (
        f"best confidence {best.value:.2f}: F1 {best.f1:.3f}, precision {best.precision:.3f}, recall {best.recall:.3f} "
        "(means over classes)"
    )
    before = kept(model)
    if before is not None and not anew:
        on = f" from {before.data}" if before.data else ""
        print(f"{text}; predict and serve go on with {before.value:.2f}{on}, --keep-confidence takes this one")
        return
    try:
        keep(model, best)
    except DatasetError as error:
        print(f"{text}; it is not kept ({error})")
        return
    print(f"{text}; kept beside the model, predict and serve use it")


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """Options of ``rendersdg study``."""

    file: Annotated[Path, typer.Argument(metavar="STUDY", help="A study in YAML.")]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the study; a study in it goes on.")]
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Runs at a time; they share the cores.")] = 1
    only: Annotated[int | None, typer.Option("--only", help="Stop after that many runs; call again to go on.")] = None
    resamples: Annotated[int, typer.Option("--resamples", help="Draws of the bootstrap over images and seeds.")] = 500
    quiet: QuietOption = False


@takes(StudyOptions)
def study_(options: StudyOptions) -> None:
    """Find out what rendered images are worth: learning curves with and without them,
    and how many real labels they replace.
    """
    require_room(options.out)
    needs("torch", "train")
    from detectors.report import report
    from detectors.study import cells_of, read_sets, read_study, run_study

    out = options.out
    study = read_study(options.file)
    sets = read_sets(study, out, partial(render_scene, workers=options.jobs))
    log = silent if options.quiet else to_stderr
    with FrameProgress(None, "study", quiet=options.quiet, unit="steps", every=_STUDY_LINE_EVERY) as progress:

        def on_steps(steps: int, total: int) -> None:
            if progress.total is None:
                progress.expect(total)
            if steps > progress.done:
                progress(steps, {}, steps - progress.done)

        done = run_study(study, sets, out, jobs=options.jobs, only=options.only, log=log, on_steps=on_steps)
    print(report(study, sets, done, out, resamples=options.resamples), end="")
    missing = len(cells_of(study)) - len(done)
    if missing and options.only is None:
        raise TrainingFailed(
            f"{counted(missing, 'run')} failed or missing; the others are in the table; run again to continue"
        )
    print(f"{counted(len(done), 'run')}, {missing} to do; {out / 'study.md'}, {out / 'study.png'}")


def _recipe(config: Path | None, changes: list[str] | None, by_option: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a file, then of ``--set``, then of options of their own, each over those before."""
    from detectors.recipe import Recipe
    from rendersdg.yaml_values import load_yaml, plain_value

    recipe = Recipe()
    if config is not None:
        text = plain_value(load_yaml(config, BadArgument))
        if not isinstance(text, dict):
            raise BadArgument(f"{config} must hold a mapping of names to values")
        recipe = recipe.with_changes(text, str(config))
    for change in changes or []:
        name, value = set_value(change, "name=value")
        recipe = recipe.with_changes({name: value}, "--set")
    return recipe.with_changes({k: v for k, v in by_option.items() if v is not None}, "option")


@dataclass(frozen=True, kw_only=True)
class TrainClassifierOptions:
    """Options of ``rendersdg train-classifier``."""

    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="An .npz of images and labels, or a folder with a folder a class.")
    ]
    out: Annotated[Path, typer.Option("--out", "-o", help="The run's folder.")]
    val: Annotated[Path | None, typer.Option("--val", help="Pictures to judge each epoch on.")] = None
    network: Annotated[str, typer.Option("--network", help="rendersdg list classifiers")] = "resnet20"
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = 60
    batch: Annotated[int, typer.Option("--batch", min=2)] = 64
    rate: Annotated[float, typer.Option("--rate", help="Highest learning rate.")] = 0.1
    seed: Annotated[int, typer.Option("--seed")] = 0
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False
    quiet: QuietOption = False


@takes(TrainClassifierOptions)
def train_classifier_(options: TrainClassifierOptions) -> None:
    """Train a classifier of small pictures, as the CIFAR-10 protocol of quantization needs it."""
    require_room(options.out)
    needs("torch", "train")
    from detectors.classify.pictures import read_pictures
    from detectors.classify.train import ClassifierRecipe, train_classifier

    recipe = ClassifierRecipe(options.network, options.epochs, options.batch, options.rate, seed=options.seed)
    pictures, val = read_pictures(options.data), read_pictures(options.val) if options.val else None
    last: dict[str, float] = {}
    with FrameProgress(options.epochs, "train", quiet=options.quiet, unit="epochs") as progress:

        def on_epoch(epoch: int, numbers: Mapping[str, float]) -> None:
            last.update(numbers)
            progress(epoch, {})

        model = train_classifier(pictures, recipe, options.out, val=val, resume=options.resume, on_epoch=on_epoch)
    if not options.quiet:
        score = f", top-1 {100 * last['top1']:.2f} on {options.val}" if "top1" in last else ""
        print(f"wrote {model}{score}")
