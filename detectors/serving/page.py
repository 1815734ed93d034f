"""The page for trying a model, and the headers that keep it to itself."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from detectors.detections import SURE
from detectors.drawing import class_colour


@dataclass(frozen=True, slots=True)
class Page:
    """The page's bytes, and headers by which a browser runs its own script alone."""

    body: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, name: str, *, needs_token: bool, classes: Sequence[str] = (), least: float = SURE) -> Page:
        """Return the page of a model.

        Args:
            name: the model's.
            needs_token: whether the page asks for a token.
            classes: names of the model's classes, whose colours are those of drawn pictures.
            least: score, 0 to 1, from which boxes are shown at first.
        """
        text = resources.files("detectors").joinpath("page.html").read_text(encoding="utf-8")
        text = text.replace("{{name}}", html.escape(name)).replace("{{token}}", "" if needs_token else "hidden")
        text = text.replace("{{least}}", f"{least:.2f}").replace("{{colours}}", _colours(classes))
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


def _colours(classes: Sequence[str]) -> str:
    """Return the classes' colours by name, as a script's text."""
    hexed = {name: "#" + "".join(f"{v:02x}" for v in class_colour(k)) for k, name in enumerate(classes)}
    return json.dumps(hexed).replace("<", "\\u003c")  # a name cannot end the script


def _hash_of(tag: str, text: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    assert found, f"the page has a {tag}"
    return f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"
