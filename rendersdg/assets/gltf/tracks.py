"""The animation of a glTF file: what each node's place and weights are at any time.

Source: the glTF 2.0 specification, section 3.11 and appendix C (interpolation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.assets.gltf.broken import FAULTS, Broken, Entry, fault
from rendersdg.assets.gltf.document import Document, as_numbers
from rendersdg.errors import Report

RATE = 60.0  # time codes a second
_BEFORE = 1e-5  # seconds before a step at which the value before it still holds
_MOST_FRAMES = 100_000  # a track is sampled at no more moments
_WIDTHS = {"translation": 3, "rotation": 4, "scale": 3, "weights": 0}


@dataclass(frozen=True, eq=False)
class Track:
    """Values (K, W) at rising ``times`` (K,), seconds; ``kind`` is glTF's interpolation. ``tangents`` (2, K, W) are the
    incoming and outgoing ones of a spline. A rotation is x, y, z, w.
    """

    times: F8
    values: F8
    kind: str = "LINEAR"
    tangents: F8 | None = None
    is_rotation: bool = False

    def moments(self) -> F8:
        """Return the times, seconds, between which straight lines (arcs for rotations) are the track: a spline is taken
        at each frame.
        """
        if self.kind == "STEP":
            return np.unique(np.concatenate([self.times, np.maximum(self.times[1:] - _BEFORE, self.times[:-1])]))
        if self.kind == "LINEAR":
            return self.times
        first, last = np.ceil(self.times[0] * RATE), np.floor(self.times[-1] * RATE)
        step = max(1.0, np.ceil((last - first) / _MOST_FRAMES))
        return np.unique(np.concatenate([self.times, np.arange(first, last + 1, step) / RATE]))

    def at(self, times: F8) -> F8:
        """Return the values (N, W) at times (N,); the first and the last hold before and after."""
        last = len(self.times) - 1
        low = np.clip(np.searchsorted(self.times, times, side="right") - 1, 0, max(last - 1, 0))
        high = np.minimum(low + 1, last)
        span = np.maximum(self.times[high] - self.times[low], 1e-12)
        t = np.clip((times - self.times[low]) / span, 0.0, 1.0)[:, None]
        before, after = self.values[low], self.values[high]
        if self.kind == "STEP":
            found = np.where(t >= 1.0, after, before)
        elif self.tangents is not None:
            out, into = self.tangents[1][low] * span[:, None], self.tangents[0][high] * span[:, None]
            t2, t3 = t * t, t * t * t
            found = (2 * t3 - 3 * t2 + 1) * before + (t3 - 2 * t2 + t) * out
            found = found + (3 * t2 - 2 * t3) * after + (t3 - t2) * into
        elif self.is_rotation:
            found = _slerp(before, after, t)
        else:
            found = before + (after - before) * t
        return _unit(found) if self.is_rotation else found


def _unit(quaternions: F8) -> F8:
    length = portable.norm(quaternions, axis=1, keepdims=True)
    return np.where(length > 1e-12, quaternions / np.maximum(length, 1e-12), [0.0, 0.0, 0.0, 1.0])


def _slerp(before: F8, after: F8, t: F8) -> F8:
    """Return rotations on the shorter arc between two, (N, 4)."""
    cosine = (before * after).sum(1, keepdims=True)
    after = np.where(cosine < 0, -after, after)
    angle = portable.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = portable.sin(angle)
    is_wide = sine > 1e-6
    safe = np.where(is_wide, sine, 1.0)
    first = np.where(is_wide, portable.sin((1 - t) * angle) / safe, 1 - t)
    second = np.where(is_wide, portable.sin(t * angle) / safe, t)
    return first * before + second * after


Tracks = dict[tuple[int, str], Track]  # by node and path: translation, rotation, scale, weights


def read_tracks(document: Document, report: Report) -> Tracks:
    """Return the tracks of the first animation; the others are named in a note, what cannot be read is reported."""
    animations = document.entries("animations")
    if not animations:
        return {}
    label = f"{document.path}:animations"
    if len(animations) > 1:
        names = [str(a.get("name", f"animations[{k}]")) for k, a in enumerate(animations)]
        others = ", ".join(names[1:13]) + (", ..." if len(names) > 13 else "")
        report.note(label, f"{names[0]} plays; not played: {others}")
    tracks: Tracks = {}
    channels = animations[0].get("channels", [])
    if not isinstance(channels, list):
        report.ignored(f"{label}[0].channels", "is not of the kind that it should be, so it is left out")
        return {}
    for number, channel in enumerate(channels):
        place = f"{label}[0].channels[{number}]"
        try:
            target = channel["target"]
            path = target["path"]
            if path == "pointer":
                pointer = target.get("extensions", {}).get("KHR_animation_pointer", {}).get("pointer", "")
                text = f"only what nodes have is animated, and not {pointer}"
                report.ignored(f"{label}[0].KHR_animation_pointer", text)
                continue
            if path not in _WIDTHS:
                raise Broken(f"{path} is not animated")
            if "node" not in target:
                report.ignored(place, "names no node, so it moves nothing")
                continue
            document.entry("nodes", target["node"])
            tracks[target["node"], path] = _track(document, animations[0]["samplers"][channel["sampler"]], path)
        except FAULTS as error:
            report.ignored(place, f"is left out: {fault(error)}")
    return tracks


def _track(document: Document, sampler: Entry, path: str) -> Track:
    times = document.numbers(sampler["input"])[:, 0].astype(np.float64)
    output = document.entry("accessors", sampler["output"])
    values = document.numbers(sampler["output"])
    if not output.get("normalized") and path in ("rotation", "weights"):
        values = as_numbers(document.stored(sampler["output"]), is_fraction=True)
    kind = sampler.get("interpolation", "LINEAR")
    if kind not in ("LINEAR", "STEP", "CUBICSPLINE"):
        raise Broken(f"its interpolation is {kind!r}")
    count = len(times) * (3 if kind == "CUBICSPLINE" else 1)
    if not len(times) or (np.diff(times) <= 0).any():
        raise Broken("its times do not rise")
    width = _WIDTHS[path] or values.size // max(count, 1)
    if not width or values.size != count * width:
        raise Broken(f"it has {values.size} numbers for {len(times)} times")
    table = values.astype(np.float64).reshape(-1, width)
    if kind != "CUBICSPLINE":
        return Track(times, table, kind, None, path == "rotation")
    into, keys, out = table.reshape(len(times), 3, width).transpose(1, 0, 2)
    return Track(times, keys, kind, np.stack([into, out]), path == "rotation")
