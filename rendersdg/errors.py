"""Every exception that rendersdg raises on purpose, and the log of what it could not honour."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

log = logging.getLogger("rendersdg")
_LONGEST = 1000  # characters of a message
_MOST_TOLD = 20  # mistakes of one scene


class RenderSDGError(Exception):
    """A mistake in the input or the surroundings; the message says what, where and what to do instead.

    ``where`` is ``file:line`` when the front door knows it.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None) -> None:
        if len(message) > _LONGEST:  # it repeats a name or a value without end
            message = f"{message[:700]} ... {message[-200:]}"
        super().__init__(message)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message

    def at(self, where: str | None) -> RenderSDGError:
        """Return this error, placed at ``where`` unless a place nearer to the cause is known already."""
        if self.where is None and where is not None:
            self.where = where
        return self

    def saying(self, new: str, old: str) -> RenderSDGError:
        """Return this error with another text, a place say, in the stead of one that its reader does not know."""
        self.message = self.message.replace(old, new)
        self.where = None if self.where is None else self.where.replace(old, new)
        return self


class BadScene(RenderSDGError):
    """The scene file cannot be understood: unknown function, wrong argument, broken reference."""

    exit_code = 2


class BadArgument(BadScene):
    """A value has the wrong type, shape or range."""


class SeveralErrors(BadScene):
    """Several mistakes of one scene, told at once; the exit code is that of the first.

    >>> str(SeveralErrors([BadArgument("scale=0", where="a.yaml:1"), BadArgument("count=-1", where="a.yaml:3")]))
    '2 mistakes\\n  a.yaml:1: scale=0\\n  a.yaml:3: count=-1'
    """

    def __init__(self, errors: Sequence[RenderSDGError]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(self.errors)} mistakes")
        lines = [f"  {error}" for error in self.errors[:_MOST_TOLD]]
        if len(self.errors) > _MOST_TOLD:
            lines.append(f"  ... and {len(self.errors) - _MOST_TOLD} more")
        self.message = "\n".join([self.message, *lines])
        self.exit_code = self.errors[0].exit_code
        self.where = self.errors[0].where

    def __str__(self) -> str:
        return self.message  # which has all places

    def saying(self, new: str, old: str) -> SeveralErrors:
        """Return these errors with another text in the stead of one."""
        return SeveralErrors([error.saying(new, old) for error in self.errors])

    def __reduce__(self) -> tuple[type[SeveralErrors], tuple[tuple[RenderSDGError, ...]]]:
        return type(self), (self.errors,)  # as workers send it

    def at(self, where: str | None) -> SeveralErrors:
        """Return this error: each of its mistakes has its own place."""
        return self


class AssetError(RenderSDGError):
    """An asset is missing, unreadable or refused (``--strict``)."""

    exit_code = 3


class DatasetError(RenderSDGError):
    """The output cannot be written, or what is there is damaged or belongs to another scene."""

    exit_code = 4


class NotTrusted(DatasetError):
    """What is opened would run code that it brings, and nobody said that it may (``--trust``, ``trust=True``)."""


class MissingFile(DatasetError):
    """A file that was asked for is not in the store."""


class NotSupported(RenderSDGError):
    """A name that Replicator has and this engine cannot honour."""

    exit_code = 5


class RenderFailed(RenderSDGError):
    """A frame could not be rendered."""

    exit_code = 6


class KernelsUnavailable(RenderSDGError):
    """The compiled kernels are missing, cannot be built here, or do not suit this processor."""

    exit_code = 6


class TrainingFailed(RenderSDGError):
    """Training went astray (the loss is not a finite number) or a study's run did not finish."""

    exit_code = 7


class GateFailed(RenderSDGError):
    """What was measured is beyond the limit that was asked for."""

    exit_code = 7


class Unforeseen(RenderSDGError):
    """Something failed that nobody foresaw: a fault of rendersdg's, whatever the input was. Its cause is chained."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, or a short list of what there is.

    >>> did_you_mean("creat.cube", ["create.cube", "create.cone"])
    "; did you mean 'create.cube'?"
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"


@dataclass
class Report:
    """What was replaced or not honoured, each said once: ``(kind, subject, text)`` in order of appearance.

    With ``strict`` the first entry that changes the picture raises :class:`AssetError` instead. Some entries are about
    one frame (``frames``): the first of all frames stays, whichever process made it. ``heard`` counts what was said,
    again or not.
    """

    strict: bool = False
    texts: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    frames: dict[tuple[str, str], int] = field(default_factory=dict)
    heard: int = 0

    @property
    def entries(self) -> dict[tuple[str, str], str]:
        """What is said of each (kind, subject), in one text."""
        return {key: "; ".join(texts) for key, texts in self.texts.items()}

    def substitution(self, asset: str, stand_in: str) -> None:
        """Note that ``stand_in`` took the place of a missing ``asset``. Raises AssetError where that is refused."""
        if self.strict:
            raise AssetError(
                f"asset {asset!r} was not found and --strict refuses stand-ins; put the file there, map its "
                "prefix with "
                "--assets PREFIX=FOLDER, or render without --strict"
            )
        self._add("substitution", asset, stand_in)

    def ignored(self, subject: str, text: str) -> None:
        """Note that ``subject`` (a prim path, an argument) asks for something that is not honoured.

        Raises NotSupported where that is refused.
        """
        if self.strict:
            raise NotSupported(f"{subject}: {text} (--strict makes this an error)")
        self._add("not honoured", subject, text)

    def note(self, subject: str, text: str, frame: int | None = None) -> None:
        """Note something the user should know that changes nothing; ``frame`` is the one that it is about, if any."""
        self._add("note", subject, text, frame)

    def _add(self, kind: str, subject: str, text: str, frame: int | None = None) -> None:
        self.heard += 1
        key = (kind, subject)
        said = self.texts.setdefault(key, [])
        if frame is not None:  # one text, of the first frame
            if said and frame >= self.frames.get(key, -1):
                return
            self.frames[key] = frame
            is_new = not said
            said[:] = [text]
        elif is_new := text not in said:
            said.append(text)
        if is_new:
            log.warning("%s: %s: %s", kind, subject, text)

    def take(self, entries: Iterable[dict[str, str]]) -> None:
        """Add what another process had to report."""
        for entry in entries:
            frame = entry.get("frame")
            self._add(entry["kind"], entry["subject"], entry["text"], None if frame is None else int(frame))

    def as_json(self) -> list[dict[str, str]]:
        """Return the entries, sorted, as JSON-ready dictionaries: kind, subject, text and, for some, frame."""
        return [
            {"kind": k, "subject": s, "text": t} | ({"frame": str(self.frames[k, s])} if (k, s) in self.frames else {})
            for (k, s), texts in sorted(self.texts.items())
            for t in sorted(texts)
        ]


def of_first_frames(entries: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return entries of several reports without those about a frame after the first that has the same to tell."""
    first: dict[tuple[str, str], int] = {}
    for entry in entries:
        if "frame" in entry:
            key, frame = (entry["kind"], entry["subject"]), int(entry["frame"])
            first[key] = min(first.get(key, frame), frame)
    return [e for e in entries if "frame" not in e or int(e["frame"]) == first[e["kind"], e["subject"]]]
