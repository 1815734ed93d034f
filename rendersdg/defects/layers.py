"""What a defect does to its patch of surface, on a grid of texels, and the tools that its kinds paint it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.kernels.drawing import Canvas, Ovals, Strokes, draw_ovals, draw_strokes, stack
from rendersdg.kernels.resampling import cubic, mixed

# channels of a stack, in the order that the kernels read them
GAIN, ADD, ROUGH_GAIN, ROUGH_ADD, METAL_GAIN, METAL_ADD, SLOPE_S, SLOPE_T = 0, 1, 4, 5, 6, 7, 8, 9
CHANNELS = 10
Numbers = int | NDArray[np.int16]  # of a part, or of the part at each texel (H, W)
AtPoints = float | list[float] | list[F8]  # of lines: one value for all, one a line, or one a point of each
_FAINT = 0.004  # coverage below which a texel belongs to no part


@dataclass(eq=False)
class Layers:
    """The patch of one defect. ``size`` (along s, along t) and ``texel`` are millimetres; (0, 0) is the patch's centre.

    ``s`` runs along the defect, ``t`` across it, ``height`` (H, W) is millimetres along the outward normal; ``slopes``
    (H, W, 2) add to its own along s and t. The surface becomes ``colour * gain + add``, and likewise roughness and
    metalness. ``part`` (H, W) int16 numbers the parts from 1.
    """

    size: tuple[float, float]
    texel: float
    lines: list[F8] = field(default_factory=list)

    def __post_init__(self) -> None:
        width, height = (max(int(np.ceil(v / self.texel)), 2) for v in self.size)
        self.origin = np.array([-(width - 1) / 2 * self.texel, -(height - 1) / 2 * self.texel])
        self.s = np.broadcast_to((self.origin[0] + np.arange(width) * self.texel).astype(np.float32), (height, width))
        self.t = np.broadcast_to(
            (self.origin[1] + np.arange(height) * self.texel).astype(np.float32)[:, None], (height, width)
        )
        shape = (height, width)
        self.gain, self.rough_gain, self.metal_gain = (np.ones(shape, np.float32) for _ in range(3))
        self.rough_add, self.metal_add, self.height = (np.zeros(shape, np.float32) for _ in range(3))
        self.add = np.zeros((*shape, 3), np.float32)
        self.slopes = np.zeros((*shape, 2), np.float32)
        self.part = np.zeros(shape, np.int16)

    @property
    def shape(self) -> tuple[int, int]:
        """Texels (H, W)."""
        return self.gain.shape[0], self.gain.shape[1]

    def blank(self) -> tuple[F4, NDArray[np.int16]]:
        """Return a coverage image of zeros and a part image of zeros."""
        return np.zeros(self.shape, np.float32), np.zeros(self.shape, np.int16)

    def ovals(
        self,
        centres: ArrayLike,
        radii: ArrayLike,
        *,
        turns: ArrayLike = 0.0,
        wobble: ArrayLike | None = None,
        soft: float = 0.1,
        weight: ArrayLike = 1.0,
        first: int = 1,
    ) -> tuple[F4, NDArray[np.int16]]:
        """Return the coverage of ovals and which of them, counted from ``first``, covers most; see
        :func:`draw_ovals`.
        """
        centres = np.ascontiguousarray(centres, float).reshape(-1, 2)
        count = len(centres)
        if not count:
            return self.blank()
        radii = np.ascontiguousarray(np.broadcast_to(np.asarray(radii, float).reshape(-1, 2), (count, 2)))
        turns = np.ascontiguousarray(np.broadcast_to(np.asarray(turns, float), count))
        weight = np.ascontiguousarray(np.broadcast_to(np.asarray(weight, float), count))
        wobble = np.zeros((count, 0)) if wobble is None else np.ascontiguousarray(wobble, float).reshape(count, -1)
        cover, part = self.blank()
        number = np.arange(first, first + count).astype(np.int16)
        draw_ovals(
            self._canvas(cover, part, soft),
            Ovals(number=number, centres=centres, radii=radii, turns=turns, wobble=wobble, weight=weight),
        )
        return cover, part

    def strokes(
        self,
        lines: Sequence[ArrayLike],
        half: AtPoints,
        *,
        weight: AtPoints | None = None,
        soft: float = 0.05,
        first: int = 1,
    ) -> tuple[F4, NDArray[np.int16]]:
        """Return the coverage of polylines and which of them covers most; ``half`` and ``weight`` per line or point."""
        cover, part = self.blank()
        if not lines:
            return cover, part
        shapes = [np.asarray(line, float).reshape(-1, 2) for line in lines]
        lengths = [len(points) for points in shapes]
        number = np.repeat(np.arange(first, first + len(lines)), lengths).astype(np.int16)
        draw_strokes(
            self._canvas(cover, part, soft),
            Strokes(
                number=number,
                points=np.ascontiguousarray(np.concatenate(shapes)),
                half=_at_points(half, lengths),
                weight=_at_points(1.0 if weight is None else weight, lengths),
            ),
        )
        return cover, part

    def _canvas(self, cover: F4, part: NDArray[np.int16], soft: float) -> Canvas:
        return Canvas(cover=cover, part=part, origin=self.origin, texel=self.texel, soft=max(float(soft), self.texel))

    def noise(self, rng: np.random.Generator, scale: float, *, stretch: float = 1.0, octaves: int = 1) -> F4:
        """Return smooth noise (H, W) about 0 with deviation near 1: lattice points ``scale`` mm apart (times
        ``stretch`` along s), each octave half as far and half as strong. The same whatever the texel."""
        total = np.zeros(self.shape, np.float32)
        strength = 0.0
        for octave in range(octaves):
            step_s, step_t = scale * stretch / 2**octave, scale / 2**octave
            count = (int(self.size[1] / step_t) + 5, int(self.size[0] / step_s) + 5)
            lattice = rng.standard_normal(count).astype(np.float32)
            x = (self.s[0] + self.size[0] / 2) / step_s + 1.5
            y = (self.t[:, 0] + self.size[1] / 2) / step_t + 1.5
            total += 0.5**octave * mixed(lattice[..., None], cubic(y, count[0]), cubic(x, count[1]))[..., 0]
            strength += 0.25**octave
        return total * np.float32(1.4 / np.sqrt(strength))

    def lay(
        self,
        cover: F4,
        *,
        gain: float | None = None,
        colour: ArrayLike | None = None,
        roughness: float | None = None,
        metallic: float | None = None,
        part: Numbers = 1,
    ) -> None:
        """Cover the surface: its colour times ``gain`` or replaced by ``colour``, roughness and metalness replaced."""
        rest = 1.0 - cover
        if gain is not None:
            factor = rest + cover * np.float32(gain)
            self.gain *= factor
            self.add *= factor[..., None]
        if colour is not None:
            self.gain *= rest
            self.add *= rest[..., None]
            self.add += cover[..., None] * np.broadcast_to(np.asarray(colour, np.float32), 3)
        if roughness is not None:
            self.rough_gain *= rest
            self.rough_add *= rest
            self.rough_add += cover * np.float32(roughness)
        if metallic is not None:
            self.metal_gain *= rest
            self.metal_add *= rest
            self.metal_add += cover * np.float32(metallic)
        self.claim(cover, part)

    def lift(self, height: ArrayLike, cover: F4 | None = None, part: Numbers = 1) -> None:
        """Add ``height`` (H, W) mm to the surface; ``cover`` claims the texels."""
        self.height += np.asarray(height, np.float32)
        if cover is not None:
            self.claim(cover, part)

    def claim(self, cover: F4, part: Numbers = 1) -> None:
        """Number the texels that ``cover`` reaches."""
        number = part if isinstance(part, np.ndarray) else np.full(self.shape, part, np.int16)
        self.part = np.where(cover > _FAINT, number, self.part).astype(np.int16)

    def stack(self) -> F4:
        """Return the (H, W, CHANNELS) image that the kernels read."""
        return stack(
            gain=self.gain,
            add=self.add,
            rough_gain=self.rough_gain,
            rough_add=self.rough_add,
            metal_gain=self.metal_gain,
            metal_add=self.metal_add,
            slopes=self.slopes,
            lift=self.height,
            texel=self.texel,
        )


def _at_points(value: AtPoints, lengths: list[int]) -> F8:
    """Return values at the points of lines: one for all, one a line, or one a point of each line."""
    if not isinstance(value, list):
        return np.full(sum(lengths), float(value))
    return np.concatenate([np.broadcast_to(np.asarray(v, float), n) for v, n in zip(value, lengths)])


def tailed(noise: F4, tail: float) -> F4:
    """Return noise of mean 0 and deviation 1 bent to a lognormal shape of the same mean and deviation.

    Few high values stand out and low ones crowd; ``tail``, above 0, is the deviation of the logarithm.
    """
    bent = portable.exp(tail * noise - tail * tail / 2) - 1
    return np.asarray(bent / np.sqrt(float(portable.exp(tail * tail)) - 1), np.float32)


def wobble(rng: np.random.Generator, count: int, strength: float, terms: int = 5) -> F8:
    """Return Fourier terms (count, 2 * terms) of a relative radius that leaves the circle by about ``strength``."""
    falling = np.repeat(1.0 / portable.power(np.arange(1, terms + 1), 0.7), 2)
    return rng.standard_normal((count, 2 * terms)) * falling * strength * 0.5


def walk(
    rng: np.random.Generator,
    start: ArrayLike,
    heading: float,
    length: float,
    step: float,
    kink: float,
    pull: float = 0.15,
) -> F8:
    """Return a polyline (N, 2): steps of ``step`` mm whose heading wanders by ``kink`` radians and is pulled back."""
    count = max(round(length / step), 1)
    turns = rng.standard_normal(count) * kink
    headings = np.empty(count)
    off = 0.0
    for k in range(count):
        off = off * (1 - pull) + turns[k]
        headings[k] = heading + off
    steps = np.stack([portable.cos(headings), portable.sin(headings)], 1) * (length / count)
    return np.concatenate([[start], np.asarray(start, float) + np.cumsum(steps, axis=0)])
