"""``isaacsim.test.utils.file_validation``: checks of what was written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping

__all__ = [
    "get_folder_file_summary",
    "validate_folder_contents",
]


def get_folder_file_summary(path: str, recursive: bool = True) -> Counter[str]:
    """Return how many files there are of each ending (without the dot)."""
    counts: Counter[str] = Counter()
    for _, _, names in os.walk(path):
        counts.update(n.rsplit(".", 1)[-1].lower() for n in names if "." in n)
        if not recursive:
            break
    return counts


def validate_folder_contents(
    path: str, expected_counts: Mapping[str, int] | None = None, recursive: bool = True, **options: object
) -> bool:
    """Return whether a folder holds the expected number of files of each ending."""
    counts = get_folder_file_summary(str(path), recursive)
    return all(counts[str(k).lstrip(".").lower()] == n for k, n in (expected_counts or {}).items())
