"""Which photographs an anomaly detector was made of: scores on those flatter it, and whoever reads them is told."""

from __future__ import annotations

from collections.abc import Iterable, Set
from hashlib import blake2b
from pathlib import Path

from detectors.packed import picture_bytes
from detectors.samples import Samples
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import DatasetError

RECORD = "result.json"  # of a run
_KEY = "photographs"


def digests(files: Iterable[Path]) -> list[str]:
    """Return a digest of each file's bytes, sorted. Raises DatasetError for a file that cannot be read."""
    return sorted({_digest(file) for file in files})


def known_of(model: Path, test: Samples) -> int | None:
    """Return how many images of a set are the very files that a model was made of.

    Args:
        model: a run's folder or its ``model.pt``.
        test: the set.

    Returns:
        None where the run does not say: an exported network, or a run of an earlier version.
    """
    record = (model if model.is_dir() else model.parent) / RECORD
    try:
        known = set(json_mapping(read_bytes(record), record)[_KEY])
    except (DatasetError, KeyError, TypeError):
        return None
    return sum(_has(known, sample.file) for sample in test.images)


def _has(known: Set[str], file: Path) -> bool:
    try:
        return _digest(file) in known
    except DatasetError:
        return False  # whoever judges the image tells that it cannot be read


def _digest(file: Path) -> str:
    return blake2b(picture_bytes(file), digest_size=12).hexdigest()
