"""Annotators: Buffers and labels -> what ``get_data()`` returns, in Replicator's vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from rendersdg.frame import ProductView
from rendersdg.registry import Registry

Annotator = Callable[["Request"], Any]  # an image, an Answer, or a dictionary of plain values and arrays


class Answer(TypedDict):
    """An array and what explains it, as ``get_data()`` gives them: ids to labels, prim paths, ..."""

    data: NDArray[np.generic]
    info: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Request:
    """One call of an annotator: the ``view`` to annotate, the init ``params``, and all views of the frame."""

    view: ProductView
    params: dict[str, Any] = field(default_factory=dict)
    others: tuple[ProductView, ...] = ()


_BOXES = "rendersdg.annotators.boxes:"
_IMAGES = "rendersdg.annotators.images:"
_IDS = "rendersdg.annotators.segmentation:"
_AOVS = "rendersdg.annotators.aovs:"
_RANGING = "rendersdg.annotators.ranging:"
ANNOTATORS: Registry[Annotator] = Registry(
    "annotator",
    {
        "rgb": _IMAGES + "rgb",
        "LdrColor": _IMAGES + "rgb",
        "HdrColor": _IMAGES + "hdr_colour",
        "normals": _IMAGES + "normals",
        "distance_to_camera": _IMAGES + "distance_to_camera",
        "distance_to_image_plane": _IMAGES + "distance_to_image_plane",
        "motion_vectors": _IMAGES + "motion_vectors",
        "MotionVectors": _IMAGES + "motion_vectors",
        "cross_correspondence": "rendersdg.annotators.correspondence:cross_correspondence",
        "CrossCorrespondence": "rendersdg.annotators.correspondence:cross_correspondence",
        "ReferenceTime": _IMAGES + "reference_time",
        "bounding_box_2d_tight": _BOXES + "bounding_box_2d_tight",
        "bounding_box_2d_tight_fast": _BOXES + "bounding_box_2d_tight",
        "bounding_box_2d_loose": _BOXES + "bounding_box_2d_loose",
        "bounding_box_2d_loose_fast": _BOXES + "bounding_box_2d_loose",
        "bounding_box_3d": _BOXES + "bounding_box_3d",
        "bounding_box_3d_fast": _BOXES + "bounding_box_3d",
        "bounding_box_3d_360": _BOXES + "bounding_box_3d_360",
        "occlusion": _BOXES + "occlusion",
        "Occlusion": _BOXES + "occlusion",
        "semantic_segmentation": _IDS + "semantic_segmentation",
        "instance_segmentation": _IDS + "instance_segmentation",
        "instance_segmentation_fast": _IDS + "instance_segmentation",
        "instance_id_segmentation": _IDS + "instance_id_segmentation",
        "instance_id_segmentation_fast": _IDS + "instance_id_segmentation",
        "shaded_instance_segmentation": _IDS + "shaded_instance_segmentation",
        "shaded_instance_id_segmentation": _IDS + "shaded_instance_id_segmentation",
        "shaded_semantic_segmentation": _IDS + "shaded_semantic_segmentation",
        "pointcloud": "rendersdg.annotators.pointcloud:pointcloud",
        "camera_params": "rendersdg.annotators.camera:camera_params",
        "CameraParams": "rendersdg.annotators.camera:camera_params",
        "skeleton_data": "rendersdg.annotators.skeleton:skeleton_data",
        "defects": "rendersdg.annotators.defects:defects",
        "objects": "rendersdg.annotators.objects:objects",
        "amodal_segmentation": "rendersdg.annotators.amodal:amodal_segmentation",
        "keypoints": "rendersdg.annotators.keypoints:keypoints",
        "SmoothNormal": _AOVS + "smooth_normal",
        "BumpNormal": _AOVS + "bump_normal",
        "AmbientOcclusion": _AOVS + "ambient_occlusion",
        "Motion2d": _IMAGES + "motion_vectors",
        "DiffuseAlbedo": _AOVS + "diffuse_albedo",
        "SpecularAlbedo": _AOVS + "specular_albedo",
        "Roughness": _AOVS + "roughness",
        "DirectDiffuse": _AOVS + "direct_diffuse",
        "DirectSpecular": _AOVS + "direct_specular",
        "IndirectDiffuse": _AOVS + "indirect_diffuse",
        "Reflections": _AOVS + "reflections",
        "DepthLinearized": _AOVS + "linear_depth",
        "PtDirectIllumation": _AOVS + "direct_illumination",  # spelled so
        "PtGlobalIllumination": _AOVS + "indirect_diffuse",
        "PtReflections": _AOVS + "half_reflections",
        "PtSelfIllumination": _AOVS + "self_illumination",
        "PtBackground": _AOVS + "background",
        "PtWorldNormal": _AOVS + "half_normal",
        "PtWorldPos": _AOVS + "world_position",
        "PtZDepth": _AOVS + "half_depth",
        "PtDiffuseFilter": _AOVS + "diffuse_filter",
        "PtReflectionFilter": _AOVS + "specular_albedo",
        "lidar": _RANGING + "lidar",
        "IsaacCreateRTXLidarScanBuffer": _RANGING + "scan_buffer",
        "RtxSensorCpuIsaacCreateRTXLidarScanBuffer": _RANGING + "scan_buffer",
        "IsaacExtractRTXSensorPointCloud": _RANGING + "point_cloud",
        "IsaacExtractRTXSensorPointCloudNoAccumulator": _RANGING + "point_cloud",
        "RtxSensorCpuIsaacComputeRTXLidarPointCloud": _RANGING + "point_cloud",
        "IsaacComputeRTXLidarFlatScan": _RANGING + "flat_scan",
        "RtxSensorCpuIsaacComputeRTXLidarFlatScan": _RANGING + "flat_scan",
        "StableIdMap": _RANGING + "stable_id_map",
        "depth_sensor_distance": _RANGING + "depth_sensor_distance",
        "DepthSensorDistance": _RANGING + "depth_sensor_distance",
        "DepthSensorPointCloudPosition": _RANGING + "depth_sensor_points",
        "DepthSensorPointCloudColor": _RANGING + "depth_sensor_colour",
    },
)
_COLUMNS = (  # of Isaac Sim's scan buffer, which scripts ask for
    *("Azimuth", "Elevation", "Distance", "Intensity", "Timestamp", "EmitterId", "BeamId", "ChannelId", "MaterialId"),
    *("TickId", "HitNormal", "Normal", "Velocity", "ObjectId", "EchoId", "TickState"),
)
OF_SCAN_BUFFERS = frozenset((*(f"output{name}" for name in _COLUMNS), "enablePerFrameOutput"))  # a frame is a scan here
PARAMETERS = frozenset(  # that annotators read; each ignores those that mean nothing to it
    {
        "semanticFilter",
        "semantic_filter_predicate",
        "semanticTypes",
        "semantic_types",
        "default_filter",
        "colorize",
        "mapping",
        "occlusion_of_parents",
        "tolerance_mm",
        "includeUnlabelled",
        "include_unlabelled",
        *OF_SCAN_BUFFERS,
    }
)
OF_LIDARS = frozenset(name for name in ANNOTATORS if "Lidar" in name or "PointCloudNo" in name) | {
    *("lidar", "IsaacExtractRTXSensorPointCloud", "StableIdMap")
}
OF_DEPTH_SENSORS = frozenset(name for name in ANNOTATORS if name.lower().replace("_", "").startswith("depthsensor"))
NEEDS_MOTION = frozenset({"motion_vectors", "MotionVectors", "Motion2d"})
OF_ONE_CAMERA = frozenset(  # what is not an image, and so has no meaning for several cameras' pictures side by side
    name
    for name in ANNOTATORS
    if name.startswith(("bounding_box", "camera", "Camera", "cross", "Cross", "skeleton"))
    or name in OF_LIDARS | OF_DEPTH_SENSORS
    or name in ("occlusion", "Occlusion", "pointcloud", "defects", "objects", "amodal_segmentation", "keypoints")
)
_RAW = (
    "its layout in memory is not documented; the annotator lidar and IsaacCreateRTXLidarScanBuffer give what it holds"
)
_INTERNAL = "it is a node of Replicator's own graph"
REFUSED = {  # real names of annotators that are not given, and why
    "primPaths": "what it gives is not documented; the info of the bounding boxes has primPaths",
    "skeleton_prims": "what it gives is not documented; use skeleton_data",
    "Attribute": "it reads what Fabric holds; read the attribute from the stage",
    "EmissionAndForegroundMask": (
        "how it packs two things into one channel is not documented; use PtSelfIllumination and instance_segmentation"
    ),
    "PtRefractions": "what glass refracts is not kept apart",
    "PtRefractionFilter": "what glass refracts is not kept apart",
    "PtVolumes": "there are no volumes here",
    **dict.fromkeys(
        (f"PtMultiMatte{k}" for k in range(8)), "mattes are set up in Omniverse's window; use instance_segmentation"
    ),
    "DepthSensorImager": "what it shows is not documented; use rgb and DepthSensorDistance",
    **dict.fromkeys(("RtxSensorCpu", "RtxSensorGpu", "RtxSensorMetadata", "GenericModelOutput"), _RAW),
    **dict.fromkeys(
        (
            "SemanticOcclusionPostRender",
            "InstanceIdSegmentationPostRender",
            "InstanceSegmentationPostRender",
            "DispatchSync",
            "PostProcessDispatch",
            "PostProcessDispatchUngated",
        ),
        _INTERNAL,
    ),
}
