"""What a generator is distilled from: (noise, class, image) triples that a teacher has made, on disk."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from detectors.classify.pictures import CIFAR10
from detectors.generator.networks import SIZE
from rendersdg.arrays import F4, I8, U1
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError, NotTrusted
from rendersdg.streams import generator as stream


@dataclass(frozen=True, slots=True)
class Teacher:
    """Anything that gives (B, 3, 32, 32) images, -1 to 1, for (B, ``noise``) normal noise and (B,
    ``classes``) one-hot classes.
    """

    images: Callable[[Tensor, Tensor], Tensor]
    noise: int
    classes: int
    name: str = "callable"


@dataclass(frozen=True, slots=True)
class Triples:
    """``noise`` (N, Z) float32, ``labels`` (N,) int64, ``images`` (N, 32, 32, 3) uint8 RGB."""

    noise: F4
    labels: I8
    images: U1
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if (
            self.images.shape != (len(self.noise), SIZE, SIZE, 3)
            or self.labels.shape != (len(self.noise),)
            or not len(self.noise)
        ):
            raise DatasetError(
                f"no triples: noise {self.noise.shape}, labels {self.labels.shape}, images {self.images.shape}"
            )


def load_teacher(file: Path, *, noise: int = 512, classes: int = 10, trust: bool = False) -> Teacher:
    """Return the teacher of a TorchScript file, called with noise and one-hot classes, or of a StyleGAN2-ADA pickle.

    Both are programs: a pickle runs the code that it holds, TorchScript has operations that write files. A pickle needs
    StyleGAN2-ADA's own modules (``dnnlib``, ``torch_utils``) on PYTHONPATH.

    Args:
        file: the teacher.
        noise: the length of the noise, where the file does not say.
        classes: their number, where the file does not say.
        trust: whether its code may run.

    Raises:
        NotTrusted: ``trust`` is not set.
        DatasetError: the file is neither.
        BadArgument: the modules are missing.
    """
    if not file.is_file():
        raise DatasetError(f"{file} is not there, or not a file")
    if not trust:
        raise NotTrusted(
            f"{file} is a program: to ask a teacher, a pickle or TorchScript, is to run code of its maker's with all "
            "your rights. There is no form of it without code. If you trust who made it, add --trust (trust=True in "
            "Python); if not, make the triples where nothing can be harmed, and bring the folder of arrays here"
        )
    if file.suffix == ".pkl":
        return _stylegan(file)
    try:
        network = torch.jit.load(str(file), map_location="cpu").eval()
    except (RuntimeError, ValueError, OSError) as error:
        raise DatasetError(
            f"{file} is not a TorchScript file that can be read ({str(error).splitlines()[0]})"
        ) from None
    return Teacher(network, int(getattr(network, "noise", noise)), int(getattr(network, "classes", classes)), file.name)


def _stylegan(file: Path) -> Teacher:
    try:
        with file.open("rb") as opened:
            network = pickle.load(opened)["G_ema"].eval()
    except ModuleNotFoundError as error:
        raise BadArgument(
            f"{file} needs the module {error.name}: put a copy of stylegan2-ada-pytorch on PYTHONPATH"
        ) from None
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{file} is not a StyleGAN2-ADA network ({type(error).__name__} {error})") from None
    return Teacher(network, int(network.z_dim), int(network.c_dim), file.name)


def teach(
    teacher: Teacher,
    out: Path,
    count: int,
    *,
    seed: int = 0,
    batch: int = 64,
    classes: tuple[str, ...] = (),
    on_triples: Callable[[int], None] = lambda done: None,
) -> Path:
    """Write triples of a teacher, the classes in turn, into a folder and return it.

    Args:
        teacher: gives the images.
        out: the folder.
        count: how many triples.
        seed: of the noise.
        batch: images that the teacher is asked for at a time.
        classes: names; empty for CIFAR-10's, or numbers where there are not ten.
        on_triples: is called with the number of triples done, after each batch.

    Raises:
        BadArgument: there are more or fewer names than classes.
        DatasetError: the teacher gives something else than images of 32 pixels, or the folder cannot be written.
    """
    rng = stream(seed, "triples", 0)
    noise = rng.standard_normal((count, teacher.noise)).astype(np.float32)
    labels = np.arange(count) % teacher.classes
    images = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for part in parts(count, batch):
        with torch.inference_mode():
            batch_images = teacher.images(torch.from_numpy(noise[part]), one_hot(labels[part], teacher.classes))
        if tuple(batch_images.shape[1:]) != (3, SIZE, SIZE):
            raise DatasetError(f"{teacher.name} gives {tuple(batch_images.shape)}, not (B, 3, {SIZE}, {SIZE})")
        images[part] = as_uint8(batch_images)
        on_triples(part.stop)
    names = classes or (CIFAR10 if teacher.classes == 10 else tuple(map(str, range(teacher.classes))))
    if len(names) != teacher.classes:
        raise BadArgument(f"{counted(len(names), 'name')} for {counted(teacher.classes, 'class')}")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, array in (("noise", noise), ("labels", labels), ("images", images)):
            np.save(out / f"{name}.npy", array)
        record = {"classes": list(names), "teacher": teacher.name, "seed": seed}
        (out / "triples.json").write_text(json.dumps(record, indent=1) + "\n")
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror}") from None
    return out


def read_triples(folder: Path) -> Triples:
    """Return the triples of a folder. Raises DatasetError."""
    try:
        arrays = [_array(folder / f"{name}.npy") for name in ("noise", "labels", "images")]
        described = folder / "triples.json"
        names = tuple(map(str, json_mapping(read_bytes(described), described)["classes"]))
    except (OSError, ValueError, KeyError, TypeError, DatasetError) as error:
        raise DatasetError(f"{folder} holds no triples ({error}); make them with `rendersdg generator teach`") from None
    return Triples(arrays[0], arrays[1].astype(np.int64), arrays[2], names)


def _array(file: Path) -> Any:
    """Return the array of a file. Mapped first, since that compares the shape that it claims with its size."""
    if not file.is_file():  # a pipe would be waited for
        raise DatasetError(f"{file} is not there, or not a file")
    return np.array(np.load(file, mmap_mode="r", allow_pickle=False))


def one_hot(labels: I8, classes: int) -> Tensor:
    """Return (N, classes) float32, one at each label."""
    return torch.from_numpy(np.eye(classes, dtype=np.float32)[labels])


def as_uint8(images: Tensor) -> U1:
    """Return (N, 3, H, W) images, -1 to 1, as (N, H, W, 3) uint8."""
    scaled = (images.float() * 127.5 + 127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()


def as_tensor(images: U1) -> Tensor:
    """Return (N, H, W, 3) uint8 images as (N, 3, H, W), -1 to 1."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def parts(count: int, batch: int) -> Iterator[slice]:
    """Yield slices of at most ``batch``."""
    return (slice(k, min(k + batch, count)) for k in range(0, count, batch))
