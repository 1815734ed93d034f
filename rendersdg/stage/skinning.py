"""Meshes that follow the joints of a UsdSkel skeleton, or change by blend shapes: where their points are carried."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pxr import Usd, UsdGeom, UsdSkel

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import Report
from rendersdg.geometry import Matrix
from rendersdg.stage.blend_shapes import BlendShapes, find_blend_shapes
from rendersdg.stage.pose import column_matrix
from rendersdg.stage.reads import Reads, names


@dataclass(frozen=True, eq=False)
class Skin:
    """How one mesh is deformed: it hangs on a skeleton by weights, changes by blend shapes, or both."""

    mesh: Usd.Prim
    hold: Hold | None
    shapes: BlendShapes | None

    @property
    def is_moving(self) -> bool:
        """Whether its points may be elsewhere at another time."""
        return bool((self.hold and self.hold.is_moving) or (self.shapes and self.shapes.is_moving))


@dataclass(frozen=True, eq=False)
class Hold:
    """How one mesh hangs on its skeleton."""

    mesh: Usd.Prim
    skeleton: Usd.Prim
    pose: UsdSkel.SkeletonQuery
    influences: UsdSkel.SkinningQuery

    @property
    def is_moving(self) -> bool:
        """Whether the joints, or the skeleton beside the mesh, may stand elsewhere at another time."""
        animation = self.pose.GetAnimQuery()
        if animation and animation.JointTransformsMightBeTimeVarying():
            return True
        below = (_up_to_root(self.mesh), _up_to_root(self.skeleton))
        return any((x := UsdGeom.Xformable(prim)) and x.TransformMightBeTimeVarying() for way in below for prim in way)

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
        return np.asarray(portable.product(self._mesh_from_skeleton(time), blended, bind))

    def _mesh_from_skeleton(self, time: Usd.TimeCode) -> Matrix:
        worlds = UsdGeom.XformCache(time)
        world_from_mesh = column_matrix(worlds.GetLocalToWorldTransform(self.mesh))
        return np.asarray(
            portable.product(
                portable.inverse(world_from_mesh), column_matrix(worlds.GetLocalToWorldTransform(self.skeleton))
            )
        )


def _up_to_root(prim: Usd.Prim) -> list[Usd.Prim]:
    """Return a prim and those above it, below its SkelRoot."""
    way = []
    while prim and not prim.IsPseudoRoot() and not prim.IsA(UsdSkel.Root):
        way.append(prim)
        prim = prim.GetParent()
    return way


@dataclass(eq=False)
class Skins:
    """The skins of a stage, found as they are asked for."""

    _cache: UsdSkel.Cache = field(default_factory=UsdSkel.Cache)
    _known: set[str] = field(default_factory=set)

    def of(self, prim: Usd.Prim, report: Report) -> Skin | None:
        """Return the skin of a mesh, None where it has no weights and no blend shapes.

        Weights without a skeleton to hang on are reported.
        """
        if not prim.IsA(UsdGeom.Mesh):
            return None
        binding = UsdSkel.BindingAPI(prim)
        has_weights = binding.GetJointIndicesPrimvar().HasAuthoredValue()
        if not has_weights and not binding.GetBlendShapesAttr().HasAuthoredValue():
            return None
        root = UsdSkel.Root.Find(prim)
        if root and (path := str(root.GetPath())) not in self._known:
            self._cache.Populate(root, Usd.TraverseInstanceProxies())
            self._known.add(path)
        hold, missing = self._hold(prim, root) if has_weights else (None, "")
        if missing:
            report.ignored(str(prim.GetPath()), f"the mesh has weights and {missing}: it keeps its rest shape")
        skeleton = binding.GetInheritedSkeleton()
        shapes = find_blend_shapes(prim, skeleton.GetPrim() if skeleton else None, self._cache)
        return Skin(prim, hold, shapes) if hold or shapes else None

    def _hold(self, prim: Usd.Prim, root: UsdSkel.Root) -> tuple[Hold | None, str]:
        """Return how a mesh with weights hangs on its skeleton; None where it does not, and what it lacks."""
        skeleton = UsdSkel.BindingAPI(prim).GetInheritedSkeleton()
        if not skeleton:
            return None, "no skeleton"
        if not root:
            return None, "lies below no SkelRoot"
        influences, pose = self._cache.GetSkinningQuery(prim), self._cache.GetSkelQuery(skeleton)
        if not influences or not influences.HasJointInfluences() or not pose:
            return None, f"the skeleton {skeleton.GetPath()} cannot be read"
        return Hold(prim, skeleton.GetPrim(), pose, influences), ""

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
        told={"primvars:skel:skinningMethod": "skinning is linear"},
        neutral={"primvars:skel:skinningMethod": ("classicLinear", "linear")},
    ),
    Reads("SkelAnimation", read=names("joints translations rotations scales")),
)
