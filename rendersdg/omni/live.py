"""A scene replayed into the Omniverse Replicator that is running: its renderer, our graph, our writers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from rendersdg.errors import NotSupported
from rendersdg.farm.job import Job, opened
from rendersdg.files import scratch_folder
from rendersdg.graph.distributions import Combine
from rendersdg.graph.nodes import Block, Name, Prims
from rendersdg.omni.application_light import set_in_application
from rendersdg.omni.baking import Baker
from rendersdg.omni.steps import Asset, AssetGroups, Notes, Step, Translation, Value
from rendersdg.omni.translation import translate
from rendersdg.omni.writers import Replicator, register
from rendersdg.replicator.writers import OURS

Item: TypeAlias = Any  # what one of its calls returns


class Player:
    """Plays the steps of a translation into ``rep``, the module ``omni.replicator.core``, or one that stands for it."""

    def __init__(self, rep: Replicator, folder: Path) -> None:
        self._rep = rep
        self._folder = folder
        self._items: dict[int, Item] = {}
        self._open: list[tuple[Block, ExitStack]] = []
        self._extension = getattr(rep, "rendersdg", None)

    def play(self, translation: Translation, seed: int) -> None:
        """Make all calls in order. Raises what the module raises for a call that it does not take."""
        self._rep.set_global_seed(seed)
        ours = {str(s.arguments["name"]) for s in translation.steps if s.name == "WriterRegistry.get"}
        register(self._rep, sorted(n.removeprefix(OURS) for n in ours if n.startswith(OURS)))
        for step in translation.steps:
            if step.side == "both" or (step.side == "rendersdg") == (self._extension is not None):
                self._enter(step.blocks)
                self._step(step)
        self._enter(())

    def _step(self, step: Step) -> None:
        ours = step.ours if self._extension is not None else {}
        arguments = {k: self._value(v) for k, v in {**step.arguments, **ours}.items()}
        if step.name == ".initialize" and "output_dir" in arguments:
            arguments["output_dir"] = str(self._folder / str(arguments["output_dir"]))
        if step.name == "shared":
            item = arguments["distribution"]
            if self._extension is not None:
                item = self._extension.shared(arguments["name"], item)
        elif step.subject is not None:
            item = getattr(self._items[id(step.subject)], step.name[1:])(**arguments)
        else:
            item = self._named(step.name)(**arguments)
        self._items[id(step.result)] = item
        if isinstance(step.result, list):
            self._items |= {id(handle): item[k] for k, handle in enumerate(step.result)}

    def _named(self, path: str) -> Callable[..., Item]:
        member = self._rep
        for part in path.split("."):
            member = getattr(member, part)
        return member

    def _enter(self, blocks: tuple[Block, ...]) -> None:
        same = 0
        while same < min(len(blocks), len(self._open)) and blocks[same] == self._open[same][0]:
            same += 1
        for _, stack in reversed(self._open[same:]):
            stack.close()
        del self._open[same:]
        for block in blocks[same:]:
            stack = ExitStack()
            context = self._context(block)
            if context is not None:
                stack.enter_context(context)
            self._open.append((block, stack))

    def _context(self, block: Block) -> AbstractContextManager[object] | None:
        if isinstance(block, Name):
            named: AbstractContextManager[object] | None = (
                self._extension.named(block.label) if self._extension else None
            )
            return named
        item: AbstractContextManager[object] = self._value(block)
        return item

    def _value(self, value: Value) -> Value:
        if id(value) in self._items and not isinstance(value, (str, int, float, bool, type(None))):
            return self._items[id(value)]
        if isinstance(value, Asset):
            return str(value.path)
        if isinstance(value, AssetGroups):
            return [[str(file) for file in group] for group in value.files()]
        if isinstance(value, Combine):
            return self._rep.distribution.combine(self._value(list(value.distributions)))
        if isinstance(value, Prims) and value.parts:
            return self._rep.create.group(self._value(list(value.parts)), name=value.label)
        if isinstance(value, Prims):
            paths = value.paths[0] if len(value.paths) == 1 else list(value.paths)
            return self._rep.get.prim_at_path(paths, name=value.label)
        if isinstance(value, Mapping):
            return {k: self._value(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self._value(v) for v in value)
        return value


def replay(
    scene: str | Path,
    out: str | Path,
    *,
    seed: int | None = None,
    changes: tuple[tuple[str, object], ...] = (),
    rep: Replicator | None = None,
) -> Notes:
    """Record a YAML scene into the Replicator that is running; ``rep.orchestrator`` then makes its frames.

    Writers write below ``out``. ``rep`` is the module to use, that of the application when None. Returns what was
    baked, replaced or left out. Raises NotSupported outside Kit and Isaac Sim.
    """
    if rep is None:
        try:
            rep = import_module("omni.replicator.core")
        except ImportError:
            raise NotSupported(
                "there is no omni.replicator.core here: run this with Isaac Sim's python.sh or inside Kit, or "
                "use rendersdg render"
            ) from None
    folder = Path(out).absolute()
    target = _target(rep)
    with opened(Job(str(scene), seed, "null", changes=changes)) as (session, _):
        baker = Baker(session.recorder, scratch_folder("assets"))
        translation = translate(session, baker, target, own_writers=True)
        set_in_application(session.recorder.stage)
    Player(rep, folder).play(translation, session.seed)
    return translation.notes


def _target(rep: Replicator) -> str:
    """Return the target whose release of Replicator is nearest to the one that runs."""
    version = str(getattr(rep, "__version__", ""))
    if version.startswith("1.11"):
        return "isaac-4.5"
    return "isaac-6" if version.startswith("1.13") else "isaac-5"
