"""Tables of names from the command line."""

from __future__ import annotations

import pytest
from typer.main import get_command

from rendersdg import reference
from rendersdg.cli import app
from rendersdg.errors import BadArgument
from tests.cli.one_frame import refused
from tests.cli.shown import run


def test_a_name_stands_with_what_it_is() -> None:
    lines = run("list", "readers").splitlines()

    assert any(line.startswith("coco ") and line.endswith("COCO instances.") for line in lines)


def test_an_unknown_kind_names_all_kinds() -> None:
    assert refused(BadArgument, "list", "nouns").startswith("there is no kind 'nouns'; kinds: functions, writers, ")


@pytest.mark.parametrize("kind", ["defects", "surfaces", "exports"])
def test_tables_of_what_a_scene_can_hold_are_listed(kind: str) -> None:
    lines = run("list", kind).splitlines()

    assert len(lines) >= 3 and all(len(line.split()) > 3 for line in lines)


def test_help_tells_of_functions_writers_and_commands() -> None:
    light, yolo, render, everything = (
        run("help", *name) for name in (["create.light"], ["YoloWriter"], ["render"], [])
    )

    assert "  exposure [stops]: a number, or a distribution; from -64 to 64; default none" in light
    assert "  task: one of detect, segment, obb, pose; default detect" in yolo and "name: YoloWriter" in yolo
    assert "--resume" in render and "create" in everything
    assert "did you mean 'render'" in refused(BadArgument, "help", "rendr")


def test_no_command_hides_a_name_of_the_reference() -> None:
    commands = set(getattr(get_command(app), "commands", {}))

    assert commands & {name for names in reference.names().values() for name in names} == set()


def test_compat_is_a_table_of_names() -> None:
    assert "| `create.cube` |" in run("compat")
