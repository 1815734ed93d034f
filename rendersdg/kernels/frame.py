"""The kernels that make a frame, called with checked structures; rows are shared by the threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import POINTER, c_float, c_int, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4, I4, I8, Mask
from rendersdg.errors import BadArgument, RenderFailed
from rendersdg.kernels import buffers
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel as _bound
from rendersdg.kernels.structs import (
    Bounce,
    Drawn,
    Environment,
    Film,
    LabelImages,
    Layer,
    Lens,
    Lights,
    Peel,
    Points,
    Rows,
    Samples,
    Scene,
    ShadowFace,
    Standing,
    View,
)
from rendersdg.kernels.threads import in_bands, threads

BOUNCE_CHANNELS = 9  # of what rays bring, before those of the lights: bounce.h
_TILE = 8  # samples a side of the tiles of rays.c
NOWHERE = np.array([1 << 30, 1 << 30, -1, -1], np.int32)  # the box of what is in no pixel


def boxes_of_nothing(count: int) -> I4:
    """Return boxes (count, 4) of what is in no pixel, to be widened."""
    return np.tile(NOWHERE, (count, 1))


def transform(scene: Scene, view: View, drawn: Drawn, points: Points) -> None:
    """Fill ``points`` with what the camera makes of the active instances' vertices."""
    _same_instances(scene, drawn, points)
    _kernel("transform", Scene, View, Drawn, Points, returns=None)(scene, view, drawn, points)


def raster(scene: Scene, view: View, drawn: Drawn, points: Points, samples: Samples) -> None:
    """Draw the instances of ``drawn.order`` into ``samples``; see ``visibility.c``."""
    _checked("raster", scene, view, drawn, points, samples)
    kernel = _kernel("raster", Scene, View, Drawn, Points, Samples, Rows, returns=None)
    _drawn_in_bands(view.height, samples, lambda part, rows: kernel(scene, view, drawn, points, part, rows))


def look(lens: Lens) -> None:
    """Fill the rays of a lens; see ``lens.c``."""
    if lens.ray_count != 4 * lens.width * lens.height:
        raise BadArgument(f"{lens.ray_count} rays for {lens.width}x{lens.height} pixels instead of four a pixel")
    kernel = _kernel("look", Lens, Rows, returns=None)
    in_bands(lens.height, lambda rows: kernel(lens, rows))


def see_rays(scene: Scene, view: View, drawn: Drawn, points: Points, samples: Samples) -> None:
    """Fill ``samples`` by the view's rays instead of the sweep; see ``rays.c``."""
    if not view.ray_count:
        raise BadArgument("see_rays needs View.ray_x, .ray_y and .ray_z")
    _checked("see_rays", scene, view, drawn, points, samples)
    kernel = _kernel("see_rays", Scene, View, Drawn, Points, Samples, Rows)
    rows_of_tiles = -(-view.height * (1 if view.step == 2 else 2) // _TILE)
    _drawn_in_bands(rows_of_tiles, samples, lambda part, rows: _done(kernel(scene, view, drawn, points, part, rows)))


def _checked(name: str, scene: Scene, view: View, drawn: Drawn, points: Points, samples: Samples) -> None:
    """Raise BadArgument for structures that do not belong together."""
    _same_instances(scene, drawn, points)
    _whole(view, samples)
    _labelled(scene, samples.entity_count)
    if samples.kept.get("inverse_depth") is None or samples.kept.get("stamp") is None:
        raise BadArgument(f"{name} needs Samples.inverse_depth and .stamp")


def check_labelling(
    name: str, scene: Scene, view: View, drawn: Drawn, points: Points, samples: Samples, images: LabelImages
) -> None:
    """Raise BadArgument where what a view's label pass reads and writes does not belong together."""
    _checked(name, scene, view, drawn, points, samples)
    _whole(view, images)
    _labelled(scene, images.entity_count)


def _drawn_in_bands(height: int, samples: Samples, kernel: Callable[[Samples, Rows], None]) -> None:
    """Draw runs of rows by all threads, each of which counts by itself."""
    if threads() == 1:
        kernel(samples, Rows(0, height))
        return
    parts: list[Samples] = []

    def draw(rows: Rows) -> None:
        kept: dict[str, Any] = dict(samples.kept)
        kept["loose"], kept["unoccluded"] = boxes_of_nothing(samples.entity_count), np.zeros_like(kept["unoccluded"])
        part = Samples(**kept)
        parts.append(part)
        kernel(part, rows)

    in_bands(height, draw, finely=False)  # each walks over all triangles
    loose, unoccluded = samples.kept["loose"], samples.kept["unoccluded"]
    for part in parts:
        unoccluded += part.kept["unoccluded"]
        np.minimum(loose[:, :2], part.kept["loose"][:, :2], out=loose[:, :2])
        np.maximum(loose[:, 2:], part.kept["loose"][:, 2:], out=loose[:, 2:])


def labels(scene: Scene, view: View, points: Points, samples: Samples, images: LabelImages) -> None:
    """Fill the label images from what the sweep saw; see ``labels.c``."""
    _same_instances(scene, points)
    _whole(view, samples, images)
    _labelled(scene, images.entity_count)
    kernel = _kernel("labels", Scene, View, Points, Samples, LabelImages, Rows)
    if threads() == 1:
        _done(kernel(scene, view, points, samples, images, Rows(0, view.height)))
        return
    parts: list[LabelImages] = []

    def work(rows: Rows) -> None:
        kept: dict[str, Any] = dict(images.kept)
        kept["tight"], kept["visible"] = boxes_of_nothing(images.entity_count), np.zeros_like(kept["visible"])
        part = LabelImages(**kept)
        parts.append(part)
        _done(kernel(scene, view, points, samples, part, rows))

    in_bands(view.height, work)
    tight, visible = images.kept["tight"], images.kept["visible"]
    for part in parts:
        visible += part.kept["visible"]
        np.minimum(tight[:, :2], part.kept["tight"][:, :2], out=tight[:, :2])
        np.maximum(tight[:, 2:], part.kept["tight"][:, 2:], out=tight[:, 2:])


def shadow_face(scene: Scene, face: ShadowFace) -> None:
    """Draw one face of a shadow map; see ``shadows.c``."""
    if face.kept["cut_texture"].size and int(face.kept["cut_texture"].max()) >= scene.kept["textures"].count:
        raise BadArgument(f"a caster has texture {face.kept['cut_texture'].max()} of {scene.kept['textures'].count}")
    if face.instance_count != scene.kept["instances"].count:
        raise BadArgument(f"the face has {face.instance_count} instances, the scene {scene.kept['instances'].count}")
    kernel = _kernel("shadow_face", Scene, ShadowFace, Rows)
    in_bands(face.size, lambda rows: _done(kernel(scene, face, rows)), finely=False)


def shade(scene: Scene, view: View, points: Points, samples: Samples, lights: Lights, film: Film) -> None:
    """Shade an image from the samples of step 1; see ``shade.c``."""
    check_shading(scene, view, points, samples, lights, film)
    kernel = _kernel("shade", Scene, View, Points, Samples, Lights, Film, Rows)
    in_bands(view.height, lambda rows: _done(kernel(scene, view, points, samples, lights, film, rows)))


def check_shading(scene: Scene, view: View, points: Points, samples: Samples, lights: Lights, film: Film) -> None:
    """Raise BadArgument where what shading reads and writes does not belong together."""
    _check_film(scene, view, points, samples, film)
    _check_links(scene, lights)


def _check_film(scene: Scene, view: View, points: Points, samples: Samples, film: Film) -> None:
    _same_instances(scene, points)
    _whole(view, samples)
    if view.step != 1 or (film.width, film.height) != (view.width, view.height):
        raise BadArgument(
            f"a film of {film.width}x{film.height} for a view of {view.width}x{view.height}, step {view.step}"
        )
    if (film.open_width, film.open_height) != ((view.width + 1) // 2, (view.height + 1) // 2):
        raise BadArgument(
            f"open_sky has {film.open_width}x{film.open_height} texels for {view.width}x{view.height} pixels"
        )


def _check_links(scene: Scene, lights: Lights) -> None:
    """Raise BadArgument where looking up on what a light shines would lead out of its array."""
    if lights.kept.get("shines") is not None and lights.instance_count != scene.kept["instances"].count:
        raise BadArgument(f"lights shine on {lights.instance_count} of {scene.kept['instances'].count} instances")


def peel(scene: Scene, view: View, drawn: Drawn, points: Points, layer: Peel) -> None:
    """Find the next layer of the instances of ``drawn.order`` behind the last one; see ``visibility.c``, ``rays.c``."""
    _same_instances(scene, drawn, points)
    pixels = view.width * view.height
    if view.step != 1 or (layer.sample_count, layer.pixel_count) != (4 * pixels, pixels):
        raise BadArgument(f"a layer of {layer.sample_count} samples for {view.width}x{view.height}, step {view.step}")
    if view.ray_count not in (0, 4 * pixels):
        raise BadArgument(f"there are {view.ray_count} rays for {view.width}x{view.height}")
    if view.ray_count:
        by_rays = _kernel("peel_rays", Scene, View, Drawn, Points, Peel, Rows)
        rows_of_tiles = -(-2 * view.height // _TILE)
        in_bands(rows_of_tiles, lambda rows: _done(by_rays(scene, view, drawn, points, layer, rows)), finely=False)
        return
    kernel = _kernel("peel", Scene, View, Drawn, Points, Peel, Rows, returns=None)
    in_bands(view.height, lambda rows: kernel(scene, view, drawn, points, layer, rows), finely=False)


def shade_layer(
    scene: Scene, view: View, points: Points, samples: Samples, lights: Lights, film: Film, layer: Layer
) -> None:
    """Add the light of a layer's samples to its pixels, and write them if it is the last; see ``layers.c``."""
    _check_film(scene, view, points, samples, film)
    _check_links(scene, lights)
    if layer.pixel_count != view.width * view.height:
        raise BadArgument(f"a layer of {layer.pixel_count} pixels for {view.width}x{view.height}")
    if layer.kept.get("rays") is not None:
        _check_rays(scene, lights, layer.kept["rays"])
    kernel = _kernel("shade_layer", Scene, View, Points, Samples, Lights, Film, Layer, Rows)
    in_bands(view.height, lambda rows: _done(kernel(scene, view, points, samples, lights, film, layer, rows)))


def _check_rays(scene: Scene, lights: Lights, grid: Bounce) -> None:
    if grid.kept["trees"].instance_count != scene.kept["instances"].count:
        raise BadArgument("Bounce.trees and the scene have different instances")
    if grid.instance_count != scene.kept["instances"].count or grid.light_count != lights.count:
        raise BadArgument("Bounce has a share for each instance and a plane for each light")
    if grid.channel_count != BOUNCE_CHANNELS + grid.light_count:
        raise BadArgument(f"Bounce.light has {BOUNCE_CHANNELS} channels and one for each light")


def bounce(
    scene: Scene, view: View, points: Points, samples: Samples, lights: Lights, film: Film, reaches: Sequence[int]
) -> None:
    """Fill ``film.bounce`` with what rays bring to the surfaces that the samples show, and take its noise out by
    filters that reach so many texels; see ``bounce.c`` and ``filtering.c``.
    """
    _check_film(scene, view, points, samples, film)
    _check_links(scene, lights)
    grid: Bounce = film.kept["bounce"]
    _check_rays(scene, lights, grid)
    kernel = _kernel("bounce", Scene, View, Points, Samples, Lights, Film, Rows)
    in_bands(grid.height, lambda rows: _done(kernel(scene, view, points, samples, lights, film, rows)))
    takes = (POINTER(Bounce), c_void_p, c_void_p, c_int64, POINTER(Rows))
    filtering = _bound("filter_bounce", c_int, *takes)
    spread = _kernel("spread_edges", Bounce, Rows)
    in_bands(grid.height, lambda rows: _done(spread(grid, rows)))
    noisy, other = grid.kept["light"], grid.kept["spare"]
    for reach in reaches:
        start, end = noisy.ctypes.data, other.ctypes.data
        in_bands(grid.height, lambda rows: _done(filtering(grid, start, end, reach, rows)))  # noqa: B023
        noisy, other = other, noisy
    if noisy is not grid.kept["light"]:
        grid.kept["light"][:] = noisy


def open_sky(view: View, depth: F4, normal: F4, camera_from_world: F4, radius: float, strength: float = 1.0) -> F4:
    """Return the share of the sky over each surface that is open, (H/2, W/2) rounded up,
    from six depth taps; see ``occlusion.c``.

    ``depth`` (H, W) and ``normal`` (H, W, 3) are those of the labels, ``camera_from_world`` is (4, 4), all float32; the
    taps reach ``radius`` metres.
    """
    height, width = view.height, view.width
    starts = (
        address("depth", depth, "f4", (height, width)),
        address("normal", normal, "f4", (height, width, 3)),
        address("camera_from_world", camera_from_world, "f4", (4, 4)),
    )
    out = buffers.empty(((height + 1) // 2, (width + 1) // 2), np.float32)
    takes = (POINTER(View), *[c_void_p] * 3, c_float, c_float, c_void_p, POINTER(Rows))
    kernel = _bound("ambient_occlusion", c_int, *takes)
    in_bands(len(out), lambda rows: _done(kernel(view, *starts, radius, strength, out.ctypes.data, rows)))
    return out


def smoothed(image: F4, depth: F4) -> F4:
    """Return a half-size image averaged over 4 x 4 blocks whose depth (H, W) agrees; see ``occlusion.c``."""
    counts: dict[str, int] = {}
    depths = address("depth", depth, "f4", ("height", "width"), counts)
    height, width = counts["height"], counts["width"]
    start = address("image", image, "f4", ((height + 1) // 2, (width + 1) // 2))
    out = buffers.empty(image.shape, np.float32)
    kernel = _bound("smooth", c_int, c_int64, c_int64, *[c_void_p] * 3, POINTER(Rows))
    in_bands(len(out), lambda rows: _done(kernel(width, height, start, depths, out.ctypes.data, rows)))
    return out


def look_up_sky(directions: F4, environment: Environment, frame_from_direction: F4) -> F4:
    """Return the background (N, 3) along ``directions`` (N, 3), which ``frame_from_direction`` (3, 3)
    turns; see ``sky.c``.
    """
    count = len(directions)
    out = np.empty((count, 3), np.float32)
    kernel = _bound("look_up_sky", c_int, c_int64, c_void_p, POINTER(Environment), c_void_p, c_void_p)
    start, turn = (
        address("directions", directions, "f4", (count, 3)),
        address("frame", frame_from_direction, "f4", (3, 3)),
    )
    _done(kernel(count, start, environment, turn, out.ctypes.data))
    return out


def stand(scene: Scene, view: View, images: LabelImages) -> tuple[I4, Mask]:
    """Return the defect entity that may show at each pixel centre (H W,), -1 for none,
    and whether its shape lies there.
    """
    _whole(view, images)
    under, inside = np.empty(images.pixel_count, np.int32), np.empty(images.pixel_count, np.uint8)
    standing = Standing(under=under, inside=inside)
    kernel = _kernel("stand", Scene, View, LabelImages, Standing, Rows, returns=None)
    in_bands(view.height, lambda rows: kernel(scene, view, images, standing, rows))
    return under, inside.view(np.bool_)


def spread_parts(parts: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the parts (H, W) of a patch with a rim of one texel, negative."""
    start = address("parts", parts, "i2", ("height", "width"))
    out = np.empty_like(parts)
    _bound("spread_parts", None, c_int64, c_int64, c_void_p, c_void_p)(
        parts.shape[1], parts.shape[0], start, out.ctypes.data
    )
    return out


def halve_patch(texels: F4, parts: NDArray[np.int16]) -> tuple[F4, NDArray[np.int16]]:
    """Return a patch's texels (H, W, 10) and parts (H, W) at half the size, rounded up:
    the mean and the largest of two by two.
    """
    counts: dict[str, int] = {}
    starts = (
        address("texels", texels, "f4", ("height", "width", 10), counts),
        address("parts", parts, "i2", ("height", "width"), counts),
    )
    half = (counts["height"] + 1) // 2, (counts["width"] + 1) // 2
    out, parts_out = np.empty((*half, 10), np.float32), np.empty(half, np.int16)
    _bound("halve_patch", None, c_int64, c_int64, *[c_void_p] * 4)(
        counts["width"], counts["height"], *starts, out.ctypes.data, parts_out.ctypes.data
    )
    return out, parts_out


def grow_boxes(boxes: I4, entity: I4) -> I8:
    """Widen the ``boxes`` (E, 4) of the entities that an image (H, W) shows, -1 for none,
    and return their counts (E,).
    """
    counts = np.empty(len(boxes), np.int64)
    starts = (
        address("entity", entity, "i4", ("height", "width")),
        len(boxes),
        address("boxes", boxes, "i4", (len(boxes), 4), written=True),
    )
    _bound("grow_boxes", None, c_int64, c_int64, c_void_p, c_int64, c_void_p, c_void_p)(
        entity.shape[1], entity.shape[0], *starts, counts.ctypes.data
    )
    return counts


@cache
def _kernel(name: str, *structures: type, returns: Any = c_int) -> Any:
    return _bound(name, returns, *(POINTER(s) for s in structures))


def _done(status: int) -> None:
    if status:
        raise RenderFailed("there is not enough memory to draw this frame; render at a lower resolution")


def _same_instances(scene: Scene, *parts: Drawn | Points) -> None:
    count = scene.kept["instances"].count
    for part in parts:
        if part.instance_count != count:
            raise BadArgument(f"{type(part).__name__} has {part.instance_count} instances, the scene {count}")
        if isinstance(part, Drawn) and count:
            cut = part.kept["cut_texture"]
            if int(cut.max()) >= scene.kept["textures"].count:
                raise BadArgument(f"a cut-out has texture {cut.max()} of {scene.kept['textures'].count}")
        if isinstance(part, Points) and part.count < scene.kept["point_count"]:
            raise BadArgument(f"there are {part.count} points for {scene.kept['points_needed']} vertices")


def _whole(view: View, *images: Samples | LabelImages) -> None:
    pixels = view.width * view.height
    for image in images:
        if image.pixel_count not in ((0, pixels) if isinstance(image, Samples) else (pixels,)):
            raise BadArgument(
                f"{type(image).__name__} has {image.pixel_count} pixels, the view {view.width}x{view.height}"
            )
        if isinstance(image, Samples) and image.sample_count != pixels * (4 if view.step == 1 else 1):
            raise BadArgument(
                f"there are {image.sample_count} samples for {view.width}x{view.height} at step {view.step}"
            )
    if view.ray_count not in (0, 4 * pixels):
        raise BadArgument(f"there are {view.ray_count} rays for {view.width}x{view.height}")


def _labelled(scene: Scene, entities: int) -> None:
    entity = scene.kept["instances"].kept["entity"]
    if len(entity) and not 0 <= int(entity.min()) <= int(entity.max()) < entities:
        raise BadArgument(f"instances are labelled {entity.min()} to {entity.max()}, and there are {entities} entities")
