"""The commands after training: export, quantize, calibrate, predict, serve, export-triton."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.learn import DATA
from rendersdg.cli.options import QuietOption, named, silent, takes, to_stderr
from rendersdg.cli.rendering import render_scene
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError, GateFailed
from rendersdg.extras import needs

EXIT_CODES = "Exit codes: 0 done, 2 bad argument, 4 data or output, 7 beyond the gate, 130 interrupted."
FORMS = ("openvino", "onnx")
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


def export_network(run: Path, out: Path, forms: list[str], check: str | None) -> None:
    """Export a trained network, with pre- and post-processing beside it.

    Args:
        run: a training run's folder, or its ``model.pt``.
        out: the folder of the files.
        forms: of :data:`FORMS`.
        check: a labelled set, on whose first 100 images each file is compared with torch; None for no comparison.

    Raises:
        BadArgument: a form is unknown.
        GateFailed: a file does not give what torch computes.
    """
    needs("torch", "train")
    from detectors.classify.pictures import read_pictures
    from detectors.classify.train import is_classifier
    from detectors.export import SCORE_TOLERANCE, classifier_parity, export, parity
    from detectors.readers import read
    from detectors.runtime import load_model

    for form in forms:
        if form not in FORMS:
            raise BadArgument(f"--to {form!r} is not {' or '.join(FORMS)}")
    written = export(run, out, forms)  # type: ignore[arg-type]
    for file in written:
        print(f"wrote {file}")
    if check is None:
        return
    if is_classifier(run):
        pictures = read_pictures(Path(check)).first(100)
        for file in written:
            worst = classifier_parity(run, file, pictures)
            print(f"{file.name}: probabilities within {worst:.2g} on {counted(len(pictures.images), 'picture')}")
            if worst > SCORE_TOLERANCE:
                raise GateFailed(f"{file} is not what torch computes; do not use it")
        return
    images = read(check).images[:100]
    float_model = load_model(run)
    for file in written:
        gaps = parity(float_model, load_model(file), images)
        print(
            f"{file.name}: {counted(gaps.compared, 'box')} within {gaps.boxes:.2g} pixels, scores within "
            f"{gaps.scores:.2g}, {gaps.unmatched} without their like"
        )
        if not gaps.holds:
            raise GateFailed(f"{file} is not what torch computes; do not use it")


@dataclass(frozen=True, kw_only=True)
class QuantizeOptions:
    """Options of ``rendersdg quantize``."""

    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A float model.xml, or a run, which is exported first.")
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
    quiet: QuietOption = False


@takes(QuantizeOptions)
def quantize_(options: QuantizeOptions) -> None:
    """Quantize a network to INT8, calibrated on real or made images without labels."""
    needs("openvino", "deploy")
    needs("nncf", "deploy")
    from detectors.calibration import Calibration
    from detectors.judge import judge_of
    from detectors.quantize import Accuracy, quantize

    _check_ways(options.preset, options.ranges)
    if (options.max_drop is None) != (options.on is None):
        raise BadArgument("--max-drop and --on go together: how much may be lost, and on what")
    source = _float_xml(options.model, options.out)
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
        Path, typer.Argument(metavar="MODEL", help="A float model.xml, or a run, which is exported first.")
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
    quiet: QuietOption = False


@takes(CalibrateOptions)
def calibrate_(options: CalibrateOptions) -> None:
    """Compare INT8 networks calibrated on real, rendered and control images with the float one."""
    needs("openvino", "deploy")
    needs("nncf", "deploy")
    from detectors.calibrate import CalibrationPlan, calibrate, drop, markdown
    from detectors.judge import judge_of

    _check_ways(options.preset, options.ranges)
    out, gate = options.out, options.gate
    source = _float_xml(options.model, out)
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


def predict_(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run, a model.pt, an exported .xml or .onnx.")],
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="An image, or a folder of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for predictions.json and drawn/.")],
    least: Annotated[float, typer.Option("--least", help="Least score of a box that is drawn and listed.")] = 0.25,
    draw: Annotated[bool, typer.Option("--draw/--no-draw", help="Draw the boxes onto copies of the images.")] = True,
) -> None:
    """Find boxes in images; a file that cannot be read is told and the others go on."""
    from detectors.plots import draw_detections
    from detectors.preprocess import read_rgb
    from detectors.readers import IMAGE_SUFFIXES
    from detectors.runtime import load_model
    from detectors.wire import boxes_as_json

    finder = load_model(model)
    files = sorted(p for p in images.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES) if images.is_dir() else [images]
    if not files:
        raise DatasetError(f"{images} does not hold an image")
    rows, unreadable = [], 0
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        try:
            image = read_rgb(file)
        except DatasetError as error:
            unreadable += 1
            print(f"skipped: {error}", file=sys.stderr)
            continue
        detections = finder.find([image])[0]
        name = str(file.relative_to(images)) if images.is_dir() else file.name
        boxes = boxes_as_json(detections, finder.classes, least)
        rows.append({"image": name, "boxes": boxes})
        if draw:
            target = (out / "drawn" / name).with_suffix(".png")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(draw_detections(image, detections, finder.classes, least))
    (out / "predictions.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    total = counted(sum(len(r["boxes"]) for r in rows), "box")
    print(f"{total} in {counted(len(rows), 'image')}; {out / 'predictions.json'}")
    if unreadable:
        raise DatasetError(f"{unreadable} of {counted(len(files), 'file')} could not be read; the others are done")


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Options of ``rendersdg serve``."""

    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="An exported model.xml, or a run, which is exported first.")
    ]
    name: Annotated[str, typer.Option("--name", help="The model's name in the protocol and on the page.")] = "detector"
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="HTTP.")] = 8080
    grpc_port: Annotated[int, typer.Option("--grpc-port", min=1, max=65535, help="gRPC.")] = 8081
    least: Annotated[float, typer.Option("--least", min=0, max=1, help="Least score of a box that is sent.")] = 0.25
    most_mb: Annotated[float, typer.Option("--most-mb", min=0.001, help="Largest request, in megabytes.")] = 16
    most_images: Annotated[int, typer.Option("--most-images", min=1, help="Most images in a request.")] = 16
    most_megapixels: Annotated[float, typer.Option("--most-megapixels", min=0.001, help="Largest image.")] = 32
    threads: Annotated[int, typer.Option("--threads", min=0, help="Threads of the network; 0: all cores.")] = 0
    grace: Annotated[int, typer.Option("--grace", min=0, help="Seconds that requests may still take when stopped.")] = (
        30
    )


@takes(ServeOptions)
def serve_(options: ServeOptions) -> None:
    """Serve a detector by the KServe v2 protocol (HTTP and gRPC), with a page for trying it."""
    needs("openvino", "deploy")
    needs("kserve", "serve")
    from detectors.service import Serving, serve
    from detectors.wire import Limits

    model = options.model
    xml = _float_xml(model, model if model.is_dir() else model.parent)
    serving = Serving(
        name=options.name,
        http_port=options.port,
        grpc_port=options.grpc_port,
        limits=Limits(int(options.most_mb * 1e6), options.most_images, int(options.most_megapixels * 1e6)),
        least=options.least,
        threads=options.threads,
        grace_s=options.grace,
    )
    serve(xml, serving, log=lambda text: print(text, flush=True))


def export_triton_(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="A folder with an exported model, or a run, which is exported first."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The model repository.")],
    name: Annotated[str, typer.Option("--name", help="The model's name in Triton.")] = "detector",
    instances: Annotated[int, typer.Option("--instances", min=1, help="Copies that run side by side.")] = 2,
    least: Annotated[float, typer.Option("--least", min=0, max=1, help="Least score of a box that is sent.")] = 0.25,
) -> None:
    """Write a model repository for Triton Inference Server: OpenVINO, ONNX Runtime and Python backends."""
    from detectors.triton import export_triton

    if not any((model / f"model.{suffix}").is_file() for suffix in ("xml", "onnx")):
        needs("torch", "train")
        from detectors.export import export

        model = export(model, out.with_name(out.name + "-exported"))[0].parent
    for folder in export_triton(model, out, name, instances=instances, least=least):
        print(f"wrote {folder}")


def _float_xml(model: Path, out: Path) -> Path:
    """Return the float IR: the file itself, or an export of the run below ``out``."""
    if model.suffix == ".xml":
        return model
    needs("torch", "train")
    from detectors.export import export

    return export(model, out / "float", ("openvino",))[0]


def _rendered(source: str, out: Path, count: int, seed: int) -> str:
    """Return the source, or, for a scene, the folder of its frames, rendered here."""
    if not source.endswith((".yaml", ".yml")):
        return source
    folder = out / "rendered"
    render_scene(Path(source), folder, count, seed, {}, workers=1)
    return str(folder)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    examples: dict[str, tuple[Callable[..., None], str]] = {
        "quantize": (quantize_, "rendersdg quantize exported/model.xml --calibration scenes/steel_strip.yaml -o int8"),
        "calibrate": (
            calibrate_,
            (
                "rendersdg calibrate run --on voc:photos@val --calibration real=photos --calibration noise=noise -o "
                "calibration"
            ),
        ),
        "serve": (serve_, "rendersdg serve int8/model.xml, then curl --data-binary @photo.jpg localhost:8080/find"),
        "export-triton": (
            export_triton_,
            "rendersdg export-triton exported -o models, then tritonserver --model-repository=models",
        ),
        "predict": (predict_, "rendersdg predict int8/model.xml photos -o found"),
    }
    for name, (function, example) in examples.items():
        app.command(name, epilog=f"Example: {example}\n\n{EXIT_CODES}")(function)
