"""What scripts may pass for vectors, labels, prims and render products."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import Gf, UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.graph.nodes import Prims, Product
from rendersdg.replicator.engine import Engine
from rendersdg.replicator.items import RenderProductItem, ReplicatorItem
from rendersdg.replicator.values import (
    euler_of,
    path_of,
    prims_of,
    product_of,
    products_of,
    semantics_of,
    unwrap,
    vector_of,
)


@pytest.mark.parametrize("value", [(1, 2, 3), [1, 2, 3], np.array([1, 2, 3]), Gf.Vec3f(1, 2, 3)])
def test_vectors_of_all_kinds_become_three_floats(engine: Engine, value: object) -> None:
    assert vector_of("position", value) == (1.0, 2.0, 3.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [(1, 2), "abc", 5, None])
def test_what_is_not_a_vector_is_named(engine: Engine, value: object) -> None:
    with pytest.raises(BadArgument, match=r"position=.* must be three numbers"):
        vector_of("position", value)  # type: ignore[arg-type]


def test_one_number_is_a_scale() -> None:
    assert vector_of("scale", 2, scalar=True) == (2.0, 2.0, 2.0)  # type: ignore[arg-type]


def test_a_quarter_turn_is_ninety_degrees(engine: Engine) -> None:
    half = 0.5**0.5

    assert euler_of((half, 0, 0, half)) == pytest.approx((0, 0, 90))
    assert euler_of(Gf.Quatd(half, 0, 0, half)) == pytest.approx((0, 0, 90))
    assert euler_of((0, 0, 90)) == (0, 0, 90)


def test_labels_become_pairs() -> None:
    expected = (("class", "cube"), ("class", "box"))

    assert semantics_of({"class": ["cube", "box"]}) == semantics_of([("class", "cube"), ("class", "box")]) == expected
    assert semantics_of(None) == ()


def test_prims_are_found_by_whatever_names_them(engine: Engine) -> None:
    prim = UsdGeom.Cube.Define(engine.recorder.stage, "/cube").GetPrim()
    handle = Prims("cube", ("/cube",))

    for value in (prim, "/cube", prim.GetPath(), UsdGeom.Cube(prim), ReplicatorItem(handle), ["/cube"]):
        assert prims_of(value) == [prim]
    assert path_of(ReplicatorItem(handle)) == "/cube" and path_of(None) == ""
    with pytest.raises(BadArgument, match="no prim at '/sphere'"):
        prims_of("/sphere")


def test_render_products_are_found_by_item_handle_name_and_path(engine: Engine) -> None:
    product = Product("view", Prims("eye", ("/eye",)), (8, 8))
    engine.recorder.graph.products.append(product)
    item = RenderProductItem(product)

    assert all(product_of(value) is product for value in (item, product, "view", item.path))
    assert products_of([item, ["view"]]) == [product, product]
    with pytest.raises(BadArgument, match="is not a render product"):
        product_of("other")


def test_values_without_a_plain_form_stay_as_they_are() -> None:
    thing = object()

    assert unwrap(thing) is thing
