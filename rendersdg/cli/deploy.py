"""The commands that use a trained network: predict, serve, export-triton; and its export."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rendersdg.cli.anomaly import predict_heat
from rendersdg.cli.options import ClassesOption, ImgszOption, TrustOption, takes
from rendersdg.cli.pictures import Pictures
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError, GateFailed, did_you_mean
from rendersdg.extras import needs

if TYPE_CHECKING:
    from detectors.told import Told

ConfidenceOption = Annotated[
    float | None,
    typer.Option(
        "--confidence",
        "--least",
        min=0,
        max=1,
        help="Least score of a box that is shown; default: the best F1 when the model was last evaluated, else 0.25.",
    ),
]
IouOption = Annotated[
    float | None,
    typer.Option(
        "--iou",
        min=0,
        max=1,
        help="Overlap above which the worse of two boxes of a class goes; default: the model's own.",
    ),
]
NestedOption = Annotated[
    bool, typer.Option("--nested", help="Also show boxes that lie within a better one of their class.")
]
NETWORKS = ("model.xml", "model.onnx")  # what an export leaves in its folder
FORMS = ("openvino", "onnx", "torchscript", "coreml")


def export_network(run: Path, out: Path, forms: list[str], check: str | None, told: Told) -> None:
    """Export a trained network, with pre- and post-processing beside it.

    Args:
        run: a training run's folder, its ``model.pt``, or a network of others.
        out: the folder of the files.
        forms: of :data:`FORMS`.
        check: a labelled set, on whose first 100 images each file is compared with torch (a network of others with
            ONNX Runtime); None for no comparison.
        told: what a network of others does not say itself.

    Raises:
        BadArgument: a form is unknown.
        GateFailed: a file does not give what torch computes.
    """
    from detectors.adopt import adopted
    from detectors.model_files import EXPORTED

    run = adopted(run, told)
    if run.suffix not in EXPORTED:
        needs("torch", "train")
    from detectors.checkpoint import load_detector
    from detectors.classify.pictures import read_pictures
    from detectors.export import HEAT_TOLERANCE, SCORE_TOLERANCE, anomaly_parity, classifier_parity, export, parity
    from detectors.model_files import task_of
    from detectors.readers import read
    from detectors.runtime import load_model

    for form in forms:
        if form not in FORMS:
            raise BadArgument(f"--to {form!r} is not {', '.join(FORMS[:-1])} or {FORMS[-1]}")
    written = export(run, out, forms)  # type: ignore[arg-type]
    for file in written:
        print(f"wrote {file}")
    task = task_of(run)
    if task == "detect" and run.suffix not in EXPORTED and (licence := load_detector(run)[1].licence):
        print(licence, file=sys.stderr)
    if check is None:
        return
    if task == "classify":
        pictures = read_pictures(Path(check)).first(100)
        for file in written:
            worst = classifier_parity(run, file, pictures)
            print(f"{file.name}: probabilities within {worst:.2g} on {counted(len(pictures.images), 'picture')}")
            if worst > SCORE_TOLERANCE:
                raise GateFailed(f"{file} is not what torch computes; do not use it")
        return
    images = read(check).images[:100]
    if task == "anomaly":
        for file in written:
            worst = anomaly_parity(run, file, images)
            print(f"{file.name}: heat within {worst:.2g} spreads of good parts on {counted(len(images), 'image')}")
            if worst > HEAT_TOLERANCE:
                raise GateFailed(f"{file} is not what torch computes; do not use it")
        return
    float_model = load_model(run)
    for file in written:
        gaps = parity(float_model, load_model(file), images)
        of_masks = f"masks within {gaps.masks:.2g} of a box's pixels, " if float_model.finds == "masks" else ""
        print(
            f"{file.name}: {counted(gaps.compared, 'box')} within {gaps.boxes:.2g} pixels, scores within "
            f"{gaps.scores:.2g}, {of_masks}{gaps.unmatched} without their like"
        )
        if not gaps.holds:
            raise GateFailed(f"{file} is not what torch computes; do not use it")


@dataclass(frozen=True, kw_only=True)
class PredictOptions:
    """Options of ``rendersdg predict``."""

    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A run, a model.pt, an .xml or .onnx, an ultralytics .pt.")
    ]
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="An image, or a folder of them.")]
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for predictions.json and drawn/.")]
    confidence: ConfidenceOption = None
    iou: IouOption = None
    nested: NestedOption = False
    draw: Annotated[bool, typer.Option("--draw/--no-draw", help="Draw what is found onto copies of the images.")] = True
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False


@takes(PredictOptions)
def predict_(options: PredictOptions) -> None:
    """Find boxes, turned ones or masks, or what is unlike good parts; what cannot be read is told and others go on."""
    from detectors.adopt import adopted
    from detectors.confidence import chosen
    from detectors.drawing import draw_detections, without_letters
    from detectors.model_files import task_of
    from detectors.readers import IMAGE_SUFFIXES
    from detectors.runtime import load_model
    from detectors.told import Told
    from detectors.wire import boxes_as_json

    images, out, draw = options.images, options.out, options.draw
    if not images.exists():
        near = [one.name for one in images.parent.iterdir()] if images.parent.is_dir() else []
        raise DatasetError(f"there is no image or folder {images}{did_you_mean(images.name, near) if near else ''}")
    files = sorted(p for p in images.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES) if images.is_dir() else [images]
    if not files:
        raise DatasetError(f"{images} does not hold an image")
    others = sorted({p for p in images.rglob("*") if p.is_file()} - set(files)) if images.is_dir() else []
    if others:
        print(f"{counted(len(others), 'file')} left out, by its ending no image, e.g. {others[0]}", file=sys.stderr)
    known = adopted(options.model, Told(options.classes, options.imgsz, options.trust))
    if task_of(known) == "anomaly":
        if options.confidence is not None or options.iou is not None or options.nested:
            raise BadArgument("--confidence, --iou and --nested are of boxes, and this model gives heat maps")
        predict_heat(known, Pictures(images, files), out, draw=draw)
        return
    finder = load_model(known).as_shown(options.iou, nested=options.nested)
    least, why = chosen(options.model, options.confidence)
    print(why, file=sys.stderr)
    if draw and (text := without_letters(finder.classes)):
        print(text, file=sys.stderr)
    rows, pictures = [], Pictures(images, files)
    out.mkdir(parents=True, exist_ok=True)
    for name, image in pictures:
        detections = finder.find([image])[0]
        rows.append({"image": name, "boxes": boxes_as_json(detections, finder.classes, least)})
        if draw:
            target = pictures.drawing(out / "drawn", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(draw_detections(image, detections, finder.classes, least, name))
    (out / "predictions.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    total = counted(sum(len(r["boxes"]) for r in rows), "box")
    print(f"{total} in {counted(len(rows), 'image')}; {out / 'predictions.json'}")
    pictures.check()


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Options of ``rendersdg serve``."""

    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="A model.xml; or a run, an .onnx or an ultralytics .pt, exported first."),
    ]
    name: Annotated[str, typer.Option("--name", help="The model's name in the protocol and on the page.")] = "detector"
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for all, which other machines reach.")
    ] = "127.0.0.1"
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="HTTP.")] = 8080
    grpc_port: Annotated[int, typer.Option("--grpc-port", min=1, max=65535, help="gRPC.")] = 8081
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="RENDERSDG_TOKEN",
            help="Clients must show it. Others see it in the list of processes here.",
        ),
    ] = None
    token_file: Annotated[Path | None, typer.Option("--token-file", help="A file that holds the token.")] = None
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate chain (PEM), for TLS.")] = None
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key (PEM, without a password).")] = None
    confidence: ConfidenceOption = None
    iou: IouOption = None
    nested: NestedOption = False
    max_body: Annotated[str, typer.Option("--max-body", help="Largest request in bytes: 16M, 500k.")] = "16M"
    max_images: Annotated[int, typer.Option("--max-images", min=1, help="Most images in a request.")] = 16
    max_pixels: Annotated[str, typer.Option("--max-pixels", help="Largest image in pixels: 32M.")] = "32M"
    max_memory: Annotated[
        str, typer.Option("--max-memory", help="Bytes that requests under way may hold, unpacked images apart.")
    ] = "256M"
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds in which a request must have arrived.")
    ] = 30
    threads: Annotated[int, typer.Option("--threads", min=0, help="Threads of the network; 0: all cores.")] = 0
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    grace: Annotated[int, typer.Option("--grace", min=0, help="Seconds that requests may still take when stopped.")] = (
        30
    )


@takes(ServeOptions)
def serve_(options: ServeOptions) -> None:
    """Serve a detector by the KServe v2 protocol (HTTP and gRPC), with a page for trying it."""
    needs("openvino", "deploy")
    for library in ("uvicorn", "grpc", "google.protobuf", "prometheus_client"):
        needs(library, "serve")
    from detectors.adopt import adopted
    from detectors.confidence import chosen
    from detectors.model_files import task_of
    from detectors.service import Serving, serve
    from detectors.told import Told
    from detectors.wire import Limits

    if (options.tls_cert is None) != (options.tls_key is None):
        raise BadArgument("--tls-cert and --tls-key are given together")
    least, why = chosen(options.model, options.confidence)
    serving = Serving(
        name=options.name,
        host=options.host,
        http_port=options.port,
        grpc_port=options.grpc_port,
        limits=Limits(
            bytes=amount(options.max_body, "--max-body"),
            images=options.max_images,
            pixels=amount(options.max_pixels, "--max-pixels"),
        ),
        memory=amount(options.max_memory, "--max-memory"),
        least=least,
        iou=options.iou,
        nested=options.nested,
        threads=options.threads,
        timeout_s=options.timeout,
        grace_s=options.grace,
        token=_token(options),
        tls=None if options.tls_cert is None or options.tls_key is None else (options.tls_cert, options.tls_key),
    )
    told = Told(options.classes, options.imgsz, options.trust)
    model = adopted(options.model, told)  # of others', what is exported lies beside the copy that is not theirs
    xml = float_xml(model, model if model.is_dir() else model.parent)
    if task_of(xml) != "anomaly":  # whose regions are above a threshold of its own
        print(why, flush=True)
    serve(xml, serving, log=lambda text: print(text, flush=True))


def amount(text: str, option: str) -> int:
    """Return a whole number that may end in k, M or G. Raises BadArgument, naming the option, for anything else.

    >>> amount("1.5M", "--max-body")
    1500000
    """
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([kKmMgG]?)", text.strip(), re.ASCII)
    number = int(float(found[1]) * {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[found[2].lower()]) if found else 0
    if number < 1:
        raise BadArgument(f"{option} {text!r} is not a number such as 500k, 16M or 1G")
    return number


def _token(options: ServeOptions) -> str | None:
    if options.token_file is None:
        return options.token
    if options.token is not None:
        raise BadArgument("--token (or RENDERSDG_TOKEN) and --token-file both give a token: give one")
    try:
        return options.token_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"--token-file {options.token_file} cannot be read ({error})") from None


def export_triton_(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="A folder with an exported model; or a run, an .onnx or an ultralytics .pt, exported first.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The model repository.")],
    name: Annotated[str, typer.Option("--name", help="The model's name in Triton.")] = "detector",
    instances: Annotated[int, typer.Option("--instances", min=1, help="Copies that run side by side.")] = 2,
    confidence: ConfidenceOption = None,
    classes: ClassesOption = None,
    imgsz: ImgszOption = None,
    trust: TrustOption = False,
) -> None:
    """Write a model repository for Triton Inference Server: OpenVINO, ONNX Runtime and Python backends."""
    from detectors.confidence import chosen
    from detectors.triton import export_triton

    if not any((model / name).is_file() for name in NETWORKS):
        from detectors.adopt import adopted
        from detectors.model_files import EXPORTED
        from detectors.told import Told

        model = adopted(model, Told(classes, imgsz, trust))
        if model.suffix not in EXPORTED:
            needs("torch", "train")
        from detectors.export import export

        whole = Path(os.path.abspath(out))  # "." has no name
        if not whole.name:
            raise BadArgument(f"-o {out} is the root of all files: name a folder")
        model = export(model, whole.with_name(f"{whole.name}-exported"))[0].parent
    least, why = chosen(next((f for f in map(model.joinpath, NETWORKS) if f.is_file()), model), confidence)
    print(why)
    for folder in export_triton(model, out, name, instances=instances, least=least):
        print(f"wrote {folder}")


def float_xml(model: Path, out: Path, told: Told | None = None) -> Path:
    """Return the float IR: the file itself, or an export of a run or of a network of others below ``out``.

    Raises BadArgument without torch, which a run needs.
    """
    from detectors.adopt import adopted

    model = adopted(model) if told is None else adopted(model, told)
    if model.suffix == ".xml":
        return model
    if model.suffix != ".onnx":
        needs("torch", "train")
    from detectors.export import export

    return export(model, out / "float", ("openvino",))[0]
