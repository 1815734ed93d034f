"""Defects on the stage: where each one stands on its surface, how the surface carries it, and what it paints there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, Mask
from rendersdg.assets.textures import TextureLibrary
from rendersdg.defects import DEFECTS, Kind
from rendersdg.defects.kinds.print import Short
from rendersdg.defects.layers import Layers
from rendersdg.errors import BadArgument, Report
from rendersdg.graph.plan import Firing
from rendersdg.snapshot import Camera, Defect, Entity, Instance, Mesh, RenderProduct, Semantics
from rendersdg.stage.displace import Relief, displaced, parts_of
from rendersdg.stage.projections import as_defect
from rendersdg.stage.spots import MM, CandidateSurface, Placer, metres
from rendersdg.stage.state import DefectSpec, Removal, SceneState, Spot
from rendersdg.stage.unfold import Topology, Unfolded, topology, unfold
from rendersdg.stage.values import item, number, vector

FEATURES = ("track", "clear")
WHERE = ("surface", "edges", "curved", "flat")
_TRIES = 48  # places that are tried for each defect before the best one is taken
_LAYS = 4  # places that are tried for one that carries the patch without stretching it
_TEXELS_A_PIXEL = 1.6
_MOST_TEXELS = 1024  # along the longer side of a patch
_MOST_STRETCH = 0.25  # of a length, within a patch, before another place is tried


def create(state: SceneState, firing: Firing) -> None:
    """defects.*: the drawn parameters of each defect of this execution."""
    kind = firing.inputs["kind"]
    for index, path in enumerate(firing.made):
        value = {k: item(v, index) for k, v in firing.inputs.items()}
        numbers = {k: value[k] for k in (f.name for f in fields(DEFECTS[kind])) if value.get(k) is not None}
        state.defects[path] = DefectSpec(
            name=kind,
            kind=make(kind, numbers),
            hosts=firing.targets,
            spot=_spot(value),
            labels=str(value.get("labels") or "cluster"),
            is_whole=value.get("mask") == "whole",
            margin=max(int(value.get("margin") or 0), 0),
            source=firing.source.child(f"defect/{index}"),
            group=firing.made[0],
            displace=bool(value.get("displace")),
        )
        state.semantics_of[path] = tuple((str(k), str(item(v, index))) for k, v in firing.inputs["semantics"])


def remove(state: SceneState, firing: Firing) -> None:
    """defects.missing_part: as many of the targets as prims were made for it."""
    drawn = firing.source.child("which").rng().permutation(len(firing.targets))
    inputs = firing.inputs
    for index, (path, k) in enumerate(zip(firing.made, drawn)):
        margin = max(int(item(inputs["margin"], index)), 0)
        state.missing[firing.targets[int(k)]] = Removal(path, inputs["mask"] == "whole", margin)
        state.semantics_of[path] = tuple((str(t), str(item(v, index))) for t, v in inputs["semantics"])


def _spot(values: Mapping[str, object]) -> Spot:
    """Return what is said about the place of a defect. Raises BadArgument for what is not a number or a known place."""
    where = values.get("where")
    if where not in WHERE:
        raise BadArgument(f"where={where!r} is not one of {', '.join(WHERE)}")

    def point(name: str) -> F8 | None:
        return None if values.get(name) is None else np.array(vector(name, values[name]))

    def length(name: str) -> float | None:
        return None if values.get(name) is None else number(name, values[name])

    feature = values.get("feature")
    return Spot(
        where=str(where),
        position=point("position"),
        direction=point("direction"),
        angle=length("angle"),
        apart=length("apart"),
        cluster=length("cluster"),
        edge_distance=length("edge_distance"),
        in_view=bool(values.get("in_view")),
        feature=None if feature is None else str(feature),
    )


def make(kind: str, values: Mapping[str, object]) -> Kind:
    """Return a defect of a kind with parameters given by name. Raises BadArgument for values that do not fit."""
    arguments: dict[str, Any] = {}
    for field in fields(DEFECTS[kind]):
        if field.name not in values:
            continue
        value = values[field.name]
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
            raise BadArgument(f"defects.{kind}: {field.name}={value!r} must be a number")
        arguments[field.name] = round(float(value)) if field.type == "int" else float(value)
        if field.name in _SIZES and not value > 0:
            raise BadArgument(f"defects.{kind}: {field.name}={value!r} mm must be above 0")
        if (field.type == "int" or field.name in _DENSITIES) and value < 0:
            raise BadArgument(f"defects.{kind}: {field.name}={value!r} is below 0; it says how many there are")
        most = _MOST_PARTS if field.type == "int" else _LARGEST if field.name in _SIZES else _STRONGEST
        if abs(float(value)) > most:
            raise BadArgument(f"defects.{kind}: {field.name}={value:g} is beyond {most:,}")
    defect = DEFECTS[kind](**arguments)
    if not max(defect.size()) < _LARGEST:
        raise BadArgument(f"defects.{kind}: a defect of {max(defect.size()):g} mm is larger than a kilometre")
    _check_counts(kind, defect)
    return defect


def _check_counts(kind: str, defect: Kind) -> None:
    """Raise BadArgument for a defect of more kinks or marks than can be drawn."""
    for long, short in _MEANDERS:
        length, step = getattr(defect, long, 0.0), getattr(defect, short, 1.0)
        if length > _MOST_KINKS * step:
            said = f"{long}={length:g} mm is more than {_MOST_KINKS:,} of {short}={step:g} mm"
            raise BadArgument(f"defects.{kind}: {said}")
    density: float = getattr(defect, "density", 0.0)
    marks = density * getattr(defect, "length", 0.0) * getattr(defect, "breadth", 0.0)
    if marks > _MOST_MARKS:
        raise BadArgument(f"defects.{kind}: density={density:g} asks for {marks:,.0f}, more than {_MOST_MARKS:,}")


_LARGEST = 1_000_000  # millimetres: a kilometre
_STRONGEST = 100_000  # of parameters that are no sizes: powers of them are numbers (portable.power)
_MOST_PARTS = 10_000  # branches, grains, pores and other parts that are counted
_MOST_KINKS = 100_000  # of a line that meanders: each is drawn by itself
_MOST_MARKS = 1_000_000  # pits, flecks, or millimetres of cracks that a density asks for
_MEANDERS = (  # what steps by what
    ("reach", "step"), ("length", "step"), ("length", "tooth"), ("length", "width"), ("track", "gap"),
)  # fmt: skip


_DENSITIES = ("density", "flecks")  # how many parts there are on an area
_SIZES = {
    "length",
    "breadth",
    "width",
    "diameter",
    "aspect",
    "blur",
    "bead",
    "step",
    "pit",
    "grain",
    "fleck",
    "island",
    "pore",
    "drop",
    "tooth",
    "gap",
    "bite",
    "crumb",
    "track",
    "reach",
    "notch",
    "speck",
    "rim_width",
    "line",
    "line_length",
}


class DefectBuilder:
    """Builds the defects of a snapshot; keeps the topology of meshes between frames."""

    def __init__(self, report: Report, textures: TextureLibrary) -> None:
        self._report = report
        self._textures = textures
        self._topologies: dict[int, tuple[Mesh, Topology]] = {}

    def build(
        self,
        state: SceneState,
        instances: list[Instance],
        chains: Sequence[tuple[str, ...]],
        meshes: list[Mesh],
        products: Sequence[RenderProduct],
        first_entity: int,
    ) -> tuple[list[Defect], list[Entity]]:
        """Return the defects of the scene as it stands, and the entities of their parts,
        numbered from ``first_entity``.

        Displaced surfaces are added to ``meshes`` and ``instances``;
        the instance of each as it was is shown intact alone.
        """
        surfaces: dict[int, CandidateSurface] = {}
        placed: dict[str, list[F8]] = {}
        defects: list[Defect] = []
        reliefs: dict[int, list[Relief]] = {}
        entities: list[Entity] = []
        cameras = [p.camera for p in products]
        specs = dict(state.defects)
        for path, projection in state.projections.items():
            specs[path] = as_defect(state, path, projection, self._textures, metres(state))
        for path, spec in specs.items():
            if not state.visible.get(path, True):
                continue
            hosts = set(spec.hosts)
            carriers = [k for k, chain in enumerate(chains) if hosts.intersection(chain)]
            for k in carriers:
                if k not in surfaces:
                    surfaces[k] = self._surface(k, instances[k], meshes[instances[k].mesh])
            spec, where = _placed(
                state,
                spec,
                [instances[k] for k in carriers],
                [surfaces[k] for k in carriers],
                cameras,
                placed.setdefault(spec.group, []),
            )
            if not where.has_room:
                if not carriers:
                    self._report.note(path, "none of the prims that should carry this defect is visible")
                continue
            defect, labels, height = self._one(
                path, spec, where, cameras, first_entity + len(entities), state.semantics(path)
            )
            defects.append(defect)
            entities += labels
            if spec.displace:
                reliefs.setdefault(defect.instance, []).append(Relief(defect, height * np.float32(MM)))
        for k, of_host in reliefs.items():
            host = instances[k]
            mesh, parent = displaced(meshes[host.mesh], surfaces[k].topo, host.world_from_mesh, of_host)
            defects = [_moved(d, len(instances), parent) if d.instance == k else d for d in defects]
            instances[k] = replace(host, shown="intact")
            instances.append(replace(host, mesh=len(meshes), shown="frame"))
            meshes.append(mesh)
        return defects, entities

    def _surface(self, index: int, instance: Instance, mesh: Mesh) -> CandidateSurface:
        kept = self._topologies.get(id(mesh))
        if kept is None or kept[0] is not mesh:
            if len(self._topologies) > 256:
                self._topologies.clear()
            kept = self._topologies[id(mesh)] = (mesh, topology(mesh))
        world = instance.world_from_mesh
        vertices = portable.product(mesh.vertices.astype(np.float64), world[:3, :3].T) + world[:3, 3]
        points = vertices[mesh.triangles]
        cross = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
        twice = portable.norm(cross, axis=1)
        normal = cross / np.maximum(twice, 1e-30)[:, None]
        if portable.determinant(world[:3, :3]) < 0:
            normal = -normal
        return CandidateSurface(index=index, topo=kept[1], points=points, area=twice / 2, normal=normal)

    def _one(
        self, path: str, spec: DefectSpec, where: Placer, cameras: Sequence[Camera], first: int, semantics: Semantics
    ) -> tuple[Defect, list[Entity], F4]:
        surface, triangle, point, axis, sheet = _laid(spec, where)
        where.note_taken(point)
        layers = Layers(spec.kind.size(), _texel(spec, point, cameras))
        spec.kind.paint(layers, spec.source.child("paint").rng())
        part = layers.part if spec.labels == "part" else (layers.part > 0).astype(np.int16)
        normal = surface.normal[triangle]
        frame = np.eye(4)
        frame[:3, :3] = np.stack([axis, np.cross(normal, axis), normal], 1)
        frame[:3, 3] = point
        boxes = _part_boxes(layers, part) if spec.labels != "none" else []
        numbers: list[int] = []
        entities: list[Entity] = []
        for k, box in enumerate(boxes, 1):
            numbers.append(-1 if box is None else first + len(entities))
            if box is not None:
                own = path if len(boxes) == 1 else f"{path}/part_{k:02d}"
                entities.append(Entity(own, semantics, frame, *box))
        half = np.array([layers.size[0], layers.size[1]]) * MM / 2
        keep = _touches(sheet.rows, surface.points[sheet.triangles] - point, half)
        return (
            Defect(
                prim_path=path,
                kind=spec.name,
                instance=surface.index,
                triangles=sheet.triangles[keep],
                rows=sheet.rows[keep],
                centre=point,
                origin=tuple(layers.origin * MM),
                texel=layers.texel * MM,
                stack=layers.stack(),
                part=part,
                entities=tuple(numbers),
                is_whole=spec.is_whole,
                margin=spec.margin,
                lines=tuple(line * MM for line in layers.lines),
                size=(layers.size[0] * MM, layers.size[1] * MM),
            ),
            entities,
            layers.height,
        )


def _moved(defect: Defect, instance: int, parent: I4) -> Defect:
    """Return a defect on the displaced surface; ``parent`` says which triangle each of that one's is a part of."""
    triangles, rows = parts_of(defect, parent)
    return replace(
        defect,
        instance=instance,
        triangles=triangles,
        rows=rows,
        intact=(defect.instance, defect.triangles, defect.rows),
    )


def _laid(spec: DefectSpec, where: Placer) -> tuple[CandidateSurface, int, F8, F8, Unfolded]:
    """Return a place for a defect, and the surface around it unrolled; the least stretched of a few."""
    radius = float(portable.hypot(*spec.kind.size())) * MM / 2
    best: tuple[float, tuple[CandidateSurface, int, F8, F8, Unfolded]] | None = None
    for _ in range(_LAYS):
        surface, triangle, point, axis = where.place()
        sheet = unfold(surface.topo, surface.points, triangle, point, axis, radius)
        near = portable.norm(surface.points[sheet.triangles].mean(1) - point, axis=1) < radius
        stretch = float(sheet.stretch[near].max(initial=0.0))
        if best is None or stretch < best[0]:
            best = (stretch, (surface, triangle, point, axis, sheet))
        if stretch < _MOST_STRETCH or not where.may_move:
            break
    assert best is not None
    return best[1]


def _part_boxes(layers: Layers, part: NDArray[np.int16]) -> list[tuple[F8, F8] | None]:
    """Return the lowest and highest corner (s, t, height, metres) of each part from 1 on,
    None for one without a texel.
    """
    boxes: list[tuple[F8, F8] | None] = []
    for k in range(1, int(part.max(initial=0)) + 1):
        rows, columns = np.nonzero(part == k)
        if not len(rows):
            boxes.append(None)
            continue
        s, t = layers.origin[0] + columns * layers.texel, layers.origin[1] + rows * layers.texel
        h = layers.height[rows, columns]
        low = np.array([s.min(), t.min(), min(float(h.min()), 0.0)]) * MM
        high = np.array([s.max(), t.max(), max(float(h.max()), 0.0)]) * MM
        boxes.append((low, high))
    return boxes


def _touches(rows: F8, corners: F8, half: F8) -> Mask:
    """Return which triangles' boxes in the plane meet the patch."""
    flat = portable.product(corners, rows[:, :, :3].transpose(0, 2, 1)) + rows[:, None, :, 3]
    return np.asarray(((flat.min(1) <= half) & (flat.max(1) >= -half)).all(1), bool)


def _texel(spec: DefectSpec, point: F8, cameras: Sequence[Camera]) -> float:
    """Return the texel in mm that the nearest view can make out, within what the defect needs and memory allows."""
    longest, finest = max(spec.kind.size()), spec.kind.finest()
    pixels = [
        float(portable.norm(c.world_from_camera[:3, 3] - point)) / max(c.focal_px) / MM for c in cameras
    ]  # mm a pixel
    wanted = min(pixels) / _TEXELS_A_PIXEL if pixels else finest / 3
    return max(min(max(wanted, finest / 8), longest / 8), longest / _MOST_TEXELS)


def _placed(
    state: SceneState,
    spec: DefectSpec,
    hosts: Sequence[Instance],
    surfaces: list[CandidateSurface],
    cameras: Sequence[Camera],
    taken: list[F8],
) -> tuple[DefectSpec, Placer]:
    """Return a defect and what chooses its place; on a feature of its host's surface it is the best of a few."""
    unit = metres(state)
    if spec.spot.feature is None or not hosts:
        return spec, Placer(surfaces, spec, cameras, taken, unit)
    rng = spec.source.child("feature").rng()
    best: tuple[float, DefectSpec, Placer] | None = None
    for _ in range(_TRIES):
        there = _on_surface(state, spec, hosts, rng)
        where = Placer(surfaces, there, cameras, taken, unit)
        fault = where.fault() if where.has_room else 0.0
        if best is None or fault < best[0]:
            best = fault, there, where
        if fault <= 0:
            break
    assert best is not None
    return best[1:]


def _on_surface(state: SceneState, spec: DefectSpec, hosts: Sequence[Instance], rng: np.random.Generator) -> DefectSpec:
    """Return a defect that is to stand on the lines of its host's procedural surface, or clear of them,
    with a place that is drawn.
    """
    wanted = spec.spot.feature
    looks = [state.looks[p] for p in spec.hosts if p in state.looks and state.looks[p].surface is not None]
    surface, source = (looks[0].surface, looks[0].source) if looks else (None, None)
    lines = surface.guides(source.rng()) if surface is not None and source is not None else []
    if surface is None or not lines:
        raise BadArgument(f"feature: {wanted} needs prims with a surface that has tracks (surfaces.board)")
    tile = surface.tile
    world = hosts[0].world_from_mesh
    turn = world[:3, :3] / portable.norm(world[:3, :3], axis=0)
    kind = spec.kind
    if wanted == "track":
        line, width = lines[int(rng.integers(len(lines)))]
        lengths = portable.norm(np.diff(line, axis=0), axis=1)
        at = float(rng.uniform(0.04, 0.96)) * float(lengths.sum())
        k = min(int(np.searchsorted(np.cumsum(lengths), at)), len(lengths) - 1)
        along = (line[k + 1] - line[k]) / lengths[k]
        point = line[k] + along * (at - float(lengths[:k].sum()))
        if hasattr(kind, "track"):
            kind = replace(kind, track=width)
        if isinstance(kind, Short):
            gaps = [_to_next_track(point, side * along, line, lines) for side in (1, -1)]
            sides = [(gap, side) for gap, side in zip(gaps, (1, -1)) if gap is not None]
            if sides:
                gap, side = sides[int(rng.integers(len(sides)))]
                kind, along = replace(kind, length=gap), side * along
    else:
        along = np.array([1.0, 0.0])
        segments = [(a, b, width) for line, width in lines for a, b in pairwise(line)]
        for _ in range(_TRIES):
            point = rng.uniform(0.03, 0.97, 2) * tile
            if all(_from_segment(point, a, b) > width / 2 + max(kind.size()) / 3 for a, b, width in segments):
                break
    turn = portable.product(turn, _turned(-surface.angle))
    flat = (
        np.array([point[0] - tile / 2, tile / 2 - point[1], 0.0]) * MM
    )  # the tile's centre lies at the origin, rows run down
    centre = (portable.product(turn, flat) + world[:3, 3]) / metres(state)
    direction = portable.product(turn, np.array([along[0], -along[1], 0.0]))
    spot = replace(spec.spot, position=centre, direction=direction, angle=spec.spot.angle or 0.0)
    return replace(spec, kind=kind, spot=spot)


def _turned(degrees: float) -> F8:
    """Return (3, 3), a turn about the normal of a surface."""
    sine, cosine = (float(f(math.radians(degrees))) for f in (portable.sin, portable.cos))
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def _to_next_track(point: F8, along: F8, own: F8, lines: Sequence[tuple[F8, float]]) -> float | None:
    """Return how far the middle of the next track is from a point on the track ``own``, straight across to the left of
    ``along`` on the surface, mm; None where there is none.
    """
    across = np.array([along[1], -along[0]])  # rows run down
    gaps = []
    for line, _ in lines:
        for a, b in pairwise(line) if line is not own else ():
            # point + gap across = a + t (b - a), by Cramer's rule
            step, away = b - a, a - point
            slant = float(step[0] * across[1] - step[1] * across[0])
            if slant:
                t = float(away[1] * across[0] - away[0] * across[1]) / slant
                gap = float(step[0] * away[1] - step[1] * away[0]) / slant
                gaps += [gap] if 0 <= t <= 1 and gap > 0 else []
    return min(gaps, default=None)


def _from_segment(point: F8, a: F8, b: F8) -> float:
    t = float(np.clip(portable.product(point - a, b - a) / max(float(portable.product(b - a, b - a)), 1e-12), 0, 1))
    return float(portable.norm(a + t * (b - a) - point))
