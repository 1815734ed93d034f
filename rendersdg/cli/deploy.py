"""The commands after training: export, quantize, calibrate, predict, serve, export-triton."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.learn import DATA, QuietOption, render_scene
from rendersdg.cli.options import named
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
    """Export a trained network, with pre- and post-processing beside it; ``check`` names images to compare on."""
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
            print(f"{file.name}: probabilities within {worst:.2g} on {len(pictures.images)} pictures")
            if worst > SCORE_TOLERANCE:
                raise GateFailed(f"{file} is not what torch computes; do not use it")
        return
    images = read(check).images[:100]
    float_model = load_model(run)
    for file in written:
        found = parity(float_model, load_model(file), images)
        print(
            f"{file.name}: {found.compared} boxes within {found.boxes:.2g} pixels, scores within "
            f"{found.scores:.2g}, {found.unmatched} without their like"
        )
        if not found.holds:
            raise GateFailed(f"{file} is not what torch computes; do not use it")


def quantize_(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A float model.xml, or a run, which is exported first.")
    ],
    calibration: Annotated[str, typer.Option("--calibration", help=SOURCES)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the INT8 model.xml, .bin and .json.")],
    count: CountOption = 300,
    seed: Annotated[int, typer.Option("--seed", help="Which images are taken, or made.")] = 0,
    preset: PresetOption = "mixed",
    ranges: RangesOption = "whole",
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Regular expression of operations to keep in float (repeatable)."),
    ] = None,
    max_drop: Annotated[
        float | None,
        typer.Option(
            "--max-drop", help="Hold the drop of mAP50 (top-1 of a classifier) to this, e.g. 0.01; needs --on."
        ),
    ] = None,
    relative: Annotated[bool, typer.Option("--relative", help="--max-drop is a share of the float mAP50.")] = False,
    on: Annotated[str | None, typer.Option("--on", help="What the drop is measured on. " + DATA)] = None,
    quiet: QuietOption = False,
) -> None:
    """Quantize a network to INT8, calibrated on real or made images without labels."""
    needs("openvino", "deploy")
    needs("nncf", "deploy")
    from detectors.calibration import Calibration
    from detectors.judge import judge_of
    from detectors.quantize import Accuracy, quantize

    _known(preset, ranges)
    if (max_drop is None) != (on is None):
        raise BadArgument("--max-drop and --on go together: how much may be lost, and on what")
    source = _float_xml(model, out)
    accuracy = None
    if max_drop is not None and on is not None:
        accuracy = Accuracy(judge_of(source, on), max_drop, "relative" if relative else "absolute")
    wanted = Calibration(_rendered(calibration, out, count, seed), count, seed)
    made = quantize(
        source,
        out,
        wanted,
        preset=preset,  # type: ignore[arg-type]
        ranges=ranges,  # type: ignore[arg-type]
        accuracy=accuracy,
        ignored=tuple(ignore or ()),
        tell=(lambda text: None) if quiet else print,
    )
    if not quiet:
        print(f"wrote {made}")


def calibrate_(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A float model.xml, or a run, which is exported first.")
    ],
    on: Annotated[str, typer.Option("--on", help="What all are judged on. " + DATA)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the networks and calibration.md.")],
    calibration: Annotated[list[str], typer.Option("--calibration", help="NAME=SOURCE (repeatable). " + SOURCES)],
    seeds: Annotated[int, typer.Option("--seeds", help="How often each is calibrated, on other images.")] = 3,
    count: CountOption = 300,
    preset: PresetOption = "mixed",
    ranges: RangesOption = "whole",
    gate: Annotated[
        str | None,
        typer.Option("--gate", help="NAME=POINTS: exit non-zero when it loses more mAP50 than that, e.g. rendered=1."),
    ] = None,
    timed: Annotated[bool, typer.Option("--timed/--untimed", help="Also compare speeds, in paired rounds.")] = True,
    quiet: QuietOption = False,
) -> None:
    """Compare INT8 networks calibrated on real, rendered and control images with the float one."""
    needs("openvino", "deploy")
    needs("nncf", "deploy")
    from detectors.calibrate import calibrate, drop, markdown
    from detectors.judge import judge_of

    _known(preset, ranges)
    source = _float_xml(model, out)
    pairs = dict(named(text, "--calibration", "NAME=SOURCE") for text in calibration)
    limit = named(gate, "--gate", "NAME=POINTS") if gate else None
    if limit and limit[0] not in pairs:
        raise BadArgument(f"--gate {gate!r}: {limit[0]!r} is not among {', '.join(pairs)}")
    judge = judge_of(source, on)
    tell: Callable[[str], None] = (
        (lambda text: None) if quiet else lambda text: print(text, file=sys.stderr, flush=True)
    )
    sources = {name: _rendered(origin, out / name, count, 0) for name, origin in pairs.items()}
    rows = calibrate(
        source,
        judge,
        sources,
        out,
        seeds=seeds,
        count=count,
        preset=preset,  # type: ignore[arg-type]
        ranges=ranges,  # type: ignore[arg-type]
        timed=timed,
        tell=tell,
    )
    text = markdown(rows, judge)
    (out / "calibration.md").write_text(text, encoding="utf-8")
    print(text, end="")
    if limit:
        lost = 100 * drop(rows, limit[0])
        try:
            most = float(limit[1])
        except ValueError:
            raise BadArgument(f"--gate {gate!r}: {limit[1]!r} is no number of points") from None
        if lost > most:
            raise GateFailed(f"{limit[0]} lost {lost:.2f} points of {judge.score}, the gate is {most:g}")


def _known(preset: str, ranges: str) -> None:
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
    from detectors.plots import draw_found
    from detectors.preprocess import read_rgb
    from detectors.readers import IMAGE_SUFFIXES
    from detectors.runtime import load_model
    from detectors.wire import boxes_as_json

    finder = load_model(model)
    files = sorted(p for p in images.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES) if images.is_dir() else [images]
    if not files:
        raise DatasetError(f"{images} holds no image")
    rows, bad = [], []
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        try:
            image = read_rgb(file)
        except DatasetError as error:
            bad.append(str(error))
            print(f"skipped: {error}", file=sys.stderr)
            continue
        found = finder.find([image])[0]
        name = str(file.relative_to(images)) if images.is_dir() else file.name
        boxes = boxes_as_json(found, finder.classes, least)
        rows.append({"image": name, "boxes": boxes})
        if draw:
            target = (out / "drawn" / name).with_suffix(".png")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(draw_found(image, found, finder.classes, least))
    (out / "predictions.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"{sum(len(r['boxes']) for r in rows)} boxes in {len(rows)} images; {out / 'predictions.json'}")
    if bad:
        raise DatasetError(f"{len(bad)} of {len(files)} files could not be read; the others are done")


def serve_(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="An exported model.xml, or a run, which is exported first.")
    ],
    name: Annotated[str, typer.Option("--name", help="The model's name in the protocol and on the page.")] = "detector",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="HTTP.")] = 8080,
    grpc_port: Annotated[int, typer.Option("--grpc-port", min=1, max=65535, help="gRPC.")] = 8081,
    least: Annotated[float, typer.Option("--least", min=0, max=1, help="Least score of a box that is sent.")] = 0.25,
    most_mb: Annotated[float, typer.Option("--most-mb", min=0.001, help="Largest request, in megabytes.")] = 16,
    most_images: Annotated[int, typer.Option("--most-images", min=1, help="Most images in a request.")] = 16,
    most_megapixels: Annotated[float, typer.Option("--most-megapixels", min=0.001, help="Largest image.")] = 32,
    threads: Annotated[int, typer.Option("--threads", min=0, help="Threads of the network; 0: all cores.")] = 0,
    grace: Annotated[
        int, typer.Option("--grace", min=0, help="Seconds that requests may still take when stopped.")
    ] = 30,
) -> None:
    """Serve a detector by the KServe v2 protocol (HTTP and gRPC), with a page for trying it."""
    needs("openvino", "deploy")
    needs("kserve", "serve")
    from detectors.service import serve
    from detectors.wire import Limits

    xml = _float_xml(model, model if model.is_dir() else model.parent)
    limits = Limits(int(most_mb * 1e6), most_images, int(most_megapixels * 1e6))
    serve(
        xml,
        name,
        http_port=port,
        grpc_port=grpc_port,
        limits=limits,
        least=least,
        threads=threads,
        grace_s=grace,
        tell=lambda text: print(text, flush=True),
    )


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
