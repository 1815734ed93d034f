"""``isaacsim.core.experimental.objects.Camera``: one camera or several.

Lengths of the lens are stage units, as those of Isaac Sim's other camera: USD keeps them in tenths.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
from pxr import Gf, UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen, rows, spread
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.experimental.shapes import Defined
from rendersdg.replicator.engine import current

__all__ = ["Camera"]


def _scaled(what: str, *fields: Field) -> tuple[Any, Any]:
    """Return accessors of lengths that USD keeps in tenths of a stage unit."""
    write, read = accessors(what, *fields)

    def set_scaled(self: Camera, *values: VectorLike | None, indices: Indices = None, **named: VectorLike) -> None:
        larger = [None if v is None else numbers(v) * 10.0 for v in values]
        write(self, *larger, indices=indices, **{k: numbers(v) * 10.0 for k, v in named.items() if v is not None})

    def get_scaled(self: Camera, *, indices: Indices = None) -> Array | tuple[Array, ...]:
        lengths = read(self, indices=indices)
        return tuple(v / 10.0 for v in lengths) if isinstance(lengths, tuple) else lengths / 10.0

    for mine, theirs in ((set_scaled, write), (get_scaled, read)):
        mine.__doc__, vars(mine)["__signature__"] = theirs.__doc__, signature(theirs)
    return set_scaled, get_scaled


class Camera(Defined):
    """One camera or several, which look along -Z with Y up."""

    _schema = UsdGeom.Camera

    set_focal_lengths, get_focal_lengths = _scaled(
        "the focal lengths in stage units", Field("focal_lengths", "focalLength")
    )
    set_apertures, get_apertures = _scaled(
        "the widths and heights of the image planes in stage units",
        Field("horizontal_apertures", "horizontalAperture"),
        Field("vertical_apertures", "verticalAperture"),
    )
    set_aperture_offsets, get_aperture_offsets = _scaled(
        "how far the image planes are off the middle in stage units",
        Field("horizontal_offsets", "horizontalApertureOffset"),
        Field("vertical_offsets", "verticalApertureOffset"),
    )
    set_focus_distances, get_focus_distances = accessors(
        "the distances that are sharp, in stage units", Field("focus_distances", "focusDistance")
    )
    set_fstops, get_fstops = accessors("the f-numbers; 0 makes everything sharp", Field("fstops", "fStop"))
    set_stereo_roles, get_stereo_roles = accessors(
        "whether they are mono, left or right", Field("roles", "stereoRole", str)
    )
    set_projections, get_projections = accessors(
        "whether they are perspective or orthographic", Field("projections", "projection", str)
    )
    set_shutter_times, get_shutter_times = accessors(
        "when the shutters open and close, in frames",
        Field("open_times", "shutter:open"),
        Field("close_times", "shutter:close"),
    )

    def get_clipping_ranges(self, *, indices: Indices = None) -> tuple[Array, Array]:
        """Return the nearest (N, 1) and the farthest (N, 1) distances that are drawn."""
        ranges = array([np.array(p.GetAttribute("clippingRange").Get()) for p in chosen(self, indices)])
        return array(ranges[:, :1]), array(ranges[:, 1:])

    def set_clipping_ranges(
        self,
        near_distances: VectorLike | None = None,
        far_distances: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Set the nearest and the farthest distances that are drawn; what is not given stays."""
        prims = chosen(self, indices)
        ends = [None if v is None else spread(v, len(prims), float) for v in (near_distances, far_distances)]
        for k, prim in enumerate(prims):
            before = prim.GetAttribute("clippingRange").Get()
            after = [b if end is None else end[k] for b, end in zip(before, ends)]
            prim.GetAttribute("clippingRange").Set(Gf.Vec2f(*after))

    def enforce_square_pixels(
        self, resolutions: VectorLike, *, modes: str | Sequence[str] = "horizontal", indices: Indices = None
    ) -> None:
        """Fit the apertures to pictures of ``resolutions`` (height, width), so that pixels are square.

        ``horizontal`` keeps the widths of the image planes and changes their heights, ``vertical`` the other way round.
        """
        prims = chosen(self, indices)
        for prim, (height, width), mode in zip(prims, rows(resolutions, len(prims), 2), spread(modes, len(prims), str)):
            if mode not in ("horizontal", "vertical"):
                raise BadArgument(f"modes={mode!r}: give horizontal or vertical", where=current().where())
            plane_w, plane_h = (float(prim.GetAttribute(f"{k}Aperture").Get()) for k in ("horizontal", "vertical"))
            if mode == "horizontal":
                prim.GetAttribute("verticalAperture").Set(plane_w * height / width)
            else:
                prim.GetAttribute("horizontalAperture").Set(plane_h * width / height)
