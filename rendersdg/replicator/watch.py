"""The stage under a script's hands: what changed on it since it was last drawn or simulated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pxr import Tf, Usd

# properties that move, show, label or tint what is drawn and never change what is drawn
VALUES = (
    "xformOp",
    "visibility",
    "inputs:",
    "semantics:",
    "semantic:",
    "focalLength",
    "focusDistance",
    "clippingRange",
    "horizontalAperture",
    "physics:",  # what is simulated is asked of the stage at each step that follows an edit
    "physx",
    "drive:",
    "limit:",
    "state:",
)


@dataclass(eq=False)
class StageWatch:
    """Sorts USD's notices of a stage into what must be read anew and what need not be.

    ``is_edited``: what is drawn changed, so the stage is read anew. ``is_nudged``: values alone changed.
    ``touched``: the properties that something other than the simulation changed since the last physics step, where
    values alone changed; None where more did.
    """

    is_edited: bool = True
    is_nudged: bool = False
    touched: set[str] | None = None
    is_capturing: bool = False
    _is_simulating: bool = False
    _listener: Tf.Notice.Listener | None = field(default=None, repr=False)

    def follow(self, stage: Usd.Stage) -> None:
        """Watch another stage, all of which is new."""
        self.close()
        self._listener = Tf.Notice.Register(Usd.Notice.ObjectsChanged, self._sort, stage)
        self.is_edited, self.touched = True, None

    @property
    def is_touched(self) -> bool:
        """Return whether something other than the simulation changed the stage since the last physics step."""
        return self.touched is None or bool(self.touched)

    def close(self) -> None:
        """Watch no more."""
        if self._listener is not None:
            self._listener.Revoke()
            self._listener = None

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Ignore what a capture itself writes to the stage."""
        self.is_capturing = True
        try:
            yield
        finally:
            self.is_capturing = False

    @contextmanager
    def simulating(self) -> Iterator[None]:
        """Write poses of the simulation, after which it goes on from where the bodies are."""
        self._is_simulating = True
        try:
            yield
            self.touched = set()
        finally:
            self._is_simulating = False

    @contextmanager
    def driving(self) -> Iterator[None]:
        """Write poses of what moves and no body meets: the simulation goes on as it was."""
        before, self._is_simulating = self._is_simulating, True
        try:
            yield
        finally:
            self._is_simulating = before

    def _sort(self, notice: Usd.Notice.ObjectsChanged, stage: Usd.Stage) -> None:
        if self.is_capturing:
            return
        paths = [*notice.GetResyncedPaths(), *notice.GetChangedInfoOnlyPaths()]
        if all(p.IsPropertyPath() and p.name.startswith(VALUES) for p in paths):
            self.is_nudged = True
            if self.touched is not None and not self._is_simulating:
                self.touched.update(str(p) for p in paths)
        else:
            self.is_edited = True
            if not self._is_simulating:
                self.touched = None
