"""Point clouds as binary PLY: a row a point, little endian, as Greg Turk's format (1994) has it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.errors import BadArgument

Rows = NDArray[Any]  # (N,), structured: a field a property
_TYPES = {"f4": "float", "f8": "double", "u1": "uchar", "u2": "ushort", "u4": "uint", "i1": "char", "i2": "short"} | {
    "i4": "int"
}
_NUMPY = {name: kind for kind, name in _TYPES.items()} | {"float32": "f4", "float64": "f8", "uint8": "u1"}
_END = b"end_header\n"


def ply_bytes(points: Rows) -> bytes:
    """Return a PLY file of points, whose fields are the properties of its element ``vertex``.

    Raises BadArgument for a field of a type that PLY has not.
    """
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    for name in points.dtype.names or ():
        kind = points.dtype[name].str[1:]
        if kind not in _TYPES:
            raise BadArgument(f"PLY has no type for the field {name!r} of {points.dtype[name]}")
        lines.append(f"property {_TYPES[kind]} {name}")
    header = "\n".join(lines).encode() + b"\n" + _END
    packed = np.empty(len(points), [(name, f"<{points.dtype[name].str[1:]}") for name in points.dtype.names or ()])
    for name in points.dtype.names or ():
        packed[name] = points[name]
    return header + packed.tobytes()


def read_ply(data: bytes) -> Rows:
    """Return the points of a binary PLY file as :func:`ply_bytes` writes them. Raises BadArgument for other bytes."""
    head, end, body = data.partition(_END)
    lines = [line.split() for line in head.decode("ascii", "replace").splitlines()]
    if not end or lines[:2] != [["ply"], ["format", "binary_little_endian", "1.0"]]:
        raise BadArgument("not a binary little-endian PLY file")
    count, fields = 0, []
    for words in lines[2:]:
        if words[:1] == ["element"] and len(words) == 3 and words[1] == "vertex" and words[2].isdecimal():
            count = int(words[2])
        elif words[:1] == ["property"] and len(words) == 3 and words[1] in _NUMPY:
            fields.append((words[2], f"<{_NUMPY[words[1]]}"))
        elif words[:1] not in (["comment"], ["obj_info"]):
            raise BadArgument(f"the PLY file has {' '.join(words)!r}; points with numbers alone are read")
    kind = np.dtype(fields)
    if len(body) != count * kind.itemsize:
        raise BadArgument(
            f"the PLY file has {len(body)} bytes of points, and {count} points take {count * kind.itemsize}"
        )
    return np.frombuffer(body, kind)
