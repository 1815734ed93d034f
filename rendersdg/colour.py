"""Colour: sRGB and linear light, black bodies, and the palette of label colours."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4, F8, U1
from rendersdg.errors import BadArgument
from rendersdg.kernels.elementary import powers

LUMA = (0.2126, 0.7152, 0.0722)  # Rec. 709: what linear red, green and blue give to luminance
NITS = 1000.0  # of an emission of 1 in formats that leave its unit open (glTF, MTL, UsdPreviewSurface): it is white
DIELECTRIC = 0.04  # what a surface with an index of 1.5 reflects straight on
FILM_EXPOSURE = 1.0 / 1000.0  # a white wall under a dome light of intensity 1000 comes out near white, as in Kit


def linear_from_srgb(value: NDArray[np.floating]) -> F4:
    """Return linear light, float32 of the same shape, for sRGB 0 to 1, (H, W, 3) or any other (IEC 61966-2-1)."""
    value = np.asarray(value, np.float32)
    light = np.asarray(value + 0.055, np.float32)
    light /= 1.055
    light = powers(light, 2.4)
    np.divide(value, 12.92, out=light, where=value <= 0.04045)
    return light


def linear_from_eight_bit(value: U1) -> F4:
    """Return linear light, float32 of the same shape, for sRGB values 0 to 255, (H, W, 3) uint8 or any other."""
    return linear_from_srgb(np.arange(256, dtype=np.float32) / np.float32(255))[value]


def srgb_from_linear(value: NDArray[np.floating]) -> F4:
    """Return sRGB 0 to 1, float32 of the same shape, for linear light 0 to 1, (H, W, 3) or any other (IEC 61966-2-1).

    Values outside are clipped.
    """
    value = np.clip(np.asarray(value, np.float32), 0.0, 1.0)
    shown = powers(value, 1 / 2.4)
    shown *= 1.055
    shown -= 0.055
    np.multiply(value, 12.92, out=shown, where=value <= 0.0031308)
    return shown


def filmic(value: NDArray[np.floating]) -> F4:
    """Return display light 0 to 1, float32 of the same shape, for exposed scene light, (H, W, 3) or any other.

    Narkowicz's fit of the ACES curve (2015).
    """
    x = np.maximum(np.asarray(value, np.float32), 0.0)
    return np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0).astype(np.float32)


def base_and_metalness(
    diffuse: NDArray[np.floating], specular: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return base colour (..., 3) and metalness (...) of linear diffuse and specular colours (..., 3).

    The conversion is that of glTF's KHR_materials_pbrSpecularGlossiness.
    """
    weights = np.sqrt(np.array([0.299, 0.587, 0.114], diffuse.dtype))
    bright, shine = (np.sqrt(((colour * weights) ** 2).sum(-1)) for colour in (diffuse, specular))
    strongest = specular.max(-1)
    # metalness m solves d m^2 + (b s / (1 - d) + p - 2 d) m + d - p = 0 for d = 0.04, s = 1 - strongest specular
    d = DIELECTRIC
    second = bright * (1 - strongest) / (1 - d) + shine - 2 * d
    root = np.sqrt(np.maximum(second * second - 4 * d * (d - shine), 0.0))
    metallic = np.where(shine < d, 0.0, np.clip((-second + root) / (2 * d), 0.0, 1.0))[..., None]
    of_diffuse = diffuse * ((1 - strongest) / (1 - d))[..., None] / np.maximum(1 - metallic, 1e-6)
    of_specular = (specular - d * (1 - metallic)) / np.maximum(metallic, 1e-6)
    blend = metallic * metallic
    return np.clip(of_diffuse * (1 - blend) + of_specular * blend, 0.0, 1.0), metallic[..., 0]


def black_body(kelvin: float) -> F8:
    """Return linear Rec. 709 (r, g, b) of a black body, scaled to luminance 1; 6500 K is near white.

    Chromaticity by Kim et al.'s cubic fit of the Planckian locus (US patent 7024034), 1000 to 25000 K.
    """
    t = float(np.clip(kelvin, 1000.0, 25000.0))
    if t <= 4000:
        x = 0.179910 + (0.8776956e3 + (-0.2343589e6 - 0.2661239e9 / t) / t) / t
    else:
        x = 0.240390 + (0.2226347e3 + (2.1070379e6 - 3.0258469e9 / t) / t) / t
    if t <= 2222:
        y = ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
    elif t <= 4000:
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    else:
        y = ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    rgb_from_xyz = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    rgb = np.maximum((rgb_from_xyz * xyz).sum(1), 0.0)  # sums in one order, where a product's depends on the machine
    return rgb / (rgb * LUMA).sum()


def named_colour(name: str) -> tuple[float, float, float]:
    """Return red, green and blue, 0..1, of one of CSS's names or of ``#rrggbb``. Raises BadArgument for other texts.

    >>> named_colour("Navy")
    (0.0, 0.0, 0.5019607843137255)
    """
    from PIL import ImageColor  # with the names of CSS

    try:
        red, green, blue = ImageColor.getrgb(name.strip().lower())[:3]
    except ValueError:
        raise BadArgument(f"{name!r} is not the name of a colour; write red, #ff0000 or (1, 0, 0)") from None
    return red / 255, green / 255, blue / 255


def label_colour(index: int) -> tuple[int, int, int, int]:
    """Return the opaque RGBA colour of content id ``index``; ids 0 and 1 are BACKGROUND and UNLABELLED.

    Hues step by the golden ratio, so neighbours differ; the first thousand colours are all different.
    """
    if index == 0:
        return (0, 0, 0, 0)
    if index == 1:
        return (0, 0, 0, 255)
    k = index - 2
    hue = (k * 0.6180339887498949 + 0.11) % 1.0
    saturation = 0.55 + 0.40 * ((k * 0.7548776662466927) % 1.0)
    value = 0.65 + 0.34 * ((k * 0.5698402909980532 + 0.5) % 1.0)
    r, g, b = colorsys.hsv_to_rgb(hue, saturation, value)
    return (round(r * 255), round(g * 255), round(b * 255), 255)


def label_palette(count: int) -> U1:
    """Return (N, 4) uint8 RGBA for ``count`` N: :func:`label_colour` of 0 .. count - 1, made unique."""
    seen: set[tuple[int, int, int, int]] = set()
    rows = []
    for index in range(count):
        colour = label_colour(index)
        while colour in seen:
            r, g, b, a = colour
            colour = (r, g, (b + 1) % 256, a) if b != 255 else ((r + 1) % 256, g, 0, a)
        seen.add(colour)
        rows.append(colour)
    return np.array(rows, np.uint8).reshape(-1, 4)
