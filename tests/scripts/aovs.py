"""Renderer outputs, by their names and by one of the script's own."""

import numpy as np
import omni.replicator.core as rep

rp = rep.create.render_product(rep.create.camera(position=(0, 300, 600), look_at=(0, 0, 0)), (48, 32))
rep.create.light(light_type="Distant", rotation=(-60, 0, 0), intensity=2000)
rep.create.cube(scale=3)
rep.AnnotatorRegistry.register_annotator_from_aov(
    aov="Roughness", output_data_type=np.float32, output_channels=1, name="rough"
)
own, albedo, normal = (rep.annotators.get(n) for n in ("rough", "DiffuseAlbedo", "SmoothNormal"))
for annotator in (own, albedo, normal):
    annotator.attach(rp)
rep.orchestrator.step()
assert own.get_data().dtype == np.float32 and own.get_data().shape == (32, 48) and own.get_data().max() > 1
assert (
    albedo.get_data().shape == (32, 48, 4)
    and albedo.get_data().dtype == np.uint8
    and albedo.get_data()[16, 24, 3] == 255
)
assert "rough" in rep.annotators.get_registered_annotators()
