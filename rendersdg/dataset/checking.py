"""Whether a dataset is as it was written: every file against its checksum, and all checksums under one root."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from rendersdg.dataset.origin import same_json
from rendersdg.dataset.records import (
    FOLDER,
    FORMAT,
    HEADER,
    MANIFEST,
    OLD_FORMAT,
    Manifest,
    Record,
    frames_in,
    header_of,
)
from rendersdg.dataset.store import Store
from rendersdg.dataset.units import Units, spans_of
from rendersdg.errors import DatasetError

Check = Literal["content", "stat"]
Records = Callable[[int], tuple[Record, str]]  # reads a unit's record, and its SHA-256; raises DatasetError
_THREADS = min(4, os.cpu_count() or 1)  # hashing lets other threads run; more would wait for the disk


def problems(
    store: Store,
    units: Units,
    manifest: Manifest,
    records: Records,
    on_file: Callable[[], None],
    on_other: Callable[[str], None],
) -> list[str]:
    """Return one line for each file of a finished dataset that is missing, altered or not listed, its own included.

    What others put beside its files (``labels.cache``, ``.DS_Store``, a README) is no problem: ``on_other`` is called
    with its path. A file that would be taken for one of the dataset's is: it lies in a folder where the dataset has
    files with the same end of their names.

    Nothing is written, so that others may read and verify it meanwhile. ``on_file`` is called after each file.
    """
    found = []
    there = store.sizes()
    listed: dict[str, str] = {**manifest["files"], **manifest.get("own", {})}
    with ThreadPoolExecutor(_THREADS) as pool:
        for line in pool.map(lambda item: _altered(store, item[0], item[1], there), listed.items()):
            found += [line] if line else []
            on_file()
    is_old = manifest.get("format") == OLD_FORMAT
    kinds = {_kind(path) for path in manifest["files"]}
    for path in sorted(there):
        is_own = path.startswith(f"{FOLDER}/")
        if path in listed or path == MANIFEST or (is_old and is_own):
            continue
        if is_own or _kind(path) in kinds:
            found.append(f"not listed: {path}")
        else:
            on_other(path)
    return found + list(_disagreements(store, units, manifest, records, there))


def _kind(path: str) -> tuple[str, str]:
    """Return the folder of a file and the end of its name.

    >>> _kind("labels/train/000001.txt"), _kind("labels/.DS_Store")
    (('labels/train', '.txt'), ('labels', ''))
    """
    folder, name = posixpath.split(path)
    return folder, posixpath.splitext(name)[1]


def _altered(store: Store, path: str, checksum: str, there: Mapping[str, int]) -> str:
    """Return what is wrong with a file, nothing where it is as its checksum says."""
    if path not in there:
        return f"missing: {path}"
    try:
        return "" if store.digest(path) == checksum else f"altered: {path}"
    except DatasetError as error:
        return f"unreadable: {path} ({error})"


def _disagreements(
    store: Store, units: Units, manifest: Manifest, records: Records, there: Mapping[str, int]
) -> Iterator[str]:
    """Yield where the manifest, which may have been made anew, does not agree with the header and the records."""
    try:
        header, _ = header_of(store.read(HEADER))
        said = {k: v for k, v in manifest.items() if k in header or k == "format"}
        if not same_json(said, {**header, "format": header.get("format", FORMAT)}):
            yield f"{MANIFEST} and {HEADER} are of different datasets"
    except DatasetError as error:
        yield str(error)
        return
    recorded = units.recorded(there)
    frames: list[int] = []
    lost: list[str] = []  # what is wrong with records
    for number in recorded:
        try:
            record = records(number)[0]
        except DatasetError as error:
            lost.append(str(error))
            frames += [] if units.per_shard else [number]
            continue
        frames += frames_in(record)
        for path, file in record["files"].items():
            if manifest["files"].get(path) != file["sha256"]:
                lost.append(f"{units.path(number)} and {MANIFEST} do not agree on {path}")
    yield from _frames_apart(units, manifest, frames)
    yield from lost


def _frames_apart(units: Units, manifest: Manifest, frames: list[int]) -> Iterator[str]:
    """Yield which frames the manifest and the records do not agree on."""
    if units.per_shard:
        if manifest["frames"] != spans_of(frames):
            yield f"{MANIFEST} lists other frames than the records of the shards"
        return
    yield from (f"no record of frame {f}" for f in sorted(set(manifest["frames"]) - set(frames)))
    yield from (f"not listed: frame {f}" for f in sorted(set(frames) - set(manifest["frames"])))


def gaps(
    store: Store, units: Units, wanted: Sequence[int], records: Records, own: Mapping[str, str], check: Check
) -> dict[int, str]:
    """Return the frames of ``wanted`` that are not whole, as :meth:`rendersdg.dataset.dataset.Dataset.gaps` does.

    ``own`` has the checksums of records that a manifest lists, where there is one.
    """
    stamps = store.stamps()
    done = set(units.recorded(stamps))

    def of(group: tuple[int, ...]) -> dict[int, str]:
        number = units.of(group[0])
        return _gaps_of(store, units, number, group, records, own, check, stamps) if number in done else _none(group)

    with ThreadPoolExecutor(_THREADS) as pool:
        return {frame: text for found in pool.map(of, units.groups(wanted)) for frame, text in found.items()}


def _none(frames: Iterable[int], text: str = "") -> dict[int, str]:
    return dict.fromkeys(frames, text)


def _gaps_of(
    store: Store,
    units: Units,
    number: int,
    wanted: tuple[int, ...],
    records: Records,
    own: Mapping[str, str],
    check: Check,
    stamps: Mapping[str, tuple[int, float | None]],
) -> dict[int, str]:
    """Return which frames of a unit that has a record must be made, each with what is wrong; none where it is whole.

    A shard is made as a whole: those that it has come with those that it lacks.
    """
    try:
        record, checksum = records(number)
    except DatasetError as error:
        return _none(wanted, str(error))
    frames = sorted({*wanted, *frames_in(record)})
    text = _fault(store, units.path(number), record, checksum, own, check, stamps)
    if text is not None:
        return _none(frames, text)
    return {} if len(frames) == len(frames_in(record)) else _none(frames)


def _fault(
    store: Store,
    where: str,
    record: Record,
    checksum: str,
    own: Mapping[str, str],
    check: Check,
    stamps: Mapping[str, tuple[int, float | None]],
) -> str | None:
    """Return what is wrong with a unit whose record lies at ``where``, None where it is whole."""
    if own.get(where, checksum) != checksum:
        return f"{where} is not what the manifest says"
    written = stamps.get(where, (0, None))[1]
    for path, file in record["files"].items():
        size, time = stamps.get(path, (None, None))
        if size is None:
            return f"{path} is missing"
        if size != file["bytes"]:
            return f"{path} has {size} bytes, not {file['bytes']}"
        if check == "stat" and time is not None and written is not None and time <= written:
            continue
        if store.digest(path) != file["sha256"]:
            return f"{path} is not what its checksum says"
    return None
