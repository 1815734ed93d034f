"""What a docstring says first."""

from __future__ import annotations

from rendersdg.docstrings import summary


def test_the_first_paragraph_is_one_line() -> None:
    def told() -> None:
        """Return what is
        told.

        The rest is not.
        """

    def silent() -> None:
        pass

    assert summary(told) == "Return what is told." and summary(silent) == ""
