"""What a docstring says first: for tables, schemas and lists."""

from __future__ import annotations

import inspect
from typing import Any


def summary(thing: Any) -> str:
    """Return the first paragraph of a thing's docstring in one line, "" where it has none.

    >>> summary(summary)[:44]
    "Return the first paragraph of a thing's docs"
    """
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
