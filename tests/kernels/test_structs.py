"""Structures are those of the headers."""

from __future__ import annotations

import re
import subprocess
from ctypes import sizeof
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rendersdg.errors import BadArgument
from rendersdg.kernels import structs
from rendersdg.kernels.arrays import Array
from rendersdg.kernels.toolchain.compiler import find_compiler
from tests.kernels.headers import HEADERS, LAYOUTS, STRUCTURES


@pytest.mark.parametrize(
    ("structure", "name"),
    [
        (s, n)
        for s, structure in STRUCTURES.items()
        for n, f in structure.fields.items()
        if isinstance(f, Array) and not f.optional
    ],
)
def test_an_array_of_another_kind_is_named_in_an_error(structure: str, name: str) -> None:
    fields = STRUCTURES[structure].fields
    lengths = {
        axis: 2 + k
        for k, axis in enumerate(
            sorted({a for f in fields.values() if isinstance(f, Array) for a in f.shape if isinstance(a, str)})
        )
    }
    arrays = {
        n: np.ones([a if isinstance(a, int) else lengths[a] for a in f.shape], f.dtype)
        for n, f in fields.items()
        if isinstance(f, Array)
    }
    others = {n: 0 for n, f in fields.items() if not isinstance(f, Array)}

    def refused(value: Any, said: str) -> None:
        with pytest.raises(BadArgument, match=f"{structure}.{name} {said}"):
            STRUCTURES[structure](**{k: v for k, v in others.items() if k not in lengths}, **arrays | {name: value})

    refused(
        arrays[name].astype(np.complex64 if arrays[name].dtype.names is None else "f4", casting="unsafe")
        if arrays[name].dtype.names is None
        else arrays[name]["x"].copy(),
        "has dtype",
    )
    refused(arrays[name][None], "has shape")
    if arrays[name].size > 1:
        refused(np.repeat(arrays[name], 2, axis=-1)[..., ::2], "is not C contiguous")
    refused(None, "is missing")


def test_structures_lie_in_memory_as_the_compiler_lays_out_the_headers(tmp_path: Path) -> None:
    asked, expected = [], []
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, flags=re.DOTALL):
            if name == "Point":
                continue
            fields = re.findall(r"(\w+)(?:\[\w+\])?;", body)
            assert [f for f, _ in LAYOUTS[name]._fields_] == fields, name
            asked.append(f'printf("{name} %zu\\n", sizeof({name}));')
            expected.append(f"{name} {sizeof(LAYOUTS[name])}")
            for field in fields:
                asked.append(
                    f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), sizeof((({name} *)0)->{field}));'
                )
                place = getattr(LAYOUTS[name], field)
                expected.append(f"{name}.{field} {place.offset} {place.size}")
    for field in ("x", "y", "w", "inverse_w", "screen_x", "screen_y"):
        asked.append(f'printf("Point.{field} %zu\\n", offsetof(Point, {field}));')
        expected.append(f"Point.{field} {structs.POINT.fields[field][1]}")  # type: ignore[index]
    program = "#include <stddef.h>\n#include <stdio.h>\n"
    program += "".join(f'#include "{header}"\n' for header in HEADERS)
    (tmp_path / "layout.c").write_text(program + "int main(void) {\n" + "\n".join(asked) + "\nreturn 0;\n}\n")

    compiler = find_compiler()
    subprocess.run([*compiler, "-std=c11", "layout.c", "-o", "layout"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "layout"], capture_output=True, text=True, check=True).stdout.splitlines()

    assert said == expected
    assert len(LAYOUTS) == len([line for line in asked if "sizeof(" in line and "offsetof" not in line])


def test_pointers_have_the_types_that_the_headers_declare() -> None:
    kinds = {
        "float": "f4",
        "double": "f8",
        "int16_t": "i2",
        "int32_t": "i4",
        "int64_t": "i8",
        "uint8_t": "u1",
        "uint16_t": "u2",
        "uint32_t": "u4",
        "uint64_t": "u8",
    }
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        for body, name in re.findall(r"typedef struct \{(.*?)\} (\w+);", text, flags=re.DOTALL):
            for constant, kind, field in re.findall(r"(const )?(\w+) \*(\w+);", body) if name in STRUCTURES else ():
                declared = STRUCTURES[name].fields[field]
                if not isinstance(declared, Array):
                    continue
                assert np.dtype(declared.dtype) == (structs.POINT if kind == "Point" else np.dtype(kinds[kind])), (
                    f"{name}.{field}"
                )
                assert declared.written == (not constant) or name in ("Samples", "Points"), f"{name}.{field}"
