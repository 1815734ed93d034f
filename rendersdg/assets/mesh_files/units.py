"""Units and up axes of mesh files: as the user says, as the file says, else as such files are read, with a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rendersdg.errors import BadArgument

UNITS = {  # metres
    "m": 1.0,
    "dm": 0.1,
    "cm": 0.01,
    "mm": 0.001,
    "um": 1e-6,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
}
_WORDS = {
    "m": ("m", "meter", "meters", "metre", "metres"),
    "dm": ("dm", "decimeter", "decimeters", "decimetre", "decimetres"),
    "cm": ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    "mm": ("mm", "millimeter", "millimeters", "millimetre", "millimetres"),
    "um": ("um", "micrometer", "micrometers", "micron", "microns"),
    "km": ("km", "kilometer", "kilometers", "kilometre", "kilometres"),
    "in": ("in", "inch", "inches"),
    "ft": ("ft", "foot", "feet"),
}
_UNIT_OF = {word: unit for unit, words in _WORDS.items() for word in words}
_STATED = re.compile(r"\bunits?\b\s*(?:(?:=|:|(?:is|are|in|1(?:\.0*)?)\b)\s*)*([a-z]+)\b", re.IGNORECASE)
NAMES = {
    "m": "metres",
    "dm": "decimetres",
    "cm": "centimetres",
    "mm": "millimetres",
    "um": "micrometres",
    "km": "kilometres",
    "in": "inches",
    "ft": "feet",
}


def unit_of(value: str) -> float:
    """Return a unit in metres, given by its sign, its name, or as metres. Raises BadArgument for another text.

    >>> unit_of("mm"), unit_of("inches"), unit_of("0.5")
    (0.001, 0.0254, 0.5)
    """
    word = value.strip().lower()
    if word in _UNIT_OF:
        return UNITS[_UNIT_OF[word]]
    try:
        size = float(word)
    except ValueError:
        size = 0.0
    if not 0 < size < float("inf"):
        raise BadArgument(f"unit={value!r} is not a unit; known: {', '.join(UNITS)}, or a number of metres")
    return size


def stated_in(texts: Iterable[str]) -> tuple[float | None, str]:
    """Return the unit in metres that a comment of a file states, and the comment; None and nothing where none does.

    >>> stated_in(["made by hand", "# File units = millimeters"])
    (0.001, 'File units = millimeters')
    """
    for text in texts:
        stated = _STATED.search(text)
        if stated and stated.group(1).lower() in _UNIT_OF:
            return UNITS[_UNIT_OF[stated.group(1).lower()]], text.strip().lstrip("#").strip()
    return None, ""


def in_words(unit: float) -> str:
    """Return the name of a unit in metres.

    >>> in_words(0.01), in_words(0.5)
    ('centimetres', 'units of 0.5 m')
    """
    return next((NAMES[sign] for sign, size in UNITS.items() if size == unit), f"units of {unit:g} m")


def guess(extent: float, unit: float, *, is_part: bool) -> str | None:
    """Return the sign of the unit that a file is likelier in, None where the one it is read in makes sense.

    ``extent`` is the longest side in the file's numbers, ``unit`` metres, ``is_part`` whether machines' parts come in
    such files. What is longer than 5 m is likelier a part in millimetres, or else a thing in centimetres, unless that
    would be taller than a man.

    >>> guess(20.0, 1.0, is_part=True), guess(10.0, 1.0, is_part=False), guess(0.1, 1.0, is_part=True)
    ('mm', 'cm', None)
    """
    size = extent * unit
    if 1e-3 <= size <= _LONGEST:
        return None
    if size < 1e-3:
        return "m" if unit < 1.0 and 1e-3 <= extent <= _LONGEST else None
    return "cm" if not is_part and extent * 0.01 <= _TALLEST else "mm"


_LONGEST = 5.0  # metres: of what is read without a unit
_TALLEST = 2.0  # metres: of what is taken for centimetres
