"""The tables do not lie: what a table calls read changes what a snapshot holds, or how bodies and joints are read."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom

from rendersdg.assets.resolver import Resolver
from rendersdg.errors import Report
from rendersdg.orchestrator.session import Session
from rendersdg.scene.create import render_product
from rendersdg.scene.recorder import Recorder, filling
from rendersdg.stage.audit import TABLES, rules_for
from rendersdg.stage.base import LIGHT_TYPES
from rendersdg.stage.joints import bonds_of
from rendersdg.stage.mdl import MODELS
from rendersdg.stage.physics import bodies_of, colliders_of, contact_of, gravity_of
from tests.stage.test_audit import other_than

GONE = object()  # the value of a property that is taken away

GRID = """def Mesh "Grid" {
    point3f[] points = [(0,0,0), (1,0,0), (2,0,0), (0,1,0), (1,1,1), (2,1,0), (0,2,0), (1,2,0), (2,2,0)]
    int[] faceVertexCounts = [4, 4, 4, 4]
    int[] faceVertexIndices = [0, 1, 4, 3, 1, 2, 5, 4, 3, 4, 7, 6, 4, 5, 8, 7]
    uniform token subdivisionScheme = "catmullClark"
    int[] holeIndices = [3]
    int[] creaseIndices = [3, 4, 5]
    int[] creaseLengths = [3]
    float[] creaseSharpnesses = [10]
    int[] cornerIndices = [4]
    float[] cornerSharpnesses = [10]
}
"""
SUBSETS = """def Mesh "Sheet" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    point3f[] points = [(0,0,0), (1,0,0), (2,0,0), (0,1,0), (1,1,0), (2,1,0)]
    int[] faceVertexCounts = [4, 4]
    int[] faceVertexIndices = [0, 1, 4, 3, 1, 2, 5, 4]
    uniform token subdivisionScheme = "none"
    rel material:binding = </Looks/Red>
    def GeomSubset "Half" (prepend apiSchemas = ["MaterialBindingAPI"]) {
        uniform token elementType = "face"
        int[] indices = [0]
        rel material:binding = </Looks/Blue>
    }
}
def Scope "Looks" {
    def Material "Red" {
        token outputs:surface.connect = </Looks/Red/S.outputs:surface>
        def Shader "S" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (1, 0, 0)
            token outputs:surface
        }
    }
    def Material "Blue" {
        token outputs:surface.connect = </Looks/Blue/S.outputs:surface>
        def Shader "S" {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (0, 0, 1)
            token outputs:surface
        }
    }
}
"""
COLLECTED = (
    """def Xform "All" (prepend apiSchemas = ["MaterialBindingAPI", "CollectionAPI:red"]) {
    rel material:binding:collection:red = [</All.collection:red>, </Looks/Red>]
    rel collection:red:includes = </All/One>
    def Cube "One" {}
    def Cube "Two" {}
}
"""
    + SUBSETS
)
SOLIDS = """
def Cube "Cube" { double size = 2 }
def Sphere "Sphere" { double radius = 1 }
def Cylinder "Cylinder" { double radius = 1 }
def Cone "Cone" { double radius = 1 }
def Capsule "Capsule" { double radius = 1 }
def Plane "Plane" { double width = 1 }
"""
MANY = """def PointInstancer "Many" {
    int[] protoIndices = [0, 1]
    point3f[] positions = [(0, 0, 0), (3, 0, 0)]
    float3[] scales = [(1, 1, 1), (1, 1, 1)]
    int64[] ids = [5, 7]
    int64[] invisibleIds = [7]
    rel prototypes = [</Many/A>, </Many/B>]
    def Cube "A" {}
    def Sphere "B" {}
}
"""
SKINNED = """def SkelRoot "Root" {
    def Skeleton "Skel" (prepend apiSchemas = ["SkelBindingAPI"]) {
        uniform token[] joints = ["a", "a/b"]
        uniform matrix4d[] bindTransforms = [
            ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,0,1)), ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,1,1))
        ]
        uniform matrix4d[] restTransforms = [
            ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,0,1)), ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,1,1))
        ]
        rel skel:animationSource = </Root/Anim>
    }
    def SkelAnimation "Anim" {
        uniform token[] joints = ["a", "a/b"]
        float3[] translations = [(0, 0, 0), (0, 0, 2)]
        quatf[] rotations = [(1, 0, 0, 0), (0.7071, 0.7071, 0, 0)]
        half3[] scales = [(1, 1, 1), (1, 1, 1)]
    }
    def SkelAnimation "Other" {
        uniform token[] joints = ["a", "a/b"]
        float3[] translations = [(1, 0, 0), (0, 0, 2)]
        quatf[] rotations = [(1, 0, 0, 0), (1, 0, 0, 0)]
        half3[] scales = [(1, 1, 1), (1, 1, 1)]
    }
    def Mesh "Skin" (prepend apiSchemas = ["SkelBindingAPI"]) {
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 0, 1.5)]
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        uniform token subdivisionScheme = "none"
        rel skel:skeleton = </Root/Skel>
        uniform token[] skel:joints = ["a", "a/b"]
        matrix4d primvars:skel:geomBindTransform = ((1,0,0,0),(0,1,0,0),(0,0,1,0),(0,0,0,1))
        int[] primvars:skel:jointIndices = [0, 0, 1] (
            elementSize = 1
            interpolation = "vertex"
        )
        float[] primvars:skel:jointWeights = [1, 1, 1] (
            elementSize = 1
            interpolation = "vertex"
        )
    }
}
"""
POSED = """def Xform "Place" (prepend apiSchemas = ["SemanticsLabelsAPI:class"]) {
    double3 xformOp:translate = (1, 2, 3)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    token[] semantics:labels:class = ["box"]
    string semantic:old:params:semanticType = "colour"
    string semantic:old:params:semanticData = "red"
    custom string rendersdg:keypoint = "middle"
    custom string[] rendersdg:keypoints:names = ["left", "right"]
    custom point3f[] rendersdg:keypoints:points = [(-1, 0, 0), (1, 0, 0)]
    custom string[] rendersdg:keypoints:skeleton = ["left", "right"]
    custom float rendersdg:keypoints:depth = 0.5
    def Cube "Box" {}
}
"""
EYE = """def Cube "Box" {}
def Camera "Eye" { float fStop = 2 }
"""
LIDAR = """def Cube "Box" {}
def OmniLidar "Eye" {
    double3 xformOp:translate = (1, 2, 3)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    float[] omni:sensor:Core:emitterState:s001:azimuthDeg = [0, 1]
    float[] omni:sensor:Core:emitterState:s001:elevationDeg = [0, 2]
    uint[] omni:sensor:Core:emitterState:s001:channelId = [1, 2]
    uint[] omni:sensor:Core:emitterState:s001:fireTimeNs = [0, 10]
}
"""
DEPTH = """def Camera "Eye" (prepend apiSchemas = ["OmniSensorDepthSensorSingleViewAPI"]) {
    custom float omni:rtx:post:depthSensor:noiseMean = 0.5
}
"""
FISH = """def Camera "Eye" { custom token cameraProjectionType = "fisheyePolynomial" }
"""
OPENCV = """def Camera "Eye" { custom token omni:lensdistortion:model = "opencvPinhole" }
"""
OPENCV_FISH = """def Camera "Eye" {
    custom token omni:lensdistortion:model = "opencvFisheye"
    custom int2 omni:lensdistortion:opencvFisheye:imageSize = (640, 480)
    custom float omni:lensdistortion:opencvFisheye:fx = 300
    custom float omni:lensdistortion:opencvFisheye:fy = 300
    custom float omni:lensdistortion:opencvFisheye:cx = 320
    custom float omni:lensdistortion:opencvFisheye:cy = 240
}
"""
LENSES = {
    name: f'def Camera "Eye" {{\n    custom token {attribute} = "{name}"\n}}\n'
    for name, attribute in (
        ("pinholeOpenCV", "cameraProjectionType"),
        ("ftheta", "omni:lensdistortion:model"),
        ("kannalaBrandtK3", "omni:lensdistortion:model"),
    )
}
TEXTURED = """def Mesh "Sheet" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0), (0,1,0)]
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    uniform token subdivisionScheme = "none"
    texCoord2f[] primvars:one = [(0,0), (1,0), (1,1), (0,1)] (interpolation = "vertex")
    texCoord2f[] primvars:two = [(0,0), (2,0), (2,2), (0,2)] (interpolation = "vertex")
    rel material:binding = </Look>
}
def Material "Look" {
    token outputs:surface.connect = </Look/Surface.outputs:surface>
    token outputs:mdl:surface
    string inputs:name = "two"
    def NodeGraph "Graph" {
        float inputs:metal = 0.5
        float outputs:metal.connect = </Look/Graph.inputs:metal>
    }
    def Shader "Surface" {
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor.connect = </Look/Image.outputs:rgb>
        float inputs:metallic.connect = </Look/Graph.outputs:metal>
        float inputs:opacity = 0.6
        token outputs:surface
    }
    def Shader "Image" {
        uniform token info:id = "UsdUVTexture"
        asset inputs:file = @one.png@
        float2 inputs:st.connect = </Look/Turned.outputs:result>
        float3 outputs:rgb
    }
    def Shader "Turned" {
        uniform token info:id = "UsdTransform2d"
        float2 inputs:in.connect = </Look/Reader.outputs:result>
        float2 outputs:result
    }
    def Shader "Reader" {
        uniform token info:id = "UsdPrimvarReader_float2"
        string inputs:varname.connect = </Look.inputs:name>
        float2 outputs:result
    }
}
"""
MDL = """def Mesh "Sheet" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0), (0,1,0)]
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    uniform token subdivisionScheme = "none"
    texCoord2f[] primvars:st = [(0,0), (1,0), (1,1), (0,1)] (interpolation = "vertex")
    texCoord2f[] primvars:st1 = [(0,0), (2,0), (2,2), (0,2)] (interpolation = "vertex")
    rel material:binding = </Look>
}
def Material "Look" {
    token outputs:mdl:surface.connect = </Look/Shader.outputs:out>
    def Shader "Shader" {
        uniform token info:implementationSource = "sourceAsset"
        uniform asset info:mdl:sourceAsset = @%NAME%.mdl@
        uniform token info:mdl:sourceAsset:subIdentifier = "%NAME%"
        token outputs:out
%INPUTS%
    }
}
"""
MTLX = (
    MDL.replace("outputs:mdl:surface", "outputs:mtlx:surface")
    .replace("%INPUTS%", "")
    .replace(
        """        uniform token info:implementationSource = "sourceAsset"
        uniform asset info:mdl:sourceAsset = @%NAME%.mdl@
        uniform token info:mdl:sourceAsset:subIdentifier = "%NAME%"
""",
        """        uniform token info:id = "ND_standard_surface_surfaceshader"
""",
    )
)
BODIES = """def PhysicsScene "Scene" { float physics:gravityMagnitude = 5 }
def Xform "Body" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"]) {
    def Cube "Box" (prepend apiSchemas = ["PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "MaterialBindingAPI"]) {
        rel material:binding:physics = </Rough>
    }
}
def Xform "Other" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) {
    def Cube "Box" (prepend apiSchemas = ["PhysicsCollisionAPI"]) {}
}
def Xform "Robot" (prepend apiSchemas = ["PhysicsArticulationRootAPI"]) {
    def Xform "Base" (prepend apiSchemas = ["PhysicsRigidBodyAPI"]) {}
    def Xform "Arm" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsFilteredPairsAPI"]) {
        rel physics:filteredPairs = </Body>
    }
    def PhysicsRevoluteJoint "Hinge" (prepend apiSchemas = ["PhysicsDriveAPI:angular"]) {
        rel physics:body0 = </Robot/Base>
        rel physics:body1 = </Robot/Arm>
        float physics:lowerLimit = -10
        float physics:upperLimit = 10
    }
    def PhysicsDistanceJoint "Rope" {
        rel physics:body0 = </Robot/Base>
        rel physics:body1 = </Robot/Arm>
        custom bool physxPhysicsDistanceJoint:springEnabled = 1
    }
    def PhysicsSphericalJoint "Ball" {
        rel physics:body0 = </Robot/Base>
        rel physics:body1 = </Robot/Arm>
    }
    def PhysicsJoint "Free" (prepend apiSchemas = ["PhysicsLimitAPI:rotX", "PhysicsDriveAPI:rotX"]) {
        rel physics:body0 = </Robot/Base>
        rel physics:body1 = </Robot/Arm>
    }
    def PhysicsRevoluteJoint "Follower" {
        rel physics:body0 = </Robot/Base>
        rel physics:body1 = </Robot/Arm>
        rel physxMimicJoint:rotX:referenceJoint = </Robot/Hinge>
    }
}
def Material "Rough" (prepend apiSchemas = ["PhysicsMaterialAPI"]) {
    float physics:staticFriction = 0.7
}
"""
FLOAT, FLOAT2, BOOL, TOKEN = (getattr(Sdf.ValueTypeNames, n) for n in ("Float", "Float2", "Bool", "Token"))
COORDINATES = (Sdf.ValueTypeNames.TexCoord2fArray, [(0, 0), (0.3, 0), (0.6, 0)] * 3)
Edits = Mapping[str, Any]  # by property; several values are tried in turn where a list of them is given in Try


class Try(list[Any]):
    """Values of which one has to change something."""


NEWER_TYPES = ("Cylinder_1", "Capsule_1")
MANY_MOVING = """def PointInstancer "Many" {
    rel prototypes = </Many/A>
    int[] protoIndices = [0]
    point3f[] positions.timeSamples = { -12: [(0, 0, 0)], 12: [(0, 0, 0)] }
    quath[] orientations.timeSamples = { -12: [(1, 0, 0, 0)], 12: [(1, 0, 0, 0)] }
    vector3f[] velocities.timeSamples = { -12: [(1, 0, 0)], 12: [(1, 0, 0)] }
    vector3f[] accelerations.timeSamples = { -12: [(1, 0, 0)], 12: [(1, 0, 0)] }
    vector3f[] angularVelocities.timeSamples = { -12: [(90, 0, 0)], 12: [(90, 0, 0)] }
    def Cube "A" {}
}
"""
NEWER = """def Cylinder_1 "Cylinder_1" {}
def Capsule_1 "Capsule_1" {}
"""
LINES = """def BasisCurves "Basis" {
    int[] curveVertexCounts = [4, 4]
    point3f[] points = [(0,0,0), (1,0,0), (2,1,0), (3,0,0), (0,5,0), (1,5,0), (2,6,0), (3,5,0)]
    float[] widths = [0.1] (interpolation = "constant")
}
def HermiteCurves "Hermite" {
    int[] curveVertexCounts = [2]
    point3f[] points = [(0,0,0), (3,0,0)]
    vector3f[] tangents = [(0, 3, 0), (0, 3, 0)]
    float[] widths = [0.1] (interpolation = "constant")
}
def NurbsCurves "Nurbs" {
    int[] curveVertexCounts = [4]
    int[] order = [3]
    double[] knots = [0, 0, 0, 1, 2, 2, 2]
    double2[] ranges = [(0, 2)]
    point3f[] points = [(0,0,0), (1,1,0), (2,1,0), (3,0,0)]
    double[] pointWeights = [1, 2, 1, 1]
    float[] widths = [0.1] (interpolation = "constant")
}
def Points "Dots" {
    point3f[] points = [(0,0,0), (1,0,0)]
    float[] widths = [0.1, 0.2]
}
"""
PATCH = """def NurbsPatch "Patch" {
    int uVertexCount = 4
    int vVertexCount = 2
    int uOrder = 4
    int vOrder = 2
    double[] uKnots = [0, 0, 0, 0, 1, 1, 1, 1]
    double[] vKnots = [0, 0, 1, 1]
    double2 uRange = (0, 1)
    double2 vRange = (0, 1)
    point3f[] points = [(0,0,0), (1,0,0), (2,0,0), (3,0,0), (0,5,0), (1,5,0), (2,5,1), (3,5,0)]
    double[] pointWeights = [1, 2, 1, 1, 1, 1, 1, 1]
}
"""
TETS = """def TetMesh "Tets" {
    point3f[] points = [(0,0,0), (1,0,0), (0,1,0), (0,0,1), (1,1,1)]
    int4[] tetVertexIndices = [(0, 1, 2, 3), (1, 4, 2, 3)]
}
"""
SHAPED = """def SkelRoot "Root" {
    def SkelAnimation "Anim" {
        uniform token[] blendShapes = ["up"]
        float[] blendShapeWeights = [0.25]
    }
    def Mesh "Face" (prepend apiSchemas = ["SkelBindingAPI"]) {
        point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
        normal3f[] normals = [(0, 0, 1), (0, 0, 1), (0, 0, 1)]
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        uniform token subdivisionScheme = "none"
        uniform token[] skel:blendShapes = ["up"]
        rel skel:blendShapeTargets = </Root/Face/Up>
        rel skel:animationSource = </Root/Anim>
        def BlendShape "Up" {
            uniform vector3f[] offsets = [(0, 0, 1), (0, 0, 1)]
            uniform vector3f[] normalOffsets = [(1, 0, 0), (0, 0, 0)]
            uniform int[] pointIndices = [1, 2]
            uniform vector3f[] inbetweens:half = [(0, 0, 3), (0, 0, 3)] (weight = 0.5)
        }
    }
}
"""
FANNED = """def Mesh "Fan" {
    point3f[] points = [(0,0,0), (2,0,0), (2,2,0), (0,2,0), (1,1,1)]
    int[] faceVertexCounts = [3, 3, 3, 3]
    int[] faceVertexIndices = [0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4]
    uniform token subdivisionScheme = "catmullClark"
    texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1), (0.3, 0.6)] (interpolation = "vertex")
}
"""
LIDAR_EDITS = {
    "nearRangeM": 1.0,
    "farRangeM": 20.0,
    "scanRateBaseHz": 20.0,
    "patternFiringRateHz": 720.0,
    "reportRateBaseHz": 720.0,
    "rotPatternFiringResDeg": 5.0,
    "startAzimuthOffsetDeg": 90.0,
    "validStartAzimuthDeg": 45.0,
    "validEndAzimuthDeg": 180.0,
    "rangeAccuracyM": 0.1,
    "rangeResolutionM": 0.1,
    "azimuthErrorMean": 0.1,
    "azimuthErrorStd": 0.1,
    "elevationErrorMean": 0.1,
    "elevationErrorStd": 0.1,
    "minReflectance": 0.1,
    "minReflectionRangeM": 20.0,
}
EDITS: list[tuple[str, str, Edits]] = [
    (
        'def Cube "Panel" (prepend apiSchemas = ["MeshLightAPI"]) { float inputs:intensity = 9\n'
        "bool inputs:enableColorTemperature = 1\nfloat inputs:colorTemperature = 3000 }\n",
        "/Panel",
        {
            "inputs:color": (1, 0, 0),
            "inputs:intensity": 7.0,
            "inputs:exposure": 2.0,
            "inputs:normalize": True,
            "inputs:colorTemperature": 5000.0,
            "inputs:enableColorTemperature": False,
            "light:materialSyncMode": "noMaterialResponse",
        },
    ),
    (
        GRID,
        "/Grid",
        {
            "points": [(x, y, 2.0 * x * y) for y in range(3) for x in range(3)],
            "faceVertexCounts": [4, 4, 4, 3],
            "faceVertexIndices": [1, 0, 3, 4, 1, 2, 5, 4, 3, 4, 7, 6, 4, 5, 8, 7],
            "subdivisionScheme": "none",
            "holeIndices": [0],
            "creaseIndices": [1, 4, 7],
            "creaseLengths": [2],
            "creaseSharpnesses": [0.5],
            "cornerIndices": [0],
            "cornerSharpnesses": [0.5],
            "orientation": "leftHanded",
            "normals": [(0, 0, 1)] * 9,
            "primvars:normals": (Sdf.ValueTypeNames.Normal3fArray, [(0, 0, 1)] * 9),
            "primvars:displayColor": [(1, 0, 0)],
            "primvars:displayOpacity": [0.5],
            "visibility": "invisible",
            "purpose": "guide",
            "primvars:rendersdg:st1": COORDINATES,
            **{f"primvars:{n}": COORDINATES for n in ["st", "UVMap", "map1", "st0", "UVW", "uv", "st_0", "Texture_uv"]},
        },
    ),
    (SUBSETS, "/Sheet/Half", {"elementType": "point", "indices": [0, 1], "material:binding": GONE}),
    (SUBSETS.replace("rel material:binding = </Looks/Blue>", ""), "/Sheet/Half", {"familyName": "parts"}),
    (
        FANNED,
        "/Fan",
        {
            "interpolateBoundary": "none",
            "faceVaryingLinearInterpolation": "all",
            "triangleSubdivisionRule": "smooth",
        },
    ),
    *((NEWER, f"/{k}", {"radiusTop": 2.0, "radiusBottom": 2.0, "height": 5.0, "axis": "X"}) for k in NEWER_TYPES),
    (
        LINES,
        "/Basis",
        {
            "curveVertexCounts": [8],
            "points": [(x, y, 0) for y in (0, 5) for x in range(4)],
            "widths": [0.2],
            "primvars:widths": (Sdf.ValueTypeNames.FloatArray, [0.3] * 8),
            "normals": [(0, 0, 1)] * 8,
            "primvars:normals": (Sdf.ValueTypeNames.Normal3fArray, [(0, 0, 1)] * 8),
            "type": "linear",
            "basis": "bspline",
        },
    ),
    (
        LINES.replace("float[] widths", 'uniform token basis = "bspline"\n    float[] widths', 1),
        "/Basis",
        {"wrap": "pinned"},
    ),
    (LINES, "/Hermite", {"tangents": [(0, 1, 0), (0, 1, 0)]}),
    (
        LINES,
        "/Nurbs",
        {
            "order": [2],
            "knots": [0.0, 0.0, 0.0, 1.5, 2.0, 2.0, 2.0],
            "ranges": [(0, 1)],
            "pointWeights": [1.0, 1.0, 1.0, 1.0],
        },
    ),
    (
        LINES,
        "/Dots",
        {
            "points": [(0, 0, 0), (2, 0, 0)],
            "widths": [0.2, 0.2],
            "primvars:widths": (Sdf.ValueTypeNames.FloatArray, [0.3, 0.3]),
        },
    ),
    (
        PATCH,
        "/Patch",
        {
            "points": [(x, y, 0) for y in (0, 5) for x in range(4)],
            "uVertexCount": 3,
            "vVertexCount": 3,
            "uOrder": 3,
            "vOrder": 3,
            "uKnots": [0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0],
            "vKnots": [0.0, 0.0, 2.0, 2.0],
            "uRange": (0, 0.5),
            "vRange": (0, 0.5),
            "pointWeights": [1.0] * 8,
            "orientation": "leftHanded",
            "primvars:st": (Sdf.ValueTypeNames.TexCoord2fArray, [(0.3, 0.3)] * 8),
        },
    ),
    (
        TETS,
        "/Tets",
        {
            "points": [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 2), (1, 1, 1)],
            "tetVertexIndices": [(0, 1, 2, 3)],
            "surfaceFaceVertexIndices": [(0, 2, 1)],
            "orientation": "leftHanded",
        },
    ),
    (
        SHAPED,
        "/Root/Face",
        {
            "skel:blendShapes": ["down"],
            "skel:blendShapeTargets": GONE,
            "skel:animationSource": GONE,
        },
    ),
    (SHAPED, "/Root/Anim", {"blendShapes": ["down"], "blendShapeWeights": [0.75]}),
    (
        SHAPED.replace("0.25", "0.75"),
        "/Root/Face/Up",
        {
            "offsets": [(0, 0, 2), (0, 0, 1)],
            "normalOffsets": [(0, 1, 0), (0, 0, 0)],
            "pointIndices": [0, 2],
            "inbetweens:half": [(0, 0, 9), (0, 0, 3)],
        },
    ),
    (MANY_MOVING, "/Many", dict.fromkeys(("velocities", "accelerations", "angularVelocities"), GONE)),
    (COLLECTED, "/All", {"material:binding:collection:red": GONE, "collection:red:includes": GONE}),
    (SOLIDS, "/Cube", {"size": 3.0}),
    (SOLIDS, "/Sphere", {"radius": 2.0}),
    *((SOLIDS, f"/{kind}", {"radius": 2.0, "height": 5.0, "axis": "X"}) for kind in ("Cylinder", "Cone", "Capsule")),
    (SOLIDS, "/Plane", {"width": 3.0, "length": 5.0, "axis": "X"}),
    (
        MANY,
        "/Many",
        {
            "prototypes": [Sdf.Path("/Many/B"), Sdf.Path("/Many/A")],
            "protoIndices": [1, 0],
            "positions": [(1, 0, 0), (3, 0, 0)],
            "orientations": [Gf.Quath(0.7, 0.7, 0, 0)] * 2,
            "orientationsf": [Gf.Quatf(0.7, 0.7, 0, 0)] * 2,
            "scales": [(2, 1, 1), (1, 1, 1)],
            "ids": [7, 5],
            "invisibleIds": [5],
        },
    ),
    (
        SKINNED,
        "/Root/Skin",
        {
            "skel:skeleton": GONE,
            "skel:joints": ["a/b", "a"],
            "primvars:skel:geomBindTransform": Gf.Matrix4d().SetTranslate((1, 0, 0)),
            "primvars:skel:jointIndices": [0, 1, 1],
            "primvars:skel:jointWeights": [1, 1, 0.5],
        },
    ),
    (
        SKINNED,
        "/Root/Skel",
        {
            "joints": ["a", "a/c"],
            "bindTransforms": [Gf.Matrix4d(1)] * 2,
            "restTransforms": [Gf.Matrix4d(1)] * 2,
            "skel:animationSource": [Sdf.Path("/Root/Other")],
        },
    ),
    (
        SKINNED,
        "/Root/Anim",
        {
            "joints": ["a/b", "a"],
            "translations": [(0, 0, 0), (0, 1, 2)],
            "rotations": [Gf.Quatf(1)] * 2,
            "scales": [(1, 1, 1), (1, 1, 3)],
        },
    ),
    (
        POSED,
        "/Place",
        {
            "xformOp:translate": (0, 0, 0),
            "xformOpOrder": [],
            "semantics:labels:class": ["crate"],
            "semantic:old:params:semanticType": "hue",
            "semantic:old:params:semanticData": "blue",
            "rendersdg:keypoint": "centre",
            "rendersdg:keypoints:names": ["west", "east"],
            "rendersdg:keypoints:points": [(-1, 0, 0), (1, 0, 1)],
            "rendersdg:keypoints:skeleton": ["left", "middle"],
            "rendersdg:keypoints:depth": 0.25,
        },
    ),
    (
        EYE,
        "/Eye",
        {
            "focalLength": 20.0,
            "horizontalAperture": 30.0,
            "verticalAperture": 30.0,
            "horizontalApertureOffset": 3.0,
            "verticalApertureOffset": 3.0,
            "clippingRange": (2, 300),
            "fStop": 8.0,
            "focusDistance": 7.0,
            "cameraProjectionType": (TOKEN, "fisheyePolynomial"),
            "crossCameraReferenceName": (Sdf.ValueTypeNames.String, "Eye2"),
            "omni:lensdistortion:model": Try(),
        },
    ),
    (
        LIDAR,
        "/Eye",
        {
            "xformOp:translate": (3, 2, 1),
            "xformOpOrder": [],
            **{f"omni:sensor:Core:{name}": (FLOAT, value) for name, value in LIDAR_EDITS.items()},
            **{f"omni:sensor:Core:emitterState:s001:{k}": [3, 4] for k in ("azimuthDeg", "elevationDeg")},
            **{f"omni:sensor:Core:emitterState:s001:{k}": [3, 4] for k in ("channelId", "fireTimeNs")},
            "omni:sensor:Core:scanType": (TOKEN, "SOLID_STATE"),
            "omni:sensor:Core:rotationDirection": (TOKEN, "CCW"),
            "omni:sensor:Core:outputFrameOfReference": (TOKEN, "WORLD"),
            "rendersdg:lidar:dropout": (FLOAT, 0.5),
        },
    ),
    (
        DEPTH,
        "/Eye",
        {
            f"omni:rtx:post:depthSensor:{name}": (FLOAT, 20.0)
            for name in ("baselineMM", "minDistance", "maxDistance", "maxDisparityPixel", "noiseMean", "noiseSigma")
        }
        | {"omni:rtx:post:depthSensor:sensorSizePixel": (FLOAT, 640.0)},
    ),
    (
        FISH,
        "/Eye",
        {
            **dict.fromkeys(("fthetaWidth", "fthetaHeight", "fthetaCx", "fthetaCy"), (FLOAT, 321.0)),
            "fthetaMaxFov": (FLOAT, 90.0),
            **{f"fthetaPoly{k}": (FLOAT, 0.001) for k in "ABCDEF"},
        },
    ),
    (
        OPENCV,
        "/Eye",
        {f"omni:lensdistortion:opencvPinhole:{k}": (FLOAT, 0.1) for k in ["k1", "k2", "p1", "p2", "k3", "fx", "cx"]},
    ),
    (
        OPENCV_FISH,
        "/Eye",
        {
            "omni:lensdistortion:model": "",
            **{f"omni:lensdistortion:opencvFisheye:{k}": (FLOAT, 0.1) for k in ["k1", "k2", "k3", "k4"]},
        },
    ),
    (
        LENSES["pinholeOpenCV"],
        "/Eye",
        dict.fromkeys(("openCVFx", "openCVFy", "p0", "p1", "s0", "s1", "s2", "s3"), (FLOAT, 0.2)),
    ),
    (LENSES["ftheta"], "/Eye", {"omni:lensdistortion:ftheta:k1": (FLOAT, 0.2)}),
    (LENSES["kannalaBrandtK3"], "/Eye", {"omni:lensdistortion:kannalaBrandtK3:k0": (FLOAT, 20.0)}),
    (
        TEXTURED,
        "/Look/Surface",
        {
            "info:id": "Unknown",
            **dict.fromkeys(("inputs:diffuseColor", "inputs:emissiveColor"), (Sdf.ValueTypeNames.Color3f, (1, 0.5, 0))),
            **dict.fromkeys(
                (f"inputs:{n}" for n in ["metallic", "roughness", "clearcoat", "clearcoatRoughness", "opacity", "ior"]),
                (FLOAT, 0.3),
            ),
            "inputs:opacityThreshold": (FLOAT, 0.7),
            "inputs:opacityMode": (TOKEN, "presence"),
            "inputs:useSpecularWorkflow": (Sdf.ValueTypeNames.Int, 1),
            "inputs:specularColor": Try(),
            "inputs:normal": Try(),
            "outputs:surface": Try(),
        },
    ),
    (
        TEXTURED,
        "/Look/Image",
        {
            "inputs:file": Sdf.AssetPath("two.png"),
            "inputs:st": GONE,
            "inputs:sourceColorSpace": (TOKEN, "raw"),
            "inputs:fallback": Try(),
            "inputs:scale": (Sdf.ValueTypeNames.Float4, (0.5, 1, 1, 1)),
            "inputs:bias": (Sdf.ValueTypeNames.Float4, (0.25, 0, 0, 0)),
            "inputs:wrapS": (TOKEN, "clamp"),
            "inputs:wrapT": (TOKEN, "black"),
        },
    ),
    (
        TEXTURED.replace(
            "inputs:metallic.connect = </Look/Graph.outputs:metal>",
            "inputs:roughness.connect = </Look/Worn.outputs:result>",
        ).replace(
            'def Shader "Turned" {',
            'def Shader "Worn" {\nuniform token info:id = "UsdPrimvarReader_float"\nstring inputs:varname = "nowhere"\n'
            'float outputs:result\n}\ndef Shader "Turned" {',
        ),
        "/Look/Worn",
        {"inputs:fallback": (FLOAT, 0.25)},
    ),
    (
        SUBSETS.replace("    rel material:binding = </Looks/Red>\n", "    rel material:binding:full = </Looks/Red>\n"),
        "/Sheet",
        {"material:binding:full": [Sdf.Path("/Looks/Blue")], "material:binding:preview": Try()},
    ),
    (
        MTLX,
        "/Look/Shader",
        {"inputs:base_color": (Sdf.ValueTypeNames.Color3f, (1, 0, 0))},
    ),
    (TEXTURED, "/Look/Reader", {"inputs:varname": (Sdf.ValueTypeNames.String, "one")}),
    (
        TEXTURED,
        "/Look/Turned",
        {
            "inputs:in": GONE,
            "inputs:rotation": (FLOAT, 30.0),
            "inputs:scale": (FLOAT2, (2, 1)),
            "inputs:translation": (FLOAT2, (0.5, 0)),
        },
    ),
    (TEXTURED, "/Look", {"outputs:surface": GONE, "inputs:name": "one"}),
    (TEXTURED, "/Look/Graph", {"inputs:metal": 0.9, "outputs:metal": GONE}),
    (MDL.replace("%NAME%", "OmniPBR").replace("%INPUTS%", ""), "/Look", {"outputs:mdl:surface": GONE}),
    (
        MDL.replace("%NAME%", "OmniPBR").replace("%INPUTS%", ""),
        "/Look/Shader",
        {"info:mdl:sourceAsset": Try(), "info:mdl:sourceAsset:subIdentifier": "OmniGlass"},
    ),
    (BODIES, "/Scene", {"physics:gravityDirection": (1, 0, 0), "physics:gravityMagnitude": 3.0}),
    (
        BODIES,
        "/Body",
        {
            "physics:rigidBodyEnabled": False,
            "physics:kinematicEnabled": True,
            "physics:velocity": (1, 0, 0),
            "physics:angularVelocity": (1, 0, 0),
            "physics:centerOfMass": (1, 0, 0),
            "physics:diagonalInertia": (1, 2, 3),
            "physics:principalAxes": Gf.Quatf(0.7, 0.7, 0, 0),
            "physics:mass": 3.0,
            "physics:density": 500.0,
            "physxRigidBody:linearDamping": (FLOAT, 0.5),
            "physxRigidBody:angularDamping": (FLOAT, 0.5),
            "physxRigidBody:disableGravity": (BOOL, True),
            "physxRigidBody:maxDepenetrationVelocity": (FLOAT, 1.0),
        },
    ),
    (
        BODIES,
        "/Body/Box",
        {
            "physics:collisionEnabled": False,
            "physics:approximation": "convexHull",
            "material:binding:physics": GONE,
        },
    ),
    (BODIES, "/Robot", {"physxArticulation:enabledSelfCollisions": (BOOL, False)}),
    (BODIES, "/Robot/Arm", {"physics:filteredPairs": GONE}),
    (
        BODIES,
        "/Robot/Hinge",
        {
            "physics:body0": GONE,
            "physics:body1": GONE,
            "physics:localPos0": (1, 0, 0),
            "physics:localPos1": (1, 0, 0),
            "physics:localRot0": Gf.Quatf(0.7, 0.7, 0, 0),
            "physics:localRot1": Gf.Quatf(0.7, 0.7, 0, 0),
            "physics:jointEnabled": False,
            "physics:collisionEnabled": True,
            "physics:excludeFromArticulation": True,
            "physics:breakForce": 5.0,
            "physics:breakTorque": 5.0,
            "physics:axis": "Y",
            "physics:lowerLimit": -50.0,
            "physics:upperLimit": 50.0,
            "drive:angular:physics:stiffness": 5.0,
            "state:angular:physics:position": (FLOAT, 3.0),
            "state:angular:physics:velocity": (FLOAT, 3.0),
            **{f"physxJoint:{n}": (FLOAT, 0.5) for n in ("maxJointVelocity", "jointFriction", "armature")},
        },
    ),
    (
        BODIES,
        "/Robot/Rope",
        {
            "physics:minDistance": 0.5,
            "physics:maxDistance": 3.0,
            "physxPhysicsDistanceJoint:springEnabled": False,
            "physxPhysicsDistanceJoint:springStiffness": (FLOAT, 5.0),
            "physxPhysicsDistanceJoint:springDamping": (FLOAT, 5.0),
        },
    ),
    (BODIES, "/Robot/Ball", {"physics:coneAngle0Limit": 20.0, "physics:coneAngle1Limit": 20.0}),
    (BODIES, "/Robot/Free", {"limit:rotX:physics:low": -20.0, "limit:rotX:physics:high": 20.0}),
    (
        BODIES,
        "/Robot/Follower",
        {
            "physxMimicJoint:rotX:referenceJoint": GONE,
            "physxMimicJoint:rotX:referenceJointAxis": Try(),
            "physxMimicJoint:rotX:gearing": (FLOAT, 2.0),
            "physxMimicJoint:rotX:offset": (FLOAT, 2.0),
        },
    ),
    (
        BODIES,
        "/Rough",
        {"physics:dynamicFriction": 0.3, "physics:staticFriction": 0.3, "physics:restitution": 0.3},
    ),
]
LIGHT_EDITS = {
    "color": (Sdf.ValueTypeNames.Color3f, (1, 0, 0)),
    "colorTemperature": (FLOAT, 5000.0),
    "enableColorTemperature": (BOOL, False),
    "intensity": (FLOAT, 7.0),
    "exposure": (FLOAT, 2.0),
    "normalize": (BOOL, True),
    "shadow:enable": (BOOL, False),
    "shaping:cone:angle": (FLOAT, 30.0),
    "shaping:cone:softness": (FLOAT, 0.5),
    "diffuse": (FLOAT, 0.5),
    "specular": (FLOAT, 0.5),
    "shaping:focus": (FLOAT, 3.0),
    "shaping:focusTint": (Sdf.ValueTypeNames.Color3f, (0.5, 0, 0)),
    **dict.fromkeys(("angle", "radius", "width", "height", "length"), (FLOAT, 3.0)),
    "texture:file": (Sdf.ValueTypeNames.Asset, Sdf.AssetPath("one.png")),
    **{
        f"collection:{link}:{part}": value
        for link in ("lightLink", "shadowLink")
        for part, value in {
            "includes": [Sdf.Path("/Box")],
            "excludes": [Sdf.Path("/Round/Ball")],
            "includeRoot": True,
            "expansionRule": "explicitOnly",
            "membershipExpression": Sdf.PathExpression("//Box"),
        }.items()
    },
}


def digest(value: Any) -> str:
    """Return a hash of records of arrays, whatever they hold."""
    mark = blake2b(digest_size=16)

    def take(one: Any) -> None:
        if isinstance(one, np.ndarray):
            mark.update(repr(one.dtype).encode() + repr(one.shape).encode() + np.ascontiguousarray(one).tobytes())
        elif dataclasses.is_dataclass(one) and not isinstance(one, type):
            for field in dataclasses.fields(one):
                take(getattr(one, field.name))
        elif isinstance(one, Mapping):
            take(sorted(one.items(), key=repr))
        elif isinstance(one, (set, frozenset)):
            take(sorted(one, key=repr))
        elif isinstance(one, (list, tuple)):
            for part in one:
                take(part)
            mark.update(b"end")
        else:
            mark.update(repr(one).encode())

    take(value)
    return mark.hexdigest()


def shown(stage: Usd.Stage, folder: Path) -> str:
    """Return a hash of all that a frame of a stage holds: the snapshot, and what is simulated."""
    report = Report()
    recorder = Recorder(Resolver(folder, report), report, stage)
    recorder.graph.wanted.clear()
    with filling(recorder):
        if stage.GetPrimAtPath("/Eye"):
            render_product("/Eye", (64, 48))
        session = Session(recorder, needs_writer=False)
    session.builder.simulates = False
    snapshot = session.snapshot(0)
    state = session.builder.latest
    assert state is not None
    bodies = bodies_of(state)
    paths = sorted(colliders_of(state))
    physics = (
        bodies,
        bonds_of(state, bodies),
        [contact_of(state, p) for p in (*paths, *bodies)],
        gravity_of(state),
        state.base.physics_off(),
        [state.base.approximation(p) for p in paths],
        [text for (_, subject), text in report.entries.items() if "joint" in text],
    )
    return digest((snapshot, physics))


def put(stage: Usd.Stage, path: str, name: str, value: Any) -> None:
    """Give a property another value, or take it away."""
    prim = stage.GetPrimAtPath(path)
    if value is GONE:
        prop = prim.GetProperty(name)
        if isinstance(prop, Usd.Attribute):
            prop.ClearConnections()
        prim.RemoveProperty(name)
    elif isinstance(value, list) and value and isinstance(value[0], Sdf.Path):
        prim.GetRelationship(name).SetTargets(value)
    elif isinstance(value, tuple) and value and isinstance(value[0], Sdf.ValueTypeName):
        attribute = prim.CreateAttribute(name, value[0], custom=False)
        attribute.ClearConnections()
        attribute.Set(value[1])
        if str(value[0]).endswith("[]"):
            UsdGeom.Primvar(attribute).SetInterpolation("vertex")
    else:
        attribute = prim.GetAttribute(name)
        attribute.ClearConnections()
        attribute.Set(value)


def opened(text: str, folder: Path) -> Usd.Stage:
    path = folder / "stage.usda"
    if not (folder / "one.png").exists():
        for number, name in enumerate(("one", "two")):
            pixels = np.full((4, 4, 3), 50 + 100 * number, np.uint8)
            pixels[0, 1] = (90, 20, 120)  # so that it matters how an image lies
            cv2.imwrite(str(folder / f"{name}.png"), pixels)
    path.write_text("#usda 1.0\n" + text.replace("{ ", "{\n").replace(" }", "\n}"))
    layer = Sdf.Layer.FindOrOpen(str(path))
    layer.Reload(True)
    return Usd.Stage.Open(layer)


FLAT = [(text, path, name, value) for text, path, edits in EDITS for name, value in edits.items() if value != Try()]


@pytest.mark.parametrize(("text", "path", "name", "value"), FLAT, ids=[f"{p}.{n}" for _, p, n, _ in FLAT])
def test_what_is_called_read_changes_what_a_frame_holds(
    text: str, path: str, name: str, value: Any, tmp_path: Path
) -> None:
    before = shown(opened(text, tmp_path), tmp_path)
    stage = opened(text, tmp_path)

    put(stage, path, name, value)

    assert shown(stage, tmp_path) != before


OF_LIGHTS = [table for table in TABLES if table.of in LIGHT_TYPES]
LIGHTS = [(table.of, name) for table in OF_LIGHTS for name in sorted(table.read)]


@pytest.mark.parametrize(("kind", "name"), LIGHTS, ids=[f"{k}.{n}" for k, n in LIGHTS])
def test_what_is_called_read_of_a_light_changes_it(kind: str, name: str, tmp_path: Path) -> None:
    prefix = "inputs:" if name.startswith("inputs:") else ""
    warm = f"bool {prefix}enableColorTemperature = 1\nfloat {prefix}colorTemperature = 3000\n"
    if name.endswith("focusTint"):
        warm += f"float {prefix}shaping:focus = 2\n"
    links = "".join(
        f"uniform bool collection:{link}:includeRoot = 0\n"
        + ("" if name.endswith("Expression") else f"rel collection:{link}:includes = </Round>\n")
        for link in ("lightLink", "shadowLink")
    )
    things = 'def Scope "Round" { def Sphere "Ball" { } }\ndef Cube "Box" { }\n'
    text = f'def {kind} "Lamp" {{\n{warm}{links}}}\n{things}'
    before = shown(opened(text, tmp_path), tmp_path)
    stage = opened(text, tmp_path)

    put(stage, "/Lamp", name, LIGHT_EDITS[name.removeprefix("inputs:")])

    assert shown(stage, tmp_path) != before


ON = """
        color3f inputs:diffuse_color_constant = (1, 0.5, 0)
        float inputs:opacity_constant = 0.5
        float inputs:cutout_opacity = 0.5
        bool inputs:enable_opacity = 1
        bool inputs:enable_emission = 1
        bool inputs:enable_clearcoat = 1
"""
EVERYTHING = (
    ON
    + """
        bool inputs:enable_opacity_texture = 1
        bool inputs:enable_ORM_texture = 1
        asset inputs:ORM_texture = @one.png@
        asset inputs:opacity_texture = @one.png@
        asset inputs:cutout_opacity_texture = @one.png@
        asset inputs:metallic_texture = @one.png@
        asset inputs:reflectionroughness_texture = @one.png@
        asset inputs:roughness_texture = @one.png@
"""
)
SHADED = """
        asset inputs:ao_texture = @one.png@
        float inputs:ao_to_diffuse = 0.5
        asset inputs:normalmap_texture = @one.png@
        asset inputs:detail_normalmap_texture = @one.png@
        asset inputs:diffuse_texture = @one.png@
        asset inputs:glass_color_texture = @one.png@
"""
ROUGH = """
        asset inputs:metallic_texture = @one.png@
        asset inputs:reflectionroughness_texture = @one.png@
        asset inputs:roughness_texture = @one.png@
"""


def tried(name: str, *, is_on: bool) -> tuple[Sdf.ValueTypeName, Any]:
    """Return a value of an input of MDL's that is not the shader's own."""
    if name in ("uv_space_index", "opacity_mode"):
        return Sdf.ValueTypeNames.Int, 1
    if name.startswith(("enable_", "project_")):
        return BOOL, not is_on
    if name.endswith("_texture"):
        return Sdf.ValueTypeNames.Asset, Sdf.AssetPath("two.png")
    if name.endswith(("_scale", "_translate")):
        return FLOAT2, (0.3, 0.6)
    if "color" in name or "tint" in name:
        return Sdf.ValueTypeNames.Color3f, (0.3, 0.6, 0.1)
    return FLOAT, 0.0 if name.endswith("influence") else 0.8 if name == "detail_bump_factor" else 0.3


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in ("OmniPBR_ClearCoat", "OmniGlass") for name in sorted(MODELS[model].applied)],
)
def test_what_is_called_applied_of_a_material_of_mdl_changes_it(model: str, name: str, tmp_path: Path) -> None:
    def changes(inputs: str) -> bool:
        text = MDL.replace("%NAME%", model).replace("%INPUTS%", inputs)
        stage = opened(text, tmp_path)
        before = shown(stage, tmp_path)
        put(stage, "/Look/Shader", f"inputs:{name}", tried(name, is_on=name in inputs))
        return shown(stage, tmp_path) != before

    assert any(changes(inputs) for inputs in ("", ON, ROUGH, SHADED, EVERYTHING))


PLACES = sorted({(text, path) for text, path, _ in EDITS}, key=repr)


@pytest.mark.parametrize(("text", "path"), PLACES, ids=[path for _, path in PLACES])
def test_what_is_said_to_have_no_effect_has_none(text: str, path: str, tmp_path: Path) -> None:
    stage = opened(text, tmp_path)
    prim = stage.GetPrimAtPath(path)
    kind = str(prim.GetTypeName())
    rules = rules_for(kind, str(prim.GetAttribute("info:id").Get() or "") if kind == "Shader" else "")
    known = prim.GetPrimDefinition()
    idle = [name for name in known.GetPropertyNames() if rules.verdict(name).fate == "idle"]
    before = shown(stage, tmp_path)

    for name in idle:
        if (attribute := prim.GetAttribute(name)) and not attribute.HasAuthoredValue():
            attribute.Set(other_than(known.GetAttributeFallbackValue(name), attribute.GetTypeName()))

    assert shown(stage, tmp_path) == before, idle


def covered() -> set[tuple[str, str]]:
    """Return (prim type, property) of all edits."""
    pairs = set()
    for text, path, edits in EDITS:
        stage = Usd.Stage.CreateInMemory("covered.usda")
        stage.GetRootLayer().ImportFromString("#usda 1.0\n" + text.replace("{ ", "{\n").replace(" }", "\n}"))
        prim = stage.GetPrimAtPath(path)
        kind = str(prim.GetTypeName())
        identity = prim.GetAttribute("info:id").Get() if kind == "Shader" else None
        pairs |= {(f"Shader.{identity}" if identity else kind, name) for name in edits}
    return pairs


def test_every_property_that_a_table_calls_read_is_tried() -> None:
    pairs = covered()
    untried = [
        (table.of, name)
        for table in TABLES
        if table.of not in LIGHT_TYPES and not table.of.startswith("Shader.mdl.")
        for name in table.read
        if not any(_fits(table.of, kind) and fnmatch.fnmatchcase(tried, name) for kind, tried in pairs)
    ]

    assert sorted(untried) == []


def _fits(of: str, kind: str) -> bool:
    """Return whether a table for ``of`` is for prims of a kind."""
    if of == "*" or fnmatch.fnmatchcase(kind, of) or (of == "Shader" and kind.startswith("Shader.")):
        return True
    schema = Usd.SchemaRegistry.GetTypeFromSchemaTypeName(kind)
    base = Usd.SchemaRegistry.GetTypeFromSchemaTypeName(of)
    return bool(schema and base and schema.IsA(base))
