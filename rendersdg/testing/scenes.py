"""The scenes that the suites render, and what tells whether two values are the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from rendersdg.annotators import OF_DEPTH_SENSORS, OF_LIDARS
from rendersdg.orchestrator.session import Session
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser

_UNITS = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: "Z"}}
"""
EYE = """
eye: {create.camera: {position: [3.5, 0.4, 1.5], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""
BEAMS = """
eye: {create.omni_lidar: {position: [1.5, 0.4, 1], channels: 8, vertical_fov: [-40, 0], horizontal_resolution: 2}}
view: {create.render_product: {camera: eye, resolution: [96, 72]}}
"""
MEASURED = EYE + "depth: {with.eye: {inspection.depth_sensor: {far: 20, noise_sigma: 0.1}}}\n"
ROOM = """
steel: {create.material_omnipbr: {diffuse: [0.5, 0.5, 0.5], roughness: 0.5}}
floor: {create.plane: {scale: [3, 3, 1], position: [0, 0, -0.5]}}
ball: {create.sphere: {position: [0, -0.6, 0], material: steel, semantics: [["class", "ball"]]}}
box: {create.cube: {position: [0, 0.6, 0], rotation: [0, 0, 30], scale: 0.7, semantics: [["class", "box"]]}}
sun: {create.light: {light_type: distant, rotation: [40, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 400}}
frames: {trigger.on_frame: {max_execs: 3}}
marks:
  with.frames:
    with.ball:
      defects.fray: {length: 500, breadth: 400, position: [0.5, -0.6, 0.1], red: 0.05, green: 0.05, blue: 0.05,
        cover: 1, irregular: 0}
    with.box:
      modify.pose: {position_y: {distribution.uniform: {lower: 0.5, upper: 0.9}}}
"""
EMPTY = "room: {create.light: {light_type: dome, intensity: 400}}\n"


def view_for(annotators: Iterable[str]) -> str:
    """Return the YAML of a view that annotators can be asked of: a camera's, with a depth sensor, or a lidar's."""
    names = set(annotators)
    if names & OF_LIDARS:
        return BEAMS
    return MEASURED if names & OF_DEPTH_SENSORS else EYE


@contextmanager
def open_text(text: str, *, backend: str = "null", seed: int = 0) -> Iterator[Session]:
    """Record a YAML scene given as text, in metres and with Z up, and yield its session.

    >>> with open_text(ROOM + EYE) as session:
    ...     print(session.snapshot(0).products[0].camera.resolution_wh)
    (96, 72)
    """
    with recording(Path.cwd(), strict=False) as recorder:
        SceneParser(recorder).record(parse(_UNITS + text, "scene.yaml"))
        yield Session(recorder, seed=seed, backend=backend, needs_writer=False)


def fingerprint(value: object) -> str:
    """Return a hash of a value and of all that it holds: dataclasses, arrays, mappings, sequences, plain values.

    >>> fingerprint({"a": np.zeros(2)}) == fingerprint({"a": np.zeros(2)})
    True
    >>> fingerprint(np.zeros(2)) == fingerprint(np.zeros(2, np.float32))
    False
    """
    digest = sha256()

    def take(item: object) -> None:
        if isinstance(item, np.ndarray):
            digest.update(f"{item.dtype.str}{item.shape}".encode())
            digest.update(np.ascontiguousarray(item).tobytes())
        elif is_dataclass(item):
            for one in fields(item):
                digest.update(f".{one.name}".encode())
                take(getattr(item, one.name))
        elif isinstance(item, Mapping):
            for key, inner in item.items():
                digest.update(f"{key!r}:".encode())
                take(inner)
        elif isinstance(item, (list, tuple)):
            digest.update(f"[{len(item)}".encode())
            for inner in item:
                take(inner)
        else:
            digest.update(repr(item).encode())

    take(value)
    return digest.hexdigest()
