"""``omni.client``: folders of assets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import IntEnum

from rendersdg.replicator.engine import current

__all__ = ["Result", "list", "list_async", "stat", "stat_async"]


class Result(IntEnum):
    """How a client call went."""

    OK = 0
    ERROR_NOT_FOUND = 1


@dataclass
class FileInfo:
    """What is known of a file: that it is there, and not how large it is."""

    flags: int = 0
    size: int = 0


@dataclass
class ListEntry:
    """A file in a folder; its path is seen from there."""

    relative_path: str
    flags: int = 0
    size: int = 0


def list(url: str, *args: object) -> tuple[Result, tuple[ListEntry, ...]]:
    """Return the assets of a folder, or the stand-ins for it."""
    paths = current().recorder.layers.listing(str(url), recursive=False)
    return Result.OK, tuple(ListEntry(p.rsplit("/", 1)[-1]) for p in paths)


def stat(url: str) -> tuple[Result, FileInfo]:
    """Return whether a file is at hand."""
    is_here = current().recorder.resolver.find(str(url))
    return (Result.OK if is_here else Result.ERROR_NOT_FOUND), FileInfo()


async def list_async(*args: object, **options: object) -> tuple[Result, tuple[ListEntry, ...]]:
    """Return an empty folder."""
    await asyncio.sleep(0)
    return Result.OK, ()


async def stat_async(*args: object, **options: object) -> tuple[Result, None]:
    """Return that a file is not there."""
    await asyncio.sleep(0)
    return Result.ERROR_NOT_FOUND, None
