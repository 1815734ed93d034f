"""Every recording function with every bad value for each of its arguments: what comes of each.

``python -m tests.fuzz.operations [PART/PARTS] > table.txt`` runs all of them (25,000) and prints a line
each; the tests run a sample.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

import numpy as np

from rendersdg.errors import BadArgument, RenderSDGError, Unforeseen
from rendersdg.orchestrator.session import Session
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.recorder import recording
from rendersdg.scene.types import checked_arguments, taken_by
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser
from rendersdg.yaml_values import Block

BASE = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5]}}
ball: {create.sphere: {scale: 0.5, semantics: [["class", "ball"]]}}
box: {create.cube: {position: [0, 2, 0], semantics: [["class", "box"]]}}
eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [16, 12]}}
sun: {create.light: {intensity: 100}}
frames: {trigger.on_frame: {max_execs: 2}}
"""
NEEDED: Mapping[str, Mapping[str, object]] = {  # what each function cannot do without
    "create.from_dir": {"dir_path": "rendersdg:fruit"},
    "create.from_usd": {"usd": "rendersdg:fruit/apple"},
    "create.group": {"items": ["ball", "box"]},
    "create.mesh": {"vertices": [[0, 0, 0], [1, 0, 0], [0, 1, 0]], "triangles": [[0, 1, 2]]},
    "create.projection_material": {"proxy_prim": "ball"},
    "create.render_product": {"camera": "eye", "resolution": [16, 12]},
    "create.render_product_tiled": {"cameras": "eye", "tile_resolution": [16, 12]},
    "create.stereo_camera": {"stereo_baseline": 0.1},
    "distribution.choice": {"choices": [1, 2]},
    "distribution.combine": {"distributions": [1, 2, 3]},
    "distribution.log_uniform": {"lower": 1, "upper": 2},
    "distribution.normal": {"mean": 1, "std": 2},
    "distribution.sequence": {"items": [1, 2]},
    "distribution.uniform": {"lower": 1, "upper": 2},
    "get.prim_at_path": {"path": "ball"},
    "modify.animation": {"values": "ball"},
    "modify.attribute": {"name": "size", "value": 1.0},
    "modify.frame": {"value": 1},
    "modify.keypoints": {"points": {"top": [0, 0, 0.5]}},
    "modify.material": {"value": "steel"},
    "modify.pose": {"position": [1, 2, 3]},
    "modify.pose_camera_relative": {"camera": "eye", "render_product": "view", "distance": 2},
    "modify.pose_orbit": {"barycentre": [0, 0, 0], "distance": 2, "azimuth": 10, "elevation": 20},
    "modify.projection_material": {"position": [0, 0, 0]},
    "modify.semantics": {"semantics": [["class", "thing"]]},
    "modify.time": {"value": 1},
    "modify.timeline": {"value": 1},
    "modify.variant": {"name": "v", "value": "a"},
    "randomizer.color": {"colors": [[1, 0, 0]]},
    "randomizer.instantiate": {"paths": ["rendersdg:fruit/apple"], "size": 2},
    "randomizer.materials": {"materials": ["steel"]},
    "randomizer.scatter_2d": {"surface_prims": "box"},
    "randomizer.scatter_3d": {"volume_prims": "box"},
    "randomizer.texture": {"textures": ["rendersdg:texture/wood"]},
    "settings.carb_settings": {"setting": "/rendersdg/exposure", "value": 1},
    "settings.set_physx_timestep": {"timestep": 0.1},
    "settings.set_stage_meters_per_unit": {"meters_per_unit": 1},
    "settings.set_stage_up_axis": {"up_axis": "Z"},
    "trigger.on_custom_event": {"event_name": "e"},
    "utils.get_usd_files": {"path": "rendersdg:fruit"},
    "utils.send_og_event": {"event_name": "e"},
    "writers.get": {"name": "BasicWriter", "init_params": {"rgb": True}, "render_products": "view"},
}
BAD: Mapping[str, object] = {
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "-1": -1,
    "0": 0,
    "0.5": 0.5,
    "1e30": 1e30,
    "10^12": 10**12,
    "'false'": "false",
    "''": "",
    "null": None,
    "[]": [],
    "{}": {},
    "[nan, nan, nan]": [math.nan] * 3,
    "[1, 2]": [1, 2],
    "[[1, [2]]]": [[1, [2]]],
}


@dataclass(frozen=True)
class Case:
    """A function, one of its arguments, and a value (a name of ``BAD``) that no scene means, or hardly one."""

    function: str
    argument: str
    value: str

    def document(self) -> Block:
        """Return a scene that calls the function so."""
        arguments = {**NEEDED.get(self.function, {}), self.argument: BAD[self.value]}
        document = parse(BASE, "scene.yaml")
        call = _block({self.function: _blocks(arguments)})
        module = self.function.partition(".")[0]
        if module == "distribution":
            document["drawn"] = call
            use = {"with.ball": {"modify.pose": {"position_x": "drawn"}}}
        elif module in ("create", "get", "settings", "trigger", "utils", "writers", "inspection"):
            use = {self.function: arguments}
        else:
            use = {"with.ball": {self.function: arguments}}
        document["tried"] = _blocks(use)
        document.lines |= {"drawn": 99, "tried": 100}
        return document


def _block(values: Mapping[str, object]) -> Block:
    block = Block("scene.yaml", 100)
    for key, value in values.items():
        block[key] = value
        block.lines[key] = 100
    return block


def _blocks(value: object) -> object:
    """Return a value as it is read from a file: its mappings know their lines."""
    if isinstance(value, Mapping):
        return _block({str(k): _blocks(v) for k, v in value.items()})
    return [_blocks(v) for v in value] if isinstance(value, list) else value


def cases() -> Iterator[Case]:
    """Give every function with every argument and every bad value."""
    for function in FUNCTIONS:
        for argument in inspect.signature(FUNCTIONS[function]).parameters:
            for value in BAD:
                yield Case(function, argument, value)


def outcome(case: Case) -> str:
    """Return ``accepted``, ``refused: ...``, or ``FAULT: ...`` for what must not be: an error without its line, one
    that nobody foresaw, or a picture with numbers that are none.
    """
    if case.argument in taken_by(FUNCTIONS[case.function]):  # most need no scene to be refused
        try:
            checked_arguments(FUNCTIONS[case.function], {case.argument: BAD[case.value]})
        except BadArgument as error:
            return f"refused: {error}"
    try:
        with recording(Path.cwd()) as recorder:
            SceneParser(recorder).record(case.document())
            session = Session(recorder, seed=0, backend="null", needs_writer=False)
            plan = session.planner.plan(0)
            snapshot = session.snapshot(0)
    except Unforeseen as error:
        return f"FAULT: {error}"
    except RenderSDGError as error:
        if isinstance(error.__cause__, (TypeError, ValueError)):
            return f"FAULT: {error}"
        return f"refused: {error}" if error.where else f"FAULT: no line: {error}"
    except Exception as error:
        return f"FAULT: {type(error).__name__}: {error}"
    found = [*not_numbers(plan.as_json(), "plan"), *not_numbers(snapshot, "snapshot")]
    return f"FAULT: NaN in {found[0]}" if found else "accepted"


def not_numbers(value: object, name: str, seen: set[int] | None = None) -> Iterator[str]:
    """Give the places in a value, and in all that it holds, where NaN stands."""
    seen = set() if seen is None else seen
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            yield name
        return
    if id(value) in seen or isinstance(value, (str, bytes)):
        return
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and np.isnan(value).any():
            yield name
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from not_numbers(getattr(value, one.name, None), f"{name}.{one.name}", seen)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from not_numbers(item, f"{name}[{key!r}]", seen)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from not_numbers(item, f"{name}[{index}]", seen)


def _main(part: int, parts: int) -> None:
    counts: Counter[str] = Counter()
    for number, case in enumerate(cases()):
        if number % parts == part:
            said = outcome(case)
            counts[said.partition(":")[0]] += 1
            print(f"{case.function} {case.argument} = {case.value}: {said}", flush=True)
    print(dict(counts), file=sys.stderr)


if __name__ == "__main__":
    one, _, of = (sys.argv[1] if len(sys.argv) > 1 else "0/1").partition("/")
    _main(int(one), int(of))
