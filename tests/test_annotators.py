"""Annotators: the documented grammar, dtypes and conventions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.annotators import ANNOTATORS, Request
from rendersdg.annotators.semantics import parse_filter
from rendersdg.errors import BadArgument
from rendersdg.frame import ProductView
from rendersdg.testing import check_annotator
from tests.conftest import Opener

CAR, TRUCK, TREE = (
    (("class", "car"),),
    (("class", "vehicle"), ("vehicle_type", "truck")),
    (("class", "tree"), ("shape", "tall")),
)


@pytest.mark.parametrize(
    ("predicate", "kept"),
    [  # the examples of the documentation, on a car, a truck, a tree and something unlabelled
        ("class:*", (True, True, True)),
        ("*:*", (True, True, True)),
        ("class:vehicle|car", (True, True, False)),
        ("class:*&!tree", (True, True, False)),
        ("class:vehicle,vehicle_type:*", (False, True, False)),
        ("class:vehicle,vehicle_type:!truck", (False, False, False)),
        ("class:car;shape:*", (True, False, True)),
        ("vehicle_type:!*", (True, False, True)),
        ("!class:car", (False, True, True)),
    ],
)
def test_filters_keep_what_the_documentation_says(predicate: str, kept: tuple[bool, ...]) -> None:
    chosen = parse_filter(predicate)

    assert tuple(chosen.accepts(s) for s in (CAR, TRUCK, TREE)) == kept
    assert not chosen.accepts(())


@pytest.mark.parametrize("predicate", ["", "class", "class:", "cl?ss:a", "class:a||b"])
def test_broken_filters_are_named(predicate: str) -> None:
    with pytest.raises(BadArgument, match="semantic filter"):
        parse_filter(predicate)


SCENE = """
box: {create.cube: {semantics: [["class", "box"], ["shape", "cube"]], rotation: [10, 20, 30], scale: [1, 0.5, 0.7]}}
ball: {create.sphere: {position: [1.2, 0.3, 0.1], scale: 0.5, semantics: [["class", "ball"]]}}
plain: {create.cone: {position: [-2, 1, 0]}}
sky: {create.light: {light_type: dome}}
"""


def request(open_scene: Opener, text: str = SCENE, **params: object) -> Request:
    session = open_scene(text)
    views = session.views(session.snapshot(0), {})
    first, *rest = views.values()
    return Request(first, dict(params), (first, *rest))


@pytest.mark.parametrize("name", list(ANNOTATORS))
def test_every_annotator_gives_an_image_an_array_with_info_or_a_dictionary(name: str) -> None:
    value = check_annotator(name)

    data = value["data"] if isinstance(value, dict) and "data" in value else value
    if isinstance(data, np.ndarray) and data.ndim >= 2 and name != "pointcloud":
        assert data.shape[:2] == (72, 96)


@pytest.mark.parametrize(
    ("name", "dtype", "shape"),
    [
        ("rgb", np.uint8, (48, 64, 4)),
        ("HdrColor", np.float16, (48, 64, 4)),
        ("normals", np.float32, (48, 64, 4)),
        ("distance_to_camera", np.float32, (48, 64)),
        ("motion_vectors", np.float32, (48, 64, 4)),
        ("cross_correspondence", np.float32, (48, 64, 4)),
    ],
)
def test_images_have_the_documented_type_and_shape(
    open_scene: Opener, name: str, dtype: type, shape: tuple[int, ...]
) -> None:
    value = ANNOTATORS[name](request(open_scene))

    assert value.dtype == dtype and value.shape == shape


def test_distances_of_a_pinhole_are_related_as_documented(open_scene: Opener) -> None:
    r = request(open_scene)
    plane, ray = ANNOTATORS["distance_to_image_plane"](r), ANNOTATORS["distance_to_camera"](r)
    v, u = np.indices(plane.shape) + 0.5
    fx = r.view.product.camera.focal_px[0]
    hit = np.isfinite(plane)

    assert np.allclose(ray[hit], (plane * np.sqrt(1 + ((u - 32) / fx) ** 2 + ((v - 24) / fx) ** 2))[hit], rtol=1e-5)


def test_three_dimensional_boxes_put_a_unit_cube_where_it_stands(open_scene: Opener) -> None:
    value = ANNOTATORS["bounding_box_3d"](request(open_scene))
    row = value["data"][0]

    assert [row[f"{a}_{s}"] for s in ("min", "max") for a in "xyz"] == [-0.5] * 3 + [0.5] * 3
    assert np.allclose(np.linalg.norm(row["transform"][:3, :3], axis=1), [1, 0.5, 0.7], atol=1e-6)
    assert value["info"]["primPaths"][0] == "/Replicator/Cube_Xform"
    assert value["info"]["idToLabels"] == {0: {"class": "box"}, 1: {"class": "ball"}}


def test_box_ids_are_shared_between_the_kinds_of_boxes(open_scene: Opener) -> None:
    r = request(open_scene)
    ids = [
        ANNOTATORS[n](r)["info"]["bboxIds"].tolist()
        for n in ("bounding_box_2d_tight", "bounding_box_2d_loose", "bounding_box_3d")
    ]

    assert ids[0] == ids[1] == ids[2]


def test_semantic_types_and_filters_choose_labels(open_scene: Opener) -> None:
    both = ANNOTATORS["semantic_segmentation"](request(open_scene, semanticTypes=["class", "shape"]))
    cubes = ANNOTATORS["bounding_box_2d_tight"](request(open_scene, semanticFilter="shape:cube"))

    assert {"class": "box", "shape": "cube"} in both["info"]["idToLabels"].values()
    assert both["info"]["idToLabels"]["0"] == {"class": "BACKGROUND"} and both["info"]["idToLabels"]["1"] == {
        "class": "UNLABELLED"
    }
    assert set(np.unique(both["data"])) == {0, 1, 2, 3}
    assert len(cubes["data"]) == 1


def test_colourised_segmentation_names_its_colours(open_scene: Opener) -> None:
    value = ANNOTATORS["instance_segmentation"](request(open_scene, colorize=True))
    colours = {str(tuple(int(c) for c in row)) for row in np.unique(value["data"].reshape(-1, 4), axis=0)}

    assert colours <= set(value["info"]["idToLabels"])
    assert value["info"]["idToLabels"]["(0, 0, 0, 0)"] == "BACKGROUND"


@pytest.mark.parametrize("label", ["box", "class:box"])
def test_a_mapping_sets_label_colours(label: str, open_scene: Opener) -> None:
    mapping = f'{{"{label}": [1, 2, 3, 255], "other:box": [9, 9, 9, 255]}}'
    value = ANNOTATORS["semantic_segmentation"](request(open_scene, colorize=True, mapping=mapping))

    assert value["info"]["idToLabels"]["(1, 2, 3, 255)"] == {"class": "box"}
    assert (value["data"] == [1, 2, 3, 255]).all(-1).any()


def test_camera_parameters_reproduce_published_numbers(open_scene: Opener) -> None:
    text = (
        "eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0]}}\nview: {create.render_product: {camera: "
        "eye, resolution: [512, 512]}}\n"
    )
    value = ANNOTATORS["camera_params"](request(open_scene, text))
    projection = value["cameraProjection"].reshape(4, 4)

    assert value["cameraOpenCVFx"] == pytest.approx(586.399, abs=1e-3)
    assert projection[0, 0] == projection[1, 1] == pytest.approx(2.29062, abs=1e-5)
    assert projection[2, 3] == -1 and projection[3, 2] == pytest.approx(1.0, abs=1e-5)
    assert value["cameraAperture"][1] == pytest.approx(15.2908)


def test_points_projected_with_camera_parameters_hit_their_pixels(open_scene: Opener) -> None:
    r = request(open_scene)
    cloud = ANNOTATORS["pointcloud"](Request(r.view, {"includeUnlabelled": True}))
    p = ANNOTATORS["camera_params"](r)
    clip = (
        np.column_stack([cloud["data"], np.ones(len(cloud["data"]))])
        @ p["cameraViewTransform"].reshape(4, 4)
        @ p["cameraProjection"].reshape(4, 4)
    )
    u, v = (clip[:, 0] / clip[:, 3] + 1) * 32, (1 - clip[:, 1] / clip[:, 3]) * 24
    rows, columns = np.nonzero(r.view.labels.instance >= 0)

    assert np.allclose(u, columns + 0.5, atol=1e-3) and np.allclose(v, rows + 0.5, atol=1e-3)
    assert cloud["info"]["pointRgb"].shape == (len(rows), 4)


def test_correspondence_points_to_the_same_surface_in_the_other_eye(open_scene: Opener) -> None:
    text = (
        'wall: {create.cube: {scale: [0.1, 9, 9], semantics: [["class", "wall"]]}}\n'
        "rig: {create.stereo_camera: {stereo_baseline: 0.2, position: [4.05, 0, 0], look_at: [0, 0, 0], "
        "clipping_range: [0.01, 50]}}\n"
        "eyes: {create.render_product: {camera: rig, resolution: [64, 48], name: eye}}\n"
    )
    r = request(open_scene, text)
    flow = ANNOTATORS["cross_correspondence"](r)

    # a wall 4 m away, eyes 0.2 m apart: disparity f b / d to the left, no vertical part
    assert r.view.product.name == "eye_L"
    assert np.allclose(flow[24, 32, :3], [-24 / 20.955 * 64 * 0.2 / 4.0, 0, 1], atol=1e-3)


@given(st.integers(0, 5000))
def test_palette_colours_are_opaque_and_unique(count: int) -> None:
    from rendersdg.colour import label_palette

    palette = label_palette(count)

    assert len(np.unique(palette, axis=0)) == count
    assert (palette[1:, 3] == 255).all()


def test_views_render_only_when_asked(open_scene: Opener) -> None:
    session = open_scene(SCENE)
    view: ProductView = next(iter(session.views(session.snapshot(0), {}).values()))

    assert view._labels is None and view._buffers is None
    _ = view.labels
    assert view._buffers is None
