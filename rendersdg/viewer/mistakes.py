"""What is wrong with a scene's text, each mistake at its line."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any

from rendersdg.errors import RenderSDGError, SeveralErrors

_PLACE = re.compile(r"^(.*):(\d+)$", re.DOTALL)


def told(error: RenderSDGError, name: str) -> list[dict[str, Any]]:
    """Return what is wrong with a scene, each mistake with its ``line`` in the scene's own text, None elsewhere.

    Args:
        error: one mistake, or several.
        name: of the scene's file.
    """
    found = []
    for one in error.errors if isinstance(error, SeveralErrors) else (error,):
        place = _PLACE.match(one.where or "")
        is_own = place is not None and PurePath(place[1]).name == name
        text = one.message if is_own else str(one)
        found.append({"line": int(place[2]) if is_own and place is not None else None, "text": text})
    return found
