"""Parts of one dataset, joined into one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rendersdg.dataset.dataset import Dataset, Finisher, FrameResult, ShardResult
from rendersdg.dataset.origin import changed_inputs, differences
from rendersdg.dataset.records import OLD_FORMAT, SCENE, Header, Manifest, Record, digest, frames_in
from rendersdg.dataset.units import spans_of
from rendersdg.errors import DatasetError
from rendersdg.paths import relative_path


def merge(sources: Sequence[Dataset], target: Dataset, finisher_of: Callable[[Header], Finisher]) -> Manifest:
    """Join parts of one dataset into ``target`` and return its manifest.

    Args:
        sources: the parts; what two of them hold must be the same.
        target: where to; a merge that was stopped goes on.
        finisher_of: returns, for a header, what makes the files over all frames.

    Raises:
        DatasetError: the parts were not made of the same files by the same scene, seed and backend, disagree on a
            frame, or one is altered or was not finished.
    """
    if not sources:
        raise DatasetError("merge needs at least one dataset")
    header, inputs = _common_origin(sources)
    copies = scene_copies(sources[0])
    scene = header.get("scene", "")
    if not isinstance(scene, str) or scene not in {"", *copies}:
        raise DatasetError(f"{sources[0].store.url} has no copy of {scene}; verify that dataset first")
    target.open(header, copies, resume=target.header() is not None)
    reports: dict[tuple[str, str], dict[str, str]] = {}
    there = target.recorded()
    broken = {target.units.of(f) for f in target.missing([f for n in there for f in _frames(target, n)])}
    done = {n: target.read_record(n)[1] for n in there if n not in broken}  # the SHA-256 of records, by number
    for source in sources:
        manifest, numbers = source.manifest(), source.recorded()
        is_sharded = source.units.per_shard > 0
        absent = [] if is_sharded else sorted(set(manifest["frames"]) - set(numbers))
        if absent:
            raise DatasetError(f"{source.store.url} has no record of frame {absent[0]}; verify that dataset first")
        reports.update({(e["kind"], e["subject"]): e for e in manifest["report"]})
        frames: list[int] = []
        for number in numbers:
            record, checksum = source.read_record(number)
            frames += frames_in(record)
            if number not in done:
                _copy(source, target, number, record, inputs)
                done[number] = checksum
            elif checksum != done[number]:
                raise _apart(source, number, record, target.record(number))
        if is_sharded and manifest["frames"] != spans_of(frames):
            raise DatasetError(f"{source.store.url} lacks the record of a shard; verify that dataset first")
    return target.finish(finisher_of(header), [reports[k] for k in sorted(reports)])


def _frames(dataset: Dataset, number: int) -> list[int]:
    """Return the frames of a unit; those of a record that is damaged are its number's alone."""
    try:
        return frames_in(dataset.record(number))
    except DatasetError:
        return [number * (dataset.units.per_shard or 1)]


def _copy(source: Dataset, target: Dataset, number: int, record: Record, inputs: Mapping[str, str]) -> None:
    """Commit a unit of ``source`` to ``target``. Raises DatasetError where its files are not as they were written."""
    files = {path: source.store.read(path) for path in record["files"]}
    bad = [p for p, data in files.items() if digest(data) != record["files"][p]["sha256"]]
    if bad:
        raise DatasetError(f"{source.store.url}/{bad[0]} is altered; verify that dataset first")
    if "frame" in record:
        target.commit(FrameResult(number, files, record["fragments"], record["plan"], inputs=inputs))
    else:
        frames = {int(frame): one for frame, one in record["frames"].items()}
        target.commit_shard(ShardResult(number, files, record["fragments"], frames, inputs))


def _apart(source: Dataset, number: int, record: Record, merged: Record) -> DatasetError:
    """Return the error for a unit that two datasets have differently."""
    frames, others = frames_in(record), frames_in(merged)
    if frames == others:
        return DatasetError(f"{source.units.word} {number} of {source.store.url} differs from the one merged before")
    size = source.units.per_shard
    return DatasetError(
        f"shard {number} is in two parts: {source.store.url} has its frames {frames[0]} to {frames[-1]}, and what was "
        f"merged before has {others[0]} to {others[-1]}. A shard is not split: render parts that begin and end at "
        f"multiples of {size} frames, such as --frames {number * size}:{number * size + size}"
    )


def scene_copies(dataset: Dataset) -> dict[str, bytes]:
    """Return the copies that a dataset keeps of its scene's files, by their names. Raises DatasetError."""
    paths = dataset.store.names(SCENE.rstrip("/"))
    return {relative_path(p.removeprefix(SCENE), "the name of a scene's file"): dataset.store.read(p) for p in paths}


def _common_origin(sources: Sequence[Dataset]) -> tuple[Header, dict[str, str]]:
    """Return the header that all parts have, and the inputs that their frames brought."""
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
