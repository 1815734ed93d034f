"""What a dataset's records hold together, once all frames are there: the files over all frames are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rendersdg.dataset.records import Record, frames_in
from rendersdg.dataset.units import Units
from rendersdg.english import counted
from rendersdg.errors import DatasetError, RenderSDGError

# what writers keep of frames: writer folder -> frame (of a writer that packs: shard) -> JSON-ready value
Fragments = Mapping[str, Mapping[int, Any]]
Read = Callable[[str], bytes]
Finisher = Callable[[Fragments, Read], dict[str, bytes]]


@dataclass
class Gathered:
    """What the records say: ``frames``, the checksums of their ``files`` and of the ``records`` by path, and the
    fragments by writer folder and frame, or shard.
    """

    frames: list[int] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    fragments: dict[str, dict[int, Any]] = field(default_factory=dict)


def gather(
    url: str,
    units: Units,
    sizes: Mapping[str, int],
    record: Callable[[int], tuple[Record, str]],
    wanted: Iterable[int],
) -> Gathered:
    """Return what all records hold together.

    Args:
        url: names the dataset in messages.
        units: of the dataset.
        sizes: of all its files, by path.
        record: reads the record of a unit, and its checksum.
        wanted: frames that must be there.

    Raises:
        DatasetError: a frame is not there, with all bytes of its files; or a record is damaged.
    """
    found = Gathered()
    lacking: dict[int, str] = {}
    for number in units.recorded(sizes):
        one, found.records[units.path(number)] = record(number)
        frames = frames_in(one)
        found.frames += frames
        absent = [p for p, file in one["files"].items() if sizes.get(p) != file["bytes"]]
        lacking.update(dict.fromkeys(frames, absent[-1]) if absent else {})
        found.files.update({p: f["sha256"] for p, f in one["files"].items()})
        for folder, fragment in one["fragments"].items():
            keyed = {int(key): value for key, value in fragment.items()} if units.per_shard else {number: fragment}
            found.fragments.setdefault(folder, {}).update(keyed)
    lacking.update(dict.fromkeys(set(wanted) - set(found.frames), "its record"))
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
