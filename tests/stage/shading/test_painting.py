"""Looks as materials: what stays an image, what is painted, tiles, and what two sets of coordinates come to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.assets.resolver import Resolver
from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.stage.shading.fields import Image, Lay, channels, constant, plus, times
from rendersdg.stage.shading.painting import Canvas, Look, paint
from tests.conftest import Opener, needs_shared
from tests.stage.shading.quads import READER, TWO, preview, square, texture, write

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BASE = "color3f inputs:diffuseColor.connect = </World/m/t.outputs:rgb>"


def canvas(folder: Path) -> Canvas:
    return Canvas("/m", "/m", TextureLibrary(Resolver(folder, Report(), [])), Report())


def test_an_image_with_a_factor_stays_an_image(tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED, GREEN]])
    where = canvas(tmp_path)
    picture = channels(Image(4, "a.png", True), (0, 1, 2))
    found = paint(Look(base_colour=times(picture, constant((0.5, 1, 1)))), where)

    assert found.base_colour == (0.5, 1, 1) and found.base_colour_texture == 0 and not where.painted
    assert len(where.textures.textures) == 1


def test_what_shines_more_than_white_keeps_its_strength(tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED, GREEN]])
    where = canvas(tmp_path)
    picture = channels(Image(4, "a.png", True), (0, 1, 2))
    found = paint(Look(emission=plus(times(picture, constant(300)), constant((100, 0, 0)))), where)
    pixels = np.asarray(where.textures.textures[found.emission_texture].pixels)

    assert found.emission == (400, 400, 400) and pixels[0, 0].tolist() == [255, 0, 0, 255]


def test_images_of_many_bits_are_painted_as_floats(tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[(30000, 0, 0)]], np.uint16)
    where = canvas(tmp_path)
    picture = channels(Image(4, "a.png", None), (0, 1, 2))
    found = paint(Look(base_colour=plus(picture, constant((0.25, 0, 0)))), where)

    value = where.textures.textures[found.base_colour_texture].pixels[0, 0, 0]
    assert float(value) == pytest.approx(30000 / 65535 + 0.25, abs=1e-6)


@pytest.mark.parametrize(
    ("matrix", "scale", "rotate"),
    [([[2.0, 0.0], [0.0, 3.0], [0.5, 0.25]], (2, 3), 0), ([[0.0, 2.0], [-1.0, 0.0], [0, 0]], (2, 1), 90)],
)
def test_coordinates_are_scaled_turned_and_moved(
    matrix: list[list[float]], scale: tuple[float, float], rotate: float
) -> None:
    lay = Lay(matrix=tuple((a, b) for a, b in matrix)).simplified()

    assert lay.matrix is None and lay.scale == pytest.approx(scale) and lay.rotate == pytest.approx(rotate)
    assert lay.own_from_uv == pytest.approx(np.array(matrix))


def test_sheared_coordinates_are_painted(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED] * 16 + [GREEN] * 16] * 16 + [[BLUE] * 32] * 16)
    moves = """
        def Shader "turn"
        {
            uniform token info:id = "UsdTransform2d"
            float2 inputs:in.connect = </World/m/st.outputs:result>
            float inputs:rotation = 45
            float2 outputs:result
        }
        def Shader "squeeze"
        {
            uniform token info:id = "UsdTransform2d"
            float2 inputs:in.connect = </World/m/turn.outputs:result>
            float2 inputs:scale = (2, 0.5)
            float2 outputs:result
        }
    """
    laid = texture("t", "a.png").replace("m/st.", "m/squeeze.")
    seen = square(open_scene, tmp_path, preview(BASE, laid + moves + READER))

    # (u, v) comes to (sqrt(2) (u - v), (u + v) / sqrt(8)): (0.9, 0.2) to (0.99, 0.39), blue; (0.9, 0.8) to (0.14, 0.6)
    assert seen.at("base_colour", 0.9, 0.2) == pytest.approx([0, 0, 1], abs=0.02)
    assert seen.at("base_colour", 0.9, 0.8) == pytest.approx([1, 0, 0], abs=0.02)


def test_each_tile_is_its_own_picture(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.1001.png", [[RED]])
    write(tmp_path / "a.1002.png", [[GREEN]])
    seen = square(open_scene, tmp_path, preview(BASE, texture("t", "a.<UDIM>.png") + READER), uvs=TWO)

    assert [seen.at("base_colour", u, 0.5) for u in (0.5, 1.5)] == [[1, 0, 0], [0, 1, 0]]


def test_a_mesh_on_one_tile_has_its_file_alone(open_scene: Opener, tmp_path: Path) -> None:
    for number, colour in ((1001, RED), (1002, GREEN), (1012, BLUE)):
        write(tmp_path / f"a.{number}.png", [[colour]])
    uvs = "[(1, 1), (2, 1), (2, 2), (1, 2)]"
    seen = square(open_scene, tmp_path, preview(BASE, texture("t", "a.<UDIM>.png") + READER), uvs=uvs)

    assert seen.at("base_colour", 1.5, 1.5) == [0, 0, 1] and len(seen.snapshot.textures) == 1


def test_a_missing_tile_is_said_and_has_the_fallback(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.1001.png", [[RED]])
    more = "float4 inputs:fallback = (0, 0, 1, 1)"
    seen = square(open_scene, tmp_path, preview(BASE, texture("t", "a.<UDIM>.png", more) + READER), uvs=TWO)

    assert [seen.at("base_colour", u, 0.5) for u in (0.5, 1.5)] == [[1, 0, 0], [0, 0, 1]]
    assert "1002" in next(text for subject, text in seen.said.items() if "<UDIM>" in subject)


def test_the_tiles_of_a_case_are_side_by_side(open_scene: Opener) -> None:
    path = needs_shared("cases", "light", "udim.usda")
    session = open_scene(f'thing: {{create.from_usd: {{usd: "{path}"}}}}\n', backend="null")
    snapshot = session.snapshot(0)
    pixels = np.asarray(snapshot.textures[snapshot.materials[0].base_colour_texture].pixels)
    left, right = pixels[:, : pixels.shape[1] // 2], pixels[:, pixels.shape[1] // 2 :]

    assert np.ptp(left, axis=(0, 1)).max() == np.ptp(right, axis=(0, 1)).max() == 0
    assert left[0, 0].tolist() != right[0, 0].tolist()


OTHER = READER.replace('def Shader "st"', 'def Shader "other"').replace('varname = "st"', 'varname = "lightmap"')
ROUGH = texture("r", "a.png", 'token inputs:sourceColorSpace = "raw"').replace("m/st.", "m/other.")
LIGHTMAP = 'texCoord2f[] primvars:lightmap = [(0, 0), (0.5, 0), (0.5, 1), (0, 1)] (interpolation = "vertex")'


def test_a_second_set_of_coordinates_is_the_meshs_other_one(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED, GREEN]])
    rough = "float inputs:roughness.connect = </World/m/r.outputs:r>"
    look = preview(f"{BASE}\n{rough}", texture("t", "a.png") + ROUGH + READER + OTHER)
    seen = square(open_scene, tmp_path, look, more=LIGHTMAP)
    mesh = seen.snapshot.meshes[0]

    assert seen.material.finish.others == {"roughness_texture"} and mesh.other_uvs is not None
    assert mesh.uvs[:, 0].max() == 1 and mesh.other_uvs[:, 0].max() == 0.5


def test_opacity_by_a_second_set_of_coordinates_is_said(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[RED, GREEN]])
    fading = "float inputs:opacity.connect = </World/m/r.outputs:r>"
    look = preview(f"{BASE}\n{fading}", texture("t", "a.png") + ROUGH + READER + OTHER)
    seen = square(open_scene, tmp_path, look, more=LIGHTMAP)

    assert any("lightmap" in text for text in seen.said.values()) and not seen.material.finish.others


def test_a_script_may_change_what_is_painted(open_scene: Opener, tmp_path: Path) -> None:
    write(tmp_path / "a.png", [[(255, 255, 255)]])
    look = preview(BASE, texture("t", "a.png", "float4 inputs:bias = (-0.5, 0, 0, 0)") + READER)
    square(open_scene, tmp_path, look)
    name = next(tmp_path.glob("square_*.usda")).name
    session = open_scene(
        f"""
thing: {{create.from_usd: {{usd: {name}}}}}
image: {{get.prims: {{path_pattern: "/m/t$"}}}}
t: {{trigger.on_frame: {{max_execs: 2}}}}
go:
  with.t:
    with.image:
      modify.attribute: {{name: bias, value: {{distribution.sequence: {{items: [[-1, 0, 0, 0], [0, 0, 0, 0]]}}}}}}
""",
        backend="null",
        folder=tmp_path,
    )
    reds = []
    for frame in range(2):
        snapshot = session.snapshot(frame)
        material = snapshot.materials[0]
        index = material.base_colour_texture
        reds.append(int(snapshot.textures[index].pixels[0, 0, 0]) if index >= 0 else -1)

    assert reds == [0, 255]
