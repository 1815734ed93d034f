"""What is kept stays within its limit, and the least recently used goes first."""

from __future__ import annotations

from rendersdg.viewer.kept import Kept


def test_the_least_recently_used_goes_first() -> None:
    kept = Kept(limit=10)
    for key in "abc":
        kept.get(key, lambda: b"xxx")
    kept.get("a", lambda: b"never made")

    kept.get("d", lambda: b"xxx")

    assert [key in kept for key in "abcd"] == [True, False, True, True]


def test_what_is_kept_is_made_once() -> None:
    kept, made = Kept(limit=10), []

    for _ in range(3):
        kept.get("a", lambda: made.append(1) or b"x")  # type: ignore[func-returns-value]

    assert made == [1]


def test_what_is_larger_than_the_limit_is_given_and_not_kept() -> None:
    kept = Kept(limit=2)
    kept.get("a", lambda: b"x")

    assert kept.get("b", lambda: b"xxx") == b"xxx"
    assert "a" in kept and "b" not in kept
