"""What a look at a few frames makes doubtful, with numbers: sizes that do not fit together, objects that fill or never
enter the picture, pictures that are mostly white or black. For whoever writes a scene; no dataset holds it.
"""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import U1
from rendersdg.english import counted
from rendersdg.errors import Report
from rendersdg.frame import ProductView
from rendersdg.geometry import box_corners, transform_points
from rendersdg.snapshot import Entity, Snapshot

_TIMES = 10.0  # larger or smaller than the others, from which on a size is doubtful
_FLAT = 0.02  # thickness over length of what is a floor or a wall, whose size says nothing
_FEWEST = 3  # solid objects that others can be compared with
_FILLS = 0.95  # of the picture
_MOSTLY = 0.5  # of the pixels
_BLACK, _WHITE = 8, 250  # levels of 255, as in exposure.py
_SHOWN = 3  # objects that are named


class Doubts:
    """Looks at the views of frames, and notes in ``report`` what is doubtful once all were seen."""

    def __init__(self) -> None:
        self._frames: set[int] = set()
        self._seen: dict[str, bool] = {}  # whether a labelled object was in any picture, by prim path
        self._near: dict[str, tuple[float, float]] = {}  # the nearest point and the near clip, metres
        self._notes: dict[tuple[str, str], str] = {}  # by subject and what is doubtful: of the first frame

    def look(self, frame: int, view: ProductView, picture: U1 | None = None) -> None:
        """Look at one render product of a frame; ``picture`` (H, W, 3 or 4) uint8 where there is one."""
        self._frames.add(frame)
        if view.product.tiles or view.product.lidar is not None:
            return
        self._sizes(view)
        width, height = view.product.camera.resolution_wh
        solid = _with_meshes(view.snapshot)
        has_defects = len(solid) < sum(bool(entity.semantics) for entity in view.snapshot.entities)
        for k, entity in solid.items():
            label = _label(entity)
            self._seen[entity.prim_path] = self._seen.get(entity.prim_path, False) or view.labels.unoccluded[k] > 0
            share = float(view.labels.visible[k]) / (width * height)
            if share >= _FILLS and not _is_flat(entity) and not has_defects:  # those are looked at from near
                text = f"fills {share:.0%} of the picture of {view.product.name} in frame {frame}"
                self._notes.setdefault((f"{label} ({entity.prim_path})", "fills"), text)
            self._clipped(entity, view)
        if picture is not None:
            self._exposure(frame, view.product.name, picture)

    def note_in(self, report: Report) -> None:
        """Note what is doubtful."""
        for (subject, _), text in self._notes.items():
            report.note(subject, text)
        never = [path for path, seen in self._seen.items() if not seen]
        if never and self._frames:
            named = ", ".join(never[:_SHOWN]) + (f" and {len(never) - _SHOWN} more" if len(never) > _SHOWN else "")
            frames = counted(len(self._frames), "frame")
            report.note("never in the picture", f"{named}: in none of the {frames} that were looked at")
        for path, (nearest, near) in self._near.items():
            text = (
                f"its nearest point is {nearest:.3g} m from the camera, and what is nearer than {near:.3g} m is cut "
                "away; give create.camera a clipping_range"
            )
            report.note(path, text)

    def _sizes(self, view: ProductView) -> None:
        all_of = _with_meshes(view.snapshot).values()
        things = [e for e in all_of if not _is_flat(e) and not _is_around(e, view)]
        sizes = np.array([max(_size(entity)) for entity in things])
        if len(things) <= _FEWEST:
            return
        for k, entity in enumerate(things):
            middle = float(np.median(np.delete(sizes, k)))
            times = float(sizes[k]) / middle if middle > 0 else 1.0
            if times >= _TIMES or 0 < times <= 1 / _TIMES:
                how = f"{times:.0f} times as large as" if times > 1 else f"{1 / times:.0f} times smaller than"
                text = (
                    f"is {sizes[k]:.3g} m long, {how} the other objects (their median is {middle:.3g} m); "
                    "is its unit right?"
                )
                self._notes.setdefault((f"{_label(entity)} ({entity.prim_path})", "size"), text)

    def _clipped(self, entity: Entity, view: ProductView) -> None:
        camera = view.product.camera
        if camera.model != "pinhole" or _is_flat(entity):
            return
        camera_from_local = portable.product(camera.camera_from_world, entity.world_from_local)
        ahead = -transform_points(camera_from_local, box_corners(entity.low, entity.high))[:, 2]
        nearest, near = float(ahead.min()), camera.near_far[0]
        if 0 < nearest < near and ahead.max() > 0:
            self._near.setdefault(entity.prim_path, (nearest, near))

    def _exposure(self, frame: int, name: str, picture: U1) -> None:
        colours = picture[..., :3]
        shares = {
            "white": float((colours.min(-1) >= _WHITE).mean()),
            "black": float((colours.max(-1) <= _BLACK).mean()),
        }
        for what, share in shares.items():
            if share >= _MOSTLY:
                text = f"{share:.0%} of frame {frame} is {what}; its mean is {colours.mean():.0f} of 255"
                self._notes.setdefault((f"picture of {name}", what), text)


def _with_meshes(snapshot: Snapshot) -> dict[int, Entity]:
    """Return the labelled entities that are objects, by index: not defects, which have no mesh of their own."""
    own = {instance.entity for instance in snapshot.instances}
    return {k: e for k, e in enumerate(snapshot.entities) if e.semantics and k in own}


def _size(entity: Entity) -> list[float]:
    scale = portable.norm(entity.world_from_local[:3, :3], axis=0)
    return sorted(float(v) for v in (entity.high - entity.low) * scale)


def _is_flat(entity: Entity) -> bool:
    thin, _, long = _size(entity)
    return thin <= _FLAT * long


def _is_around(entity: Entity, view: ProductView) -> bool:
    """Return whether the camera is inside of an entity's box: a hall or a room."""
    place = transform_points(
        portable.inverse(entity.world_from_local), view.product.camera.world_from_camera[None, :3, 3]
    )
    return bool(((place >= entity.low) & (place <= entity.high)).all())


def _label(entity: Entity) -> str:
    return ",".join(label for _, label in entity.semantics)
