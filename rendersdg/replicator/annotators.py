"""``rep.annotators``: annotators that a script reads itself, and augmentations of what they give."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rendersdg.annotators import ANNOTATORS, REFUSED
from rendersdg.arrays import F4, F8, U1
from rendersdg.errors import BadArgument, NotSupported, did_you_mean
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Product
from rendersdg.graph.plan import Drawn
from rendersdg.orchestrator.session import Capture
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.replicator.items import RenderProduct, unwrap
from rendersdg.streams import Source
from writers.basic import normals_image
from writers.cosmos import depth_grey


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
        function: Any,
        data_out_shape: Any = None,
        parameters: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        self.function = function
        self.data_out_shape = data_out_shape
        self.parameters = dict(parameters or {})
        self.name = name or getattr(function, "__name__", getattr(function, "key", "augmentation"))

    @classmethod
    def from_function(cls, augmentation: Any, data_out_shape: Any = None, **kwargs: Any) -> Augmentation:
        """Return an augmentation of a Python function ``f(data, **kwargs) -> array`` or a Warp kernel."""
        return cls(augmentation, data_out_shape, kwargs)

    @classmethod
    def from_node(cls, node_type_id: str, attributes_mapping: Any = None, **kwargs: Any) -> Augmentation:
        """Return a built-in augmentation by the type of its node."""
        short = node_type_id.rsplit(".", 1)[-1].removeprefix("Ogn").removeprefix("Aug")
        if short not in NODES:
            raise NotSupported(
                f"the augmentation node {node_type_id!r} is not supported; known: {', '.join(sorted(NODES))}",
                where=current().where(),
            )
        return cls(NODES[short], None, kwargs, name=short)

    def with_parameters(self, shape: Any, parameters: Mapping[str, Any]) -> Augmentation:
        """Return this augmentation with further parameters."""
        return Augmentation(
            self.function, self.data_out_shape if shape is None else shape, {**self.parameters, **parameters}, self.name
        )

    def apply_to(self, data: Any, source: Source) -> Any:
        """Return the changed data; ``{"data", "info"}`` keeps its info. Distributions among the parameters are
        drawn.
        """
        if isinstance(data, dict) and "data" in data:
            return {**data, "data": self.apply_to(data["data"], source)}
        values = {k: _drawn(unwrap(v), source.child(k)) for k, v in self.parameters.items()}
        if values.get("seed") is not None and isinstance(values["seed"], (int, np.integer)) and values["seed"] < 0:
            values["seed"] = int(source.child("seed").rng().integers(1 << 31))
        if type(self.function).__module__.startswith("warp"):
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


def _drawn(value: Any, source: Source) -> Any:
    if isinstance(value, Distribution):
        return Drawn(value.draw(source, 1))[0]
    return value


def _run_kernel(kernel: Any, data: NDArray[Any], shape: Any, values: Mapping[str, Any]) -> NDArray[Any]:
    """Run a Warp kernel over the first two axes: first argument in, second out, the rest by name."""
    import warp as typed_warp

    warp: Any = typed_warp
    warp.init()
    if shape is not None:
        known = data.shape
        shape = tuple(known[k] if int(n) < 0 else int(n) for k, n in enumerate(shape))
    out_shape = data.shape if shape is None else shape
    names = [a.label for a in kernel.adj.args]
    kinds = {a.label: a.type for a in kernel.adj.args}

    def array(values_: NDArray[Any], label: str) -> Any:
        return warp.array(values_, dtype=kinds[label].dtype, device="cpu")

    out_type = warp.dtype_to_numpy(getattr(kinds[names[1]], "dtype", warp.uint8))
    given = array(data, names[0])
    made = array(np.zeros(out_shape, out_type), names[1])
    rest = [values[n] for n in names[2:]]
    warp.launch(kernel, dim=tuple(out_shape[:2]), inputs=[given, made, *rest], device="cpu")
    return np.asarray(made.numpy())


class Annotator:
    """An annotator by name with its parameters; attached to render products it gives what was captured or looked at
    last.
    """

    def __init__(
        self, name: str, init_params: Mapping[str, Any] | None = None, do_array_copy: bool = True, **options: Any
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

    def initialize(self, **kwargs: Any) -> Annotator:
        """Set parameters."""
        self.parameters.update(kwargs)
        return self

    def attach(self, render_products: Any) -> Annotator:
        """Attach to one or several render products."""
        engine = current()
        for value in render_products if isinstance(render_products, (list, tuple)) else [render_products]:
            product = product_of(value)
            if product not in self.products:
                self.products.append(product)
        engine.recorder.graph.wanted.add(self.source)
        engine.captures.has_readers = True
        return self

    def detach(self, render_products: Any = None) -> None:
        """Detach from some render products, or all."""
        if render_products is None:
            self.products.clear()
            return
        for value in render_products if isinstance(render_products, (list, tuple)) else [render_products]:
            product = product_of(value)
            if product in self.products:
                self.products.remove(product)

    def get_name(self) -> str:
        """Return the name under which writers find the data."""
        return self.template_name

    def get_data(self, device: Any = None, do_array_copy: Any = None, use_legacy_structure: bool = True) -> Any:
        """Return the data of the last captured frame, or of the stage as it is if the application has updated since; an
        empty array before either. Several products give a mapping.

        ``use_legacy_structure`` False puts the info beside the data. Arrays are NumPy's whatever the ``device``.
        """
        if not self.products:
            raise AnnotatorError(f"the annotator {self.template_name} is attached to no render product")
        capture = current().captures.latest()
        if capture is None:
            return np.zeros(0, np.uint8)
        found = {p.name: self.data_of(capture, p.name, [p.name]) for p in self.products if p.name in capture.views}
        if not use_legacy_structure:
            found = {n: flat(v) for n, v in found.items()}
        if len(self.products) == 1:
            return next(iter(found.values()), np.zeros(0, np.uint8))
        return found

    def data_of(self, capture: Capture, product: str, others: Sequence[str]) -> Any:
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
        self, augmentation: Any, data_out_shape: Any = None, name: str | None = None, device: Any = None, **kwargs: Any
    ) -> Annotator:
        """Put an augmentation behind this annotator and return it; ``name`` renames it for writers."""
        self.augmentations.append(_as_augmentation(augmentation).with_parameters(data_out_shape, kwargs))
        if name is not None:
            self.template_name = name
        return self

    def augment_compose(self, augmentations: Sequence[Any], name: str | None = None) -> Annotator:
        """Put several augmentations behind this annotator, in order."""
        for augmentation in augmentations:
            self.augment(augmentation)
        if name is not None:
            self.template_name = name
        return self

    def copied(self) -> Annotator:
        """Return an unattached copy."""
        made = Annotator(self.source, self.parameters, self.copies)
        made.template_name, made.augmentations = self.template_name, list(self.augmentations)
        return made

    @property
    def docs(self) -> str:
        """What the annotator gives."""
        return ANNOTATORS[self.source].__doc__ or ""


def packed(value: Any) -> Any:
    """Return a coloured segmentation with the four bytes of each pixel in one uint32 (H, W), as older releases have
    it.
    """
    image = value["data"] if isinstance(value, dict) else value
    if image.dtype != np.uint8 or image.ndim != 3:
        return value
    return {**value, "data": np.ascontiguousarray(image).view(np.uint32)[..., 0]}


def flat(value: Any) -> dict[str, Any]:
    """Return data with its info beside it, as the newer layouts have it."""
    if isinstance(value, dict) and "data" in value:
        return {"data": value["data"], **value.get("info", {})}
    return value if isinstance(value, dict) else {"data": value}


def product_of(value: Any) -> Product:
    """Return the render product behind an item, a handle or a path. Raises BadArgument for anything else."""
    handle = value.handle if isinstance(value, RenderProduct) else value
    if isinstance(handle, str):
        for product in current().recorder.graph.products:
            if handle in (product.name, RenderProduct(product).path):
                return product
    if not isinstance(handle, Product):
        raise BadArgument(
            f"{value!r} is no render product; create one with rep.create.render_product", where=current().where()
        )
    return handle


def _as_augmentation(value: Any) -> Augmentation:
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
    init_params: Mapping[str, Any] | None = None,
    render_product_idxs: Any = None,
    device: Any = None,
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
    output_data_type: Any = None,
    output_channels: int | None = None,
    name: str | None = None,
    on_attach_callback: Any = None,
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

    def cast(data: NDArray[Any]) -> NDArray[Any]:
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
    source_annotator: Any,
    augmentation: Any,
    data_out_shape: Any = None,
    name: str | None = None,
    device: Any = None,
    **kwargs: Any,
) -> Annotator:
    """Return an annotator with an augmentation behind it."""
    made = get(source_annotator) if isinstance(source_annotator, str) else source_annotator.copied()
    return made.augment(augmentation, data_out_shape, name, device, **kwargs)


def augment_compose(source_annotator: Any, augmentations: Sequence[Any], name: str | None = None) -> Annotator:
    """Return an annotator with several augmentations behind it."""
    made = get(source_annotator) if isinstance(source_annotator, str) else source_annotator.copied()
    return made.augment_compose(augmentations, name)


def register_augmentation(name: str, augmentation: Any) -> None:
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


# -- built-in augmentations: (H, W, C) uint8 in and out ---------------------------------------------------------------


def rgb_to_hsv(data: U1) -> U1:
    """Convert RGB(A) to HSV(A), hue over the full byte."""
    import cv2

    out = data.copy()
    out[..., :3] = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_RGB2HSV_FULL)
    return out


def hsv_to_rgb(data: U1) -> U1:
    """Convert HSV(A) back to RGB(A)."""
    import cv2

    out = data.copy()
    out[..., :3] = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_HSV2RGB_FULL)
    return out


def brightness(data: U1, brightness_factor: float = 0.0) -> U1:
    """Add ``brightness_factor`` (-100 to 100) per cent of the range."""
    return _shaded(data, lambda v: v + brightness_factor * 2.55)


def contrast(data: U1, contrastFactor: float = 1.0) -> U1:
    """Scale about mid grey."""
    return _shaded(data, lambda v: (v - 127.5) * contrastFactor + 127.5)


def speckle_noise(data: U1, sigma: float = 0.1, seed: int = 0) -> U1:
    """Multiply by 1 + Gaussian noise."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, (*data.shape[:2], 3))
    return _shaded(data, lambda v: v * (1.0 + noise))


def shot_noise(data: U1, sigma: float = 0.1, seed: int = 0) -> U1:
    """Add noise that grows with the square root of the signal."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, (*data.shape[:2], 3))
    return _shaded(data, lambda v: v + np.sqrt(v * 255.0) * noise)


def sigmoid_adjust(data: U1, cutoff: float = 0.5, gain: float = 10.0, inverse: bool = False) -> U1:
    """Apply a sigmoid tone curve (Braun and Fairchild 1999)."""

    def curve(v: F8) -> F8:
        s = 1.0 / (1.0 + np.exp(gain * (cutoff - v / 255.0)))
        return 255.0 * (1.0 - s if inverse else s)

    return _shaded(data, curve)


def pixellate(data: U1, kernelSize: int = 8) -> U1:
    """Average blocks of ``kernelSize`` pixels."""
    import cv2

    height, width = data.shape[:2]
    small = (max(width // int(kernelSize), 1), max(height // int(kernelSize), 1))
    return cv2.resize(
        cv2.resize(data, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_NEAREST
    )


def motion_blur(data: U1, motionAngle: float = 45.0, strength: float = 0.7, kernelSize: int = 11) -> U1:
    """Blur along a line of ``kernelSize`` pixels at ``motionAngle`` degrees; ``strength`` mixes it in."""
    import cv2

    n = int(kernelSize) | 1
    kernel = np.zeros((n, n), np.float32)
    kernel[n // 2] = 1.0
    turn = cv2.getRotationMatrix2D((n / 2 - 0.5, n / 2 - 0.5), motionAngle, 1.0)
    kernel = cv2.warpAffine(kernel, turn, (n, n))
    kernel /= max(float(kernel.sum()), 1e-6)
    return _shaded(data, lambda v: v * (1 - strength) + strength * cv2.filter2D(v, -1, kernel))


def conv2d(data: U1, alpha: float = 0.7, kernelWidth: int = 3, kernel: Any = None) -> U1:
    """Convolve with a kernel (sharpening by default); ``alpha`` mixes it in."""
    import cv2

    weights = np.asarray(kernel if kernel is not None else [0, -1, 0, -1, 5, -1, 0, -1, 0], np.float32)
    side = round(len(weights.ravel()) ** 0.5)
    return _shaded(data, lambda v: v * (1 - alpha) + alpha * cv2.filter2D(v, -1, weights.reshape(side, side)))


def rotate(data: U1, rotateDegrees: float = 0.0) -> U1:
    """Rotate about the centre; what comes in from outside is black."""
    import cv2

    height, width = data.shape[:2]
    return cv2.warpAffine(data, cv2.getRotationMatrix2D((width / 2, height / 2), rotateDegrees, 1.0), (width, height))


def crop_resize(data: U1, minPercent: float = 0.5, maxPercent: float = 1.0, seed: int = 0) -> U1:
    """Cut out a random part and stretch it to the old size."""
    import cv2

    rng = np.random.default_rng(seed)
    height, width = data.shape[:2]
    share = rng.uniform(minPercent, maxPercent)
    h, w = max(round(height * share), 1), max(round(width * share), 1)
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    return cv2.resize(np.ascontiguousarray(data[top : top + h, left : left + w]), (width, height))


def glass_blur(data: U1, kernelSize: int = 4, seed: int = 0) -> U1:
    """Swap each pixel with a random one nearby."""
    rng = np.random.default_rng(seed)
    height, width = data.shape[:2]
    reach = max(int(kernelSize), 1)
    y, x = np.mgrid[:height, :width]
    y = np.clip(y + rng.integers(-reach, reach + 1, y.shape), 0, height - 1)
    x = np.clip(x + rng.integers(-reach, reach + 1, x.shape), 0, width - 1)
    return data[y, x]


def rgba_to_rgb(data: U1) -> U1:
    """Drop the alpha channel."""
    return np.ascontiguousarray(data[..., :3])


def sobel(data: U1) -> U1:
    """Replace colour by the strength of the grey gradient."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    strength = np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))
    return _grey(data, np.clip(strength, 0, 255))


def canny(data: U1, thresholdLow: int = 10, thresholdHigh: int = 100) -> U1:
    """Replace colour by Canny's edges."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_RGB2GRAY)
    return _grey(data, cv2.Canny(grey, int(thresholdLow), int(thresholdHigh)))


def _grey(data: U1, values: NDArray[Any]) -> U1:
    out = data.copy()
    out[..., :3] = np.round(values).astype(data.dtype)[..., None]
    return out


def colorize_normals(data: F4) -> U1:
    """Show normals (H, W, 3 or 4) as colours: -1..1 becomes 0..255."""
    return normals_image(data)


def colorize_depth(data: F4, near: float = 0.01, far: float = 100.0) -> U1:
    """Show depth (H, W) as grey, logarithmic from ``near`` (white) to ``far`` metres (black)."""
    depth = data[..., 0] if data.ndim == 3 else data
    shown = np.full((*depth.shape, 4), 255, np.uint8)
    shown[..., :3] = depth_grey(depth, near, far)[..., None]
    return shown


def _drawn_image(folderpath: str, rng: np.random.Generator, shape: tuple[int, ...]) -> U1:
    """Return a random image of a folder, stretched to (H, W) and with as many channels."""
    import cv2

    from rendersdg.errors import AssetError

    found = sorted(
        p for p in Path(folderpath).glob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp", ".webp")
    )
    if not found:
        raise AssetError(f"folderpath={folderpath!r} holds no image", where=current().where())
    chosen = found[int(rng.integers(len(found)))]
    image = cv2.imread(str(chosen), cv2.IMREAD_COLOR)
    if image is None:
        raise AssetError(f"{chosen} is no image that can be read", where=current().where())
    out = np.full(shape, 255, np.uint8)
    out[..., :3] = cv2.resize(image, (shape[1], shape[0]))[..., ::-1]
    return out


def image_blend(data: U1, folderpath: str = "", alpha: float | None = None, seed: int = 0) -> U1:
    """Mix in a random image of a folder; ``alpha`` is the share of the picture itself, random when not given."""
    rng = np.random.default_rng(seed)
    other = _drawn_image(folderpath, rng, data.shape)
    share = float(rng.random()) if alpha is None else float(alpha)
    return _shaded(data, lambda v: share * v + (1 - share) * other[..., :3])


def cut_mix(data: U1, folderpath: str = "", seed: int = 0) -> U1:
    """Paste a random rectangle of a random image of a folder (Yun et al. 2019)."""
    rng = np.random.default_rng(seed)
    other = _drawn_image(folderpath, rng, data.shape)
    height, width = data.shape[:2]
    side = np.sqrt(rng.random())
    h, w = max(int(height * side), 1), max(int(width * side), 1)
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    out = data.copy()
    out[top : top + h, left : left + w] = other[top : top + h, left : left + w]
    return out


def background_rand(data: U1, folderpath: str = "", seed: int = 0) -> U1:
    """Put a random image of a folder where the picture is transparent (alpha below 128)."""
    other = _drawn_image(folderpath, np.random.default_rng(seed), data.shape)
    return np.where((data[..., 3:] < 128), other, data).astype(np.uint8)


def _shaded(data: U1, change: Callable[[F8], F8]) -> U1:
    out = data.copy()
    out[..., :3] = np.round(np.clip(change(data[..., :3].astype(np.float64)), 0, 255)).astype(data.dtype)
    return out


NODES: Mapping[str, Callable[..., Any]] = {
    "RgbToHsv": rgb_to_hsv,
    "HsvToRgb": hsv_to_rgb,
    "Brightness": brightness,
    "Contrast": contrast,
    "SpeckleNoise": speckle_noise,
    "ShotNoise": shot_noise,
    "AdjustSigmoid": sigmoid_adjust,
    "Pixellate": pixellate,
    "MotionBlur": motion_blur,
    "Conv2d": conv2d,
    "Rotate": rotate,
    "CropResize": crop_resize,
    "GlassBlur": glass_blur,
    "RgbaToRgb": rgba_to_rgb,
    "Sobel": sobel,
    "Canny": canny,
    "ColorizeNormals": colorize_normals,
    "ColorizeDepth": colorize_depth,
    "ImageBlend": image_blend,
    "CutMix": cut_mix,
    "BackgroundRand": background_rand,
}
