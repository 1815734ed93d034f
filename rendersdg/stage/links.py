"""Light linking: UsdLux's collections ``lightLink`` and ``shadowLink``, by which lights shine on some prims alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pxr import Sdf, Usd

from rendersdg.errors import Report
from rendersdg.snapshot import Light

_NOT_LINKED = "this backend does not honour its linking: it shines on everything, and everything throws its shadow"
_DOME_NOT_LINKED = "the linking of a dome is not honoured: it shines on everything"


def linked(
    stage: Usd.Stage, lights: Iterable[Light], paths: Iterable[str], report: Report, *, is_honoured: bool
) -> list[Light]:
    """Return the lights with what of the instances at ``paths`` each passes by; what no backend, or not this one,
    honours is reported by the light's path.
    """
    paths = list(dict.fromkeys(paths))
    found = []
    for light in lights:
        prim = stage.GetPrimAtPath(light.prim_path)
        collections = [collection for name in ("lightLink", "shadowLink") if (collection := _stated(prim, name))]
        if collections and (light.kind == "dome" or not is_honoured):
            report.ignored(light.prim_path, _DOME_NOT_LINKED if light.kind == "dome" else _NOT_LINKED)
        elif collections:
            left_out = {c.GetName(): _left_out(c, paths) for c in collections}
            light = replace(
                light,
                passes_by=left_out.get("lightLink", frozenset()),
                passes_through=left_out.get("shadowLink", frozenset()),
            )
        found.append(light)
    return found


def _stated(prim: Usd.Prim, name: str) -> Usd.CollectionAPI | None:
    """Return a collection of a light's, None where it says what it is without: that everything is in it."""
    collection = Usd.CollectionAPI(prim, name)
    targets = [r for r in (collection.GetIncludesRel(), collection.GetExcludesRel()) if r and r.GetTargets()]
    root, rule = collection.GetIncludeRootAttr().Get(), collection.GetExpansionRuleAttr().Get()
    is_whole = root is not False and rule != Usd.Tokens.explicitOnly
    return None if is_whole and not targets else collection


def _left_out(collection: Usd.CollectionAPI, paths: list[str]) -> frozenset[str]:
    """Return the paths that a collection does not have."""
    query = collection.ComputeMembershipQuery()
    return frozenset(path for path in paths if not query.IsPathIncluded(Sdf.Path(_prim_part(path))))


def _prim_part(path: str) -> str:
    """Return a path as far as USD can write it: what an instancer scatters has none of its own."""
    while path and not Sdf.Path.IsValidPathString(path):
        path = path.rpartition("/")[0]
    return path or "/"
