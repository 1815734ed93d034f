"""``carb.tokens``: path tokens such as ``${app}``. Those that a script sets are replaced; others stay as they are."""

from __future__ import annotations

import re

from rendersdg.replicator.host import current_host

__all__ = ["get_tokens_interface"]


class Tokens:
    """The tokens of a run."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def set_value(self, name: str, value: str) -> None:
        """Set what a token stands for."""
        self._values[name] = str(value)

    set_initial_value = set_value

    def remove_token(self, name: str) -> bool:
        """Forget a token; return whether it was there."""
        return self._values.pop(name, None) is not None

    def exists(self, name: str) -> bool:
        """Return whether a token was set."""
        return name in self._values

    def resolve(self, text: str) -> str:
        """Return the text with its tokens replaced, those in the values, too."""
        for _ in range(len(self._values) + 1):  # tokens within tokens, and no end of those that name each other
            replaced = re.sub(r"\$\{(\w+)\}", lambda match: self._values.get(match[1], match[0]), text)
            if replaced == text:
                break
            text = replaced
        return text


def get_tokens_interface() -> Tokens:
    """Return the tokens of this run."""
    return current_host().part(Tokens)
