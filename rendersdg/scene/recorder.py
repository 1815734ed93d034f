"""The recorder: one scene being recorded, and the helpers that every recording function uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pxr import Usd

from rendersdg.assets.arguments import reading_of
from rendersdg.assets.layers import AssetLayers
from rendersdg.assets.resolver import Resolver, is_procedural, modelled
from rendersdg.errors import BadArgument, BadScene, RenderSDGError, Report
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Call, Graph, Node, Prims, Scopes, Trigger
from rendersdg.inputs import noting
from rendersdg.scene.defaults import with_scene_defaults
from rendersdg.scene.types import Items, Pairs, shown
from rendersdg.snapshot import Semantics
from rendersdg.stage.author import ROOT, Author, new_stage, valid_name

T = TypeVar("T")


@dataclass(eq=False)
class Recorder:
    """A scene while it is recorded: the stage, the graph, the open scopes, and where assets come from."""

    resolver: Resolver
    report: Report
    stage: Usd.Stage = field(default_factory=new_stage)
    graph: Graph = field(default_factory=Graph)
    scopes: Scopes = field(default_factory=Scopes)
    where: str | None = None
    calls: list[Call] = field(default_factory=list)
    is_script: bool = False
    _first_uses: dict[int, tuple[Distribution, str]] = field(default_factory=dict)  # by the id of what is kept alive

    def __post_init__(self) -> None:
        self.author = Author(self.stage)
        self.layers = AssetLayers(self.resolver, self.report)

    def restage(self, stage: Usd.Stage) -> None:
        """Go on with another stage and an empty graph; seed and settings stay."""
        self.stage = stage
        self.graph = Graph(seed=self.graph.seed, settings=self.graph.settings)
        self.scopes = Scopes()
        self.calls = []
        self._first_uses = {}
        self.author = Author(stage)
        self.layers = AssetLayers(self.resolver, self.report)

    def fit(self, path: str, *, raw: bool | None = None) -> tuple[float, bool]:
        """Return by what an asset is to be scaled, and whether it is to be turned, to stand on the stage as it should.

        A scene's assets have their own size, whatever unit and up axis they are in. Omniverse references them as they
        are, so scripts have numbers for that (scale 100 for Isaac Sim's in centimetres, 0.01 for others in metres); in
        a script an asset is taken as it is (``raw``), too, and what stands in for one has the size, in numbers, and the
        up axis that the asset would have. So is an asset of Omniverse's libraries in a YAML scene.
        """
        layer = self.layers.layer(path)
        if reading_of(path).places:  # whoever says so means it
            raw = False
        scale = layer.meters_per_unit / self.author.meters_per_unit
        is_turned = layer.up_axis != self.author.up_axis
        how, is_made = modelled(path), layer.stands_in or is_procedural(path)
        if raw is None:  # the numbers of whoever names a library's asset are from Omniverse, in YAML, too
            raw = self.is_script or (how is not None and not is_procedural(path))
        if not raw or (is_made and how is None):
            return scale, is_turned
        if is_made and how is not None:
            return layer.meters_per_unit / how.meters_per_unit, how.up_axis != layer.up_axis
        if scale != 1.0 or is_turned:
            self.report.note(
                path,
                f"it is taken as it is, as Omniverse does: {layer.up_axis} up, {layer.meters_per_unit:g} m a unit "
                f"on a stage with {self.author.up_axis} up, {self.author.meters_per_unit:g} m a unit",
            )
        return 1.0, False

    def require_there(self, path: str, *, is_folder: bool = False) -> None:
        """Raise AssetError for a path of this machine where nothing is, see ``Resolver.require_there``.

        Scripts are taken as they are: what lay on their authors' machines is stood in for, and reported.
        """
        if not self.is_script:
            self.resolver.require_there(path, is_folder=is_folder)

    def call(self, label: str, function: Callable[..., T], arguments: Mapping[str, object]) -> T:
        """Call a recording function and keep the call, for the exits; what it calls in turn is kept inside it.

        What is not given has the scene's default, unless a script is recorded.
        """
        if not self.is_script:
            arguments = with_scene_defaults(label, arguments, self)
        outer, where = self.calls, self.where
        inner: list[Call] = []
        self.calls = inner
        try:
            result = function(**arguments)
        finally:
            self.calls = outer
        self.calls.append(
            Call(
                function=label,
                arguments=arguments,
                result=result,
                blocks=self.scopes.blocks,
                where=where,
                inner=tuple(inner),
            )
        )
        return result

    def node(
        self,
        op: str,
        inputs: Mapping[str, object],
        targets: Prims | None,
        *,
        single: frozenset[str] = frozenset(),
        spawns: str | None = None,
    ) -> Node:
        """Add a node under the open trigger and return it; ``single`` and ``spawns`` as :class:`Node` has them."""
        site = self.scopes.site(op, targets)
        node = Node(
            site=site,
            op=op,
            inputs={name: self._drawn_once(value, f"{site}/{name}") for name, value in inputs.items()},
            targets=targets,
            trigger=self.scopes.trigger,
            single=single,
            spawns=spawns,
            where=self.where,
        )
        self.graph.nodes.append(node)
        return node

    def _drawn_once(self, value: object, site: str) -> object:
        """Return an input; a distribution that another input has already takes that one's stream.

        In Replicator a distribution is a node, and all that it is connected to read the same samples.
        """
        if not isinstance(value, Distribution) or value.site is not None:
            return value
        first = self._first_uses.setdefault(id(value), (value, site))[1]
        return value if first == site else replace(value, site=first)

    def free_spawn_path(self, label: str) -> str:
        """Return a path that no other node's prims have; to be followed by ``_00`` and so on."""
        used = {n.spawn_path for n in self.graph.nodes}
        base, number = f"{ROOT}/{valid_name(label)}", 0
        path = base
        while path in used:
            number += 1
            path = f"{base}{number}"
        return path

    def targets(self, input_prims: Items) -> Prims:
        """Return the prims an operation acts on: the argument, or the open ``with`` block."""
        if input_prims is not None:
            return self.prims(input_prims)
        if self.scopes.prims is None:
            raise BadScene("this needs prims: put it inside a with block over them, or pass input_prims")
        return self.scopes.prims

    def prims(self, value: Items) -> Prims:
        """Return a handle for prims given as handles, paths, or lists of them. Raises BadArgument for unknown paths."""
        if isinstance(value, Prims):
            return value
        if isinstance(value, str):
            if not value.startswith("/"):
                raise BadArgument(f"{value!r} is not a group of this scene and not a prim path (those start with /)")
            if not self.stage.GetPrimAtPath(value):
                raise BadArgument(f"there is no prim at {value!r} on the stage")
            return Prims(value.rsplit("/", 1)[-1], (value,))
        if isinstance(value, Sequence):
            parts = tuple(self.prims(v) for v in value)
            return Prims("+".join(p.label for p in parts), parts=parts)
        raise BadArgument(f"{value!r} is not a prim")


_CURRENT: ContextVar[Recorder | None] = ContextVar("rendersdg_recorder", default=None)


def current() -> Recorder:
    """Return the recorder that the running scene fills."""
    recorder = _CURRENT.get()
    if recorder is None:
        raise RenderSDGError("no scene is being recorded; open one with rendersdg.scene.recorder.recording()")
    return recorder


@contextmanager
def recording(folder: Path, *, strict: bool = False, overrides: Sequence[tuple[str, str]] = ()) -> Iterator[Recorder]:
    """Record a scene whose relative paths start at ``folder``; the functions of this package fill it."""
    report = Report(strict=strict)
    recorder = Recorder(Resolver(folder, report, overrides), report)
    with filling(recorder):
        yield recorder


@contextmanager
def filling(recorder: Recorder) -> Iterator[None]:
    """Let the functions of this package fill ``recorder``; a thread does not see what another one records."""
    token = _CURRENT.set(recorder)
    try:
        with noting(recorder.resolver.inputs):
            yield
    finally:
        _CURRENT.reset(token)


def pairs(semantics: Pairs) -> Semantics:
    """Return semantics as a tuple of (type, label): given as pairs, as one pair, as a mapping (values may be
    lists), or as text (``class:car;kind:old``).
    """
    if semantics is None:
        return ()
    given: Iterable[tuple[object, object]]
    if isinstance(semantics, str):
        parts = [part.partition(":") for part in semantics.split(";")]
        if not all(colon for _, colon, _ in parts):
            raise BadArgument(f"semantics={shown(semantics)}: write type:label, several with ; between them")
        given = [(kind, label) for kind, _, label in parts]
    elif isinstance(semantics, (list, tuple)) and len(semantics) == 2 and all(isinstance(v, str) for v in semantics):
        given = [(semantics[0], semantics[1])]
    elif isinstance(semantics, Mapping):
        given = [(k, v) for k, vs in semantics.items() for v in (vs if isinstance(vs, (list, tuple)) else [vs])]
    elif isinstance(semantics, Iterable):
        given = [_pair(entry) for entry in semantics]
    else:
        raise BadArgument(f"semantics={shown(semantics)}: write [type, label] pairs")
    for pair in given:
        for part, what in zip(pair, ("type", "label")):
            if part is None or isinstance(part, (list, tuple, Mapping)):
                raise BadArgument(f"semantics: the {what} of a label is {shown(part)}, which is not text")
    return tuple((str(kind), str(label)) for kind, label in given)


def _pair(entry: object) -> tuple[object, object]:
    if not isinstance(entry, (list, tuple)) or len(entry) != 2:
        raise BadArgument(f"semantics: {shown(entry)} is not a [type, label] pair")
    return entry[0], entry[1]


def has_distribution(value: object) -> bool:
    """Return whether a value is or holds a distribution or prims, which only a plan can resolve."""
    if isinstance(value, (Distribution, Prims, Trigger)):
        return True
    return isinstance(value, (list, tuple)) and any(has_distribution(v) for v in value)
