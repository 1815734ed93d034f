"""Looks for all that leave_everything.py changes, and steps on a stage of its own."""

import logging
import os
import sys

import carb.settings
import numpy as np
import omni.kit.app
import omni.kit.viewport.utility
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from isaacsim import SimulationApp

from rendersdg.annotators import ANNOTATORS
from writers import WRITERS

app = SimulationApp()
stage = omni.usd.get_context().get_stage()
timeline = omni.timeline.get_timeline_interface()
found = {
    "prims": [str(p.GetPath()) for p in stage.Traverse() if p.GetName() not in ("OmniverseKit_Persp", "Replicator")],
    "writers": [n for n in rep.WriterRegistry.get_writers() if n.startswith("Left")]
    + [n for n in WRITERS if n == "Left"],
    "annotators": [n for n in (*rep.annotators.get_registered_annotators(), *ANNOTATORS) if "left" in n],
    "randomizers": [n for n in (*vars(rep.randomizer), *vars(rep.create)) if n == "left"],
    "setting": carb.settings.get_settings().get("/left/behind"),
    "selection": omni.usd.get_context().get_selection().get_selected_prim_paths(),
    "environment": os.environ.get("LEFT_BEHIND"),
    "modules": [n for n in sys.modules if n.split(".")[-1] in ("left", "_left_behind")],
    "arguments": sys.argv[1:],
    "path": [p for p in sys.path if p == "/left"],
    "log": logging.getLogger("left").level,
}
assert not any(found.values()), found
assert str(omni.kit.viewport.utility.get_active_viewport().camera_path) == "/OmniverseKit_Persp"
assert timeline.get_end_time() != 77.0
assert rep.get_global_seed() == 0
assert np.geterr()["over"] != "raise"
for missing in (
    lambda: rep.annotators.get_augmentation("left"),
    lambda: rep.backends.get("LeftBackend"),
    lambda: rep.WriterRegistry.get("LeftWriter"),
):
    try:
        missing()
    except Exception as error:
        assert "unknown" in str(error), error
    else:
        raise AssertionError("it is still registered")

rep.functional.create.sphere(name="Own", semantics={"class": "own"})
camera = rep.functional.create.camera(position=(0, 0, 5), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0))
rp = rep.create.render_product(camera, (32, 32))
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="own", rgb=True, semantic_segmentation=True)
writer.attach(rp)
timeline.play()
app.update()
rep.orchestrator.step()
rep.orchestrator.step()
app.close()
