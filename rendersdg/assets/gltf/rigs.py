"""The skins and morph targets of a glTF file as UsdSkel: skeletons, their animations, blend shapes.

Source: the glTF 2.0 specification, sections 3.7.2.2 (morph targets) and 3.7.3 (skins).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.assets.gltf.broken import Array, Broken, Entry
from rendersdg.assets.gltf.document import Document
from rendersdg.assets.gltf.places import decomposed, moments, place_at, write_samples
from rendersdg.assets.gltf.primitives import Primitive
from rendersdg.assets.gltf.tracks import Track, Tracks
from rendersdg.stage.author import valid_name


@dataclass(frozen=True, eq=False)
class Tree:
    """The nodes of the scene that is drawn: ``above`` is the parent of each, None at the top."""

    document: Document
    above: Mapping[int, int | None]

    def chain(self, node: int) -> list[int]:
        """Return a node and those above it, nearest first."""
        found = []
        at: int | None = node
        while at is not None:
            found.append(at)
            at = self.above[at]
        return found

    def holder(self, skin: Entry) -> int | None:
        """Return the node that all joints of a skin lie below, None where that is the scene.

        Raises Broken for joints that are not in the scene.
        """
        joints = skin["joints"]
        missing = [j for j in joints if j not in self.above]
        if missing or not joints:
            raise Broken(f"its joint nodes[{missing[0]}] is not in the scene" if missing else "it has no joints")
        common = self.chain(joints[0])[1:]
        for joint in joints[1:]:
            others = set(self.chain(joint)[1:])
            common = [node for node in common if node in others]
        return common[0] if common else None


@dataclass(eq=False)
class _Bones:
    """A skeleton: the joints in USD's order (parents first) as nodes and as paths, and the bind matrices."""

    path: str
    nodes: list[int]
    tokens: list[str]
    number: I8  # of each joint of the skin in that order
    chains: list[list[int]]  # of each joint: the nodes from below its parent joint down to it
    shapes: dict[str, tuple[float, Track | None, int]] = field(default_factory=dict)  # weights that it animates


@dataclass(eq=False)
class Rigs:
    """Defines the skeletons that meshes hang on, each at its first use, and their animations when all are known.

    ``unique(above, name)`` returns a free path; ``paths`` are those of the nodes.
    """

    stage: Usd.Stage
    tree: Tree
    tracks: Tracks
    unique: Callable[[str, str], str]
    paths: dict[int, str]
    _bones: dict[int, _Bones] = field(default_factory=dict)

    def bind(self, mesh: UsdGeom.Mesh, skin: int, primitive: Primitive, top: str) -> None:
        """Hang a mesh on the skeleton of a skin; ``top`` is the prim of the scene.

        Raises Broken where they do not fit.
        """
        if primitive.joints is None or primitive.weights is None:
            raise Broken("it has no JOINTS_0 and WEIGHTS_0 for its skin: it keeps its rest shape")
        bones = self._skeleton(skin, top)
        joints, weights = primitive.joints, primitive.weights
        if (joints[weights > 0] >= len(bones.number)).any():
            raise Broken(f"its JOINTS name joint {joints[weights > 0].max()} of {len(bones.number)}")
        joints = bones.number[np.where(weights > 0, joints, 0)]
        used = int(np.flatnonzero(weights.max(axis=0)).max(initial=0)) + 1
        api = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
        numbers, shares = (np.ascontiguousarray(values[:, :used]).ravel() for values in (joints, weights))
        api.CreateJointIndicesPrimvar(False, used).Set(Vt.IntArray.FromNumpy(numbers.astype(np.int32)))
        api.CreateJointWeightsPrimvar(False, used).Set(Vt.FloatArray.FromNumpy(shares.astype(np.float32)))
        api.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))
        api.CreateSkeletonRel().SetTargets([bones.path])

    def _skeleton(self, index: int, top: str) -> _Bones:
        if index in self._bones:
            return self._bones[index]
        document = self.tree.document
        skin = document.entry("skins", index)
        joints: list[int] = skin["joints"]
        if len(set(joints)) != len(joints):
            raise Broken(f"skins[{index}] names a joint twice")
        inverse: Array = np.tile(np.eye(4), (len(joints), 1, 1))
        if "inverseBindMatrices" in skin:
            stored = document.numbers(skin["inverseBindMatrices"])
            if len(stored) < len(joints) or stored.shape[1] != 16:
                raise Broken(f"skins[{index}] has {len(stored)} inverse bind matrices for {len(joints)} joints")
            inverse = stored[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)
        if (np.abs(portable.determinant(inverse)) < 1e-30).any():
            raise Broken(f"skins[{index}] has an inverse bind matrix that cannot be inverted")
        holder = self.tree.holder(skin)
        path = self.unique(top if holder is None else self.paths[holder], str(skin.get("name") or "Skeleton"))
        bones = self._ordered(joints, path, holder)
        skeleton = UsdSkel.Skeleton.Define(self.stage, path)
        skeleton.CreateJointsAttr(bones.tokens)
        binds: F8 = portable.inverse(inverse.astype(np.float64))[np.argsort(bones.number, kind="stable")]
        skeleton.CreateBindTransformsAttr(_matrices(binds))
        skeleton.CreateRestTransformsAttr(_matrices(self._locals(bones, np.zeros(0))[:, 0]))
        self._bones[index] = bones
        return bones

    def _ordered(self, joints: list[int], path: str, holder: int | None) -> _Bones:
        """Return the joints with parents before children, called by their nodes' names."""
        known = set(joints)
        chains: dict[int, list[int]] = {}
        parent: dict[int, int | None] = {}
        for joint in joints:
            above = self.tree.chain(joint)
            end = next((k for k, node in enumerate(above) if k and (node in known or node == holder)), len(above))
            chains[joint] = above[:end][::-1]
            parent[joint] = above[end] if end < len(above) and above[end] in known else None
        order = sorted(joints, key=lambda joint: len(self.tree.chain(joint)))
        tokens: dict[int, str] = {}
        for joint in order:
            name = valid_name(str(self.tree.document.entry("nodes", joint).get("name") or f"node_{joint}"))
            over = parent[joint]
            start = f"{tokens[over]}/" if over is not None else ""
            token, number = start + name, 0
            while token in tokens.values():
                number += 1
                token = f"{start}{name}_{number}"
            tokens[joint] = token
        number_of = {joint: k for k, joint in enumerate(order)}
        numbers = np.array([number_of[joint] for joint in joints], np.int64)
        return _Bones(path, order, [tokens[j] for j in order], numbers, [chains[j] for j in order])

    def _locals(self, bones: _Bones, times: F8) -> F8:
        """Return the matrices of joints in their parent joints (J, T, 4, 4) at times, at rest for none (T is 1)."""
        nodes = self.tree.document.entries("nodes")
        count = max(len(times), 1)
        found = np.empty((len(bones.nodes), count, 4, 4))
        for row, chain in enumerate(bones.chains):
            product = np.eye(4)[None]
            for node in chain:
                product = portable.product(product, place_at(nodes[node], node, self.tracks, times).matrices())
            found[row] = product
        return found

    def morph(self, mesh: UsdGeom.Mesh, names: Sequence[str], primitive: Primitive) -> None:
        """Give a mesh its morph targets as blend shapes, whose weights are called ``names``."""
        shapes = []
        for name, (points, normals) in zip(names, primitive.targets):
            path = f"{mesh.GetPath()}/{valid_name(name)}"
            shape = UsdSkel.BlendShape.Define(self.stage, path)
            moved = np.flatnonzero((points != 0).any(1) if normals is None else ((points != 0) | (normals != 0)).any(1))
            if not len(moved):
                moved = np.zeros(1, np.int64)
            shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(moved.astype(np.int32)))
            shape.CreateOffsetsAttr(_vectors(points[moved]))
            if normals is not None:
                shape.CreateNormalOffsetsAttr(_vectors(normals[moved]))
            shapes.append(Sdf.Path(path))
        api = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
        api.CreateBlendShapesAttr(list(names))
        api.CreateBlendShapeTargetsRel().SetTargets(shapes)

    def weigh(self, node: int, names: Sequence[str], weights: Sequence[float], skin: int | None, above: str) -> str:
        """Give the weights of a node's targets their values, over time where they move, and return the path of the
        skeleton whose animation has them: that of the node's skin, else one without joints below ``above``.
        """
        track = self.tracks.get((node, "weights"))
        shares = {name: (float(w), track, k) for k, (name, w) in enumerate(zip(names, weights))}
        if skin is not None and skin in self._bones:
            self._bones[skin].shapes.update(shares)
            return self._bones[skin].path
        path = self.unique(above, "Weights")
        skeleton = UsdSkel.Skeleton.Define(self.stage, path)
        skeleton.CreateJointsAttr([])
        skeleton.CreateBindTransformsAttr([])
        skeleton.CreateRestTransformsAttr([])
        self._write_weights(self._animation(path), shares)
        return path

    def _animation(self, skeleton: str) -> UsdSkel.Animation:
        path = f"{skeleton}/Animation"
        animation = UsdSkel.Animation.Define(self.stage, path)
        UsdSkel.BindingAPI.Apply(self.stage.GetPrimAtPath(skeleton)).CreateAnimationSourceRel().SetTargets([path])
        return animation

    def animate(self) -> None:
        """Define the animations of all skeletons that move or have weights."""
        for bones in self._bones.values():
            nodes = sorted({node for chain in bones.chains for node in chain})
            times = moments(self.tracks, nodes)
            if not len(times) and not bones.shapes:
                continue
            animation = self._animation(bones.path)
            if len(times):
                self._write_joints(animation, bones, times)
            if bones.shapes:
                self._write_weights(animation, bones.shapes)

    def _write_joints(self, animation: UsdSkel.Animation, bones: _Bones, times: F8) -> None:
        animation.CreateJointsAttr(bones.tokens)
        nodes = self.tree.document.entries("nodes")
        count = len(times)
        translations, rotations, scales = (np.empty((len(bones.nodes), count, width)) for width in (3, 4, 3))
        for row, chain in enumerate(bones.chains):
            places = [place_at(nodes[node], node, self.tracks, times) for node in chain]
            place = places[0]
            if len(places) > 1 or place.shear is not None:
                product = np.eye(4)[None]
                for each in places:
                    product = portable.product(product, each.matrices())
                place = decomposed(product)
            translations[row], rotations[row], scales[row] = place.translation, place.rotation, place.scale
        rows = [
            (animation.CreateTranslationsAttr(), [_vectors(translations[:, k]) for k in range(count)]),
            (animation.CreateRotationsAttr(), [_quaternions(rotations[:, k]) for k in range(count)]),
            (animation.CreateScalesAttr(), [_halves(scales[:, k]) for k in range(count)]),
        ]
        for attribute, values in rows:
            attribute.Set(values[0])
            write_samples(attribute, times, values)

    def _write_weights(
        self, animation: UsdSkel.Animation, shares: Mapping[str, tuple[float, Track | None, int]]
    ) -> None:
        animation.CreateBlendShapesAttr(list(shares))
        attribute = animation.CreateBlendShapeWeightsAttr()
        still = np.array([weight for weight, _, _ in shares.values()])
        attribute.Set(Vt.FloatArray.FromNumpy(still.astype(np.float32)))
        moving = [track.moments() for _, track, _ in shares.values() if track is not None]
        if not moving:
            return
        times = np.unique(np.concatenate(moving))
        table = np.repeat(still[None], len(times), axis=0)
        for column, (_, track, k) in enumerate(shares.values()):
            if track is not None and k < track.values.shape[1]:
                table[:, column] = track.at(times)[:, k]
        write_samples(attribute, times, [Vt.FloatArray.FromNumpy(row) for row in table.astype(np.float32)])


def _vectors(values: F8) -> Vt.Vec3fArray:
    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(values, np.float32))


def _halves(values: F8) -> Vt.Vec3hArray:
    return Vt.Vec3hArray([Gf.Vec3h(*value) for value in values.tolist()])


def _quaternions(values: F8) -> Vt.QuatfArray:
    return Vt.QuatfArray([Gf.Quatf(w, x, y, z) for x, y, z, w in values.tolist()])


def _matrices(values: F8) -> Vt.Matrix4dArray:
    return Vt.Matrix4dArray([Gf.Matrix4d(*value.T.ravel().tolist()) for value in values])
