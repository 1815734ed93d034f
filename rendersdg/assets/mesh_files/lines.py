"""Text of many lines, each of a keyword and numbers, taken apart at once."""

from __future__ import annotations

import codecs
import re
import warnings
from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import F8, I8, U1, Mask

_BLANK = 32  # the code of a space; codes up to it are blanks, too
_COMMENT = ord("#")
_CONTINUED = re.compile(rb"\\[ \t]*\n")


def in_utf8(data: bytes) -> bytes:
    """Return text as UTF-8, without the mark of another encoding that it begins with."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


@dataclass(eq=False)
class Lines:
    """The lines of a file: its bytes ``codes`` (N,), and where each line starts, after blanks, and ends, (L,).

    ``numbers`` (L,) are those of an editor, ``counts`` (L,) how many words a line has. Comments are blanks.
    """

    codes: U1
    starts: I8
    ends: I8
    numbers: I8
    counts: I8
    comments: list[str]

    @classmethod
    def of(cls, data: bytes) -> Lines:
        """Return the lines of a file; those that end in a backslash go on in the next."""
        data = in_utf8(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        joined = [m.start() for m in _CONTINUED.finditer(data)] if b"\\" in data else []
        if joined:
            data = _CONTINUED.sub(lambda m: b" " * len(m.group()), data)
        codes = np.frombuffer(data + b"\n   ", np.uint8).copy()
        breaks = np.flatnonzero(codes == 10)
        starts = np.concatenate([[0], breaks[:-1] + 1])
        comments = []
        for at in np.flatnonzero(codes == _COMMENT).tolist():
            if codes[at] == _COMMENT:  # not within another one
                end = int(breaks[np.searchsorted(breaks, at)])
                comments.append(codes[at + 1 : end].tobytes().decode("utf-8", "replace"))
                codes[at:end] = _BLANK
        is_word = codes > _BLANK
        begins = is_word & ~np.concatenate([[False], is_word[:-1]])
        words = np.flatnonzero(begins)
        begin = np.searchsorted(words, starts)
        counts = np.diff(np.append(begin, len(words)))
        first = np.append(words, len(codes) - 3)[begin]
        numbers = np.arange(1, len(starts) + 1) + np.searchsorted(np.asarray(joined, np.int64), starts)
        return cls(codes, np.where(counts > 0, first, starts), breaks, numbers, counts, comments)

    def are(self, keyword: bytes) -> Mask:
        """Return which lines (L,) have ``keyword`` as their first word."""
        same = self.counts > 0
        for offset, letter in enumerate(keyword):
            same &= self.codes[np.minimum(self.starts + offset, len(self.codes) - 1)] == letter
        return same & (self.codes[np.minimum(self.starts + len(keyword), len(self.codes) - 1)] <= _BLANK)

    def text(self, line: int) -> str:
        """Return a line without the blanks about it."""
        return self.codes[self.starts[line] : self.ends[line]].tobytes().decode("utf-8", "replace").strip()

    def tally(self, lines: I8, *codes: int) -> I8:
        """Return how often ``codes`` stand one after the other in each of some lines (N,)."""
        there = np.flatnonzero(self.codes == codes[0])
        for offset, code in enumerate(codes[1:], 1):
            there = there[self.codes[there + offset] == code]  # a file ends in blanks
        return np.searchsorted(there, self.ends[lines]) - np.searchsorted(there, self.starts[lines])

    def values(self, lines: I8, keyword: bytes, *, between: bytes = b"") -> F8 | None:
        """Return the numbers after ``keyword`` in lines of one count of them, (N, K); None where one is not a number.

        A character of ``between`` separates numbers, too.
        """
        lengths = self.ends[lines] - self.starts[lines] + 1
        offsets = np.repeat(self.starts[lines] - np.cumsum(lengths) + lengths, lengths)
        codes = self.codes[offsets + np.arange(len(offsets))]
        heads = np.cumsum(lengths) - lengths
        for offset in range(len(keyword)):
            codes[heads + offset] = _BLANK
        for code in between:
            codes[codes == code] = _BLANK
        text = codes.tobytes()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                numbers = np.fromstring(text, sep=" ")
        except (ValueError, DeprecationWarning):
            return None
        return numbers.reshape(len(lines), -1) if len(lines) and len(numbers) % len(lines) == 0 else None
