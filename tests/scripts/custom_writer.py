"""A writer of the script's own, in both layouts of what reaches it."""

import omni.replicator.core as rep
from omni.replicator.core import AnnotatorRegistry, BackendDispatch, Writer


class Mine(Writer):
    def __init__(self, output_dir, structure="legacy"):
        self._frame_id = 0
        self.data_structure = structure
        self.backend = BackendDispatch({"paths": {"out_dir": output_dir}})
        self.annotators = [
            "rgb",
            AnnotatorRegistry.get_annotator("semantic_segmentation", init_params={"colorize": False}),
        ]

    def write(self, data):
        if self.data_structure == "legacy":
            about = next(v for k, v in data.items() if k.startswith("rp"))
            ids, labels = data["semantic_segmentation"]["data"], data["semantic_segmentation"]["info"]["idToLabels"]
        else:
            about = data["renderProducts"]["view"]
            ids, labels = about["semantic_segmentation"]["data"], about["semantic_segmentation"]["idToLabels"]
        text = f"{about['camera']} {list(about['resolution'])} {ids.shape} {len(labels)} {data['trigger_outputs']}"
        self.backend.write_blob(f"{self._frame_id}.txt", text.encode())
        self._frame_id += 1

    def on_final_frame(self):
        self.backend.write_blob("end.txt", b"end")


rep.WriterRegistry.register(Mine)
cube = rep.create.cube(semantics=[("class", "cube")])
rep.create.light(light_type="dome")
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (32, 24), name="view")
for name in ("legacy", "renderProduct"):
    writer = rep.WriterRegistry.get("Mine")
    writer.initialize(output_dir=name, structure=name)
    writer.attach(rp)
with rep.trigger.on_frame(max_execs=2, name="beat"):
    with cube:
        rep.randomizer.rotation()
rep.orchestrator.run_until_complete()
