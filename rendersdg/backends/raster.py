"""The default backend: the label pass's own rasterizer, with metallic-roughness shading and anti-aliased edges."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8, U1, Mask
from rendersdg.backends.blending import MOST_LAYERS, blend, see_through, solid, stopped
from rendersdg.backends.bounces import bounced, solid_trees
from rendersdg.backends.casters import are_around, are_bodies, world_corners
from rendersdg.backends.contrast import around, contrasts, rule_of, shown
from rendersdg.backends.decals import LEAST_CHANGE, NO_DECALS, DecalCache, Decals, also_intact, labelled, standing
from rendersdg.backends.environment import Environment, EnvironmentCache
from rendersdg.backends.film import exposure_of
from rendersdg.backends.labelpass import Sweep, label, label_pass, see, silhouettes
from rendersdg.backends.linking import ShadowGroups, shadow_groups, shines_on, without
from rendersdg.backends.quality import quality_of
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.backends.sensor import response
from rendersdg.backends.trees import SceneTrees
from rendersdg.colour import FILM_EXPOSURE, filmic, srgb_from_linear
from rendersdg.frame import PICTURE_AND_LABELS, Buffers, Labels, Rendered, Silhouette, SurfaceBuffers, Wanted
from rendersdg.geometry import Matrix
from rendersdg.kernels import buffers
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.scene import with_decals
from rendersdg.kernels.structs import SURFACE, Bounce, Film, Lights, Scene, ShadowFace
from rendersdg.lens import PERSPECTIVE
from rendersdg.snapshot import Light, Material, RenderProduct, Sensor, Snapshot

log = logging.getLogger("rendersdg")
_MAP_SIDE = 1024  # texels, of each face of a shadow map
_MOST_WHOLE = 16  # lights whose shadow maps have that size: 400 MB; for four times as many it is halved, and so on
_NO_CONE = (-3.0, -2.0)  # cosines of its edges that no direction reaches: the light shines all about
_SCALE = (np.linspace(0.0, 1.0, 4096) ** 2) * 8.0
_F4 = np.float32


@dataclass(eq=False)
class _Shadows:
    """Shadow maps of the lights that cast: ``maps`` (S, 6, N, N), the world matrices of their faces, and their kind."""

    maps: F4
    faces: F4
    matrices: F4
    bias: F4
    kind: I8
    is_sieved: I8
    of_light: I8
    size: int


@dataclass(frozen=True, eq=False)
class _Lighting:
    """What lights a view: the environment, shadow maps, ambient occlusion,
    and a row and a kind for each other light.
    """

    environment: Environment
    shadows: _Shadows
    ao: F4
    rows: F4
    kinds: I8
    shines: U1 | None
    groups: ShadowGroups
    bounce: Bounce | None = None

    @cached_property
    def for_kernels(self) -> Lights:
        """The lights as the kernels take them."""
        shadows = self.shadows
        return Lights(
            environment=self.environment.for_kernels,
            rows=self.rows,
            kind=self.kinds,
            shadow=shadows.of_light,
            maps=shadows.maps,
            faces=shadows.faces,
            matrices=shadows.matrices,
            bias=shadows.bias,
            map_kind=shadows.kind,
            is_sieved=shadows.is_sieved,
            shines=self.shines,
            instance_count=0 if self.shines is None else self.shines.shape[1],
        )


@dataclass(frozen=True, eq=False)
class _Film:
    """How light becomes display values: times ``exposure``,
    then ``table`` over the root of an eighth of it (0..255).
    """

    exposure: float
    table: F4


class RasterBackend:
    """Software rasterizer: textures, normal maps, six light kinds with shadows, environment light,
    ambient occlusion.
    """

    provides: ClassVar[frozenset[str]] = frozenset(
        {"hdr", "instants", "materials", "camera_models", "labels", "rays", "surface", "light_linking"}
    )

    def __init__(self) -> None:
        self.tables = SceneTables()
        self._environments = EnvironmentCache()
        self._decals = DecalCache()
        self._trees = SceneTrees()
        self._maps = np.zeros((0, 0, 0, 0), np.float32)
        self._shadows: tuple[weakref.ref[Snapshot], bool, _Shadows] | None = None
        self._said: set[tuple[str, str]] = set()

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted = PICTURE_AND_LABELS) -> Rendered:
        """Return the colour and, where wanted, the labels of a product, both from one visibility pass."""
        view = see(snapshot, product.camera, self.tables, 1)
        labels = label(snapshot, product.camera, view)
        light = self._light(snapshot, view, labels)
        decals = self._decals.get(snapshot, view.tables[2])
        film = _film(snapshot, product.sensor)
        through = see_through(snapshot, view)
        if through.any():
            buffers = self._blended(snapshot, view, through, light, decals, film, keep_hdr=wanted.hdr)
        else:
            lit = self._with_rays(snapshot, view, light, decals, film)
            buffers = self._shade(snapshot, view, lit, decals, film, keep_hdr=wanted.hdr)
        if not wanted.labels:
            return Rendered(buffers)
        if _has_defects(snapshot):  # what shows of them is told on surfaces that let nothing through
            labels = self._with_defects(snapshot, view, labels, light, decals, product.sensor)
        return Rendered(buffers, labels)

    def label(self, snapshot: Snapshot, product: RenderProduct) -> Labels:
        """Return the labels alone; only what tells where a defect shows is shaded for it."""
        if not _has_defects(snapshot):
            return label_pass(snapshot, product, self.tables)
        view = see(snapshot, product.camera, self.tables, 1)
        labels = label(snapshot, product.camera, view)
        return self._with_defects(
            snapshot,
            view,
            labels,
            self._light(snapshot, view, labels),
            self._decals.get(snapshot, view.tables[2]),
            product.sensor,
        )

    def silhouettes(
        self, snapshot: Snapshot, product: RenderProduct, labels: Labels, entities: Sequence[int]
    ) -> dict[int, Silhouette]:
        """Return where entities would be seen if nothing stood before them; see :func:`.labelpass.silhouettes`."""
        return silhouettes(snapshot, product, self.tables, labels.loose, entities)

    def surface(self, snapshot: Snapshot, product: RenderProduct) -> SurfaceBuffers:
        """Return what the surfaces at the pixels' centres are made of and the parts of the light that leaves them."""
        view = see(snapshot, product.camera, self.tables, 1)
        labels = label(snapshot, product.camera, view)
        width, height = product.camera.resolution_wh
        channels = np.zeros((height, width, sum(SURFACE.values())), np.float32)
        decals = self._decals.get(snapshot, view.tables[2])
        self._shade(
            snapshot, view, self._light(snapshot, view, labels), decals, _film(snapshot, None), surface=channels
        )
        ends = np.cumsum(list(SURFACE.values()))
        parts = {
            name: channels[..., end - size : end] if size > 1 else channels[..., end - 1]
            for (name, size), end in zip(SURFACE.items(), ends)
        }
        return SurfaceBuffers(hit=labels.instance >= 0, **parts | {"smooth_normal": _unit(parts["smooth_normal"])})

    def _with_defects(
        self,
        snapshot: Snapshot,
        view: Sweep,
        labels: Labels,
        light: _Lighting,
        decals: Decals,
        sensor: Sensor | None,
    ) -> Labels:
        """Return the labels with those of the defects: pixels whose colour differs
        from what it were without any defect.

        Noise stays out of the comparison, so the labels are the same whatever paints the picture. Where the scene has
        a rule for what is labelled, defects that noise hides go by that. Both are drawn without rays, and for the same
        pixels, so that labels depend neither on the quality nor on whether there is a picture at all.
        """
        film, rule = _film(snapshot, sensor), rule_of(snapshot)
        under, inside = standing(view.camera, view, labels, decals)
        intact, twin = view, None
        if snapshot.has_twin:
            intact = see(snapshot, view.camera, self.tables, 1, intact=True)
            twin = label(snapshot, view.camera, intact)
            under, inside = also_intact(snapshot, under, inside, twin, *standing(view.camera, intact, twin, decals))
        wanted = under >= 0
        near = wanted if rule is None else around(wanted, sensor)
        damaged = self._shade(snapshot, view, light, decals, film, keep_hdr=rule is not None, wanted=near)
        if twin is not None:  # the shadow maps of the frame are not read any more
            light = self._light(snapshot, intact, twin, intact=True)
        plain = self._shade(snapshot, intact, light, NO_DECALS, film, keep_hdr=rule is not None, wanted=near)
        away = [np.abs(damaged.rgb[..., k].astype(np.int16) - plain.rgb[..., k]) for k in range(3)]
        changed = wanted & (np.maximum(np.maximum(away[0], away[1]), away[2]) >= LEAST_CHANGE)
        if rule is None or not changed.any():
            return labelled(snapshot, view.camera, labels, under, inside, changed, twin)
        pictures = [shown(buffers.hdr, snapshot, sensor) for buffers in (damaged, plain) if buffers.hdr is not None]
        surface = (labels if twin is None else twin).instance
        owner = np.where(changed, under, -1).astype(np.int32)
        contrast = contrasts(pictures[0], pictures[1], sensor, owner, surface, len(snapshot.entities))
        is_faint = np.append(contrast < rule.least, False)
        if rule.below == "none":
            return labelled(snapshot, view.camera, labels, under, inside, changed & ~is_faint[under], twin)
        named = labelled(snapshot, view.camera, labels, under, inside, changed, twin)
        return replace(named, faint=is_faint[:-1] & (contrast > 0))

    def _say(self, subject: str, text: str) -> None:
        """Say once what a picture lacks."""
        if (subject, text) not in self._said:
            self._said.add((subject, text))
            log.warning("note: %s: %s", subject, text)

    def _light(self, snapshot: Snapshot, view: Sweep, labels: Labels, *, intact: bool = False) -> _Lighting:
        camera = view.camera
        environment = self._environments.environment(snapshot)
        lights = [light for light in snapshot.lights if light.kind != "dome"] + list(environment.suns)
        enabled = environment.is_lit and camera.model in PERSPECTIVE
        ao = self._occlusion(view, labels, enabled=enabled)
        kept = self._shadows
        if kept is None or kept[0]() is not snapshot or kept[1] is not intact:
            self._shadows = None  # its maps are drawn over
            shadows = self._shadow_maps(snapshot, lights, view, snapshot.drawn(intact=intact))
            self._shadows = kept = weakref.ref(snapshot), intact, shadows
        shines, groups = shines_on(snapshot, lights), shadow_groups(snapshot, lights)
        return _Lighting(environment, kept[2], ao, *_light_rows(lights), shines, groups)

    def _with_rays(self, snapshot: Snapshot, view: Sweep, light: _Lighting, decals: Decals, film: _Film) -> _Lighting:
        """Return the lighting with what rays bring, where the snapshot's quality sends any."""
        quality = quality_of(snapshot)
        if quality is None:
            return light
        height, width = view.camera.resolution_wh[::-1]
        open_sky = np.ones_like(light.ao)  # rays tell better what hides the sky
        unseen = buffers.empty((height, width, 4), np.uint8)
        blank = Film(exposure=film.exposure, table=film.table, open_sky=open_sky, rgb=unseen)
        view = replace(view, scene=with_decals(view.scene, decals.for_kernels))
        trees = solid_trees(self._trees, snapshot, view, light.groups)
        bounce = bounced(snapshot, view, quality, trees, light.groups, light.for_kernels, blank)
        return replace(light, ao=open_sky, bounce=bounce)

    def _shade(
        self,
        snapshot: Snapshot,
        view: Sweep,
        light: _Lighting,
        decals: Decals,
        film: _Film,
        *,
        keep_hdr: bool = False,
        wanted: Mask | None = None,
        surface: F4 | None = None,
    ) -> Buffers:
        """Return the colour of a view; where ``wanted`` (H, W) is given and False it is left black.

        With ``surface`` (H, W, channels) it is that which is filled, and the colour means nothing.
        """
        width, height = view.camera.resolution_wh
        shape = (height, width, 4)
        rgb = buffers.empty(shape, np.uint8) if wanted is None else buffers.full(shape, 0, np.uint8)
        hdr = None
        if keep_hdr:
            hdr = buffers.empty(shape, np.float32) if wanted is None else buffers.full(shape, 0, np.float32)
        film_for_kernels = Film(
            exposure=film.exposure,
            table=film.table,
            open_sky=light.ao,
            rgb=rgb,
            hdr=hdr,
            surface=surface,
            bounce=light.bounce,
            wanted=None if wanted is None else wanted.view(np.uint8),
        )
        scene = with_decals(view.scene, decals.for_kernels)
        kernels.shade(scene, view.seen, view.points, view.samples, light.for_kernels, film_for_kernels)
        return Buffers(rgb, hdr)

    def _blended(
        self,
        snapshot: Snapshot,
        view: Sweep,
        through: Mask,
        light: _Lighting,
        decals: Decals,
        film: _Film,
        *,
        keep_hdr: bool,
    ) -> Buffers:
        """Return the colour of a view of which the instances ``through`` (N,) are see-through."""
        behind = solid(snapshot, view, through)
        light_behind = light
        if light.environment.is_lit:
            labels = label(snapshot, view.camera, behind)
            enabled = view.camera.model in PERSPECTIVE
            light_behind = replace(light, ao=self._occlusion(behind, labels, enabled=enabled))
        lit = self._with_rays(snapshot, behind, light_behind, decals, film)
        buffers = self._shade(snapshot, behind, lit, decals, film, keep_hdr=keep_hdr)
        films = [
            Film(exposure=film.exposure, table=film.table, open_sky=ao, rgb=buffers.rgb, hdr=buffers.hdr, bounce=rays)
            for ao, rays in ((np.ones_like(light.ao) if lit.bounce else light.ao, None), (lit.ao, lit.bounce))
        ]
        view = replace(view, scene=with_decals(view.scene, decals.for_kernels))
        if not blend(view, behind, through, light.for_kernels, films[0], films[1], lit.bounce):
            said = f"of more than {MOST_LAYERS} see-through surfaces behind one another the hindmost are not drawn"
            self._say(view.camera.prim_path, said)
        return buffers

    def _occlusion(self, view: Sweep, labels: Labels, *, enabled: bool) -> F4:
        height, width = labels.depth.shape
        hit = labels.depth[::4, ::4]
        hit = hit[np.isfinite(hit)]
        if not enabled or not len(hit):
            return np.ones(((height + 1) // 2, (width + 1) // 2), np.float32)
        turn = np.ascontiguousarray(view.camera.camera_from_world, _F4)
        taps = kernels.open_sky(view.seen, labels.depth, labels.normal, turn, float(np.median(hit)) * 0.06)
        return kernels.smoothed(taps, labels.depth)

    def _shadow_maps(self, snapshot: Snapshot, lights: list[Light], view: Sweep, drawn: Mask) -> _Shadows:
        """Draw the shadow maps of the lights that cast shadows: one face of a distant light, six of a local one.

        The arrays hold one light at least, so that kernels always have somewhere to look.
        """
        mesh, _, inst = view.tables
        casting = [k for k, light in enumerate(lights) if light.casts_shadow]
        of_light = np.full(max(len(lights), 1), -1, np.int64)[: len(lights)]
        of_light[casting] = np.arange(len(casting))
        local = any(lights[k].kind != "distant" for k in casting)
        slots = max(len(casting), 1)
        faces = np.zeros((slots, 6, 4, 4), np.float32)
        matrices = np.zeros((slots, 4, 4), np.float32)
        bias = np.zeros(slots, np.float32)
        map_kind = np.zeros(slots, np.int64)
        sieved = np.zeros(slots, np.int64)
        size = _map_side(len(casting))
        shape = (slots, 6 if local else 1, size if casting else 1, size if casting else 1)
        if self._maps.shape != shape:
            self._maps = np.empty(shape, np.float32)
        maps = self._maps
        if not casting or not snapshot.instances:
            of_light[:] = -1
            return _Shadows(maps, faces, matrices, bias, map_kind, sieved, of_light, size)
        worlds = snapshot.worlds
        kinds, kind = snapshot.paints.kinds, snapshot.paints.kind[inst.material]
        casters = _Casters(
            view.scene,
            worlds,
            world_corners(inst.corners, worlds),
            np.array([m.opacity > 0 for m in kinds], bool)[kind] & drawn,
            np.array([any(m.emission) for m in kinds], bool)[kind],
            are_bodies(mesh.closed[inst.mesh], worlds),
            _sieves(kinds, kind),
        )
        sieved[:] = int(casters.is_sieved)
        for slot, k in enumerate(casting):
            light = lights[k]
            matrices[slot] = light.world_from_light
            throwing = casters
            if light.passes_through:
                throwing = replace(casters, casts=casters.casts & without(snapshot, light.passes_through))
            if light.kind == "distant":
                faces[slot, 0], texel = _draw_distant(light, throwing, maps[slot, 0], size)
                bias[slot] = 1.5 * texel
                continue
            map_kind[slot] = 1
            bias[slot] = 3.0 / size
            faces[slot] = _draw_cube(light, throwing, maps[slot])
        return _Shadows(maps, faces, matrices, bias, map_kind, sieved, of_light, size)


@dataclass(frozen=True, eq=False)
class _Casters:
    """What throws shadows: the scene's instances with their ``worlds`` (N, 4, 4), the ``corners`` of their boxes in the
    world (N, 8, 3), which of them are drawn (N,), which send light out themselves (N,), which are closed and not
    mirrored (N,), and their sieves by the names of ``ShadowFace``.
    """

    scene: Scene
    worlds: F8
    corners: F8
    casts: Mask
    glows: Mask
    closed: Mask
    sieves: dict[str, NDArray[Any]]

    @property
    def is_sieved(self) -> bool:
        """Whether any of them lets a share of the light through."""
        has_share = (self.sieves["opacity"] < 1) | (self.sieves["cut_texture"] >= 0)
        return bool((self.casts & has_share & (self.sieves["cut_threshold"] == 0)).any())


def _sieves(kinds: tuple[Material, ...], kind: I8) -> dict[str, NDArray[Any]]:
    """Return what of the light of each instance of a ``kind`` (N,) is stopped, by the names of ``ShadowFace``."""
    rows = [
        (stopped(m), m.opacity_texture, m.opacity_channel, 0.0 if m.through.is_any else m.opacity_threshold or 0.5)
        for m in kinds
    ]
    opacity, texture, channel, threshold = (np.array(column) for column in zip(*rows))
    return {
        "opacity": opacity.astype(_F4)[kind],
        "cut_texture": texture.astype(np.int64)[kind],
        "cut_channel": channel.astype(np.int64)[kind],
        "cut_threshold": threshold.astype(_F4)[kind],
    }


def _map_side(lights: int) -> int:
    """Return the texels a side of the shadow maps of so many lights."""
    side = _MAP_SIDE
    while lights > _MOST_WHOLE * (_MAP_SIDE // side) ** 2 and side > 64:
        side //= 2
    return side


def _draw_distant(light: Light, casters: _Casters, depth: F4, size: int) -> tuple[F8, float]:
    """Draw the one face of a distant light into ``depth``; return light_from_world and the metres of a texel."""
    matrix, texel = _distant_matrix(light, casters.corners, size)
    depth.fill(np.inf)
    _draw_face(casters, casters.casts, portable.product(matrix, casters.worlds), depth, near=None)
    return matrix, texel


def _draw_cube(light: Light, casters: _Casters, depths: F4) -> F8:
    """Draw the six faces round a local light into ``depths``; return their face_from_world (6, 4, 4)."""
    centre = light.world_from_light[:3, 3]
    # what lies within a ball of light is part of the lamp and throws no shadow
    near = max(0.02, 1.05 * light.size[0] if light.kind == "sphere" else 0.02)
    # and so is what glows about it: a lamp's glass
    casts = casters.casts & ~(casters.glows & are_around(casters.corners, centre))
    matrices = np.tile(np.eye(4), (6, 1, 1))
    for matrix, basis, depth in zip(matrices, _CUBE, depths):
        matrix[:3, :3] = basis
        matrix[:3, 3] = portable.product(-basis, centre)
        depth.fill(np.inf)
        p = portable.product(casters.corners, matrix[:3, :3].T) + matrix[:3, 3]
        z = p[..., 2]
        out = (z < near).all(1)  # boxes of which every corner lies beyond one side of the face's pyramid
        for across in (p[..., 0], p[..., 1]):
            out |= (across > z).all(1) | (across < -z).all(1)
        _draw_face(casters, casts & ~out, portable.product(matrix, casters.worlds), depth, near=near)
    return matrices


def _draw_face(
    casters: _Casters,
    casts: Mask,
    matrices: Matrix,
    texels: F4,
    *,
    near: float | None,
) -> None:
    """Draw one face of a shadow map, in perspective where ``near`` is given."""
    face = ShadowFace(
        casts=casts.view(np.uint8),
        is_closed=casters.closed.view(np.uint8),
        **casters.sieves,
        map_from_mesh=np.ascontiguousarray(matrices, _F4),
        texels=texels,
        is_perspective=int(near is not None),
        near=near or 0.0,
    )
    kernels.shadow_face(casters.scene, face)


def _unit(vectors: F4) -> F4:
    length = np.sqrt((vectors**2).sum(-1, keepdims=True))
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)


def _has_defects(snapshot: Snapshot) -> bool:
    return bool(snapshot.defects or snapshot.missing)


_CUBE = [  # rows: right, up, forward of each cube face: +X -X +Y -Y +Z -Z
    np.array(rows, float)
    for rows in (
        ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
        ((0, -1, 0), (0, 0, 1), (-1, 0, 0)),
        ((-1, 0, 0), (0, 0, 1), (0, 1, 0)),
        ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
        ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    )
]


def _distant_matrix(light: Light, points: F8, size: int) -> tuple[F8, float]:
    """Return map_from_world (x, y in -1..1, row 2 depth along the light) and the size of a texel in metres.

    The map covers all casters, but no more than twenty times the size of a typical small one, so that a horizon-wide
    floor does not eat the resolution.
    """
    forward = -light.world_from_light[:3, 2]
    side = light.world_from_light[:3, 0]
    up = np.cross(side, forward)
    basis = np.stack([side, -up, forward])  # right-handed towards the light's view, front faces positive
    p = portable.product(points.reshape(-1, 3), basis.T)
    boxes = portable.product(points, basis.T)
    extent = np.ptp(boxes, axis=1)[:, :2].max(1)
    quarter = (len(extent) - 1) // 4
    limit = 20.0 * float(np.partition(extent, quarter)[quarter])
    usual = boxes[extent <= max(limit, 1e-6)].reshape(-1, 3)
    low, high = usual[:, :2].min(0), usual[:, :2].max(0)
    centre = (low + high) / 2
    half = max(float((high - low).max()) / 2 * 1.02, 1e-6)
    matrix = np.eye(4)
    matrix[:3, :3] = basis
    matrix[:2, :3] /= half
    matrix[0, 3], matrix[1, 3] = -centre / half
    matrix[2, 3] = -p[:, 2].min()
    return matrix, 2 * half / size


def _light_rows(lights: list[Light]) -> tuple[F4, I8]:
    """Return the lights as the kernels take them, in the columns that ``lighting.h`` names:
    (N, 24) rows, and (N,) kinds, 0 for a distant light and 1 for a local one.
    """
    rows = np.zeros((len(lights), 24), np.float32)
    kinds = np.zeros(len(lights), np.int64)
    place, along, colour = rows[:, 0:3], rows[:, 3:6], rows[:, 6:9]
    softening, emitter, cone, is_one_sided = rows[:, 9], rows[:, 10], rows[:, 11:13], rows[:, 13]
    for row, light in enumerate(lights):
        axis = -light.world_from_light[:3, 2]
        along[row] = axis
        rows[row, 21:24] = light.diffuse, light.specular, light.focus
        outer = portable.cos(np.radians(min(light.cone[0], 180.0)))
        inner = portable.cos(np.radians(min(light.cone[0], 180.0) * (1 - 0.999 * light.cone[1])))
        cone[row] = (outer, max(inner, outer + 1e-3)) if light.cone[0] < 180 else _NO_CONE
        if light.kind == "distant":
            place[row] = -axis
            colour[row] = light.radiance
            emitter[row] = np.radians(light.size[0]) / 4
            rows[row, 18] = portable.tan(np.radians(min(light.size[0], 170.0) / 2))
            continue
        kinds[row] = 1
        place[row] = light.world_from_light[:3, 3]
        area, soft, lambert = _emitter(light)
        colour[row] = light.radiance * area
        softening[row] = soft
        emitter[row] = np.sqrt(area / np.pi) / 3
        is_one_sided[row] = lambert
        if light.kind == "rect":
            colour[row] = light.radiance
            rows[row, 14] = 1
            rows[row, 15:18] = light.world_from_light[:3, 0] * light.size[0] / 2
            rows[row, 18:21] = light.world_from_light[:3, 1] * light.size[1] / 2
        elif light.kind == "disk":
            colour[row] = light.radiance
            rows[row, 14:16] = 2, light.size[0]
        else:  # a ball, or a rod along its x axis
            rows[row, 18] = light.size[0]
            if light.kind == "cylinder":
                rows[row, 15:18] = light.world_from_light[:3, 0] * light.size[1] / 2
    return rows, kinds


def _emitter(light: Light) -> tuple[float, float, float]:
    """Return a local light's area (square metres), its softening and whether it shines to one side alone (0 or 1).

    Its strength times 1 / (distance^2 + softening) is the irradiance of a surface that faces a small emitter.
    """
    a, b = light.size
    if light.kind == "sphere":
        return np.pi * a * a, 0.25 * a * a, 0.0
    if light.kind == "disk":
        return np.pi * a * a, a * a, 1.0
    if light.kind == "rect":
        return a * b, a * b / np.pi, 1.0
    return 2 * a * b, a * b, 0.0


def _film(snapshot: Snapshot, sensor: Sensor | None) -> _Film:
    """Return the film: the exposure constant times what ``settings.carb_settings`` asks in stops;
    or a sensor's response.
    """
    if sensor is not None:
        table = np.round(response(sensor, _SCALE) * 255.0).astype(np.float32)
        return _Film(FILM_EXPOSURE * portable.exp2(sensor.exposure), table)
    return _Film(exposure_of(snapshot), _tone_table())


@cache
def _tone_table() -> F4:
    return np.round(srgb_from_linear(filmic(_SCALE)) * 255.0).astype(np.float32)
