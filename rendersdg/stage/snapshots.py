"""Stage + Plan -> Snapshot: the one place where stage units become metres and USD becomes arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from pxr import Tf, Usd, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8, I8, Mask
from rendersdg.assets.materialx import Documents
from rendersdg.assets.textures import TextureLibrary
from rendersdg.assets.value_types import clear_wrong_values
from rendersdg.errors import AssetError, BadScene, Report
from rendersdg.geometry import Matrix, extent
from rendersdg.graph.nodes import Graph
from rendersdg.graph.plan import Plan, Planner
from rendersdg.inputs import note_input
from rendersdg.snapshot import Entity, Instance, MissingPart, Snapshot
from rendersdg.stage.audit import audit
from rendersdg.stage.author import Author
from rendersdg.stage.base import BaseScene, Drawable
from rendersdg.stage.cameras import Setting, build_product
from rendersdg.stage.defects import DefectBuilder
from rendersdg.stage.effects import apply_plan, stated_time
from rendersdg.stage.entities import Labelling, labelling
from rendersdg.stage.keypoints import build_keypoints
from rendersdg.stage.levels import Levels, stacked
from rendersdg.stage.lights import build_lights, say_shares
from rendersdg.stage.links import linked
from rendersdg.stage.looks import MOST_KEPT, LookBuilder, Palette
from rendersdg.stage.mesh_lights import shining
from rendersdg.stage.named_points import NamedPoints
from rendersdg.stage.physics import Simulator
from rendersdg.stage.skeletons import build_skeletons
from rendersdg.stage.state import SceneState
from rendersdg.stage.usd_errors import reason


@dataclass(frozen=True, eq=False)
class Stood:
    """Where things stood in a frame, metres: instances by (prim path, mesh), cameras by prim path."""

    frame: int
    instances: Mapping[tuple[str, int], Matrix]
    cameras: Mapping[str, Matrix]


_QUALITY, _FAST = "render_quality", "fast"  # the setting of the rasterizer's rays, and what asks for none


class _Shapes(NamedTuple):
    """What is shown: drawables, the chains of their prims, and world_from_mesh (N, 4, 4) in stage units. ``shown`` says
    which of those that there are.
    """

    drawables: list[Drawable]
    chains: list[tuple[str, ...]]
    worlds: F8
    shown: Mask


class _Members(NamedTuple):
    """What belongs to labelled prims: how many each has (E,), and of all the mesh and world_from_mesh, metres."""

    counts: I8
    meshes: list[int]
    worlds: F8


@dataclass(eq=False)
class _Drawn:
    """What the instances of a snapshot are: with their materials, labels, ``worlds`` (N, 4, 4) and the chains of their
    prims. ``gone`` are the instances of parts that are missing, by the part.
    """

    palette: Palette
    labels: Labelling
    worlds: F8
    instances: list[Instance]
    chains: list[tuple[str, ...]]
    gone: dict[str, list[Instance]] = field(default_factory=dict)


class SnapshotBuilder:
    """Builds snapshots of a stage under the plans of one planner; what does not change is built once."""

    def __init__(
        self, stage: Usd.Stage, graph: Graph, planner: Planner, report: Report, textures: TextureLibrary
    ) -> None:
        self.graph = graph
        self.planner = planner
        self.report = report
        clear_wrong_values(stage, report)  # of payloads, which are not looked at before
        self.base = BaseScene(stage, report)
        self.physics = Simulator(report)
        self.simulates = True
        self.latest: SceneState | None = None  # of the last snapshot
        self.has_lens = False  # whether the backend renders depth of field
        self.links_lights = True  # whether lights need not shine on everything there
        self.sends_paths = True  # whether what glows lights others there,
        self.sends_rays = False  # or does so where a quality asks for it
        self.documents: Documents | None = None  # of MaterialX, for what another variant refers to
        self.named_points = NamedPoints(stage, report)
        self._defects = DefectBuilder(report, textures)
        self._looks = LookBuilder(self.base, report, textures)
        self._textures = textures
        self._bounds: dict[tuple[int, bytes], tuple[Matrix, Matrix]] = {}
        self._variants: dict[tuple[str, str], str] = {}
        self._visible: tuple[tuple[Levels, int, bytes], Mask] | None = None
        self._labelled: tuple[tuple[Levels, int, bytes], Labelling] | None = None
        self._skeleton_prims = [
            p for p in stage.Traverse(Usd.TraverseInstanceProxies()) if p.GetTypeName() == "Skeleton"
        ]
        self._previous: Stood | None = None
        self._audited: frozenset[str] = frozenset()
        self._is_audited = False

    def build(self, plan: Plan, *, with_motion: bool = False) -> Snapshot:
        """Return the snapshot of a plan. With ``with_motion`` the previous frame is evaluated for its transforms.

        Raises AssetError for a stage that USD cannot read.
        """
        try:
            return self._built(plan, with_motion=with_motion)
        except Tf.ErrorException as error:
            raise AssetError(f"USD cannot read the stage: {reason(error)}; an asset of it is damaged") from None

    def _built(self, plan: Plan, *, with_motion: bool) -> Snapshot:
        before: Stood | None = None
        if with_motion and plan.frame > 0:
            before = self._previous
            if before is None or before.frame != plan.frame - 1:
                before = _stood(self._build(self.planner.plan(plan.frame - 1), None))
        snapshot = self._build(plan, before)
        if with_motion:
            self._previous = _stood(snapshot)
        return snapshot

    def refresh(self) -> None:
        """Read values of the stage anew, after an edit that changed neither geometry nor what is bound to what."""
        self.base.refresh()
        self.named_points.forget()
        self._looks.refresh()

    @property
    def previous(self) -> Stood | None:
        """Where things stood in the last frame that was built with motion."""
        return self._previous

    def follow(self, other: SnapshotBuilder) -> None:
        """Take over where things stood in the last frame of ``other``, for motion across an edit of the stage."""
        self._previous = other.previous
        self._audited = other.audited

    @property
    def audited(self) -> frozenset[str]:
        """The layers whose properties were looked at for what nothing here reads."""
        return self._audited

    def _audit(self) -> None:
        """Report what the stage's files ask for and nothing reads, whenever there is a file that was not there."""
        used = self.base.stage.GetUsedLayers()
        layers = frozenset(layer.identifier for layer in used)
        for layer in used:
            if layer.realPath:
                note_input(layer.realPath)
        if not layers <= self._audited:
            self._audited |= layers
            audit(self.base.stage, self.report)

    def state(self, plan: Plan) -> SceneState:
        """Return the state of the scene under a plan, with variants and animation time taken into the base."""
        self.base.set_time(self._code(plan))
        state = apply_plan(self.base, plan)
        if state.variants != self._variants:
            self._switch_variants(state.variants)
            state = apply_plan(self.base, plan)
        if not self._is_audited:
            self._audit()
            self._is_audited = True
        if self.simulates:
            self.physics.settle(state, plan, self.planner.seconds_per_frame)
        return state

    def _code(self, plan: Plan) -> Usd.TimeCode:
        """Return the time code of the stage at a plan: that of its latest operation on time, else of the timeline,
        else the stage's first and ``plan.time`` from there.
        """
        stage = self.base.stage
        rate = stage.GetTimeCodesPerSecond() or 24.0
        seconds = stated_time(plan, rate)
        if seconds is None:
            seconds = plan.stage_time
        return Usd.TimeCode(stage.GetStartTimeCode() + plan.time * rate if seconds is None else seconds * rate)

    def _switch_variants(self, wanted: dict[tuple[str, str], str]) -> None:
        stage = self.base.stage
        with Usd.EditContext(stage, stage.GetSessionLayer()):
            for path, name in {**self._variants, **wanted}:
                variants = stage.GetPrimAtPath(path).GetVariantSet(name)
                if (path, name) in wanted:
                    variants.SetVariantSelection(wanted[path, name])
                else:
                    variants.ClearVariantSelection()
                self.base.forget(path)
        clear_wrong_values(stage, self.report)
        self.named_points.forget()
        self._variants = dict(wanted)
        if self.documents is not None:
            self.documents.put_into(stage)
        self._is_audited = False

    def _build(self, plan: Plan, before: Stood | None) -> Snapshot:
        state = self.latest = self.state(plan)
        stage = self.base.stage
        unit = float(UsdGeom.GetStageMetersPerUnit(stage))
        metres = np.diag([unit, unit, unit, 1.0])
        drawn = self._drawn(state, metres, before)
        entities = self._entities(state, metres, drawn)
        setting = Setting(
            unit=unit,
            previous=before.cameras if before is not None else {},
            seed=plan.seed,
            has_lens=self.has_lens,
        )
        products = tuple(build_product(state, product, setting) for product in self.graph.products if product.enabled)
        lights = build_lights(state, unit, self._textures)
        meshes = list(self.base.meshes)
        shots = [shot for product in products for shot in product.shots]
        defects, parts = self._defects.build(state, drawn.instances, drawn.chains, meshes, shots, len(entities))
        entities += parts
        missing = self._missing(state, metres, drawn, entities)
        paths = (instance.prim_path for instance in drawn.instances)
        lights = linked(stage, lights, paths, self.report, is_honoured=self.links_lights)
        if not self.links_lights:
            say_shares(lights, self.report)
        numbered = {path: number for number, path in enumerate(drawn.labels.paths)}
        snapshot = Snapshot(
            frame=plan.frame,
            time=plan.time,
            meters_per_unit=unit,
            up_axis=Author(stage).up_axis,
            meshes=tuple(meshes),
            textures=tuple(self._textures.textures),
            materials=tuple(drawn.palette.materials),
            instances=tuple(drawn.instances),
            entities=tuple(entities),
            lights=tuple(lights),
            products=products,
            skeletons=tuple(build_skeletons(state, self._skeleton_prims, unit)),
            defects=tuple(defects),
            missing=tuple(missing),
            keypoints=tuple(build_keypoints(state, self.named_points.marks(), numbered, metres)),
            settings={**self.graph.settings, **state.settings},
            seed=plan.seed,
        )
        snapshot.__dict__["paints"] = drawn.palette.paints()
        if not (defects or missing):
            snapshot.__dict__["worlds"] = drawn.worlds
        return snapshot

    def _glow_lights_others(self, state: SceneState) -> bool:
        """Return whether what glows lights what stands about it, by the backend and the quality that is asked for."""
        quality = {**self.graph.settings, **state.settings}.get(_QUALITY, _FAST)
        return self.sends_paths or (self.sends_rays and quality != _FAST)

    def _shapes(self, state: SceneState) -> _Shapes:
        """Return what is shown as things stand, in stage order, then what operations placed."""
        levels = self.base.levels("/")
        drawables = self.base.drawables("/")
        worlds = levels.of_drawables(state.worlds_of(levels))
        shown = self._shown(state, levels)
        chains = [drawable.chain for drawable in drawables]
        for root in state.placed:
            below = state.drawables_below(root)
            drawables = [*drawables, *(drawable for drawable, _, _ in below)]
            chains += [chain for _, _, chain in below]
            worlds = np.concatenate([worlds, stacked([world for _, world, _ in below])])
            shown = np.concatenate([shown, [state.is_visible(chain) for _, _, chain in below]])
        if not shown.all():
            kept = np.flatnonzero(shown).tolist()
            drawables, chains, worlds = [drawables[k] for k in kept], [chains[k] for k in kept], worlds[kept]
        return _Shapes(drawables, chains, worlds, shown)

    def _shown(self, state: SceneState, levels: Levels) -> Mask:
        """Return which of the stage's drawables (N,) are visible."""
        if state.visible and len(levels.shifted):  # instances that have no prim may be hidden, too
            return np.array([state.is_visible(d.chain) for d in self.base.drawables("/")], bool)
        is_posed = np.array([path in state.poses for path in levels.paths], bool)
        key = levels, self.base.age, is_posed.tobytes()
        if self._visible is None or self._visible[0] != key:
            own = zip(levels.paths, is_posed.tolist())
            self._visible = key, np.array([self.base.is_visible(p, is_posed=posed) for p, posed in own], bool)
        shown = self._visible[1]
        if state.visible:
            shown = np.array([state.visible.get(p, own) for p, own in zip(levels.paths, shown.tolist())], bool)
        return levels.all_of_chain(shown)

    def _drawn(self, state: SceneState, metres: Matrix, before: Stood | None) -> _Drawn:
        """Return what is drawn as things stand, in stage order, then what operations placed.

        Raises BadScene for a transform that is not finite.
        """
        shapes = self._shapes(state)
        worlds = portable.product(metres, shapes.worlds)
        if not np.isfinite(worlds).all():
            bad = shapes.drawables[int(np.flatnonzero(~np.isfinite(worlds).all(axis=(1, 2)))[0])]
            raise BadScene(f"{bad.path} has a transform with NaN or infinity; check the poses that reach it")
        palette = Palette()
        meshes = [drawable.mesh for drawable in shapes.drawables]
        materials = self._looks.numbers(palette, state, shapes.drawables, shapes.chains)
        if self.base.mesh_lights:
            materials = shining(
                state, palette, shapes.drawables, worlds, materials, lights_others=self._glow_lights_others(state)
            )
        parts = [_missing_part(state, chain) for chain in shapes.chains] if state.missing else [None] * len(meshes)
        stays = [k for k, part in enumerate(parts) if part is None]
        labels = self._labels(state, shapes, stays)
        entity = labels.entity
        if len(stays) < len(meshes):
            entity = [-1] * len(meshes)
            for k, owner in zip(stays, labels.entity):
                entity[k] = owner
        paths = [chain[0] for chain in shapes.chains]
        matrices = list(worlds)
        previous = matrices
        if before is not None:
            previous = [before.instances.get(k, m) for k, m in zip(zip(paths, meshes), matrices)]
        instances = list(map(Instance, paths, meshes, materials, entity, matrices, previous))
        drawn = _Drawn(palette, labels, worlds, instances, shapes.chains)
        if len(stays) < len(meshes):
            for part, instance in zip(parts, instances):
                if part is not None:
                    drawn.gone.setdefault(part, []).append(instance)
            drawn.instances = [instances[k] for k in stays]
            drawn.chains = [shapes.chains[k] for k in stays]
            drawn.worlds = worlds[stays]
        return drawn

    def _labels(self, state: SceneState, shapes: _Shapes, stays: list[int]) -> Labelling:
        """Return whose the shapes are that stay; found once where nothing but the stage has a say in it."""
        if state.placed or state.semantics_of or state.missing:
            return labelling([shapes.chains[k] for k in stays], state.semantics)
        key = self.base.levels("/"), self.base.age, shapes.shown.tobytes()
        if self._labelled is None or self._labelled[0] != key:
            self._labelled = key, labelling(shapes.chains, state.semantics)
        return self._labelled[1]

    def _missing(self, state: SceneState, metres: Matrix, drawn: _Drawn, entities: list[Entity]) -> list[MissingPart]:
        """Return the missing parts; their instances, shown intact alone, and entities are added to those there are."""
        missing = []
        for part, shapes in drawn.gone.items():
            removal = state.missing[part]
            missing.append(
                MissingPart(
                    prim_path=removal.defect,
                    part=part,
                    entity=len(entities),
                    is_whole=removal.is_whole,
                    margin=removal.margin,
                )
            )
            drawn.instances += [replace(i, entity=len(entities), shown="intact") for i in shapes]
            members = _Members(
                np.array([len(shapes)]), [i.mesh for i in shapes], stacked([i.world_from_mesh for i in shapes])
            )
            ((world, low, high),) = self._bounds_of(metres, [part], state.frame(part)[None], members)
            entities.append(Entity(removal.defect, state.semantics(removal.defect), world, low, high))
        return missing

    def _entities(self, state: SceneState, metres: Matrix, drawn: _Drawn) -> list[Entity]:
        """Return the labels of what is drawn."""
        labels = drawn.labels
        levels = self.base.levels("/")
        numbers = [levels.numbers.get(path, -1) for path in labels.paths]
        if state.placed or -1 in numbers:
            frames = stacked([state.frame(path) for path in labels.paths])
        else:
            frames = state.worlds_of(levels)[numbers]
        meshes = [drawn.instances[shape].mesh for shape in labels.members.tolist()]
        members = _Members(labels.counts, meshes, drawn.worlds[labels.members])
        bounds = self._bounds_of(metres, labels.paths, frames, members)
        worlds, lows, highs = zip(*bounds) if bounds else ((), (), ())
        return list(map(Entity, labels.paths, labels.semantics, worlds, lows, highs, labels.parents))

    def _bounds_of(
        self, metres: Matrix, paths: list[str], frames: F8, members: _Members
    ) -> list[tuple[Matrix, Matrix, Matrix]]:
        """Return world_from_local of labelled prims, metres, and the lowest and highest corner of their members in
        their own space. ``frames`` (E, 4, 4) are world_from_local in stage units.

        Raises BadScene for a prim that is scaled to nothing.
        """
        if not paths:
            return []
        worlds = portable.product(metres, frames)
        flat = np.abs(portable.determinant(worlds[:, :3, :3])) < 1e-30
        if flat.any():
            path = paths[int(np.flatnonzero(flat)[0])]
            raise BadScene(f"{path} is scaled to nothing; use visibility to hide a prim")
        inverses = np.repeat(portable.inverse(worlds), members.counts, axis=0)
        # rounded, and without negative zeros: what a kept box is found by is all that it was made of
        relatives = np.round(portable.product(inverses, members.worlds), 10) + 0.0
        boxes = [self._box(mesh, relative) for mesh, relative in zip(members.meshes, relatives)]
        if len(boxes) == len(paths):
            return [(world, low, high) for world, (low, high) in zip(worlds, boxes)]
        each = iter(boxes)
        found = []
        for world, count in zip(worlds, members.counts.tolist()):
            lows, highs = zip(*(next(each) for _ in range(count)))
            if count == 1:
                found.append((world, lows[0], highs[0]))
            else:
                found.append((world, np.min(lows, axis=0), np.max(highs, axis=0)))
        return found

    def _box(self, mesh: int, placed: Matrix) -> tuple[Matrix, Matrix]:
        """Return the lowest and the highest corner (3,) of a mesh under a matrix (4, 4)."""
        key = (self.base.stamps[mesh], placed.tobytes())
        box = self._bounds.get(key)
        if box is None:
            points = (
                portable.product(self.base.meshes[mesh].vertices.astype(np.float64), placed[:3, :3].T) + placed[:3, 3]
            )
            box = self._bounds[key] = extent(points)
            if len(self._bounds) > MOST_KEPT:
                self._bounds.pop(next(iter(self._bounds)))
        return box


def _missing_part(state: SceneState, chain: tuple[str, ...]) -> str | None:
    """Return the outermost missing part that a shape belongs to."""
    return next((path for path in reversed(chain) if path in state.missing), None)


def _stood(snapshot: Snapshot) -> Stood:
    return Stood(
        frame=snapshot.frame,
        instances={(i.prim_path, i.mesh): i.world_from_mesh for i in snapshot.instances},
        cameras={p.camera.prim_path: p.camera.world_from_camera for whole in snapshot.products for p in whole.shots},
    )
