"""USD assets to be damaged: small ones that have something of each kind of prim that is read."""

from __future__ import annotations

import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from pxr import Sdf, Usd

from tests.hostile.assets.pictures import png

Files = dict[str, bytes]  # by name; the first is the asset

_HEAD = """#usda 1.0
(
    defaultPrim = "A"
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = 24
    startTimeCode = 0
    endTimeCode = 24
)

"""
_MESHES = """def Xform "A" (
    customData = {
        string maker = "seed"
        dictionary inner = {
            double[] weights = [0.5, 1, 2]
        }
    }
    variants = {
        string shade = "dark"
    }
    prepend variantSets = "shade"
)
{
    double3 xformOp:translate = (0, 0, 1)
    float3 xformOp:rotateXYZ.timeSamples = {
        0: (0, 0, 0),
        24: (0, 0, 90),
    }
    double3 xformOp:scale = (1, 1, 1)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]

    def Mesh "mesh" (
        prepend apiSchemas = ["MaterialBindingAPI", "SemanticsAPI:Semantics_a"]
    )
    {
        uniform bool doubleSided = 1
        float3[] extent = [(0, 0, 0), (2, 1, 0)]
        int[] faceVertexCounts = [4, 3, 5]
        int[] faceVertexIndices = [0, 1, 2, 3, 1, 4, 2, 0, 1, 4, 2, 3]
        normal3f[] normals = [(0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1), (0, 0, 1)] (
            interpolation = "vertex"
        )
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (2, 0, 0)]
        color3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0), (0, 0, 1)] (
            interpolation = "uniform"
        )
        float[] primvars:displayOpacity = [1, 0.5, 1, 1, 0.25] (
            interpolation = "vertex"
        )
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (
            interpolation = "faceVarying"
        )
        int[] primvars:st:indices = [0, 1, 2, 3, 1, 1, 2, 0, 1, 1, 2, 3]
        string semantic:Semantics_a:params:semanticData = "part"
        string semantic:Semantics_a:params:semanticType = "class"
        uniform token subdivisionScheme = "none"
        rel material:binding = </A/Looks/Paint>

        def GeomSubset "half" (
            prepend apiSchemas = ["MaterialBindingAPI"]
        )
        {
            uniform token elementType = "face"
            uniform token familyName = "materialBind"
            int[] indices = [1]
            rel material:binding = </A/Looks/Omni>
        }
    }

    def Mesh "smooth"
    {
        int[] cornerIndices = [0]
        float[] cornerSharpnesses = [10]
        int[] creaseIndices = [0, 1, 2]
        int[] creaseLengths = [3]
        float[] creaseSharpnesses = [2.5]
        int[] faceVertexCounts = [4, 4, 4, 4, 4, 4]
        int[] faceVertexIndices = [0, 1, 3, 2, 2, 3, 5, 4, 4, 5, 7, 6, 6, 7, 1, 0, 1, 7, 5, 3, 6, 0, 2, 4]
        int[] holeIndices = [5]
        point3f[] points.timeSamples = {
            0: [(-1, -1, 1), (1, -1, 1), (-1, 1, 1), (1, 1, 1), (-1, 1, -1), (1, 1, -1), (-1, -1, -1), (1, -1, -1)],
            24: [(-1, -1, 2), (1, -1, 1), (-1, 1, 1), (1, 1, 1), (-1, 1, -1), (1, 1, -1), (-1, -1, -1), (1, -1, -1)],
        }
        uniform token subdivisionScheme = "catmullClark"
    }

    def PointInstancer "many"
    {
        quath[] orientations = [(1, 0, 0, 0), (0.7, 0.7, 0, 0), (1, 0, 0, 0)]
        point3f[] positions = [(0, 0, 0), (2, 0, 0), (0, 2, 0)]
        int[] protoIndices = [0, 1, 0]
        rel prototypes = [</A/many/ball>, </A/many/box>]
        float3[] scales = [(1, 1, 1), (2, 1, 1), (0.5, 0.5, 0.5)]

        def Sphere "ball"
        {
            double radius = 0.1
        }

        def Cube "box"
        {
            double size = 0.2
            matrix4d xformOp:transform = ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )
            uniform token[] xformOpOrder = ["xformOp:transform"]
        }
    }
    variantSet "shade" = {
        "dark" {
            def Cone "hat"
            {
                uniform token axis = "Z"
                double height = 1
                double radius = 0.5
            }
        }
        "light" {
            def Capsule "hat"
            {
                double height = 1
                double radius = 0.25
            }
        }
    }

    def Scope "Looks"
    {
        def Material "Paint"
        {
            token outputs:surface.connect = </A/Looks/Paint/Surface.outputs:surface>

            def Shader "Surface"
            {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor.connect = </A/Looks/Paint/Image.outputs:rgb>
                color3f inputs:emissiveColor = (0, 0, 0)
                float inputs:ior = 1.5
                float inputs:metallic = 0.2
                float inputs:opacity = 1
                float inputs:roughness = 0.4
                token outputs:surface
            }

            def Shader "Image"
            {
                uniform token info:id = "UsdUVTexture"
                float4 inputs:bias = (0, 0, 0, 0)
                asset inputs:file = @image.png@
                float4 inputs:scale = (1, 1, 1, 1)
                float2 inputs:st.connect = </A/Looks/Paint/Place.outputs:result>
                token inputs:wrapS = "mirror"
                float3 outputs:rgb
            }

            def Shader "Place"
            {
                uniform token info:id = "UsdTransform2d"
                float inputs:rotation = 30
                float2 inputs:scale = (2, 2)
                float2 inputs:translation = (0.5, 0)
                float2 outputs:result
            }
        }

        def Material "Omni"
        {
            token outputs:mdl:surface.connect = </A/Looks/Omni/Shader.outputs:out>

            def Shader "Shader"
            {
                uniform token info:implementationSource = "sourceAsset"
                uniform asset info:mdl:sourceAsset = @OmniPBR.mdl@
                uniform token info:mdl:sourceAsset:subIdentifier = "OmniPBR"
                color3f inputs:diffuse_color_constant = (0.2, 0.4, 0.8)
                color3f inputs:emissive_color = (1, 1, 1)
                float inputs:emissive_intensity = 40
                bool inputs:enable_emission = 1
                float inputs:metallic_constant = 0.1
                float inputs:reflection_roughness_constant = 0.3
                float2 inputs:texture_scale = (1, 1)
                token outputs:out
            }
        }
    }
}
"""
_OTHERS = """def Xform "A"
{
    def SphereLight "lamp" (
        prepend apiSchemas = ["ShapingAPI"]
    )
    {
        color3f inputs:color = (1, 0.9, 0.8)
        float inputs:colorTemperature = 4000
        bool inputs:enableColorTemperature = 1
        float inputs:exposure = 2
        float inputs:intensity = 1000
        bool inputs:normalize = 1
        float inputs:radius = 0.5
        float inputs:shaping:cone:angle = 40
        float inputs:shaping:cone:softness = 0.2
    }

    def RectLight "panel"
    {
        float inputs:height = 1
        float inputs:intensity.timeSamples = {
            0: 100,
            24: 200,
        }
        float inputs:width = 2
        float3 xformOp:scale = (1, 2, 1)
        uniform token[] xformOpOrder = ["xformOp:scale"]
    }

    def DomeLight "sky"
    {
        float inputs:intensity = 100
        asset inputs:texture:file = @image.png@
    }

    def DistantLight "sun"
    {
        float inputs:angle = 0.5
        float inputs:intensity = 3
    }

    def Camera "eye"
    {
        float2 clippingRange = (0.1, 100)
        float focalLength = 24
        float focusDistance = 5
        float fStop = 2.8
        float horizontalAperture = 20.955
        float horizontalApertureOffset = 0.1
        float verticalAperture = 15.29
        double3 xformOp:translate = (0, 0, 8)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }

    def Camera "fisheye" (
        prepend apiSchemas = ["OmniLensDistortionFthetaAPI"]
    )
    {
        float2 omni:lensdistortion:ftheta:opticalCenter = (960, 600)
        float omni:lensdistortion:ftheta:k1 = 0.0023
        float omni:lensdistortion:ftheta:maxFov = 190
        float omni:lensdistortion:ftheta:nominalHeight = 1200
        token omni:lensdistortion:model = "ftheta"
        token cameraProjectionType = "fisheyePolynomial"
        float fthetaPolyB = 0.0024
        float fthetaWidth = 1920
    }

    def Camera "bent"
    {
        token omni:lensdistortion:model = "opencvPinhole"
        float omni:lensdistortion:opencvPinhole:fx = 900
        float omni:lensdistortion:opencvPinhole:fy = 900
        float omni:lensdistortion:opencvPinhole:cx = 640
        float omni:lensdistortion:opencvPinhole:cy = 360
        float omni:lensdistortion:opencvPinhole:k1 = 0.05
        int2 omni:lensdistortion:opencvPinhole:imageSize = (1280, 720)
    }

    def SkelRoot "body" (
        prepend apiSchemas = ["SkelBindingAPI"]
    )
    {
        rel skel:skeleton = </A/body/bones>

        def Skeleton "bones" (
            prepend apiSchemas = ["SkelBindingAPI"]
        )
        {
            uniform matrix4d[] bindTransforms = [
                ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) ),
                ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1) )
            ]
            uniform token[] joints = ["hip", "hip/knee"]
            uniform matrix4d[] restTransforms = [
                ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) ),
                ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1) )
            ]
            rel skel:animationSource = </A/body/walk>
        }

        def SkelAnimation "walk"
        {
            uniform token[] blendShapes = ["wide"]
            float[] blendShapeWeights.timeSamples = {
                0: [0],
                24: [1],
            }
            uniform token[] joints = ["hip", "hip/knee"]
            quatf[] rotations.timeSamples = {
                0: [(1, 0, 0, 0), (1, 0, 0, 0)],
                24: [(1, 0, 0, 0), (0.7, 0.7, 0, 0)],
            }
            half3[] scales = [(1, 1, 1), (1, 1, 1)]
            float3[] translations = [(0, 0, 0), (0, 0, 1)]
        }

        def Mesh "skin" (
            prepend apiSchemas = ["SkelBindingAPI"]
        )
        {
            int[] faceVertexCounts = [3, 3]
            int[] faceVertexIndices = [0, 1, 2, 1, 3, 2]
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 0, 2), (1, 0, 2)]
            matrix4d primvars:skel:geomBindTransform = ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )
            int[] primvars:skel:jointIndices = [0, 0, 1, 1] (
                elementSize = 1
                interpolation = "vertex"
            )
            float[] primvars:skel:jointWeights = [1, 1, 1, 1] (
                elementSize = 1
                interpolation = "vertex"
            )
            uniform token[] skel:blendShapes = ["wide"]
            rel skel:blendShapeTargets = </A/body/skin/wide>
            uniform token subdivisionScheme = "none"

            def BlendShape "wide"
            {
                uniform vector3f[] normalOffsets = [(0, 0, 0)]
                uniform vector3f[] offsets = [(0.5, 0, 0)]
                uniform int[] pointIndices = [1]
            }
        }
    }

    def BasisCurves "hair"
    {
        uniform token basis = "bezier"
        int[] curveVertexCounts = [4, 4]
        point3f[] points = [(0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 0, 2), (0, 1, 0), (0, 1, 1), (1, 1, 1), (1, 1, 2)]
        uniform token type = "cubic"
        float[] widths = [0.1, 0.05] (
            interpolation = "uniform"
        )
        uniform token wrap = "nonperiodic"
    }

    def NurbsCurves "wire"
    {
        int[] curveVertexCounts = [4]
        double[] knots = [0, 0, 0, 0, 1, 1, 1, 1]
        int[] order = [4]
        point3f[] points = [(0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 0, 2)]
        double2[] ranges = [(0, 1)]
        float[] widths = [0.1] (
            interpolation = "constant"
        )
    }

    def NurbsPatch "sheet"
    {
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 1)]
        int uOrder = 2
        double[] uKnots = [0, 0, 1, 1]
        double2 uRange = (0, 1)
        int uVertexCount = 2
        int vOrder = 2
        double[] vKnots = [0, 0, 1, 1]
        double2 vRange = (0, 1)
        int vVertexCount = 2
    }

    def Points "dust"
    {
        point3f[] points = [(0, 0, 0), (0, 0, 1)]
        float[] widths = [0.2, 0.1]
    }

    def TetMesh "jelly"
    {
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
        int4[] tetVertexIndices = [(0, 1, 2, 3)]
        int3[] surfaceFaceVertexIndices = [(0, 2, 1), (0, 1, 3)]
    }

    def Plane "floor"
    {
        uniform token axis = "Z"
        double length = 4
        double width = 4
    }

    def Cylinder_1 "pipe"
    {
        double height = 1
        double radiusBottom = 0.5
        double radiusTop = 0.25
    }

    def Cube "falling" (
        prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMassAPI"]
    )
    {
        float physics:mass = 2
        vector3f physics:velocity = (0, 0, 1)
        double size = 0.5
        quatf xformOp:orient = (1, 0, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:orient"]
    }
}
"""
IMAGE = png(2, 2)


def text_seeds() -> list[Files]:
    """Return two .usda assets: meshes with materials, and everything else."""
    return [{"asset.usda": (_HEAD + body).encode(), "image.png": IMAGE} for body in (_MESHES, _OTHERS)]


def crate_seeds() -> list[Files]:
    """Return the same as .usdc, the second with arrays that are long enough to be compressed."""
    seeds = []
    with TemporaryDirectory() as folder:
        for number, files in enumerate(text_seeds()):
            layer = Sdf.Layer.CreateAnonymous(".usda")
            layer.ImportFromString(files["asset.usda"].decode())
            if number:
                stage = Usd.Stage.Open(layer)
                strip = stage.DefinePrim("/A/strip", "Mesh")
                count = 40
                points = [(k // 2 * 0.1, k % 2, 0.0) for k in range(count)]
                strip.CreateAttribute("points", Sdf.ValueTypeNames.Point3fArray).Set(points)
                quads = [v for k in range(0, count - 2, 2) for v in (k, k + 2, k + 3, k + 1)]
                strip.CreateAttribute("faceVertexIndices", Sdf.ValueTypeNames.IntArray).Set(quads)
                strip.CreateAttribute("faceVertexCounts", Sdf.ValueTypeNames.IntArray).Set([4] * (len(quads) // 4))
                opacity = strip.CreateAttribute("primvars:displayOpacity", Sdf.ValueTypeNames.FloatArray)
                opacity.Set([0.25, 0.5] * (count // 2))
                opacity.SetMetadata("interpolation", "vertex")
                whole = strip.CreateAttribute("primvars:weight", Sdf.ValueTypeNames.FloatArray)
                whole.Set([float(k) for k in range(count)])
            path = Path(folder) / f"{number}.usdc"
            layer.Export(str(path))
            seeds.append({"asset.usdc": path.read_bytes(), "image.png": IMAGE})
    return seeds


def package_seeds() -> list[Files]:
    """Return .usdz packages of the text and the crate."""
    text, crate = text_seeds()[0], crate_seeds()[1]
    return [
        {"asset.usdz": package({"asset.usda": text["asset.usda"], "image.png": IMAGE})},
        {"asset.usdz": package({"asset.usdc": crate["asset.usdc"], "image.png": IMAGE})},
    ]


def package(members: Files, *, method: int = 0) -> bytes:
    """Return a zip archive whose members begin at multiples of 64 bytes, as USDZ wants them; ``method`` 0 is stored."""
    out, directory = b"", b""
    for name, data in members.items():
        raw = name.encode()
        body = data
        if method:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            body = packer.compress(data) + packer.flush()
        padding = -(len(out) + 30 + len(raw) + 4) % 64
        fields = method.to_bytes(2, "little") + bytes(4) + zlib.crc32(data).to_bytes(4, "little")
        sizes = len(body).to_bytes(4, "little") + len(data).to_bytes(4, "little")
        extra = b"\x86\x19" + padding.to_bytes(2, "little") + bytes(padding)
        lengths = len(raw).to_bytes(2, "little") + len(extra).to_bytes(2, "little")
        entry = b"\x14\0\0\0" + fields + sizes + lengths
        directory += b"PK\x01\x02\x14\0" + entry + bytes(10) + len(out).to_bytes(4, "little") + raw + extra
        out += b"PK\x03\x04" + entry + raw + extra + body
    count = len(members).to_bytes(2, "little")
    end = count * 2 + len(directory).to_bytes(4, "little") + len(out).to_bytes(4, "little")
    return out + directory + b"PK\x05\x06" + bytes(4) + end + bytes(2)
