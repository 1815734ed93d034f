"""YAML with line numbers: plain Python values, and where each mapping key stood."""

from __future__ import annotations

from pathlib import Path

import yaml

from rendersdg.errors import BadScene


class Block(dict[str, object]):
    """A mapping that remembers the line (from 1) of each key and the file it came from."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}

    def where(self, key: str | None = None) -> str:
        """Return ``file:line`` of a key, or of the block."""
        return f"{self.file}:{self.lines.get(key, self.line) if key is not None else self.line}"


def load(path: Path) -> Block:
    """Return the top mapping of a YAML file. Raises BadScene with the line for syntax errors and duplicate keys."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadScene(f"there is no scene file {path}") from None
    except IsADirectoryError:
        raise BadScene(f"{path} is a folder; give a YAML file in it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadScene(f"cannot read {path}: {error}") from None
    return parse(text, path.name)


def parse(text: str, name: str) -> Block:
    """Return the top mapping of YAML ``text``; ``name`` stands for it in messages."""
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise BadScene(
                    "the scene is empty; write at least one group, e.g. 'ball: {create.sphere: {}}'", where=f"{name}:1"
                )
            value = _value(loader, node, name, ())
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise BadScene(f"this is not YAML: {problem}", where=f"{name}:{mark.line + 1 if mark else 1}") from None
    if not isinstance(value, Block):
        raise BadScene(f"a scene is a mapping of groups, this is a {type(value).__name__}", where=f"{name}:1")
    return value


def _value(loader: yaml.SafeLoader, node: yaml.Node, name: str, open_nodes: tuple[int, ...]) -> object:
    line = node.start_mark.line + 1
    if id(node) in open_nodes:
        raise BadScene("an alias refers to the mapping that it stands in, without end", where=f"{name}:{line}")
    inside = (*open_nodes, id(node))
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        block = Block(name, line)
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node, deep=True))
            at = key_node.start_mark.line + 1
            if key in block:
                raise BadScene(f"{key!r} appears twice; the first is in line {block.lines[key]}", where=f"{name}:{at}")
            block[key] = _value(loader, value_node, name, inside)
            block.lines[key] = at
        return block
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, child, name, inside) for child in node.value]
    return loader.construct_object(node, deep=True)
