"""Bad values of options end a command with one paragraph, and nothing is left behind: a sample of the table."""

from __future__ import annotations

from tests.fuzz.options import Case, cases, run

EVERY = 503  # one case in so many is run


def test_bad_values_of_options_are_refused_in_words() -> None:
    every = list(cases())
    told = [(case, run(case)) for k, case in enumerate(every) if k % EVERY == 3]

    assert [row for row in told if row[1].startswith("FAULT")] == []
    assert {case.command for case in every} >= {("render",), ("train",), ("generator", "sample")}
    assert sum(said == "refused" for _, said in told) > len(told) // 2


def test_a_repository_in_the_root_of_all_files_is_refused() -> None:
    assert run(Case(("export-triton",), "out", "/")) == "refused"
