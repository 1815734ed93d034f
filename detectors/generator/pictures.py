"""What one looks at: a sheet of samples, a walk from noise to noise, and where made and real images lie."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from detectors.generator.networks import Generator
from detectors.generator.train import images_of_noise, sample
from rendersdg.arrays import F4, F8, I8, U1, Mask
from rendersdg.streams import generator as stream


def sheet(student: Generator, *, per_class: int = 10, seed: int = 0, scale: int = 2) -> bytes:
    """Return a PNG of ``student``'s images, a row of ``per_class`` for each class.

    ``seed`` decides the noise; a pixel is drawn ``scale`` pixels wide.
    """
    labels = np.repeat(np.arange(student.classes), per_class)
    return _png(_grid(sample(student, labels, seed), per_class), scale)


def walk(
    student: Generator, *, label: int, stops: int = 6, steps: int = 12, columns: int = 6, seed: int = 0, scale: int = 2
) -> bytes:
    """Return a GIF of images of one class going from noise to noise and back to the first.

    Between two places the noise turns on the sphere (spherical interpolation), since normal noise of many dimensions
    has one length.

    Args:
        student: the generator.
        label: the class, an index.
        stops: places of noise.
        steps: frames from one place to the next.
        columns: images side by side, each on a way of its own.
        seed: of the noise.
        scale: pixels that a pixel is drawn wide.
    """
    places = np.stack([stream(seed, "walk", k).standard_normal((columns, student.noise)) for k in range(stops)])
    frames = []
    for here, there in zip(places, np.roll(places, -1, axis=0)):
        for share in np.arange(steps) / steps:
            noise = slerp(here, there, share).astype(np.float32)
            frames.append(_grid(images_of_noise(student, noise, np.full(columns, label)), columns))
    pictures = [
        Image.fromarray(f).resize((f.shape[1] * scale, f.shape[0] * scale), Image.Resampling.NEAREST) for f in frames
    ]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=80, loop=0)
    return out.getvalue()


def slerp(a: F8, b: F8, share: float) -> F8:
    """Return (N, Z) vectors a ``share`` of the way from ``a`` to ``b`` along the great circle, their lengths mixed."""
    cosine = (a * b).sum(-1, keepdims=True) / (
        np.linalg.norm(a, axis=-1, keepdims=True) * np.linalg.norm(b, axis=-1, keepdims=True)
    )
    angle = np.arccos(np.clip(cosine, -1, 1))
    flat = np.sin(angle) < 1e-6
    sine = np.where(flat, 1, np.sin(angle))
    turned = np.sin((1 - share) * angle) / sine * a + np.sin(share * angle) / sine * b
    return np.where(flat, (1 - share) * a + share * b, turned)


def scatter(places: F4, labels: I8, real: Mask, classes: Sequence[str]) -> bytes:
    """Return a PNG of places (N, 2), a colour a class; real images are dots, made ones crosses.

    ``labels`` (N,) are indices into ``classes``; ``real`` (N,) bool says which are real.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 7), layout="constrained")
    axes = figure.subplots()
    for k, name in enumerate(classes):
        for kind, marker in ((real, "o"), (~real, "x")):
            chosen = kind & (labels == k)
            axes.scatter(
                places[chosen, 0],
                places[chosen, 1],
                s=12,
                marker=marker,
                color=f"C{k % 10}",
                alpha=0.7,
                label=name if marker == "o" else None,
            )
    axes.set(xticks=[], yticks=[], title="dots: real, crosses: made")
    axes.legend(fontsize="small", ncols=2)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return out.getvalue()


def _grid(images: U1, columns: int) -> U1:
    rows = -(-len(images) // columns)
    height, width = images.shape[1:3]
    out = np.zeros((rows * height, columns * width, 3), np.uint8)
    for k, image in enumerate(images):
        y, x = divmod(k, columns)
        out[y * height : (y + 1) * height, x * width : (x + 1) * width] = image
    return out


def _png(image: U1, scale: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).resize((image.shape[1] * scale, image.shape[0] * scale), Image.Resampling.NEAREST).save(
        out, "PNG"
    )
    return out.getvalue()
