"""What ``rendersdg help`` tells beside functions and writers: a topic's heading and a few plain paragraphs."""

from __future__ import annotations

TOPICS: dict[str, tuple[str, str]] = {
    "scene": (
        "What a scene file is made of",
        """\
A scene is a YAML file of groups. A group has a name of yours and one call below it:

    box: {create.cube: {scale: 0.2, semantics: [[class, box]]}}

Groups are read from top to bottom. The name of a group stands for what it made, wherever an argument takes that. An
argument may be a distribution (rendersdg help distribution); it is drawn anew for each prim and each firing.

with.GROUP holds calls that act on the prims of a group, or that run when a trigger fires. They can stand inside each
other:

    frames: {trigger.on_frame: {max_execs: 100}}
    change:
      with.frames:
        with.box:
          modify.pose: {rotation_z: {distribution.uniform: {lower: 0, upper: 360}}}

inherit: GROUP takes over the call of an earlier group, and profiles: [FILE] the groups of other files. A function of
your own is registered by randomizer.register. A scene needs a camera, a create.render_product of it, and a writer.""",
    ),
    "units": (
        "Lengths, angles, light and time",
        """\
Lengths and positions are in stage units. A stage unit is 0.01 m and Y is up, as in Omniverse, unless the scene says
otherwise before its first prim:

    unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
    up: {settings.set_stage_up_axis: {up_axis: Z}}

Angles are degrees. Focal lengths and apertures are tenths of a stage unit, so they read as millimetres on a stage in
centimetres. Defects and surfaces are in millimetres, whatever the stage's unit is. The intensity of a light is nits,
lux for distant ones. Time is seconds. What annotators give is in metres and pixels; boxes in space are in stage
units.""",
    ),
    "semantics": (
        "Labels",
        """\
semantics: [[class, apple], [state, ripe]] gives a prim labels, each with a type. Writers write labels of the type
class; semantic_types: [class, state] makes them write others, and semantic_filter_predicate picks labels
("class:!floor"). A prim without a label is seen and is no object. Labels go on to what is below a prim.""",
    ),
    "frames": (
        "How many frames there are, and their random values",
        """\
A trigger's max_execs says how many frames a scene has; rendersdg render --frames N takes fewer, or more of a trigger
without end. A frame is a function of the scene, the seed and its number: any frame is made again, in any order, by any
number of workers. --seed N makes other frames of the same scene.""",
    ),
    "assets": (
        "Where things come from",
        """\
create.from_usd takes a path from the scene's folder (USD, glTF, OBJ, STL, PLY, Collada), a procedural asset
(rendersdg:fruit/apple; rendersdg list assets shows them), or a path of Omniverse's libraries. --assets PREFIX=FOLDER
says where a library lies; without it a stand-in of plausible shape is taken, and reported. --strict refuses stand-ins.
rendersdg inspect FILE says what is in an asset.""",
    ),
    "exit-codes": (
        "Exit codes",
        """\
0 done, 2 bad scene or argument, 3 asset, 4 output or dataset, 5 not supported, 6 rendering failed, 7 training failed
or beyond a gate, 70 a fault of rendersdg's own, 130 interrupted.""",
    ),
}
MODULES: dict[str, str] = {  # of functions, in the order of a scene
    "settings": "the stage's unit and up axis, and the renderer",
    "create": "prims, cameras, lights, materials and views",
    "get": "prims that are there already",
    "distribution": "what a random value may be",
    "trigger": "when things happen",
    "modify": "what is set on prims",
    "randomizer": "what is drawn: places, looks, assets",
    "physics": "what falls, and on what",
    "inspection": "the lights and the sensor of a test bench",
    "surfaces": "procedural surfaces",
    "defects": "defects of surfaces",
    "utils": "files and events",
    "writers": "what is written",
}
