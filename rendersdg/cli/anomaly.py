"""The commands for those who have photographs of good parts only: train-anomaly, evaluate-anomaly, and heat maps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rendersdg.cli.options import QuietOption, takes
from rendersdg.cli.pictures import Pictures
from rendersdg.cli.sets import DATA, DataArgument, GoodArgument, say_skipped
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.extras import needs
from rendersdg.files import write_file
from rendersdg.progress import FrameProgress, phases

if TYPE_CHECKING:
    from detectors.anomaly.heat import Heat
    from detectors.anomaly.model import AnomalyModel
    from detectors.anomaly.photographs import GoodParts
    from detectors.anomaly.recipe import AnomalyRecipe
    from detectors.composite import Change
    from detectors.preprocess import Image
    from detectors.samples import Samples

_SHOWN = 12  # photographs of a sheet


@dataclass(frozen=True, kw_only=True)
class TrainAnomalyOptions:
    """Options of ``rendersdg train-anomaly``."""

    good: GoodArgument
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")]
    scene: Annotated[
        Path | None,
        typer.Option(
            "--scene", help="A scene (.yaml, .py) that draws defects; what they change is done to the photographs."
        ),
    ] = None
    frames: Annotated[int, typer.Option("--frames", min=1, help="Of the scene: frames with a defect.")] = 100
    test: Annotated[str | None, typer.Option("--test", help="What it is judged on. " + DATA)] = None
    parts: Annotated[
        str, typer.Option("--parts", help="memory of good patches, a head that learns from made defects, or both.")
    ] = "both"
    size: Annotated[int, typer.Option("--imgsz", min=64, max=1024, help="Side of the network's square, pixels.")] = 256
    backbone: Annotated[str, typer.Option("--backbone", help="EfficientNet-Lite: lite0, lite1 or lite2.")] = "lite0"
    patches: Annotated[int, typer.Option("--patches", min=1, help="Patches that the memory keeps.")] = 2000
    made: Annotated[int, typer.Option("--made", min=2, help="Photographs with made defects.")] = 600
    steps: Annotated[int, typer.Option("--steps", min=1, help="Batches that the head learns from.")] = 600
    good_share: Annotated[
        float, typer.Option("--good-share", min=0, max=1, help="Of good photographs that are to be called good.")
    ] = 0.95
    held_out: Annotated[
        float, typer.Option("--held-out", min=0.01, max=0.9, help="Share of the photographs that sets the threshold.")
    ] = 0.25
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            help="Regular expression whose first parenthesis in a file's name is the part: all photographs of a part "
            "stay together.",
        ),
    ] = None
    seed: Annotated[int, typer.Option("--seed", help="Seed.")] = 0
    quiet: QuietOption = False


@takes(TrainAnomalyOptions)
def train_anomaly_(options: TrainAnomalyOptions) -> None:
    """Learn what good parts look like, from photographs of them alone, and find what does not."""
    needs("torch", "train")
    from detectors.anomaly.recipe import AnomalyRecipe
    from detectors.anomaly.train import fresh, train_anomaly

    recipe = AnomalyRecipe(
        parts=options.parts,  # type: ignore[arg-type] # checked there
        backbone=options.backbone,
        patches=options.patches,
        made=options.made,
        steps=options.steps,
        quantile=options.good_share,
        seed=options.seed,
    )
    if options.scene is not None and options.parts == "memory":
        raise BadArgument("--scene draws defects, which --parts memory does not learn from; leave one of them out")
    fresh(options.out)
    test = _read(options.test) if options.test else None
    good = _good(options)
    changes = _changes(options)
    with phases(options.quiet) as on_step:
        record = train_anomaly(good, recipe, options.out, changes=changes, on_step=on_step)
    if recipe.parts != "memory":
        write_file(options.out / "made.png", _made(good, changes, recipe))
    if not options.quiet:
        print(f"{record['seconds']:.0f} s; {options.out / 'model.pt'}")
    if test is not None:
        _judge(options.out, test, options.out, options.quiet)


@dataclass(frozen=True, kw_only=True)
class EvaluateAnomalyOptions:
    """Options of ``rendersdg evaluate-anomaly``."""

    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A run's folder, a model.pt, or an exported .xml or .onnx.")
    ]
    data: DataArgument
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for scores.json and heat.png, the worst and the best.")
    ] = None
    quiet: QuietOption = False


@takes(EvaluateAnomalyOptions)
def evaluate_anomaly_(options: EvaluateAnomalyOptions) -> None:
    """Judge an anomaly detector as MVTec AD does: AUROC of images and pixels, AU-PRO. No label: a good image."""
    if options.model.suffix not in (".xml", ".onnx"):
        needs("torch", "train")
    _judge(options.model, _read(options.data), options.out, options.quiet)


def predict_heat(model: Path, pictures: Pictures, out: Path, *, draw: bool) -> None:
    """Write what an anomaly detector says of pictures: ``predictions.json``, and with ``draw`` heat maps in ``drawn/``.

    Raises DatasetError at the end where a file could not be read.
    """
    from detectors.anomaly.model import load_anomaly
    from detectors.anomaly.pictures import side_by_side
    from writers.encoders import image_bytes

    found, rows = load_anomaly(model), []
    heating = found.heating
    for name, image in pictures:
        heat = found.judge([image])[0]
        rows.append(
            {
                "image": name,
                "score": heat.score,
                "threshold": heating.threshold,
                "is_bad": heat.is_bad,
                "bad_share": float((heat.map > heating.pixel_threshold).mean()),
            }
        )
        if draw:
            picture = side_by_side(image, heat, heating.pixel_threshold, _said(name, heat, heating.threshold))
            write_file(pictures.drawing(out / "drawn", name), image_bytes(picture))
    write_file(out / "predictions.json", (json.dumps(rows, indent=1) + "\n").encode())
    bad = sum(row["is_bad"] is True for row in rows)
    print(f"{bad} of {counted(len(rows), 'image')} unlike good parts; {out / 'predictions.json'}")
    pictures.check()


def _said(name: str, heat: Heat, threshold: float) -> str:
    verdict = "bad" if heat.is_bad else "good"
    return f"{verdict}  score {heat.score:.1f}, threshold {threshold:.1f}  {name}"


def _read(data: str) -> Samples:
    from detectors.readers import read

    return read(data)


def _good(options: TrainAnomalyOptions) -> GoodParts:
    from detectors.anomaly.photographs import good_parts

    good = good_parts(
        options.good, size=options.size, held_out=options.held_out, group=options.group, seed=options.seed
    )
    say_skipped(good.skipped)
    if not options.quiet:
        print(
            f"{counted(len(good.known), 'good photograph')} to learn from, {len(good.held_out)} to set the threshold by"
        )
    return good


def _changes(options: TrainAnomalyOptions) -> list[Change]:
    """Return what the defects of the scene change; none where there is no scene."""
    if options.scene is None:
        return []
    from rendersdg.api.scenes import load
    from rendersdg.api.twins import changes_of

    scene = load(options.scene, seed=options.seed)
    with FrameProgress(options.frames, "render defects", quiet=options.quiet) as progress:
        return changes_of(scene, options.frames, on_frame=lambda done: progress(done - 1, {}))


def _judge(path: Path, test: Samples, out: Path | None, quiet: bool) -> None:
    from detectors.anomaly.evaluate import evaluate_anomaly
    from detectors.anomaly.known import known_of
    from detectors.anomaly.model import load_anomaly

    model = load_anomaly(path)
    with FrameProgress(len(test), "evaluate", quiet=quiet, unit="images") as progress:
        report, heats = evaluate_anomaly(model, test, on_image=lambda done: progress(done - 1, {}))
    report = replace(report, known=known_of(path, test))
    print(report.table())
    if out is not None:
        write_file(out / "scores.json", (json.dumps(report.as_json(), indent=1) + "\n").encode())
        write_file(out / "heat.png", _sheet(model, test, heats))
        print(f"wrote {out / 'scores.json'}, {out / 'heat.png'}")


def _sheet(model: AnomalyModel, test: Samples, heats: Sequence[Heat]) -> bytes:
    """Return a sheet of photographs from the best to the worst, in even steps, with their labels in green."""
    import numpy as np

    from detectors.anomaly.evaluate import mask_of
    from detectors.anomaly.pictures import sheet, side_by_side
    from detectors.preprocess import read_rgb

    order = np.argsort([heat.score for heat in heats], kind="stable")
    picks = order[np.unique(np.linspace(0, len(order) - 1, min(_SHOWN, len(order))).round().astype(int))]
    threshold, pictures = model.heating.pixel_threshold, []
    for k in picks.tolist():
        sample, heat = test.images[k], heats[k]
        said = _said(sample.file.name, heat, model.heating.threshold)
        pictures.append(side_by_side(read_rgb(sample.file), heat, threshold, said, mask_of(sample)))
    return sheet(pictures)


def _made(good: GoodParts, changes: Sequence[Change], recipe: AnomalyRecipe) -> bytes:
    """Return a sheet of photographs with made defects, outlined: what the head learned from."""
    import numpy as np

    from detectors.anomaly.learn import examples
    from detectors.anomaly.pictures import outline, sheet

    pictures: list[Image] = []
    for picture, mask in examples(good.known, good.preprocess, recipe, changes, range(_SHOWN)):
        outlined = picture.copy()
        outline(outlined, mask)
        pictures.append(np.concatenate([picture, outlined], 1))
    return sheet(pictures)
