"""YAML with line numbers: plain values, where each mapping key stood, and limits to what a text can grow into."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor

from rendersdg.documents import Error, read_bytes
from rendersdg.errors import BadScene, RenderSDGError

_DEEPEST = 100  # levels of lists and mappings; scenes have about ten
_MOST_REPEATED = 100_000  # values that aliases repeat: they may double with every line
_WIDEST = 64  # bits of a whole number
_LONGEST = 100  # characters of one
_LARGEST = 2_000_000  # bytes of a file; to read so much takes some ten seconds
_MAP, _SEQ, _MERGE, _INT = (f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "merge", "int"))
# which libyaml and PyYAML read alike, but for what :func:`_is_unsure` tells: no tab, no return
_PLAIN_TEXT = re.compile(r"[\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\U00010000-\U0010ffff]*")
_BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff")  # with which files in UTF-16 begin, and those in UTF-32 as well


class Block(dict[str, object]):
    """A mapping that remembers the line (from 1) of each key and the file it came from."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.text = ""  # of the whole file, in its top mapping
        self.lines: dict[str, int] = {}

    def where(self, key: str | None = None) -> str:
        """Return ``file:line`` of a key, or of the block."""
        return f"{self.file}:{self.lines.get(key, self.line) if key is not None else self.line}"


def load_yaml(path: Path, error: Error = BadScene) -> object:
    """Return the value of a YAML file, None of an empty one; mappings are :class:`Block`.

    Raises ``error``, with the line, for what cannot be read, for what is not YAML, and for more than plain values.
    """
    data = read_bytes(path, error, _LARGEST)
    if data.startswith(_BYTE_ORDERS):
        raise error("the file is in UTF-16 or UTF-32; save it as UTF-8", where=f"{path.name}:1")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        said = f"byte 0x{data[problem.start]:02x} is not UTF-8 text; save the file as UTF-8"
        raise error(said, where=f"{path.name}:{line}") from None
    return parse_yaml(text, path.name, error)


def parse_yaml(text: str, name: str, error: Error = BadScene) -> object:
    """Return the value of YAML ``text``; ``name`` stands for it in messages. Raises as :func:`load_yaml` does."""
    try:
        node = _node(text, name, error)
        value = None if node is None else _Reading(name, error).value(node)
        if isinstance(value, Block):
            value.text = text
        return value
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, int(problem.position)) + 1
        said = f"the character #x{int(problem.character):04x} is not allowed in YAML; save the file as UTF-8 text"
        raise error(said, where=f"{name}:{line}") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or str(problem)
        raise error(f"this is not YAML: {said}", where=f"{name}:{mark.line + 1 if mark else 1}") from None


def plain_value(value: object) -> object:
    """Return a value of :func:`parse_yaml` without lines: mappings are plain dictionaries."""
    if isinstance(value, dict):
        return {key: plain_value(item) for key, item in value.items()}
    return [plain_value(item) for item in value] if isinstance(value, list) else value


def _node(text: str, name: str, error: Error) -> yaml.Node | None:
    """Return the node of the one document in a text: by libyaml, in a quarter of the time, where that is here and sure
    to give what PyYAML gives. What it does not read PyYAML reads, or says in its words what is wrong.
    """
    if _FastLoader is not None and _PLAIN_TEXT.fullmatch(text):
        try:
            return _FastLoader(text).get_single_node()
        except yaml.YAMLError:
            pass
    loader = _Loader(text, name, error)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """Reads nodes, so many levels deep and no deeper: each level is a few calls of Python's."""

    def __init__(self, text: str, name: str, error: Error) -> None:
        super().__init__(text)
        self._file = name
        self._error = error
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node. Raises an error for one that is too deep."""
        if self._depth > _DEEPEST:
            line = self.get_mark().line + 1
            raise self._error(f"lists and mappings are more than {_DEEPEST} deep here", where=f"{self._file}:{line}")
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _is_unsure(event: yaml.Event | None) -> bool:
    """Return whether libyaml and PyYAML may differ in what an event is of: a tag, a block of text, a value left out
    (they put it in other lines), a question mark in plain text.
    """
    if isinstance(event, yaml.ScalarEvent):
        is_plain = not event.style
        if event.style in ("|", ">") or (is_plain and (not event.value or "?" in event.value)):
            return True
    return getattr(event, "tag", None) is not None


def _fast_loader() -> type[Any] | None:
    """Return what reads nodes by libyaml, None where this PyYAML was built without it.

    It raises YAMLError for all that it and PyYAML may read differently, and for what is too deep. PyYAML's composer
    takes libyaml's events, since the composer in C calls itself once a level and knows no end.
    """
    if not yaml.__with_libyaml__:
        return None

    class _ByEvents(Composer, yaml.CSafeLoader):
        def __init__(self, text: str) -> None:
            yaml.CSafeLoader.__init__(self, text)
            Composer.__init__(self)
            self._depth = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if _is_unsure(self.peek_event()) or self._depth > _DEEPEST:
                raise yaml.YAMLError
            self._depth += 1
            node: yaml.Node | None = super().compose_node(parent, index)
            self._depth -= 1
            return node

    return _ByEvents


_FastLoader = _fast_loader()


class _Reading:
    """Makes values of the nodes of one document."""

    def __init__(self, name: str, error: Error) -> None:
        self._constructor = SafeConstructor()
        self._name = name
        self._kind = error
        self._seen: set[int] = set()  # nodes by their ids
        self._repeated = 0
        self._open: list[int] = []  # the nodes around this one
        self._line = 1  # of the group that is read: a node that is repeated knows only where it stood first

    def value(self, node: yaml.Node) -> object:
        """Return the value of a node. Raises an error with its line for what is not plain."""
        if id(node) in self._open:
            raise self._error(node, "an alias refers to the mapping that it stands in, without end")
        if id(node) in self._seen:
            self._repeated += 1
            if self._repeated > _MOST_REPEATED:
                text = f"with this, aliases repeat more than {_MOST_REPEATED} values; write fewer of them"
                raise self._kind(text, where=f"{self._name}:{self._line}")
        self._seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in (_MAP, _SEQ):
            raise self._error(node, f"the tag {_shown(node.tag)} is not read; write plain YAML")
        self._open.append(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node)
            return [self.value(child) for child in node.value]
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.MappingNode) -> Block:
        block = Block(self._name, node.start_mark.line + 1)
        own: set[str] = set()
        for key_node, value_node in node.value:
            if len(self._open) == 1:
                self._line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                self._merge(block, own, value_node)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key is a list or a mapping; keys are text")
            key = str(self.value(key_node))
            at = key_node.start_mark.line + 1
            if key in own:
                raise self._error(key_node, f"{key!r} appears twice; the first is in line {block.lines[key]}")
            own.add(key)
            block[key] = self.value(value_node)
            block.lines[key] = at
        return block

    def _merge(self, block: Block, own: set[str], node: yaml.Node) -> None:
        """Add the keys of a mapping, or of several, that are not there (``<<: *name``). The first to give one wins."""
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            given = self.value(source)
            if not isinstance(given, Block):
                raise self._error(source, "<<: takes a mapping, or a list of mappings")
            for key in given:
                if key not in block:
                    block[key] = given[key]
                    block.lines[key] = given.lines[key]

    def _scalar(self, node: yaml.ScalarNode) -> object:
        too_long = f"{_short(node.value)} has more than {_WIDEST} bits; write a number as large as 1.0e+20"
        if node.tag == _INT and len(node.value) > _LONGEST:
            raise self._error(node, too_long)
        try:
            value: object = self._constructor.construct_object(node)
        except (ValueError, LookupError, ArithmeticError, AttributeError, TypeError):
            kind = {"int": "a whole number", "float": "a number", "bool": "true or false", "timestamp": "a date"}
            expected = kind.get(_shown(node.tag).removeprefix("!!"), _shown(node.tag))
            raise self._error(node, f"{_short(node.value)} is not {expected}; put it in quotes for text") from None
        if isinstance(value, int) and value.bit_length() > _WIDEST:
            raise self._error(node, too_long)
        if isinstance(value, (datetime.date, datetime.datetime)):
            return str(node.value)  # no argument is a date: it is text as it stands there
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise self._error(node, f"the tag {_shown(node.tag)} is not read; write plain YAML")
        return value

    def _error(self, node: yaml.Node, text: str) -> RenderSDGError:
        return self._kind(text, where=f"{self._name}:{node.start_mark.line + 1}")


def _shown(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
