"""The report of a labelled set: reads it, looks it through, and gives findings, a page and JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rendersdg
from detectors.samples import Samples
from detectors.tolerance import Flaw
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.files import write_file
from rendersdg.plain import Json
from rendersdg.progress import FrameProgress
from rendersdg.reports.checks import all_checks, some
from rendersdg.reports.comparing import MOST_IMAGES, Distance, Gap, distance, gap_of, spread_over
from rendersdg.reports.contents import Section, sections
from rendersdg.reports.coverage import Coverage, Covered, covered
from rendersdg.reports.facts import Facts, facts_of, read_leniently
from rendersdg.reports.features import MOST_IMAGES as MOST_FEATURES
from rendersdg.reports.features import FeatureDistance, feature_distance
from rendersdg.reports.findings import Finding, worst_first
from rendersdg.reports.numbers import readable, spreads
from rendersdg.reports.page import page_of
from rendersdg.reports.pictures import Row, percentiles
from rendersdg.reports.silence import quiet_decoders

PathLike = str | os.PathLike[str]
_FAR = 2.0  # spreads of the real set from which on a respect is worth a finding
_MOST_REAL = 2000  # real images whose pixels are looked at
_MOST_PARAMETERS = 12  # that get a finding of their own


@dataclass(frozen=True, eq=False)
class Report:
    """What is in a labelled set and what was found.

    Attributes:
        name: what was named, ``[LAYOUT:]PATH[@SPLIT]``.
        real: the real set beside it, "" without one.
        images, objects: how many were read.
        classes: their names.
        findings: what was found, worst first.
        sections: the charts, by section of the page.
        rows: samples that the page shows.
        facts: labels, boxes and pixels of each image.
        version: of rendersdg.
        real_images: how many of the real set were looked at, evenly spaced, and how many it has.
    """

    name: str
    real: str
    images: int
    objects: int
    classes: tuple[str, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    facts: Facts = field(repr=False)
    version: str = rendersdg.__version__
    real_images: tuple[int, int] = (0, 0)

    @property
    def has_faults(self) -> bool:
        """Whether something is wrong with files or labels; warnings do not count."""
        return any(f.severity == "fault" for f in self.findings)

    def as_json(self) -> Json:
        """Return findings and the tables behind all charts, for programs."""
        return {
            "format": 1,
            "rendersdg": self.version,
            "data": self.name,
            "real": self.real,
            "real_images": dict(zip(("looked_at", "all"), self.real_images)),
            "images": self.images,
            "objects": self.objects,
            "classes": list(self.classes),
            "findings": [f.as_json() for f in self.findings],
            "tables": [
                {"section": s.key, "title": c.title, "columns": list(c.columns), "rows": [list(r) for r in c.rows]}
                for s in self.sections
                for c in s.charts
            ],
        }

    def html(self) -> str:
        """Return the page: one file that needs nothing else. Images that it shows are read again."""
        with quiet_decoders():
            return page_of(self).html()

    def write(self, file: PathLike) -> None:
        """Write the page (``.html``) or the findings and tables (``.json``).

        Raises BadArgument for another suffix, DatasetError where the file cannot be written.
        """
        path = Path(file)
        check_suffix(path)
        is_json = path.suffix.lower() == ".json"
        text = json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n" if is_json else self.html()
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text.encode("utf-8", "replace"))


def check_suffix(file: Path) -> None:
    """Raise BadArgument for a file that is neither a page nor JSON."""
    if file.suffix.lower() not in (".html", ".htm", ".json"):
        raise BadArgument(f"{file} ends with neither .html nor .json; a report is written as one of the two")


def report(
    data: PathLike, *, real: PathLike | None = None, features: PathLike | None = None, progress: bool = False
) -> Report:
    """Look a labelled set through: what is in it, what is wrong with it, how far it is from a real one.

    Args:
        data: a set of ours or of any layout that is read here: ``[LAYOUT:]PATH[@SPLIT]``.
        real: a set of real photographs to compare it with.
        features: a trained detector, a run's folder or its ``model.pt``, whose backbone is to tell how far apart the
            two sets are; needs ``real``.
        progress: show a bar, or lines where there is no terminal.

    Returns:
        A report: ``findings``, worst first; ``write("report.html")`` makes the page, ``as_json()`` the tables.

    Raises:
        DatasetError: a set cannot be read, or none of its images. What is wrong with single images is a finding.
        BadArgument: ``features`` without ``real``, or torch is not installed.

    Example::

        found = rendersdg.report("out", real="neu-det:photos@val")
        [finding.title for finding in found.findings]
        found.write("report.html")
    """
    if features is not None and real is None:
        raise BadArgument("features: they tell how far a set is from a real one; give real, too")
    with quiet_decoders():
        samples, flaws = read_leniently(os.fspath(data))
        beside = None if real is None else read_leniently(os.fspath(real))
        total = _images_to_read(samples, None if beside is None else beside[0], features is not None)
        with FrameProgress(total, "report", quiet=not progress, unit="images") as bar:
            done = _counter(bar)
            facts = facts_of(samples, flaws, done)
            other = None if beside is None else _real_facts(*beside, done)
            gap = seen = None
            if other is not None:
                gap = distance(other.pictures(), facts.pictures(), done)
            if other is not None and features is not None:
                seen = feature_distance(Path(features), other.pictures(), facts.pictures(), done)
        drawn = covered(samples)
    found = [*all_checks(facts), *_of_parameters(drawn), *_of_distance(facts, other, gap, seen)]
    return Report(
        os.fspath(data),
        "" if real is None else os.fspath(real),
        len(samples),
        len(facts.boxes),
        samples.classes,
        worst_first(found),
        sections(facts, other, drawn, gap, seen),
        percentiles(facts),
        facts,
        real_images=(0, 0) if other is None or beside is None else (len(other.samples), len(beside[0])),
    )


def _counter(bar: FrameProgress) -> Callable[[], None]:
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        bar(count, {})

    return done


def _images_to_read(samples: Samples, real: Samples | None, has_features: bool) -> int:
    total = len(samples)
    if real is not None:
        total += min(len(real), _MOST_REAL)
        for most in (MOST_IMAGES, MOST_FEATURES) if has_features else (MOST_IMAGES,):
            total += min(len(samples), most) + min(len(real), most)
    return total


def _real_facts(samples: Samples, flaws: tuple[Flaw, ...], done: Callable[[], None]) -> Facts:
    return facts_of(samples.of(spread_over(samples.images, _MOST_REAL)), flaws, done)


def _of_parameters(drawn: Covered | None) -> Iterator[Finding]:
    if drawn is None:
        return
    holed = [p for p in drawn.parameters if p.holes]
    for p in holed[:_MOST_PARAMETERS]:
        yield _hole(p)
    if rest := holed[_MOST_PARAMETERS:]:
        title = f"{counted(len(rest), 'further parameter')} {'has' if len(rest) == 1 else 'have'} holes"
        named = tuple(f"{p.name}: {', '.join(h.text for h in p.holes)}" for p in rest)
        yield Finding("hole", "warning", title, "", "Look at the list.", len(rest), named)
    labels = {p.name: p.label for p in drawn.parameters}
    if drawn.correlations:
        named = tuple(
            f"{labels[c.first]} and {labels[c.second]}: rank correlation {c.rho:+.2f} over {c.frames} frames"
            for c in drawn.correlations
        )
        yield Finding(
            "correlated",
            "warning",
            f"{counted(len(named), 'pair')} of parameters go together: {named[0]}",
            "Parameters that are drawn apart do so by chance with a probability below 1 %. A detector may learn one "
            "from the other.",
            "Check how frames were chosen; render the missing ones.",
            len(named),
            named,
        )
    if fixed := [p for p in drawn.parameters if p.is_fixed]:
        yield Finding(
            "fixed",
            "note",
            f"{counted(len(fixed), 'parameter')} {'is' if len(fixed) == 1 else 'are'} drawn once, for all frames",
            "They have a range, and the set shows a single value of it.",
            "Render parts with several seeds and merge them, or draw the value on each frame.",
            len(fixed),
            tuple(p.name for p in fixed),
        )
    for note in drawn.notes:
        yield Finding("coverage_unknown", "note", "The coverage of parameters is not fully known", note, "", 0)


def _hole(p: Coverage) -> Finding:
    first = p.holes[0]
    words = "; ".join(h.text for h in p.holes[:4])
    return Finding(
        "hole",
        "warning",
        f"{p.label} was never drawn {'as' if first.entry else 'from'} {words}",
        f"Of {p.draws:,} draws about {first.expected:.0f} should lie there; chance alone leaves such a hole with a "
        f"probability of {_probability(first.probability)}.",
        "Render the missing frames; if a list leaves frames out, choose them another way.",
        len(p.holes),
        tuple(f"{p.name}: {h.text}" for h in p.holes),
    )


def _probability(value: float) -> str:
    return "less than one in a million" if value < 1e-6 else f"{value:.1g}"


def _of_distance(
    facts: Facts, real: Facts | None, gap: Distance | None, seen: FeatureDistance | None
) -> Iterator[Finding]:
    if real is None or gap is None:
        return
    unread = [*(f.message for f in real.flaws), *real.pixels.faults.values()]
    if unread:
        yield Finding(
            "real_faults",
            "note",
            f"The real set has {counted(len(unread), 'fault')} of its own",
            "What is wrong there is left out of the comparison.",
            "Make a report of the real set.",
            len(unread),
            tuple(unread),
        )
    own, other = facts.samples.counts(), real.samples.counts()
    missing = [name for name, count in other.items() if count and not own.get(name)]
    if missing:
        yield Finding(
            "class_missing",
            "warning",
            f"{counted(len(missing), 'class')} of the real set {'is' if len(missing) == 1 else 'are'} not in this one: "
            + some(missing),
            "A detector trained on this set alone cannot find them.",
            "Add them, or give the classes the same names.",
            len(missing),
            tuple(missing),
        )
    yield _farthest(sorted([*gap.gaps, *_label_gaps(facts, real)], key=lambda g: -g.gap), gap.mean)
    if seen is not None:
        yield _of_features(facts, real, seen)


def _farthest(gaps: Sequence[Gap], mean: float) -> Finding:
    """Return what tells two sets apart most, of gaps with the farthest first."""
    if gaps[0].gap < 1e-9:
        title = "By its statistics nothing differs from the real set"
        return Finding("distance", "note", title, f"The medians of {len(gaps)} statistics are the same.", "", 0)
    far = [g for g in gaps if g.gap >= _FAR]
    told = tuple(
        f"{g.words}: {readable(g.own)} here, {readable(g.real)} in the real set ({spreads(g.gap)})" for g in far or gaps
    )
    return Finding(
        "distance",
        "warning" if far else "note",
        f"Farthest from the real set is {told[0]}",
        f"Of {len(gaps)} statistics {len(far) or 'none'} {'differ' if len(far) > 1 else 'differs'} by {_FAR:g} spreads "
        f"of the real set or more; on average those of the pictures are {mean:.2f} apart.",
        "Change the scene in the respects listed, the first one first; the command fit does so for a surface.",
        len(far),
        told,
    )


def _of_features(facts: Facts, real: Facts, seen: FeatureDistance) -> Finding:
    """Return how far apart the sets are to a detector: a warning only where that is more than chance."""
    if not seen.is_far:
        return Finding(
            "features",
            "note",
            "To the detector the sets are no farther apart than chance has them",
            f"Their distance by {seen.channels} features is {seen.distance:.4f}; chance alone gives up to "
            f"{seen.chance:.4f}.",
            "",
            0,
        )
    channel, lean = seen.farthest[0]
    return Finding(
        "features",
        "warning",
        f"To the detector the sets are {seen.distance:.4f} apart; chance alone gives up to {seen.chance:.4f}",
        f"Of {seen.channels} features channel {channel} of {seen.layer} differs most (by "
        f"{spreads(abs(lean), 'deviations')}, {'more' if lean > 0 else 'less'} here); the images listed show it most.",
        "Look at what these images have that the real ones lack, or the other way round.",
        seen.images[1],
        (
            *(f"this set: {facts.name(s.file)}" for s in seen.shown[1]),
            *(f"real set: {real.name(s.file)}" for s in seen.shown[0]),
        ),
    )


def _label_gaps(facts: Facts, real: Facts) -> Iterator[Any]:
    asked: dict[str, Callable[[Facts], Any]] = {
        "objects an image": lambda f: _objects(f),
        "size of objects, % of the image's side": lambda f: 100 * f.boxes.share**0.5,
        "sharpness (variance of the Laplacian)": lambda f: f.pixels.values["sharpness"],
    }
    for words, values in asked.items():
        ours, theirs = (v[[math.isfinite(x) for x in v]] for v in (values(facts), values(real)))
        if len(ours) and len(theirs):
            yield gap_of(words, words, theirs, ours)


def _objects(facts: Facts) -> Any:
    import numpy as np

    return np.bincount(facts.boxes.image, minlength=len(facts.samples)).astype(float)
