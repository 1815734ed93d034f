"""Draws the pictures of the galleries: scenes/NAME.jpg, a frame with its labels; defects/KIND.jpg, a defect and its
label beside it; annotators/NAME.jpg, what an annotator gives of one frame.

python docs/images/gallery.py [scenes|defects|annotators[/NAME] ...]
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import rendersdg
from rendersdg.defects import DEFECTS
from rendersdg.farm.job import Job, opened
from rendersdg.orchestrator.preview import contact_sheet

HERE = Path(__file__).parent
SCENES = HERE.parent.parent / "scenes"
SIZE = (320, 240)  # pixels, at most
FRAMES = {"camera_orbit": 2, "fruit_crate": 3, "robot_gripper": 3, "time_trigger": 4}  # instead of frame 1
SIDE = 200  # pixels of a defect's picture
_GROUNDS = {  # surfaces and their parameters, by how a kind's name begins
    "print": ("board", {"tile": 10.0, "texels": 1024, "tracks": 14, "width": 0.35, "pads": 4, "pours": 0}),
    "weld": ("weld_seam", {}),
    "": ("ground", {"level": 0.45, "lines": 0.05, "metallic": 0.4, "roughness": 0.5}),
}
_FEATURES = {"print_spurious_copper": "clear"}  # of a board; the others keep to its tracks
ANNOTATED = "fruit_crate"
ANNOTATORS = (
    "rgb",
    "semantic_segmentation",
    "instance_segmentation",
    "instance_id_segmentation",
    "shaded_instance_segmentation",
    "distance_to_camera",
    "normals",
    "motion_vectors",
    "DiffuseAlbedo",
    "Roughness",
    "AmbientOcclusion",
)


def scene(name: str) -> Image.Image:
    """Return the picture of a scene."""
    picture = rendersdg.load(SCENES / f"{name}.yaml").frame(FRAMES.get(name, 1)).draw()
    picture.thumbnail(SIZE, Image.Resampling.LANCZOS)
    return picture


def defect(kind: str) -> Image.Image:
    """Return the picture of a defect by its default parameters, and the same with its label in colour beside it."""
    span = max(*DEFECTS[kind]().size(), 4.0) / 1000  # metres
    ground, options = next(g for begin, g in _GROUNDS.items() if kind.startswith(begin))
    made = rendersdg.new_scene(kind, seed=2)
    with made as rep:
        rep.settings.set_stage_meters_per_unit(1.0)
        rep.settings.set_stage_up_axis("Z")
        side = max(2 * span, 0.01)
        plate = rep.create.plane(scale=(side, side, 1))
        rep.create.light(light_type="dome", intensity=900 if ground == "board" else 250)
        lamp = (-1.8 * span, 0.6 * span, 0.7 * span)  # low: hollows and rises throw shades
        if ground != "board":
            rep.create.light(
                light_type="rect", position=lamp, look_at=(0, 0, 0), scale=(0.5 * span, 0.5 * span, 1), intensity=28000
            )
        eye = rep.create.camera(
            position=(0, 0, 3 * span),
            look_at=(0, 0, 0),
            look_at_up_axis=(0, 1, 0),
            focal_length=3 * 20.955,
            clipping_range=(span / 10, 10 * span),
        )
        view = rep.create.render_product(eye, (SIDE, SIDE))
        with rep.trigger.on_frame(max_execs=1), plate:
            getattr(rep.surfaces, ground)(**options)
            if ground == "board":
                getattr(rep.defects, kind)(feature=_FEATURES.get(kind, "track"), in_view=True)
            else:
                getattr(rep.defects, kind)(position=(0, 0, 0), direction=(1, 0.3, 0))
        writer = rep.WriterRegistry.get("CocoWriter", init_params={"output_dir": kind})
        writer.attach([view])
    frame = made.frame(0)
    labelled = frame.rgb[..., :3].copy()
    for mask in frame.masks:
        outline, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(labelled, outline, -1, (255, 60, 40), 1)
    return Image.fromarray(np.concatenate([frame.rgb[..., :3], labelled], 1))


def annotator(name: str) -> Image.Image:
    """Return what an annotator gives of a frame."""
    with opened(Job(str(SCENES / f"{ANNOTATED}.yaml"))) as (session, _):
        return Image.open(io.BytesIO(contact_sheet(session, [3], annotator=name, size_px=SIZE[0])))


KINDS: dict[str, tuple[Callable[[str], Image.Image], list[str]]] = {
    "scenes": (scene, sorted(path.stem for path in SCENES.glob("*.yaml"))),
    "defects": (defect, sorted(DEFECTS)),
    "annotators": (annotator, list(ANNOTATORS)),
}


if __name__ == "__main__":
    for wanted in sys.argv[1:] or list(KINDS):
        kind, _, only = wanted.partition("/")
        draw, names = KINDS[kind]
        (HERE / kind).mkdir(exist_ok=True)
        for name in [only] if only else names:
            path = HERE / kind / f"{name}.jpg"
            draw(name).convert("RGB").save(path, quality=80)
            print(path.relative_to(HERE), path.stat().st_size)
