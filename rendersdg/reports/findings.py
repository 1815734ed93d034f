"""Findings: what a report has to say of a set, each in plain words with a count, examples and a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rendersdg.errors import BadArgument
from rendersdg.plain import Json

Severity = Literal["fault", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "note")  # worst first
SEVERITY_WORDS = {
    "fault": "wrong: mend it before you train",
    "warning": "may hurt a detector that learns from it",
    "note": "good to know",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        kind: a short name for programs: ``duplicates``, ``off_image``, ...
        severity: ``fault`` what is wrong, ``warning`` what may hurt, ``note`` what is good to know.
        title: what was found, in a few words with the count.
        detail: one or two sentences more.
        remedy: what to do about it.
        count: how many images, boxes, classes or parameters it concerns.
        items: all that it concerns, by name: files as a rule.
        images: the places of images among those that were read which show it, the clearest first.
        marks: of each of ``images`` the places of the boxes that it is about; () for the whole image.
    """

    kind: str
    severity: Severity
    title: str
    detail: str
    remedy: str
    count: int
    items: tuple[str, ...] = ()
    images: tuple[int, ...] = ()
    marks: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise BadArgument(f"severity={self.severity!r} is not one of {', '.join(SEVERITIES)}")

    def as_json(self) -> Json:
        """Return it for programs, with every item."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "title": self.title,
            "detail": self.detail,
            "remedy": self.remedy,
            "count": self.count,
            "items": list(self.items),
        }


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order in which they should be read: by severity, then by count."""
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), -f.count, f.kind)))
