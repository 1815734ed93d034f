"""rendersdg: a synthetic data engine. Scenes in, labelled and replayable datasets out.

Load a scene and ask for any of its frames, or build one in Python::

    import rendersdg

    scene = rendersdg.load("fruit_crate.yaml", seed=7)
    frame = scene.frame(3)
    frame.rgb, frame.boxes, frame.masks, frame.labels
    data = scene.dataset(frames=100_000, labels=["boxes", "masks"])

What is not named in ``__all__`` is private and may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rendersdg.api.anomalies import find_anomalies, train_anomaly
    from rendersdg.api.building import NewScene, new_scene
    from rendersdg.api.datasets import Item, SceneDataset
    from rendersdg.api.frames import FrameCamera, LabelledFrame, LabelledObject
    from rendersdg.api.learning import evaluate, predict, train
    from rendersdg.api.scenes import Scene, load
    from rendersdg.api.torches import FrameSampler, TorchFrames
    from rendersdg.errors import (
        AssetError,
        BadArgument,
        BadScene,
        DatasetError,
        NotSupported,
        RenderFailed,
        RenderSDGError,
        TrainingFailed,
    )
    from rendersdg.graph.parameters import Parameter
    from rendersdg.reports.findings import Finding
    from rendersdg.reports.reporting import Report, report
    from rendersdg.viewer.shown import ShownScene

# Each name is imported when it is first asked for: a command that only prints its help loads nothing.
_WHERE = {
    "load": "rendersdg.api.scenes",
    "Scene": "rendersdg.api.scenes",
    "ShownScene": "rendersdg.viewer.shown",
    "new_scene": "rendersdg.api.building",
    "NewScene": "rendersdg.api.building",
    "Parameter": "rendersdg.graph.parameters",
    "LabelledFrame": "rendersdg.api.frames",
    "LabelledObject": "rendersdg.api.frames",
    "FrameCamera": "rendersdg.api.frames",
    "SceneDataset": "rendersdg.api.datasets",
    "Item": "rendersdg.api.datasets",
    "TorchFrames": "rendersdg.api.torches",
    "FrameSampler": "rendersdg.api.torches",
    "train": "rendersdg.api.learning",
    "train_anomaly": "rendersdg.api.anomalies",
    "find_anomalies": "rendersdg.api.anomalies",
    "evaluate": "rendersdg.api.learning",
    "predict": "rendersdg.api.learning",
    "report": "rendersdg.reports.reporting",
    "Report": "rendersdg.reports.reporting",
    "Finding": "rendersdg.reports.findings",
    "RenderSDGError": "rendersdg.errors",
    "BadScene": "rendersdg.errors",
    "BadArgument": "rendersdg.errors",
    "AssetError": "rendersdg.errors",
    "DatasetError": "rendersdg.errors",
    "NotSupported": "rendersdg.errors",
    "RenderFailed": "rendersdg.errors",
    "TrainingFailed": "rendersdg.errors",
}

__all__ = [
    "AssetError",
    "BadArgument",
    "BadScene",
    "DatasetError",
    "Finding",
    "FrameCamera",
    "FrameSampler",
    "Item",
    "LabelledFrame",
    "LabelledObject",
    "NewScene",
    "NotSupported",
    "Parameter",
    "RenderFailed",
    "RenderSDGError",
    "Report",
    "Scene",
    "SceneDataset",
    "ShownScene",
    "TorchFrames",
    "TrainingFailed",
    "__version__",
    "evaluate",
    "find_anomalies",
    "load",
    "new_scene",
    "predict",
    "report",
    "train",
    "train_anomaly",
]


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'rendersdg' has no attribute {name!r}")
    thing: object = getattr(import_module(_WHERE[name]), name)
    globals()[name] = thing
    return thing


def __dir__() -> list[str]:
    return sorted(__all__)
