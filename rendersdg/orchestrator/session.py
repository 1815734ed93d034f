"""A session: a recorded scene with a seed and a backend, able to make any of its frames."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import rendersdg
from rendersdg.annotators import ANNOTATORS, NEEDS_MOTION, OF_ONE_CAMERA, Request
from rendersdg.assets.textures import TextureLibrary
from rendersdg.backends import BACKENDS, choose
from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.backends.sensor import expose
from rendersdg.backends.shutter import CAPTURE, exposed, instants, may_blur
from rendersdg.dataset.dataset import Finisher, FrameResult, Read
from rendersdg.errors import BadArgument, BadScene, NotSupported, RenderSDGError
from rendersdg.frame import Buffers, Frame, Labels, ProductView, Surface
from rendersdg.graph.nodes import WriterUse
from rendersdg.graph.plan import Plan, Planner
from rendersdg.orchestrator.tiles import sheet
from rendersdg.scene.recorder import Recorder
from rendersdg.snapshot import RenderProduct, Snapshot
from rendersdg.stage.snapshots import SnapshotBuilder
from writers import WRITERS, Writer

log = logging.getLogger("rendersdg")
DEFAULT_WRITER = (
    "BasicWriter",
    {"rgb": True, "bounding_box_2d_tight": True, "instance_segmentation": True, "semantic_segmentation": True},
)


class AttachedWriter:
    """A writer, the folder it writes below, and the products and trigger it is attached to."""

    def __init__(self, use: WriterUse, folder: str, writer: Writer) -> None:
        self.use = use
        self.folder = folder
        self.writer = writer

    def finish(self, fragments: Mapping[int, Any], seed: int, read: Read, below: str | None = None) -> dict[str, bytes]:
        """Return the writer's files over all frames. ``below`` is its folder in the store that ``read`` reads from."""
        folder = self.folder if below is None else below

        def own(path: str) -> bytes:
            return read(_below(folder, path))

        return {**self.writer.finish(fragments, seed), **self.writer.assemble(fragments, own)}


@dataclass(eq=False)
class Capture:
    """One moment of a scene: its plan, its snapshot and the views of its render products, rendered when asked for."""

    plan: Plan
    snapshot: Snapshot
    views: dict[str, ProductView]
    seconds: dict[str, float]
    cache: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def annotate(self, product: str, name: str, params: Mapping[str, Any], others: Sequence[str]) -> Any:
        """Return what an annotator says of a render product; asked twice, it is made once."""
        key = (product, name, json.dumps(params, sort_keys=True, default=str))
        if key not in self.cache:
            if self.views[product].product.tiles and name in OF_ONE_CAMERA:
                raise NotSupported(
                    f"{name} of {product}: a tiled render product gives images alone; attach one product a camera "
                    "for it"
                )
            views = tuple(self.views[n] for n in others)
            self.cache[key] = ANNOTATORS[name](Request(self.views[product], dict(params), views))
        return self.cache[key]


class Session:
    """Makes frames of a recorded scene. Each frame depends on the scene, the seed and its number alone.

    ``after`` is a session of the same recorder from before something was recorded or edited: what it has loaded is
    kept. ``needs_writer`` False lets a scene be without writers, for captures that a script reads itself.
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
        self.recorder = recorder
        self.seed = seed if seed is not None else recorder.graph.seed if recorder.graph.seed is not None else 0
        if self.seed < 0:
            raise BadArgument(f"seed={self.seed} must be 0 or more")
        backend, why = choose(backend, recorder.graph.settings)
        if why:
            recorder.report.note(f"backend {backend}", why)
        self.backend_name = backend
        if recorder.graph.settings.get("render_mode") == "pathtraced" and backend != "mitsuba":
            recorder.report.note(
                "settings.set_render_pathtraced", f"the scene asks for path tracing; backend {backend} draws it"
            )
        kind: Any = BACKENDS[backend]
        self._tables: SceneTables = SceneTables() if after is None else after._tables
        self._backend: Any = (
            after._backend if after is not None else kind(self._tables) if backend == "raster" else kind()
        )
        self._labeller: RasterBackend = (
            self._backend if isinstance(self._backend, RasterBackend) else RasterBackend(self._tables)
        )
        rate = recorder.stage.GetTimeCodesPerSecond() or 60.0
        self.planner = Planner(recorder.graph, self.seed, 1.0 / rate)
        self.textures: TextureLibrary = TextureLibrary(recorder.resolver) if after is None else after.textures
        self.builder = SnapshotBuilder(recorder.stage, recorder.graph, self.planner, recorder.report, self.textures)
        self.builder.has_lens = backend == "mitsuba"
        if after is not None:
            self.builder.follow(after.builder)
        self.writers = self._attach(needs_writer)
        wanted = {name for w in self.writers for name in w.writer.wants()} | recorder.graph.wanted
        self._with_motion = bool(wanted & NEEDS_MOTION) or may_blur(recorder.graph)
        self._keep_hdr = "HdrColor" in wanted

    def _attach(self, needs_writer: bool = True) -> list[AttachedWriter]:
        graph = self.recorder.graph
        uses = [u for u in graph.writers if u.products]
        for use in graph.writers:
            if not use.products:
                self.recorder.report.note(
                    f"{use.name} ({use.where or 'script'})", "is attached to no render product and writes nothing"
                )
        if not uses and not needs_writer:
            return []
        if not uses:
            if not graph.products:
                raise BadScene(
                    "the scene has no render product, so there is nothing to render; add create.render_product "
                    "with a camera"
                )
            use = WriterUse(DEFAULT_WRITER[0], dict(DEFAULT_WRITER[1]), "default", list(graph.products))
            self.recorder.report.note(
                "writers", "the scene attaches no writer; BasicWriter writes rgb, boxes and segmentation"
            )
            uses = [use]
        folders = _folders(uses)
        made = []
        for use, folder in zip(uses, folders):
            try:
                writer = use.made if use.made is not None else WRITERS[use.name](**use.params)
                made.append(AttachedWriter(use, folder, writer))
            except RenderSDGError as error:
                raise error.at(use.where) from None
        return made

    def length(self) -> int | None:
        """Return how many frames the triggers ask for, None when one is endless."""
        return self.planner.schedule.length()

    def digest(self, sources: Mapping[str, str], changes: Any) -> str:
        """Return a hash of what the frames depend on: the scene's text, its changes, and its recorded shape."""
        shape = [(n.site, n.op) for n in self.recorder.graph.nodes]
        text = json.dumps(
            [dict(sorted(sources.items())), [list(c) for c in changes], shape], sort_keys=True, default=str
        )
        return sha256(text.encode()).hexdigest()

    def header(self, sources: Mapping[str, str], changes: Any) -> dict[str, Any]:
        """Return the dataset header: what must be equal for two shards to be of one dataset."""
        return {
            "format": "rendersdg-dataset-1",
            "rendersdg": rendersdg.__version__,
            "graph": self.digest(sources, changes),
            "scene": list(sources)[-1] if sources else "",
            "changes": [list(c) for c in changes],
            "seed": self.seed,
            "backend": self.backend_name,
            "writers": [{"name": w.use.name, "folder": w.folder} for w in self.writers],
        }

    def snapshot(self, frame: int) -> Snapshot:
        """Return the snapshot of a frame."""
        return self.builder.build(self.planner.plan(frame), with_motion=self._with_motion)

    def views(self, snapshot: Snapshot, seconds: dict[str, float]) -> dict[str, ProductView]:
        """Return the views of a snapshot by product name; rendering waits until something asks for pixels."""
        found: dict[str, ProductView] = {}
        for product in snapshot.products:
            if product.tiles:
                tiles = [_view(self, snapshot, tile, seconds) for tile in product.tiles]
                found[product.name] = sheet(product, snapshot, tiles, seconds)
            else:
                found[product.name] = _view(self, snapshot, product, seconds)
        return found

    def paint(
        self, snapshot: Snapshot, product: RenderProduct, view: ProductView, seconds: dict[str, float]
    ) -> Buffers:
        """Render the colour of a product; labels that come with it are kept."""
        start = time.perf_counter()
        keep_hdr = self._keep_hdr or product.sensor is not None
        buffers, labels = self._backend.render(snapshot, product, keep_hdr=keep_hdr)
        if times := instants(snapshot, product):
            if self.backend_name not in ("raster", "mitsuba"):
                raise NotSupported(
                    f"backend {self.backend_name} has no motion blur ({CAPTURE}); raster and mitsuba have"
                )
            buffers = exposed(self._backend, snapshot, product, times)
        if product.sensor is not None and buffers.hdr is not None:
            buffers = expose(buffers.hdr, product.sensor, snapshot.frame)
        if labels is not None and view._labels is None:
            view._labels = labels
        seconds["render"] = seconds.get("render", 0.0) + time.perf_counter() - start
        return buffers

    def label(self, snapshot: Snapshot, product: RenderProduct, seconds: dict[str, float]) -> Labels:
        """Run the label pass of a product."""
        start = time.perf_counter()
        labels = self._labeller.label(snapshot, product)
        seconds["render"] = seconds.get("render", 0.0) + time.perf_counter() - start
        return labels

    def surface(self, snapshot: Snapshot, product: RenderProduct, seconds: dict[str, float]) -> Surface:
        """Run the surface pass of a product."""
        start = time.perf_counter()
        found = self._labeller.surface(snapshot, product)
        seconds["render"] = seconds.get("render", 0.0) + time.perf_counter() - start
        return found

    def make(self, frame: int) -> FrameResult:
        """Return everything that a frame gives the dataset."""
        start = time.perf_counter()
        plan = self.planner.plan(frame)
        spent = time.perf_counter() - start
        capture = self.capture(plan)
        capture.seconds["plan"] = spent
        return self.encode(capture)

    def capture(self, plan: Plan) -> Capture:
        """Return the moment that a plan makes."""
        start = time.perf_counter()
        snapshot = self.builder.build(plan, with_motion=self._with_motion)
        seconds = {"snapshot": time.perf_counter() - start}
        return Capture(plan, snapshot, self.views(snapshot, seconds), seconds)

    def encode(self, capture: Capture, numbers: Mapping[WriterUse, int] | None = None) -> FrameResult:
        """Return the files of a capture. ``numbers`` gives the frame number of each writer; the plan's when absent."""
        seconds = capture.seconds
        files: dict[str, bytes] = {}
        fragments: dict[str, Any] = {}
        seconds["annotate"] = seconds["encode"] = 0.0
        for attached in self.writers:
            use = attached.use
            if use.trigger is not None and not self.planner.schedule.fires(use.trigger, capture.plan.frame):
                continue
            if not any(p.enabled for p in use.products):
                continue
            start = time.perf_counter()
            before = seconds.get("render", 0.0)
            made = self._frame(capture, attached, None if numbers is None else numbers[use])
            seconds["annotate"] += time.perf_counter() - start - (seconds.get("render", 0.0) - before)
            start = time.perf_counter()
            for path, data in attached.writer.encode(made).items():
                files[_below(attached.folder, path)] = data
            fragment = attached.writer.fragment(made)
            if fragment is not None:
                fragments[attached.folder] = fragment
            seconds["encode"] += time.perf_counter() - start
        return FrameResult(capture.plan.frame, files, fragments, capture.plan.as_json(), seconds)

    def _frame(self, capture: Capture, attached: AttachedWriter, number: int | None) -> Frame:
        plan, views = capture.plan, capture.views
        names = [p.name for p in attached.use.products if p.enabled]
        data: dict[str, dict[str, Any]] = {}
        for name in names:
            _ = views[name].buffers if "rgb" in attached.writer.annotators else None  # labels then come with the colour
            data[name] = {a: capture.annotate(name, a, p, names) for a, p in attached.writer.annotators.items()}
        schedule = self.planner.schedule
        trigger = attached.use.trigger
        if number is None:
            number = plan.frame if trigger is None else schedule.executions(trigger, plan.frame) - 1
        triggers = self.recorder.graph.triggers
        timed = (
            trigger
            if trigger is not None and trigger.kind == "time"
            else triggers[0]
            if triggers and all(t.kind == "time" for t in triggers)
            else None
        )
        sequence = schedule.executions(timed, plan.frame) - 1 if timed is not None else None
        products = {n: views[n].product for n in names}
        return Frame(
            number,
            plan.frame,
            self.seed,
            data,
            products,
            capture.snapshot,
            plan.trigger_counts,
            plan.outputs,
            sequence,
            len(attached.use.products),
        )

    def finisher(self) -> Finisher:
        """Return what turns the fragments of all frames into the files over all frames."""

        def finish(fragments: Mapping[str, Mapping[int, Any]], read: Read) -> dict[str, bytes]:
            files: dict[str, bytes] = {}
            for attached in self.writers:
                for path, data in attached.finish(fragments.get(attached.folder, {}), self.seed, read).items():
                    files[_below(attached.folder, path)] = data
            return files

        return finish


def _view(session: Session, snapshot: Snapshot, product: RenderProduct, seconds: dict[str, float]) -> ProductView:
    def labels() -> Labels:
        return session.label(snapshot, product, seconds)

    def buffers() -> Buffers:
        return session.paint(snapshot, product, view, seconds)

    def surface() -> Surface:
        return session.surface(snapshot, product, seconds)

    view = ProductView(product, snapshot, labels, buffers, surface, seconds)
    return view


def _folders(uses: list[WriterUse]) -> list[str]:
    """Return where each writer writes below the output: at its top when alone, else in the last part of its
    output_dir.
    """
    if all(use.folder is not None for use in uses):
        return [str(use.folder) for use in uses]
    if len(uses) == 1:
        return [""]
    found: list[str] = []
    for use in uses:
        given = str(use.params.get("output_dir") or use.name)
        name = PurePosixPath(given.replace("\\", "/")).name or use.name
        unique, number = name, 1
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found.append(unique)
    return found


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path
