"""What an argument may be."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Uniform
from rendersdg.graph.nodes import Prims
from rendersdg.scene import create
from rendersdg.scene.types import check, kinds_of, shown

GOOD = {
    "number": [1, 2.5, Uniform(0, 1)],
    "integer": [3, 3.0],
    "boolean": [True, 0, 1, [True, False]],
    "string": ["text"],
    "vector": [1, (1, 2, 3), [Uniform(0, 1), 2, 3]],
    "range": [(0.1, 10)],
    "items": ["box", Prims("box"), ["a", Prims("b")]],
    "semantics": [[("class", "box")], {"class": "box"}],
    "mapping": [{}],
    "fixed number": [1.5],
}
BAD = {
    "number": ["1", True, [1]],
    "integer": [1.5],
    "boolean": [2, 0.5, "yes"],
    "string": [3],
    "vector": ["x", ["a", 1, 2]],
    "range": [(1, 2, 3), 1],
    "items": [3],
    "semantics": [["class", "box"], Uniform(0, 1)],
    "mapping": [[1]],
    "fixed number": [Uniform(0, 1)],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in GOOD.items() for v in [*values, None]])
def test_what_fits_is_taken(kind: str, value: object) -> None:
    check("argument", kind, value)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, values in BAD.items() for v in values])
def test_what_does_not_fit_is_named(kind: str, value: object) -> None:
    with pytest.raises(BadArgument, match="argument"):
        check("argument", kind, value)


def test_the_kinds_of_a_function_come_from_its_annotations() -> None:
    kinds = kinds_of(create.cube)

    assert (kinds["position"], kinds["semantics"]) == ("vector", "semantics")


def test_long_values_are_shown_in_short() -> None:
    assert shown([1]) == "[1]" and len(shown("x" * 500)) == 80
