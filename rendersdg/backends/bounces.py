"""Light by way of other surfaces for the rasterizer, by rays from what the camera sees: ``settings.render_quality``."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, Mask
from rendersdg.backends.labelpass import Sweep
from rendersdg.backends.quality import Quality
from rendersdg.backends.trees import SceneTrees
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.structs import Bounce, Film, Glow, Lights, Trees
from rendersdg.snapshot import Snapshot
from rendersdg.streams import generator

_MET, _THROWS_SHADOWS = 1, 2  # in the mask of an instance: by any ray, and by those to lights
_CHANNELS = 8  # of what rays bring, before those of the lights
_LEVEL = 4  # of the environment's pyramid: 16 texels a side, blurred as by a roughness of two thirds


def solid_trees(kept: SceneTrees, snapshot: Snapshot, view: Sweep) -> Trees:
    """Return what rays meet: what stands in the frame and lets no light through."""
    inst = view.tables[2]
    kinds, kind = snapshot.paints.kinds, snapshot.paints.kind[inst.material]
    solid = np.array([m.opacity > 0 and not m.through.is_any for m in kinds], bool)[kind]
    glows = np.array([any(m.emission) for m in kinds], bool)[kind]
    mask = np.where(glows & _around_lamps(snapshot, inst.corners), _MET, _MET | _THROWS_SHADOWS).astype(np.uint32)
    return kept.of(snapshot, shown=solid & snapshot.drawn(), mask=mask, scene=view.scene, drawn=view.drawn)


def _around_lamps(snapshot: Snapshot, corners: F8) -> Mask:
    """Return which instances (N,) a local light stands in, by their boxes (N, 8, 3): where they glow they are its
    glass, and throw no shadows.
    """
    worlds = snapshot.worlds
    corners = portable.product(corners, worlds[:, :3, :3].transpose(0, 2, 1)) + worlds[:, None, :3, 3]
    found = np.zeros(len(corners), bool)
    for light in snapshot.lights:
        if light.kind not in ("dome", "distant"):
            centre = light.world_from_light[:3, 3]
            found |= (corners.min(1) <= centre).all(1) & (corners.max(1) >= centre).all(1)
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
    power = area * (0.2126 * light[:, 0] + 0.7152 * light[:, 1] + 0.0722 * light[:, 2])
    whole = np.cumsum(power)
    if not whole[-1] > 0:
        return None
    chance = (whole / whole[-1]).astype(np.float32)
    return Glow(corners=places, radiance=light, chance=chance, whole=float(whole[-1]))


def bounced(snapshot: Snapshot, view: Sweep, quality: Quality, trees: Trees, lights: Lights, film: Film) -> Bounce:
    """Return what rays bring to the surfaces of a view, whose scene has the defects."""
    width, height = view.camera.resolution_wh
    shape = -(-height // quality.step), -(-width // quality.step)
    # of what lets a share of the light through the shadow maps know alone
    traced = (lights.kept["shadow"] >= 0) & (lights.kept["is_sieved"][np.maximum(lights.kept["shadow"], 0)] == 0)
    seed = int(generator(snapshot.seed, "raster/rays", snapshot.frame).integers(1 << 31))
    grid = Bounce(
        trees=trees,
        light=np.empty((_CHANNELS + len(traced), *shape), np.float32),
        place=np.empty((3, *shape), np.float32),
        normal=np.empty((3, *shape), np.float32),
        rough=np.empty(shape, np.float32),
        spare=np.empty((_CHANNELS + len(traced), *shape), np.float32),
        soft=np.empty((len(traced), *shape), np.float32),
        is_traced=traced.astype(np.int64),
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
