"""Datasets of frames as PyTorch takes them: tensors, loaders, and an order that a resumed training goes on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, get_worker_info

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.streams import Source

if TYPE_CHECKING:
    from rendersdg.api.datasets import Item, SceneDataset

Format: TypeAlias = Literal["coco", "segmentation"]
Target: TypeAlias = Any  # a dictionary of tensors, or one tensor
Transforms: TypeAlias = Callable[[Any, Any], tuple[Any, Any]]


class TorchFrames(Dataset[Any]):  # type: ignore[misc]
    """Frames of a scene as (image, target): image (3, H, W) float32, 0 to 1.

    Make one by ``scene.dataset(...).torch(format)``. ``data`` is the dataset behind it.
    """

    def __init__(self, data: SceneDataset, format: Format, transforms: Transforms | None) -> None:
        self.data = data
        self.format = format
        self.transforms = transforms

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, Target]:
        if self.transforms is None and get_worker_info() is not None:
            return Parcel(self.data[index], self.format)  # type: ignore[return-value]
        sample = Sample.of(self.data[index], self.format)
        return sample if self.transforms is None else self.transforms(*sample)

    @staticmethod
    def collate(batch: Sequence[tuple[Any, Any]]) -> tuple[Any, ...]:
        """Join samples as torchvision's detectors take them: (images, targets), each a tuple."""
        if all(isinstance(sample, Parcel) for sample in batch):
            return Parcels(batch)  # type: ignore[return-value]
        return Batch.of(batch)

    def loader(
        self,
        batch_size: int = 1,
        *,
        num_workers: int = 0,
        shuffle: bool = False,
        seed: int = 0,
        consumed: int = 0,
        **more: Any,
    ) -> DataLoader[Any]:
        """Return a loader of batches (images, targets), in an order that a resumed training goes on with.

        Args:
            batch_size: samples in a batch.
            num_workers: processes that render.
            shuffle: mix the frames anew each time all were seen.
            seed: of the order.
            consumed: how many samples the training took before, see :class:`FrameSampler`.
            more: what else DataLoader takes.
        """
        sampler = FrameSampler(self, shuffle=shuffle, seed=seed, consumed=consumed)
        collate = more.pop("collate_fn", self.collate if self.format == "coco" else None)
        return DataLoader(
            self, batch_size=batch_size, num_workers=num_workers, sampler=sampler, collate_fn=collate, **more
        )


class Sample(tuple[Tensor, Target]):
    """An (image, target) that goes to another process as what it was made of: bytes for the picture, bits for masks.

    Tensors would go through shared memory, each by a file of its own: several times the bytes, and slower. One that was
    changed after it was made goes as its tensors.
    """

    _item: Item | None = None  # none of one that other libraries make of our class with tensors of their own
    _format: Format = "coco"
    _made: list[tuple[str, int, int]]

    @classmethod
    def of(cls, item: Item, format: Format) -> Sample:
        """Return what the tensors of an item are."""
        made = cls((_image(item), _coco(item) if format == "coco" else _painted(item)))
        made._item, made._format, made._made = item, format, _state_of(*made)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        if self._item is None or _state_of(*self) != self._made:
            return tuple, ([*self],)
        return _unpacked, (_packed(self._item, self._format), self._format)


class Parcel(Sequence[Any]):
    """An (image, target) in a loader's worker: its tensors are made where it arrives, or when somebody looks here."""

    def __init__(self, item: Item, format: Format) -> None:
        self._item = item
        self._format = format
        self._sample: Sample | None = None

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: Any) -> Any:
        return self._opened()[place]

    def __reduce__(self) -> tuple[Any, ...]:
        if self._sample is not None:
            return self._sample.__reduce__()
        return _unpacked, (_packed(self._item, self._format), self._format)

    def _opened(self) -> Sample:
        if self._sample is None:
            self._sample = Sample.of(self._item, self._format)
        return self._sample


class Parcels(Sequence[Any]):
    """The (images, targets) of several parcels; they arrive as a plain tuple."""

    def __init__(self, parcels: Sequence[Any]) -> None:
        self._parcels = [*parcels]

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: Any) -> Any:
        return _joined(self._parcels)[place]

    def __reduce__(self) -> tuple[Any, ...]:
        return _joined, (self._parcels,)


class Batch(tuple[Any, ...]):
    """(images, targets), each a tuple; it goes to another process as its samples do."""

    _samples: list[tuple[Any, Any]] | None = None

    @classmethod
    def of(cls, samples: Sequence[tuple[Any, Any]]) -> Batch:
        """Return the batch of some samples."""
        made = cls(zip(*samples))
        made._samples = list(samples)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return (tuple, ([*self],)) if self._samples is None else (_joined, (self._samples,))


class FrameSampler(Sampler[int]):  # type: ignore[misc]
    """An order of a dataset's items that is a function of (seed, samples taken): a training resumes where it was.

    Each pass over it goes on from ``consumed`` to the end of the round that it is in, in that round's own order, and
    leaves ``consumed`` alone: workers fetch ahead, so only the training knows what it has learnt from. Say so with
    :meth:`take`, or store the number of samples with the checkpoint and give it as ``consumed``.

    Args:
        data: anything with a length.
        shuffle: another order each round.
        seed: of the order.
        consumed: how many samples were taken before, over all rounds.

    Example::

        sampler = FrameSampler(data, shuffle=True, seed=1, consumed=checkpoint["consumed"])
        loader = DataLoader(data, batch_size=8, sampler=sampler, collate_fn=data.collate)
        for images, targets in loader:
            ...
            sampler.take(len(images))
    """

    def __init__(self, data: Any, *, shuffle: bool = True, seed: int = 0, consumed: int = 0) -> None:
        if consumed < 0 or not len(data):
            raise BadArgument(f"consumed={consumed}, {len(data)} items: there must be items, and 0 or more taken")
        self._length = len(data)
        self._shuffle = shuffle
        self._seed = seed
        self.consumed = consumed

    def __len__(self) -> int:
        return self._length - self.consumed % self._length

    def __iter__(self) -> Iterator[int]:
        done, at = divmod(self.consumed, self._length)
        yield from self.order(done)[at:]

    def order(self, number: int) -> list[int]:
        """Return the order of the items in a round, numbered from 0."""
        if not self._shuffle:
            return list(range(self._length))
        return [int(k) for k in Source(self._seed, "order", number).rng().permutation(self._length)]

    def take(self, count: int) -> None:
        """Note that the training has taken ``count`` more samples."""
        self.consumed += count

    def state_dict(self) -> dict[str, int]:
        """Return what a checkpoint keeps of it."""
        return {"seed": self._seed, "consumed": self.consumed}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on where a checkpoint was."""
        self._seed, self.consumed = state["seed"], state["consumed"]


def torch_frames(data: SceneDataset, format: Format, transforms: Transforms | None) -> TorchFrames:
    """Return a dataset as tensors, see :meth:`rendersdg.api.datasets.SceneDataset.torch`."""
    needed = {"coco": "boxes", "segmentation": "semantic"}
    if format not in needed:
        raise BadArgument(f"format={format!r} is not coco or segmentation")
    if needed[format] not in data.labels:
        data = data.of(data.frames, (*data.labels, needed[format]))
    return TorchFrames(data, format, transforms)


def _state_of(image: Tensor, target: Target) -> list[tuple[str, int, int]]:
    """Return which tensors a sample has, by name and place in memory, and how often each was written to."""
    tensors = {"": image, **(target if isinstance(target, dict) else {"semantic": target})}
    return [(name, t.data_ptr(), 0 if t.is_inference() else t._version) for name, t in tensors.items()]


def _joined(samples: Sequence[tuple[Any, Any]]) -> tuple[Any, ...]:
    """Return a batch that came from another process."""
    return tuple(zip(*samples))


def _packed(item: Item, format: Format) -> dict[str, Any]:
    """Return what of an item goes to another process: the masks as bits within their boxes."""
    used = ("frame", "rgb", "boxes", "classes", "masks", "keypoints") if format == "coco" else ("rgb", "semantic")
    sent: dict[str, Any] = {key: value for key, value in item.items() if key in used}
    if "masks" in sent:
        cut = [np.packbits(mask[where]) for mask, where in zip(sent["masks"], _windows(sent["boxes"]))]
        sent["masks"] = (sent["masks"].shape, cut)
    if "semantic" in sent:
        sent["semantic"] = sent["semantic"].astype(np.min_scalar_type(sent["semantic"].max(initial=0)))
    return sent


def _unpacked(item: Any, format: Format) -> tuple[Any, ...]:
    """Return a sample that came from another process."""
    if "masks" in item:
        shape, cut = item["masks"]
        masks = item["masks"] = np.zeros(shape, bool)
        for mask, where, bits in zip(masks, _windows(item["boxes"]), cut):
            window = mask[where]
            window[...] = np.unpackbits(bits, count=window.size).reshape(window.shape)
    if "semantic" in item:
        item["semantic"] = item["semantic"].astype(np.int64)
    return tuple(Sample.of(item, format))


def _windows(boxes: F8) -> list[tuple[slice, slice]]:
    """Return where the boxes are in a picture, rows and columns: no pixel of a mask lies outside of its box."""
    return [(slice(y0, y1), slice(x0, x1)) for x0, y0, x1, y1 in boxes.astype(int).tolist()]


def _image(item: Item) -> Tensor:
    """Return the picture, (3, H, W) float32, 0 to 1.

    NumPy divides, as torch would, to the bit: torch's threads wait for one another longer than the division takes.
    """
    planes = np.ascontiguousarray(item["rgb"].transpose(2, 0, 1))
    return torch.from_numpy(np.divide(planes, np.float32(255), dtype=np.float32))


def _painted(item: Item) -> Tensor:
    return torch.from_numpy(item["semantic"])


def _coco(item: Item) -> dict[str, Tensor]:
    """Return a torchvision detection target."""
    boxes = torch.from_numpy(item["boxes"]).float()
    target = {
        "boxes": boxes,
        "labels": torch.from_numpy(item["classes"] + 1),  # 0 is the background
        "image_id": torch.tensor(item["frame"]),
        "iscrowd": torch.zeros(len(boxes), dtype=torch.int64),
    }
    if "keypoints" in item:
        target["keypoints"] = torch.from_numpy(item["keypoints"]).float()
    if "masks" in item:
        masks = item["masks"]
        target["masks"] = torch.from_numpy(masks.view(np.uint8))
        target["area"] = torch.tensor([np.count_nonzero(mask) for mask in masks], dtype=torch.float32)
    else:
        target["area"] = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return target
