"""The portrait of one asset: the file alone, whole in the picture, under a neutral light; and what was told of it.

``python -m tests.conformance.portrait ASSET PICTURE.png`` makes one. ``run_assets.py`` makes many.

The camera stands before the asset, to its right and above, on the same ray for every asset, and as near as the
sphere about its bounds allows. A white dome and a sun behind the camera's left shoulder light it. An asset's own
lights and cameras stay as they are; the asset's first moment is shown.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdLux

from rendersdg.arrays import F4, F8, U1, Mask
from rendersdg.orchestrator.session import Session
from rendersdg.scene.create import from_usd, light
from rendersdg.scene.recorder import recording
from rendersdg.scene.settings import set_stage_meters_per_unit, set_stage_up_axis
from rendersdg.scene.views import camera, render_product
from rendersdg.snapshot import Snapshot

SIDE = 256  # pixels
FOCAL, APERTURE = 50.0, 36.0  # tenths of a stage unit
VIEW = (0.5, -1.0, 0.55)  # from the asset to the camera, Z up
SUN = (50.0, 0.0, -20.0)  # degrees about X, Y, Z: how the sun is turned from shining straight down
SKY, SUNLIGHT = 300.0, 2200.0  # nits, lux
_EYE = "PortraitEye"
ROOM = 1.04  # how much farther than the sphere asks for


@dataclass(eq=False)
class Portrait:
    """What one asset shows: ``rgb`` (H, W, 3) as a user sees it, ``light`` (H, W, 3) linear, ``mask`` what is drawn.

    They are None where there is nothing to draw. ``low`` and ``high`` bound it in metres, Z up. Seconds are of
    loading (the file to a snapshot) and of the picture, by the clock and of all processors. The process's peak is
    ``loaded`` MB after loading and ``megabytes`` at the end. ``told`` is the report. The matrices are of the camera
    and of the sun, which both face along -Z.
    """

    triangles: int = 0
    instances: int = 0
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    loading: float = 0.0
    drawing: float = 0.0
    loading_cpu: float = 0.0
    drawing_cpu: float = 0.0
    loaded: float = 0.0
    megabytes: float = 0.0
    told: list[dict[str, str]] = field(default_factory=list)
    rgb: U1 | None = None
    light: F4 | None = None
    mask: Mask | None = None
    world_from_camera: F8 | None = None
    world_from_sun: F8 | None = None
    near_far: tuple[float, float] = (0.0, 0.0)


def portrait(asset: Path, side: int = SIDE, *, linear: bool = False, own_lights: bool = True) -> Portrait:
    """Return the portrait of an asset, with its linear light and its own lights or without them.

    Raises what loading it raises.
    """
    made = Portrait()
    with recording(asset.parent) as recorder:
        set_stage_meters_per_unit(1.0)
        set_stage_up_axis("Z")
        start, cpu = time.perf_counter(), time.process_time()
        from_usd(usd=str(asset))
        if not own_lights:
            for prim in [p for p in recorder.stage.Traverse() if p.HasAPI(UsdLux.LightAPI)]:
                prim.SetActive(False)
        light(light_type="dome", intensity=SKY)
        light(light_type="distant", intensity=SUNLIGHT, rotation=list(SUN), name="PortraitSun")
        eye = camera(focal_length=FOCAL, horizontal_aperture=APERTURE, name=_EYE)
        render_product(eye, [side, side], name="portrait")
        session = Session(recorder, seed=0, needs_writer=False)
        snapshot = session.snapshot(0)
        made.loading, made.loading_cpu = time.perf_counter() - start, time.process_time() - cpu
        made.loaded = peak()
        made.instances = len(snapshot.instances)
        made.triangles = sum(len(snapshot.meshes[i.mesh].triangles) for i in snapshot.instances)
        bounds = bounds_of(snapshot)
        if bounds is not None:
            made.low, made.high = (tuple(float(v) for v in corner) for corner in bounds)
            start, cpu = time.perf_counter(), time.process_time()
            position, target, made.near_far = stand(*bounds)
            _place(recorder.stage.GetPrimAtPath(f"{eye.paths[0]}/{_EYE}"), position, target, made.near_far)
            session.builder.refresh()
            snapshot = session.snapshot(0)
            view = session.views(snapshot, {})["portrait"]
            made.world_from_camera = view.product.camera.world_from_camera
            made.world_from_sun = next(x.world_from_light for x in snapshot.lights if "PortraitSun" in x.prim_path)
            made.light = view.light[..., :3] if linear else None
            made.rgb = np.ascontiguousarray(view.buffers.rgb[..., :3])
            made.mask = view.labels.instance >= 0
            made.drawing, made.drawing_cpu = time.perf_counter() - start, time.process_time() - cpu
        made.told = recorder.report.as_json()
    made.megabytes = peak()
    return made


def bounds_of(snapshot: Snapshot) -> tuple[F8, F8] | None:
    """Return the lowest and the highest corner of what a snapshot draws, metres, None where that is nothing."""
    lows, highs = [], []
    for instance in snapshot.instances:
        mesh, matrix = snapshot.meshes[instance.mesh], instance.world_from_mesh
        if len(mesh.triangles):
            points = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
            lows.append(points.min(0))
            highs.append(points.max(0))
    return (np.min(lows, axis=0), np.max(highs, axis=0)) if lows else None


def stand(low: F8, high: F8) -> tuple[F8, F8, tuple[float, float]]:
    """Return where the camera stands, what it looks at, and how near and far it sees, metres."""
    centre = (low + high) / 2
    radius = max(float(np.linalg.norm(high - low)) / 2, 1e-6)
    half = np.arctan(APERTURE / 2 / FOCAL)
    away = ROOM * radius / float(np.sin(half))
    ray = np.asarray(VIEW) / np.linalg.norm(VIEW)
    return centre + ray * away, centre, (away * 1e-3, away * 10)


def _place(prim: Usd.Prim, position: F8, target: F8, near_far: tuple[float, float]) -> None:
    """Put a camera where it sees the asset: after that is loaded, since its size is known then."""
    turned = Gf.Matrix4d().SetLookAt(Gf.Vec3d(*position), Gf.Vec3d(*target), Gf.Vec3d(0, 0, 1)).GetInverse()
    UsdGeom.Xformable(prim).MakeMatrixXform().Set(turned)
    UsdGeom.Camera(prim).GetClippingRangeAttr().Set(Gf.Vec2f(*near_far))


def peak(*, anew: bool = False) -> float:
    """Return the most memory that this process has held, MB: on Linux since it was last asked ``anew``."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS counts bytes
    if anew:
        reset.write_text("5")
    return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))) / 1024


def main() -> None:
    """Make the portrait that the arguments name, and print what was told."""
    asset, picture = map(Path, sys.argv[1:3])
    made = portrait(asset)
    if made.rgb is not None:
        cv2.imwrite(str(picture), made.rgb[..., ::-1])
    print(f"{made.triangles} triangles, {made.loading:.2f} s to load, {made.drawing:.2f} s to draw")
    print(f"from {made.low} to {made.high} m")
    for entry in made.told:
        print(f"{entry['kind']}: {entry['subject']}: {entry['text']}")


if __name__ == "__main__":
    main()
