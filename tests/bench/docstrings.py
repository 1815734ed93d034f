"""What public functions' docstrings say: the share that names shapes where arrays are passed,
and errors where some are raised.

    python -m tests.bench.docstrings [FOLDER ...] [--list]

A docstring names a shape when it, or that of its class, has one in brackets, as ``(N, 4)``.
It names errors when it has the word "Raise". A class's functions may leave both to the class.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

ROOMS = ("detectors", "writers", "rendersdg/dataset", "rendersdg/fit")  # a command's docstring is its help
_ARRAY = re.compile(r"\b(F2|F4|F8|I4|I8|U1|U4|Mask|NDArray|ndarray|Tensor|Image)\b")
_SHAPE = re.compile(r"\((?:[A-Z]{1,2}|\d+)(?: ?[*+/] ?\w+)*,[^()]*\)")


def functions(file: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """Yield the name, node and docstring of each public function of a file, its class's docstring added."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            yield node.name, node, ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for member in node.body:
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and not member.name.startswith("_"):
                    text = f"{ast.get_docstring(member) or ''}\n{ast.get_docstring(node) or ''}"
                    yield f"{node.name}.{member.name}", member, text


def passes_arrays(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a parameter or the result is an array."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    types = [a.annotation for a in arguments] + [node.returns]
    return any(t is not None and _ARRAY.search(ast.unparse(t)) for t in types)


def raises(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function raises an error by name itself."""
    return any(isinstance(n, ast.Raise) and n.exc is not None for n in ast.walk(node))


def main() -> None:
    """Print the shares, and with ``--list`` what is missing."""
    rooms = [a for a in sys.argv[1:] if not a.startswith("-")] or ROOMS
    for room in rooms:
        with_arrays = with_shapes = with_errors = naming_errors = 0
        missing = []
        for file in sorted((ROOT / room).rglob("*.py")):
            for name, node, text in functions(file):
                place = f"{file.relative_to(ROOT)}:{node.lineno} {name}"
                if passes_arrays(node):
                    with_arrays += 1
                    with_shapes += bool(_SHAPE.search(text))
                    if not _SHAPE.search(text):
                        missing.append(f"shape  {place}")
                if raises(node):
                    with_errors += 1
                    naming_errors += "Raise" in text
                    if "Raise" not in text:
                        missing.append(f"errors {place}")
        print(
            f"{room:20s} shapes {with_shapes}/{with_arrays} ({100 * with_shapes / max(with_arrays, 1):.0f} %), "
            f"errors {naming_errors}/{with_errors} ({100 * naming_errors / max(with_errors, 1):.0f} %)"
        )
        if "--list" in sys.argv:
            print("\n".join(f"    {line}" for line in missing))


if __name__ == "__main__":
    main()
