"""The command that leaves the house: a trained network for other runtimes,
a scene for Omniverse and other USD tools, a labelled set for programs that look at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.deploy import FORMS, export_network
from rendersdg.cli.options import (
    AssetsOption,
    ClassesOption,
    FramesOption,
    ImgszOption,
    QuietOption,
    SeedOption,
    SetOption,
    TrustOption,
    frame_range,
    job_of,
    log_errors,
    print_report,
    takes,
)
from rendersdg.cli.sets import DATA
from rendersdg.errors import BadArgument
from rendersdg.farm.job import opened
from rendersdg.omni import EXPORTS
from rendersdg.omni.targets import TARGETS
from rendersdg.progress import FrameProgress
from rendersdg.viewer import EXPORTS as DATA_EXPORTS


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Options of ``rendersdg export``."""

    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="A scene (.yaml), a run's folder or model.pt, an .onnx or ultralytics .pt, or a labelled set.",
        ),
    ]
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file of a scene or recording; the folder of anything else.")
    ]
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            help=f"A scene: {', '.join(EXPORTS.own)}. A network: {', '.join(FORMS)} (repeatable; default: first two). "
            f"A labelled set: {', '.join(DATA_EXPORTS.own)}.",
        ),
    ] = None
    target: Annotated[str, typer.Option("--target", help=f"What a scene is written for: {', '.join(TARGETS)}.")] = (
        "isaac-5"
    )
    frames: FramesOption = None
    seed: SeedOption = None
    changes: SetOption = None
    assets: AssetsOption = None
    check: Annotated[
        str | None, typer.Option("--check", help="Compare a network with torch on 100 of these images. " + DATA)
    ] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    quiet: QuietOption = False


def export_data(options: ExportOptions, forms: list[str]) -> None:
    """Write a labelled set for another program.

    Raises:
        BadArgument: several forms are asked for, or the source is a scene.
    """
    if len(forms) != 1:
        raise BadArgument(f"a labelled set is exported --to one of {', '.join(DATA_EXPORTS)}")
    if options.source.suffix.lower() in (".yaml", ".yml"):
        raise BadArgument(f"--to {forms[0]} is for labelled sets; {options.source} is a scene: render it first")
    from rendersdg.viewer.exports import export_set

    log_errors()
    with FrameProgress(None, "export", quiet=options.quiet) as progress:

        def on_image(count: int, of: int) -> None:
            progress.expect(of)
            progress(count - 1, {})

        notes = export_set(
            str(options.source), forms[0], options.out, is_overwritten=options.overwrite, on_image=on_image
        )
    if not options.quiet:
        for note in notes:
            print(note)
        print(f"wrote {options.out}")


@takes(ExportOptions)
def export_(options: ExportOptions) -> None:
    """Export a scene to Omniverse Replicator or USD, a trained network to OpenVINO and ONNX, a labelled set to FiftyOne
    or Rerun.
    """
    source, out, forms = options.source, options.out, options.to or []
    if any(form in DATA_EXPORTS for form in forms):
        export_data(options, forms)
        return
    if source.suffix.lower() not in (".yaml", ".yml"):
        for form in forms:
            if form in EXPORTS:
                raise BadArgument(f"--to {form} is for scenes, which are .yaml files; {source} is not")
        from detectors.told import Told

        told = Told(options.classes, options.imgsz, options.trust)
        export_network(source, out, forms or list(FORMS[:2]), options.check, told)
        return
    if len(forms) != 1:
        raise BadArgument(f"a scene is exported --to one of {', '.join(EXPORTS)}")
    if out.exists() and not options.overwrite:
        raise BadArgument(f"{out} is there already; choose another name or give --overwrite")
    log_errors()
    write = EXPORTS[forms[0]]
    with opened(job_of(source, options.seed, "null", False, options.changes, options.assets)) as (session, _):
        frames = None if options.frames is None else frame_range(options.frames, session.length())
        notes = write(session, out, title=source.stem, target=options.target, frames=frames)
        print_report([] if options.quiet else session.recorder.report.as_json())
    if not options.quiet:
        for what, how in notes:
            print(f"{what}: {how}")
        print(f"wrote {out}")
