"""An asset looked at: opened as a scene would open it, what it holds, its portrait, and what is not honoured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from rendersdg.arrays import F8, U1
from rendersdg.assets.arguments import reading_of, split_arguments
from rendersdg.assets.layers import AssetLayers, Layer
from rendersdg.assets.resolver import Resolver, is_procedural, modelled, procedural_name
from rendersdg.assets.textures import read_bytes
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import transform_points
from rendersdg.image_headers import image_header
from rendersdg.orchestrator.portrait import portrait
from rendersdg.orchestrator.session import Session
from rendersdg.scene.create import reference
from rendersdg.scene.recorder import Recorder, filling
from rendersdg.snapshot import Snapshot
from rendersdg.stage.author import REFERENCE, new_stage, valid_name
from rendersdg.stage.contents import Contents, ImageFacts, read_contents

Said = Literal["given", "stated", "by format", "built in", "assumed"]  # how a unit or an axis is known
_TILE = "<UDIM>"  # stands for the number of a tile, 1001 and up
_OF_FORMAT = (".glb", ".gltf")
_USD = (".usd", ".usda", ".usdc", ".usdz")


@dataclass(frozen=True)
class Frame:
    """How an asset is modelled: metres a unit, the axis that is up, and how each is known."""

    meters_per_unit: float
    up_axis: str
    unit_is: Said
    up_axis_is: Said


@dataclass(frozen=True)
class Playing:
    """The range of an asset's time: time codes, and how many of them make a second."""

    start: float
    end: float
    rate: float

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return (self.end - self.start) / self.rate if self.rate else 0.0


@dataclass(frozen=True)
class NoteGroup:
    """What is said in the same words of ``count`` subjects, the first of which is ``subject``."""

    kind: str
    text: str
    subject: str
    count: int


@dataclass(frozen=True, eq=False)
class Inspection:
    """What is known of an asset. ``low`` and ``high`` (3,) bound what is drawn, metres along the asset's own axes, None
    where nothing is; ``picture`` (H, W, 3) uint8 likewise. Paths are those of the asset.
    """

    asset: str
    file: str
    frame: Frame
    contents: Contents
    playing: Playing | None
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None
    notes: tuple[NoteGroup, ...]
    picture: U1 | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[float, ...] | None:
        """Metres along the asset's axes, None where nothing is drawn."""
        return None if self.low is None or self.high is None else tuple(h - w for w, h in zip(self.low, self.high))

    def as_json(self) -> dict[str, Any]:
        """Return all but the picture, ready for JSON."""
        return {
            "asset": self.asset,
            "file": self.file,
            **asdict(self.frame),
            "size_m": self.size,
            "low_m": self.low,
            "high_m": self.high,
            "playing": None if self.playing is None else {**asdict(self.playing), "seconds": self.playing.seconds},
            **asdict(self.contents),
            "notes": [asdict(note) for note in self.notes],
        }


def inspect(
    asset: str, folder: Path, overrides: Sequence[tuple[str, str]] = (), *, with_picture: bool = True
) -> Inspection:
    """Return what an asset holds and looks like.

    Args:
        asset: as scenes name it: a file, with arguments (``assets.arguments``) or without, or a procedural asset.
        folder: where relative paths start.
        overrides: (prefix, place) pairs of ``--assets``.
        with_picture: whether its portrait is made.

    Raises:
        AssetError: it is not there, or cannot be read.
        BadArgument: it has arguments that such files do not take.
    """
    reading_of(asset)  # what cannot be asked is an error before the file is looked for
    report = Report()
    resolver = Resolver(folder, report, overrides)
    file = "" if is_procedural(asset) else resolver.find(asset) or ""
    if not file:
        resolver.require_there(asset)
        if not is_procedural(asset) and modelled(asset) is None:
            raise AssetError(f"asset {split_arguments(asset)[0]!r} was not found")
    layers = AssetLayers(resolver, report)
    layer = layers.layer(asset)
    stage = new_stage("Y" if layer.up_axis == "Y" else "Z", 1.0)
    recorder = Recorder(resolver, report, stage)
    recorder.layers = layers
    opened = Sdf.Layer.FindOrOpen(layer.identifier)
    name = str(opened.defaultPrim or REFERENCE)
    with filling(recorder):
        root = f"{reference(recorder, asset, name, None)}/{valid_name(name)}"
        session = Session(recorder, needs_writer=False)
    session.builder.simulates = False  # as it was made, before anything falls
    snapshot = session.snapshot(0)
    shot = portrait(snapshot, session.renderer) if with_picture else None
    contents = read_contents(session.builder.base, root, lambda path: _image(resolver, path))
    bounds = _bounds(snapshot)
    return Inspection(
        asset=asset,
        file=file,
        frame=_frame(asset, file, layer, report),
        contents=_renamed(contents, root, f"/{name}"),
        playing=_playing(opened),
        low=None if bounds is None else tuple(bounds[0].tolist()),
        high=None if bounds is None else tuple(bounds[1].tolist()),
        notes=_grouped(report, {root: f"/{name}", file: Path(file).name} if file else {root: f"/{name}"}),
        picture=None if shot is None else shot.rgb,
    )


def _frame(asset: str, file: str, layer: Layer, report: Report) -> Frame:
    """Return how an asset is modelled."""
    ending = Path(file).suffix.lower()
    unit = axis = "stated"
    if not file:
        unit = axis = "built in"
    elif ending in _OF_FORMAT:
        unit = axis = "by format"
    elif ending in _USD:
        stage = Usd.Stage.Open(file, Usd.Stage.LoadNone)
        unit = "stated" if stage.HasAuthoredMetadata(UsdGeom.Tokens.metersPerUnit) else "assumed"
        axis = "stated" if stage.HasAuthoredMetadata(UsdGeom.Tokens.upAxis) else "assumed"
    else:
        unit = "assumed" if "states no unit" in report.entries.get(("note", file), "") else "stated"
        axis = "stated" if ending == ".dae" else "assumed"
    reading = reading_of(asset)
    unit = unit if reading.unit is None else "given"
    axis = axis if reading.up_axis is None else "given"
    return Frame(layer.meters_per_unit, layer.up_axis, unit, axis)  # type: ignore[arg-type] # words of Said


def _playing(layer: Sdf.Layer) -> Playing | None:
    """Return the range of time that a layer states, None for none."""
    if not (layer.HasStartTimeCode() and layer.HasEndTimeCode()) or layer.endTimeCode <= layer.startTimeCode:
        return None
    return Playing(layer.startTimeCode, layer.endTimeCode, layer.timeCodesPerSecond)


def _bounds(snapshot: Snapshot) -> tuple[F8, F8] | None:
    """Return the lowest and the highest corner (3,) of what is drawn, metres."""
    lows, highs = [], []
    for instance in snapshot.instances:
        vertices = snapshot.meshes[instance.mesh].vertices
        if len(vertices):
            points = transform_points(instance.world_from_mesh, vertices)
            lows.append(points.min(0))
            highs.append(points.max(0))
    return (np.min(lows, axis=0), np.max(highs, axis=0)) if lows else None


def _image(resolver: Resolver, path: str) -> ImageFacts:
    """Return what is known of the image at a path."""
    if path in resolver.embedded:
        height, width = resolver.embedded[path].shape[:2]
        return ImageFacts("embedded", width, height, 8)
    if is_procedural(path):
        return ImageFacts("procedural")
    file = _first_tile(path) if _TILE in path else resolver.find(path)
    if file is None:
        return ImageFacts("missing")
    try:
        header = image_header(read_bytes(file))
    except AssetError:
        header = None
    return ImageFacts("unreadable") if header is None else ImageFacts("read", *header)


def _first_tile(path: str) -> str | None:
    """Return the first file of an image in tiles (UDIM: tiles are numbered from 1001)."""
    pattern = Path(path.replace(_TILE, "[1-9][0-9][0-9][0-9]"))
    found = sorted(pattern.parent.glob(pattern.name)) if pattern.parent.is_dir() else []
    return str(found[0]) if found else None


def _grouped(report: Report, names: Mapping[str, str]) -> tuple[NoteGroup, ...]:
    """Return the notes of a report, those in the same words as one, what is not honoured first. ``names`` are what
    subjects that begin so are called.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for (kind, subject), text in report.entries.items():
        begin = next((b for b in names if subject.startswith(b)), "")
        groups.setdefault((kind, text), []).append(names.get(begin, "") + subject[len(begin) :])
    found = [NoteGroup(kind, text, subjects[0], len(subjects)) for (kind, text), subjects in groups.items()]
    return tuple(sorted(found, key=lambda note: note.kind == "note"))


def _renamed(contents: Contents, root: str, name: str) -> Contents:
    """Return contents with the paths that they have in the asset itself, whose default prim is ``name``."""

    def of(value: Any) -> Any:
        if isinstance(value, str):
            return name + value[len(root) :] if value == root or value.startswith(f"{root}/") else value
        if isinstance(value, tuple):
            return tuple(of(v) for v in value) if not hasattr(value, "_fields") else value
        if hasattr(value, "__dataclass_fields__"):
            return type(value)(**{k: of(getattr(value, k)) for k in value.__dataclass_fields__})
        return value

    renamed = of(contents)
    assert isinstance(renamed, Contents)
    return renamed


def title(inspection: Inspection) -> str:
    """Return what an asset is called: its file's name, or the name of the procedural one."""
    return Path(inspection.file).name if inspection.file else procedural_name(inspection.asset)
