"""The commands of the teaching code: vision transformers that are small enough to read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.options import QuietOption, takes
from rendersdg.errors import BadArgument
from rendersdg.extras import needs
from rendersdg.files import require_room, write_file
from rendersdg.progress import FrameProgress

app = typer.Typer(help="Vision transformers to learn from, small enough to read.", no_args_is_help=True)
_DATA = (
    "An .npz of images and labels, a folder with a folder of images a class, or a labelled set, [LAYOUT:]PATH[@SPLIT]."
)


@dataclass(frozen=True, kw_only=True)
class GPTOptions:
    """Options of ``rendersdg vision gpt``."""

    data: Annotated[str, typer.Argument(metavar="DATA", help=_DATA)]
    out: Annotated[Path, typer.Option("--out", "-o", help="The run's folder.")]
    val: Annotated[str | None, typer.Option("--val", help="Pictures to judge each epoch by.")] = None
    size: Annotated[int, typer.Option("--size", help="Side of the pictures, pixels.")] = 16
    levels: Annotated[int, typer.Option("--levels", help="Levels of brightness, 2 to 256; 256 loses nothing.")] = 32
    colour: Annotated[bool, typer.Option("--colour", help="Three tokens a pixel, not one of grey.")] = False
    width: Annotated[int, typer.Option("--width", help="Numbers for each token.")] = 128
    heads: Annotated[int, typer.Option("--heads", help="Heads of attention.")] = 4
    depth: Annotated[int, typer.Option("--depth", help="Blocks.")] = 4
    epochs: Annotated[int, typer.Option("--epochs")] = 10
    batch: Annotated[int, typer.Option("--batch")] = 32
    rate: Annotated[float, typer.Option("--rate", help="Highest learning rate.")] = 1e-3
    seed: Annotated[int, typer.Option("--seed")] = 0
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False
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
    pictures = pictures_of(options.data, options.size)
    val = pictures_of(options.val, options.size) if options.val else None
    with FrameProgress(None, "vision gpt", quiet=options.quiet, unit="steps") as progress:

        def on_step(done: int, total: int) -> None:
            if progress.total is None:
                progress.expect(total)
            progress(done, {}, done - progress.done)

        log = train_gpt(pictures, recipe, options.out, val=val, resume=options.resume, on_step=on_step)
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
    seed: Annotated[int, typer.Option("--seed")] = 0,
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
