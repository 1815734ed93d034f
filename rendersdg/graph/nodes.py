"""Nodes, the prims they act on, and the Graph that recording fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from rendersdg.errors import BadArgument


@dataclass(frozen=True, eq=False)
class Trigger:
    """When nodes run. ``max_execs`` 0 is endless; ``interval`` is frames for ``frame``, seconds for ``time``."""

    name: str
    kind: Literal["frame", "time", "event", "condition"]
    interval: float = 1.0
    max_execs: int = 0
    event: str = ""
    condition: Callable[[], bool] | None = None
    rt_subframes: int = 1

    def __post_init__(self) -> None:
        if self.kind == "frame" and (self.interval < 1 or self.interval != int(self.interval)):
            raise BadArgument(f"interval={self.interval} frames: give a whole number of at least 1")
        if self.kind == "time" and not self.interval > 0:
            raise BadArgument(f"interval={self.interval} seconds: give a number above 0")
        if self.max_execs < 0:
            raise BadArgument(f"max_execs={self.max_execs}: give 0 (endless) or a count")


@dataclass(frozen=True, eq=False)
class Prims:
    """A handle to prims: fixed ``paths``, what ``node`` makes at each execution, or the ``parts`` of a group."""

    label: str
    paths: tuple[str, ...] = ()
    node: Node | None = None
    parts: tuple[Prims, ...] = ()

    def resolve(self, spawned: Mapping[Node, Sequence[str]]) -> list[str]:
        """Return the paths; ``spawned`` says what each node that makes prims made this time."""
        paths = list(self.paths)
        if self.node is not None:
            paths += spawned.get(self.node, ())
        for part in self.parts:
            paths += part.resolve(spawned)
        return paths


@dataclass(eq=False)
class Node:
    """One recorded operation. ``site`` names it for the streams; ``trigger`` None means once, before the first frame.

    ``single`` lists the inputs that are one value rather than one per prim; ``spawns`` the input that says how many
    prims this node makes: ``spawn_path`` with ``_00``, ``_01`` and so on, the first without a number if
    ``is_first_bare``.
    """

    site: str
    op: str
    inputs: dict[str, Any]
    targets: Prims | None = None
    trigger: Trigger | None = None
    single: frozenset[str] = frozenset()
    spawns: str | None = None
    spawn_path: str = ""
    is_first_bare: bool = False
    where: str | None = None

    def spawned(self, count: int) -> tuple[str, ...]:
        """Return the paths of ``count`` prims that this node makes."""
        return tuple(
            self.spawn_path if self.is_first_bare and not k else f"{self.spawn_path}_{k:02d}" for k in range(count)
        )


@dataclass(eq=False)
class Product:
    """A recorded render product; a tiled one shows its ``tiles`` side by side and its camera is the first one's.

    A script may switch it off, and may remove its camera, which makes it blind.
    """

    name: str
    camera: Prims
    resolution_wh: tuple[int, int]
    is_on: bool = True
    tiles: tuple[Product, ...] = ()
    is_blind: bool = False

    @property
    def enabled(self) -> bool:
        """Whether it shows anything."""
        return self.is_on and not self.is_blind


@dataclass(eq=False)
class WriterUse:
    """A writer with its parameters, and what it is attached to; ``trigger`` None writes every frame.

    ``made`` is the writer itself where a script made it; ``folder`` is where it writes,
    below the output, when that is fixed.
    """

    name: str
    params: dict[str, Any]
    label: str
    products: list[Product] = field(default_factory=list)
    trigger: Trigger | None = None
    where: str | None = None
    made: Any = None
    folder: str | None = None


@dataclass(eq=False)
class Graph:
    """Everything recorded, in order. ``seed`` None means: none was set.

    ``sent`` lists the frames at which a script itself sent an event; ``wanted`` the annotators that it reads itself.
    """

    seed: int | None = None
    nodes: list[Node] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    writers: list[WriterUse] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, list[int]] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Name:
    """A named block: a group of the scene, or with ``is_function`` the body of a registered function."""

    label: str
    is_function: bool = False


Block = Name | Prims | Trigger


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a recording function (``module.function``), as the scene made it: what the exits replay elsewhere.

    ``blocks`` are the open names and ``with`` blocks, outermost first; ``inner`` the calls that this one made itself.
    """

    function: str
    arguments: Mapping[str, Any]
    result: Any
    blocks: tuple[Block, ...]
    where: str | None
    inner: tuple[Call, ...] = ()


class Scopes:
    """The open blocks while recording: names, and ``with`` blocks over prims and triggers, innermost last."""

    def __init__(self) -> None:
        self._open: list[Block] = []
        self._sites: dict[str, int] = {}

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All open blocks, outermost first."""
        return tuple(self._open)

    @property
    def prims(self) -> Prims | None:
        """The innermost prims."""
        return next((b for b in reversed(self._open) if isinstance(b, Prims)), None)

    @property
    def trigger(self) -> Trigger | None:
        """The innermost trigger."""
        return next((b for b in reversed(self._open) if isinstance(b, Trigger)), None)

    @contextmanager
    def inside(self, block: Block) -> Iterator[None]:
        """Open a block over prims, a trigger, or a name for the streams of what is recorded in it."""
        self._open.append(block)
        try:
            yield
        finally:
            self._open.pop()

    def site(self, op: str, targets: Prims | None = None) -> str:
        """Return a new site for ``op``: the open names, the operation, its prims, and a count among equals."""
        label = targets.label if targets is not None else ""
        names = [b.label for b in self._open if isinstance(b, Name)]
        site = "/".join([*names, f"{op}({label})" if label else op])
        count = self._sites.get(site, 0)
        self._sites[site] = count + 1
        return f"{site}#{count}" if count else site
