"""A library of a few small files that name each other."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

ROOT = """#usda 1.0
(
    defaultPrim = "Thing"
    metersPerUnit = 1
    upAxis = "Z"
    subLayers = [@./inner/under.usda@]
)
def Xform "Thing"
{
    def Xform "Part" (references = @../shared/part.usda@) {}
    def Xform "Gone" (references = @./nowhere.usda@) {}
}
"""


UNDER = (
    '#usda 1.0\n(defaultPrim = "Thing")\nover "Thing"\n{\n    def Sphere "Ball" { double radius = %s }\n}\n'.replace(
        "{ double", "{\n double"
    ).replace(" }\n}", "\n }\n}")
)


PART = """#usda 1.0
(
    defaultPrim = "Part"
)
def Xform "Part"
{
    def Cube "Box" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        rel material:binding = </Part/Look>
    }
    def Material "Look"
    {
        token outputs:surface.connect = </Part/Look/Shader.outputs:surface>
        def Shader "Shader"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </Part/Look/Texture.outputs:rgb>
            token outputs:surface
        }
        def Shader "Texture"
        {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @textures/red.png@
            asset inputs:tiles = @textures/tile.<UDIM>.png@
            float3 outputs:rgb
        }
    }
}
"""


def png() -> bytes:
    return bytes(cv2.imencode(".png", np.full((4, 4, 3), (0, 0, 255), np.uint8))[1])


def library() -> dict[str, bytes]:
    return {
        "NVIDIA/things/thing.usda": ROOT.encode(),
        "NVIDIA/things/inner/under.usda": (UNDER % "0.25").encode(),
        "NVIDIA/shared/part.usda": PART.encode(),
        "NVIDIA/shared/textures/red.png": png(),
        "NVIDIA/shared/textures/tile.1001.png": png(),
        "NVIDIA/shared/textures/tile.1002.png": png(),
        "NVIDIA/shared/textures/unused.png": png(),
        "NVIDIA/things/mesh.obj": b"mtllib mesh.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
        "NVIDIA/things/mesh.mtl": b"newmtl a\nmap_Kd -s 1 1 1 ../shared/textures/red.png\n",
        "NVIDIA/things/scene.gltf": b'{"buffers": [{"uri": "data.bin"}, {"uri": "data:xx"}], '
        b'"images": [{"bufferView": 1}]}',
        "NVIDIA/things/data.bin": b"123",
    }


def copies(tmp_path: Path) -> set[str]:
    found = (p for p in (tmp_path / "copies").rglob("*") if p.is_file() and ".stamps" not in p.parts)
    return {"/".join(p.relative_to(tmp_path / "copies").parts[1:]) for p in found}
