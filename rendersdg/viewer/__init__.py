"""The local page of datasets, training runs and scenes: a server for this machine alone, and what it shows; and the
ways out to other programs that look at labelled sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rendersdg.registry import Registry

if TYPE_CHECKING:
    from rendersdg.viewer.exports import Export

EXPORTS: Registry[Export] = Registry(
    "data export",
    {
        "fiftyone": "rendersdg.viewer.as_fiftyone:export_fiftyone",
        "rerun": "rendersdg.viewer.as_rerun:export_rerun",
    },
)
