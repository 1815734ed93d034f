"""What several commands share: their options for scenes, and what is made of them."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.assets.mirror import is_url
from rendersdg.backends import check_name
from rendersdg.errors import BadArgument
from rendersdg.farm.job import Job

SceneArgument = Annotated[Path, typer.Argument(metavar="SCENE", help="A YAML scene.")]
OutOption = Annotated[str, typer.Option("--out", "-o", help="Output folder or fsspec URL.")]
FramesOption = Annotated[str | None, typer.Option("--frames", help="How many frames, or a range A:B (B exclusive).")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed; default: the scene's, else 0.")]
BackendOption = Annotated[
    str, typer.Option("--backend", help="Colour backend: raster, mitsuba, pyrender, null, reference, or auto.")
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Refuse stand-ins and anything that cannot be honoured.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Change the scene: group.argument=value (repeatable).")
]
AssetsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--assets", help="PREFIX=FOLDER or PREFIX=URL (s3://, https://, ...): where library assets lie (repeatable)."
    ),
]

ThreadsOption = Annotated[
    int, typer.Option("--threads", min=1, help="Threads that draw one frame; for many frames --workers is faster.")
]
FarmOption = Annotated[str, typer.Option("--farm", help="local, ray (a cluster, or one started here) or slurm.")]
FarmOptionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--farm-option",
        help="name=value for the farm: address (ray); partition, account, qos, time, mem, cpus, setup, folder (slurm); "
        "of a training also nodes, gpus, and cpus of ray (repeatable).",
    ),
]


def job_of(
    scene: Path,
    seed: int | None,
    backend: str,
    strict: bool,
    changes: list[str] | None,
    assets: list[str] | None,
    threads: int = 1,
) -> Job:
    """Return the job that a command's options describe. Raises BadArgument naming the option."""
    check_name(backend)
    parsed = []
    if changes:
        import yaml
    for change in changes or []:
        key, equals, text = change.partition("=")
        if not equals or not key:
            raise BadArgument(f"--set {change!r}: write group.argument=value")
        try:
            parsed.append((key.strip(), yaml.safe_load(text)))
        except yaml.YAMLError:
            raise BadArgument(f"--set {change!r}: {text!r} is no YAML value") from None
    return Job(str(scene), seed, backend, strict, tuple(parsed), asset_pairs(assets), threads=threads)


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def asset_pairs(assets: list[str] | None) -> tuple[tuple[str, str], ...]:
    """Return (prefix, folder or URL) pairs of ``--assets``. A ``file://`` URL is a folder."""
    pairs = []
    for text in assets or []:
        prefix, equals, folder = text.partition("=")
        folder = folder.removeprefix("file://")
        if not equals or not (is_url(folder) or Path(folder).is_dir()):
            raise BadArgument(
                f"--assets {text!r}: write PREFIX=FOLDER with a folder that exists, or PREFIX=URL (s3://bucket/library)"
            )
        pairs.append((prefix, folder))
    return tuple(pairs)


def frame_range(text: str | None, length: int | None) -> range:
    """Return the frames of ``--frames``; ``length`` is the scene's, None when it has no end."""
    if text is None:
        if length is None:
            raise BadArgument("the scene has a trigger without max_execs and would run for ever; give --frames N")
        return range(length)
    first, colon, last = text.partition(":")
    try:
        wanted = range(int(first or 0), int(last)) if colon else range(int(text))
    except ValueError:
        raise BadArgument(f"--frames {text!r}: give a count, or a range A:B with both ends") from None
    if wanted.start < 0 or not len(wanted):
        raise BadArgument(f"--frames {text!r} holds no frame")
    return wanted


def say_replaced(report: list[dict[str, str]]) -> None:
    """Say on stderr what was replaced or could not be honoured."""
    for entry in report:
        arrow = " -> " if entry["kind"] == "substitution" else ": "
        print(f"{entry['kind']}: {entry['subject']}{arrow}{entry['text']}", file=sys.stderr)


def log_errors(quiet: bool) -> None:
    """Log errors alone; OpenCV keeps quiet."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(message)s")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")


def farm_options_of(texts: list[str] | None) -> dict[str, str]:
    """Return the options of ``--farm-option`` by name."""
    return dict(named(text, "--farm-option", "NAME=VALUE") for text in texts or [])


def named(text: str, option: str, form: str) -> tuple[str, str]:
    """Return both sides of ``NAME=VALUE``. Raises BadArgument naming the option and its form."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise BadArgument(f"{option} {text!r}: write {form}")
    return name, value
