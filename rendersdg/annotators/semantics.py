"""Semantic filter predicates, and the labels that a filter leaves of an entity."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rendersdg.errors import BadArgument
from rendersdg.snapshot import Entity, Semantics

_TOKEN = re.compile(r"^(\*|[A-Za-z0-9_.\- ]+)$")


@dataclass(frozen=True)
class _Term:
    """``["!"] type ":" labels``: alternatives (OR) of conjunctions of (negated, label)."""

    negated: bool
    kind: str
    alternatives: tuple[tuple[tuple[bool, str], ...], ...]

    def holds(self, by_type: dict[str, set[str]]) -> bool:
        kinds = list(by_type) if self.kind == "*" else [self.kind]
        labels = set().union(*(by_type.get(k, set()) for k in kinds)) if kinds else set()
        holds = any(all(_label_holds(negated, label, labels) for negated, label in both) for both in self.alternatives)
        return holds != self.negated


def _label_holds(negated: bool, label: str, labels: set[str]) -> bool:
    return (bool(labels) if label == "*" else label in labels) != negated


@dataclass(frozen=True)
class SemanticFilter:
    """A parsed predicate; ``;`` is OR, ``,`` is AND over types, ``|`` and ``&`` join labels (``&`` binds tighter)."""

    conjunctions: tuple[tuple[_Term, ...], ...]

    def accepts(self, semantics: Semantics) -> bool:
        """Return whether a prim with these labels is kept."""
        by_type: dict[str, set[str]] = {}
        for kind, label in semantics:
            by_type.setdefault(kind, set()).add(label)
        return bool(by_type) and any(all(term.holds(by_type) for term in terms) for terms in self.conjunctions)

    def labels(self, semantics: Semantics) -> dict[str, str]:
        """Return {type: label} of the types that the predicate names; several labels of a type join with a comma."""
        kinds = {term.kind for terms in self.conjunctions for term in terms if not term.negated}
        chosen: dict[str, list[str]] = {}
        for kind, label in semantics:
            if kind in kinds or "*" in kinds:
                chosen.setdefault(kind, []).append(label)
        if not chosen:
            for kind, label in semantics:
                chosen.setdefault(kind, []).append(label)
        return {kind: ",".join(labels) for kind, labels in chosen.items()}


@lru_cache(maxsize=256)
def parse_filter(predicate: str) -> SemanticFilter:
    """Return the parsed predicate. Raises BadArgument naming the part that does not parse.

    >>> parse_filter("class:car|truck").accepts((("class", "car"),))
    True
    """
    conjunctions = []
    for conjunction in predicate.split(";"):
        if not conjunction.strip():
            continue
        terms = []
        for text in conjunction.split(","):
            kind, colon, labels = text.strip().partition(":")
            negated = kind.startswith("!")
            kind = kind.lstrip("!").strip()
            if not colon or not _TOKEN.match(kind):
                raise BadArgument(f"semantic filter {predicate!r}: {text!r} is not 'type:label'; try 'class:*'")
            alternatives = []
            for alternative in labels.split("|"):
                both = []
                for label in alternative.split("&"):
                    name = label.strip()
                    is_not = name.startswith("!")
                    name = name.lstrip("!").strip()
                    if not _TOKEN.match(name):
                        raise BadArgument(f"semantic filter {predicate!r}: {label!r} is not a label")
                    both.append((is_not, name))
                alternatives.append(tuple(both))
            terms.append(_Term(negated, kind, tuple(alternatives)))
        conjunctions.append(tuple(terms))
    if not conjunctions:
        raise BadArgument(f"semantic filter {predicate!r} is empty; try 'class:*'")
    return SemanticFilter(tuple(conjunctions))


FILTER_SETTING = "/rendersdg/semantic_filter"


def filter_of(params: dict[str, Any], settings: Mapping[str, Any]) -> SemanticFilter:
    """Return the filter that annotator parameters ask for: ``semanticFilter``, ``semanticTypes``,
    the scene's, or class.
    """
    predicate = params.get("semanticFilter") or params.get("semantic_filter_predicate")
    types: Sequence[str] | None = params.get("semanticTypes") or params.get("semantic_types")
    if predicate and types:
        raise BadArgument("give semantic_types or semantic_filter_predicate, not both")
    if predicate:
        return parse_filter(str(predicate))
    if types:
        return parse_filter(";".join(f"{t}:*" for t in types))
    return parse_filter(str(settings.get(FILTER_SETTING) or "class:*"))


def labels_of(entities: Sequence[Entity], chosen: SemanticFilter) -> list[dict[str, str] | None]:
    """Return for each entity its {type: label}, or None where the filter drops it or it has none."""
    return [chosen.labels(e.semantics) if chosen.accepts(e.semantics) else None for e in entities]
