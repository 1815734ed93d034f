"""A small scene, and what writers make of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.graph.nodes import WriterUse
from rendersdg.orchestrator.session import Session
from tests.conftest import Opener

SCENE = """
sky: {create.light: {light_type: dome}}
box: {create.cube: {semantics: [["class", "box"]], rotation: [0, 0, 30]}}
ring: {create.torus: {position: [1.4, 0.6, 0.2], rotation: [0, 80, 0], scale: 0.9, semantics: [["class", "ring"]]}}
edge: {create.sphere: {position: [0, 2.05, 0.4], semantics: [["class", "ball"]]}}
hidden: {create.cube: {position: [-3, 0, 0], scale: 0.3, semantics: [["class", "hidden"]]}}
eye: {create.camera: {position: [5, 0.3, 0.6], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
t: {trigger.on_frame: {max_execs: 3}}
go:
  with.t:
    with.box:
      modify.pose: {position_z: {distribution.uniform: {lower: -0.4, upper: 0.4}}}
"""
POSED = """
sky: {create.light: {light_type: dome}}
box: {create.cube: {position: [0, 1, 0.5], scale: [1, 2, 3], rotation: [0, 0, 90], semantics: [["class", "box"]]}}
eye: {create.camera: {position: [10, 0, 0], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
"""
NAMED = """
frames: {trigger.on_frame: {num_frames: 4}}
box: {create.cube: {count: 3, semantics: [[class, box]]}}
ball: {create.sphere: {position: [0, 1, 1], scale: 0.4, semantics: [[class, ball]]}}
lid: {with.box: {modify.keypoints: {points: {lid: [0, 0, 0.5], base: [0, 0, -0.5], corner: [0.5, 0.5, 0.5]},
  skeleton: [[lid, base], [lid, corner]]}}}
move: {with.frames: {with.box: {modify.pose: {
  position: {distribution.uniform: {lower: [0, -1.5, -1], upper: [2, 1.5, 1]}},
  rotation: {distribution.uniform: {lower: [0, 0, 0], upper: [360, 360, 360]}}, scale: 0.5}}}}
"""
YCB = {
    "rgb": True,
    "bounding_box_2d_tight": True,
    "semantic_segmentation": True,
    "distance_to_image_plane": True,
    "pose": True,
    "num_frames": 1,
    "class_name_to_index_map": {"box": 7},
    "factor_depth": 1000,
}  # what YCBVideoWriter is asked for


def write(open_scene: Opener, folder: Path, name: str, frames: int = 2, scene: str = SCENE, **params: Any) -> Session:
    session = open_scene(scene)
    session.recorder.graph.writers.append(WriterUse(name, params, name, list(session.recorder.graph.products)))
    session.attach()
    fragments: dict[str, dict[int, Any]] = {}
    files: dict[str, bytes] = {}
    for group in session.units.groups(range(frames)):
        results = [session.make(frame) for frame in group]
        if session.units.per_shard:
            shard = session.pack(results)
            files |= shard.files
            for key, some in shard.fragments.items():
                fragments.setdefault(key, {}).update({int(k): json.loads(json.dumps(v)) for k, v in some.items()})
            continue
        files |= results[0].files
        for key, value in results[0].fragments.items():
            fragments.setdefault(key, {})[group[0]] = json.loads(json.dumps(value))
    files |= session.finisher()(fragments, files.__getitem__)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return session


def check_points(rows: Sequence[Any], session: Session, frame: int, names: Sequence[str]) -> set[int]:
    """Check COCO's keypoints of objects against the engine's of a frame of :data:`NAMED`; return their visibilities.

    ``names`` is the order that they are said to have.
    """
    found = {o["prim_path"]: o for o in objects(session, frame)[1] if o["tight"]}
    assert {row["prim_path"] for row in rows} == set(found)
    for row in rows:
        points = found[row["prim_path"]].get("keypoints")
        if points is None:
            assert row.get("keypoints") is None and row.get("num_keypoints") is None
            continue
        here = dict(zip(points["names"], points["xyv"]))
        truth = [value for name in names for value in here.get(name, [0, 0, 0])]
        assert np.allclose(row["keypoints"], truth, atol=6e-4)
        assert row["num_keypoints"] == sum(v > 0 for v in truth[2::3])
    return {v for row in rows for v in (row.get("keypoints") or ())[2::3]}


def objects(session: Session, frame: int) -> tuple[np.ndarray, list[dict[str, Any]]]:
    from rendersdg.annotators import ANNOTATORS, Request

    view = next(iter(session.views(session.snapshot(frame), {}).values()))
    value = ANNOTATORS["objects"](Request(view))
    return value["data"], value["info"]["objects"]
