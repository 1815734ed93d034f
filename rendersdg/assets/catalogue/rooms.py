"""Furnished rooms; their things are groups, each below a prim of its own that stands where the thing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rendersdg import shapes
from rendersdg.assets.catalogue import equipment, furniture, outdoors, tools
from rendersdg.assets.parts import OmniPbrInputs, Part, look, part, turned
from rendersdg.shapes import Shape, joined

_SKIRTING = look((0.85, 0.85, 0.83), rough=0.5)
_DOOR = look((0.50, 0.32, 0.18), rough=0.5, texture="wood")
_GLASS = look((0.55, 0.70, 0.85), rough=0.1)
_CEILING = look((0.90, 0.90, 0.88), rough=0.9)


def placed(parts: Sequence[Part], group: str, at: tuple[float, float, float], degrees: float = 0.0) -> list[Part]:
    """Return parts as one group that stands at ``at`` (metres), turned about Z."""
    return [replace(p, shape=turned(p.shape, 2, degrees), group=group, at=at) for p in parts]


def _shell(size: tuple[float, float, float], floor: OmniPbrInputs, walls: OmniPbrInputs, name: str) -> list[Part]:
    """Return floor, ceiling, walls, door and windows of a room that is centred on the origin, and its outside."""
    w, d, h = size
    sides: list[Shape] = [shapes.box((w + 0.2, 0.1, h), (0, s * (d / 2 + 0.05), h / 2)) for s in (-1, 1)]
    sides += [shapes.box((0.1, d, h), (s * (w / 2 + 0.05), 0, h / 2)) for s in (-1, 1)]
    skirting = [shapes.box((w, 0.015, 0.09), (0, s * (d / 2 - 0.0075), 0.045)) for s in (-1, 1)]
    skirting += [shapes.box((0.015, d, 0.09), (s * (w / 2 - 0.0075), 0, 0.045)) for s in (-1, 1)]
    panes = [shapes.box((1.2, 0.02, 1.2), (x, d / 2 - 0.01, 1.5)) for x in (-w / 4, w / 4)]
    frames = [shapes.box((1.32, 0.012, 1.32), (x, d / 2 - 0.006, 1.5)) for x in (-w / 4, w / 4)]
    door = shapes.box((0.02, 0.9, 2.05), (w / 2 - 0.01, -d / 4, 1.025))
    outside = [shapes.box((w + 0.5, d + 0.5, 0.1), (0, 0, h + 0.16))]
    grouped = {
        "floor": part("floor", [shapes.plane(w, d)], floor),
        "wall": part("wall", sides, walls),
        "skirtingboard": part("skirtingboard", [*skirting, *frames], _SKIRTING),
        "window": part("window", panes, _GLASS),
        "door": part("door", [door], _DOOR),
        "ceiling": part("ceiling", [shapes.box((w, d, 0.04), (0, 0, h + 0.02))], _CEILING),
        "exterior": part("exterior", outside, look((0.55, 0.50, 0.45), rough=0.9)),
    }
    return [replace(p, group=f"{name}_{kind}") for kind, p in grouped.items()]


def _dining(
    size: tuple[float, float, float], table_at: tuple[float, float], floor: OmniPbrInputs, walls: OmniPbrInputs
) -> list[Part]:
    """Return a dining room: a table with chairs around it, a cabinet, a sofa, a plant, a lamp."""
    w, d, _ = size
    x, y = table_at
    parts = _shell(size, floor, walls, "dining_room_0_0")
    parts += placed(furniture.table(), "TableDiningFactory_0", (x, y, 0.0))
    seats = [(x - 0.35, y - 0.72, 180), (x + 0.35, y - 0.72, 180), (x - 0.35, y + 0.72, 0), (x + 0.35, y + 0.72, 0)]
    for k, (sx, sy, angle) in enumerate(seats):
        parts += placed(furniture.chair(), f"ChairFactory_{k}", (sx, sy, 0.0), angle)
    parts += placed(furniture.cabinet(), "SimpleBookcaseFactory_0", (-w / 4, d / 2 - 0.35, 0.0))
    parts += placed(furniture.sofa(), "SofaFactory_0", (-w / 2 + 0.6, -d / 6, 0.0), 90)
    parts += placed(outdoors.plant(), "LargePlantContainerFactory_0", (w / 2 - 0.5, d / 2 - 0.5, 0.0))
    parts += placed(furniture.lamp(), "FloorLampFactory_0", (-w / 2 + 0.4, d / 2 - 0.5, 0.0))
    rug = part(
        "rug", [shapes.box((2.4, 1.7, 0.008), (0, 0, 0.004))], look((0.35, 0.10, 0.09), rough=0.95, texture="fabric")
    )
    return [*parts, *placed([rug], "RugFactory_0", (x, y, 0.0))]


def dining_room() -> list[Part]:
    """A dining room, 6.0 x 5.0 x 2.7 m: oak floor, warm white walls."""
    floor = look((0.80, 0.62, 0.42), rough=0.45, texture="planks", texture_scale=[4.0, 4.0])
    return _dining((6.0, 5.0, 2.7), (0.6, -0.3), floor, look((0.80, 0.76, 0.68), rough=0.85))


def dining_room_stone() -> list[Part]:
    """A dining room, 7.0 x 5.6 x 2.9 m: stone floor, grey-green walls."""
    floor = look((0.85, 0.82, 0.78), rough=0.35, texture="marble", texture_scale=[5.0, 4.0])
    return _dining((7.0, 5.6, 2.9), (0.9, 0.4), floor, look((0.48, 0.56, 0.50), rough=0.85))


def dining_room_brick() -> list[Part]:
    """A dining room, 5.4 x 5.4 x 2.8 m: dark floor, brick walls."""
    floor = look((0.36, 0.26, 0.20), rough=0.5, texture="planks", texture_scale=[4.0, 4.0])
    walls = look((0.95, 0.90, 0.86), rough=0.9, texture="brick", texture_scale=[6.0, 3.0])
    return _dining((5.4, 5.4, 2.8), (0.5, -0.5), floor, walls)


def office() -> list[Part]:
    """An office, 12 x 9 x 3 m: six desks with chairs and monitors, cabinets, a plant, a whiteboard."""
    floor = look((0.40, 0.43, 0.47), rough=0.95, texture="fabric", texture_scale=[12.0, 9.0])
    parts = _shell((12.0, 9.0, 3.0), floor, look((0.80, 0.80, 0.78), rough=0.85), "office")
    for k, (x, y) in enumerate((x, y) for y in (-2.0, 2.2) for x in (-3.6, 0.0, 3.6)):
        parts += placed(furniture.desk(), f"SM_Desk_{k:02d}", (x, y, 0.0))
        parts += placed(furniture.office_chair(), f"SM_Armchair_{k:02d}", (x - 0.1, y - 0.85, 0.0), 180)
        parts += placed(tools.monitor(), f"SM_Monitor_{k:02d}", (x - 0.1, y + 0.15, 0.74))
    for k in range(4):
        parts += placed(furniture.cabinet(), f"SM_Cabinet_{k:02d}", (-5.0 + k * 1.0, 4.2, 0.0))
    parts += placed(outdoors.plant(), "SM_Plant_00", (5.3, 3.8, 0.0))
    return [*parts, *placed(equipment.whiteboard(), "SM_Board_00", (3.0, 4.40, 0.9))]


def hospital() -> list[Part]:
    """A ward, 14 x 9 x 3 m: six beds with side tables, cabinets along a wall."""
    floor = look((0.72, 0.78, 0.80), rough=0.35)
    parts = _shell((14.0, 9.0, 3.0), floor, look((0.78, 0.84, 0.84), rough=0.8), "hospital")
    for k, (x, s) in enumerate((x, s) for s in (-1, 1) for x in (-4.5, 0.0, 4.5)):
        parts += placed(furniture.bed(), f"SM_HospitalBed_{k:02d}", (x, s * 3.2, 0.0), 0 if s > 0 else 180)
        parts += placed(
            furniture.side_table(), f"SM_BedSideTable_{k:02d}", (x + 0.95, s * 4.0, 0.0), 0 if s > 0 else 180
        )
    for k in range(3):
        parts += placed(furniture.cabinet(), f"SM_SupplyCabinet_{k:02d}", (-6.7, -1.0 + k * 1.0, 0.0), 90)
    return parts


def full_warehouse() -> list[Part]:
    """A large warehouse, 60 x 50 x 9 m: rows of pallet racks along Y beside a wide aisle along X, y from -6 to 8."""
    walls = [shapes.box((60, 0.2, 9), (0, s * 25.1, 4.5)) for s in (-1, 1)]
    walls += [shapes.box((0.2, 50, 9), (s * 30.1, 0, 4.5)) for s in (-1, 1)]
    pillars = [shapes.box((0.4, 0.4, 9), (x, y, 4.5)) for x in (-24, -12, 0, 12, 24) for y in (-6.6, 8.6)]
    uprights, boards, loads, stripes = [], [], [], []
    for x in np.arange(-26.0, 26.1, 6.5):
        for low, high in ((-24.0, -8.0), (10.0, 24.0)):
            ends = np.linspace(low, high, 6)
            uprights += [shapes.box((0.1, 0.1, 5.0), (x + dx, float(y), 2.5)) for dx in (-0.55, 0.55) for y in ends]
            boards += [
                shapes.box((1.2, high - low, 0.1), (float(x), (low + high) / 2, z)) for z in (0.15, 1.8, 3.4, 4.9)
            ]
            loads += [
                shapes.box((1.0, 1.2, 0.9), (float(x), float(y) + 1.4, z + 0.5))
                for z in (0.15, 1.8, 3.4)
                for y in ends[:-1]
            ]
    stripes = [shapes.box((58, 0.12, 0.004), (0, y, 0.002)) for y in (-6.0, 8.0)]
    concrete = look((1.0, 1.0, 1.0), rough=0.6, texture="concrete", texture_scale=[20.0, 17.0])
    return [
        Part("SM_Floor", shapes.plane(60, 50), concrete),
        Part("SM_Wall", joined(walls), look((0.62, 0.64, 0.66), rough=0.8)),
        Part("SM_Pillar", joined(pillars), look((0.75, 0.60, 0.10), rough=0.6)),
        Part("SM_RackFrame", joined(uprights), look((0.05, 0.13, 0.36), rough=0.45)),
        Part("SM_RackShelf", joined(boards), look((0.80, 0.28, 0.04), rough=0.5)),
        Part("SM_RackPile", joined(loads), look((1.0, 1.0, 1.0), rough=0.85, texture="cardboard")),
        Part("SM_FloorDecal", joined(stripes), look((0.85, 0.62, 0.05), rough=0.6)),
    ]
