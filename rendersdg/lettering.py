"""Letters in pictures: drawn by Pillow from fonts that come with it or with matplotlib, whatever OpenCV does."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.arrays import U1
from rendersdg.colour import LUMA, linear_from_eight_bit

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255

_SMALLEST = 8  # pixels: smaller letters cannot be read
MORE = "..."  # what stands for the rest of a text that does not fit
_UNKNOWN = "?"  # what stands for a letter that the font does not have
_ABSENT = "\U0010ffff"  # no font has it: what is drawn for it is drawn for every letter that is missing
_WIDE = "mpl-data/fonts/ttf/DejaVuSans.ttf"  # in matplotlib: DejaVu


def size_for(shape: tuple[int, ...], share: float = 1 / 45, least: int = 12, most: int = 40) -> int:
    """Return the height of letters in pixels that can be read in a picture of a ``shape`` (H, W, ...).

    It is a ``share`` of the shorter side, from ``least`` to ``most`` pixels; in the smallest pictures a fifth of it.
    """
    side = min(shape[:2])
    return max(min(int(np.clip(round(side * share), least, most)), side // 5), _SMALLEST)


def ink_on(colour: tuple[int, ...]) -> Colour:
    """Return black or white, whichever stands out more from a colour (red, green, blue, 0 to 255).

    WCAG 2.2 defines the contrast of two colours by their luminance; the two contrasts are equal at 0.179.

    >>> ink_on((255, 255, 0)), ink_on((0, 0, 160))
    ((0, 0, 0), (255, 255, 255))
    """
    light = linear_from_eight_bit(np.array(colour[:3], np.uint8)).tolist()
    luminance = sum(weight * v for weight, v in zip(LUMA, light))
    return (0, 0, 0) if luminance > 0.179 else (255, 255, 255)


def extent(text: str, size_px: int, *, wide: bool = True) -> tuple[int, int]:
    """Return the width of a text and the height of a line, in pixels.

    Args:
        text: one line.
        size_px: the size of the font.
        wide: whether matplotlib's font is taken where matplotlib is installed. It has Latin, Greek, Cyrillic, Arabic
            and Hebrew letters; Pillow's own has those of English. What is kept byte for byte uses the latter.
    """
    font = _font(size_px, wide)
    up, down = font.getmetrics()
    return int(np.ceil(font.getlength(drawable(text, wide=wide)))), up + down


def drawable(text: str, *, wide: bool = True) -> str:
    """Return the text in one line, with ``?`` for each letter that the font does not have."""
    known = _Known.of(wide)
    return "".join(one if known.has(one) else _UNKNOWN for one in " ".join(text.split()))


def is_drawable(text: str, *, wide: bool = True) -> bool:
    """Return whether the font has every letter of a text."""
    return drawable(text, wide=wide) == " ".join(text.split())


def fitted(text: str, width_px: int, size_px: int, *, wide: bool = True) -> str:
    """Return the text, or as much of its beginning and end as is ``width_px`` wide, with ``...`` between them."""
    text = drawable(text, wide=wide)
    if extent(text, size_px, wide=wide)[0] <= width_px:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest part that fits
        middle = (low + high + 1) // 2
        if extent(_shortened(text, middle), size_px, wide=wide)[0] <= width_px:
            low = middle
        else:
            high = middle - 1
    return _shortened(text, low) if low else ""


def write(canvas: U1, text: str, x: int, y: int, size_px: int, colour: Colour, *, wide: bool = True) -> None:
    """Write one line into a picture, in place; what lies outside is cut off.

    Args:
        canvas: (H, W, 3) uint8.
        text: the line.
        x: of its left end, pixels.
        y: of its top, pixels.
        size_px: the size of the font.
        colour: red, green, blue, 0 to 255.
        wide: see :func:`extent`.
    """
    from PIL import Image, ImageDraw

    text = drawable(text, wide=wide)
    width, height = extent(text, size_px, wide=wide)
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, canvas.shape[1]), min(y + height, canvas.shape[0])
    if right <= left or bottom <= top:
        return
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).text((0, 0), text, fill=255, font=_font(size_px, wide))
    ink = np.asarray(mask, np.float32)[top - y : bottom - y, left - x : right - x, None] / 255
    room = canvas[top:bottom, left:right]
    room[...] = np.rint(room * (1 - ink) + np.array(colour, np.float32) * ink).astype(np.uint8)


def _shortened(text: str, letters: int) -> str:
    """Return that many letters of a text, two thirds of them from its beginning."""
    end = letters // 3
    return text[: letters - end].rstrip() + MORE + (text[len(text) - end :] if end else "")


class _Known:
    """Which letters a font has: what it draws of one differs from what it draws of a letter that no font has."""

    def __init__(self, wide: bool) -> None:
        self._font = _font(16, wide)
        self._absent = self._drawn(_ABSENT)
        self._known: dict[str, bool] = {" ": True, _UNKNOWN: True}

    @staticmethod
    @lru_cache(maxsize=2)
    def of(wide: bool) -> _Known:
        return _Known(wide)

    def has(self, letter: str) -> bool:
        if letter not in self._known:
            self._known[letter] = letter.isprintable() and self._drawn(letter) != self._absent
        return self._known[letter]

    def _drawn(self, letter: str) -> tuple[tuple[int, int], bytes]:
        mask = self._font.getmask(letter)
        return mask.size, bytes(mask)


@lru_cache(maxsize=64)
def _font(size_px: int, wide: bool) -> Any:
    """Return matplotlib's font where it is wanted and there, else Pillow's own."""
    from PIL import ImageFont

    file = _wide_font() if wide else None
    return ImageFont.load_default(size_px) if file is None else ImageFont.truetype(str(file), size_px)


@lru_cache(maxsize=1)
def _wide_font() -> Path | None:
    found = find_spec("matplotlib")  # it is not imported, which takes a second
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / _WIDE
    return file if file.is_file() else None
