"""What an argument is in a scene where nothing is said and Replicator's default would surprise. Scripts keep that.

Replicator's near clip is one stage unit: a metre on a stage in metres. What it scatters lies on the surface by its
origin, which may be anywhere in the files of CAD programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rendersdg.scene.recorder import Recorder

NEAR, FAR = 0.01, 10_000.0  # metres; on Kit's own stage, in centimetres, they are Replicator's 1 and 1,000,000 units


@dataclass(frozen=True)
class SceneDefault:
    """A default of scenes in YAML and Python: ``of`` gives it for a scene, ``said`` is what it is in words."""

    of: Callable[[Recorder], object]
    said: str

    def __str__(self) -> str:
        return self.said


def _clipping_range(recorder: Recorder) -> tuple[float, float]:
    unit = recorder.author.meters_per_unit
    return NEAR / unit, FAR / unit


_CLIPPING = SceneDefault(_clipping_range, "0.01 m to 10 km, in stage units; in scripts 1 to 1,000,000 stage units")
SCENE_DEFAULTS: Mapping[tuple[str, str], SceneDefault] = {
    ("create.camera", "clipping_range"): _CLIPPING,
    ("create.stereo_camera", "clipping_range"): _CLIPPING,
    ("randomizer.scatter_2d", "origin"): SceneDefault(lambda _: "bounds", "bounds; in scripts pivot"),
}


def with_scene_defaults(label: str, arguments: Mapping[str, object], recorder: Recorder) -> Mapping[str, object]:
    """Return the arguments of a recording function called ``label``, with the scene's defaults for those not given."""
    own = {name: default for (function, name), default in SCENE_DEFAULTS.items() if function == label}
    missing = {name: default.of(recorder) for name, default in own.items() if arguments.get(name) is None}
    return {**arguments, **missing} if missing else arguments
