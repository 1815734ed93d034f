"""Runs of a script's graph: how far they go, and who makes their frames."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rendersdg.dataset.store import digest
from rendersdg.replicator.captures import Captures
from rendersdg.replicator.tasks import Tasks
from rendersdg.replicator.unwinding import Recorded

ENDLESS = 10  # frames of a graph that has no end, when nobody says how many
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+(:[^\s'\"@]*)?")


@dataclass(eq=False)
class Runs:
    """Makes the frames of the runs that a script starts.

    A run that ``is_started`` ends at frame ``until``, None where the graph says. ``spread`` makes the frames of a whole
    run elsewhere; ``records_only`` stops the script where its frames are to be made. ``has_stepped`` says that the
    script captured a frame itself.
    """

    captures: Captures
    tasks: Tasks
    spread: Callable[[int], None] | None = None
    records_only: bool = False
    is_started: bool = False
    until: int | None = None
    has_stepped: bool = False

    def start(self, frames: int | None) -> None:
        """Start a run of the graph; it goes on with every update, and to its end when the script is over."""
        self.is_started = True
        self.until = None if frames is None else self.captures.frame + int(frames)

    def advance(self) -> bool:
        """Capture the next frame of a started run. Returns False when the run is complete."""
        if not self.is_started:
            return False
        if self.captures.frame >= self.length():
            self.is_started = False
            return False
        self.captures.capture()
        return True

    def length(self) -> int:
        """Return the frame at which a run ends."""
        if self.until is not None:
            return self.until
        recorder = self.captures.recorder
        length = self.captures.sessions.now().length() if recorder.graph.triggers else None
        if length is None:
            bound = self.captures.limit if self.captures.limit is not None else ENDLESS
            recorder.report.note(
                "frames", f"the graph has no end; {bound} frames are made (--frames-limit says how many)"
            )
            return bound
        return length

    def complete(self) -> None:
        """Capture all frames of a started run. Raises Recorded where the script is run to record alone."""
        captures = self.captures
        if self.records_only and self.is_started:
            raise Recorded
        only = captures.output.only
        if only is not None and self.is_started and captures.frame < only and self._reason_for_order() is None:
            captures.jump(only)
        if self.spread is not None and self.is_started and captures.frame == 0:
            reason = self._reason_for_order()
            if reason is None:
                self._spread(self.spread)
                return
            captures.recorder.report.note("--workers", f"one process makes the frames: {reason}")
        while self.advance():
            self.tasks.turn()

    def is_ready(self) -> bool:
        """Return whether a graph waits to be started: nothing was captured yet, and there is something to capture."""
        graph = self.captures.recorder.graph
        is_idle = not self.is_started and self.captures.frame == 0 and not self.has_stepped
        return is_idle and bool(graph.products) and (bool(graph.triggers) or any(u.products for u in graph.writers))

    def shape(self) -> str:
        """Return a digest of what is recorded, to tell whether another run of the script recorded the same."""
        recorder = self.captures.recorder
        nodes = [(n.site, n.op, repr(n.inputs)) for n in recorder.graph.nodes]
        text = repr(nodes) + recorder.stage.GetRootLayer().ExportToString()
        return digest(_ADDRESS.sub("", text).encode())

    def _spread(self, spread: Callable[[int], None]) -> None:
        captures = self.captures
        count = self.length() if captures.limit is None else min(self.length(), captures.limit)
        writers = captures.sessions.now().writers
        for use in captures.recorder.graph.writers:
            if use.products and use.folder is not None:
                captures.output.dataset(use.folder)
        captures.output.remember(writers)
        spread(count)
        captures.frame, self.is_started = count, False
        if count:
            captures.show(count - 1)

    def _reason_for_order(self) -> str | None:
        """Return why the frames of this run cannot be made out of order, None when they can."""
        if self.has_stepped or self.captures.last is not None:
            return "the script captured frames by itself before"
        if self.captures.has_readers:
            return "the script reads annotators"
        if self.captures.has_memory():
            return "a writer is the script's own"
        return None
