"""The command line. Commands are thin: they read options, call the rooms below, and say what happened."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import rendersdg
from rendersdg.backends import check_name
from rendersdg.cli import deploy, exits, generate, learn
from rendersdg.cli.options import (
    AssetsOption,
    BackendOption,
    FarmOption,
    FarmOptionsOption,
    FramesOption,
    OutOption,
    SceneArgument,
    SeedOption,
    SetOption,
    StrictOption,
    ThreadsOption,
    asset_pairs,
    cores,
    farm_options_of,
    frame_range,
    job_of,
    log_errors,
    say_replaced,
)
from rendersdg.dataset.dataset import FOLDER, Dataset, Finisher, merge
from rendersdg.dataset.store import Store, digest
from rendersdg.errors import BadArgument, DatasetError, GateFailed, NotSupported, RenderFailed, RenderSDGError
from rendersdg.extras import needs
from rendersdg.farm import FARMS
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers
from rendersdg.omni.source import source_of
from rendersdg.progress import FrameProgress, step

EXIT_CODES = (
    "Exit codes: 0 done, 2 bad scene or argument, 3 asset, 4 output or dataset, 5 not supported, 6 rendering failed, "
    "7 training failed, 130 interrupted."
)


class _Commands(TyperGroup):
    """The commands; an interrupt is said, which typer keeps to itself."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("interrupted; what is done is kept, and --resume goes on where a command has it", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES,
)

learn.add_to(app)
deploy.add_to(app)
exits.add_to(app)
app.add_typer(generate.app, name="generator")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Synthetic data engine: Replicator-style scenes rendered headlessly into labelled, byte-replayable datasets."""
    if version:
        print(f"rendersdg {rendersdg.__version__}")
        raise typer.Exit


@app.command(epilog=f"Example: rendersdg render scenes/fruit_crate.yaml -o out --frames 20 --workers 2\n\n{EXIT_CODES}")
def render(
    scene: SceneArgument,
    out: OutOption,
    frames: FramesOption = None,
    seed: SeedOption = None,
    backend: BackendOption = "raster",
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes on this machine, or tasks of a farm at a time.")
    ] = 1,
    threads: ThreadsOption = 1,
    farm: FarmOption = "local",
    farm_options: FarmOptionsOption = None,
    task_frames: Annotated[
        int | None,
        typer.Option(
            "--task-frames", help="Frames in a farm's task; default: 64 at most, four tasks a worker at least."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a dataset: render only what is missing.")] = False,
    strict: StrictOption = False,
    changes: SetOption = None,
    assets: AssetsOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Render a scene into a labelled dataset."""
    if farm == "local" and (farm_options or task_frames):
        raise BadArgument("--farm-option and --task-frames are for --farm ray and slurm")
    spread_over = None if farm == "local" else FARMS[farm].render
    log_errors(quiet)
    job = job_of(scene, seed, backend, strict, changes, assets, threads)
    failed: dict[int, str] = {}
    if frames is not None:
        frame_range(frames, None)  # what is no range is told before the scene is opened
    start = time.monotonic()
    with FrameProgress(None, "render", quiet=quiet) as progress, opened(job) as (session, sources):
        wanted = frame_range(frames, session.length())
        with step("reading what the first frame shows"):  # what the scene cannot have is told before any is rendered,
            session.snapshot(0)  # and the report is the same for every shard
        report = session.recorder.report.as_json()
        dataset = Dataset(Store(out))
        header = session.header(sources, job.changes)
        dataset.open(header, {n: t.encode() for n, t in sources.items()}, resume=resume)
        todo = dataset.missing(wanted)
        progress.expect(len(todo))
        if spread_over is not None:
            options = farm_options_of(farm_options)
            said, failed = spread_over(
                job.absolute(), out, todo, workers, progress, task_frames=task_frames, options=options
            )
        elif workers > 1 and len(todo) > 1:
            said = render_in_workers(job, out, todo, min(workers, len(todo)), progress)
        else:
            render_here(session, dataset, todo, progress)
            said = session.recorder.report.as_json()
        manifest = dataset.finish(session.finisher(), report)
    if not quiet:
        say_replaced([*report, *(e for k, e in enumerate(said) if e not in report and e not in said[:k])])
        spent = time.monotonic() - start
        print(
            f"{len(todo) - len(failed)} frames rendered, {len(wanted) - len(todo)} were there; "
            f"{len(manifest['files'])} files in {out} ({spent:.1f} s)"
        )
    if failed:
        first = min(failed)
        raise RenderFailed(
            f"{len(failed)} of {len(todo)} frames failed ({', '.join(map(str, sorted(failed)[:20]))}); frame "
            f"{first}: {failed[first]}. "
            "The others are done; run again with --resume for these"
        )


@app.command(epilog=f"Example: rendersdg parity out/basic omniverse/basic --least-iou 0.9\n\n{EXIT_CODES}")
def parity(
    a: Annotated[Path, typer.Argument(metavar="A", help="A folder that BasicWriter wrote.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another, of the same scene and frames.")],
    least_iou: Annotated[
        float | None,
        typer.Option(
            "--least-iou", min=0, max=1, help="Exit non-zero when the median box or the mean mask overlaps less."
        ),
    ] = None,
) -> None:
    """Compare what two renderers made of one scene: boxes, masks, depth, colour."""
    from rendersdg.parity.compare import compare, markdown

    found = compare(a, b)
    print(markdown(found), end="")
    for name, value in (("median IoU of boxes", found.box_iou), ("mean IoU of masks", found.mask_iou)):
        if least_iou is not None and value < least_iou:
            raise GateFailed(f"the {name} is {value:.3f}, the gate {least_iou:g}")


@app.command(epilog=f"Example: rendersdg fit scenes/steel_strip.yaml --images photos -o fitted.yaml\n\n{EXIT_CODES}")
def fit(
    scene: SceneArgument,
    images: Annotated[
        str,
        typer.Option(
            "--images",
            help="Folder of photographs, unlabelled; some twenty will do. Or a labelled set, LAYOUT:PATH[@SPLIT]: its "
            "fine structure is then "
            "compared beside the boxes alone.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The scene to write.")],
    group: Annotated[str | None, typer.Option("--group", help="The group whose surfaces.hot_rolled is fitted.")] = None,
    product: Annotated[
        str | None, typer.Option("--product", help="The render product that stands for the photographs.")
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", help="Of a labelled set, the photographs that hold this class.")
    ] = None,
    most: Annotated[int, typer.Option("--most", help="The most photographs to read.")] = 64,
    frames: Annotated[int, typer.Option("--frames", help="Frames rendered in each round.")] = 24,
    rounds: Annotated[int, typer.Option("--rounds", help="How often to render and correct.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the rendered frames.")] = 0,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="An argument of the surface to leave as it is; repeatable.")
    ] = None,
    tune: Annotated[
        list[str] | None,
        typer.Option(
            "--tune",
            help="GROUP.FUNCTION.ARGUMENT, a number of any call, as marks.defects.pit.gain: to be tuned with the "
            "surface's own until "
            "frames cannot be told from photographs; repeatable.",
        ),
    ] = None,
    turns: Annotated[int, typer.Option("--tune-rounds", help="Rounds of --tune.")] = 2,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Fit a scene's surface to photographs: levels, light, bands, spectrum, grain."""
    log_errors(quiet)
    if out.exists() and not overwrite:
        raise BadArgument(f"{out} is there already; choose another name or give --overwrite")
    if frames < 4 or min(rounds, most, turns) < 1:
        raise BadArgument("--frames must be 4 or more, --rounds, --tune-rounds and --most 1 or more")
    from rendersdg.fit.fit import fit as fitted
    from rendersdg.fit.fit import read_labelled, read_photographs

    if ":" in images and not Path(images).exists():
        photographs, grounds = read_labelled(images, most, only)
    elif only is not None:
        raise BadArgument("--only needs a labelled set: --images LAYOUT:PATH[@SPLIT]")
    else:
        photographs, grounds = read_photographs(Path(images), most), None
    found = fitted(
        scene,
        photographs,
        group=group,
        product=product,
        frames=frames,
        rounds=rounds,
        seed=seed,
        keep=keep or (),
        grounds=grounds,
        tune=tune or (),
        turns=turns,
        tell=(lambda text: None) if quiet else lambda text: print(text, file=sys.stderr),
    )
    out.write_text(found.text, encoding="utf-8")
    if not quiet:
        print(found.report())
        print(f"{len(photographs)} photographs; the fitted scene is {out}")


@app.command(
    epilog="Example: rendersdg run script.py -o out --frames-limit 20 -- --num_frames 20\n\nEach writer writes where "
    "the script says; with -o, "
    f"below it, in a folder named by the last part of its output_dir.\n\n{EXIT_CODES}"
)
def run(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT", help="A Replicator script, .py or .ipynb.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[-- ARGS]", help="Arguments of the script.")] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="Output folder or URL; default: where the script says.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", help="Processes for the frames of a graph script.")] = 1,
    threads: ThreadsOption = 1,
    limit: Annotated[int | None, typer.Option("--frames-limit", help="The most frames to capture.")] = None,
    seed: SeedOption = None,
    backend: BackendOption = "raster",
    strict: StrictOption = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset of another making that is there.")
    ] = False,
    assets: AssetsOption = None,
    stage: Annotated[
        str,
        typer.Option(
            "--stage",
            help="The empty stage to begin on: kit's (Y up, centimetres), isaac's (Z up, metres); auto: isaac's for a "
            "script that uses a package of Isaac Sim's.",
        ),
    ] = "auto",
    segmentations: Annotated[
        str,
        typer.Option(
            "--segmentations",
            help="How a script gets coloured segmentations: rgba is uint8 (H, W, 4), uint32 is (H, W) as before Isaac "
            "Sim 6; auto: uint32 for a script that calls frombuffer.",
        ),
    ] = "auto",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Run an Omniverse Replicator script, unchanged, without Omniverse."""
    log_errors(quiet)
    if workers < 1:
        raise BadArgument(f"--workers {workers}: give 1 or more")
    if limit is not None and limit < 1:
        raise BadArgument(f"--frames-limit {limit}: give 1 or more")
    check_name(backend)
    mapped = asset_pairs(assets)
    source_of(script)  # what is no script is told before the renderer is loaded
    start = time.monotonic()
    with FrameProgress(limit, "capture", quiet=quiet) as progress:
        with step("loading the renderer"):
            from rendersdg.omni.runner import Options, run_script

        options = Options(
            out,
            limit,
            seed,
            backend,
            strict,
            overwrite,
            tuple(arguments or ()),
            workers,
            mapped,
            threads,
            stage=stage,
            segmentations=segmentations,
        )
        outcome = run_script(script, options, lambda frame: progress(frame, {}))
    if not quiet:
        say_replaced(outcome.report)
        for note in outcome.notes:
            print(note)
        for place, frames, files in outcome.datasets:
            print(f"{frames} frames, {files} files in {place}")
        reads = f", {outcome.reads} read between them by annotators" if outcome.reads else ""
        print(f"{outcome.frames} frames captured{reads} ({time.monotonic() - start:.1f} s)")
    if outcome.error is not None:
        print(f"error: {outcome.error}", file=sys.stderr)
        if outcome.datasets:
            print("frames captured before are complete", file=sys.stderr)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


@app.command(epilog="Example: rendersdg preview scenes/bolts_and_gears.yaml -o sheet.png")
def preview(
    scene: SceneArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="The contact sheet, a PNG.")],
    frames: FramesOption = "4",
    seed: SeedOption = None,
    backend: BackendOption = "raster",
    strict: StrictOption = False,
    changes: SetOption = None,
    assets: AssetsOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="Pictures alone, without boxes and masks.")] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads that draw one frame; default: one a core.")
    ] = None,
) -> None:
    """Draw a contact sheet of some frames with boxes, masks and labels."""
    log_errors(False)
    job = job_of(scene, seed, backend, strict, changes, assets, threads or cores())
    with opened(job) as (session, _):
        from rendersdg.orchestrator.preview import contact_sheet

        sheet = contact_sheet(session, frame_range(frames, session.length()), plain=plain)
        say_replaced(session.recorder.report.as_json())
    try:
        out.write_bytes(sheet)
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror}") from None
    print(f"wrote {out}")


@app.command(epilog="Example: rendersdg replay out --frame 12 -o again\n\nWithout -o the frame is only compared.")
def replay(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A dataset folder or URL.")],
    frame: Annotated[int, typer.Option("--frame", help="The frame to make again.")],
    out: Annotated[str | None, typer.Option("--out", "-o", help="Where to write the frame's files.")] = None,
    scene: Annotated[
        Path | None, typer.Option("--scene", help="The scene file; default: the copy that the dataset keeps.")
    ] = None,
    assets: AssetsOption = None,
) -> None:
    """Make one frame of a dataset again and compare it with its files, byte by byte."""
    log_errors(False)
    data = Dataset(Store(dataset))
    header = data.header()
    if header is None:
        raise DatasetError(f"{dataset} holds no dataset")
    record = data.record(frame) if frame in data.frames() else None
    with tempfile.TemporaryDirectory() as folder:
        if "script" in header:
            files = _script_frame(data, header, Path(folder), dataset, frame, scene, assets)
        else:
            job = _recorded_job(data, header, Path(folder), scene, assets)
            with opened(job) as (session, sources):
                if session.header(sources, job.changes) != header:
                    raise DatasetError(_OTHER_MAKER)
                files = session.make(frame).files
    if out is not None:
        target = Store(out)
        for path, content in files.items():
            target.write(path, content)
        print(f"wrote {len(files)} files of frame {frame} to {out}")
    if record is None:
        if out is None:
            raise DatasetError(f"{dataset} has no frame {frame} to compare with; give -o to write it")
        return
    made = {path: digest(content) for path, content in files.items()}
    differ = sorted(p for p in {*made, *record["files"]} if made.get(p) != record["files"].get(p, {}).get("sha256"))
    if differ:
        raise DatasetError(f"frame {frame} came out different: {', '.join(differ[:5])}")
    print(f"frame {frame} is the same: {len(made)} files, byte for byte")


@app.command(epilog="Example: rendersdg verify out")
def verify(dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A dataset folder or URL.")]) -> None:
    """Check every file of a dataset against its checksum."""
    data = Dataset(Store(dataset))
    problems = data.verify()
    for problem in problems[:50]:
        print(problem)
    if problems:
        raise DatasetError(f"{dataset}: {len(problems)} problems")
    manifest = data.manifest()
    print(f"{dataset}: {len(manifest['frames'])} frames, {len(manifest['files'])} files, all as recorded")


@app.command("merge", epilog="Example: rendersdg merge shard_a shard_b -o whole")
def merge_(
    shards: Annotated[list[str], typer.Argument(metavar="DATASET...", help="Shards of one dataset.")],
    out: OutOption,
) -> None:
    """Join datasets that one scene and seed made in parts."""
    if "script" in (Dataset(Store(shards[0])).header() or {}):
        raise NotSupported("merge is for shards of scenes; a script makes its frames in one dataset (run --workers N)")

    def finisher_of(header: dict[str, Any]) -> Finisher:
        first = Dataset(Store(shards[0]))
        with (
            tempfile.TemporaryDirectory() as folder,
            opened(_recorded_job(first, header, Path(folder), None, None)) as (session, _),
        ):
            return session.finisher()

    manifest = merge([Dataset(Store(s)) for s in shards], Dataset(Store(out)), finisher_of)
    print(f"{len(manifest['frames'])} frames, {len(manifest['files'])} files in {out}")


_KINDS = {  # the tables of names, each where it stands
    "functions": "rendersdg.scene:FUNCTIONS",
    "writers": "writers:WRITERS",
    "annotators": "rendersdg.annotators:ANNOTATORS",
    "backends": "rendersdg.backends:BACKENDS",
    "operations": "rendersdg.stage.effects:EFFECTS",
    "readers": "detectors.readers:READERS",
    "detectors": "detectors.contract:DETECTORS",
    "classifiers": "detectors.classify:CLASSIFIERS",
}


@app.command("list", epilog="Example: rendersdg list writers")
def list_(
    kind: Annotated[
        str,
        typer.Argument(
            help="functions, writers, annotators, backends, operations, readers, detectors, assets, textures."
        ),
    ],
) -> None:
    """List what there is of a kind, a line each."""
    if kind in _KINDS:
        module, _, name = _KINDS[kind].partition(":")
        if kind in ("detectors", "classifiers"):
            needs("torch", "train")
        table = getattr(import_module(module), name)
        for name in table:
            print(f"{name:40s} {table.summary(name)}")
    elif kind == "assets":
        from rendersdg.assets.library import LIBRARY
        from rendersdg.assets.resolver import SCHEME
        from rendersdg.docstrings import summary

        for name in sorted(LIBRARY):
            print(f"{SCHEME + name:40s} {summary(LIBRARY[name])}")
    elif kind == "textures":
        from rendersdg.assets.patterns import PATTERNS
        from rendersdg.assets.resolver import SCHEME

        for name in sorted(PATTERNS):
            print(SCHEME + name)
    else:
        raise BadArgument(f"there is no kind {kind!r}; kinds: {', '.join([*_KINDS, 'assets', 'textures'])}")


@app.command(epilog="Example: rendersdg schema > rendersdg.schema.json")
def schema() -> None:
    """Print the JSON Schema of the YAML scenes, for editors."""
    from rendersdg.yaml.schema import schema as made

    print(json.dumps(made(), indent=2))


@app.command(epilog="Example: rendersdg compat > docs/replicator-compat.md")
def compat() -> None:
    """Print which names of Replicator's Python API are implemented, and which are refused and why."""
    from rendersdg.replicator.compat import report

    print(report(), end="")


@app.command(epilog="Example: rendersdg validate scenes/fruit_crate.yaml --strict")
def validate(
    scene: SceneArgument, strict: StrictOption = False, changes: SetOption = None, assets: AssetsOption = None
) -> None:
    """Read a scene and its assets and evaluate its first frame, without rendering."""
    log_errors(False)
    with opened(job_of(scene, None, "null", strict, changes, assets)) as (session, _):
        snapshot = session.snapshot(0)
        length = session.length()
        say_replaced(session.recorder.report.as_json())
    print(
        f"{scene.name}: good; {'endless' if length is None else length} frames, {len(snapshot.instances)} meshes, "
        f"{len(snapshot.lights)} lights, "
        f"{len(snapshot.products)} render products, {len(session.writers)} writers"
    )


def _recorded_job(
    data: Dataset, header: dict[str, Any], folder: Path, scene: Path | None, assets: list[str] | None
) -> Job:
    if scene is None:
        for name in data.store.names(f"{FOLDER}/scene"):
            (folder / name.split("/scene/", 1)[1]).write_bytes(data.store.read(name))
        scene = folder / header["scene"]
        base: str | None = os.getcwd()
    else:
        base = None
    changes = tuple((str(k), v) for k, v in header["changes"])
    return Job(str(scene), header["seed"], header["backend"], False, changes, asset_pairs(assets), base)


_OTHER_MAKER = "the scene, its changes or this version of rendersdg differ from what made the dataset"


def _script_frame(
    data: Dataset,
    header: dict[str, Any],
    folder: Path,
    place: str,
    frame: int,
    script: Path | None,
    assets: list[str] | None,
) -> dict[str, bytes]:
    """Return the files of one frame of a script's dataset, made again."""
    from rendersdg.omni.runner import Options, replay_frame

    if script is None:
        script = folder / header["script"]
        script.write_bytes(data.store.read(f"{FOLDER}/scene/{header['script']}"))
    if header["rendersdg"] != rendersdg.__version__ or header["graph"] != digest(script.read_bytes()):
        raise DatasetError(_OTHER_MAKER)
    below = header["layout"] != "one writer"
    options = Options(
        out=place if below else None,
        seed=header["seed"],
        backend=header["backend"],
        arguments=tuple(header["arguments"]),
        assets=asset_pairs(assets),
        stage=header.get("stage", "auto"),
        segmentations=header.get("segmentations", "auto"),
    )
    return replay_frame(script, options, frame, place if below or "://" in place else os.path.abspath(place))


def main() -> None:
    """Run the command line; a mistake in the input is one paragraph and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except RenderSDGError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except MemoryError:
        print("error: out of memory; render a smaller resolution, fewer prims or fewer --workers", file=sys.stderr)
        sys.exit(6)


if __name__ == "__main__":
    main()
