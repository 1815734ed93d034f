"""The Snapshot: one frame of the scene as plain frozen arrays. All that a backend or an annotator sees.

Lengths are metres, matrices column-vector float64 ``a_from_b``, colours linear Rec. 709, angles as named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, U1, Mask
from rendersdg.errors import BadArgument
from rendersdg.ranging import DepthSensor, Lidar

Blend = Literal["none", "fade", "fade_below"]
LightKind = Literal["distant", "sphere", "rect", "disk", "cylinder", "dome"]
CameraModel = Literal[
    "pinhole",
    "opencvPinhole",
    "opencvFisheye",
    "fisheyePolynomial",
    "fisheyeKannalaBrandtK3",
    "fisheyeOrthographic",
    "fisheyeEquidistant",
    "fisheyeEquisolid",
    "fisheyeSpherical",
]
Semantics = tuple[tuple[str, str], ...]  # ((type, label), ...), e.g. (("class", "cube"),)


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh in its own units.

    ``vertices`` (V, 3) float32, ``normals`` (V, 3) float32 unit, ``uvs`` (V, 2) float32 with v up, ``colours`` (V, 3)
    float32 linear (ones when none are authored), ``triangles`` (T, 3) int32, counter-clockwise seen from outside.
    ``opacities`` (V,) float32 0..1, None where all are 1. ``other_uvs`` (V, 2) are a second set of texture coordinates.
    """

    name: str
    vertices: F4
    normals: F4
    uvs: F4
    colours: F4
    triangles: I4
    opacities: F4 | None = None
    other_uvs: F4 | None = None

    def __post_init__(self) -> None:
        count = len(self.vertices)
        for label, array, width in (("normals", self.normals, 3), ("uvs", self.uvs, 2), ("colours", self.colours, 3)):
            if array.shape != (count, width):
                raise BadArgument(f"mesh {self.name}: {label} must have shape ({count}, {width}), got {array.shape}")
        if self.opacities is not None and self.opacities.shape != (count,):
            raise BadArgument(f"mesh {self.name}: opacities must have shape ({count},), got {self.opacities.shape}")
        if self.other_uvs is not None and self.other_uvs.shape != (count, 2):
            raise BadArgument(f"mesh {self.name}: other_uvs must have shape ({count}, 2), got {self.other_uvs.shape}")
        if len(self.triangles) and not 0 <= self.triangles.min() <= self.triangles.max() < count:
            raise BadArgument(f"mesh {self.name}: triangle indices must lie in 0..{count - 1}")

    @property
    def bounds(self) -> tuple[F8, F8]:
        """Lowest and highest corner of the vertices, (3,) each."""
        points = self.vertices.astype(np.float64)
        return points.min(0), points.max(0)


@dataclass(frozen=True, eq=False)
class Texture:
    """An image: ``pixels`` (H, W, C) uint8, or float32 for high dynamic range; row 0 is the top.

    ``is_srgb`` says that 8-bit values are display encoded. ``key`` names the content: equal key, equal pixels.
    """

    key: str
    pixels: U1 | F4
    is_srgb: bool = True


@dataclass(frozen=True)
class Finish:
    """What few surfaces have. ``coat`` is the strength of a clear coat of index 1.5 over it, under the same normal.
    ``anisotropy`` (0..1) makes one rougher along u and smoother along v, as grooves along v
    do: roughness squared divided by, and times, the root of 1 - 0.9 anisotropy. The red of ``coat_texture``, the green
    of ``coat_roughness_texture`` and the alpha of ``specular_texture`` multiply what they are called after. ``others``
    names the textures, of the material and its parts, that lie by the mesh's second set of texture coordinates, which
    the material's transform leaves alone: such as "normal_texture". Those of opacity lie by the first.
    """

    coat: float = 0.0
    coat_roughness: float = 0.01
    anisotropy: float = 0.0
    coat_texture: int = -1
    coat_roughness_texture: int = -1
    specular_texture: int = -1
    others: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Through:
    """The light that comes through a surface from what lies behind it.

    ``blend``: the surface fades by its opacity as a whole (``fade``), or what lies under its gloss does
    (``fade_below``); its opacity threshold then only says where it is labelled. ``by_vertices``: the mesh's opacities
    count too. ``transmission``, times the red of its texture, is the share of light under the gloss that goes straight
    on instead of being scattered, stained by the base colour and ``tint``. Labels do not ask for it.

    ``ior`` is the index of refraction of the body behind the surface, by which rays bend where the surface is closed
    and ``transmission`` above 0; 1: light goes straight on, as through a thin pane.
    """

    blend: Blend = "none"
    by_vertices: bool = False
    transmission: float = 0.0
    transmission_texture: int = -1
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    ior: float = 1.0

    @property
    def is_any(self) -> bool:
        """Whether any light comes through."""
        return self.blend != "none" or self.transmission > 0


PLAIN, SOLID = Finish(), Through()


@dataclass(frozen=True)
class Material:
    """A metallic-roughness surface (UsdPreviewSurface, OmniPBR). Textures are indices into the snapshot's, -1 for none.

    A texture multiplies its factor, except ``normal_texture`` (tangent space, +Y up). Channels pick from RGBA.
    ``uv_scale``, ``uv_rotate`` (degrees) and ``uv_translate`` transform texture coordinates in that order.

    ``opacity``, times its texture and the mesh's opacities where ``through.by_vertices``, cuts a surface out where it
    is below ``opacity_threshold`` (0 stands for a half); or the surface fades by it (``through``).
    """

    base_colour: tuple[float, float, float] = (0.5, 0.5, 0.5)
    metallic: float = 0.0
    roughness: float = 0.5
    specular: float = 0.5
    opacity: float = 1.0
    opacity_threshold: float = 0.0
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)
    normal_strength: float = 1.0
    use_vertex_colour: bool = False
    base_colour_texture: int = -1
    metallic_texture: int = -1
    metallic_channel: int = 0
    roughness_texture: int = -1
    roughness_channel: int = 0
    normal_texture: int = -1
    emission_texture: int = -1
    opacity_texture: int = -1
    opacity_channel: int = 3
    project_uvw: bool = False
    uv_scale: tuple[float, float] = (1.0, 1.0)
    uv_rotate: float = 0.0
    uv_translate: tuple[float, float] = (0.0, 0.0)
    finish: Finish = PLAIN
    through: Through = SOLID

    def coloured(self, colour: tuple[float, float, float]) -> Material:
        """Return this material with another base colour, as ``dataclasses.replace`` does, in a tenth of the time."""
        copy = object.__new__(Material)
        copy.__dict__.update(self.__dict__)
        copy.__dict__["base_colour"] = colour
        return copy


@dataclass(frozen=True, eq=False)
class Paints:
    """Materials by their ``kinds``: those of one kind are equal but for their base colours, and let no light through.

    ``kind`` (M,) is the number of each material's kind.
    """

    kinds: tuple[Material, ...]
    kind: I8


@dataclass(frozen=True, eq=False)
class Instance:
    """One mesh in the world: ``mesh`` and ``material`` index the snapshot's tuples, ``entity`` its entities.

    ``shown`` frame is drawn in the frame alone, intact only in its twin without defects, by which labels are found.
    """

    prim_path: str
    mesh: int
    material: int
    entity: int
    world_from_mesh: F8
    previous_world_from_mesh: F8
    shown: Literal["always", "frame", "intact"] = "always"


@dataclass(frozen=True, eq=False)
class Entity:
    """What one instance label stands for: the nearest labelled prim at or above a surface, or the leaf prim itself.

    ``low`` and ``high`` bound its geometry in ``local`` space, that of labelled prims below it included;
    ``world_from_local`` is the prim's own transform. ``parent`` is the index of the nearest labelled prim above it, -1
    for none; it comes before its children.
    """

    prim_path: str
    semantics: Semantics
    world_from_local: F8
    low: F8
    high: F8
    parent: int = -1

    @property
    def world_from_object(self) -> F8:
        """From the frame of the object's pose, the middle of its box without scale, to the world (4, 4), metres."""
        scale = portable.norm(self.world_from_local[:3, :3], axis=0)
        matrix = self.world_from_local.copy()
        centre = portable.product(matrix[:3, :3], (self.low + self.high) / 2) + matrix[:3, 3]
        matrix[:3, :3] /= np.where(scale > 1e-12, scale, 1.0)
        matrix[:3, 3] = centre
        return matrix


@dataclass(frozen=True, eq=False)
class Light:
    """A UsdLux light. ``radiance`` (3,) is intensity x 2^exposure x colour: nits, or lux for ``distant``.

    ``world_from_light`` emits along -Z; ``size`` is (radius, -) for sphere and disk, (width, height) for rect,
    (radius, length) for cylinder in metres, (angle in degrees, -) for distant. ``texture`` is for domes (lat-long).
    ``cone`` is (full angle from the axis in degrees, softness 0..1), 180 for none. ``diffuse`` and ``specular``
    multiply what surfaces scatter and mirror of it; ``focus`` pulls a local light to its axis, by that power of the
    cosine. Instances at the paths ``passes_by`` have no light of it, those at ``passes_through`` throw no shadow of it
    (light linking; domes have neither).
    """

    prim_path: str
    kind: LightKind
    radiance: F8
    world_from_light: F8
    size: tuple[float, float] = (0.0, 0.0)
    cone: tuple[float, float] = (180.0, 0.0)
    texture: int = -1
    casts_shadow: bool = True
    diffuse: float = 1.0
    specular: float = 1.0
    focus: float = 0.0
    passes_by: frozenset[str] = frozenset()
    passes_through: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera: pinhole, pinhole under OpenCV's distortion, or a fisheye (``lens``). Matrices in metres; ``authored``
    keeps the USD values for writers.

    Pinhole: ``u = cx + fx x / -z``, ``v = cy - fy y / -z``. Fisheyes have the radius r for the angle t off the axis;
    ``fisheyePolynomial``: t = a + b r + c r^2 + ... in pixels; ``fisheyeKannalaBrandtK3``: r = k0 t + k1 t^3 + ... in
    pixels; ``opencvFisheye`` the same in focal lengths, k0 being 1; ``Orthographic``, ``Equidistant``, ``Equisolid``:
    sin(t), t, 2 sin(t / 2) in focal lengths; ``Spherical``: the whole sphere by longitude and latitude. ``polynomial``
    has the coefficients, and beyond ``max_theta`` (radians) nothing is seen. ``distortion`` is OpenCV's, in the order
    of ``lens.COEFFICIENTS``. ``lens_radius`` and ``focus`` (metres) give depth of field, 0 for none.
    """

    prim_path: str
    resolution_wh: tuple[int, int]
    world_from_camera: F8
    previous_world_from_camera: F8
    model: CameraModel
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    near_far: tuple[float, float]
    polynomial: tuple[float, ...] = ()
    max_theta: float = 0.0
    distortion: tuple[float, ...] = ()
    lens_radius: float = 0.0
    focus: float = 0.0
    authored: dict[str, object] = field(default_factory=dict)
    cross_reference: str = ""  # the name of the camera that cross_correspondence compares with

    @cached_property
    def camera_from_world(self) -> F8:
        """World to camera, metres."""
        return np.asarray(portable.inverse(self.world_from_camera), np.float64)


@dataclass(frozen=True, eq=False)
class Defect:
    """A defect on the surface of one instance.

    Triangle ``triangles[k]`` of the instance's mesh carries it by ``rows[k]`` (2, 4): ``s, t = rows @ (world - centre,
    1)`` in metres. ``stack`` (H, W, 10) float32 says what it does to the surface at each texel (``defects.layers``),
    texel (row, column) standing at ``origin + texel * (column, row)`` metres; ``part`` (H, W) int16 numbers its parts
    from 1. ``entities[k]`` is the entity of part k + 1, -1 for one that carries no label. ``is_whole`` labels all its
    texels rather than those where the light changes. ``margin`` is what boxes leave around it, pixels. Where the
    surface is displaced, ``intact`` is the instance, triangles and rows of the same surface before.
    """

    prim_path: str
    kind: str
    instance: int
    triangles: I4
    rows: F8
    centre: F8
    origin: tuple[float, float]
    texel: float
    stack: F4
    part: NDArray[np.int16]
    entities: tuple[int, ...]
    is_whole: bool = False
    margin: int = 0
    lines: tuple[F8, ...] = ()
    size: tuple[float, float] = (0.0, 0.0)
    intact: tuple[int, I4, F8] | None = None

    @property
    def carried(self) -> tuple[tuple[int, I4, F8], ...]:
        """Instance, triangles and rows of each surface that bears it: in the frame,
        and in its twin where that differs.
        """
        here = (self.instance, self.triangles, self.rows)
        return (here,) if self.intact is None else (here, self.intact)


@dataclass(frozen=True)
class MissingPart:
    """A part that should be there and is not: the prim ``part``, whose instances bear ``entity`` and are shown intact.

    ``is_whole`` labels all pixels that it would cover rather than those where the light changes.
    """

    prim_path: str
    part: str
    entity: int
    is_whole: bool = True
    margin: int = 0


@dataclass(frozen=True)
class Skeleton:
    """A posed skeleton: joint names, parents (-1 = root), rest and current global joint positions (J, 3) in metres.

    ``body`` is the prim below which what hangs on the skeleton is drawn.
    """

    prim_path: str
    joints: tuple[str, ...]
    parents: I4
    rest_local_translations: F4
    rest_local_rotations_wxyz: F4
    rest_global_translations: F4
    local_rotations_wxyz: F4
    world_positions: F8
    body: str = ""


@dataclass(frozen=True, eq=False)
class Keypoints:
    """Named points of one prim: the k-th of ``names`` lies at ``world[k]`` (K, 3), metres.

    ``entity`` is the index of the labelled prim that they belong to. ``skeleton`` has the pairs of names that are
    joined by a line; a name may be another prim's of the same object. A point that lies at most ``depth`` metres below
    the surface of its object counts as seen, None for 2 % of the diagonal of the object's box.
    """

    prim_path: str
    entity: int
    names: tuple[str, ...]
    world: F8
    skeleton: tuple[tuple[str, str], ...] = ()
    depth: float | None = None


TONES = ("linear", "srgb", "filmic")  # curves from light to picture


@dataclass(frozen=True)
class Sensor:
    """What stands behind a lens (``backends.sensor``). ``seed`` and ``site`` name the stream of its noise.

    ``exposure`` stops, ``blur`` pixels (sigma), ``vignetting`` 0..1 lost in the corners, ``read_noise`` electrons,
    ``gain`` digital numbers an electron, ``black_level`` digital numbers, ``prnu`` relative deviation,
    ``jpeg`` quality or 0.
    """

    exposure: float = 0.0
    blur: float = 0.0
    vignetting: float = 0.0
    bayer: bool = False
    mono: bool = False
    shot_noise: bool = True
    read_noise: float = 4.0
    gain: float = 0.1
    prnu: float = 0.0
    black_level: float = 0.0
    bits: int = 10
    tone: Literal["linear", "srgb", "filmic"] = "srgb"
    jpeg: int = 0
    seed: int = 0
    site: str = ""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("exposure", -30, 30),
            ("blur", 0, 100),
            ("vignetting", 0, 1),
            ("read_noise", 0, 1e6),
            ("gain", 1e-9, 1e6),
            ("prnu", 0, 1),
            ("bits", 1, 16),
            ("jpeg", 0, 100),
            ("black_level", 0, 2**self.bits - 2),
        ):
            if not low <= getattr(self, name) <= high:
                raise BadArgument(f"sensor: {name}={getattr(self, name)} must lie in {low:g}..{high:g}")
        if self.tone not in TONES:
            raise BadArgument(f"sensor: tone={self.tone!r} is not linear, srgb or filmic")


@dataclass(frozen=True, eq=False)
class RenderProduct:
    """One camera at one resolution, under the name that writers use; ``sensor`` None is the renderer's own picture.

    A tiled product shows its ``tiles`` side by side; its own camera says which is the first, and the whole resolution.
    That of a ``lidar`` takes no picture: its camera stands where the lidar does and looks along its x axis.
    ``depth_sensor`` measures depth from where the camera is.
    """

    name: str
    camera: Camera
    sensor: Sensor | None = None
    tiles: tuple[RenderProduct, ...] = ()
    lidar: Lidar | None = None
    depth_sensor: DepthSensor | None = None

    @property
    def columns(self) -> int:
        """Return how many tiles stand in a row: the rounded-up root of their number."""
        return max(math.isqrt(len(self.tiles) - 1) + 1, 1) if self.tiles else 1

    @property
    def shots(self) -> tuple[RenderProduct, ...]:
        """Return what is drawn for it: its tiles, else itself."""
        return self.tiles or (self,)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The scene at one frame. ``meshes`` and ``textures`` are shared between frames (same objects, same content).

    ``seed`` is the dataset's: a backend that samples takes its numbers from streams of (seed, product, frame).
    """

    frame: int
    time: float
    meters_per_unit: float
    up_axis: Literal["Y", "Z"]
    meshes: tuple[Mesh, ...]
    textures: tuple[Texture, ...]
    materials: tuple[Material, ...]
    instances: tuple[Instance, ...]
    entities: tuple[Entity, ...]
    lights: tuple[Light, ...]
    products: tuple[RenderProduct, ...]
    skeletons: tuple[Skeleton, ...] = ()
    defects: tuple[Defect, ...] = ()
    missing: tuple[MissingPart, ...] = ()
    keypoints: tuple[Keypoints, ...] = ()
    settings: dict[str, object] = field(default_factory=dict)
    seed: int = 0

    @cached_property
    def kept(self) -> dict[object, Any]:
        """What was found out about it, by whatever tells it from the rest: other cameras ask for the same."""
        return {}

    @cached_property
    def paints(self) -> Paints:
        """The materials by their kinds: what does not depend on a colour need not be found for each."""
        return Paints(self.materials, np.arange(len(self.materials)))

    @cached_property
    def worlds(self) -> F8:
        """The instances' world_from_mesh, (N, 4, 4)."""
        matrices = [np.zeros((0, 4)), *(i.world_from_mesh for i in self.instances)]
        return np.concatenate(matrices).reshape(-1, 4, 4)

    @cached_property
    def families(self) -> tuple[tuple[int, ...], ...]:
        """For each entity, itself and the labelled prims below it, in order."""
        below = [[number] for number in range(len(self.entities))]
        for number in reversed(range(len(self.entities))):
            if (parent := self.entities[number].parent) >= 0:
                below[parent] += below[number]
        return tuple(tuple(sorted(numbers)) for numbers in below)

    def drawn(self, *, intact: bool = False) -> Mask:
        """Return which instances stand in the frame, or in its twin without defects, (N,)."""
        hidden = "frame" if intact else "intact"
        return np.array([i.shown != hidden for i in self.instances], bool)

    @property
    def has_twin(self) -> bool:
        """Whether the frame without its defects has other geometry."""
        return any(i.shown != "always" for i in self.instances)
