"""What is wrong with a glTF file: it costs the thing that needs it alone."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Entry = dict[str, Any]


class Broken(Exception):
    """Something in the file that cannot be used; the text says what. ``place`` is where, if many things may need it."""

    def __init__(self, text: str, place: str = "") -> None:
        super().__init__(text)
        self.place = place


FAULTS = (Broken, LookupError, TypeError, ValueError, OverflowError, AttributeError)  # what damaged JSON leads to
_WRONG_TYPE = "something in it has the wrong type, such as text where the format has a number"


def fault(error: Exception) -> str:
    """Return what is wrong with damaged JSON, as a sentence's end."""
    if isinstance(error, (TypeError, AttributeError)):
        return _WRONG_TYPE
    return f"{error} is missing" if isinstance(error, KeyError) else str(error) or type(error).__name__
