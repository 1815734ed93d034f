"""The commands that compare pictures: parity with another renderer, and a scene's fit to photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.options import QuietOption, SceneArgument, log_errors, silent, takes, to_stderr
from rendersdg.english import counted
from rendersdg.errors import BadArgument, GateFailed


def compare_renderers(
    a: Annotated[Path, typer.Argument(metavar="A", help="A folder that BasicWriter wrote.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another, of the same scene and frames.")],
    least_iou: Annotated[
        float | None,
        typer.Option(
            "--least-iou", min=0, max=1, help="Exit non-zero when the median box or the mean mask overlaps less."
        ),
    ] = None,
) -> None:
    """Compare what two renderers made of one scene: boxes, masks, depth, colour."""
    from rendersdg.parity.compare import compare, markdown

    comparison = compare(a, b)
    print(markdown(comparison), end="")
    for name, iou in (("median IoU of boxes", comparison.box_iou), ("mean IoU of masks", comparison.mask_iou)):
        if least_iou is not None and iou < least_iou:
            raise GateFailed(f"the {name} is {iou:.3f}, the gate {least_iou:g}")


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """Options of ``rendersdg fit``."""

    scene: SceneArgument
    images: Annotated[
        str,
        typer.Option(
            "--images",
            help="Folder of photographs, unlabelled; some twenty will do. Or a labelled set, LAYOUT:PATH[@SPLIT]: its "
            "fine structure is then "
            "compared beside the boxes alone.",
        ),
    ]
    out: Annotated[Path, typer.Option("--out", "-o", help="The scene to write.")]
    group: Annotated[str | None, typer.Option("--group", help="The group whose surfaces.hot_rolled is fitted.")] = None
    product: Annotated[
        str | None, typer.Option("--product", help="The render product that stands for the photographs.")
    ] = None
    only: Annotated[
        str | None, typer.Option("--only", help="Of a labelled set, the photographs that hold this class.")
    ] = None
    most: Annotated[int, typer.Option("--most", help="The most photographs to read.")] = 64
    frames: Annotated[int, typer.Option("--frames", help="Frames rendered in each round.")] = 24
    rounds: Annotated[int, typer.Option("--rounds", help="How often to render and correct.")] = 5
    seed: Annotated[int, typer.Option("--seed", help="Seed of the rendered frames.")] = 0
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="An argument of the surface to leave as it is; repeatable.")
    ] = None
    tune: Annotated[
        list[str] | None,
        typer.Option(
            "--tune",
            help="GROUP.FUNCTION.ARGUMENT, a number of any call, as marks.defects.pit.gain: to be tuned with the "
            "surface's own until "
            "frames cannot be told from photographs; repeatable.",
        ),
    ] = None
    turns: Annotated[int, typer.Option("--tune-rounds", help="Rounds of --tune.")] = 2
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False
    quiet: QuietOption = False


@takes(FitOptions)
def fit_scene(options: FitOptions) -> None:
    """Fit a scene's surface to photographs: levels, light, bands, spectrum, grain."""
    log_errors()
    if options.out.exists() and not options.overwrite:
        raise BadArgument(f"{options.out} is there already; choose another name or give --overwrite")
    if options.frames < 4 or min(options.rounds, options.most, options.turns) < 1:
        raise BadArgument("--frames must be 4 or more, --rounds, --tune-rounds and --most 1 or more")
    from rendersdg.fit.fit import FitPlan, fit, read_labelled, read_photographs

    if ":" in options.images and not Path(options.images).exists():
        photographs, grounds = read_labelled(options.images, options.most, options.only)
    elif options.only is not None:
        raise BadArgument("--only needs a labelled set: --images LAYOUT:PATH[@SPLIT]")
    else:
        photographs, grounds = read_photographs(Path(options.images), options.most), None
    plan = FitPlan(
        group=options.group,
        product=options.product,
        frames=options.frames,
        rounds=options.rounds,
        seed=options.seed,
        keep=tuple(options.keep or ()),
        tune=tuple(options.tune or ()),
        turns=options.turns,
    )
    fitted = fit(options.scene, photographs, plan, grounds=grounds, log=silent if options.quiet else to_stderr)
    options.out.write_text(fitted.text, encoding="utf-8")
    if not options.quiet:
        print(fitted.report())
        print(f"{counted(len(photographs), 'photograph')}; the fitted scene is {options.out}")
