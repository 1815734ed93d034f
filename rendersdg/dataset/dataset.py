"""A dataset: committed frames with their records, and the files over all frames made from them at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rendersdg.dataset.checking import Check, gaps, problems
from rendersdg.dataset.finishing import Finisher, Gathered, Read, gather, over_all_frames
from rendersdg.dataset.origin import changed_inputs, differences, texts_of
from rendersdg.dataset.places import CLAIMS
from rendersdg.dataset.records import (
    FOLDER,
    FORMAT,
    FRAMES,
    HEADER,
    INPUTS,
    MANIFEST,
    PER_SHARD,
    SCENE,
    SHARDED_FORMAT,
    SHARDS,
    FileRecord,
    FrameRecord,
    Header,
    Manifest,
    Record,
    ShardFrame,
    ShardRecord,
    digest,
    frame_digest,
    frames_in,
    header_of,
    input_of,
    input_path,
    manifest_of,
    record_of,
    sealed,
    shard_record_of,
)
from rendersdg.dataset.store import Store
from rendersdg.dataset.units import Units, spans_of
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

__all__ = [
    "FOLDER",
    "FORMAT",
    "HEADER",
    "MANIFEST",
    "Check",
    "Content",
    "Dataset",
    "Finisher",
    "FrameResult",
    "Header",
    "Manifest",
    "Read",
    "ShardResult",
]

Content = Callable[[str], str]  # the SHA-256 that an input has now, by its name; empty where it is not there


@dataclass(frozen=True, eq=False)
class FrameResult:
    """What a frame gives the dataset: its files, the writers' fragments by writer folder, and the plan's record.

    ``files`` maps paths below the dataset to bytes; ``seconds`` says what took how long, by name; ``inputs`` has the
    SHA-256 of every file that was read so far, by name. ``pieces`` are what writers pack into the files of shards, by
    writer folder and path below it.
    """

    frame: int
    files: dict[str, bytes]
    fragments: Json
    plan: Json
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    pieces: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def loose(self) -> dict[str, bytes]:
        """Return all files of the frame by path, those too that go into shards."""
        own = {f"{folder}/{p}" if folder else p: d for folder, some in self.pieces.items() for p, d in some.items()}
        return {**self.files, **own}


@dataclass(frozen=True, eq=False)
class ShardResult:
    """What a shard gives the dataset: its number, files by path, the fragments by writer folder and number (of the
    shard, where the writer packs; else of a frame), its frames, and the inputs as :class:`FrameResult` has them.
    """

    shard: int
    files: dict[str, bytes]
    fragments: dict[str, dict[str, Any]]
    frames: dict[int, ShardFrame]
    inputs: Mapping[str, str] = field(default_factory=dict)


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
        self._origin: str | None = None  # the header's checksum, once it was read
        self._units = Units()
        self._committed: set[int] = set()  # frames, by this object
        self._inputs: dict[str, str] | None = None  # what the header and the frames tell of, once it was read
        self._kept: set[str] = set()  # paths of the copies of the scene's files

    def header(self) -> Header | None:
        """Return the header, None when there is no dataset here. Raises DatasetError when it is damaged."""
        if self.store.size(HEADER) is None:
            return None
        header, self._origin = header_of(self.store.read(HEADER))
        self._units = Units(header[PER_SHARD] if header.get("format") == SHARDED_FORMAT else 0)
        return header

    @property
    def units(self) -> Units:
        """What is committed at once. Raises DatasetError where there is no dataset."""
        self.origin()
        return self._units

    def open(
        self, header: Header, sources: Mapping[str, bytes], *, resume: bool, content: Content | None = None
    ) -> None:
        """Begin the dataset that ``header`` describes, or continue it. Of several processes at once, one begins it.

        Args:
            header: what makes the dataset, JSON-ready.
            sources: the files of the scene, bytes by name; the dataset keeps them.
            resume: whether a dataset with the same header is continued. What a killed process left half written is
                removed then.
            content: returns what an input has as its content now, for the inputs that frames brought.

        Raises:
            DatasetError: another dataset is here, or this one and ``resume`` is not set; a file that its frames were
                made of has changed; parts of a dataset whose header is missing are here; or the store fails.
        """
        if resume:
            self._remove_torn(sealed(header, indent=1))
        there = self.header()
        if there is None:
            self._refuse_remains()
            if self.store.create(HEADER, sealed(header, indent=1)):
                self.store.sweep()
                self.keep(sources)
                return
            there = self.header()
            if there is None:
                raise DatasetError(
                    f"another command is beginning a dataset at {self.store.url}: run again when it has. If none is, "
                    f"remove what is at or below {HEADER} and {HEADER}{CLAIMS} there"
                )
        if not resume:
            raise DatasetError(self._is_there())
        self._refuse_loss()
        self._refuse_another(there, header, content)
        self.store.sweep()
        self.keep(sources)

    def require_usable(self, *, resume: bool) -> None:
        """Raise DatasetError where no dataset can be begun, or continued with ``resume``, whatever the scene: files lie
        in the way, a dataset is there already, or nothing can be written.
        """
        self.store.require_room()
        if resume:  # a header that was cut short is mended when the scene is known
            return
        if self.header() is not None:
            raise DatasetError(self._is_there())
        self._refuse_remains()

    def _is_there(self) -> str:
        return f"{self.store.url} holds a dataset already; add --resume to continue it, or choose another folder"

    def _refuse_another(self, there: Header, header: Header, content: Content | None) -> None:
        changed = differences(there, header)
        if not changed and content is not None:
            changed = changed_inputs(self.later_inputs(), content)
        if changed:
            raise DatasetError(
                f"{self.store.url} was made by something else: {'; '.join(changed)}. Bring back what made it, or "
                "choose another folder"
            )

    def _refuse_loss(self) -> None:
        """Raise DatasetError where the manifest lists inputs that are gone: what frames depend on is not known then."""
        there = set(self.store.names(INPUTS.rstrip("/")))
        gone = [path for path in self._listed() if path.startswith(INPUTS) and path not in there]
        if gone:
            raise DatasetError(
                f"{self.store.url} lacks {gone[0]}, which tells of a file that its frames were made of; bring it back "
                "from a copy, or make the dataset anew in another folder"
            )

    def _listed(self) -> dict[str, str]:
        """Return the checksums of the dataset's own files that the manifest lists; none where it is missing or damaged,
        as it is made anew at the end.
        """
        if self.store.size(MANIFEST) is None:
            return {}
        data = self.store.read(MANIFEST)
        try:
            return dict(manifest_of(data).get("own", {}))
        except DatasetError:
            return {}

    def _refuse_strays(self, there: Iterable[str]) -> None:
        """Raise DatasetError where copies lie that are none of the scene's files: they would be listed as such."""
        strays = sorted({path for path in there if path.startswith(SCENE)} - self._kept) if self._kept else []
        if strays:
            raise DatasetError(
                f"{self.store.url} holds {strays[0]}, which is not a file of the scene; remove it, and run again with "
                "--resume"
            )

    def _refuse_remains(self) -> None:
        """Raise DatasetError where frames or a manifest lie without a header: whose they are cannot be known."""
        remains = [n for n in self.store.names(FOLDER) if n == MANIFEST or n.startswith((FRAMES, SHARDS))]
        if remains:
            raise DatasetError(
                f"{self.store.url} has {remains[0]} and no whole {HEADER}, which says what made it; bring that "
                "file back, or choose another folder"
            )

    def _remove_torn(self, header: bytes) -> None:
        """Remove a header that was cut short while it was written: it begins as ``header`` does, and no frame came."""
        if self.store.size(HEADER) in (None, len(header)):
            return
        there = self.store.read(HEADER)
        if len(there) < len(header) and header.startswith(there):
            self._refuse_remains()
            self.store.remove(HEADER)

    def keep(self, sources: Mapping[str, bytes]) -> None:
        """Write the copies of the scene's files that are not there, or are not as they should be."""
        there = self.store.sizes(SCENE.rstrip("/"))
        copies = {f"{SCENE}{name}": data for name, data in sources.items()}
        self._kept |= set(copies)
        missing = {p: d for p, d in copies.items() if there.get(p) != len(d) or self.store.read(p) != d}
        if missing:
            self.store.write_all(missing)

    def origin(self) -> str:
        """Return the checksum of the header, which binds records to it; empty for a dataset of ``OLD_FORMAT``.

        Raises DatasetError where there is no dataset.
        """
        if self._origin is None:
            self.begun()
        return self._origin or ""

    def begun(self) -> Header:
        """Return the header. Raises DatasetError where there is none, or the store does not show it."""
        header = self.header()
        if header is None:
            raise DatasetError(
                f"{self.store.url} holds no dataset; where workers make one, each must see the same folder, or s3://"
            )
        return header

    def later_inputs(self) -> dict[str, str]:
        """Return the content (SHA-256) of the inputs that frames brought, by name. Raises DatasetError for damage."""
        return dict(input_of(self.store.read(p), p) for p in self.store.names(INPUTS.rstrip("/")))

    def _take(self, inputs: Mapping[str, str]) -> None:
        """Note inputs that are new. Raises DatasetError for one that has another content than frames were made of."""
        if self._inputs is None:
            self._inputs = texts_of(self.begun().get("inputs")) | self.later_inputs()
        for name, content in list(inputs.items()):
            path = input_path(name)
            if name not in self._inputs:
                if not self.store.create(path, sealed({"input": name, "content": content})) and not self._has(path):
                    self.store.write(path, sealed({"input": name, "content": content}))
                self._inputs[name] = input_of(self.store.read(path), path)[1]  # which another worker may have written
            if self._inputs[name] != content:
                raise DatasetError(
                    f"{name} is not what it was when {self.store.url} was begun, so its frames would be of two kinds; "
                    "bring the file back, or choose another folder"
                )

    def _has(self, path: str) -> bool:
        return self.store.size(path) is not None

    def commit(self, result: FrameResult) -> None:
        """Write a frame's files, then its record: the record is what makes the frame count as done.

        On a disk both are flushed when this returns, and no record is ever there without its files. Raises
        DatasetError when the store takes no bytes, and when a file that the frame was made of has changed.
        """
        record: FrameRecord = {
            "header": self.origin(),
            "frame": result.frame,
            "files": _noted(result.files),
            "fragments": result.fragments,
            "plan": result.plan,
        }
        self._commit(result.files, record, result.frame, result.inputs)

    def commit_shard(self, result: ShardResult) -> None:
        """Write a shard's files, then its record, as :meth:`commit` does for a frame; one that is there is replaced."""
        record: ShardRecord = {
            "header": self.origin(),
            "shard": result.shard,
            "files": _noted(result.files),
            "fragments": result.fragments,
            "frames": {str(frame): result.frames[frame] for frame in sorted(result.frames)},
        }
        self._commit(result.files, record, result.shard, result.inputs)

    def _commit(self, files: Mapping[str, bytes], record: Record, number: int, inputs: Mapping[str, str]) -> None:
        self._take(inputs)
        self.store.write_all(files, {self.units.path(number): sealed(record)})
        self._committed.update(frames_in(record))

    def frames(self) -> list[int]:
        """Return the numbers of the frames that are committed, in order. Raises DatasetError for a damaged shard."""
        numbers = self.recorded()
        return [f for n in numbers for f in frames_in(self.record(n))] if self._units.per_shard else numbers

    def recorded(self) -> list[int]:
        """Return the numbers of the units, frames or shards, that have a record, in order.

        Raises DatasetError where records lie without a header: a store that does not show it must not seem empty.
        """
        if self._origin is None and self.header() is None:
            self._refuse_remains()
            return []
        return self._units.recorded(self.store.names((SHARDS if self._units.per_shard else FRAMES).rstrip("/")))

    def record(self, number: int) -> Record:
        """Return the record of a frame, or of a shard where frames are in shards.

        Raises DatasetError when it is missing or damaged.
        """
        return self.read_record(number)[0]

    def read_record(self, number: int) -> tuple[Record, str]:
        """Return the record of a frame or a shard, and its SHA-256. Raises as :meth:`record` does."""
        origin = self.origin()
        path = self._units.path(number)
        data = self.store.read(path)
        if self._units.per_shard:
            return shard_record_of(data, path, origin, self._units.per_shard), digest(data)
        return record_of(data, path, origin), digest(data)

    def differing(self, result: FrameResult) -> list[str] | None:
        """Return the files in which a frame that was made again differs from what is recorded of it; None where it has
        no record. Of a frame in a shard it is known whether it differs, not where. Raises DatasetError for damage.
        """
        number = self.units.of(result.frame)
        if number not in self.recorded():
            return None
        record = self.record(number)
        if "frames" in record:
            frame = record["frames"].get(str(result.frame))
            same = frame is None or frame["sha256"] == frame_digest(result.loose())
            return None if frame is None else [] if same else [f"what is in shard {number} of it"]
        digests = {path: digest(content) for path, content in result.files.items()}
        noted = {path: file["sha256"] for path, file in record["files"].items()}
        return sorted(path for path in {*digests, *noted} if digests.get(path) != noted.get(path))

    def missing(self, wanted: Sequence[int]) -> list[int]:
        """Return the frames of ``wanted`` that are not whole by their content, see :meth:`gaps`."""
        return list(self.gaps(wanted))

    def gaps(self, wanted: Sequence[int], check: Check = "content") -> dict[int, str]:
        """Return the frames of ``wanted`` that are not whole, each with what is wrong: an empty text for one that is
        not there yet.

        Where frames are in shards, a shard that is not whole is made anew: its frames that are there come, too. A
        record that its own checksum does not support is none. With ``check`` "content" every file is compared with
        its checksum. "stat" trusts a file that has its size and was not written after its record; others are compared.
        Raises DatasetError when the store fails.
        """
        return gaps(self.store, self.units, wanted, self.read_record, self._listed(), check)

    def finish(self, finisher: Finisher, report: list[dict[str, str]], *, wanted: Sequence[int] = ()) -> Manifest:
        """Write the files over all frames and the manifest, and return the manifest.

        Args:
            finisher: makes the files over all frames of the fragments by writer folder and frame, and of bytes that it
                reads by their path.
            report: what was replaced or not honoured, see :class:`rendersdg.errors.Report`. What is told of single
                frames is left out of the manifest, which must not depend on which frames a process rendered.
            wanted: frames that must be there, say those that workers committed; those of this object must be, too.

        Raises:
            DatasetError: a frame did not arrive, with all bytes of its files; a record is damaged; or the store fails.
        """
        self.store.sweep()  # again: workers of a killed run outlive it for a moment, and may have been writing
        sizes = self.store.sizes()
        self._refuse_strays(sizes)
        lasting = [entry for entry in report if "frame" not in entry]
        header = self.header()
        gone = sorted({HEADER, *self._kept} - set(sizes))
        if header is None or gone:
            raise DatasetError(f"{self.store.url} has no {gone[0] if gone else HEADER} any more; bring it back")
        found = self._finish_writers(finisher, sizes, wanted)
        kept = [path for path in sizes if path == HEADER or path.startswith((SCENE, INPUTS))]
        own = {path: digest(self.store.read(path)) for path in kept} | found.records
        manifest = {
            **header,
            "format": header.get("format", FORMAT),
            "frames": spans_of(found.frames) if self._units.per_shard else found.frames,
            "report": lasting,
            "files": dict(sorted(found.files.items())),
            "own": dict(sorted(own.items())),
        }
        data = sealed(manifest, "root", indent=1)
        self.store.write(MANIFEST, data)
        return manifest_of(data)

    def finish_writers(self, finisher: Finisher) -> tuple[list[int], dict[str, str]]:
        """Write the files over all frames that there are by now. Returns the frames, and every file's checksum by path.

        More frames may come; these files are then written again. Args and Raises are those of :meth:`finish`.
        """
        found = self._finish_writers(finisher, self.store.sizes(), ())
        return found.frames, found.files

    def _finish_writers(self, finisher: Finisher, sizes: Mapping[str, int], wanted: Iterable[int]) -> Gathered:
        """Do that for all frames whose records ``sizes`` lists; return what they hold, with all files' checksums."""
        found = gather(self.store.url, self.units, sizes, self.read_record, {*wanted, *self._committed})
        for path, data in over_all_frames(self.store.url, finisher, found.fragments, self.store.read).items():
            self.store.write(path, data)
            found.files[path] = digest(data)
        return found

    def remove(self) -> None:
        """Remove the files that the records and the manifest list, and the dataset's own; other files stay."""
        listed = {p for number in self.recorded() for p in self.record(number)["files"]}
        if self.store.size(MANIFEST) is not None:
            listed |= set(self.manifest()["files"])
        for path in [*sorted(listed), *self.store.names(FOLDER)]:
            self.store.remove(path)

    def manifest(self) -> Manifest:
        """Return the manifest. Raises DatasetError when the dataset was not finished."""
        if self.store.size(MANIFEST) is None:
            what = "was not finished; run render again with --resume" if self.header() else "holds no dataset"
            raise DatasetError(f"{self.store.url} {what}")
        return manifest_of(self.store.read(MANIFEST))

    def verify(
        self,
        root: str | None = None,
        on_file: Callable[[], None] = lambda: None,
        on_other: Callable[[str], None] = lambda path: None,
    ) -> list[str]:
        """Return one line for each file that is missing, altered or not listed, of the dataset's own, too; none when
        all is well.

        Args:
            root: the root hash that was noted when the dataset was made; another one is a problem.
            on_file: is called after each file of the manifest.
            on_other: is called with the path of each file that others put beside those of the dataset.

        Raises:
            DatasetError: the dataset was not finished, or its manifest is damaged.
        """
        manifest = self.manifest()
        found = []
        if root is not None and manifest["root"] != root:
            found.append(f"the root is {manifest['root'] or 'not there'}, not {root}: this is another dataset")
        return found + problems(self.store, self.units, manifest, self.read_record, on_file, on_other)


def _noted(files: Mapping[str, bytes]) -> dict[str, FileRecord]:
    return {path: {"sha256": digest(data), "bytes": len(data)} for path, data in sorted(files.items())}
