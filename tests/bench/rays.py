"""Rays a second of CPU time: our trees beside Embree's, in one run.

    python tests/bench/rays.py [--triangles 10000,100000,1000000] [--rays 200000]

For a bumpy sphere and a heap of separate spheres, by size: seconds of CPU time for building and refitting a tree, its
memory, and how many rays a second find their closest hit or any: coherent ones (a camera's) and random ones (between
points about the mesh). Embree comes by the package ``embreex`` with its robust flag, which is what ours compares to,
and without; where it is not installed, its columns are left out. Both take arrays of rays through Python. Each figure
is the best of several, the sides in turn. Exits 1 where ours is below a third of Embree's rate.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import numpy as np

from rendersdg.kernels.tracing import mesh_tree, occluded, trace, trees_of

_TRIES = 5
_GOAL = 1 / 3  # of Embree's rate
Arrays = tuple[np.ndarray, np.ndarray]


def sphere(triangles: int, bumps: float = 0.08) -> Arrays:
    """Return a closed bumpy sphere about the origin of about so many triangles."""
    rows = max(round((triangles / 4) ** 0.5), 3)
    columns = 2 * rows
    theta, phi = np.linspace(0, np.pi, rows + 1)[:, None], np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    radius = 1 + bumps * np.sin(9 * theta) * np.cos(8 * phi)
    points = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta) + 0 * phi], -1)
    k, after = np.arange(columns), (np.arange(columns) + 1) % columns
    row = np.arange(rows)[:, None] * columns
    faces = [
        np.stack([row + k, row + columns + k, row + columns + after], -1),
        np.stack([row + k, row + columns + after, row + after], -1),
    ]
    return (points * radius[..., None]).reshape(-1, 3).astype("f4"), np.concatenate(faces).reshape(-1, 3).astype("i4")


def heap(triangles: int) -> Arrays:
    """Return many small spheres in a cube of side 2, end to end in one mesh."""
    count = max(triangles // 300, 1)
    points, faces = sphere(300, 0.0)
    rng = np.random.default_rng(0)
    size = 0.7 * count ** (-1 / 3)
    middles, sizes = rng.uniform(-0.9, 0.9, (count, 1, 3)), size * rng.uniform(0.3, 1.0, (count, 1, 1))
    every = (points * sizes + middles).reshape(-1, 3).astype("f4")
    return every, (faces + len(points) * np.arange(count)[:, None, None]).reshape(-1, 3).astype("i4")


def coherent(count: int) -> Arrays:
    """Return rays of a camera three metres off, row by row."""
    side = round(count**0.5)
    y, x = ((a.ravel() + 0.5) / side - 0.5 for a in np.indices((side, side)))
    direction = np.stack([0.8 * x, 0.8 * y, -np.ones_like(x)], 1).astype("f4")
    return np.tile(np.float32([0, 0, 3]), (len(direction), 1)), direction


def random(count: int) -> Arrays:
    """Return rays from a sphere about the mesh to points within."""
    rng = np.random.default_rng(1)
    start = rng.normal(size=(count, 3))
    start *= 2 / np.linalg.norm(start, axis=1, keepdims=True)
    return start.astype("f4"), (rng.uniform(-0.8, 0.8, (count, 3)) - start).astype("f4")


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU time of all threads for a call."""
    start = process_time()
    work()
    return process_time() - start


def embree_scene(points: np.ndarray, faces: np.ndarray, *, robust: bool) -> Any:
    """Return Embree's scene, built; its wrapper takes the corners of every triangle."""
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene(robust=robust)
    TriangleMesh(scene, points[faces])
    nowhere = np.full((1, 3), 9, np.float32)
    scene.run(nowhere, nowhere)  # which builds it
    return scene


Caster = Callable[[np.ndarray, np.ndarray, bool], Any]


def our_side(points: np.ndarray, faces: np.ndarray) -> Caster:
    """Return what casts rays at our tree, and print what that costs."""
    built = min(seconds(lambda: mesh_tree(points, faces)) for _ in range(3))
    tree = mesh_tree(points, faces)
    refitted = min(seconds(lambda: tree.refitted(points)) for _ in range(3))
    trees = trees_of([tree], np.zeros(1, np.int64), np.eye(4)[None])
    print(
        f"  ours: build {built:.3f} s, refit {refitted:.3f} s, {tree.size / 2**20:.1f} MiB "
        f"({tree.size / len(faces):.0f} bytes a triangle)"
    )
    return lambda origin, direction, is_any: (occluded if is_any else trace)(trees, origin, direction)


def embree_side(points: np.ndarray, faces: np.ndarray, name: str, *, robust: bool) -> Caster:
    """Return what casts rays at Embree's, and print what building it costs."""
    spent = seconds(lambda: embree_scene(points, faces, robust=robust))
    scene = embree_scene(points, faces, robust=robust)
    print(f"  {name}: build {spent:.3f} s, its wrapper's copy of the corners included")
    return lambda origin, direction, is_any: scene.run(
        origin, direction, query="OCCLUDED" if is_any else "INTERSECT", output=None if is_any else True
    )


def best_rates(sides: dict[str, Caster], origin: np.ndarray, direction: np.ndarray, is_any: bool) -> dict[str, float]:
    """Return each side's million rays a second of CPU time, the best of several, the sides in turn."""
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(_TRIES):
        for name, cast in sides.items():
            best[name] = min(best[name], seconds(partial(cast, origin, direction, is_any)))
    return {name: len(origin) / spent / 1e6 for name, spent in best.items()}


def compare(points: np.ndarray, faces: np.ndarray, rays: dict[str, Arrays], *, with_peer: bool) -> bool:
    """Print a mesh's table; return whether ours is at least as fast as asked for."""
    sides = {"ours": our_side(points, faces)}
    if with_peer:
        sides["Embree robust"] = embree_side(points, faces, "Embree robust", robust=True)
        sides["Embree"] = embree_side(points, faces, "Embree", robust=False)
    enough = True
    for kind, (origin, direction) in rays.items():
        for is_any in (False, True):
            rate = best_rates(sides, origin, direction, is_any)
            share = {name: rate["ours"] / r for name, r in rate.items() if name != "ours"}
            enough &= all(s >= _GOAL for s in share.values())
            shown = ", ".join(f"{name} {r:.2f}" for name, r in rate.items())
            shares = "".join(f"; {s:.2f} of {name}" for name, s in share.items())
            print(f"  {kind:8} {'any    ' if is_any else 'closest'} {shown} million rays a second{shares}", flush=True)
    return enough


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--triangles", default="10000,100000,1000000")
    parser.add_argument("--rays", type=int, default=200_000)
    options = parser.parse_args()
    with_peer = importlib.util.find_spec("embreex") is not None
    rays = {"coherent": coherent(options.rays), "random": random(options.rays)}
    enough = True
    for count in map(int, options.triangles.split(",")):
        for name, make in (("a bumpy sphere", sphere), ("a heap of spheres", heap)):
            points, faces = make(count)
            print(f"{name}, {len(faces):,} triangles")
            enough &= compare(points, faces, rays, with_peer=with_peer)
    if not with_peer:
        print("embreex is not installed: nothing to compare with")
    sys.exit(0 if enough else 1)


if __name__ == "__main__":
    main()
