"""References and payloads that a script adds by USD's own calls: library assets are found,
or stood in for, like others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from pxr import Sdf, Usd

from rendersdg.assets.arguments import reading_of
from rendersdg.replicator.engine import current

Arc: TypeAlias = Sdf.Reference | Sdf.Payload
Arcs: TypeAlias = Usd.References | Usd.Payloads
Added = Callable[..., bool]  # one of USD's calls that add arcs to a prim


def _located(asset: str) -> str:
    """Return the layer for an asset path: itself where it can be opened as it is."""
    is_usd = asset.lower().endswith((".usd", ".usda", ".usdc", ".usdz"))
    if not asset or asset.startswith("anon:") or (is_usd and Path(asset).is_absolute() and Path(asset).is_file()):
        return asset
    recorder = current().recorder
    layer = recorder.layers.layer(asset)
    scale, is_turned = recorder.fit(asset)
    is_turned &= reading_of(asset).up_axis is not None
    if scale == 1.0 and not is_turned:
        return layer.identifier
    return recorder.layers.scaled(asset, scale, is_turned=is_turned).identifier


def _resolved(one: Arc | str, rest: tuple[object, ...]) -> tuple[Arc | str, tuple[object, ...]]:
    """Return the arguments of an added reference with its asset found; a stand-in has but its default prim to offer."""
    if isinstance(one, (Sdf.Reference, Sdf.Payload)):
        layer = _located(one.assetPath)
        if layer != one.assetPath:
            prim = Sdf.Path() if layer.startswith("anon:") else one.primPath
            one = type(one)(layer, prim, one.layerOffset)
        return one, rest
    layer = _located(str(one))
    if layer != str(one) and layer.startswith("anon:"):
        rest = tuple(v for v in rest if not isinstance(v, (str, Sdf.Path)))
    return layer, rest


@contextmanager
def found_assets() -> Iterator[None]:
    """Let ``AddReference``, ``SetReferences``, ``AddPayload`` and ``SetPayloads``
    on the script's stage find their assets.
    """
    own: list[tuple[type[Arcs], str, Added]] = []

    def is_here(arcs: Arcs) -> bool:
        return bool(arcs.GetPrim().GetStage() == current().recorder.stage)

    def add(call: Added) -> Added:
        def added(arcs: Arcs, one: object = None, *rest: object, **named: object) -> bool:
            asset = named.pop("assetPath", one)
            if is_here(arcs) and isinstance(asset, (str, Sdf.Reference, Sdf.Payload, Sdf.AssetPath)):
                arc_or_path = asset.path if isinstance(asset, Sdf.AssetPath) else asset
                prim_path = [named.pop("primPath")] if "primPath" in named else []
                asset, rest = _resolved(arc_or_path, (*rest, *prim_path))
            return call(arcs, asset, *rest, **named) if asset is not None else call(arcs, *rest, **named)

        return added

    def replace(call: Added) -> Added:
        def replaced(arcs: Arcs, several: Sequence[Arc]) -> bool:
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
