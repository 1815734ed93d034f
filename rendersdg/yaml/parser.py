"""From a YAML scene to a recorded graph: groups, references, with blocks, registered functions, inheritance."""

from __future__ import annotations

import inspect
import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from rendersdg.backends.quality import QUALITY_CALL
from rendersdg.errors import (
    BadArgument,
    BadScene,
    DatasetError,
    NotSupported,
    RenderSDGError,
    SeveralErrors,
    Unforeseen,
    did_you_mean,
)
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Name, Node, Prims, Product, Trigger, WriterUse
from rendersdg.guard import guarded
from rendersdg.paths import relative_path
from rendersdg.scene import FUNCTIONS, MODULES, REFUSED
from rendersdg.scene.bounds import check_extent
from rendersdg.scene.distribution import shared
from rendersdg.scene.recorder import Recorder
from rendersdg.scene.types import checked_arguments, shown, taken_by
from rendersdg.scene.writers import METHODS
from rendersdg.stage.templates import DEFAULT_LIGHT, default_light, has_light
from rendersdg.yaml.document import Block, load
from writers import WRITERS

_LONGEST_PROFILE_CHAIN = 32
_MOST_PROFILES = 256  # files that a scene reads: two that name the next one twice double at each
_MOST_CALLS = 1_000  # of registered functions: those that call another twice double at each
_WITH = "with."  # before the name of a group: what follows acts on its prims, or fires with its trigger
# Kinds of arguments whose words are text even where a group has that name: what a word may stand for there instead,
# as the whole argument, as an item of it, and below. A constant of the scene has no prims in it.
_TEXT: dict[str, tuple[tuple[type, ...], tuple[type, ...], tuple[type, ...]]] = {
    "fixed string": ((str,), (), ()),
    "string": ((str, Distribution), (), ()),
    "words": ((str, list), (str,), ()),
    "semantics": ((list, dict), (list, str), (str,)),
    "labels": ((list, dict), (list, str), (str,)),
    "constant": ((object,), (object,), (object,)),
    "mapping": ((dict,), (object,), (object,)),
}
_OBJECTS = (Prims, Node, Trigger, Product, WriterUse)


def copy_name(name: str) -> str:
    """Return under what path a dataset keeps a file of the scene: its own, or a safe one outside of the scene's folder.

    >>> copy_name("profiles/light.yaml"), copy_name("../light.yaml")
    ('profiles/light.yaml', 'outside/6c2812ec/light.yaml')
    """
    try:
        return relative_path(name)
    except DatasetError:
        plain = re.sub(r"[^\w.-]", "_", posixpath.basename(name), flags=re.ASCII)
        return f"outside/{sha256(json.dumps(name).encode()).hexdigest()[:8]}/{plain}"


_BROKEN = object()  # what a group made in which something is wrong


class _Follows(BadScene):
    """A mistake that comes of an earlier one, which is told already."""


class Scope:
    """Names visible at a point: locals first, then the enclosing scope. A name stands for what its group made.

    ``words`` are the inputs of a function that were given as one word: it may have been meant as text.
    """

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.names: dict[str, object] = {}
        self.words: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """Return whether a name stands for something here."""
        return name in self.names or (self.outer is not None and self.outer.has(name))

    def get(self, name: str) -> object:
        """Return what a name stands for. Raises KeyError for one that is unknown."""
        if name not in self.names and self.outer is not None:
            return self.outer.get(name)
        if self.names[name] is _BROKEN:
            raise _Follows(f"the group {name!r} is wrong")
        return self.names[name]

    def text(self, name: str) -> str:
        """Return what a name is as text: itself, or the word that was given for an input of that name."""
        if name in self.words:
            return self.words[name]
        return name if name in self.names or self.outer is None else self.outer.text(name)

    def all_names(self) -> list[str]:
        """Return the names that are known here, the nearest first."""
        return [*self.names, *(self.outer.all_names() if self.outer else [])]


class SceneParser:
    """Records YAML scenes into a recorder. ``copies`` is the folder of a dataset's copies of the scene's files, where
    those are read instead.
    """

    def __init__(self, recorder: Recorder, copies: Path | None = None) -> None:
        self._recorder = recorder
        self._copies = copies
        self._scope = Scope()
        self._bodies: dict[str, object] = {}
        self._functions: dict[str, tuple[str, Block]] = {}
        self._calling: list[str] = []
        self._profiles = 0
        self._calls = 0
        self._found: list[RenderSDGError] = []  # mistakes: all of a scene are told at once
        self.sources: dict[str, str] = {}

    def read(
        self,
        path: Path,
        changes: Sequence[tuple[str, object]] = (),
        document: Block | None = None,
        _chain: tuple[Path, ...] = (),
        _name: str = "",
    ) -> None:
        """Record a scene file, its profiles first. ``changes`` are (dotted path, value) of ``--set``.

        ``document`` is what the file holds, where it was loaded already. ``sources`` has the text of each file then, by
        its path from the scene's folder, or by a safe one where it lies outside (:func:`copy_name`).

        Raises:
            SeveralErrors: more than one group is wrong; one error is raised as it is.
        """
        name = _name or path.name
        resolved = path.resolve()
        if resolved in _chain or len(_chain) > _LONGEST_PROFILE_CHAIN:
            raise BadScene(
                f"profiles refer to each other in a circle: {' -> '.join(p.name for p in (*_chain, resolved))}"
            )
        document = load(path) if document is None else document
        for profile in _as_list(document.get("profiles", [])):
            if not isinstance(profile, str):
                raise BadScene(f"profiles must list file names, got {profile!r}", where=document.where("profiles"))
            self._profiles += 1
            if self._profiles > _MOST_PROFILES:
                text = f"profiles name profiles: more than {_MOST_PROFILES} files in all"
                raise BadScene(text, where=document.where("profiles"))
            try:
                inner = posixpath.normpath(posixpath.join(posixpath.dirname(name), profile.replace("\\", "/")))
                place = path.parent / profile if self._copies is None else self._copies / copy_name(inner)
                self.read(place, _chain=(*_chain, resolved), _name=inner)
            except RenderSDGError as error:
                error.at(document.where("profiles"))
                raise
        self.sources[copy_name(name)] = document.text
        self._recorder.resolver.inputs.note_content(name, document.text.encode())
        if DEFAULT_LIGHT in document.text:
            default_light(self._recorder.stage)  # an application has it before the scene is read
        for key, value in changes:
            _change(document, key, value)
        before = len(self._found)
        self._record(document)
        for found in self._found[before:]:
            whole_path(found, path)
        if not _chain:
            self._raise_found()
            self._light(path.name)

    def _light(self, name: str) -> None:
        """Give a scene that has no light that of an application, where such scenes are lit by it."""
        stage = self._recorder.stage
        if stage.GetPrimAtPath(DEFAULT_LIGHT):
            default_light(stage)  # once more: the scene may have set the axis that it is turned by
        elif not has_light(stage):
            default_light(stage)
            self._recorder.report.note(
                name,
                f"the scene has no light; it gets that of Omniverse's applications ({DEFAULT_LIGHT}, distant, "
                "intensity 3000). A create.light of its own takes its place",
            )

    def record(self, document: Block) -> None:
        """Record the groups of a document, top to bottom.

        Raises:
            SeveralErrors: more than one is wrong; one error is raised as it is.
        """
        self._record(document)
        self._raise_found()

    def _record(self, document: Block) -> None:
        for name, body in document.items():
            if name != "profiles":
                self._group(name, body, document.where(name), self._scope)

    def _group(self, name: str, body: object, where: str, scope: Scope) -> None:
        try:
            if isinstance(body, Block) and "inherit" in body:
                body = self._inherited(name, body)
            if scope is self._scope:
                self._bodies[name] = body
            with self._recorder.scopes.inside(Name(name)):
                result = self._body(body, where, scope)
                check_extent(name, result)
        except RenderSDGError as error:
            self._note(error, where)
            result = _BROKEN
        if isinstance(result, Distribution):
            result = self._recorder.call("shared", shared, {"name": name, "distribution": result})
        scope.names[name] = result

    def _note(self, error: RenderSDGError, where: str) -> None:
        """Keep a mistake at ``where``, to be told with all others; what follows from one is not told again."""
        error.at(where)
        if isinstance(error, Unforeseen):
            raise error
        if not isinstance(error, _Follows):
            self._found.append(error)

    def _raise_found(self) -> None:
        found, self._found = self._found, []
        if found:
            raise found[0] if len(found) == 1 else SeveralErrors(found)

    def _inherited(self, name: str, body: Block) -> Block:
        """Return a body with what it inherits. Raises BadScene for a group that is not above, or is a plain value."""
        base = body["inherit"]
        if not isinstance(base, str) or base == name or base not in self._bodies:
            raise BadScene(
                f"inherit: {base!r} is not an earlier group{did_you_mean(str(base), self._bodies)}",
                where=body.where("inherit"),
            )
        inherited = self._bodies[str(base)]
        if not isinstance(inherited, Block):
            raise BadScene(
                f"inherit: {base!r} is a plain value; only groups with calls can be inherited",
                where=body.where("inherit"),
            )
        merged = _merged(inherited, body)
        del merged["inherit"]
        return merged

    def _body(self, body: object, where: str, scope: Scope) -> object:
        if not isinstance(body, Block) or not any("." in key for key in body):
            return self._resolve(body, scope, where)
        return self._entries(body, scope)

    def _entries(self, block: Block, scope: Scope, *, is_with: bool = False) -> object:
        """Record the entries of a body, top to bottom; return what its last call gave.

        Where it holds no call of its own, it is what the last call of its with blocks gave; None without any.
        """
        result: object = None
        from_blocks: object = None
        has_failed = False
        for key, value in block.items():
            at = block.where(key)
            try:
                if is_with and "." not in key:
                    raise BadScene(f"{key!r} is not a call; inside a with block stand module.function or with.group")
                if key.startswith(_WITH):
                    from_blocks = self._with(key.removeprefix(_WITH), value, at, scope)
                elif key == "randomizer.register":
                    self._register(value, at)
                else:
                    result = self._call(key, value, at, scope)
            except RenderSDGError as error:
                self._note(error, at)
                has_failed = True
        if has_failed:
            raise _Follows("an entry of the block is wrong")
        return from_blocks if result is None else result

    def _with(self, target: str, block: object, where: str, scope: Scope) -> object:
        """Record a with block over the prims or the trigger that the group ``target`` made; return what its last call
        gave.
        """
        if not scope.has(target):
            raise BadScene(
                f"with.{target}: there is no group {target!r} above{did_you_mean(target, scope.all_names())}",
                where=where,
            )
        item = scope.get(target)
        if isinstance(item, (list, tuple)) and item and all(isinstance(i, Prims) for i in item):
            item = Prims(target, parts=tuple(item))
        if isinstance(item, Node):
            raise BadScene(
                f"with.{target}: {target!r} is an operation; a with block needs prims or a trigger", where=where
            )
        if not isinstance(item, (Prims, Trigger)):
            raise BadScene(
                f"with.{target}: {target!r} is {shown(item)}; a with block needs prims or a trigger", where=where
            )
        if block is None:
            return None
        if not isinstance(block, Block):
            raise BadScene(f"with.{target} must hold calls, got {shown(block)}", where=where)
        with self._recorder.scopes.inside(item):
            return self._entries(block, scope, is_with=True)

    def _register(self, definitions: object, where: str) -> None:
        if not isinstance(definitions, Block) or not definitions:
            raise BadScene("randomizer.register must hold function definitions", where=where)
        for name, definition in definitions.items():
            if not isinstance(definition, Block):
                raise BadScene(f"the function {name!r} has no body", where=definitions.where(name))
            self._functions[name] = (definitions.where(name), definition)

    def _call(self, key: str, arguments: object, where: str, scope: Scope, within: str = "any") -> object:
        """Call what a key names: a registered function, a method of what a group made, or a recording function.

        ``within`` is the kind of argument that the result is for. Raises BadScene for a function that is unknown,
        NotSupported for one of Replicator's that is not there.
        """
        module, _, function = key.rpartition(".")
        self._recorder.where = where
        if module == "randomizer" and function in self._functions:
            return self._call_registered(function, arguments, where, scope)
        if scope.has(module) and not (module in MODULES and key in FUNCTIONS):
            return self._call_method(scope.get(module), module, function, arguments, where, scope)
        if key in REFUSED:
            raise NotSupported(f"{key} exists in Replicator and is not supported: {REFUSED[key]}")
        if key not in FUNCTIONS:
            known = [*FUNCTIONS, *(f"randomizer.{n}" for n in self._functions)]
            raise BadScene(f"unknown function {key!r}{did_you_mean(key, known)}")
        drawn = "constant" if key.startswith("distribution.") and within in ("string", "constant") else None
        return self._invoke(key, FUNCTIONS[key], arguments, where, scope, drawn=drawn)

    def _invoke(
        self,
        label: str,
        function: Callable[..., object],
        arguments: object,
        where: str,
        scope: Scope,
        own: Mapping[str, object] = MappingProxyType({}),
        drawn: str | None = None,
    ) -> object:
        """Call a function with arguments resolved and checked; ``own`` are those that the scene does not give.

        ``drawn`` is the kind of value that a distribution is to give, where that is known. Raises BadArgument, with the
        line, for an argument that is unknown, missing or of the wrong kind.
        """
        if arguments is None:
            arguments = Block(where.rsplit(":", 1)[0], int(where.rsplit(":", 1)[1]))
        if not isinstance(arguments, Block):
            raise BadScene(f"{label} takes a mapping of arguments, got {shown(arguments)}")
        signature = inspect.signature(function)
        taken = taken_by(function)
        parameters = [p for p in signature.parameters if p not in own]
        values = dict(own)
        failed = set()
        for name, raw in arguments.items():
            at = arguments.where(name)
            kind = taken[name].kind if name in taken else "any"
            try:
                if name not in parameters:
                    raise BadArgument(f"{label} has no argument {name!r}{did_you_mean(name, parameters)}")
                value = self._resolve(raw, scope, at, kind if drawn is None or kind in _TEXT else drawn)
                given = checked_arguments(function, {name: value}, taken)
                values |= given
            except RenderSDGError as error:
                self._note(error, at)
                failed.add(name)
            self._recorder.where = where
        missing = [
            p for p in parameters if signature.parameters[p].default is inspect.Parameter.empty and p not in values
        ]
        missing = [p for p in missing if p not in failed]
        if missing:
            raise BadArgument(f"{label} needs the argument {missing[0]!r}", where=where)
        if failed:
            raise _Follows("an argument is wrong")
        with guarded(where):
            try:
                made = self._recorder.call(label, function, values)
                if isinstance(made, WriterUse):
                    WRITERS[made.name](**made.params)  # what it is given is looked at here, with the line
                return made
            except RenderSDGError as error:
                error.at(where)
                raise
            except (TypeError, ValueError) as error:
                raise BadArgument(f"{label}: {error}", where=where) from error

    def _call_method(
        self, item: object, group: str, method: str, arguments: object, where: str, scope: Scope
    ) -> object:
        if not isinstance(item, WriterUse) or method not in METHODS:
            raise BadScene(f"{group}.{method}: {group!r} has no method {method!r}{did_you_mean(method, METHODS)}")
        return self._invoke(f"writers.{method}", METHODS[method], arguments, where, scope, {"writer": item})

    def _call_registered(self, name: str, arguments: object, where: str, scope: Scope) -> object:
        """Record the body of a registered function with its inputs as names; return what its last entry made."""
        if name in self._calling:
            raise BadScene(f"the function {name!r} calls itself: {' -> '.join([*self._calling, name])}")
        self._calls += 1
        if self._calls > _MOST_CALLS:
            raise BadScene(f"registered functions are called more than {_MOST_CALLS} times; one calls others too often")
        _, definition = self._functions[name]
        inputs = definition.get("inputs") or {}
        if not isinstance(inputs, Mapping):
            raise BadScene(f"the inputs of the function {name!r} must be a mapping, got {shown(inputs)}")
        values = arguments if arguments is not None else {}
        if not isinstance(values, Mapping):
            raise BadScene(f"randomizer.{name} takes a mapping of its inputs, got {shown(values)}")
        inner = Scope(self._scope)
        for key in values:
            if key not in inputs:
                at = values.where(key) if isinstance(values, Block) else where
                raise BadArgument(f"randomizer.{name} has no input {key!r}{did_you_mean(key, inputs)}", where=at)
        for key, default in inputs.items():
            raw = values.get(key, default)
            if raw is None:
                raise BadArgument(f"randomizer.{name} needs the input {key!r}")
            inner.names[key] = self._resolve(raw, scope, where)
            if isinstance(raw, str):
                inner.words[key] = scope.text(raw)
        self._calling.append(name)
        result: object = None
        try:
            with ExitStack() as stack:
                stack.enter_context(self._recorder.scopes.inside(Name(name, is_function=True)))
                for key, value in definition.items():
                    at = definition.where(key)
                    if key.startswith(_WITH):
                        self._with(key.removeprefix(_WITH), value, at, inner)
                    elif key == "randomizer.register":
                        self._register(value, at)
                    elif "." in key:
                        result = self._call(key, value, at, inner)
                    elif key != "inputs":
                        self._group(key, value, at, inner)
                        result = inner.names[key]
        finally:
            self._calling.pop()
        return result

    def _resolve(self, value: object, scope: Scope, where: str, kind: str = "any", depth: int = 0) -> object:
        """Return a value with the names in it resolved and the calls in it made.

        ``kind`` is that of the argument, ``depth`` how many lists and mappings of it are around the value.
        """
        if isinstance(value, str):
            if not scope.has(value):
                return value
            named = scope.get(value)
            return named if _may_stand(named, kind, depth) else scope.text(value)
        if isinstance(value, Block):
            if len(value) == 1 and kind != "mapping":
                key = next(iter(value))
                module = key.rpartition(".")[0]
                if module in MODULES or (module and scope.has(module)):
                    return self._call(key, value[key], value.where(key), scope, kind)
            return {k: self._resolve(v, scope, value.where(k), kind, depth + 1) for k, v in value.items()}
        if isinstance(value, list):
            return [self._resolve(v, scope, where, kind, depth + 1) for v in value]
        return value


def whole_path(error: RenderSDGError, path: Path) -> None:
    """Let an error of a scene say where its file lies, not only what it is called: ``scenes/a.yaml:3``."""
    if error.where is not None and error.where.startswith(f"{path.name}:"):
        error.where = str(path.parent / error.where)


def _may_stand(named: object, kind: str, depth: int) -> bool:
    """Return whether a word in an argument of ``kind`` may mean the group that it names: prims are no text."""
    if kind not in _TEXT:
        return True
    return isinstance(named, _TEXT[kind][min(depth, 2)]) and not _has_objects(named)


def _has_objects(value: object) -> bool:
    """Return whether a value is, or holds, something that a call made on the stage or in the graph."""
    if isinstance(value, Mapping):
        return any(_has_objects(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(_has_objects(v) for v in value)
    return value is None or isinstance(value, _OBJECTS)


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _merged(base: Block, extra: Block) -> Block:
    out = Block(extra.file, extra.line)
    for source in (base, extra):
        for key, value in source.items():
            earlier = out.get(key)
            out[key] = _merged(earlier, value) if isinstance(earlier, Block) and isinstance(value, Block) else value
            out.lines[key] = source.lines.get(key, source.line)
    return out


def _set_quality(document: Block, value: object) -> None:
    """Have a document ask for a quality: where it does already, otherwise in a group of its own at its end."""
    arguments = {"quality": value}
    for body in document.values():
        if isinstance(body, Block) and QUALITY_CALL in body:
            body[QUALITY_CALL] = _block(document, arguments)
            return
    document[_OF_QUALITY] = _block(document, {QUALITY_CALL: _block(document, arguments)})


def _block(document: Block, values: dict[str, object]) -> Block:
    block = Block(document.file, document.line)
    for key, value in values.items():
        block[key] = value
        block.lines[key] = document.line
    return block


_OF_QUALITY = "quality of --quality"  # the group that it makes


def _change(document: Block, key: str, value: object) -> None:
    """Apply one ``--set group.argument=value``; the call's name may stand between or be left out."""
    parts = key.split(".")
    where = f"--set {key}"
    if key == QUALITY_CALL and "settings" not in document:
        _set_quality(document, value)
        return
    if parts[0] not in document:
        raise BadScene(f"the scene has no group {parts[0]!r}{did_you_mean(parts[0], document)}", where=where)
    if len(parts) == 1:
        document[parts[0]] = value
        return
    block = document[parts[0]]
    rest = parts[1:]
    if isinstance(block, Block):
        calls = [k for k in block if "." in k]
        named = next((c for c in calls if rest[: c.count(".") + 1] == c.split(".")), None)
        if named is not None:
            rest = rest[named.count(".") + 1 :]
        call = named or next((c for c in calls if not c.startswith(_WITH)), None)
        if call is not None:
            if block[call] is None:
                block[call] = Block(block.file, block.lines[call])
            block = block[call]
    for part in rest[:-1]:
        if not isinstance(block, Block) or part not in block:
            raise BadScene(
                f"there is no {part!r} in {parts[0]!r}{did_you_mean(part, block if isinstance(block, Block) else [])}",
                where=where,
            )
        block = block[part]
    if not isinstance(block, Block) or not rest:
        raise BadScene(f"{key!r} names no argument; write group.argument=value", where=where)
    block[rest[-1]] = value
    block.lines.setdefault(rest[-1], block.line)
