"""Scenes built in Python: Replicator's vocabulary, recorded at once and kept as the YAML that says the same."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import yaml

from rendersdg.api.numbers import whole_number
from rendersdg.api.scenes import Scene, libraries
from rendersdg.api.sources import FromYaml
from rendersdg.backends import check_name
from rendersdg.errors import BadArgument, BadScene, NotSupported, RenderSDGError, did_you_mean
from rendersdg.farm.job import Job
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Node, Prims, Product, Trigger, WriterUse
from rendersdg.guard import guarded
from rendersdg.replicator.values import Handled, taking, unwrap
from rendersdg.scene import FUNCTIONS, MODULES, REFUSED
from rendersdg.scene.bounds import check_extent
from rendersdg.scene.recorder import Recorder, recording
from rendersdg.scene.types import shown
from rendersdg.scene.writers import attach
from rendersdg.scene.writers import get as new_writer
from writers import WRITERS

_HANDLES = (Prims, Node, Trigger, Distribution, Product, WriterUse)
_GROUP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN_FORM = ("writers.get",)
_INSTEAD = {  # of what Replicator has and a scene has not: what stands in its place
    "orchestrator": "scene.frame(i), scene.dataset(...) and scene.render(out) make the frames",
    "annotators": "frame.annotate(name) gives what an annotator says",
    "AnnotatorRegistry": "frame.annotate(name) gives what an annotator says",
    "functional": "rep.create and rep.modify record the same; for scripts that act at once: rendersdg run SCRIPT",
    "Writer": "register a writer by the entry point rendersdg.writer, or take frames from scene.frame(i)",
}


class SceneItem(Handled):
    """What a call made: prims, a trigger, an operation, a distribution or a render product.

    ``with item:`` acts on its prims, or whenever its trigger fires.
    """

    def __init__(self, handle: Any, scene: NewScene, name: str) -> None:
        self.handle = handle
        self._scene = scene
        self._open: list[ExitStack] = []
        self.name = name

    def __enter__(self) -> SceneItem:
        if not isinstance(self.handle, (Prims, Trigger)):
            raise BadArgument(f"{self!r} cannot be a with block: it needs prims or a trigger", where=_caller())
        block = self._scene._inside(self)
        block.__enter__()
        self._open.append(block)
        return self

    def __exit__(self, *problem: Any) -> None:
        self._open.pop().__exit__(*problem)

    def __getitem__(self, index: int) -> NoReturn:
        raise BadArgument(f"{self!r} is one thing, whose parts cannot be taken singly; pass it whole", where=_caller())

    def __repr__(self) -> str:
        return f"<{type(self.handle).__name__.lower()} {self.name}>"


class WriterItem(SceneItem):
    """A writer: ``initialize`` gives its parameters, ``attach`` the render products that it writes."""

    def initialize(self, **params: Any) -> None:
        """Set the writer's parameters. Raises BadArgument for those that it has not."""
        WRITERS[self.handle.name](**params)
        self.handle.params.update(params)
        self._scene._groups[self.name]["writers.get"]["init_params"] = unwrap(params)

    def attach(self, render_products: Any, trigger: Any = None) -> None:
        """Write the pictures of render products; with ``trigger`` only when that fires."""
        attach(self.handle, unwrap(render_products), unwrap(trigger))
        body = self._scene._groups[self.name]["writers.get"]
        listed = render_products if isinstance(render_products, (list, tuple)) else [render_products]
        body.setdefault("render_products", []).extend(self._scene._said(unwrap(p)) for p in listed)
        if trigger is not None:
            body["trigger"] = self._scene._said(unwrap(trigger))


class Vocabulary:
    """A module of ``rep``: its functions are those of scenes in YAML, with the same arguments and checks."""

    def __init__(self, path: str, members: Mapping[str, Any]) -> None:
        self._path = path
        self.__dict__.update(members)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        label = f"{self._path}.{name}" if self._path else name
        if label in REFUSED:
            raise NotSupported(f"rep.{label} exists in Replicator and is not supported: {REFUSED[label]}")
        if not self._path and name in _INSTEAD:
            raise NotSupported(f"rep.{name}: {_INSTEAD[name]}")
        known = [k for k in vars(self) if not k.startswith("_")]
        raise AttributeError(f"there is no rep.{label}{did_you_mean(name, known)}")

    def __dir__(self) -> list[str]:
        return sorted(k for k in vars(self) if not k.startswith("_"))

    def __repr__(self) -> str:
        return f"<rep{'.' if self._path else ''}{self._path}>"


class NewScene(Scene):
    """A scene that is built in Python. ``with scene as rep:`` records it; after that it is a scene as any other."""

    def __init__(self, job: Job, folder: Path) -> None:
        super().__init__(FromYaml(job))
        self._folder = folder
        self._job = job
        self._stack: ExitStack | None = None
        self._recorder: Recorder | None = None
        self._groups: dict[str, dict[str, Any]] = {}
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []  # handles by whose id names are found: they must live as long
        self._blocks: list[SceneItem] = []
        self._words: set[str] = set()
        self._is_built = False

    def __enter__(self) -> Vocabulary:
        if self._is_built or self._stack is not None:
            raise BadScene("a scene is built once; make another one by rendersdg.new_scene()", where=_caller())
        self._stack = ExitStack()
        self._recorder = self._stack.enter_context(
            recording(self._folder, strict=self._job.strict, overrides=self._job.assets)
        )
        return self._vocabulary()

    def __exit__(self, kind: type[BaseException] | None, *problem: Any) -> None:
        assert self._stack is not None
        self._stack.close()
        self._stack = self._recorder = None
        if kind is not None:  # it may be built again, from the beginning
            self._groups, self._names, self._words = {}, {}, set()
            self._kept, self._blocks = [], []
        else:
            self._is_built = True
            self._source = FromYaml(self._job, ((self._job.scene, self.yaml()),))
            self._open()  # what is wrong with the whole is said here

    def yaml(self) -> str:
        """Return the scene as YAML, which ``rendersdg render`` and :func:`rendersdg.load` take."""
        renamed = {name: self._final(name) for name in self._groups}
        groups = {renamed[name]: _renamed(body, renamed) for name, body in self._groups.items()}
        text: str = yaml.dump(groups, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=120)
        return f"# built by rendersdg.new_scene\n{text}"

    def save(self, path: str | Path) -> None:
        """Write the scene as YAML. Relative paths of assets in it start at the file's folder then."""
        from rendersdg.files import write_file

        write_file(Path(path), self.yaml().encode())

    def __repr__(self) -> str:
        return super().__repr__() if self._is_built else "<new scene; build it: with scene as rep: ...>"

    def _open(self) -> Any:
        if not self._is_built:
            raise BadScene("this scene is not built yet; record it first: with scene as rep: ...", where=_caller())
        return super()._open()

    def _vocabulary(self) -> Vocabulary:
        modules = {
            module: Vocabulary(
                module,
                {
                    label.partition(".")[2]: self._function(label)
                    for label in FUNCTIONS
                    if label.startswith(f"{module}.") and label not in _OWN_FORM
                },
            )
            for module in MODULES
        }
        modules["randomizer"].__dict__["register"] = self._register(modules["randomizer"])
        modules["writers"].__dict__["get"] = self._writer
        registry = Vocabulary("WriterRegistry", {"get": self._writer})
        own = {"WriterRegistry": registry, "new_layer": ExitStack, "set_global_seed": self._set_seed}
        return Vocabulary("", {**modules, **own})

    def _set_seed(self, seed: int) -> None:
        """Seed the scene's randomness, where :func:`new_scene` was given no seed."""
        if self._job.seed is None:
            self._job = replace(self._job, seed=whole_number(seed, "the seed"))

    def _register(self, module: Vocabulary) -> Callable[..., Any]:
        def register(fn: Callable[..., Any], override: bool = True, fn_name: str | None = None) -> Callable[..., Any]:
            """Make a function a randomizer: ``rep.randomizer.<its name>`` records what it does, where it is called."""
            module.__dict__[fn_name or fn.__name__] = fn
            return fn

        return register

    def _function(self, label: str) -> Callable[..., Any]:
        """Return a recording function: its arguments are checked as those of a scene in YAML are."""
        function = FUNCTIONS[label]
        arguments = taking(label, function)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            where = _caller()
            values = arguments(args, kwargs, where)
            try:
                return self._record(label, function, values, where)
            except RenderSDGError as error:
                raise error.at(where) from None

        return call

    def _record(self, label: str, function: Callable[..., Any], values: dict[str, Any], where: str | None) -> Any:
        recorder = self._recording()
        recorder.where = where
        with guarded(where or label):
            result = recorder.call(label, function, values)
        is_made = isinstance(result, _HANDLES) or (
            isinstance(result, list) and bool(result) and all(isinstance(r, _HANDLES) for r in result)
        )
        if result is not None and not is_made:
            return result  # a plain value, say a list of files, which a scene holds as it is
        named = values.get("name")
        wanted = str(named) if isinstance(named, str) else label.replace(".", "_")
        name = self._add(wanted, label, values, within=not label.startswith("distribution."))
        check_extent(name, result)
        if result is None:
            return None
        self._keep(result, name)
        return SceneItem(result, self, name)

    def _writer(
        self, name: str, init_params: Mapping[str, Any] | None = None, render_products: Any = None, trigger: Any = None
    ) -> WriterItem:
        """Return a writer by its name, as ``rep.WriterRegistry.get`` does.

        Args:
            name: of the writer; ``rendersdg list writers`` lists them.
            init_params: its parameters; ``initialize`` gives more.
            render_products: what it writes; ``attach`` gives more.
            trigger: when it writes; None for every frame.
        """
        self._recording().where = _caller()
        use = new_writer(name)
        WRITERS[use.name]  # an unknown name is an error here
        group = self._add("writer", "writers.get", {"name": use.name}, within=False)
        self._keep(use, group)
        item = WriterItem(use, self, group)
        if init_params:
            item.initialize(**init_params)
        if render_products is not None:
            item.attach(render_products, trigger)
        return item

    def _recording(self) -> Recorder:
        if self._recorder is None:
            raise BadScene("the scene is built: nothing is recorded after its with block", where=_caller())
        return self._recorder

    def _inside(self, item: SceneItem) -> ExitStack:
        stack = ExitStack()
        stack.enter_context(self._recording().scopes.inside(item.handle))
        self._blocks.append(item)
        stack.callback(self._blocks.pop)
        return stack

    def _add(self, wanted: str, label: str, values: Mapping[str, Any], *, within: bool = True) -> str:
        """Add a group that makes one call inside the open with blocks, and return its name."""
        base = wanted if _GROUP_NAME.fullmatch(wanted) and wanted not in MODULES else label.replace(".", "_")
        name, number = base, 1
        while name in self._groups or name == "profiles":
            number += 1
            name = f"{base}_{number}"
        words = set(self._words)
        arguments = {key: self._said(value) for key, value in values.items()}
        if isinstance(named := values.get("name"), str) and named not in words:
            self._words.discard(named)  # a name is text whatever group has it
        body: dict[str, Any] = {label: arguments or None}
        for item in reversed(self._blocks if within else []):
            body = {_Key("with.", item.name): body}
        self._groups[name] = body
        return name

    def _keep(self, result: Any, name: str) -> None:
        self._kept.append(result)
        self._names[id(result)] = name

    def _said(self, value: Any) -> Any:
        """Return a value as YAML says it: what a call made by the name of its group."""
        if isinstance(value, _HANDLES) or id(value) in self._names:
            name = self._names.get(id(value))
            if name is None:
                raise BadScene(f"{shown(value)} was not made by this scene", where=_caller())
            return _Reference(name)
        if isinstance(value, Mapping):
            return {str(k): self._said(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._said(v) for v in value]
        if isinstance(value, str):
            self._words.add(value)
            return value
        if value is None or isinstance(value, (bool, int, float)):
            return value
        raise BadArgument(f"{shown(value)} is nothing that a scene can hold", where=_caller())

    def _final(self, name: str) -> str:
        """Return a group's name as the YAML has it: none that is also text of the scene, which would mean the group."""
        final = name
        while final in self._words or (final != name and final in self._groups):
            final += "_"
        return final


class _Reference(str):
    """The name of a group, where it stands for what the group made."""


class _Key(str):
    """A key ``with.group``."""

    group: str

    def __new__(cls, before: str, group: str) -> _Key:
        key = super().__new__(cls, before + group)
        key.group = group
        return key


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {(f"with.{names[k.group]}" if isinstance(k, _Key) else k): _renamed(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [_renamed(v, names) for v in value]
    return names[str(value)] if isinstance(value, _Reference) else value


class _Dumper(yaml.SafeDumper):
    """Writes no anchors: a list that stands in two places is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True))


def _caller() -> str | None:
    """Return ``file:line`` of the innermost line outside of rendersdg."""
    frame = sys._getframe(1)
    here = str(Path(__file__).parent.parent)
    while frame is not None and (frame.f_code.co_filename.startswith(here) or "contextlib" in frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    return None if frame is None else f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def new_scene(
    name: str = "scene",
    *,
    seed: int | None = None,
    backend: str = "raster",
    folder: str | Path = ".",
    assets: Mapping[str, str] | None = None,
    strict: bool = False,
    threads: int = 1,
) -> NewScene:
    """Return a scene to be built in Python, by the functions of ``omni.replicator.core`` and of scenes in YAML.

    Args:
        name: what it is called in messages and in datasets.
        seed: of its randomness; None for 0.
        backend: what paints the pictures, see :func:`rendersdg.load`.
        folder: where relative paths of assets start.
        assets: folders or URLs by the prefix of a library path.
        strict: whether stand-ins and what cannot be honoured are errors.
        threads: how many draw one frame.

    Example::

        scene = rendersdg.new_scene(seed=7)
        with scene as rep:
            rep.create.light(light_type="dome", intensity=1000)
            camera = rep.create.camera(position=(0, 2, 5), look_at=(0, 0, 0))
            rep.create.render_product(camera, (640, 480))
            ball = rep.create.sphere(semantics=[("class", "ball")])
            with rep.trigger.on_frame(max_execs=10):
                with ball:
                    rep.modify.pose(position=rep.distribution.uniform((-1, -1, -1), (1, 1, 1)))
        scene.frame(3).draw()
    """
    check_name(backend)
    where = Path(folder).absolute()
    if not where.is_dir():
        raise BadArgument(f"folder={str(folder)!r} is not a folder")
    file = name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"
    if Path(file).name != file:
        raise BadArgument(f"name={name!r} is not a plain name")
    seed = None if seed is None else whole_number(seed, "the seed")
    job = Job(file, seed, backend, strict, (), libraries(assets), str(where), threads)
    return NewScene(job, where)
