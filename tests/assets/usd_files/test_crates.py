"""Crates: good ones pass whatever they hold, damaged ones are told before OpenUSD reads them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Sdf

from rendersdg.assets.usd_files import crates
from rendersdg.assets.usd_files.bytes import Cursor, Damaged, compressed_integers
from rendersdg.assets.usd_files.crates import check_crate
from tests.conftest import needs_shared
from tests.hostile.assets.crates import Parts, put_together, taken_apart
from tests.hostile.assets.usd_seeds import crate_seeds


def good(number: int = 0) -> Parts:
    return taken_apart(crate_seeds()[number]["asset.usdc"])


def check(parts: Parts) -> None:
    check_crate(memoryview(put_together(parts)))


def field(parts: Parts, name: bytes) -> int:
    """Return the number of the first field that is called so."""
    return parts.field_names.index(parts.tokens.index(name))


@pytest.mark.parametrize("number", [0, 1])
def test_good_crates_pass_as_openusd_and_as_we_write_them(number: int) -> None:
    check_crate(memoryview(crate_seeds()[number]["asset.usdc"]))
    check(good(number))


@pytest.mark.parametrize(
    "place", ["chess_rook/Rook_geom.usd", "industrial/profile.usdc", "industrial/hole_simple.usdc"]
)
def test_crates_of_others_pass(place: str) -> None:
    check_crate(memoryview(needs_shared("assets", "usd", place).read_bytes()))


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=60))
def test_whole_numbers_come_out_of_their_differences(values: list[int]) -> None:
    from tests.hostile.assets.crates import _integers

    data = memoryview(_integers(values))

    assert compressed_integers(Cursor(data, 0), len(values), "numbers").tolist() == values


def test_whole_numbers_of_all_sizes_are_read() -> None:
    # common 7; codes 0 1 2 3 from the lowest bits; one, two and four bytes
    body = np.array([7], "<i4").tobytes() + bytes([0b11100100]) + bytes([0xFF]) + b"\x2c\x01" + b"\x00\x00\x01\x00"
    packed = bytes([0, len(body) << 4]) + body

    found = compressed_integers(Cursor(memoryview(len(packed).to_bytes(8, "little") + packed), 0), 4, "numbers")

    assert found.tolist() == [7, 6, 306, 65842]


def _change(parts: Parts, name: bytes, rep: int) -> None:
    parts.values[field(parts, name)] = rep


def _rename(parts: Parts, old: bytes, new: bytes) -> None:
    """Call the path that is called ``old`` otherwise, by another token."""
    names = parts.paths[1]
    names[names.index(parts.tokens.index(old))] = parts.tokens.index(new)


_FAULTS: dict[str, tuple[Callable[[Parts], object], str]] = {
    "a child that is not there": (lambda p: _rename(p, b"ball", b"float"), "'ball' is listed in primChildren"),
    "a child without a name": (lambda p: p.tokens.__setitem__(p.tokens.index(b"light"), b""), "listed in"),
    "a spec of another kind": (lambda p: p.specs[2].__setitem__(4, 8), "listed in|not there"),
    "two specs at one path": (lambda p: p.specs[0].__setitem__(4, p.specs[0][5]), "one path"),
    "a field beyond all fields": (lambda p: p.sets.__setitem__(0, 5000), "field has number 5000"),
    "a path that is reached twice": (lambda p: p.paths[2].__setitem__(6, 1), "no tree"),
    "a path beyond all paths": (lambda p: p.paths[0].__setitem__(3, 10**6), "number 1000000"),
    "a name beyond all tokens": (lambda p: p.field_names.__setitem__(0, -5), "number -5"),
    "names that are not text": (lambda p: p.tokens.__setitem__(3, b"\xff"), "UTF-8"),
    "a variability beyond all": (lambda p: _change(p, b"variability", 0x402C << 48 | 77), "number 77 of 3"),
    "an array that leads out": (lambda p: _change(p, b"primChildren", 41 << 48 | 10**9), "ends at"),
    "many paths": (lambda p: setattr(p, "room", 10**12), "states 1000000000000 paths"),
}


@pytest.mark.parametrize("name", list(_FAULTS))
def test_damage_is_told(name: str) -> None:
    harm, words = _FAULTS[name]
    parts = good()
    harm(parts)

    with pytest.raises(Damaged, match=words):
        check(parts)


def test_packed_numbers_that_no_file_holds_are_refused() -> None:
    parts = good(1)
    place = len(parts.body)
    packed = bytes([0, 0x50]) + bytes(5)
    parts.body += (1 << 40).to_bytes(8, "little") + len(packed).to_bytes(8, "little") + packed
    _change(parts, b"default", 1 << 63 | 1 << 61 | 3 << 48 | place)

    with pytest.raises(Damaged, match=r"do not hold|cannot hold"):
        check(parts)


def test_dictionaries_that_hold_each_other_are_refused() -> None:
    parts = good()
    place = len(parts.body)
    inner = 31 << 48 | place
    # one entry: its key, a distance of eight bytes, and a value that is the dictionary itself in another guise
    parts.body += b"".join(
        (1).to_bytes(8, "little")
        + bytes(4)
        + (8).to_bytes(8, "little")
        + (31 << 48 | place + 28 * (k + 1)).to_bytes(8, "little")
        for k in range(100)
    ) + bytes(8)
    _change(parts, b"customData", inner)

    with pytest.raises(Damaged, match="within each other"):
        check(parts)


def test_an_older_crate_is_named() -> None:
    data = bytearray(crate_seeds()[0]["asset.usdc"])
    data[9] = 2

    with pytest.raises(Damaged, match=r"version 0\.2, which OpenUSD no longer reads"):
        check_crate(memoryview(bytes(data)))


@pytest.mark.parametrize(("depth", "passes"), [(200, True), (201, False)])
def test_prims_below_each_other_are_counted(
    depth: int, passes: bool, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crates, "DEEPEST", 200)  # OpenUSD takes seconds to make the layer of as many as are let in
    layer = Sdf.Layer.CreateAnonymous(".usda")
    Sdf.CreatePrimInLayer(layer, "/a" + "/b" * (depth - 1))
    path = f"{tmp_path}/deep.usdc"
    layer.Export(path)
    with open(path, "rb") as file:
        data = memoryview(file.read())

    if passes:
        check_crate(data)
    else:
        with pytest.raises(Damaged, match="below each other"):
            check_crate(data)
