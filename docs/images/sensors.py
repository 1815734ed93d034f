"""Draws sensors.jpg: the scene in docs/sensors.md as its camera, its lidar and its depth sensor see it.

python docs/images/sensors.py
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import rendersdg
from rendersdg.api.frames import LabelledFrame
from rendersdg.colour import label_palette

HERE = Path(__file__).parent
PICTURE = HERE / "sensors.jpg"
PAGE = HERE.parent / "sensors.md"
FRAME, SEED, FARTHEST = 2, 0, 11.0


def drawn(folder: Path) -> Image.Image:
    """Return the picture; the scene is written to ``folder``."""
    scene = re.search(r"^```yaml\n(.+?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert scene
    (folder / "scene.yaml").write_text(scene[1], encoding="utf-8")
    loaded = rendersdg.load(folder / "scene.yaml", seed=SEED)
    camera, lidar = (loaded.frame(FRAME, name) for name in ("Replicator", "Replicator_01"))
    return Image.fromarray(np.hstack([camera.rgb, points(camera, lidar), depths(camera)]))


def points(camera: LabelledFrame, lidar: LabelledFrame) -> np.ndarray:
    """Return the lidar's points where the camera would see them, in the colours of instances."""
    cloud, params = lidar.annotate("lidar"), camera.annotate("camera_params")
    world = cloud["info"]["worldFromSensor"]
    places = cloud["data"] @ world[:3, :3].T + world[:3, 3]
    view = params["cameraViewTransform"].reshape(4, 4)
    local = np.c_[places, np.ones(len(places))] @ view
    height, width = camera.rgb.shape[:2]
    focal = params["cameraProjection"].reshape(4, 4)[0, 0] * width / 2
    ahead = local[:, 2] < 0
    x = (width / 2 + focal * local[ahead, 0] / -local[ahead, 2]).astype(int)
    y = (height / 2 - focal * local[ahead, 1] / -local[ahead, 2]).astype(int)
    colours = label_palette(64)[cloud["info"]["instance"][ahead] % 64][:, :3]
    image = np.full((height, width, 3), 24, np.uint8)
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        inside = (x + dx >= 0) & (x + dx < width) & (y + dy >= 0) & (y + dy < height)
        image[y[inside] + dy, x[inside] + dx] = colours[inside]
    return image


def depths(camera: LabelledFrame) -> np.ndarray:
    """Return what the depth sensor measures in colours, black where it measures nothing."""
    depth = camera.annotate("depth_sensor_distance")
    shown = (255 * (1 - np.clip(depth / FARTHEST, 0, 1))).astype(np.uint8)
    image = cv2.applyColorMap(shown, cv2.COLORMAP_TURBO)[..., ::-1].copy()
    image[depth == 0] = 0
    return image


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        drawn(Path(folder)).save(PICTURE, quality=80)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
