"""Cameras calibrated by OpenCV: pinholes and fisheyes see points where its formulas put them."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import cv2
import numpy as np
import omni.replicator.core as rep
from _checks import near, raises
from isaacsim.sensors.camera import Camera
from pxr import Gf, Usd, UsdGeom

PLACES = np.array([(0.0, 0.0), (0.9, 0.5), (-1.0, 0.6), (0.4, -0.7)])
for k, (x, y) in enumerate(PLACES):
    rep.functional.create.sphere(position=(x, y, 0), scale=0.04, semantics={"class": f"ball_{k}"}, name=f"ball_{k}")
rep.functional.create.camera(position=(0, 0, 2), name="Eye")
camera = Camera("/Eye", resolution=(640, 480))
camera.initialize()
camera.attach_annotator("bounding_box_2d_tight")
POINTS = np.column_stack([PLACES[:, 0], -PLACES[:, 1], np.full(4, 2.0)])  # right, down, ahead: OpenCV's frame
NONE = np.zeros(3)


def seen():
    """Return where the balls are in the picture, pixels (4, 2)."""
    app.update()
    frame = camera.get_current_frame()["bounding_box_2d_tight"]
    labels = {int(i): v["class"] for i, v in frame["info"]["idToLabels"].items()}
    found = {labels[int(b["semanticId"])]: b for b in frame["data"]}
    boxes = [found[f"ball_{k}"] for k in range(4)]
    return [((b["x_min"] + b["x_max"] + 1) / 2, (b["y_min"] + b["y_max"] + 1) / 2) for b in boxes]


MATRIX = np.array([[420.0, 0, 300.0], [0, 400.0, 220.0], [0, 0, 1.0]])
camera.set_opencv_pinhole_properties(cx=300.0, cy=220.0, fx=420.0, fy=400.0)
near(seen(), cv2.projectPoints(POINTS, NONE, NONE, MATRIX, None)[0][:, 0], 0.8)

BENDS = np.array([-0.2, 0.05, 0.001, -0.002])
camera.set_opencv_pinhole_properties(pinhole=BENDS)
near(seen(), cv2.projectPoints(POINTS, NONE, NONE, MATRIX, BENDS)[0][:, 0], 0.8)
cx, cy, fx, fy, coefficients = camera.get_opencv_pinhole_properties()
near((cx, cy, fx, fy), (300, 220, 420, 400))
near(coefficients, [*BENDS, *[0.0] * 8])

FISH = np.array([0.05, -0.01, 0.002, -0.0005])
ROUND = np.array([[300.0, 0, 310.0], [0, 300.0, 230.0], [0, 0, 1.0]])
camera.set_opencv_fisheye_properties(cx=310.0, cy=230.0, fx=300.0, fy=300.0, fisheye=FISH)
assert camera.get_lens_distortion_model() == "opencvFisheye"
near(seen(), cv2.fisheye.projectPoints(POINTS[:, None], NONE, NONE, ROUND, FISH)[0][:, 0], 0.8)
assert "not opencvPinhole" in raises(Exception, camera.get_opencv_pinhole_properties)

camera.set_lens_distortion_model("pinhole")
camera.set_horizontal_aperture(2.0)
camera.set_focal_length(1.0)
near(seen()[0], (320, 240), 0.8)

# a film that is off the middle shows what GfCamera says
for horizontal, vertical in ((2.0955, 0.0), (0.0, -1.5)):
    usd = UsdGeom.Camera(camera.prim)
    usd.GetVerticalApertureAttr().Set(15.0)
    usd.GetHorizontalApertureOffsetAttr().Set(horizontal)
    usd.GetVerticalApertureOffsetAttr().Set(vertical)
    frustum = usd.GetCamera(Usd.TimeCode.Default()).frustum
    matrix = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    clip = np.array([Gf.Vec4d(x, y, 0, 1) * matrix for x, y in PLACES])
    near(seen(), (1 + clip[:, :2] / clip[:, 3:] * (1, -1)) / 2 * (640, 480), 0.8)

# lenses that are told for a picture of their own size
camera.prim.GetAttribute("horizontalApertureOffset").Set(0.0)
camera.prim.GetAttribute("verticalApertureOffset").Set(0.0)
across = np.hypot(PLACES[1:, 0], PLACES[1:, 1])
theta = np.arctan2(across, 2.0)


def round_the_axis(radius):
    """Return the pixels of the places but the first, at these radii about the picture's middle."""
    return np.array([320, 240]) + PLACES[1:] / across[:, None] * radius[:, None] * (1, -1)


camera.set_ftheta_properties(960, 1280, (640, 480), 180.0, [0.0, 1 / 600.0, 0.0, 0.0, 0.0])
near(seen()[1:], round_the_axis(300 * theta), 0.8)
assert camera.get_ftheta_properties()[:4] == (960, 1280, (640, 480), 180)
assert camera.get_projection_type() == "fisheyePolynomial"
camera.set_kannala_brandt_k3_properties(960, 1280, (640, 480), 180.0, [600.0, 30.0])
near(seen()[1:], round_the_axis(300 * theta + 15 * theta**3), 0.8)
height, width, centre, fov, coefficients = camera.get_kannala_brandt_k3_properties()
assert (height, width, centre, fov) == (960, 1280, (640, 480), 180) and coefficients[:2] == [600, 30]
camera.set_rad_tan_thin_prism_properties(480, 640, (320, 240), 180.0, [1.0] * 12)
assert camera.get_rad_tan_thin_prism_properties()[4] == [1.0] * 12
camera.set_lut_properties(480, 640, (320, 240), "in.exr", "out.exr")
assert camera.get_lut_properties() == (480, 640, (320, 240), "in.exr", "out.exr")
near(seen()[0], (320, 240), 0.8)
camera.set_kannala_brandt_properties(640, 480, 310, 230, None, FISH)
assert camera.get_lens_distortion_model() == "opencvFisheye"
