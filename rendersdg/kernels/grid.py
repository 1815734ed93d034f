"""Labels and colours by items that run in any order, as on a GPU; see ``grid.c`` and ``grid_shade.c``. Here their
launches are emulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import addressof, c_int, c_int64, c_void_p

import numpy as np

from rendersdg.arrays import I8
from rendersdg.errors import BadArgument, RenderFailed
from rendersdg.kernels.frame import check_labelling, check_shading
from rendersdg.kernels.library import kernel
from rendersdg.kernels.structs import Drawn, Grid, LabelImages, Points, Samples, Scene, Shading, View

BLOCK = 64  # items of a block: grid.c
_BITS = 64 << 20  # bytes of the entities' bits; of more entities some are counted after the others
_MOST_SAMPLES = 4096  # in the box of a triangle that one item draws
_ROOM = 1024  # large triangles on the list

Order = Callable[[int], I8]  # gives the order in which so many blocks run


def grids(
    scene: Scene,
    view: View,
    drawn: Drawn,
    points: Points,
    samples: Samples,
    images: LabelImages,
    *,
    bits: int = _BITS,
    most_samples: int = _MOST_SAMPLES,
    room: int = _ROOM,
) -> Iterator[Grid]:
    """Yield what the items of a frame share, once for each group of entities that are counted together.

    Args:
        scene, view, drawn, points: what is drawn, as :func:`rendersdg.kernels.frame.raster` takes it.
        samples: where the triangle numbers go; its stamps are not used.
        images: where the labels go.
        bits: bytes for the bits that say which pixels an entity covers.
        most_samples: in the box of a triangle that one item draws; larger ones are drawn row by row.
        room: how many of these there may be; others are drawn by one item each.

    Raises:
        BadArgument: the view's lens bends lines, or structures do not belong together.
    """
    check_labelling("the grid", scene, view, drawn, points, samples, images)
    if view.ray_count:
        raise BadArgument("a lens that bends lines is seen by rays; the grid draws pinhole views")
    pixels, entities = view.width * view.height, samples.entity_count
    order = drawn.kept["order"]
    counts = scene.kept["instances"].kept["triangle_count"]
    place = np.full(len(counts), -1, np.int64)
    ends = np.cumsum(counts[order])
    place[order] = np.where(counts[order] > 0, ends - counts[order], -1)
    words = -(-pixels // 32)
    at_once = max(1, min(max(entities, 1), bits // (4 * words)))
    nearest = np.empty(samples.sample_count, np.uint64)
    number = np.empty(int(ends[-1]) if len(ends) else 0, np.int32)
    seen = np.empty((at_once, words), np.uint32)
    for first in range(0, max(entities, 1), at_once):
        yield Grid(
            scene=scene,
            view=view,
            drawn=drawn,
            points=points,
            samples=samples,
            images=images,
            nearest=nearest,
            seen=seen,
            place=place,
            number=number,
            large=np.empty((room, 2), np.int32),
            large_count=np.zeros(1, np.int64),
            first_entity=first,
            most_samples=most_samples,
        )


def launches(grid: Grid) -> Iterator[tuple[str, int]]:
    """Yield the kernels of a frame in order, each with the number of its items."""
    view: View = grid.kept["view"]
    yield "begin", max(grid.sample_count, 1)
    yield "see", grid.kept["scene"].kept["instances"].number_count
    yield "see_large", 2 * view.height * grid.room
    if not grid.first_entity:
        yield "resolve", grid.sample_count
        yield "label", view.width * view.height


def emulate(grid: Grid, order: Order = np.arange) -> None:
    """Run a frame's kernels here, the blocks of each in the order that ``order`` gives.

    With ``order=rng.permutation`` each launch has one of its own. The outcome is the same for any.
    """
    for name, count in launches(grid):
        run_blocks(name, addressof(grid), count, order)


def emulate_shading(shading: Shading, order: Order = np.arange) -> None:
    """Shade a frame's pixels here, as :func:`emulate` labels them. The film is written to.

    Raises:
        BadArgument: structures do not belong together.
        RenderFailed: there is no memory.
    """
    view: View = shading.kept["view"]
    check_shading(*(shading.kept[name] for name in Shading.fields))
    run_blocks("shade", addressof(shading), view.width * view.height, order)


def run_blocks(name: str, items: int, count: int, order: Order) -> None:
    """Run the kernel of a name on the structure at an address, its blocks in some order."""
    blocks = np.ascontiguousarray(order(-(-count // BLOCK)), np.int64)
    run = kernel(f"grid_{name}", c_int if name == "shade" else None, c_void_p, c_int64, c_int64, c_void_p)
    if run(items, count, len(blocks), blocks.ctypes.data):
        raise RenderFailed("there is not enough memory to draw this frame; render at a lower resolution")
