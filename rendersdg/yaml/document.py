"""Scene files: the top mapping of a YAML file, with the line of every key."""

from __future__ import annotations

import os
from pathlib import Path

from rendersdg.errors import BadScene
from rendersdg.yaml_values import Block, load_yaml, parse_yaml

__all__ = ["Block", "load", "parse", "require_file"]


def load(path: Path) -> Block:
    """Return the top mapping of a YAML file. Raises BadScene with the line for what is wrong in it."""
    require_file(path)
    try:
        return _top(load_yaml(path), path.name)
    except BadScene as error:
        if error.where is not None:
            error.where = str(path.parent / error.where)
        raise


def require_file(path: Path) -> None:
    """Raise BadScene where a scene's file is not there."""
    if not os.path.exists(path):  # which is an answer for every name there can be
        raise BadScene(f"there is no scene file {path}")
    if os.path.isdir(path):
        raise BadScene(f"{path} is a folder; give a YAML file in it")


def parse(text: str, name: str) -> Block:
    """Return the top mapping of YAML ``text``; ``name`` stands for it in messages. Raises as :func:`load` does."""
    return _top(parse_yaml(text, name), name)


def _top(value: object, name: str) -> Block:
    if value is None:
        raise BadScene(
            "the scene is empty; write at least one group, e.g. 'ball: {create.sphere: {}}'", where=f"{name}:1"
        )
    if not isinstance(value, Block):
        raise BadScene(f"a scene is a mapping of groups, this is a {type(value).__name__}", where=f"{name}:1")
    return value
