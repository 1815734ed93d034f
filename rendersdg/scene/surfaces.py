"""``rep.surfaces``: procedural surfaces, an extension of this engine's. One recording function a kind."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rendersdg.assets.surfaces import SURFACES, make_surface
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Node
from rendersdg.scene.recorder import current
from rendersdg.scene.types import FixedText, Items, made_from_fields

COMMON: dict[str, tuple[Any, Any]] = {"input_prims": (Items, None), "name": (FixedText, None)}
_APPLYING = """
    It goes onto ``input_prims`` (or the open ``with`` block), laid in millimetres along the axes that each face looks
    along least, so it needs no texture coordinates; each execution draws a new one.
"""


def _record(kind: str, given: dict[str, Any]) -> Node:
    recorder = current()
    own = {f.name: given[f.name] for f in fields(SURFACES[kind]) if given[f.name] is not None}
    make_surface(kind, {k: v for k, v in own.items() if not isinstance(v, Distribution)})
    return recorder.node("surfaces.create", {**own, "kind": kind}, recorder.targets(given["input_prims"]))


def __getattr__(name: str) -> Any:
    if name not in SURFACES:
        raise AttributeError(name)
    return made_from_fields(name, SURFACES[name], COMMON, _APPLYING, lambda given: _record(name, given))
