"""A surface with one kind of defect, and the same frame without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rendersdg.backends.decals import LEAST_CHANGE
from rendersdg.backends.labelpass import see
from rendersdg.backends.raster import RasterBackend
from rendersdg.orchestrator.session import Session
from rendersdg.snapshot import Snapshot

SCENE = """
steel: {create.material_omnipbr: {diffuse: [0.4, 0.4, 0.4], roughness: 0.5}}
part: {create.%s: {scale: [0.1, 0.1, 0.1], material: steel}}
key: {create.light: {light_type: distant, rotation: [50, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 300}}
eye: {create.camera: {position: [0.02, 0.01, 0.25], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0],
  focal_length: 40, clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
frames: {trigger.on_frame: {max_execs: 50}}
marks:
  with.frames:
    with.part:
      defects.%s: {in_view: true, %s}
"""


# sizes that suit a part of 10 cm seen at about 0.5 mm a pixel
FIT = {
    "print_open": "gap: 6, track: 12",
    "print_short": "length: 14, width: 4",
    "print_mousebite": "bite: 6, track: 12",
    "print_spur": "length: 8, width: 4, track: 12",
    "print_spurious_copper": "crumb: 8",
    "print_pin_hole": "crumb: 8",
    "blowhole": "length: 6",
    "pit": "diameter: 8",
    "scratch": "width: 1",
    "crack": "width: 1",
    "crazing": "length: 40, breadth: 30",
    "pitting": "length: 40, breadth: 30, gain: 0.8",
    "patch": "length: 25, breadth: 18",
    "fray": "length: 25, breadth: 15",
    "dent": "diameter: 20, depth: 2",
    "bump": "diameter: 20, depth: 2",
    "weld_crater_crack": "width: 1, length: 15",
    "burr": "width: 2",
    "weld_porosity": "pore: 2",
    "weld_undercut": "width: 2",
    "weld_spatter": "drop: 3",
    "uneven": "gain: 1.3",
}


def snapshot_of(session: Session, frame: int) -> Snapshot:
    return session.builder.build(session.planner.plan(frame))


def undamaged(snapshot: Snapshot) -> Snapshot:
    """Return a frame without its defects, on the surfaces as they were, every instance under its old number."""
    turned = {"always": "always", "frame": "intact", "intact": "always"}
    instances = tuple(replace(i, shown=turned[i.shown]) for i in snapshot.instances)  # type: ignore[arg-type]
    return replace(snapshot, defects=(), missing=(), instances=instances)


def outlines(snapshot: Snapshot, backend: RasterBackend) -> np.ndarray:
    """Return the pixels that show two surfaces: on an outline, within an object or around it."""
    camera = snapshot.products[0].camera
    width, height = camera.resolution_wh
    view = see(snapshot, camera, backend.tables, 1)
    keys = np.append(view.tables[2].tri_key, -1)[view.triangle].reshape(2 * height, 2 * width)
    # the half-pixel grid begins half a pixel before the first centre
    keys = np.pad(keys, ((1, 0), (1, 0)), mode="edge")
    found = np.zeros((height, width), bool)
    for y, x in np.ndindex(3, 3):
        found |= (
            keys[y : y + 2 * height : 2, x : x + 2 * width : 2] != keys[1 : 1 + 2 * height : 2, 1 : 1 + 2 * width : 2]
        )
    return found


def with_and_without(snapshot: Snapshot, backend: RasterBackend | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the label image of the defects and where the picture differs from one without them, outlines left out.

    The label of a pixel on an outline says which surface its centre shows.
    """
    backend, product = backend or RasterBackend(), snapshot.products[0]
    buffers, labels = backend.render(snapshot, product)
    plain, _ = backend.render(undamaged(snapshot), product)
    assert labels is not None and labels.defect is not None
    difference = np.abs(buffers.rgb[..., :3].astype(int) - plain.rgb[..., :3]).max(-1)
    outline = outlines(snapshot, backend)
    if snapshot.has_twin:
        outline |= outlines(undamaged(snapshot), backend)
    return np.where(outline, -1, labels.defect), (difference >= LEAST_CHANGE) & ~outline


def unshadowed(snapshot: Snapshot) -> Snapshot:
    """Return a frame in which nothing takes light from anything else: no shadows, no sky to be hidden."""
    lights = tuple(replace(light, casts_shadow=False) for light in snapshot.lights if light.kind != "dome")
    return replace(snapshot, lights=lights)


PLACED = """
part: {create.%s: {scale: [0.1, 0.1, 0.1]}}
eye: {create.camera: {position: [0.02, 0.01, 0.4], look_at: [0, 0, 0], look_at_up_axis: [0, 1, 0], focal_length: 40,
  clipping_range: [0.01, 10]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
frames: {trigger.on_frame: {max_execs: 50}}
marks:
  with.frames:
    with.part:
      defects.pit: {diameter: 2, count: 12, %s}
"""
