"""HTML made of parts: whatever is not markup already is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

_EMPTY = {"img", "input", "br", "hr", "meta", "link"}


class Markup(str):
    """Text that is HTML already. Only :func:`tag`, :func:`joined` and files of this package make it."""

    __slots__ = ()


def escaped(value: object) -> Markup:
    """Return a value as HTML: markup as it is, anything else as text."""
    if isinstance(value, Markup):
        return value
    text = str(value).encode("utf-8", "replace").decode("utf-8")  # a lone surrogate of a file's name
    return Markup(html.escape(text.replace("\0", "\N{REPLACEMENT CHARACTER}")))


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Return parts as one piece of HTML, with the text ``between`` them."""
    return Markup(escaped(between).join(escaped(part) for part in parts))


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """Return an element.

    A trailing underscore of an attribute's name is dropped and others become dashes (``class_``, ``aria_label``); True
    is an attribute without a value, None and False are none.

    >>> tag("p", "5 < 6", class_="dim")
    '<p class="dim">5 &lt; 6</p>'
    """
    opened = f"<{name}"
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        opened += " " + key.rstrip("_").replace("_", "-")
        if value is not True:
            opened += f'="{escaped(str(value))}"'
    return Markup(f"{opened}>") if name in _EMPTY else Markup(f"{opened}>{joined(children)}</{name}>")
