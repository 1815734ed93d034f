"""Which functions a built library exports, read from its file (ELF, Mach-O or PE), and which ones the sources mark."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.recipe import KERNELS

_MARKED = re.compile(r"^\s*EXPORT\b[^;{}()]*?\b(\w+)\s*\(", re.MULTILINE)


def check_exports(library: Path, folder: Path = KERNELS) -> None:
    """Raise KernelsUnavailable where a library exports other functions than those that the sources in ``folder`` mark."""
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
    raise KernelsUnavailable(f"{library} is no library for a 64-bit little-endian platform")


def _bare(source: str) -> str:
    """Return C without comments and without the lines of the preprocessor."""
    source = re.sub(r"/\*.*?\*/|//[^\n]*", " ", source, flags=re.DOTALL)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", "", source, flags=re.MULTILINE)


def _text(data: bytes, offset: int) -> str:
    """Return the text that ends with a zero byte."""
    return data[offset : data.index(b"\0", offset)].decode()


def _elf(data: bytes) -> Iterator[str]:
    """Yield the defined, visible symbols of the dynamic symbol table. Layout: System V gABI, "Sections", "Symbol Table"."""
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
    """Yield the defined external symbols, without their underscore. Layout: ``mach-o/loader.h``, ``mach-o/nlist.h``."""
    (count,) = struct.unpack_from("<I", data, 16)
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<2I", data, at)
        if command == 2:  # LC_SYMTAB
            symbols_at, symbol_count, names_at, _ = struct.unpack_from("<4I", data, at + 8)
            for k in range(symbol_count):
                name, kind = struct.unpack_from("<IB", data, symbols_at + k * 16)
                is_debug, is_hidden, is_external = kind & 0xE0, kind & 0x10, kind & 0x01
                if is_external and not is_debug and not is_hidden and kind & 0x0E == 0x0E:  # N_SECT: defined here
                    yield _text(data, names_at + name).removeprefix("_")
        at += size


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
