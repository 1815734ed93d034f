"""Defects in a view: their tables for the kernels, the pixels that they stand under, and the labels that follow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, I4, I8, Mask
from rendersdg.backends.labelpass import Sweep, label, see
from rendersdg.backends.scene_tables import InstanceTable, SceneTables
from rendersdg.defects.layers import CHANNELS
from rendersdg.frame import Labels
from rendersdg.kernels import frame as kernels
from rendersdg.kernels import scene as kernel_scene
from rendersdg.kernels.structs import Decals as KernelDecals
from rendersdg.kernels.structs import LabelImages
from rendersdg.snapshot import Camera, Defect, Snapshot

LEAST_CHANGE = 2  # grey levels of 255 by which a pixel must differ, with the defect and without, to carry its label
LEAST_PIXELS = 3  # pixels of an instance: fewer carry no label


@dataclass(frozen=True, eq=False)
class Decals:
    """The defects of a snapshot as flat tables; ``first`` (T,) is each triangle's first entry, -1 for none."""

    first: I4
    chain: I4
    patch: I4
    entry: F4
    floats: F4
    ints: I8
    texels: F4
    parts: NDArray[np.int16]
    entities: I4

    @cached_property
    def for_kernels(self) -> KernelDecals:
        """The defects as the kernels take them."""
        return kernel_scene.decals_of(
            first=self.first,
            chain=self.chain,
            patch=self.patch,
            entries=self.entry,
            floats=self.floats,
            ints=self.ints,
            texels=self.texels.reshape(-1, CHANNELS),
            parts=self.parts,
            entities=self.entities,
        )


def _no_decals() -> Decals:
    i4, f4 = np.int32, np.float32
    return Decals(
        np.zeros(0, i4),
        np.zeros(0, i4),
        np.zeros(0, i4),
        np.zeros((0, 11), f4),
        np.zeros((0, 6), f4),
        np.zeros((0, 4), np.int64),
        np.zeros(0, f4),
        np.zeros(0, np.int16),
        np.zeros((0, 0), i4),
    )


NO_DECALS = _no_decals()


class DecalCache:
    """Keeps the tables of the last snapshot: its render products share them."""

    def __init__(self) -> None:
        self._of: tuple[tuple[Defect, ...], I8] | None = None
        self._made = NO_DECALS

    def get(self, snapshot: Snapshot, inst: InstanceTable) -> Decals:
        """Return the tables of a snapshot's defects."""
        if self._of is None or self._of[0] is not snapshot.defects or self._of[1] is not inst.ttoff:
            self._of, self._made = (snapshot.defects, inst.ttoff), decals_of(snapshot, inst)
        return self._made


def decals_of(snapshot: Snapshot, inst: InstanceTable) -> Decals:
    """Return the tables of a snapshot's defects."""
    defects = snapshot.defects
    if not defects:
        return NO_DECALS
    total = sum(len(triangles) for d in defects for _, triangles, _ in d.carried)
    entry = np.empty((total, 11), np.float32)
    chain = np.full(total, -1, np.int32)
    patch = np.empty(total, np.int32)
    first = np.full(len(inst.tri_inst), -1, np.int32)
    last = np.full(len(inst.tri_inst), -1, np.int32)  # the last entry of each triangle
    here = 0
    floats = np.zeros((len(defects), 6), np.float32)
    ints = np.zeros((len(defects), 4), np.int64)
    entities = np.full((len(defects), max(1, *(len(d.entities) for d in defects))), -1, np.int32)
    texels: list[F4] = []
    parts: list[NDArray[np.int16]] = []
    at = 0
    for number, defect in enumerate(defects):
        for instance, triangles, rows in defect.carried:
            outward = np.cross(rows[:, 0, :3], rows[:, 1, :3])
            outward *= np.sign(portable.determinant(snapshot.instances[instance].world_from_mesh[:3, :3]))
            count = len(triangles)
            t = int(inst.ttoff[instance]) + triangles
            numbers_here = np.arange(here, here + count, dtype=np.int32)
            before = last[t]
            first[t[before < 0]] = numbers_here[before < 0]
            chain[before[before >= 0]] = numbers_here[before >= 0]
            last[t] = numbers_here
            entry[here : here + count] = np.concatenate([rows[:, 0], rows[:, 1], outward], axis=1)
            patch[here : here + count] = number
            here += count
        floats[number] = (*defect.centre, *defect.origin, defect.texel)
        entities[number, : len(defect.entities)] = defect.entities
        pyramid, numbers = _pyramid(defect)
        ints[number] = (at, defect.part.shape[1], defect.part.shape[0], len(pyramid))
        for image, part in zip(pyramid, numbers):
            texels.append(image.ravel())
            parts.append(part.ravel())
            at += part.size
    return Decals(
        first,
        chain,
        patch,
        entry,
        floats,
        ints,
        np.concatenate(texels),
        np.concatenate(parts),
        entities,
    )


def _pyramid(defect: Defect) -> tuple[list[F4], list[NDArray[np.int16]]]:
    """Return the levels of a defect's texels, each the mean of two by two, and of its parts, each the largest of them.

    Parts are spread by a texel, as negative numbers, for that is how far a slope reaches beyond its height.
    """
    images: list[F4] = [defect.stack]
    numbers: list[NDArray[np.int16]] = [kernels.spread_parts(defect.part)]
    while max(images[-1].shape[:2]) > 2:
        image, number = kernels.halve_patch(images[-1], numbers[-1])
        images.append(image)
        numbers.append(number)
    return images, numbers


def standing(camera: Camera, view: Sweep, labels: Labels, decals: Decals) -> tuple[I4, Mask]:
    """Return the defect entity that may show at each pixel centre (H, W), -1 for none,
    and whether its shape lies there.
    """
    shape = camera.resolution_wh[::-1]
    if not len(decals.first):
        return np.full(shape, -1, np.int32), np.zeros(shape, np.bool_)
    images = LabelImages(
        instance=labels.instance.ravel(),
        entity=labels.entity.ravel(),
        triangle=labels.triangle.ravel(),
        depth=labels.depth.ravel(),
        distance=labels.distance.ravel(),
        normal=labels.normal.reshape(-1, 3),
        motion=labels.motion.reshape(-1, 2),
        visible=labels.visible,
        tight=labels.tight,
    )
    under, inside = kernels.stand(kernel_scene.with_decals(view.scene, decals.for_kernels), view.seen, images)
    return under.reshape(shape), inside.reshape(shape)


def also_intact(
    snapshot: Snapshot,
    under: I4,
    inside: Mask,
    twin: Labels,
    twin_under: I4,
    twin_inside: Mask,
) -> tuple[I4, Mask]:
    """Return :func:`standing` of a frame, and where nothing stands there, that of its twin without defects.

    So what a defect takes away is labelled too: the parts that are missing, and the rim that has broken off.
    """
    gone = np.zeros(len(snapshot.entities) + 1, bool)
    gone[[m.entity for m in snapshot.missing]] = True
    is_gone = gone[twin.entity]
    before = np.where(is_gone, twin.entity, twin_under)
    free = under < 0
    return np.where(free, before, under).astype(np.int32), np.where(free, twin_inside | is_gone, inside)


def labelled(
    snapshot: Snapshot,
    camera: Camera,
    labels: Labels,
    under: I4,
    inside: Mask,
    changed: Mask,
    twin: Labels | None = None,
) -> Labels:
    """Return the labels with the defects in them: pixels of ``under`` (:func:`standing`) where light has ``changed``.

    Those that are labelled whole also keep the pixels ``inside`` their shape. ``twin`` are the labels of the frame
    without defects, where its geometry is another.
    """
    entities = len(snapshot.entities)
    owned = [e for d in snapshot.defects for e in d.entities if e >= 0] + [m.entity for m in snapshot.missing]
    first = min(owned, default=entities)
    whole = np.zeros(entities + 1, bool)
    margin = np.zeros(entities, np.int64)
    host = np.full(entities, -1, np.int64)
    for defect in snapshot.defects:
        for e in defect.entities:
            if e >= 0:
                whole[e], margin[e], host[e] = defect.is_whole, defect.margin, defect.instance
    for part in snapshot.missing:
        whole[part.entity], margin[part.entity] = part.is_whole, part.margin
    seen = np.where((under >= 0) & changed, under, -1)
    lit = np.bincount(seen[seen >= 0], minlength=entities)
    shown = np.where((under >= 0) & (changed | (inside & whole[under])), under, -1)
    carries = np.append(lit >= LEAST_PIXELS, False)
    shown = np.where(carries[shown], shown, -1).astype(np.int32)
    entity = np.where(shown >= 0, shown, labels.entity)
    visible, tight = labels.visible.copy(), labels.tight.copy()
    unoccluded, loose = labels.unoccluded.copy(), labels.loose.copy()
    height, width = shown.shape
    visible[first:] = kernels.grow_boxes(tight, shown)[first:]
    unoccluded[first:] = visible[first:]
    loose[first:] = tight[first:]
    for e in range(first, entities):
        k = int(host[e])
        if visible[e] == 0:
            continue
        if k < 0:  # a missing part is as large as it would be alone
            assert twin is not None
            unoccluded[e], loose[e] = max(visible[e], twin.unoccluded[e]), twin.loose[e]
        else:
            owner = snapshot.instances[k].entity
            if labels.visible[owner] < labels.unoccluded[owner]:
                _alone(snapshot, camera, k, e, under, unoccluded, loose)
        for box in (tight, loose):
            m = margin[e]
            box[e] = (
                max(box[e, 0] - m, 0),
                max(box[e, 1] - m, 0),
                min(box[e, 2] + m, width - 1),
                min(box[e, 3] + m, height - 1),
            )
    return replace(
        labels,
        entity=entity.astype(np.int32),
        defect=shown,
        visible=visible,
        tight=tight,
        unoccluded=unoccluded,
        loose=loose,
    )


def _alone(
    snapshot: Snapshot,
    camera: Camera,
    k: int,
    e: int,
    under: I4,
    unoccluded: I8,
    loose: I4,
) -> None:
    """Count a defect's pixels, and box them, as if nothing stood before the surface that carries it."""
    host = replace(snapshot.instances[k], entity=0, shown="always")
    lone = replace(
        snapshot,
        instances=(host,),
        entities=(snapshot.entities[e],),
        defects=tuple(
            replace(d, instance=0, intact=None, entities=tuple(0 if x == e else -1 for x in d.entities))
            for d in snapshot.defects
            if e in d.entities
        ),
    )
    tables = SceneTables()
    view = see(lone, camera, tables, 2)
    shown = standing(camera, view, label(lone, camera, view), decals_of(lone, view.tables[2]))[0] >= 0
    hidden = int(shown.sum()) - int((under == e).sum())
    unoccluded[e] += max(hidden, 0)
    kernels.grow_boxes(loose, np.where(shown, e, -1).astype(np.int32))
