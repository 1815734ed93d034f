"""Semantic filter predicates, and the labels that a filter leaves of an entity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rendersdg.errors import BadArgument
from rendersdg.snapshot import Entity, Semantics, Snapshot

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

    def shows(self, kind: str, label: str) -> bool:
        """Return whether a label is one that this term asks for: named by it, or met by a ``*``, and not excluded."""
        if self.negated or self.kind not in ("*", kind):
            return False
        for both in self.alternatives:
            asked = [name for negated, name in both if not negated]
            excluded = [name for negated, name in both if negated]
            if label not in excluded and (not asked or label in asked or "*" in asked):
                return True
        return False


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
        """Return {type: label} of the labels that the predicate asks for, all where it only excludes.

        Several of a type join with a comma.
        """
        terms = [term for terms in self.conjunctions for term in terms]
        asked = [(k, v) for k, v in semantics if any(term.shows(k, v) for term in terms)]
        return joined(asked or semantics)


def joined(semantics: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return {type: label}: several labels of a type are joined by commas, each once.

    >>> joined([("class", "car"), ("class", "wheel"), ("class", "car")])
    {'class': 'car,wheel'}
    """
    by_type: dict[str, dict[str, None]] = {}
    for kind, label in semantics:
        by_type.setdefault(kind, {})[label] = None
    return {kind: ",".join(labels) for kind, labels in by_type.items()}


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


def filter_of(params: Mapping[str, Any], settings: Mapping[str, Any]) -> SemanticFilter:
    """Return the filter that annotator parameters ask for: ``semanticFilter``, ``semanticTypes``, the scene's, the
    ``default_filter`` that writers pass, or every label.
    """
    predicate = params.get("semanticFilter") or params.get("semantic_filter_predicate")
    types: Sequence[str] | None = params.get("semanticTypes") or params.get("semantic_types")
    if predicate and types:
        raise BadArgument("give semantic_types or semantic_filter_predicate, not both")
    if predicate:
        return parse_filter(str(predicate))
    if types:
        return parse_filter(";".join(f"{t}:*" for t in types))
    return parse_filter(str(settings.get(FILTER_SETTING) or params.get("default_filter") or "*:*"))


def labels_in(snapshot: Snapshot, chosen: SemanticFilter) -> list[dict[str, str] | None]:
    """Return :func:`labels_of` the entities of a snapshot: found once, so only to be read."""
    key = (labels_in, chosen)
    if key not in snapshot.kept:
        snapshot.kept[key] = labels_of(snapshot.entities, chosen)
    return list(snapshot.kept[key])


def labels_of(entities: Sequence[Entity], chosen: SemanticFilter) -> list[dict[str, str] | None]:
    """Return for each entity its own {type: label}, or None where the filter drops it or it has none."""
    known: dict[Semantics, dict[str, str] | None] = {}  # most entities have the labels of others
    found = []
    for entity in entities:
        semantics = entity.semantics
        if semantics not in known:
            known[semantics] = chosen.labels(semantics) if chosen.accepts(semantics) else None
        labels = known[semantics]
        found.append(None if labels is None else dict(labels))
    return found


def numbers_of(labels: Sequence[dict[str, str]]) -> tuple[list[int], list[dict[str, str]]]:
    """Return a number for each {type: label}, equal ones the same, counted from 0 as they are met; and those that
    there are, sorted by type.

    >>> numbers_of([{"b": "x", "a": "y"}, {"a": "z"}, {"a": "y", "b": "x"}])
    ([0, 1, 0], [{'a': 'y', 'b': 'x'}, {'a': 'z'}])
    """
    known: dict[tuple[tuple[str, str], ...], int] = {}  # in any order of types: most have those of others
    ids: dict[tuple[tuple[str, str], ...], int] = {}
    numbers = []
    for one in labels:
        pairs = tuple(one.items())
        number = known.get(pairs)
        if number is None:
            number = known[pairs] = ids.setdefault(tuple(sorted(pairs)), len(ids))
        numbers.append(number)
    return numbers, [dict(pairs) for pairs in ids]


def inherited_labels(entities: Sequence[Entity], own: Sequence[dict[str, str] | None]) -> list[dict[str, str] | None]:
    """Return for each entity of ``own`` labels those of the prims above it as well, theirs first; None where it has
    none of its own. This is how segmentation names things; boxes do not.
    """
    pairs: list[tuple[tuple[str, str], ...]] = []
    split: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {(): ()}  # most have the labels of others
    known: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for entity, labels in zip(entities, own):
        told = tuple(labels.items()) if labels else ()
        if told not in split:
            split[told] = tuple((kind, one) for kind, text in told for one in text.split(","))
        pairs.append(split[told] if entity.parent < 0 else (*pairs[entity.parent], *split[told]))
    for every in set(pairs):
        known[every] = joined(every)
    return [None if labels is None else dict(known[every]) for labels, every in zip(own, pairs)]


def owners(entities: Sequence[Entity], own: Sequence[dict[str, str] | None]) -> list[int]:
    """Return who owns each entity's pixels: itself, or the nearest labelled prim above that the filter keeps, or -1."""
    owner: list[int] = []
    for number, (entity, labels) in enumerate(zip(entities, own)):
        above = owner[entity.parent] if entity.parent >= 0 else -1
        owner.append(number if labels is not None else above)
    return owner
