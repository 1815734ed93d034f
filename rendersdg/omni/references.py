"""References and payloads that a script adds by USD's own calls: library assets are found, or stood in for, like
others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pxr import Sdf, Usd

from rendersdg.replicator.engine import current


def _found(asset: str) -> str:
    """Return the layer for an asset path: itself where it can be opened as it is."""
    if not asset or asset.startswith("anon:") or (Path(asset).is_absolute() and Path(asset).is_file()):
        return asset
    recorder = current().recorder
    layer = recorder.layers.layer(asset)
    scale, _ = recorder.fit(asset)
    return layer.identifier if scale == 1.0 else recorder.layers.scaled(asset, scale).identifier


def _resolved(one: Any, rest: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Return the arguments of an added reference with its asset found; a stand-in has but its default prim to offer."""
    if isinstance(one, (Sdf.Reference, Sdf.Payload)):
        layer = _found(one.assetPath)
        if layer != one.assetPath:
            prim = Sdf.Path() if layer.startswith("anon:") else one.primPath
            one = type(one)(layer, prim, one.layerOffset)
        return one, rest
    layer = _found(str(one))
    if layer != str(one) and layer.startswith("anon:"):
        rest = tuple(v for v in rest if not isinstance(v, (str, Sdf.Path)))
    return layer, rest


@contextmanager
def found_assets() -> Iterator[None]:
    """Let ``AddReference``, ``SetReferences``, ``AddPayload`` and ``SetPayloads`` on the script's stage find their
    assets.
    """
    own: list[tuple[Any, str, Callable[..., Any]]] = []

    def is_here(arcs: Any) -> bool:
        return bool(arcs.GetPrim().GetStage() == current().recorder.stage)

    def add(call: Callable[..., Any]) -> Callable[..., Any]:
        def added(arcs: Any, one: Any = None, *rest: Any, **named: Any) -> Any:
            given = named.pop("assetPath", one)
            if is_here(arcs) and isinstance(given, (str, Sdf.Reference, Sdf.Payload, Sdf.AssetPath)):
                text = given.path if isinstance(given, Sdf.AssetPath) else given
                given, rest = _resolved(text, (*rest, *([named.pop("primPath")] if "primPath" in named else [])))
            return call(arcs, given, *rest, **named) if given is not None else call(arcs, *rest, **named)

        return added

    def replace(call: Callable[..., Any]) -> Callable[..., Any]:
        def replaced(arcs: Any, several: Any) -> Any:
            return call(arcs, [_resolved(one, ())[0] for one in several] if is_here(arcs) else several)

        return replaced

    for kind, name, wrap in (
        (Usd.References, "AddReference", add),
        (Usd.References, "SetReferences", replace),
        (Usd.Payloads, "AddPayload", add),
        (Usd.Payloads, "SetPayloads", replace),
    ):
        own.append((kind, name, getattr(kind, name)))
        setattr(kind, name, wrap(getattr(kind, name)))
    try:
        yield
    finally:
        for kind, name, call in own:
            setattr(kind, name, call)
