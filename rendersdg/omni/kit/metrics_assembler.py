"""``omni.metrics.assembler.core``: units of referenced assets, which are resolved here as they are referenced."""

from __future__ import annotations

from rendersdg.replicator.host import current_host

__all__ = ["get_metrics_assembler_interface"]


class MetricsAssembler:
    """Resolves units: nothing is left to do."""

    def resolve_stage(self, stage_id: int) -> dict[str, object]:
        """Return no complaint: what was referenced has the stage's unit and up axis already."""
        return {"ret_val": True}

    def check_layers(self, *args: object) -> dict[str, object]:
        """Return no divergence."""
        return {"ret_val": False}


def get_metrics_assembler_interface() -> MetricsAssembler:
    """Return what resolves units."""
    return current_host().part(MetricsAssembler)
