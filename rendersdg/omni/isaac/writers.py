"""``isaacsim.replicator.writers``: the writers that Isaac Sim adds to Replicator's."""

from __future__ import annotations

from rendersdg.replicator.pytorch import PytorchListener, PytorchWriter
from rendersdg.replicator.writers import BUILT_IN

__all__ = ["DOPEWriter", "DataVisualizationWriter", "PoseWriter", "PytorchListener", "PytorchWriter", "YCBVideoWriter"]

PoseWriter = BUILT_IN["PoseWriter"]
DOPEWriter = BUILT_IN["DOPEWriter"]
YCBVideoWriter = BUILT_IN["YCBVideoWriter"]
DataVisualizationWriter = BUILT_IN["DataVisualizationWriter"]
