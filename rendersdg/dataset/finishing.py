"""What a dataset's records hold together, once all frames are there: the files over all frames are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rendersdg.dataset.records import FrameRecord, frame_of, record_path
from rendersdg.english import counted
from rendersdg.errors import DatasetError, RenderSDGError

Fragments = Mapping[str, Mapping[int, Any]]  # what writers keep of frames: writer folder -> frame -> JSON-ready value
Read = Callable[[str], bytes]
Finisher = Callable[[Fragments, Read], dict[str, bytes]]


@dataclass
class Gathered:
    """What the records say: ``frames``, the checksums of their ``files`` and of the ``records`` by path, and the
    fragments by writer folder and frame.
    """

    frames: list[int]
    files: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    fragments: dict[str, dict[int, Any]] = field(default_factory=dict)


def gather(
    url: str, sizes: Mapping[str, int], record: Callable[[int], tuple[FrameRecord, str]], wanted: Iterable[int]
) -> Gathered:
    """Return what all records hold together.

    Args:
        url: names the dataset in messages.
        sizes: of all its files, by path.
        record: reads the record of a frame, and its checksum.
        wanted: frames that must be there.

    Raises:
        DatasetError: a frame is not there, with all bytes of its files; or a record is damaged.
    """
    found = Gathered(recorded(sizes))
    lacking = dict.fromkeys(set(wanted) - set(found.frames), "its record")
    for frame in found.frames:
        one, found.records[record_path(frame)] = record(frame)
        for path in [p for p, file in one["files"].items() if sizes.get(p) != file["bytes"]]:
            lacking[frame] = path
        found.files.update({p: f["sha256"] for p, f in one["files"].items()})
        for folder, fragment in one["fragments"].items():
            found.fragments.setdefault(folder, {})[frame] = fragment
    _refuse_lacking(url, lacking)
    return found


def over_all_frames(url: str, finisher: Finisher, fragments: Fragments, read: Read) -> dict[str, bytes]:
    """Return the files over all frames by path. Raises DatasetError where fragments are not what their writer wrote."""
    try:
        return finisher(fragments, read)
    except RenderSDGError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise DatasetError(
            f"{url}: the files over all frames cannot be made of what the records keep ({type(error).__name__}: "
            f"{error}); where verify finds nothing wrong with them, the writer is at fault"
        ) from None


def recorded(names: Iterable[str]) -> list[int]:
    """Return the frames whose records are among files, in order."""
    return sorted(number for number in map(frame_of, names) if number is not None)


def _refuse_lacking(url: str, lacking: Mapping[int, str]) -> None:
    """Raise DatasetError where frames did not arrive at ``url``; ``lacking`` says what is not there, by frame."""
    if not lacking:
        return
    first = min(lacking)
    numbers = ", ".join(map(str, sorted(lacking)[:20])) + (", ..." if len(lacking) > 20 else "")
    raise DatasetError(
        f"{counted(len(lacking), 'frame')} did not arrive whole in {url} ({numbers}): of frame {first}, "
        f"{lacking[first]} is not there as it was committed. Every worker must see the same folder, or write to s3://; "
        "run again with --resume, for all frames, to make what is missing"
    )
