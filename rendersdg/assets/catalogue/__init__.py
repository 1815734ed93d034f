"""The catalogue: procedural assets that stand in for what public libraries hold, one file per kind of thing."""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.assets.catalogue import equipment, furniture, outdoors, people, robots, tools, vehicles
from rendersdg.assets.parts import Part

CATALOGUE: dict[str, Callable[[], list[Part]]] = {
    "people/person": people.person,
    "people/worker": people.worker,
    "furniture/table": furniture.table,
    "furniture/side_table": furniture.side_table,
    "furniture/desk": furniture.desk,
    "furniture/chair": furniture.chair,
    "furniture/office_chair": furniture.office_chair,
    "furniture/stool": furniture.stool,
    "furniture/sofa": furniture.sofa,
    "furniture/armchair": furniture.armchair,
    "furniture/bed": furniture.bed,
    "furniture/cabinet": furniture.cabinet,
    "furniture/lamp": furniture.lamp,
    "vehicle/car": vehicles.car,
    "vehicle/truck": vehicles.truck,
    "vehicle/bus": vehicles.bus,
    "building/house": outdoors.house,
    "building/office": outdoors.building,
    "nature/plant": outdoors.plant,
    "nature/tree": outdoors.tree,
    "nature/bush": outdoors.bush,
    "equipment/trash_can": equipment.trash_can,
    "equipment/waste_container": equipment.waste_container,
    "equipment/bucket": equipment.bucket,
    "equipment/wet_floor_sign": equipment.wet_floor_sign,
    "equipment/push_cart": equipment.push_cart,
    "equipment/shelf_cart": equipment.shelf_cart,
    "equipment/ladder": equipment.ladder,
    "equipment/tote": equipment.tote,
    "equipment/conveyor": equipment.conveyor,
    "equipment/fire_extinguisher": equipment.fire_extinguisher,
    "equipment/first_aid_kit": tools.first_aid_kit,
    "tool/hammer": tools.hammer,
    "tool/screwdriver": tools.screwdriver,
    "tool/wrench": tools.wrench,
    "tool/drill": tools.drill,
    "electronics/monitor": tools.monitor,
    "electronics/television": tools.television,
    "electronics/laptop": tools.laptop,
    "office/books": tools.books,
    "toy/ball": tools.ball,
    "robot/arm": robots.robot_arm,
    "robot/mobile_robot": robots.mobile_robot,
    "robot/drone": robots.drone,
}
