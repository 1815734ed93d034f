"""Who waits for frames is told, and cameras and sizes of render products change."""

import numpy as np
import omni.replicator.core as rep
import omni.timeline
from isaacsim.core.experimental.utils.app import update_app
from isaacsim.core.rendering_manager import RenderingEvent, RenderingManager, ViewportManager
from isaacsim.core.utils.stage import get_current_stage
from pxr import UsdGeom

timeline = omni.timeline.get_timeline_interface()
# frames: no time passes in them
frames = []
frame = RenderingManager.register_callback(RenderingEvent.NEW_FRAME, callback=frames.append)
timeline.play()
before = timeline.get_current_time()
RenderingManager.render()
assert len(frames) == 1 and timeline.get_current_time() == before
update_app()
assert len(frames) == 2 and timeline.get_current_time() > before
RenderingManager.deregister_callback(frame)
RenderingManager.render()
assert len(frames) == 2
timeline.stop()
RenderingManager.set_dt(1 / 30)
assert np.isclose(RenderingManager.get_dt(), 1 / 30)
assert get_current_stage().GetTimeCodesPerSecond() == 30

# the viewport, and a render product
assert ViewportManager.get_resolution() == (1280, 720) and ViewportManager.wait_for_viewport() == (True, 0)
assert ViewportManager.get_camera().GetPath() == "/OmniverseKit_Persp"
world = UsdGeom.Xform.Define(get_current_stage(), "/World")
camera = UsdGeom.Camera.Define(get_current_stage(), "/World/Camera")
product = rep.create.render_product("/World/Camera", (64, 32))
assert ViewportManager.get_resolution(product.path) == (64, 32)
ViewportManager.set_resolution((16, 8), render_product_or_viewport=product.path)
assert ViewportManager.get_resolution(product.path) == (16, 8) and ViewportManager.get_resolution() == (1280, 720)
ViewportManager.set_camera(camera, render_product_or_viewport="Viewport")
assert ViewportManager.get_camera().GetPath() == "/World/Camera" == ViewportManager.get_camera(product.path).GetPath()
image = rep.AnnotatorRegistry.get_annotator("rgb")
image.attach(product)
rep.orchestrator.step()
assert image.get_data().shape == (8, 16, 4)

# a camera below a moved prim, at (0, 0, 5) in the world, that looks along +X: its own -Z is the world's X
world.AddTranslateOp().Set((10, 0, 0))
ViewportManager.set_camera_view(camera, eye=[0, 0, 5], target=[3, 0, 5])
world = np.array(UsdGeom.Xformable(camera).ComputeLocalToWorldTransform(0)).T
assert np.allclose(world[:3, 3], (0, 0, 5)) and np.allclose(world[:3, 2], (-1, 0, 0), atol=1e-6), world
ViewportManager.set_camera_view(camera, target=[0, 0, 0])
world = np.array(UsdGeom.Xformable(camera).ComputeLocalToWorldTransform(0)).T
assert np.allclose(world[:3, 3], (0, 0, 5)) and np.allclose(world[:3, 2], (0, 0, 1), atol=1e-4), world
window = ViewportManager.create_viewport_window(camera=camera, title="Side", resolution=(320, 240))
assert ViewportManager.get_resolution("Side") == (320, 240) == window.viewport_api.resolution
assert ViewportManager.destroy_viewport_windows(exclude=["Viewport"]) == ["Side"]
assert ViewportManager.get_viewport_api("Side") is None
for shown in ("/Nowhere", "Side"):
    try:
        ViewportManager.get_resolution(shown)
    except Exception as error:
        assert "is no viewport or render product" in str(error)
    else:
        raise AssertionError
