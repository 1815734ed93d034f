"""The commands of the teaching code: vision transformers that are small enough to read."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rendersdg.cli.learn import is_scene
from rendersdg.cli.options import FarmOption, FarmOptionsOption, QuietOption, farm_options_of, silent, takes
from rendersdg.errors import BadArgument
from rendersdg.extras import needs
from rendersdg.files import require_room, write_file
from rendersdg.progress import phases

if TYPE_CHECKING:
    from detectors.classify.pictures import Pictures
    from detectors.vision.parallel.job import VisionTraining
    from detectors.vision.parallel.training import Split

app = typer.Typer(help="Vision transformers to learn from, small enough to read.", no_args_is_help=True)
_DATA = (
    "An .npz of images and labels, a folder with a folder of images a class, or a labelled set, [LAYOUT:]PATH[@SPLIT]."
)
_OutOption = Annotated[Path, typer.Option("--out", "-o", help="The run's folder.")]
_ValOption = Annotated[str | None, typer.Option("--val", help="Pictures to judge each epoch by.")]
_SizeOption = Annotated[int, typer.Option("--size", help="Side of the pictures, pixels.")]
_WidthOption = Annotated[int, typer.Option("--width", help="Numbers for each token.")]
_HeadsOption = Annotated[int, typer.Option("--heads", help="Heads of attention.")]
_DepthOption = Annotated[int, typer.Option("--depth", help="Blocks.")]
_EpochsOption = Annotated[int, typer.Option("--epochs")]
_BatchOption = Annotated[int, typer.Option("--batch")]
_RateOption = Annotated[float, typer.Option("--rate", help="Highest learning rate.")]
_SeedOption = Annotated[int, typer.Option("--seed")]
_ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")]
_WorkersOption = Annotated[int, typer.Option("--workers", min=1, help="Processes, started by torchrun.")]
_LayoutOption = Annotated[
    str | None,
    typer.Option(
        "--layout",
        help="How processes share the work: dp=N copies, fsdp=N shards, tp=N shares of heads, pp=N stages, joined by "
        "commas; the product is --workers. Default: dp.",
    ),
]
_AccumulateOption = Annotated[
    int | None,
    typer.Option("--accumulate", min=1, help="Parts of a process's share of a batch, computed one after another."),
]
_PrecisionOption = Annotated[
    Literal["float32", "bf16"], typer.Option("--precision", help="bf16: products in bfloat16, weights in float32.")
]
_RecomputeOption = Annotated[
    bool,
    typer.Option("--checkpoint-activations", help="Compute blocks again for the gradient, and keep less in memory."),
]
_EveryOption = Annotated[
    int | None, typer.Option("--checkpoint-every", min=1, help="Steps between checkpoints; default: an epoch.")
]


@dataclass(frozen=True, kw_only=True)
class GPTOptions:
    """Options of ``rendersdg vision gpt``."""

    data: Annotated[str, typer.Argument(metavar="DATA", help=_DATA)]
    out: _OutOption
    val: _ValOption = None
    size: _SizeOption = 16
    levels: Annotated[int, typer.Option("--levels", help="Levels of brightness, 2 to 256; 256 loses nothing.")] = 32
    colour: Annotated[bool, typer.Option("--colour", help="Three tokens a pixel, not one of grey.")] = False
    width: _WidthOption = 128
    heads: _HeadsOption = 4
    depth: _DepthOption = 4
    epochs: _EpochsOption = 10
    batch: _BatchOption = 32
    rate: _RateOption = 1e-3
    seed: _SeedOption = 0
    resume: _ResumeOption = False
    workers: _WorkersOption = 1
    layout: _LayoutOption = None
    accumulate: _AccumulateOption = None
    precision: _PrecisionOption = "float32"
    recompute: _RecomputeOption = False
    every: _EveryOption = None
    farm: FarmOption = "local"
    farm_options: FarmOptionsOption = None
    quiet: QuietOption = False


@app.command(epilog="Example: rendersdg vision gpt cifar10/train.npz --val cifar10/test.npz --size 16 -o gpt")
@takes(GPTOptions)
def gpt(options: GPTOptions) -> None:
    """Train an image GPT: it guesses each pixel from those before it, and so makes pictures of its own."""
    require_room(options.out)
    needs("torch", "train")
    import numpy as np

    from detectors.vision.gpt import GPTRecipe, drawn, load_gpt, train_gpt
    from detectors.vision.pictures import pictures_of, sheet

    recipe = GPTRecipe(
        size=options.size,
        levels=options.levels,
        grey=not options.colour,
        width=options.width,
        heads=options.heads,
        depth=options.depth,
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        seed=options.seed,
    )
    split = _split_of(options)
    if split is None:
        pictures = pictures_of(options.data, options.size)
        val = pictures_of(options.val, options.size) if options.val else None
        with phases(options.quiet) as on_phase:
            log = train_gpt(
                pictures, recipe, options.out, val=val, resume=options.resume, on_step=partial(on_phase, "vision gpt")
            )
    else:
        from detectors.vision.parallel.job import VisionTraining

        training = VisionTraining("gpt", options.data, recipe, options.out, split, val=options.val)
        log = _trained(training, options)
        if not log:
            return  # the first process says how it went
    network, _, classes = load_gpt(options.out)
    labels = np.repeat(np.arange(len(classes)), 8)
    made = drawn(network, recipe, labels, seed=options.seed)
    write_file(options.out / "samples.png", sheet(made, labels))
    if not options.quiet:
        last = log[-1]
        judged = f", {last['val_bits']:.3f} on {options.val}" if "val_bits" in last else ""
        print(
            f"{last['bits']:.3f} bits a dimension{judged} (one that knows nothing: {recipe.bits_unlearned:.3f}); "
            f"{options.out / 'model.pt'}, {options.out / 'samples.png'}"
        )


@dataclass(frozen=True, kw_only=True)
class MAEOptions:
    """Options of ``rendersdg vision mae``."""

    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help=_DATA + " Labels are not looked at. Or a scene (.yaml, .py), which is drawn as it is needed.",
        ),
    ]
    out: _OutOption
    frames: Annotated[
        int | None, typer.Option("--frames", min=1, help="Of a scene: how many, through all of its cameras.")
    ] = None
    size: _SizeOption = 32
    patch: Annotated[int, typer.Option("--patch", help="Side of a patch, pixels.")] = 4
    width: _WidthOption = 128
    heads: _HeadsOption = 4
    depth: _DepthOption = 4
    epochs: _EpochsOption = 20
    batch: _BatchOption = 64
    rate: _RateOption = 1e-3
    seed: _SeedOption = 0
    resume: _ResumeOption = False
    workers: _WorkersOption = 1
    layout: _LayoutOption = None
    accumulate: _AccumulateOption = None
    precision: _PrecisionOption = "float32"
    recompute: _RecomputeOption = False
    every: _EveryOption = None
    farm: FarmOption = "local"
    farm_options: FarmOptionsOption = None
    quiet: QuietOption = False


@app.command(epilog="Example: rendersdg vision mae rendered --size 64 --patch 8 -o mae")
@takes(MAEOptions)
def mae(options: MAEOptions) -> None:
    """Train a vision transformer without labels: it says what covered patches of a picture hold."""
    require_room(options.out)
    needs("torch", "train")
    import numpy as np

    from detectors.vision.learning import ViTRecipe, load_mae, train_mae
    from detectors.vision.pictures import images_of_tensor, pictures_of, sheet
    from detectors.vision.vit import ViTSize, tensor_of

    size = ViTSize(options.size, options.patch, options.width, options.heads, options.depth)
    recipe = ViTRecipe(options.epochs, options.batch, options.rate, seed=options.seed)
    split = _split_of(options)
    if is_scene(options.data):
        pictures = _drawn(options, split)
    elif options.frames is not None:
        raise BadArgument("--frames is for scenes; a set has the pictures that it has")
    else:
        pictures = pictures_of(options.data, options.size)
    if split is None:
        with phases(options.quiet) as on_phase:
            log = train_mae(
                pictures, size, recipe, options.out, resume=options.resume, on_step=partial(on_phase, "vision mae")
            )
    else:
        from detectors.vision.parallel.job import VisionTraining

        log = _trained(VisionTraining("mae", options.data, recipe, options.out, split, size), options)
        if not log:
            return
    shown = tensor_of(pictures.images[:8], options.size)
    left, filled = load_mae(options.out).reconstructed(shown)
    rows = np.concatenate([images_of_tensor(each) for each in (shown, left, filled)])
    write_file(options.out / "reconstructed.png", sheet(rows, np.repeat(np.arange(3), len(shown))))
    if not options.quiet:
        print(
            f"loss {log[-1]['loss']:.3f} (one that knows nothing: 1); {options.out / 'model.pt'}, "
            f"{options.out / 'reconstructed.png'}: pictures, what is seen of them, what is said of the rest"
        )


def _drawn(options: MAEOptions, split: Split | None) -> Pictures:
    """Return the frames of a scene through all of its cameras, each drawn when a batch first asks for it."""
    from rendersdg.api.learning import pictures_of_scene
    from rendersdg.api.scenes import load

    if split is not None:
        raise BadArgument("a scene is drawn in one process: leave --workers, --layout and the like out, or render it")
    scene = load(Path(options.data), seed=options.seed)
    frames = scene.length if options.frames is None else options.frames
    if frames is None:
        raise BadArgument(f"{options.data} has no end; give --frames")
    return pictures_of_scene(scene, frames, options.size)


@dataclass(frozen=True, kw_only=True)
class ClassifyOptions:
    """Options of ``rendersdg vision classify``."""

    data: Annotated[str, typer.Argument(metavar="DATA", help=_DATA)]
    out: _OutOption
    val: _ValOption = None
    weights: Annotated[
        Path | None, typer.Option("--weights", help="A run of `vision mae` to begin with, which says the size.")
    ] = None
    size: Annotated[int | None, typer.Option("--size", help="Side of the pictures, pixels; 32.")] = None
    patch: Annotated[int | None, typer.Option("--patch", help="Side of a patch, pixels; 4.")] = None
    width: Annotated[int | None, typer.Option("--width", help="Numbers for each token; 128.")] = None
    heads: Annotated[int | None, typer.Option("--heads", help="Heads of attention; 4.")] = None
    depth: Annotated[int | None, typer.Option("--depth", help="Blocks; 4.")] = None
    epochs: _EpochsOption = 20
    batch: _BatchOption = 64
    rate: _RateOption = 1e-3
    layer_rate: Annotated[
        float, typer.Option("--layer-rate", help="Share of the rate at which the encoder learns, above 0 up to 1.")
    ] = 1.0
    seed: _SeedOption = 0
    resume: _ResumeOption = False
    workers: _WorkersOption = 1
    layout: _LayoutOption = None
    accumulate: _AccumulateOption = None
    precision: _PrecisionOption = "float32"
    recompute: _RecomputeOption = False
    every: _EveryOption = None
    farm: FarmOption = "local"
    farm_options: FarmOptionsOption = None
    quiet: QuietOption = False


@app.command(epilog="Example: rendersdg vision classify photos --val held-out --weights mae -o classifier")
@takes(ClassifyOptions)
def classify(options: ClassifyOptions) -> None:
    """Train a vision transformer to tell classes of pictures, from nothing or from what it learned without labels."""
    require_room(options.out)
    needs("torch", "train")
    from detectors.vision.learning import ViTRecipe, load_mae, train_vit
    from detectors.vision.pictures import pictures_of
    from detectors.vision.vit import ViTSize

    given = {k: v for k in ("size", "patch", "width", "heads", "depth") if (v := getattr(options, k)) is not None}
    encoder = load_mae(options.weights).encoder if options.weights else None
    size = ViTSize(**given) if encoder is None else encoder.size
    for name, value in given.items():
        if getattr(size, name) != value:
            raise BadArgument(f"--{name} {value}: {options.weights} has {getattr(size, name)}; leave the option away")
    recipe = ViTRecipe(options.epochs, options.batch, options.rate, layer_rate=options.layer_rate, seed=options.seed)
    split = _split_of(options)
    if split is None:
        pictures = pictures_of(options.data, size.size)
        val = pictures_of(options.val, size.size) if options.val else None
        with phases(options.quiet) as on_phase:
            log = train_vit(
                pictures,
                size,
                recipe,
                options.out,
                encoder=encoder,
                val=val,
                resume=options.resume,
                on_step=partial(on_phase, "vision classify"),
            )
    else:
        from detectors.vision.parallel.job import VisionTraining

        log = _trained(
            VisionTraining(
                "classify", options.data, recipe, options.out, split, size, val=options.val, weights=options.weights
            ),
            options,
        )
        if not log:
            return
    if not options.quiet:
        judged = f", top-1 {100 * log[-1]['top1']:.2f} on {options.val}" if options.val else ""
        print(f"loss {log[-1]['loss']:.3f}{judged}; {options.out / 'model.pt'}")


def _split_of(options: GPTOptions | MAEOptions | ClassifyOptions) -> Split | None:
    """Return how a training is split over processes; None where the loop of the teaching code does it."""
    chosen = (options.layout, options.accumulate, options.every, options.farm_options)
    is_plain = options.workers == 1 and options.precision == "float32" and not options.recompute
    is_alone = options.farm == "local" and int(os.environ.get("WORLD_SIZE", "1")) == 1
    if is_plain and is_alone and chosen == (None, None, None, None) and not any(options.out.glob("checkpoint-*")):
        return None
    try:
        from detectors.vision.parallel.training import Split
    except ImportError as error:  # an older torch
        raise BadArgument(f"several processes, and the options for them, need torch 2.6 or later ({error})") from None

    return Split(options.layout, options.accumulate, options.precision, options.recompute, options.every)


def _trained(training: VisionTraining, options: GPTOptions | MAEOptions | ClassifyOptions) -> list[dict[str, float]]:
    """Train in processes, and return the numbers of each epoch; nothing where this is not the first of them."""
    from detectors.vision.parallel.layout import layout_of
    from rendersdg.farm import FARMS

    farm = FARMS[options.farm]
    training = replace(training, resume=options.resume, quiet=options.quiet)
    if options.workers == 1 and options.farm == "local" and not options.farm_options:
        record = training.run()
    else:
        layout_of(options.layout, options.workers)  # what cannot be is said before processes start
        say = silent if options.quiet else partial(print, flush=True)
        record = farm.train(training, options.workers, farm_options_of(options.farm_options), say)
    log: list[dict[str, float]] = record["log"] if record else []
    return log


@app.command(epilog="Example: rendersdg vision sample gpt -o made.npz --count 100 --class frog")
def sample(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder or its model.pt.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="made.npz (images, labels, classes), or sheet.png, a row a class.")
    ],
    count: Annotated[int, typer.Option("--count", min=1, help="Pictures of each class.")] = 8,
    label: Annotated[
        list[str] | None, typer.Option("--class", help="Name of a class to make (repeatable); default: all.")
    ] = None,
    warmth: Annotated[
        float, typer.Option("--warmth", help="Below 1 likely pixels become likelier, above 1 less likely ones.")
    ] = 1.0,
    seed: _SeedOption = 0,
) -> None:
    """Draw pictures from an image GPT."""
    needs("torch", "train")
    import numpy as np

    from detectors.vision.gpt import drawn, load_gpt
    from detectors.vision.pictures import sheet

    if out.suffix not in (".png", ".npz"):
        raise BadArgument(f"--out {out} is neither .npz nor .png")
    if not warmth > 0:
        raise BadArgument(f"--warmth {warmth:g} is not above 0")
    network, recipe, classes = load_gpt(run)
    for name in label or ():
        if name not in classes:
            raise BadArgument(f"--class {name!r} is none of {', '.join(classes)}")
    labels = np.repeat([classes.index(name) for name in label or classes], count)
    made = drawn(network, recipe, labels, warmth=warmth, seed=seed)
    if out.suffix == ".png":
        write_file(out, sheet(made, labels))
    else:
        file = io.BytesIO()
        np.savez_compressed(file, images=made, labels=labels, classes=np.array(classes))
        write_file(out, file.getvalue())
    print(f"wrote {out}")
