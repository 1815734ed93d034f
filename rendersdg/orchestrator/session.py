"""A session: a recorded scene with a seed and a backend, able to make any of its frames."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import rendersdg
from rendersdg.annotators import ANNOTATORS, NEEDS_MOTION, OF_ONE_CAMERA, Request
from rendersdg.assets.textures import TextureLibrary
from rendersdg.backends import choose
from rendersdg.backends.quality import QUALITY
from rendersdg.backends.shutter import may_blur
from rendersdg.dataset.dataset import FORMAT, Finisher, FrameResult, Read, ShardResult
from rendersdg.dataset.records import PER_SHARD, SHARDED_FORMAT, ShardFrame, frame_digest
from rendersdg.dataset.units import Units
from rendersdg.errors import BadArgument, NotSupported
from rendersdg.frame import Frame, ProductView
from rendersdg.graph.nodes import Trigger, WriterUse
from rendersdg.graph.plan import Plan, Planner
from rendersdg.inputs import noting
from rendersdg.orchestrator.attached import DEFAULT_WRITER, AttachedWriter, attach, path_below
from rendersdg.orchestrator.collector import uncollected
from rendersdg.orchestrator.labelling import unknown_classes
from rendersdg.orchestrator.renderer import Renderer
from rendersdg.orchestrator.stopwatch import timed
from rendersdg.orchestrator.versions import versions
from rendersdg.scene.recorder import Recorder
from rendersdg.snapshot import Snapshot
from rendersdg.stage.snapshots import SnapshotBuilder
from writers import Packed
from writers.encoders import encoding_once

__all__ = ["DEFAULT_WRITER", "AttachedWriter", "Capture", "Session"]


@dataclass(eq=False)
class Capture:
    """One moment of a scene: its plan, its snapshot and the views of its render products, rendered when asked for."""

    plan: Plan
    snapshot: Snapshot
    views: dict[str, ProductView]
    seconds: dict[str, float]
    cache: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def annotate(self, product: str, name: str, params: Mapping[str, Any], others: Sequence[str]) -> Any:
        """Return what the annotator ``name`` says of a render product; asked twice, it is made once.

        ``others`` names the products whose views the annotator may look at too. Raises NotSupported for a tiled product
        where the annotator is of one camera.
        """
        key = (product, name, json.dumps(params, sort_keys=True, default=str))
        if key not in self.cache:
            if self.views[product].product.tiles and name in OF_ONE_CAMERA:
                raise NotSupported(
                    f"{name} of {product}: a tiled render product gives images alone; attach one product a camera "
                    "for it"
                )
            views = tuple(self.views[n] for n in others)
            with uncollected():
                self.cache[key] = ANNOTATORS[name](Request(self.views[product], dict(params), views))
        return self.cache[key]


class Session:
    """Makes frames of a recorded scene. Each frame depends on the scene, the seed and its number alone.

    ``after`` is a session of the same recorder from before something was recorded or edited: what it has loaded is
    kept. Of a session of another recorder, which recorded the scene's text before it was edited, what the renderer made
    of equal things is kept. ``needs_writer`` False lets a scene be without writers, for captures that a script reads
    itself.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        seed: int | None = None,
        backend: str = "raster",
        after: Session | None = None,
        needs_writer: bool = True,
    ) -> None:
        graph = recorder.graph
        self.recorder = recorder
        self.seed = _seed(seed, graph.seed)
        self.backend_name, reason = choose(backend, graph.settings)
        if reason:
            recorder.report.note(f"backend {self.backend_name}", reason)
        self.renderer: Renderer
        if after is not None and after.backend_name == self.backend_name:
            self.renderer = after.renderer
            self.renderer.note_in(recorder.report)
        else:
            self.renderer = Renderer(self.backend_name, recorder.report)
        provides = self.renderer.provides
        if graph.settings.get("render_mode") == "pathtraced" and "path_tracing" not in provides:
            recorder.report.note(
                "settings.set_render_pathtraced",
                f"the scene asks for path tracing; backend {self.backend_name} draws it",
            )
        paints = "materials" in provides
        if paints and graph.settings.get(QUALITY, "fast") != "fast" and "rays" not in provides:
            recorder.report.note("settings.render_quality", f"backend {self.backend_name} sends no rays of this kind")
        rate = recorder.stage.GetTimeCodesPerSecond() or 60.0
        self.planner = Planner(graph, self.seed, 1.0 / rate)
        is_same = after is not None and after.recorder is recorder
        self.textures: TextureLibrary = (
            after.textures if after is not None and is_same else TextureLibrary(recorder.resolver)
        )
        if after is not None and not is_same:
            self.textures.name_apart(after.textures)  # what the renderer keeps goes by the names of textures
        recorder.layers.documents.put_into(recorder.stage)
        self.builder = SnapshotBuilder(recorder.stage, graph, self.planner, recorder.report, self.textures)
        self.builder.has_lens = "lens" in provides
        self.builder.sends_paths = "path_tracing" in provides or not paints
        self.builder.sends_rays = "rays" in provides
        self.builder.links_lights = "light_linking" in provides or not paints
        self.builder.documents = recorder.layers.documents
        if after is not None and is_same:
            self.builder.follow(after.builder)
        self.attach(needs_writer=needs_writer)
        annotators = {name for attached in self.writers for name in attached.writer.wants()} | graph.wanted
        self.with_motion = bool(annotators & NEEDS_MOTION) or may_blur(graph)  # whether frames know what moved
        self._with_hdr = "HdrColor" in annotators
        self._first_inputs: dict[str, str] | None = None

    def attach(self, *, needs_writer: bool = True) -> None:
        """Make the writers that the graph has now. Raises what they raise for their parameters."""
        self.writers = attach(self.recorder, needs_writer=needs_writer)
        self.units = Units(max((w.writer.frames_per_shard for w in self.writers), default=0))

    def length(self) -> int | None:
        """Return how many frames the triggers ask for, None when one is endless."""
        return self.planner.schedule.length()

    def digest(self, sources: Mapping[str, str], changes: Sequence[Sequence[Any]]) -> str:
        """Return a hash of what the frames depend on: the scene's text, its changes, its recorded shape, the content of
        the files that it reads, and the versions of what makes the bytes.
        """
        shape = [(n.site, n.op) for n in self.recorder.graph.nodes]
        what = [
            dict(sorted(sources.items())),
            [list(c) for c in changes],
            shape,
            self.first_inputs(),
            self._versions(),
        ]
        return sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()

    def first_inputs(self) -> dict[str, str]:
        """Return the content (SHA-256 by name) of the files that the scene is read from and that its first frame shows.

        Files that later frames show alone come with those (``FrameResult.inputs``). Asked for once frames were made,
        it would tell of theirs, too: whoever begins a dataset asks first.
        """
        if self._first_inputs is None:
            self.snapshot(0)
            self._first_inputs = dict(sorted(self.recorder.resolver.inputs.digests.items()))
        return self._first_inputs

    def _versions(self) -> dict[str, str]:
        return versions(self.backend_name, sorted({name for w in self.writers for name in w.writer.libraries}))

    def header(self, sources: Mapping[str, str], changes: Sequence[Sequence[Any]]) -> dict[str, Any]:
        """Return the dataset header: what must be equal for two parts to be of one dataset."""
        per_shard = self.units.per_shard
        return {
            "format": SHARDED_FORMAT if per_shard else FORMAT,
            **({PER_SHARD: per_shard} if per_shard else {}),
            "rendersdg": rendersdg.__version__,
            "versions": self._versions(),
            "graph": self.digest(sources, changes),
            "inputs": self.first_inputs(),
            "scene": list(sources)[-1] if sources else "",
            "changes": [list(c) for c in changes],
            "seed": self.seed,
            "backend": self.backend_name,
            "writers": [{"name": w.use.name, "folder": w.folder} for w in self.writers],
        }

    def snapshot(self, frame: int) -> Snapshot:
        """Return the snapshot of a frame."""
        with noting(self.recorder.resolver.inputs):
            return self.builder.build(self.planner.plan(frame), with_motion=self.with_motion)

    def views(self, snapshot: Snapshot, seconds: dict[str, float]) -> dict[str, ProductView]:
        """Return the views of a snapshot by product name; rendering waits until something asks for pixels.

        What it takes then is added to ``seconds["render"]``.
        """
        return self.renderer.views(snapshot, seconds, hdr=self._with_hdr)

    def make(self, frame: int) -> FrameResult:
        """Return everything that a frame gives the dataset."""
        planning: dict[str, float] = {}
        with uncollected():
            with timed(planning, "plan"):
                plan = self.planner.plan(frame)
            capture = self.capture(plan)
            capture.seconds.update(planning)
            return self.encode(capture)

    def capture(
        self,
        plan: Plan,
        *,
        with_motion: bool = False,
        change: Callable[[Snapshot], Snapshot] | None = None,
        base: Snapshot | None = None,
    ) -> Capture:
        """Return the moment that a plan makes.

        Args:
            plan: of the frame.
            with_motion: whether what moved is asked for all the same.
            change: returns another snapshot to render instead: what would be seen if the scene were different.
            base: the plan's snapshot where it is there already; it is not built again then.
        """
        seconds: dict[str, float] = {}
        with uncollected(), timed(seconds, "snapshot"), noting(self.recorder.resolver.inputs):
            snapshot = base or self.builder.build(plan, with_motion=with_motion or self.with_motion)
        if change is not None:
            snapshot = change(snapshot)
        return Capture(plan, snapshot, self.views(snapshot, seconds), seconds)

    def encode(self, capture: Capture, numbers: Mapping[WriterUse, int] | None = None) -> FrameResult:
        """Return the files of a capture. ``numbers`` gives the frame number of each writer; the plan's when absent."""
        plan, seconds = capture.plan, capture.seconds
        files: dict[str, bytes] = {}
        fragments: dict[str, Any] = {}
        pieces: dict[str, dict[str, bytes]] = {}
        seconds["annotate"] = seconds["encode"] = 0.0
        with encoding_once() if len(self.writers) > 1 else nullcontext():
            for attached in self.writers:
                if not self._is_due(attached.use, plan.frame):
                    continue
                number = self._number(attached.use, plan.frame) if numbers is None else numbers[attached.use]
                with timed(seconds, "annotate", without="render"):
                    frame = self._frame(capture, attached, number)
                    for label, text in unknown_classes(attached.writer, frame).items():
                        self.recorder.report.note(f"{attached.use.name}, class {label!r}", text, plan.frame)
                    for what, text in attached.writer.left_out(frame).items():
                        self.recorder.report.note(f"{attached.use.name}, {what}", text, plan.frame)
                with timed(seconds, "encode"):
                    encoded = attached.writer.encode(frame)
                    if attached.writer.frames_per_shard:
                        pieces[attached.folder] = encoded
                    else:
                        files.update({path_below(attached.folder, path): data for path, data in encoded.items()})
                    fragment = attached.writer.fragment(frame)
                if fragment is not None:
                    fragments[attached.folder] = fragment
        inputs = self.recorder.resolver.inputs.digests
        return FrameResult(plan.frame, files, fragments, plan.as_json(), seconds, inputs, pieces)

    def pack(self, results: Sequence[FrameResult]) -> ShardResult:
        """Return what a shard gives the dataset, of all its frames that there are, in order."""
        shard = self.units.of(results[0].frame)
        files = {path: data for result in results for path, data in result.files.items()}
        fragments: dict[str, dict[str, Any]] = {}
        for attached in self.writers:
            folder, writer = attached.folder, attached.writer
            own = {r.frame: r.fragments[folder] for r in results if folder in r.fragments}
            if writer.frames_per_shard:
                pieces = {r.frame: r.pieces[folder] for r in results if folder in r.pieces}
                packed = writer.pack(shard, pieces, own) if pieces else Packed({})
                files.update({path_below(folder, path): data for path, data in packed.files.items()})
                own = {} if packed.fragment is None else {shard: packed.fragment}
            if own:
                fragments[folder] = {str(number): fragment for number, fragment in own.items()}
        frames = {r.frame: ShardFrame(sha256=frame_digest(r.loose()), plan=r.plan) for r in results}
        return ShardResult(shard, files, fragments, frames, results[-1].inputs)  # the last has those before, too

    def finisher(self) -> Finisher:
        """Return what turns the fragments of all frames into the files over all frames."""

        def finish(fragments: Mapping[str, Mapping[int, Any]], read: Read) -> dict[str, bytes]:
            files: dict[str, bytes] = {}
            for attached in self.writers:
                own = fragments.get(attached.folder, {})
                shapes = attached.writer.shapes(own, self.snapshot)
                for what, text in shapes.left_out.items():
                    self.recorder.report.note(f"{attached.use.name}, {what}", text)
                for path, data in {**attached.finish(own, self.seed, read), **shapes.files}.items():
                    files[path_below(attached.folder, path)] = data
            return files

        return finish

    def _is_due(self, use: WriterUse, frame: int) -> bool:
        """Return whether a writer writes a frame: its trigger fires, and one of its products is switched on."""
        fires = use.trigger is None or self.planner.schedule.fires(use.trigger, frame)
        return fires and any(product.enabled for product in use.products)

    def _number(self, use: WriterUse, frame: int) -> int:
        """Return the number of a frame among those that a writer writes."""
        return frame if use.trigger is None else self.planner.schedule.executions(use.trigger, frame) - 1

    def _sequence(self, trigger: Trigger | None, frame: int) -> int | None:
        """Return the number of the sequence that a frame belongs to, None where time does not part the frames.

        The writer's own trigger counts them where it is one of time, else the scene's first where all are.
        """
        triggers = self.recorder.graph.triggers
        if trigger is None or trigger.kind != "time":
            if not triggers or any(other.kind != "time" for other in triggers):
                return None
            trigger = triggers[0]
        return self.planner.schedule.executions(trigger, frame) - 1

    def _frame(self, capture: Capture, attached: AttachedWriter, number: int) -> Frame:
        """Return what a writer encodes: its annotators' output for each of its products."""
        plan, annotators = capture.plan, attached.writer.annotators
        names = [product.name for product in attached.use.products if product.enabled]
        data: dict[str, dict[str, Any]] = {}
        for name in names:
            if "rgb" in annotators:
                capture.views[name].render()  # before the labels, which may come with the picture
            data[name] = {a: capture.annotate(name, a, params, names) for a, params in annotators.items()}
        return Frame(
            number=number,
            frame=plan.frame,
            seed=self.seed,
            data=data,
            products={name: capture.views[name].product for name in names},
            snapshot=capture.snapshot,
            trigger_outputs=plan.trigger_counts,
            distribution_outputs=plan.outputs,
            sequence=self._sequence(attached.use.trigger, plan.frame),
            attached=len(attached.use.products),
        )


def _seed(option: int | None, recorded: int | None) -> int:
    """Return the seed: the option's, else the one that the scene sets, else 0. Raises BadArgument below 0."""
    seed = recorded if option is None else option
    seed = 0 if seed is None else seed
    if seed < 0:
        raise BadArgument(f"seed={seed} must be 0 or more")
    return seed
