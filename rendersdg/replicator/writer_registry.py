"""``rep.WriterRegistry``: writers by name, the built-in ones and those that a script registered."""

from __future__ import annotations

from collections.abc import Mapping

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.replicator.drawing import DRAWING
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host, is_hosted
from rendersdg.replicator.items import refused
from rendersdg.replicator.pytorch import PytorchWriter
from rendersdg.replicator.values import ProductsLike, Value
from rendersdg.replicator.writers import BUILT_IN, DEFAULT_TRIGGER, NO_NODES, OURS, BuiltIn, ScriptWriter, TriggerLike


class RegisteredWriters:
    """The writer classes that a script registered."""

    def __init__(self) -> None:
        self.classes: dict[str, type[ScriptWriter]] = {}


class WriterRegistry:
    """Writers by name: the built-in ones, and those that the script registered."""

    @classmethod
    def get(
        cls,
        name: str,
        init_params: Mapping[str, Value] | None = None,
        render_products: ProductsLike | None = None,
        trigger: TriggerLike = DEFAULT_TRIGGER,
    ) -> ScriptWriter:
        """Return a new writer."""
        table = cls.get_writers()
        if name not in table and name.removeprefix(OURS) in table:
            # an exported script: over there it is registered under this name, here it is built in
            name = name.removeprefix(OURS)
        if name not in table:
            raise BadArgument(f"unknown writer {name!r}{did_you_mean(name, table)}", where=current().where())
        kind = table[name]
        writer = kind.__new__(kind)
        if issubclass(kind, BuiltIn):
            writer.__init__()  # type: ignore[misc]
        if init_params is not None:
            writer.initialize(**init_params)
        if render_products is not None:
            writer.attach(render_products, trigger)
        return writer

    @classmethod
    def register(cls, writer: type[ScriptWriter], category: object = None) -> None:
        """Add a writer class under its own name."""
        if not (isinstance(writer, type) and issubclass(writer, ScriptWriter)):
            raise BadArgument(f"{writer!r} is not a class that inherits rep.Writer", where=current().where())
        current_host().part(RegisteredWriters).classes[writer.__name__] = writer

    @classmethod
    def unregister_writer(cls, name: str) -> None:
        """Forget a registered writer."""
        if current_host().part(RegisteredWriters).classes.pop(name, None) is None:
            raise BadArgument(f"no writer {name!r} was registered by this script", where=current().where())

    @classmethod
    def get_writers(cls, category: object = None) -> dict[str, type[ScriptWriter]]:
        """Return all writer classes by name."""
        own = current_host().part(RegisteredWriters).classes if is_hosted() else {}
        return {**BUILT_IN, **DRAWING, "PytorchWriter": PytorchWriter, **own}

    register_node_writer = staticmethod(refused("rep.WriterRegistry.register_node_writer", NO_NODES))

    @classmethod
    def attach(cls, writer: ScriptWriter, render_products: ProductsLike) -> None:
        """Attach a writer."""
        writer.attach(render_products)

    @classmethod
    def detach(cls, writer: ScriptWriter) -> None:
        """Detach a writer."""
        writer.detach()
