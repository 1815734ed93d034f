"""The classes and the keypoints that a scene can show, found without rendering: so that each has one number in every
frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from pxr import Usd

from rendersdg.annotators.semantics import filter_of
from rendersdg.assets.resolver import own_label
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Node
from rendersdg.orchestrator.labelling import Labelling
from rendersdg.orchestrator.session import Session
from rendersdg.snapshot import Semantics
from rendersdg.stage.semantics import read_semantics
from writers.records import label_of

_MOST = 10_000  # sets of labels of one operation that are listed


def classes_of(session: Session, labelling: Labelling) -> tuple[str, ...]:
    """Return the classes that a scene's labels can have: those of a writer's list in its order, else in order of name.

    Several labels of one object are joined by commas, as writers do. Labels that are drawn from what cannot be listed
    are not among them.
    """
    if labelling.classes is not None:
        return labelling.classes
    chosen = filter_of(labelling.choice, session.recorder.graph.settings)
    found: set[str] = set()
    for semantics in {*_authored(session.recorder.stage), *_recorded(session.recorder.graph.nodes)}:
        if chosen.accepts(semantics):
            found.add(label_of(chosen.labels(semantics)))
    return tuple(sorted(found))


def keypoints_of(session: Session) -> tuple[str, ...]:
    """Return the names of the points that a scene names on prims: those of its files in the stage's order, then those
    of its operations.
    """
    nodes = [node for node in session.recorder.graph.nodes if node.op == "modify.keypoints"]
    authored = [name for marks in session.builder.named_points.marks().values() for name in marks.points]
    return tuple(dict.fromkeys([*authored, *(name for node in nodes for name, _ in node.inputs["points"])]))


def _authored(stage: Usd.Stage) -> Iterator[Semantics]:
    """Yield the labels of every prim on the stage, those inside instances too."""
    for prim in Usd.PrimRange(stage.GetPseudoRoot(), Usd.TraverseInstanceProxies(Usd.PrimAllPrimsPredicate)):
        if semantics := read_semantics(prim):
            yield semantics


def _recorded(nodes: list[Node]) -> Iterator[Semantics]:
    """Yield the labels that operations give to prims, each combination of those that are drawn."""
    for node in nodes:
        if node.inputs.get("labels") == "none":
            continue  # defects that are there to be overlooked
        pairs = node.inputs.get("semantics")
        if pairs:
            options = [[(str(kind), str(label)) for label in _outcomes(value)] for kind, value in pairs]
            for count, semantics in enumerate(product(*options)):
                if count == _MOST:
                    break
                yield semantics
        prototypes = node.inputs.get("prototypes")
        if isinstance(prototypes, Mapping):
            for path in prototypes:
                if semantics := own_label(str(path)):
                    yield semantics


def _outcomes(value: object) -> list[object]:
    """Return what a label can be; nothing where it is drawn from what cannot be listed."""
    return (value.candidates() or []) if isinstance(value, Distribution) else [value]
