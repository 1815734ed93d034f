"""Which procedural asset stands in for a library path: by the words of its file name, then of its folders."""

from __future__ import annotations

import re
from itertools import pairwise

NOTHING_NAMED = "household/block"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SERVER = re.compile(r"^[a-z0-9]+://[^/]*/", re.IGNORECASE)
_ENDING = re.compile(r"\.(usd[acz]?|glb|gltf|obj|fbx|stl|dae)$", re.IGNORECASE)

_NAMES = {  # stand-in -> words and phrases of two words that mean it, in the singular
    "fruit/apple": "apple, fruit, food, peach, plum",
    "fruit/orange": "orange, mandarin, grapefruit",
    "fruit/lemon": "lemon",
    "fruit/lime": "lime",
    "fruit/pear": "pear, pineapple",
    "fruit/banana": "banana",
    "fruit/avocado": "avocado",
    "fruit/kiwi": "kiwi",
    "fruit/onion": "onion",
    "fruit/tomato": "tomato, pomegranate",
    "fruit/strawberry": "strawberry, lychee",
    "warehouse/crate_about_its_centre": "room crate",
    "warehouse/crate": "crate, klt, klt bin, container",
    "warehouse/pallet": "pallet, palette",
    "warehouse/pallet_jack": "palletjack, pallet jack, pallettruck, pallet truck, hand truck",
    "warehouse/forklift": "forklift, fork lift, forklift truck",
    "warehouse/carton": "box, carton, cardbox, cardboard, cardboardbox, parcel, package, toolbox",
    "grocery/cracker_box": "cracker box, cracker",
    "grocery/sugar_box": "sugar box, sugar",
    "grocery/pudding_box": "pudding box, pudding",
    "grocery/gelatin_box": "gelatin box, gelatin",
    "grocery/potted_meat_can": "meat can, potted meat, meat",
    "grocery/coffee_can": "chef can, coffee can, coffee",
    "grocery/tuna_can": "fish can, tuna can, tuna fish, tuna",
    "grocery/mustard_bottle": "mustard bottle, mustard",
    "grocery/cleanser_bottle": "bleach cleanser, bleach, cleanser",
    "grocery/pitcher": "pitcher, pitcher base, jug",
    "grocery/wood_block": "wood block",
    "grocery/foam_brick": "foam brick, brick",
    "grocery/marker": "marker, pen, pencil",
    "grocery/scissors": "scissors, scissor",
    "grocery/clamp": "clamp",
    "tableware/bowl": "bowl",
    "tableware/plate": "plate, dish, saucer, tableware",
    "vegetable/bell_pepper": "bell pepper, pepper, paprika",
    "vegetable/carrot": "carrot, vegetable",
    "vegetable/potato": "potato",
    "office/whiteboard": "board, whiteboard, blackboard",
    "office/briefcase": "briefcase, suitcase",
    "equipment/towel_dispenser": "towel dispenser, toweldispenser, dispenser",
    "warehouse/traffic_cone": "cone, traffic, trafficcone, safetycone",
    "warehouse/barrel": "barrel, barel, drum",
    "warehouse/shelf": "shelf, shelving, rack, racking, bookshelf, bookcase",
    "warehouse/riser": "riser",
    "household/can": "can, soup",
    "grocery/drink_cola": "soda can, drink can, beverage can, cola, soda",
    "household/bottle": "bottle",
    "household/mug": "mug, cup, teacup",
    "household/block": "toy block",
    "hardware/bolt": "bolt, screw",
    "hardware/nut": "nut",
    "hardware/washer": "washer",
    "hardware/ball_screw": "ball screw, ballscrew",
    "hardware/gear": "gear, cogwheel",
    "machined/flange": "flange",
    "machined/bearing": "bearing, ball bearing",
    "machined/shaft": "shaft",
    "people/person": "person, people, human, man, woman, male, female, boy, girl, child, character, pedestrian, "
    "biped, businessman, businesswoman, doctor, nurse, patient, avatar, mannequin",
    "people/worker": "worker",
    "furniture/table": "table, furniture, conference, workbench, worktable, arbeitstisch, tisch, bench",
    "furniture/side_table": "side table, sidetable, bedside table, bedside, nightstand, night stand, coffee table",
    "furniture/desk": "desk, schreibtisch",
    "furniture/chair": "chair, stuhl, seat",
    "furniture/office_chair": "office chair, officechair, desk chair",
    "furniture/stool": "stool, barstool, bar stool",
    "furniture/sofa": "sofa, couch",
    "furniture/armchair": "armchair, arm chair, recliner",
    "furniture/bed": "bed, gurney, hospital bed, stretcher",
    "furniture/cabinet": "cabinet, cupboard, wardrobe, closet, locker, fridge, refrigerator, dresser, drawer",
    "furniture/lamp": "lamp, floorlamp, lantern",
    "vehicle/car": "car, vehicle, automobile, sedan, suv, taxi, hatchback",
    "vehicle/truck": "truck, lorry, van",
    "vehicle/bus": "bus, coach",
    "building/house": "house, cottage, villa, hut",
    "building/office": "building, skyscraper, tower, apartment",
    "nature/plant": "plant, flower, pot plant, potted plant, agave, fern, succulent, cactus, flowerpot",
    "nature/tree": "tree, oak, pine, birch, maple, spruce, palm",
    "nature/bush": "bush, shrub, hedge, vegetation, boxwood",
    "equipment/trash_can": "bin, trash, trashcan, trash can, trash bin, garbage, garbage can, dustbin, waste bin, "
    "wastebasket, basket, disposal",
    "equipment/waste_container": "dumpster, waste container, wheelie bin",
    "equipment/bucket": "bucket, pail",
    "equipment/wet_floor_sign": "wetfloorsign, wet floor, floor sign, caution sign, wetfloor",
    "equipment/push_cart": "cart, pushcart, push cart, trolley, dolly",
    "equipment/shelf_cart": "supply cart, medical cart, gas cart, utility cart, service cart, tool cart",
    "equipment/ladder": "ladder, stepladder",
    "equipment/turntable": "turntable, turn table",
    "equipment/tote": "tote, plastic box",
    "equipment/conveyor": "conveyor, conveyor belt, conveyorbelt",
    "equipment/fire_extinguisher": "extinguisher, fireextinguisher",
    "equipment/first_aid_kit": "first aid, firstaidkit, aid kit, medical bag, medicalbag, medical box, medicalbox",
    "equipment/wheelchair": "wheelchair, wheel chair",
    "equipment/mirror": "mirror",
    "equipment/washbasin": "washbasin, wash basin, sink",
    "equipment/water_cooler": "watercooler, water cooler, water dispenser",
    "equipment/mop": "mop, mop set, mop bucket",
    "tool/hammer": "hammer, mallet",
    "tool/screwdriver": "screwdriver, screw driver",
    "tool/wrench": "wrench, spanner, tool",
    "tool/drill": "drill, power drill",
    "electronics/monitor": "monitor, screen, display, computer, electronics",
    "electronics/television": "tv, television",
    "electronics/laptop": "laptop, notebook",
    "office/books": "book, books set",
    "toy/ball": "ball, soccer ball, football",
    "robot/arm": "arm, robot arm, manipulator, franka, panda, kuka, ur",
    "robot/mobile_robot": "robot, carter, nova carter, jetbot, turtlebot, amr, jackal, transporter",
    "robot/drone": "drone, quadcopter, quadrotor, uav, crazyflie",
    "environment/ground": "default environment, grid, gridroom, ground, outdoor, street",
    "environment/warehouse": "warehouse, ware house, warehouse multiple, warehouse with",
    "environment/full_warehouse": "full warehouse",
    "environment/office": "office",
    "environment/hospital": "hospital",
    "environment/dining_room": "dining room, infinigen",
    "environment/dining_room_brick": "room brick",
    "environment/dining_room_stone": "room stone",
    "environment/room": "hall, interior, environment, room, scene",
}
_MEANING = {text.strip(): name for name, texts in _NAMES.items() for text in texts.split(",")}
_PROJECTS = {"gear generator"}  # names of projects that say nothing of what lies in their folders


def words_of(part: str) -> list[str]:
    """Return the words of a file name or a folder, in lower case.

    >>> words_of("SM_PalletTruck_A01")
    ['sm', 'pallet', 'truck', 'a']
    """
    return [word.lower() for word in _WORD.findall(part)]


def words_that_mean(name: str) -> tuple[str, ...]:
    """Return the words and phrases by which a stand-in is found."""
    return tuple(text for text, meant in _MEANING.items() if meant == name)


def _singular(word: str) -> str:
    """Return a word of the table for a word in the plural, the word itself where there is none."""
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        stem = word[: -len(ending)] + instead
        if word not in _MEANING and word.endswith(ending) and stem in _MEANING:
            return stem
    return word


def _meaning(part: str) -> str | None:
    """Return the stand-in that a file name or folder means: phrases before words, the last one of each."""
    words = [_singular(word) for word in words_of(part)]
    phrases = [f"{first} {second}" for first, second in pairwise(words)]
    return next((_MEANING[text] for text in (*reversed(phrases), *reversed(words)) if text in _MEANING), None)


def stand_in_for(path: str) -> str:
    """Return the name of the procedural asset nearest to a library path: by its file name, then by its folders from
    the innermost outwards. Of several words the last is the thing, those before it say of what kind it is.

    What lies in a folder of props is not an environment, whatever the folders above are called. A path that names
    nothing known gives ``NOTHING_NAMED``.

    >>> stand_in_for("omniverse://server/Isaac/Props/YCB/Axis_Aligned/005_tomato_soup_can.usd")
    'household/can'
    """
    plain = _ENDING.sub("", _SERVER.sub("", path).rstrip("/"))
    parts = plain.split("/")[::-1]
    lower = f"/{path.lower().rstrip('/')}/"
    has_props = "/props/" in lower
    has_scenes = "environment" in lower or "scene" in lower
    for depth, part in enumerate(parts):
        if depth and " ".join(words_of(part)) in _PROJECTS:
            continue
        name = _meaning(part)
        if name is None or (name.startswith("environment/") and (has_props or (depth and not has_scenes))):
            continue
        return name
    return NOTHING_NAMED
