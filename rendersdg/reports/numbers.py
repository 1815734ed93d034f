"""Numbers as people read them: no exponents, and no more digits than mean something."""

from __future__ import annotations

import numpy as np

FARTHEST = 100.0  # spreads: beyond it a distance is far, and how far means nothing
_SMALLEST = 1e-9  # below it so many zeros stand in front that an exponent is easier to read


def readable(value: float) -> str:
    """Return a number in four digits or with all of its whole ones, in groups of three.

    >>> readable(48480.2), readable(0.000012), readable(3.14159), readable(-1234567.0), readable(0.0)
    ('48,480', '0.000012', '3.142', '-1,234,567', '0')
    """
    size = abs(value)
    if 1000 <= size < 1e15:
        return f"{value:,.0f}"
    if _SMALLEST <= size < 1e-4:
        return np.format_float_positional(value, precision=4, fractional=False, trim="-")
    return f"{value:.4g}"


def spreads(gap: float, unit: str = "spreads") -> str:
    """Return a distance in units of a spread, which says only that it is far where it is beyond :data:`FARTHEST`.

    >>> spreads(1000.0), spreads(2.34), spreads(0.01), spreads(0.0)
    ('more than 100 spreads', '2.3 spreads', 'less than 0.1 spreads', '0 spreads')
    """
    if gap > FARTHEST:
        return f"more than {FARTHEST:g} {unit}"
    if 0 < gap < 0.05:
        return f"less than 0.1 {unit}"
    return f"{gap:.1f} {unit}" if gap else f"0 {unit}"
