"""The commands about datasets that are there: replay, verify, merge."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.cli.options import AssetsOption, OutOption, QuietOption, asset_pairs, log_errors, takes
from rendersdg.dataset.dataset import Content, Dataset, Finisher, FrameResult
from rendersdg.dataset.merging import merge
from rendersdg.dataset.origin import changed_inputs, differences
from rendersdg.dataset.records import FOLDER, HEADER, Header, damaged, field
from rendersdg.dataset.store import Store
from rendersdg.dataset.units import frame_count
from rendersdg.english import counted
from rendersdg.errors import DatasetError, NotSupported, NotTrusted
from rendersdg.farm.job import opened
from rendersdg.farm.recorded import copy_out, recorded_job
from rendersdg.paths import plain_name
from rendersdg.progress import FrameProgress

DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="A dataset folder or URL.")]
_MOST = 50  # problems that are printed
_SHOWN = 5  # files of others that are named
_SCRIPT: dict[str, type | tuple[type, ...]] = {
    "script": str,
    "seed": (int, type(None)),
    "backend": str,
    "arguments": list,
    "layout": str,
    "stage": str,
    "segmentations": str,  # "auto" where it does not say
}


@dataclass(frozen=True, kw_only=True)
class ReplayOptions:
    """Options of ``rendersdg replay``."""

    dataset: DatasetArgument
    frame: Annotated[int, typer.Option("--frame", help="The frame to make again.")]
    out: Annotated[str | None, typer.Option("--out", "-o", help="Where to write the frame's files.")] = None
    scene: Annotated[
        Path | None, typer.Option("--scene", help="The scene file; default: the copy that the dataset keeps.")
    ] = None
    assets: AssetsOption = None
    trust: Annotated[
        bool, typer.Option("--trust", help="Run the script of a script's dataset, which may do all that you may.")
    ] = False


@takes(ReplayOptions)
def replay(options: ReplayOptions) -> None:
    """Make one frame of a dataset again and compare it with its files, byte by byte."""
    log_errors()
    data, frame = Dataset(Store(options.dataset)), options.frame
    header = data.header()
    if header is None:
        raise DatasetError(f"{options.dataset} holds no dataset")
    if "script" in header and not options.trust:
        raise _untrusted(options.dataset, header)
    result = _replayed(data, header, options)
    files = result.loose()
    differ = data.differing(result)
    if options.out is not None:
        target = Store(options.out)
        for path, content in files.items():
            target.write(path, content)
        print(f"wrote {counted(len(files), 'file')} of frame {frame} to {options.out}")
    if differ is None:
        if options.out is None:
            raise DatasetError(f"{options.dataset} has no frame {frame} to compare with; give -o to write it")
        return
    if differ:
        raise DatasetError(f"frame {frame} came out different: {', '.join(differ[:5])}")
    print(f"frame {frame} is the same: {counted(len(files), 'file')}, byte for byte")


def _untrusted(dataset: str, header: Header) -> NotTrusted:
    name = plain_name(header["script"], f"{dataset}: the script")
    return NotTrusted(
        f"{dataset} was made by the script {name!r}: to make a frame again is to run that Python program, with the "
        f"arguments that the dataset has for it and with all your rights. Read it first, it is "
        f"{dataset.rstrip('/')}/{FOLDER}/scene/{name}; if you would run it yourself, add --trust"
    )


def _replayed(data: Dataset, header: Header, options: ReplayOptions) -> FrameResult:
    """Return the frame, made again. Raises DatasetError where the dataset has another maker."""
    with tempfile.TemporaryDirectory() as folder:
        if "script" in header:
            return FrameResult(options.frame, _frame_of_script(data, header, Path(folder), options), {}, {})
        job = recorded_job(data, header, Path(folder), options.scene, asset_pairs(options.assets))
        with opened(job) as (session, sources):
            _compare(data, header, session.header(sources, job.changes), session.recorder.resolver.content)
            return session.make(options.frame)


def _compare(data: Dataset, header: Header, now: Header, content: Content) -> None:
    """Raise DatasetError, naming what differs, where ``now`` or an input of the frames is not what made a dataset."""
    changed = differences(header, now) or changed_inputs(data.later_inputs(), content)
    if changed:
        raise DatasetError(
            f"{data.store.url} was made by something else: {'; '.join(changed)}. A frame is made again where the "
            "scene's files are as they were and found as they were found: run replay in the scene's folder, with the "
            "same --assets, or give --scene"
        )


def _frame_of_script(data: Dataset, header: Header, folder: Path, options: ReplayOptions) -> dict[str, bytes]:
    from rendersdg.omni.runner import Options, replay_frame

    for name, kind in _SCRIPT.items():
        field({"stage": "auto", "segmentations": "auto", **header}, name, kind, HEADER)
    if not all(isinstance(argument, str) for argument in header["arguments"]):
        raise damaged(HEADER, "its arguments are not texts")
    script, base = options.scene, None
    if script is None:
        copy_out(data, folder)
        script, base = folder / plain_name(header["script"], f"{options.dataset}: the script"), os.getcwd()
    place = options.dataset
    is_below = header["layout"] != "one writer"  # the writers' folders lie in the dataset's
    run = Options(
        out=place if is_below else None,
        seed=header["seed"],
        backend=header["backend"],
        arguments=tuple(header["arguments"]),
        assets=asset_pairs(options.assets),
        stage=header.get("stage", "auto"),
        segmentations=header.get("segmentations", "auto"),
        folder=base,
    )
    key = place if is_below or "://" in place else os.path.abspath(place)
    return replay_frame(script, run, options.frame, key, partial(_compare, data, header))


def verify(
    dataset: DatasetArgument,
    root: Annotated[
        str | None, typer.Option("--root", help="The root hash that render printed: another one is a problem.")
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Check every file of a dataset, of its own ones, too, against its checksum, and all of them against one root."""
    data = Dataset(Store(dataset))
    manifest = data.manifest()
    total = len(manifest["files"]) + len(manifest.get("own", ()))
    with FrameProgress(total, "verify", quiet=quiet, unit="files") as progress:
        others: list[str] = []
        found = data.verify(root, lambda: progress(0, {}), others.append)
    for problem in found[:_MOST]:
        print(problem)
    if len(found) > _MOST:
        print(f"and {len(found) - _MOST} more")
    if others:
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        print(f"beside its files, and none of them: {', '.join(others[:_SHOWN])}{more}")
    if found:
        raise DatasetError(f"{dataset}: {counted(len(found), 'problem')}")
    counts = f"{counted(frame_count(manifest['frames']), 'frame')}, {counted(len(manifest['files']), 'file')}"
    print(f"{dataset}: {counts}, all as recorded")
    if manifest["root"]:
        print(f"root {manifest['root']}")
    else:
        print("an older rendersdg made it: headers, records and copies of the scene have no checksums")


def merge_datasets(
    parts: Annotated[list[str], typer.Argument(metavar="DATASET...", help="Parts of one dataset.")],
    out: OutOption,
) -> None:
    """Join datasets that one scene and seed made in parts."""
    first = Dataset(Store(parts[0]))
    if "script" in first.begun():
        raise NotSupported("merge is for parts of scenes; a script makes its frames in one dataset (run --workers N)")

    def finisher_of(header: Header) -> Finisher:
        with (
            tempfile.TemporaryDirectory() as folder,
            opened(recorded_job(first, header, Path(folder))) as (session, _),
        ):
            return session.finisher()

    manifest = merge([Dataset(Store(p)) for p in parts], Dataset(Store(out)), finisher_of)
    print(f"{counted(frame_count(manifest['frames']), 'frame')}, {counted(len(manifest['files']), 'file')} in {out}")
