"""Amodal masks: what each object shows when all others are taken away."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg import rle
from rendersdg.annotators import ANNOTATORS, Request
from rendersdg.annotators.amodal import amodal_segmentation
from rendersdg.errors import NotSupported
from tests.annotators.requests import request
from tests.conftest import Opener

EYE = """
eye: {create.camera: {position: [5, 0.3, 0.6], look_at: [0, 0, 0], clipping_range: [0.01, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
"""
ROW = {
    "box": "{create.cube: {position: [0, 0, 0], semantics: [[class, box]], rotation: [0, 0, 30]}}",
    "ring": "{create.torus: {position: [1.4, 0.6, 0.2], rotation: [0, 80, 0], semantics: [[class, ring]]}}",
    "near": "{create.sphere: {position: [1.5, 0, -0.2], scale: 0.5, semantics: [[class, near]]}}",
    "edge": "{create.sphere: {position: [0, 2.05, 0.4], semantics: [[class, edge]]}}",
    "hidden": "{create.cube: {position: [-3, 0, 0], scale: 0.3, semantics: [[class, hidden]]}}",
    "wall": "{create.cube: {position: [-5, 0, 0], scale: [0.1, 9, 9]}}",
}


def masks(open_scene: Opener, text: str) -> dict[str, np.ndarray]:
    answer = amodal_segmentation(request(open_scene, text))
    runs = {k: rle.decompress(m["counts"]) for k, m in answer["info"]["idToMask"].items()}  # type: ignore[attr-defined]
    labels = answer["info"]["idToLabels"]
    assert answer["data"].tolist() == list(runs)
    return {labels[k]["class"]: rle.mask_from_runs(r, (120, 160)) for k, r in runs.items()}  # type: ignore[index]


@pytest.mark.parametrize("lens", ["", "fisheye"])
def test_each_mask_is_what_the_object_shows_alone(lens: str, open_scene: Opener) -> None:
    eye = EYE.replace("create.camera: {", 'create.camera: {projection_type: "fisheyePolynomial", ') if lens else EYE
    together = masks(open_scene, "\n".join(f"{k}: {v}" for k, v in ROW.items()) + eye)
    whole = ANNOTATORS["objects"](request(open_scene, "\n".join(f"{k}: {v}" for k, v in ROW.items()) + eye))

    assert set(together) == set(ROW) - {"wall"}
    for name, mask in together.items():
        alone = request(open_scene, f"{name}: {ROW[name]}" + eye).view.labels
        assert np.array_equal(mask, alone.entity == 0) and mask.any(), name
    for o in whole["info"]["objects"]:
        mask = together[o["labels"]["class"]]
        assert mask.sum() == o["unoccluded_pixels"]
        rows, columns = np.nonzero(mask)
        assert o["loose"] == [columns.min(), rows.min(), columns.max(), rows.max()]
        assert not (np.isin(whole["data"], o["ids"]) & ~mask).any()


def test_a_prim_and_those_below_it_are_one_outline(open_scene: Opener) -> None:
    car = """
body: {create.cube: {name: body, semantics: [[class, body]]}}
wheel: {create.sphere: {parent: body, position: [1, 1, 0], scale: 0.5, semantics: [[class, wheel]]}}
front: {create.cube: {position: [2, 0.5, 0], scale: 0.4, semantics: [[class, front]]}}
"""
    whole = masks(open_scene, car + EYE)
    body = request(open_scene, car.splitlines()[1] + EYE).view.labels.entity == 0

    assert np.array_equal(whole["body"], body | whole["wheel"]) and (whole["wheel"] & ~body).any()


def test_objects_that_the_filter_drops_have_none_and_an_empty_view_is_empty(open_scene: Opener) -> None:
    asked = request(open_scene, "\n".join(f"{k}: {v}" for k, v in ROW.items()) + EYE)
    chosen = amodal_segmentation(Request(asked.view, {"semantic_filter_predicate": "class:ring|box"}))
    empty = amodal_segmentation(request(open_scene, EYE.lstrip()))

    assert len(chosen["data"]) == 2 and empty["data"].shape == (0,) and empty["info"]["idToMask"] == {}


def test_tiled_products_say_that_they_have_none(open_scene: Opener) -> None:
    session = open_scene("box: {create.cube: {semantics: [[class, box]]}}" + EYE)
    view = next(iter(session.views(session.snapshot(0), {}).values()))

    assert view.silhouettes([0])[0].mask.any()
    from rendersdg.orchestrator.tiles import sheet

    with pytest.raises(NotSupported, match="one product a camera"):
        sheet(view.product, view.snapshot, [view], {}).silhouettes([0])
