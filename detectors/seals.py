"""Checksums of model files: each carries its own, so damage is found when it is opened.

A file of torch is a zip archive, and its checksum stands in the archive's comment, where torch does not look. An
exported network's stands in the JSON beside it, which has one of itself as well.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from rendersdg.errors import DatasetError
from rendersdg.files import digest_of_file
from rendersdg.plain import Json

log = logging.getLogger("rendersdg.models")
_MARK = b"rendersdg sha256 "  # what the comment begins with; 64 hexadecimal digits of all bytes before them follow
_DIGITS = 64
_END = b"PK\x05\x06"  # an archive's last record, 22 bytes where there is no comment
_END_BYTES = 22


class Damaged(DatasetError):
    """A file is not what was written: its checksum says so."""


def sealed(archive: bytes) -> bytes:
    """Return a zip archive without comment as one whose comment is its checksum."""
    if archive[-_END_BYTES:][:4] != _END:
        raise AssertionError("this is not a zip archive without comment")
    body = archive[:-2] + (len(_MARK) + _DIGITS).to_bytes(2, "little") + _MARK
    return body + sha256(body).hexdigest().encode()


def check_seal(file: Path) -> bool:
    """Return whether an archive has a checksum; it is right then.

    Raises Damaged when it is wrong, OSError when the file cannot be read.
    """
    size = file.stat().st_size
    if size < len(_MARK) + _DIGITS:
        return False
    with file.open("rb") as opened:
        opened.seek(size - _DIGITS - len(_MARK))
        if opened.read(len(_MARK)) != _MARK:
            return False
        told = opened.read()
    if told != digest_of_file(file, size - _DIGITS).encode():
        raise Damaged(damage(file))
    return True


def with_checksums(about: Json, described: Path, files: Iterable[Path]) -> Json:
    """Return what shall lie beside an exported network in the file ``described``, with the checksums of its files, and
    of itself.
    """
    sums = {_key(file, described): digest_of_file(file) for file in files}
    return {**about, "sha256": {"json": _digest_of_json(about), **sums}}


def check_description(about: Json, described: Path, files: Iterable[Path]) -> Json:
    """Return what lies beside an exported network without the checksums, which are right.

    Args:
        about: the content of ``described``.
        described: the JSON file.
        files: those of the network that are used.

    Raises:
        Damaged: a checksum is wrong.
        OSError: a file cannot be read.
    """
    rest = {key: value for key, value in about.items() if key != "sha256"}
    sums = about.get("sha256")
    if not isinstance(sums, dict):
        say_unsealed(described)
        return rest
    if sums.get("json") != _digest_of_json(rest):
        raise Damaged(f"{damage(described)}. If you changed it on purpose, remove its entry sha256")
    for file in files:
        key = _key(file, described)
        if key not in sums:
            raise Damaged(f"{described} has no checksum of {file.name}: it is of another export; export the run again")
        if sums[key] != digest_of_file(file):
            raise Damaged(damage(file))
    return rest


def _key(file: Path, described: Path) -> str:
    """Return the entry of a file: its ending where it is called like the JSON, since users rename them together."""
    return file.suffix if file.stem == described.stem else file.name


def damage(file: Path) -> str:
    """Return what to say of a file whose checksum is wrong."""
    return (
        f"{file} is damaged: its checksum says that these are not the bytes that were written; copy it again from "
        "where it came, or make it anew"
    )


@cache
def say_unsealed(file: Path) -> None:
    """Say, once a process, that a file has no checksum."""
    log.warning("%s has no checksum (an older version wrote it, or somebody else); damage to it would go unseen", file)


def _digest_of_json(value: Json) -> str:
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
