"""``isaacsim.core.experimental.prims``: the handle that all others build on, and kinds that are not made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

from pxr import Sdf, Usd

from rendersdg.errors import BadArgument, NotSupported
from rendersdg.omni.doors import PathLike, PrimLike, prim_of
from rendersdg.omni.isaac.experimental import prim as prim_utils
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.replicator.engine import current

__all__ = ["DeformablePrim", "Prim"]

Paths: TypeAlias = PathLike | Sequence[PathLike]  # of prims, or regular expressions, level by level


def listed(paths: Paths) -> list[str]:
    """Return one path or several as a list of texts."""
    return [str(paths)] if isinstance(paths, (str, Sdf.Path)) else [str(p) for p in paths]


def prims_at(paths: PrimLike | Sequence[PrimLike]) -> list[Usd.Prim]:
    """Return the prims that are given by path or as such; those that are not there are not valid."""
    several = list(paths) if isinstance(paths, (list, tuple)) else [paths]
    return [get_current_stage().GetPrimAtPath(p) if isinstance(p, str) else prim_of(p) for p in several]


class Prim:
    """One prim or several, by paths or regular expressions. Raises BadArgument where there is none."""

    def __init__(self, paths: Paths, *, resolve_paths: bool = True) -> None:
        there, missing = self.resolve_paths(paths)
        if missing:
            raise BadArgument(f"there is no prim at {', '.join(missing)}", where=current().where())
        self._paths = there

    def __len__(self) -> int:
        return len(self._paths)

    @property
    def paths(self) -> list[str]:
        """The paths."""
        return list(self._paths)

    @property
    def prims(self) -> list[Usd.Prim]:
        """The prims."""
        return [get_current_stage().GetPrimAtPath(p) for p in self._paths]

    @property
    def prim(self) -> Usd.Prim:
        """The first prim."""
        return self.prims[0]

    @property
    def valid(self) -> bool:
        """Whether all prims are still there."""
        return all(self.prims)

    @staticmethod
    def ensure_api(prims: Iterable[Usd.Prim], api: Any, *args: object, **options: object) -> list[Any]:
        """Return a schema on each prim, applied where it was not."""
        return [prim_utils.ensure_api(p, api, *args, **options) for p in prims]

    @staticmethod
    def resolve_paths(paths: Paths, raise_on_mixed_paths: bool = True) -> tuple[list[str], list[str]]:
        """Return the paths of prims that are there, and those where none is. Raises BadArgument for both at once, and
        for a regular expression that matches nothing.
        """
        there: list[str] = []
        missing: list[str] = []
        for text in listed(paths):
            matching = prim_utils.find_matching_prim_paths(text)
            there += matching
            if not matching and Sdf.Path.IsValidPathString(text):
                missing.append(text)
            elif not matching and raise_on_mixed_paths:
                raise BadArgument(f"no prim's path matches {text!r}", where=current().where())
        if raise_on_mixed_paths and there and missing:
            raise BadArgument(
                f"some of the paths are of prims and some are not: there is none at {', '.join(missing)}",
                where=current().where(),
            )
        return there, missing


class Refused:
    """A kind of prim that scripts may import and not make."""

    _reason: ClassVar[str]

    def __init__(self, *args: object, **options: object) -> None:
        raise NotSupported(f"{type(self).__name__}: {self._reason}", where=current().where())


class DeformablePrim(Refused):
    """Not supported: only rigid bodies are simulated."""

    _reason = (
        "cloth and soft bodies are not simulated: bodies that move are rigid (MuJoCo). Use RigidPrim, or "
        "rep.functional.physics.apply_rigid_body, which falls and collides in one shape"
    )
