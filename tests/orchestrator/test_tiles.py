"""Tiled render products: each tile is the picture that its camera makes alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS, OF_ONE_CAMERA, Request
from rendersdg.errors import BadArgument, NotSupported
from rendersdg.frame import Labels, ProductView
from rendersdg.orchestrator.tiles import faint_of
from tests.conftest import Opener
from tests.orchestrator.three_cameras import GRID, THINGS
from tests.running import passes

ALONE = "".join(f"only_{n}: {{create.render_product: {{camera: {n}, resolution: [32, 24]}}}}\n" for n in "abc")


def views(open_scene: Opener, text: str, frame: int = 1) -> list[ProductView]:
    session = open_scene(text)
    return list(session.views(session.snapshot(frame), {}).values())


@pytest.mark.parametrize("name", sorted(set(ANNOTATORS) - OF_ONE_CAMERA - {"ReferenceTime"}))
def test_a_tile_is_what_its_camera_sees_alone(open_scene: Opener, name: str) -> None:
    [grid], alone = views(open_scene, THINGS + GRID), views(open_scene, THINGS + ALONE)
    params = {"colorize": False} if "segmentation" in name else {}

    def image(view: ProductView) -> np.ndarray:
        value = ANNOTATORS[name](Request(view, params))
        return value["data"] if isinstance(value, dict) else value

    whole = image(grid)

    assert whole.shape[:2] == (48, 64)
    for k, one in enumerate(map(image, alone)):
        tile = whole[24 * (k // 2) : 24 * (k // 2 + 1), 32 * (k % 2) : 32 * (k % 2 + 1)]
        assert tile.dtype == one.dtype and np.array_equal(tile, one)


def test_counts_and_boxes_are_those_of_all_tiles(open_scene: Opener) -> None:
    [grid], alone = views(open_scene, THINGS + GRID), views(open_scene, THINGS + ALONE)
    labels = grid.labels

    assert np.array_equal(labels.visible, sum(v.labels.visible for v in alone))
    for e, box in enumerate(labels.tight):
        y, x = np.nonzero(labels.entity == e)
        assert list(box) == [x.min(), y.min(), x.max(), y.max()]
    assert (labels.instance[24:, 32:] == -1).all() and np.isinf(labels.depth[24:, 32:]).all()
    assert [v.product.columns for v in (grid, alone[0])] == [2, 1]


def test_a_defect_is_faint_where_no_tile_shows_it_well() -> None:
    def tile(visible: list[int], faint: list[bool] | None) -> Labels:
        images = {
            n: np.zeros((2, 2), np.int32) for n in ("instance", "triangle", "depth", "distance", "normal", "motion")
        }
        counts, boxes = np.array(visible, np.int64), np.tile(np.array([0, 0, 1, 1], np.int32), (3, 1))
        return Labels(
            **images,  # type: ignore[arg-type]
            visible=counts,
            unoccluded=counts,
            tight=boxes,
            loose=boxes,
            entity=images["instance"],
            faint=None if faint is None else np.array(faint),
        )

    both = [tile([5, 5, 0], [True, True, False]), tile([5, 5, 4], [True, False, True])]

    assert faint_of(both).tolist() == [True, False, True]  # type: ignore[union-attr]
    assert faint_of([both[0], tile([5, 0, 0], None)]).tolist() == [False, True, False]  # type: ignore[union-attr]
    assert faint_of([tile([5, 5, 5], None)]) is None


def test_writers_get_images_and_are_refused_boxes(open_scene: Opener) -> None:
    def save(what: str) -> str:
        return f"save: {{writers.get: {{name: BasicWriter, init_params: {{{what}: true}}, render_products: grid}}}}\n"

    files = open_scene(THINGS + GRID + save("rgb")).make(0).files

    assert list(files) == ["rgb_0000.png"]
    with pytest.raises(
        NotSupported, match="bounding_box_2d_tight of Replicator: a tiled render product gives images alone"
    ):
        open_scene(THINGS + GRID + save("bounding_box_2d_tight")).make(0)
    with pytest.raises(BadArgument, match="3 tiles would make 40000 x 40000 pixels"):
        open_scene(THINGS + GRID.replace("[32, 24]", "[20000, 20000]"))
    with pytest.raises(BadArgument, match="no camera"):
        open_scene(THINGS + GRID.replace("[a, b, c]", "[box]"))


def test_scripts_make_tiled_products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("tiled", tmp_path, monkeypatch)
