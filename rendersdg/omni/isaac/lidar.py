"""``isaacsim.sensors.rtx``: lidars by the names that Isaac Sim has for them, and the frames that they give."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Usd

from rendersdg.errors import BadArgument, NotSupported
from rendersdg.omni.doors import VectorLike
from rendersdg.omni.isaac.kept_frame import KeptFrame
from rendersdg.omni.isaac.prims import SinglePrim
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.xforms import reset_and_set_xform_ops
from rendersdg.replicator import annotators
from rendersdg.replicator.engine import current
from rendersdg.replicator.items import RenderProductItem
from rendersdg.replicator.writer_registry import WriterRegistry
from rendersdg.replicator.writers import ScriptWriter
from rendersdg.scene import create
from rendersdg.scene.sensors import lidar_attributes
from rendersdg.stage.author import LIDAR, define_lidar

__all__ = ["LidarRtx", "create_rtx_lidar"]

_FLAT = "IsaacComputeRTXLidarFlatScan"
_POINTS = "RtxSensorCpuIsaacComputeRTXLidarPointCloud"
_IN_FRAME = {  # what add_..._to_frame puts into a frame, by its name there: the annotator, and the key of what it gives
    "point_cloud_data": (_POINTS, "data"),
    "range_data": (_POINTS, "range"),
    "intensities": (_POINTS, "intensity"),
    "azimuth_data": (_POINTS, "azimuth"),
    "elevation_data": (_POINTS, "elevation"),
    "linear_depth_data": (_FLAT, "linearDepthData"),
    "intensities_data": (_FLAT, "intensitiesData"),
    "azimuth_range": (_FLAT, "azimuthRange"),
    "horizontal_resolution": (_FLAT, "horizontalResolution"),
}
_OLD_NAMES = {"point_cloud": "point_cloud_data", "range": "range_data", "azimuth": "azimuth_data"} | {
    "elevation": "elevation_data"
}


def create_rtx_lidar(stage: Usd.Stage, options: Mapping[str, Any]) -> Usd.Prim:
    """Define the lidar of IsaacSensorCreateRtxLidar at ``path`` below ``parent`` and return its prim.

    ``config`` and ``variant`` name it, ``translation`` and ``orientation`` (w, x, y, z) place it; attributes of its
    prim are given by their names. Raises NotSupported for lidars that are not known, and for ones from files.
    """
    if options.get("usd_path") is not None and options.get("config") is None:
        raise NotSupported(
            f"IsaacSensorCreateRtxLidar: usd_path={options['usd_path']!r} is not read; give config, or attributes of "
            "the prim (omni:sensor:Core:...)",
            where=current().where(),
        )
    parent = str(options.get("parent") or "").rstrip("/")
    wanted = f"{parent}/{str(options.get('path') or '/RtxLidar').lstrip('/')}"
    config = options.get("config")
    own = {name: value for name, value in options.items() if ":" in name}
    known = lidar_attributes({"config": None if config is None else str(config)}, own, _variant(options))
    prim = define_lidar(stage, current().recorder.author.unique(wanted), known)
    translation, turn = options.get("translation"), options.get("orientation")
    reset_and_set_xform_ops(
        prim, (0.0, 0.0, 0.0) if translation is None else translation, (1.0, 0, 0, 0) if turn is None else turn
    )
    return prim


def _variant(options: Mapping[str, Any]) -> str | None:
    variant = options.get("variant")
    return next(iter(variant.values()), None) if isinstance(variant, Mapping) else variant


class LidarRtx(KeptFrame, SinglePrim):
    """A lidar that gives points of the stage as it was at the last update.

    ``config_file_name`` names one that is known; attributes of its prim (``omni:sensor:Core:...``) are given by their
    names. A lidar that is at ``prim_path`` already is taken as it is.
    """

    def __init__(
        self,
        prim_path: str,
        name: str = "lidar",
        position: VectorLike | None = None,
        translation: VectorLike | None = None,
        orientation: VectorLike | None = None,
        config_file_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if position is not None and translation is not None:
            raise BadArgument("give position (in the world) or translation, not both", where=current().where())
        stage = get_current_stage()
        there = stage.GetPrimAtPath(str(prim_path))
        if not there:
            given = {k: v for k, v in kwargs.items() if ":" in k} | {"config": config_file_name, "path": prim_path}
            create_rtx_lidar(stage, given | {"variant": kwargs.get("variant")})
        elif there.GetTypeName() != LIDAR:
            raise BadArgument(f"{prim_path} is a {there.GetTypeName()}, not an {LIDAR}", where=current().where())
        super().__init__(prim_path, name, reset_xform_properties=False)
        if translation is not None:
            self.set_local_pose(translation, orientation)
        elif position is not None or orientation is not None:
            self.set_world_pose(position, orientation)
        self._product: RenderProductItem | None = None
        self._annotators: dict[str, annotators.Annotator] = {}
        self._writers: dict[str, ScriptWriter] = {}
        self._in_frame: list[str] = []
        self._frame: dict[str, Any] = {}

    def initialize(self, physics_sim_view: object = None) -> None:
        """Make the render product."""
        if self._product is None:
            self._product = RenderProductItem(create.render_product(self.prim_path, (1, 1), force_new=True))

    def attach_annotator(self, annotator_name: str, **kwargs: Any) -> None:
        """Put the data of an annotator into the frame."""
        self.initialize()
        if annotator_name not in self._annotators:
            assert self._product is not None
            self._annotators[annotator_name] = annotators.get(annotator_name, kwargs or None).attach(self._product)

    def detach_annotator(self, annotator_name: str) -> None:
        """Take it out again."""
        if annotator_name in self._annotators:
            self._annotators.pop(annotator_name).detach()

    def detach_all_annotators(self) -> None:
        """Take the data of all annotators out."""
        for name in list(self._annotators):
            self.detach_annotator(name)

    def get_annotators(self) -> dict[str, annotators.Annotator]:
        """Return the annotators by name."""
        return dict(self._annotators)

    def attach_writer(self, writer_name: str, **kwargs: Any) -> None:
        """Attach a writer by its name."""
        self.initialize()
        assert self._product is not None
        writer = WriterRegistry.get(writer_name)
        writer.initialize(**kwargs)
        writer.attach([self._product])
        self._writers[writer_name] = writer

    def detach_writer(self, writer_name: str) -> None:
        """Detach a writer."""
        if writer_name in self._writers:
            self._writers.pop(writer_name).detach()

    def detach_all_writers(self) -> None:
        """Detach all writers."""
        for name in list(self._writers):
            self.detach_writer(name)

    def get_writers(self) -> dict[str, ScriptWriter]:
        """Return the writers by name."""
        return dict(self._writers)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return the older methods ``add_..._to_frame`` and ``remove_..._from_frame``."""
        for beginning, end in (("add_", "_to_frame"), ("remove_", "_from_frame")):
            if name.startswith(beginning) and name.endswith(end):
                what = name.removeprefix(beginning).removesuffix(end)
                key = _OLD_NAMES.get(what, what)
                if key in _IN_FRAME:
                    return lambda *args, **kwargs: self._put(key, is_there=beginning == "add_")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def _put(self, key: str, *, is_there: bool) -> None:
        if is_there and key not in self._in_frame:
            self.attach_annotator(_IN_FRAME[key][0])
            self._in_frame.append(key)
        elif not is_there and key in self._in_frame:
            self._in_frame.remove(key)

    def get_current_frame(self, clone: bool = False) -> dict[str, Any]:
        """Return the data of each annotator by name, with ``rendering_time`` (seconds) and ``rendering_frame``."""
        if not self._is_paused:
            engine = current()
            data = {name: annotator.get_data() for name, annotator in self._annotators.items()}
            for key in self._in_frame:
                source, part = _IN_FRAME[key]
                given = data[source]
                if isinstance(given, dict):
                    data[key] = given[part] if part in given else given["info"][part]
            self._frame = {
                "rendering_time": engine.timeline.time,
                "rendering_frame": engine.captures.frame + engine.captures.reads,
                **data,
            }
        return copy.deepcopy(self._frame) if clone else self._frame

    def get_render_product_path(self) -> str | None:
        """Return the path of the render product, None before there is one."""
        return None if self._product is None else str(self._product.path)

    def enable_visualization(self) -> None:
        """Say that there is no window to draw points in."""
        self.attach_writer("RtxLidarDebugDrawPointCloudBuffer")

    def disable_visualization(self) -> None:
        """Do nothing: nothing is drawn."""
        self.detach_writer("RtxLidarDebugDrawPointCloudBuffer")

    @staticmethod
    def get_object_ids(obj_ids: NDArray[np.uint8]) -> list[int]:
        """Return the ids of ``objectId`` of a scan buffer, 128 bits each."""
        words = np.ascontiguousarray(obj_ids, np.uint8).reshape(-1, 16)
        return [int.from_bytes(row.tobytes(), "little") for row in words]

    @staticmethod
    def decode_stable_id_mapping(stable_id_mapping_raw: NDArray[np.uint8]) -> dict[int, str]:
        """Return {id: prim path} of the annotator StableIdMap."""
        paths = np.ascontiguousarray(stable_id_mapping_raw, np.uint8).tobytes().decode()
        return dict(enumerate(paths.split("\0"))) if paths else {}
