"""The runner: executes a Replicator script, drives what it left undone, and finishes its datasets."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib.machinery import ModuleSpec
from multiprocessing.queues import Queue
from pathlib import Path
from types import CodeType, ModuleType

from rendersdg.backends.quality import QUALITY
from rendersdg.dataset.dataset import Content, Header
from rendersdg.dataset.store import digest
from rendersdg.english import counted
from rendersdg.errors import BadArgument, BadScene, NotSupported, RenderFailed, RenderSDGError
from rendersdg.farm.local import spread, working
from rendersdg.farm.shared import shared
from rendersdg.kernels.threads import set_threads
from rendersdg.omni.isaac.schemas import known_to_prims
from rendersdg.omni.kit.timeline import get_timeline_interface
from rendersdg.omni.kit.usd import CachedStages, get_context
from rendersdg.omni.modules import host_modules
from rendersdg.omni.references import found_assets
from rendersdg.omni.refusals import OFFER, not_offered
from rendersdg.omni.source import source_of
from rendersdg.omni.uses import Uses, uses_of
from rendersdg.orchestrator.session import Session
from rendersdg.replicator import namespace
from rendersdg.replicator.engine import Engine, running
from rendersdg.replicator.failures import cause_of, place_of
from rendersdg.replicator.output import Output, forget, script_header
from rendersdg.replicator.process import unchanged
from rendersdg.replicator.script_modules import ScriptModules
from rendersdg.replicator.unwinding import FramesLimit, Made, Recorded
from rendersdg.scene.recorder import recording

STAGES = ("auto", "kit", "isaac")
SEGMENTATIONS = ("auto", "rgba", "uint32")
_ISAAC = ("isaacsim", "omni.isaac", "isaaclab")  # packages: who uses one runs in Isaac Sim
_FUNCTIONAL = tuple(  # what public scripts use in Isaac Sim alone; writers for Kit use functional.write_image and more
    f"omni.replicator.core.functional.{name}" for name in ("create", "create_batch", "modify", "physics", "randomizer")
)
_HOSTS = ("omni", "isaacsim", "isaaclab", "carb", "pxr", "semantics", "usdrt")
_PXR = ("Semantics", "PhysxSchema", "PhysicsSchemaTools")  # that usd-core does not bring


@dataclass(frozen=True)
class Options:
    """How to run a script. ``out`` None writes where the script says; ``limit`` bounds the frames;
    ``threads`` draw each.

    ``stage`` is the new stage that the script begins on: Kit's (Y up, centimetres) or Isaac Sim's (Z up, metres);
    "auto" takes Isaac Sim's for a script that uses a package of its, or that makes or changes prims by
    ``rep.functional``, as Isaac Sim's own examples of the script editor do. Or it is a file that is open when the
    script begins, as its author had one open. ``segmentations`` says how coloured segmentations come: "rgba" is uint8
    (H, W, 4), "uint32" is (H, W) as before Isaac Sim 6; "auto" takes that for a script that calls ``frombuffer`` to
    unpack them. ``folder`` is where relative paths of assets start; None means beside the script. ``quality`` is that
    of ``settings.render_quality``; None leaves it to the script.
    """

    out: str | None = None
    limit: int | None = None
    seed: int | None = None
    backend: str = "raster"
    quality: str | None = None
    strict: bool = False
    overwrite: bool = False
    arguments: tuple[str, ...] = ()
    workers: int = 1
    assets: tuple[tuple[str, str], ...] = ()
    threads: int = 1
    stage: str = "auto"
    segmentations: str = "auto"
    folder: str | None = None

    def __post_init__(self) -> None:
        if self.stage not in STAGES and not Path(self.stage).is_file():
            raise BadArgument(f"--stage {self.stage}: give {', '.join(STAGES)} or a file that is there")
        if self.segmentations not in SEGMENTATIONS:
            raise BadArgument(f"--segmentations {self.segmentations}: give auto, rgba or uint32")

    def starts_in_isaac(self, uses: Uses) -> bool:
        """Return whether a script begins on Isaac Sim's empty stage."""
        if self.stage == "auto":
            return uses.has_module(*_ISAAC) or uses.has_member(*_FUNCTIONAL)
        return self.stage == "isaac"

    def packs_colours(self, uses: Uses) -> bool:
        """Return whether a script gets coloured segmentations as uint32."""
        if self.segmentations == "auto":
            return "frombuffer" in uses.calls
        return self.segmentations == "uint32"

    def said(self) -> dict[str, str]:
        """Return the choices that were not left to us, for a dataset's header; an opened stage with its digest."""
        choices = {"stage": self.stage, "segmentations": self.segmentations}
        if self.quality is not None:
            choices[QUALITY] = self.quality
        if self.stage not in STAGES:
            choices["stage_digest"] = digest(Path(self.stage).read_bytes())
        return {name: choice for name, choice in choices.items() if choice != "auto"}


@dataclass(eq=False)
class Outcome:
    """What came of it: ``datasets`` are (place, frames, files), ``error`` what ended it early,
    ``exit_code`` what to return.

    ``reads`` counts the captures that annotators read between frames.
    """

    frames: int
    datasets: list[tuple[str, int, int]]
    report: list[dict[str, str]]
    error: str | None = None
    exit_code: int = 0
    reads: int = 0
    notes: list[str] = field(default_factory=list)


def run_script(path: Path, options: Options, on_frame: Callable[[int], None] = lambda frames: None) -> Outcome:
    """Run a script to its end. Frames that it captured are complete whatever happens after them.

    ``on_frame`` is told, after each frame, how many there are. Raises BadScene for a file that is not a script.
    """
    with _opened(path, options, on_frame) as (engine, code):
        if options.workers > 1:
            engine.runs.spread = lambda count: _spread(engine, path, options, count)
        return _execute(engine, code, path.name)


def _spread(engine: Engine, path: Path, options: Options, count: int) -> None:
    """Make the frames 0..count of a recorded graph in processes that run the script up to the same point."""
    for place in engine.captures.output.places():
        shared(place)
    arguments = (path, replace(options, overwrite=False), engine.runs.shape())
    workers = min(options.workers, max(count, 1))
    report = spread(
        _work, arguments, range(count), workers, lambda frame, _: engine.captures.on_frame(frame), count=count
    )
    engine.recorder.report.take(report)


def _work(path: Path, options: Options, shape: str, tasks: Queue[int | None], results: Queue[object]) -> None:
    """Make the frames that ``tasks`` gives; ``results`` takes what came of each."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (what the script prints is said once, by the first process)
    with working(results), _opened(path, options, lambda frames: None) as (engine, code):
        engine.runs.records_only = True
        with suppress(Recorded):
            _run(engine, code)
        if engine.runs.shape() != shape:
            raise BadScene(
                f"{path.name} does not record the same scene twice (does it use random numbers without a seed?); "
                "run it with --workers 1"
            )
        before = engine.recorder.report.as_json()
        while (frame := tasks.get()) is not None:
            engine.captures.jump(frame)
            engine.captures.capture()
            results.put(("frame", frame, {}))
        new = [entry for entry in engine.recorder.report.as_json() if entry not in before]
        results.put(("report", new, None))


def replay_frame(
    path: Path, options: Options, frame: int, place: str, compare: Callable[[Header, Content], None]
) -> dict[str, bytes]:
    """Make one frame of a script again and return its files below ``place``; nothing is written.
    Empty when it has none.

    ``compare`` is called before the first frame with the header that a dataset would have, and with what tells the
    content of a file by its name now; it raises where another dataset is meant.
    """
    with _opened(path, options, lambda frames: None) as (engine, code):
        engine.output.only, engine.output.compare = frame, compare
        with _placing(engine), suppress(Made):
            _run(engine, code)
        files = engine.output.kept
        if place in files:
            return files[place]
        same = [k for k in files if Path(k).name == Path(place).name]
        return files[same[0]] if len(same) == 1 else {}


def recorded(path: Path, options: Options) -> tuple[Session, str]:
    """Run a script up to where the frames of its graph are to be made, and return a session that makes any of them.

    Args:
        path: the script.
        options: how it is run; where it writes and how many frames it makes does not matter here.

    Returns:
        The session, and a digest of what is recorded, to tell whether another process recorded the same.

    Raises:
        BadScene: the script captures its frames by itself, one after the other, or records nothing to capture.
        RenderFailed: it raises something.
    """
    with _opened(path, replace(options, limit=0, overwrite=False), lambda frames: None) as (engine, code):
        engine.runs.records_only = True
        try:
            with _placing(engine), suppress(Recorded):
                _run(engine, code)
        except FramesLimit:
            raise BadScene(
                f"{path.name} captures its frames by itself (orchestrator.step), each after the one before: no single "
                f"frame can be made alone. Run it: rendersdg run {path.name} -o OUT"
            ) from None
        if not engine.recorder.graph.products:
            raise BadScene(f"{path.name} records no render product; add rep.create.render_product(camera, (640, 480))")
        if engine.captures.has_memory():
            text = "a writer is the script's own; it gets no frame that is asked for here"
            engine.recorder.report.note(path.name, text)
        session = engine.sessions.now()
        return session, engine.runs.shape()


@contextmanager
def _placing(engine: Engine) -> Iterator[None]:
    """Raise what a script raises with its place: whatever that is, what was asked for cannot be made then."""
    try:
        yield
    except RenderSDGError as error:
        raise error.at(place_of(error, engine.script)) from None
    except (Exception, SystemExit) as error:
        raise RenderFailed(f"{type(error).__name__}: {error}", where=place_of(error, engine.script)) from None


def _run(engine: Engine, code: CodeType) -> None:
    """Execute a script as ``__main__`` and what it left to do. Raises SystemExit where it ends with a failure."""
    try:
        exec(code, {"__name__": "__main__", "__file__": engine.script, "__builtins__": __builtins__})
    except SystemExit as end:
        if end.code:
            raise
    _drive(engine)


@contextmanager
def _opened(path: Path, options: Options, on_frame: Callable[[int], None]) -> Iterator[tuple[Engine, CodeType]]:
    """Give an engine and a script's code, with everything around them that the script expects; take it back after."""
    text = source_of(path)
    file = str(path.resolve())
    try:
        code = compile(text, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise BadScene(f"{error.msg}: {(error.text or '').strip()}", where=f"{path.name}:{error.lineno}") from None
    uses = uses_of(text)
    set_threads(options.threads)
    modules = _modules()
    roots = {name.split(".")[0] for name in modules} - {"pxr"}
    with (
        unchanged(roots, Path(file).parent),
        recording(
            path.resolve().parent if options.folder is None else Path(options.folder),
            strict=options.strict,
            overrides=options.assets,
        ) as recorder,
    ):
        recorder.resolver.inputs.add_folder(path.resolve().parent, "")
        header = script_header(
            path.name, text.encode(), options.arguments, options.seed, options.backend, is_below=options.out is not None
        )
        recorder.resolver.inputs.leave_out_new()
        output = Output(
            header | options.said(),
            {path.name: text.encode()},
            options.out,
            options.overwrite,
            resolver=recorder.resolver,
            modules=ScriptModules(Path(file).parent),
        )
        engine = Engine(
            file,
            recorder,
            output,
            seed=options.seed,
            backend=options.backend,
            limit=options.limit,
            on_frame=on_frame,
        )
        engine.captures.packs_colours = options.packs_colours(uses)
        if options.stage in STAGES:
            engine.begin(*(("Z", 1.0) if options.starts_in_isaac(uses) else ("Y", 0.01)))
        else:
            engine.open_stage(str(Path(options.stage).resolve()))
        if options.quality is not None:
            recorder.graph.settings[QUALITY] = options.quality
        if options.overwrite and options.out is not None:
            forget(options.out)
        with running(engine), known_to_prims(), found_assets(), _offered(modules), engine.failures.watching():
            sys.argv = [file, *options.arguments]
            sys.path.insert(0, str(Path(file).parent))
            engine.tasks.open()
            engine.host.part(CachedStages)  # from here on: a script may fill USD's cache itself
            get_timeline_interface(), get_context()  # they tell what happens, whether a script asks for them or not
            try:
                yield engine, code
            finally:
                engine.tasks.close()


def _execute(engine: Engine, code: CodeType, name: str) -> Outcome:
    outcome = Outcome(0, [], [])
    with _told(engine, outcome, name):
        _run(engine, code)
    if outcome.error is None:  # the script may be over before anybody looked at its tasks and threads
        with _told(engine, outcome, name):
            engine.tasks.check()
    with _told(engine, outcome, name):
        engine.end_writers()
    with _told(engine, outcome, name):
        outcome.datasets = engine.finish()
    outcome.frames, outcome.reads = engine.captures.frame, engine.captures.reads
    outcome.report = engine.recorder.report.as_json()
    return outcome


@contextmanager
def _told(engine: Engine, outcome: Outcome, name: str) -> Iterator[None]:
    """Note in ``outcome`` what ends this early, unless something else is noted there: a script may raise anything, and
    what it captured must be finished all the same.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except FramesLimit:
        if not outcome.notes:
            outcome.notes.append(f"stopped after {counted(engine.captures.limit or 0, 'frame')} (--frames-limit)")
    except BaseException as error:
        text, exit_code = _ending(error, engine.script, name)
        if outcome.error is None and exit_code:
            outcome.error, outcome.exit_code = text, exit_code


def _ending(error: BaseException, script: str, name: str) -> tuple[str, int]:
    """Return what to say of an error that ends a script, and its exit code."""
    error = cause_of(error)
    where = place_of(error, script)
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        said = f"exit code {code}" if code == error.code else str(error.code)
        return f"{name}: the script ended with {said}", code
    if isinstance(error, RenderSDGError):
        return str(error.at(where)), error.exit_code
    if isinstance(error, (ImportError, AttributeError)) and (missing := _not_offered(error)) is not None:
        return f"{where or name}: {missing}", NotSupported.exit_code
    return f"{where or name}: {type(error).__name__}: {error}", 1


def _not_offered(error: ImportError | AttributeError) -> str | None:
    """Return what to say when the script asks for something of Omniverse's that is not here; None for other errors."""
    if isinstance(error, AttributeError):
        return str(error) if OFFER in str(error) else None
    missing = str(error.name or "")
    if isinstance(error, ModuleNotFoundError) and missing == "warp":
        return "Warp is not installed; pip install 'rendersdg[warp]'"
    if missing.split(".")[0] not in _HOSTS:
        return None
    member = re.match(r"cannot import name '(\w+)'", str(error))
    return not_offered(f"{missing}{'.' + member[1] if member else ''}")


def _drive(engine: Engine) -> None:
    """Do what a living application would do after the script: pending tasks, started runs, graphs nobody started."""
    runs, captures, report = engine.runs, engine.captures, engine.recorder.report
    places = engine.tasks.complete(
        idle=runs.advance, progress=lambda: (captures.frame, captures.reads, engine.timeline.time)
    )
    for place in places:
        report.note(place, "a task waits here for what never comes, or goes on without a frame; it was ended")
    if runs.is_ready():
        runs.start(None)
    runs.complete()
    engine.application.is_over = True  # threads may wait for it
    for name in engine.tasks.join():
        report.note(name, "a thread goes on long after the script; nobody waits for it")
    engine.tasks.check()


def _modules() -> dict[str, ModuleType]:
    """Return the host's modules by name, each known to the one that holds it."""
    modules = {**host_modules(), **namespace.modules()}
    for name, module in modules.items():
        parent, _, leaf = name.rpartition(".")
        if parent in modules and isinstance(vars(modules[parent]).get(leaf, module), ModuleType):
            setattr(modules[parent], leaf, module)
        module.__dict__.setdefault("__path__", [])
        module.__spec__ = ModuleSpec(name, None, is_package=True)  # for those who look whether it is installed
    return modules


@contextmanager
def _offered(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    """Let scripts import the host's modules; what stood under their names before is back after."""
    import pxr

    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    for leaf in _PXR:
        setattr(pxr, leaf, modules[f"pxr.{leaf}"])
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = old
        for leaf in _PXR:
            if hasattr(pxr, leaf):
                delattr(pxr, leaf)
