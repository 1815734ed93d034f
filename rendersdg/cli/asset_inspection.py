"""The command that looks at one asset: what is in it, what is not honoured, and a picture."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rendersdg.cli.options import AssetsOption, asset_pairs, cores, log_errors, picture_format, takes
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.progress import step

if TYPE_CHECKING:
    from rendersdg.orchestrator.asset_inspection import Inspection, NoteGroup
    from rendersdg.stage.contents import Contents, ImageFacts, MaterialUse, VariantChoice

_WIDTH = 100  # columns
_MARGIN = 14  # where values begin
_BESIDE = 0.05  # of the longest side, from which on an origin is worth a line
_MOST = 12  # lines of one kind; the rest is counted


@dataclass(frozen=True, kw_only=True)
class InspectOptions:
    """Options of ``rendersdg inspect``."""

    asset: Annotated[
        str, typer.Argument(metavar="ASSET", help="A USD, glTF, OBJ, STL, PLY or DAE file, or rendersdg:fruit/apple.")
    ]
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The picture, a PNG; default: NAME.inspect.png beside the asset.")
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False
    no_picture: Annotated[bool, typer.Option("--no-picture", help="Only look; draw nothing.")] = False
    unit: Annotated[
        str | None, typer.Option("--unit", help="Unit of OBJ, STL, PLY, DAE or glTF: mm, cm, m, in, ..., or metres.")
    ] = None
    up_axis: Annotated[str | None, typer.Option("--up-axis", help="Y or Z, for the same.")] = None
    crease: Annotated[
        float | None, typer.Option("--crease", help="Degrees from which on edges of OBJ, STL, PLY or DAE are sharp.")
    ] = None
    assets: AssetsOption = None


@takes(InspectOptions)
def inspect_(options: InspectOptions) -> None:
    """Say what is in an asset and what of it is not honoured, and draw it."""
    log_errors()
    with step("loading the renderer"):
        from rendersdg.assets.arguments import with_arguments
        from rendersdg.kernels.threads import set_threads
        from rendersdg.orchestrator.asset_inspection import inspect, title
    if options.out is not None:
        picture_format(options.out)
    set_threads(cores())
    asset = with_arguments(options.asset, {"unit": options.unit, "up_axis": options.up_axis, "crease": options.crease})
    found = inspect(asset, Path(), asset_pairs(options.assets), with_picture=not options.no_picture)
    picture = None if found.picture is None else _saved(found, options.out, title(found))
    if options.as_json:
        print(json.dumps({**found.as_json(), "picture": None if picture is None else str(picture)}, indent=2))
        return
    for line in _lines(found, title(found)):
        print(line)
    if picture is not None:
        print(_line("picture", str(picture)))


def _saved(found: Inspection, out: Path | None, name: str) -> Path:
    """Write the picture and return where it is. Raises DatasetError where nothing can be written."""
    from writers.encoders import image_bytes

    assert found.picture is not None
    folder = Path(found.file).parent if found.file else Path()
    path = out or folder / f"{Path(name).stem}.inspect.png"
    try:
        path.write_bytes(image_bytes(found.picture, path.suffix or "png"))
    except OSError as error:
        raise DatasetError(f"cannot write {path}: {error.strerror}; say where with -o PICTURE.png") from None
    return path


def _lines(found: Inspection, name: str) -> Iterator[str]:
    """Give the lines that are printed of an inspection."""
    contents = found.contents
    yield name
    yield _line("size", _size(found))
    yield _line("axes", _axes(found))
    if beside := _beside(found):
        yield _line("origin", beside)
    yield _line("prims", _prims(contents))
    yield _line("geometry", _geometry(contents))
    yield from _listed("materials", _materials(contents.materials), len(contents.materials))
    yield from _listed("variants", _variants(contents.variants), len(contents.variants))
    if found.playing is not None or contents.animated:
        yield _line("animation", _animation(found))
    yield from _listed(
        "skeletons",
        [
            [f"{s.path}: {counted(s.joints, 'joint')}{f', moved by {s.animation}' if s.animation else ''}"]
            for s in contents.skeletons
        ],
    )
    if contents.blend_shapes:
        yield _line("blend shapes", str(contents.blend_shapes))
    yield from _listed("cameras", [[path] for path in contents.cameras])
    yield from _listed("lights", [[f"{path}: {kind}"] for path, kind in contents.lights])
    yield from _listed("labels", [[f"{t}: {label} ({counted(n, 'prim')})"] for t, label, n in contents.labels])
    if contents.bodies or contents.colliders or contents.joints:
        counts = ((contents.bodies, "rigid body", "rigid bodies"), (contents.colliders, "collider", None))
        words = [counted(n, noun, plural) for n, noun, plural in (*counts, (contents.joints, "joint", None)) if n]
        yield _line("physics", ", ".join(words))
    yield from _notes(found.notes)


def _line(label: str, value: str) -> str:
    """Return a label and its value, in lines of no more than the width."""
    return _filled(value, first=f"  {label:<{_MARGIN - 2}}", then=" " * _MARGIN)


def _filled(text: str, *, first: str, then: str) -> str:
    """Return a text in lines of no more than the width, each after its margin."""
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)


def _listed(label: str, entries: Sequence[Sequence[str]], count: int | None = None) -> Iterator[str]:
    """Give how many there are, ``count`` where entries stand for several, and the first entries: each a line and those
    that belong to it. Nothing for none.
    """
    if not entries:
        return
    yield _line(label, str(len(entries) if count is None else count))
    for first, *below in entries[:_MOST]:
        yield _filled(first, first="    ", then="      ")
        for line in below[:_MOST]:
            yield _filled(line, first="      ", then="        ")
    if len(entries) > _MOST:
        yield f"    and {len(entries) - _MOST} more; --json has all"


def _size(found: Inspection) -> str:
    if found.size is None:
        return "nothing is drawn"
    from rendersdg.assets.mesh_files.units import UNITS

    said = f"{' x '.join(_metres(v) for v in found.size)} m (x, y, z)"
    unit = found.frame.meters_per_unit
    if unit == 1.0 or found.frame.unit_is == "built in":
        return said
    name = next((name for name, metres in UNITS.items() if math.isclose(metres, unit)), f"units of {unit:g} m")
    return f"{said}; {' x '.join(_metres(v / unit) for v in found.size)} {name}"


def _beside(found: Inspection) -> str:
    """Return where the file's origin lies, where that is not in the box of what is drawn, nor on it; else ""."""
    if found.low is None or found.high is None:
        return ""
    gaps = [max(low, -high, 0.0) for low, high in zip(found.low, found.high)]
    away = math.hypot(*gaps)
    if away <= _BESIDE * max(found.size or (0.0,)):
        return ""
    return (
        f"{_metres(away)} m outside of what is drawn, which is placed and turned by it; pivot: [0, 0, 0] takes "
        "the middle instead, and randomizer.scatter_2d the bounds"
    )


def _metres(value: float) -> str:
    """Return a length with three digits that count, never in powers of ten."""
    return f"{value:.3g}" if 1e-4 <= abs(value) < 1000 else f"{value:.6f}".rstrip("0").rstrip(".")


def _axes(found: Inspection) -> str:
    frame = found.frame
    if frame.unit_is == "built in":
        return f"{frame.up_axis} up, a unit is {frame.meters_per_unit:g} m"
    return f"{frame.up_axis} up ({frame.up_axis_is}), a unit is {frame.meters_per_unit:g} m ({frame.unit_is})"


def _prims(contents: Contents) -> str:
    parts = [f"{n} {kind or 'without a type'}" for kind, n in sorted(contents.prims.items(), key=lambda kn: -kn[1])]
    return f"{sum(contents.prims.values())}: {', '.join(parts)}"


def _geometry(contents: Contents) -> str:
    shape = contents.geometry
    words = [counted(shape.instances, "mesh")]
    if shape.meshes != shape.instances:
        words[0] += f" ({shape.meshes} different)"
    words += [f"{shape.triangles:,} triangles", f"{shape.vertices:,} vertices"]
    if contents.copies:
        words.append(f"{contents.copies:,} by point instancers")
    if contents.shared:
        words.append(counted(contents.shared, "instanced prim"))
    return ", ".join(words)


def _materials(materials: Sequence[MaterialUse]) -> list[list[str]]:
    """Return a material's line and those of its textures, once for all that are called the same and look the same."""
    alike: dict[tuple[object, ...], list[MaterialUse]] = {}
    for material in materials:
        name = material.path.rsplit("/", 1)[-1]
        alike.setdefault((name, material.model, material.textures), []).append(material)
    entries = []
    for first, *others in alike.values():
        meshes = sum(m.meshes for m in (first, *others))
        worn = counted(meshes, "mesh") if meshes else "no mesh"
        entries.append([f"{_and_more(first.path, len(others))}: {first.model or 'no shader'}, on {worn}"])
        for texture in first.textures:
            name = Path(texture.file).name
            entries[-1].append(f"{texture.input}: {name} ({_image(texture.image)}, {texture.colour_space})")
    return entries


def _variants(variants: Sequence[VariantChoice]) -> list[list[str]]:
    """Return the lines of sets of variants, once for all that are called the same and hold the same."""
    alike: dict[tuple[object, ...], list[VariantChoice]] = {}
    for one in variants:
        alike.setdefault((one.name, one.selection, one.choices), []).append(one)
    return [
        [f"{_and_more(v.path, len(others))}, {v.name}: {v.selection or '(none)'} of {', '.join(v.choices)}"]
        for v, *others in alike.values()
    ]


def _and_more(path: str, others: int) -> str:
    return f"{path} and {others} more" if others else path


def _image(image: ImageFacts) -> str:
    if not image.width:
        return image.state
    return f"{image.width} x {image.height}, {image.bits} bit"


def _animation(found: Inspection) -> str:
    moving = f"{counted(found.contents.animated, 'attribute')} over time"
    playing = found.playing
    if playing is None:
        return f"{moving}, no range stated"
    return f"{moving}, from {playing.start:g} to {playing.end:g} at {playing.rate:g} a second ({playing.seconds:.3g} s)"


def _notes(notes: Sequence[NoteGroup]) -> Iterator[str]:
    """Give what is to be known, by kind; what is not honoured comes first."""
    for kind in dict.fromkeys(note.kind for note in notes):
        yield f"  {kind}"
        for note in notes:
            if note.kind == kind:
                text = f"{_and_more(note.subject, note.count - 1)}: {note.text}"
                yield _filled(text, first="    ", then="      ")
