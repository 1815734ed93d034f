"""Draws the pictures of the gallery of scenes: docs/images/scenes/NAME.jpg, a frame with its labels.

python docs/images/gallery.py [NAME ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

import rendersdg

HERE = Path(__file__).parent
SCENES = HERE.parent.parent / "scenes"
PICTURES = HERE / "scenes"
SIZE = (320, 240)  # pixels, at most
FRAMES = {"camera_orbit": 2, "fruit_crate": 3, "time_trigger": 4}  # instead of frame 1


def drawn(name: str) -> Image.Image:
    """Return the picture of a scene."""
    picture = rendersdg.load(SCENES / f"{name}.yaml").frame(FRAMES.get(name, 1)).draw()
    picture.thumbnail(SIZE, Image.Resampling.LANCZOS)
    return picture


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or sorted(path.stem for path in SCENES.glob("*.yaml")):
        drawn(name).save(PICTURES / f"{name}.jpg", quality=80)
        print(name, (PICTURES / f"{name}.jpg").stat().st_size)
