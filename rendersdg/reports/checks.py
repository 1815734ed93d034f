"""The checks of a report: what is wrong with the files, labels and pictures of a set."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from detectors.tolerance import Flaw
from rendersdg.arrays import F8, Mask
from rendersdg.english import counted
from rendersdg.reports.boxes import TINY_SIDE, Pair, pairs
from rendersdg.reports.duplicates import FLAT, duplicates
from rendersdg.reports.facts import Facts
from rendersdg.reports.findings import Finding, Severity
from rendersdg.reports.pixels import ONE_LEVEL
from rendersdg.reports.turned import turned_copies

_RARE = 0.01  # share of the boxes below which a class is rare
_FEW = 20  # and the number of boxes
_DIM, _GLARING = 12.0, 243.0  # mean grey levels
_CLIPPED = 0.5  # share of pixels at the ends of the scale
_BLURRED = 30.0  # times less sharp than the set's median
_SOFT = 30.0  # variance of the Laplacian above which no picture is blurred
_HIDDEN = 0.05  # share of an object that can be seen
_SINGULAR = {"are": "is", "have": "has", "hold": "holds", "reach": "reaches", "cover": "covers"}
_LONGEST = 40  # characters of a class in a title
_USUAL = 0.9  # share of images of one size from which on the others are odd


class Shown(NamedTuple):
    """What a finding of boxes or images is about."""

    items: tuple[str, ...]
    images: tuple[int, ...]
    marks: tuple[tuple[int, ...], ...] = ()


def all_checks(facts: Facts) -> Iterator[Finding]:
    """Yield what is found in a set."""
    for check in (_files, _labels, _classes, _boxes, _overlaps, _visibility, _pictures, _sizes, _copies):
        yield from check(facts)


def some(names: Sequence[str], most: int = 6) -> str:
    """Return the first names for a title, each cut to a length, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in names[:most]) + more


def _files(facts: Facts) -> Iterator[Finding]:
    flaws = [f for f in facts.flaws if f.kind == "picture"]
    flaws += [Flaw("picture", facts.samples.images[k].file, text, True) for k, text in facts.pixels.faults.items()]
    empty = [f for f in flaws if os.path.isfile(f.file) and os.path.getsize(f.file) == 0]
    missing = [f for f in flaws if f not in empty and not os.path.exists(f.file) and not os.path.isfile(f.file.parent)]
    broken = [f for f in flaws if f not in empty and f not in missing]
    if empty:
        yield _of_flaws(
            "empty_files",
            f"{counted(len(empty), 'image file')} {_are(empty)} empty",
            "The files have 0 bytes: a copy or a download was cut short.",
            "Copy them again, or remove them and their labels.",
            empty,
            facts,
        )
    if missing:
        yield _of_flaws(
            "missing_files",
            f"{counted(len(missing), 'labelled image')} {_are(missing)} missing",
            f"The labels name images that are not there, say: {missing[0].message}",
            "Put the images back, or remove them from the labels.",
            missing,
            facts,
        )
    if broken:
        yield _of_flaws(
            "unreadable_files",
            f"{counted(len(broken), 'image file')} cannot be read",
            f"No picture comes out of the files, say: {broken[0].message}",
            "Copy them again, or remove them and their labels.",
            broken,
            facts,
        )


def _labels(facts: Facts) -> Iterator[Finding]:
    wrong = [f for f in facts.flaws if f.kind == "label"]
    if wrong:
        yield _of_flaws(
            "unreadable_labels",
            f"{counted(len(wrong), 'image')} or labels cannot be used: their label files are wrong",
            f"They are left out of all that follows. The first: {wrong[0].message}",
            "Mend the labels as each message says; training would stop at the first.",
            wrong,
            facts,
            [f"{facts.name(f.file)}: {f.message}" for f in wrong],
        )
    sizes = [f for f in facts.flaws if f.kind == "size"]
    if sizes:
        yield _of_flaws(
            "wrong_sizes",
            f"The labels of {counted(len(sizes), 'image')} tell another size than the file has",
            f"Their boxes are those of another picture, so they lie elsewhere. The first: {sizes[0].message}",
            "Find the pictures that were labelled, or scale the boxes to the files.",
            sizes,
            facts,
        )


def _of_flaws(
    kind: str,
    title: str,
    detail: str,
    remedy: str,
    flaws: Sequence[Flaw],
    facts: Facts,
    items: Sequence[str] | None = None,
) -> Finding:
    names = tuple(items) if items is not None else tuple(facts.name(f.file) for f in flaws)
    return Finding(kind, "fault", title, detail, remedy, len(flaws), names)


def _classes(facts: Facts) -> Iterator[Finding]:
    counts = facts.samples.counts()
    total = sum(counts.values())
    never = [name for name, count in counts.items() if not count]
    if not facts.samples.classes:
        yield Finding("no_classes", "warning", "No class is named", "", "Label the images.", 0)
    elif never and total:
        yield Finding(
            "class_never_seen",
            "warning",
            f"{counted(len(never), 'class')} {_are(never)} listed but never labelled: {some(never)}",
            "A detector trained on this set cannot learn what it never sees, yet has an output for it.",
            "Add images of the class, or take it off the list.",
            len(never),
            tuple(never),
        )
    rare = [name for name, count in counts.items() if 0 < count < min(_FEW, _RARE * total)]
    if rare:
        yield Finding(
            "rare_classes",
            "note",
            f"{counted(len(rare), 'class')} {_are(rare)} rare: {some(rare)}",
            f"Each has fewer than {_FEW} boxes and less than {_RARE:.0%} of all.",
            "Add images of these classes; with a scene of ours, raise their weights.",
            len(rare),
            tuple(f"{name}: {counted(counts[name], 'box')}" for name in rare),
        )


def _boxes(facts: Facts) -> Iterator[Finding]:
    boxes = facts.boxes
    kinds: list[tuple[str, Severity, Mask, str, str, str]] = [
        (
            "off_image",
            "fault",
            boxes.is_off(),
            "reach over the edge of the image",
            "Boxes end more than a pixel beyond the frame, or lie outside of it.",
            "Mend the labels, or cut the boxes off with --clip-boxes when you train.",
        ),
        (
            "no_area",
            "fault",
            boxes.is_void(),
            "have no area",
            "The right or lower edge is not beyond the left or upper one.",
            "Remove or mend them; training would stop at the first.",
        ),
        (
            "tiny",
            "warning",
            boxes.is_tiny(),
            f"are narrower than {TINY_SIDE:g} pixels",
            "So little of an object shows that no detector can find it, and each counts as a miss.",
            "Remove them, or make images larger; with a scene of ours, raise the writer's least visibility.",
        ),
        (
            "whole_image",
            "note",
            boxes.is_whole(),
            "cover the whole image",
            "That may be a label for the image rather than for an object.",
            "Look at the examples; give such images to a classifier.",
        ),
    ]
    for kind, severity, mask, words, detail, remedy in kinds:
        rows = np.flatnonzero(mask)
        if len(rows):
            told = _of_boxes(facts, rows)
            verb = words if len(rows) > 1 else _singular(words)
            title = f"{counted(len(rows), 'box')} in {counted(len(told.images), 'image')} {verb}"
            yield Finding(kind, severity, title, detail, remedy, len(rows), *told)


def _of_boxes(facts: Facts, rows: Sequence[int] | np.ndarray) -> Shown:
    """Return the boxes in rows of the table: their images by name and place, and their own places in them."""
    by_image: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_image[int(facts.boxes.image[row])].append(int(facts.boxes.place[row]))
    items = tuple(
        f"{facts.name_of(k)}: {counted(len(places), 'box')} ({_corners(facts, k, places[0])})"
        for k, places in by_image.items()
    )
    return Shown(items, tuple(by_image), tuple(tuple(places) for places in by_image.values()))


def _corners(facts: Facts, image: int, place: int) -> str:
    sample = facts.samples.images[image]
    corners = ", ".join(f"{v:.5g}" for v in sample.xyxy[place])
    return f"{facts.class_of(int(sample.labels[place]))} {corners}"


def _overlaps(facts: Facts) -> Iterator[Finding]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs(facts.boxes):
        kind = "duplicate_boxes" if pair.iou >= 0.95 else "overlapping_boxes"
        found[kind if pair.same_class else "contradictory_boxes"].append(pair)
    words: dict[str, tuple[Severity, str, str, str]] = {
        "contradictory_boxes": (
            "fault",
            "of boxes contradict each other: one place, two classes",
            "Both boxes lie at the same place, so one of the labels is wrong.",
            "Look at each and remove the wrong one.",
        ),
        "duplicate_boxes": (
            "fault",
            "of boxes are one label given twice",
            "They have the same class and the same place.",
            "Remove one of each; it would count as a miss whatever the detector finds.",
        ),
        "overlapping_boxes": (
            "warning",
            "of boxes of one class overlap by more than 80 %",
            "That may be one object labelled twice; thinning (NMS) would leave only one of them.",
            "Look at the examples.",
        ),
    }
    for kind, (severity, text, detail, remedy) in words.items():
        if those := found.get(kind):
            rows = sorted({row for pair in those for row in (pair.first, pair.second)})
            title = f"{counted(len(those), 'pair')} {text}"
            yield Finding(kind, severity, title, detail, remedy, len(those), *_of_boxes(facts, rows))


def _visibility(facts: Facts) -> Iterator[Finding]:
    rows = np.flatnonzero(np.nan_to_num(facts.boxes.visible, nan=1.0) < _HIDDEN)
    if len(rows):
        yield Finding(
            "hidden",
            "warning",
            f"{counted(len(rows), 'object')} can hardly be seen",
            f"Less than {_HIDDEN:.0%} of the object shows; the rest is behind others.",
            "Leave them out with the writer's least visibility, or mark them as crowd.",
            len(rows),
            *_of_boxes(facts, rows),
        )


def _pictures(facts: Facts) -> Iterator[Finding]:
    values, boxes = facts.pixels.values, facts.boxes
    has_boxes = np.bincount(boxes.image, minlength=len(facts.samples)) > 0
    flat = _is_flat(facts, has_boxes)
    faint = facts.pixels.thumbs.astype(np.float32).std((1, 2)) < FLAT  # so little contrast tells nothing of blur
    with np.errstate(invalid="ignore"):
        dim, glaring = values["brightness"] < _DIM, values["brightness"] > _GLARING
        clipped = (values["dark"] + values["light"] > _CLIPPED) & ~dim & ~glaring
        blurred = _is_blurred(values["sharpness"], values["contrast"]) & ~flat & ~faint & ~dim & ~glaring
    kinds: list[tuple[str, Severity, Mask, str, str, str]] = [
        (
            "flat",
            "warning",
            flat,
            "hold no picture: one level all over",
            "No pixel differs from the others by more than coding alone does, so nothing can be seen.",
            "Look at the examples; remove them and their labels.",
        ),
        (
            "dark",
            "warning",
            dim & ~flat,
            "are nearly black",
            f"The mean grey level is below {_DIM:g} of 255.",
            "Expose longer; in a scene of ours, raise the lights or narrow their range.",
        ),
        (
            "bright",
            "warning",
            glaring & ~flat,
            "are nearly white",
            f"The mean grey level is above {_GLARING:g} of 255.",
            "Expose less; in a scene of ours, lower the lights or narrow their range.",
        ),
        (
            "clipped",
            "note",
            clipped & ~flat,
            "are clipped over half of their pixels",
            "The levels there are black or white, and what was in them is lost.",
            "Check the exposure; a black background is no fault.",
        ),
        (
            "blurred",
            "warning",
            blurred,
            "are far less sharp than the others",
            f"The variance of the Laplacian, beside the contrast, is {_BLURRED:g} times less than the set's median.",
            "Look at the examples; remove those out of focus.",
        ),
    ]
    for kind, severity, mask, words, detail, remedy in kinds:
        if mask.any():
            yield _of_images(facts, kind, severity, np.flatnonzero(mask), words, detail, remedy)
    if not has_boxes.all():
        rows = np.flatnonzero(~has_boxes)
        share = len(rows) / len(facts.samples)
        yield _of_images(
            facts,
            "no_objects",
            "warning" if share > 0.5 else "note",
            rows,
            f"have no object ({share:.1%} of the set)",
            "They teach what background looks like, if that is meant; else their labels are lost.",
            "Make sure that each was looked at and left empty on purpose.",
        )


def _is_flat(facts: Facts, has_boxes: Mask) -> Mask:
    """Return which images show nothing. Where someone labelled an object, only a single level proves that."""
    most = np.where(has_boxes, 0.0, ONE_LEVEL)
    return np.asarray(facts.pixels.is_read & (facts.pixels.ranges <= most), bool)


def _is_blurred(sharpness: F8, contrast: F8) -> Mask:
    """Return which images are blurred: beside their contrast, since a dim picture has little of both."""
    beside = sharpness / (contrast**2 + 1)
    known = beside[np.isfinite(beside)]
    if len(known) < 10:
        return np.zeros(len(sharpness), bool)
    return np.asarray((beside < np.median(known) / _BLURRED) & (sharpness < _SOFT), bool)


def _of_images(
    facts: Facts, kind: str, severity: Severity, rows: np.ndarray, words: str, detail: str, remedy: str
) -> Finding:
    places = tuple(int(k) for k in rows)
    title = f"{counted(len(places), 'image')} {words if len(places) > 1 else _singular(words)}"
    return Finding(kind, severity, title, detail, remedy, len(places), tuple(map(facts.name_of, places)), places)


def _singular(words: str) -> str:
    verb, _, rest = words.partition(" ")
    return f"{_SINGULAR.get(verb, verb)} {rest}"


def _sizes(facts: Facts) -> Iterator[Finding]:
    mistaken = {f.file for f in facts.flaws if f.kind == "size"}  # whose size is told wrong, which has been said
    told = {k: s.size_wh for k, s in enumerate(facts.samples.images) if s.file not in mistaken}
    sizes = Counter(told.values())
    (usual, count), *_ = sizes.most_common(1) or [((0, 0), 0)]
    if len(sizes) > 1 and count >= _USUAL * len(told):
        rows = [k for k, size in told.items() if size != usual]
        finding = _of_images(
            facts,
            "odd_sizes",
            "warning",
            np.array(rows),
            f"have another size than the other {count}, which have {usual[0]} x {usual[1]} pixels",
            "They may come from elsewhere, or were scaled after they were labelled.",
            "Check where they come from.",
        )
        yield finding


def _copies(facts: Facts) -> Iterator[Finding]:
    groups = duplicates(facts.pixels)
    yield from _turned(facts, groups)
    if not groups:
        return
    count = sum(len(group) - 1 for group in groups)
    items = tuple(" = ".join(map(facts.name_of, group)) for group in groups)
    yield Finding(
        "duplicates",
        "warning",
        f"{counted(count, 'image')} {_are(range(count))} there already: the same picture, or nearly",
        f"{counted(len(groups), 'picture')} {'is' if len(groups) == 1 else 'are'} there more than once: the same file, "
        "coded anew, or slightly scaled. Copies on both sides of a split make a detector look better than it is.",
        "Keep one of each; split by group.",
        count,
        items,
        tuple(k for group in groups for k in group[:2]),
    )


def _turned(facts: Facts, groups: list[tuple[int, ...]]) -> Iterator[Finding]:
    found = turned_copies(facts.pixels, groups)
    if not found:
        return
    yield Finding(
        "turned_copies",
        "warning",
        f"{counted(len(found), 'image')} {_are(found)} another one, turned or mirrored",
        "Turned copies are as near to each other as copies to whoever trains with flips. On both sides of a split they "
        "make a detector look better than it is.",
        "Keep one of each, and let the training turn it; or split by group.",
        len(found),
        tuple(f"{facts.name_of(one.copy)} is {facts.name_of(one.source)}, {one.way}" for one in found),
        tuple(k for one in found for k in (one.source, one.copy)),
    )


def _are(things: Sequence[object] | range) -> str:
    return "is" if len(things) == 1 else "are"
