"""Counterfactuals: one object of a frame rendered again with one thing changed at a time, and its score along each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from detectors.preprocess import Image
from rendersdg.api.frames import LabelledFrame, LabelledObject
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument, RenderSDGError, did_you_mean
from rendersdg.graph.parameters import Parameter
from rendersdg.steering.interventions import INTERVENTIONS, Intervention, is_defect
from rendersdg.steering.outcomes import Finder, matched, renumbered

_MOST_ENTRIES = 12  # of a list that are tried
_NOTHING = 0.005  # of score: what is not told apart in two digits


@dataclass(frozen=True, eq=False)
class Step:
    """One value that was tried.

    Attributes:
        value: a number or an entry; None for the frame as it is.
        score: of the best detection of the object's class that overlaps it by half, 0 for none; None where the object
            cannot be seen, or the frame cannot be made so.
        rgb: (H, W, 3) uint8, the picture.
        box: (4,) float64, where the object is in it; None where it cannot be seen.
        problem: why the frame could not be made so.
    """

    value: Any
    score: float | None
    rgb: Image | None
    box: F8 | None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """How the score of one object depends on one thing.

    Attributes:
        name: a parameter's label, or ``light``, ``size``, ``angle``, ``contrast``, ``background``.
        unit: of the values, in words.
        steps: in the order of the values.
        now: the value that the frame has; None where it has none.
        is_log: whether the values are apart by factors.
    """

    name: str
    unit: str
    steps: tuple[Step, ...]
    now: Any
    is_log: bool = False

    @property
    def scores(self) -> list[float]:
        """The scores of the steps in which the object can be seen."""
        return [s.score for s in self.steps if s.score is not None]

    @property
    def span(self) -> float:
        """How much the score depends on it: the largest less the smallest score."""
        return max(self.scores) - min(self.scores) if self.scores else 0.0

    def blind(self, confidence: float) -> list[Any]:
        """Return the values at which the object is seen by us and not found with a score."""
        return [s.value for s in self.steps if s.score is not None and s.score < confidence]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why an object was missed: its score as things change, the most telling first.

    Attributes:
        frame: the number of the frame.
        camera: the render product.
        label: the object's class.
        prim_path: its place on the stage.
        score: as the frame is.
        step: the frame as it is.
        counterfactuals: one for each thing that was changed.
    """

    frame: int
    camera: str
    label: str
    prim_path: str
    score: float
    step: Step
    counterfactuals: tuple[Counterfactual, ...]

    def table(self, confidence: float) -> str:
        """Return the explanation as text: for each thing how far the score goes, and where it is below a confidence."""
        width = max((len(c.name) for c in self.counterfactuals), default=10)
        rows = [f"{'changed':{width}}  {'lowest':>7} {'highest':>7} {'best at':>12}  not found at"]
        for one in self.counterfactuals:
            if not one.scores:
                rows.append(f"{one.name:{width}}  {'-':>7} {'-':>7} {'-':>12}  it cannot be seen at any value")
                continue
            if one.span < _NOTHING:
                where = "found at all" if one.scores[0] >= confidence else "not found at any"
                rows.append(
                    f"{one.name:{width}}  {one.scores[0]:7.2f} {one.scores[0]:7.2f} {'-':>12}  no change, {where}"
                )
                continue
            best = max((s for s in one.steps if s.score is not None), key=lambda s: s.score or 0.0)
            rows.append(
                f"{one.name:{width}}  {min(one.scores):7.2f} {max(one.scores):7.2f} {shown(best.value):>12}  "
                f"{', '.join(shown(v) for v in one.blind(confidence)) or 'nowhere'}"
            )
        return "\n".join(rows)


def explain(
    frame: LabelledFrame,
    finder: Finder,
    *,
    known: Sequence[Parameter],
    number: int | None = None,
    only: Sequence[str] = ("*",),
    steps: int = 7,
    on_step: Callable[[], None] = lambda: None,
) -> Explanation:
    """Return how the score of one object of a frame depends on what made it.

    Args:
        frame: through the camera that shows the object.
        finder: the detector.
        known: the parameters of the frame's scene.
        number: which of ``frame.objects``; None for the one with the lowest score.
        only: patterns of names: of parameters, and ``light``, ``size``, ``angle``, ``contrast``, ``background``.
        steps: values across a parameter's range.
        on_step: is called after each picture.

    Raises:
        BadArgument: nothing is labelled in the frame, there is no such object, or a pattern names nothing.

    Example::

        scene = rendersdg.load("steel_strip.yaml")
        model = detectors.runtime.load_model(Path("run"))
        print(explain(scene.frame(3), model, known=scene.parameters).table(0.3))
    """
    o = object_of(frame, finder, number)
    here = _step(None, frame, o.prim_path, finder)
    on_step()
    found = []
    for name, unit, now, is_log, tried in _trials(frame, o, known, only, steps):
        rows = []
        for value, make in tried:
            rows.append(replace(here, value=value) if value == now else _tried(value, make, o.prim_path, finder))
            on_step()
        found.append(Counterfactual(name, unit, tuple(rows), now, is_log))
    found.sort(key=lambda c: (-c.span, c.name))
    return Explanation(frame.number, frame._name, o.label, o.prim_path, here.score or 0.0, here, tuple(found))


def trial_count(
    frame: LabelledFrame, o: LabelledObject, known: Sequence[Parameter], only: Sequence[str], steps: int
) -> int:
    """Return how many pictures an explanation takes."""
    return 1 + sum(len(list(tried)) for *_, tried in _trials(frame, o, known, only, steps))


def object_of(frame: LabelledFrame, finder: Finder, number: int | None) -> LabelledObject:
    """Return the object that is explained. Raises BadArgument where there is none of that number, or none at all."""
    objects = frame.objects
    if not objects:
        raise BadArgument(f"frame {frame.number} shows nothing that is labelled; give another --frame or --camera")
    if number is None:
        return objects[int(np.argmin(_scores(frame, finder)))]
    if not 0 <= number < len(objects):
        listed = ", ".join(f"{k} ({o.label})" for k, o in enumerate(objects))
        raise BadArgument(f"frame {frame.number} has no object number {number}; it has {listed}")
    return objects[number]


def shown(value: Any) -> str:
    """Return a value in few characters."""
    if isinstance(value, float):
        return f"{value:.3g}"
    text = str(value)
    return text if len(text) <= 28 else "..." + text[-25:]


_Make = Callable[[], LabelledFrame]


def _trials(
    frame: LabelledFrame, o: LabelledObject, known: Sequence[Parameter], only: Sequence[str], steps: int
) -> Iterator[tuple[str, str, Any, bool, list[tuple[Any, _Make]]]]:
    """Yield what is changed: its name, its unit, the value now, whether values are apart by factors, and the values to
    try with what makes the frame.
    """
    values = frame.values_of(o)
    free = [p for p in known if p.name in values and p.input.rsplit("/", 1)[-1] != p.node.spawns]
    defect = is_defect(frame._capture.snapshot, o.prim_path)
    general = [i for i in INTERVENTIONS if not (i.of_object and defect)]
    _refuse_unknown(only, [p.label for p in free] + [p.name for p in free] + [i.name for i in general])
    for one in general:
        if any(fnmatchcase(one.name, pattern) for pattern in only):
            is_log = one.nothing == 1.0
            yield (
                one.name,
                one.unit,
                one.nothing,
                is_log,
                [(v, _changing(frame, one, o.prim_path, v)) for v in one.values],
            )
    for parameter in free:
        if any(fnmatchcase(text, pattern) for text in (parameter.name, parameter.label) for pattern in only):
            now = values[parameter.name]
            tried = _values(parameter, now, steps)
            is_log = parameter.scale == "log"
            yield parameter.label, _unit(parameter), now, is_log, [(v, _moving(frame, parameter, v, o)) for v in tried]


def _refuse_unknown(only: Sequence[str], known: Sequence[str]) -> None:
    for pattern in only:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise BadArgument(f"{pattern!r} names nothing that made this object{did_you_mean(pattern, known)}")


def _unit(parameter: Parameter) -> str:
    return "as drawn" if parameter.is_number else "one of a list"


def _values(parameter: Parameter, now: Any, steps: int) -> list[Any]:
    """Return values across a parameter's range with the frame's own among them, or the entries of its list."""
    if not parameter.is_number:
        return list(parameter.entries[:_MOST_ENTRIES])
    edges = parameter.edges(max(steps - 2, 1))
    return sorted({*(float(f"{v:.6g}") for v in edges), float(now)})


def _changing(frame: LabelledFrame, one: Intervention, path: str, value: float) -> _Make:
    return lambda: frame.counterfactual(one.make(path, value))


def _moving(frame: LabelledFrame, parameter: Parameter, value: Any, o: LabelledObject) -> _Make:
    return lambda: frame.moved(parameter.name, value, of=o)


def _tried(value: Any, make: _Make, path: str, finder: Finder) -> Step:
    try:
        return _step(value, make(), path, finder)
    except RenderSDGError as error:  # a value that the scene does not take is an answer, too
        return Step(value, None, None, None, str(error))


def _step(value: Any, frame: LabelledFrame, path: str, finder: Finder) -> Step:
    place = next((k for k, o in enumerate(frame.objects) if o.prim_path == path), None)
    rgb = np.ascontiguousarray(frame.rgb)
    if place is None:
        return Step(value, None, rgb, None)
    return Step(value, float(_scores(frame, finder)[place]), rgb, frame.objects[place].box)


def _scores(frame: LabelledFrame, finder: Finder) -> F8:
    """Return the (N,) scores with which a detector finds a frame's objects: each of its own match, 0 for none."""
    names = sorted({each.label for each in frame.objects} | set(finder.classes))
    found = renumbered(finder.find([np.ascontiguousarray(frame.rgb)])[0], finder.classes, names)
    labels = np.array([names.index(each.label) for each in frame.objects], np.int64)
    return matched(frame.boxes, labels, found).scores
