"""The JavaScript of others that pages hold: what vendor/vendor.json lists."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

PLOT_CLASS = "plot"  # charts are made with this className: the one style below is all that Plot then adds
PLOT_STYLE = """:where(.plot) {
  --plot-background: white;
  display: block;
  height: auto;
  height: intrinsic;
  max-width: 100%;
}
:where(.plot text),
:where(.plot tspan) {
  white-space: pre;
}"""


@dataclass(frozen=True, slots=True)
class Library:
    """A library as it was published: ``files`` are its names here, SHA-256 in hexadecimal by name."""

    name: str
    package: str
    version: str
    licence: str
    files: dict[str, str]


def libraries() -> tuple[Library, ...]:
    """Return what is vendored."""
    return tuple(
        Library(
            name=each["name"],
            package=each["package"],
            version=each["version"],
            licence=each["licence"],
            files={name: file["sha256"] for name, file in each["files"].items()},
        )
        for each in json.loads(vendored("vendor.json"))
    )


@cache
def vendored(file: str) -> str:
    """Return the text of a vendored file, ``d3.min.js`` say."""
    return resources.files("rendersdg.web").joinpath("vendor", file).read_text(encoding="utf-8")


def shared_style() -> str:
    """Return the style sheet that all pages share."""
    return resources.files("rendersdg.web").joinpath("style.css").read_text(encoding="utf-8")
