"""A render product whose camera is removed and comes back."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import omni.replicator.core as rep
from _checks import stage
from pxr import UsdGeom

rep.create.light(light_type="dome")
for name in ("left", "right"):
    UsdGeom.Camera.Define(stage(), f"/{name}")
products = [rep.create.render_product(f"/{name}", (16, 16), name=name) for name in ("left", "right")]
looks = [rep.annotators.get("rgb") for _ in products]
for look, product in zip(looks, products):
    look.attach(product)
writer = rep.writers.get("BasicWriter")
writer.initialize(output_dir="out", rgb=True)
writer.attach(products)
rep.orchestrator.step()
stage().RemovePrim("/left")
rep.orchestrator.step()
app.update()
assert looks[0].get_data().size == 0 and looks[1].get_data().shape == (16, 16, 4)
UsdGeom.Camera.Define(stage(), "/left")
rep.orchestrator.step()
assert looks[0].get_data().shape == (16, 16, 4)
