"""From the calls that a scene made to the calls that Omniverse Replicator knows: the part that all exits share.

What Replicator has no counterpart for is baked into files where that can be done, kept for rendersdg alone where it
cannot, and noted either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pxr import UsdGeom

from rendersdg.assets.arguments import split_arguments, with_arguments
from rendersdg.assets.patterns import PATTERNS
from rendersdg.assets.resolver import is_procedural, own_label, procedural_name
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.graph.distributions import Combine, Distribution
from rendersdg.graph.nodes import Block, Call
from rendersdg.omni.baking import Baker
from rendersdg.omni.stand_ins import StandIns
from rendersdg.omni.steps import Arguments, Asset, Side, Step, Translation, Value, handles
from rendersdg.omni.targets import TARGETS
from rendersdg.orchestrator.session import DEFAULT_WRITER, Session
from rendersdg.replicator.writers import OURS
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.recorder import pairs
from rendersdg.scene.sensors import OF_LIDARS
from rendersdg.scene.signatures import defaults_of
from rendersdg.stage.base import is_lidar

_SINCE = {  # arguments younger than the oldest target, and their release; 99 for extensions, which none has
    ("create.camera", "fisheye_polynomial_f"): (1, 12, 1),
    ("create.render_product", "render_vars"): (1, 12, 4),
    ("randomizer.scatter_2d", "origin"): (99,),
    **{("create.omni_lidar", name): (99,) for name in f"{OF_LIDARS} attributes look_at look_at_up_axis".split()},
}
_ARGUMENTS = {"unit": "unit", "up_axis": "up_axis", "crease_angle": "crease"}  # of from_usd: how a file is read
_FROM_USD = ("usd", "semantics", "count", "name", "parent")  # what create.from_usd takes there
_POSE = ("position", "rotation", "scale", "pivot", "look_at", "look_at_up_axis")
_BASIC = (
    "output_dir s3_bucket s3_region s3_endpoint semantic_types rgb bounding_box_2d_tight bounding_box_2d_loose "
    "semantic_segmentation "
    "instance_id_segmentation instance_segmentation distance_to_camera distance_to_image_plane bounding_box_3d "
    "occlusion normals "
    "motion_vectors camera_params pointcloud pointcloud_include_unlabelled image_output_format "
    "colorize_semantic_segmentation "
    "colorize_instance_id_segmentation colorize_instance_segmentation colorize_depth skeleton_data frame_padding "
    "semantic_filter_predicate use_common_output_dir"
)
_KITTI = (
    "output_dir s3_bucket s3_region s3_endpoint semantic_types omit_semantic_type bbox_height_threshold "
    "partly_occluded_threshold "
    "fully_visible_threshold mapping_path mapping_dict colorize_instance_segmentation use_kitti_dir_names "
    "semantic_filter_predicate"
)
THEIR_WRITERS = {  # what omni.replicator.core itself writes, and the parameters that it takes
    "BasicWriter": frozenset(_BASIC.split()),
    "KittiWriter": frozenset(_KITTI.split()),
    "CocoWriter": frozenset(("output_dir", "semantic_types", "coco_categories")),
}


def translate(session: Session, baker: Baker, target: str, *, own_writers: bool = False) -> Translation:
    """Return the scene's calls as calls of Replicator's.

    ``baker`` writes the files that stand for what only rendersdg can make. ``target`` is one of ``TARGETS``: arguments
    that its release of Replicator lacks are left out, with a note. With ``own_writers`` all writers are rendersdg's
    own, registered there. Raises BadArgument for an unknown target.
    """
    if target not in TARGETS:
        raise BadArgument(f"--target {target!r} is not one of {', '.join(TARGETS)}{did_you_mean(target, TARGETS)}")
    translator = _Translator(session, baker, TARGETS[target], own_writers)
    steps = list(translator.settings())
    for call in session.recorder.calls:
        steps += translator.step(call)
    steps += translator.default_writer()
    return Translation(tuple(steps), tuple(dict.fromkeys(translator.notes)), target)


class _Translator:
    """Makes the steps of each call; ``notes`` get (what, how) of each that has no counterpart there."""

    def __init__(self, session: Session, baker: Baker, release: tuple[int, ...], own_writers: bool) -> None:
        self._recorder = recorder = session.recorder
        self._baker = baker
        self._release = release
        self._own_writers = own_writers
        self._labelling: set[int] = set()
        for call in recorder.calls:
            if call.function == "randomizer.instantiate" and not call.arguments.get("semantics"):
                self._labelling |= {id(h) for h in handles(call.arguments["paths"]) if isinstance(h, Distribution)}
        self.notes: list[tuple[str, str]] = []
        self._stand_ins = StandIns(session, baker, self.notes)

    def settings(self) -> Iterator[Step]:
        """The stage's unit and axis, where the scene leaves them as they come:
        Kit and Isaac begin with different ones.
        """
        set_here = {c.function for c in self._recorder.calls}
        stage = self._recorder.stage
        for name, argument, value in (
            ("settings.set_stage_meters_per_unit", "meters_per_unit", UsdGeom.GetStageMetersPerUnit(stage)),
            ("settings.set_stage_up_axis", "up_axis", str(UsdGeom.GetStageUpAxis(stage))),
        ):
            if name not in set_here:
                yield Step(name, {argument: value}, None, ())

    def step(self, call: Call) -> list[Step]:
        """Return the steps of one call."""
        special = _SPECIAL.get(call.function)
        if special is not None:
            return special(self, call)
        module = call.function.split(".")[0]
        if call.inner and module == "inspection":
            return [s for inner in call.inner for s in self.step(inner)]
        if module in ("defects", "surfaces"):
            stands = self._stand_ins.surface(call) if module == "surfaces" else self._stand_ins.defect(call)
            return [self._plain(call, side="rendersdg"), *stands]
        if call.function == "modify.keypoints":
            self.notes.append((f"{call.function} ({call.where})", "keypoints are known to rendersdg alone"))
            return [self._plain(call, side="rendersdg")]
        if module == "inspection":
            self.notes.append(
                (f"{call.function} ({call.where})", f"the {call.function.split('.')[1]} is applied by rendersdg alone")
            )
            return [self._plain(call, side="rendersdg")]
        return [self._plain(call)]

    def _plain(self, call: Call, side: Side = "both", without: Iterable[str] = ()) -> Step:
        arguments: dict[str, Value] = {}
        ours: dict[str, Value] = {}
        for name, value in call.arguments.items():
            if value is None or name in without:
                continue
            if _SINCE.get((call.function, name)) == (99,):
                ours[name] = value
                if value == defaults_of(FUNCTIONS[call.function])[name]:  # that is Replicator's way
                    continue
            since = _SINCE.get((call.function, name))
            if since is not None and since > self._release:
                came = "it is an extension" if since == (99,) else f"it came with {'.'.join(map(str, since))}"
                self.notes.append((f"{call.function} ({call.where})", f"{name} is left out: {came}"))
                continue
            labelled = id(call.result) in self._labelling
            arguments[name] = self._value(name, value, call.function, labelled=labelled)
        return Step(call.function, arguments, call.result, call.blocks, side=side, ours=ours)

    def _value(self, name: str, value: Value, function: str, *, labelled: bool = False) -> Value:
        if name == "semantics" and not isinstance(value, Distribution) and not function.startswith("get."):
            return [tuple(p) for p in pairs(value)]
        if isinstance(value, str) and is_procedural(value):
            return self._baked(value, labelled=labelled)
        if isinstance(value, (list, tuple)):
            if any(isinstance(v, Distribution) for v in value) and function.partition(".")[0] != "distribution":
                return Combine(list(value))
            return type(value)(self._value("", v, function, labelled=labelled) for v in value)
        return value

    def _baked(self, path: str, *, labelled: bool) -> Asset:
        if procedural_name(path) in PATTERNS:
            file = self._baker.texture(path)
        else:
            file = self._baker.asset(path, labels=own_label(path) if labelled else ())
        self.notes.append((path, f"baked into {file.name}"))
        return Asset(file)

    def from_usd(self, call: Call) -> list[Step]:
        """create.from_usd: there it takes no pose, so that follows in a block of its own."""
        options = {k: v for k, v in call.arguments.items() if v is not None}
        path = with_arguments(str(options["usd"]), {name: options.get(own) for own, name in _ARGUMENTS.items()})
        options.setdefault("semantics", own_label(path) or None)
        main = {
            k: self._value(k, v, call.function)
            for k, v in options.items()
            if k in _FROM_USD and v is not None and k != "usd"
        }
        name = options.get("name") or re.sub(r"\W", "_", Path(split_arguments(path)[0].replace(":", "/")).stem)
        steps = [Step(call.function, {"usd": self._located(path), **main}, call.result, call.blocks)]
        return [*steps, *self._placed(options, call, str(name))]

    def _placed(self, options: Arguments, call: Call, name: str) -> Iterator[Step]:
        inside = (*call.blocks, call.result)
        pose = {k: self._value(k, v, "modify.pose") for k, v in options.items() if k in _POSE}
        if pose:
            yield Step("modify.pose", pose, None, inside)
        if options.get("visible", True) is not True:
            yield Step("modify.visibility", {"value": options["visible"]}, None, inside)
        if options.get("material") is not None:
            yield Step("modify.material", {"value": options["material"]}, None, inside)

    def _located(self, path: str) -> Value:
        if is_procedural(path):
            return self._baked(path, labelled=False)
        file = self._recorder.resolver.find(path)
        if file is None:
            return path
        if Path(file).suffix.lower() in (".usd", ".usda", ".usdc", ".usdz"):
            return Asset(Path(file))
        self.notes.append((path, "converted to USD"))
        return Asset(self._baker.asset(path))

    def mesh(self, call: Call) -> list[Step]:
        """create.mesh: an extension; there the mesh is a file."""
        options = {k: v for k, v in call.arguments.items() if v is not None}
        name = str(options.get("name") or "Mesh")
        file = self._baker.mesh(self._recorder.stage, call.result.paths[0], name)
        self.notes.append((f"create.mesh ({call.where})", f"baked into {file.name}"))
        main = {
            k: self._value(k, v, call.function) for k, v in options.items() if k in ("semantics", "count", "parent")
        }
        step = Step("create.from_usd", {"usd": Asset(file), **main, "name": name}, call.result, call.blocks)
        return [step, *self._placed(options, call, name)]

    def xform(self, call: Call) -> list[Step]:
        """create.xform: there it takes fewer arguments."""
        options = {k: v for k, v in call.arguments.items() if v is not None}
        late = [k for k in ("look_at_up_axis", "pivot", "visible") if options.get(k, True) is not True]
        if not late:
            return [self._plain(call, without=("visible",))]
        step = self._plain(call, without=(*_POSE, "visible"))
        return [step, *self._placed(options, call, str(options.get("name") or "Xform"))]

    def inner(self, call: Call) -> list[Step]:
        """A call that only makes others."""
        return [s for inner in call.inner for s in self.step(inner)]

    def instantiate(self, call: Call) -> list[Step]:
        """randomizer.instantiate: assets that label themselves here carry the label in the file there."""
        labelled = not call.arguments.get("semantics")

        def located(value: Value) -> Value:
            if isinstance(value, str) and is_procedural(value):
                return self._baked(value, labelled=labelled)
            if isinstance(value, str) and not value.startswith("/"):
                return self._located(value)
            return [located(v) for v in value] if isinstance(value, (list, tuple)) else value

        step = self._plain(call, without=("paths",))
        return [replace(step, arguments={"paths": located(call.arguments["paths"]), **step.arguments})]

    def setting(self, call: Call) -> list[Step]:
        """settings.carb_settings: our own settings mean nothing there."""
        name = str(call.arguments.get("setting", ""))
        return self._ours_alone(call, name) if name.startswith("/rendersdg/") else [self._plain(call)]

    def quality(self, call: Call) -> list[Step]:
        """settings.render_quality: Omniverse's renderers have settings of their own."""
        return self._ours_alone(call, "settings.render_quality")

    def defect_labels(self, call: Call) -> list[Step]:
        """settings.defect_labels: defects are of rendersdg alone."""
        return self._ours_alone(call, "settings.defect_labels")

    def _ours_alone(self, call: Call, name: str) -> list[Step]:
        """Return a setting that scripts make where rendersdg runs them, and note it."""
        self.notes.append((f"{name} ({call.where})", "a setting of rendersdg alone"))
        return [self._plain(call, side="rendersdg")]

    def writer(self, call: Call) -> list[Step]:
        """writers.get: a writer by name, its parameters, its products, in the spelling that every release has."""
        steps = self._writer(
            call.result, str(call.arguments["name"]), call.arguments.get("init_params") or {}, call.blocks
        )
        if call.arguments.get("render_products") is not None:
            steps.append(self._attached(call.result, call.arguments, call.blocks))
        return steps

    def _writer(self, use: Value, name: str, params: Arguments, blocks: tuple[Block, ...]) -> list[Step]:
        known = THEIR_WRITERS.get(name)
        foreign = next((k for k in params if known is not None and k not in known), None)
        spelled = name
        if self._own_writers:
            spelled = OURS + name
        elif known is None or foreign is not None:
            spelled = OURS + name
            why = "no writer of Replicator's" if known is None else f"{foreign} is not a parameter of Replicator's"
            self.notes.append((name, f"rendersdg's own writer is registered for it: {why}"))
        return [
            Step("WriterRegistry.get", {"name": spelled}, use, blocks),
            Step(".initialize", dict(params), None, blocks, subject=use),
        ]

    def attach(self, call: Call) -> list[Step]:
        """The attach of a writer."""
        return [self._attached(call.arguments["writer"], call.arguments, call.blocks)]

    def _attached(self, use: Value, options: Arguments, blocks: tuple[Block, ...]) -> Step:
        products = options["render_products"]
        listed = list(products) if isinstance(products, (list, tuple)) else [products]
        flat = [p for item in listed for p in (item if isinstance(item, list) else [item])]
        arguments: dict[str, Value] = {"render_products": flat}
        if options.get("trigger") is not None:
            arguments["trigger"] = options["trigger"]
        return Step(".attach", arguments, None, blocks, subject=use)

    def default_writer(self) -> list[Step]:
        """The writer of a scene that attaches none: the one that rendersdg would use."""
        graph = self._recorder.graph
        if any(u.products for u in graph.writers) or not graph.products:
            return []
        name, params = DEFAULT_WRITER
        stage = self._recorder.stage
        cameras = [p for p in graph.products if not is_lidar(stage, p.camera.resolve({}))]
        if not cameras:
            return []
        use = object()
        steps = self._writer(use, name, {"output_dir": "out", **params}, ())
        return [*steps, self._attached(use, {"render_products": cameras}, ())]


_SPECIAL: dict[str, Callable[[_Translator, Call], list[Step]]] = {
    "create.from_usd": _Translator.from_usd,
    "create.from_dir": _Translator.inner,
    "create.mesh": _Translator.mesh,
    "create.xform": _Translator.xform,
    "randomizer.instantiate": _Translator.instantiate,
    "settings.carb_settings": _Translator.setting,
    "settings.render_quality": _Translator.quality,
    "settings.defect_labels": _Translator.defect_labels,
    "writers.get": _Translator.writer,
    "writers.attach": _Translator.attach,
}
