"""A card with holes that its texture cuts out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

_CARD = """#usda 1.0
(
    defaultPrim = "Card"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Card" {
    def Mesh "m" (prepend apiSchemas = ["MaterialBindingAPI"]) {
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, -1, -1), (0, 1, -1), (0, 1, 1), (0, -1, 1)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = "vertex")
        uniform token subdivisionScheme = "none"
        rel material:binding = </Card/mat>
    }
    def Material "mat" {
        token outputs:surface.connect = </Card/mat/s.outputs:surface>
        def Shader "s" {
            uniform token info:id = "UsdPreviewSurface"
            float inputs:opacity.connect = </Card/mat/t.outputs:a>
            float inputs:opacityThreshold = 0.5
            token outputs:surface
        }
        def Shader "t" {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @holes.png@
            float outputs:a
        }
    }
}
"""


def write_card(folder: Path, width: int) -> None:
    """Write card.usda, 2 x 2 m across X, and holes.png, whose diagonal stripes are so many of its 64 texels wide."""
    image = np.zeros((64, 64, 4), np.uint8)
    image[..., 3] = 255 * (np.indices((64, 64)).sum(0) // width % 2)
    cv2.imwrite(str(folder / "holes.png"), image)
    (folder / "card.usda").write_text(_CARD)
