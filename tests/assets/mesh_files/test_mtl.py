"""MTL files: each statement is an input of OmniPBR by a value known by hand, or is said by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from rendersdg.assets.mesh_files.mtl import look_of, read_mtl, roughness_of
from rendersdg.assets.mesh_files.pictures import Pictures, normals_from_heights
from rendersdg.errors import Report

NEUTRAL = "Ka 1 1 1\nNi 1.45\nillum 2\n"


def look(folder: Path, text: str, report: Report | None = None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the inputs of the material that ``text`` describes, and the images that were made for it."""
    report = report or Report()
    (folder / "t.mtl").write_text(f"newmtl a\n{text}")
    images: dict[str, np.ndarray] = {}

    def embed(label: str, pixels: np.ndarray) -> str:
        images[label.rsplit(":", 1)[1]] = pixels
        return f"rendersdg:embedded/{label.rsplit(':', 1)[1]}"

    material = read_mtl(folder / "t.mtl", report)["a"]
    return look_of(material, Pictures(str(folder / "t.obj"), embed, report), report), images


def said(report: Report) -> dict[str, str]:
    return {e["subject"].rsplit("/", 1)[-1]: e["text"] for e in report.as_json()}


def image(folder: Path, name: str, pixels: list[list[Any]] | np.ndarray) -> str:
    """Write an image, RGB or RGBA or grey, and return its path."""
    array = np.asarray(pixels, np.uint8)
    order = {2: array, 3: array[..., [2, 1, 0, 3][: array.shape[-1]]] if array.ndim == 3 else array}
    cv2.imwrite(str(folder / name), order[array.ndim])
    return str((folder / name).resolve())


def test_a_colour_is_linear_as_it_is_written(tmp_path: Path) -> None:
    assert look(tmp_path, "Kd 0.5 0.25 1")[0]["diffuse_color_constant"] == [0.5, 0.25, 1.0]
    assert look(tmp_path, "Kd 0.5")[0]["diffuse_color_constant"] == [0.5] * 3
    assert look(tmp_path, "Kd xyz 0.9505 1 1.089")[0]["diffuse_color_constant"] == pytest.approx([1, 1, 1], abs=1e-3)


@pytest.mark.parametrize(("exponent", "roughness"), [(0, 1.0), (30, 0.5), (510, 0.25), (8190, 0.125)])
def test_ns_is_roughness_by_the_width_of_the_lobe(tmp_path: Path, exponent: float, roughness: float) -> None:
    assert look(tmp_path, f"Ns {exponent}")[0]["reflection_roughness_constant"] == pytest.approx(roughness)


def test_ks_is_how_much_is_mirrored_and_models_without_highlights_have_none(tmp_path: Path) -> None:
    assert look(tmp_path, "Ks .9 .9 .9\nillum 2")[0]["specular_level"] == pytest.approx(0.9)
    assert look(tmp_path, "Ks .9 .9 .9\nillum 1")[0]["specular_level"] == 0.0
    assert "specular_level" not in look(tmp_path, "Kd 1 1 1")[0]


def test_a_metal_that_is_written_by_its_highlights_is_one(tmp_path: Path) -> None:
    inputs, _ = look(tmp_path, "Kd 0 0 0\nKs .9 .6 .3\n", report := Report())

    assert inputs["metallic_constant"] == 1.0 and inputs["diffuse_color_constant"] == [0.9, 0.6, 0.3]
    assert "metal" in said(report)["t.mtl:a.Ks"]


@pytest.mark.parametrize(
    ("text", "opacity"),
    [("d 0.3", 0.3), ("Tr 0.7", 0.3), ("d 0.3\nTr 0.3", 0.3), ("d 1", None), ("Tr 0", None), ("Tr 1", None)],
)
def test_opacity_is_d_or_what_tr_leaves(tmp_path: Path, text: str, opacity: float | None) -> None:
    inputs, _ = look(tmp_path, text)

    assert inputs.get("opacity_constant") == (None if opacity is None else pytest.approx(opacity))
    assert inputs.get("enable_opacity", False) == (opacity is not None)


def test_glow_is_in_nits_as_elsewhere(tmp_path: Path) -> None:
    inputs, _ = look(tmp_path, "Ke 4 2 0")

    assert inputs["emissive_color"] == [1.0, 0.5, 0.0] and inputs["emissive_intensity"] == 4000.0
    assert "emissive_intensity" not in look(tmp_path, "Ke 0 0 0")[0]


def test_values_of_physical_rendering_win(tmp_path: Path) -> None:
    inputs, _ = look(tmp_path, "Ns 10\nPr 0.4\nPm 0.9\nPc 0.5\nPcr 0.1\nKs 1 1 1\nillum 1")

    assert inputs["reflection_roughness_constant"] == 0.4 and inputs["metallic_constant"] == 0.9
    assert (inputs["enable_clearcoat"], inputs["clearcoat_weight"]) == (True, 0.5)
    assert inputs["clearcoat_reflection_roughness"] == 0.1
    assert "specular_level" not in inputs


def test_an_image_is_multiplied_by_the_colour(tmp_path: Path) -> None:
    file = image(tmp_path, "wood grain.png", [[[9, 9, 9]]])

    inputs, _ = look(tmp_path, "Kd .2 1 .2\nmap_Kd wood grain.png")
    black, _ = look(tmp_path, "Kd 0 0 0\nmap_Kd wood grain.png", report := Report())

    assert inputs["diffuse_texture"] == file and inputs["diffuse_tint"] == [0.2, 1.0, 0.2]
    assert black["diffuse_texture"] == file and "diffuse_tint" not in black and "hide map_Kd" in str(said(report))


@pytest.mark.parametrize("name", ["WOOD.PNG", r"C:\Users\me\textures\wood.png", "/home/me/wood.png", "./wood.png"])
def test_an_image_of_another_machine_is_found_by_the_end_of_its_path(tmp_path: Path, name: str) -> None:
    file = image(tmp_path, "wood.png", [[[9, 9, 9]]])

    assert look(tmp_path, f"map_Kd {name}")[0]["diffuse_texture"] == file


def test_a_missing_image_costs_itself(tmp_path: Path) -> None:
    inputs, _ = look(tmp_path, "Kd .5 .5 .5\nmap_Kd gone.png\nmap_d lost.png", report := Report())

    assert inputs == {"diffuse_color_constant": [0.5, 0.5, 0.5]}
    assert said(report) == {
        "t.mtl:a.map_Kd": "the image gone.png is not there; put it beside the file",
        "t.mtl:a.map_d": "the image lost.png is not there; put it beside the file",
    }


def test_opacity_comes_from_a_matte_where_there_is_one_else_from_the_colours(tmp_path: Path) -> None:
    image(tmp_path, "grey.png", [[0, 51], [204, 255]])
    image(tmp_path, "matte.png", [[[10, 10, 10, 128]]])

    grey, made = look(tmp_path, "d 0.5\nmap_d grey.png")
    _, mattes = look(tmp_path, "map_d matte.png")
    _, inverse = look(tmp_path, "map_Tr grey.png")

    assert grey["enable_opacity_texture"] and grey["opacity_constant"] == 0.5
    assert made["a.map_d"][..., 0].tolist() == [[0, 51], [204, 255]]
    assert mattes["a.map_d"][0, 0, 0] == 128
    assert inverse["a.map_Tr"][..., 0].tolist() == [[255, 204], [51, 0]]


def test_a_channel_and_levels_can_be_asked_for(tmp_path: Path) -> None:
    image(tmp_path, "c.png", [[[0, 51, 102, 153]]])

    for channel, value in (("r", 0), ("g", 51), ("b", 102), ("m", 153), ("l", 51)):
        assert look(tmp_path, f"map_Pr -imfchan {channel} c.png")[1]["a.map_Pr"][0, 0, 0] == value
    assert look(tmp_path, "map_Pr -mm 0.2 0.5 -imfchan b c.png")[1]["a.map_Pr"][0, 0, 0] == 102  # 0.2 + 0.5 * 0.4
    levelled = look(tmp_path, "map_Kd -mm 0.2 0.5 c.png")[1]["a.map_Kd"][0, 0]
    assert levelled.tolist() == pytest.approx([51, 76.5, 102, 153], abs=0.5)


def test_images_of_numbers_are_roughness_and_metalness(tmp_path: Path) -> None:
    image(tmp_path, "g.png", [[255, 0]])

    inputs, images = look(tmp_path, "Ns 510\nmap_Ns g.png\nmap_Pm g.png")
    plain, _ = look(tmp_path, "map_Pr g.png")

    assert images["a.map_Ns"][0, :, 0].tolist() == [64, 255]  # 0.25 and 1
    assert images["a.map_Pm"][0, :, 0].tolist() == [255, 0]
    assert inputs["metallic_texture_influence"] == plain["reflection_roughness_texture_influence"] == 1.0


def test_a_ramp_of_heights_leans_by_its_slope(tmp_path: Path) -> None:
    image(tmp_path, "ramp.png", np.tile(np.arange(0, 250, 10), (25, 1)))

    inputs, images = look(tmp_path, "map_Bump -bm 25.5 ramp.png")
    normals = images["a.map_Bump"][5, 5, :3] / 255 * 2 - 1

    assert inputs["normalmap_texture"].endswith("a.map_Bump") and "bump_factor" not in inputs
    assert normals == pytest.approx(np.array([-1, 0, 1]) / np.sqrt(2), abs=0.01)  # a texel up a texel


def test_heights_upwards_lean_downwards() -> None:
    normals = normals_from_heights(np.repeat(np.linspace(1, 0, 11, dtype=np.float32)[:, None], 4, 1)) * 2 - 1

    assert normals[5, 2] == pytest.approx(np.array([0, -0.1, 1]) / np.sqrt(1.01), abs=1e-6)


def test_a_normal_map_is_one_whatever_its_keyword(tmp_path: Path) -> None:
    file = image(tmp_path, "n.png", [[[128, 127, 255]]])

    bump, _ = look(tmp_path, "map_Bump -bm 0.7 n.png", report := Report())
    norm, _ = look(tmp_path, "norm n.png")

    assert (bump["normalmap_texture"], bump["bump_factor"]) == (file, 0.7)
    assert "taken for a normal map" in said(report)["t.mtl:a.map_Bump"]
    assert (norm["normalmap_texture"], norm["bump_factor"]) == (file, 1.0)


def test_images_are_scaled_and_moved_together(tmp_path: Path) -> None:
    image(tmp_path, "w.png", [[[9, 9, 9]]])

    inputs, _ = look(tmp_path, "map_Kd -s 2 3 1 -o .25 w.png\nmap_d -s 2 3 -o .25 w.png", report := Report())
    mixed, _ = look(tmp_path, "map_Kd -s 2 2 w.png\nmap_d w.png", other := Report())

    assert inputs["texture_scale"] == [2, 3] and inputs["texture_translate"] == [0.25, 0]
    assert said(report) == {}
    assert mixed["texture_scale"] == [2, 2] and "lies as map_Kd does" in said(other)["t.mtl:a.map_d -s -o"]


def test_a_scale_of_one_number_leaves_the_other_axis(tmp_path: Path) -> None:
    image(tmp_path, "4.png", [[[9, 9, 9]]])

    assert look(tmp_path, "map_Kd -s 2 4.png")[0]["texture_scale"] == [2, 1]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("map_Kd -clamp on w.png", "t.mtl:a.map_Kd -clamp"),
        ("map_Kd -t 1 1 1 w.png", "t.mtl:a.map_Kd -t"),
        ("map_Kd -wobble 3 w.png", "t.mtl:map_Kd -wobble"),
        ("map_Ks w.png", "t.mtl:a.map_Ks"),
        ("map_Ka other.png", "t.mtl:a.map_Ka"),
        ("disp w.png", "t.mtl:a.disp"),
        ("decal w.png", "t.mtl:a.decal"),
        ("refl -type sphere w.png", "t.mtl:a.refl"),
        ("map_Ps w.png", "t.mtl:a.map_Ps"),
        ("Ps 0.5", "t.mtl:a.Ps"),
        ("aniso 0.5", "t.mtl:a.aniso"),
        ("illum 7", "t.mtl:a.illum"),
        ("illum 3", "t.mtl:a.illum"),
        ("illum 0", "t.mtl:a.illum"),
        ("illum 10", "t.mtl:a.illum"),
        ("Tf .5 1 1\nd .5", "t.mtl:a.Tf"),
        ("d -halo .5", "t.mtl:2"),
        ("Kd spectral iron.rfl", "t.mtl:2"),
        ("Kd nan 1 1", "t.mtl:2"),
        ("map_Kd", "t.mtl:2"),
        ("shininess 3", "t.mtl:shininess"),
        ("Ka .1 .1 .1", "t.mtl"),
    ],
)
def test_what_is_not_shaded_is_said_by_its_name(tmp_path: Path, text: str, subject: str) -> None:
    image(tmp_path, "w.png", [[[9, 9, 9]]])

    look(tmp_path, text, report := Report())

    assert subject in said(report)


def test_what_all_exporters_write_is_one_note(tmp_path: Path) -> None:
    (tmp_path / "n.mtl").write_text(f"newmtl a\n{NEUTRAL}newmtl b\n{NEUTRAL}")
    report = Report()
    for material in read_mtl(tmp_path / "n.mtl", report).values():
        look_of(material, Pictures(str(tmp_path / "t.obj"), lambda label, pixels: label, report), report)

    assert said(report) == {"n.mtl": "nothing is seen of Ka, Ni: ambient light and refraction are not shaded"}


def test_names_may_have_blanks_and_lines_may_be_foreign(tmp_path: Path) -> None:
    (tmp_path / "t.mtl").write_bytes(
        "# Mat\xe9riaux\nKd 1 1 1\nnewmtl dark red\r\n\tKd .2 0 0 # red\r\n".encode("latin-1")
    )

    materials = read_mtl(tmp_path / "t.mtl", report := Report())

    assert materials["dark red"].numbers == {"Kd": (0.2, 0.0, 0.0)}
    assert said(report) == {"t.mtl:2": "Kd stands before the first newmtl"}


def test_a_negative_exponent_is_rough() -> None:
    assert roughness_of(-1.0) == 1.0
