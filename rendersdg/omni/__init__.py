"""The host that scripts expect around ``rep``: Kit, Isaac Sim, carb; the runner that executes them; and the exits to
the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rendersdg.registry import Registry

if TYPE_CHECKING:
    from rendersdg.omni.live import replay as replay
    from rendersdg.omni.steps import Notes

EXPORTS: Registry[Callable[..., Notes]] = Registry(
    "export",
    {
        "replicator-script": "rendersdg.omni.exports:export_script",
        "replicator-yaml": "rendersdg.omni.as_yaml:export_yaml",
        "usd": "rendersdg.omni.as_usd:export_usd",
    },
)


def __getattr__(name: str) -> object:
    if name == "replay":  # loaded when it is asked for: it brings the front door of scenes with it
        from rendersdg.omni.live import replay

        return replay
    raise AttributeError(f"module 'rendersdg.omni' has no attribute {name!r}")
