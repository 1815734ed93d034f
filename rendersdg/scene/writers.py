"""``rep.writers``: writers by name, and what they are attached to."""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.errors import BadArgument
from rendersdg.graph.nodes import Product, Trigger, WriterUse
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Anything, FixedText, Mapped


def get(
    name: FixedText, init_params: Mapped = None, render_products: Anything = None, trigger: Anything = None
) -> WriterUse:
    """Return a writer by its registered name; ``render_products`` attaches it at once."""
    recorder = current()
    params = dict(init_params or {})
    use = WriterUse(str(name), params, str(name), where=recorder.where)
    recorder.graph.writers.append(use)
    if render_products is not None:
        attach(use, render_products, trigger)
    return use


def attach(writer: WriterUse, render_products: Anything, trigger: Anything = None) -> None:
    """Attach a writer to render products; with ``trigger`` it writes only when that fires."""
    products = [
        p
        for v in (render_products if isinstance(render_products, (list, tuple)) else [render_products])
        for p in (v if isinstance(v, list) else [v])
    ]
    for product in products:
        if not isinstance(product, Product):
            raise BadArgument(
                f"render_products holds {product!r}, which is not a render product; create one with "
                "create.render_product"
            )
    if trigger is not None and not isinstance(trigger, Trigger):
        raise BadArgument(f"trigger={trigger!r} is not a trigger")
    writer.products.extend(p for p in products if p not in writer.products)
    if trigger is not None:
        writer.trigger = trigger


METHODS: dict[str, Callable[..., None]] = {"attach": attach}
