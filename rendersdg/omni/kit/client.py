"""``omni.client``: folders of assets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import IntFlag

from rendersdg.assets.resolver import is_procedural, procedural_name
from rendersdg.omni.kit.kinds import Kind
from rendersdg.replicator.engine import current

__all__ = ["ItemFlags", "ListEntry", "Result", "list", "list_async", "stat", "stat_async"]


class Result(Kind):
    """How a client call went."""

    OK = 0
    ERROR_NOT_FOUND = 1


class ItemFlags(IntFlag):
    """What an entry of a folder is."""

    READABLE_FILE = 1
    WRITEABLE_FILE = 2
    CAN_HAVE_CHILDREN = 4
    DOES_NOT_HAVE_CHILDREN = 8


@dataclass
class FileInfo:
    """What is known of a file: that it is there, and not how large it is."""

    flags: int = 0
    size: int = 0


@dataclass
class ListEntry:
    """A file or folder in a folder; its path is seen from there."""

    relative_path: str
    flags: int = 0
    size: int = 0


def list(url: str, *args: object) -> tuple[Result, tuple[ListEntry, ...]]:
    """Return the files and folders in a folder, by name; assets that stand in for it where it is not at hand.

    The name of an entry, put behind the folder's, is a path that can be opened.
    """
    recorder, folder = current().recorder, str(url).rstrip("/")
    files = recorder.resolver.files(folder, recursive=True) or recorder.layers.listing(folder, recursive=True)
    names: dict[str, int] = {}
    for path in files:
        inner = f"{procedural_name(path).rsplit('/', 1)[-1]}.usd" if is_procedural(path) else path.removeprefix(folder)
        first, _, below = inner.strip("/").partition("/")
        names[first] = ItemFlags.CAN_HAVE_CHILDREN if below else ItemFlags.READABLE_FILE
    return Result.OK, tuple(ListEntry(name, flags) for name, flags in sorted(names.items()))


def stat(url: str) -> tuple[Result, FileInfo]:
    """Return whether a file is at hand."""
    is_here = current().recorder.resolver.find(str(url))
    return (Result.OK if is_here else Result.ERROR_NOT_FOUND), FileInfo()


async def list_async(url: str, *args: object, **options: object) -> tuple[Result, tuple[ListEntry, ...]]:
    """Return the files and folders in a folder."""
    await asyncio.sleep(0)
    return list(str(url))


async def stat_async(url: str, *args: object, **options: object) -> tuple[Result, FileInfo]:
    """Return whether a file is at hand."""
    await asyncio.sleep(0)
    return stat(str(url))
