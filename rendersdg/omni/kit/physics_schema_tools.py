"""``pxr.PhysicsSchemaTools``: numbers that stand for paths, by which PhysX tells of prims."""

from __future__ import annotations

from pxr import Sdf

from rendersdg.omni.doors import PathLike
from rendersdg.replicator.host import current_host
from rendersdg.replicator.values import unwrap

__all__ = ["decodeSdfPath", "encodeSdfPath", "intToSdfPath", "sdfPathToInt"]


class NumberedPaths:
    """The paths that have numbers in this run: 1 for the first, and so on."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, path: str) -> int:
        """Return the number of a path, a new one where it has none."""
        return self._numbers.setdefault(path, len(self._numbers) + 1)

    def path(self, number: int) -> str | None:
        """Return the path of a number, None where there is none."""
        return next((path for path, k in self._numbers.items() if k == number), None)


def sdfPathToInt(path: PathLike) -> int:
    """Return the number that stands for a path."""
    return current_host().part(NumberedPaths).number(str(path))


def intToSdfPath(number: int) -> Sdf.Path:
    """Return the path that a number stands for; the empty path for one that stands for none."""
    path = current_host().part(NumberedPaths).path(number)
    return Sdf.Path() if path is None else Sdf.Path(path)


def encodeSdfPath(path: PathLike) -> tuple[int, int]:
    """Return the pair of numbers that stands for a path."""
    return sdfPathToInt(path), 0


def decodeSdfPath(first: int, second: int = 0) -> Sdf.Path:
    """Return the path that a pair of numbers stands for."""
    return intToSdfPath(first)


def path_text(path: PathLike | int) -> str:
    """Return a path as text, given as such, by a prim, or by the number that stands for it."""
    return str(intToSdfPath(path)) if isinstance(path, int) else str(unwrap(path))
