"""The catalogue: each thing is as large as in reality, stands on z = 0, is closed, and has more than one colour."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rendersdg.assets.catalogue import CATALOGUE, ROOMS
from rendersdg.assets.library import LAMPS, LIBRARY
from rendersdg.assets.resolver import own_label
from tests.assets.loading import bounds
from tests.conftest import Opener

REAL = {  # width along X, depth along Y and height of the real thing, metres; None where it may be anything
    "people/person": (None, None, 1.70),
    "people/worker": (None, None, 1.75),
    "furniture/table": (1.40, 0.80, 0.75),
    "furniture/side_table": (0.50, 0.45, 0.55),
    "furniture/workbench": (1.60, 0.70, 1.55),
    "furniture/desk": (1.60, 0.80, 0.73),
    "furniture/chair": (0.45, 0.50, 0.90),
    "furniture/office_chair": (0.65, 0.65, 1.05),
    "furniture/stool": (0.40, 0.40, 0.47),
    "furniture/sofa": (2.00, 0.90, 0.85),
    "furniture/armchair": (0.90, 0.90, 0.95),
    "furniture/bed": (1.00, 2.10, 0.95),
    "furniture/cabinet": (0.90, 0.45, 1.80),
    "furniture/lamp": (0.45, 0.45, 1.60),
    "vehicle/car": (4.30, 1.80, 1.45),
    "vehicle/truck": (7.50, 2.50, 3.40),
    "vehicle/bus": (11.0, 2.55, 3.10),
    "building/house": (9.0, 8.0, 6.5),
    "building/office": (16.0, 12.0, 20.0),
    "nature/plant": (0.80, 0.80, 0.90),
    "nature/tree": (3.3, 3.3, 5.0),
    "nature/bush": (1.20, 1.00, 0.90),
    "equipment/trash_can": (0.42, 0.42, 0.70),
    "equipment/waste_container": (0.58, 0.73, 1.06),
    "equipment/bucket": (0.32, 0.32, 0.38),
    "equipment/wet_floor_sign": (0.30, 0.40, 0.62),
    "equipment/push_cart": (0.95, 0.60, 0.95),
    "equipment/shelf_cart": (0.90, 0.50, 0.95),
    "equipment/ladder": (0.50, 1.05, 1.80),
    "equipment/tote": (0.60, 0.40, 0.30),
    "equipment/conveyor": (2.00, 0.70, 0.85),
    "equipment/fire_extinguisher": (0.20, 0.20, 0.60),
    "equipment/turntable": (0.42, 0.42, 0.09),
    "equipment/parts_bin": (0.10, 0.16, 0.08),
    "equipment/toolbox": (0.42, 0.20, 0.22),
    "equipment/first_aid_kit": (0.32, 0.12, 0.25),
    "equipment/wheelchair": (0.65, 1.0, 0.92),
    "equipment/mirror": (0.60, 0.04, 0.90),
    "equipment/washbasin": (0.55, 0.48, 0.95),
    "equipment/water_cooler": (0.32, 0.34, 1.30),
    "equipment/mop": (0.42, 0.60, 1.25),
    "tool/hammer": (0.32, 0.12, 0.035),
    "tool/screwdriver": (0.22, 0.03, 0.03),
    "tool/wrench": (0.20, 0.045, 0.009),
    "tool/drill": (0.24, 0.07, 0.22),
    "electronics/monitor": (0.60, 0.20, 0.48),
    "electronics/television": (1.20, 0.26, 0.75),
    "electronics/laptop": (0.34, 0.33, 0.23),
    "office/books": (0.24, 0.17, 0.14),
    "toy/ball": (0.22, 0.22, 0.22),
    "office/briefcase": (0.44, 0.113, 0.36),
    "office/whiteboard": (1.50, 0.06, 1.0),
    "equipment/towel_dispenser": (0.30, 0.125, 0.40),
    "grocery/cracker_box": (0.158, 0.060, 0.210),  # from here: Calli et al. (2015), where it is an object of YCB
    "grocery/sugar_box": (0.089, 0.038, 0.175),
    "grocery/pudding_box": (0.110, 0.035, 0.089),
    "grocery/gelatin_box": (0.085, 0.028, 0.073),
    "grocery/potted_meat_can": (0.097, 0.050, 0.082),
    "grocery/coffee_can": (0.102, 0.102, 0.139),
    "grocery/tuna_can": (0.085, 0.085, 0.033),
    "grocery/mustard_bottle": (0.095, 0.058, 0.190),
    "grocery/cleanser_bottle": (0.098, 0.065, 0.250),
    "grocery/pitcher": (0.155, 0.108, 0.235),
    "grocery/wood_block": (0.085, 0.085, 0.200),
    "grocery/foam_brick": (0.078, 0.053, 0.051),
    "grocery/marker": (0.121, 0.018, 0.018),
    "grocery/scissors": (0.200, 0.087, 0.010),
    "grocery/clamp": (0.125, 0.085, 0.027),
    "grocery/tin_peas": (0.076, 0.076, 0.110),
    "grocery/tin_corn": (0.088, 0.088, 0.085),
    "grocery/tin_beans": (0.076, 0.076, 0.110),
    "grocery/tin_dented": (0.076, 0.076, 0.110),
    "grocery/tin_tomato": (0.088, 0.088, 0.120),
    "grocery/drink_cola": (0.066, 0.066, 0.115),
    "grocery/drink_lemon": (0.066, 0.066, 0.115),
    "grocery/drink_seltzer": (0.066, 0.066, 0.115),
    "machined/flange": (0.18, 0.18, 0.07),
    "machined/bearing": (0.047, 0.047, 0.014),  # DIN 625: 6204
    "machined/shaft": (0.16, 0.03, 0.03),
    "machined/screw": (0.016, 0.016, 0.0303),  # ISO 4017 and ISO 7089, M8
    "tableware/bowl": (0.159, 0.159, 0.055),
    "tableware/plate": (0.260, 0.260, 0.025),
    "vegetable/bell_pepper": (0.080, 0.080, 0.103),
    "vegetable/carrot": (0.22, 0.042, 0.034),
    "vegetable/potato": (0.105, 0.07, 0.06),
    "robot/arm": (None, None, 1.0),
    "robot/mobile_robot": (0.72, 0.52, 0.43),
    "robot/drone": (0.55, 0.55, 0.18),
}


def test_every_thing_of_the_catalogue_has_its_real_size_here() -> None:
    assert set(REAL) == set(CATALOGUE)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_thing_is_as_large_as_in_reality_and_stands_on_the_ground(name: str) -> None:
    points = np.concatenate([part.shape.vertices for part in CATALOGUE[name]()])

    assert abs(points[:, 2].min()) < 1e-3
    for size, real in zip(np.ptp(points, axis=0), REAL[name], strict=True):
        assert real is None or 0.8 * real < size < 1.2 * real


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_thing_has_colours_that_tell_its_parts_apart(name: str) -> None:
    colours = {
        tuple(part.look.get("diffuse_color_constant", part.look.get("diffuse_tint", ()))) for part in CATALOGUE[name]()
    }

    assert len(colours) > 1


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_parts_are_closed_and_look_outwards(name: str) -> None:
    for part in CATALOGUE[name]():
        shape = part.shape
        corners = shape.vertices[shape.triangles]
        faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        volume = np.einsum("ij,ij->", corners[:, 0], faces) / 6
        along = np.einsum("ij,ij->i", faces, shape.normals[shape.triangles].sum(1))
        _, same = np.unique(np.round(shape.vertices, 6), axis=0, return_inverse=True)
        places = same.ravel()[shape.triangles]
        edges = Counter(
            (int(a), int(b)) for i in range(3) for a, b in zip(places[:, i], places[:, (i + 1) % 3]) if a != b
        )

        assert all(edges[b, a] == count for (a, b), count in edges.items()), part.name
        assert volume > 0, part.name
        assert (along < 0).mean() < 0.01, part.name  # at a leaf's edge a smooth normal may look past its triangle


@pytest.mark.parametrize("name", ["people/person", "furniture/table", "vehicle/car", "robot/drone"])
def test_a_thing_placed_without_labels_is_of_the_class_of_its_name(open_scene: Opener, name: str) -> None:
    shot = open_scene(f'thing: {{create.from_usd: {{usd: "rendersdg:{name}"}}}}\n', backend="null").snapshot(0)

    assert [entity.semantics for entity in shot.entities] == [own_label(f"rendersdg:{name}")]
    assert own_label(f"rendersdg:{name}") == (("class", name.rsplit("/", 1)[1]),)
    assert np.ptp(bounds(shot), axis=0)[2] == pytest.approx(REAL[name][2], rel=0.2)


FLOORS = {  # width along X, depth along Y: metres
    "environment/dining_room": (6.0, 5.0),
    "environment/dining_room_brick": (5.4, 5.4),
    "environment/dining_room_stone": (7.0, 5.6),
    "environment/full_warehouse": (60.0, 50.0),
    "environment/hospital": (14.0, 9.0),
    "environment/office": (12.0, 9.0),
}


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_a_room_has_a_floor_walls_and_lamps_inside_and_its_things_stand_on_the_floor(name: str) -> None:
    parts = {(part.group, part.name): part for part in ROOMS[name]()}
    (floor,) = (part for (_, own), part in parts.items() if own.lower().endswith("floor"))
    low = min(float(part.shape.vertices[:, 2].min()) + part.at[2] for part in parts.values())

    assert len(parts) == len(ROOMS[name]())
    assert tuple(np.ptp(floor.shape.vertices, axis=0)) == pytest.approx((*FLOORS[name], 0.0))
    assert abs(low) < 1e-3
    for part in parts.values():
        if any(part.at):
            reach = np.abs(part.shape.vertices[:, :2] + part.at[:2]).max(0)
            assert (reach < np.array(FLOORS[name]) / 2).all(), part.group
    assert all((np.abs(lamp.at[:2]) < np.array(FLOORS[name]) / 2).all() for lamp in LAMPS[name])


def test_the_table_of_a_dining_room_is_a_prim_that_stands_where_the_table_does(open_scene: Opener) -> None:
    path = "/Isaac/Samples/Replicator/Infinigen/dining_rooms/dining_room_1.usd"
    shot = open_scene(f'room: {{create.from_usd: {{usd: "omniverse://host{path}"}}}}\n')
    stage = shot.recorder.stage
    (table,) = (p for p in stage.Traverse() if p.GetName().startswith("TableDining"))

    assert table.GetTypeName() == "Xform"
    assert tuple(table.GetAttribute("xformOp:translate").Get()) == (0.6, -0.3, 0.0)
    assert {p.GetName() for p in stage.Traverse() if "_ceiling" in str(p.GetPath())} == {
        "dining_room_0_0_ceiling",
        "ceiling",
    }


def test_the_crate_of_marbles_opens_along_x_and_is_long_along_z() -> None:
    points = np.concatenate([part.shape.vertices for part in LIBRARY["warehouse/crate_about_its_centre"]()])
    size = np.ptp(points, axis=0)
    rim, floor = (np.abs(points[points[:, 0] * side > 0.09, 1]) for side in (1, -1))

    assert tuple(size) == pytest.approx((0.22, 0.40, 0.60))
    assert points.min(0) == pytest.approx(-points.max(0))
    assert rim.min() > 0.15 and floor.min() < 0.05  # slats cross the floor, and nothing the opening
