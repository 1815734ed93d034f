"""Light by way of other surfaces for the rasterizer, by rays from what the camera sees: ``settings.render_quality``."""

from __future__ import annotations

import numpy as np

from rendersdg.backends.labelpass import Sweep
from rendersdg.backends.quality import Quality
from rendersdg.backends.trees import SceneTrees
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.structs import Bounce, Film, Lights, Trees
from rendersdg.snapshot import Snapshot
from rendersdg.streams import generator

_LEVEL = 4  # of the environment's pyramid: 16 texels a side, blurred as by a roughness of two thirds


def solid_trees(kept: SceneTrees, snapshot: Snapshot, view: Sweep) -> Trees:
    """Return what rays meet: what stands in the frame and lets no light through."""
    inst = view.tables[2]
    kinds, kind = snapshot.paints.kinds, snapshot.paints.kind[inst.material]
    solid = np.array([m.opacity > 0 and not m.through.is_any for m in kinds], bool)[kind]
    return kept.of(snapshot, shown=solid & snapshot.drawn(), scene=view.scene, drawn=view.drawn)


def bounced(snapshot: Snapshot, view: Sweep, quality: Quality, trees: Trees, lights: Lights, film: Film) -> Bounce:
    """Return what rays bring to the surfaces of a view, whose scene has the defects."""
    width, height = view.camera.resolution_wh
    shape = -(-height // quality.step), -(-width // quality.step)
    seed = int(generator(snapshot.seed, "raster/rays", snapshot.frame).integers(1 << 31))
    grid = Bounce(
        trees=trees,
        light=np.empty((7, *shape), np.float32),
        place=np.empty((3, *shape), np.float32),
        normal=np.empty((3, *shape), np.float32),
        rough=np.empty(shape, np.float32),
        spare=np.empty((7, *shape), np.float32),
        eye=np.asarray(view.camera.world_from_camera, np.float32)[:3, 3],
        pixel=1.0 / view.seen.focal_x,
        step=quality.step,
        diffuse_rays=quality.diffuse,
        mirror_rays=quality.mirror,
        level=_LEVEL,
        seed=seed,
    )
    film = Film(**film.kept | {"bounce": grid})
    kernels.bounce(view.scene, view.seen, view.points, view.samples, lights, film, quality.reaches)
    return grid
