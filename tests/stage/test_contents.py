"""What a stage holds, against stages of which it is known by hand."""

from __future__ import annotations

from pxr import Usd, UsdGeom

from rendersdg.errors import Report
from rendersdg.stage.base import BaseScene
from rendersdg.stage.contents import Contents, Geometry, ImageFacts, read_contents

ROOM = """#usda 1.0
def Xform "Room" (
    variants = { string size = "large" }
    prepend variantSets = "size"
) {
    def Scope "Looks" {
        def Material "Red" {
            token outputs:surface.connect = </Room/Looks/Red/Shader.outputs:surface>
            def Shader "Shader" {
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor.connect = </Room/Looks/Red/Image.outputs:rgb>
                float inputs:metallic.connect = </Room/Looks/Red/Packed.outputs:b>
                float inputs:roughness.connect = </Room/Looks/Red/Packed.outputs:g>
                token outputs:surface
            }
            def Shader "Image" {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @red.png@
                float3 outputs:rgb
            }
            def Shader "Packed" {
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @packed.png@
                token inputs:sourceColorSpace = "raw"
                float outputs:g
                float outputs:b
            }
        }
        def Material "Unused" {}
    }
    def Cube "Box" (prepend apiSchemas = ["SemanticsLabelsAPI:class", "PhysicsCollisionAPI", "PhysicsRigidBodyAPI"]) {
        token[] semantics:labels:class = ["box"]
        rel material:binding = </Room/Looks/Red>
        double3 xformOp:translate.timeSamples = { 1: (0, 0, 0), 24: (0, 0, 1) }
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Camera "Eye" {}
    def SphereLight "Lamp" {}
    def PointInstancer "Many" {
        int[] protoIndices = [0, 0, 0]
        point3f[] positions = [(0, 0, 0), (3, 0, 0), (6, 0, 0)]
        rel prototypes = </Room/Many/Small>
        def Mesh "Small" {
            point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
            int[] faceVertexCounts = [4]
            int[] faceVertexIndices = [0, 1, 2, 3]
            uniform token subdivisionScheme = "none"
        }
    }
    variantSet "size" = {
        "large" {
            def Xform "Rug" {}
        }
        "small" {
        }
    }
}
"""


def contents_of(text: str, root: str) -> Contents:
    stage = Usd.Stage.CreateInMemory("contents.usda")
    stage.GetRootLayer().ImportFromString(text)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    return read_contents(BaseScene(stage, Report()), root, lambda path: ImageFacts("read", len(path), 1, 8))


def test_everything_is_counted() -> None:
    room = contents_of(ROOM, "/Room")

    assert room.prims == {
        "Camera": 1,
        "Cube": 1,
        "Material": 2,
        "Mesh": 1,
        "PointInstancer": 1,
        "Scope": 1,
        "Shader": 3,
        "SphereLight": 1,
        "Xform": 2,
    }
    assert room.geometry == Geometry(meshes=2, instances=4, triangles=12 + 3 * 2, vertices=8 + 3 * 4)
    assert room.copies == 3
    assert room.animated == 1
    assert room.cameras == ("/Room/Eye",)
    assert room.lights == (("/Room/Lamp", "sphere"),)
    assert room.labels == (("class", "box", 1),)
    assert (room.bodies, room.colliders, room.joints) == (1, 1, 0)
    assert [(v.path, v.name, v.selection, v.choices) for v in room.variants] == [
        ("/Room", "size", "large", ("large", "small"))
    ]


def test_a_texture_is_listed_with_the_inputs_that_it_feeds() -> None:
    red, unused = contents_of(ROOM, "/Room").materials

    assert (red.path, red.model, red.meshes) == ("/Room/Looks/Red", "UsdPreviewSurface", 1)
    assert [(t.input, t.file, t.colour_space, t.image.width) for t in red.textures] == [
        ("diffuseColor", "red.png", "sRGB", 7),
        ("metallic, roughness", "packed.png", "raw", 10),
    ]
    assert (unused.model, unused.meshes, unused.textures) == ("", 0, ())


def test_only_what_lies_below_the_root_counts() -> None:
    many = contents_of(ROOM, "/Room/Many")

    assert many.prims == {"Mesh": 1, "PointInstancer": 1}
    assert many.geometry.instances == 3
    assert many.materials == many.variants == ()
    assert many.bodies == many.colliders == 0
