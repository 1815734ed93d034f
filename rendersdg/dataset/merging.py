"""Shards of one dataset, joined into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rendersdg.dataset.dataset import Dataset, Finisher, FrameResult
from rendersdg.dataset.origin import changed_inputs, differences
from rendersdg.dataset.records import OLD_FORMAT, SCENE, FrameRecord, Header, Manifest, digest
from rendersdg.errors import DatasetError
from rendersdg.paths import relative_path


def merge(sources: Sequence[Dataset], target: Dataset, finisher_of: Callable[[Header], Finisher]) -> Manifest:
    """Join shards of one dataset into ``target`` and return its manifest.

    Args:
        sources: the shards; what two of them hold must be the same.
        target: where to; a merge that was stopped goes on.
        finisher_of: returns, for a header, what makes the files over all frames.

    Raises:
        DatasetError: the shards were not made of the same files by the same scene, seed and backend, disagree on a
            frame, or one is altered or was not finished.
    """
    if not sources:
        raise DatasetError("merge needs at least one dataset")
    header, inputs = _common_origin(sources)
    copies = scene_copies(sources[0])
    if header.get("scene", "") not in {"", *copies}:
        raise DatasetError(f"{sources[0].store.url} has no copy of {header['scene']}; verify that dataset first")
    target.open(header, copies, resume=target.header() is not None)
    reports: dict[tuple[str, str], dict[str, str]] = {}
    there = target.frames()
    broken = set(target.missing(there))
    done: dict[int, FrameRecord] = {f: target.record(f) for f in there if f not in broken}
    for source in sources:
        manifest, frames = source.manifest(), source.frames()
        absent = sorted(set(manifest["frames"]) - set(frames))
        if absent:
            raise DatasetError(f"{source.store.url} has no record of frame {absent[0]}; verify that dataset first")
        reports.update({(e["kind"], e["subject"]): e for e in manifest["report"]})
        for frame in frames:
            record = source.record(frame)
            if frame in done:
                if record != done[frame]:
                    raise DatasetError(f"frame {frame} of {source.store.url} differs from the one merged before")
                continue
            files = {path: source.store.read(path) for path in record["files"]}
            bad = [p for p, data in files.items() if digest(data) != record["files"][p]["sha256"]]
            if bad:
                raise DatasetError(f"{source.store.url}/{bad[0]} is altered; verify that dataset first")
            target.commit(FrameResult(frame, files, record["fragments"], record["plan"], inputs=inputs))
            done[frame] = record
    return target.finish(finisher_of(header), [reports[k] for k in sorted(reports)])


def scene_copies(dataset: Dataset) -> dict[str, bytes]:
    """Return the copies that a dataset keeps of its scene's files, by their names. Raises DatasetError."""
    paths = dataset.store.names(SCENE.rstrip("/"))
    return {relative_path(p.removeprefix(SCENE), "the name of a scene's file"): dataset.store.read(p) for p in paths}


def _common_origin(sources: Sequence[Dataset]) -> tuple[Header, dict[str, str]]:
    """Return the header that all shards have, and the inputs that their frames brought."""
    first = sources[0]
    header = first.header()
    inputs: dict[str, str] = {}
    for source in sources:
        own = source.header()
        if own is None or header is None:
            raise DatasetError(f"{source.store.url} holds no dataset")
        if own.get("format") == OLD_FORMAT:
            raise DatasetError(
                f"{source.store.url} was made by an older rendersdg ({own.get('rendersdg')}), which did not note what "
                "its frames depend on; merge it with that version, or render it anew"
            )
        changed = differences(header, own)
        later = source.later_inputs()
        changed += changed_inputs({n: c for n, c in inputs.items() if n in later}, later.__getitem__)
        if changed:
            raise DatasetError(
                f"{source.store.url} was not made by the same scene, seed and backend as {first.store.url}: "
                f"{'; '.join(changed)}"
            )
        inputs |= later
    assert header is not None
    return header, inputs
