"""The runner: executes a Replicator script, drives what it left undone, and finishes its datasets."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from rendersdg.errors import BadScene, NotSupported, RenderFailed, RenderSDGError
from rendersdg.farm.local import spread, working
from rendersdg.kernels.threads import set_threads
from rendersdg.omni.isaac.schemas import known_to_prims
from rendersdg.omni.kit.usd import CachedStages
from rendersdg.omni.modules import OFFER, host_modules
from rendersdg.omni.references import found_assets
from rendersdg.omni.source import source_of
from rendersdg.replicator import namespace
from rendersdg.replicator.engine import Engine, FramesLimit, Made, Recorded, forget, running, script_header
from rendersdg.scene.recorder import recording

_ISAAC = ("isaacsim", "omni.isaac", "isaaclab", "SimulationApp")
_HOSTS = ("omni", "isaacsim", "isaaclab", "carb", "pxr", "semantics", "usdrt")
_PXR = ("Semantics", "PhysxSchema", "PhysicsSchemaTools")  # that usd-core does not bring
_MOST_TURNS = 100_000  # of the event loop after the script's last line


@dataclass(frozen=True)
class Options:
    """How to run a script. ``out`` None writes where the script says; ``limit`` bounds the frames; ``threads`` draw
    each.
    """

    out: str | None = None
    limit: int | None = None
    seed: int | None = None
    backend: str = "raster"
    strict: bool = False
    overwrite: bool = False
    arguments: tuple[str, ...] = ()
    workers: int = 1
    assets: tuple[tuple[str, str], ...] = ()
    threads: int = 1


@dataclass(eq=False)
class Outcome:
    """What came of it: ``datasets`` are (place, frames, files), ``error`` what ended it early, ``exit_code`` what to
    return.

    ``looks`` counts the times that annotators were read between frames.
    """

    frames: int
    datasets: list[tuple[str, int, int]]
    report: list[dict[str, str]]
    error: str | None = None
    exit_code: int = 0
    looks: int = 0
    notes: list[str] = field(default_factory=list)


def run_script(path: Path, options: Options, say: Callable[[int], None] = lambda frame: None) -> Outcome:
    """Run a script to its end. Frames that it captured are complete whatever happens after them."""
    with _opened(path, options, say) as (engine, code):
        if options.workers > 1:
            engine.spread = lambda running, count: _spread(running, path, options, count)
        return _execute(engine, code, path.name)


def _spread(engine: Engine, path: Path, options: Options, count: int) -> None:
    """Make the frames 0..count of a recorded graph in processes that run the script up to the same point."""
    arguments = (path, replace(options, overwrite=False), engine.shape())
    said = spread(
        _work, arguments, range(count), min(options.workers, max(count, 1)), lambda frame, _: engine.say(frame)
    )
    engine.recorder.report.take(said)


def _work(path: Path, options: Options, shape: str, tasks: Any, results: Any) -> None:
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (what the script prints is said once, by the first process)
    with working(results), _opened(path, options, lambda frame: None) as (engine, code):
        engine.records_only = True
        with suppress(Recorded):
            _run(engine, code)
        if engine.shape() != shape:
            raise BadScene(
                f"{path.name} does not record the same scene twice (does it use random numbers without a seed?); "
                "run it with --workers 1"
            )
        before = set(engine.recorder.report.entries)
        while (frame := tasks.get()) is not None:
            engine.jump(frame)
            engine.capture()
            results.put(("frame", frame, {}))
        new = [e for e in engine.recorder.report.as_json() if (e["kind"], e["subject"]) not in before]
        results.put(("report", new, None))


def replay_frame(path: Path, options: Options, frame: int, place: str) -> dict[str, bytes]:
    """Make one frame of a script again and return its files below ``place``; nothing is written. Empty when it has
    none.
    """
    with _opened(path, options, lambda number: None) as (engine, code):
        engine.only = frame
        try:
            with suppress(Made):
                _run(engine, code)
        except RenderSDGError as error:
            raise error.at(_line_of(error, engine.script, path.name)) from None
        except Exception as error:  # whatever a script raises, the frame cannot be made
            where = _line_of(error, engine.script, path.name)
            raise RenderFailed(f"{type(error).__name__}: {error}", where=where) from None
        if place in engine.kept:
            return engine.kept[place]
        same = [k for k in engine.kept if Path(k).name == Path(place).name]
        return engine.kept[same[0]] if len(same) == 1 else {}


def _run(engine: Engine, code: Any) -> int:
    """Execute a script as ``__main__`` and, unless it ended itself with a failure, what it left to do. Returns its exit
    code.
    """
    try:
        exec(code, {"__name__": "__main__", "__file__": engine.script, "__builtins__": __builtins__})
    except SystemExit as end:
        exit_code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if exit_code:
            return exit_code
    _drive(engine)
    return 0


@contextmanager
def _opened(path: Path, options: Options, say: Callable[[int], None]) -> Iterator[tuple[Engine, Any]]:
    text = source_of(path)
    file = str(path.resolve())
    try:
        code = compile(text, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BadScene(f"{error.msg}: {(error.text or '').strip()}", where=f"{path.name}:{error.lineno}") from None
    set_threads(options.threads)
    with recording(path.resolve().parent, strict=options.strict, overrides=options.assets) as recorder:
        header = script_header(
            path.name, text.encode(), options.arguments, options.seed, options.backend, is_below=options.out is not None
        )
        engine = Engine(
            file,
            recorder,
            header,
            {path.name: text.encode()},
            options.seed,
            options.backend,
            options.out,
            options.limit,
            say,
            overwrite=options.overwrite,
        )
        engine.packs_colours = "frombuffer(" in text
        if any(word in text for word in _ISAAC):
            engine.new_stage("Z", 1.0)
        if options.overwrite and options.out is not None:
            forget(options.out)
        with running(engine), known_to_prims(), found_assets(), _host(engine, [file, *options.arguments]):
            engine.host.part(CachedStages)  # from here on: a script may fill USD's cache itself
            yield engine, code


def _execute(engine: Engine, code: Any, name: str) -> Outcome:
    outcome = Outcome(0, [], [])
    try:
        outcome.exit_code = _run(engine, code)
        if outcome.exit_code:
            outcome.error = f"{name}: the script ended with exit code {outcome.exit_code}"
    except FramesLimit:
        outcome.notes.append(f"stopped after {engine.limit} frames (--frames-limit)")
    except KeyboardInterrupt:
        raise
    except RenderSDGError as error:
        error.at(_line_of(error, engine.script, name))
        outcome.error, outcome.exit_code = str(error), error.exit_code
    except (ImportError, AttributeError) as error:
        where = _line_of(error, engine.script, name) or name
        outcome.error, outcome.exit_code = f"{where}: {type(error).__name__}: {error}", 1
        missing = _not_offered(error)
        if missing is not None:
            outcome.error, outcome.exit_code = f"{where}: {missing}", NotSupported.exit_code
    except BaseException as error:  # a script may raise anything; what it captured must be finished all the same
        outcome.error = f"{_line_of(error, engine.script, name) or name}: {type(error).__name__}: {error}"
        outcome.exit_code = 1
    try:
        outcome.datasets = engine.finish()
    except RenderSDGError as error:
        outcome.error, outcome.exit_code = outcome.error or str(error), outcome.exit_code or error.exit_code
    outcome.frames, outcome.looks = engine.frame, engine.looks
    outcome.report = engine.recorder.report.as_json()
    return outcome


def _not_offered(error: ImportError | AttributeError) -> str | None:
    """Return what to say when the script asks for something of Omniverse's that is not here; None for other errors."""
    if isinstance(error, AttributeError):
        return str(error) if OFFER in str(error) else None
    missing = str(error.name or "")
    if isinstance(error, ModuleNotFoundError) and missing == "warp":
        return "Warp is not installed; pip install 'rendersdg[warp]'"
    if missing.split(".")[0] not in _HOSTS:
        return None
    found = re.match(r"cannot import name '(\w+)'", str(error))
    return f"{missing}{'.' + found[1] if found else ''} {OFFER}"


def _line_of(error: BaseException, script: str, name: str) -> str | None:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == script]
    return f"{name}:{lines[-1]}" if lines else None


def _drive(engine: Engine) -> None:
    """Do what a living application would do after the script: pending tasks, started runs, graphs nobody started."""
    loop = engine.loop
    assert loop is not None
    for _ in range(_MOST_TURNS):
        tasks = asyncio.all_tasks(loop)
        if not tasks:
            break
        done, _pending = loop.run_until_complete(asyncio.wait(tasks, timeout=0.01))
        for task in done:
            if not task.cancelled() and task.exception() is not None:
                raise task.exception()  # type: ignore[misc]
        if engine.started and not done:
            engine.advance()
    if engine.is_ready():
        engine.start(None)
    engine.run_to_end()
    gc.collect()  # a failed task tells of it when it goes, unless somebody had asked
    if engine.failures:
        raise engine.failures[0]


@contextmanager
def _host(engine: Engine, arguments: Sequence[str]) -> Iterator[None]:
    """Offer the host's modules, the script's arguments, an event loop and its folder on the path; take all back
    after.
    """
    made: dict[str, ModuleType] = {**host_modules(), **namespace.modules()}
    for name, module in made.items():
        parent, _, leaf = name.rpartition(".")
        if parent in made and (leaf not in vars(made[parent]) or isinstance(vars(made[parent])[leaf], ModuleType)):
            setattr(made[parent], leaf, module)
        module.__dict__.setdefault("__path__", [])
        module.__spec__ = ModuleSpec(name, None, is_package=True)  # for those who look whether it is installed
    import pxr

    before = {name: sys.modules.get(name) for name in made}
    old_arguments, old_path = sys.argv, list(sys.path)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(
        lambda _, context: engine.failures.append(context.get("exception") or RuntimeError(context["message"]))
    )
    sys.modules.update(made)
    for leaf in _PXR:
        setattr(pxr, leaf, made[f"pxr.{leaf}"])
    sys.argv = list(arguments)
    sys.path.insert(0, str(Path(arguments[0]).parent))
    asyncio.set_event_loop(loop)
    engine.loop = loop
    try:
        yield
    finally:
        engine.loop = None
        asyncio.set_event_loop(None)
        loop.close()
        sys.argv, sys.path[:] = old_arguments, old_path
        for name, old in before.items():
            if old is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = old
        for leaf in _PXR:
            if hasattr(pxr, leaf):
                delattr(pxr, leaf)
        namespace.forget_registered()
