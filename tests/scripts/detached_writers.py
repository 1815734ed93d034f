"""Writers that are detached before the script ends."""

import omni.replicator.core as rep

cube = rep.create.cube(semantics=[("class", "cube")])
rp = rep.create.render_product(rep.create.camera(position=(0, 0, 500), look_at=cube), (48, 32))
for kind in ("CocoWriter", "BasicWriter"):
    writer = rep.WriterRegistry.get(kind)
    writer.initialize(output_dir=f"{kind}_out", rgb=True) if kind == "BasicWriter" else writer.initialize(
        output_dir=f"{kind}_out"
    )
    writer.attach(rp)
    rep.orchestrator.step()
    rep.orchestrator.step()
    writer.detach()
unused = rep.WriterRegistry.get("CocoWriter")
unused.initialize(output_dir="unused")
unused.attach(rp)
unused.detach()
