"""Whatever may vary does: a choice of one value makes the frames that the value makes, for every argument."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import yaml

from rendersdg import reference
from rendersdg.errors import RenderSDGError
from rendersdg.reference.examples import EXAMPLES
from rendersdg.reference.facts import NEEDED, Argument
from tests.conftest import CAMERA, Opener

_VALUES = {"number": 1.5, "integer": 2, "boolean": True, "vector": [1.0, 2.0, 3.0], "colour": [0.2, 0.4, 0.6]}
_ROUNDING = 1e-6  # a fixed value passes through the stage's own types, of 32 and 64 bits; a drawn one does not
_OTHERWISE = {
    ("create.xform", "pivot"),  # one without anything below has no bounds yet when it is made
    ("distribution.choice", "choices"),  # of a distribution there is one entry at a time to choose from
}


def _calls(value: Any, name: str) -> Iterator[dict[str, Any]]:
    """Yield the arguments of every call of a function in a scene."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                value[key] = {} if inner is None else inner
                yield value[key]
            yield from _calls(inner, name)


def _value(argument: Argument, given: dict[str, Any]) -> Any:
    """Return a value that an argument can have, None where none is known."""
    for value in (given.get(argument.name), argument.default):
        if isinstance(value, (list, tuple)) and value:
            return list(value)
        if isinstance(value, (bool, int, float)) and value is not NEEDED:
            return value
    return argument.words[0] if argument.words else _VALUES.get(argument.kind)


FUNCTIONS = [
    name
    for name in EXAMPLES
    if name in reference.names()["functions"]
    and name != "settings.set_stage_meters_per_unit"  # every scene of these tests has it
    and any(_calls(yaml.safe_load(EXAMPLES[name]), name))  # those that scripts alone have are told in Python
]
ARGUMENTS = [(name, argument) for name in FUNCTIONS for argument in reference.entry(name).arguments]
VARYING = [(n, a) for n, a in ARGUMENTS if a.may_vary and (n, a.name) not in _OTHERWISE]
FIXED = [(n, a) for n, a in ARGUMENTS if not a.may_vary and a.kind in ("number", "integer", "range", "items", "list")]


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield where two snapshots, or parts of them, are not the same to rounding."""
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            yield from _differences(getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}")
    elif isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from _differences(one[key], other[key], f"{path}[{key!r}]")
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        for place, (mine, its) in enumerate(zip(one, other)):
            yield from _differences(mine, its, f"{path}[{place}]")
    elif isinstance(one, (np.ndarray, float, int)) and isinstance(other, (np.ndarray, float, int)):
        same_shape = np.shape(one) == np.shape(other)
        if not same_shape or not np.allclose(one, other, rtol=_ROUNDING, atol=_ROUNDING, equal_nan=True):
            yield f"{path}: {one} {other}"
    elif one != other:
        yield f"{path}: {one} {other}"


def _outcome(open_scene: Opener, scene: dict[str, Any]) -> tuple[Any, str]:
    """Return what a scene shows in its first two frames, or None and why it is refused."""
    text = yaml.safe_dump(scene, sort_keys=False)
    has_view = "create.render_product" in text
    try:
        session = open_scene(text + ("" if has_view else CAMERA.replace("eye", "eye_of_test").replace("view", "shown")))
        return [session.capture(session.planner.plan(frame)).snapshot for frame in range(2)], ""
    except RenderSDGError as error:
        return None, str(error)


@pytest.mark.parametrize(("name", "argument"), VARYING, ids=lambda v: v if isinstance(v, str) else v.name)
def test_a_choice_of_one_value_is_that_value(open_scene: Opener, name: str, argument: Argument) -> None:
    scene = yaml.safe_load(EXAMPLES[name])
    given = next(_calls(scene, name))
    value = _value(argument, given)
    if value is None:
        pytest.skip("no value of this kind is known here")

    given[argument.name] = value
    plain, why = _outcome(open_scene, scene)
    given[argument.name] = {"distribution.choice": {"choices": [value]}}
    varied, why_not = _outcome(open_scene, scene)

    assert "did not foresee" not in why + why_not
    assert (plain is None) == (varied is None), why or why_not
    assert list(_differences(plain, varied)) == []


@pytest.mark.parametrize(("name", "argument"), FIXED, ids=lambda v: v if isinstance(v, str) else v.name)
def test_what_is_fixed_refuses_a_distribution_and_says_so(open_scene: Opener, name: str, argument: Argument) -> None:
    scene = yaml.safe_load(EXAMPLES[name])
    given = next(_calls(scene, name))
    value = _value(argument, given)

    given[argument.name] = {"distribution.choice": {"choices": [1 if value is None else value]}}

    assert f"{argument.name} cannot be a distribution here" in _outcome(open_scene, scene)[1]
