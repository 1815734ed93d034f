"""``rep.functional.get`` and ``rep.functional.utils``: prims of the stage, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from pxr import Gf, Usd, UsdGeom

from rendersdg.replicator.engine import current
from rendersdg.replicator.values import PrimLike, PrimsLike, SemanticsLike, prims_of, unwrap
from rendersdg.scene import get
from rendersdg.scene.recorder import filling

Words: TypeAlias = str | Sequence[str]
Where: TypeAlias = Usd.Stage | str | None  # the stage, first in Replicator's order; text is a pattern


def prim_at_paths(stage: Where | PrimsLike, paths: PrimsLike | None = None) -> list[Usd.Prim]:
    """Return the prims at paths; the stage may be left out."""
    return prims_of(stage if paths is None else paths)


def get_prims(
    stage: Where = None,
    path_pattern: str | None = None,
    path_match: str | None = None,
    path_pattern_exclusion: str | None = None,
    prim_types: Words | None = None,
    prim_types_exclusion: Words | None = None,
    semantics: SemanticsLike | None = None,
    semantics_exclusion: SemanticsLike | None = None,
    ignore_case: bool = False,
) -> list[Usd.Prim]:
    """Return the prims that ``rep.get.prims`` would select, here by case."""
    if isinstance(stage, str):
        path_pattern = stage if path_pattern is None else path_pattern
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


def _of_types(kind: str, types: Sequence[str]) -> Callable[..., list[Usd.Prim]]:
    def select(
        stage: Where = None,
        path_pattern: str | None = None,
        path_pattern_exclusion: str | None = None,
        semantics: SemanticsLike | None = None,
        semantics_exclusion: SemanticsLike | None = None,
        path_match: str | None = None,
        ignore_case: bool = False,
    ) -> list[Usd.Prim]:
        return get_prims(
            stage,
            path_pattern,
            path_match,
            path_pattern_exclusion,
            types,
            semantics=semantics,
            semantics_exclusion=semantics_exclusion,
            ignore_case=ignore_case,
        )

    select.__name__, select.__doc__ = kind, f"Return the prims of type {', '.join(types)}."
    return select


_TYPES: Mapping[str, Sequence[str]] = {
    "camera": ("Camera",),
    "curve": ("Curve",),
    "geomsubset": ("GeomSubset",),
    "graph": ("Graph",),
    "light": ("CylinderLight", "DiskLight", "DistantLight", "DomeLight", "RectLight", "SphereLight"),
    "listener": ("Listener",),
    "material": ("Material",),
    "mesh": ("Mesh",),
    "physics": ("Physics",),
    "renderproduct": ("RenderProduct",),
    "rendervar": ("RenderVar",),
    "scope": ("Scope",),
    "shader": ("Shader",),
    "shape": ("Capsule", "Cone", "Cube", "Cylinder", "Plane", "Sphere"),
    "skelanimation": ("SkelAnimation",),
    "skeleton": ("Skeleton",),
    "sound": ("Sound",),
    "xform": ("Xform",),
}
GETTERS: Mapping[str, Callable[..., list[Usd.Prim]]] = {
    "prims": get_prims,
    "prim_at_paths": prim_at_paths,
    **{kind: _of_types(kind, types) for kind, types in _TYPES.items()},
}


def get_world_transform(prim: PrimLike) -> Gf.Transform:
    """Return where a prim stands in the world: its ``GetMatrix()`` has row vectors, as ``Gf`` has them."""
    return Gf.Transform(UsdGeom.Xformable(prims_of(prim)[0]).ComputeLocalToWorldTransform(_now()))


def get_local_transform(prim: PrimLike) -> Gf.Transform:
    """Return where a prim stands in its parent's space."""
    return Gf.Transform(UsdGeom.Xformable(prims_of(prim)[0]).GetLocalTransformation(_now()))


def _now() -> Usd.TimeCode:
    engine = current()
    stage = engine.recorder.stage
    return Usd.TimeCode(engine.timeline.time * stage.GetTimeCodesPerSecond())
