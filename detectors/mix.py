"""Mixing real with rendered images: which ones, in what proportion, in what order;
kept on disk as lists anybody can read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np

from detectors.live import LiveSamples
from detectors.readers import read
from detectors.samples import Sample, Samples, checked, fingerprint, merged, write_coco
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.files import write_file
from rendersdg.paths import inside, plain_name
from rendersdg.plain import Json

Schedule = Literal["union", "balanced", "finetune", "rehearse", "masked"]
Learns = Literal["boxes", "pixels"]  # what a stage learns: the labels, or what is hidden in the images


@dataclass(frozen=True, slots=True)
class MixSource:
    """A source of images and its share of each batch, 0 to 1.

    ``like`` are photographs whose look its images take over, where the recipe's ``augment.like`` says how.
    """

    samples: Samples | LiveSamples
    share: float
    like: Samples | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training on some parts; shares add up to 1. ``learns`` says whether labels are learned, or what is
    hidden in the images, without labels (:mod:`detectors.masked`).
    """

    name: str
    parts: tuple[MixSource, ...]
    learns: Learns = "boxes"

    def __post_init__(self) -> None:
        plain_name(self.name, "the stage")  # a folder of the run is called so


@dataclass(frozen=True, slots=True)
class Mix:
    """What is learnt from, stage after stage; all parts share the classes."""

    classes: tuple[str, ...]
    stages: tuple[Phase, ...]

    def fingerprint(self) -> str:
        """Return a digest of all labels, shares and stages."""
        parts = [(s.name, [_identity(p) for p in s.parts], *_other(s.learns)) for s in self.stages]
        return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def _other(learns: Learns) -> tuple[str, ...]:
    """Return what sets a stage off from those that learn boxes, as all did at first."""
    return () if learns == "boxes" else (learns,)


def _identity(part: MixSource) -> list[object]:
    look = [] if part.like is None else [fingerprint(part.like)]
    return [part.share, _fingerprint(part.samples), *look]


def _fingerprint(samples: Samples | LiveSamples) -> str:
    return samples.fingerprint() if isinstance(samples, LiveSamples) else fingerprint(samples)


def alone(
    samples: Samples | LiveSamples, name: str = "train", *, like: Samples | None = None, learns: Learns = "boxes"
) -> Mix:
    """Return the mix of one set, whose one stage is called ``name``; ``like`` is its :class:`MixSource`'s, ``learns``
    its :class:`Phase`'s.
    """
    return Mix(samples.classes, (Phase(name, (MixSource(samples, 1.0, like),), learns),))


def mixed(
    real: Samples | None,
    synthetic: Samples | None,
    schedule: Schedule,
    ratio: tuple[float, float] = (1, 1),
    *,
    like: Samples | None = None,
) -> Mix:
    """Return a mix of two sets of the same classes; either may be missing, then the other stands alone.

    Args:
        real: photographs.
        synthetic: rendered images.
        schedule: ``union``, every image is as likely as every other; ``balanced``, real to rendered as ``ratio`` in
            each batch, however many there are; ``finetune``, the rendered ones first, then the real ones alone;
            ``rehearse``, the rendered ones first, then both as in ``balanced``, so that little is forgotten;
            ``masked``, what is hidden in the rendered ones first, without their labels, then the real ones alone.
        ratio: of ``balanced`` and ``rehearse``.
        like: photographs whose look the rendered images take over; their labels are not used.

    Raises:
        BadArgument: the schedule is unknown, or a side of the ratio is not above 0.
        DatasetError: both sets are missing or empty.
    """
    if schedule not in get_args(Schedule):
        raise BadArgument(f"schedule {schedule!r} is not one of {', '.join(get_args(Schedule))}")
    present = [s for s in (real, synthetic) if s is not None and len(s)]
    if not present:
        raise DatasetError("nothing to learn from: neither real nor synthetic images")
    if real is None or synthetic is None or len(present) == 1:
        return alone(present[0], like=like if present[0] is synthetic else None)
    if schedule == "union" and like is None:
        return alone(merged([real, synthetic], f"{real.name} + {synthetic.name}"))
    first = Phase("pretrain", (MixSource(synthetic, 1.0, like),), "pixels" if schedule == "masked" else "boxes")
    if schedule in ("finetune", "masked"):
        return Mix(real.classes, (first, Phase("finetune", (MixSource(real, 1.0),))))
    if schedule == "union":
        ratio = (len(real), len(synthetic))  # each image as likely as every other
    if min(ratio) <= 0 or not all(map(math.isfinite, ratio)):
        raise BadArgument(f"ratio {ratio[0]:g}:{ratio[1]:g}: both sides must be above 0")
    whole = sum(ratio)
    parts = (MixSource(real, ratio[0] / whole), MixSource(synthetic, ratio[1] / whole, like))
    if schedule == "rehearse":
        return Mix(real.classes, (first, Phase("finetune", parts)))
    return Mix(real.classes, (Phase("train", parts),))


def read_ratio(text: str, where: str = "ratio") -> tuple[float, float]:
    """Return real and synthetic of ``1:3``. Raises BadArgument, naming ``where`` it stands."""
    left, colon, right = text.partition(":")
    try:
        if colon:
            return float(left), float(right)
    except ValueError:
        pass
    raise BadArgument(f"{where} {text!r}: write real:synthetic, e.g. 1:3")


def chosen(samples: Samples, seed: int, *, fraction: float | None = None, per_class: int | None = None) -> Samples:
    """Return a part of a set, the same for the same seed, the smaller always inside the larger.

    Each image counts for the class that covers most of it (images without box are a class of their own).

    Args:
        samples: the set.
        seed: which images.
        fraction: the share of each class, 0 to 1, rounded up; None for all.
        per_class: how many of each class, or all where there are fewer; it goes before ``fraction``.

    Raises:
        BadArgument: ``fraction`` is not between 0 and 1, or ``per_class`` is below 0.
    """
    if fraction is not None and not 0 <= fraction <= 1:
        raise BadArgument(f"fraction {fraction:g} is not between 0 and 1")
    if per_class is not None and per_class < 0:
        raise BadArgument(f"per_class {per_class} is below 0")
    of_class: dict[int, list[Sample]] = {}
    for sample in samples.images:
        of_class.setdefault(main_class(sample), []).append(sample)
    kept: set[int] = set()
    for members in of_class.values():
        ranked = sorted(members, key=lambda s: _rank(seed, s))
        # rounded first: 0.07 of 100 is 7.000000000000001
        most = len(ranked) if fraction is None else math.ceil(round(fraction * len(ranked), 9))
        kept |= {id(s) for s in ranked[: most if per_class is None else min(per_class, most)]}
    return samples.of(s for s in samples.images if id(s) in kept)


def _rank(seed: int, sample: Sample) -> tuple[bytes, str]:
    """Return a key that orders images at random: by a hash of the seed and the file's name."""
    return blake2b(f"{seed}/{sample.file.name}".encode(), digest_size=8).digest(), str(sample.file)


def main_class(sample: Sample) -> int:
    """Return the class with most boxed area in an image, -1 without a box."""
    if not len(sample.labels):
        return -1
    area = (sample.xyxy[:, 2] - sample.xyxy[:, 0]) * (sample.xyxy[:, 3] - sample.xyxy[:, 1])
    return int(np.bincount(sample.labels, weights=area).argmax())


def aligned(
    real: Samples | None, synthetic: Samples | None, rename: Mapping[str, str] | None = None, *, clip: bool = False
) -> tuple[Samples | None, Samples | None]:
    """Return both sets checked and with the real one's classes; either may be None.

    Args:
        real: photographs.
        synthetic: rendered images.
        rename: maps names of the rendered set's classes to the real one's; ``-`` drops a class.
        clip: whether boxes are cut off at the frame, which are an error otherwise.

    Raises:
        DatasetError: a box is wrong, or a rendered class is none of the real set's.
    """
    if real is not None:
        real = checked(real, clip=clip)
    if synthetic is not None:
        synthetic = checked(synthetic, clip=clip)
        synthetic = synthetic.of_classes(real.classes if real is not None else renamed(synthetic, rename), rename)
    return real, synthetic


def renamed(samples: Samples, rename: Mapping[str, str] | None) -> tuple[str, ...]:
    """Return the class names of ``samples`` after ``rename`` (old name to new), without those dropped (``-``)."""
    rename = rename or {}
    return tuple(dict.fromkeys(rename.get(c, c) for c in samples.classes if rename.get(c, c) != "-"))


def write_mix(mix: Mix, folder: Path, record: Json) -> None:
    """Write ``mix.json`` and a COCO list for each part; ``record`` says how it came about."""
    stages = []
    for stage in mix.stages:
        parts = []
        for k, part in enumerate(stage.parts):
            name = f"{stage.name}-{k + 1}.json" if len(stage.parts) > 1 else f"{stage.name}.json"
            if isinstance(part.samples, LiveSamples):
                raise BadArgument(
                    f"{part.samples.name} is rendered on demand; a mix on disk lists files: render it first"
                )
            write_coco(part.samples, folder / name)
            parts.append({"list": name, "share": part.share, "images": len(part.samples), "from": part.samples.name})
            if part.like is not None:
                look = name.replace(".json", ".like.json")
                write_coco(part.like, folder / look)
                parts[-1] |= {"like": look}
        stages.append({"name": stage.name, "parts": parts})
        if stage.learns != "boxes":
            stages[-1]["learns"] = stage.learns
    text = {"format": 1, "classes": list(mix.classes), "stages": stages, "made": record}
    write_file(folder / "mix.json", (json.dumps(text, indent=1) + "\n").encode())


def read_mix(folder: Path) -> Mix:
    """Return the mix of a folder that :func:`write_mix` made. Raises DatasetError when it cannot be read."""
    file = folder / "mix.json"
    text = json_mapping(read_bytes(file), file)
    try:
        classes = tuple(text["classes"])
        stages = tuple(
            Phase(
                plain_name(s["name"], f"{file}: the stage"),
                tuple(_part(folder, part, classes, file) for part in s["parts"]),
                _learns(s.get("learns", "boxes"), file),
            )
            for s in text["stages"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{file} is not a mix ({type(error).__name__} {error})") from None
    return Mix(classes, stages)


def _learns(value: object, file: Path) -> Learns:
    for known in get_args(Learns):
        if value == known:
            return cast("Learns", known)
    raise DatasetError(f"{file}: learns={value!r} is not one of {', '.join(get_args(Learns))}")


def _part(folder: Path, part: Json, classes: tuple[str, ...], file: Path) -> MixSource:
    share = float(part["share"])
    if not 0 < share <= 1:
        raise DatasetError(f"{file}: the share {share:g} is not above 0 and up to 1")
    listed = inside(folder, part["list"], f"{file}: the list")
    look = None
    if "like" in part:
        look = checked(read(f"coco:{inside(folder, part['like'], f'{file}: the list')}"))
    return MixSource(checked(read(f"coco:{listed}")).of_classes(classes), share, look)


def read_training(spec: str, *, clip: bool = False, rename: Mapping[str, str] | None = None) -> Mix:
    """Return the mix of a folder with ``mix.json``, or of one labelled set (``[LAYOUT:]PATH[@SPLIT]``).

    Args:
        spec: the folder or the set.
        clip: whether boxes of the set are cut off at the frame.
        rename: new names of classes by the old ones, see :meth:`detectors.samples.Samples.renamed`.

    Raises:
        DatasetError: it cannot be read, or has no such class.
    """
    if not (Path(spec) / "mix.json").is_file():
        samples = checked(read(spec), clip=clip)
        return alone(samples.renamed(rename) if rename else samples)
    mix = read_mix(Path(spec))
    if not rename:
        return mix
    stages, classes = [], mix.classes
    for stage in mix.stages:
        sources = []
        for part in stage.parts:
            assert isinstance(part.samples, Samples)  # a mix of files
            samples = part.samples.renamed(rename)
            sources.append(replace(part, samples=samples))
            classes = samples.classes
        stages.append(replace(stage, parts=tuple(sources)))
    return replace(mix, classes=classes, stages=tuple(stages))
