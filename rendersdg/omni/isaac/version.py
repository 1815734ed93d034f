"""``isaacsim.core.version``: which Isaac Sim's API this is; scripts write it into their records."""

from __future__ import annotations

__all__ = ["get_version"]

_MAJOR, _MINOR, _PATCH = "6", "0", "1"  # the release whose public examples the modules are held against


def get_version() -> tuple[str, str, str, str, str, str, str, str]:
    """Return the version, its tag before a release, major, minor, patch, and three parts of a build: "" here."""
    return f"{_MAJOR}.{_MINOR}.{_PATCH}", "", _MAJOR, _MINOR, _PATCH, "", "", ""
