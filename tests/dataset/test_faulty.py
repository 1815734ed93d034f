"""A store that fails at any call: no command says good when it is not, and no set is mixed; see faulty.py."""

from __future__ import annotations

from tests.dataset.faulty import KINDS, campaign


def test_whatever_fails_no_command_says_good_of_a_set_that_is_not() -> None:
    outcomes, wrong = campaign(seed=1, share=0.02)

    assert wrong == []
    assert {kind for _, kind, _ in outcomes} == {"none", *KINDS}
    assert sum(counts.total() for counts in outcomes.values()) > 50
