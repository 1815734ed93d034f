"""Files that come from elsewhere, read within bounds: JSON, XML, CSV and arrays. YAML is in ``yaml_values.py``.

Whatever is wrong with one is an error that names it. The kind of error is the caller's: a broken label file is a
``DatasetError``, a broken scene a ``BadScene``.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.errors import DatasetError, RenderSDGError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from numpy.typing import NDArray

_DEEPEST = 200  # elements of XML around one another
_LARGEST = 2 << 30  # bytes of a label file; COCO's largest has half a gigabyte

Error = type[RenderSDGError]


def refuse_unending(path: Path, error: Error = DatasetError) -> os.stat_result:
    """Raise ``error`` for a pipe or a device: reading from it may never end. Raises OSError for what is not there.

    Returns what the system says of the file or folder.
    """
    about = os.stat(path)
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        raise error(f"{path} is a pipe or a device, not a file; write what it gives into a file first")
    return about


def read_bytes(path: Path, error: Error = DatasetError, largest: int = _LARGEST) -> bytes:
    """Return what a file holds. Raises ``error`` for what is not there, not a file, too large or not readable."""
    try:
        about = refuse_unending(path, error)
        if stat.S_ISDIR(about.st_mode):
            raise error(f"{path} is a folder, not a file")
        if about.st_size > largest:
            raise error(f"{path} has {about.st_size} bytes; {largest} are the most that are read")
        return path.read_bytes()
    except FileNotFoundError:
        raise error(f"{path} is not there") from None
    except (OSError, ValueError) as problem:  # ValueError: no file can have such a name
        raise error(f"cannot read {path}: {getattr(problem, 'strerror', None) or problem}") from None


def read_text(path: Path, error: Error = DatasetError, largest: int = _LARGEST) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark. Raises ``error``, with the line."""
    data = read_bytes(path, error, largest)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        byte = f"byte 0x{data[problem.start]:02x} is not UTF-8 text"
        raise error(f"{byte}; save the file as UTF-8", where=f"{path}:{line}") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise error("a byte 0 is not text", where=f"{path}:{line}")
    return text


def json_value(data: bytes | str, name: object, error: Error = DatasetError) -> Any:
    """Return the value of a JSON text; ``name`` stands for it in messages.

    Raises ``error`` for what is not JSON, for NaN and infinities, which JSON does not have, and for what is nested
    deeper than the reader goes (about 1,000 levels).

    >>> json_value(b'{"a": [1, 2.5]}', "a.json")
    {'a': [1, 2.5]}
    """

    def refuse(constant: str) -> float:
        raise error(f"{name} holds {constant}, which is not a number of JSON")

    try:
        return json.loads(data, parse_constant=refuse)
    except RecursionError:
        raise error(f"{name} is nested too deep to be read") from None
    except ValueError as problem:  # also text in another encoding, and numbers of thousands of digits
        raise error(f"{name} is not JSON ({problem})") from None


def json_mapping(data: bytes | str, name: object, error: Error = DatasetError) -> dict[str, Any]:
    """Return the mapping that a JSON text holds. Raises ``error`` as :func:`json_value` does, or for another value."""
    value = json_value(data, name, error)
    if not isinstance(value, dict):
        raise error(f"{name} must hold a mapping, and holds {shown(value)}")
    return value


def xml_root(data: bytes, name: object, error: Error = DatasetError) -> Element:
    """Return the root of an XML text; names in a namespace are ``{uri}name``.

    Raises ``error`` for what is not XML, for what is nested deeper than 200 elements, and for a document type: it can
    define entities that grow without end, or that read other files.

    >>> xml_root(b"<a><b>1</b></a>", "a.xml").findtext("b")
    '1'
    """
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

    parser, builder, depth = expat.ParserCreate(namespace_separator="}"), TreeBuilder(), 0

    def qualified(tag: str) -> str:
        return f"{{{tag}" if "}" in tag else tag

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise error(f"elements are more than {_DEEPEST} deep", where=f"{name}:{parser.CurrentLineNumber}")
        builder.start(qualified(tag), {qualified(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(qualified(tag))

    def refuse(*about: object) -> None:
        raise error("it has a document type (<!DOCTYPE), which is not read", where=f"{name}:{parser.CurrentLineNumber}")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError) as problem:  # the last two: an encoding that is not known
        raise error(f"{name} is not XML ({problem})") from None


def csv_rows(path: Path, columns: tuple[str, ...], error: Error = DatasetError) -> Iterator[tuple[int, dict[str, str]]]:
    """Give (line, {column: text}) of a CSV file whose first line names its columns.

    Raises ``error`` naming the line that lacks one of ``columns``, or that is not CSV.
    """
    reader = csv.DictReader(io.StringIO(read_text(path, error), newline=""))
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise error(f"there is no column {missing[0]!r}", where=f"{path}:1")
        for row in reader:
            for name in columns:
                if not isinstance(row[name], str):
                    raise error(f"the line ends before {name!r}", where=f"{path}:{reader.line_num}")
            yield reader.line_num, row
    except csv.Error as problem:
        raise error(f"this is not CSV ({problem})", where=f"{path}:{reader.line_num + 1}") from None


def npy_array(path: Path, error: Error = DatasetError) -> NDArray[Any]:
    """Return the array of a ``.npy`` file. Raises ``error`` for pickles, and for a file that ends too early.

    NumPy takes the memory for an array before it reads one: a header of 100 bytes can ask for terabytes.
    """
    import numpy as np

    data = read_bytes(path, error)
    try:
        stream = io.BytesIO(data)
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(stream)
    except Exception as problem:  # a header is a Python expression, and whatever is wrong with it is raised
        raise error(f"{path} is not an array of NumPy ({type(problem).__name__} {problem})") from None
    wanted = math.prod(shape) * kind.itemsize
    if kind.hasobject or any(n < 0 for n in shape) or wanted > len(data) - stream.tell():
        raise error(f"{path} is not a whole array of NumPy: {shown(shape)} of {kind} is not what it holds")
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OverflowError) as problem:
        raise error(f"{path} is not an array of NumPy ({problem})") from None


def number(value: object, what: str, error: Error = DatasetError) -> float:
    """Return a number that a file has as a number or as text. Raises ``error`` for what is not finite or not one.

    >>> number("2.5", "width")
    2.5
    """
    try:
        found = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):  # OverflowError: a whole number beyond 1e308
        found = math.nan
    if not math.isfinite(found):
        raise error(f"{what}={shown(value)} is not a finite number")
    return found


def shown(value: object, longest: int = 60) -> str:
    """Return a short text of a value for a message; one that is large is not written out first."""
    if isinstance(value, int) and value.bit_length() > 256:  # Python writes out no more than 4,300 digits
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, str):
        value = value[: longest + 1]
    elif isinstance(value, (list, tuple)) and len(value) > longest:
        return f"a list of {len(value)}"
    elif isinstance(value, dict) and len(value) > longest:
        return f"a mapping of {len(value)}"
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        text = f"a {type(value).__name__}"
    return text if len(text) <= longest else text[: longest - 3] + "..."
