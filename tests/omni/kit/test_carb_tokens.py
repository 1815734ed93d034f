"""Tokens in paths."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_tokens_that_a_script_sets_are_replaced_and_end_with_it(tmp_path: Path) -> None:
    text = """
    import carb.tokens
    tokens = carb.tokens.get_tokens_interface()
    assert tokens.resolve("${cache}/a") == "${cache}/a" and not tokens.exists("cache")
    tokens.set_value("cache", "${root}/x")
    tokens.set_value("root", "home")
    assert carb.tokens.get_tokens_interface().resolve("${cache}/a") == "home/x/a"
    tokens.set_value("root", "${cache}")
    tokens.resolve("${cache}")
    assert tokens.remove_token("root") and not tokens.exists("root")
    """

    assert ran(tmp_path, text).error is None
    assert ran(tmp_path, text).error is None
