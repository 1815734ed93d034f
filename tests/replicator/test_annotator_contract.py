"""The contract of annotators names what there is."""

from __future__ import annotations

import re

from rendersdg.annotators import ANNOTATORS, REFUSED
from rendersdg.replicator.annotator_contract import ANNOTATOR_CONTRACT, section


def test_every_annotator_of_the_table_is_offered_or_refused() -> None:
    named = [n for row in ANNOTATOR_CONTRACT for n in re.findall(r"`([A-Za-z0-9_]+)`", row.name)]
    known = {*ANNOTATORS, *REFUSED}
    apart = {"metadata", "semanticTypes", "semanticFilter", "occlusionRatio", "_id_"}

    assert [n for n in named if n not in known | apart] == []


def test_refusals_are_said_where_the_table_says_so() -> None:
    for row in ANNOTATOR_CONTRACT:
        if row.ours.startswith("refused"):
            assert any(name in REFUSED for name in re.findall(r"`([A-Za-z0-9_]+)`", row.name)), row.name


def test_the_table_is_markdown_with_three_columns() -> None:
    assert all(line.count("|") == 4 for line in section()[4:-1])
