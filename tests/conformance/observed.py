"""Run one script or YAML scene as the command line does, and note what each of its captures shows.

    python -m tests.conformance.observed SCRIPT NOTES [--out OUT] [--frames-limit 5] [--option=OPTION]
        [--argument=ARGUMENT]

The pictures that a capture has, whether a writer asked for them or not, go to the folder NOTES as small PNGs, and
``NOTES/look.json`` says what is in them. The files that the script itself writes stay as they are. What captures
nothing is looked at through the window's camera: that is what its author sees. ``judging.py`` reads the notes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rendersdg.arrays import U1
from rendersdg.cli import main as command_line
from rendersdg.errors import RenderSDGError
from rendersdg.frame import Labels, ProductView
from rendersdg.graph.nodes import Prims, Product
from rendersdg.omni import runner
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.replicator.engine import VIEWPORT, Engine
from rendersdg.scene.recorder import Recorder
from rendersdg.snapshot import Snapshot

SIDE = 256  # pixels: the longer side of a kept picture
KEPT = 12  # captures that are noted, spread over the run; a script may make thousands
WINDOW = (640, 360)  # pixels: Kit's window, which shows what has no render product


@dataclass(eq=False)
class Notes:
    """What was seen: ``looks`` one record a capture and product, ``recorder`` what was recorded, if anything was."""

    folder: Path
    limit: int
    looks: list[dict[str, Any]] = field(default_factory=list)
    captures: int = 0
    recorder: Recorder | None = None
    window: bool = False  # nothing was captured; the looks are through the window's camera

    def see(self, capture: Capture) -> None:
        """Note the views of a capture. One without any shows nothing, and does not count."""
        if not capture.views:
            return
        self.captures += 1
        if (self.captures - 1) % -(-self.limit // KEPT) or len(self.looks) > 4 * KEPT:
            return
        for name, view in capture.views.items():
            if view.product.tiles:
                continue
            picture = view.buffers.rgb[..., :3]
            file = f"{len(self.looks):03d}.png"
            cv2.imwrite(str(self.folder / file), _small(picture)[..., ::-1])
            self.looks.append(
                {
                    "capture": self.captures - 1,
                    "frame": capture.plan.frame,
                    "product": name,
                    "picture": file,
                    "size_wh": list(view.product.camera.resolution_wh),
                    "digest": sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()[:16],
                    "lights": len(capture.snapshot.lights),
                    **_contents(view),
                }
            )

    def save(self, exit_code: int) -> None:
        """Write ``look.json``."""
        recorder = self.recorder
        graph = None if recorder is None else recorder.graph
        writers = [] if graph is None else graph.writers
        told = {
            "exit_code": exit_code,
            "captures": self.captures,
            "window": self.window,
            "looks": self.looks,
            "report": [] if recorder is None else recorder.report.as_json(),
            "wanted": [] if graph is None else sorted(graph.wanted),
            "writers": [
                {
                    "name": use.name,
                    "asked": sorted(k for k, value in use.params.items() if value is True),
                    "products": len(use.products),
                    "folder": use.folder,
                }
                for use in writers
            ],
        }
        (self.folder / "look.json").write_text(json.dumps(told, indent=1, default=str))


def _small(picture: U1) -> U1:
    ratio = SIDE / max(picture.shape[:2])
    if ratio >= 1:
        return np.ascontiguousarray(picture)
    small: U1 = cv2.resize(np.ascontiguousarray(picture), None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    return small


def _contents(view: ProductView) -> dict[str, Any]:
    """Return what one view shows: its labelled objects, and the surface that covers most of it."""
    snapshot, labels = view.snapshot, view.labels
    objects = [
        {
            "path": entity.prim_path,
            "labels": [f"{kind}:{label}" for kind, label in entity.semantics],
            "visible": int(labels.visible[k]),
            "alone": int(labels.unoccluded[k]),
            "tight": labels.tight[k].tolist() if labels.visible[k] else None,
        }
        for k, entity in enumerate(snapshot.entities)
        if entity.semantics
    ]
    return {"objects": objects, "largest": _largest(snapshot, labels, view.product.camera.world_from_camera[:3, 3])}


def _largest(snapshot: Snapshot, labels: Labels, eye: np.ndarray) -> dict[str, Any] | None:
    """Return the surface that covers most pixels: its path, its share, and whether the camera is within its box."""
    hit = labels.instance[labels.instance >= 0]
    if not len(hit):
        return None
    index = int(np.bincount(hit).argmax())
    instance = snapshot.instances[index]
    vertices = snapshot.meshes[instance.mesh].vertices
    local = np.linalg.pinv(instance.world_from_mesh) @ np.append(eye, 1.0)
    low, high = vertices.min(0), vertices.max(0)
    is_thick = bool((high - low).min() > 1e-3 * (high - low).max())
    return {
        "path": instance.prim_path,
        "share": float((hit == index).sum() / labels.instance.size),
        "holds_camera": is_thick and bool(((local[:3] > low) & (local[:3] < high)).all()),
        "depth": float(np.median(labels.distance[labels.instance == index])),
    }


def observe(notes: Notes, frames: int) -> None:
    """Let every capture of this process be noted, and the recorder of its scene."""
    capture, begin, drive = Session.capture, Recorder.__init__, runner._drive

    def seen(self: Session, plan: Any) -> Capture:
        made = capture(self, plan)
        notes.see(made)
        return made

    def begun(self: Recorder, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        notes.recorder = self

    def driven(engine: Engine) -> None:
        drive(engine)
        if not notes.looks and not engine.captures.has_writer():
            _look_through_window(engine, notes, frames)

    Session.capture = seen  # type: ignore[method-assign]
    Recorder.__init__ = begun  # type: ignore[method-assign]
    runner._drive = driven


def _look_through_window(engine: Engine, notes: Notes, frames: int) -> None:
    """Capture what the window shows of a script without a writer; its triggers fire, nothing is written."""
    graph = engine.recorder.graph
    if not graph.products:
        graph.products.append(Product("window", Prims("window", (VIEWPORT,)), WINDOW))
    notes.window = True
    for _ in range(frames if graph.triggers else 1):
        engine.captures.capture(write=False)
        engine.captures.frame += 1


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script", type=Path)
    parser.add_argument("notes", type=Path)
    parser.add_argument("--out", help="default: where the script says; a scene needs it")
    parser.add_argument("--frames-limit", type=int, default=5)
    parser.add_argument("--option", action="append", default=[], help="of rendersdg run (repeatable)")
    parser.add_argument("--argument", action="append", default=[], help="of the script (repeatable)")
    options = parser.parse_args()
    notes = Notes(options.notes, options.frames_limit)
    observe(notes, options.frames_limit)
    if options.script.suffix in (".yaml", ".yml"):
        rest = ["render", str(options.script), "--out", options.out, "--frames", str(options.frames_limit)]
    else:
        rest = ["run", str(options.script), "--frames-limit", str(options.frames_limit)]
        rest += ["--out", options.out] if options.out else []
        rest += [*options.option, *(["--", *options.argument] if options.argument else [])]
    sys.argv = ["rendersdg", *rest]
    code = 0
    try:
        command_line()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except RenderSDGError as error:
        print(f"error: {error}", file=sys.stderr)
        code = error.exit_code
    notes.save(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
