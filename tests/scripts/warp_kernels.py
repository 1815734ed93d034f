"""A Warp kernel as an augmentation."""

import omni.replicator.core as rep
import warp as wp


@wp.kernel
def halved(data_in: wp.array(dtype=wp.uint8, ndim=3), data_out: wp.array(dtype=wp.uint8, ndim=3), share: float):
    i, j = wp.tid()
    for c in range(4):
        data_out[i, j, c] = wp.uint8(float(data_in[i, j, c]) * share)


cube = rep.create.cube()
rep.create.light(light_type="dome")
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (16, 12))
plain, half = rep.annotators.get("rgb"), rep.annotators.augment("rgb", halved, share=0.5)
for annotator in (plain, half):
    annotator.attach(rp)
rep.orchestrator.step()
assert (half.get_data() == plain.get_data() // 2).all() and half.get_data().max() == 127
