"""Animated assets, in folders of their own, and the frames that they are seen at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pxr import Usd

from rendersdg.geometry import transform_points
from rendersdg.snapshot import Snapshot
from tests.conftest import Opener

SECOND = 60  # frames of a scene


def slider(folder: Path, name: str = "slider.usda", *, rate: float = 24, first: float = 0, header: str = "") -> str:
    """Write a cube of one metre that slides to x = 10 in one second from time code ``first``; return its name."""
    (folder / name).write_text(
        f"""#usda 1.0
(
    defaultPrim = "Box"
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = {rate}
    {header}
)
def Xform "Box"
{{
    double3 xformOp:translate.timeSamples = {{ {first}: (0, 0, 0), {first + rate}: (10, 0, 0) }}
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Cube "Cube"
    {{
        double size = 1
    }}
}}
"""
    )
    return name


def seen(open_scene: Opener, folder: Path, text: str, seconds: list[float]) -> list[Snapshot]:
    """Return what a scene of ``text`` shows at seconds of its time."""
    session = open_scene(text, folder=folder, backend="null")
    return [session.snapshot(round(s * SECOND)) for s in seconds]


def asset(name: str) -> str:
    return f'thing: {{create.from_usd: {{usd: "{name}"}}}}\n'


def middle_x(snapshot: Snapshot) -> float:
    """Return the middle of all that is drawn along x, metres."""
    points = np.concatenate(
        [
            transform_points(i.world_from_mesh, snapshot.meshes[i.mesh].vertices.astype(float))
            for i in snapshot.instances
        ]
    )
    return float(points[:, 0].min() + points[:, 0].max()) / 2


def stage_of(text: str) -> Usd.Stage:
    """Return a stage of the text of a layer without its first line."""
    stage = Usd.Stage.CreateInMemory()
    stage.GetRootLayer().ImportFromString("#usda 1.0\n" + text)
    return stage
