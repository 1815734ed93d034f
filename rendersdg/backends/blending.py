"""See-through surfaces over what is solid: layer by layer from the front, until no light gets through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg.arrays import F4, I4, U1, Mask
from rendersdg.backends.labelpass import Sweep, no_samples
from rendersdg.kernels import frame as kernels
from rendersdg.kernels.structs import Bounce, Drawn, Film, Layer, Lights, Peel, Samples
from rendersdg.snapshot import Material, Snapshot

MOST_LAYERS = 64  # behind one another; what lies further back is not drawn


def see_through(snapshot: Snapshot, view: Sweep) -> Mask:
    """Return which instances (N,) of those that a view draws are see-through."""
    paints = snapshot.paints
    is_so = np.array([m.through.is_any for m in paints.kinds], bool)[paints.kind]
    drawn = np.zeros(len(snapshot.instances), bool)
    order = view.drawn.kept["order"]
    drawn[order] = is_so[view.tables[2].material[order]]
    return drawn


def stopped(m: Material) -> float:
    """Return the share of light that a material stops straight on, where its images are white; 1 if it is solid."""
    if not m.through.is_any:
        return m.opacity if m.opacity_texture >= 0 else 1.0
    share = 1.0 if m.through.blend == "none" else m.opacity
    stained = m.through.transmission * float(np.mean(np.array(m.base_colour) * m.through.tint))
    return share * (1.0 - stained * (1.0 - m.metallic))


def solid(snapshot: Snapshot, view: Sweep, through: Mask) -> Sweep:
    """Return a view without the instances ``through`` (N,)."""
    samples = no_samples(snapshot, view.camera, 1)
    drawn = _only(view, ~through)
    sweep = kernels.see_rays if view.seen.ray_count else kernels.raster
    sweep(view.scene, view.seen, drawn, view.points, samples)
    return replace(view, samples=samples, drawn=drawn)


def blend(
    view: Sweep,
    behind: Sweep,
    through: Mask,
    lights: Lights,
    film: Film,
    film_behind: Film,
    rays: Bounce | None = None,
) -> bool:
    """Draw the instances ``through`` (N,) of a view over what is solid ``behind``, into the pixels of the film where
    they show. Return whether all of their layers were drawn.

    ``film_behind`` is the film with the open sky of what is solid. ``rays``, where there are any, tell what the
    instances mirror, and bend what is seen through glass.
    """
    drawn = _only(view, through)
    width, height = view.camera.resolution_wh
    wanted = np.ones(width * height, np.uint8)
    depth, triangle = _next(view, behind, drawn, wanted, None)
    shown = _touched(triangle.reshape(2 * height, 2 * width) >= 0).ravel()
    count = int(shown.sum())
    if not count:
        return True
    slot = np.where(shown, np.cumsum(shown) - 1, -1).astype(np.int32)
    wanted[~shown] = 0
    share, light = np.ones((count, 9, 3), np.float32), np.zeros((count, 3), np.float32)

    def shade(triangle: I4, film: Film, *, is_last: bool) -> None:
        layer = Layer(slot=slot, through=share, light=light, wanted=wanted, is_last=int(is_last), rays=rays)
        samples = Samples(**view.samples.kept | {"triangle": triangle})
        kernels.shade_layer(view.scene, view.seen, view.points, samples, lights, film, layer)

    layers = 0
    while (triangle >= 0).any() and layers < MOST_LAYERS:
        shade(triangle, film, is_last=False)
        layers += 1
        depth, triangle = _next(view, behind, drawn, wanted, (depth, triangle))
    shade(behind.triangle, film_behind, is_last=True)
    return not (triangle >= 0).any()


def _next(view: Sweep, behind: Sweep, drawn: Drawn, wanted: U1, last: tuple[F4, I4] | None) -> tuple[F4, I4]:
    """Return 1 / w and the triangles of the layer behind the ``last``."""
    count = view.samples.sample_count
    depth, triangle = np.zeros(count, np.float32), np.full(count, -1, np.int32)
    before = (np.full(count, np.inf, np.float32), np.full(count, -1, np.int32)) if last is None else last
    if last is not None:  # a sample that the last layer does not show has no other behind it
        before[0][before[1] < 0] = -np.inf
    layer = Peel(
        solid=behind.samples.kept["inverse_depth"],
        last=before[0],
        last_triangle=before[1],
        wanted=wanted,
        inverse_depth=depth,
        triangle=triangle,
    )
    kernels.peel(view.scene, view.seen, drawn, view.points, layer)
    return depth, triangle


def _touched(samples: Mask) -> Mask:
    """Return the pixels (H, W) of which any of the nine samples (2H, 2W) is set."""
    near = samples.copy()
    near[1:] |= samples[:-1]
    near[:-1] |= samples[1:]
    wide = near.copy()
    wide[:, 1:] |= near[:, :-1]
    wide[:, :-1] |= near[:, 1:]
    return wide[::2, ::2]


def _only(view: Sweep, chosen: Mask) -> Drawn:
    order = view.drawn.kept["order"]
    return Drawn(**view.drawn.kept | {"order": np.ascontiguousarray(order[chosen[order]])})
