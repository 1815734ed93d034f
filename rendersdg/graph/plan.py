"""The Plan: every random value of one frame, resolved from (graph, seed, frame) alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Graph, Node, Prims
from rendersdg.graph.schedule import Schedule
from rendersdg.guard import as_foreseen
from rendersdg.memory import refuse_beyond_memory
from rendersdg.streams import ONCE, Source


@dataclass(frozen=True)
class Drawn:
    """Values that were drawn, one per prim (or one in all)."""

    values: list[object]

    def __getitem__(self, index: int) -> object:
        return self.values[index if len(self.values) > 1 else 0]

    def __iter__(self) -> Iterator[object]:
        # without this Python would count up for ever, since every index has a value
        raise TypeError("a drawn value is taken for one prim at a time")


@dataclass(frozen=True, eq=False)
class Firing:
    """One execution of a node: its ``inputs`` with distributions replaced by :class:`Drawn`, and its prims.

    ``made`` are the prims that it makes; ``source`` seeds what depends on geometry (scattering).
    """

    node: Node
    frame: int
    inputs: dict[str, Any]
    targets: tuple[str, ...]
    made: tuple[str, ...]
    source: Source


@dataclass(frozen=True, eq=False)
class Plan:
    """The firings that make frame ``frame``, in the order in which they act on the untouched stage.

    ``time`` is seconds since the first frame. ``stage_time`` is the stage's own time in seconds where a timeline says
    it; else the stage begins at its first time code.
    """

    frame: int
    seed: int
    time: float
    firings: tuple[Firing, ...]
    trigger_counts: dict[str, int]
    outputs: dict[str, list[object]] = field(default_factory=dict)
    stage_time: float | None = None

    def as_json(self) -> dict[str, object]:
        """Return the drawn values by site, JSON-ready: the record that the dataset keeps of a frame."""
        values: dict[str, object] = {}
        for firing in self.firings:
            for name, value in firing.inputs.items():
                if name == firing.node.spawns and isinstance(firing.node.inputs[name], Distribution):
                    values[f"{firing.node.site}/{name}"] = [value]
                elif isinstance(value, Drawn):
                    values[f"{firing.node.site}/{name}"] = [plain(v) for v in value.values]
        return {"frame": self.frame, "seed": self.seed, "triggers": dict(self.trigger_counts), "values": values}


class Planner:
    """Makes plans for a graph under a seed."""

    def __init__(self, graph: Graph, seed: int, seconds_per_frame: float) -> None:
        self.graph = graph
        self.seed = seed
        self.schedule = Schedule(graph, seconds_per_frame)
        self._dt = seconds_per_frame

    @property
    def seconds_per_frame(self) -> float:
        """Simulated seconds from a frame to the next."""
        return self._dt

    def plan(self, frame: int, *, with_events: bool = False) -> Plan:
        """Return the plan of ``frame``; it depends on nothing that was planned before.

        ``with_events`` adds what the events do that were sent since, before the next frame. Frame -1 is the start, at
        which no trigger has fired.
        """
        firings: list[Firing] = []
        outputs: dict[str, list[object]] = {}
        spawned: dict[Node, tuple[str, ...]] = {}
        for node in self.graph.nodes:
            if node.trigger is None:
                firings.append(self._fire(node, ONCE, ONCE, spawned, outputs))
        for moment in [*self._moments(frame), *([frame + 1] if with_events else [])]:
            for node in self.graph.nodes:
                trigger = node.trigger
                if trigger is None or (moment > frame and trigger.kind != "event"):
                    continue
                if self.schedule.fires(trigger, moment):
                    execution = self.schedule.executions(trigger, moment) - 1
                    firings.append(self._fire(node, moment, execution, spawned, outputs))
        counts = {t.name: self.schedule.executions(t, frame) for t in self.graph.triggers}
        return Plan(
            frame=frame,
            seed=self.seed,
            time=frame * self._dt,
            firings=tuple(firings),
            trigger_counts=counts,
            outputs=outputs,
        )

    def _moments(self, frame: int) -> list[int]:
        """Return the frames whose firings still show at ``frame``.

        What a firing left behind persists until its trigger fires again, and a firing may read what others had left
        by then, so the set is closed: with a frame come the latest firings of every trigger up to it.
        """
        needed: set[int] = set()
        todo = [frame]
        while todo:
            moment = todo.pop()
            for trigger in self.graph.triggers:
                count = self.schedule.executions(trigger, moment)
                if count:
                    last = self.schedule.frame_of(trigger, count - 1)
                    if last not in needed:
                        needed.add(last)
                        todo.append(last)
        return sorted(needed)

    def _fire(
        self,
        node: Node,
        frame: int,
        execution: int,
        spawned: dict[Node, tuple[str, ...]],
        outputs: dict[str, list[object]],
    ) -> Firing:
        """Return one execution of a node. What it makes is added to ``spawned``, what it publishes to ``outputs``."""
        source = Source(self.seed, node.site, execution)
        targets = tuple(node.targets.resolve(spawned)) if node.targets is not None else ()
        try:
            count = max(len(targets), 1)
            inputs: dict[str, Any] = {}
            own: tuple[str, ...] = ()
            if node.spawns is not None:
                size = _resolve(node.inputs[node.spawns], source.child(node.spawns), 1, spawned)
                count = _whole(node.spawns, size[0] if isinstance(size, Drawn) else size)
                own = node.spawned(count)
                inputs[node.spawns] = count
            for name, value in node.inputs.items():
                if name in inputs:
                    continue
                samples = 1 if name in node.single else count
                inputs[name] = _resolve(value, source.child(name), samples, spawned)
                if isinstance(value, Distribution) and value.name:
                    outputs[value.name] = [plain(v) for v in inputs[name].values]
        except RenderSDGError as error:
            raise error.at(node.where) from None
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise as_foreseen(error).at(node.where) from error
        if node.spawns is not None:
            spawned[node] = own
        return Firing(node=node, frame=frame, inputs=inputs, targets=targets, made=own, source=source)


def _resolve(value: object, source: Source, count: int, spawned: dict[Node, tuple[str, ...]]) -> object:
    if isinstance(value, Distribution):
        drawn = value.draw(source, count)
        return Drawn(drawn if value.gives_numbers else [_paths_of(v, spawned) for v in drawn])
    return _paths_of(value, spawned)


def _paths_of(value: object, spawned: dict[Node, tuple[str, ...]]) -> object:
    if isinstance(value, Prims):
        return PathList(value.resolve(spawned))
    if isinstance(value, (list, tuple)) and any(isinstance(v, Prims) for v in value):
        return PathList([p for v in value for p in (v.resolve(spawned) if isinstance(v, Prims) else [v])])
    return value


class PathList(list[object]):
    """Prim paths that came from a handle, to be told from other lists."""


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < 0:
        raise BadArgument(f"{name}={value!r} must be a whole number of 0 or more")
    if value > MOST_PRIMS:
        raise BadArgument(f"{name}={value} is more than the {MOST_PRIMS} prims that one node may make; split it")
    refuse_beyond_memory(int(value) * _BYTES_PER_INSTANCE, f"{name}={value}", "place fewer")
    return int(value)


MOST_PRIMS = 100_000  # a typing error such as count: 1000000000 must not eat the machine
_BYTES_PER_INSTANCE = 50_000  # of a placed asset at its peak, measured


def plain(value: object) -> object:
    """Return a drawn value as JSON has it: prims and other objects as text."""
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value)
