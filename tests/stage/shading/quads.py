"""A square with one material, written as USD text, and what is read of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rendersdg.snapshot import Material, Snapshot
from rendersdg.texels import linear_image
from tests.conftest import Opener

_HEAD = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World"
{
    def Mesh "square" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        rel material:binding = </World/m>
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, -1, -1), (0, 1, -1), (0, 1, 1), (0, -1, 1)]
        texCoord2f[] primvars:st = %s (interpolation = "vertex")
        uniform token subdivisionScheme = "none"
        %s
    }
    def Material "m"
    {
        %s
    }
}
"""
ONE = "[(0, 0), (1, 0), (1, 1), (0, 1)]"  # texture coordinates of one whole
TWO = "[(0, 0), (2, 0), (2, 1), (0, 1)]"  # of two to the right


@dataclass(frozen=True)
class Seen:
    """A square's material and the scene that it is in."""

    material: Material
    snapshot: Snapshot
    said: dict[str, str]

    def at(self, name: str, u: float, v: float) -> list[float]:
        """Return the value of a part of the material at texture coordinates of the mesh: its factor times its texture's
        nearest texel.
        """
        m = self.material
        factor = np.atleast_1d(np.asarray(getattr(m, name), float)) if name != "normal" else np.ones(1)
        index = getattr(m, f"{name}_texture")
        if index < 0:
            return factor.tolist()
        c, s = np.cos(np.radians(m.uv_rotate)), np.sin(np.radians(m.uv_rotate))
        u, v = u * m.uv_scale[0], v * m.uv_scale[1]
        u, v = c * u - s * v + m.uv_translate[0], s * u + c * v + m.uv_translate[1]
        image = linear_image(self.snapshot.textures[index])
        texel = image[int((1 - v) % 1 * image.shape[0]), int(u % 1 * image.shape[1])].astype(float)
        channel = getattr(m, f"{name}_channel", None)
        return (factor * (texel[:3] if channel is None else texel[channel])).tolist()


def square(open_scene: Opener, folder: Path, look: str, *, uvs: str = ONE, more: str = "") -> Seen:
    """Return a square whose material is the USD text ``look``; ``more`` stands in the mesh."""
    text = _HEAD % (uvs, more, look)
    name = f"square_{zlib.crc32(text.encode())}.usda"  # OpenUSD keeps layers by their names
    (folder / name).write_text(text)
    session = open_scene(f"thing: {{create.from_usd: {{usd: {name}}}}}\n", backend="null", folder=folder)
    snapshot = session.snapshot(0)
    instance = next(i for i in snapshot.instances if i.prim_path.endswith("square"))
    said = {e["subject"]: e["text"] for e in session.recorder.report.as_json()}
    return Seen(snapshot.materials[instance.material], snapshot, said)


def preview(inputs: str, more: str = "") -> str:
    """Return the text of a UsdPreviewSurface material; ``more`` are its other shaders."""
    return f"""
        token outputs:surface.connect = </World/m/s.outputs:surface>
        def Shader "s"
        {{
            uniform token info:id = "UsdPreviewSurface"
            {inputs}
            token outputs:surface
        }}
        {more}
    """


def texture(name: str, file: str, more: str = "") -> str:
    """Return the text of a UsdUVTexture laid by ``st``."""
    return f"""
        def Shader "{name}"
        {{
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @./{file}@
            float2 inputs:st.connect = </World/m/st.outputs:result>
            {more}
            float3 outputs:rgb
            float outputs:r
            float outputs:a
        }}
    """


READER = """
        def Shader "st"
        {
            uniform token info:id = "UsdPrimvarReader_float2"
            token inputs:varname = "st"
            float2 outputs:result
        }
"""


def write(path: Path, texels: list[list[tuple[int, ...]]], dtype: type = np.uint8) -> None:
    """Write a small image: rows from the top, of RGB or RGBA."""
    image = np.array(texels, dtype)
    code = cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
    assert cv2.imwrite(str(path), cv2.cvtColor(image, code))
