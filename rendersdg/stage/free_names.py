"""Free paths on a stage by Replicator's numbering, found at once among thousands of prims of one name."""

from __future__ import annotations

from pxr import Tf, Usd

_FEW = 64  # so many numbers are tried one after the other before the last taken one is kept


class FreeNames:
    """Finds the first of ``path``, ``path_01``, ``path_02``, ... where ``stage`` has no prim.

    The numbers that were found taken are kept until a prim leaves the stage; only then may a lower one be free again.
    """

    def __init__(self, stage: Usd.Stage) -> None:
        self._stage = stage
        self._taken: dict[str, int] = {}  # by path: all numbers up to this one have prims
        self._listening: tuple[object, object] | None = None  # USD holds what it calls weakly

    def first(self, path: str) -> str:
        """Return the first free path."""
        if not self._stage.GetPrimAtPath(path):
            return path
        number = self._taken.get(path, 0) + 1
        while self._stage.GetPrimAtPath(f"{path}_{number:02d}"):
            number += 1
        if number > _FEW:
            self._keep(path, number - 1)
        return f"{path}_{number:02d}"

    def following(self, path: str, count: int) -> list[str]:
        """Return the next ``count`` free paths, for prims that are all made before one is looked for again."""
        free = [self.first(path)]
        number = 0 if free[0] == path else int(free[0].rsplit("_", 1)[1])
        while len(free) < count:
            number += 1
            candidate = f"{path}_{number:02d}"
            if not self._stage.GetPrimAtPath(candidate):
                free.append(candidate)
        return free[:count]

    def _keep(self, path: str, number: int) -> None:
        if self._listening is None:
            taken = self._taken

            def changed(notice: Usd.Notice.ObjectsChanged, stage: Usd.Stage) -> None:
                if any(not stage.GetPrimAtPath(p.GetPrimPath()) for p in notice.GetResyncedPaths()):
                    taken.clear()  # a prim has left the stage

            self._listening = changed, Tf.Notice.Register(Usd.Notice.ObjectsChanged, changed, self._stage)
        self._taken[path] = number
