"""The commands that make a network INT8: quantize, calibrate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.deploy import float_xml
from rendersdg.cli.options import ClassesOption, ImgszOption, QuietOption, TrustOption, named, silent, takes, to_stderr
from rendersdg.cli.sets import DATA
from rendersdg.errors import BadArgument, GateFailed
from rendersdg.extras import needs
from rendersdg.farm.rendering import render_scene

SOURCES = (
    "A folder of images, an .npz of them, a labelled set, a scene (.yaml, rendered here), a generator's run, "
    "fractals, or noise."
)
CountOption = Annotated[
    int, typer.Option("--count", help="Calibration images; 7 pictures of a scene's frame count as 7.")
]
PresetOption = Annotated[
    str, typer.Option("--preset", help="mixed (asymmetric activations) or performance (symmetric).")
]
RangesOption = Annotated[
    str, typer.Option("--ranges", help="Of activations: whole (over all images) or mean (of each image's; clips).")
]


@dataclass(frozen=True, kw_only=True)
class QuantizeOptions:
    """Options of ``rendersdg quantize``."""

    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A float model.xml; or a run, an .onnx or an ultralytics .pt, exported first."
        ),
    ]
    calibration: Annotated[str, typer.Option("--calibration", help=SOURCES)]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the INT8 model.xml, .bin and .json.")]
    count: CountOption = 300
    seed: Annotated[int, typer.Option("--seed", help="Which images are taken, or made.")] = 0
    preset: PresetOption = "mixed"
    ranges: RangesOption = "whole"
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Regular expression of operations to keep in float (repeatable)."),
    ] = None
    max_drop: Annotated[
        float | None,
        typer.Option(
            "--max-drop", help="Hold the drop of mAP50 (top-1 of a classifier) to this, e.g. 0.01; needs --on."
        ),
    ] = None
    relative: Annotated[bool, typer.Option("--relative", help="--max-drop is a share of the float mAP50.")] = False
    on: Annotated[str | None, typer.Option("--on", help="What the drop is measured on. " + DATA)] = None
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    quiet: QuietOption = False


@takes(QuantizeOptions)
def quantize_(options: QuantizeOptions) -> None:
    """Quantize a network to INT8, calibrated on real or made images without labels."""
    needs("openvino", "deploy")
    needs("nncf", "deploy")
    from detectors.calibration import Calibration
    from detectors.judge import judge_of
    from detectors.quantize import Accuracy, quantize
    from detectors.told import Told

    _check_ways(options.preset, options.ranges)
    if (options.max_drop is None) != (options.on is None):
        raise BadArgument("--max-drop and --on go together: how much may be lost, and on what")
    source = float_xml(options.model, options.out, Told(options.classes, options.imgsz, options.trust))
    accuracy = None
    if options.max_drop is not None and options.on is not None:
        kind = "relative" if options.relative else "absolute"
        accuracy = Accuracy(judge_of(source, options.on), options.max_drop, kind)  # type: ignore[arg-type]
    images = _rendered(options.calibration, options.out, options.count, options.seed)
    quantized = quantize(
        source,
        options.out,
        Calibration(images, options.count, options.seed),
        preset=options.preset,  # type: ignore[arg-type]
        ranges=options.ranges,  # type: ignore[arg-type]
        accuracy=accuracy,
        ignored=tuple(options.ignore or ()),
        log=silent if options.quiet else print,
    )
    if not options.quiet:
        print(f"wrote {quantized}")


@dataclass(frozen=True, kw_only=True)
class CalibrateOptions:
    """Options of ``rendersdg calibrate``."""

    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A float model.xml; or a run, an .onnx or an ultralytics .pt, exported first."
        ),
    ]
    on: Annotated[str, typer.Option("--on", help="What all are judged on. " + DATA)]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the networks and calibration.md.")]
    calibration: Annotated[list[str], typer.Option("--calibration", help="NAME=SOURCE (repeatable). " + SOURCES)]
    seeds: Annotated[int, typer.Option("--seeds", help="How often each is calibrated, on other images.")] = 3
    count: CountOption = 300
    preset: PresetOption = "mixed"
    ranges: RangesOption = "whole"
    gate: Annotated[
        str | None,
        typer.Option("--gate", help="NAME=POINTS: exit non-zero when it loses more mAP50 than that, e.g. rendered=1."),
    ] = None
    timed: Annotated[bool, typer.Option("--timed/--untimed", help="Also compare speeds, in paired rounds.")] = True
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    quiet: QuietOption = False


@takes(CalibrateOptions)
def calibrate_(options: CalibrateOptions) -> None:
    """Compare INT8 networks calibrated on real, rendered and control images with the float one."""
    needs("openvino", "deploy")
    needs("nncf", "deploy")
    from detectors.calibrate import CalibrationPlan, calibrate, drop, markdown
    from detectors.judge import judge_of
    from detectors.told import Told

    _check_ways(options.preset, options.ranges)
    out, gate = options.out, options.gate
    source = float_xml(options.model, out, Told(options.classes, options.imgsz, options.trust))
    origins = dict(named(text, "--calibration", "NAME=SOURCE") for text in options.calibration)
    limit = named(gate, "--gate", "NAME=POINTS") if gate else None
    if limit and limit[0] not in origins:
        raise BadArgument(f"--gate {gate!r}: {limit[0]!r} is not among {', '.join(origins)}")
    judge = judge_of(source, options.on)
    plan = CalibrationPlan(
        seeds=options.seeds,
        count=options.count,
        preset=options.preset,  # type: ignore[arg-type]
        ranges=options.ranges,  # type: ignore[arg-type]
        is_timed=options.timed,
    )
    sources = {name: _rendered(origin, out / name, options.count, 0) for name, origin in origins.items()}
    rows = calibrate(source, judge, sources, out, plan, log=silent if options.quiet else to_stderr)
    text = markdown(rows, judge)
    (out / "calibration.md").write_text(text, encoding="utf-8")
    print(text, end="")
    if limit:
        lost = 100 * drop(rows, limit[0])
        try:
            most = float(limit[1])
        except ValueError:
            raise BadArgument(f"--gate {gate!r}: {limit[1]!r} is not a number of points") from None
        if lost > most:
            raise GateFailed(f"{limit[0]} lost {lost:.2f} points of {judge.score}, the gate is {most:g}")


def _check_ways(preset: str, ranges: str) -> None:
    if preset not in ("mixed", "performance"):
        raise BadArgument(f"--preset {preset!r} is not mixed or performance")
    if ranges not in ("whole", "mean"):
        raise BadArgument(f"--ranges {ranges!r} is not whole or mean")


def _rendered(source: str, out: Path, count: int, seed: int) -> str:
    """Return the source, or, for a scene, the folder of its frames, rendered here."""
    if not source.endswith((".yaml", ".yml")):
        return source
    folder = out / "rendered"
    render_scene(Path(source), folder, count, seed, {}, workers=1)
    return str(folder)
