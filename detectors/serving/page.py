"""The page for trying a model, and the headers that keep it to itself."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Page:
    """The page's bytes, and headers by which a browser runs its own script alone."""

    body: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, name: str, *, needs_token: bool) -> Page:
        """Return the page of the model ``name``; with ``needs_token`` it asks for one."""
        text = resources.files("detectors").joinpath("page.html").read_text(encoding="utf-8")
        text = text.replace("{{name}}", html.escape(name)).replace("{{token}}", "" if needs_token else "hidden")
        policy = "; ".join(
            [
                "default-src 'none'",
                f"script-src {_hash_of('script', text)}",
                f"style-src {_hash_of('style', text)}",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ]
        )
        headers = {"content-security-policy": policy, "referrer-policy": "no-referrer", "x-frame-options": "DENY"}
        return cls(text.encode(), headers)


def _hash_of(tag: str, text: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    assert found, f"the page has a {tag}"
    return f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"
