"""Items, annotators, backends, and runs that pause and go on."""

import json
import os

import numpy as np
import omni.replicator.core as rep
from _checks import near, raises, stage
from pxr import UsdGeom

rep.settings.set_stage_up_axis("Z")
assert UsdGeom.GetStageUpAxis(stage()) == "Z"
rep.settings.set_stage_meters_per_unit(1.0)
rep.set_global_seed(77)
assert rep.get_global_seed() == 77
cube = rep.create.cube(position=(0, 0, 0), semantics=[("class", "cube")], count=2)
assert len(cube.get_prims()) == 2 and len(cube.get_output_prims()["prims"]) == 2
assert rep.utils.get_node_targets(cube) == cube.paths() == ["/Replicator/Cube_Xform", "/Replicator/Cube_Xform_01"]
with cube:
    node = rep.modify.pose(position=(0, 0, 1))
assert node.get_inputs()["position"] == (0, 0, 1)
node.set_input("position", (0, 0, 2))
near(rep.utils.compute_aabb(None, "/Replicator/Cube_Xform")[:3], (-0.5, -0.5, -0.5))
rep.create.light(light_type="dome", intensity=900)
camera = rep.create.camera(position=(6, 0, 2), look_at=(0, 0, 2), clipping_range=(0.1, 100))
rp = rep.create.render_product(camera, (32, 24), name="main")
assert rp.name == "main" and rp.resolution == (32, 24) and rp.path.endswith("main") and rp.camera.endswith("/Camera")
rgb = rep.annotators.get("rgb")
assert raises(rep.annotators.AnnotatorError, rgb.get_data)
rgb.attach([rp])
assert rgb.get_data().size == 0
boxes = rep.AnnotatorRegistry.get_annotator("bounding_box_2d_tight", init_params={"semanticTypes": ["class"]})
boxes.attach(rp)
rep.orchestrator.preview()
assert {"data", "idToLabels", "primPaths"} <= set(boxes.get_data(use_legacy_structure=False))
near(
    boxes.get_data()["data"]["y_max"].max(), 15, 1
)  # the cubes stand at the height of the camera: the set input counts
assert rgb.get_data().shape == (24, 32, 4)
assert not rep.orchestrator.get_is_started()
statuses = []
rep.orchestrator.register_status_callback(statuses.append)
with rep.trigger.on_frame(max_execs=3):
    with cube:
        rep.modify.pose(position=rep.distribution.uniform((0, -1, 1), (0, 1, 3)))
writer = rep.writers.get("BasicWriter", init_params={"output_dir": "out", "rgb": True}, render_products=rp)
scheduled = rep.WriterRegistry.get("BasicWriter")
scheduled.initialize(output_dir="some", rgb=True)
scheduled.attach(rp, trigger=None)
rep.orchestrator.step()
rep.orchestrator.run(num_frames=1)
assert rep.orchestrator.get_is_started() and rep.orchestrator.get_stop_frame() == 2
rep.orchestrator.pause()
rep.orchestrator.wait_until_complete()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 1
rep.orchestrator.resume()
scheduled.schedule_write()
rep.orchestrator.wait_until_complete()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 2
assert [n for n in os.listdir("some") if n.startswith("rgb")] == ["rgb_0000.png"]
assert rep.orchestrator.get_is_stopped() and rep.orchestrator.get_status().name == "STOPPED"
assert [s.name for s in statuses] == ["STARTED", "PAUSED", "STARTED"]
rp.hydra_texture.set_updates_enabled(False)
rep.orchestrator.step()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 2
rp.hydra_texture.set_updates_enabled(True)
writer.detach()
rep.orchestrator.step()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 2
boxes.detach()
assert raises(rep.annotators.AnnotatorError, boxes.get_data)
rep.annotators.register("bright", rep.annotators.augment("rgb", lambda data: np.full_like(data, 200)))
bright = rep.annotators.get("bright")
bright.attach(rp)
assert (bright.get_data() == 200).all() and "bright" in rep.annotators.get_registered_annotators()
rep.annotators.unregister_annotator("bright")
assert "unknown annotator" in raises(Exception, rep.annotators.get, "bright")
composed = rep.annotators.get("rgb").augment_compose([lambda data: data // 2, lambda data: data + 100], name="composed")
composed.attach(rp)
assert (
    composed.get_name() == "composed"
    and (composed.get_data() == rgb.get_data() // 2 + 100).all()
    and rgb.get_name() == "rgb"
    and "uint8" in rgb.docs
)
blur = rep.annotators.Augmentation.from_node("omni.replicator.core.OgnPixellate", kernelSize=32)
mean = rep.annotators.get("rgb").augment(blur)
mean.attach(rp)
assert len(np.unique(mean.get_data()[..., 0])) == 1
assert rep.tools.colorize_segmentation(np.array([[0, 2]]), {"0": "BACKGROUND", "2": {"class": "a"}}, {"a": (9, 8, 7)})[
    0, 1
].tolist() == [9, 8, 7, 255]
assert rep.random_colours(4).shape == (4, 3)
backend = rep.BackendDispatch(output_dir="blobs")
backend.write_blob("a/b.bin", b"123")
backend.write_array("c.npy", np.arange(3))
backend.schedule(rep.functional.write_json, path="d.json", data={"k": 1})
assert open("blobs/a/b.bin", "rb").read() == backend.read_blob("a/b.bin") == b"123"
assert np.load("blobs/c.npy").tolist() == [0, 1, 2] and json.load(open("blobs/d.json")) == {"k": 1}
rep.functional.write_np("blobs2/e.npy", np.zeros(2))
assert np.load("blobs2/e.npy").shape == (2,)
both = rep.backends.BackendGroup([backend, rep.backends.get("DiskBackend", {"output_dir": "other"})])
both.write_blob("f", b"x")
assert open("blobs/f").read() == open("other/f").read() == "x"
assert "unknown backend" in raises(Exception, rep.backends.get, "DiskBackendd")
rp.destroy()
assert "not initialized" in raises(Exception, lambda: rep.backends.get("DiskBackend").write_blob("a", b""))
