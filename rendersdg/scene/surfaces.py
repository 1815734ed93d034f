"""``rep.surfaces``: procedural surfaces, an extension of this engine's. One recording function a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rendersdg.assets.surfaces import SURFACES, make_surface
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Node
from rendersdg.scene.recorder import current
from rendersdg.scene.signatures import made_from_fields
from rendersdg.scene.types import FixedText, Items


@dataclass(frozen=True, kw_only=True)
class Common:
    """What every kind takes beside its own parameters: the prims that it goes onto, and a name."""

    input_prims: Items = None
    name: FixedText | None = None


_APPLYING = """
    It goes onto ``input_prims`` (or the open ``with`` block), laid in millimetres along the axes that each face looks
    along least, so it needs no texture coordinates; each execution draws a new one.
"""


def _record(kind: str, own: dict[str, object], common: Common) -> Node:
    recorder = current()
    make_surface(kind, {k: v for k, v in own.items() if not isinstance(v, Distribution)})  # checks them
    return recorder.node("surfaces.create", {**own, "kind": kind}, recorder.targets(common.input_prims))


def __getattr__(name: str) -> Callable[..., Node]:
    if name not in SURFACES:
        raise AttributeError(name)
    return made_from_fields(name, SURFACES[name], Common, _APPLYING, lambda own, common: _record(name, own, common))
