"""The members of a ``.usdz``, found as OpenUSD finds them: it goes from head to head, and believes what they say.

Source: PKWARE's APPNOTE.TXT 4.3.7 (local file headers); OpenUSD's usdz specification: stored, neither compressed nor
encrypted.
"""

from __future__ import annotations

from rendersdg.assets.usd_files.bytes import Damaged
from rendersdg.errors import AssetError
from rendersdg.paths import relative_path

_HEAD = 30  # bytes of a member's head before its name
_SIGN = b"PK\3\4"
_ENCRYPTED, _SIZES_FOLLOW = 1, 8  # bits of a member's flags
_MOST = 100_000  # members


def members(data: memoryview) -> dict[str, memoryview]:
    """Return the bytes of a package's members by their names. Raises Damaged for what USD forbids or cannot be."""
    found: dict[str, memoryview] = {}
    at = 0
    while bytes(data[at : at + 4]) == _SIGN:
        head = data[at : at + _HEAD]
        if len(head) < _HEAD:
            raise Damaged(f"its member at byte {at} is cut off")
        flags, method = _number(head, 6, 2), _number(head, 8, 2)
        stored, size = _number(head, 18, 4), _number(head, 22, 4)
        start = at + _HEAD + _number(head, 26, 2)
        name = _name(bytes(data[at + _HEAD : start]))
        start += _number(head, 28, 2)
        if flags & (_ENCRYPTED | _SIZES_FOLLOW) or method or stored != size:
            how = "encrypted" if flags & _ENCRYPTED else "compressed" if method else "without its size"
            raise Damaged(f"its member {name} is {how}; USD wants members stored as they are (usdzip makes them so)")
        if start + size > len(data):
            raise Damaged(f"its member {name} ends at byte {start + size} of {len(data)}")
        if name in found:
            raise Damaged(f"it has two members {name}")
        found[name] = data[start : start + size]
        at = start + size
        if len(found) > _MOST:
            raise Damaged(f"it has more than {_MOST} members")
    if not found:
        raise Damaged("it is not a package: it begins with no member")
    return found


def _number(data: memoryview, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _name(raw: bytes) -> str:
    try:
        return relative_path(raw.decode("utf-8"), "its member", AssetError)
    except UnicodeDecodeError:
        raise Damaged(f"the name of a member is no text: {raw[:80]!r}") from None
    except AssetError as error:
        raise Damaged(str(error)) from None
