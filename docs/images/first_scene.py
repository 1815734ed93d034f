"""Draws first_scene.jpg: a frame of the scene in docs/tutorials/first-scene.md, and its labels beside it.

python docs/images/first_scene.py
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

import rendersdg

HERE = Path(__file__).parent
PICTURE = HERE / "first_scene.jpg"
TUTORIAL = HERE.parent / "tutorials" / "first-scene.md"
FRAME, SEED = 1, 0


def drawn(folder: Path) -> Image.Image:
    """Return the picture; the part and the scene are made in ``folder``, as the tutorial says."""
    text = TUTORIAL.read_text(encoding="utf-8")
    outline = re.search(r"^outline = \[(.+)\]$", text, re.MULTILINE)
    scene = re.search(r"^```yaml\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    assert outline and scene
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"\(([^)]+)\)", outline[1])]
    trimesh.creation.revolve(points, sections=96).export(folder / "pulley.stl")
    (folder / "scene.yaml").write_text(scene[1], encoding="utf-8")
    frame = rendersdg.load(folder / "scene.yaml", seed=SEED).frame(FRAME)
    return Image.fromarray(np.hstack([frame.rgb, np.asarray(frame.draw())]))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        drawn(Path(folder)).save(PICTURE, quality=82)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
