"""The filter's language: what it reads, what it refuses and where, and what it finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.viewer.query import Comparison, Condition, Joined, matching, parse

COLUMNS = {
    "class": np.array(["scratch", "dent", "scratch", None], object),
    "marks.length": np.array([0.2, 0.5, 0.4, np.nan]),
    "marks.gain": np.array([0.9, 0.9, 0.7, np.nan]),
    "other.gain": np.array([1.0, 2.0, 3.0, 4.0]),
}


def found(text: str) -> list[int]:
    return np.flatnonzero(matching(parse(text), COLUMNS)).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("class = scratch", [0, 2]),
        ("class == 'scratch' and length < 0.3", [0]),
        ("class = scratch and marks.gain > 0.8", [0]),
        ("length >= .4 or marks.gain = 0.9", [0, 1, 2]),
        ("not length < 0.45", [1, 3]),
        ("NOT (class = scratch OR class = dent)", [3]),
        ("class ~ RAT", [0, 2]),
        ("class != scratch", [1]),
        ("length != 0.5", [0, 2]),
        ("`marks.length` <= 4e-1", [0, 2]),
        ("other.gain>2 and length<1", [2]),
        ("class = scratch or class = dent and length > 9", [0, 2]),
    ],
)
def test_conditions_find_the_rows_that_a_reader_expects(text: str, rows: list[int]) -> None:
    assert found(text) == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it ends where the name of a field"),
        ("class", "one of <="),
        ("class =", "a number or a text"),
        ("class = scratch length < 3", "character 17: 'length'"),
        ("(length < 3", "it ends where '\\)'"),
        ("length < 3)", "character 11: '\\)'"),
        ("= 3", "character 1"),
        ("lenght < 3", "did you mean"),
        ("gain > 1", "may be marks.gain, other.gain"),
        ("length < long", "is a number, and 'long' is not"),
        ("length ~ 3", "~ is for text"),
        ("class < 3", "is text"),
        ("class = 'open", "character 9"),
        ("__import__('os').system('ls') = 1", "one of <="),
        ("(" * 60 + "length < 1" + ")" * 60, "50 parentheses"),
        ("length < 1 and " * 200 + "length < 1", "2000 characters"),
    ],
)
def test_what_is_no_condition_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadArgument, match=words):
        found(text)


words = st.text("abcXYZ_.[]0", min_size=1, max_size=6).filter(
    lambda w: w.lower() not in ("and", "or", "not") and not w.replace(".", "").isdigit()
)
comparisons = st.builds(
    Comparison,
    words,
    st.sampled_from(["<", "<=", ">", ">=", "=", "!=", "~"]),
    st.floats(-1e6, 1e6) | st.text("a\"'\\ )("),
)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(lambda one: Joined("not", (one,)), inner)
        | st.builds(lambda w, a, b: Joined(w, (a, b)), st.sampled_from(["and", "or"]), inner, inner)
    ),
    max_leaves=8,
)


def written(condition: Condition) -> str:
    if isinstance(condition, Comparison):
        value = condition.value
        escaped = value.replace("\\", "\\\\").replace('"', '\\"') if isinstance(value, str) else ""
        return f"`{condition.field}` {condition.op} " + (f'"{escaped}"' if isinstance(value, str) else repr(value))
    if condition.word == "not":
        return f"not ({written(condition.parts[0])})"
    return f" {condition.word} ".join(f"({written(part)})" for part in condition.parts)


@given(conditions)
def test_what_is_written_is_read_again(condition: Condition) -> None:
    assert parse(written(condition)) == condition


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except BadArgument as error:
        assert str(error).startswith("filter")
