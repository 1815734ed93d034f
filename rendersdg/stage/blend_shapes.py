"""Blend shapes: how far the weights of an animation move the points of a mesh (UsdSkel, "Blend Shapes")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pxr import Usd, UsdSkel

from rendersdg.arrays import F8, I8
from rendersdg.errors import AssetError, Report
from rendersdg.stage.primvars import rows, whole_numbers
from rendersdg.stage.reads import Reads, names


@dataclass(frozen=True, eq=False)
class _Step:
    """One of the shapes that a blend shape goes through: where it stands at ``weight``, (N, 3) each."""

    weight: float
    offsets: F8
    normals: F8


@dataclass(frozen=True, eq=False)
class BlendShapes:
    """The blend shapes of one mesh: ``targets`` by name, and the weights that an animation gives them."""

    mesh: Usd.Prim
    targets: dict[str, Usd.Prim]
    weights: UsdSkel.AnimQuery

    @property
    def is_moving(self) -> bool:
        """Whether the weights may be others at another time."""
        return bool(self.weights.BlendShapeWeightsMightBeTimeVarying())

    def offsets(self, count: int, time: Usd.TimeCode, report: Report) -> tuple[F8, F8]:
        """Return how far the mesh's ``count`` points move, (V, 3), and what is added to their normals, (V, 3).

        A shape that does not fit the mesh is reported and left out.
        """
        moved, turned = np.zeros((count, 3)), np.zeros((count, 3))
        given = self.weights.ComputeBlendShapeWeights(time) or []
        for name, weight in zip([str(n) for n in self.weights.GetBlendShapeOrder()], given):
            if name not in self.targets or not weight:
                continue
            shape = self.targets[name]
            try:
                which, steps = _steps(shape, count)
            except AssetError as error:
                path = str(shape.GetPath())
                report.ignored(path, f"the blend shape is left out: {str(error).removeprefix(f'{path}: ')}")
                continue
            offsets, normals = _between(steps, float(weight))
            np.add.at(moved, which, offsets)
            np.add.at(turned, which, normals)
        return moved, turned


def find_blend_shapes(mesh: Usd.Prim, skeleton: Usd.Prim | None, cache: UsdSkel.Cache) -> BlendShapes | None:
    """Return the blend shapes of a mesh that an animation has weights for: its own, inherited, or the skeleton's."""
    binding = UsdSkel.BindingAPI(mesh)
    names = [str(n) for n in binding.GetBlendShapesAttr().Get() or []]
    if not names:
        return None
    paths = binding.GetBlendShapeTargetsRel().GetForwardedTargets()
    stage = mesh.GetStage()
    targets = {name: prim for name, path in zip(names, paths) if (prim := stage.GetPrimAtPath(path))}
    source = binding.GetInheritedAnimationSource()
    if not source and skeleton:
        source = UsdSkel.BindingAPI(skeleton).GetInheritedAnimationSource()
    weights = cache.GetAnimQuery(UsdSkel.Animation(source)) if source and source.IsA(UsdSkel.Animation) else None
    return BlendShapes(mesh, targets, weights) if targets and weights else None


def _steps(prim: Usd.Prim, count: int) -> tuple[I8, list[_Step]]:
    """Return the points that a blend shape moves, and its steps by weight, with the mesh itself at 0.

    Raises AssetError where these do not fit a mesh of ``count`` points.
    """
    shape = UsdSkel.BlendShape(prim)
    now = Usd.TimeCode.Default()
    which = whole_numbers(shape.GetPointIndicesAttr(), now)
    if not len(which):
        which = np.arange(count)
    if which.min(initial=0) < 0 or which.max(initial=0) >= count:
        raise AssetError(f"its pointIndices reach to {which.max()}, and the mesh has {count} points")

    def step(weight: float, offsets: Usd.Attribute, normals: Usd.Attribute) -> _Step:
        moved, turned = rows(offsets, now, 3), rows(normals, now, 3)
        if len(moved) != len(which):
            raise AssetError(f"it has {len(moved)} offsets for {len(which)} points")
        return _Step(weight, moved, turned if len(turned) == len(which) else np.zeros_like(moved))

    none = np.zeros((len(which), 3))
    steps = [_Step(0.0, none, none), step(1.0, shape.GetOffsetsAttr(), shape.GetNormalOffsetsAttr())]
    for inbetween in shape.GetInbetweens():
        weight = inbetween.GetWeight()
        if weight is not None and weight not in (0.0, 1.0):
            steps.append(step(float(weight), inbetween.GetAttr(), inbetween.GetNormalOffsetsAttr()))
    return which, sorted(steps, key=lambda s: s.weight)


def _between(steps: list[_Step], weight: float) -> tuple[F8, F8]:
    """Return offsets and those of normals at a weight: on the line between the steps around it, or through the last."""
    upper = next((k for k, s in enumerate(steps) if s.weight > weight), len(steps) - 1)
    upper = max(upper, 1)
    low, high = steps[upper - 1], steps[upper]
    share = (weight - low.weight) / (high.weight - low.weight)
    return (1 - share) * low.offsets + share * high.offsets, (1 - share) * low.normals + share * high.normals


READS = (
    Reads("*", read=names("skel:blendShapes skel:blendShapeTargets")),
    Reads("SkelAnimation", read=names("blendShapes blendShapeWeights")),
    Reads("BlendShape", read=names("offsets normalOffsets pointIndices inbetweens:*")),
)
