"""Findings: their order, and what programs get."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rendersdg.errors import BadArgument
from rendersdg.reports.findings import Finding, worst_first


def finding(kind: str, severity: Any, count: int) -> Finding:
    return Finding(kind, severity, f"{count} {kind}", "", "mend it", count, ("a.png",), (0,))


def test_the_worst_comes_first_and_of_equals_the_most() -> None:
    given = [finding("a", "note", 900), finding("b", "fault", 1), finding("c", "warning", 5), finding("d", "fault", 7)]

    assert [f.kind for f in worst_first(given)] == ["d", "b", "c", "a"]


def test_json_has_every_item_and_no_places() -> None:
    tree = json.loads(json.dumps(finding("a", "note", 1).as_json()))

    assert tree["items"] == ["a.png"] and "images" not in tree


def test_a_severity_is_one_of_three() -> None:
    with pytest.raises(BadArgument, match="'bad' is not one of fault, warning, note"):
        finding("a", "bad", 1)
