"""An example for every function, writer and annotator: YAML that records as it stands (the tests record each)."""

from __future__ import annotations

from collections.abc import Sequence

from rendersdg.annotators import OF_DEPTH_SENSORS, OF_LIDARS

_BOXES = 'boxes: {create.cube: {count: 3, semantics: [["class", "box"]]}}\n'
_FLOOR = "floor: {create.plane: {scale: [4, 4, 1]}}\n"
_FRAMES = "frames: {trigger.on_frame: {max_execs: 10}}\n"
_VIEW = (
    "eye: {create.camera: {position: [0, -3, 2], look_at: [0, 0, 0]}}\n"
    "view: {create.render_product: {camera: eye, resolution: [640, 480]}}\n"
)

_BEAMS = (
    "lidar: {create.omni_lidar: {position: [0, 0, 1.5], channels: 32, vertical_fov: [-25, 15], range_noise: 0.02}}\n"
    "view: {create.render_product: {camera: lidar, resolution: [1, 1]}}\n"
)
_DEPTH = _VIEW + "depth: {with.eye: {inspection.depth_sensor: {baseline: 0.055, noise_sigma: 0.1}}}\n"


def _change(call: str, target: str = "boxes") -> str:
    """Return the YAML of a call at each frame on the prims of a group."""
    return f"{_FRAMES}change:\n  with.frames:\n    with.{target}:\n      {call}\n"


EXAMPLES: dict[str, str] = {
    "create.cone": "cone: {create.cone: {position: [0, 0, 0.5], semantics: [[class, cone]]}}\n",
    "create.cube": "box: {create.cube: {position: [0, 0, 0.5], scale: [1, 2, 1], semantics: [[class, box]]}}\n",
    "create.cylinder": "can: {create.cylinder: {scale: [0.07, 0.07, 0.12], semantics: [[class, can]]}}\n",
    "create.sphere": "ball: {create.sphere: {scale: 0.2, count: 5, semantics: [[class, ball]]}}\n",
    "create.disk": "table: {create.disk: {scale: 2}}\n",
    "create.plane": "floor: {create.plane: {scale: [4, 4, 1], semantics: [[class, floor]]}}\n",
    "create.torus": "ring: {create.torus: {scale: 0.1, rotation: [0, 90, 0]}}\n",
    "create.xform": "rig: {create.xform: {position: [0, 0, 1]}}\nlamp: {create.sphere: {parent: rig}}\n",
    "create.mesh": (
        "roof:\n  create.mesh:\n    vertices: [[0, 0, 0], [1, 0, 0], [0, 1, 0]]\n    triangles: [[0, 1, 2]]\n"
    ),
    "create.camera": (
        "eye:\n  create.camera:\n    position: [0.5, -0.6, 0.7]\n    look_at: [0, 0, 0]\n    focal_length: 28\n"
        "    clipping_range: [0.01, 50]\n"
    ),
    "create.stereo_camera": "eyes: {create.stereo_camera: {stereo_baseline: 0.12, position: [0, -2, 1]}}\n",
    "create.omni_lidar": _BEAMS,
    "create.light": (
        "sky: {create.light: {light_type: dome, intensity: 600}}\n"
        "sun: {create.light: {light_type: distant, intensity: 2200, rotation: [25, -30, 0]}}\n"
    ),
    "create.from_usd": 'apple: {create.from_usd: {usd: "rendersdg:fruit/apple", semantics: [[class, apple]]}}\n',
    "create.from_dir": "parts: {create.from_dir: {dir_path: parts, semantics: [[class, part]]}}\n",
    "create.group": _BOXES + "ball: {create.sphere: {}}\nall: {create.group: {items: [boxes, ball]}}\n",
    "create.material_omnipbr": (
        "steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], metallic: 1, roughness: 0.3}}\n"
        "part: {create.cube: {material: steel}}\n"
    ),
    "create.render_product": _VIEW,
    "create.render_product_tiled": (
        "eyes: {create.camera: {count: 4, position: [0, -3, 2], look_at: [0, 0, 0]}}\n"
        "view: {create.render_product_tiled: {cameras: eyes, tile_resolution: [320, 240]}}\n"
    ),
    "create.projection_material": (
        "part: {create.cube: {}}\nproxy: {create.plane: {position: [0, 0, 2], scale: 0.3, visible: false}}\n"
        "sticker: {create.projection_material: {proxy_prim: proxy, input_prims: part}}\n"
    ),
    "distribution.uniform": _BOXES
    + _change("modify.pose: {position: {distribution.uniform: {lower: [-1, -1, 0], upper: [1, 1, 0]}}}"),
    "distribution.normal": _BOXES + _change("modify.pose: {scale: {distribution.normal: {mean: 1, std: 0.1}}}"),
    "distribution.log_uniform": _BOXES
    + _change("modify.pose: {scale: {distribution.log_uniform: {lower: 0.1, upper: 10}}}"),
    "distribution.choice": _BOXES
    + _change("randomizer.color: {colors: {distribution.choice: {choices: [[1, 0, 0], [0, 0, 1]]}}}"),
    "distribution.sequence": _BOXES
    + _change("modify.pose: {rotation_z: {distribution.sequence: {items: [0, 45, 90]}}}"),
    "distribution.combine": _BOXES
    + _change(
        "modify.pose:\n        position:\n          distribution.combine:\n            distributions: "
        "[{distribution.uniform: {lower: -1, upper: 1}}, 0, 0.5]"
    ),
    "get.prims": _BOXES + 'found: {get.prims: {semantics: [["class", "box"]]}}\n',
    "get.prim_at_path": _BOXES + "first: {get.prim_at_path: {path: /Replicator/Cube_Xform}}\n",
    "modify.semantics": _BOXES + _change("modify.semantics: {semantics: [[state, new]]}"),
    "modify.keypoints": _BOXES
    + _change("modify.keypoints: {points: {lid: [0, 0, 0.5], base: [0, 0, -0.5]}, skeleton: [[lid, base]]}"),
    "modify.pose": _BOXES
    + _change("modify.pose: {rotation: {distribution.uniform: {lower: [0, 0, -180], upper: [0, 0, 180]}}}"),
    "modify.pose_orbit": _VIEW
    + _change(
        "modify.pose_orbit:\n        barycentre: [0, 0, 0]\n"
        "        distance: {distribution.uniform: {lower: 2, upper: 3}}\n"
        "        azimuth: {distribution.uniform: {lower: 0, upper: 360}}\n        elevation: 40",
        "eye",
    ),
    "modify.pose_camera_relative": _BOXES
    + _VIEW
    + _change("modify.pose_camera_relative: {camera: eye, render_product: view, distance: 2}"),
    "modify.attribute": "lamp: {create.light: {light_type: sphere}}\n"
    + _change("modify.attribute: {name: intensity, value: {distribution.uniform: {lower: 500, upper: 5000}}}", "lamp"),
    "modify.visibility": _BOXES
    + _change("modify.visibility: {value: {distribution.choice: {choices: [true, false]}}}"),
    "modify.variant": _BOXES + _change("modify.variant: {name: colour, value: [red, blue]}"),
    "modify.material": "steel: {create.material_omnipbr: {metallic: 1}}\n"
    "paint: {create.material_omnipbr: {diffuse: [0.8, 0.1, 0.1]}}\n"
    + _BOXES
    + _change("modify.material: {value: [steel, paint]}"),
    "modify.animation": "person: {create.from_usd: {usd: person.usd}}\nclips: {get.skelanimation: {}}\n"
    + _change("modify.animation: {values: clips}", "person"),
    "modify.time": _FRAMES + "change: {with.frames: {modify.time: {value: 1.5}}}\n",
    "modify.frame": _FRAMES + "change: {with.frames: {modify.frame: {value: 24}}}\n",
    "modify.timeline": _FRAMES + "change: {with.frames: {modify.timeline: {value: 24, modify_type: frame}}}\n",
    "modify.projection_material": "part: {create.cube: {}}\n"
    "proxy: {create.plane: {position: [0, 0, 2], scale: 0.3, visible: false}}\n"
    "sticker: {create.projection_material: {proxy_prim: proxy, input_prims: part}}\n"
    + _change('modify.projection_material: {diffuse: "rendersdg:texture/planks"}', "sticker"),
    "randomizer.scatter_2d": _FLOOR
    + _BOXES
    + _change("randomizer.scatter_2d: {surface_prims: floor, check_for_collisions: true}"),
    "randomizer.scatter_3d": _BOXES + _change("randomizer.scatter_3d: {min_samp: [-1, -1, 0], max_samp: [1, 1, 1]}"),
    "randomizer.materials": "steel: {create.material_omnipbr: {metallic: 1}}\n"
    + _BOXES
    + _change("randomizer.materials: {materials: [steel]}"),
    "randomizer.instantiate": _FRAMES + "fruit:\n  with.frames:\n    randomizer.instantiate:\n      size: 5\n"
    '      paths: ["rendersdg:fruit/apple", "rendersdg:fruit/pear"]\n',
    "randomizer.rotation": _BOXES + _change("randomizer.rotation: {min_angle: [0, 0, -90], max_angle: [0, 0, 90]}"),
    "randomizer.texture": _BOXES
    + _change('randomizer.texture: {textures: ["rendersdg:texture/planks", "rendersdg:texture/marble"]}'),
    "randomizer.color": _BOXES + _change("randomizer.color: {colors: [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]]}"),
    "trigger.on_frame": _FRAMES,
    "trigger.on_time": "ticks: {trigger.on_time: {interval: 0.5, max_execs: 10}}\n",
    "trigger.on_time_end": "ticks: {trigger.on_time_end: {interval: 0.5, max_execs: 10}}\n",
    "trigger.on_custom_event": _BOXES
    + "shake: {trigger.on_custom_event: {event_name: shake}}\n"
    + "turn: {with.shake: {with.boxes: {randomizer.rotation: {}}}}\n"
    + _FRAMES
    + "send: {with.frames: {utils.send_og_event: {event_name: shake}}}\n",
    "trigger.on_condition": "# for scripts:\n# rep.trigger.on_condition(condition=lambda: box_is_down())\n",
    "settings.carb_settings": "brighter: {settings.carb_settings: {setting: /rendersdg/exposure, value: 1}}\n",
    "settings.defect_labels": "labels: {settings.defect_labels: {least_contrast: 5}}\n",
    "settings.render_quality": "light: {settings.render_quality: {quality: balanced}}\n",
    "settings.set_render_pathtraced": "paths: {settings.set_render_pathtraced: {samples_per_pixel: 64}}\n",
    "settings.set_render_rtx_realtime": "fast: {settings.set_render_rtx_realtime: {}}\n",
    "settings.set_stage_meters_per_unit": "unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}\n",
    "settings.set_stage_up_axis": "up: {settings.set_stage_up_axis: {up_axis: Z}}\n",
    "settings.set_physx_timestep": "step: {settings.set_physx_timestep: {timestep: 0.01}}\n",
    "utils.get_usd_files": "parts: {utils.get_usd_files: {path: parts}}\n",
    "utils.send_og_event": _FRAMES + "send: {with.frames: {utils.send_og_event: {event_name: shake}}}\n",
    "writers.get": _VIEW
    + "save:\n  writers.get:\n    name: CocoWriter\n    init_params: {output_dir: coco}\n    render_products: view\n",
    "writers.attach": _VIEW + "coco: {writers.get: {name: CocoWriter}}\nsave: {coco.attach: {render_products: view}}\n",
    "inspection.sensor": _VIEW + "sensor: {with.eye: {inspection.sensor: {read_noise: 6, bits: 8, mono: true}}}\n",
    "inspection.depth_sensor": _DEPTH,
    "inspection.lens": _VIEW + "lens: {with.eye: {inspection.lens: {k1: -0.2, k2: 0.05}}}\n",
    "physics.collider": _FLOOR + "ground: {with.floor: {physics.collider: {}}}\n",
    "physics.rigid_body": _BOXES + "fall: {with.boxes: {physics.rigid_body: {velocity: [0, 0, -1]}}}\n",
    "physics.physics_material": _BOXES
    + "rub: {with.boxes: {physics.physics_material: {dynamic_friction: 0.4, restitution: 0.2}}}\n",
    "physics.mass": _BOXES + "heavy: {with.boxes: {physics.mass: {mass: 2}}}\n",
    "physics.drive_properties": _BOXES + "drive: {with.boxes: {physics.drive_properties: {stiffness: 10}}}\n",
}
_PARAMETERS = {  # of a writer's example
    "BasicWriter": "rgb: true, bounding_box_2d_tight: true, distance_to_camera: true",
    "CocoWriter": "segmentation: polygon",
    "YoloWriter": "task: segment, classes: [apple, pear]",
    "KittiWriter": "mode: full",
    "PoseWriter": "format: dope",
    "DefectWriter": "tolerance_mm: 2",
    "AnnotatorWriter": "annotators: [rgb, normals]",
    "DataVisualizationWriter": "bounding_box_2d_tight: true",
    "YCBVideoWriter": "rgb: true, class_name_to_index_map: {apple: 1, pear: 2}",
}


def example_of(name: str, arguments: Sequence[str]) -> str:
    """Return an example for a function, a writer (by its name), or ``annotator NAME``; "" for what nothing is known of.

    >>> print(example_of("trigger.on_frame", []), end="")
    frames: {trigger.on_frame: {max_execs: 10}}
    """
    if name in EXAMPLES:
        return EXAMPLES[name]
    module, _, function = name.partition(".")
    if name.startswith("annotator "):
        annotator = name.partition(" ")[2]
        view = _BEAMS if annotator in OF_LIDARS else _DEPTH if annotator in OF_DEPTH_SENSORS else _VIEW
        return _writing("AnnotatorWriter", f"annotators: [{annotator}]", view)
    if module == "get" and function:
        return _BOXES + f"found: {{{name}: {{}}}}\n"
    if module == "inspection":
        return f"{function}: {{{name}: {{}}}}\n"
    if module == "defects":
        first = next((a for a in arguments[1:] if a in ("length", "diameter", "gap", "bite", "crumb")), "")
        own = f"{{count: 2{f', {first}: 4' if first else ''}}}"
        return _BOXES + _change(f"{name}: {own}")
    if module == "surfaces":
        return _BOXES + _change(f"{name}: {{}}")
    if not function:
        return _writing(name, _PARAMETERS.get(name, ""), _BEAMS if name == "LidarWriter" else _VIEW)
    return ""


def _writing(writer: str, parameters: str, view: str) -> str:
    inside = ", ".join(p for p in ("output_dir: data", parameters) if p)
    return (
        view + f"save:\n  writers.get:\n    name: {writer}\n    init_params: {{{inside}}}\n    render_products: view\n"
    )
