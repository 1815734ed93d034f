"""The files that a dataset has of its own: JSON with a checksum of itself at its end, read into types.

Their names lack the ending of JSON, so that counting a folder's .json files counts the annotations alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypedDict, cast, final

from rendersdg.errors import DatasetError
from rendersdg.paths import relative_path
from rendersdg.plain import Json

FORMAT = "rendersdg-dataset-2"
SHARDED_FORMAT = "rendersdg-dataset-3"  # what FORMAT is, but that shards of frames are committed, not single frames
OLD_FORMAT = "rendersdg-dataset-1"  # without checksums of its own files, and silent about what the scene reads
FOLDER = ".rendersdg"
HEADER = f"{FOLDER}/dataset"
MANIFEST = f"{FOLDER}/manifest"
SCENE = f"{FOLDER}/scene/"
FRAMES = f"{FOLDER}/frames/"
SHARDS = f"{FOLDER}/shards/"
INPUTS = f"{FOLDER}/inputs/"
PER_SHARD = "frames_per_shard"  # an entry of the header of ``SHARDED_FORMAT``
_RECORD = re.compile(re.escape(FRAMES) + r"([0-9]{8}|[1-9][0-9]{8,17})\.record", re.ASCII)
_SHARD = re.compile(re.escape(SHARDS) + r"([0-9]{8}|[1-9][0-9]{8,17})\.record", re.ASCII)
_SEAL = re.compile(rb',\n "([a-z0-9]+)": "([0-9a-f]{64})"\n\}\n\Z')
_SEAL_LENGTH = 90  # bytes at most
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}")
_WORDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}

Header = Json  # what made a dataset: equal for two datasets that may be joined
# the header, ``frames`` (numbers; of shards, spans), ``report``, ``files`` and ``own`` (path -> SHA-256), and ``root``
Manifest = Json
Spans = list[list[int]]  # of numbers: the first and the last of each run without a gap


class FileRecord(TypedDict):
    """A file as a frame's record has it; ``bytes`` is its size."""

    sha256: str
    bytes: int


@final
class FrameRecord(TypedDict):
    """A frame's record: the checksum of its dataset's header, its files by path, the writers' fragments by writer
    folder, and the plan.
    """

    header: str
    frame: int
    files: dict[str, FileRecord]
    fragments: Json
    plan: Json


class ShardFrame(TypedDict):
    """A frame of a shard: ``sha256`` stands for its files before they were packed, ``plan`` has its random values."""

    sha256: str
    plan: Json


@final
class ShardRecord(TypedDict):
    """A shard's record: the checksum of its dataset's header, its files by path, the fragments by writer folder (of a
    writer that packs, one a shard; else by frame), and its frames by number.
    """

    header: str
    shard: int
    files: dict[str, FileRecord]
    fragments: Json
    frames: dict[str, ShardFrame]


Record = FrameRecord | ShardRecord


def frames_in(record: Record) -> list[int]:
    """Return the numbers of the frames that a record is of, in order."""
    return [record["frame"]] if "frame" in record else sorted(map(int, record["frames"]))


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, hexadecimal."""
    return sha256(data).hexdigest()


def record_path(frame: int) -> str:
    """Return where the record of a frame is.

    >>> record_path(7)
    '.rendersdg/frames/00000007.record'
    """
    return f"{FRAMES}{frame:08d}.record"


def frame_of(path: str) -> int | None:
    """Return the frame whose record lies at ``path``, None for another path."""
    match = _RECORD.fullmatch(path)
    return int(match[1]) if match else None


def shard_path(shard: int) -> str:
    """Return where the record of a shard is."""
    return f"{SHARDS}{shard:08d}.record"


def shard_of(path: str) -> int | None:
    """Return the shard whose record lies at ``path``, None for another path."""
    match = _SHARD.fullmatch(path)
    return int(match[1]) if match else None


def frame_digest(files: Mapping[str, bytes]) -> str:
    """Return what stands for the files of a frame, by path, in the record of its shard."""
    return digest(json.dumps({path: digest(data) for path, data in sorted(files.items())}).encode())


def input_path(name: str) -> str:
    """Return where the content of an input is kept that frames brought."""
    return f"{INPUTS}{digest(json.dumps(name).encode())[:32]}"


def sealed(value: Mapping[str, Any], name: str = "sha256", *, indent: int | None = None) -> bytes:
    """Return ``value`` as JSON whose last entry ``name`` is the SHA-256 of all bytes before it."""
    separators = (",", ":") if indent is None else None
    body = json.dumps(value, indent=indent, separators=separators)[:-1].rstrip().encode()
    return body + f',\n "{name}": "{digest(body)}"\n}}\n'.encode()


def unsealed(data: bytes, path: str, name: str = "sha256") -> tuple[Json, str]:
    """Return what a file of a dataset holds, and its checksum: of all bytes before it. Empty for a file that has none,
    as of ``OLD_FORMAT``.

    Raises DatasetError where the checksum is another one, or the file is not JSON of an object.
    """
    seal = _SEAL.search(data, max(len(data) - _SEAL_LENGTH, 0))
    if seal is None or seal[1].decode() != name:
        return _parsed(data, path), ""
    body, checksum = data[: seal.start()], seal[2].decode()
    if digest(body) != checksum:
        raise damaged(path, "its content is not what its checksum says")
    return _parsed(body + b"}", path), checksum


def damaged(path: str, why: str) -> DatasetError:
    """Return the error that says that a file of a dataset cannot be used."""
    remedy = "bring it back from a copy, or make the dataset anew in another folder"
    if frame_of(path) is not None or shard_of(path) is not None or path == MANIFEST:
        remedy = "delete it and run render again with --resume"
    return DatasetError(f"{path} is damaged ({why}); {remedy}")


def header_of(data: bytes) -> tuple[Header, str]:
    """Return a header and its checksum. Raises DatasetError for one that is damaged or of a format of the future."""
    header, checksum = unsealed(data, HEADER)
    name = header.get("format", FORMAT)
    if name not in (FORMAT, SHARDED_FORMAT, OLD_FORMAT):
        raise DatasetError(f"{HEADER} has the format {_shown(name)}, which this rendersdg does not know; update it")
    if not checksum and name != OLD_FORMAT:
        raise damaged(HEADER, "its end is missing, or is not as it was written")
    if name == SHARDED_FORMAT and field(header, PER_SHARD, int, HEADER) < 1:
        raise damaged(HEADER, f"shards of {_shown(header[PER_SHARD])} frames")
    return header, checksum


def record_of(data: bytes, path: str, header: str) -> FrameRecord:
    """Return a frame's record; ``header`` is the checksum of the dataset's header, empty for one of ``OLD_FORMAT``.

    Raises DatasetError for one that is damaged, of another frame or of another dataset.
    """
    tree = _record(data, path, header)
    if field(tree, "frame", int, path) != frame_of(path):
        raise damaged(path, f"it is the record of frame {_shown(tree['frame'])}")
    field(tree, "plan", dict, path)
    return cast(FrameRecord, {"header": header, **tree})


def shard_record_of(data: bytes, path: str, header: str, per_shard: int) -> ShardRecord:
    """Return a shard's record; ``header`` is the checksum of the dataset's header, which says ``per_shard``.

    Raises DatasetError for one that is damaged, of another shard or of another dataset.
    """
    tree = _record(data, path, header)
    shard = field(tree, "shard", int, path)
    if shard != shard_of(path):
        raise damaged(path, f"it is the record of shard {_shown(shard)}")
    frames = field(tree, "frames", dict, path)
    if not frames:
        raise damaged(path, "it has no frame")
    for name, frame in frames.items():
        if not _NUMBER.fullmatch(name) or int(name) // per_shard != shard:
            raise damaged(path, f"frame {_shown(name)} is not one of its shard")
        if not isinstance(frame, dict):
            raise damaged(path, f"what it says of frame {name} is {_kind(frame)}, not an object")
        _checksum(frame.get("sha256"), path)
        field(frame, "plan", dict, path)
    for folder, fragments in tree["fragments"].items():
        if not isinstance(fragments, dict) or not all(_NUMBER.fullmatch(name) for name in fragments):
            raise damaged(path, f"its fragments of {_shown(folder)} are not by number")
    return cast(ShardRecord, tree)


def _record(data: bytes, path: str, header: str) -> Json:
    """Return what the record of a frame or a shard holds, with its files looked through."""
    tree, checksum = unsealed(data, path)
    if not checksum and header:
        raise damaged(path, "its end is missing, or is not as it was written")
    if header and field(tree, "header", str, path) != header:
        raise damaged(path, "it belongs to a dataset with another header")
    for name, file in field(tree, "files", dict, path).items():
        _own_path(name, path)
        if not isinstance(file, dict):
            raise damaged(path, f"what it says of the file {_shown(name)} is {_kind(file)}, not an object")
        _checksum(file.get("sha256"), path)
        if field(file, "bytes", int, path) < 0:
            raise damaged(path, f"a file of {_shown(file['bytes'])} bytes")
    field(tree, "fragments", dict, path)
    return tree


def input_of(data: bytes, path: str) -> tuple[str, str]:
    """Return the name and the content (SHA-256, or empty) of an input that frames brought. Raises DatasetError."""
    tree, checksum = unsealed(data, path)
    name, content = field(tree, "input", str, path), field(tree, "content", str, path)
    if not checksum or (content and not _HEX.fullmatch(content)) or input_path(name) != path:
        raise damaged(path, "it is not as it was written")
    return name, content


def manifest_of(data: bytes) -> Manifest:
    """Return a manifest, with its checksum as ``root``; that is empty for one of ``OLD_FORMAT``.

    Raises DatasetError for one that is damaged.
    """
    manifest, root = unsealed(data, MANIFEST, "root")
    if not root and manifest.get("format") != OLD_FORMAT:
        raise damaged(MANIFEST, "its end is missing, or is not as it was written")
    in_spans = manifest.get("format") == SHARDED_FORMAT
    for frame in field(manifest, "frames", list, MANIFEST):
        ends = frame if in_spans and isinstance(frame, list) and len(frame) == 2 else [frame]
        if len(ends) != 1 + in_spans or not all(isinstance(n, int) and not isinstance(n, bool) for n in ends):
            raise damaged(
                MANIFEST, f"{_shown(frame)} is not {'a span of frames' if in_spans else 'the number of a frame'}"
            )
    for entry in field(manifest, "report", list, MANIFEST):
        if not isinstance(entry, dict) or not all(isinstance(v, str) for v in (*entry, *entry.values())):
            raise damaged(MANIFEST, "an entry of its report is not of texts")
        for key in ("kind", "subject"):
            field(entry, key, str, MANIFEST)
    if not root:
        manifest["own"] = {}  # which older ones do not have
    for key in ("files", "own"):
        for path, checksum in field(manifest, key, dict, MANIFEST).items():
            _own_path(path, MANIFEST)
            _checksum(checksum, MANIFEST)
    return {**manifest, "root": root}


def field(tree: Json, key: str, kind: type | tuple[type, ...], path: str) -> Any:
    """Return the entry ``key`` of JSON that a dataset keeps at ``path``. Raises DatasetError where it is missing or of
    another kind.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if key not in tree:
        raise damaged(path, f"the entry {key!r} is missing")
    value = tree[key]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(_WORDS.get(k, "nothing") for k in kinds)
        raise damaged(path, f"the entry {key!r} is {_kind(value)}, not {wanted}")
    return value


def _parsed(data: bytes, path: str) -> Json:
    try:
        tree = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except RecursionError:
        raise damaged(path, "its lists and objects lie too deep in each other") from None
    except ValueError as error:
        raise damaged(path, str(error) or "it is not JSON") from None
    if not isinstance(tree, dict):
        raise damaged(path, f"it is {_kind(tree)}, not an object")
    return tree


def _once(pairs: list[tuple[str, Any]]) -> Json:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise ValueError("a key appears twice")
    return tree


def _own_path(name: str, path: str) -> None:
    try:
        relative_path(name)
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from None


def _checksum(value: object, path: str) -> None:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise damaged(path, f"{_shown(value)} is not a SHA-256")


def _kind(value: object) -> str:
    return "null" if value is None else _WORDS.get(type(value), "a number")


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or value.bit_length() < 200 else "a number of over 60 digits"
    return text if len(text) <= 80 else f"{text[:77]}..."
