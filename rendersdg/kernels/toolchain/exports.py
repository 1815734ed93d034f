"""Which functions a built library exports, read from its file (ELF, Mach-O or PE), and which ones the sources mark."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.recipe import KERNELS

_MARKED = re.compile(r"^\s*EXPORT\b[^;{}()]*?\b(\w+)\s*\(", re.MULTILINE)

_MACH_O_LINKER = {"__mh_dylib_header", "___dso_handle"}  # what zig's linker adds to every library's exports


def check_exports(library: Path, folder: Path = KERNELS) -> None:
    """Raise KernelsUnavailable where a library exports other functions than those
    that the sources in ``folder`` mark.
    """
    exported, marked = exports(library), marked_functions(folder)
    differences = [
        f"{what} {', '.join(sorted(names))}"
        for what, names in (("does not export", marked - exported), ("exports, unmarked,", exported - marked))
        if names
    ]
    if differences:
        raise KernelsUnavailable(
            f"{library} {' and '.join(differences)}; mark with EXPORT what Python calls, and nothing else"
        )


def marked_functions(folder: Path = KERNELS) -> set[str]:
    """Return the names of the functions marked EXPORT in the sources and headers."""
    return {name for path in sorted(folder.glob("*.[ch]")) for name in _MARKED.findall(_bare(path.read_text("utf-8")))}


def exports(library: Path) -> set[str]:
    """Return the names of the functions and data that a library for a 64-bit little-endian platform exports."""
    data = library.read_bytes()
    if data[:4] == b"\x7fELF":
        return set(_elf(data))
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return set(_mach_o(data))
    if data[:2] == b"MZ":
        return set(_pe(data))
    raise KernelsUnavailable(f"{library} is not a library for a 64-bit little-endian platform")


def _bare(source: str) -> str:
    """Return C without comments and without the lines of the preprocessor."""
    source = re.sub(r"/\*.*?\*/|//[^\n]*", " ", source, flags=re.DOTALL)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", source, flags=re.MULTILINE)


def _text(data: bytes, offset: int) -> str:
    """Return the text that ends with a zero byte."""
    return data[offset : data.index(b"\0", offset)].decode()


def _elf(data: bytes) -> Iterator[str]:
    """Yield the defined, visible symbols of the dynamic symbol table. Layout: System V gABI,
    "Sections", "Symbol Table".
    """
    sections_at, section_size, section_count = (
        *struct.unpack_from("<Q", data, 0x28),
        *struct.unpack_from("<2H", data, 0x3A),
    )
    sections = [struct.unpack_from("<2I4Q2I2Q", data, sections_at + k * section_size) for k in range(section_count)]
    for _, kind, _, _, at, size, link, _, _, entry_size in sections:
        if kind != 11:  # SHT_DYNSYM
            continue
        names_at = sections[link][4]
        for k in range(size // entry_size):
            name, info, other, section = struct.unpack_from("<I2BH", data, at + k * entry_size)
            is_bound_outside = info >> 4 in (1, 2)  # STB_GLOBAL, STB_WEAK
            if section and is_bound_outside and other & 3 == 0:  # not SHN_UNDEF; STV_DEFAULT
                yield _text(data, names_at + name)


def _mach_o(data: bytes) -> Iterator[str]:
    """Yield the names of the export trie, without their underscore. Layout: ``mach-o/loader.h``."""
    (count,) = struct.unpack_from("<I", data, 16)
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<2I", data, at)
        places = {0x80000022: 40, 0x80000033: 8}  # LC_DYLD_INFO_ONLY and LC_DYLD_EXPORTS_TRIE say where the trie is
        if command in places:
            start, length = struct.unpack_from("<2I", data, at + places[command])
            names = set(_trie(data[start : start + length], 0, "")) - _MACH_O_LINKER
            yield from (name.removeprefix("_") for name in names)
        at += size


def _trie(trie: bytes, at: int, prefix: str) -> Iterator[str]:
    """Yield the names at and below a node of an export trie: each node holds what it ends, then its edges."""
    if not trie:
        return
    length, at = _uleb128(trie, at)
    if length:
        yield prefix
    at += length
    edges = trie[at]
    at += 1
    for _ in range(edges):
        label = _text(trie, at)
        child, at = _uleb128(trie, at + len(label) + 1)
        yield from _trie(trie, child, prefix + label)


def _uleb128(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def _pe(data: bytes) -> Iterator[str]:
    """Yield the names of the export directory. Layout: Microsoft's "PE Format", 64-bit images."""
    (header_at,) = struct.unpack_from("<I", data, 0x3C)
    section_count, optional_size = struct.unpack_from("<H", data, header_at + 6) + struct.unpack_from(
        "<H", data, header_at + 20
    )
    sections_at = header_at + 24 + optional_size
    sections = [struct.unpack_from("<4I", data, sections_at + 40 * k + 8) for k in range(section_count)]

    def offset(address: int) -> int:
        """Return where in the file an address of the loaded image is."""
        for size, start, _, at in sections:
            if start <= address < start + size:
                return at + address - start
        raise ValueError(f"address {address:#x} is in no section")

    (directory,) = struct.unpack_from("<I", data, header_at + 24 + 112)
    if not directory:
        return
    count, _, names = struct.unpack_from("<3I", data, offset(directory) + 24)
    for k in range(count):
        yield _text(data, offset(struct.unpack_from("<I", data, offset(names) + 4 * k)[0]))
