"""Splits that keep what belongs together on one side, and a check that no photograph stands on both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from os.path import commonpath
from pathlib import PurePath
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.mix import main_class
from detectors.preprocess import read_rgb
from detectors.samples import Sample, Samples
from rendersdg.arrays import F4, U1
from rendersdg.errors import BadArgument

By = Literal["group", "file", "hash"]

_SIDE = 96  # pixels of the thumbnails that are compared
_FINE = 3.0  # thumbnail pixels: what is smoother than this is light and shading, not the thing itself
_PEAK = 9.0  # least height of the correlation peak, in standard deviations
_ALIKE = 0.6  # least correlation of the fine structure where the two lie over each other
_OVERLAP = 0.15  # least share of the frame that they have in common
_SPREAD = (
    0.02  # least share of the frame's pixels that carry the agreement: one outline on a plain ground does not count
)


def grouped(samples: Samples, pattern: str) -> Samples:
    """Return the set with groups read from file names: what the first parenthesis
    of ``pattern`` matches, or the whole match.

    Raises BadArgument when the pattern does not match a name.
    """
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise BadArgument(f"group pattern {pattern!r} is not a regular expression: {error}") from None
    images = []
    for sample in samples.images:
        match = expression.search(sample.file.name)
        if match is None:
            raise BadArgument(f"group pattern {pattern!r} does not match {sample.file.name}")
        images.append(replace(sample, group=match.group(1) if expression.groups else match.group(0)))
    return samples.of(images)


def split(samples: Samples, shares: Mapping[str, float], by: By = "group", seed: int = 0) -> dict[str, Samples]:
    """Return the parts of a set, by name; the same ones wherever its files lie.

    Args:
        samples: the set.
        shares: of each part; they are scaled to add up to 1.
        by: ``group`` deals whole groups, class by class, so that each part comes as near to its share of each class as
            groups allow; ``file`` deals images the same way, groups torn apart. ``hash`` sends each group where a hash
            of its name says: nearly the shares, and none moves when images are added.
        seed: which ones.

    Raises:
        BadArgument: ``by`` is unknown, or a share is negative or all are 0.

    Example::

        parts = split(read("voc:photos"), {"train": 0.8, "val": 0.2})
        len(parts["train"]), len(parts["val"])
    """
    if by not in get_args(By):
        raise BadArgument(f"split by {by!r}: choose {', '.join(get_args(By))}")
    if not shares or min(shares.values()) < 0 or sum(shares.values()) <= 0:
        raise BadArgument(f"shares {dict(shares)!r} must be positive numbers, e.g. train=0.8,val=0.2")
    whole = sum(shares.values())
    wanted = {name: share / whole for name, share in shares.items()}
    bundles: dict[str, list[Sample]] = {}
    for sample, name in zip(samples.images, _names(samples)):
        bundles.setdefault(name if by == "file" else sample.group or name, []).append(sample)
    place = _by_hash(bundles, wanted, seed) if by == "hash" else _by_class(bundles, wanted, seed)
    parts: dict[str, list[Sample]] = {name: [] for name in wanted}
    for key, members in bundles.items():
        parts[place[key]] += members
    order = {id(s): k for k, s in enumerate(samples.images)}
    return {
        name: samples.of(sorted(p, key=lambda s: order[id(s)]), f"{samples.name}, {name}") for name, p in parts.items()
    }


def halves(samples: Samples) -> tuple[Samples, Samples]:
    """Return both halves of a set: one to choose settings by, one to report what was chosen on.

    Of each class the images are taken in order of their names, and groups stay whole. So neighbours, which often show
    the same piece, mostly stand on one side. An image counts for the class that covers most of it.
    """
    names = {id(s): name for s, name in zip(samples.images, _names(samples))}
    of_class: dict[int, list[Sample]] = {}
    for sample in samples.images:
        of_class.setdefault(main_class(sample), []).append(sample)
    first: set[int] = set()
    side: dict[str, bool] = {}  # of groups that another class has dealt already
    for members in of_class.values():
        ordered = sorted(members, key=lambda s: (s.group, names[id(s)]) if s.group else ("", names[id(s)]))
        for place, sample in enumerate(ordered):
            key = sample.group or names[id(sample)]
            if side.setdefault(key, 2 * place < len(ordered)):
                first.add(id(sample))
    parts = [[s for s in samples.images if (id(s) in first) == is_first] for is_first in (True, False)]
    return samples.of(parts[0], f"{samples.name}, first half"), samples.of(parts[1], f"{samples.name}, second half")


def _names(samples: Samples) -> list[str]:
    """Return the images' paths below the folder that holds them all: a split is the same wherever the data lie."""
    folders = [str(sample.file.absolute().parent) for sample in samples.images]
    root = commonpath(folders) if len({PurePath(f).anchor for f in folders}) == 1 else ""
    return [
        sample.file.absolute().relative_to(root).as_posix() if root else str(sample.file) for sample in samples.images
    ]


def _by_hash(bundles: Mapping[str, list[Sample]], wanted: Mapping[str, float], seed: int) -> dict[str, str]:
    ends = np.cumsum(list(wanted.values()))
    names = list(wanted)
    return {k: names[min(int(np.searchsorted(ends, _unit(seed, k), "right")), len(names) - 1)] for k in bundles}


def _by_class(bundles: Mapping[str, list[Sample]], wanted: Mapping[str, float], seed: int) -> dict[str, str]:
    of_class: dict[int, list[str]] = {}
    for key, members in bundles.items():
        labels = [main_class(s) for s in members]
        of_class.setdefault(max(sorted(set(labels)), key=labels.count), []).append(key)
    place = {}
    for keys in of_class.values():
        total = sum(len(bundles[k]) for k in keys)
        held = dict.fromkeys(wanted, 0)
        # large groups first, so that small ones even out; equal ones in an order drawn by the seed
        for key in sorted(keys, key=lambda k: (-len(bundles[k]), _unit(seed, k))):
            name = max(
                wanted, key=lambda n: (wanted[n] * total - held[n]) / max(wanted[n], 1e-12) if wanted[n] else -1e18
            )
            place[key] = name
            held[name] += len(bundles[key])
    return place


def _unit(seed: int, key: str) -> float:
    return int.from_bytes(blake2b(f"split/{seed}/{key}".encode(), digest_size=8).digest(), "big") / 2**64


@dataclass(frozen=True, slots=True)
class Leak:
    """Two images, one on each side, that show the same thing: ``kind`` is group, identical or overlap."""

    one: Sample
    other: Sample
    kind: str
    correlation: float = 1.0


def leaks(a: Samples, b: Samples, on_image: Callable[[int], None] = lambda count: None) -> Iterator[Leak]:
    """Yield, for each image of ``a``, the image of ``b`` that gives it away, if there is one.

    Looked for: a common group; identical pixels; the same picture or an overlapping crop of it. The last is searched on
    thumbnails without their shading: the best shift by phase-only correlation (Kuglin and Hines 1975), then how much
    the fine structure agrees there. Turned and zoomed copies stay unnoticed.

    Args:
        a: one side of a split.
        b: the other.
        on_image: is called with the number of images of ``a`` done, after each.

    Raises:
        DatasetError: an image cannot be read.
    """
    groups = {s.group: s for s in b.images if s.group}
    digests, spectra, fine = {}, [], []
    for sample in b.images:
        image = read_rgb(sample.file)
        digests[_digest(image)] = sample
        fine.append(_fine_structure(image))
        spectra.append(_spectrum(fine[-1]))
    others = np.stack(spectra) if spectra else np.zeros((0, _SIDE, _SIDE // 2 + 1), np.complex64)
    for count, sample in enumerate(a.images, 1):
        image = read_rgb(sample.file)
        if sample.group in groups:
            yield Leak(sample, groups[sample.group], "group")
        elif _digest(image) in digests:
            yield Leak(sample, digests[_digest(image)], "identical")
        elif len(others):
            own = _fine_structure(image)
            # phases alone: a common shift of all frequencies is one sharp peak, whatever the contrast
            surface = np.fft.irfft2(others * np.conj(_spectrum(own)), (_SIDE, _SIDE))
            peaks = surface.max((1, 2)) / np.maximum(surface.std((1, 2)), 1e-12)
            # several peaks stand out by chance among many images: the best five are looked at in earnest
            alike = {
                int(k): _agreement(fine[k], own, int(surface[k].argmax()))
                for k in np.argsort(-peaks)[:5]
                if peaks[k] > _PEAK
            }
            best = max(alike, key=lambda k: alike[k], default=-1)
            if best >= 0 and alike[best] > _ALIKE:
                yield Leak(sample, b.images[best], "overlap", alike[best])
        on_image(count)


def _digest(image: U1) -> bytes:
    return blake2b(image.tobytes() + str(image.shape).encode(), digest_size=16).digest()


def _agreement(a: F4, b: F4, place: int) -> float:
    """Return the correlation of ``a`` with ``b`` moved to a place of their correlation surface,
    0 where they hardly overlap.
    """
    y, x = (v - _SIDE if v > _SIDE // 2 else v for v in divmod(place, _SIDE))
    rows, columns = slice(max(y, 0), _SIDE + min(y, 0)), slice(max(x, 0), _SIDE + min(x, 0))
    over_a = a[rows, columns]
    over_b = b[slice(rows.start - y, rows.stop - y), slice(columns.start - x, columns.stop - x)]
    product = over_a * over_b
    carried = float(np.abs(product).sum()) ** 2 / max(float((product**2).sum()), 1e-9)  # participation ratio, in pixels
    if over_a.size < _OVERLAP * a.size or carried < _SPREAD * a.size:
        return 0.0
    return float(product.sum() / max(float(np.sqrt((over_a**2).sum() * (over_b**2).sum())), 1e-9))


def _fine_structure(image: U1) -> F4:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return grey - cv2.GaussianBlur(grey, (0, 0), _FINE)


def _spectrum(fine: F4) -> NDArray[np.complex64]:
    """Return the phases of a thumbnail's fine structure, (S, S / 2 + 1)."""
    # without a window the frame's edges would be the strongest structure of all, at the same place in every image
    window = np.sqrt(np.hanning(_SIDE + 2)[1:-1]).astype(np.float32)
    spectrum = np.fft.rfft2(fine * window[:, None] * window[None])
    size = np.abs(spectrum)
    return (spectrum / (size + 1e-3 * max(float(size.max()), 1e-12))).astype(np.complex64)
