"""What a script imports and calls, read from its syntax tree before it runs."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Mapping
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
    ``calls`` are the functions called, by the last part of their names. ``members`` are what is taken from what was
    imported, by whole names (``omni.replicator.core.functional.create.cube``).
    """

    modules: frozenset[str]
    calls: frozenset[str]
    members: frozenset[str] = frozenset()

    def has_module(self, *roots: str) -> bool:
        """Return whether one of the modules ``roots``, or one below them, is used."""
        return _is_below(self.modules, roots)

    def has_member(self, *roots: str) -> bool:
        """Return whether something that was imported, called ``roots`` or below that, is used."""
        return _is_below(self.modules | self.members, roots)


def uses_of(text: str) -> Uses:
    """Return what a script uses anywhere in its text, in functions that it may never call, too.

    Raises SyntaxError.

    >>> sorted(uses_of("import numpy as np\\nnp.frombuffer(b'')").calls)
    ['frombuffer']
    >>> uses_of("from omni.isaac.kit import SimulationApp").has_module("omni.isaac")
    True
    >>> uses_of("print('runs without isaacsim')").has_module("isaacsim")
    False
    >>> sorted(uses_of("import a.b as c\\nc.d.e(1)").members)
    ['a.b.d', 'a.b.d.e']
    """
    modules: set[str] = set()
    calls: set[str] = set()
    members: set[str] = set()
    holders: dict[str, str] = {}  # what something imported is called here: its whole name
    names: dict[str, str] = {}  # what an imported function is called here: what it is called there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # compiling the script tells them
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
            holders.update({a.asname: a.name for a in node.names if a.asname})
            holders.update({top: top for a in node.names if not a.asname for top in (a.name.split(".")[0],)})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
            holders.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (whole := _whole_name(node, holders)) is not None:
            members.add(whole)
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
    return Uses(frozenset(modules), frozenset(calls), frozenset(members))


def _is_below(names: Iterable[str], roots: Iterable[str]) -> bool:
    return any(f"{name}.".startswith(f"{root}.") for name in names for root in roots)


def _whole_name(node: ast.expr, holders: Mapping[str, str]) -> str | None:
    """Return the whole name of an attribute of something imported, None for one of anything else."""
    if isinstance(node, ast.Attribute):
        holder = _whole_name(node.value, holders)
        return None if holder is None else f"{holder}.{node.attr}"
    return holders.get(node.id) if isinstance(node, ast.Name) else None
