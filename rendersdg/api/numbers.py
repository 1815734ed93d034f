"""Numbers of frames, as callers give them."""

from __future__ import annotations

from rendersdg.errors import BadArgument


def frames_of(frames: int | range | None, length: int | None, name: str) -> range:
    """Return which frames are asked for. Raises BadArgument for what is not a count or a range of them."""
    if frames is None:
        if length is None:
            raise BadArgument(f"{name} has a trigger without max_execs and would run for ever; give frames=N")
        return range(length)
    if isinstance(frames, range):
        if frames and min(frames) < 0:
            raise BadArgument(f"frames={frames}: frames are numbered from 0")
        return frames
    count = whole_number(frames, "frames")
    if count < 1:
        raise BadArgument(f"frames={count}: give 1 or more, or a range")
    return range(count)


def whole_number(value: object, what: str) -> int:
    """Return a whole number, NumPy's too. Raises BadArgument for anything else."""
    if not isinstance(value, bool) and hasattr(value, "__index__"):
        return int(value.__index__())
    raise BadArgument(f"{what} is a whole number, not {value!r}")
