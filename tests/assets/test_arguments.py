"""How a path says how its file is to be read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Sdf

from rendersdg.assets.arguments import Reading, reading_of, split_arguments, with_arguments
from rendersdg.errors import BadArgument
from tests.assets import solids
from tests.assets.loading import bounds, load
from tests.conftest import Opener


@pytest.mark.parametrize(
    ("path", "reading"),
    [
        ("a.stl", Reading()),
        ("a.stl:SDF_FORMAT_ARGS:unit=mm", Reading(unit=0.001)),
        ("a.stl:SDF_FORMAT_ARGS:unit=Inches&up_axis=y&crease=40", Reading(0.0254, "Y", 40.0)),
        ("a.stl:SDF_FORMAT_ARGS:unit=0.5&up_axis=Z", Reading(unit=0.5, up_axis="Z")),
    ],
)
def test_arguments_are_read_as_usd_writes_them(path: str, reading: Reading) -> None:
    assert reading_of(path) == reading
    assert split_arguments(path) == tuple(Sdf.Layer.SplitIdentifier(path))


def test_arguments_are_written_as_usd_writes_them() -> None:
    given = {"unit": "mm", "up_axis": "Y", "crease": "40"}

    assert with_arguments("a b.stl", given) == Sdf.Layer.CreateIdentifier("a b.stl", given)
    assert with_arguments("a.stl:SDF_FORMAT_ARGS:unit=cm", {"unit": None, "crease": 5}) == (
        "a.stl:SDF_FORMAT_ARGS:crease=5&unit=cm"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("unit=furlong", "unit='furlong' is not a unit; known: m, dm, cm, mm"),
        ("unit=-1", "unit='-1' is not a unit"),
        ("unit=nan", "unit='nan' is not a unit"),
        ("up_axis=X", "up_axis='X' is not an axis that can be up: write Y or Z"),
        ("crease=200", "crease='200' must be an angle of 0"),
        ("crease=sharp", "crease='sharp' must be an angle"),
        ("units=mm", "units=mm is not known; did you mean 'unit'"),
    ],
)
def test_a_bad_value_is_an_error_with_the_choices(arguments: str, complaint: str) -> None:
    with pytest.raises(BadArgument, match=complaint) as caught:
        reading_of(f"part.stl:SDF_FORMAT_ARGS:{arguments}")

    assert "part.stl" in str(caught.value)


def box(folder: Path) -> None:
    soup = solids.cube()[0] * [20.0, 40.0, 80.0]
    (folder / "part.stl").write_bytes(solids.stl(soup))


@pytest.mark.parametrize(
    ("arguments", "size"),
    [("unit: mm", (0.02, 0.04, 0.08)), ("unit: cm, up_axis: Y", (0.2, 0.8, 0.4)), ("unit: '2'", (40, 80, 160))],
)
def test_keywords_and_paths_say_the_same(
    open_scene: Opener, tmp_path: Path, arguments: str, size: tuple[float, ...]
) -> None:
    box(tmp_path)
    given = dict(pair.split(": ") for pair in arguments.replace("'", "").split(", "))
    path = with_arguments("part.stl", given)

    by_keyword = open_scene(
        f"thing: {{create.from_usd: {{usd: part.stl, {arguments}}}}}", backend="null", folder=tmp_path
    )
    by_path = load(open_scene, path, folder=tmp_path)

    for snapshot in (by_keyword.snapshot(0), by_path):
        assert np.ptp(bounds(snapshot), axis=0) == pytest.approx(size)


def test_one_file_may_be_read_in_several_ways(open_scene: Opener, tmp_path: Path) -> None:
    box(tmp_path)
    text = "".join(f"thing_{u}: {{create.from_usd: {{usd: part.stl, unit: {u}}}}}\n" for u in ("mm", "cm", "m"))

    snapshot = open_scene(text, backend="null", folder=tmp_path).snapshot(0)

    heights = sorted(
        np.ptp(snapshot.meshes[i.mesh].vertices[:, 2]) * np.linalg.norm(i.world_from_mesh[:3, 2])
        for i in snapshot.instances
    )
    assert heights == pytest.approx([0.08, 0.8, 80.0])


def test_a_crease_angle_reaches_the_mesh(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "washer.stl").write_bytes(solids.stl(solids.washer()[0]))

    counts = []
    for angle in (0, 30):
        text = f"thing: {{create.from_usd: {{usd: washer.stl, unit: mm, crease_angle: {angle}}}}}"
        (mesh,) = open_scene(text, backend="null", folder=tmp_path).snapshot(0).meshes
        counts.append(len(mesh.vertices))

    assert counts[0] > counts[1] + 96  # each facet of the walls has corners of its own


def test_what_states_its_own_unit_takes_no_other(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "a.usda").write_text('#usda 1.0\ndef Xform "A" {}\n')

    for asset in ("a.usda", "rendersdg:fruit/apple"):
        with pytest.raises(BadArgument, match="this states its own"):
            open_scene(f"thing: {{create.from_usd: {{usd: {asset!r}, unit: mm}}}}", backend="null", folder=tmp_path)


SCENE = """#usda 1.0
(
    metersPerUnit = {unit}
    upAxis = "{axis}"
    defaultPrim = "World"
)
def Xform "World"
{{
    def Xform "Part" (references = @part.stl{arguments}@)
    {{
        double3 xformOp:translate = (5, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }}
}}
"""


@pytest.mark.parametrize(
    ("arguments", "unit", "axis", "size"),
    [
        ("", 0.01, "Z", (0.2, 0.4, 0.8)),  # as USD references anything: number for number
        (":SDF_FORMAT_ARGS:unit=mm", 0.01, "Z", (0.02, 0.04, 0.08)),
        (":SDF_FORMAT_ARGS:unit=mm&up_axis=Z", 1.0, "Y", (0.02, 0.04, 0.08)),  # turned by the scene as a whole, too
    ],
)
def test_a_layer_of_usd_may_refer_to_a_mesh_file(
    open_scene: Opener, tmp_path: Path, arguments: str, unit: float, axis: str, size: tuple[float, ...]
) -> None:
    box(tmp_path)
    (tmp_path / "scene.usda").write_text(SCENE.format(unit=unit, axis=axis, arguments=arguments))

    for _ in range(2):  # the layer is still there the second time
        snapshot = load(open_scene, "scene.usda", folder=tmp_path)

        assert np.ptp(bounds(snapshot), axis=0) == pytest.approx(size)


def test_a_mesh_file_in_a_layer_that_cannot_be_read_costs_itself(open_scene: Opener, tmp_path: Path) -> None:
    box(tmp_path)
    text = SCENE.format(unit=1.0, axis="Z", arguments="")
    (tmp_path / "scene.usda").write_text(text.replace("{\n    def", '{\n    def Cube "C" {}\n    def', 1))
    (tmp_path / "part.stl").write_text("nothing of use")

    snapshot = load(open_scene, "scene.usda", folder=tmp_path)

    assert len(snapshot.instances) == 1
