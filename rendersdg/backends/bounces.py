"""Light by way of other surfaces for the rasterizer, by rays from what the camera sees: ``settings.render_quality``."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, Mask
from rendersdg.backends.blending import stopped
from rendersdg.backends.casters import are_around, lets_through, world_corners
from rendersdg.backends.labelpass import Sweep
from rendersdg.backends.linking import LETS_THROUGH, MET, THROWS_SHADOWS, ShadowGroups
from rendersdg.backends.quality import Quality
from rendersdg.backends.trees import SceneTrees
from rendersdg.colour import LUMA
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.structs import Bounce, Film, Glow, Lights, Trees
from rendersdg.snapshot import Snapshot
from rendersdg.streams import generator

_LEVEL = 4  # of the environment's pyramid: 16 texels a side, blurred as by a roughness of two thirds


def solid_trees(kept: SceneTrees, snapshot: Snapshot, view: Sweep, groups: ShadowGroups) -> Trees:
    """Return what rays meet: what stands in the frame; what lets light through only on its way to lights, of which each
    has its group of what stops it.
    """
    inst = view.tables[2]
    kinds, kind = snapshot.paints.kinds, snapshot.paints.kind[inst.material]
    solid = ~lets_through(snapshot.paints, inst.material)
    glows = np.array([any(m.emission) for m in kinds], bool)[kind]
    mask = np.where(glows & _around_lamps(snapshot, inst.corners), MET, MET | THROWS_SHADOWS)
    mask = groups.marked(np.where(solid, mask, LETS_THROUGH))
    some = np.array([m.opacity > 0 for m in kinds], bool)[kind]
    return kept.of(snapshot, shown=some & snapshot.drawn(), mask=mask, scene=view.scene, drawn=view.drawn)


def _stops(snapshot: Snapshot, view: Sweep) -> tuple[F4, bool]:
    """Return the share of light that each instance (N,) stops, below 0 for a closed body that stops it once; and
    whether that is so all over each of them.
    """
    mesh, _, inst = view.tables
    kinds, kind = snapshot.paints.kinds, snapshot.paints.kind[inst.material]
    share = np.array([stopped(m) for m in kinds], np.float32)[kind]
    is_patchy = np.array([m.through.is_any and m.opacity_texture >= 0 for m in kinds], bool)[kind]
    # a mirrored body is one, too: normals tell what is outside, and they turn with it
    is_body = mesh.closed[inst.mesh] & (portable.determinant(snapshot.worlds[:, :3, :3]) != 0)
    return np.where(is_body, -share, share).astype(np.float32), not (is_patchy & snapshot.drawn()).any()


def _around_lamps(snapshot: Snapshot, corners: F8) -> Mask:
    """Return which instances (N,) a local light stands in, by their boxes (N, 8, 3): where they glow they are its
    glass, and throw no shadows.
    """
    corners = world_corners(corners, snapshot.worlds)
    found = np.zeros(len(corners), bool)
    for light in snapshot.lights:
        if light.kind not in ("dome", "distant"):
            found |= are_around(corners, light.world_from_light[:3, 3])
    return found


def _glowing(snapshot: Snapshot, view: Sweep) -> Glow | None:
    """Return the triangles that glow alike all over, as lights; None where there are none.

    A surface whose glow has a texture is met by chance alone.
    """
    kinds, kind = snapshot.paints.kinds, snapshot.paints.kind[view.tables[2].material]
    is_even = np.array([any(m.emission) and m.emission_texture < 0 and not m.through.is_any for m in kinds], bool)
    shown = np.flatnonzero(is_even[kind] & snapshot.drawn())
    corners, radiance = [], []
    for number in shown:
        mesh, world = snapshot.meshes[snapshot.instances[number].mesh], snapshot.worlds[number]
        places = portable.product(mesh.vertices, world[:3, :3].T) + world[:3, 3]
        corners.append(places[mesh.triangles].astype(np.float32))
        radiance.append(np.tile(np.array(kinds[kind[number]].emission, np.float32), (len(mesh.triangles), 1)))
    if not corners:
        return None
    places, light = np.concatenate(corners), np.concatenate(radiance)
    one, other = (places[:, k].astype(np.float64) - places[:, 0] for k in (1, 2))
    plane = np.stack([one[:, k - 2] * other[:, k - 1] - one[:, k - 1] * other[:, k - 2] for k in range(3)], -1)
    area = 0.5 * np.sqrt(plane[:, 0] ** 2 + plane[:, 1] ** 2 + plane[:, 2] ** 2)
    power = area * np.maximum(LUMA[0] * light[:, 0] + LUMA[1] * light[:, 1] + LUMA[2] * light[:, 2], 0.0)
    whole = np.cumsum(power)
    if not whole[-1] > 0:
        return None
    chance = (whole / whole[-1]).astype(np.float32)
    return Glow(corners=places, radiance=light, chance=chance, whole=float(whole[-1]))


def bounced(
    snapshot: Snapshot,
    view: Sweep,
    quality: Quality,
    trees: Trees,
    groups: ShadowGroups,
    lights: Lights,
    film: Film,
) -> Bounce:
    """Return what rays bring to the surfaces of a view, whose scene has the defects."""
    width, height = view.camera.resolution_wh
    shape = -(-height // quality.step), -(-width // quality.step)
    # where what lets light through does so by an image, the shadow maps know better
    stops, is_even = _stops(snapshot, view)
    traced = (lights.kept["shadow"] >= 0) & is_even & groups.has_bit
    seed = int(generator(snapshot.seed, "raster/rays", snapshot.frame).integers(1 << 31))
    grid = Bounce(
        trees=trees,
        light=np.empty((kernels.BOUNCE_CHANNELS + len(traced), *shape), np.float32),
        place=np.empty((3, *shape), np.float32),
        normal=np.empty((3, *shape), np.float32),
        rough=np.empty(shape, np.float32),
        spare=np.empty((kernels.BOUNCE_CHANNELS + len(traced), *shape), np.float32),
        soft=np.empty((len(traced), *shape), np.float32),
        is_traced=traced.astype(np.int64),
        stops=groups.stops,
        stopped=stops,
        has_panes=int(lets_through(snapshot.paints, view.tables[2].material).any()),
        glow=_glowing(snapshot, view),
        eye=np.asarray(view.camera.world_from_camera, np.float32)[:3, 3],
        pixel=1.0 / view.seen.focal_x,
        step=quality.step,
        diffuse_rays=quality.diffuse,
        mirror_rays=quality.mirror,
        levels=quality.levels,
        glow_rays=quality.glow,
        lamp_rays=quality.lamp,
        level=_LEVEL,
        seed=seed,
    )
    film = Film(**film.kept | {"bounce": grid})
    kernels.bounce(view.scene, view.seen, view.points, view.samples, lights, film, quality.reaches)
    return grid
