"""Assets to be damaged, of every format that is read: small files made here, the first of each the asset."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.assets.gltf.compressed import by_draco, by_meshoptimizer, ktx2, textured
from tests.assets.gltf.files import File
from tests.hostile.assets.pictures import pictures, png
from tests.hostile.assets.usd_seeds import Files, crate_seeds, package_seeds, text_seeds

_IMAGE = png(2, 2)
_OBJ = b"""mtllib asset.mtl
o part
v 0 0 0 1 0 0
v 1 0 0 0 1 0
v 1 1 0 0 0 1
v 0 1 0 1 1 1
v 0.5 0.5 1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vn 0 0 1
g low
usemtl paint
s 1
f 1/1/1 2/2/1 3/3/1 4/4/1
usemtl metal
s off
f 1//1 2//1 5//1
f -5 -4 -1
l 1 2 3
p 5
"""
_MTL = b"""newmtl paint
Ka 0.1 0.1 0.1
Kd 0.8 0.2 0.1
Ks 0.5 0.5 0.5
Ns 90
d 1
illum 2
map_Kd -s 2 2 1 -o 0.5 0 0 image.png
bump -bm 0.5 image.png
newmtl metal
Kd 0.5 0.5 0.5
Pr 0.3
Pm 1
Ke 0 0 0
Ni 1.45
Tr 0.2
map_d image.png
"""
_DAE = b"""<?xml version="1.0" encoding="utf-8"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
  <asset><unit name="centimeter" meter="0.01"/><up_axis>Y_UP</up_axis></asset>
  <library_images><image id="img"><init_from>image.png</init_from></image></library_images>
  <library_effects><effect id="fx"><profile_COMMON>
    <newparam sid="surf"><surface type="2D"><init_from>img</init_from></surface></newparam>
    <newparam sid="samp"><sampler2D><source>surf</source></sampler2D></newparam>
    <technique sid="common"><phong>
      <emission><color>0 0 0 1</color></emission>
      <diffuse><texture texture="samp" texcoord="UV"/></diffuse>
      <specular><color>0.5 0.5 0.5 1</color></specular>
      <shininess><float>40</float></shininess>
      <transparency><float>1</float></transparency>
    </phong></technique></profile_COMMON></effect></library_effects>
  <library_materials><material id="mat"><instance_effect url="#fx"/></material></library_materials>
  <library_geometries><geometry id="geo"><mesh>
    <source id="pos"><float_array id="pa" count="12">0 0 0 1 0 0 1 1 0 0 1 0</float_array>
      <technique_common><accessor source="#pa" count="4" stride="3">
        <param name="X" type="float"/><param name="Y" type="float"/><param name="Z" type="float"/>
      </accessor></technique_common></source>
    <source id="nor"><float_array id="na" count="3">0 0 1</float_array>
      <technique_common><accessor source="#na" count="1" stride="3"/></technique_common></source>
    <source id="tex"><float_array id="ta" count="8">0 0 1 0 1 1 0 1</float_array>
      <technique_common><accessor source="#ta" count="4" stride="2"/></technique_common></source>
    <vertices id="ver"><input semantic="POSITION" source="#pos"/></vertices>
    <polylist material="sym" count="1"><input semantic="VERTEX" source="#ver" offset="0"/>
      <input semantic="NORMAL" source="#nor" offset="1"/><input semantic="TEXCOORD" source="#tex" offset="2" set="0"/>
      <vcount>4</vcount><p>0 0 0 1 0 1 2 0 2 3 0 3</p></polylist>
    <triangles material="sym" count="1"><input semantic="VERTEX" source="#ver" offset="0"/><p>0 1 2</p></triangles>
    <polygons count="1"><input semantic="VERTEX" source="#ver" offset="0"/><p>0 1 2 3</p></polygons>
  </mesh></geometry></library_geometries>
  <library_visual_scenes><visual_scene id="scene"><node id="n">
    <matrix>1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1</matrix>
    <rotate>0 0 1 90</rotate><scale>1 2 1</scale>
    <translate>0 0 3</translate>
    <instance_geometry url="#geo"><bind_material><technique_common>
      <instance_material symbol="sym" target="#mat">
        <bind_vertex_input semantic="UV" input_semantic="TEXCOORD" input_set="0"/></instance_material>
    </technique_common></bind_material></instance_geometry>
    <node id="inner"><instance_geometry url="#geo"/></node></node></visual_scene></library_visual_scenes>
  <scene><instance_visual_scene url="#scene"/></scene>
</COLLADA>
"""
_OFF = b"OFF\n# a tetrahedron\n4 4 6\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 1 2 3\n3 2 0 3\n"
_3MF = b"""<?xml version="1.0" encoding="UTF-8"?>
<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">
 <resources><object id="1" type="model"><mesh><vertices>
  <vertex x="0" y="0" z="0"/>
  <vertex x="10" y="0" z="0"/><vertex x="0" y="10" z="0"/><vertex x="0" y="0" z="10"/></vertices>
  <triangles>
  <triangle v1="0" v2="2" v3="1"/><triangle v1="0" v2="1" v3="3"/><triangle v1="1" v2="2" v3="3"/></triangles>
 </mesh></object></resources>
 <build><item objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/></build>
</model>
"""
_MTLX = b"""<?xml version="1.0"?>
<materialx version="1.38" colorspace="lin_rec709">
  <nodegraph name="graph">
    <image name="picture" type="color3">
      <input name="file" type="filename" value="image.png" colorspace="srgb_texture"/>
      <input name="default" type="color3" value="0.1, 0.2, 0.3"/></image>
    <multiply name="darker" type="color3">
      <input name="in1" type="color3" nodename="picture"/>
      <input name="in2" type="float" value="0.5"/></multiply>
    <output name="out" type="color3" nodename="darker"/>
  </nodegraph>
  <standard_surface name="surface" type="surfaceshader">
    <input name="base" type="float" value="0.8"/>
    <input name="base_color" type="color3" nodegraph="graph" output="out"/>
    <input name="metalness" type="float" value="0.3"/>
    <input name="specular_roughness" type="float" value="0.25"/>
    <input name="emission_color" type="color3" value="1, 0.5, 0"/>
    <input name="opacity" type="color3" value="1, 1, 1"/>
  </standard_surface>
  <surfacematerial name="Look" type="material">
    <input name="surfaceshader" type="surfaceshader" nodename="surface"/></surfacematerial>
</materialx>
"""
_MTLX_USER = b"""#usda 1.0
(
    defaultPrim = "A"
)

def Xform "A"
{
    def Sphere "ball" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        rel material:binding = </A/Look>
    }

    def "Look" (
        prepend references = @look.mtlx@</MaterialX/Materials/Look>
    )
    {
    }
}
"""
_MDL = b"""mdl 1.6;
import ::OmniPBR::OmniPBR;
export material Oak(float gloss = 0.4, color tint = color(0.5, 0.4, 0.3)) [[ anno::display_name("Oak") ]]
 = OmniPBR::OmniPBR(
    diffuse_color_constant: tint,
    diffuse_texture: texture_2d("./image.png", ::tex::gamma_srgb),
    reflection_roughness_constant: 0.3f,
    metallic_constant: 0.0f,
    texture_scale: float2(2.0, 2.0),
    enable_emission: false,
    emissive_color: color(1.0));
"""
_MDL_USER = _MTLX_USER.replace(
    b"""    def "Look" (
        prepend references = @look.mtlx@</MaterialX/Materials/Look>
    )
    {
    }
""",
    b"""    def Material "Look"
    {
        token outputs:mdl:surface.connect = </A/Look/Shader.outputs:out>

        def Shader "Shader"
        {
            uniform token info:implementationSource = "sourceAsset"
            uniform asset info:mdl:sourceAsset = @oak.mdl@
            uniform token info:mdl:sourceAsset:subIdentifier = "Oak"
            float inputs:gloss = 0.2
            token outputs:out
        }
    }
""",
)


@cache
def seeds() -> dict[str, list[Files]]:
    """Return the good assets of each loader, and what is damaged of them: the first file unless ``DAMAGED`` says."""
    gltf, glb = _gltf()
    return {
        "usda": text_seeds(),
        "usdc": crate_seeds(),
        "usdc sections": crate_seeds(),
        "usdz": package_seeds(),
        "gltf": gltf,
        "glb": glb,
        "gltf buffer": [{**files, "asset.gltf": files["asset.gltf"]} for files in gltf],
        **_compressed(),
        "obj": [{"asset.obj": _OBJ, "asset.mtl": _MTL, "image.png": _IMAGE}],
        "mtl": [{"asset.obj": _OBJ, "asset.mtl": _MTL, "image.png": _IMAGE}],
        "stl ascii": [{"asset.stl": _stl_text()}],
        "stl binary": [{"asset.stl": _stl_binary()}],
        "ply ascii": [{"asset.ply": _ply("ascii")}],
        "ply binary": [{"asset.ply": _ply("binary_little_endian")}, {"asset.ply": _ply("binary_big_endian")}],
        "dae": [{"asset.dae": _DAE, "image.png": _IMAGE}],
        "off": [{"asset.off": _OFF}],
        "3mf": [{"asset.3mf": _zipped({"3D/3dmodel.model": _3MF, "[Content_Types].xml": b"<Types/>"})}],
        "3mf model": [{"asset.3mf": b"", "model": _3MF}],
        "mtlx": [{"asset.usda": _MTLX_USER, "look.mtlx": _MTLX, "image.png": _IMAGE}],
        "mdl": [{"asset.usda": _MDL_USER, "oak.mdl": _MDL, "image.png": _IMAGE}],
        **{f"image {ending[1:]}": [{f"asset{ending}": data} for data in files] for ending, files in pictures().items()},
    }


DAMAGED = {"mtl": "asset.mtl", "mtlx": "look.mtlx", "mdl": "oak.mdl", "gltf buffer": "buffer.bin", "3mf model": "model"}
DAMAGED |= {"draco": "buffer.bin", "meshopt": "buffer.bin", "ktx2": "picture.ktx2"}
KINDS = {  # of damage, by the loader; the others are bytes
    **dict.fromkeys(("usda", "obj", "mtl", "stl ascii", "ply ascii", "dae", "off", "3mf model", "mtlx", "mdl"), "text"),
    **dict.fromkeys(("gltf", "draco json", "meshopt json", "ktx2 json"), "json"),
    "glb": "glb",
    "usdc sections": "crate",
}


def finished(loader: str, files: Files) -> Files:
    """Return the files of an asset as they lie on disk: a model of 3MF goes into its archive."""
    if loader == "3mf model":
        return {"asset.3mf": _zipped({"3D/3dmodel.model": files["model"], "[Content_Types].xml": b"<Types/>"})}
    return files


def _zipped(members: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def _stl_text() -> bytes:
    facet = "facet normal 0 0 1\n outer loop\n  vertex 0 0 0\n  vertex 1 0 0\n  vertex {} 1 0\n endloop\nendfacet\n"
    return f"solid part\n{''.join(facet.format(k) for k in range(4))}endsolid part\n".encode()


def _stl_binary() -> bytes:
    triangles = [struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 1, 0, 0, k, 1, 0, 0x8000 | k) for k in range(6)]
    return b"COLOR=\x80\x40\x20\xff".ljust(80, b" ") + struct.pack("<I", len(triangles)) + b"".join(triangles)


def _ply(form: str) -> bytes:
    head = (
        f"ply\nformat {form} 1.0\ncomment TextureFile image.png\nelement vertex 4\nproperty float x\nproperty float y\n"
        "property float z\nproperty float nx\nproperty float ny\nproperty float nz\nproperty uchar red\n"
        "property uchar green\nproperty uchar blue\nproperty float s\nproperty float t\nelement face 2\n"
        "property list uchar int vertex_indices\nproperty list uchar float texcoord\nend_header\n"
    ).encode()
    vertices = [
        (x, y, 0.0, 0.0, 0.0, 1.0, 200, 100, 50, x, y) for x, y in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    ]
    faces = [((0, 1, 2), (0.0, 0.0, 1.0, 0.0, 1.0, 1.0)), ((0, 2, 3), (0.0, 0.0, 1.0, 1.0, 0.0, 1.0))]
    if form == "ascii":
        lines = [" ".join(f"{v:g}" for v in row) for row in vertices]
        lines += [f"3 {' '.join(map(str, i))} 6 {' '.join(f'{v:g}' for v in t)}" for i, t in faces]
        return head + ("\n".join(lines) + "\n").encode()
    order = "<" if "little" in form else ">"
    body = b"".join(struct.pack(f"{order}6f3B2f", *row) for row in vertices)
    body += b"".join(struct.pack(f"{order}B3iB6f", 3, *i, 6, *t) for i, t in faces)
    return head + body


def _gltf() -> tuple[list[Files], list[Files]]:
    """Return .gltf files with a buffer of their own, and the same as .glb."""
    made = [_scene(), _figure()]
    texts, binaries = [], []
    for tree, data in made:
        named = json.loads(json.dumps(tree))
        named["buffers"] = [{"byteLength": len(data), "uri": "buffer.bin"}]
        texts.append({"asset.gltf": json.dumps(named).encode(), "buffer.bin": data, "image.png": _IMAGE})
        tree["buffers"] = [{"byteLength": len(data)}]
        text = json.dumps(tree).encode()
        text += b" " * (-len(text) % 4)
        body = data + b"\0" * (-len(data) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
        binaries.append({"asset.glb": b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks, "image.png": _IMAGE})
    return texts, binaries


def _compressed() -> dict[str, list[Files]]:
    """Return .gltf files whose mesh or picture is compressed, by what is damaged: the compressed data, or the JSON."""
    made = {"meshopt": by_meshoptimizer(), "ktx2": textured("picture.ktx2")}
    if find_spec("DracoPy"):
        made["draco"] = by_draco()
    found = {}
    for name, file in made.items():
        tree, data = _written(file)
        tree["buffers"][0]["uri"] = "buffer.bin"
        files = {"asset.gltf": json.dumps(tree).encode(), "buffer.bin": data}
        if name == "ktx2":
            files["picture.ktx2"] = ktx2((200, 100, 50, 255))
        found[name] = found[f"{name} json"] = [files]
    return found


def _written(file: File) -> tuple[dict[str, Any], bytes]:
    """Return the JSON of a file that lies on disk, and its buffer."""
    import base64

    with TemporaryDirectory() as folder:
        tree = json.loads(file.write(Path(folder)).read_text())
    return tree, base64.b64decode(tree["buffers"][0]["uri"].partition(",")[2])


def _scene() -> tuple[dict[str, object], bytes]:
    """Return a mesh with a material, a light, a camera, and sparse and compressed accessors."""
    file = File()
    points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    uvs = file.add([(0, 0), (1, 0), (1, 1), (0, 1)])
    normals = file.add([(0, 0, 1)] * 4)
    colours = file.add(np.full((4, 4), 65535), np.uint16, normalized=True)
    mesh = file.mesh(
        points,
        indices=[0, 1, 2, 0, 2, 3],
        material=0,
        attributes={"TEXCOORD_0": uvs, "NORMAL": normals, "COLOR_0": colours},
    )
    sparse = file.tree["accessors"][0]
    sparse["sparse"] = {
        "count": 1,
        "indices": {"bufferView": file.view(np.array([3], np.uint16).tobytes()), "componentType": 5123},
        "values": {"bufferView": file.view(np.array([0, 2, 0], np.float32).tobytes())},
    }
    picture = file.view(_IMAGE)
    turned = {"scale": [2, 2], "rotation": 0.3}
    light = {"type": "spot", "intensity": 40, "spot": {"outerConeAngle": 0.5}}
    file.tree |= {
        "extensionsUsed": ["KHR_lights_punctual", "KHR_materials_clearcoat", "KHR_texture_transform"],
        "extensions": {"KHR_lights_punctual": {"lights": [light]}},
        "images": [{"uri": "image.png"}, {"bufferView": picture, "mimeType": "image/png"}],
        "samplers": [{"wrapS": 33648, "wrapT": 10497}],
        "textures": [{"source": 0, "sampler": 0}, {"source": 1}],
        "materials": [
            {
                "name": "paint",
                "pbrMetallicRoughness": {
                    "baseColorFactor": [1, 0.5, 0.2, 1],
                    "baseColorTexture": {
                        "index": 0,
                        "extensions": {"KHR_texture_transform": turned},
                    },
                    "metallicFactor": 0.2,
                    "roughnessFactor": 0.6,
                },
                "normalTexture": {"index": 1, "scale": 0.5},
                "emissiveFactor": [0, 0, 0.1],
                "alphaMode": "MASK",
                "alphaCutoff": 0.4,
                "extensions": {"KHR_materials_clearcoat": {"clearcoatFactor": 0.5}},
            }
        ],
        "cameras": [{"type": "perspective", "perspective": {"yfov": 0.7, "znear": 0.1, "zfar": 50}}],
        "nodes": [
            {"mesh": mesh, "name": "plate", "children": [1, 2], "rotation": [0, 0, 0, 1], "scale": [1, 1, 2]},
            {"camera": 0, "translation": [0, 0, 5]},
            {"extensions": {"KHR_lights_punctual": {"light": 0}}, "matrix": np.eye(4).ravel().tolist()},
        ],
    }
    file.animate(0, "translation", [0.0, 1.0], [(0, 0, 0), (0, 0, 1)])
    return _written(file)


def _figure() -> tuple[dict[str, object], bytes]:
    """Return a skinned mesh with a morph target, animated."""
    file = File()
    moved = file.add([(0, 0, 0.1)] * 3)
    joints, weights = file.add([(0, 1, 0, 0)] * 3, np.uint8), file.add([(0.5, 0.5, 0, 0)] * 3)
    mesh = file.mesh(attributes={"JOINTS_0": joints, "WEIGHTS_0": weights}, targets=[{"POSITION": moved}])
    file.tree["meshes"][mesh]["weights"] = [0.25]
    binds = file.add(np.tile(np.eye(4).ravel(), (2, 1)), kind="MAT4")
    file.tree |= {
        "nodes": [
            {"mesh": mesh, "skin": 0},
            {"children": [2], "name": "hip"},
            {"translation": [0, 1, 0], "name": "knee"},
        ],
        "skins": [{"joints": [1, 2], "inverseBindMatrices": binds}],
    }
    file.animate(2, "rotation", [0.0, 0.5, 1.0], [(0, 0, 0, 1), (0, 0, 0.7, 0.7), (0, 0, 0, 1)])
    file.animate(0, "weights", [0.0, 1.0], [0.0, 1.0], "STEP")
    return _written(file)
