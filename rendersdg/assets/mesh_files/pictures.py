"""The images that a material of a mesh file names: found beside it, or made anew where a channel or a level is asked
for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from rendersdg.arrays import F4, F8, U1
from rendersdg.assets.decoding import decode
from rendersdg.errors import AssetError, Report
from rendersdg.inputs import read_input


class Pictures:
    """Finds and makes images for the materials of the file at ``path``. ``embed(label, pixels)`` keeps one that is made
    and returns its path.
    """

    def __init__(self, path: str, embed: Callable[[str, U1], str], report: Report) -> None:
        self.path = path
        self._embed = embed
        self._report = report

    def find(self, name: str, folder: Path, where: str) -> str | None:
        """Return the file that ``name`` means in ``folder``, or None, which is reported as of ``where``.

        A path of another machine is looked for by its ends, and in any case of letters.
        """
        parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".")]
        given = Path(name.replace("\\", "/"))
        candidates = [given] if given.is_absolute() else []
        for start in range(len(parts)):
            candidates.append(folder.joinpath(*parts[start:]))
        for candidate in candidates:
            if candidate.is_file():
                return str(candidate.resolve())
        for candidate in candidates:
            if candidate.parent.is_dir():
                for other in sorted(candidate.parent.iterdir()):
                    if other.name.lower() == candidate.name.lower() and other.is_file():
                        return str(other.resolve())
        self._report.ignored(where, f"the image {name} is not there; put it beside the file")
        return None

    def pixels(self, file: str, where: str) -> F4 | None:
        """Return an image as (H, W, 4) float32, 0 to 1 as it is stored, or None, which is reported as of ``where``."""
        try:
            picture = decode(read_input(file), file)
        except (AssetError, OSError) as error:
            self._report.ignored(where, f"{error}")
            return None
        pixels = picture.pixels
        image: F4 = np.asarray(pixels, np.float32)
        if pixels.dtype == np.uint8:
            image = image / np.float32(255)
        if image.shape[2] == 3:
            image = np.concatenate([image, np.ones_like(image[:, :, :1])], 2)
        return image

    def keep(self, label: str, image: F4 | F8) -> str:
        """Keep an image (H, W), (H, W, 3) or (H, W, 4) of 0 to 1 and return its path."""
        layers = np.asarray(np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image, float)
        rgba = np.full((*layers.shape[:2], 4), 255, np.uint8)
        rgba[:, :, : layers.shape[2]] = np.clip(np.round(layers * 255.0), 0, 255).astype(np.uint8)
        return self._embed(f"{self.path}:{label}", rgba)


def normals_from_heights(heights: F4) -> F8:
    """Return the normal map (H, W, 3), 0 to 1, of an image (H, W) of heights in texels, row 0 at the top, that repeats.

    Slopes are central differences; x is right, y is up.
    """
    h = heights.astype(float)
    across = (np.roll(h, -1, 1) - np.roll(h, 1, 1)) / 2
    up = (np.roll(h, 1, 0) - np.roll(h, -1, 0)) / 2
    normals = np.stack([-across, -up, np.ones_like(h)], -1)
    normals /= np.sqrt((normals**2).sum(-1, keepdims=True))
    return np.asarray(normals * 0.5 + 0.5)
