"""The page of documentation that says what becomes of each property."""

from __future__ import annotations

from rendersdg.stage.reads_table import as_markdown
from tests.cli.shown import run
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "usd-properties.md"
MADE = "rendersdg list properties > docs/usd-properties.md"


def test_the_page_is_what_the_tables_say() -> None:
    assert PAGE.read_text() == as_markdown(), f"run: {MADE}"


def test_the_command_prints_the_page() -> None:
    assert run("list", "properties") == as_markdown()


def test_rows_name_prims_properties_and_reasons() -> None:
    rows = as_markdown().splitlines()

    assert "| `Cube` | `size` | read |" in rows
    assert "| `Boundable` | `extent` | no effect: bounds are measured on what is drawn |" in rows
    assert any("`SphereLight`" in row and "reported: a shadow is the absence of light" in row for row in rows)
    assert rows.index(next(r for r in rows if r.startswith("| every prim |"))) < rows.index(
        "| `Cube` | `size` | read |"
    )
