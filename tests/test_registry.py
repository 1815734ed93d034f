"""Tables of plug-ins."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument
from rendersdg.registry import Registry


def test_a_name_is_imported_when_it_is_asked_for() -> None:
    table: Registry[object] = Registry("toy", {"path": "pathlib:Path", "broken": "no_such_module:thing"})

    from pathlib import Path

    assert table["path"] is Path and "broken" in table and list(table) == ["broken", "path"]
    with pytest.raises(ModuleNotFoundError):
        table["broken"]


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    table: Registry[object] = Registry("toy", {"train": "pathlib:Path"})

    with pytest.raises(BadArgument, match="unknown toy 'trian'; did you mean 'train'"):
        table["trian"]


def test_a_registered_name_is_there_and_not_our_own() -> None:
    table: Registry[object] = Registry("toy", {"path": "pathlib:Path"})
    table.register("new", len)

    assert table["new"] is len and table.own == ("path",) and "new" in list(table)
    assert table.summary("new") == "Return the number of items in a container."


def test_what_is_registered_can_be_forgotten_and_what_it_replaced_is_back() -> None:
    table: Registry[object] = Registry("toy", {"path": "pathlib:Path"})
    table.register("path", len)
    table.register("new", len)
    assert table["path"] is len and dict(table.registered) == {"path": len, "new": len}

    table.unregister("path")
    table.unregister("new")

    assert table["path"] is not len and list(table) == ["path"] and not table.registered
