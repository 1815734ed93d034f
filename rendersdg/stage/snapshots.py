"""Stage + Plan -> Snapshot: the one place where stage units become metres and USD becomes arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from pxr import Tf, Usd, UsdGeom

from rendersdg import portable
from rendersdg.assets.materialx import Documents
from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import AssetError, BadScene, Report
from rendersdg.geometry import Matrix, extent
from rendersdg.graph.nodes import Graph
from rendersdg.graph.plan import Plan, Planner
from rendersdg.inputs import note_input
from rendersdg.snapshot import Entity, Instance, Material, MissingPart, Semantics, Snapshot
from rendersdg.stage.audit import audit
from rendersdg.stage.author import Author
from rendersdg.stage.base import BaseScene, ancestors
from rendersdg.stage.cameras import Setting, build_product
from rendersdg.stage.defects import DefectBuilder
from rendersdg.stage.effects import apply_plan, stated_time
from rendersdg.stage.lights import build_lights
from rendersdg.stage.looks import MOST_KEPT, LookBuilder
from rendersdg.stage.physics import Simulator
from rendersdg.stage.shading.blending import fitted
from rendersdg.stage.skeletons import build_skeletons
from rendersdg.stage.state import SceneState
from rendersdg.stage.usd_errors import reason


@dataclass(frozen=True, eq=False)
class Stood:
    """Where things stood in a frame, metres: instances by (prim path, mesh), cameras by prim path."""

    frame: int
    instances: Mapping[tuple[str, int], Matrix]
    cameras: Mapping[str, Matrix]


@dataclass(eq=False)
class _Drawn:
    """What the instances of a snapshot are, while they are collected: each with the chain of its prims.

    ``members`` are (mesh, world_from_mesh) by each prim that labels them, the nearest and all above it; ``parents`` the
    next labelled prim above one; ``gone`` the instances of parts that are missing, by the part.
    """

    instances: list[Instance] = field(default_factory=list)
    chains: list[tuple[str, ...]] = field(default_factory=list)
    materials: dict[Material, int] = field(default_factory=dict)
    entities: dict[str, int] = field(default_factory=dict)
    members: dict[str, list[tuple[int, Matrix]]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    gone: dict[str, list[Instance]] = field(default_factory=dict)


class SnapshotBuilder:
    """Builds snapshots of a stage under the plans of one planner; what does not change is built once."""

    def __init__(
        self, stage: Usd.Stage, graph: Graph, planner: Planner, report: Report, textures: TextureLibrary
    ) -> None:
        self.graph = graph
        self.planner = planner
        self.report = report
        self.base = BaseScene(stage, report)
        self.physics = Simulator(report)
        self.simulates = True
        self.latest: SceneState | None = None  # of the last snapshot
        self.has_lens = False  # whether the backend renders depth of field
        self.documents: Documents | None = None  # of MaterialX, for what another variant refers to
        self._defects = DefectBuilder(report, textures)
        self._looks = LookBuilder(self.base, report, textures)
        self._textures = textures
        self._bounds: dict[tuple[int, bytes], tuple[Matrix, Matrix]] = {}
        self._variants: dict[tuple[str, str], str] = {}
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
        return Snapshot(
            frame=plan.frame,
            time=plan.time,
            meters_per_unit=unit,
            up_axis=Author(stage).up_axis,
            meshes=tuple(meshes),
            textures=tuple(self._textures.textures),
            materials=tuple(drawn.materials),
            instances=tuple(drawn.instances),
            entities=tuple(entities),
            lights=tuple(lights),
            products=products,
            skeletons=tuple(build_skeletons(state, self._skeleton_prims, unit)),
            defects=tuple(defects),
            missing=tuple(missing),
            settings={**self.graph.settings, **state.settings},
            seed=plan.seed,
        )

    def _drawn(self, state: SceneState, metres: Matrix, before: Stood | None) -> _Drawn:
        """Return what is drawn as things stand, in stage order, then what operations placed.

        Raises BadScene for a transform that is not finite.
        """
        drawn = _Drawn()
        shapes = [shape for root in ("/", *state.placed) for shape in state.drawables_below(root)]
        shapes = [shape for shape in shapes if state.is_visible(shape[2])]
        worlds = portable.product(metres, np.array([world for _, world, _ in shapes], np.float64).reshape(-1, 4, 4))
        if not np.isfinite(worlds).all():
            bad = shapes[int(np.flatnonzero(~np.isfinite(worlds).all(axis=(1, 2)))[0])][0]
            raise BadScene(f"{bad.path} has a transform with NaN or infinity; check the poses that reach it")
        for (drawable, _, chain), matrix in zip(shapes, worlds):
            bound = self._looks.material(state, drawable.material, chain, drawable.mesh)
            look = fitted(bound, self.base.meshes[drawable.mesh])
            path = chain[0]
            part = next((p for p in reversed(chain) if p in state.missing), None) if state.missing else None
            owners = [] if part is not None else [p for p in chain if state.semantics(p)] or [path]
            for owner in reversed(owners):  # a parent comes before its children
                drawn.entities.setdefault(owner, len(drawn.entities))
                drawn.members.setdefault(owner, []).append((drawable.mesh, matrix))
            if len(owners) > 1:
                drawn.parents.update(pairwise(owners))
            instance = Instance(
                prim_path=path,
                mesh=drawable.mesh,
                material=drawn.materials.setdefault(look, len(drawn.materials)),
                entity=drawn.entities[owners[0]] if owners else -1,
                world_from_mesh=matrix,
                previous_world_from_mesh=before.instances.get((path, drawable.mesh), matrix) if before else matrix,
            )
            if part is not None:
                drawn.gone.setdefault(part, []).append(instance)
                continue
            drawn.instances.append(instance)
            drawn.chains.append(chain)
        return drawn

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
            members = [(i.mesh, i.world_from_mesh) for i in shapes]
            (world, low, high) = self._bounds_of(state, metres, [(part, members)])[0]
            entities.append(Entity(removal.defect, state.semantics(removal.defect), world, low, high))
        return missing

    def _entities(self, state: SceneState, metres: Matrix, drawn: _Drawn) -> list[Entity]:
        """Return the labels of what is drawn."""
        paths = list(drawn.entities)
        bounds = self._bounds_of(state, metres, [(path, drawn.members[path]) for path in paths])
        return [
            Entity(
                prim_path=path,
                semantics=_nearest_semantics(state, path),
                world_from_local=world,
                low=low,
                high=high,
                parent=drawn.entities[drawn.parents[path]] if path in drawn.parents else -1,
            )
            for path, (world, low, high) in zip(paths, bounds)
        ]

    def _bounds_of(
        self, state: SceneState, metres: Matrix, labelled: list[tuple[str, list[tuple[int, Matrix]]]]
    ) -> list[tuple[Matrix, Matrix, Matrix]]:
        """Return world_from_local of labelled prims, and the lowest and highest corner of their members in their own
        space. Members are (mesh, world_from_mesh).

        Raises BadScene for a prim that is scaled to nothing.
        """
        if not labelled:
            return []
        worlds = portable.product(metres, np.array([state.frame(path) for path, _ in labelled], np.float64))
        flat = np.abs(portable.determinant(worlds[:, :3, :3])) < 1e-30
        if flat.any():
            path = labelled[int(np.flatnonzero(flat)[0])][0]
            raise BadScene(f"{path} is scaled to nothing; use visibility to hide a prim")
        counts = [len(members) for _, members in labelled]
        inverses = np.repeat(portable.inverse(worlds), counts, axis=0)
        meshes = [mesh for _, members in labelled for mesh, _ in members]
        matrices = np.array([matrix for _, members in labelled for _, matrix in members], np.float64)
        # rounded, and without negative zeros: what a kept box is found by is all that it was made of
        relatives = np.round(portable.product(inverses, matrices), 10) + 0.0
        boxes = iter([self._box(mesh, relative) for mesh, relative in zip(meshes, relatives)])
        found = []
        for world, count in zip(worlds, counts):
            lows, highs = zip(*(next(boxes) for _ in range(count)))
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


def _nearest_semantics(state: SceneState, path: str) -> Semantics:
    """Return the labels of a prim, or of the nearest above it that has some."""
    return next((s for p in ancestors(path) if (s := state.semantics(p))), ())


def _stood(snapshot: Snapshot) -> Stood:
    return Stood(
        frame=snapshot.frame,
        instances={(i.prim_path, i.mesh): i.world_from_mesh for i in snapshot.instances},
        cameras={p.camera.prim_path: p.camera.world_from_camera for whole in snapshot.products for p in whole.shots},
    )
