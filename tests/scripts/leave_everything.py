"""Changes all that a script can change; find_nothing.py, run after it in the same process, must see none of it."""

import logging
import os
import random
import sys
import types
import warnings

import _left_behind
import carb.settings
import numpy as np
import omni.kit.app
import omni.kit.viewport.utility
import omni.replicator.core as rep
import omni.timeline
import omni.usd

from rendersdg.annotators import ANNOTATORS
from writers import WRITERS

stage = omni.usd.get_context().get_stage()
rep.functional.create.cube(name="Left", position=(1, 2, 3))
cube = rep.create.cube(semantics=[("class", "left")])
camera = rep.create.camera(position=(0, 300, 600), look_at=(0, 0, 0))
rp = rep.create.render_product(camera, (32, 32))


class LeftWriter(rep.Writer):
    """Takes frames and keeps none."""

    def __init__(self) -> None:
        self.annotators = ["rgb"]

    def write(self, data: dict) -> None:
        """Take a frame."""


class LeftBackend(rep.backends.DiskBackend):
    """A place of the script's own."""


def left(*arguments: object) -> None:
    """Be called by whatever happens."""
    assert sys.argv[0] == __file__, "called after the run"
    CALLS.append(arguments)


CALLS = []
rep.WriterRegistry.register(LeftWriter)
rep.backends.BackendRegistry.register(LeftBackend)
rep.annotators.register_augmentation("left", left)
rep.annotators.register("left", rep.annotators.get("rgb"))
rep.randomizer.register(left)
rep.create.register(left)
rep.orchestrator.register_status_callback(left)
rep.rng.ReplicatorRNG()
WRITERS.register("Left", LeftWriter)
ANNOTATORS.register("left_behind", left)
carb.settings.get_settings().set("/left/behind", 1)
carb.settings.get_settings().set("/omni/replicator/captureOnPlay", False)
updates = omni.kit.app.get_app().get_update_event_stream().create_subscription_to_pop(left)
times = omni.timeline.get_timeline_interface().get_timeline_event_stream().create_subscription_to_pop(left)
omni.timeline.get_timeline_interface().set_end_time(77.0)
omni.kit.viewport.utility.get_active_viewport().camera_path = "/Left"
omni.usd.get_context().get_selection().set_selected_prim_paths(["/Left"], True)
rep.set_global_seed(77)

os.environ["LEFT_BEHIND"] = _left_behind.MARK
os.chdir("/")
sys.argv.append("left")
sys.path.append("/left")
sys.modules["omni.left"] = sys.modules["carb.left"] = types.ModuleType("left")
logging.getLogger().addHandler(logging.NullHandler())
logging.getLogger("left").setLevel(logging.DEBUG)
logging.getLogger("rendersdg").setLevel(logging.CRITICAL)
warnings.simplefilter("error")
random.seed(77)
np.random.seed(77)
np.seterr(all="raise")

writer = rep.WriterRegistry.get("LeftWriter")
writer.attach(rp)
rep.orchestrator.step()
omni.kit.app.get_app().update()
assert len(CALLS) == 4, CALLS  # the end is set, time ticks (two kinds), an update
