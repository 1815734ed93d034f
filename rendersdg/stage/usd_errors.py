"""What USD says went wrong, in one line."""

from __future__ import annotations

import re

_SAID = re.compile(r"Error in '[^']*' at line \d+ in file \S+ : '(.*?)'?$")


def reason(error: object) -> str:
    """Return the first of the errors of a ``Tf.ErrorException``, or of one composition error, without USD's own source.

    >>> reason("Error in 'pxr::Open' at line 7 in file /pxr/stage.cpp : 'Failed to open layer @a.usda@'")
    'Failed to open layer @a.usda@'
    """
    try:
        whole = str(error)
    except UnicodeDecodeError:  # USD quotes the file
        return "it holds bytes that are no text; the file is damaged"
    lines = [line.strip() for line in whole.splitlines() if line.strip()]
    first = next((line for line in lines if "rror " in line), lines[0] if lines else "unknown error")
    if first.endswith(":") and first == lines[0]:  # a cycle is told over several lines
        return " ".join(lines)
    said = _SAID.search(first)
    return said.group(1) if said else first
