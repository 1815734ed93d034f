"""``carb.tokens``: path tokens such as ``${app}``, which stand for themselves here."""

from __future__ import annotations

__all__ = ["get_tokens_interface"]


class Tokens:
    """The tokens: none is replaced."""

    def resolve(self, text: str) -> str:
        """Return the text as it is."""
        return text


def get_tokens_interface() -> Tokens:
    """Return the tokens."""
    return Tokens()
