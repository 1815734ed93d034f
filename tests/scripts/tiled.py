"""A tiled render product of five cameras."""

import omni.replicator.core as rep

cameras = [rep.create.camera(position=(400 - 90 * k, 100, 300), look_at=(0, 0, 0)) for k in range(5)]
rep.create.cube(semantics=[("class", "cube")])
rp = rep.create.render_product_tiled(cameras=cameras, tile_resolution=(20, 10), name="grid")
assert rep.create.render_product_tiled(cameras=cameras, tile_resolution=(20, 10)).path == rp.path
rgb = rep.annotators.get("rgb")
rgb.attach(rp)
rep.orchestrator.step()
assert rgb.get_data().shape == (20, 60, 4) and rp.resolution == (60, 20)
