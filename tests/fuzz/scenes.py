"""YAML scenes, damaged or made of nasty parts: what comes of opening them and of their first frame.

``python -m tests.fuzz.scenes [CASES] [SEED]`` runs many and prints the faults and the counts; the tests run a few, and
the cases that once failed.
"""

from __future__ import annotations

import inspect
import json
import resource
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from rendersdg.errors import RenderSDGError
from rendersdg.orchestrator.session import Session
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.recorder import recording
from rendersdg.scene.types import taken_by
from rendersdg.yaml.document import load
from rendersdg.yaml.parser import SceneParser
from rendersdg.yaml_values import parse_yaml
from tests.fuzz.mutation import NASTY, bound_memory, choose, damaged, told
from tests.fuzz.operations import BASE, NEEDED, not_numbers

GOOD = (
    BASE
    + """
look:
  with.frames:
    with.ball:
      modify.pose: {position: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}
      randomizer.color: {colors: {distribution.choice: {choices: [[1, 0, 0], [0, 1, 0]]}}}
""",
    BASE
    + """
common: &c {position: [0, 0, 1], scale: 0.5}
base: {create.cube: {<<: *c, count: 2}}
second: {inherit: base, create.cube: {count: 3}}
both: {create.group: {items: [base, second]}}
fun:
  randomizer.register:
    move: {inputs: {n: 2}, with.both: {modify.pose: {rotation: [0, 0, {distribution.normal: {mean: 0, std: n}}]}}}
go: {with.frames: {randomizer.move: {n: 3}}}
""",
    """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 0.01}}
plane: {create.plane: {scale: 2}}
ball: {create.sphere: {scale: 0.5, semantics: [["class", "ball"]]}}
box: {create.cube: {position: [0, 2, 0], semantics: [["class", "box"]]}}
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5]}}
eye: {create.camera: {position: [0, 5, 5], look_at: plane, focal_length: 35, f_stop: 1.8}}
view: {create.render_product: {camera: eye, resolution: [16, 12]}}
lamp: {create.light: {light_type: rect, intensity: 1000, temperature: 4000, rotation: [-90, 0, 0]}}
frames: {trigger.on_time: {interval: 0.5, max_execs: 2}}
d: {distribution.sequence: {items: [1, 2, 3]}}
c: {distribution.combine: {distributions: [d, 2, {distribution.log_uniform: {lower: 1, upper: 2}}]}}
go:
  with.frames:
    randomizer.scatter_2d: {surface_prims: plane, input_prims: lamp, seed: 3}
    with.plane: {modify.pose: {position: c}, modify.visibility: {value: true}}
    with.eye: {inspection.sensor: {exposure: 0.5, read_noise: 2, bits: 12}, inspection.lens: {k1: -0.1}}
""",
    BASE
    + """
rust: {with.frames: {with.box: {defects.pit: {count: 2, diameter: 50}, surfaces.rough: {}}}}
body: {with.ball: {physics.rigid_body: {velocity: [0, 0, 1]}, physics.mass: {mass: 2}}}
""",
)


_RIGHT = {  # values that arguments of a kind take
    "number": (
        "0.5",
        "2",
        "{distribution.uniform: {lower: 0.1, upper: 0.9}}",
        "{distribution.choice: {choices: [1, 2]}}",
    ),
    "integer": ("1", "2", "3"),
    "boolean": ("true", "false"),
    "vector": ("[1, 2, 3]", "0.5", "{distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}"),
    "range": ("[1, 2]", "[16, 12]"),
    "items": ("ball", "box", "[ball, box]", "eye"),
    "target": ("ball", "[0, 0, 1]"),
    "semantics": ('[["class", "a"]]', '[["class", "a"], ["kind", "b"]]'),
    "list": ("[1, 2]", "[[1, 0, 0], [0, 1, 0]]", '["rendersdg:texture/wood"]'),
    "mapping": ("{rgb: true}", "{}"),
    "constant": ("1", "[1, 2, 3]", "x"),
}


@cache
def _arguments(function: str) -> tuple[tuple[str, str], ...]:
    """Return the (name, kind) of a function's parameters."""
    taken = taken_by(FUNCTIONS[function])
    names = inspect.signature(FUNCTIONS[function]).parameters
    return tuple((name, taken[name].kind.removeprefix("fixed ") if name in taken else "any") for name in names)


@cache
def _values() -> tuple[str, ...]:
    """Return what is nasty and can stand in YAML's flow style."""

    def fits(text: str) -> bool:
        try:
            parse_yaml(f"a: [{text}]", "a")
        except RenderSDGError:
            return False
        return True

    return tuple(text for text in NASTY if fits(text))


def written(rng: np.random.Generator, depth: int = 0) -> str:
    """Return a value in YAML's flow style: nasty scalars, names of groups, lists, mappings and calls of functions."""
    way = rng.random()
    if depth > 3 or way < 0.5:
        names = ("ball", "box", "eye", "view", "frames", "steel", "made0", "1", "2.5", "0", "[1, 2, 3]", "class", "3")
        return str(choose(rng, _values() if rng.random() < 0.35 else names))
    if way < 0.65:
        return "[" + ", ".join(written(rng, depth + 1) for _ in range(int(rng.integers(5)))) + "]"
    if way < 0.75:
        return "{" + ", ".join(f"k{k}: {written(rng, depth + 1)}" for k in range(int(rng.integers(3)))) + "}"
    return "{" + called(rng, depth) + "}"


def called(rng: np.random.Generator, depth: int) -> str:
    """Return a call of some function: with what it needs, most often, and with some arguments right and some not."""
    function = str(choose(rng, list(FUNCTIONS)))
    values = {name: json.dumps(value) for name, value in NEEDED.get(function, {}).items()} if rng.random() < 0.9 else {}
    for _ in range(int(rng.integers(5))):
        name, kind = choose(rng, _arguments(function))  # type: ignore[misc]
        right = kind in _RIGHT and rng.random() < 0.75
        values[name] = str(choose(rng, _RIGHT[kind])) if right else written(rng, depth + 1)
    return f"{function}: {{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"


def scene(seed: int) -> bytes:
    """Return a scene: a good one, damaged, or with groups of written values."""
    rng = np.random.default_rng(seed)
    text = str(choose(rng, GOOD))
    if rng.random() < 0.4:
        return damaged(rng, text.encode())
    for k in range(int(rng.integers(1, 4))):
        body = called(rng, 0)
        ways = (f"{{with.ball: {{{body}}}}}", f"{{with.frames: {{with.box: {{{body}}}}}}}")
        if body.startswith(("create", "get", "distribution", "trigger", "settings")):
            ways = (f"{{{body}}}",)
        text += f"made{k}: {choose(rng, ways) if rng.random() < 0.9 else written(rng)}\n"
    return text.encode("utf-8", "surrogatepass")


def look_through(path: Path) -> None:
    """Open a scene and make its first frame's plan and snapshot. Raises whatever is wrong with it."""
    with recording(path.parent) as recorder:
        SceneParser(recorder).read(path, document=load(path))
        session = Session(recorder, seed=0, backend="null", needs_writer=False)
        plan = session.planner.plan(0)
        snapshot = session.snapshot(0)
        session.length()
    found = [*not_numbers(plan.as_json(), "plan"), *not_numbers(snapshot, "snapshot")]
    if found:
        raise ArithmeticError(f"NaN in {found[0]}")


def case(seed: int, folder: Path) -> str:
    """Return what came of a scene."""
    path = folder / "scene.yaml"
    path.write_bytes(scene(seed))
    return told(lambda: look_through(path))


def main(cases: int, seed: int) -> int:
    """Run so many cases; return how many faults there were."""
    import logging
    import tempfile

    logging.disable(logging.CRITICAL)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        path = Path(folder, "scene.yaml")
        for text in GOOD:
            path.write_text(text)
            look_through(path)
        bound_memory()
        for number in range(seed, seed + cases):
            said = case(number, Path(folder))
            counts[said.partition(":")[0]] += 1
            if said.startswith("FAULT"):
                print(f"{number}: {said[:400]}", flush=True)
    print(dict(counts), f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most")
    return counts["FAULT"]


if __name__ == "__main__":
    sys.exit(1 if main(*(int(v) for v in [*sys.argv[1:], "1000", "0"][:2])) else 0)
