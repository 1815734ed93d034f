"""The one door through which files of USD's go before OpenUSD opens them.

OpenUSD believes a file: one of 4 kB can take 6 GB, hang, or end the process. So its structure is looked through here
first, which takes about a millisecond, and a file that is damaged is refused in words.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from rendersdg.assets.arguments import split_arguments
from rendersdg.assets.usd_files.bytes import Damaged
from rendersdg.assets.usd_files.crates import CRATE, check_crate
from rendersdg.assets.usd_files.packages import members
from rendersdg.assets.usd_files.texts import check_text
from rendersdg.errors import AssetError
from rendersdg.paths import split_member

_ZIP = b"PK\3\4"
_LAYERS = (".usd", ".usda", ".usdc", ".usdz")
_DEEPEST = 4  # packages within each other
_MOST_KNOWN = 10_000
_known: set[tuple[str, int, int]] = set()  # files that were found good: path, bytes and time of their last change


def check_usd(path: str) -> None:
    """Look through a file of USD's, or the package of which ``path`` names a member (``a.usdz[b.usdc]``).

    A file that is not there is left to whoever opens it, and one that was found good is not read again.

    Raises:
        AssetError: OpenUSD must not read the file; the message says why.
    """
    file = Path(split_member(split_arguments(path)[0])[0])
    if file.suffix.lower() not in _LAYERS:
        return
    try:
        status = file.stat()
        key = (str(file), status.st_size, status.st_mtime_ns)
        if key in _known or not status.st_size:
            return
        _check(_mapped(file), file.suffix.lower(), 0)
    except OSError:
        return  # opening it says what is wrong
    except Damaged as fault:
        raise AssetError(f"asset {file} is damaged, and is not opened: {fault}; export it again") from None
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known.add(key)


def _mapped(file: Path) -> memoryview:
    """Return the bytes of a file, which are read where they are looked at; the map ends with the view."""
    with file.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _check(data: memoryview, suffix: str, depth: int) -> None:
    """Check the bytes of a layer or package. Raises Damaged."""
    head = bytes(data[:8])
    if head == CRATE or suffix == ".usdc":
        check_crate(data)
    elif suffix == ".usdz" or head[:4] == _ZIP:
        if depth >= _DEEPEST:
            raise Damaged(f"it has packages {depth} within each other")
        for name, member in members(data).items():
            if (inner := Path(name).suffix.lower()) in _LAYERS:
                try:
                    _check(member, inner, depth + 1)
                except Damaged as fault:
                    raise Damaged(f"its member {name}: {fault}") from None
    else:
        check_text(data)
