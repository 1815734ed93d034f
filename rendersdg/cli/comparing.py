"""The command that compares two detectors: compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rendersdg.cli.options import ClassesOption, ImgszOption, QuietOption, TrustOption, silent, takes, to_stderr
from rendersdg.cli.sets import ClipOption, DataArgument, RenameOption, renames
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import needs
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from detectors.detections import Detections
    from detectors.runtime import Model
    from detectors.samples import Samples


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """Options of ``rendersdg compare``."""

    a: Annotated[Path, typer.Argument(metavar="RUN_A", help="A run, a model.pt, an exported .xml or .onnx.")]
    b: Annotated[Path, typer.Argument(metavar="RUN_B", help="The other, of any kind.")]
    data: DataArgument
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File for the numbers (.json).")] = None
    resamples: Annotated[
        int, typer.Option("--resamples", min=0, help="Draws of the bootstrap over photographs; 0: no intervals.")
    ] = 1000
    seed: Annotated[int, typer.Option("--seed", help="Of the draws.")] = 0
    rename: RenameOption = None
    clip: ClipOption = False
    classes: ClassesOption = None
    imgsz: ImgszOption = None
    trust: TrustOption = False
    quiet: QuietOption = False


@takes(CompareOptions)
def compare_(options: CompareOptions) -> None:
    """Compare two detectors on the same images: mAP50 and mAP50-95 of both, and the difference with its interval."""
    needs("torch", "train")
    from detectors.adopt import is_of_others
    from detectors.compare import compare
    from detectors.readers import read
    from detectors.runtime import load_model
    from detectors.samples import checked
    from detectors.told import Told

    if options.out is not None and options.out.suffix.lower() != ".json":
        raise BadArgument(f"--out {options.out}: the numbers are written as .json; give such a name")
    told = Told(options.classes, options.imgsz, options.trust)
    models = (options.a, options.b)
    others = [one for one in models if is_of_others(one)]
    a, b = (load_model(one, told=Told() if others and one not in others else told) for one in models)
    data = checked(read(options.data), clip=options.clip)
    truth = _of_both(data, a, b, renames(options.rename), silent if options.quiet else to_stderr)
    oriented = [letter for letter, model in (("A", a), ("B", b)) if model.finds == "oriented boxes"]
    if len(oriented) == 1:
        print(f"{oriented[0]} finds oriented boxes and the other does not: upright boxes around them are compared")
    found = [_found(model, truth, label, options.quiet) for model, label in ((a, "A"), (b, "B"))]
    result = compare(truth, *found, resamples=options.resamples, seed=options.seed)
    print(f"A: {options.a}\nB: {options.b}\n{result.table()}\n{result.verdict()}")
    if options.out is not None:
        record = {"a": str(options.a), "b": str(options.b), "data": options.data, **result.as_json()}
        try:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise DatasetError(f"cannot write {options.out}: {error.strerror}") from None


def _of_both(data: Samples, a: Model, b: Model, rename: dict[str, str], log: Callable[[str], None]) -> Samples:
    """Return the set in the classes that both models know; what is left out is said. Raises BadArgument for none."""
    both = [name for name in a.classes if name in b.classes]
    if not both:
        raise BadArgument(f"the two have no class in common: {', '.join(a.classes)}; {', '.join(b.classes)}")
    for letter, one in (("A", a), ("B", b)):
        if alone := [name for name in one.classes if name not in both]:
            log(f"{letter} alone finds {', '.join(alone)}: left out")
    for name in (*a.classes, *b.classes):
        if name not in both and name in data.classes and name not in rename:
            rename = {**rename, name: "-"}
    return data.of_classes(both, rename)


def _found(model: Model, truth: Samples, label: str, quiet: bool) -> list[Detections]:
    """Return what a model finds, its labels those of the set, whatever the order of its own classes."""
    import numpy as np

    from detectors.runtime import predict

    place = np.array([truth.classes.index(c) if c in truth.classes else -1 for c in model.classes])
    with FrameProgress(len(truth), f"find, {label}", quiet=quiet, unit="images") as progress:
        found = predict(model, truth.images, on_image=lambda count: progress(count, {}))
    own = [replace(one, labels=place[one.labels]) for one in found]
    return [one.where(one.labels >= 0) for one in own]
