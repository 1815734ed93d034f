"""CosmosWriter: clips of aligned modalities (rgb, depth, segmentation, shaded segmentation, edges) as PNG and MP4."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, U1
from rendersdg.errors import BadArgument
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragment, Fragments, Writer
from writers.encoders import image_bytes, metadata_bytes, read_image
from writers.options import LABELS, Option, number_width

MODALITIES = ("rgb", "depth", "segmentation", "shaded_seg", "edges")
_NEAR, _FAR = 0.1, 100.0  # metres: the range of the grey of depth


class CosmosWriter(Writer):
    """``clip_0000/rgb/rgb_0000.png`` and the same for each modality, with one MP4 a modality and clip when all is done.

    A new clip begins with each execution of an ``on_time`` trigger. Depth is grey on an inverse logarithmic scale from
    0.1 m (white) to 100 m; edges are Canny's. ``segmentation_mapping`` gives classes their colours.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "segmentation_mapping": Option("mapping", "The colours of labels in the segmentation."),
        "use_instance_id": Option(
            "boolean", "Whether the segmentation is by prims; without it, unless segmentation_mapping is given."
        ),
        "canny_threshold_low": Option("integer", "The lower threshold of Canny's edges.", 10),
        "canny_threshold_high": Option("integer", "The upper threshold of Canny's edges.", 100),
        **number_width(4),
        "fps": Option("number", "The rate of the clips.", 30.0, unit="frames a second"),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._low = int(params.get("canny_threshold_low", 10))
        self._high = int(params.get("canny_threshold_high", 100))
        self._fps = float(params.get("fps", 30.0))
        self._padding = int(params.get("frame_padding", 4))
        if not self._fps > 0:
            raise BadArgument(f"CosmosWriter: fps={self._fps} must be above 0")
        self._by_id = bool(params.get("use_instance_id", params.get("segmentation_mapping") is None))
        labels: Json = {**self.label_choice, "colorize": True}
        if params.get("segmentation_mapping"):
            labels["mapping"] = params["segmentation_mapping"]
        self._segmentation = "instance_id_segmentation" if self._by_id else "semantic_segmentation"
        self.annotators = {"rgb": {}, "distance_to_image_plane": {}, "normals": {}, self._segmentation: labels}

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        several = frame.several
        number = str(frame.number).zfill(self._padding)
        for product, data in frame.data.items():
            rgb = data["rgb"][..., :3]
            segmentation = data[self._segmentation]["data"][..., :3]
            facing = np.abs(
                portable.product(data["normals"][..., :3].astype(np.float32), np.array([0.3, 0.5, 0.81], np.float32))
            )
            pictures = {
                "rgb": rgb,
                "depth": depth_grey(data["distance_to_image_plane"]),
                "segmentation": segmentation,
                "shaded_seg": np.round(segmentation * (0.35 + 0.65 * facing[..., None])).astype(np.uint8),
                "edges": cv2.Canny(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY), self._low, self._high),
            }
            folder = f"{product}/" * several + _clip(frame)
            for name, picture in pictures.items():
                files[f"{folder}/{name}/{name}_{number}.png"] = image_bytes(picture)
        return files

    def fragment(self, frame: Frame) -> Fragment:
        several = frame.several
        return {
            "clips": [f"{p}/" * several + _clip(frame) for p in frame.data],
            "number": str(frame.number).zfill(self._padding),
        }

    def finish(self, fragments: Fragments, seed: int) -> Files:
        return {"metadata.txt": metadata_bytes("CosmosWriter", "0.0.1", seed)}

    def assemble(self, fragments: Fragments, read: Callable[[str], bytes]) -> Files:
        clips: dict[str, list[str]] = {}
        for _, fragment in sorted(fragments.items()):
            for clip in fragment["clips"]:
                clips.setdefault(clip, []).append(fragment["number"])
        files: Files = {}
        for clip, numbers in clips.items():
            for name in MODALITIES:
                pictures = (np.asarray(read_image(read(f"{clip}/{name}/{name}_{n}.png")), np.uint8) for n in numbers)
                files[f"{clip}/{name}.mp4"] = video_bytes(pictures, self._fps)
        return files


def _clip(frame: Frame) -> str:
    return f"clip_{frame.sequence or 0:04d}"


def depth_grey(depth: F4, near: float = _NEAR, far: float = _FAR) -> U1:
    """Return 8-bit grey (H, W): white at ``near`` metres, black at ``far`` and where nothing is,
    logarithmic between.
    """
    # divided in float64: NumPy 1 would stay in float32 beside a scalar, and give other bytes
    t = portable.log(np.clip(depth, near, far) / near).astype(np.float64) / portable.log(far / near)
    return np.round(255 * (1 - np.where(np.isfinite(depth), t, 1.0))).astype(np.uint8)


def video_bytes(pictures: Iterable[U1], fps: float) -> bytes:
    """Return an MP4 (MPEG-4 part 2) of pictures of one size, (H, W) grey or (H, W, 3 or 4) RGB(A) uint8.

    Raises BadArgument when this OpenCV cannot write MP4.
    """
    handle, name = tempfile.mkstemp(suffix=".mp4")
    os.close(handle)
    video = None
    try:
        for picture in pictures:
            if picture.ndim == 2:
                shown = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
            else:
                shown = np.ascontiguousarray(picture[..., 2::-1])
            if video is None:
                video = cv2.VideoWriter(name, cv2.VideoWriter.fourcc(*"mp4v"), fps, (shown.shape[1], shown.shape[0]))
                if not video.isOpened():
                    raise BadArgument("this OpenCV cannot write MP4")
            video.write(shown)
        if video is not None:
            video.release()
        return Path(name).read_bytes()
    finally:
        os.unlink(name)
