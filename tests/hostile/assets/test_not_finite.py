"""What is not finite, or is nothing, in a USD asset costs its own prim alone, and is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadScene
from tests.conftest import Opener
from tests.hostile.assets.finite import astray

_ASSET = """#usda 1.0
(
    defaultPrim = "A"
    metersPerUnit = 1
    upAxis = "Z"
)

def Xform "A"
{{
    def Cube "good"
    {{
    }}

    def {kind} "bad"
    {{
        {body}
    }}
}}
"""
_SCALED = 'double3 xformOp:scale = {}\n        uniform token[] xformOpOrder = ["xformOp:scale"]'
_ONE = "( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )"
_PLACED = """point3f[] positions = [(0, 0, 0), (1, 0, 0)]
        int[] protoIndices = [0, 0]
        rel prototypes = </A/good>
        float3[] scales = [(1, 1, 1), (0, 0, 0)]"""
_CASES = {  # of a prim: its type, its body, what is said of it, and how many things are drawn
    "a sphere that is too large": ("Sphere", "double radius = 1e300", "it is not drawn", 1),
    "a sphere of infinite size": ("Sphere", "double radius = inf", "it is not drawn", 1),
    "a scale of 0": ("Cube", _SCALED.format("(0, 0, 0)"), "it is scaled to nothing", 1),
    "a flat scale": ("Cube", _SCALED.format("(1, 1, 0)"), "it is scaled to nothing", 1),
    "a scale of NaN": ("Cube", _SCALED.format("(1, nan, 1)"), "NaN or infinity", 1),
    "a scale beyond all": ("Cube", _SCALED.format("(1e300, 1, 1)"), "leads farther", 1),
    "an instance of no size": ("PointInstancer", _PLACED, "1 of its instances", 2),
    "a light of infinite light": ("SphereLight", "float inputs:intensity = inf", "NaN or infinity", 1),
    "a light beyond all numbers": ("SphereLight", "float inputs:exposure = 1e12", "is brighter, larger or farther", 1),
    "a light whose colour is text": ("SphereLight", 'string inputs:color = "red"', "is not 3 numbers", 1),
}


@pytest.mark.parametrize("name", list(_CASES))
def test_it_costs_its_own_prim_alone(name: str, open_scene: Opener, tmp_path: Path) -> None:
    kind, body, words, count = _CASES[name]
    (tmp_path / "asset.usda").write_text(_ASSET.format(kind=kind, body=body))
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{tmp_path}/asset.usda"}}}}\n', backend="null")

    snapshot = session.snapshot(0)

    assert len(snapshot.instances) == count
    assert astray(snapshot) == []
    said = [text for (_, subject), text in session.recorder.report.entries.items() if "/bad" in subject]
    assert any(words in text for text in said)


@pytest.mark.parametrize("beyond", ["inf", "nan", "1e40"])  # a float32 ends at 3.4e38
def test_rest_transforms_beyond_all_leave_their_skeleton_out(open_scene: Opener, tmp_path: Path, beyond: str) -> None:
    infinite = _ONE.replace("(0, 0, 0, 1)", f"(0, 0, {beyond}, 1)")
    body = f"""uniform token[] joints = ["hip"]
        uniform matrix4d[] bindTransforms = [{_ONE}]
        uniform matrix4d[] restTransforms = [{infinite}]"""
    (tmp_path / "asset.usda").write_text(_ASSET.format(kind="Skeleton", body=body))
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{tmp_path}/asset.usda"}}}}\n', backend="null")

    snapshot = session.snapshot(0)

    assert snapshot.skeletons == ()
    assert len(snapshot.instances) == 1
    assert any("the skeleton is left out" in text for text in session.recorder.report.entries.values())


def test_a_value_of_materialx_that_does_not_fit_its_type_is_said(open_scene: Opener, tmp_path: Path) -> None:
    from tests.hostile.assets.seeds import seeds

    for file, data in seeds()["mtlx"][0].items():
        changed = data.replace(b'type="color3" value="1, 0.5, 0"', b'type="color3" value="1, 0.5"')
        (tmp_path / file).write_bytes(changed)
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{tmp_path}/asset.usda"}}}}\n', backend="null")

    session.snapshot(0)

    texts = session.recorder.report.entries.values()
    assert any("'1, 0.5' is not a color3" in text for text in texts)


def test_a_lens_that_was_measured_at_no_size_is_refused(open_scene: Opener, tmp_path: Path) -> None:
    body = """token omni:lensdistortion:model = "opencvPinhole"
        custom float2 omni:lensdistortion:opencvPinhole:imageSize = (1e-38, 1e-38)
        custom double omni:lensdistortion:opencvPinhole:fx = 1e300
        custom double omni:lensdistortion:opencvPinhole:fy = 1e300"""
    (tmp_path / "asset.usda").write_text(_ASSET.format(kind="Camera", body=body))
    text = f"""
thing: {{create.from_usd: {{usd: "{tmp_path}/asset.usda"}}}}
measured: {{get.camera: {{path_pattern: bad}}}}
seen: {{create.render_product: {{camera: measured, resolution: [64, 48]}}}}
"""
    session = open_scene(text, backend="null")

    with pytest.raises(BadScene, match="no finite focal length"):
        session.snapshot(0)
