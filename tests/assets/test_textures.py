"""Textures: loaded once, in one layout, and named where they are damaged."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.assets.resolver import Resolver
from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import AssetError, NotSupported, Report
from rendersdg.texels import linear_image


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def test_an_image_that_cannot_be_read_is_none_and_said_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    report = Report()
    library = TextureLibrary(Resolver(tmp_path, report, []))

    assert [library.index(str(tmp_path / "a.png"), is_srgb=s) for s in (True, True, False)] == [-1, -1, -1]
    assert [e["text"].split("; ")[-1] for e in report.as_json()] == ["the surface has its constant colour"]
    with pytest.raises(NotSupported, match="cannot be decoded"):
        TextureLibrary(Resolver(tmp_path, Report(strict=True), [])).index(str(tmp_path / "a.png"), is_srgb=True)


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


@pytest.mark.parametrize(
    ("image", "is_encoded"),
    [
        (np.full((2, 2, 3), 128, np.uint8), True),
        (np.full((2, 2, 4), 128, np.uint8), True),
        (np.full((2, 2), 128, np.uint8), False),  # one channel is data
        (np.full((2, 2, 3), 128 * 257, np.uint16), False),  # and so are 16 bits
    ],
)
def test_an_image_says_itself_whether_it_is_display_encoded(
    tmp_path: Path, image: np.ndarray, is_encoded: bool
) -> None:
    (tmp_path / "a.png").write_bytes(png(image))
    library = TextureLibrary(Resolver(tmp_path, Report(), []))
    own = library.index("a.png", is_srgb=None)
    value = float(linear_image(library.textures[own])[0, 0, 0])

    assert value == pytest.approx(0.2158605 if is_encoded else 128 / 255, abs=1e-4)


def test_sixteen_bits_are_linear_light_where_they_are_said_to_be_srgb(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(np.full((2, 2, 3), 128 * 257, np.uint16)))
    library = TextureLibrary(Resolver(tmp_path, Report(), []))
    said = library.index("a.png", is_srgb=True)

    assert float(linear_image(library.textures[said])[0, 0, 0]) == pytest.approx(0.2158605, abs=1e-6)


def test_a_large_image_is_reduced_and_said(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(np.zeros((16, 4096), np.uint8)))
    report = Report()
    library = TextureLibrary(Resolver(tmp_path, report, []))
    library.index("a.png", is_srgb=True)

    assert library.textures[0].pixels.shape == (8, 2048, 4)
    assert [e["text"] for e in report.as_json()] == ["an image of 4096 x 16 pixels is reduced to 2048 x 8"]


def test_a_source_is_no_texture_of_the_scene(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(np.full((2, 2), 9, np.uint8)))
    library = TextureLibrary(Resolver(tmp_path, Report(), []))

    assert library.source("a.png", is_srgb=False) is library.source("a.png", is_srgb=False) is not None
    assert library.source("", is_srgb=False) is None and library.textures == []
