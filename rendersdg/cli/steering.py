"""The commands that look at what a detector misses: steer and explain."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.options import (
    AssetsOption,
    ClassesOption,
    ImgszOption,
    QuietOption,
    TrustOption,
    asset_pairs,
    log_errors,
    takes,
)
from rendersdg.dataset.drawn import drawn_frames
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import needs
from rendersdg.files import require_room, write_file
from rendersdg.progress import FrameProgress


@dataclass(frozen=True, kw_only=True)
class SteerOptions:
    """Options of ``rendersdg steer``."""

    study: Annotated[Path, typer.Argument(metavar="STUDY", help="A YAML study: a scene, what to steer on, a hold-out.")]
    out: Annotated[Path, typer.Option("--out", "-o", help="The study's folder; one that was stopped goes on there.")]
    control: Annotated[
        bool,
        typer.Option("--control", help="Re-weight nothing: equally many frames of the author's scene, to compare."),
    ] = False
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed; default: the study's.")] = None
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that render.")] = 1
    quiet: QuietOption = False


@takes(SteerOptions)
def steer_(options: SteerOptions) -> None:
    """Train, see what is missed, draw more of it, and again, until a hold-out stops getting better."""
    from rendersdg.steering.study import read_steering

    log_errors()
    require_room(options.out)
    study = read_steering(options.study)
    needs("torch", "train", "steering")
    from rendersdg.steering.learner import DetectorLearner
    from rendersdg.steering.rounds import steer
    from rendersdg.steering.trail import write_trail

    seed = study.seed if options.seed is None else options.seed
    study = replace(
        study, seed=seed, is_control=study.is_control or options.control, recipe=replace(study.recipe, seed=seed)
    )
    told = (lambda text: None) if options.quiet else print
    learner = DetectorLearner(study.recipe, quiet=options.quiet)
    done = steer(study, options.out, learner, workers=options.workers, progress=not options.quiet, log=told)
    write_trail(study, done, options.out)
    if not options.quiet:
        best = done.best
        run = options.out / f"round_{best.number}" / "run"
        print(
            f"stopped since {done.stopped}; the best hold-out is that of round {best.number}: mAP50 "
            f"{best.hold_out.map50:.3f}, recall {best.hold_out.recall:.3f} ({run})"
        )
        print(f"wrote {options.out / 'trail.md'} and {options.out / 'scene.yaml'}")


@dataclass(frozen=True, kw_only=True)
class ExplainOptions:
    """Options of ``rendersdg explain``."""

    model: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder, a model.pt, or an exported .xml or .onnx.")
    ]
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The rendered dataset that the frame is of, or a scene.")]
    frame: Annotated[int, typer.Option("--frame", min=0, help="The frame to make again.")]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for explain.png and explain.json.")] = Path(
        "explained"
    )
    number: Annotated[
        int | None,
        typer.Option("--object", help="Which of its objects, from 0; default: the one with the lowest score."),
    ] = None
    camera: Annotated[str | None, typer.Option("--camera", help="The render product; default: the first.")] = None
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", help="What to change, such as light or marks.gain or '*.length' (repeatable)."),
    ] = None
    steps: Annotated[int, typer.Option("--steps", min=3, max=50, help="Values across a range.")] = 7
    confidence: Annotated[
        float, typer.Option("--confidence", min=0, max=1, help="The score below which an object is missed.")
    ] = 0.3
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Of a scene; default: its own, else 0.")] = None
    assets: AssetsOption = None
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    quiet: QuietOption = False


@takes(ExplainOptions)
def explain_(options: ExplainOptions) -> None:
    """Render one object again with one thing changed at a time, and show where a detector loses it."""
    log_errors()
    require_room(options.out)
    if options.model.suffix not in (".xml", ".onnx"):
        needs("torch", "train", "a model of torch")
    needs("matplotlib", "train", "the figure")
    import rendersdg
    from detectors.runtime import load_model
    from detectors.told import Told
    from rendersdg.steering.explain import explain, object_of, trial_count
    from rendersdg.steering.explain_figure import as_json, figure_of

    _check_frame(options)
    scene = rendersdg.load(options.data, seed=options.seed, assets=dict(asset_pairs(options.assets)))
    frame = scene.frame(options.frame, options.camera)
    model = load_model(options.model, told=Told(options.classes, options.imgsz, options.trust))
    only = tuple(options.parameters or ["*"])
    o = object_of(frame, model, options.number)
    if o.label not in model.classes:
        raise BadArgument(f"{options.model} has learnt {', '.join(model.classes)}, and no {o.label}")
    number = [each.prim_path for each in frame.objects].index(o.prim_path)
    count = trial_count(frame, o, scene.parameters, only, options.steps)
    with FrameProgress(count, "explain", quiet=options.quiet, unit="pictures") as progress:
        told = explain(
            frame, model, known=scene.parameters, number=number, only=only, steps=options.steps,
            on_step=lambda: progress(0, {}),
        )  # fmt: skip
    name = options.model.stem if options.model.suffix else options.model.name
    write_file(options.out / "explain.png", figure_of(told, options.confidence, name))
    text = json.dumps(as_json(told, options.confidence), indent=1) + "\n"
    write_file(options.out / "explain.json", text.encode())
    if not options.quiet:
        print(f"{told.label} ({told.prim_path}), frame {told.frame}, {told.camera}: score {told.score:.2f}")
        print(told.table(options.confidence))
        print(f"wrote {options.out / 'explain.png'} and {options.out / 'explain.json'}")


def _check_frame(options: ExplainOptions) -> None:
    """Raise what is wrong with the frame that is asked for, before anything is loaded."""
    if not options.data.exists():
        raise DatasetError(f"{options.data} is not there: give a rendered dataset's folder, or a scene")
    if options.data.is_dir():
        if options.seed is not None:
            raise BadArgument(f"--seed is for a scene: the frames of {options.data} have the dataset's seed")
        frames = sorted(drawn_frames(options.data).values)
        if options.frame not in frames:
            told = f"{frames[0]} to {frames[-1]}" if frames else "no frames"
            raise BadArgument(f"--frame {options.frame}: {options.data} has {told}")
