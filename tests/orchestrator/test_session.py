"""A session makes frames: of nothing too, and for writers that are not asked each time."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from rendersdg.orchestrator.session import Session
from tests.conftest import Opener


def test_an_empty_stage_gives_a_clean_empty_label_set(open_scene: Opener) -> None:
    session = open_scene("nothing: 1\n")
    result = session.make(0)

    assert np.load(__import__("io").BytesIO(result.files["bounding_box_2d_tight_0000.npy"])).shape == (0,)


def test_a_triggered_writer_counts_its_own_frames(whole_dataset: Path) -> None:
    labels = sorted(p.stem for p in (whole_dataset / "yolo" / "labels").rglob("*.txt"))

    assert labels == ["000000", "000001", "000002", "000003"]


_EVERYTHING = """
sun: {create.light: {light_type: distant, intensity: 900, rotation: [30, 20, 0]}}
things: {create.cube: {count: 12, semantics: [["class", "cube"]]}}
others: {create.sphere: {count: 4, semantics: [["class", "ball"]]}}
looks: {create.material_omnipbr: {count: 3, roughness: 0.3}}
t: {trigger.on_frame: {max_execs: 50}}
slow: {trigger.on_frame: {max_execs: 9, interval: 3}}
cartons_def:
  randomizer.register:
    cartons:
      inputs: {}
      cartons:
        randomizer.instantiate: {size: 3, paths: ["rendersdg:warehouse/carton"], semantics: [["class", "carton"]]}
      with.cartons:
        modify.pose: {position: {distribution.uniform: {lower: [-2, -2, -2], upper: [2, 2, 2]}}}
go:
  with.t:
    with.things:
      modify.pose:
        position: {distribution.uniform: {lower: [-2, -2, -2], upper: [2, 2, 2]}}
        scale: {distribution.uniform: {lower: 0.2, upper: 0.5}}
      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}
      modify.visibility: {value: {distribution.choice: {choices: [true, true, false]}}}
    randomizer.cartons: {}
  with.slow:
    with.others:
      randomizer.rotation: null
      randomizer.materials: {materials: looks}
      modify.semantics: {semantics: [["kind", "turned"]], mode: add}
"""


def test_a_frame_is_the_same_whatever_was_made_before_it(open_scene: Opener) -> None:
    session = open_scene(_EVERYTHING)
    order = random.Random(4).choices(range(12), k=8)

    for frame in order:
        again = session.make(frame).files
        fresh = open_scene(_EVERYTHING).make(frame).files

        assert again.keys() == fresh.keys() and all(again[path] == fresh[path] for path in fresh)


def test_a_session_of_an_edited_text_keeps_the_renderer_and_has_textures_of_its_own(open_scene: Opener) -> None:
    first = open_scene("ball: {create.sphere: {}}\nroom: {create.light: {light_type: dome}}")
    edited = open_scene("ball: {create.cube: {}}\nroom: {create.light: {light_type: dome}}")

    after = Session(edited.recorder, backend="raster", after=first)
    views = after.capture(after.planner.plan(0)).views
    alone = edited.capture(edited.planner.plan(0)).views

    assert after.renderer is first.renderer
    assert after.renderer.exposure.report is edited.recorder.report
    assert after.textures is not first.textures
    for name, view in views.items():
        assert np.array_equal(view.buffers.rgb, alone[name].buffers.rgb)
