"""The trees that rays go through, of a snapshot: a mesh's is built once, and refitted where its vertices move."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import U4, Mask
from rendersdg.kernels.structs import Drawn, Scene, Trees
from rendersdg.kernels.tracing import Tree, mesh_tree, trees_of
from rendersdg.snapshot import Mesh, Snapshot

_WORN = 1.5  # a refitted tree whose boxes cost so many times what they did when it was built is built anew


class SceneTrees:
    """Keeps the trees of the last snapshot's meshes."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        self._named: dict[str, _Kept] = {}

    def of(
        self,
        snapshot: Snapshot,
        *,
        shown: Mask | None = None,
        mask: U4 | None = None,
        scene: Scene | None = None,
        drawn: Drawn | None = None,
    ) -> Trees:
        """Return what rays are sent through: the snapshot's instances, or those of them that are ``shown`` (N,).

        ``mask``, ``scene`` and ``drawn`` are those of :func:`rendersdg.kernels.tracing.trees_of`. What rays hit does
        not depend on what was kept from snapshots before.
        """
        mesh = np.array([i.mesh for i in snapshot.instances], np.int64)
        if shown is not None:
            mesh = np.where(shown, mesh, -1)
        used = np.unique(mesh[mesh >= 0])
        kept = [self._tree_of(snapshot.meshes[number]) for number in used]
        self._kept = {id(k.mesh): k for k in kept}
        self._named = {k.mesh.name: k for k in kept}
        place = np.full(len(snapshot.meshes) + 1, -1, np.int64)
        place[used] = np.arange(len(used))
        worlds = np.ascontiguousarray(snapshot.worlds, np.float64)
        return trees_of([k.tree for k in kept], place[mesh], worlds, mask=mask, scene=scene, drawn=drawn)

    def _tree_of(self, mesh: Mesh) -> _Kept:
        """Return the tree that is kept for a mesh, or that of the mesh of its name and triangles refitted to it."""
        kept = self._kept.get(id(mesh))
        if kept is not None:
            return kept
        vertices = np.ascontiguousarray(mesh.vertices, np.float32)
        before = self._named.get(mesh.name)
        if before is not None and np.array_equal(before.mesh.triangles, mesh.triangles):
            tree = before.tree.refitted(vertices)
            if tree.cost <= _WORN * before.cost:
                return _Kept(mesh, tree, before.cost)
        tree = mesh_tree(vertices, np.ascontiguousarray(mesh.triangles, np.int32))
        return _Kept(mesh, tree, tree.cost)


class _Kept:
    """A mesh, its tree, and the tree's cost when it was built."""

    def __init__(self, mesh: Mesh, tree: Tree, cost: float) -> None:
        self.mesh, self.tree, self.cost = mesh, tree, cost
