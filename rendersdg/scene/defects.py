"""``rep.defects``: surface defects, an extension of this engine's. One recording function a kind, made from its
parameters.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rendersdg.defects import DEFECTS
from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims
from rendersdg.scene.recorder import current, pairs
from rendersdg.scene.types import (
    FixedBoolean,
    FixedText,
    Integer,
    Items,
    Number,
    Pairs,
    Text,
    Vector,
    made_from_fields,
)
from rendersdg.stage.defects import FEATURES, WHERE, make

LABELS = ("cluster", "part", "none")
MASKS = ("visible", "whole")
COMMON: dict[str, tuple[Any, Any]] = {  # what every kind takes beside its own parameters
    "input_prims": (Items, None),
    "count": (Integer, 1),
    "semantics": (Pairs, None),
    "where": (Text, "surface"),
    "position": (Vector, None),
    "direction": (Vector, None),
    "angle": (Number, None),
    "apart": (Number, None),
    "cluster": (Number, None),
    "edge_distance": (Number, None),
    "feature": (FixedText, None),
    "in_view": (FixedBoolean, False),
    "labels": (FixedText, "cluster"),
    "mask": (FixedText, None),
    "margin": (Integer, 0),
    "displace": (FixedBoolean, False),
    "name": (FixedText, None),
}
_PLACING = """
    ``count`` defects go onto ``input_prims`` (or the open ``with`` block), uniform by area; ``where`` edges, curved
    or flat prefers those places, ``position`` (stage units) takes the nearest point. They run along ``direction``
    (world) turned by ``angle`` degrees about the normal, any way when neither is given. Those of one call keep
    ``apart`` mm from each other and stay within ``cluster`` mm of the first; ``edge_distance`` mm is for where:
    edges; ``feature`` track keeps to the tracks of a ``surfaces.board`` (along them, as wide as they are), clear
    between them; ``in_view`` keeps to what the first camera sees. ``labels`` cluster gives one instance a defect,
    part one each part, none none; ``mask`` visible labels the pixels where light changes, whole all of it (the
    default of dents and bumps); boxes keep ``margin`` pixels around. ``displace`` moves the surface by the defect's
    height, where a tilted normal is not enough: for what is deep, shows at an outline or throws a shadow; it costs
    time.
"""


def _record(kind: str, given: dict[str, Any]) -> Prims:
    recorder = current()
    given["mask"] = given["mask"] or getattr(DEFECTS[kind], "MASK", "visible")
    for name, known in (("labels", LABELS), ("mask", MASKS), ("where", WHERE), ("feature", (None, *FEATURES))):
        value = given[name]
        if not isinstance(value, Distribution) and value not in known:
            raise BadArgument(f"{name}={value!r} is not one of {', '.join(k for k in known if k)}")
    own = [f.name for f in fields(DEFECTS[kind])]
    make(kind, {k: given[k] for k in own if given[k] is not None and not isinstance(given[k], Distribution)})
    hosts = recorder.targets(given["input_prims"])
    label = given["name"] or "".join(p.capitalize() for p in kind.split("_"))
    inputs = {k: given[k] for k in (*own, *COMMON) if k not in ("input_prims", "name", "semantics")}
    inputs |= {"kind": kind, "semantics": pairs(given["semantics"]) or (("class", kind),)}
    node = recorder.node("defects.create", inputs, hosts, spawns="count")
    node.spawn_path = recorder.free_spawn_path(label)
    return Prims(label, node=node)


def missing_part(
    input_prims: Items = None,
    count: Integer = 1,
    semantics: Pairs = None,
    mask: FixedText = "whole",
    margin: Integer = 0,
    name: FixedText = "MissingPart",
) -> Prims:
    """Leave ``count`` of ``input_prims`` (or of the open ``with`` block's) out, drawn anew at each execution.

    The label is where each would be seen if it stood there and everything else were as it is: ``mask`` whole all of
    that, visible the pixels whose colour differs. A part hidden behind others carries none. Boxes keep ``margin``
    pixels around.
    """
    recorder = current()
    if mask not in MASKS:
        raise BadArgument(f"mask={mask!r} is not one of {', '.join(MASKS)}")
    inputs = {"count": count, "mask": mask, "margin": margin}
    inputs["semantics"] = pairs(semantics) or (("class", "missing_part"),)
    node = recorder.node("defects.remove", inputs, recorder.targets(input_prims), spawns="count")
    node.spawn_path = recorder.free_spawn_path(name)
    return Prims(name, node=node)


def __getattr__(name: str) -> Any:
    if name not in DEFECTS:
        raise AttributeError(name)
    return made_from_fields(name, DEFECTS[name], COMMON, _PLACING, lambda given: _record(name, given))
