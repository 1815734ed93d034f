"""Decoding: every kind of image file in one layout, and which are damaged."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest
from PIL import Image

from rendersdg.assets.decoding import decode
from rendersdg.backends.environment import _image
from rendersdg.errors import AssetError
from tests.conftest import Opener


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def exr(path: Path, channels: dict[str, np.ndarray], **header: object) -> bytes:
    plain = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File({**plain, **header}, channels).write(str(path))
    return path.read_bytes()


def test_images_become_rgba_with_row_0_at_the_top() -> None:
    blue_first = np.zeros((2, 3, 3), np.uint8)
    blue_first[0] = (10, 20, 30)
    picture = decode(png(blue_first), "a.png")
    image = picture.pixels

    assert image.shape == (2, 3, 4) and image.dtype == np.uint8 and picture.is_display_encoded
    assert image[0, 0].tolist() == [30, 20, 10, 255] and image[1, 0].tolist() == [0, 0, 0, 255]


def test_grey_and_sixteen_bits_are_taken() -> None:
    assert decode(png(np.full((2, 2), 77, np.uint8)), "a.png").pixels[0, 0].tolist() == [77, 77, 77, 255]
    deep = decode(png(np.full((2, 2), 0x4D00, np.uint16)), "a.png")
    assert deep.pixels[0, 0].tolist() == pytest.approx([0x4D00 / 65535] * 3) and not deep.is_float
    clear = decode(png(np.full((2, 2, 4), 0x4D00, np.uint16)), "a.png").pixels
    assert clear[0, 0].tolist() == pytest.approx([0x4D00 / 65535] * 4)


@pytest.mark.parametrize(
    ("mode", "kind", "channels"),
    [("CMYK", "JPEG", 3), ("L", "JPEG", 1), ("P", "PNG", 3), ("LA", "PNG", 1), ("RGB", "TIFF", 3), ("CMYK", "TIFF", 4)],
)
def test_modes_of_images_have_their_colour_and_their_channels(mode: str, kind: str, channels: int) -> None:
    colour = {"CMYK": (255, 0, 0, 0), "L": 77, "P": 3, "LA": (77, 9), "RGB": (10, 20, 30)}[mode]
    image = Image.new(mode, (16, 16), colour)
    if mode == "P":
        image.putpalette([0, 0, 0] * 3 + [10, 20, 30] + [0, 0, 0] * 252)
    data = io.BytesIO()
    image.save(data, kind)
    picture = decode(data.getvalue(), f"a.{kind.lower()}")
    wanted = {"CMYK": (0, 255, 255, 255), "L": (77, 77, 77, 255), "LA": (77, 77, 77, 9)}.get(mode, (10, 20, 30, 255))

    assert np.abs(picture.pixels[8, 8].astype(int) - wanted).max() <= 2  # cyan is no red
    assert picture.channels == channels


def test_large_images_are_reduced() -> None:
    picture = decode(png(np.zeros((16, 4096), np.uint8)), "a.png")

    assert picture.pixels.shape == (8, 2048, 4) and picture.is_reduced and picture.size_wh == (4096, 16)


@pytest.mark.parametrize(("name", "said"), [("a.png", "export it again"), ("a.exr", "")])
def test_a_damaged_image_is_named(name: str, said: str) -> None:
    with pytest.raises(AssetError, match=f"{name} cannot be decoded .5 bytes.: .*{said}"):
        decode(b"12345", name)


def test_a_dds_of_no_known_kind_of_pixels_is_named() -> None:
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "DDS")
    flags = 80  # of the pixel format, by DirectDraw's header

    with pytest.raises(AssetError, match=r"a\.dds cannot be decoded"):
        decode(data.getvalue()[:flags] + bytes(4) + data.getvalue()[flags + 4 :], "a.dds")


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_tga_is_read(is_packed: bool) -> None:
    # Truevision's format: type 2 (or 10: runs), 3 wide, 1 high, 24 bits, rows from the top
    header = bytes([0, 0, 10 if is_packed else 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 24, 0x20])
    red, blue = bytes([0, 0, 255]), bytes([255, 0, 0])
    body = bytes([0x81]) + red + bytes([0x00]) + blue if is_packed else red + red + blue

    image = decode(header + body, "a.tga").pixels
    assert image[0].tolist() == [[255, 0, 0, 255]] * 2 + [[0, 0, 255, 255]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_an_exr_has_its_values_and_its_alpha(tmp_path: Path, dtype: type) -> None:
    image = np.zeros((2, 3, 4), dtype)
    image[0, 0] = (4.0, 0.5, -0.25, 0.75)
    data = exr(tmp_path / "a.exr", {c: image[..., k].copy() for k, c in enumerate("RGBA")})
    picture = decode(data, "a.exr")

    assert picture.pixels[0, 0].tolist() == [4.0, 0.5, -0.25, 0.75] and picture.is_float
    assert not picture.is_display_encoded and picture.channels == 4


def test_an_exr_of_one_channel_is_grey_and_a_layer_is_found(tmp_path: Path) -> None:
    half = np.full((2, 2), 0.5, np.float32)
    assert decode(exr(tmp_path / "a.exr", {"Y": half}), "a.exr").pixels[0, 0].tolist() == [0.5] * 3
    layered = {f"beauty.{c}": half * k for k, c in enumerate("RGB", 1)}
    assert decode(exr(tmp_path / "b.exr", layered), "b.exr").pixels[0, 0].tolist() == [0.5, 1.0, 1.5]


def test_an_exr_covers_its_display_window(tmp_path: Path) -> None:
    window = (np.array([0, 0], np.int32), np.array([3, 2], np.int32))
    data = (np.array([1, 1], np.int32), np.array([2, 1], np.int32))
    ones = {"Y": np.ones((1, 2), np.float32)}
    picture = decode(exr(tmp_path / "a.exr", ones, displayWindow=window, dataWindow=data), "a.exr")

    assert picture.pixels[..., 0].tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]


def test_an_exr_dome_lights_the_scene_and_a_damaged_one_costs_itself_alone(open_scene: Opener, tmp_path: Path) -> None:
    exr(tmp_path / "sky.exr", {c: np.full((4, 8), v, np.float32) for c, v in zip("RGB", (2.0, 1.0, 0.5))})
    (tmp_path / "bad.exr").write_bytes((tmp_path / "sky.exr").read_bytes()[:300])
    for name, texel in (("sky", [2.0, 1.0, 0.5]), ("bad", None)):
        session = open_scene(
            f'sun: {{create.light: {{light_type: dome, texture: "{name}.exr"}}}}\nbox: {{create.cube: {{}}}}\n',
            folder=tmp_path,
        )
        snapshot = session.snapshot(0)
        index = snapshot.lights[0].texture
        assert (index >= 0) == (texel is not None)
        if texel is not None:
            assert snapshot.textures[index].pixels[0, 0].tolist() == texel
        else:
            assert any("bad.exr cannot be decoded" in e["text"] for e in session.recorder.report.as_json())


@pytest.mark.parametrize(("said", "light"), [("", 0.2158605), (' (colorSpace = "raw")', 128 / 255)])
def test_a_dome_has_the_colour_space_of_its_attribute(
    open_scene: Opener, tmp_path: Path, said: str, light: float
) -> None:
    (tmp_path / "sky.png").write_bytes(png(np.full((4, 8, 3), 128, np.uint8)))
    (tmp_path / "lit.usda").write_text(
        '#usda 1.0\n(\n    defaultPrim = "A"\n)\ndef Xform "A"\n{\n    def DomeLight "Sky"\n    {\n'
        f"        asset inputs:texture:file = @./sky.png@{said}\n    }}\n}}\n"
    )
    session = open_scene("thing: {create.from_usd: {usd: lit.usda}}\nbox: {create.cube: {}}\n", folder=tmp_path)
    snapshot = session.snapshot(0)

    assert float(_image(snapshot, snapshot.lights[0])[0, 0, 0]) == pytest.approx(light, abs=1e-4)
