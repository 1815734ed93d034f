"""The commands that prepare what is learnt from: split, mix."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rendersdg.cli.options import QuietOption, SceneArgument, named, takes
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import needs
from rendersdg.plain import Json
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from detectors.detections import Detections
    from detectors.mix import Mix
    from detectors.samples import Samples
    from detectors.splits import Leak

DATA = "A labelled set: [LAYOUT:]PATH[@SPLIT]; layouts: rendersdg list readers."
DataArgument = Annotated[str, typer.Argument(metavar="DATA", help=DATA)]
GoodArgument = Annotated[
    str,
    typer.Argument(
        metavar="GOOD_PHOTOS",
        help="A folder of photographs of good parts, or LAYOUT:PATH[@SPLIT], whose images without a label are taken.",
    ),
]
ClipOption = Annotated[
    bool, typer.Option("--clip-boxes", help="Cut off boxes that reach over the frame, drop those outside.")
]
RenameOption = Annotated[
    list[str] | None, typer.Option("--rename", help="OLD=NEW name of a class; OLD=- drops it (repeatable).")
]


_TOLD = 3  # files that were left out and are named


def say_skipped(skipped: Sequence[str]) -> None:
    """Say on stderr which files were left out, each with its reason: the first ones, and how many more."""
    for text in skipped[:_TOLD]:
        print(f"skipped: {text}", file=sys.stderr)
    if len(skipped) > _TOLD:
        print(f"skipped: {counted(len(skipped) - _TOLD, 'more file')}", file=sys.stderr)


@dataclass(frozen=True, kw_only=True)
class SplitOptions:
    """Options of ``rendersdg split``."""

    data: DataArgument
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for <name>.json, a COCO list for each part.")]
    shares: Annotated[str, typer.Option("--shares", help="Parts and their shares.")] = "train=0.8,val=0.2"
    by: Annotated[
        str, typer.Option("--by", help="group: whole groups; file: single images; hash: stable when images are added.")
    ] = "group"
    group: Annotated[
        str | None,
        typer.Option("--group", help="Regular expression whose first parenthesis in the file name is the group."),
    ] = None
    seed: Annotated[int, typer.Option("--seed", help="Seed.")] = 0
    leak_check: Annotated[
        bool, typer.Option("--leaks/--no-leaks", help="Look for the same photograph on both sides.")
    ] = True
    clip: ClipOption = False
    quiet: QuietOption = False


@takes(SplitOptions)
def split_(options: SplitOptions) -> None:
    """Split a labelled set, keeping groups together, and look for photographs that stand on both sides."""
    from detectors.readers import read
    from detectors.samples import checked, write_coco
    from detectors.splits import grouped, split

    whole = checked(read(options.data), clip=options.clip)
    if options.group is not None:
        whole = grouped(whole, options.group)
    parts = split(whole, _shares(options.shares), options.by, options.seed)  # type: ignore[arg-type]
    for name, part in parts.items():
        write_coco(part, options.out / f"{name}.json")
        groups = counted(len({s.key for s in part.images}), "group")
        print(f"{name}: {counted(len(part), 'image')} in {groups}, {_class_counts(part.counts())}")
    names = list(parts)
    pairs = [(one, other) for k, one in enumerate(names) for other in names[k + 1 :]]
    for one, other in pairs if options.leak_check else []:
        leaks = _leaks(parts[other], parts[one], options.quiet)
        for leak in leaks[:10]:
            print(f"leak ({leak.kind}): {leak.one.file} in {other} and {leak.other.file} in {one}")
        print(
            f"{len(leaks)} of {counted(len(parts[other]), 'image')} of {other} have their like in {one}"
            + ("; give --group, or groups of your own" if leaks else "")
        )


def _leaks(a: Samples, b: Samples, quiet: bool) -> list[Leak]:
    from detectors.splits import leaks

    with FrameProgress(len(a), "compare", quiet=quiet, unit="images") as progress:
        return list(leaks(a, b, lambda count: progress(count, {})))


@dataclass(frozen=True, kw_only=True)
class CompositeOptions:
    """Options of ``rendersdg composite``."""

    scene: SceneArgument
    good: GoodArgument
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for images/ and COCO's annotations/instances.json.")]
    frames: Annotated[int, typer.Option("--frames", min=1, help="Of the scene, through all of its cameras.")] = 100
    each: Annotated[
        int, typer.Option("--each", min=1, help="Photographs that the defects of one rendered picture are laid on.")
    ] = 1
    seed: Annotated[int, typer.Option("--seed", help="Seed, of the scene as well.")] = 0
    quiet: QuietOption = False


@takes(CompositeOptions)
def composite_(options: CompositeOptions) -> None:
    """Lay the rendered defects of a scene on photographs of good parts: labelled images to learn from.

    A frame and its twin without defects say how much light each pixel gains or loses. The photograph's light is
    multiplied by that, so its own ground, texture and noise stay.
    """
    from detectors.anomaly.photographs import photographs_of, usable
    from detectors.composite_set import View, fresh, write_composites
    from rendersdg.api.scenes import load
    from rendersdg.api.twins import change_of, without_defects

    fresh(options.out)
    skipped: list[str] = []
    given = photographs_of(options.good)
    good = given.of(sample for sample, _ in usable(given, skipped))
    say_skipped(skipped)
    if not len(good):
        raise DatasetError(f"{options.good} holds no photograph that can be used")
    scene = load(options.scene, seed=options.seed)
    cameras = scene.cameras
    total = options.frames * len(cameras)
    with FrameProgress(total, "render defects", quiet=options.quiet, unit="pictures") as progress:

        def views() -> Iterator[View]:
            for number in range(options.frames):
                frame = scene.frame(number)
                twin = frame.counterfactual(without_defects)
                for k, camera in enumerate(cameras):
                    yield View(number, camera, change_of(frame.view(camera), twin.view(camera)))
                    progress(number * len(cameras) + k, {})

        made = write_composites(views(), good, options.out, scene.classes, each=options.each, seed=options.seed)
    print(f"{counted(len(made), 'image')}, {_class_counts(made.counts())}; {options.out / 'annotations'}")


@dataclass(frozen=True, kw_only=True)
class MixOptions:
    """Options of ``rendersdg mix``."""

    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for mix.json and its COCO lists.")]
    real: Annotated[str | None, typer.Option("--real", help=DATA)] = None
    synthetic: Annotated[str | None, typer.Option("--synthetic", help=DATA)] = None
    real_fraction: Annotated[
        float | None, typer.Option("--real-fraction", help="Share of the real images, 0 to 1, class by class.")
    ] = None
    real_per_class: Annotated[
        int | None, typer.Option("--real-per-class", help="Real images of each class, at most.")
    ] = None
    synthetic_count: Annotated[
        int | None, typer.Option("--synthetic-count", help="Rendered images of each class, at most.")
    ] = None
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule",
            help="union, balanced (by --ratio in each batch), "
            "finetune (rendered first), rehearse (rendered first, then both by --ratio) or "
            "masked (what is hidden in the rendered first, without labels).",
        ),
    ] = "union"
    ratio: Annotated[str, typer.Option("--ratio", help="real:synthetic in each batch, for balanced.")] = "1:1"
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            help="Photographs whose look the rendered images take over while a detector learns, labels unused; how is "
            "the recipe's augment.like. " + DATA,
        ),
    ] = None
    hard: Annotated[
        Path | None,
        typer.Option(
            "--hard",
            help="A run or model: images in which it errs are shown more often in the last stage.",
        ),
    ] = None
    hard_share: Annotated[
        float, typer.Option("--hard-share", help="Share of such images, between 0 and 1, in each part of a batch.")
    ] = 0.5
    rename: RenameOption = None
    seed: Annotated[int, typer.Option("--seed", help="Which images are taken.")] = 0
    clip: ClipOption = False
    quiet: QuietOption = False

    def as_json(self) -> Json:
        """Return what ``mix.json`` records: what decides which images are in the mix, and in what proportion."""
        decides = {name: value for name, value in asdict(self).items() if name not in ("out", "clip", "quiet")}
        if self.like is None:
            del decides["like"]
        if self.hard is None:
            del decides["hard"], decides["hard_share"]
        else:
            decides["hard"] = str(self.hard)
        return decides | {"rename": self.rename or []}


@takes(MixOptions)
def mix_(options: MixOptions) -> None:
    """Lay out what to learn from: real and rendered images, how many, in what proportion or order."""
    from detectors.mix import aligned, chosen, mixed, read_ratio, write_mix
    from detectors.readers import read
    from detectors.samples import Samples

    if options.real is None and options.synthetic is None:
        raise BadArgument("give --real, --synthetic or both")
    real, synthetic = aligned(
        read(options.real) if options.real else None,
        read(options.synthetic) if options.synthetic else None,
        renames(options.rename),
        clip=options.clip,
    )
    if real is not None:
        real = chosen(real, options.seed, fraction=options.real_fraction, per_class=options.real_per_class)
    if synthetic is not None and options.synthetic_count is not None:
        synthetic = chosen(synthetic, options.seed, per_class=options.synthetic_count)
    ratio = read_ratio(options.ratio, "--ratio")
    if options.like is not None and synthetic is None:
        raise BadArgument("--like is for rendered images; give --synthetic")
    like = read(options.like) if options.like is not None else None
    mix = mixed(real, synthetic, options.schedule, ratio, like=like)  # type: ignore[arg-type]
    if options.hard is not None:
        mix = _with_hard(mix, options.hard, options.hard_share, options.quiet)
    write_mix(mix, options.out, options.as_json())
    for stage in mix.stages:
        for part in stage.parts:
            assert isinstance(part.samples, Samples)  # a mix of files: others are refused by write_mix
            print(
                f"{stage.name}: {100 * part.share:.0f} % from {counted(len(part.samples), 'image')} of "
                f"{part.samples.name}, {_class_counts(part.samples.counts())}"
            )


def _with_hard(mix: Mix, path: Path, share: float, quiet: bool) -> Mix:
    """Return a mix whose last stage shows more of the images in which a detector errs, and say how many there are."""
    if path.suffix not in (".xml", ".onnx"):
        needs("torch", "train")
    import numpy as np

    from detectors.confidence import kept
    from detectors.detections import SURE
    from detectors.hard import renumbered, with_hard
    from detectors.runtime import load_model, predict

    model = load_model(path)
    known = np.array([list(mix.classes).index(name) if name in mix.classes else -1 for name in model.classes])
    if known.max(initial=-1) < 0:
        raise DatasetError(f"{path} finds {', '.join(model.classes)}, none of {', '.join(mix.classes)}")

    def find(samples: Samples) -> list[Detections]:
        with FrameProgress(len(samples), "look for hard images", quiet=quiet, unit="images") as progress:
            found = predict(model, samples.images, on_image=lambda count: progress(count, {}))
        return [renumbered(one, known) for one in found]

    best = kept(path)
    mix, parts = with_hard(mix, find, SURE if best is None else best.value, share)
    for part in parts:
        print(f"{path} errs in {part.hard} of {counted(part.images, 'image')} of {part.name}")
    return mix


def _shares(text: str) -> dict[str, float]:
    try:
        return {name.strip(): float(value) for name, _, value in (pair.partition("=") for pair in text.split(","))}
    except ValueError:
        raise BadArgument(f"--shares {text!r}: write name=share,name=share") from None


def renames(pairs: list[str] | None) -> dict[str, str]:
    """Return the new names of ``--rename`` by the old ones. Raises BadArgument for what is not OLD=NEW."""
    return dict(named(text, "--rename", "OLD=NEW, or OLD=- to drop") for text in pairs or [])


def _class_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "no class"
