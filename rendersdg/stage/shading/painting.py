"""A look's fields as a plain material: constants and images as they are, everything else painted into images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Literal

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, U1
from rendersdg.assets.textures import TextureLibrary
from rendersdg.colour import srgb_from_linear
from rendersdg.errors import Report
from rendersdg.snapshot import Finish, Material, Texture, Through
from rendersdg.stage.primvars import OTHER_UVS
from rendersdg.stage.shading.blending import blended
from rendersdg.stage.shading.fields import (
    Carried,
    Combined,
    Constant,
    Field,
    Image,
    Lay,
    Place,
    channels,
    constant,
    leaves,
    replaced,
    times,
)
from rendersdg.stage.shading.sampling import Grid, Tiles, detail, values
from rendersdg.texels import linear_pixels

_LARGEST = 4096  # pixels a side of what is painted
_MOST_WHOLES = 16  # of texture coordinates that an image is unrolled over, a side
_BLOCK = 1 << 17  # texels at once
_CLOSE = 1e-4  # of a whole: coordinates that are the same
_COARSE = 32  # places a side for the mean of a field

Span = tuple[F8, F8]  # the lowest and the highest texture coordinates of a mesh, (2,) each


_PARTS = (  # the names of a look's fields
    *("base_colour", "metallic", "roughness", "specular", "opacity", "emission", "normal", "coat", "coat_roughness"),
    *("anisotropy", "transmission"),
)
_BLACK, _MIDDLE = constant((0.0, 0.0, 0.0)), constant((0.5, 0.5, 0.5))
_NONE, _HALF, _ALL, _SMOOTH = constant(0.0), constant(0.5), constant(1.0), constant(0.01)


@dataclass(frozen=True, eq=False)
class Look:
    """A surface by the names of ``snapshot.Material``, as fields. ``normal`` is a normal map's colour, 0..1 for -1..1.

    ``lay`` is how images lie where a look itself says so. ``threshold`` cuts opacity; ``fades_whole`` says that what is
    less than opaque loses its gloss too.
    """

    base_colour: Field = _MIDDLE
    metallic: Field = _NONE
    roughness: Field = _HALF
    specular: Field = _HALF
    opacity: Field = _ALL
    emission: Field = _BLACK
    normal: Field | None = None
    normal_strength: float = 1.0
    threshold: float = 0.0
    coat: Field = _NONE
    coat_roughness: Field = _SMOOTH
    anisotropy: Field = _NONE
    transmission: Field = _NONE
    tint: tuple[float, ...] = (1.0, 1.0, 1.0)
    ior: float = 1.0
    fades_whole: bool = False
    lay: Lay | None = None
    project_uvw: bool = False
    has_vertex_colour: bool = False
    has_vertex_opacity: bool = False

    @cached_property
    def parts(self) -> dict[str, Field]:
        """The fields by name."""
        named = {name: getattr(self, name) for name in _PARTS}
        return {name: value for name, value in named.items() if value is not None}

    def leaves(self) -> Iterator[Field]:
        """Give all that the look is made of."""
        for part in self.parts.values():
            yield from leaves(part)

    @cached_property
    def uv_names(self) -> tuple[str, ...]:
        """The sets of texture coordinates that images lie by, the first one's name first; without those that only say
        the mesh's usual ones.
        """
        named = dict.fromkeys(leaf.lay.uv for leaf in self.leaves() if isinstance(leaf, (Image, Place)))
        return tuple(sorted((uv for uv in named if uv), key=lambda uv: uv == OTHER_UVS))

    @cached_property
    def uv_name(self) -> str | None:
        """The first set of texture coordinates, None where it is the mesh's usual one."""
        return next((uv for uv in self.uv_names if uv != OTHER_UVS), None)

    @cached_property
    def other_name(self) -> str | None:
        """The second set of texture coordinates, None where all images lie by one."""
        return next((uv for uv in self.uv_names if uv != self.uv_name), None)

    @cached_property
    def colour_name(self) -> str | None:
        """The primvar that the colour of the mesh comes from, None where that is no part of it."""
        carried = (leaf for leaf in leaves(self.base_colour) if isinstance(leaf, Carried) and leaf.width >= 3)
        return next((leaf.name for leaf in carried), None)

    @cached_property
    def carried(self) -> frozenset[str]:
        """The primvars that the look reads."""
        return frozenset(leaf.name for leaf in self.leaves() if isinstance(leaf, Carried))

    @cached_property
    def is_by_span(self) -> bool:
        """Whether it matters how far the texture coordinates of a mesh reach."""
        images = [leaf for leaf in self.leaves() if isinstance(leaf, (Image, Place))]
        return any(isinstance(i, Place) or i.is_tiled or i.wrap != ("repeat", "repeat") for i in images) or (
            len({i.lay for i in images}) > 1
        )

    def reach(self, span: Span | None) -> tuple[Wholes, ...]:
        """Return the wholes of its coordinates that a mesh reaches, of each kind of them."""
        lays = {leaf.lay for leaf in self.leaves() if isinstance(leaf, (Image, Place))}
        lays |= {Lay()} | ({self.lay} if self.lay is not None else set())
        return tuple(sorted({_wholes(lay, span) for lay in lays}))


@dataclass(frozen=True, eq=False)
class Canvas:
    """What a look is painted for: ``span`` are the texture coordinates of its mesh, None where nobody knows;
    ``carried`` gives what a primvar of the mesh holds, (width,) where that is the same everywhere, (N, width) where
    not, None where it has none. ``name`` tells the images of one look from those of others; the names of those that are
    painted are added to ``painted``. ``subject`` is what reports are about.
    """

    subject: str
    name: str
    textures: TextureLibrary
    report: Report
    span: Span | None = None
    carried: Callable[[str], F8 | None] = lambda name: None
    painted: list[str] = field(default_factory=list)


Wholes = tuple[tuple[int, int], tuple[int, int]]  # the first whole of coordinates a side, and the one after the last
Encoding = Literal["colour", "data", "alpha"]
_SECOND = frozenset(  # the parts whose images may lie by a second set of texture coordinates
    {
        "base_colour",
        "metallic",
        "roughness",
        "normal",
        "emission",
        "transmission",
        "coat",
        "coat_roughness",
        "specular",
    }
)


def paint(look: Look, canvas: Canvas) -> Material:
    """Return the material of a look; what cannot be done is reported by the shader that asks for it."""
    return _Painter(look, canvas).material()


class _Painter:
    """One look while it becomes a material."""

    def __init__(self, look: Look, canvas: Canvas) -> None:
        self._canvas = canvas
        self._look = look
        self._textures: dict[tuple[str, bool | None], dict[tuple[int, int], Texture]] = {}
        self._linear: dict[tuple[str, bool | None], Tiles] = {}
        self._is_bytes = True
        self._fades_by_vertices = False
        self._drawn: set[str] = set()  # the parts that were painted
        self._parts = {name: self._settled(name, part) for name, part in look.parts.items()}
        self._other = look.other_name
        self._apart: frozenset[str] = frozenset()
        if self._other is not None:
            self._apart = frozenset(name for name, part in self._parts.items() if self._lies_apart(name, part))
        laid = [leaf for name, part in self._parts.items() if name not in self._apart for leaf in _laid(part)]
        self._lay, self._is_whole = self._frame(laid)
        if not self._is_whole:
            self._parts = {name: replaced(part, self._of_one_tile) for name, part in self._parts.items()}
        rows = np.eye(3)
        rows[:, :2] = self._lay.own_from_uv
        has_inverse = abs(portable.determinant(rows)) > 1e-12
        self._uv_from_own = np.asarray(portable.inverse(rows) if has_inverse else np.eye(3), np.float64)

    def material(self) -> Material:
        look = self._look
        base, base_texture, has_colours = self._colour("base_colour")
        glow, glow_texture, _ = self._colour("emission")
        metallic, metallic_texture, metallic_channel = self._number("metallic")
        roughness, roughness_texture, roughness_channel = self._number("roughness")
        opacity, opacity_texture, opacity_channel = self._number("opacity")
        by_vertices = look.has_vertex_opacity or self._fades_by_vertices
        specular, specular_texture = self._in_channel("specular", 3)
        coat, coat_texture = self._in_channel("coat", 0)
        coat_roughness, coat_roughness_texture = self._in_channel("coat_roughness", 1)
        scale, shift = self._lay.scale, self._lay.translate
        material = Material(
            base_colour=base,
            metallic=metallic,
            roughness=roughness,
            specular=specular,
            opacity=opacity,
            opacity_threshold=look.threshold,
            emission=glow,
            normal_strength=look.normal_strength,
            use_vertex_colour=has_colours or look.has_vertex_colour,
            base_colour_texture=base_texture,
            metallic_texture=metallic_texture,
            metallic_channel=metallic_channel,
            roughness_texture=roughness_texture,
            roughness_channel=roughness_channel,
            normal_texture=self._normal(),
            emission_texture=glow_texture,
            opacity_texture=opacity_texture,
            opacity_channel=opacity_channel,
            project_uvw=look.project_uvw,
            uv_scale=(float(scale[0]), float(scale[1])),
            uv_rotate=float(self._lay.rotate),
            uv_translate=(float(shift[0]), float(shift[1])),
            finish=Finish(
                coat=coat,
                coat_roughness=coat_roughness,
                anisotropy=self._mean("anisotropy"),
                coat_texture=coat_texture,
                coat_roughness_texture=coat_roughness_texture,
                specular_texture=specular_texture,
                others=frozenset(f"{name}_texture" for name in self._apart),
            ),
            through=self._through(by_vertices),
        )
        # what images or vertices take away is not there at all; a surface that fades alike all over is a pane
        is_pane = opacity_texture < 0 and not by_vertices and not look.fades_whole
        return blended(material, "fade_below" if is_pane else "fade", self._canvas.textures)

    def _through(self, by_vertices: bool) -> Through:
        """Return how light comes through, but for what opacity says."""
        weight, texture = self._in_channel("transmission", 0)
        red, green, blue = (float(c) for c in self._look.tint[:3])
        return Through(
            by_vertices=by_vertices,
            transmission=weight,
            transmission_texture=texture,
            tint=(red, green, blue),
            ior=self._look.ior,
        )

    def _lies_apart(self, name: str, part: Field) -> bool:
        """Return whether a part lies by the second set of texture coordinates; what cannot is reported."""
        sets = {leaf.lay.uv for leaf in _laid(part)}
        first = {"", self._look.uv_name}
        if sets <= first:
            return False
        can = name in _SECOND and sets == {self._other} and all(_repeats(leaf, Lay()) for leaf in _laid(part))
        if not can:
            wanted = next(uv for uv in sorted(sets) if uv not in first)
            origin = next((leaf.origin for leaf in _laid(part) if isinstance(leaf, Image)), "") or self._canvas.subject
            text = f"{name} by the texture coordinates {wanted}: {self._look.uv_name or 'the usual ones'} are taken"
            self._canvas.report.ignored(origin, text)
        return can

    # what a field is made of

    def _settled(self, name: str, part: Field) -> Field:
        """Return a field in which stands what the mesh carries, and what stands for images that cannot be read."""
        if isinstance(part, Constant):
            return part

        def change(leaf: Field) -> Field:
            if isinstance(leaf, Carried):
                return self._carried(name, leaf)
            if isinstance(leaf, Image) and leaf.is_tiled and not self._read(leaf):
                leaf = replace(leaf, path=leaf.path.replace("<UDIM>", "1001"))  # for what stands for a missing image
            if isinstance(leaf, Image) and not self._read(leaf):
                return constant(leaf.fallback or (0.0, 0.0, 0.0, 1.0))
            return leaf

        return replaced(part, change)

    def _carried(self, name: str, leaf: Carried) -> Field:
        held = self._canvas.carried(leaf.name)
        if name == "base_colour" and leaf.name == self._look.colour_name and held is not None:
            return leaf
        if held is None:
            return constant(leaf.fallback or (0.0, 0.0, 0.0, 1.0))
        if held.ndim == 1:
            return constant(np.resize(held, leaf.width) if len(held) < leaf.width else held[: leaf.width])
        self._canvas.report.ignored(
            leaf.origin or leaf.name,
            f"{name} by the primvar {leaf.name}, which differs over the mesh: its mean is taken",
        )
        return constant(np.resize(held.mean(0), leaf.width))

    def _read(self, image: Image) -> dict[tuple[int, int], Texture]:
        """Return the textures of an image, by tile; none where it cannot be read."""
        key = (image.path, image.is_srgb)
        if key not in self._textures:
            library = self._canvas.textures
            paths = self._udim(image) if image.is_tiled else [((0, 0), image.path)]
            found = {tile: library.source(path, is_srgb=image.is_srgb) for tile, path in paths}
            self._textures[key] = {tile: texture for tile, texture in found.items() if texture is not None}
            self._is_bytes &= all(t.pixels.dtype == np.uint8 for t in self._textures[key].values())
        return self._textures[key]

    def _found(self, image: Image) -> Tiles:
        """Return the linear pixels of an image, by tile."""
        key = (image.path, image.is_srgb)
        if key not in self._linear:
            self._linear[key] = {tile: linear_pixels(texture) for tile, texture in self._read(image).items()}
        return self._linear[key]

    def _udim(self, image: Image) -> list[tuple[tuple[int, int], str]]:
        """Return the tiles of an image that the mesh reaches and that are there; those that are not are reported."""
        low, high = self._wholes(image.lay)
        reached, missing = [], []
        for up in range(max(low[1], 0), max(high[1], 1)):
            for across in range(max(low[0], 0), min(max(high[0], 1), 10)):
                number = str(1001 + across + 10 * up)
                path = image.path.replace("<UDIM>", number)
                if self._canvas.textures.has(path):
                    reached.append(((across, up), path))
                else:
                    missing.append(number)
        if missing:
            self._canvas.report.ignored(
                image.path, f"the tiles {', '.join(missing[:8])} are not there; the surface has its constant colour"
            )
        return reached

    # how images lie

    def _wholes(self, lay: Lay) -> Wholes:
        """Return the wholes of coordinates that the mesh reaches."""
        return _wholes(lay, None if self._look.project_uvw else self._canvas.span)

    def _frame(self, laid: list[Image | Place]) -> tuple[Lay, bool]:
        """Return the texture coordinates that all images are to lie by, and whether these repeat by wholes."""
        if not laid:
            return self._look.lay or Lay(), True
        lay = self._look.lay or laid[0].lay
        if lay.matrix is not None or abs(portable.determinant(lay.own_from_uv[:2])) < 1e-12:
            lay = Lay(lay.uv)
        if all(_repeats(leaf, lay) for leaf in laid):
            return lay, True
        if self._look.project_uvw:
            self._canvas.report.ignored(self._canvas.subject, "images that are projected repeat, whatever they ask for")
            return lay, True
        for start in (lay, Lay(lay.uv)):
            low, high = self._wholes(start)
            counts = np.array(high) - low
            if max(counts) > _MOST_WHOLES:
                self._canvas.report.ignored(
                    self._canvas.subject,
                    f"texture coordinates reach over {max(counts)} wholes: images that do not repeat are laid over the "
                    f"first {_MOST_WHOLES}",
                )
                counts = np.minimum(counts, _MOST_WHOLES)
            rows = np.array([[1 / counts[0], 0, 0], [0, 1 / counts[1], 0], [*(-np.array(low) / counts), 1]])
            if low == (0, 0) and max(counts) == 1:
                return start, not any(isinstance(leaf, Image) and leaf.is_tiled for leaf in laid)
            moved = start.then(rows)
            if moved.matrix is None:
                return moved, False
        raise AssertionError("coordinates as they are can be scaled and moved")

    def _of_one_tile(self, leaf: Field) -> Field:
        """Return an image of tiles as the one that the coordinates reach, where that is one."""
        if not isinstance(leaf, Image) or not leaf.is_tiled:
            return leaf
        (left, bottom), (right, top) = self._wholes(leaf.lay)
        tiles = self._read(leaf)
        if (right - left, top - bottom) != (1, 1) or (left, bottom) not in tiles:
            return leaf
        rows = np.eye(3)
        rows[2, :2] = (-left, -bottom)
        path = leaf.path.replace("<UDIM>", str(1001 + left + 10 * bottom))
        return replace(leaf, path=path, lay=leaf.lay.then(rows), wrap=("clamp", "clamp"))

    def _plain(self, name: str, field: Field) -> tuple[Image, tuple[int, ...]] | None:
        """Return the image, and its channels, where a part is one that can be laid as it is."""
        whole = _image_of(field)
        lay = Lay() if name in self._apart else self._lay
        if whole is None or whole[0].is_tiled or not _same(whole[0].lay, lay):
            return None
        return whole if whole[0].wrap == ("repeat", "repeat") or self._is_within() else None

    def _is_within(self) -> bool:
        """Return whether the mesh reaches no further than one whole of the coordinates."""
        return self._wholes(self._lay) == ((0, 0), (1, 1))

    # from a field to what a material has

    def _split(self, name: str) -> tuple[F8, list[Field]]:
        """Return a field as a constant factor and what it is multiplied with."""
        part = self._parts[name]
        factors = part.parts if isinstance(part, Combined) and part.kind == "product" else (part,)
        fixed: F8 = np.ones(part.width)
        for factor in factors:
            if isinstance(factor, Constant):
                fixed = fixed * factor.value
        return fixed, [f for f in factors if not isinstance(f, Constant)]

    def _colour(self, name: str) -> tuple[tuple[float, float, float], int, bool]:
        """Return the factor of a colour, its texture, and whether the mesh's colours multiply it."""
        fixed, rest = self._split(name)
        has_colours = any(isinstance(f, Carried) for f in rest)
        rest = [f for f in rest if not isinstance(f, Carried)]
        rest = [replaced(f, lambda leaf: self._bare(name, leaf)) for f in rest]
        texture = -1
        if rest:
            whole = times(*rest, constant((1.0, 1.0, 1.0)))
            plain = self._plain(name, whole)
            if plain is not None and plain[1] == (0, 1, 2):
                texture = self._canvas.textures.index(plain[0].path, is_srgb=plain[0].is_srgb)
            else:
                peak, texture = self._painted(name, times(whole, constant(fixed)), "colour")
                fixed = np.full(3, peak)
        return (float(fixed[0]), float(fixed[1]), float(fixed[2])), texture, has_colours

    def _bare(self, name: str, leaf: Field) -> Field:
        """Return a leaf that can be painted: of the mesh's colours, by which images cannot be mixed, their mean."""
        held = self._canvas.carried(leaf.name) if isinstance(leaf, Carried) else None
        if held is None or not isinstance(leaf, Carried):
            return leaf
        if held.ndim > 1:
            self._canvas.report.ignored(
                leaf.origin or leaf.name, f"{name} mixes the mesh's colours: their mean is taken"
            )
        mean = held if held.ndim == 1 else held.mean(0)
        return constant(np.resize(mean, leaf.width))

    def _number(self, name: str) -> tuple[float, int, int]:
        """Return the factor of a number, its texture and which channel of that."""
        fixed, rest = self._split(name)
        if not rest:
            return float(fixed[0]), -1, 3 if name == "opacity" else 0
        plain = self._plain(name, rest[0]) if len(rest) == 1 else None
        if plain is not None and len(plain[1]) == 1:
            index = self._canvas.textures.index(plain[0].path, is_srgb=plain[0].is_srgb)
            return float(fixed[0]), index, plain[1][0]
        whole = channels(times(*rest, constant(fixed)), [0])
        return 1.0, self._painted(name, whole, "data")[1], 0

    def _in_channel(self, name: str, channel: int) -> tuple[float, int]:
        """Return the factor of a number and its texture, which holds it in one channel of RGBA."""
        factor, texture, found = self._number(name)
        if texture < 0 or found == channel or (name in self._drawn and channel < 3):
            return factor, texture
        fixed, rest = self._split(name)
        return 1.0, self._painted(
            name, channels(times(*rest, constant(fixed)), [0]), "alpha" if channel == 3 else "data"
        )[1]

    def _normal(self) -> int:
        part = self._parts.get("normal")
        if part is None or isinstance(part, Constant):
            return -1
        plain = self._plain("normal", part)
        if plain is not None and plain[1][:3] == (0, 1, 2):
            return self._canvas.textures.index(plain[0].path, is_srgb=plain[0].is_srgb)
        return self._painted("normal", channels(part, [0, 1, 2]), "data")[1]

    def _mean(self, name: str) -> float:
        part = self._parts[name]
        if isinstance(part, Constant):
            return float(part.value[0])
        self._canvas.report.ignored(
            self._canvas.subject, f"the {name} of the surface differs over it: its mean is taken"
        )
        at = (np.arange(_COARSE) + 0.5) / _COARSE
        return float(np.mean(values(part, Grid(at, at, self._back(name)), self._found)))

    def _back(self, name: str) -> F8:
        """Return the rows (3, 3) from the coordinates that a part lies by to those of the mesh."""
        return np.eye(3) if name in self._apart else self._uv_from_own

    def _painted(self, name: str, whole: Field, encoding: Encoding) -> tuple[float, int]:
        """Return a texture that shows a field, and the factor that it wants."""
        self._drawn.add(name)
        back = self._back(name)
        size: F8 = np.ceil(detail(whole, back, self._found) - 1e-6)
        if size.max() > _LARGEST:
            self._canvas.report.note(
                self._canvas.subject,
                f"an image of {size[0]:.0f} x {size[1]:.0f} texels is painted at {_LARGEST} a side",
            )
        width, height = (int(s) for s in np.clip(size, 1, _LARGEST))
        out = np.empty((height, width, 3), np.float32)
        rows = max(_BLOCK // width, 1)
        across = (np.arange(width) + 0.5) / width
        for top in range(0, height, rows):
            down = 1.0 - (np.arange(top, min(top + rows, height)) + 0.5) / height
            out[top : top + rows] = values(whole, Grid(across, down, back), self._found)
        out = np.nan_to_num(out)
        peak = max(float(out.max()), 1.0) if name == "emission" else 1.0
        out = np.clip(out / np.float32(peak), 0.0, 1.0)
        slot = f"{self._canvas.name}/{name}"
        self._canvas.painted.append(slot)
        if encoding == "alpha":
            out = np.concatenate([out, out[..., :1]], axis=2)
        if not self._is_bytes:
            return peak, self._canvas.textures.slot(slot, out)
        return peak, self._canvas.textures.slot(slot, _as_bytes(out, encoding), is_srgb=encoding == "colour")


def _image_of(field: Field) -> tuple[Image, tuple[int, ...]] | None:
    """Return the image, and its channels, that a field is without any change; None for anything else."""
    if isinstance(field, Image):
        return field, (0, 1, 2, 3)
    if isinstance(field, Combined) and field.kind == "channels" and isinstance(field.parts[0], Image):
        return field.parts[0], field.indices
    return None


def _wholes(lay: Lay, span: Span | None) -> Wholes:
    """Return the wholes of coordinates that lie between two of the mesh's, the first alone where nobody knows these."""
    if span is None:
        return (0, 0), (1, 1)
    (left, bottom), (right, top) = span
    corners = portable.product(np.array([[u, v, 1.0] for u in (left, right) for v in (bottom, top)]), lay.own_from_uv)
    low = np.floor(corners.min(0) + _CLOSE)
    high = np.maximum(np.ceil(corners.max(0) - _CLOSE), low + 1)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))


def _laid(part: Field) -> list[Image | Place]:
    return [leaf for leaf in leaves(part) if isinstance(leaf, (Image, Place))]


def _relative(lay: Lay, base: Lay) -> F8:
    """Return the rows (3, 3) that lead from coordinates ``base`` to ``lay``."""
    rows = np.zeros((2, 3, 3))
    rows[:, 2, 2] = 1.0
    rows[0, :, :2], rows[1, :, :2] = base.own_from_uv, lay.own_from_uv
    return np.asarray(portable.product(portable.inverse(rows[0]), rows[1]))


def _same(lay: Lay, base: Lay) -> bool:
    return (lay.matrix, lay.scale, lay.rotate, lay.translate) == (
        base.matrix,
        base.scale,
        base.rotate,
        base.translate,
    ) or bool(np.abs(_relative(lay, base) - np.eye(3)).max() < _CLOSE)


def _repeats(leaf: Image | Place, base: Lay) -> bool:
    """Return whether a leaf is the same at each whole of the coordinates ``base``."""
    if isinstance(leaf, Place) or leaf.is_tiled or leaf.wrap != ("repeat", "repeat"):
        return False
    rows = _relative(leaf.lay, base)[:2, :2]
    return bool(np.abs(rows - np.round(rows)).max() < _CLOSE)


@cache
def _shown() -> U1:
    """Return display encoded bytes by 16 bits of linear light."""
    return np.round(srgb_from_linear(np.arange(65536) / 65535) * np.float32(255)).astype(np.uint8)


def _as_bytes(pixels: F4, encoding: Encoding) -> U1:
    """Return (H, W, 3 or 4) linear pixels as (H, W, 4) bytes."""
    out = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    if encoding == "colour":
        out[..., :3] = _shown()[np.round(pixels * np.float32(65535)).astype(np.uint16)]
    else:
        out[..., : pixels.shape[2]] = np.round(pixels * np.float32(255))
    return out
