"""A whole page in one file, and the policy by which a browser runs that page's own scripts and styles alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rendersdg.web.markup import Markup, joined, tag
from rendersdg.web.vendored import shared_style


@dataclass(frozen=True, slots=True)
class Page:
    """A page that needs nothing but itself.

    ``styles`` follow the shared style sheet; ``scripts`` run in order at the end of the body, each in strict isolation
    from what data says; ``data`` are JSON values by the id of the element that holds them. ``added_styles`` are texts
    of style elements that scripts add. ``sources`` are directives of the policy beside those of scripts and styles:
    images from ``data:`` unless it says otherwise.
    """

    title: str
    body: Markup
    styles: Sequence[str] = ()
    scripts: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    added_styles: Sequence[str] = ()
    sources: Mapping[str, str] = field(default_factory=lambda: {"img-src": "data:"})

    def policy(self) -> str:
        """Return the Content-Security-Policy: for a meta element, or a header (which may add ``frame-ancestors``)."""
        directives = {
            "default-src": "'none'",
            "script-src": _hashes(self.scripts),
            "style-src": _hashes([*self._styles(), *self.added_styles]),
            **self.sources,
            "base-uri": "'none'",
            "form-action": "'none'",
        }
        return "; ".join(f"{name} {value}" for name, value in directives.items())

    def html(self) -> str:
        """Return the page's text."""
        head = [
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=self.policy()),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", self.title),
            *(tag("style", _raw("style", text)) for text in self._styles()),
        ]
        held = [tag("script", _json(value), type="application/json", id=name) for name, value in self.data.items()]
        scripts = [tag("script", _raw("script", text)) for text in self.scripts]
        body = tag("body", self.body, *held, *scripts)
        return f"<!doctype html>\n{tag('html', tag('head', joined(head)), body, lang='en')}\n"

    def _styles(self) -> list[str]:
        return [shared_style(), *self.styles]


def _hashes(texts: Iterable[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def _raw(name: str, text: str) -> Markup:
    assert not re.search(rf"</{name}|<!--", text, re.IGNORECASE), f"a {name} of ours would end early"
    return Markup(text)


def _json(value: Any) -> Markup:
    """Return JSON that cannot end the element around it, whatever the strings in it say."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
