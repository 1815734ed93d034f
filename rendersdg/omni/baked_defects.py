"""Defects and procedural surfaces as what Replicator has for them: images thrown from proxies,
and materials to choose from.

A defect call becomes a few images of its kind, drawn with its own distributions, and proxies scattered over its host
that throw one of them each (``create.projection_material``).
A surface call becomes a few OmniPBR materials in a USD file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.assets.surfaces import SURFACES, make_surface
from rendersdg.colour import srgb_from_linear
from rendersdg.defects import DEFECTS
from rendersdg.defects.layers import ADD, GAIN, ROUGH_ADD, ROUGH_GAIN, SLOPE_S, SLOPE_T, Layers
from rendersdg.graph.distributions import Distribution
from rendersdg.omni.baking import Baker, Inputs, eight_bit, write_png
from rendersdg.omni.steps import Arguments, Value
from rendersdg.stage.defects import make
from rendersdg.streams import Source
from rendersdg.texels import normal_texels

Colour = tuple[float, float, float]
IMAGES = 8  # of a defect call
MATERIALS = 6  # of a surface call
_SIDE = 512  # pixels of an image's longer side at most
_GREY = (0.35, 0.35, 0.35)  # reflectance of a host that is not known, and
_ROUGH = 0.45  # its roughness
_STEEP = 0.05  # slope at which a texel counts as covered


@dataclass(frozen=True)
class BakedDefect:
    """``images`` drawings (``name_0_D.png``, ``_N``, ``_R``) and one of nothing at all (``name_none_D.png``), with how
    likely each is; all are ``size_mm`` (length, breadth). ``count`` is how many proxies there are to be."""

    images: int
    weights: tuple[float, ...]
    size_mm: tuple[float, float]
    count: int


def bake_defect(kind: str, arguments: Arguments, baker: Baker, name: str, host: Colour | None) -> BakedDefect:
    """Draw a defect call's kind a few times. ``host`` is the linear colour beneath it, mid grey when not known."""
    own = {f.name: arguments[f.name] for f in fields(DEFECTS[kind]) if arguments.get(f.name) is not None}
    sources = [Source(0, f"baked/{name}", k) for k in range(IMAGES)]
    kinds = [make(kind, _drawn(own, source)) for source in sources]
    size = (max(k.size()[0] for k in kinds), max(k.size()[1] for k in kinds))
    texel = max(max(size) / _SIDE, min(k.finest() for k in kinds) / 3)
    for number, (one, source) in enumerate(zip(kinds, sources)):
        layers = Layers(size, texel)
        one.paint(layers, source.child("paint").rng())
        _write(baker, f"{name}_{number}", layers.stack(), _GREY if host is None else host)
    _write(baker, f"{name}_none", Layers((1.0, 1.0), 0.25).stack(), _GREY)
    count, mean = most_and_mean(arguments.get("count", 1))
    share = min(mean / count, 1.0)
    return BakedDefect(IMAGES, (*([share / IMAGES] * IMAGES), 1.0 - share), size, count)


def _drawn(values: Arguments, source: Source) -> dict[str, Value]:
    return {n: v.draw(source.child(n), 1)[0] if isinstance(v, Distribution) else v for n, v in values.items()}


def most_and_mean(value: Distribution | float) -> tuple[int, float]:
    """Return the most and the mean of a number of defects."""
    if not isinstance(value, Distribution):
        return max(int(value), 1), float(value)
    counts = np.array(value.draw(Source(0, "baked/count", 0), 256), float)
    return max(int(counts.max()), 1), float(counts.mean())


def over(stack: F4, host: Colour) -> tuple[F8, F8]:
    """Return a colour (H, W, 3) and a coverage (H, W) that laid over a host of this colour look as the layers do.

    Layers give ``host * gain + add``. Where gain is 1 or less, coverage is ``1 - gain`` and the colour ``add /
    coverage``, which holds for every host; a brighter surface and a mere slope need the host's own colour.
    """
    gain = stack[..., GAIN].astype(float)
    add = stack[..., ADD : ADD + 3].astype(float)
    steep = np.clip(portable.hypot(stack[..., SLOPE_S], stack[..., SLOPE_T]) / _STEEP, 0, 1)
    cover = np.clip(np.maximum.reduce([1 - gain, 2 * (gain - 1), steep, add.max(axis=-1)]), 0, 1)
    below = np.array(host)
    shown = below * gain[..., None] + add
    colour = (shown - below * (1 - cover[..., None])) / np.maximum(cover, 1e-3)[..., None]
    return np.clip(colour, 0, 1), cover


def _write(baker: Baker, name: str, stack: F4, host: Colour) -> None:
    colour, cover = over(stack, host)
    rgba = np.dstack([eight_bit(srgb_from_linear(colour)), eight_bit(cover)])
    rough = eight_bit(np.clip(_ROUGH * stack[..., ROUGH_GAIN] + stack[..., ROUGH_ADD], 0, 1))
    images = (
        ("D", rgba),
        ("N", eight_bit(normal_texels(np.dstack([stack[..., SLOPE_S], stack[..., SLOPE_T]])))),
        ("R", np.dstack([rough] * 3)),
    )
    for letter, pixels in images:
        file = baker.folder / "defects" / f"{name}_{letter}.png"
        write_png(file, np.ascontiguousarray(pixels[::-1]))  # rows of a patch run up, those of an image down


def bake_surface(kind: str, arguments: Arguments, baker: Baker, name: str) -> tuple[Path, Colour]:
    """Return a USD file of some materials that a surface call could have made, and their mean colour."""
    own = {f.name: arguments[f.name] for f in fields(SURFACES[kind]) if arguments.get(f.name) is not None}
    inputs: list[Inputs] = []
    levels = []
    for k in range(MATERIALS):
        source = Source(0, f"baked/{name}", k)
        surface = make_surface(kind, _drawn(own, source))
        inputs.append(baker.surface(surface, source.child("maps"), f"{name}_{k}"))
        levels.append(surface.maps(source.child("maps").rng()).colour.mean(axis=(0, 1)))
    red, green, blue = (float(v) for v in np.mean(levels, axis=0))
    return baker.materials(inputs, name), (red, green, blue)
