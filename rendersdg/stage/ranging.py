"""Sensors that measure distances, as the snapshot has them: Omniverse's OmniLidar prims, and depth sensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument, BadScene
from rendersdg.geometry import Matrix
from rendersdg.ranging import DepthSensor, Lidar, Pattern, Turn, rotary, solid_state
from rendersdg.snapshot import Camera
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.author import LIDAR
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.state import SceneState

CORE = "omni:sensor:Core:"
EMITTERS = f"{CORE}emitterState:s001:"
DROPOUT = "rendersdg:lidar:dropout"
DEPTH = "omni:rtx:post:depthSensor:"
DEPTH_SCHEMAS = ("OmniSensorDepthSensorSingleViewAPI",)
GENERIC = (-15.0, 15.0, 128)  # elevations of the emitters of a lidar that says none: lowest, highest, how many
_LIDAR_FROM_CAMERA = np.array([[0.0, 0, -1, 0], [-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])  # looks along x, z is up


def read_lidar(state: SceneState, attributes: Attributes, unit: float) -> Lidar:
    """Return the lidar of an OmniLidar prim; ``unit`` is metres a stage unit. Raises BadScene for what none can be."""
    world = state.world(attributes.path).copy()
    world[:3, :3] /= portable.norm(world[:3, :3], axis=0)  # a sensor's scale is not part of its view
    world[:3, 3] *= unit

    def core(name: str, default: float) -> float:
        return attributes.number(f"{CORE}{name}", default)

    frame_of = str(attributes.get(f"{CORE}outputFrameOfReference", "SENSOR")).upper()
    try:
        return Lidar(
            pattern=_pattern(attributes),
            world_from_sensor=world,
            near=core("nearRangeM", Lidar.near),
            far=core("farRangeM", Lidar.far),
            range_noise=core("rangeAccuracyM", 0.0),
            range_step=core("rangeResolutionM", 0.0),
            azimuth_error=(core("azimuthErrorMean", 0.0), core("azimuthErrorStd", 0.0)),
            elevation_error=(core("elevationErrorMean", 0.0), core("elevationErrorStd", 0.0)),
            dropout=attributes.number(DROPOUT, 0.0),
            least_reflectance=core("minReflectance", 0.0),
            least_reflectance_range=core("minReflectionRangeM", Lidar.least_reflectance_range),
            frame_of="WORLD" if frame_of == "WORLD" else "SENSOR",
        )
    except BadArgument as error:
        raise BadScene(f"{attributes.path}: {error}") from None


def camera_of(lidar: Lidar, path: str, resolution_wh: tuple[int, int], before: Matrix | None) -> Camera:
    """Return a camera that stands where a lidar does and looks along its x axis; pictures are not taken of it."""
    world = portable.product(lidar.world_from_sensor, _LIDAR_FROM_CAMERA)
    width, height = resolution_wh
    return Camera(
        prim_path=path,
        resolution_wh=resolution_wh,
        world_from_camera=world,
        previous_world_from_camera=world if before is None else before,
        model="pinhole",
        focal_px=(float(width), float(width)),
        centre_px=(width / 2, height / 2),
        near_far=(max(lidar.near, 1e-3), lidar.far),
    )


def read_depth_sensor(state: SceneState, attributes: Attributes, width: int) -> DepthSensor | None:
    """Return the depth sensor of a camera whose picture is ``width`` pixels wide, None where it has none: that of
    ``inspection.depth_sensor``, over what Omniverse's schema says on the camera. Raises BadScene for what none can be.
    """
    own = state.depth_sensors.get(attributes.path)
    is_applied = any(schema in attributes.applied() for schema in DEPTH_SCHEMAS)
    if own is None and not is_applied:
        return None
    try:
        return DepthSensor(**{**(_of_schema(attributes, width) if is_applied else {}), **(own or {})})
    except BadArgument as error:
        raise BadScene(f"{attributes.path}: {error}") from None


def _of_schema(attributes: Attributes, width: int) -> dict[str, float]:
    """Return what Omniverse's attributes say; their pixels are those of a sensor of a width of its own."""

    def said(name: str, default: float) -> float:
        return attributes.number(f"{DEPTH}{name}", default)

    scale = width / max(said("sensorSizePixel", 1280.0), 1e-6)
    return {
        "baseline": said("baselineMM", 55.0) / 1000,
        "near": said("minDistance", 0.5),
        "far": said("maxDistance", 1e7),
        "most_disparity": said("maxDisparityPixel", 110.0) * scale,
        "noise_mean": said("noiseMean", 0.0) * scale,
        "noise_sigma": said("noiseSigma", 0.0) * scale,
        "disparity_step": scale / 32,
    }


def _pattern(attributes: Attributes) -> Pattern:
    emitters = _emitters(attributes)
    rate = attributes.number(f"{CORE}scanRateBaseHz", Turn.rate)
    kind = str(attributes.get(f"{CORE}scanType", "ROTARY")).upper().replace("_", "")
    if kind == "SOLIDSTATE":
        return solid_state(*emitters, rate)
    if kind != "ROTARY":
        raise BadArgument(f"{CORE}scanType is {kind!r}; ROTARY and SOLID_STATE are known")

    def core(name: str, default: float) -> float:
        return attributes.number(f"{CORE}{name}", default)

    firing_rate = core("patternFiringRateHz", core("reportRateBaseHz", Turn.firing_rate))
    step = core("rotPatternFiringResDeg", 0.0)
    turn = Turn(
        rate=rate,
        firing_rate=rate * 360.0 / step if step > 0 else firing_rate,
        start=core("startAzimuthOffsetDeg", 0.0),
        valid=(core("validStartAzimuthDeg", 0.0), core("validEndAzimuthDeg", 360.0)),
        is_clockwise=str(attributes.get(f"{CORE}rotationDirection", "CW")).upper() != "CCW",
    )
    return rotary(*emitters, turn)


def _emitters(attributes: Attributes) -> tuple[F8, F8, Any, Any]:
    """Return the emitters' azimuths and elevations (degrees), channels and fire times (ns), (E,) each.

    Raises BadArgument where they are not as many.
    """
    elevation = _listed(attributes, "elevationDeg")
    if elevation is None:
        elevation = np.linspace(*GENERIC)
    count = len(elevation)
    found = [elevation]
    for name, default in (
        ("azimuthDeg", np.zeros(count)),
        ("channelId", np.arange(1.0, count + 1)),
        ("fireTimeNs", np.zeros(count)),
    ):
        values = _listed(attributes, name)
        values = default if values is None else values
        if len(values) != count:
            raise BadArgument(
                f"{EMITTERS}{name} has {len(values)} numbers, and elevationDeg {count}; give one an emitter"
            )
        found.append(values)
    rise, turn, channel, time = found
    return turn, rise, np.round(channel).astype(np.uint32), np.round(time).astype(np.int64)


def _listed(attributes: Attributes, name: str) -> F8 | None:
    values: Sequence[float] | None = attributes.get(f"{EMITTERS}{name}", None)
    if values is None or not len(values):
        return None
    numbers = np.array(values, np.float64).ravel()
    if not np.isfinite(numbers).all() or (name in ("channelId", "fireTimeNs") and numbers.min() < 0):
        raise BadArgument(f"{EMITTERS}{name} holds numbers below 0, NaN or infinity")
    return numbers


READS = (
    Reads(
        "Camera",
        read=names(
            "omni:rtx:post:depthSensor:baselineMM omni:rtx:post:depthSensor:minDistance "
            "omni:rtx:post:depthSensor:maxDistance omni:rtx:post:depthSensor:maxDisparityPixel "
            "omni:rtx:post:depthSensor:noiseMean omni:rtx:post:depthSensor:noiseSigma "
            "omni:rtx:post:depthSensor:sensorSizePixel"
        ),
        idle=all_of(
            "omni:rtx:post:depthSensor:enabled omni:rtx:post:depthSensor:showDistance "
            "omni:rtx:post:depthSensor:rgbDepthOutputMode omni:rtx:post:depthSensor:focalLengthPixel "
            "omni:rtx:post:depthSensor:confidenceThreshold omni:rtx:post:depthSensor:outlierRemovalEnabled "
            "omni:rtx:post:depthSensor:noiseDownscaleFactorPixel",
            "disparities follow from the camera's own lens, and what is measured from materials and from a second view",
        ),
    ),
    Reads(
        LIDAR,
        read=names(
            "omni:sensor:Core:scanType omni:sensor:Core:nearRangeM omni:sensor:Core:farRangeM "
            "omni:sensor:Core:scanRateBaseHz omni:sensor:Core:patternFiringRateHz omni:sensor:Core:reportRateBaseHz "
            "omni:sensor:Core:rotPatternFiringResDeg omni:sensor:Core:startAzimuthOffsetDeg "
            "omni:sensor:Core:validStartAzimuthDeg omni:sensor:Core:validEndAzimuthDeg "
            "omni:sensor:Core:rotationDirection omni:sensor:Core:rangeAccuracyM omni:sensor:Core:rangeResolutionM "
            "omni:sensor:Core:azimuthErrorMean omni:sensor:Core:azimuthErrorStd omni:sensor:Core:elevationErrorMean "
            "omni:sensor:Core:elevationErrorStd omni:sensor:Core:minReflectance omni:sensor:Core:minReflectionRangeM "
            "omni:sensor:Core:outputFrameOfReference omni:sensor:Core:emitterState:s001:azimuthDeg "
            "omni:sensor:Core:emitterState:s001:elevationDeg omni:sensor:Core:emitterState:s001:channelId "
            "omni:sensor:Core:emitterState:s001:fireTimeNs rendersdg:lidar:dropout xformOp:* xformOpOrder"
        ),
        idle={
            **all_of(
                "omni:sensor:modelName omni:sensor:modelVersion omni:sensor:modelVendor omni:sensor:marketName "
                "omni:sensor:tickRate omni:sensor:frameRate omni:sensor:Core:elementsCoordsType "
                "omni:sensor:Core:auxOutputType omni:sensor:Core:numberOfEmitters omni:sensor:Core:numberOfChannels "
                "omni:sensor:Core:numLines omni:sensor:Core:numRaysPerLine omni:sensor:Core:accumulateOutputs "
                "omni:sensor:Core:includeInvalidPoints visibility purpose",
                "each frame is one whole scan, told in full, with a beam an emitter",
            ),
        },
        unmet={
            "omni:sensor:*": "of lidars the beams, ranges and errors that the documentation lists are simulated",
        },
    ),
)
