"""Reads weights in the format of safetensors: a header in JSON, then the tensors' bytes. It can hold no code.

https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import Tensor

from rendersdg.errors import DatasetError

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_LONGEST_HEADER = 100_000_000  # bytes, as the format says


def safetensors_state(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors by name, of any shapes.

    Raises DatasetError for a file that cannot be read or is not of this format.
    """
    try:
        with file.open("rb") as source:
            length = int.from_bytes(source.read(8), "little")
            room = file.stat().st_size - 8 - length
            if room < 0 or length > _LONGEST_HEADER:
                raise ValueError("the header is longer than the file")
            header = json.loads(source.read(length))
            if not isinstance(header, dict):
                raise ValueError("the header is not a mapping")
            header.pop("__metadata__", None)
            places = {name: _place(name, about) for name, about in header.items()}
            if sum(end - start for _, _, start, end in places.values()) > room:
                raise ValueError("it ends before its tensors do, or they overlap")
            out = {}
            for name, (kind, shape, start, end) in places.items():
                source.seek(8 + length + start)
                data = bytearray(source.read(end - start))
                if len(data) < end - start:
                    raise ValueError(f"it ends before {name} does")
                out[name] = (torch.frombuffer(data, dtype=kind) if data else torch.empty(0, dtype=kind)).reshape(shape)
            return out
    except OSError as error:
        raise DatasetError(f"cannot read weights {file}: {error.strerror or error}") from None
    except (ValueError, RecursionError, RuntimeError) as error:
        raise DatasetError(f"{file} is not a .safetensors that can be read: {str(error)[:200]}") from None


def _place(name: str, about: object) -> tuple[torch.dtype, list[int], int, int]:
    """Return a tensor's type, shape, and the bytes from and to which it lies behind the header."""
    if not isinstance(about, dict) or about.get("dtype") not in _DTYPES:
        raise ValueError(f"{name} has no type that is known")
    kind, shape, ends = _DTYPES[about["dtype"]], about.get("shape"), about.get("data_offsets")
    for numbers in (shape, ends):
        if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
            raise ValueError(f"the shape or place of {name} is not in whole numbers")
    assert isinstance(shape, list) and isinstance(ends, list)
    if len(ends) != 2 or ends[1] - ends[0] != math.prod(shape) * kind.itemsize:
        raise ValueError(f"{name} does not have the bytes that its shape needs")
    return kind, shape, ends[0], ends[1]
