"""A scene as a USD stage: the values of its frames as time samples, so that any USD tool plays them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdShade

from rendersdg import portable
from rendersdg.errors import BadArgument, Report
from rendersdg.omni.baking import Baker, Inputs
from rendersdg.omni.steps import Notes
from rendersdg.orchestrator.session import Session
from rendersdg.snapshot import Semantics
from rendersdg.stage.author import Author, converted, set_attribute, valid_name
from rendersdg.stage.named_points import Marks, read_marks, write_marks
from rendersdg.stage.semantics import clear_semantics, write_semantics
from rendersdg.stage.state import Look, SceneState

Key: TypeAlias = Any  # of a state's values: a prim's path, or that and a name
_UNSET: Inputs = {  # what OmniPBR takes for an input that a material does not set
    "diffuse_texture": "",
    "diffuse_color_constant": (0.2, 0.2, 0.2),
    "diffuse_tint": (1.0, 1.0, 1.0),
    "albedo_brightness": 1.0,
    "reflection_roughness_constant": 0.5,
    "reflectionroughness_texture": "",
    "reflection_roughness_texture_influence": 1.0,
    "metallic_constant": 0.0,
    "metallic_texture": "",
    "metallic_texture_influence": 1.0,
    "specular_level": 0.5,
    "enable_ORM_texture": False,
    "ORM_texture": "",
    "normalmap_texture": "",
    "bump_factor": 1.0,
    "enable_emission": False,
    "emissive_color": (1.0, 1.0, 1.0),
    "emissive_intensity": 0.0,
    "emissive_mask_texture": "",
    "project_uvw": False,
    "texture_scale": (1.0, 1.0),
    "texture_translate": (0.0, 0.0),
    "texture_rotate": 0.0,
    "enable_opacity": False,
    "enable_clearcoat": False,
}


def author_frames(session: Session, frames: Sequence[int], baker: Baker, note: Callable[[str, str], None]) -> Usd.Stage:
    """Return a stage of its own with the values of ``frames`` at the time codes 0, 1, ..;
    one frame alone gives plain values.

    ``note`` hears what a stage cannot hold.
    """
    states = [session.builder.state(session.planner.plan(frame)) for frame in frames]
    stage = Usd.Stage.Open(session.recorder.stage.Flatten())
    if len(frames) > 1:
        stage.SetStartTimeCode(0)
        stage.SetEndTimeCode(len(frames) - 1)
    _Frames(stage, states, baker, note).author()
    baker.localize(stage.GetRootLayer(), baker.folder.parent)
    return stage


class _Frames:
    """Writes the values of some frames onto a stage, one kind of them after the other."""

    def __init__(
        self, stage: Usd.Stage, states: list[SceneState], baker: Baker, note: Callable[[str, str], None]
    ) -> None:
        self._stage = stage
        self._states = states
        self._baker = baker
        self._note = note

    def author(self) -> None:
        self._instances()
        self._variants()
        self._poses()
        self._visibility()
        self._labels()
        self._keypoints()
        self._attributes()
        self._looks()
        if any(s.defects for s in self._states):
            self._note("defects", "are not on the stage: they live on the surface in rendersdg's renderer")
        for what, used in (
            ("sensor", [s.sensors for s in self._states]),
            ("lens", [s.lenses for s in self._states]),
            ("depth_sensor", [s.depth_sensors for s in self._states]),
        ):
            if any(used):
                self._note(f"inspection.{what}", f"is not on the stage: the {what} is applied by rendersdg alone")

    def _union(self, field: str) -> list[Key]:
        return list(dict.fromkeys(key for s in self._states for key in getattr(s, field)))

    def _set(self, attribute: Usd.Attribute, values: Sequence[object]) -> None:
        """Write one value a frame: plain where all are equal."""
        if all(v == values[0] for v in values[1:]):
            attribute.Set(values[0])
            return
        for code, value in enumerate(values):
            if code in (0, len(values) - 1) or value != values[code - 1] or value != values[code + 1]:
                attribute.Set(value, code)

    def _instances(self) -> None:
        """Prims that exist in some frames only, each of which may be another asset in another frame."""
        for path in self._union("placed"):
            UsdGeom.Xform.Define(self._stage, path)
            chosen = [s.placed.get(path) for s in self._states]
            looks = list(
                dict.fromkeys((c.prototype, s.semantics(path)) for c, s in zip(chosen, self._states) if c is not None)
            )
            single = len(looks) == 1
            for prototype, labels in looks:
                at = path if single else f"{path}/{_child(prototype, labels)}"
                prim = UsdGeom.Xform.Define(self._stage, at).GetPrim()
                prim.GetReferences().AddInternalReference(prototype)
                _relabel(prim, labels)
                shown = [
                    c is not None and (c.prototype, s.semantics(path)) == (prototype, labels)
                    for c, s in zip(chosen, self._states)
                ]
                self._set(UsdGeom.Imageable(prim).CreateVisibilityAttr(), [_word(v) for v in shown])

    def _keypoints(self) -> None:
        """Points that operations name, in lists as assets have them; those of the last frame that names any."""
        authored = read_marks(self._stage, Report())
        for path in self._union("keypoints"):
            state = next(s for s in reversed(self._states) if path in s.keypoints)
            if not (prim := self._stage.GetPrimAtPath(path)):
                continue
            marks = authored.get(path, Marks()).and_then(state.keypoints[path])
            scale = portable.power(abs(portable.determinant(state.world(path)[:3, :3])), 1 / 3)
            write_marks(prim, marks, max(float(scale), 1e-12))

    def _variants(self) -> None:
        for path, name in self._union("variants"):
            chosen = [s.variants.get((path, name)) for s in self._states]
            if any(c != chosen[0] for c in chosen):
                self._note(
                    f"{path} variant {name}",
                    "changes between frames, which a stage cannot hold; the first frame's is kept",
                )
            if chosen[0] is not None:
                self._stage.GetPrimAtPath(path).GetVariantSet(name).SetVariantSelection(chosen[0])

    def _poses(self) -> None:
        for path in self._union("poses"):
            prim = self._stage.GetPrimAtPath(path)
            if not prim:
                continue
            xform = UsdGeom.Xformable(prim)
            resets = xform.GetResetXformStack()
            for name in [n for n in prim.GetAuthoredPropertyNames() if n.startswith("xformOp")]:
                prim.RemoveProperty(name)
            values = [Gf.Matrix4d(*np.asarray(s.pose(path).matrix()).T.ravel().tolist()) for s in self._states]
            self._set(xform.AddTransformOp().GetAttr(), values)
            xform.SetResetXformStack(resets)

    def _visibility(self) -> None:
        for path in dict.fromkeys([*self._union("visible"), *self._union("missing")]):
            shown = [path not in s.missing and s.visible.get(path, s.base.is_visible(path)) for s in self._states]
            prim = self._stage.GetPrimAtPath(path)
            if not prim:
                continue
            attribute = UsdGeom.Imageable(prim).CreateVisibilityAttr()
            attribute.Clear()
            self._set(attribute, [_word(v) for v in shown])

    def _labels(self) -> None:
        for path in self._union("semantics_of"):
            labels = [s.semantics(path) for s in self._states]
            if any(v != labels[0] for v in labels):
                self._note(
                    f"{path} semantics",
                    "change between frames, which other tools do not read; the first frame's are kept",
                )
            if prim := self._stage.GetPrimAtPath(path):
                _relabel(prim, labels[0])

    def _attributes(self) -> None:
        for path, name in self._union("attributes"):
            prim = self._stage.GetPrimAtPath(path)
            if not prim:
                continue
            values = [s.attributes.get((path, name)) for s in self._states]
            first = next(v for v in values if v is not None)
            kind = next((t for s in self._states if (t := s.attribute_types.get((path, name)))), None)
            own = prim.GetAttribute(name)
            before = own.Get() if own else None
            set_attribute(prim, name, first, kind)
            attribute = prim.GetAttribute(name)
            attribute.Clear()
            plain = [before if v is None else converted(v, str(attribute.GetTypeName())) for v in values]
            self._set(attribute, [plain[0] if v is None else v for v in plain])

    def _looks(self) -> None:
        for path in self._union("looks"):
            prim = self._stage.GetPrimAtPath(path)
            if not prim:
                continue
            looks = [s.looks.get(path) for s in self._states]
            bound = {look.path for look in looks if look is not None}
            if all(looks) and len(bound) == 1 and None not in bound:
                material = UsdShade.Material(self._stage.GetPrimAtPath(next(iter(bound))))
            else:
                material = self._animated(path, looks)
            api = UsdShade.MaterialBindingAPI.Apply(prim)
            api.Bind(material, UsdShade.Tokens.strongerThanDescendants)

    def _animated(self, path: str, looks: Sequence[Look | None]) -> UsdShade.Material:
        """Return one OmniPBR material that takes the place of the frames' own: its inputs change,
        for a binding cannot.
        """
        by_look: dict[int, Inputs] = {}
        inputs = []
        for state, look in zip(self._states, looks):
            key = id(look)
            if key not in by_look:
                by_look[key] = self._inputs(state, path, look)
            inputs.append(by_look[key])
        names = dict.fromkeys(
            name for i in inputs for name in i if name in _UNSET or all(name in other for other in inputs)
        )
        first = {n: inputs[0].get(n, _UNSET.get(n)) for n in names}
        at = Author(self._stage).material(f"{path.rsplit('/', 1)[-1]}_Look", first)
        shader = self._stage.GetPrimAtPath(f"{at}/Shader")
        for name in names:
            attribute = shader.GetAttribute(f"inputs:{name}")
            values = [converted(i.get(name, _UNSET.get(name)), str(attribute.GetTypeName())) for i in inputs]
            if any(v != values[0] for v in values):
                attribute.Clear()
                self._set(attribute, values)
        return UsdShade.Material(self._stage.GetPrimAtPath(at))

    def _inputs(self, state: SceneState, path: str, look: Look | None) -> Inputs:
        if look is None:
            return self._bound(state, path)
        if look.surface is not None:
            name = f"{valid_name(path.strip('/'))}_{self._states.index(state)}"
            return self._baker.surface(look.surface, look.source, name)
        if look.path is not None:
            shading = state.base.shading(look.path)
            changes = {
                n.removeprefix("inputs:"): v
                for (p, n), v in state.attributes.items()
                if shading and p == shading.shader_path
            }
            return {} if shading is None or not shading.is_omnipbr else {**shading.inputs, **changes}
        return dict(look.inputs)

    def _bound(self, state: SceneState, path: str) -> Inputs:
        """The inputs of the material that the prim has of its own."""
        for drawable in state.base.drawables(path):
            if drawable.material is not None:
                return self._inputs(state, path, Look(path=drawable.material))
        return {}


def _word(shown: bool) -> str:
    return "inherited" if shown else "invisible"


def _child(prototype: str, labels: Semantics) -> str:
    return valid_name("_".join([prototype.rsplit("/", 1)[-1], *(label for _, label in labels)]))


def _relabel(prim: Usd.Prim, labels: Semantics) -> None:
    clear_semantics(prim)
    write_semantics(prim, labels)


def export_usd(session: Session, file: Path, *, title: str, target: str, frames: range | None) -> Notes:
    """Write the stage with its frames as time samples; textures lie beside it in ``<name>_assets``.

    ``target`` is not used: every USD tool reads the file. ``frames`` None means all that the scene makes, or the first
    one where it has no end. Returns notes of what is not on the stage: (what, how). Raises BadArgument for a file
    name that is not a stage's.
    """
    if file.suffix not in (".usd", ".usda", ".usdc"):
        raise BadArgument(f"{file.name}: end the stage's name with .usda (text), .usdc (binary) or .usd")
    notes: list[tuple[str, str]] = []
    length = session.length()
    exported = frames if frames is not None else range(length if length is not None else 1)
    baker = Baker(session.recorder, file.parent / f"{file.stem}_assets")
    stage = author_frames(session, exported, baker, lambda what, how: notes.append((what, how)))
    stage.GetRootLayer().comment = f"{title}: frames {exported.start} to {exported.stop - 1} of seed {session.seed}"
    baker.save(stage.GetRootLayer(), file)
    return tuple(notes)
