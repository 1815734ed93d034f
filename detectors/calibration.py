"""Images to calibrate a quantized network with: real, rendered, generated, fractals, noise. No labels are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detectors.classify.pictures import archive_images
from detectors.preprocess import Image, Preprocess, read_rgb
from rendersdg.arrays import F4, F8
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.streams import generator

MADE = ("fractals", "noise")  # sources that need no file


@dataclass(frozen=True, slots=True)
class Calibration:
    """``count`` images of a ``source``, drawn by ``seed``: fractals, noise, a labelled set, an .npz or a folder of
    images, a generator.
    """

    source: str
    count: int = 300
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise BadArgument(f"{counted(self.count, 'calibration image')}: give 1 or more")

    def images(self, size: int) -> Iterator[Image]:
        """Yield (H, W, 3) RGB images; those made here are ``size`` pixels square.
        Raises DatasetError when there are none.
        """
        if self.source in MADE:
            make = fractal if self.source == "fractals" else noise
            for k in range(self.count):
                yield make(size, generator(self.seed, self.source, k))
            return
        if (Path(self.source) / "generator.pt").is_file():
            yield from _generated(Path(self.source), self.count, self.seed)
            return
        if self.source.endswith(".npz"):
            pictures = archive_images(Path(self.source))[0]
            for k in generator(self.seed, "calibration", 0).permutation(len(pictures))[: self.count]:
                yield np.ascontiguousarray(pictures[k])
            return
        files = _files(self.source)
        order = generator(self.seed, "calibration", 0).permutation(len(files))
        for k in order[: self.count]:
            yield read_rgb(files[k])

    def tensors(self, preprocess: Preprocess) -> list[F4]:
        """Return (1, 3, S, S) tensors, as the network is given them."""
        return [preprocess.tensor(preprocess.image(image)[None]) for image in self.images(max(preprocess.whole_wh))]


def _generated(folder: Path, count: int, seed: int) -> Iterator[Image]:
    from detectors.generator.train import load_generator, sample

    student, classes = load_generator(folder)
    yield from sample(student, np.arange(count) % len(classes), seed)


def _files(source: str) -> list[Path]:
    from detectors.readers import IMAGE_SUFFIXES, read

    path = Path(source)
    if path.is_dir():
        try:
            return [s.file for s in read(source).images]
        except DatasetError:  # no labelled set: any images below it will do
            files = sorted(p for p in path.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        if not files:
            raise DatasetError(f"{source} holds no image to calibrate with")
        return files
    return [s.file for s in read(source).images]


def noise(size: int, rng: np.random.Generator) -> Image:
    """Return an RGB image (S, S, 3) uint8, ``size`` pixels a side, whose every value is uniform and alone."""
    return rng.integers(0, 256, (size, size, 3), np.uint8)


_MAPS = (2, 8)  # how many maps a fractal has
_POINTS = 60_000
_LEAST_COVER, _TRIES = (
    0.02,
    20,
)  # share of pixels that a fractal must touch, and how often another is drawn until it does


def fractal(size: int, rng: np.random.Generator) -> Image:
    """Return the attractor of a random iterated function system on a soft ground, coloured by how often a pixel is met.

    Affine maps with contractive random parts, chosen by their determinants (Barnsley's chaos game), as the
    formula-driven image sets of Kataoka et al. (2020, arXiv 2101.08515) have them.

    Args:
        size: the side in pixels, S.
        rng: draws the maps, the points and the colours.

    Returns:
        An RGB image (S, S, 3) uint8.
    """
    for _ in range(_TRIES):
        hits = _attractor(size, rng)
        if (hits > 0).mean() >= _LEAST_COVER:
            break
    level = np.log1p(hits) / max(np.log1p(hits.max()), 1e-9)
    hue = (rng.integers(0, 180) + level * rng.uniform(20, 120)) % 180
    hsv = np.stack([hue, np.full_like(hue, rng.uniform(80, 255)), 40 + 215 * level], axis=-1).astype(np.uint8)
    colour = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)
    ground = cv2.resize(rng.uniform(0, 255, (4, 4, 3)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    cover = np.minimum(level * 3, 1)[..., None]
    return np.clip(colour * cover + ground * (1 - cover), 0, 255).astype(np.uint8)


def _attractor(size: int, rng: np.random.Generator) -> F8:
    """Return (size, size) counts of the chaos game, 256 walkers side by side."""
    count = int(rng.integers(*_MAPS))
    matrices = rng.uniform(-1, 1, (count, 2, 2))
    largest = np.linalg.svd(matrices, compute_uv=False)[:, 0]
    matrices *= (rng.uniform(0.3, 0.85, count) / largest)[:, None, None]  # below 1: each map contracts
    offsets = rng.uniform(-1, 1, (count, 2))
    chance = np.abs(np.linalg.det(matrices)) + 0.02  # by the area that a map covers, so that points lie even
    points = np.zeros((256, 2))
    met = []
    for step in range(_POINTS // len(points) + 20):
        pick = rng.choice(count, len(points), p=chance / chance.sum())
        points = np.einsum("nij,nj->ni", matrices[pick], points) + offsets[pick]
        if step >= 20:  # by then it is on the attractor
            met.append(points)
    xy = np.concatenate(met)
    low, high = xy.min(0), xy.max(0)
    place = ((xy - low) / np.maximum(high - low, 1e-9) * (size - 1)).astype(int)
    return np.bincount(place[:, 1] * size + place[:, 0], minlength=size * size).reshape(size, size).astype(float)
