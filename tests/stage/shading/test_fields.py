"""What is made of fields."""

from __future__ import annotations

from rendersdg.stage.shading.fields import Constant, constant, times


def test_a_product_is_as_wide_as_its_widest_factor() -> None:
    product = times(constant((2.0, 3.0)), constant((1.0, 1.0, 5.0)), constant(2.0))

    assert isinstance(product, Constant) and product.value.tolist() == [4.0, 6.0, 30.0]
