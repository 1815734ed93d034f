"""The camera behind the lens: scene light to the numbers in the file, each step in the order in which it happens.

exposure -> lens blur -> vignetting -> colour filter -> photon shot noise -> read noise -> gain -> black level ->
quantization -> demosaicing -> tone curve -> JPEG. Noise follows EMVA 1288 (release 4.0): variance = gain^2 (electrons +
read noise^2) + 1/12 in squared digital numbers.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, U1
from rendersdg.colour import FILM_EXPOSURE, LUMA, filmic, srgb_from_linear
from rendersdg.frame import Buffers
from rendersdg.kernels.resampling import gaussian
from rendersdg.snapshot import Sensor
from rendersdg.streams import ONCE, generator

_MANY = 64.0  # electrons from which a Poisson variate is drawn as a normal one
_STEPS = 4096  # of the table that tells the noise at each level
_JPEG_STEPS = np.array(  # of luminance, at quality 50 (ITU-T T.81, table K.1); libjpeg scales them
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float64,
)
_LUMA = np.array(LUMA, np.float32)


def expose(hdr: F4, sensor: Sensor, frame: int) -> Buffers:
    """Return the picture that ``sensor`` makes of linear light ``hdr`` (H, W, 4) in ``frame``; ``hdr`` goes with it."""
    numbers = digital_numbers(_filtered(_behind_lens(hdr, sensor), sensor), sensor, frame)
    top = 2**sensor.bits - 1
    linear = np.maximum(np.arange(top + 1, dtype=np.float32) - sensor.black_level, 0) / (top - sensor.black_level)
    table = np.round(toned(np.asarray(linear, np.float32), sensor.tone) * 255.0).astype(np.uint8)
    rgb = np.full((*numbers.shape[:2], 4), 255, np.uint8)
    picture = np.take(table, _demosaiced(numbers, sensor))
    if sensor.jpeg:
        picture = compressed(picture, sensor.jpeg)
    rgb[..., :3] = picture[..., None] if sensor.mono else picture
    return Buffers(rgb, hdr)


def expected(hdr: F4, sensor: Sensor) -> F4:
    """Return the picture that a sensor makes of linear light (H, W, 4) but for noise, colour filter, rounding and JPEG.

    It is (H, W, 3) float32 in levels of 255, (H, W, 1) of a grey sensor.
    """
    light = _behind_lens(hdr, sensor)
    return np.asarray(toned(np.minimum(light[..., None] if sensor.mono else light, 1), sensor.tone) * 255, np.float32)


def noise_variance(levels: F4, sensor: Sensor | None) -> F4:
    """Return the variance, in squared levels of 255, of pixels that show ``levels`` (0..255) on the mean.

    It is that of a photosite (EMVA 1288), times the squared slope of the tone curve there, and that of rounding: to
    whole levels, or of JPEG's coefficients. The interpolation behind a colour filter, which smooths it, is left out.
    Without a sensor rounding alone is left.
    """
    rounding = np.float32(1 / 12)
    if sensor is None:
        return np.full(levels.shape, rounding, np.float32)
    if sensor.jpeg:
        rounding = np.float32(_rounding_of(sensor.jpeg))
    top = float(2**sensor.bits - 1)
    reach = top - sensor.black_level
    light = np.linspace(0.0, 1.0, _STEPS + 1)  # as a share of the range
    numbers = light * reach
    variance = sensor.gain**2 * sensor.read_noise**2 + (sensor.prnu * numbers) ** 2 + 1 / 12
    variance += sensor.gain * numbers if sensor.shot_noise else 0.0
    display = toned(np.asarray(light, np.float32), sensor.tone).astype(np.float64) * 255
    slope = np.gradient(display, reach / _STEPS)  # levels a digital number
    return np.asarray(np.interp(levels, display, slope * slope * variance), np.float32) + rounding


def digital_numbers(light: F4, sensor: Sensor, frame: int) -> F4:
    """Return what the converter gives for light (1 fills the range), whole numbers 0 .. 2^bits - 1."""
    top = float(2**sensor.bits - 1)
    full = (top - sensor.black_level) / sensor.gain  # electrons that fill the range
    electrons = light * np.float32(full)
    if sensor.prnu:
        pattern = generator(sensor.seed, f"{sensor.site}/prnu", ONCE).standard_normal(electrons.shape, np.float32)
        electrons = electrons * (1 + np.float32(sensor.prnu) * pattern)
    rng = generator(sensor.seed, f"{sensor.site}/noise", frame)
    if sensor.shot_noise:
        normal = rng.standard_normal(electrons.shape, np.float32)
        few = electrons < _MANY
        noisy = electrons + np.sqrt(electrons) * normal
        noisy[few] = rng.poisson(np.clip(electrons[few], 0, _MANY))
        electrons = noisy
    if sensor.read_noise:
        electrons = electrons + np.float32(sensor.read_noise) * rng.standard_normal(electrons.shape, np.float32)
    return np.clip(np.round(electrons * np.float32(sensor.gain) + np.float32(sensor.black_level)), 0, top).astype(
        np.float32
    )


def toned(linear: F4, tone: str) -> F4:
    """Return display values 0..1 of linear ones under a tone curve: linear, srgb or filmic."""
    if tone == "linear":
        return np.clip(linear, 0, 1).astype(np.float32)
    return srgb_from_linear(filmic(linear) if tone == "filmic" else linear)


def response(sensor: Sensor, scene: NDArray[np.floating]) -> F4:
    """Return the display value 0..1 that evenly lit pixels of exposed scene light get, without noise."""
    return toned(np.clip(np.asarray(scene, np.float32), 0, 1), sensor.tone)


def compressed(picture: U1, quality: int) -> U1:
    """Return an image, (H, W, 3) RGB or (H, W), after JPEG at ``quality`` and back."""
    is_grey = picture.ndim == 2
    how = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    data = cv2.imencode(".jpg", picture if is_grey else picture[..., ::-1], how)[1]
    back = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR), np.uint8)
    return back if is_grey else back[..., ::-1]


def _rounding_of(quality: int) -> float:
    """Return the variance of a picture's error at a JPEG quality: a twelfth of the mean squared step of luminance."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    steps = np.clip(np.floor((_JPEG_STEPS * scale + 50) / 100), 1, 255)
    return float((steps * steps).mean() / 12)


def _behind_lens(hdr: F4, sensor: Sensor) -> F4:
    """Return the light that falls on the sensor as a share of its range, (H, W, 3), (H, W) of a grey one."""
    light = hdr[..., :3] * np.float32(FILM_EXPOSURE * portable.exp2(sensor.exposure))
    np.maximum(light, 0, out=light)
    if sensor.mono:
        light = portable.product(light, _LUMA)
    if sensor.blur > 0:
        light = gaussian(np.ascontiguousarray(light), sensor.blur)
    if sensor.vignetting:
        share = _vignette(light.shape[:2], sensor.vignetting)
        light = light * (share if sensor.mono else share[..., None])
    return light


def _vignette(shape: tuple[int, ...], strength: float) -> F4:
    """Return the share of light that arrives: 1 in the middle, 1 - strength in the corners, falling as r^2."""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return np.asarray(1 - strength * (y[:, None] ** 2 + x[None] ** 2) / 2, np.float32)


def _filtered(light: F4, sensor: Sensor) -> F4:
    """Return what falls on the photosites: (H, W) behind a Bayer filter or without colour, (H, W, 3)
    for three sensors.
    """
    if sensor.mono or not sensor.bayer:
        return light
    mosaic = light[..., 1].copy()  # RGGB
    mosaic[::2, ::2] = light[::2, ::2, 0]
    mosaic[1::2, 1::2] = light[1::2, 1::2, 2]
    return mosaic


def _demosaiced(numbers: F4, sensor: Sensor) -> NDArray[np.uint16]:
    """Return the digital numbers of three channels (H, W, 3), or of one (H, W) without colour."""
    whole = numbers.astype(np.uint16)
    if sensor.mono or whole.ndim == 3:
        return whole
    # OpenCV names a pattern by its second row and column: RGGB is "BG"
    return np.asarray(cv2.cvtColor(whole, cv2.COLOR_BayerBG2RGB), np.uint16)
