"""Small assets of each kind that the tests of the conformance tools load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh

CUBE = """#usda 1.0
(
    defaultPrim = "Cube"
    metersPerUnit = 1
    upAxis = "Z"
)
def Cube "Cube"
{
    double size = 2
}
"""


def write(folder: Path) -> dict[str, Path]:
    """Write files that draw, that hold nothing, that are broken, and return them by name."""
    files = {
        name: folder / name for name in ("cube.usda", "box.stl", "box.glb", "empty.usda", "broken.glb", "lost.gltf")
    }
    files["cube.usda"].write_text(CUBE)
    box = trimesh.creation.box((2, 2, 2))
    for name in ("box.stl", "box.glb"):
        box.export(str(files[name]))
    files["empty.usda"].write_text(CUBE.replace("def Cube", "def Xform").replace("double size = 2", ""))
    files["broken.glb"].write_bytes(np.arange(64, dtype=np.uint8).tobytes())
    files["lost.gltf"].write_text(
        '{"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],'
        '"meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],'
        '"accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],'
        '"bufferViews": [{"buffer": 0, "byteLength": 36}], "buffers": [{"uri": "lost.bin", "byteLength": 36}]}'
    )
    return files
