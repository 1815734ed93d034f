"""``rep.defects``: surface defects, an extension of this engine's. One recording function a kind,
made from its parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Annotated

from rendersdg.defects import DEFECTS
from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims
from rendersdg.scene.recorder import current, pairs
from rendersdg.scene.signatures import made_from_fields
from rendersdg.scene.types import (
    FixedBoolean,
    FixedText,
    Integer,
    Items,
    Number,
    OneOf,
    Pairs,
    TextLike,
    Vector,
)
from rendersdg.stage.defects import FEATURES, WHERE, make

LABELS = ("cluster", "part", "none")
MASKS = ("visible", "whole")
Where = Annotated[TextLike, "string", OneOf(WHERE)]
Feature = Annotated[str, "fixed string", OneOf(FEATURES)]
LabelsOf = Annotated[str, "fixed string", OneOf(LABELS)]
Mask = Annotated[str, "fixed string", OneOf(MASKS)]


@dataclass(frozen=True, kw_only=True)
class Common:
    """What every kind takes beside its own parameters; see ``_PLACING``."""

    input_prims: Items = None
    count: Integer = 1
    semantics: Pairs = None
    where: Where = "surface"
    position: Vector = None
    direction: Vector = None
    angle: Number = None
    apart: Number = None
    cluster: Number = None
    edge_distance: Number = None
    feature: Feature | None = None
    in_view: FixedBoolean = False
    labels: LabelsOf = "cluster"
    mask: Mask | None = None
    margin: Integer = 0
    displace: FixedBoolean = False
    name: FixedText | None = None


_PLACING = """
    ``count`` defects go onto ``input_prims`` (or the open ``with`` block), uniform by area; ``where`` edges,
    curved or flat prefers those places, ``position`` (stage units) takes the nearest point. They run along
    ``direction`` (world) turned by ``angle`` degrees about the normal, any way when neither is given. Those of
    one call keep ``apart`` mm from each other and stay within ``cluster`` mm of the first; ``edge_distance`` mm
    is for where: edges; ``feature`` track keeps to the tracks of a ``surfaces.board`` (along them, as wide as
    they are, a short as long as it is to the next one), clear between them; ``in_view`` keeps to what the first
    camera sees. ``labels`` cluster gives one instance a defect, part one each part, none none; ``mask`` visible
    labels the pixels where light changes, whole all of it (the default of dents and bumps); boxes keep ``margin``
    pixels around. ``displace`` moves the surface by the defect's height, where a tilted normal is not enough: for
    what is deep, shows at an outline or throws a shadow; it costs time.
"""


def _record(kind: str, own: dict[str, object], common: Common) -> Prims:
    recorder = current()
    common = replace(common, mask=common.mask or getattr(DEFECTS[kind], "MASK", "visible"))
    for name, value, known in (
        ("labels", common.labels, LABELS),
        ("mask", common.mask, MASKS),
        ("where", common.where, WHERE),
        ("feature", common.feature, (None, *FEATURES)),
    ):
        if not isinstance(value, Distribution) and value not in known:
            raise BadArgument(f"{name}={value!r} is not one of {', '.join(k for k in known if k)}")
    make(kind, {name: value for name, value in own.items() if not isinstance(value, Distribution)})  # checks them
    hosts = recorder.targets(common.input_prims)
    label = common.name or "".join(part.capitalize() for part in kind.split("_"))
    inputs: dict[str, object] = {entry.name: own.get(entry.name) for entry in fields(DEFECTS[kind])}
    inputs |= {k: v for k, v in vars(common).items() if k not in ("input_prims", "name", "semantics")}
    inputs |= {"kind": kind, "semantics": pairs(common.semantics) or (("class", kind),)}
    node = recorder.node("defects.create", inputs, hosts, spawns="count")
    node.spawn_path = recorder.free_spawn_path(label)
    return Prims(label, node=node)


def missing_part(
    input_prims: Items = None,
    count: Integer = 1,
    semantics: Pairs = None,
    mask: Mask = "whole",
    margin: Integer = 0,
    name: FixedText = "MissingPart",
) -> Prims:
    """Leave ``count`` of ``input_prims`` (or of the open ``with`` block's) out, drawn anew at each execution.

    The label is where each would be seen if it stood there and everything else were as it is: ``mask`` whole all of
    that, visible the pixels whose colour differs. A part hidden behind others carries none.
    Boxes keep ``margin`` pixels around.
    """
    recorder = current()
    if mask not in MASKS:
        raise BadArgument(f"mask={mask!r} is not one of {', '.join(MASKS)}")
    labels = pairs(semantics) or (("class", "missing_part"),)
    inputs = {"count": count, "mask": mask, "margin": margin, "semantics": labels}
    node = recorder.node("defects.remove", inputs, recorder.targets(input_prims), spawns="count")
    node.spawn_path = recorder.free_spawn_path(name)
    return Prims(name, node=node)


def __getattr__(name: str) -> Callable[..., Prims]:
    if name not in DEFECTS:
        raise AttributeError(name)
    return made_from_fields(name, DEFECTS[name], Common, _PLACING, lambda own, common: _record(name, own, common))
