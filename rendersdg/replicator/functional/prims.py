"""``rep.functional.get`` and ``rep.functional.utils``: prims of the stage, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from pxr import Gf, Usd, UsdGeom

from rendersdg.replicator.engine import current
from rendersdg.replicator.values import PrimLike, PrimsLike, SemanticsLike, prims_of, unwrap
from rendersdg.scene import get
from rendersdg.scene.recorder import filling


def prim_at_paths(paths: PrimsLike) -> list[Usd.Prim]:
    """Return the prims at paths."""
    return prims_of(paths)


def get_prims(
    path_pattern: str | None = None,
    path_match: str | None = None,
    path_pattern_exclusion: str | None = None,
    prim_types: str | Sequence[str] | None = None,
    prim_types_exclusion: str | Sequence[str] | None = None,
    semantics: SemanticsLike | None = None,
    semantics_exclusion: SemanticsLike | None = None,
    ignore_case: bool = True,
    **other: object,
) -> list[Usd.Prim]:
    """Return the prims that ``rep.get.prims`` would select."""
    recorder = current().recorder
    with filling(recorder):  # a thread of the script's calls this, too
        chosen = get.prims(
            path_pattern,
            path_match,
            path_pattern_exclusion,
            prim_types,
            prim_types_exclusion,
            unwrap(semantics),
            unwrap(semantics_exclusion),
            ignore_case=ignore_case,
        )
    return prims_of(chosen.resolve({}))


def get_world_transform(prim: PrimLike, time: object = None) -> Gf.Matrix4d:
    """Return the world matrix of a prim, row vectors as ``Gf`` has them."""
    return UsdGeom.Xformable(prims_of(prim)[0]).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
