"""Stage + Plan -> Snapshot: the one place where stage units become metres and USD becomes arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdSkel

from rendersdg.assets.textures import TextureLibrary
from rendersdg.colour import black_body
from rendersdg.errors import BadScene, Report
from rendersdg.geometry import Matrix
from rendersdg.graph.nodes import Graph, Product
from rendersdg.graph.plan import Plan, Planner
from rendersdg.lens import COEFFICIENTS
from rendersdg.snapshot import (
    Camera,
    Entity,
    Instance,
    Light,
    Material,
    MissingPart,
    RenderProduct,
    Sensor,
    Skeleton,
    Snapshot,
)
from rendersdg.stage.author import Author
from rendersdg.stage.base import LIGHT_TYPES, BaseScene, ancestors
from rendersdg.stage.defects import DefectBuilder
from rendersdg.stage.effects import apply_plan, camera_prim
from rendersdg.stage.materials import Shading, build_material
from rendersdg.stage.physics import Simulator
from rendersdg.stage.state import Look, SceneState
from rendersdg.texels import normal_texels

_DEFAULT_LOOK = Shading("preview", {"diffuseColor": (0.5, 0.5, 0.5), "roughness": 0.5})
_MOST_KEPT = 4096  # entries of a cache: what random values make anew each frame must not pile up
_FISHEYE = {"fisheyePolynomial", "fisheye_polynomial"}


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
        self._defects = DefectBuilder(report, textures)
        self.simulates = True
        self.has_lens = False  # whether the backend renders depth of field
        self._textures = textures
        self._animated = stage.HasAuthoredTimeCodeRange()
        self._rate = stage.GetTimeCodesPerSecond() or 24.0
        self._materials: dict[tuple[Any, ...], Material] = {}
        self._surfaces: dict[str, tuple[Any, Material]] = {}
        self._bounds: dict[tuple[int, bytes], tuple[Matrix, Matrix]] = {}
        self._variants: dict[tuple[str, str], str] = {}
        self._skeleton_prims = [p for p in stage.Traverse() if p.GetTypeName() == "Skeleton"]
        self._previous: tuple[int, dict[tuple[str, int], Matrix], dict[str, Matrix]] | None = None

    def build(self, plan: Plan, *, with_motion: bool = False) -> Snapshot:
        """Return the snapshot of a plan. With ``with_motion`` the previous frame is evaluated for its transforms."""
        before: tuple[dict[tuple[str, int], Matrix], dict[str, Matrix]] | None = None
        if with_motion and plan.frame > 0:
            if self._previous is None or self._previous[0] != plan.frame - 1:
                snapshot = self._build(self.planner.plan(plan.frame - 1), None)
                self._remember(plan.frame - 1, snapshot)
            assert self._previous is not None
            before = self._previous[1], self._previous[2]
        snapshot = self._build(plan, before)
        if with_motion:
            self._remember(plan.frame, snapshot)
        return snapshot

    def refresh(self) -> None:
        """Read values of the stage anew, after an edit that changed neither geometry nor what is bound to what."""
        self.base.refresh()
        self._materials.clear()

    def follow(self, other: SnapshotBuilder) -> None:
        """Take over where things stood in the last frame of ``other``, for motion across an edit of the stage."""
        self._previous = other._previous

    def state(self, plan: Plan) -> SceneState:
        """Return the state of the scene under a plan, with variants and animation time taken into the base."""
        state = apply_plan(self.base, plan)
        if state.variants != self._variants:
            self._switch_variants(state.variants)
            state = apply_plan(self.base, plan)
        if self._animated:
            time = plan.time if state.time is None else state.time
            before = self.base.time
            self.base.set_time(Usd.TimeCode(time * self._rate + self.base.stage.GetStartTimeCode()))
            if self.base.time != before:
                state = apply_plan(self.base, plan)
        if self.simulates:
            self.physics.settle(state, plan, self.planner.seconds_per_frame)
        return state

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

    def _remember(self, frame: int, snapshot: Snapshot) -> None:
        worlds = {(i.prim_path, i.mesh): i.world_from_mesh for i in snapshot.instances}
        cameras = {p.camera.prim_path: p.camera.world_from_camera for whole in snapshot.products for p in whole.shots}
        self._previous = (frame, worlds, cameras)

    def _build(self, plan: Plan, before: tuple[dict[tuple[str, int], Matrix], dict[str, Matrix]] | None) -> Snapshot:
        state = self.state(plan)
        stage = self.base.stage
        unit = float(UsdGeom.GetStageMetersPerUnit(stage))
        metres = np.diag([unit, unit, unit, 1.0])
        materials: dict[Material, int] = {}
        instances: list[Instance] = []
        chains: list[tuple[str, ...]] = []
        members: dict[str, list[tuple[int, Matrix]]] = {}
        entity_index: dict[str, int] = {}
        gone: dict[str, list[Instance]] = {}
        roots = ["/", *state.placed]
        for root in roots:
            for drawable, world, chain in state.drawables_below(root):
                if not state.is_visible(chain):
                    continue
                matrix = metres @ world
                if not np.isfinite(matrix).all():
                    raise BadScene(
                        f"{drawable.path} has a transform with NaN or infinity; check the poses that reach it"
                    )
                look = self._look(state, drawable.material, chain)
                material = materials.setdefault(look, len(materials))
                path = chain[0]
                old = before[0].get((path, drawable.mesh), matrix) if before else matrix
                made = Instance(path, drawable.mesh, material, -1, matrix, old)
                part = next((p for p in reversed(chain) if p in state.missing), None)
                if part is not None:
                    gone.setdefault(part, []).append(made)
                    continue
                owner = next((p for p in chain if state.semantics(p)), chain[0])
                members.setdefault(owner, []).append((drawable.mesh, matrix))
                instances.append(replace(made, entity=entity_index.setdefault(owner, len(entity_index))))
                chains.append(chain)
        entities = tuple(self._entity(state, path, metres, members[path]) for path in entity_index)
        products = tuple(
            self._any_product(state, product, unit, before, plan.seed)
            for product in self.graph.products
            if product.enabled
        )
        lights = tuple(light for root in roots for light in self._lights(state, root, unit))
        meshes = list(self.base.meshes)
        defects, parts = self._defects.build(
            state, instances, chains, meshes, [shot for p in products for shot in p.shots], len(entities)
        )
        entities += tuple(parts)
        missing: list[MissingPart] = []
        for part, shapes in gone.items():
            removal = state.missing[part]
            missing.append(MissingPart(removal.defect, part, len(entities), removal.is_whole, removal.margin))
            instances += [replace(i, entity=len(entities), shown="intact") for i in shapes]
            whole = self._entity(state, part, metres, [(i.mesh, i.world_from_mesh) for i in shapes])
            entities += (replace(whole, prim_path=removal.defect, semantics=state.semantics(removal.defect)),)
        return Snapshot(
            plan.frame,
            plan.time,
            unit,
            Author(stage).up_axis,  # type: ignore[arg-type]
            tuple(meshes),
            tuple(self._textures.textures),
            tuple(materials),
            tuple(instances),
            entities,
            lights,
            products,
            tuple(self._skeletons(state, unit)),
            tuple(defects),
            tuple(missing),
            {**self.graph.settings, **state.settings},
            plan.seed,
        )

    def _look(self, state: SceneState, bound: str | None, chain: tuple[str, ...]) -> Material:
        if state.looks:
            for path in reversed(chain):  # the outermost wins, as a binding stronger than descendants does
                if path in state.looks:
                    look: Look = state.looks[path]
                    if look.surface is not None:
                        return self._surface(look, path)
                    if look.path is None:
                        return self._material(Shading("omnipbr", {}), dict(look.inputs), ("inline", look.inputs))
                    bound = look.path
                    break
        if bound is None:
            return self._material(
                Shading("preview", {**_DEFAULT_LOOK.inputs, "vertex_colour": True, "diffuseColor": (0.5,) * 3}),
                {},
                ("default",),
            )
        shading = self.base.shading(bound) or _DEFAULT_LOOK
        changes: dict[str, Any] = {}
        if state.attributes:
            for path in {bound, shading.shader_path}:
                changes.update({n.removeprefix("inputs:"): v for (p, n), v in state.attributes.items() if p == path})
        return self._material(
            shading,
            changes,
            (bound, self.base.looks_at(bound), tuple(sorted((k, _hashable(v)) for k, v in changes.items()))),
        )

    def _surface(self, look: Look, path: str) -> Material:
        """Return the material of a procedural surface, its images in slots of the prim's own."""
        key = (look.surface, look.source)
        kept = self._surfaces.get(path)
        if kept is None or kept[0] != key:
            assert look.source is not None
            maps = look.surface.maps(look.source.rng())
            slot = self._textures.slot
            colour = slot(f"{path}/colour", maps.colour)
            normal = -1
            if maps.slopes is not None:
                normal = slot(f"{path}/normal", normal_texels(maps.slopes))
            scale = 1000.0 / look.surface.tile  # tiles a metre
            material = Material(
                (1.0, 1.0, 1.0),
                look.surface.metallic,
                look.surface.roughness,
                look.surface.specular,
                base_colour_texture=colour,
                normal_texture=normal,
                project_uvw=True,
                uv_scale=(scale, scale),
                uv_rotate=look.surface.angle,
                uv_translate=(0.5, 0.5),
                coat=look.surface.coat,
                coat_roughness=look.surface.coat_roughness,
                anisotropy=look.surface.anisotropy,
            )
            kept = self._surfaces[path] = (key, material)
        return kept[1]

    def _material(self, shading: Shading, changes: dict[str, Any], key: tuple[Any, ...]) -> Material:
        if key not in self._materials:
            if len(self._materials) > _MOST_KEPT:
                self._materials.clear()
            made = build_material(shading, changes, self._textures)
            if 0 < made.opacity < 1 and made.opacity_threshold <= 0 and made.opacity_texture < 0:
                subject = shading.shader_path or str(key[0])
                self.report.ignored(subject, f"opacity {made.opacity:g}: translucent surfaces are drawn opaque")
            self._materials[key] = made
        return self._materials[key]

    def _entity(self, state: SceneState, path: str, metres: Matrix, members: list[tuple[int, Matrix]]) -> Entity:
        world = metres @ (
            state.world(path) if self.base.stage.GetPrimAtPath(path) or path in state.placed else np.eye(4)
        )
        determinant = abs(np.linalg.det(world[:3, :3]))
        if determinant < 1e-30:
            raise BadScene(f"{path} is scaled to nothing; use visibility to hide a prim")
        inverse = np.linalg.inv(world)
        lows, highs = [], []
        for mesh, matrix in members:
            # rounded, and without negative noughts: what a kept box is found by is all that it was made of
            relative = np.round(inverse @ matrix, 10) + 0.0
            key = (mesh, relative.tobytes())
            if key not in self._bounds:
                points = self.base.meshes[mesh].vertices.astype(np.float64) @ relative[:3, :3].T + relative[:3, 3]
                self._bounds[key] = (points.min(0), points.max(0))
                if len(self._bounds) > _MOST_KEPT:
                    self._bounds.pop(next(iter(self._bounds)))
            low, high = self._bounds[key]
            lows.append(low)
            highs.append(high)
        chain = (path, *list(_above(path)))
        semantics = next((s for p in chain if (s := state.semantics(p))), ())
        return Entity(path, semantics, world, np.min(lows, axis=0), np.max(highs, axis=0))

    def _lights(self, state: SceneState, root: str, unit: float) -> list[Light]:
        found = []
        for path in self.base.lights(root) if root == "/" else []:
            chain = (path, *_above(path))
            if not state.is_visible(chain):
                continue
            prim = self.base.stage.GetPrimAtPath(path)
            time = self.base.time

            def get(name: str, default: Any, prim: Usd.Prim = prim, path: str = path, time: Usd.TimeCode = time) -> Any:
                for full in (f"inputs:{name}", name):
                    if (path, full) in state.attributes:
                        return state.attributes[path, full]
                    attribute = prim.GetAttribute(full)
                    if attribute and (value := attribute.Get(time)) is not None:
                        return value
                return default

            colour = np.asarray([float(c) for c in get("color", (1.0, 1.0, 1.0))])
            if get("enableColorTemperature", False):
                colour = colour * black_body(float(get("colorTemperature", 6500.0)))
            radiance = colour * float(get("intensity", 1.0)) * 2.0 ** float(get("exposure", 0.0) or 0.0)
            kind = LIGHT_TYPES[str(prim.GetTypeName())]
            world = state.world(path).copy()
            scale = np.linalg.norm(world[:3, :3], axis=0)
            world[:3, :3] /= np.where(scale > 1e-12, scale, 1.0)
            world[:3, 3] *= unit
            size = (0.0, 0.0)
            if kind in ("sphere", "disk"):
                size = (float(get("radius", 0.5)) * float(scale[:2].mean()) * unit, 0.0)
            elif kind == "rect":
                size = (float(get("width", 1.0)) * scale[0] * unit, float(get("height", 1.0)) * scale[1] * unit)
            elif kind == "cylinder":
                size = (float(get("radius", 0.5)) * scale[1] * unit, float(get("length", 1.0)) * scale[0] * unit)
            elif kind == "distant":
                size = (float(get("angle", 0.53)), 0.0)
            if get("normalize", False):
                radiance = radiance / max(_light_area(kind, size), 1e-9)
            texture = get("texture:file", "")
            texture = getattr(texture, "resolvedPath", "") or getattr(texture, "path", texture)
            index = self._textures.index(str(texture), is_srgb=True) if texture and kind == "dome" else -1
            if texture and kind != "dome":
                self.report.ignored(f"{path}.texture", f"the texture of a {kind} light is not projected")
            cone = (float(get("shaping:cone:angle", 180.0)), float(get("shaping:cone:softness", 0.0)))
            if get("shaping:ies:file", ""):
                self.report.ignored(path, "the IES profile is not applied")
            if prim.GetRelationship("light:filters").GetTargets():
                self.report.ignored(path, "light filters are not applied")
            shadow = bool(get("shadow:enable", True))
            if np.any(radiance > 0):
                size_xy = (float(size[0]), float(size[1]))
                found.append(Light(path, kind, radiance, world, size_xy, cone, index, shadow))  # type: ignore[arg-type]
        return found

    def _any_product(self, state: SceneState, product: Product, unit: float, before: Any, seed: int) -> RenderProduct:
        if not product.tiles:
            return self._product(state, product, unit, before, seed)
        tiles = tuple(self._product(state, tile, unit, before, seed) for tile in product.tiles)
        camera = replace(tiles[0].camera, resolution_wh=product.resolution_wh)
        return RenderProduct(product.name, camera, tiles=tiles)

    def _product(
        self,
        state: SceneState,
        product: Product,
        unit: float,
        before: tuple[dict[tuple[str, int], Matrix], dict[str, Matrix]] | None,
        seed: int,
    ) -> RenderProduct:
        prim = camera_prim(state, product.camera.paths)
        path = str(prim.GetPath())
        time = self.base.time
        width, height = product.resolution_wh

        def get(name: str, default: Any) -> Any:
            if (path, name) in state.attributes:
                return state.attributes[path, name]
            attribute = prim.GetAttribute(name)
            value = attribute.Get(time) if attribute else None
            return default if value is None else value

        world = state.world(path).copy()
        world[:3, :3] /= np.linalg.norm(world[:3, :3], axis=0)
        world[:3, 3] *= unit
        focal, aperture = float(get("focalLength", 50.0)), float(get("horizontalAperture", 20.955))
        if focal <= 0 or aperture <= 0:
            raise BadScene(f"camera {path}: focal_length={focal} and horizontal_aperture={aperture} must be above 0")
        fx = focal * width / aperture
        offset = (float(get("horizontalApertureOffset", 0.0)), float(get("verticalApertureOffset", 0.0)))
        centre = (width / 2 + offset[0] / aperture * width, height / 2 - offset[1] / aperture * width)
        near, far = (float(v) for v in get("clippingRange", (1.0, 1e6)))
        if not 0 < near < far:
            raise BadScene(f"camera {path}: clipping_range=({near}, {far}) must rise from above 0")
        model = str(get("cameraProjectionType", "pinhole"))
        f_stop = float(get("fStop", 0.0))
        if f_stop > 0 and not self.has_lens:
            self.report.ignored(path, "depth of field (f_stop above 0) is not rendered by this backend")
        polynomial: tuple[float, ...] = ()
        max_theta = 0.0
        nominal_w = float(get("fthetaWidth", 1936.0))
        nominal_h = float(get("fthetaHeight", 1216.0))
        centre_f = (float(get("fthetaCx", 970.94244)), float(get("fthetaCy", 600.37482)))
        coefficients = tuple(
            float(get(f"fthetaPoly{k}", d)) for k, d in zip("ABCDEF", (0.0, 0.00245, 0.0, 0.0, 0.0, 0.0))
        )
        if model in _FISHEYE:
            scale = width / nominal_w
            polynomial = tuple(c / scale**k for k, c in enumerate(coefficients))
            centre = (centre_f[0] * scale, centre_f[1] * height / nominal_h)
            max_theta = np.radians(float(get("fthetaMaxFov", 200.0))) / 2
        elif model != "pinhole":
            self.report.ignored(path, f"projection {model!r} is rendered as a pinhole")
        bends = dict(state.lenses.get(path, {}))
        if str(get("omni:lensdistortion:model", "")) == "opencvPinhole":
            bends = {k: float(get(f"omni:lensdistortion:opencvPinhole:{k}", 0.0)) for k in COEFFICIENTS} | bends
        distortion = tuple(bends.get(k, 0.0) for k in COEFFICIENTS) if any(bends.values()) and not polynomial else ()
        if bends and polynomial:
            self.report.ignored(path, "a fisheye camera has no lens distortion beside its polynomial")
        authored = {
            "cameraAperture": [aperture, float(get("verticalAperture", 15.2908))],
            "cameraApertureOffset": list(offset),
            "cameraFisheyeLensP": [],
            "cameraFisheyeLensS": [],
            "cameraFisheyeMaxFOV": float(get("fthetaMaxFov", 200.0)) if polynomial else 0.0,
            "cameraFisheyeNominalHeight": int(nominal_h) if polynomial else 0,
            "cameraFisheyeNominalWidth": int(nominal_w) if polynomial else 0,
            "cameraFisheyeOpticalCentre": list(centre_f) if polynomial else [0.0, 0.0],
            "cameraFisheyePolynomial": list(coefficients) if polynomial else [0.0] * 6,
            "cameraFocalLength": focal,
            "cameraFocusDistance": float(get("focusDistance", 400.0)),
            "cameraFStop": f_stop,
            "cameraNearFar": [near, far],
        }
        old = before[1].get(path, world) if before else world
        camera = Camera(
            path,
            product.resolution_wh,
            world,
            old,
            "fisheyePolynomial" if polynomial else "opencvPinhole" if distortion else "pinhole",
            (fx, fx),
            centre,
            (near * unit, far * unit),
            polynomial,
            float(max_theta),
            distortion,
            focal * 1e-3 / (2 * f_stop) if f_stop > 0 else 0.0,
            float(get("focusDistance", 400.0)) * unit,
            authored,
        )
        given = state.sensors.get(path)
        sensor = None if given is None else Sensor(**given, seed=seed, site=f"sensor/{product.name}")
        return RenderProduct(product.name, camera, sensor)

    def _skeletons(self, state: SceneState, unit: float) -> list[Skeleton]:
        found = []
        cache = None
        for prim in self._skeleton_prims:
            cache = cache or UsdSkel.Cache()
            skeleton = UsdSkel.Skeleton(prim)
            source = state.attributes.get((str(prim.GetPath()), "skel:animationSource"))
            if source:
                self.report.ignored(
                    str(prim.GetPath()), "modify.animation is recorded; the pose shown is the authored one"
                )
            query = cache.GetSkelQuery(skeleton)
            if not query:
                continue
            time = self.base.time
            joints = tuple(str(j) for j in skeleton.GetJointsAttr().Get() or [])
            skel_space = query.ComputeJointSkelTransforms(time) or []
            local = query.ComputeJointLocalTransforms(time) or []
            rest = [np.array(m, float).T for m in skeleton.GetRestTransformsAttr().Get() or []]
            if not len(joints) or len(skel_space) != len(joints) or len(rest) != len(joints):
                self.report.note(str(prim.GetPath()), "the skeleton has no complete joints, rest and bind transforms")
                continue
            world = state.world(str(prim.GetPath()))
            parents = np.array(list(query.GetTopology().GetParentIndices()), np.int32)
            bind = [np.array(m, float).T for m in skeleton.GetBindTransformsAttr().Get() or []]
            positions = np.array([(world @ np.array(m, float).T)[:3, 3] * unit for m in skel_space])
            found.append(
                Skeleton(
                    str(prim.GetPath()),
                    joints,
                    parents,
                    np.array([m[:3, 3] for m in rest], np.float32),
                    np.array([_quaternion(m) for m in rest], np.float32),
                    np.array([m[:3, 3] for m in bind], np.float32) if bind else np.zeros((len(joints), 3), np.float32),
                    np.array([_quaternion(np.array(m, float).T) for m in local], np.float32),
                    positions,
                )
            )
        return found


def _quaternion(matrix: Matrix) -> list[float]:
    q = Gf.Matrix4d(*matrix.T.ravel().tolist()).RemoveScaleShear().ExtractRotationQuat().GetNormalized()
    return [q.GetReal(), *q.GetImaginary()]


def _light_area(kind: str, size: tuple[float, float]) -> float:
    if kind == "sphere":
        return 4 * np.pi * size[0] ** 2
    if kind == "disk":
        return np.pi * size[0] ** 2
    if kind == "rect":
        return size[0] * size[1]
    if kind == "cylinder":
        return 2 * np.pi * size[0] * size[1]
    return 1.0


def _above(path: str) -> tuple[str, ...]:
    return ancestors(path)[1:]


def _hashable(value: Any) -> Any:
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple, np.ndarray)) else value
