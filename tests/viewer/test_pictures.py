"""Pictures and arrays as the page gets them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.samples import Sample
from rendersdg.errors import DatasetError
from rendersdg.viewer.pictures import layer, legend, numbers, objects_picture, picture, thumbnail
from writers.encoders import image_bytes


def test_a_png_goes_out_as_it_is_and_a_tiff_as_png(tmp_path: Path) -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    cv2.imwrite(str(tmp_path / "a.tif"), image)

    same, turned = picture(tmp_path / "a.png"), picture(tmp_path / "a.tif")

    assert (same.data, same.kind) == ((tmp_path / "a.png").read_bytes(), "image/png")
    assert turned.kind == "image/png"
    assert np.array_equal(cv2.imdecode(np.frombuffer(turned.data, np.uint8), 1), image)


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"<html><script>alert(1)</script>", b"\0" * 99])
def test_what_is_no_picture_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)

    for make in (picture, layer, lambda file: thumbnail(file, 160)):
        with pytest.raises(DatasetError, match=r"a\.png"):
            make(tmp_path / "a.png")


def test_a_thumbnail_keeps_the_aspect_and_does_not_grow(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((100, 400, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((10, 20, 3), np.uint8))

    sizes = [
        cv2.imdecode(np.frombuffer(thumbnail(tmp_path / name, 160).data, np.uint8), 1).shape
        for name in ("a.png", "b.png")
    ]

    assert sizes == [(40, 160, 3), (10, 20, 3)]


def test_depth_goes_out_as_numbers_with_its_finite_range(tmp_path: Path) -> None:
    depth = np.array([[1.5, np.inf], [3.0, 2.0]], np.float32)
    np.save(tmp_path / "depth_0.npy", depth)

    made = layer(tmp_path / "depth_0.npy")

    assert np.array_equal(np.frombuffer(made.data, "<f4").reshape(2, 2), depth)
    assert made.about is not None and (made.about["low"], made.about["high"], made.about["shape"]) == (
        1.5,
        3.0,
        [2, 2, 1],
    )


def test_a_png_of_16_bits_is_numbers_and_one_of_8_bits_a_picture(tmp_path: Path) -> None:
    (tmp_path / "deep.png").write_bytes(image_bytes(np.array([[1000, 2000]], np.uint16)))
    (tmp_path / "flat.png").write_bytes(image_bytes(np.zeros((2, 2, 3), np.uint8)))

    deep, flat = layer(tmp_path / "deep.png"), layer(tmp_path / "flat.png")

    assert np.frombuffer(deep.data, "<f4").tolist() == [1000, 2000]
    assert flat.kind == "image/png" and flat.about is None


def test_depth_in_openexr_is_numbers(tmp_path: Path) -> None:
    OpenEXR = pytest.importorskip("OpenEXR")
    depth = np.array([[0.5, 4.0]], np.float32)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, {"Z": depth}) as file:
        file.write(str(tmp_path / "a.exr"))

    made = layer(tmp_path / "a.exr")

    assert np.frombuffer(made.data, "<f4").tolist() == [0.5, 4.0]


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "exploded"),)

    np.save(tmp_path / "a.npy", np.array([Bomb()], object), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Bomb()))

    for name in ("a.npy", "b.npy"):
        with pytest.raises(DatasetError):
            layer(tmp_path / name)
    assert not (tmp_path / "exploded").exists()


def test_large_arrays_are_thinned_by_whole_steps() -> None:
    made = numbers(np.arange(4_000_000, dtype=np.float32).reshape(2000, 2000), "a")

    assert made.about is not None and made.about["step"] == 2 and made.about["shape"] == [1000, 1000, 1]
    assert np.frombuffer(made.data, "<f4")[:2].tolist() == [0, 2]


@pytest.mark.parametrize("array", [np.zeros(4), np.zeros((2, 2, 9)), np.zeros((0, 4)), np.zeros((2, 2), "U3")])
def test_arrays_that_are_no_pictures_are_refused(array: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(DatasetError):
        numbers(array, "a")


def test_each_pixel_names_the_smallest_object_over_it() -> None:
    square = [[0.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0, 4.0]]
    small = [[1.0, 1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0]]
    sample = Sample(
        Path("a.png"), (4, 4), np.array([[1, 1, 2, 2], [0, 0, 4, 4]], float), np.array([0, 0]), None, (small, square)
    )

    pixels = cv2.imdecode(np.frombuffer(objects_picture(sample).data, np.uint8), 1)[..., ::-1]

    assert pixels[1, 1].tolist() == [1, 0, 0]
    assert pixels[0, 0].tolist() == [2, 0, 0]


def test_an_outline_that_cannot_be_read_is_named_and_the_others_are_drawn() -> None:
    shapes = ({"size": [4, 4], "counts": [999]}, {"size": [4, 4], "counts": [0, 16]})
    boxes = np.array([[0, 0, 4, 4]] * 2, float)
    sample = Sample(Path("a.png"), (4, 4), boxes, np.array([0, 0]), None, shapes)  # type: ignore[arg-type]

    made = objects_picture(sample)

    assert made.about == {"wrong": [0]}
    assert cv2.imdecode(np.frombuffer(made.data, np.uint8), 1)[0, 0, 2] == 2


def test_the_legend_of_a_segmentation_comes_from_the_file_beside_it(tmp_path: Path) -> None:
    told = {"(1, 2, 3, 255)": {"class": "box"}, "7": "/World/box"}
    (tmp_path / "semantic_segmentation_labels_0003.json").write_text(json.dumps(told))

    found = legend(tmp_path / "semantic_segmentation_0003.png")

    assert found == [{"key": [1, 2, 3, 255], "label": "box"}, {"key": 7, "label": "/World/box"}]
    assert legend(tmp_path / "other_0003.png") == []


def test_outlines_over_a_picture_beyond_the_limit_are_refused_before_memory_is_taken() -> None:
    sample = Sample(Path("a.png"), (100_000, 2_000), np.zeros((0, 4)), np.zeros(0, int))

    with pytest.raises(DatasetError, match="outlines are not drawn"):
        objects_picture(sample)
