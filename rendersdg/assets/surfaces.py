"""Procedural surfaces: what a machined, rolled, cast or painted face looks like, drawn anew for each frame.

A surface is a frozen dataclass; ``maps`` paints one tile of it. Deviations are relative to its level,
lengths are millimetres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.defects.layers import tailed
from rendersdg.errors import BadArgument
from rendersdg.kernels.resampling import gaussian
from rendersdg.registry import Registry

Table = tuple[tuple[float, ...], ...]
OCTAVES = ((1, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 1000))  # cycles a tile
ROWS = (len(OCTAVES), 2 * len(OCTAVES))  # of a spectrum: an octave or half an octave each
DIRECTIONS = (0.0, 7.5, 22.5, 45.0, 67.5, 82.5, 90.0)  # degrees of a frequency from the x axis; lines along y are at 0


@dataclass(frozen=True, eq=False)
class Maps:
    """One tile, row 0 at the top: ``colour`` (H, W, 3) linear 0..1; ``slopes`` (H, W, 2), the rise of the surface along
    x (right) and y (up), None for a flat one."""

    colour: F4
    slopes: F4 | None = None


@dataclass(frozen=True)
class Surface:
    """What every surface has: the side of its square ``tile`` in mm, ``texels`` a side (a power of two), its ``angle``.

    ``level`` is the linear reflectance, tinted by ``red``, ``green`` and ``blue``; ``coat`` (0..1) is the strength of a
    clear coat over it. ``anisotropy`` (0..1) draws highlights out across lines that run along y, finer than its texels.
    """

    tile: float = 200.0
    texels: int = 256
    angle: float = 0.0
    level: float = 0.4
    red: float = 1.0
    green: float = 1.0
    blue: float = 1.0
    roughness: float = 0.6
    metallic: float = 0.0
    specular: float = 0.3
    coat: float = 0.0
    coat_roughness: float = 0.05
    anisotropy: float = 0.0

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile."""
        raise NotImplementedError

    def guides(self, rng: np.random.Generator) -> list[tuple[F8, float]]:
        """Return the lines that defects can stand on: points (N, 2),
        mm right and down from the tile's corner, and a width.

        Given the generator that ``maps`` was given, they are those of that tile.
        """
        return []

    def _maps(self, level: F4 | F8, slopes: F4 | F8 | None = None) -> Maps:
        grey = np.clip(np.asarray(level, np.float32), 0, 1)
        colour = grey[..., None] * np.array([self.red, self.green, self.blue], np.float32)
        return Maps(np.clip(colour, 0, 1), None if slopes is None else np.asarray(slopes, np.float32))


@dataclass(frozen=True)
class HotRolled(Surface):
    """Hot-rolled steel, and any surface that is known by its statistics alone.

    ``slope_x`` and ``slope_y`` are the change of level over the tile, ``bands_x`` and ``bands_y`` the deviation of
    light bands ``band`` mm wide across x and y. ``octave_1`` to ``octave_7`` are the deviations at 1-2, 2-4, ... 64 and
    more cycles a tile, all of them times ``contrast``; ``stretch`` how much longer features of up to 16 cycles are
    along y than along x, ``stretch_fine`` the finer ones. ``spectrum``, when given, says in full how the energy lies: a
    row for the middle of each octave, or two, for the middles of its halves; in it log2 of the power density at 0, 7.5,
    22.5, 45, 67.5, 82.5 and 90 degrees from the x axis, between which it runs on evenly (`rendersdg fit` writes it);
    the octaves keep their deviations. ``grain`` is white noise blurred by ``grain_x`` and ``grain_y`` mm; ``skew``
    turns dark grains deeper than light ones are high. ``brush`` is the deviation of fine lines left by brushing or
    grinding, ``brush_angle`` degrees from the x axis (counter-clockwise, as seen), ``brush_width`` mm apart and
    ``brush_length`` mm long.
    """

    slope_x: float = 0.0
    slope_y: float = 0.0
    bands_x: float = 0.0
    bands_y: float = 0.0
    band: float = 40.0
    octave_1: float = 0.0
    octave_2: float = 0.0
    octave_3: float = 0.0
    octave_4: float = 0.0
    octave_5: float = 0.0
    octave_6: float = 0.0
    octave_7: float = 0.0
    stretch: float = 1.0
    stretch_fine: float = 1.0
    grain: float = 0.03
    grain_x: float = 0.5
    grain_y: float = 0.5
    skew: float = 0.0
    contrast: float = 1.0
    spectrum: Table = ()
    brush: float = 0.0
    brush_angle: float = 0.0
    brush_width: float = 1.5
    brush_length: float = 25.0

    @property
    def octaves(self) -> tuple[float, ...]:
        """The deviations of the octaves, the widest first."""
        return (
            self.octave_1,
            self.octave_2,
            self.octave_3,
            self.octave_4,
            self.octave_5,
            self.octave_6,
            self.octave_7,
        )

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile: slopes, bands, octaves and grain added up."""
        side = self.texels
        x = np.linspace(-0.5, 0.5, side, dtype=np.float32)
        change = self.slope_x * x[None] + self.slope_y * x[::-1, None]
        change = change + (self.bands_x * _bands(rng, side, self.tile / self.band))[None]
        change = change + (self.bands_y * _bands(rng, side, self.tile / self.band))[:, None]
        octaves = [self.contrast * deviation for deviation in self.octaves]
        if any(octaves):
            stretch = (self.stretch,) * 4 + (self.stretch_fine,) * 3
            change = change + spectral(rng, side, octaves, stretch, self.spectrum)
        if self.grain:
            noise = rng.standard_normal((side, side), np.float32)
            scale = side / self.tile
            noise = blurred(noise, self.grain_x * scale, self.grain_y * scale)
            noise /= max(float(noise.std()), 1e-6)
            if self.skew:
                noise = noise - self.skew * (noise * noise - 1)
                noise /= max(float(noise.std()), 1e-6)
            change = change + self.grain * noise
        if self.brush:
            scale = side / self.tile
            size = self.brush_width * scale, self.brush_length * scale
            change = change + self.brush * _brushed(rng, side, size, self.brush_angle)
        return self._maps(self.level * (1 + change))


@dataclass(frozen=True)
class Ground(Surface):
    """Ground or brushed metal: fine lines along y, ``lines`` deep (relative deviation), about ``width`` mm wide and
    ``length`` mm long; ``relief`` is the slope that they give the surface, ``shading`` a broad change of level,
    ``stretch`` times as long along y as along x.

    ``tail`` above 0 lets few light lines stand out further than dark ones; ``gather`` above 0 makes lines strong in
    places and faint between them (the deviation of the logarithm of their strength).
    """

    lines: float = 0.12
    width: float = 0.8
    length: float = 60.0
    relief: float = 0.05
    shading: float = 0.05
    grain: float = 0.03
    stretch: float = 1.0
    tail: float = 0.0
    gather: float = 0.0

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile of lines of three widths."""
        side, scale = self.texels, self.texels / self.tile
        total = np.zeros((side, side), np.float32)
        for factor, strength in ((1.0, 1.0), (3.0, 0.8), (9.0, 0.6)):
            noise = rng.standard_normal((side, side), np.float32)
            noise = blurred(noise, self.width * factor * scale / 2.35, self.length * scale / 2.35)
            total += strength * noise / max(float(noise.std()), 1e-6)
        total /= 1.414
        if self.tail:
            total = tailed(total, self.tail)
        wide = spectral(rng, side, [0.8, 0.5, 0.2, 0, 0, 0, 0], (self.stretch,) * 7)
        grain = blurred(rng.standard_normal((side, side), np.float32), 0.5, 0.6)
        if self.gather:
            where = spectral(rng, side, [0.5, 0.6, 0.5, 0.35, 0, 0, 0], (6.0,) * 7)
            total = total * portable.exp(self.gather * where - self.gather * self.gather / 2)
        change = self.lines * total + self.shading * wide + self.grain * grain / max(float(grain.std()), 1e-6)
        slopes = np.zeros((side, side, 2), np.float32)
        slopes[..., 0] = self.relief * total
        return self._maps(self.level * (1 + change), slopes if self.relief else None)


@dataclass(frozen=True)
class Milled(Surface):
    """A face-milled surface: arcs of radius ``radius`` mm, one each ``feed`` mm, ``relief`` steep;
    ``chatter`` unevenness.
    """

    tile: float = 60.0
    texels: int = 512
    radius: float = 40.0
    feed: float = 1.5
    relief: float = 0.12
    chatter: float = 0.25
    grain: float = 0.03

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile of tool marks."""
        side = self.texels
        mm = (np.arange(side, dtype=np.float32) + 0.5) * (self.tile / side)
        lane = np.mod(mm[:, None], 2 * self.radius) - self.radius  # passes of the tool side by side
        place = mm[None] - np.sqrt(np.maximum(self.radius**2 - lane**2, 0))
        uneven = spectral(rng, side, [0, 0.6, 0.6, 0.4, 0.2, 0, 0])
        phase = 2 * np.pi * place / self.feed + 2 * self.chatter * uneven
        wave = portable.sin(phase).astype(np.float32)
        slopes = np.stack([self.relief * wave, self.relief * wave * lane / self.radius], -1)
        grain = blurred(rng.standard_normal((side, side), np.float32), 0.6, 0.6)
        return self._maps(self.level * (1 + 0.10 * portable.cos(phase) + 0.05 * uneven + self.grain * grain), slopes)


@dataclass(frozen=True)
class Rough(Surface):
    """A sandblasted or cast surface: bumps of about ``lump`` mm with ``relief`` steep flanks, mottled by ``mottle``."""

    lump: float = 1.2
    relief: float = 0.35
    mottle: float = 0.06
    octaves: int = 3

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile of bumps."""
        side, scale = self.texels, self.texels / self.tile
        height = np.zeros((side, side), np.float32)
        for k in range(max(int(self.octaves), 1)):
            noise = rng.standard_normal((side, side), np.float32)
            sigma = self.lump * scale * 2.0**k / 2.35
            noise = blurred(noise, sigma, sigma)
            height += noise / max(float(noise.std()), 1e-6) * portable.power(1.4, k)
        slopes = slopes_of(height, self.relief)
        tone = height / max(float(height.std()), 1e-6)
        return self._maps(self.level * (1 + self.mottle * tone), slopes)


@dataclass(frozen=True)
class CarPaint(Surface):
    """Metallic car paint: a tinted base with flakes of about ``flake`` mm that glint by ``sparkle``, orange peel of
    ``peel`` slope and ``wave`` mm, under a clear coat."""

    level: float = 0.25
    roughness: float = 0.4
    coat: float = 1.0
    tile: float = 100.0
    texels: int = 512
    flake: float = 0.25
    sparkle: float = 0.25
    peel: float = 0.012
    wave: float = 5.0

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile of flakes under a slightly wavy coat."""
        side, scale = self.texels, self.texels / self.tile
        noise = rng.standard_normal((side, side), np.float32)
        sigma = max(self.flake * scale / 2.35, 0.4)
        flakes = blurred(noise, sigma, sigma)
        flakes = np.maximum(flakes / max(float(flakes.std()), 1e-6), 0) ** 2
        peel = blurred(
            rng.standard_normal((side, side), np.float32), self.wave * scale / 2.35, self.wave * scale / 2.35
        )
        slopes = slopes_of(peel, self.peel)
        return self._maps(self.level * (0.9 + self.sparkle * flakes), slopes)


@dataclass(frozen=True)
class WeldSeam(Surface):
    """A weld bead along x, ``bead`` mm wide, its frozen ripples ``ripple`` mm apart
    and ``relief`` steep, heat-tinted beside it.
    """

    tile: float = 80.0
    texels: int = 512
    level: float = 0.45
    metallic: float = 0.8
    roughness: float = 0.4
    bead: float = 8.0
    ripple: float = 1.6
    relief: float = 0.35
    tint: float = 0.35

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile with the bead through its middle."""
        side = self.texels
        mm = (np.arange(side, dtype=np.float32) + 0.5) * (self.tile / side) - self.tile / 2
        sway = blurred(rng.standard_normal((side, side), np.float32), side / 24, 0)[0]
        sway = 0.06 * self.bead * sway / max(float(sway.std()), 1e-6)
        across = (mm[:, None] - sway[None]) / (self.bead / 2)
        inside = np.clip((1 - np.abs(across)) * 12, 0, 1)
        uneven = spectral(rng, side, [0, 0, 0.5, 0.5, 0.3, 0, 0])
        count = max(round(self.tile / self.ripple), 1)  # whole, so that the tile comes round
        phase = 2 * np.pi * count * (mm[None] / self.tile + 0.18 * across**2 * self.ripple / self.tile) + 1.2 * uneven
        slope_x = self.relief * portable.sin(phase) * inside
        slope_y = 0.9 * self.relief * across * inside + 0.3 * self.relief * portable.sin(phase) * across * inside
        heat = portable.exp(-np.maximum(np.abs(across) - 1, 0) * 1.6) * (1 - inside)
        grain = blurred(rng.standard_normal((side, side), np.float32), 0.8, 0.8)
        grey = self.level * (1 + 0.06 * portable.cos(phase) * inside + 0.03 * grain / max(float(grain.std()), 1e-6))
        maps = self._maps(grey * (1 - self.tint * heat), np.stack([slope_x, slope_y], -1))
        burnt = portable.power(np.array([1.0, 0.86, 0.66], np.float32), 3 * self.tint * heat[..., None])
        return Maps(np.asarray(maps.colour * burnt, np.float32), maps.slopes)


@dataclass(frozen=True)
class Fabric(Surface):
    """A plain weave: threads ``thread`` mm wide over and under, ``relief`` steep, their shade uneven by ``uneven``."""

    tile: float = 40.0
    texels: int = 512
    thread: float = 1.0
    relief: float = 0.5
    uneven: float = 0.06
    roughness: float = 0.95
    specular: float = 0.1

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile of an even number of threads."""
        side = self.texels
        count = max(2 * round(self.tile / self.thread / 2), 2)
        at = (np.arange(side, dtype=np.float32) + 0.5) / side * count
        warp, weft = (np.abs(portable.sin(np.pi * at)) for _ in range(2))
        over = portable.sin(np.pi * at)[None] * portable.sin(np.pi * at)[:, None] > 0
        shade = np.where(over, warp[None], weft[:, None])
        each = self.uneven * rng.standard_normal((2, count)).astype(np.float32)
        which = np.minimum(at.astype(int), count - 1)
        tone = np.where(over, each[0][which][None], each[1][which][:, None])
        fuzz = blurred(rng.standard_normal((side, side), np.float32), 1.0, 1.0)
        bend = self.relief * portable.cos(np.pi * at) * np.sign(portable.sin(np.pi * at))
        slopes = np.stack([np.where(over, bend[None], 0.0), np.where(over, 0.0, -bend[:, None])], -1)
        return self._maps(
            self.level * (0.55 + 0.5 * shade) * (1 + tone + 0.03 * fuzz / max(float(fuzz.std()), 1e-6)), slopes
        )


@dataclass(frozen=True)
class Wood(Surface):
    """Planed wood: rings about ``ring`` mm apart cut along x, wavy by ``wave``, with pores ``pore`` deep in tone."""

    tile: float = 200.0
    texels: int = 512
    level: float = 0.35
    red: float = 1.0
    green: float = 0.68
    blue: float = 0.42
    roughness: float = 0.6
    ring: float = 7.0
    wave: float = 1.2
    contrast: float = 0.25
    pore: float = 0.08

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile of grain along x."""
        side = self.texels
        y = (np.arange(side, dtype=np.float32) / side)[:, None]
        bent = spectral(rng, side, [0.6, 0.5, 0.25, 0.1, 0.05, 0, 0], (0.2,) * 7)
        count = max(round(self.tile / self.ring), 1)
        phase = np.mod(count * y + self.wave * bent, 1.0)
        late = phase * phase * phase  # late wood is dark and ends sharply
        pores = blurred(rng.standard_normal((side, side), np.float32), side / 60, 0.5)
        pores = np.maximum(pores / max(float(pores.std()), 1e-6) - 1.0, 0)
        return self._maps(self.level * (1.06 - self.contrast * late - self.pore * pores))


@dataclass(frozen=True)
class Glass(Surface):
    """A plate of glass over a dark ground: smooth, reflecting, ``haze`` bright with dust, waves of ``relief`` slope."""

    level: float = 0.02
    roughness: float = 0.04
    specular: float = 0.5
    haze: float = 0.3
    relief: float = 0.0008

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile."""
        side = self.texels
        height = spectral(rng, side, [1, 0.5, 0.25, 0, 0, 0, 0])
        slopes = slopes_of(height, self.relief)
        dust = spectral(rng, side, [0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.2])
        return self._maps(self.level * (1 + self.haze * dust), slopes)


_WIDEST = 0.45  # of what tracks are apart, middle to middle


@dataclass(frozen=True)
class Board(Surface):
    """A bare printed board: ``tracks`` tracks ``width`` mm wide at 0, 45 and 90 degrees, pads and pours, of ``copper``
    level on ``level``; edges wobble by ``wobble`` mm. Pours keep ``clearance`` mm clear of tracks and pads."""

    level: float = 0.98
    tile: float = 13.3
    texels: int = 1024
    copper: float = 0.01
    tracks: int = 9
    width: float = 0.45
    pads: int = 10
    pours: int = 1
    wobble: float = 0.02
    clearance: float = 0.25
    roughness: float = 1.0
    specular: float = 0.0

    def maps(self, rng: np.random.Generator) -> Maps:
        """Return a tile with its tracks."""
        cover = np.zeros((self.texels, self.texels), np.uint8)
        scale = self.texels / self.tile
        lines = self.guides(rng)
        pads = [
            (tuple(int(v) for v in rng.uniform(0, self.texels, 2)), round(rng.uniform(0.3, 0.7) * scale))
            for _ in range(int(self.pads))
        ]
        for _ in range(int(self.pours)):
            x, y = rng.uniform(0, 0.8, 2) * self.texels
            w, h = rng.uniform(0.1, 0.3, 2) * self.texels
            cv2.rectangle(cover, (int(x), int(y)), (int(x + w), int(y + h)), 255, -1)
        # an area of copper keeps clear of tracks and pads, so that they stay what they are
        for clear, level in ((self.clearance * scale, 0), (0.0, 255)):
            for line, width in lines:
                points = np.round(np.asarray(line) * scale).astype(np.int32)
                cv2.polylines(cover, [points], False, level, max(round(width * scale + 2 * clear), 1), cv2.LINE_8)
                for end in (points[0], points[-1]):
                    cv2.circle(cover, tuple(int(v) for v in end), round(width * scale * 0.9 + clear), level, -1)
            for at, radius in pads:
                cv2.circle(cover, at, round(radius + clear), level, -1)
                cv2.circle(cover, at, round(radius * 0.4), 0, -1)
        rough = blurred(rng.standard_normal((self.texels, self.texels), np.float32), 2.5, 2.5)
        soft = gaussian(np.asarray(cover / np.float32(255), np.float32), max(self.wobble * scale, 0.8))
        sharp = np.clip((soft - 0.5 + 0.12 * rough / max(float(rough.std()), 1e-6)) * 6 + 0.5, 0, 1)
        return self._maps(self.level * (1 - sharp) + self.copper * sharp)

    def guides(self, rng: np.random.Generator) -> list[tuple[F8, float]]:
        """Return the centre lines of the tracks and their widths, mm. Tracks keep apart from each other."""
        lines = []
        pitch = self.tile / max(int(self.tracks), 1)
        lean = float(rng.choice([-1, 1]))  # all jog the same way, or they would meet
        for k in range(int(self.tracks)):
            width = min(self.width * float(rng.uniform(0.6, 1.6)), _WIDEST * pitch)
            at = (k + 0.5) * pitch + float(rng.uniform(-0.15, 0.15)) * width
            run, jog = rng.uniform(0.2, 0.7) * self.tile, lean * rng.uniform(0, 0.4) * pitch
            line = np.array(
                [[0.02 * self.tile, at], [run, at], [run + abs(jog), at + jog], [0.98 * self.tile, at + jog]]
            )
            lines.append((line, width))
        return lines


def spectral(
    rng: np.random.Generator,
    side: int,
    octaves: Sequence[float],
    stretch: Sequence[float] = (1.0,) * 7,
    table: Table = (),
) -> F4:
    """Return noise (side, side) whose standard deviation in each octave of :data:`OCTAVES` is as given, exactly.

    ``stretch`` above 1 makes the features of an octave longer along y (rows) than along x by that factor. ``table`` is
    log2 of the power density, octaves or their halves by :data:`DIRECTIONS`;
    it says how an octave's energy lies within it.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((side, side), np.float32))
    fx, fy, octave_of = _plane(side)
    power = (spectrum.real**2 + spectrum.imag**2) * np.where(
        (fx == 0) | (fx == side / 2), 1.0, 2.0
    )  # rfft keeps half of the plane
    weight = np.zeros(spectrum.shape, np.float32)
    shape = _amplitudes(table, side) if table else None
    for k, (wanted, longer) in enumerate(zip(octaves, stretch, strict=True)):
        band = octave_of[k]
        if not wanted or not len(band[0]):
            continue
        lean = np.ones(len(band[0]), np.float32) if shape is None else shape[band]
        if longer != 1.0:  # within an octave the energy leans to the frequencies that the stretch brings nearer
            x2, y2 = fx[0, band[1]] ** 2, fy[band[0], 0] ** 2
            lean = lean * portable.power((x2 / longer + y2 * longer) / (x2 + y2), -1.25)
        have = np.sqrt((power[band] * lean * lean).sum()) / side**2
        weight[band] = lean * (wanted / max(float(have), 1e-12))
    return np.asarray(np.fft.irfft2(spectrum * weight, s=(side, side)), np.float32)


@lru_cache(maxsize=8)
def _plane(side: int) -> tuple[F4, F4, list[tuple[NDArray[np.intp], ...]]]:
    """Return the frequencies (1, W) and (H, 1) of a half plane in cycles a tile, and the places of each octave."""
    fy = (np.fft.fftfreq(side)[:, None] * side).astype(np.float32)
    fx = (np.fft.rfftfreq(side)[None] * side).astype(np.float32)
    radius = portable.hypot(fx, fy)
    return fx, fy, [np.nonzero((radius >= low) & (radius < high)) for low, high in OCTAVES]


def _amplitudes(table: Table, side: int) -> F4:
    """Return the amplitudes (H, W) of a half plane: bilinear in log2 of the frequency and in direction,
    run on at the ends.
    """
    row, part, column, share = _places(side, len(table))
    power = np.asarray(table, np.float32)
    low, high = ((1 - share) * power[k, column] + share * power[k, column + 1] for k in (row, row + 1))
    return portable.exp2(0.5 * ((1 - part) * low + part * high))


@lru_cache(maxsize=8)
def _places(side: int, rows: int) -> tuple[NDArray[np.intp], F4, NDArray[np.intp], F4]:
    """Return the rows and columns of a spectrum's table before each frequency, and how far it is towards the next."""
    fx, fy, _ = _plane(side)
    octave = portable.log2(np.maximum(portable.hypot(fx, fy), 1))
    place = octave * (rows / len(OCTAVES)) - 0.5  # 0 is the middle of the first row
    row = np.clip(place, 0, rows - 2).astype(np.intp)
    angle = np.degrees(portable.arctan2(np.abs(fy), np.abs(fx)))
    column = np.clip(np.searchsorted(DIRECTIONS, angle, "right") - 1, 0, len(DIRECTIONS) - 2)
    start, step = np.asarray(DIRECTIONS)[column], np.diff(DIRECTIONS)[column]
    part = np.maximum(place - row, 0)
    return row, part.astype(np.float32), column, ((angle - start) / step).astype(np.float32)


def blurred(noise: F4, sigma_x: float, sigma_y: float) -> F4:
    """Return an image blurred by Gaussians (texels), wrapping round so that it tiles."""
    side = noise.shape[0]
    out: NDArray[np.floating] = noise
    for axis, sigma in ((1, sigma_x), (0, sigma_y)):
        if sigma > 0.05:
            frequency = np.fft.rfftfreq(side)
            kernel = portable.exp(-2 * (np.pi * sigma * frequency) ** 2).astype(np.float32)
            shape = [1, 1]
            shape[axis] = -1
            out = np.fft.irfft(np.fft.rfft(out, axis=axis) * kernel.reshape(shape), n=side, axis=axis)
    return np.asarray(out, np.float32)


def _brushed(rng: np.random.Generator, side: int, size: tuple[float, float], angle: float) -> F4:
    """Return lines (side, side) of deviation 1 that tile: ``size`` is how wide and how long they are, texels, ``angle``
    degrees from the x axis, counter-clockwise where rows run down.

    White noise is filtered by a Gaussian ridge across the lines, less what is broader than they are.
    """
    turn = np.radians(angle)
    fx, fy, _ = _plane(side)
    across = (portable.sin(turn) * fx + portable.cos(turn) * fy) / np.float32(side)
    along = (portable.cos(turn) * fx - portable.sin(turn) * fy) / np.float32(side)
    width, length = (np.float32(np.pi * v) for v in size)
    kept = portable.exp(-0.5 * (width * across) ** 2 - 0.5 * (length * along) ** 2)
    kept = kept - portable.exp(-0.5 * (4 * width * across) ** 2 - 0.5 * (length * along) ** 2)
    spectrum = np.fft.rfft2(rng.standard_normal((side, side), np.float32)) * kept.astype(np.float32)
    lines = np.fft.irfft2(spectrum, s=(side, side))
    return np.asarray(lines / max(float(lines.std()), 1e-6), np.float32)


def slopes_of(height: F4, strength: float) -> F4:
    """Return the slopes (H, W, 2) of a height that tiles, along x (right) and y (up), of deviation ``strength``."""
    gy, gx = (np.roll(height, -1, a) - np.roll(height, 1, a) for a in (0, 1))
    slopes = np.stack([gx, -gy], -1)
    slopes *= strength / max(float(slopes.std()), 1e-9)
    return slopes


def _bands(rng: np.random.Generator, side: int, count: float) -> F4:
    """Return a row of smooth bands of deviation 1, about ``count`` of them over the tile."""
    x = np.arange(side) / side
    total = np.zeros(side)
    for _ in range(5):
        centre, width = rng.random(), rng.lognormal(0, 0.35) / max(count, 0.1) / 2
        away = np.abs(x - centre)
        total += rng.standard_normal() * portable.exp(-0.5 * (away / width) ** 2)
    total -= total.mean()
    return np.asarray(total / max(float(total.std()), 1e-6), np.float32)


SURFACES: Registry[type[Surface]] = Registry(
    "surface",
    {
        "hot_rolled": "rendersdg.assets.surfaces:HotRolled",
        "ground": "rendersdg.assets.surfaces:Ground",
        "milled": "rendersdg.assets.surfaces:Milled",
        "rough": "rendersdg.assets.surfaces:Rough",
        "car_paint": "rendersdg.assets.surfaces:CarPaint",
        "weld_seam": "rendersdg.assets.surfaces:WeldSeam",
        "fabric": "rendersdg.assets.surfaces:Fabric",
        "wood": "rendersdg.assets.surfaces:Wood",
        "glass": "rendersdg.assets.surfaces:Glass",
        "board": "rendersdg.assets.surfaces:Board",
    },
)


_APART = ("band", "feed", "radius", "ring", "ripple", "thread")  # mm from one to the next; a tile is divided by them


def make_surface(kind: str, values: Mapping[str, object]) -> Surface:
    """Return a surface of a kind with parameters given by name.
    Raises BadArgument for what is not a number or out of range.
    """
    arguments: dict[str, Any] = {}
    for entry in fields(SURFACES[kind]):
        if values.get(entry.name) is None:
            continue
        value = values[entry.name]
        if entry.type == "Table":
            arguments[entry.name] = _table(f"surfaces.{kind}: {entry.name}", value)
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
            raise BadArgument(f"surfaces.{kind}: {entry.name}={value!r} must be a number")
        arguments[entry.name] = round(float(value)) if entry.type == "int" else float(value)
    surface = SURFACES[kind](**arguments)
    if surface.texels < 8 or surface.texels > 4096 or surface.texels & (surface.texels - 1):
        raise BadArgument(f"surfaces.{kind}: texels={surface.texels} must be a power of two from 8 to 4096")
    if not surface.tile > 0:
        raise BadArgument(f"surfaces.{kind}: tile={surface.tile:g} mm must be above 0")
    for name in _APART:
        apart = getattr(surface, name, 1.0)
        if not apart > 0:
            raise BadArgument(f"surfaces.{kind}: {name}={apart:g} mm must be above 0")
    for name, share in (("coat", surface.coat), ("anisotropy", surface.anisotropy)):
        if not 0 <= share <= 1:
            raise BadArgument(f"surfaces.{kind}: {name}={share:g} must be from 0 to 1")
    return surface


def _table(name: str, value: object) -> Table:
    try:
        power = np.asarray(value, float)
    except (TypeError, ValueError):
        power = np.full(1, np.nan)
    if (
        power.shape not in [(rows, len(DIRECTIONS)) for rows in ROWS]
        or not np.isfinite(power).all()
        or np.abs(power).max() > 60
    ):
        raise BadArgument(
            f"{name} must be {ROWS[0]} rows (octaves) or {ROWS[1]} (half octaves) of {len(DIRECTIONS)} numbers "
            "(directions) from -60 to 60, log2 of the power density"
        )
    return tuple(tuple(float(v) for v in row) for row in power)
