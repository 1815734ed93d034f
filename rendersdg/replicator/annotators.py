"""``rep.annotators``: annotators that a script reads itself, and augmentations of what they give."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from rendersdg.annotators import ANNOTATORS, REFUSED
from rendersdg.errors import BadArgument, NotSupported, did_you_mean
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Product
from rendersdg.graph.plan import Drawn
from rendersdg.orchestrator.session import Capture
from rendersdg.replicator.augmentations import NODES
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.replicator.items import refused
from rendersdg.replicator.values import Image, ProductsLike, Value, products_of, unwrap
from rendersdg.streams import Source

NO_NODES = "OmniGraph nodes are not run; use Augmentation.from_function"


class AnnotatorError(Exception):
    """An annotator is used wrongly."""


class AnnotatorRegistryError(Exception):
    """A name is unknown or taken."""


class AugmentationError(Exception):
    """An augmentation is used wrongly."""


class Augmentation:
    """A change of an annotator's array: a NumPy function, a Warp kernel, or a built-in by name."""

    def __init__(
        self,
        function: Value,
        data_out_shape: Sequence[int] | None = None,
        parameters: Mapping[str, object] | None = None,
        name: str | None = None,
    ) -> None:
        self.function = function
        self.data_out_shape = data_out_shape
        self.parameters = dict(parameters or {})
        self.name = name or getattr(function, "__name__", getattr(function, "key", "augmentation"))

    @classmethod
    def from_function(
        cls, augmentation: Value, data_out_shape: Sequence[int] | None = None, **kwargs: object
    ) -> Augmentation:
        """Return an augmentation of a Python function ``f(data, **kwargs) -> array`` or a Warp kernel."""
        return cls(augmentation, data_out_shape, kwargs)

    @classmethod
    def from_node(cls, node_type_id: str, attributes_mapping: object = None, **kwargs: object) -> Augmentation:
        """Return a built-in augmentation by the type of its node."""
        short = node_type_id.rsplit(".", 1)[-1].removeprefix("Ogn").removeprefix("Aug")
        if short not in NODES:
            raise NotSupported(
                f"the augmentation node {node_type_id!r} is not supported; known: {', '.join(sorted(NODES))}",
                where=current().where(),
            )
        return cls(NODES[short], None, kwargs, name=short)

    def with_parameters(self, shape: Sequence[int] | None, parameters: Mapping[str, object]) -> Augmentation:
        """Return this augmentation with further parameters."""
        return Augmentation(
            self.function, self.data_out_shape if shape is None else shape, {**self.parameters, **parameters}, self.name
        )

    def apply_to(self, data: Value, source: Source) -> Value:
        """Return the changed data; ``{"data", "info"}`` keeps its info.
        Distributions among the parameters are drawn, and a ``seed`` of None or below 0: it is another in each frame.
        """
        if isinstance(data, dict) and "data" in data:
            return {**data, "data": self.apply_to(data["data"], source)}
        values = {k: _drawn(unwrap(v), source.child(k)) for k, v in self.parameters.items()}
        is_kernel = type(self.function).__module__.startswith("warp")
        seed = values.get("seed", _declared(self.function).get("seed") if is_kernel else 0)
        if seed is None or (isinstance(seed, (int, np.integer)) and seed < 0):
            values["seed"] = int(source.child("seed").rng().integers(1 << 31))
        if is_kernel:
            return _run_kernel(self.function, np.ascontiguousarray(data), self.data_out_shape, values)
        if not callable(self.function):
            raise AugmentationError(f"{self.function!r} is neither a function nor a Warp kernel")
        known = inspect.signature(self.function).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            values = {k: v for k, v in values.items() if k in known}
        out = self.function(np.array(data), **values)
        return out.numpy() if hasattr(out, "numpy") else out

    def apply(self, annotator: Annotator) -> Annotator:
        """Return the annotator with this augmentation behind it."""
        return annotator.augment(self)


def _drawn(value: Value, source: Source) -> Value:
    if isinstance(value, Distribution):
        return Drawn(value.draw(source, 1))[0]
    return value


def _run_kernel(kernel: Value, data: Image, shape: Sequence[int] | None, values: Mapping[str, object]) -> Image:
    """Run a Warp kernel over the first two axes: first argument in, second out, the rest by name or as declared."""
    import warp

    warp.init()
    out_shape = _out_shape(kernel.key, shape, data.shape)
    names = [a.label for a in kernel.adj.args]
    kinds = {a.label: a.type for a in kernel.adj.args}

    def array(elements: Image, label: str) -> Value:
        return warp.array(elements, dtype=kinds[label].dtype, device="cpu")

    out_type = warp.dtype_to_numpy(getattr(kinds[names[1]], "dtype", warp.uint8))
    source, target = array(data, names[0]), array(np.zeros(out_shape, out_type), names[1])
    given = {**_declared(kernel), **{n: v for n, v in values.items() if n != "seed" or n in names}}
    if missing := [n for n in names[2:] if n not in given]:
        raise BadArgument(
            f"the kernel {kernel.key} has no value for {', '.join(missing)}; give it to Augmentation.from_function",
            where=current().where(),
        )
    for name in given.keys() - set(names):
        current().recorder.report.note(f"{kernel.key}.{name}", "the kernel has no such argument")
    warp.launch(kernel, dim=out_shape[:2], inputs=[source, target, *(given[n] for n in names[2:])], device="cpu")
    return np.asarray(target.numpy())


def _declared(kernel: Value) -> dict[str, object]:
    """Return the defaults that a kernel's function declares for its arguments."""
    parameters = inspect.signature(kernel.func).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _out_shape(name: str, shape: Sequence[int] | None, known: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of what a kernel writes; a size below 0 is that of the data."""
    if shape is None:
        return known
    if any(int(size) < 0 for size in shape[len(known) :]):
        raise BadArgument(
            f"data_out_shape={tuple(shape)} of {name} has an axis below 0 that the data {known} lacks; give its size",
            where=current().where(),
        )
    return tuple(known[axis] if int(size) < 0 else int(size) for axis, size in enumerate(shape))


AugmentationLike: TypeAlias = Augmentation | str | Callable[..., Image]  # or a Warp kernel


class Annotator:
    """An annotator by name with its parameters; attached to render products it
    gives what was captured or looked at last.
    """

    def __init__(
        self, name: str, init_params: Mapping[str, object] | None = None, do_array_copy: bool = True, **options: object
    ) -> None:
        if name in REFUSED:
            raise NotSupported(
                f"the annotator {name} exists in Replicator and is not supported: {REFUSED[name]}",
                where=current().where(),
            )
        if name not in ANNOTATORS:
            raise BadArgument(f"unknown annotator {name!r}{did_you_mean(name, ANNOTATORS)}", where=current().where())
        self.source = name
        self.template_name = name
        self.parameters = dict(init_params or {})
        self.augmentations: list[Augmentation] = []
        self.copies = do_array_copy
        self.products: list[Product] = []

    def initialize(self, **kwargs: object) -> Annotator:
        """Set parameters."""
        self.parameters.update(kwargs)
        return self

    def attach(self, render_products: ProductsLike) -> Annotator:
        """Attach to one or several render products."""
        engine = current()
        for product in products_of(render_products):
            if product not in self.products:
                self.products.append(product)
        engine.recorder.graph.wanted.add(self.source)
        engine.captures.has_readers = True
        return self

    def detach(self, render_products: ProductsLike | None = None) -> None:
        """Detach from some render products, or all."""
        if render_products is None:
            self.products.clear()
            return
        for product in products_of(render_products):
            if product in self.products:
                self.products.remove(product)

    def get_name(self) -> str:
        """Return the name under which writers find the data."""
        return self.template_name

    def get_data(self, device: object = None, do_array_copy: object = None, use_legacy_structure: bool = True) -> Value:
        """Return the data of the last captured frame, or of the stage as it is if the application has updated since; an
        empty array before either. Several products give a mapping.

        ``use_legacy_structure`` False puts the info beside the data. Arrays are NumPy's whatever the ``device``.
        """
        if not self.products:
            raise AnnotatorError(f"the annotator {self.template_name} is attached to no render product")
        capture = current().captures.latest()
        if capture is None:
            return np.zeros(0, np.uint8)
        data = {p.name: self.data_of(capture, p.name, [p.name]) for p in self.products if p.name in capture.views}
        if not use_legacy_structure:
            data = {n: flat(v) for n, v in data.items()}
        if len(self.products) == 1:
            return next(iter(data.values()), np.zeros(0, np.uint8))
        return data

    def data_of(self, capture: Capture, product: str, others: Sequence[str]) -> Value:
        """Return the augmented data of a capture for one render product."""
        data = capture.annotate(product, self.source, self.parameters, others)
        if current().captures.packs_colours and "segmentation" in self.source:
            data = packed(data)
        if self.copies or self.augmentations:
            data = copy.deepcopy(data)
        for number, augmentation in enumerate(self.augmentations):
            site = f"augment/{product}/{self.template_name}/{number}"
            data = augmentation.apply_to(data, Source(capture.plan.seed, site, capture.plan.frame))
        return data

    def augment(
        self,
        augmentation: AugmentationLike,
        data_out_shape: Sequence[int] | None = None,
        name: str | None = None,
        device: object = None,
        **kwargs: object,
    ) -> Annotator:
        """Put an augmentation behind this annotator and return it; ``name`` renames it for writers."""
        self.augmentations.append(_as_augmentation(augmentation).with_parameters(data_out_shape, kwargs))
        if name is not None:
            self.template_name = name
        return self

    def augment_compose(self, augmentations: Sequence[AugmentationLike], name: str | None = None) -> Annotator:
        """Put several augmentations behind this annotator, in order."""
        for augmentation in augmentations:
            self.augment(augmentation)
        if name is not None:
            self.template_name = name
        return self

    def copied(self) -> Annotator:
        """Return an unattached copy."""
        copied = Annotator(self.source, self.parameters, self.copies)
        copied.template_name, copied.augmentations = self.template_name, list(self.augmentations)
        return copied

    @property
    def docs(self) -> str:
        """What the annotator gives."""
        return ANNOTATORS[self.source].__doc__ or ""


def packed(value: Value) -> Value:
    """Return a coloured segmentation with the four bytes of each pixel in one uint32 (H, W),
    as older releases have it.
    """
    image = value["data"] if isinstance(value, dict) else value
    if image.dtype != np.uint8 or image.ndim != 3:
        return value
    return {**value, "data": np.ascontiguousarray(image).view(np.uint32)[..., 0]}


def flat(value: Value) -> dict[str, Value]:
    """Return data with its info beside it, as the newer layouts have it."""
    if isinstance(value, dict) and "data" in value:
        return {"data": value["data"], **value.get("info", {})}
    return value if isinstance(value, dict) else {"data": value}


def _as_augmentation(value: AugmentationLike) -> Augmentation:
    if isinstance(value, Augmentation):
        return value
    if isinstance(value, str):
        return get_augmentation(value)
    return Augmentation.from_function(value)


class Registered:
    """The annotators and augmentations that a script gave names."""

    def __init__(self) -> None:
        self.annotators: dict[str, Annotator] = {}
        self.augmentations: dict[str, Augmentation] = {}


def _registered() -> Registered:
    return current_host().part(Registered)


def get(
    name: str,
    init_params: Mapping[str, object] | None = None,
    render_product_idxs: object = None,
    device: object = None,
    do_array_copy: bool = True,
) -> Annotator:
    """Return an annotator by name."""
    custom = _registered().annotators.get(name)
    if custom is not None:
        annotator = custom.copied()
        annotator.parameters.update(init_params or {})
        return annotator
    return Annotator(name, init_params, do_array_copy)


def register(name: str, annotator: Annotator) -> None:
    """Give an annotator, with its augmentations, a name."""
    custom = _registered().annotators
    if name in custom or name in ANNOTATORS:
        raise AnnotatorRegistryError(f"an annotator {name!r} is registered already")
    custom[name] = annotator.copied()
    custom[name].template_name = name


def register_annotator_from_aov(
    aov: str,
    output_data_type: DTypeLike | None = None,
    output_channels: int | None = None,
    name: str | None = None,
    on_attach_callback: object = None,
) -> Annotator:
    """Give a renderer output a name (its own when none is given), if need be as another type or with fewer channels."""
    if on_attach_callback is not None:
        raise NotSupported(
            "on_attach_callback is not called: its arguments are not documented", where=current().where()
        )
    label = name or aov
    custom = _registered().annotators
    if label in custom or (label in ANNOTATORS and label != aov):
        raise AnnotatorRegistryError(f"an annotator {label!r} is registered already")
    wanted = None if output_data_type is None else np.dtype(output_data_type)

    def cast(data: Image) -> Image:
        image = data[..., :output_channels] if output_channels and data.ndim == 3 else data
        image = image[..., 0] if output_channels == 1 and image.ndim == 3 else image
        return image if wanted is None else image.astype(wanted)

    custom[label] = Annotator(aov).augment(Augmentation.from_function(cast), name=label)
    return custom[label].copied()


def unregister_annotator(name: str) -> None:
    """Forget a registered name."""
    if _registered().annotators.pop(name, None) is None:
        raise AnnotatorRegistryError(f"no annotator {name!r} was registered by this script")


def get_registered_annotators() -> list[str]:
    """Return all names."""
    return sorted({*ANNOTATORS, *_registered().annotators})


def augment(
    source_annotator: str | Annotator,
    augmentation: AugmentationLike,
    data_out_shape: Sequence[int] | None = None,
    name: str | None = None,
    device: object = None,
    **kwargs: object,
) -> Annotator:
    """Return an annotator with an augmentation behind it."""
    source = get(source_annotator) if isinstance(source_annotator, str) else source_annotator.copied()
    return source.augment(augmentation, data_out_shape, name, device, **kwargs)


def augment_compose(
    source_annotator: str | Annotator, augmentations: Sequence[AugmentationLike], name: str | None = None
) -> Annotator:
    """Return an annotator with several augmentations behind it."""
    source = get(source_annotator) if isinstance(source_annotator, str) else source_annotator.copied()
    return source.augment_compose(augmentations, name)


def register_augmentation(name: str, augmentation: AugmentationLike) -> None:
    """Give an augmentation a name."""
    _registered().augmentations[name] = _as_augmentation(augmentation)


def get_augmentation(name: str) -> Augmentation:
    """Return an augmentation by name."""
    custom = _registered().augmentations
    if name in custom:
        return custom[name]
    if name in NODES:
        return Augmentation(NODES[name], name=name)
    raise BadArgument(f"unknown augmentation {name!r}{did_you_mean(name, [*custom, *NODES])}", where=current().where())


class AnnotatorRegistry:
    """The same by Replicator's older spelling."""

    get_annotator: ClassVar[Callable[..., Annotator]] = staticmethod(get)
    get_registered_annotators = staticmethod(get_registered_annotators)
    register_annotator_from_aov = staticmethod(register_annotator_from_aov)
    unregister_annotator = staticmethod(unregister_annotator)
    register_augmentation = staticmethod(register_augmentation)
    get_augmentation = staticmethod(get_augmentation)
    register_annotator_from_node = staticmethod(
        refused("rep.annotators.AnnotatorRegistry.register_annotator_from_node", NO_NODES)
    )
