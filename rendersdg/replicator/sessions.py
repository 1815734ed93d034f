"""The session of a script: it is made anew when something was recorded or edited since."""

from __future__ import annotations

from dataclasses import dataclass, field

from rendersdg.graph.nodes import Product
from rendersdg.orchestrator.session import Session
from rendersdg.replicator.shown import Shown
from rendersdg.replicator.watch import StageWatch
from rendersdg.scene.recorder import Recorder
from rendersdg.stage.base import viewers_below


@dataclass(eq=False)
class Sessions:
    """Keeps the session of all that is recorded and edited by now. ``seed`` None takes the script's."""

    recorder: Recorder
    watch: StageWatch
    seed: int | None = None
    backend: str = "raster"
    latest: Session | None = None
    shown: Shown = field(init=False)  # the last frame on the stage, while no frame is made
    _shape: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        self.shown = Shown(self.watch)

    def now(self) -> Session:
        """Return a session of all that is recorded and edited by now. What the last frame gave is off the stage."""
        self.shown.hide()
        graph, watch = self.recorder.graph, self.watch
        for product in graph.products:
            self._look_for_cameras(product)
        shape = (
            len(graph.nodes),
            len(graph.triggers),
            tuple((p.name, p.enabled) for p in graph.products),
            tuple((id(u), len(u.products), id(u.trigger), u.folder) for u in graph.writers),
            frozenset(graph.wanted),
            tuple((name, len(frames)) for name, frames in graph.sent.items()),
            graph.seed,
        )
        if self.latest is None or watch.is_edited or shape != self._shape:
            self.latest = Session(
                self.recorder, seed=self.seed, backend=self.backend, after=self.latest, needs_writer=False
            )
            self._shape, watch.is_edited = shape, False
        elif watch.is_nudged:
            self.latest.builder.refresh()
        watch.is_nudged = False
        return self.latest

    def _look_for_cameras(self, product: Product) -> None:
        """Find out whether a render product has its cameras: a script may remove them, and put them back."""
        paths = [one.camera.resolve({}) for one in product.tiles or (product,)]
        has_all = all(any(viewers_below(self.recorder.stage, p) for p in some) for some in paths)
        if not has_all and not product.is_blind:
            self.recorder.report.note(
                f"render product {product.name}", f"its camera {paths[0]} was removed; it shows nothing"
            )
        product.is_blind = not has_all
