"""MaterialX's nodes as fields: images, geometry, mathematics, colour, channels, compositing, conditions.

Source: the MaterialX specification 1.39 and its standard library's definitions (Apache-2.0).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, Mask
from rendersdg.colour import LUMA
from rendersdg.stage.shading import preview
from rendersdg.stage.shading.evaluator import Evaluator, LayFunction, NodeFunction
from rendersdg.stage.shading.fields import (
    Carried,
    Constant,
    Field,
    Image,
    Lay,
    Place,
    Wrap,
    channels,
    combined,
    constant,
    mixed,
    moved,
    scaled,
    times,
    turned,
    uv_set,
)
from rendersdg.stage.shading.network import Node
from rendersdg.stage.shading.spaces import in_rec709

_WIDTHS = {"float": 1, "integer": 1, "boolean": 1, "vector2": 2, "color3": 3, "vector3": 3, "color4": 4, "vector4": 4}
_TYPES = re.compile("_(" + "|".join(_WIDTHS) + ")(?=_|FA|$)")
_WRAPS: dict[str, Wrap] = {"periodic": "repeat", "clamp": "clamp", "mirror": "mirror", "constant": "border"}


def category_of(kind: str) -> str:
    """Return the node that a definition is of.

    >>> category_of("ND_multiply_color3FA"), category_of("ND_gltf_colorimage"), category_of("UsdUVTexture")
    ('multiply', 'gltf_colorimage', '')
    """
    if not kind.startswith("ND_"):
        return ""
    return _TYPES.split(kind[3:])[0]


def width_of(kind: str) -> int:
    """Return how many numbers a definition's output has: of the last type in its name, 3 where there is none."""
    types = _TYPES.findall(kind)
    return _WIDTHS[types[-1]] if types else 3


def _is_colour(kind: str) -> bool:
    return "color" in kind


# images and where they lie


def _image(ev: Evaluator, node: Node, lay: Lay, *, default: Any = 0.0, tag: str = "") -> Field:
    """Return the image of a node, laid by ``lay``."""
    width = width_of(node.kind)
    port = ev.port(node, "file")
    path = ev.text(node, "file")
    stands = np.ravel(np.asarray(ev.value(node, "default", default), float))
    held = tuple(np.resize(stands, max(width, 3)).tolist())
    held = (*held, 1.0) if len(held) == 3 else held
    if not path:
        return constant(held[:width])
    wraps = [_WRAPS.get(ev.text(node, f"{axis}addressmode", "periodic"), "repeat") for axis in "uv"]
    is_srgb = ev.encoding(port) if _is_colour(node.kind) or tag == "colour" else False
    image = Image(4, path, is_srgb, lay, (wraps[0], wraps[1]), held, held, node.path)
    whole = in_rec709(image, port.space)
    return channels(whole, tuple(range(width)))


def image(ev: Evaluator, node: Node, output: str) -> Field:
    return _image(ev, node, ev.lay(node, "texcoord"))


def tiledimage(ev: Evaluator, node: Node, output: str) -> Field:
    tiling, offset = ev.pair(node, "uvtiling", (1.0, 1.0)), ev.pair(node, "uvoffset", (0.0, 0.0))
    size, tile = ev.pair(node, "realworldimagesize", (1.0, 1.0)), ev.pair(node, "realworldtilesize", (1.0, 1.0))
    inner = ev.lay(node, "texcoord")
    if offset == (0.0, 0.0) and size == tile and inner == Lay(inner.uv):
        return _image(ev, node, Lay(inner.uv, tiling))
    ratio = [t / s if s else 1.0 for s, t in zip(size, tile)]
    return _image(ev, node, inner.then(portable.product(scaled(tiling), moved([-o for o in offset]), scaled(ratio))))


def _placed(inner: Lay, pivot: Any, scale: Any, rotate: float, offset: Any, order: int) -> Lay:
    """Return coordinates under place2d."""
    shrink = scaled([1 / s if s else 1.0 for s in scale])
    back, turn, shift = moved([-p for p in pivot]), turned(-rotate), moved([-o for o in offset])
    steps = portable.product(shrink, turn, shift) if order == 0 else portable.product(shift, turn, shrink)
    return inner.then(portable.product(back, steps, moved(pivot)))


def place2d(ev: Evaluator, node: Node) -> Lay:
    return _placed(
        ev.lay(node, "texcoord"),
        ev.pair(node, "pivot", (0.0, 0.0)),
        ev.pair(node, "scale", (1.0, 1.0)),
        ev.number(node, "rotate", 0.0),
        ev.pair(node, "offset", (0.0, 0.0)),
        int(ev.number(node, "operationorder", 0)),
    )


def _gltf_lay(ev: Evaluator, node: Node) -> Lay:
    scale, offset = ev.pair(node, "scale", (1.0, 1.0)), ev.pair(node, "offset", (0.0, 0.0))
    order = int(ev.number(node, "operationorder", 1 if "color" in node.kind else 0))
    return _placed(
        ev.lay(node, "texcoord"),
        ev.pair(node, "pivot", (0.0, 1.0)),
        [1 / s if s else 1.0 for s in scale],
        -ev.number(node, "rotate", 0.0),
        (-offset[0], offset[1]),
        order,
    )


def gltf_image(ev: Evaluator, node: Node, output: str) -> Field:
    factor = ev.field(node, "factor", 1.0)
    return times(_image(ev, node, _gltf_lay(ev, node)), factor)


def gltf_colorimage(ev: Evaluator, node: Node, output: str) -> Field:
    lay = _gltf_lay(ev, node)
    four = Node(node.path, "ND_gltf_image_color4", node.ports)
    whole = times(
        _image(ev, four, lay, tag="colour"),
        ev.field(node, "color", (1.0,) * 4),
        ev.field(node, "geomcolor", (1.0,) * 4),
    )
    return channels(whole, (3,) if output == "outa" else (0, 1, 2))


def gltf_normalmap(ev: Evaluator, node: Node, output: str) -> Field:
    return _image(ev, node, _gltf_lay(ev, node), default=(0.5, 0.5, 1.0))


def texcoord_lay(ev: Evaluator, node: Node) -> Lay:
    return Lay(uv_set(int(ev.number(node, "index", 0))))


def geomprop_lay(ev: Evaluator, node: Node) -> Lay:
    return Lay(ev.text(node, "geomprop"))


def _arithmetic_lay(ev: Evaluator, node: Node) -> Lay:
    """Coordinates plus, minus, times or divided by numbers."""
    first, second = ("in1", "in2") if ev.is_lay(node, "in1") else ("in2", "in1")
    inner, by = ev.lay(node, first), ev.pair(node, second, (0.0, 0.0))
    category = category_of(node.kind)
    if category == "add":
        return inner.then(moved(by))
    if category == "subtract":
        return inner.then(moved([-b for b in by]) if first == "in1" else portable.product(scaled((-1, -1)), moved(by)))
    if category == "multiply":
        return inner.then(scaled(by))
    return inner.then(scaled([1 / b if b else 1.0 for b in by]))


def rotate_lay(ev: Evaluator, node: Node) -> Lay:
    return ev.lay(node, "in").then(turned(-ev.number(node, "amount", 0.0)))


def dot_lay(ev: Evaluator, node: Node) -> Lay:
    return ev.lay(node, "in")


def _as_place(function: LayFunction) -> NodeFunction:
    return lambda ev, node, output: Place(2, function(ev, node))


def geompropvalue(ev: Evaluator, node: Node, output: str) -> Field:
    width = width_of(node.kind)
    name = ev.text(node, "geomprop")
    if width == 2:
        return Place(2, Lay(name))
    default = np.resize(np.ravel(np.asarray(ev.value(node, "default", 0.0), float)), width)
    return Carried(width, name, tuple(default.tolist()), node.path)


def geomcolor(ev: Evaluator, node: Node, output: str) -> Field:
    return channels(Carried(3, "displayColor", (1.0, 1.0, 1.0), node.path), tuple(range(width_of(node.kind))))


def constant_node(ev: Evaluator, node: Node, output: str) -> Field:
    return ev.field(node, "value", (0.0,) * width_of(node.kind), is_colour=_is_colour(node.kind))


# functions of other nodes


class _Sum(NamedTuple):
    """A function of inputs with what they are where nothing feeds them."""

    function: Callable[..., F8]
    inputs: tuple[tuple[str, Any], ...]


def _divided(a: F8, b: F8) -> F8:
    safe = np.where(np.abs(b) > 1e-12, b, 1.0)
    return np.where(np.abs(b) > 1e-12, a / safe, 0.0)


def _power(a: F8, b: F8) -> F8:
    return np.asarray(portable.power(np.maximum(a, 0.0), b))


def _remapped(x: F8, low: F8, high: F8, to_low: F8, to_high: F8) -> F8:
    return to_low + _divided(x - low, high - low) * (to_high - to_low)


def _ranged(x: F8, low: F8, high: F8, gamma: F8, to_low: F8, to_high: F8, clamps: F8) -> F8:
    t = _divided(x - low, high - low)
    out = to_low + np.sign(t) * _power(np.abs(t), _divided(np.ones(1), gamma)) * (to_high - to_low)
    return np.where(clamps > 0.5, np.clip(out, np.minimum(to_low, to_high), np.maximum(to_low, to_high)), out)


def _smooth(x: F8, low: F8, high: F8) -> F8:
    t = np.clip(_divided(x - low, high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _luminance(x: F8, weights: F8) -> F8:
    grey = (x[..., :3] * weights[..., :3]).sum(-1, keepdims=True)
    return np.concatenate([np.broadcast_to(grey, (*x.shape[:-1], 3)), x[..., 3:]], axis=-1)


def _saturated(x: F8, amount: F8, weights: F8) -> F8:
    grey = _luminance(x, weights)
    return grey + (x - grey) * amount


def _hsv(x: F8) -> F8:
    r, g, b = (x[..., k] for k in range(3))
    high, low = x[..., :3].max(-1), x[..., :3].min(-1)
    spread = np.where(high > low, high - low, 1.0)
    hue = np.select([high == r, high == g], [(g - b) / spread, 2 + (b - r) / spread], 4 + (r - g) / spread) / 6 % 1
    hue = np.where(high > low, hue, 0)
    saturation = np.where(high > 0, (high - low) / np.where(high > 0, high, 1), 0)
    return np.concatenate([np.stack([hue, saturation, high], -1), x[..., 3:]], axis=-1)


def _rgb(x: F8) -> F8:
    h, s, v = (x[..., k] for k in range(3))
    turns = [np.clip(np.abs((h * 6 + shift) % 6 - 3) - 1, 0, 1) for shift in (0, 4, 2)]
    out = np.stack([v * (1 - s + s * t) for t in turns], axis=-1)
    return np.concatenate([out, x[..., 3:]], axis=-1)


def _hsv_adjusted(x: F8, amount: F8) -> F8:
    hsv = _hsv(x)
    shifted = np.stack(
        [hsv[..., 0] + amount[..., 0], hsv[..., 1] * amount[..., 1], hsv[..., 2] * amount[..., 2]], axis=-1
    )
    return _rgb(np.concatenate([shifted, hsv[..., 3:]], axis=-1))


def _corrected(x: F8, *amounts: F8) -> F8:
    hue, saturation, gamma, lift, gain, contrast, pivot, stops = amounts
    ones = np.ones((*hue.shape[:-1], 1))
    out = _hsv_adjusted(x, np.concatenate([hue, ones, ones], axis=-1))
    out = _saturated(out, saturation, np.asarray(LUMA))
    out = np.sign(out) * _power(np.abs(out), _divided(np.ones(1), gamma))
    out = (out * (1 - lift) + lift) * gain
    return ((out - pivot) * contrast + pivot) * portable.exp2(stops)


def _checker(first: F8, second: F8, tiling: F8, offset: F8, at: F8) -> F8:
    odd = np.floor(at * tiling - offset).sum(-1, keepdims=True) % 2
    return second + (first - second) * odd


def _chosen(is_so: Mask, a: F8, b: F8) -> F8:
    return np.asarray(np.where(is_so, a, b))


def _blend(function: Callable[[F8, F8], F8]) -> _Sum:
    return _Sum(lambda fg, bg, t: bg + (function(fg, bg) - bg) * t, (("fg", 0.0), ("bg", 0.0), ("mix", 1.0)))


def _pairwise(function: Callable[[F8, F8], F8], first: float = 0.0, second: float = 0.0) -> _Sum:
    return _Sum(function, (("in1", first), ("in2", second)))


def _single(function: Callable[[F8], F8]) -> _Sum:
    return _Sum(function, (("in", 0.0),))


_SUMS = {
    "add": _pairwise(lambda a, b: a + b),
    "subtract": _pairwise(lambda a, b: a - b),
    "divide": _pairwise(_divided, second=1.0),
    "modulo": _pairwise(lambda a, b: a - b * np.floor(_divided(a, b)), second=1.0),
    "power": _pairwise(_power, second=1.0),
    "safepower": _pairwise(lambda a, b: np.sign(a) * _power(np.abs(a), b), second=1.0),
    "min": _pairwise(np.minimum),
    "max": _pairwise(np.maximum),
    "atan2": _Sum(portable.arctan2, (("iny", 0.0), ("inx", 1.0))),
    "absval": _single(np.abs),
    "sign": _single(np.sign),
    "floor": _single(np.floor),
    "ceil": _single(np.ceil),
    "round": _single(np.round),
    "fract": _single(lambda x: x - np.floor(x)),
    "sqrt": _single(lambda x: np.sqrt(np.maximum(x, 0))),
    "exp": _single(lambda x: portable.exp(np.minimum(x, 80.0))),
    "ln": _single(lambda x: portable.log(np.maximum(x, 1e-12))),
    "sin": _single(portable.sin),
    "cos": _single(portable.cos),
    "tan": _single(portable.tan),
    "asin": _single(lambda x: portable.arcsin(np.clip(x, -1, 1))),
    "acos": _single(lambda x: portable.arccos(np.clip(x, -1, 1))),
    "normalize": _single(lambda x: _divided(x, np.sqrt((x * x).sum(-1, keepdims=True)))),
    "invert": _Sum(lambda x, amount: amount - x, (("in", 0.0), ("amount", 1.0))),
    "clamp": _Sum(
        lambda x, low, high: np.minimum(np.maximum(x, low), high), (("in", 0.0), ("low", 0.0), ("high", 1.0))
    ),
    "remap": _Sum(_remapped, (("in", 0.0), ("inlow", 0.0), ("inhigh", 1.0), ("outlow", 0.0), ("outhigh", 1.0))),
    "range": _Sum(
        _ranged,
        (
            ("in", 0.0),
            ("inlow", 0.0),
            ("inhigh", 1.0),
            ("gamma", 1.0),
            ("outlow", 0.0),
            ("outhigh", 1.0),
            ("doclamp", 0.0),
        ),
    ),
    "smoothstep": _Sum(_smooth, (("in", 0.0), ("low", 0.0), ("high", 1.0))),
    "contrast": _Sum(
        lambda x, amount, pivot: (x - pivot) * amount + pivot, (("in", 0.0), ("amount", 1.0), ("pivot", 0.5))
    ),
    "luminance": _Sum(_luminance, (("in", 0.0), ("lumacoeffs", LUMA))),
    "saturate": _Sum(_saturated, (("in", 0.0), ("amount", 1.0), ("lumacoeffs", LUMA))),
    "rgbtohsv": _single(_hsv),
    "hsvtorgb": _single(_rgb),
    "hsvadjust": _Sum(_hsv_adjusted, (("in", 0.0), ("amount", (0.0, 1.0, 1.0)))),
    "colorcorrect": _Sum(
        _corrected,
        (
            ("in", (1.0, 1.0, 1.0)),
            ("hue", 0.0),
            ("saturation", 1.0),
            ("gamma", 1.0),
            ("lift", 0.0),
            ("gain", 1.0),
            ("contrast", 1.0),
            ("contrastpivot", 0.5),
            ("exposure", 0.0),
        ),
    ),
    "plus": _blend(lambda f, b: f + b),
    "minus": _blend(lambda f, b: b - f),
    "difference": _blend(lambda f, b: np.abs(b - f)),
    "burn": _blend(lambda f, b: np.where(np.abs(f) < 1e-8, 0.0, 1 - _divided(1 - b, f))),
    "dodge": _blend(lambda f, b: np.where(np.abs(1 - f) < 1e-8, 0.0, _divided(b, 1 - f))),
    "screen": _blend(lambda f, b: 1 - (1 - f) * (1 - b)),
    "overlay": _blend(lambda f, b: np.where(f < 0.5, 2 * f * b, 1 - 2 * (1 - f) * (1 - b))),
    "inside": _Sum(lambda x, m: x * m, (("in", 0.0), ("mask", 1.0))),
    "outside": _Sum(lambda x, m: x * (1 - m), (("in", 0.0), ("mask", 0.0))),
    "over": _Sum(
        lambda f, b, t: b + (f + b * (1 - f[..., 3:]) - b) * t, (("fg", (0.0,) * 4), ("bg", (0.0,) * 4), ("mix", 1.0))
    ),
    "premult": _single(lambda x: np.concatenate([x[..., :3] * x[..., 3:], x[..., 3:]], axis=-1)),
    "unpremult": _single(lambda x: np.concatenate([_divided(x[..., :3], x[..., 3:]), x[..., 3:]], axis=-1)),
    "ifgreater": _Sum(
        lambda u, v, a, b: _chosen(u > v, a, b), (("value1", 1.0), ("value2", 0.0), ("in1", 0.0), ("in2", 0.0))
    ),
    "ifgreatereq": _Sum(
        lambda u, v, a, b: _chosen(u >= v, a, b), (("value1", 1.0), ("value2", 0.0), ("in1", 0.0), ("in2", 0.0))
    ),
    "ifequal": _Sum(
        lambda u, v, a, b: _chosen(u == v, a, b), (("value1", 0.0), ("value2", 0.0), ("in1", 0.0), ("in2", 0.0))
    ),
    "and": _pairwise(lambda a, b: a * b),
    "or": _pairwise(np.maximum),
    "not": _single(lambda x: 1.0 - x),
    "dotproduct": _pairwise(lambda a, b: (a * b).sum(-1, keepdims=True)),
    "magnitude": _single(lambda x: np.sqrt((x * x).sum(-1, keepdims=True))),
    "crossproduct": _pairwise(np.cross),
}


_TO_ONE = ("dotproduct", "magnitude")  # numbers of several
_OF_COLOURS = ("saturate", "luminance", "rgbtohsv", "hsvtorgb", "hsvadjust", "colorcorrect", "over")


def _sum(ev: Evaluator, node: Node, output: str) -> Field:
    category, width = category_of(node.kind), width_of(node.kind)
    function, inputs = _SUMS[category]
    fields = [ev.field(node, name, default, is_colour=_is_colour(node.kind)) for name, default in inputs]
    if category in _TO_ONE:
        return combined(function, *fields, width=1)
    if category in _OF_COLOURS and fields[0].width < 3:
        fields[0] = times(fields[0], constant((1.0, 1.0, 1.0)))
    return combined(function, *(channels(f, [0]) if width == 1 else f for f in fields), width=width)


def multiply(ev: Evaluator, node: Node, output: str) -> Field:
    return times(ev.field(node, "in1", 0.0, is_colour=True), ev.field(node, "in2", 1.0, is_colour=True))


def mix(ev: Evaluator, node: Node, output: str) -> Field:
    width = width_of(node.kind)
    is_colour = _is_colour(node.kind)
    fg, bg = (ev.field(node, name, (0.0,) * width, is_colour=is_colour) for name in ("fg", "bg"))
    return mixed(bg, fg, ev.field(node, "mix", 0.0))


def dot(ev: Evaluator, node: Node, output: str) -> Field:
    return ev.field(node, "in", (0.0,) * width_of(node.kind))


def convert(ev: Evaluator, node: Node, output: str) -> Field:
    whole, width = ev.field(node, "in", 0.0), width_of(node.kind)
    if whole.width == 1 or whole.width == width:
        return whole if whole.width == width else times(whole, constant((1.0,) * width))
    if whole.width > width:
        return channels(whole, tuple(range(width)))
    ends = constant((1.0 if width == 4 and "color" in node.kind else 0.0,) * (width - whole.width))
    return _joined(whole, ends)


def extract(ev: Evaluator, node: Node, output: str) -> Field:
    return channels(ev.field(node, "in", (0.0, 0.0, 0.0)), [int(ev.number(node, "index", 0))])


def swizzle(ev: Evaluator, node: Node, output: str) -> Field:
    """Of MaterialX before 1.39: channels by letters, among them 0 and 1."""
    whole = ev.field(node, "in", 0.0)
    parts = []
    for letter in ev.text(node, "channels"):
        index = max("rgba".find(letter), "xyzw".find(letter))
        parts.append(constant(float(letter)) if letter in "01" else channels(whole, [max(index, 0)]))
    return _joined(*parts) if parts else whole


def _joined(*parts: Field) -> Field:
    if len(parts) == 1:
        return parts[0]

    def join(*arrays: F8) -> F8:
        shape = np.broadcast_shapes(*(a.shape[:-1] for a in arrays))
        return np.concatenate([np.broadcast_to(a, (*shape, a.shape[-1])) for a in arrays], axis=-1)

    return combined(join, *parts, width=sum(p.width for p in parts))


def combine(ev: Evaluator, node: Node, output: str) -> Field:
    count = {"combine2": 2, "combine3": 3}.get(category_of(node.kind), 4)
    return _joined(*(ev.field(node, f"in{k + 1}", 0.0) for k in range(count)))


def separate(ev: Evaluator, node: Node, output: str) -> Field:
    letter = output.removeprefix("out") or "r"
    return channels(ev.field(node, "in", (0.0,) * 4), [max("rgba".find(letter), "xyzw".find(letter), 0)])


def switch(ev: Evaluator, node: Node, output: str) -> Field:
    which = min(max(int(ev.number(node, "which", 0)), 0), 9)
    return ev.field(node, f"in{which + 1}", (0.0,) * width_of(node.kind))


def normalmap(ev: Evaluator, node: Node, output: str) -> Field:
    """Return the colour of a normal map, 0..1, which is what stands for normals among these fields."""
    texels = ev.field(node, "in", (0.5, 0.5, 1.0))
    strength = ev.field(node, "scale", 1.0)
    if isinstance(strength, Constant) and np.all(strength.value == 1.0):
        return texels

    def strengthened(colour: F8, scale: F8) -> F8:
        n = colour * 2 - 1
        n = np.concatenate([n[..., :2] * scale, n[..., 2:]], axis=-1)
        return np.asarray(_divided(n, np.sqrt((n * n).sum(-1, keepdims=True))) / 2 + 0.5)

    return combined(strengthened, texels, strength, width=3)


def no_normal(ev: Evaluator, node: Node, output: str) -> Field:
    """The surface's own normal."""
    return constant((0.5, 0.5, 1.0))


def ramp(ev: Evaluator, node: Node, output: str) -> Field:
    """Values of the sides or the corners, blended across the image, or split at its ``center``."""
    category, width = category_of(node.kind), width_of(node.kind)
    at = Place(2, ev.lay(node, "texcoord"))
    along = combined(lambda p: np.clip(p, 0, 1), at, width=2)

    def corner(name: str) -> Field:
        return ev.field(node, name, (0.0,) * width, is_colour=_is_colour(node.kind))

    if category == "ramp4":
        u, v = channels(along, [0]), channels(along, [1])
        top = mixed(corner("valuetl"), corner("valuetr"), u)
        return mixed(mixed(corner("valuebl"), corner("valuebr"), u), top, v)
    is_sideways = category.endswith("lr")
    share = channels(along, [0 if is_sideways else 1])
    if category.startswith("split"):
        centre = ev.field(node, "center", 0.5)
        share = combined(lambda x, c: (x >= c).astype(float), channels(at, [0 if is_sideways else 1]), centre, width=1)
    return mixed(corner("valuel" if is_sideways else "valueb"), corner("valuer" if is_sideways else "valuet"), share)


def checkerboard(ev: Evaluator, node: Node, output: str) -> Field:
    first = ev.field(node, "color1", (1.0, 1.0, 1.0), is_colour=True)
    second = ev.field(node, "color2", (0.0, 0.0, 0.0), is_colour=True)
    tiling, offset = ev.pair(node, "uvtiling", (8.0, 8.0)), ev.pair(node, "uvoffset", (0.0, 0.0))
    at = Place(2, ev.lay(node, "texcoord"))
    return combined(_checker, first, second, constant(tiling), constant(offset), at, width=3)


_FIELDS: dict[str, NodeFunction] = {
    **dict.fromkeys(_SUMS, _sum),
    "image": image,
    "tiledimage": tiledimage,
    "gltf_image": gltf_image,
    "gltf_colorimage": gltf_colorimage,
    "gltf_normalmap": gltf_normalmap,
    "constant": constant_node,
    "multiply": multiply,
    "mix": mix,
    "dot": dot,
    "convert": convert,
    "extract": extract,
    "swizzle": swizzle,
    "combine2": combine,
    "combine3": combine,
    "combine4": combine,
    "separate2": separate,
    "separate3": separate,
    "separate4": separate,
    "switch": switch,
    "normalmap": normalmap,
    "normal": no_normal,
    "geompropvalue": geompropvalue,
    "geompropvalueuniform": geompropvalue,
    "geomcolor": geomcolor,
    "ramplr": ramp,
    "ramptb": ramp,
    "ramp4": ramp,
    "splitlr": ramp,
    "splittb": ramp,
    "checkerboard": checkerboard,
    "texcoord": _as_place(texcoord_lay),
    "place2d": _as_place(place2d),
    "rotate2d": _as_place(rotate_lay),
    "UsdUVTexture": preview.texture,
    "UsdPrimvarReader": preview.primvar,
    "UsdTransform2d": preview.transform,
}
_LAYS: dict[str, LayFunction] = {
    "texcoord": texcoord_lay,
    "geompropvalue": geomprop_lay,
    "place2d": place2d,
    "rotate2d": rotate_lay,
    "dot": dot_lay,
    "add": _arithmetic_lay,
    "subtract": _arithmetic_lay,
    "multiply": _arithmetic_lay,
    "divide": _arithmetic_lay,
    "UsdPrimvarReader": preview.primvar_lay,
    "UsdTransform2d": preview.transform_lay,
}


def field_of(kind: str) -> NodeFunction | None:
    """Return the function of a kind of node, None for one that is not evaluated here."""
    return _FIELDS.get(category_of(kind).removesuffix("_23").removesuffix("_22"))


def lay_of(kind: str) -> LayFunction | None:
    """Return the function of a kind of node that gives texture coordinates."""
    return _LAYS.get(category_of(kind))
