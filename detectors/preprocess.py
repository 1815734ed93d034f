"""From an image file to what a network sees, and boxes back again: the same code in training,
evaluation, INT8 and service.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from detectors.packed import picture_bytes
from rendersdg.arrays import F4, F8, U1, Mask
from rendersdg.errors import DatasetError
from rendersdg.image_headers import refuse_huge
from rendersdg.plain import Json

LARGEST_SIZE = 8192  # pixels a side of the square
Image = U1  # (H, W, 3) RGB, sRGB


@dataclass(frozen=True, slots=True)
class Preprocess:
    """Fit into a square of ``size`` pixels, longer side to the edge, the rest filled with ``pad``; values 0 to 1, RGB.

    With ``grey`` the three channels are made equal first, for sets without colour. The other fields are for networks
    that others made, and were taught with another placing; their default is what is trained here.

    ``height`` is the input's, None for a square. ``place`` says where the picture lies: at the top left, or in the
    middle. With a ``stride`` the input is not whole but as large as the picture needs, in steps of so many pixels
    ("rect"). ``shrink`` says how pictures are made smaller: by the mean of areas, or by linear interpolation.

    Raises DatasetError for values that are none: they come from model files.
    """

    size: int
    pad: int = 114
    grey: bool = False
    height: int | None = None
    place: Literal["corner", "centre"] = "corner"
    stride: int | None = None
    shrink: Literal["area", "linear"] = "area"

    def __post_init__(self) -> None:
        numbers = [("size", self.size, 1, LARGEST_SIZE), ("pad", self.pad, 0, 255)]
        numbers += [("height", self.height, 1, LARGEST_SIZE)] if self.height is not None else []
        numbers += [("stride", self.stride, 1, LARGEST_SIZE)] if self.stride is not None else []
        for name, value, least, most in numbers:
            if type(value) is not int or not least <= value <= most:
                raise DatasetError(f"{name}={value!r} is not a whole number from {least} to {most}")
        if type(self.grey) is not bool:
            raise DatasetError(f"grey={self.grey!r} is neither true nor false")
        for name, word, words in (
            ("place", self.place, ("corner", "centre")),
            ("shrink", self.shrink, ("area", "linear")),
        ):
            if word not in words:
                raise DatasetError(f"{name}={word!r} is not {' or '.join(words)}")

    @property
    def whole_wh(self) -> tuple[int, int]:
        """Return width and height of the whole input, pixels."""
        return self.size, self.size if self.height is None else self.height

    @property
    def tensor_shape(self) -> list[int]:
        """Return 1, 3, height and width of the tensor of an image; -1 for what depends on the image."""
        width, height = self.whole_wh if self.stride is None else (-1, -1)
        return [1, 3, height, width]

    def scale_of(self, size_wh: tuple[int, int]) -> float:
        """Return network pixels per image pixel."""
        width, height = self.whole_wh
        return min(width / size_wh[0], height / size_wh[1])

    def picture_wh(self, size_wh: tuple[int, int]) -> tuple[int, int]:
        """Return how wide and high the picture of an image is in the input, pixels."""
        scale = self.scale_of(size_wh)
        return max(round(size_wh[0] * scale), 1), max(round(size_wh[1] * scale), 1)

    def _input_wh(self, picture_wh: tuple[int, int]) -> tuple[int, int]:
        """Return width and height of the input that holds a picture, pixels."""
        whole = self.whole_wh
        if self.stride is None:
            return whole
        width, height = (n + (most - n) % self.stride for n, most in zip(picture_wh, whole))
        return width, height

    def _place_of(self, picture_wh: tuple[int, int]) -> tuple[int, int]:
        """Return where the left and the top of a picture lie in the input, pixels."""
        if self.place == "corner":
            return 0, 0
        left, top = (round((n - m) / 2 - 0.1) for n, m in zip(self._input_wh(picture_wh), picture_wh))
        return left, top  # the 0.1 is ultralytics': an odd pixel goes to the right and the bottom

    def image(self, image: Image) -> Image:
        """Return the input (H, W, 3) uint8 of an image (h, w, 3) uint8 RGB: a square, unless the fields say else."""
        height, width = image.shape[:2]
        scale = self.scale_of((width, height))
        new = self.picture_wh((width, height))
        if self.grey:
            image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
        if new != (width, height):
            by_area = scale < 1 and self.shrink == "area"
            image = cv2.resize(image, new, interpolation=cv2.INTER_AREA if by_area else cv2.INTER_LINEAR)
        return self.padded(image)

    def masks(self, masks: Iterable[Mask], size_wh: tuple[int, int]) -> U1:
        """Return the squares (N, S, S) uint8, 0 to 255, of masks (H, W) of one image, scaled as the image is."""
        scale, (width, height) = self.scale_of(size_wh), self.picture_wh(size_wh)
        flag = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        squares = []
        for mask in masks:
            square = np.zeros((self.size, self.size), np.uint8)
            square[:height, :width] = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=flag)
            squares.append(square)
        return np.stack(squares) if squares else np.zeros((0, self.size, self.size), np.uint8)

    def padded(self, picture: Image) -> Image:
        """Return the input (H, W, 3) uint8 with a picture (h, w, 3) of its scale at its place."""
        high, wide = picture.shape[:2]
        width, height = self._input_wh((wide, high))
        left, top = self._place_of((wide, high))
        out = np.full((height, width, 3), self.pad, np.uint8)
        out[top : top + high, left : left + wide] = picture
        return out

    def tensor(self, squares: U1) -> F4:
        """Return (B, 3, H, W) float32, 0 to 1, of (B, H, W, 3) inputs."""
        return np.ascontiguousarray(squares.transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)

    def boxes_back(self, xyxy: F8, size_wh: tuple[int, int]) -> F8:
        """Return boxes of the input as boxes of the image, cut off at its frame.

        Args:
            xyxy: (N, 4) in pixels of the input.
            size_wh: width and height of the image in pixels.

        Returns:
            (N, 4) float64 in pixels of the image.
        """
        back = np.asarray(xyxy, np.float64)
        if self.place == "corner":
            back = back / self.scale_of(size_wh)
        else:  # as ultralytics does: by what each side was rounded to
            picture = self.picture_wh(size_wh)
            back = (back - np.array(self._place_of(picture) * 2)) * (np.array(size_wh * 2) / np.array(picture * 2))
        return np.clip(back, 0, np.array([*size_wh, *size_wh], float))

    def oriented_back(self, rectangles: F8, size_wh: tuple[int, int]) -> F8:
        """Return oriented boxes (N, 5) of the input as those of the image, float64; they may reach over its frame.

        Middles come back as the corners of upright boxes do. Sides have one scale, so that a rectangle stays one: what
        a side of the picture was rounded by for the input, half a pixel at most, is left aside.
        """
        scale, middles = np.full(2, self.scale_of(size_wh)), rectangles[:, :2]
        if self.place == "corner":
            middles = middles / scale
        else:
            picture = self.picture_wh(size_wh)
            middles = (middles - np.array(self._place_of(picture))) * (np.array(size_wh) / np.array(picture))
        return np.concatenate([middles, rectangles[:, 2:4] / scale, rectangles[:, 4:]], axis=1)

    def as_json(self) -> Json:
        """Return the fields, to be kept beside the weights; of those for others' networks, what differs."""
        own = ("size", "pad", "grey")
        return {
            one.name: value
            for one in fields(self)
            if (value := getattr(self, one.name)) != one.default or one.name in own
        }


def read_rgb(file: Path) -> Image:
    """Return an image as (H, W, 3) RGB uint8. Raises DatasetError when it is missing or damaged."""
    data = picture_bytes(file)
    refuse_huge(data, str(file))
    image = decode_rgb(data)
    if image is None:
        raise DatasetError(f"{file} is not a readable image; remove it from the set or copy it again")
    return image


def decode_rgb(data: bytes) -> Image | None:
    """Return the bytes of an image file as (H, W, 3) RGB uint8; None when they are not a whole image."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.ascontiguousarray(image[..., ::-1])


class Pixels:
    """Reads images, keeping squares in memory while they fit into ``limit`` bytes."""

    def __init__(self, preprocess: Preprocess, limit: int = 2 << 30) -> None:
        self.preprocess = preprocess
        self._room = limit
        self._kept: dict[Path, Image] = {}

    def __call__(self, file: Path, size_wh: tuple[int, int]) -> Image:
        """Return the square of a file. Raises DatasetError when the file's size is not what its label says."""
        square = self._kept.get(file)
        if square is None:
            image = read_rgb(file)
            if (image.shape[1], image.shape[0]) != tuple(size_wh):
                raise DatasetError(
                    f"{file} is {image.shape[1]} x {image.shape[0]}, its label says {size_wh[0]} x {size_wh[1]}"
                )
            square = self.preprocess.image(image)
            if square.nbytes <= self._room:
                self._room -= square.nbytes
                self._kept[file] = square
        return square
