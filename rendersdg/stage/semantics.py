"""Semantic labels on prims, in both encodings that Omniverse has used."""

from __future__ import annotations

import re

from pxr import Sdf, Usd

from rendersdg.documents import shown
from rendersdg.errors import BadArgument
from rendersdg.snapshot import Semantics
from rendersdg.stage.reads import Reads, names

_OLD = re.compile(r"^semantic:(?P<name>.+):params:semanticType$")
_NEW = "semantics:labels:"


def read_semantics(prim: Usd.Prim) -> Semantics:
    """Return the (type, label) pairs of ``prim``: UsdSemantics labels, then the older ``params:semanticType`` form."""
    pairs: list[tuple[str, str]] = []
    for prop in prim.GetAuthoredPropertyNames():
        if prop.startswith(_NEW):
            pairs += [(prop[len(_NEW) :], str(label)) for label in prim.GetAttribute(prop).Get() or []]
        elif match := _OLD.match(prop):
            kind = prim.GetAttribute(prop).Get()
            data = prim.GetAttribute(f"semantic:{match['name']}:params:semanticData").Get()
            if kind and data:
                pairs.append((str(kind), str(data)))
    return tuple(dict.fromkeys(pairs))


def write_semantics(prim: Usd.Prim, semantics: Semantics) -> None:
    """Author ``semantics`` as UsdSemantics labels: one token array per type."""
    by_type: dict[str, list[str]] = {}
    for kind, label in semantics:
        by_type.setdefault(kind, []).append(label)
    for kind, labels in by_type.items():
        if not Sdf.Path.IsValidNamespacedIdentifier(kind):
            raise BadArgument(
                f"semantics: the type {shown(kind)} is not a name; use letters, digits and _, a letter first"
            )
        prim.AddAppliedSchema(f"SemanticsLabelsAPI:{kind}")
        prim.CreateAttribute(_NEW + kind, Sdf.ValueTypeNames.TokenArray).Set(labels)


def clear_semantics(prim: Usd.Prim, kind: str | None = None) -> None:
    """Remove the labels of a prim, in both encodings; with ``kind`` only those of that type."""
    for name in prim.GetAuthoredPropertyNames():
        if name.startswith(_NEW) and kind in (None, name[len(_NEW) :]):
            prim.RemoveProperty(name)
            prim.RemoveAppliedSchema(f"SemanticsLabelsAPI:{name[len(_NEW) :]}")
        elif (match := _OLD.match(name)) and kind in (None, prim.GetAttribute(name).Get()):
            prim.RemoveProperty(name)
            prim.RemoveProperty(f"semantic:{match['name']}:params:semanticData")
            prim.RemoveAppliedSchema(f"SemanticsAPI:{match['name']}")


def merged(old: Semantics, new: Semantics, mode: str) -> Semantics:
    """Return ``old`` changed by ``new``: ``add`` keeps all,
    ``replace`` drops old labels of the new types, ``clear`` all.
    """
    if mode == "clear":
        old = ()
    elif mode == "replace":
        kinds = {kind for kind, _ in new}
        old = tuple(pair for pair in old if pair[0] not in kinds)
    return tuple(dict.fromkeys([*old, *new]))


READS = (Reads("*", read=names("semantics:labels:* semantic:*:params:semanticType semantic:*:params:semanticData")),)
