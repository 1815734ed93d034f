"""Meshes that follow the joints of a UsdSkel skeleton: where skinning carries their points."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pxr import Usd, UsdGeom, UsdSkel

from rendersdg.arrays import F8
from rendersdg.geometry import Matrix
from rendersdg.stage.pose import column_matrix
from rendersdg.stage.reads import Reads, names


@dataclass(frozen=True, eq=False)
class Skin:
    """How one mesh hangs on its skeleton."""

    mesh: Usd.Prim
    skeleton: Usd.Prim
    pose: UsdSkel.SkeletonQuery
    influences: UsdSkel.SkinningQuery

    @property
    def is_moving(self) -> bool:
        """Whether the joints may stand elsewhere at another time."""
        animation = self.pose.GetAnimQuery()
        return bool(animation and animation.JointTransformsMightBeTimeVarying())

    def matrices(self, count: int, time: Usd.TimeCode) -> F8 | None:
        """Return what carries each of ``count`` points from rest to where it is, (V, 4, 4) in the mesh's own space;
        None where joints or weights do not fit.

        Linear blend skinning: a point goes with its joints, by weight, from where they were bound to where they are
        (UsdSkel, "Skinning").
        """
        joints = self.pose.ComputeSkinningTransforms(time)
        found = self.influences.ComputeVaryingJointInfluences(count, time)
        if not joints or not found:
            return None
        numbers, weights = (np.asarray(values) for values in found)
        each = self.influences.GetNumInfluencesPerComponent()
        moves = np.stack([column_matrix(matrix) for matrix in joints])
        order = self.influences.GetJointOrder()
        if order is not None:  # the mesh counts the joints in an order of its own
            known = {str(name): k for k, name in enumerate(self.pose.GetJointOrder())}
            moves = np.stack([moves[known[str(name)]] if str(name) in known else np.eye(4) for name in order])
        if len(numbers) != each * count or numbers.min() < 0 or numbers.max() >= len(moves):
            return None
        blended = np.zeros((count, 4, 4))
        for column in range(each):
            blended += weights[column::each, None, None] * moves[numbers[column::each]]
        bind = column_matrix(self.influences.GetGeomBindTransform(time))
        return np.asarray(self._mesh_from_skeleton(time) @ blended @ bind)

    def _mesh_from_skeleton(self, time: Usd.TimeCode) -> Matrix:
        worlds = UsdGeom.XformCache(time)
        world_from_mesh = column_matrix(worlds.GetLocalToWorldTransform(self.mesh))
        return np.asarray(
            np.linalg.inv(world_from_mesh) @ column_matrix(worlds.GetLocalToWorldTransform(self.skeleton))
        )


@dataclass(eq=False)
class Skins:
    """The skins of a stage, found as they are asked for."""

    _cache: UsdSkel.Cache = field(default_factory=UsdSkel.Cache)
    _known: set[str] = field(default_factory=set)

    def of(self, prim: Usd.Prim) -> Skin | None:
        """Return the skin of a mesh; None where it has no weights, or no skeleton to hang on."""
        if not prim.IsA(UsdGeom.Mesh) or not UsdSkel.BindingAPI(prim).GetJointIndicesPrimvar().HasAuthoredValue():
            return None
        root = UsdSkel.Root.Find(prim)
        skeleton = UsdSkel.BindingAPI(prim).GetInheritedSkeleton()
        if not root or not skeleton:
            return None
        if (path := str(root.GetPath())) not in self._known:
            self._cache.Populate(root, Usd.TraverseInstanceProxies())
            self._known.add(path)
        influences, pose = self._cache.GetSkinningQuery(prim), self._cache.GetSkelQuery(skeleton)
        if not influences or not influences.HasJointInfluences() or not pose:
            return None
        return Skin(prim, skeleton.GetPrim(), pose, influences)

    def clear(self) -> None:
        """Forget what was found, after the stage has changed."""
        self._cache.Clear()
        self._known.clear()


READS = (
    Reads(
        "*",
        read=names(
            "skel:skeleton skel:animationSource skel:joints primvars:skel:geomBindTransform primvars:skel:jointIndices "
            "primvars:skel:jointWeights"
        ),
        unmet={
            "primvars:skel:skinningMethod": "skinning is linear",
            "skel:blendShapes": "blend shapes are not applied",
            "skel:blendShapeTargets": "blend shapes are not applied",
        },
        neutral={"primvars:skel:skinningMethod": ("classicLinear", "linear")},
    ),
    Reads(
        "SkelAnimation",
        read=names("joints translations rotations scales"),
        unmet={"blendShapes": "blend shapes are not applied", "blendShapeWeights": "blend shapes are not applied"},
    ),
    Reads("BlendShape", said="blend shapes are not applied"),
)
