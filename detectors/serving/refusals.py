"""Why a request is not answered: one table for HTTP's status and gRPC's code."""

from __future__ import annotations

from typing import Literal

Kind = Literal["wrong", "token", "off", "unknown", "method", "late", "large", "encoding", "broken", "busy"]
HTTP: dict[Kind, int] = {
    "wrong": 400,
    "token": 401,
    "off": 403,
    "unknown": 404,
    "method": 405,
    "late": 408,
    "large": 413,
    "encoding": 415,
    "broken": 500,
    "busy": 503,
}
GRPC: dict[Kind, str] = {  # names of grpc.StatusCode
    "wrong": "INVALID_ARGUMENT",
    "token": "UNAUTHENTICATED",
    "off": "UNIMPLEMENTED",
    "unknown": "NOT_FOUND",
    "method": "UNIMPLEMENTED",
    "late": "DEADLINE_EXCEEDED",
    "large": "RESOURCE_EXHAUSTED",
    "encoding": "UNIMPLEMENTED",
    "broken": "INTERNAL",
    "busy": "UNAVAILABLE",
}
_LONGEST = 300  # characters of a message; what a client sent may be megabytes


class Refused(Exception):
    """A request that is not answered: ``kind`` of the tables above, and one sentence for the client."""

    def __init__(self, kind: Kind, message: str) -> None:
        self.kind: Kind = kind
        self.message = cut(message, _LONGEST)
        super().__init__(self.message)


def cut(value: object, most: int = 60) -> str:
    """Return a text of ``value``, shortened in its middle to ``most`` characters.

    >>> cut("a" * 100, 9)
    'aaa...aaa'
    """
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= most:
        return text
    half = (most - 3) // 2
    return f"{text[:half]}...{text[-half:]}"
