"""UsdSkel skeletons of the stage, posed, as the snapshot has them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pxr import Gf, Usd, UsdSkel

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.geometry import Matrix
from rendersdg.snapshot import Skeleton
from rendersdg.stage.reads import Reads, names
from rendersdg.stage.state import SceneState

_GREATEST = float(np.finfo(np.float32).max)


def build_skeletons(state: SceneState, prims: Iterable[Usd.Prim], unit: float) -> list[Skeleton]:
    """Return the skeletons of ``prims`` at the state's time, joints in metres (``unit`` is metres per stage unit).

    One without complete joints, rest and bind transforms is left out and reported.
    """
    cache = UsdSkel.Cache()
    skeletons = (_skeleton(state, prim, cache, unit) for prim in prims)
    return [skeleton for skeleton in skeletons if skeleton is not None]


def _skeleton(state: SceneState, prim: Usd.Prim, cache: UsdSkel.Cache, unit: float) -> Skeleton | None:
    path, time, report = str(prim.GetPath()), state.base.time, state.base.report
    skeleton = UsdSkel.Skeleton(prim)
    if state.attributes.get((path, "skel:animationSource")):
        report.ignored(path, "modify.animation is recorded; the pose shown is the authored one")
    query = cache.GetSkelQuery(skeleton)
    if not query:
        return None
    joints = tuple(str(j) for j in skeleton.GetJointsAttr().Get() or [])
    if not joints and skeleton.GetJointsAttr().HasAuthoredValue():
        return None  # it only holds the weights of blend shapes
    skeleton_space = _matrices(query.ComputeJointSkelTransforms(time))
    local = _matrices(query.ComputeJointLocalTransforms(time))
    rest, bind = (_matrices(a.Get()) for a in (skeleton.GetRestTransformsAttr(), skeleton.GetBindTransformsAttr()))
    if not joints or len(skeleton_space) != len(joints) or len(rest) != len(joints):
        report.note(path, "the skeleton has no complete joints, rest and bind transforms")
        return None
    world = state.world(path)
    # they are kept as float32, whose greatest number is smaller than a double's; NaN is not below it
    if not all((np.abs(matrices) <= _GREATEST).all() for matrices in (local, rest, bind, skeleton_space)):
        report.ignored(path, "the skeleton is left out: its transforms hold NaN, infinity or a number beyond float32")
        return None
    return Skeleton(
        prim_path=path,
        joints=joints,
        parents=np.array(list(query.GetTopology().GetParentIndices()), np.int32),
        rest_local_translations=_translations(rest),
        rest_local_rotations_wxyz=_rotations(rest),
        rest_global_translations=_translations(bind) if len(bind) else np.zeros((len(joints), 3), np.float32),
        local_rotations_wxyz=_rotations(local),
        world_positions=np.array([(portable.product(world, m))[:3, 3] * unit for m in skeleton_space]),
        body=str(root.GetPath() if (root := UsdSkel.Root.Find(prim)) else prim.GetPath().GetParentPath()),
    )


def _matrices(value: object) -> F8:
    """Return Gf matrices (row vectors) as column-vector arrays (N, 4, 4); none where a value holds something else."""
    try:
        matrices = np.array([np.array(m, float) for m in value or ()]).reshape(-1, 4, 4)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return np.zeros((0, 4, 4))
    return np.asarray(np.swapaxes(matrices, 1, 2))


def _translations(matrices: Iterable[Matrix]) -> F4:
    return np.array([m[:3, 3] for m in matrices], np.float32)


def _rotations(matrices: Iterable[Matrix]) -> F4:
    """Return unit quaternions (J, 4) in the order w, x, y, z."""
    return np.array([_quaternion(m) for m in matrices], np.float32)


def _quaternion(matrix: Matrix) -> list[float]:
    q = Gf.Matrix4d(*matrix.T.ravel().tolist()).RemoveScaleShear().ExtractRotationQuat().GetNormalized()
    return [q.GetReal(), *q.GetImaginary()]


READS = (
    Reads(
        "Skeleton",
        read=names("joints bindTransforms restTransforms"),
        idle={"jointNames": "joints are called by their paths"},
    ),
)
