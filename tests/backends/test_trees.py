"""Trees of snapshots: what is kept from one to the next, and what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.backends import trees as module
from rendersdg.backends.trees import SceneTrees
from rendersdg.kernels.structs import Trees
from rendersdg.kernels.tracing import Crossings, Tree, trace
from rendersdg.snapshot import Mesh, Snapshot
from tests.kernels.nasty import snapshot

SEED = 3


def shot(trees: Trees) -> Crossings:
    """Return what many rays hit first."""
    rng = np.random.default_rng(0)
    origin = rng.normal(0, 4, (4000, 3)).astype(np.float32)
    return trace(trees, origin, rng.normal([0, 0, -3], 1, (4000, 3)).astype(np.float32) - origin)


def same(a: Crossings, b: Crossings) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("instance", "triangle", "distance", "u", "v")
    )


def bent(shown: Snapshot, share: float) -> Snapshot:
    """Return the snapshot with other meshes of the same names, whose vertices have moved."""
    meshes = [replace(m, vertices=(m.vertices + np.float32(share) * m.vertices[:, ::-1])) for m in shown.meshes]
    return replace(shown, meshes=tuple(meshes))


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the trees that are built anew."""
    sizes: list[int] = []
    original = module.mesh_tree

    def counted(vertices: np.ndarray, triangles: np.ndarray) -> Tree:
        sizes.append(len(triangles))
        return original(vertices, triangles)

    monkeypatch.setattr(module, "mesh_tree", counted)
    return sizes


def test_a_mesh_that_stays_keeps_its_tree(built: list[int]) -> None:
    shown = snapshot(SEED, bad=0.0, triangles=200)
    assert len(shown.meshes) > 1
    kept = SceneTrees()
    first = shot(kept.of(shown))
    count = len(built)
    assert count == len(shown.meshes) and (first.instance >= 0).sum() > 200

    moved = tuple(replace(i, world_from_mesh=i.world_from_mesh * [[2.0], [1], [1], [1]]) for i in shown.instances)
    second = shot(kept.of(replace(shown, instances=moved)))
    assert len(built) == count
    assert not same(first, second)
    assert same(second, shot(SceneTrees().of(replace(shown, instances=moved))))


def test_a_mesh_whose_vertices_move_is_refitted_until_it_is_worn(built: list[int]) -> None:
    shown = snapshot(SEED, bad=0.0, triangles=200)
    kept = SceneTrees()
    kept.of(shown)
    count = len(built)
    after = bent(shown, 0.02)
    little = shot(kept.of(after))
    assert len(built) == count
    assert same(little, shot(SceneTrees().of(after)))

    count = len(built)
    rng = np.random.default_rng(1)
    torn = tuple(replace(m, vertices=m.vertices[rng.permutation(len(m.vertices))]) for m in after.meshes)
    anew = shot(kept.of(replace(after, meshes=torn)))
    assert len(built) > count  # a soup is hardly more of one afterwards
    assert same(anew, shot(SceneTrees().of(replace(after, meshes=torn))))


def test_a_mesh_of_the_same_name_and_other_triangles_is_built_anew(built: list[int]) -> None:
    shown = snapshot(SEED, bad=0.0, triangles=200)
    kept = SceneTrees()
    kept.of(shown)
    count = len(built)
    other = tuple(replace(m, triangles=m.triangles[::-1].copy()) for m in shown.meshes)
    found = shot(kept.of(replace(shown, meshes=other)))

    assert len(built) == count + len(shown.meshes)
    assert same(found, shot(SceneTrees().of(replace(shown, meshes=other))))


def test_instances_that_are_not_shown_are_not_hit_and_their_meshes_have_no_trees(built: list[int]) -> None:
    shown = snapshot(SEED, bad=0.0, triangles=200)
    some = np.arange(len(shown.instances)) == 1
    found = shot(SceneTrees().of(shown, shown=some))

    assert set(found.instance) == {-1, 1}
    assert built == [len(shown.meshes[shown.instances[1].mesh].triangles)]


def test_meshes_without_triangles_and_scenes_without_meshes_are_trees_too() -> None:
    nothing = np.zeros((0, 3), np.float32)
    mesh = Mesh("m0", nothing, nothing, nothing[:, :2], nothing, np.zeros((0, 3), np.int32))
    shown = snapshot(SEED, bad=0.0)

    assert (shot(SceneTrees().of(replace(shown, meshes=(mesh,) * len(shown.meshes)))).instance == -1).all()
    assert (shot(SceneTrees().of(replace(shown, meshes=(), instances=()))).instance == -1).all()
