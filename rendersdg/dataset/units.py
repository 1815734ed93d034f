"""What is committed at once: a frame, or a shard of frames whose files lie together. Each has a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rendersdg.dataset.records import Spans, frame_of, record_path, shard_of, shard_path


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a dataset: its frames, or shards of ``per_shard`` frames (0: there are none).

    >>> Units(100).of(250), Units().of(250)
    (2, 250)
    """

    per_shard: int = 0

    @property
    def word(self) -> str:
        """What a unit is called."""
        return "shard" if self.per_shard else "frame"

    def of(self, frame: int) -> int:
        """Return the number of the unit that a frame belongs to."""
        return frame // self.per_shard if self.per_shard else frame

    def path(self, number: int) -> str:
        """Return where the record of a unit lies."""
        return shard_path(number) if self.per_shard else record_path(number)

    def recorded(self, names: Iterable[str]) -> list[int]:
        """Return the units whose records are among files, in order."""
        numbers = map(shard_of if self.per_shard else frame_of, names)
        return sorted(number for number in numbers if number is not None)

    def groups(self, frames: Sequence[int]) -> list[tuple[int, ...]]:
        """Return frames by unit, in the order of the frames.

        >>> Units(3).groups(range(2, 7))
        [(2,), (3, 4, 5), (6,)]
        """
        if not self.per_shard:
            return [(frame,) for frame in frames]
        return [tuple(group) for _, group in groupby(frames, self.of)]


def spans_of(frames: Iterable[int]) -> Spans:
    """Return increasing numbers as spans of first and last.

    >>> spans_of([0, 1, 2, 7, 9, 10])
    [[0, 2], [7, 7], [9, 10]]
    """
    spans: Spans = []
    for frame in frames:
        if spans and spans[-1][1] == frame - 1:
            spans[-1][1] = frame
        else:
            spans.append([frame, frame])
    return spans


def frame_count(listed: Sequence[int | Sequence[int]]) -> int:
    """Return how many frames a manifest lists, by number or in spans.

    >>> frame_count([3, 4]), frame_count([[0, 99], [200, 200]])
    (2, 101)
    """
    return sum(1 if isinstance(one, int) else one[1] - one[0] + 1 for one in listed)
