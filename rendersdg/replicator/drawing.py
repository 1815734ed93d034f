"""Writers of Isaac Sim's that draw points into the window: there is none, so they take everything and draw nothing."""

from __future__ import annotations

from collections.abc import Mapping

from rendersdg.replicator.engine import current
from rendersdg.replicator.values import ProductsLike, Value
from rendersdg.replicator.writers import DEFAULT_TRIGGER, ScriptWriter, TriggerLike


class _Drawing(ScriptWriter):
    """Draws nothing, and says so once."""

    def __init__(self, **kwargs: Value) -> None:
        pass

    def initialize(self, *args: Value, **kwargs: Value) -> ScriptWriter:
        """Take parameters of how points would look."""
        return self

    def attach(self, render_products: ProductsLike, trigger: TriggerLike = DEFAULT_TRIGGER) -> None:
        """Do nothing but say so."""
        name = type(self).__name__
        current().recorder.report.note(name, "there is no window to draw points in; LidarWriter writes them to files")

    def detach(self) -> None:
        """Do nothing."""


DRAWING: Mapping[str, type[ScriptWriter]] = {
    name: type(name, (_Drawing,), {})
    for name in ("RtxLidarDebugDrawPointCloud", "RtxLidarDebugDrawPointCloudBuffer", "RtxSensorDebugDrawPointCloud")
}
