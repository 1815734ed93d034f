"""What scripts hold in their hands: items around the recorder's handles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from functools import wraps

from pxr import Sdf, Usd

from rendersdg.errors import BadArgument, NotSupported, did_you_mean
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Node, Prims, Product, Trigger
from rendersdg.replicator.engine import current
from rendersdg.replicator.products import define, product_path, remove
from rendersdg.replicator.values import Handled, Value, taking, unwrap
from rendersdg.scene.recorder import filling


class ReplicatorItem(Handled):
    """A recorded thing: prims, an operation, a trigger or a distribution. ``with item:`` acts on it."""

    def __init__(self, handle: Value, *args: object, **kwargs: object) -> None:
        if callable(handle) and not isinstance(handle, (Prims, Node, Trigger, Distribution)):
            handle = unwrap(handle(*args, **kwargs))  # Replicator's own form: ReplicatorItem(create_fn, *args)
        self.handle = handle
        self._open: list[AbstractContextManager[None]] = []

    @property
    def node(self) -> ReplicatorItem:
        """The graph node behind the item: the item itself."""
        return self

    def __enter__(self) -> ReplicatorItem:
        if not isinstance(self.handle, (Prims, Trigger)):
            raise BadArgument("a with block needs prims or a trigger; this item is an operation or a distribution")
        block = current().recorder.scopes.inside(self.handle)
        block.__enter__()
        self._open.append(block)
        return self

    def __exit__(self, *problem: Value) -> None:
        self._open.pop().__exit__(*problem)

    def get_output_prims(self) -> dict[str, list[Usd.Prim]]:
        """Return ``{"prims": [Usd.Prim, ...]}``: what the item stands for at the frame in hand."""
        return {"prims": self.get_prims()} if "prims" in self.outputs else {}

    def get_input_prims(self) -> dict[str, list[Usd.Prim]]:
        """Return the prims of each input by its name: ``primsIn`` are those grouped, ``prims`` those acted on."""
        if isinstance(self.handle, Prims):
            return {"primsIn": self.get_prims()}
        return {"prims": self.get_prims()} if "prims" in self.inputs else {}

    def _get_prims(self, from_output: bool = False) -> dict[str, list[Usd.Prim]]:
        return self.get_output_prims() if from_output else self.get_input_prims()

    def get_prims(self) -> list[Usd.Prim]:
        """Return the prims of the item that are on the stage."""
        stage = current().recorder.stage
        return [p for path in self.paths() if (p := stage.GetPrimAtPath(path))]

    def paths(self) -> list[str]:
        """Return the prim paths of the item."""
        handle = self.handle
        if isinstance(handle, Prims):
            return handle.resolve({})
        if isinstance(handle, Node) and handle.targets is not None:
            return handle.targets.resolve({})
        return []

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs."""
        return list(self.get_inputs())

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs."""
        return list(self.get_outputs())

    def get_inputs(self) -> dict[str, Value]:
        """Return the inputs by name: those of an operation, the parameters of a distribution, the paths of prims."""
        handle = self.handle
        if isinstance(handle, Prims):
            return {"primsIn": _paths(self.paths())}
        if isinstance(handle, Distribution):
            return {f.name: getattr(handle, f.name) for f in fields(handle) if f.name not in ("name", "site")}
        if not isinstance(handle, Node):
            return {}
        return {**handle.inputs, **({} if handle.targets is None else {"prims": _paths(self.paths())})}

    def get_input(self, name: str) -> Value:
        """Return one input of the operation."""
        inputs = self.get_inputs()
        if name not in inputs:
            raise BadArgument(f"this item has no input {name!r}{did_you_mean(name, inputs)}")
        return inputs[name]

    get_input_value = get_input

    def set_input(self, name: str, value: object) -> None:
        """Change one input of the operation."""
        self.get_input(name)
        if not isinstance(self.handle, Node) or name not in self.handle.inputs:
            raise NotSupported(f"input {name!r} of {self!r} is fixed when it is recorded; record another one instead")
        self.handle.inputs[name] = unwrap(value)

    set_input_value = set_input

    def get_outputs(self) -> dict[str, list[Sdf.Path]]:
        """Return the outputs by name: the paths of prims as ``prims``, none yet of a distribution."""
        if isinstance(self.handle, Distribution):
            return {"samples": []}
        return {"prims": _paths(self.paths())} if isinstance(self.handle, (Prims, Node)) else {}

    def get_output(self, name: str) -> list[Sdf.Path]:
        """Return one output of the item."""
        outputs = self.get_outputs()
        if name not in outputs:
            raise BadArgument(f"this item has no output {name!r}{did_you_mean(name, outputs)}")
        return outputs[name]

    get_output_value = get_output

    def get_prim_paths(self) -> list[str]:
        """Return the prim paths of the item."""
        return self.paths()

    def get_attribute_exists(self, name: str) -> bool:
        """Return whether the node has an attribute: ``inputs:`` or ``outputs:`` and a name."""
        port, _, plain = name.partition(":")
        return plain in {"inputs": self.inputs, "outputs": self.outputs}.get(port, [])

    def get_attribute(self, name: str) -> NodeAttribute:
        """Return an attribute of the node: ``inputs:`` or ``outputs:`` and a name. Raises BadArgument for no such."""
        if not self.get_attribute_exists(name):
            known = [f"inputs:{n}" for n in self.inputs] + [f"outputs:{n}" for n in self.outputs]
            raise BadArgument(f"this node has no attribute {name!r}{did_you_mean(name, known)}")
        return NodeAttribute(self, name)

    def __repr__(self) -> str:
        return f"<ReplicatorItem {getattr(self.handle, 'label', getattr(self.handle, 'op', self.handle))}>"


class NodeAttribute:
    """An input or an output of a node, as OmniGraph gives it."""

    def __init__(self, item: ReplicatorItem, name: str) -> None:
        self._item = item
        self._name = name

    def get_name(self) -> str:
        """Return its name, ``inputs:`` or ``outputs:`` before."""
        return self._name

    def get(self) -> Value:
        """Return its value."""
        port, _, name = self._name.partition(":")
        return self._item.get_input(name) if port == "inputs" else self._item.get_output(name)

    def set(self, value: object) -> bool:
        """Change an input. Raises NotSupported for what cannot be changed."""
        port, _, name = self._name.partition(":")
        if port != "inputs":
            raise NotSupported(f"{self._name} is what the node makes; set its inputs")
        self._item.set_input(name, value)
        return True


class HydraTexture:
    """The render product's switch: ``set_updates_enabled(False)`` keeps it from being captured."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def set_updates_enabled(self, enabled: bool) -> None:
        """Turn capturing on or off."""
        self._product.is_on = bool(enabled)

    @property
    def updates_enabled(self) -> bool:
        """Whether the product is captured."""
        return self._product.is_on


class RenderProductItem(Handled):
    """A view of a camera at a resolution."""

    def __init__(self, product: Product) -> None:
        self.handle: Product = product
        define(current().recorder.stage, product)
        self.hydra_texture = HydraTexture(product)

    @property
    def path(self) -> str:
        """The path by which it goes."""
        return product_path(self.handle)

    @property
    def name(self) -> str:
        """The name in file names and data keys."""
        return self.handle.name

    @property
    def camera(self) -> str:
        """The path of its camera."""
        return self.handle.camera.paths[0]

    @property
    def resolution(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.handle.resolution_wh

    def destroy(self) -> None:
        """Take the product out of all later captures."""
        remove(current().recorder.stage, self.handle)
        graph = current().recorder.graph
        if self.handle in graph.products:
            graph.products.remove(self.handle)
        for use in graph.writers:
            if self.handle in use.products:
                use.products.remove(self.handle)

    def __str__(self) -> str:
        return self.path


def _paths(paths: Sequence[str]) -> list[Sdf.Path]:
    return [Sdf.Path(path) for path in paths]


def wrap(value: object) -> Value:
    """Return a recorder's handle as scripts see it."""
    if isinstance(value, Product):
        return RenderProductItem(value)
    if isinstance(value, (Prims, Node, Trigger, Distribution)):
        return ReplicatorItem(value)
    if isinstance(value, list) and any(isinstance(v, (Product, Prims)) for v in value):
        return [wrap(v) for v in value]
    return value


def exposed(
    label: str, function: Callable[..., object], renamed: Mapping[str, str] | None = None
) -> Callable[..., Value]:
    """Return a recording function as scripts call it: arguments unwrapped and checked, the line noted,
    the result wrapped.

    ``renamed`` maps spellings of older releases to the parameter's name.
    """
    arguments = taking(label, function, renamed)

    @wraps(function)
    def call(*args: object, **kwargs: object) -> Value:
        engine = current()
        where = engine.recorder.where = engine.where()
        values = arguments(args, kwargs, where)
        with filling(engine.recorder):  # a thread of the script's calls this, too
            return wrap(engine.recorder.call(label, function, values))

    return call


def refused(label: str, reason: str) -> Callable[..., Value]:
    """Return a stand-in for a name that Replicator has and this engine has not: calling it says why."""

    def call(*args: object, **kwargs: object) -> Value:
        raise NotSupported(f"{label} exists in Replicator and is not supported: {reason}", where=current().where())

    call.__name__ = label.rsplit(".", 1)[-1]
    call.__doc__ = f"Not supported: {reason}."
    call.refused = reason  # type: ignore[attr-defined]
    return call
