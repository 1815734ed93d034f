"""Skills for agents: their front matter is what agents read, and their commands and scenes are understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from rendersdg.scene import FUNCTIONS
from tests.conftest import ROOT
from tests.docs.test_deployment import understood

SKILLS = sorted((ROOT / "docs" / "skills").glob("*/SKILL.md"))
COMMAND = re.compile(r"^\s*(rendersdg .+)$", re.MULTILINE)
BLOCK = re.compile(r"^( *)```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def named(value: object) -> set[str]:
    """Return the functions that a piece of a scene calls: keys with a dot that do not begin with ``with.``."""
    if isinstance(value, list):
        return {name for inner in value for name in named(inner)}
    if not isinstance(value, dict):
        return set()
    calls = {key for key in value if "." in key and not key.startswith("with.")}
    return calls.union(*map(named, value.values()))


def test_there_is_a_skill_for_each_step_of_the_work() -> None:
    names = {path.parent.name for path in SKILLS}

    assert names == {"author-scene", "add-defect", "check-labels", "train-detector", "deploy-detector"}


@pytest.mark.parametrize("path", SKILLS, ids=lambda p: p.parent.name)
def test_the_front_matter_is_what_agents_read(path: Path) -> None:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    said = yaml.safe_load(head)

    assert set(said) == {"name", "description"}
    assert said["name"] == path.parent.name and re.fullmatch(r"[a-z0-9-]{1,64}", said["name"])
    assert "Use " in said["description"] and len(said["description"]) <= 1024
    assert body.startswith("\n# ") and len(body.splitlines()) < 100


@pytest.mark.parametrize("path", SKILLS, ids=lambda p: p.parent.name)
def test_commands_and_functions_are_understood(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    commands = [shlex.split(line)[1:] for line in COMMAND.findall(text)]
    functions = [name for _, block in BLOCK.findall(text) for name in named(yaml.safe_load(block))]

    assert commands
    for command in commands:
        understood(command)
    assert set(functions) <= set(FUNCTIONS)
