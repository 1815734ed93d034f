"""What stores raise: which faults pass by themselves, which say that a file is absent, what to do about the rest."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable
from typing import Any, TypeVar

Answer = TypeVar("Answer")

WAITS = (0.1, 0.4, 1.0, 3.0)  # seconds before each further try
_PATIENCE = 60.0  # seconds after which a call is not tried again: the store's own library did for that long
_PASSING = {  # of OSError.errno; s3fs has EBUSY for 409 and 503, EREMOTEIO for 500
    errno.EBUSY,
    getattr(errno, "EREMOTEIO", errno.EIO),
    errno.EAGAIN,
    errno.ETIMEDOUT,
    errno.ECONNRESET,
    errno.EPIPE,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EINTR,
}
_STATUS = {408, 425, 429, 500, 502, 503, 504}  # of HTTP
_ABSENT = (404, 410)
_NAMES = {  # classes of libraries that need not be here: botocore, aiohttp, requests, urllib3
    "ConnectionClosedError",
    "ConnectTimeoutError",
    "EndpointConnectionError",
    "HTTPClientError",
    "IncompleteReadError",
    "ResponseStreamingError",
    "ClientConnectionError",
    "ClientPayloadError",
    "ServerTimeoutError",
    "Timeout",
    "ProtocolError",
}
_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError"}
_REMEDIES = {
    errno.ENOSPC: "free space, then run again with --resume (frames already written are kept)",
    errno.EDQUOT: "free space, then run again with --resume (frames already written are kept)",
    errno.EROFS: "it can only be read: choose another place",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another place, or move the file away",
    errno.EISDIR: "a folder stands where a file is needed: choose another place, or move the folder away",
    errno.ENAMETOOLONG: "choose shorter names",
    errno.EIO: "the disk or the network has a fault: run again with --resume when it is mended",
}


def is_passing(error: BaseException) -> bool:
    """Return whether a fault may be gone by the next try: time-outs, lost connections, throttling, errors of a server.

    >>> is_passing(TimeoutError()), is_passing(PermissionError(13, "Access Denied"))
    (True, False)
    """
    if isinstance(error, (TimeoutError, asyncio.TimeoutError, ConnectionError)):
        return True
    if {one.__name__ for one in type(error).__mro__} & _NAMES:
        return True
    if isinstance(error, OSError) and error.errno in _PASSING:
        return True
    return _status(error) in _STATUS or (error.__cause__ is not None and _status(error.__cause__) in _STATUS)


def is_conflict(error: BaseException) -> bool:
    """Return whether a store refused to create a file because one is there."""
    causes = (error, error.__cause__) if error.__cause__ is not None else (error,)
    return isinstance(error, FileExistsError) or any(_status(one) in (409, 412) for one in causes)


def insist(call: Callable[[], Answer]) -> Answer:
    """Return what a call does, made again a few times, and later each time, while it fails for a fault that passes.

    Raises the last error.
    """
    started = time.monotonic()
    for wait in WAITS:
        try:
            return call()
        except Exception as error:
            if not is_passing(error) or time.monotonic() - started > _PATIENCE:
                raise
        time.sleep(wait)
    return call()


def unmasked(call: Callable[[], Answer]) -> Answer:
    """Return what a call does. Raises the cause where a library says "no such file" of a store that did not say so.

    fsspec's HTTP does, of a server that fails or cannot be reached.
    """
    try:
        return call()
    except FileNotFoundError as error:
        cause = error.__cause__
        if cause is not None and (is_passing(cause) or _status(cause) not in (None, *_ABSENT)):
            raise cause from None
        raise


def explained(error: BaseException) -> str:
    """Return what went wrong, and what to do about it, in one sentence.

    >>> explained(OSError(28, "No space left on device"))
    'No space left on device; free space, then run again with --resume (frames already written are kept)'
    """
    text = " ".join(str((isinstance(error, OSError) and error.strerror) or error).split())
    return f"{text or type(error).__name__}; {_remedy(error)}"


def _remedy(error: BaseException) -> str:
    names = {one.__name__ for one in type(error).__mro__}
    if names & _CREDENTIALS:
        return (
            "give the store's credentials (for s3:// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in "
            "~/.aws; fsspec's options go into FSSPEC_S3 as JSON)"
        )
    if isinstance(error, PermissionError) or _status(error) in (401, 403):
        return "change the rights, or the credentials; a bucket must allow to list, read, write and delete"
    if isinstance(error, FileNotFoundError):
        return "make the bucket or folder first, or choose another place"
    if isinstance(error, ImportError):
        return "install what it names, or choose another place"
    if isinstance(error, NotImplementedError):
        return "this kind of place can only be read: choose a folder, s3:// or another that takes files"
    if is_passing(error):
        return "the store does not answer as it should: run again with --resume when it does; what is committed is kept"
    known = _REMEDIES.get(error.errno or 0) if isinstance(error, OSError) else None
    return known or "check the address and the rights, then run again with --resume (what is committed is kept)"


def _status(error: BaseException) -> int | None:
    """Return the status of HTTP that an error of aiohttp, botocore, gcsfs or requests carries, None without one."""
    response: Any = getattr(error, "response", None)
    meta = response.get("ResponseMetadata", {}) if isinstance(response, dict) else {}
    for value in (
        getattr(error, "status", None),
        getattr(error, "code", None),
        meta.get("HTTPStatusCode"),
        getattr(response, "status_code", None),
    ):
        if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
            return int(value)
    return None
