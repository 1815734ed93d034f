"""Textures: loaded once, in one layout, and named where they are damaged."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.assets.resolver import Resolver
from rendersdg.assets.textures import TextureLibrary, decode
from rendersdg.errors import AssetError, NotSupported, Report


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def test_images_become_rgba_with_row_0_at_the_top() -> None:
    blue_first = np.zeros((2, 3, 3), np.uint8)
    blue_first[0] = (10, 20, 30)
    image = decode(png(blue_first), "a.png")

    assert image.shape == (2, 3, 4) and image.dtype == np.uint8
    assert image[0, 0].tolist() == [30, 20, 10, 255] and image[1, 0].tolist() == [0, 0, 0, 255]


def test_grey_and_sixteen_bits_are_taken() -> None:
    assert decode(png(np.full((2, 2), 77, np.uint8)), "a.png")[0, 0].tolist() == [77, 77, 77, 255]
    assert decode(png(np.full((2, 2), 0x4D00, np.uint16)), "a.png")[0, 0].tolist() == [77, 77, 77, 255]


def test_large_images_are_reduced() -> None:
    assert decode(png(np.zeros((16, 4096), np.uint8)), "a.png").shape == (8, 2048, 4)


@pytest.mark.parametrize(("name", "said"), [("a.png", "export it again"), ("a.exr", "convert it")])
def test_a_damaged_image_is_named(name: str, said: str) -> None:
    with pytest.raises(AssetError, match=f"{name} cannot be decoded .5 bytes.: .*{said}"):
        decode(b"12345", name)


def test_an_image_that_cannot_be_read_is_none_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    report = Report()
    library = TextureLibrary(Resolver(tmp_path, report, []))

    assert [library.index(str(tmp_path / "a.png"), is_srgb=s) for s in (True, True, False)] == [-1, -1, -1]
    assert [e["text"].split("; ")[-1] for e in report.as_json()] == ["the surface has its constant colour"]
    with pytest.raises(NotSupported, match="cannot be decoded"):
        TextureLibrary(Resolver(tmp_path, Report(strict=True), [])).index(str(tmp_path / "a.png"), is_srgb=True)


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_tga_is_read(is_packed: bool) -> None:
    # Truevision's format: type 2 (or 10: runs), 3 wide, 1 high, 24 bits, rows from the top
    header = bytes([0, 0, 10 if is_packed else 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 24, 0x20])
    red, blue = bytes([0, 0, 255]), bytes([255, 0, 0])
    body = bytes([0x81]) + red + bytes([0x00]) + blue if is_packed else red + red + blue

    image = decode(header + body, "a.tga")
    assert image[0].tolist() == [[255, 0, 0, 255]] * 2 + [[0, 0, 255, 255]]


def test_a_texture_is_loaded_once_whatever_it_is_called(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png(np.full((2, 2), 9, np.uint8)))
    library = TextureLibrary(Resolver(tmp_path, Report(), []))
    paths = [str(tmp_path / n) for n in ("a.png", "b.png", "a.png")]

    assert [library.index(p, is_srgb=True) for p in paths] == [0, 0, 0]
    assert library.index(paths[0], is_srgb=False) == 1 and library.index("", is_srgb=True) == -1
    assert len(library.textures) == 2


def test_a_slot_keeps_its_index_and_changes_its_image(tmp_path: Path) -> None:
    library = TextureLibrary(Resolver(tmp_path, Report(), []))
    first, again = (library.slot("steel", np.full((2, 2, 3), v, np.float32)) for v in (0.1, 0.2))

    assert first == again and float(library.textures[first].pixels[0, 0, 0]) == pytest.approx(0.2)


def test_an_unknown_procedural_texture_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="did you mean 'texture/wood'"):
        TextureLibrary(Resolver(tmp_path, Report(), [])).index("rendersdg:texture/wod", is_srgb=True)
