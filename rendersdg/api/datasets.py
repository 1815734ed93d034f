"""Datasets that are never written: item i is frame i of a scene, rendered when a training loop asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, overload

import numpy as np

from rendersdg.annotators import ANNOTATORS
from rendersdg.api.frames import LabelledFrame, LabelledObject, check_camera
from rendersdg.api.numbers import frames_of
from rendersdg.arrays import F8, I8, U4, Mask
from rendersdg.errors import BadArgument, BadScene, did_you_mean
from rendersdg.extras import needs

if TYPE_CHECKING:
    from rendersdg.api.scenes import Scene
    from rendersdg.api.torches import Format, TorchFrames, Transforms


class Item(TypedDict, total=False):
    """What a dataset gives for one frame: NumPy arrays and plain values, which any loader can send to another process.

    Always there: ``frame`` its number, ``rgb`` (H, W, 3) uint8. By the dataset's labels: ``boxes`` (N, 4) float64
    x_min, y_min, x_max, y_max in pixels, right and bottom exclusive; ``masks`` and ``amodal_masks`` (N, H, W) bool;
    ``keypoints`` (N, K, 3) float64 x, y, visibility by the scene's ``keypoints``; ``classes`` (N,) int64 with any of
    these; ``depth`` (H, W) float32 metres; ``instances`` (H, W) uint32; ``semantic``
    (H, W) int64, 0 where no class shows, else a class's number plus one; ``camera`` a :class:`FrameCamera`; ``values``
    the random values drawn; and what annotators give, by their names.
    """

    frame: int
    rgb: Any
    boxes: F8
    masks: Mask
    amodal_masks: Mask
    keypoints: F8
    classes: I8
    depth: Any
    instances: U4
    semantic: I8
    camera: Any
    values: Any


class SceneDataset:
    """Frames of a scene by their place: a map-style dataset, as PyTorch's and others' loaders take it.

    It has ``len``, items by number, by slice and by list (``__getitems__``). It can be pickled, and sent to forked and
    to spawned workers. An item is a pure function of its number: nothing is kept from one to the next.

    Attributes:
        scene: whose frames they are.
        classes: the class names; a class's number is its place.

    Example::

        data = rendersdg.load("fruit_crate.yaml").dataset(frames=100_000, labels=["boxes", "masks"])
        item = data[4711]
        item["rgb"].shape, item["boxes"], [data.classes[k] for k in item["classes"]]
    """

    def __init__(
        self,
        scene: Scene,
        frames: int | range | None = None,
        labels: Sequence[str] = ("boxes",),
        *,
        camera: str | None = None,
        classes: Sequence[str] | None = None,
        semantic_filter: str | None = None,
    ) -> None:
        self.scene = scene
        self.frames = frames_of(frames, scene.length, scene.name)
        self.labels = (labels,) if isinstance(labels, str) else tuple(labels)
        self.camera = camera
        if isinstance(classes, str):
            raise BadArgument(f"classes={classes!r}: give a list of names")
        self.classes = tuple(scene.classes_of(semantic_filter) if classes is None else classes)
        self.semantic_filter = semantic_filter
        known = [*_LABELS, *ANNOTATORS]
        for label in self.labels:
            if label not in known:
                raise BadArgument(f"labels: there is no {label!r}{did_you_mean(label, known)}")
        if len(set(self.classes)) != len(self.classes):
            raise BadArgument(f"classes={list(self.classes)}: a class is named twice")
        if camera is not None:
            check_camera(camera, scene.cameras)

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> SceneDataset: ...

    def __getitem__(self, index: int | slice) -> Item | SceneDataset:
        if isinstance(index, slice):
            return self.of(self.frames[index])
        return self.item(self.frame(index))

    def __getitems__(self, indices: Sequence[int]) -> list[Item]:
        """Return several items at once, as PyTorch's loaders ask for them."""
        return [self[index] for index in indices]

    def __iter__(self) -> Iterator[Item]:
        for place in range(len(self)):
            yield self[place]

    def __repr__(self) -> str:
        return f"<dataset of {len(self)} frames of {self.scene.name}: {', '.join(self.labels)}>"

    def of(self, frames: range, labels: Sequence[str] | None = None) -> SceneDataset:
        """Return a dataset of the same kind with other frames, and with other labels where they are given."""
        return SceneDataset(
            self.scene,
            frames,
            self.labels if labels is None else labels,
            camera=self.camera,
            classes=self.classes,
            semantic_filter=self.semantic_filter,
        )

    def frame(self, index: int) -> LabelledFrame:
        """Return the frame behind an item, to look at or to draw. Raises IndexError beyond the end."""
        try:
            number = self.frames[index]
        except IndexError:
            raise IndexError(f"item {index} of a dataset of {len(self)} frames") from None
        return self.scene.frame(number, self.camera, semantic_filter=self.semantic_filter)

    def item(self, frame: LabelledFrame) -> Item:
        """Return what the dataset gives for a frame.

        Raises:
            BadScene: an object has a class that is not among the dataset's.
        """
        item: Item = {"frame": frame.number, "rgb": np.array(frame.rgb)}
        wanted = set(self.labels)
        if wanted & {"boxes", "masks", "amodal_masks", "keypoints", "semantic"}:
            seen = frame.objects
            numbers = np.array([self._class_of(o, frame) for o in seen], np.int64)
            item["classes"] = numbers
            if "boxes" in wanted:
                item["boxes"] = np.array([o.box for o in seen], np.float64).reshape(-1, 4)
            if "masks" in wanted:
                item["masks"] = _stacked(seen, frame.instances.shape)
            if "semantic" in wanted:
                item["semantic"] = _painted(seen, numbers, frame.instances.shape)
        for name in self.labels:
            if name in _PLAIN:
                item[name] = _PLAIN[name](frame)  # type: ignore[literal-required]
            elif name not in _LABELS:
                item[name] = frame.annotate(name)  # type: ignore[literal-required]
        return item

    def torch(self, format: Format = "coco", transforms: Transforms | None = None) -> TorchFrames:
        """Return the dataset as tensors, for ``torch.utils.data.DataLoader``.

        Args:
            format: ``coco``: (image, target) as torchvision's detectors take them, ``target`` with ``boxes``,
                ``labels`` from 1, ``masks``, ``keypoints``, ``area``, ``iscrowd``, ``image_id``;
                ``segmentation``: (image, (H, W) int64 classes from 1, 0 for none).
            transforms: called with image and target, returns both: augmentation.

        Raises:
            BadArgument: torch is not installed, or the format is unknown.

        Example::

            loader = torch.utils.data.DataLoader(data.torch(format="coco"), num_workers=4)
            loader = data.torch().loader(batch_size=8, num_workers=4, shuffle=True, seed=1)
        """
        needs("torch", "train", "frames as tensors")
        from rendersdg.api.torches import torch_frames

        return torch_frames(self, format, transforms)

    def _class_of(self, o: LabelledObject, frame: LabelledFrame) -> int:
        if o.label not in self.classes:
            raise BadScene(
                f"{self.scene.name}, frame {frame.number}: {o.prim_path} has the class {o.label!r}, which is not "
                f"among the dataset's{did_you_mean(o.label, self.classes)}; name all classes: dataset(classes=[...])"
            )
        return self.classes.index(o.label)


def _stacked(seen: Sequence[LabelledObject], shape: tuple[int, ...]) -> Mask:
    masks = np.zeros((len(seen), *shape), bool)
    for k, o in enumerate(seen):
        masks[k] = o.mask
    return masks


def _painted(seen: Sequence[LabelledObject], numbers: I8, shape: tuple[int, ...]) -> I8:
    """Return (H, W) class numbers plus one: of labelled prims below one another, the inner one's."""
    out = np.zeros(shape, np.int64)
    for o, number in sorted(zip(seen, numbers), key=lambda both: -both[0].visible_pixels):
        out[o.mask] = number + 1
    return out


_PLAIN: dict[str, Callable[[LabelledFrame], Any]] = {
    "amodal_masks": lambda frame: frame.amodal_masks,
    "keypoints": lambda frame: frame.keypoints,
    "depth": lambda frame: frame.depth,
    "instances": lambda frame: frame.instances,
    "camera": lambda frame: frame.camera,
    "values": lambda frame: frame.values,
}
_LABELS = ("boxes", "masks", "semantic", *_PLAIN)
