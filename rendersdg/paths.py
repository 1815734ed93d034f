"""Paths that data names: one rule for all, so that nothing from elsewhere reads or writes outside its folder."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

from rendersdg.errors import DatasetError, RenderSDGError

_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHOWN = 200  # characters of a refused path that a message repeats


def relative_path(path: object, what: str = "the path", error: type[RenderSDGError] = DatasetError) -> str:
    """Return ``path`` when it is relative and cannot lead upwards, whatever the system.

    Its parts stand between ``/``; none is empty, ``.`` or ``..``. Backslashes, drive letters and control characters
    are refused, since one system or another gives them a meaning.

    Args:
        path: as the data has it.
        what: names the path in the message.
        error: what is raised.

    Raises:
        RenderSDGError: of the kind ``error``, naming the path and what is wrong with it.

    >>> relative_path("rgb/0001.png")
    'rgb/0001.png'
    >>> relative_path("a//b")
    Traceback (most recent call last):
    rendersdg.errors.DatasetError: the path 'a//b' is refused: it has an empty part (//); ...
    """
    wrong = _fault(path)
    if wrong is None:
        return str(path)
    raise error(
        f"{what} {_shown(path)} is refused: {wrong}; a path that data names must be relative and stay in its folder "
        "(a/b.png). If you know where the data comes from, correct the name there"
    )


def plain_name(name: object, what: str = "the name", error: type[RenderSDGError] = DatasetError) -> str:
    """Return ``name`` when it can name a file or folder and is not a path. Args and Raises as :func:`relative_path`.

    >>> plain_name("finetune")
    'finetune'
    """
    if "/" in relative_path(name, what, error):
        raise error(f"{what} {_shown(name)} is refused: it is a path (it has a /), and a name is needed")
    return str(name)


def inside(
    folder: str | Path, path: object, what: str = "the path", error: type[RenderSDGError] = DatasetError
) -> Path:
    """Return ``folder / path`` when it lies in the folder, also where symbolic links on its way lead to.

    A link that stays in the folder is followed. The folder itself may be a link. Args and Raises as
    :func:`relative_path`.
    """
    relative = relative_path(path, what, error)
    full = os.path.join(folder, relative)
    base, target = os.path.realpath(folder), os.path.realpath(full)
    if not is_below(target, base):
        raise error(
            f"{what} {_shown(path)} is refused: a symbolic link leads out of {folder}, to {target}; replace the link "
            "with what it points to, if you know where it comes from"
        )
    return Path(full)


def is_below(path: str, folder: str) -> bool:
    """Return whether an absolute path without links is ``folder`` itself or lies in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_url(place: str) -> bool:
    """Return whether a place of a library is not a folder of this machine."""
    return "://" in place


def split_member(path: str) -> tuple[str, str]:
    """Return the file of a path, and the member of that package which it names; "" for a path of a file.

    The brackets are those that end the path. Others belong to names: a part may be called ``[a]_latch.stl``.

    >>> split_member("[a]/kit.usdz[b.usdz[c.png]]"), split_member("[a]_latch.stl")
    (('[a]/kit.usdz', 'b.usdz[c.png]'), ('[a]_latch.stl', ''))
    """
    if not path.endswith("]") or "[" not in path:
        return path, ""
    depth, first = 0, path.index("[")  # the first where the brackets do not match, so that nothing hides behind them
    for place in range(len(path) - 1, 0, -1):
        depth += (path[place] == "]") - (path[place] == "[")
        if not depth:
            return path[:place], path[place + 1 : -1]
    return path[:first], path[first + 1 : -1]


def _fault(path: object) -> str | None:
    """Return what is wrong with a path of data, None where nothing is."""
    if not isinstance(path, str):
        return f"it is a {type(path).__name__}, not a text"
    if not path:
        return "it is empty"
    if _CONTROL.search(path):
        return "it has a control character"
    if "\\" in path:
        return "it has a backslash"
    if posixpath.isabs(path):
        return "it is absolute"
    if _DRIVE.match(path):
        return "it begins with a drive letter"
    parts = path.split("/")
    if ".." in parts:
        return "it leads upwards (..)"
    if "" in parts:
        return "it has an empty part (//)"
    if "." in parts:
        return "it has a part . that means nothing"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    return None


def _shown(path: object) -> str:
    text = repr(path)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
