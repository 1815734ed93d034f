"""Detectors in Python: trained from labelled sets or straight from scenes, judged, and used."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.live import LiveSamples, Shot
from rendersdg.api.datasets import SceneDataset
from rendersdg.api.numbers import whole_number
from rendersdg.api.scenes import Scene
from rendersdg.arrays import U1
from rendersdg.errors import BadArgument
from rendersdg.extras import needs

if TYPE_CHECKING:
    from detectors.classify.pictures import Pictures
    from detectors.detections import Detections
    from detectors.evaluate import Scores
    from detectors.mix import Mix
    from detectors.runtime import Model
    from detectors.samples import Samples

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class SceneMaker:
    """The frames of a scene as images to learn from; see :class:`detectors.live.Maker`."""

    data: SceneDataset

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in order."""
        return self.data.classes

    @property
    def name(self) -> str:
        """The scene's name."""
        return self.data.scene.name

    def __len__(self) -> int:
        return len(self.data)

    def shot(self, number: int, *, masks: bool = False) -> Shot:
        """Return a frame with its boxes, and with the masks of its objects where they are asked for."""
        data = self.data
        if masks and "masks" not in data.labels:
            data = data.of(data.frames, (*data.labels, "masks"))
        item = data[number]
        return Shot(np.ascontiguousarray(item["rgb"]), item["boxes"], item["classes"], item["masks"] if masks else None)

    def fingerprint(self) -> str:
        """Return a digest of the scene with all that it reads, of the frames and of what is labelled."""
        data = self.data
        decides = [data.scene.digest, list(data.frames[:2]), len(data), data.camera, data.classes, data.semantic_filter]
        return sha256(repr(decides).encode()).hexdigest()


def live(data: Scene | SceneDataset, frames: int | range | None = None) -> LiveSamples:
    """Return the frames of a scene as a set to learn from, each rendered when a batch asks for it.

    Raises BadArgument for a scene without classes, or without an end and without ``frames``.
    """
    dataset = data.dataset(frames) if isinstance(data, Scene) else data
    if not isinstance(data, Scene) and frames is not None:
        raise BadArgument("frames: the dataset says which; give it to scene.dataset(frames)")
    if "boxes" not in dataset.labels:
        dataset = dataset.of(dataset.frames, (*dataset.labels, "boxes"))
    if not dataset.classes:
        raise BadArgument(f"{dataset.scene.name} labels nothing, so there is nothing to learn; give prims semantics")
    return LiveSamples(SceneMaker(dataset))


def train(
    data: Scene | SceneDataset | PathLike,
    out: PathLike,
    val: PathLike | None = None,
    *,
    recipe: Mapping[str, Any] | None = None,
    weights: PathLike | None = None,
    resume: bool = False,
    progress: bool = False,
) -> dict[str, Any]:
    """Train a detector and return the record of the run.

    Args:
        data: a scene or its dataset, whose frames are rendered as batches need them and kept nowhere; or a labelled
            set on disk, or a folder that ``rendersdg mix`` made: ``[LAYOUT:]PATH[@SPLIT]``.
        out: the run's folder: ``model.pt``, ``checkpoint.pt``, ``result.json``.
        val: a labelled set to judge on, real photographs as a rule.
        recipe: settings by name, ``{"detector": "yolo11n", "steps": 500, "augment.flip_x": 0.5}``; those that
            ``rendersdg train --set`` takes.
        weights: a run, a ``model.pt`` or a file of torch to start from.
        resume: go on with a run that was interrupted; it ends with the same weights.
        progress: show a bar, or lines where there is no terminal.

    Returns:
        What ``result.json`` holds: ``steps``, ``seconds``, ``classes``, and with ``val`` the ``scores``.

    Raises:
        BadArgument: torch is not installed, or a setting is wrong.
        DatasetError: data cannot be read, or ``out`` holds another run.
        TrainingFailed: the loss is not a finite number.

    A script that trains from a scene needs ``if __name__ == "__main__":``, since frames are rendered in processes.
    """
    needs("torch", "train", "training")
    from detectors.mix import alone, read_training
    from detectors.readers import read
    from detectors.recipe import Recipe
    from detectors.samples import checked
    from detectors.train import train as train_detector

    mix: Mix
    if isinstance(data, (Scene, SceneDataset)):
        mix = alone(live(data))
    else:
        mix = read_training(os.fspath(data))
    judged: Samples | None = None
    if val is not None:
        judged = checked(read(os.fspath(val))).of_classes(mix.classes)
    record: dict[str, Any] = train_detector(
        mix,
        Recipe().with_changes(dict(recipe or {}), "recipe"),
        Path(out),
        judged,
        weights=None if weights is None else Path(weights),
        resume=resume,
        quiet=not progress,
    )
    return record


def evaluate(model: PathLike, data: PathLike, *, resamples: int = 1000) -> Scores:
    """Judge a detector on a labelled set: COCO's mAP and AR with 95 % intervals.

    Args:
        model: a run's folder, a ``model.pt``, or an exported ``.xml`` or ``.onnx``.
        data: a labelled set, ``[LAYOUT:]PATH[@SPLIT]``.
        resamples: draws of the bootstrap over images; 0 for no intervals.

    Returns:
        Scores: ``summary`` (``mAP``, ``mAP50``, ...) by name, ``table()`` as text, ``as_json()``.

    Raises:
        DatasetError: the model or the set cannot be read.
    """
    needs("torch", "train", "judging a detector")
    from detectors.evaluate import evaluate as judge
    from detectors.readers import read
    from detectors.runtime import predict as found_in
    from detectors.samples import checked

    network = _model(model)
    truth = checked(read(os.fspath(data))).of_classes(network.classes)
    return judge(truth, found_in(network, truth.images), resamples=whole_number(resamples, "resamples"))


def predict(model: PathLike, images: Sequence[PathLike | np.ndarray[Any, Any]]) -> list[Detections]:
    """Find objects in images.

    Args:
        model: a run's folder, a ``model.pt``, or an exported ``.xml`` or ``.onnx``.
        images: files, or arrays (H, W, 3) uint8, RGB.

    Returns:
        One record an image, best first: ``xyxy`` (N, 4) float64 pixels, ``scores`` (N,) 0 to 1, ``labels`` (N,) from 0:
        places in the classes that the model learnt. Of a detector of masks also ``masks``, COCO's runs of each object,
        ``{"size": [h, w], "counts": "..."}``; of one of oriented boxes ``oriented`` (N, 5) float64, middle, width and
        height in pixels and angle in radians; None of others.

    Raises:
        DatasetError: the model or an image cannot be read.
        BadArgument: an array is no picture.
    """
    network = _model(model)
    return [network.find([picture_of(image)])[0] for image in images]


def pictures_of_scene(scene: Scene, frames: int, size: int) -> Pictures:
    """Return the first frames of a scene through all of its cameras, without labels, drawn as they are needed.

    Args:
        scene: the scene.
        frames: how many.
        size: side that pictures are squeezed to, pixels.
    """
    from detectors.vision.pictures import drawn_pictures

    def draw(number: int) -> Callable[[int], U1]:
        frame = scene.frame(number)
        return lambda view: frame.view(frame.cameras[view]).rgb

    return drawn_pictures(frames, len(scene.cameras), size, draw, scene.name)


def picture_of(image: PathLike | np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an image (H, W, 3) uint8, RGB, of a file or as it is. Raises BadArgument for an array that is none."""
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
            raise BadArgument(f"an image is (H, W, 3) uint8 in RGB, this is {image.shape} {image.dtype}")
        return image
    from detectors.preprocess import read_rgb

    return read_rgb(Path(image))


def _model(model: PathLike) -> Model:
    from detectors.runtime import load_model

    where = Path(model)
    if where.suffix not in (".xml", ".onnx"):
        needs("torch", "train", "a model of torch")
    return load_model(where)
