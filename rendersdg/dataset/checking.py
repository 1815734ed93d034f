"""Whether a dataset is as it was written: every file against its checksum, and all checksums under one root."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from rendersdg.dataset.finishing import recorded
from rendersdg.dataset.records import (
    FOLDER,
    FORMAT,
    HEADER,
    MANIFEST,
    OLD_FORMAT,
    FrameRecord,
    Manifest,
    header_of,
    record_path,
)
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError

Check = Literal["content", "stat"]
Records = Callable[[int], tuple[FrameRecord, str]]  # reads a frame's record, and its SHA-256; raises DatasetError
_THREADS = min(4, os.cpu_count() or 1)  # hashing lets other threads run; more would wait for the disk


def problems(store: Store, manifest: Manifest, records: Records, on_file: Callable[[], None]) -> list[str]:
    """Return one line for each file of a finished dataset that is missing, altered or not listed, its own included.

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
    for path in sorted(there):
        is_known = path in listed or path == MANIFEST
        if not (is_known or (is_old and path.startswith(f"{FOLDER}/"))):
            found.append(f"not listed: {path}")
    return found + list(_disagreements(store, manifest, records, there))


def _altered(store: Store, path: str, checksum: str, there: Mapping[str, int]) -> str:
    """Return what is wrong with a file, nothing where it is as its checksum says."""
    if path not in there:
        return f"missing: {path}"
    try:
        return "" if store.digest(path) == checksum else f"altered: {path}"
    except DatasetError as error:
        return f"unreadable: {path} ({error})"


def _disagreements(store: Store, manifest: Manifest, records: Records, there: Mapping[str, int]) -> Iterator[str]:
    """Yield where the manifest, which may have been made anew, does not agree with the header and the records."""
    try:
        header, _ = header_of(store.read(HEADER))
        said = {k: v for k, v in manifest.items() if k in header and k != "format"}
        if said != {k: v for k, v in header.items() if k != "format"} or header.get("format", FORMAT) != manifest.get(
            "format"
        ):
            yield f"{MANIFEST} and {HEADER} are of different datasets"
    except DatasetError as error:
        yield str(error)
        return
    frames = recorded(there)
    yield from (f"no record of frame {f}" for f in sorted(set(manifest["frames"]) - set(frames)))
    yield from (f"not listed: frame {f}" for f in sorted(set(frames) - set(manifest["frames"])))
    for frame in frames:
        try:
            files = records(frame)[0]["files"]
        except DatasetError as error:
            yield str(error)
            continue
        for path, file in files.items():
            if manifest["files"].get(path) != file["sha256"]:
                yield f"{record_path(frame)} and {MANIFEST} do not agree on {path}"


def gaps(store: Store, wanted: Sequence[int], records: Records, own: Mapping[str, str], check: Check) -> dict[int, str]:
    """Return the frames of ``wanted`` that are not whole, as :meth:`rendersdg.dataset.dataset.Dataset.gaps` does.

    ``own`` has the checksums of records that a manifest lists, where there is one.
    """
    stamps = store.stamps()
    done = set(recorded(stamps))
    with ThreadPoolExecutor(_THREADS) as pool:
        said = pool.map(lambda f: _fault(store, f, records, own, check, stamps) if f in done else "", wanted)
        return {f: text for f, text in zip(wanted, said) if text is not None}


def _fault(
    store: Store,
    frame: int,
    records: Records,
    own: Mapping[str, str],
    check: Check,
    stamps: Mapping[str, tuple[int, float | None]],
) -> str | None:
    """Return what is wrong with a frame that has a record, None where it is whole."""
    try:
        record, checksum = records(frame)
    except DatasetError as error:
        return str(error)
    path = record_path(frame)
    if own.get(path, checksum) != checksum:
        return f"{path} is not what the manifest says"
    written = stamps.get(path, (0, None))[1]
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
