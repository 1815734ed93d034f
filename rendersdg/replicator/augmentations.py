"""Built-in augmentations: functions of (H, W, C) uint8 images, by the names of Replicator's nodes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, U1
from rendersdg.inputs import note_input
from rendersdg.kernels.resampling import filtered, sampled
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import Image
from writers.basic import normals_image
from writers.cosmos import depth_grey

_SECTORS = np.array([[0, 3, 1], [2, 0, 1], [1, 0, 3], [1, 2, 0], [3, 1, 0], [0, 1, 2]])  # tones of R, G, B by hue
_SLOPE = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float64)  # Sobel's along x


def rgb_to_hsv(data: U1) -> U1:
    """Convert RGB(A) to HSV(A), hue over the full byte."""
    import cv2

    out = data.copy()
    out[..., :3] = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_RGB2HSV_FULL)
    return out


def hsv_to_rgb(data: U1) -> U1:
    """Convert HSV(A) back to RGB(A)."""
    hue, saturation, value = (data[..., k].astype(np.float64) for k in range(3))
    turn = hue * (6 / 255)
    sector = np.floor(turn)
    part, share = turn - sector, saturation / 255
    tones = np.stack([value, value * (1 - share), value * (1 - share * part), value * (1 - share * (1 - part))], -1)
    out = data.copy()
    out[..., :3] = np.round(np.take_along_axis(tones, _SECTORS[sector.astype(np.intp) % 6], -1))
    return out


def brightness(data: U1, brightness_factor: float = 0.0) -> U1:
    """Add ``brightness_factor`` (-100 to 100) per cent of the range."""
    return _shaded(data, lambda v: v + brightness_factor * 2.55)


def contrast(data: U1, contrastFactor: float = 1.0) -> U1:
    """Scale about mid grey."""
    return _shaded(data, lambda v: (v - 127.5) * contrastFactor + 127.5)


def speckle_noise(data: U1, sigma: float = 0.1, seed: int = 0) -> U1:
    """Multiply by 1 + Gaussian noise."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, (*data.shape[:2], 3))
    return _shaded(data, lambda v: v * (1.0 + noise))


def shot_noise(data: U1, sigma: float = 0.1, seed: int = 0) -> U1:
    """Add noise that grows with the square root of the signal."""
    noise = np.random.default_rng(seed).normal(0.0, sigma, (*data.shape[:2], 3))
    return _shaded(data, lambda v: v + np.sqrt(v * 255.0) * noise)


def sigmoid_adjust(data: U1, cutoff: float = 0.5, gain: float = 10.0, inverse: bool = False) -> U1:
    """Apply a sigmoid tone curve (Braun and Fairchild 1999)."""

    def curve(v: F8) -> F8:
        s = 1.0 / (1.0 + portable.exp(gain * (cutoff - v / 255.0)))
        return 255.0 * (1.0 - s if inverse else s)

    return _shaded(data, curve)


def pixellate(data: U1, kernelSize: int = 8) -> U1:
    """Average blocks of ``kernelSize`` pixels."""
    import cv2

    height, width = data.shape[:2]
    small = (max(width // int(kernelSize), 1), max(height // int(kernelSize), 1))
    return cv2.resize(
        cv2.resize(data, small, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_NEAREST
    )


def motion_blur(data: U1, motionAngle: float = 45.0, strength: float = 0.7, kernelSize: int = 11) -> U1:
    """Blur along a line of ``kernelSize`` pixels at ``motionAngle`` degrees; ``strength`` mixes it in."""
    n = int(kernelSize) | 1
    line = np.zeros((n, n, 1), np.float32)
    line[n // 2] = 1.0
    kernel = _turned(line, (n / 2 - 0.5, n / 2 - 0.5), motionAngle)[..., 0].astype(np.float64)
    kernel /= max(float(kernel.sum()), 1e-6)
    return _shaded(data, lambda v: v * (1 - strength) + strength * filtered(v, kernel))


def conv2d(data: U1, alpha: float = 0.7, kernelWidth: int = 3, kernel: Sequence[float] | None = None) -> U1:
    """Convolve with a kernel (sharpening by default); ``alpha`` mixes it in."""
    weights = np.asarray(kernel if kernel is not None else [0, -1, 0, -1, 5, -1, 0, -1, 0], np.float64)
    side = round(math.sqrt(len(weights.ravel())))
    return _shaded(data, lambda v: v * (1 - alpha) + alpha * filtered(v, weights.reshape(side, side)))


def rotate(data: U1, rotateDegrees: float = 0.0) -> U1:
    """Rotate about the centre; what comes in from outside is black."""
    height, width = data.shape[:2]
    turned = _turned(data.astype(np.float32), (width / 2, height / 2), rotateDegrees)
    return np.round(turned).astype(data.dtype)


def _turned(image: F4, middle_xy: tuple[float, float], degrees: float) -> F4:
    """Return an image (H, W, C) turned about a point, anticlockwise as it is seen; what comes in is 0."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    x, y = x - middle_xy[0], y - middle_xy[1]
    c, s = portable.cos(math.radians(degrees)), portable.sin(math.radians(degrees))
    from_x, from_y = c * x - s * y + middle_xy[0], s * x + c * y + middle_xy[1]
    return sampled(np.ascontiguousarray(image), from_x.astype(np.float32), from_y.astype(np.float32), border="black")


def crop_resize(data: U1, minPercent: float = 0.5, maxPercent: float = 1.0, seed: int = 0) -> U1:
    """Cut out a random part and stretch it to the old size."""
    import cv2

    rng = np.random.default_rng(seed)
    height, width = data.shape[:2]
    share = rng.uniform(minPercent, maxPercent)
    h, w = max(round(height * share), 1), max(round(width * share), 1)
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    return cv2.resize(np.ascontiguousarray(data[top : top + h, left : left + w]), (width, height))


def glass_blur(data: U1, kernelSize: int = 4, seed: int = 0) -> U1:
    """Swap each pixel with a random one nearby."""
    rng = np.random.default_rng(seed)
    height, width = data.shape[:2]
    reach = max(int(kernelSize), 1)
    y, x = np.mgrid[:height, :width]
    y = np.clip(y + rng.integers(-reach, reach + 1, y.shape), 0, height - 1)
    x = np.clip(x + rng.integers(-reach, reach + 1, x.shape), 0, width - 1)
    return data[y, x]


def rgba_to_rgb(data: U1) -> U1:
    """Drop the alpha channel."""
    return np.ascontiguousarray(data[..., :3])


def sobel(data: U1) -> U1:
    """Replace colour by the strength of the grey gradient."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.float64)[..., None]
    strength = portable.hypot(filtered(grey, _SLOPE), filtered(grey, _SLOPE.T))[..., 0]
    return _grey(data, np.clip(strength, 0, 255))


def canny(data: U1, thresholdLow: int = 10, thresholdHigh: int = 100) -> U1:
    """Replace colour by Canny's edges."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(data[..., :3]), cv2.COLOR_RGB2GRAY)
    return _grey(data, cv2.Canny(grey, int(thresholdLow), int(thresholdHigh)))


def _grey(data: U1, values: Image) -> U1:
    out = data.copy()
    out[..., :3] = np.round(values).astype(data.dtype)[..., None]
    return out


def colorize_normals(data: F4) -> U1:
    """Show normals (H, W, 3 or 4) as colours: -1..1 becomes 0..255."""
    return normals_image(data)


def colorize_depth(data: F4, near: float = 0.01, far: float = 100.0) -> U1:
    """Show depth (H, W) as grey, logarithmic from ``near`` (white) to ``far`` metres (black)."""
    depth = data[..., 0] if data.ndim == 3 else data
    shown = np.full((*depth.shape, 4), 255, np.uint8)
    shown[..., :3] = depth_grey(depth, near, far)[..., None]
    return shown


def _drawn_image(folderpath: str, rng: np.random.Generator, shape: tuple[int, ...]) -> U1:
    """Return a random image of a folder, stretched to (H, W) and with as many channels."""
    import cv2

    from rendersdg.errors import AssetError

    files = sorted(
        p for p in Path(folderpath).glob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp", ".webp")
    )
    if not files:
        raise AssetError(f"folderpath={folderpath!r} holds no image", where=current().where())
    chosen = files[int(rng.integers(len(files)))]
    note_input(chosen)
    image = cv2.imread(str(chosen), cv2.IMREAD_COLOR)
    if image is None:
        raise AssetError(f"{chosen} is not an image that can be read", where=current().where())
    out = np.full(shape, 255, np.uint8)
    out[..., :3] = cv2.resize(image, (shape[1], shape[0]))[..., ::-1]
    return out


def image_blend(data: U1, folderpath: str = "", alpha: float | None = None, seed: int = 0) -> U1:
    """Mix in a random image of a folder; ``alpha`` is the share of the picture itself, random when not given."""
    rng = np.random.default_rng(seed)
    other = _drawn_image(folderpath, rng, data.shape)
    share = float(rng.random()) if alpha is None else float(alpha)
    return _shaded(data, lambda v: share * v + (1 - share) * other[..., :3])


def cut_mix(data: U1, folderpath: str = "", seed: int = 0) -> U1:
    """Paste a random rectangle of a random image of a folder (Yun et al. 2019)."""
    rng = np.random.default_rng(seed)
    other = _drawn_image(folderpath, rng, data.shape)
    height, width = data.shape[:2]
    side = np.sqrt(rng.random())
    h, w = max(int(height * side), 1), max(int(width * side), 1)
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    out = data.copy()
    out[top : top + h, left : left + w] = other[top : top + h, left : left + w]
    return out


def background_rand(data: U1, folderpath: str = "", seed: int = 0) -> U1:
    """Put a random image of a folder where the picture is transparent (alpha below 128)."""
    other = _drawn_image(folderpath, np.random.default_rng(seed), data.shape)
    return np.where((data[..., 3:] < 128), other, data).astype(np.uint8)


def _shaded(data: U1, change: Callable[[F8], F8]) -> U1:
    out = data.copy()
    out[..., :3] = np.round(np.clip(change(data[..., :3].astype(np.float64)), 0, 255)).astype(data.dtype)
    return out


NODES: Mapping[str, Callable[..., Image]] = {
    "RgbToHsv": rgb_to_hsv,
    "HsvToRgb": hsv_to_rgb,
    "Brightness": brightness,
    "Contrast": contrast,
    "SpeckleNoise": speckle_noise,
    "ShotNoise": shot_noise,
    "AdjustSigmoid": sigmoid_adjust,
    "Pixellate": pixellate,
    "MotionBlur": motion_blur,
    "Conv2d": conv2d,
    "Rotate": rotate,
    "CropResize": crop_resize,
    "GlassBlur": glass_blur,
    "RgbaToRgb": rgba_to_rgb,
    "Sobel": sobel,
    "Canny": canny,
    "ColorizeNormals": colorize_normals,
    "ColorizeDepth": colorize_depth,
    "ImageBlend": image_blend,
    "CutMix": cut_mix,
    "BackgroundRand": background_rand,
}
