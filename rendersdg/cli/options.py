"""What several commands share: options as one record, those for scenes, and the job that they describe."""

from __future__ import annotations

import inspect
import logging
import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import typer

from rendersdg.backends import check_name
from rendersdg.backends.quality import quality_change
from rendersdg.documents import shown
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.farm.job import Job
from rendersdg.paths import is_url

T = TypeVar("T")
_URL = re.compile(r"[a-z][a-z0-9+.]+:/")  # a path has lost the second slash
_NAMED = 3  # subjects that a line of a report names; the rest is counted
PICTURES = ("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff")  # formats, as in writers.options
MOST_FRAMES = 10_000_000  # of one command: their numbers are kept in memory
_LAST_FRAME = 2**31  # above every frame's number

SceneArgument = Annotated[Path, typer.Argument(metavar="SCENE", help="A YAML scene.")]
OutOption = Annotated[str, typer.Option("--out", "-o", help="Output folder or fsspec URL.")]
FramesOption = Annotated[str | None, typer.Option("--frames", help="How many frames, or a range A:B (B exclusive).")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed; default: the scene's, else 0.")]
BackendOption = Annotated[
    str, typer.Option("--backend", help="Colour backend: raster, mitsuba, pyrender, null, reference, or auto.")
]
QualityOption = Annotated[
    Literal["fast", "balanced", "high"] | None,
    typer.Option(
        "--quality", help="What raster spends on light (settings.render_quality); default: the scene's, else fast."
    ),
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

ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes",
        help="Of an ONNX model of others that does not name them: bolt,nut or 1=bolt,2=nut, or a .txt, .yaml or .json.",
    ),
]
ImgszOption = Annotated[
    int | None,
    typer.Option("--imgsz", help="Of an ONNX model of others that takes any size: the longer side, pixels."),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust", help="Let a .pt that is a pickle (ultralytics') run its code, in a process apart without network."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def takes(kind: type[T]) -> Callable[[Callable[[T], None]], Callable[..., None]]:
    """Return a decorator for a command whose options are the fields of the dataclass ``kind``.

    Typer sees one parameter a field, with its annotation and default, in the fields' order.
    The command gets one object.

    Example::

        @dataclass(frozen=True, kw_only=True)
        class GreetOptions:
            name: Annotated[str, typer.Argument(help="Who is greeted.")]
            is_loud: Annotated[bool, typer.Option("--loud")] = False

        @takes(GreetOptions)
        def greet(options: GreetOptions) -> None: ...
    """
    hints = get_type_hints(kind, include_extras=True)
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)  # type: ignore[arg-type] # a dataclass
    ]

    def with_signature(command: Callable[[T], None]) -> Callable[..., None]:
        @wraps(command)
        def call(**values: Any) -> None:
            check_values(values)
            command(kind(**values))

        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # which typer reads
        call.__annotations__ = hints
        return call

    return with_signature


def checked_values(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that refuses, before anything else, values that no option takes; see :func:`check_values`."""

    @wraps(command)
    def call(**values: Any) -> None:
        check_values(values)
        command(**values)

    return call


def check_values(values: Mapping[str, object]) -> None:
    """Raise BadArgument for a value that no option takes: numbers that are not finite or beyond 64 bits, words that are
    not text, and an output that is not one place.
    """
    for name, value in values.items():
        if name == "arguments":  # a script's own
            continue
        option = f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, float) and not math.isfinite(one):
                raise BadArgument(f"{option} {one} is not a finite number")
            if isinstance(one, int) and one.bit_length() > 63:
                raise BadArgument(f"{option} {shown(one)} is beyond 64 bits")
            if isinstance(one, (str, Path)) and not _is_text(str(one)):
                raise BadArgument(f"{option} {str(one)!r} is not text in UTF-8")
        if name == "out" and isinstance(value, str) and "::" in value:
            raise BadArgument(f"--out {value!r}: stores that are chained (::) are not written to; give one place")
        if name == "out" and isinstance(value, Path) and _URL.match(str(value)):
            raise BadArgument(f"--out {value}: this command writes to this machine; give a path, not a URL")


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:  # bytes of the command line that are not UTF-8 come as lone surrogates
        return False
    return True


def job_of(
    scene: Path,
    seed: int | None,
    backend: str,
    strict: bool,
    changes: list[str] | None,
    assets: list[str] | None,
    threads: int = 1,
    *,
    quality: str | None = None,
) -> Job:
    """Return the job that a command's options describe.

    Args:
        scene: the YAML scene.
        seed: None for the scene's own.
        backend: a name of the table of backends, or ``auto``.
        strict: whether stand-ins and what cannot be honoured are errors.
        changes: texts of ``--set``, ``group.argument=value`` with a value in YAML.
        assets: texts of ``--assets``, see :func:`asset_pairs`.
        threads: how many draw one frame.
        quality: of the light, None for the scene's own.

    Raises:
        BadArgument: naming the option that is wrong.
    """
    check_name(backend)
    return Job(
        scene=str(scene),
        seed=seed,
        backend=backend,
        strict=strict,
        changes=(*(_change(text) for text in changes or []), *quality_change(quality)),
        assets=asset_pairs(assets),
        threads=threads,
    )


def _change(text: str) -> tuple[str, Any]:
    """Return the dotted path and the value of a ``--set``."""
    key, value = set_value(text, "group.argument=value")
    return key.strip(), value


def set_value(text: str, form: str) -> tuple[str, object]:
    """Return the name and the value, in YAML, of a ``--set``. Raises BadArgument with the ``form`` that it has."""
    from rendersdg.yaml_values import parse_yaml, plain_value

    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadArgument(f"--set {text!r}: write {form}")
    try:
        return key, plain_value(parse_yaml(value, "value", BadArgument))
    except BadArgument as error:
        raise BadArgument(f"--set {shown(text)}: {error.message}") from None


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
        wanted, said = range(length), f"the scene's {length} frames"
    else:
        said = f"--frames {shown(text)}"
        first, colon, last = text.partition(":")
        try:
            wanted = range(int(first or 0), int(last)) if colon else range(int(text))
        except ValueError:
            raise BadArgument(f"{said}: give a count, or a range A:B with both ends") from None
        if wanted.start < 0 or wanted.stop <= wanted.start:
            raise BadArgument(f"{said} holds no frame")
    if wanted.stop > _LAST_FRAME or wanted.stop - wanted.start > MOST_FRAMES:
        raise BadArgument(
            f"{said}: one command makes {MOST_FRAMES} frames at most, with numbers below {_LAST_FRAME}; give --frames "
            "A:B, a part at a time"
        )
    return wanted


def picture_format(out: Path) -> str:
    """Return the format of a picture that is to be written, by the end of its name, before anything is rendered.

    Raises:
        BadArgument: the end of the name is no format's.
        DatasetError: there is a folder of that name, or no file can be made there.
    """
    extension = out.suffix.lower().lstrip(".")
    if extension not in PICTURES:
        raise BadArgument(f"--out {out}: end the name with a format: .{', .'.join(PICTURES)}")
    if out.is_dir():
        raise DatasetError(f"--out {out} is a folder; give the name of a file")
    there = next(folder for folder in out.absolute().parents if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK) or (out.exists() and not os.access(out, os.W_OK)):
        raise DatasetError(f"--out {out}: nothing can be written there")
    return extension


def write_picture(out: Path, data: bytes) -> None:
    """Write a picture, and its folder where that is missing. Raises DatasetError where that fails."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror}") from None


def print_report(report: list[dict[str, str]]) -> None:
    """Print on stderr what was replaced or could not be honoured; what is said of several in the same words, once."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for entry in report:
        subjects.setdefault((entry["kind"], entry["text"]), []).append(entry["subject"])
    for (kind, text), said_of in subjects.items():
        arrow = " -> " if kind == "substitution" else ": "
        more = f" and {len(said_of) - _NAMED} more" if len(said_of) > _NAMED else ""
        print(f"{kind}: {', '.join(said_of[:_NAMED])}{more}{arrow}{text}", file=sys.stderr)


def silent(text: str) -> None:
    """Drop a line of a log: what ``--quiet`` asks for."""
    del text


def to_stderr(text: str) -> None:
    """Print a line of a log on stderr."""
    print(text, file=sys.stderr, flush=True)


def log_at(level: int) -> None:
    """Log on stderr from ``level`` on; the first call counts, so that ``--verbose`` goes before a command's own."""
    logging.basicConfig(level=level, format="%(levelname)s %(message)s")


def log_errors() -> None:
    """Let libraries log errors alone; OpenCV is silent."""
    log_at(logging.ERROR)
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
