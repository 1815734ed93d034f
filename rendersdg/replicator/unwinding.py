"""What unwinds a script from inside a call of its own. No ``except Exception`` of the script's catches these."""

from __future__ import annotations


class Recorded(BaseException):
    """Unwinds a script in a worker at the point where its frames are to be made."""


class Made(BaseException):
    """Unwinds a script whose one wanted frame is made."""


class FramesLimit(BaseException):
    """Unwinds a script that has made all the frames it was allowed."""
