"""What a script imports and calls, read from its syntax tree before it runs."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

_NAMING = (  # functions whose first argument is the name of a module
    "import_module",
    "__import__",
    "enable_extension",
    "set_extension_enabled",
    "set_extension_enabled_immediate",
)


@dataclass(frozen=True)
class Uses:
    """``modules`` are imported, or named in a call such as ``import_module("x")`` and ``enable_extension("x")``.
    ``calls`` are the functions called, by the last part of their names.
    """

    modules: frozenset[str]
    calls: frozenset[str]

    def has_module(self, *roots: str) -> bool:
        """Return whether one of the modules ``roots``, or one below them, is used."""
        return any(f"{module}.".startswith(f"{root}.") for module in self.modules for root in roots)


def uses_of(text: str) -> Uses:
    """Return what a script uses anywhere in its text, in functions that it may never call, too.

    Raises SyntaxError.

    >>> sorted(uses_of("import numpy as np\\nnp.frombuffer(b'')").calls)
    ['frombuffer']
    >>> uses_of("from omni.isaac.kit import SimulationApp").has_module("omni.isaac")
    True
    >>> uses_of("print('runs without isaacsim')").has_module("isaacsim")
    False
    """
    modules: set[str] = set()
    calls: set[str] = set()
    names: dict[str, str] = {}  # what an imported function is called here: what it is called there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # compiling the script tells them
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                name = called.attr
            elif isinstance(called, ast.Name):
                name = names.get(called.id, called.id)
            else:
                continue
            calls.add(name)
            first = node.args[0] if node.args else None
            if name in _NAMING and isinstance(first, ast.Constant) and isinstance(first.value, str):
                modules.add(first.value)
    return Uses(frozenset(modules), frozenset(calls))
