"""Tables of plug-ins: a name, and where to import it from on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

from rendersdg.docstrings import summary
from rendersdg.errors import BadArgument, did_you_mean

T = TypeVar("T")


class Registry(Generic[T]):
    """Maps names to ``"module:attribute"``; the module is imported when the name is first used.

    Third parties add names through the entry point group ``rendersdg.<kind>``, scripts with :meth:`register`.
    """

    def __init__(self, kind: str, table: dict[str, str]) -> None:
        self.kind = kind
        self._own = tuple(table)
        self._table: dict[str, str | T] = dict(table)
        self._registered: dict[str, T] = {}  # by register(), before those of the table
        self._has_read_entry_points = False

    def __getitem__(self, name: str) -> T:
        """Return the plug-in, imported now if it was not yet. Raises BadArgument for an unknown name."""
        if name not in self:
            raise BadArgument(f"unknown {self.kind} {name!r}{did_you_mean(name, self)}")
        if name in self._registered:
            return self._registered[name]
        item = self._table[name]
        if isinstance(item, str):
            module, _, attribute = item.partition(":")
            item = cast(T, getattr(import_module(module), attribute))
            self._table[name] = item
        return item

    @property
    def own(self) -> tuple[str, ...]:
        """The names that come with rendersdg, as the table lists them:
        known without a look at what else is installed.
        """
        return self._own

    def register(self, name: str, item: T) -> None:
        """Add or replace a name, for this process."""
        self._registered[name] = item

    def unregister(self, name: str) -> None:
        """Forget what was registered under a name; what it replaced is back."""
        self._registered.pop(name, None)

    @property
    def registered(self) -> Mapping[str, T]:
        """What was added by :meth:`register`, by name."""
        return self._registered

    def __contains__(self, name: object) -> bool:
        if name in self._registered:
            return True
        if name not in self._table:
            self._read_entry_points()
        return name in self._table

    def __iter__(self) -> Iterator[str]:
        self._read_entry_points()
        return iter(sorted({*self._table, *self._registered}))

    def summary(self, name: str) -> str:
        """Return the first paragraph of the plug-in's docstring in one line, "" where it has none."""
        return summary(self[name])

    def _read_entry_points(self) -> None:
        if not self._has_read_entry_points:
            from importlib.metadata import entry_points

            self._has_read_entry_points = True
            for point in entry_points(group=f"rendersdg.{self.kind}"):
                self._table.setdefault(point.name, point.value)
