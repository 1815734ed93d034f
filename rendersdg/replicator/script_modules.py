"""The modules that a script brings: those that it imports from its own folder, or from folders that it adds."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

_OURS = ("rendersdg", "writers", "detectors")


class ScriptModules:
    """Finds the files of modules that were imported since this object was made, and that are the script's own.

    ``folder`` is the script's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.realpath(folder)
        self._before = set(sys.modules)
        self._path = {os.path.realpath(p) for p in sys.path}
        self._count = 0

    def files(self) -> list[str]:
        """Return the files of the script's modules, sorted; none where nothing was imported since the last call."""
        if len(sys.modules) == self._count:
            return []
        self._count = len(sys.modules)
        places = {os.path.realpath(p) for p in sys.path} - self._path | {self._folder}
        own = [m for name, m in list(sys.modules.items()) if self._is_own(name, places)]
        return sorted({os.path.realpath(str(m.__file__)) for m in own if getattr(m, "__file__", None)})

    def _is_own(self, name: str, places: set[str]) -> bool:
        top = name.split(".")[0]
        return name not in self._before and top not in _OURS and folder_of(sys.modules.get(top)) in places


def folder_of(module: ModuleType | None) -> str | None:
    """Return the folder on ``sys.path`` that a top-level module was found in."""
    file = getattr(module, "__file__", None)
    places = list(getattr(module, "__path__", ()))
    if places:
        return os.path.realpath(Path(places[0]).parent)
    return os.path.realpath(Path(file).parent) if file else None
