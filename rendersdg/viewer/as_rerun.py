"""A recording of Rerun (.rrd): pictures, boxes, outlines, depth and drawn values, frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from rendersdg.colour import label_colour
from rendersdg.documents import npy_array
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.extras import load
from rendersdg.viewer.pictures import Encoded, objects_picture, picture

if TYPE_CHECKING:
    from rendersdg.viewer.exports import OnImage, Set
    from rendersdg.viewer.index import Shown

_DEPTHS = ("distance_to_image_plane", "depth", "distance_to_camera")  # the first that there is


def export_rerun(data: Set, out: Path, on_image: OnImage) -> list[str]:
    """Write the recording and return what it does not carry; see :data:`rendersdg.viewer.EXPORTS`.

    The timeline ``frame`` counts the frames of a rendered set, and the images of any other.
    """
    rerun = load("rerun", "rerun", "the export to Rerun")
    if out.suffix.lower() != ".rrd":
        raise BadArgument(f"--out {out}: a recording of Rerun ends with .rrd")
    recording = rerun.RecordingStream("rendersdg", recording_id=data.index.root.name or "set")
    recording.save(out)
    classes = [(k + 1, name, label_colour(k + 2)[:3]) for k, name in enumerate(data.index.classes)]
    recording.log("picture", rerun.AnnotationContext(classes), static=True)
    unread: list[str] = []
    for count, shown in enumerate(data, 1):
        recording.set_time("frame", sequence=shown.place if shown.frame is None else shown.frame)
        file = data.index.readable(shown.sample.file)
        made: Encoded = picture(file)
        recording.log("picture", rerun.EncodedImage(contents=made.data, media_type=made.kind))
        _log_labels(rerun, recording, data, shown)
        unread += _log_depth(rerun, recording, data, shown)
        _log_values(rerun, recording, data, shown)
        on_image(count, len(data.index))
    recording.flush()
    recording.disconnect()
    return unread[:5]


def _log_labels(rerun: Any, recording: Any, data: Set, shown: Shown) -> None:
    sample = shown.sample
    recording.log(
        "picture/objects",
        rerun.Boxes2D(
            array=sample.xyxy,
            array_format=rerun.Box2DFormat.XYXY,
            labels=[data.index.classes[int(k)] for k in sample.labels],
            class_ids=sample.labels + 1,
        ),
    )
    if any(s is not None for s in sample.segmentations or ()):
        image = cv2.imdecode(np.frombuffer(objects_picture(sample).data, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        number = image[..., 2] + 256 * image[..., 1].astype(np.int64)
        ids = np.concatenate([[0], sample.labels + 1])[number]
        recording.log("picture/outlines", rerun.SegmentationImage(ids.astype(np.uint16)))


def _log_depth(rerun: Any, recording: Any, data: Set, shown: Shown) -> list[str]:
    layers = data.index.layers(shown)
    name = next((n for n in _DEPTHS if n in layers and layers[n].suffix == ".npy"), None)
    if name is None:
        return []
    try:
        metres = npy_array(data.index.readable(layers[name]))
    except DatasetError as error:
        return [f"depth is left out: {error}"]
    if metres.ndim != 2 or metres.dtype.kind != "f":
        return [f"depth is left out: {layers[name].name} holds {metres.dtype} of shape {metres.shape}"]
    flat = np.where(np.isfinite(metres), metres, 0).astype(np.float32)
    recording.log("depth", rerun.DepthImage(flat, meter=1.0))
    return []


def _log_values(rerun: Any, recording: Any, data: Set, shown: Shown) -> None:
    """Log what was drawn once for the whole frame: values that all of its objects share."""
    rows = data.drawn.get(shown.place, [])
    for name in rows[0] if rows else ():
        values = {repr(row[name]) for row in rows if name in row}
        value = rows[0][name]
        if len(values) == 1 and isinstance(value, (int, float)) and not isinstance(value, bool):
            recording.log(f"drawn/{name}", rerun.Scalars(float(value)))
