"""MaterialX documents: what a layer that refers to one gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Opener, needs_shared
from tests.stage.shading.quads import Seen, write

DOCUMENT = """<?xml version="1.0"?>
<materialx version="1.39" colorspace="lin_rec709" fileprefix="tex/">
  <nodegraph name="NG">
    <input name="gain" type="float" value="0.5"/>
    <image name="picture" type="color3">
      <input name="file" type="filename" value="a.png" colorspace="srgb_texture"/>
    </image>
    <multiply name="dim" type="color3">
      <input name="in1" type="color3" nodename="picture"/>
      <input name="in2" type="float" interfacename="gain"/>
    </multiply>
    <output name="colour" type="color3" nodename="dim"/>
  </nodegraph>
  <standard_surface name="SR" type="surfaceshader">
    <input name="base" type="float" value="1"/>
    <input name="base_color" type="color3" nodegraph="NG" output="colour"/>
    <input name="metalness" type="float" value="0.25"/>
  </standard_surface>
  <surfacematerial name="Paint" type="material">
    <input name="surfaceshader" type="surfaceshader" nodename="SR"/>
  </surfacematerial>
</materialx>
"""
STAGE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "World"
{
    def Scope "Looks" (references = @./looks.mtlx@</MaterialX/Materials>)
    {
    }
    def Mesh "square" (prepend apiSchemas = ["MaterialBindingAPI"])
    {
        rel material:binding = </World/Looks/Paint>
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, -1, -1), (0, 1, -1), (0, 1, 1), (0, -1, 1)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = "vertex")
        uniform token subdivisionScheme = "none"
    }
}
"""


def scene(open_scene: Opener, folder: Path, document: str | None) -> Seen:
    (folder / "tex").mkdir(exist_ok=True)
    write(folder / "tex" / "a.png", [[(255, 0, 0), (0, 255, 0)]])
    (folder / "square.usda").write_text(STAGE)
    if document is not None:
        (folder / "looks.mtlx").write_text(document)
    session = open_scene("thing: {create.from_usd: {usd: square.usda}}\n", backend="null", folder=folder)
    snapshot = session.snapshot(0)
    said = {e["subject"]: e["text"] for e in session.recorder.report.as_json()}
    return Seen(snapshot.materials[snapshot.instances[0].material], snapshot, said)


def test_a_document_gives_its_materials(open_scene: Opener, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seen = scene(open_scene, tmp_path, DOCUMENT)

    assert seen.material.metallic == 0.25
    assert seen.at("base_colour", 0.25, 0.5) == [0.5, 0, 0] and seen.at("base_colour", 0.75, 0.5) == [0, 0.5, 0]
    assert "mtlx" not in " ".join(seen.said) and "Warning" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "is not there"),
        ("", "is not XML"),
        ("<materialx", "is not XML"),
        ('<?xml version="1.0" encoding="x"?><materialx/>', "is not XML"),
        ('<!DOCTYPE m [<!ENTITY a "a">]><materialx/>', "a document type"),
        ("<svg/>", "not a MaterialX document"),
    ],
)
def test_a_document_that_cannot_be_read_is_said_and_costs_itself_alone(
    open_scene: Opener, tmp_path: Path, document: str | None, said: str
) -> None:
    seen = scene(open_scene, tmp_path, document)

    assert said in next(text for subject, text in seen.said.items() if subject.endswith("looks.mtlx"))
    assert len(seen.snapshot.instances) == 1


def test_an_included_document_is_read(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "inner.mtlx").write_text(DOCUMENT)
    space = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
    outer = f'<materialx version="1.38" {space}><xi:include href="inner.mtlx"/></materialx>'

    assert scene(open_scene, tmp_path, outer).material.metallic == 0.25


def test_a_material_of_an_older_version_is_read(open_scene: Opener, tmp_path: Path) -> None:
    old = """<materialx version="1.36">
      <material name="Paint">
        <shaderref name="SR" node="standard_surface">
          <bindinput name="base" type="float" value="1"/>
          <bindinput name="base_color" type="color3" value="0.1, 0.2, 0.3"/>
        </shaderref>
      </material>
    </materialx>"""

    assert scene(open_scene, tmp_path, old).material.base_colour == pytest.approx((0.1, 0.2, 0.3))


def test_a_chess_piece_has_its_four_textures(open_scene: Opener) -> None:
    path = needs_shared("assets", "usd", "chess_rook", "Rook.usd")
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")
    material = session.snapshot(0).materials[0]

    if not (path.parent / "Rook_mat.mtlx").exists():
        pytest.skip("the document is not beside the piece")
    textures = (material.base_colour_texture, material.metallic_texture, material.roughness_texture)
    assert min(*textures, material.normal_texture) >= 0
