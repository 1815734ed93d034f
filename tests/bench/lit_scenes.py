"""The scenes by which `realism.py` judges light: each asks for something else of it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

_HEAD = """
unit: {settings.set_stage_meters_per_unit: {meters_per_unit: 1.0}}
up: {settings.set_stage_up_axis: {up_axis: Z}}
white: {create.material_omnipbr: {diffuse: [0.75, 0.75, 0.75], roughness: 0.5, specular: 0.0}}
red: {create.material_omnipbr: {diffuse: [0.65, 0.06, 0.05], roughness: 0.6}}
green: {create.material_omnipbr: {diffuse: [0.12, 0.48, 0.1], roughness: 0.6}}
chrome: {create.material_omnipbr: {diffuse: [0.95, 0.93, 0.9], metallic: 1.0, roughness: 0.08}}
steel: {create.material_omnipbr: {diffuse: [0.7, 0.7, 0.72], metallic: 1.0, roughness: 0.35}}
worn: {create.material_omnipbr: {diffuse: [0.8, 0.8, 0.82], metallic: 1.0,
  roughness_texture: 'rendersdg:texture/noise'}}
sign: {create.material_omnipbr: {diffuse: [0, 0, 0], emissive_color: [1, 0.6, 0.2], emissive_intensity: 9000}}
tiles: {create.material_omnipbr: {diffuse_texture: 'rendersdg:texture/wood', roughness: 0.4}}
"""
_FLOOR = "floor: {create.plane: {scale: [8, 8, 1], material: white}}\n"
_EYE = "eye: {create.camera: {position: [0.5, -5, 2.2], look_at: [0, 0, 0.4]}}\n"
_THINGS = (
    _FLOOR
    + _EYE
    + """
a: {create.sphere: {position: [0, 0, 0.5], material: chrome}}
b: {create.cube: {position: [-1.1, 0.3, 0.5], rotation: [0, 0, 30], material: red}}
c: {create.cylinder: {position: [1.0, -0.2, 0.5], material: steel}}
d: {create.torus: {position: [0.2, -1.2, 0.15], material: green}}
"""
)
_MATT = _THINGS.replace("material: chrome", "material: white").replace("material: steel", "material: green")
_BOX = """
floor: {create.cube: {position: [0, 0, -0.05], scale: [2, 2, 0.1], material: white}}
top: {create.cube: {position: [0, 0, 2.05], scale: [2, 2, 0.1], material: white}}
back: {create.cube: {position: [0, 1.05, 1], scale: [2.2, 0.1, 2.2], material: white}}
left: {create.cube: {position: [-1.05, 0, 1], scale: [0.1, 2, 2.2], material: red}}
tall: {create.cube: {position: [-0.35, 0.3, 0.6], scale: [0.55, 0.55, 1.2], rotation: [0, 0, 20], material: white}}
small: {create.cube: {position: [0.4, -0.3, 0.3], scale: [0.55, 0.55, 0.6], rotation: [0, 0, -18], material: white}}
eye: {create.camera: {position: [0, -4.5, 1], look_at: [0, 0, 1]}}
"""
_RIGHT = "right: {create.cube: {position: [1.05, 0, 1], scale: [0.1, 2, 2.2], material: green}}\n"
_DOOR = """
near: {create.cube: {position: [1.05, -0.55, 1], scale: [0.1, 0.9, 2.2], material: green}}
far: {create.cube: {position: [1.05, 0.75, 1], scale: [0.1, 0.7, 2.2], material: green}}
beam: {create.cube: {position: [1.05, 0.15, 1.8], scale: [0.1, 0.5, 0.6], material: green}}
outside: {create.light: {light_type: rect, intensity: 12000, position: [3, 0.15, 1.2],
  look_at: [0, 0.15, 0.6], scale: [2, 2, 1]}}
"""
_DOME = "sky: {create.light: {light_type: dome, intensity: %d%s}}\n"
_SUN = "sun: {create.from_usd: {usd: FOLDER/sun.usda, rotation: [-40, 25, 0]}}\n"
_VIEW = "view: {create.render_product: {camera: eye, resolution: [320, 240]}}\n"
_MANY = "".join(
    f"lamp{k}: {{create.light: {{light_type: sphere, intensity: 20000, scale: 0.2, temperature: {2500 + 400 * k}, "
    f"position: [{-2.4 + 0.96 * (k % 6):.2f}, {-2.4 + 1.0 * (k // 6):.2f}, {2.6 + 0.3 * (k % 3):.2f}]}}}}\n"
    for k in range(18)
)
_IMAGE = ", texture: 'rendersdg:texture/%s'"
_READ = {
    "bottle": (
        "models/water_bottle/WaterBottle.gltf",
        "models/small_oil_can_01/small_oil_can_01_1k.gltf",
        "hdri/workshop.hdr",
    ),
}
_BOTTLE, _CAN, _WORKSHOP = _READ["bottle"]
SCENES = {
    "sky": _THINGS + _DOME % (600, _IMAGE % "sky"),
    "studio": _THINGS + _DOME % (450, _IMAGE % "studio"),
    "sun": _MATT + _SUN + _DOME % (120, ""),
    "rect": _MATT
    + "lamp: {create.light: {light_type: rect, intensity: 16000, position: [1.5, 1, 2.5], look_at: [0, 0, 0], "
    + "scale: [1, 1, 1]}}\n",
    "sphere": _MATT + "lamp: {create.light: {light_type: sphere, intensity: 14000, position: [1.6, -1.5, 2.8], "
    "scale: 0.8}}\n",
    "many": _MATT + _MANY,
    "room": _BOX
    + _RIGHT
    + "lamp: {create.light: {light_type: rect, intensity: 20000, position: [0, 0, 1.98], look_at: [0, 0, 0], "
    + "scale: [0.5, 0.5, 1]}}\n",
    "door": _BOX + _DOOR,
    "glass": _MATT
    + _DOME % (500, _IMAGE % "studio")
    + "pane: {create.from_usd: {usd: FOLDER/pane.usda, position: [0, -2.2, 0.6], scale: [1.2, 1, 0.9]}}\n",
    "ball": _MATT.replace("a: {create.sphere", "under: {create.sphere").replace("[0, 0, 0.5]", "[0, 2.2, 0.5]")
    + _DOME % (500, _IMAGE % "studio")
    + "glass: {create.from_usd: {usd: FOLDER/glass.usda}}\n",
    "lamps": _THINGS
    + _DOME % (60, "")
    + "rect: {create.light: {light_type: rect, intensity: 9000, position: [-2, -2, 3], look_at: [0, 0, 0.5], "
    + "scale: [1.5, 0.7, 1]}}\n"
    + "disk: {create.light: {light_type: disk, intensity: 9000, position: [2, -2.5, 3], look_at: [0, 0, 0.5], "
    + "scale: 0.8}}\n"
    + "bulb: {create.light: {light_type: sphere, intensity: 9000, position: [0, 1, 3.2], scale: 0.5}}\n",
    "mirror": _MATT
    + _DOME % (400, "")
    + "wall: {create.cube: {position: [0, 1.6, 1], scale: [4, 0.1, 2], material: mirrored}}\n"
    + "lamp: {create.light: {light_type: sphere, intensity: 30000, position: [1.2, -1.5, 2.2], scale: 0.4}}\n",
    "sign": _THINGS
    + _DOME % (3, "")
    + "plate: {create.cube: {position: [0, 1.5, 1], scale: [3, 0.1, 0.8], material: sign}}\n",
    "worn": _THINGS.replace("material: steel", "material: worn").replace("material: chrome", "material: worn")
    + _DOME % (450, _IMAGE % "studio"),
    "leaves": _FLOOR
    + _EYE
    + _DOME % (250, "")
    + _SUN
    + "".join(
        f"leaf{k}: {{create.from_usd: {{usd: FOLDER/leaf.usda, position: [{-1.2 + 0.8 * (k % 4)}, {0.5 * (k // 4)}, "
        f"{0.4 + 0.35 * ((k * 5) % 4)}], rotation: [{(50 * k) % 90}, {35 * k}, {20 * k}]}}}}\n"
        for k in range(12)
    ),
    "bottle": "floor: {create.plane: {scale: [3, 3, 1], material: white}}\n"
    + f"bottle: {{create.from_usd: {{usd: ASSETS/{_BOTTLE}, position: [-0.13, 0, 0.13], rotation: [0, 0, -60]}}}}\n"
    + f"can: {{create.from_usd: {{usd: ASSETS/{_CAN}, position: [0.1, 0.02, 0], rotation: [0, 0, 20]}}}}\n"
    + f"sky: {{create.light: {{light_type: dome, intensity: 900, texture: ASSETS/{_WORKSHOP}}}}}\n"
    + "eye: {create.camera: {position: [0.08, -0.62, 0.28], look_at: [0.01, 0, 0.1], clipping_range: [0.01, 100]}}\n",
}
_QUAD = """#usda 1.0
(
    defaultPrim = "Quad"
    metersPerUnit = 1
    upAxis = "Z"
)
def Mesh "Quad" (apiSchemas = ["MaterialBindingAPI"])
{
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    point3f[] points = [(-0.5, 0, -0.5), (0.5, 0, -0.5), (0.5, 0, 0.5), (-0.5, 0, 0.5)]
    texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = "vertex")
    uniform bool doubleSided = 1
    uniform token subdivisionScheme = "none"
    rel material:binding = </Quad/Look>
    def Material "Look"
    {
        token outputs:surface.connect = </Quad/Look/Shader.outputs:surface>
        %s
    }
}
"""
_LEAF = """
        def Shader "Shader"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </Quad/Look/Image.outputs:rgb>
            float inputs:opacity.connect = </Quad/Look/Image.outputs:a>
            float inputs:opacityThreshold = 0.5
            token outputs:surface
        }
        def Shader "Image"
        {
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @leaf.png@
            float2 inputs:st.connect = </Quad/Look/Place.outputs:result>
            float outputs:a
            float3 outputs:rgb
        }
        def Shader "Place"
        {
            uniform token info:id = "UsdPrimvarReader_float2"
            string inputs:varname = "st"
            float2 outputs:result
        }
"""
_RAYS = """#usda 1.0
(
    defaultPrim = "Sun"
    metersPerUnit = 1
    upAxis = "Z"
)
def DistantLight "Sun"
{
    float inputs:angle = 3
    float inputs:intensity = 2500
}
"""
_OMNI_GLASS = """        def Shader "Shader"
        {
            uniform token info:implementationSource = "sourceAsset"
            uniform asset info:mdl:sourceAsset = @OmniGlass.mdl@
            uniform token info:mdl:sourceAsset:subIdentifier = "OmniGlass"
            color3f inputs:glass_color = %s
            %s
            token outputs:out
        }
"""
_GLASS = (
    """#usda 1.0
(
    defaultPrim = "Glass"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Glass"
{
    def Sphere "Ball" (apiSchemas = ["MaterialBindingAPI"])
    {
        double radius = 0.55
        double3 xformOp:translate = (0.1, -0.3, 0.55)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        rel material:binding = </Glass/Look>
    }
    def Cube "Block" (apiSchemas = ["MaterialBindingAPI"])
    {
        double size = 0.6
        double3 xformOp:translate = (-0.9, -1.5, 0.301)
        float xformOp:rotateZ = 25
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateZ"]
        rel material:binding = </Glass/Look>
    }
    def Material "Look"
    {
        token outputs:mdl:surface.connect = </Glass/Look/Shader.outputs:out>
"""
    + _OMNI_GLASS % ("(0.9, 0.97, 0.95)", "float inputs:frosting_roughness = 0")
    + """    }
}
"""
)
_PANE = "\n" + _OMNI_GLASS % ("(0.6, 0.85, 0.7)", "bool inputs:thin_walled = 1")


def is_there(name: str, assets: Path) -> bool:
    """Return whether all that a scene reads of ``assets`` is there."""
    return all((assets / file).is_file() for file in _READ.get(name, ()))


def write_scene(name: str, folder: Path, assets: Path) -> Path:
    """Write a scene and what it reads into a folder; return its path. Models and environments come from ``assets``."""
    (folder / "pane.usda").write_text(
        _QUAD.replace("outputs:surface.connect", "outputs:mdl:surface.connect").replace(
            "Shader.outputs:surface", "Shader.outputs:out"
        )
        % _PANE
    )
    (folder / "sun.usda").write_text(_RAYS)
    (folder / "glass.usda").write_text(_GLASS)
    (folder / "leaf.usda").write_text(_QUAD % _LEAF)
    y, x = np.mgrid[0:128, 0:128] / 64 - 1
    leaf = np.zeros((128, 128, 4), np.uint8)
    leaf[..., :3] = 40, 130, 60
    leaf[..., 3] = 255 * (np.abs(x) < 0.7 * (1 - y * y) * (1 - 0.35 * (np.sin(20 * y) > 0)))
    cv2.imwrite(str(folder / "leaf.png"), leaf)
    mirrored = "mirrored: {create.material_omnipbr: {diffuse: [0.9, 0.9, 0.9], metallic: 1.0, roughness: 0.0}}\n"
    path = folder / f"{name}.yaml"
    path.write_text(
        _HEAD + mirrored + SCENES[name].replace("FOLDER", str(folder)).replace("ASSETS", str(assets)) + _VIEW
    )
    return path
