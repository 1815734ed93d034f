"""A dataset: committed frames with their records, and the files over all frames made from them at the end.

Its own files are JSON without that ending, so that counting a folder's .json files counts the annotations alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, cast

from rendersdg.dataset.store import Store, digest
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

FOLDER = ".rendersdg"
HEADER = f"{FOLDER}/dataset"
MANIFEST = f"{FOLDER}/manifest"
_FRAMES = f"{FOLDER}/frames"
_RECORD = ".record"


Header = Json  # what made a dataset: equal for two datasets that may be joined
Manifest = Json  # the header, with ``frames`` (numbers), ``report`` and ``files`` (path -> SHA-256)
Fragments = Mapping[str, Mapping[int, Any]]  # what writers keep of frames: writer folder -> frame -> JSON-ready value
Read = Callable[[str], bytes]
Finisher = Callable[[Fragments, Read], dict[str, bytes]]


class FileRecord(TypedDict):
    """A file as a frame's record has it; ``bytes`` is its size."""

    sha256: str
    bytes: int


class FrameRecord(TypedDict):
    """A frame's record: its files by path, the writers' fragments by writer folder, and the plan."""

    frame: int
    files: dict[str, FileRecord]
    fragments: Json
    plan: Json


@dataclass(frozen=True, eq=False)
class FrameResult:
    """What a frame gives the dataset: its files, the writers' fragments by writer folder, and the plan's record.

    ``files`` maps paths below the dataset to bytes; ``seconds`` says what took how long, by name.
    """

    frame: int
    files: dict[str, bytes]
    fragments: Json
    plan: Json
    seconds: dict[str, float] = field(default_factory=dict)


class Dataset:
    """A dataset in a store. The header says what made it; each frame has a record with the checksums of its files.

    Example:
        >>> from rendersdg.dataset.store import Store
        >>> data = Dataset(Store("memory://example"))
        >>> data.open({"scene": "ball.yaml"}, {}, resume=False)
        >>> data.commit(FrameResult(0, {"rgb_0000.png": b"..."}, {}, {}))
        >>> data.frames(), data.missing(range(2))
        ([0], [1])
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def header(self) -> Header | None:
        """Return the header, None when there is no dataset here. Raises DatasetError when it is damaged."""
        if self.store.size(HEADER) is None:
            return None
        return _json(self.store.read(HEADER), HEADER)

    def open(self, header: Header, sources: Mapping[str, bytes], *, resume: bool) -> None:
        """Begin the dataset that ``header`` describes, or continue it. Of several processes at once, one begins it.

        Args:
            header: what makes the dataset, JSON-ready.
            sources: the files of the scene, bytes by name; the dataset keeps them.
            resume: whether a dataset with the same header is continued. What a killed process left half written is
                removed then.

        Raises:
            DatasetError: another dataset is here, or this one and ``resume`` is not set; parts of one whose header is
                missing are here; or the store fails.
        """
        there = self.header()
        if there is None:
            self._refuse_remains()
            if self.store.create(HEADER, _bytes(header)):
                self._keep(sources)
                return
            there = self.header()
            if there is None:
                raise DatasetError(
                    f"another command is beginning a dataset at {self.store.url}: run again when it has. If none is, "
                    f"remove what is at or below {HEADER} and {HEADER}-claims there"
                )
        if not resume:
            raise DatasetError(
                f"{self.store.url} holds a dataset already; add --resume to continue it, or choose another folder"
            )
        changed = sorted(k for k in {*there, *header} if there.get(k) != header.get(k))
        if changed:
            raise DatasetError(
                f"{self.store.url} was made by something else ({', '.join(changed)} differ); choose another "
                "folder, or give the "
                "same scene, seed, backend and --set values"
            )
        self.store.sweep()
        self._keep(sources)

    def _refuse_remains(self) -> None:
        """Raise DatasetError where frames or a manifest lie without a header: whose they are cannot be known."""
        remains = [n for n in self.store.names(FOLDER) if n == MANIFEST or n.startswith(_FRAMES + "/")]
        if remains:
            raise DatasetError(
                f"{self.store.url} has {remains[0]} and no {HEADER}, which says what made it; bring that file back, or "
                "choose another folder"
            )

    def _keep(self, sources: Mapping[str, bytes]) -> None:
        """Write the copies of the scene's files that are not there yet."""
        there = self.store.sizes(f"{FOLDER}/scene")
        copies = {f"{FOLDER}/scene/{name}": data for name, data in sources.items()}
        missing = {path: data for path, data in copies.items() if there.get(path) != len(data)}
        if missing:
            self.store.write_all(missing)

    def commit(self, result: FrameResult) -> None:
        """Write a frame's files, then its record: the record is what makes the frame count as done.

        On a disk both are flushed when this returns, and no record is ever there without its files. Raises
        DatasetError when the store takes no bytes.
        """
        files: dict[str, FileRecord] = {
            path: {"sha256": digest(data), "bytes": len(data)} for path, data in sorted(result.files.items())
        }
        record: FrameRecord = {
            "frame": result.frame,
            "files": files,
            "fragments": result.fragments,
            "plan": result.plan,
        }
        text = json.dumps(record, separators=(",", ":")).encode()
        self.store.write_all(result.files, {f"{_FRAMES}/{result.frame:08d}{_RECORD}": text})

    def count(self, wanted: Sequence[int]) -> None:
        """Count frames that were committed, here or by workers elsewhere, against what the store has of them.

        Raises DatasetError that names the frames whose record, or a file of the size that it tells, is not there.
        """
        sizes = self.store.sizes()
        lacking: dict[int, str] = {}
        for frame in wanted:
            path = f"{_FRAMES}/{frame:08d}{_RECORD}"
            if path not in sizes:
                lacking[frame] = path
                continue
            files = self.record(frame)["files"]
            for one in [p for p, file in files.items() if sizes.get(p) != file["bytes"]]:
                lacking.setdefault(frame, one)
        if lacking:
            first = min(lacking)
            numbers = ", ".join(map(str, sorted(lacking)[:20])) + (", ..." if len(lacking) > 20 else "")
            raise DatasetError(
                f"{len(lacking)} of {len(wanted)} frames did not arrive in {self.store.url} ({numbers}): "
                f"{lacking[first]} is not there as it was committed. Every worker must see the same folder, or write "
                "to s3://; run again with --resume for what is missing"
            )

    def frames(self) -> list[int]:
        """Return the numbers of the frames that have a record, in order."""
        names = self.store.names(_FRAMES)
        return sorted(int(n.rsplit("/", 1)[-1].removesuffix(_RECORD)) for n in names if n.endswith(_RECORD))

    def record(self, frame: int) -> FrameRecord:
        """Return the record of a frame. Raises DatasetError when it is missing or damaged."""
        path = f"{_FRAMES}/{frame:08d}{_RECORD}"
        return cast(FrameRecord, _json(self.store.read(path), path))

    def missing(self, wanted: Sequence[int]) -> list[int]:
        """Return the frames of ``wanted`` that are not whole: no record, or a file of another size than recorded."""
        done = set(self.frames())
        return [frame for frame in wanted if not (frame in done and self._is_whole(frame))]

    def _is_whole(self, frame: int) -> bool:
        try:
            files = self.record(frame)["files"]
        except DatasetError:  # a record that cannot be read is none
            return False
        return all(self.store.size(path) == file["bytes"] for path, file in files.items())

    def finish(self, finisher: Finisher, report: list[dict[str, str]]) -> Manifest:
        """Write the files over all frames and the manifest, and return the manifest.

        Args:
            finisher: makes the files over all frames of the fragments by writer folder and frame, and of bytes that it
                reads by their path.
            report: what was replaced or not honoured, see :class:`rendersdg.errors.Report`. What is told of single
                frames is left out of the manifest, which must not depend on which frames a process rendered.

        Raises:
            DatasetError: a record is damaged, or the store takes no bytes.
        """
        lasting = [entry for entry in report if "frame" not in entry]
        header = self.header() or {}
        frames, files = self.finish_writers(finisher)
        manifest = {**header, "frames": frames, "report": lasting, "files": dict(sorted(files.items()))}
        self.store.write(MANIFEST, _bytes(manifest))
        return manifest

    def finish_writers(self, finisher: Finisher) -> tuple[list[int], dict[str, str]]:
        """Write the files over all frames that there are by now. Returns the frames, and every file's checksum by path.

        More frames may come; these files are then written again. Args and Raises are those of :meth:`finish`.
        """
        fragments: dict[str, dict[int, Any]] = {}
        files: dict[str, str] = {}
        frames = self.frames()
        for frame in frames:
            record = self.record(frame)
            files.update({p: f["sha256"] for p, f in record["files"].items()})
            for folder, fragment in record["fragments"].items():
                fragments.setdefault(folder, {})[frame] = fragment
        for path, data in finisher(fragments, self.store.read).items():
            self.store.write(path, data)
            files[path] = digest(data)
        return frames, files

    def remove(self) -> None:
        """Remove the files that the records and the manifest list, and the dataset's own; other files stay."""
        listed = {p for frame in self.frames() for p in self.record(frame)["files"]}
        if self.store.size(MANIFEST) is not None:
            listed |= set(self.manifest()["files"])
        for path in [*sorted(listed), *self.store.names(FOLDER)]:
            self.store.remove(path)

    def manifest(self) -> Manifest:
        """Return the manifest. Raises DatasetError when the dataset was not finished."""
        if self.store.size(MANIFEST) is None:
            what = "was not finished; run render again with --resume" if self.header() else "holds no dataset"
            raise DatasetError(f"{self.store.url} {what}")
        return _json(self.store.read(MANIFEST), MANIFEST)

    def verify(self) -> list[str]:
        """Return one line for each file that is missing, altered or not listed; none when all is well.

        Raises DatasetError when the dataset was not finished.
        """
        manifest = self.manifest()
        problems = []
        for path, checksum in manifest["files"].items():
            if self.store.size(path) is None:
                problems.append(f"missing: {path}")
            elif digest(self.store.read(path)) != checksum:
                problems.append(f"altered: {path}")
        listed = set(manifest["files"])
        problems += [
            f"not listed: {p}" for p in self.store.names() if not p.startswith(f"{FOLDER}/") and p not in listed
        ]
        recorded = set(self.frames())
        problems += [f"no record of frame {f}" for f in manifest["frames"] if f not in recorded]
        return problems


def merge(sources: Sequence[Dataset], target: Dataset, finisher_of: Callable[[Header], Finisher]) -> Manifest:
    """Join shards of one dataset into ``target`` and return its manifest.

    Args:
        sources: the shards; what two of them hold must be the same.
        target: where to; a merge that was stopped goes on.
        finisher_of: returns, for a header, what makes the files over all frames.

    Raises:
        DatasetError: the shards were not made by the same scene, seed and backend, disagree on a frame, or one is
            altered.
    """
    if not sources:
        raise DatasetError("merge needs at least one dataset")
    headers = [s.header() for s in sources]
    for source, header in zip(sources, headers):
        if header is None:
            raise DatasetError(f"{source.store.url} holds no dataset")
        if header != headers[0]:
            raise DatasetError(
                f"{source.store.url} was not made by the same scene, seed and backend as {sources[0].store.url}"
            )
    header = headers[0]
    assert header is not None
    scene = {n.split("/scene/", 1)[1]: sources[0].store.read(n) for n in sources[0].store.names(f"{FOLDER}/scene")}
    target.open(header, scene, resume=target.header() is not None)
    reports: dict[tuple[str, str], dict[str, str]] = {}
    done: dict[int, FrameRecord] = {f: target.record(f) for f in target.frames()}
    for source in sources:
        if source.store.size(MANIFEST) is not None:
            reports.update({(e["kind"], e["subject"]): e for e in source.manifest()["report"]})
        for frame in source.frames():
            record = source.record(frame)
            if frame in done:
                if record != done[frame]:
                    raise DatasetError(f"frame {frame} of {source.store.url} differs from the one merged before")
                continue
            files = {path: source.store.read(path) for path in record["files"]}
            bad = [p for p, data in files.items() if digest(data) != record["files"][p]["sha256"]]
            if bad:
                raise DatasetError(f"{source.store.url}/{bad[0]} is altered; verify that dataset first")
            target.commit(FrameResult(frame, files, record["fragments"], record["plan"]))
            done[frame] = record
    return target.finish(finisher_of(header), [reports[k] for k in sorted(reports)])


def _bytes(value: Json) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=False) + "\n").encode()


def _json(data: bytes, path: str) -> Json:
    try:
        return json.loads(data)
    except ValueError as error:
        raise DatasetError(f"{path} is damaged ({error}); delete it and run render again with --resume") from None
