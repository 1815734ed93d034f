"""Threads and executors that a script starts record, edit the stage and write settings like the script itself."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import carb.settings
import omni.replicator.core as rep
import omni.timeline
import omni.usd

names = []


def edit() -> None:
    """Call every layer of the API."""
    rep.functional.create.cube(name="Edited", semantics={"class": "cube"})
    rep.create.sphere(semantics=[("class", "sphere")], name="recorded")
    names.extend(str(p.GetPath()) for p in rep.functional.get.prims(path_pattern="Edited"))
    carb.settings.get_settings().set("/from/a/thread", 5)
    omni.timeline.get_timeline_interface().set_current_time(0.5)
    assert omni.usd.get_context().get_stage().GetPrimAtPath("/Edited")


thread = Thread(target=edit)
thread.start()
thread.join()
with ThreadPoolExecutor(1) as pool:
    setting = pool.submit(lambda: carb.settings.get_settings().get("/from/a/thread")).result()
assert setting == 5
assert omni.timeline.get_timeline_interface().get_current_time() == 0.5
assert names == ["/Edited"], names
camera = rep.functional.create.camera(position=(0, 300, 600), look_at=(0, 0, 0))
rp = rep.create.render_product(camera, (32, 32))
writer = rep.WriterRegistry.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True, semantic_segmentation=True)
writer.attach(rp)
rep.orchestrator.step()
