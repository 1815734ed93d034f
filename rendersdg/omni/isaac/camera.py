"""``isaacsim.sensors.camera``: a camera prim, its render product, and the annotators that make up its current frame."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pxr import Gf, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F4, F8, U1
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.camera_lens import CameraLens
from rendersdg.omni.isaac.kept_frame import KeptFrame
from rendersdg.omni.isaac.prims import SinglePrim
from rendersdg.omni.isaac.utils.rotations import quat_to_rot_matrix, rot_matrix_to_quat
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.xforms import get_local_pose, get_world_pose, set_local_pose, set_world_pose
from rendersdg.replicator import annotators
from rendersdg.replicator.engine import current
from rendersdg.replicator.items import RenderProductItem
from rendersdg.replicator.values import product_of
from rendersdg.scene import create
from rendersdg.stage.author import set_attribute

__all__ = ["Camera"]

# the columns are USD's camera axes (right, up, backwards) in the frame of each convention
_AXES = {
    "usd": np.eye(3),
    "ros": np.diag([1.0, -1.0, -1.0]),  # right, down, forwards
    "world": np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),  # forwards, left, up
}
FrameData = dict[str, Any]  # what annotators give, each its own kind, by name
_IN_FRAME = (
    "normals",
    "motion_vectors",
    "occlusion",
    "distance_to_image_plane",
    "distance_to_camera",
    "bounding_box_2d_tight",
    "bounding_box_2d_loose",
    "bounding_box_3d",
    "semantic_segmentation",
    "instance_id_segmentation",
    "instance_segmentation",
    "pointcloud",
    "rgb",
)


class Camera(KeptFrame, CameraLens, SinglePrim):
    """A camera that gives pictures, depth and labels of the stage as it was at the last update.

    ``camera_axes`` says in which frame an orientation is: ``world`` looks along +X with +Z up, ``ros`` along +Z with -Y
    up, ``usd`` along -Z with +Y up. Lengths are in stage units.
    ``frequency`` and ``dt`` are kept and do not thin out frames.
    """

    def __init__(
        self,
        prim_path: str,
        name: str = "camera",
        frequency: float | None = None,
        dt: float | None = None,
        resolution: Sequence[int] | None = None,
        position: VectorLike | None = None,
        orientation: VectorLike | None = None,
        translation: VectorLike | None = None,
        render_product_path: str | None = None,
        annotator_device: object = None,
    ) -> None:
        if frequency is not None and dt is not None:
            raise BadArgument("give frequency or dt, not both", where=current().where())
        if not get_current_stage().GetPrimAtPath(str(prim_path)):
            UsdGeom.Camera.Define(get_current_stage(), str(prim_path))
        super().__init__(prim_path, name)
        if not UsdGeom.Camera(self.prim):
            raise BadArgument(f"{prim_path} is not a camera", where=current().where())
        if translation is not None:
            self.set_local_pose(translation, orientation)
        elif position is not None or orientation is not None:
            self.set_world_pose(position, orientation)
        self._default = self.get_world_pose()
        self._dt = dt if dt is not None else 1.0 / frequency if frequency else 1.0 / 60.0
        self._resolution = (128, 128) if resolution is None else tuple(int(v) for v in resolution)
        self._product: RenderProductItem | str | None = render_product_path
        self._annotators: dict[str, annotators.Annotator] = {}
        self._frame: FrameData = {}

    # -- frames -------------------------------------------------------------------------------------------------------

    def initialize(self, physics_sim_view: object = None, attach_rgb_annotator: bool = True) -> None:
        """Make the render product; with ``attach_rgb_annotator`` colour is in the frame."""
        if self._product is None:
            self._product = RenderProductItem(create.render_product(self.prim_path, self._resolution, force_new=True))
        elif isinstance(self._product, str):
            self._product = RenderProductItem(product_of(self._product))
            self._resolution = self._product.resolution
        if attach_rgb_annotator:
            self._add("rgb")

    def _add(self, name: str, **parameters: Any) -> None:
        if self._product is None:
            self.initialize(attach_rgb_annotator=False)
        if name not in self._annotators:
            assert self._product is not None
            self._annotators[name] = annotators.get(name, parameters or None).attach(self._product)

    def _remove(self, name: str) -> None:
        if name in self._annotators:
            self._annotators.pop(name).detach()

    def _data(self, name: str) -> Any:
        if name not in self._annotators:
            return None
        data = self._annotators[name].get_data()
        return None if isinstance(data, np.ndarray) and not data.size else data

    def get_current_frame(self, clone: bool = False) -> FrameData:
        """Return the data of each annotator by name, with ``rendering_time`` (seconds) and ``rendering_frame``."""
        if not self._is_paused:
            engine = current()
            data = {name: self._data(name) for name in self._annotators}
            if "rgb" in data:
                data["rgba"] = data["rgb"]
            self._frame = {
                "rendering_time": engine.timeline.time,
                "rendering_frame": engine.captures.frame + engine.captures.reads,
                **data,
            }
        return copy.deepcopy(self._frame) if clone else self._frame

    def get_rgba(self, device: object = None) -> U1 | None:
        """Return the colour, (H, W, 4) uint8; None before the first update."""
        return self._data("rgb")

    def get_rgb(self, device: object = None) -> U1 | None:
        """Return the colour, (H, W, 3) uint8; None before the first update."""
        data = self._data("rgb")
        return None if data is None else data[..., :3]

    def get_depth(self, device: object = None) -> F4 | None:
        """Return the distance to the image plane, (H, W) float32;
        None before the first update or when not in the frame.
        """
        return self._data("distance_to_image_plane")

    def get_pointcloud(self, device: object = None, world_frame: bool = True) -> NDArray[np.floating]:
        """Return points (N, 3) where pixels show a surface: of the point cloud in the frame, else from depth."""
        cloud = self._data("pointcloud")
        if cloud is not None and world_frame:
            return cloud["data"]
        self._add("distance_to_image_plane")
        depth = self.get_depth()
        if depth is None:
            return np.zeros((0, 3))
        rows, columns = np.nonzero(np.isfinite(depth))
        pixels = np.stack([columns + 0.5, rows + 0.5], 1)
        points = self.get_camera_points_from_image_coords(pixels, depth[rows, columns])
        return self._world_from_ros(points) if world_frame else points

    def add_pointcloud_to_frame(self, include_unlabelled: bool = False, **options: object) -> None:
        """Put the point cloud into the frame."""
        self._add("pointcloud", includeUnlabelled=include_unlabelled)

    def attach_annotator(self, annotator_name: str, **parameters: Any) -> None:
        """Put the data of any annotator into the frame."""
        self._add(annotator_name, **parameters)

    def detach_annotator(self, annotator_name: str) -> None:
        """Take it out again."""
        self._remove(annotator_name)

    def set_frequency(self, value: float) -> None:
        """Set the frames a second."""
        self._dt = 1.0 / float(value)

    def get_frequency(self) -> float:
        """Return the frames a second."""
        return 1.0 / self._dt

    def set_dt(self, value: float) -> None:
        """Set the seconds of a frame."""
        self._dt = float(value)

    def get_dt(self) -> float:
        """Return the seconds of a frame."""
        return self._dt

    def get_render_product_path(self) -> str | None:
        """Return the path of the render product, None before there is one."""
        return None if self._product is None else str(getattr(self._product, "path", self._product))

    def destroy(self) -> None:
        """Take everything out of the frame and let the render product go."""
        for name in list(self._annotators):
            self._remove(name)
        if isinstance(self._product, RenderProductItem):
            self._product.destroy()
        self._product = None

    # -- pose ---------------------------------------------------------------------------------------------------------

    def get_world_pose(self, camera_axes: str = "world") -> tuple[F8, F8]:
        """Return position and quaternion in the world."""
        return _turned(get_world_pose(self.prim), _axes(camera_axes).T)

    def set_world_pose(
        self, position: VectorLike | None = None, orientation: VectorLike | None = None, camera_axes: str = "world"
    ) -> None:
        """Place it in the world."""
        set_world_pose(self.prim, position, _as_usd(orientation, camera_axes))

    def get_local_pose(self, camera_axes: str = "world") -> tuple[F8, F8]:
        """Return translation and quaternion in its parent's frame."""
        return _turned(get_local_pose(self.prim), _axes(camera_axes).T)

    def set_local_pose(
        self, translation: VectorLike | None = None, orientation: VectorLike | None = None, camera_axes: str = "world"
    ) -> None:
        """Place it in its parent's frame."""
        set_local_pose(self.prim, translation, _as_usd(orientation, camera_axes))

    # -- lens: USD keeps focal length and apertures in tenths of a stage unit -----------------------------------------

    def _get(self, name: str) -> Any:
        return self.prim.GetAttribute(name).Get()

    def get_focal_length(self) -> float:
        """Return the focal length in stage units."""
        return float(self._get("focalLength")) / 10.0

    def set_focal_length(self, value: float) -> None:
        """Set the focal length in stage units."""
        set_attribute(self.prim, "focalLength", float(value) * 10.0)

    def get_focus_distance(self) -> float:
        """Return the distance that is sharp."""
        return float(self._get("focusDistance"))

    def set_focus_distance(self, value: float) -> None:
        """Set the distance that is sharp."""
        set_attribute(self.prim, "focusDistance", float(value))

    def get_lens_aperture(self) -> float:
        """Return the f-number; 0 makes everything sharp."""
        return float(self._get("fStop"))

    def set_lens_aperture(self, value: float) -> None:
        """Set the f-number."""
        set_attribute(self.prim, "fStop", float(value))

    def get_horizontal_aperture(self) -> float:
        """Return the width of the image plane in stage units."""
        return float(self._get("horizontalAperture")) / 10.0

    def set_horizontal_aperture(self, value: float, maintain_square_pixels: bool = True) -> None:
        """Set the width of the image plane in stage units; pixels are square."""
        set_attribute(self.prim, "horizontalAperture", float(value) * 10.0)
        set_attribute(self.prim, "verticalAperture", float(value) * 10.0 / self.get_aspect_ratio())

    def get_vertical_aperture(self) -> float:
        """Return the height of the image plane in stage units, as square pixels have it."""
        return self.get_horizontal_aperture() / self.get_aspect_ratio()

    def set_vertical_aperture(self, value: float, maintain_square_pixels: bool = True) -> None:
        """Set the height of the image plane in stage units; pixels are square."""
        self.set_horizontal_aperture(float(value) * self.get_aspect_ratio())

    def get_clipping_range(self) -> tuple[float, float]:
        """Return the nearest and the farthest distance that is drawn."""
        near, far = self._get("clippingRange")
        return float(near), float(far)

    def set_clipping_range(self, near_distance: float | None = None, far_distance: float | None = None) -> None:
        """Set the nearest and the farthest distance that is drawn; what is not given stays."""
        near, far = self.get_clipping_range()
        clipping = (near if near_distance is None else near_distance, far if far_distance is None else far_distance)
        self.prim.GetAttribute("clippingRange").Set(Gf.Vec2f(*(float(v) for v in clipping)))

    def get_projection_mode(self) -> str:
        """Return ``perspective`` or ``orthographic``."""
        return str(self._get("projection"))

    def set_projection_mode(self, value: str) -> None:
        """Set ``perspective`` or ``orthographic``."""
        self.prim.GetAttribute("projection").Set(str(value))

    def get_resolution(self) -> tuple[int, ...]:
        """Return width and height in pixels."""
        return self._resolution

    def set_resolution(self, value: Sequence[int], maintain_square_pixels: bool = True) -> None:
        """Set width and height in pixels."""
        self._resolution = tuple(int(v) for v in value)
        if isinstance(self._product, RenderProductItem):
            names = {name: a.parameters for name, a in self._annotators.items()}
            self.destroy()
            self.initialize(attach_rgb_annotator=False)
            for name, parameters in names.items():
                self._add(name, **parameters)

    def get_aspect_ratio(self) -> float:
        """Return width over height."""
        width, height = self._resolution
        return width / height

    def get_horizontal_fov(self) -> float:
        """Return the horizontal field of view in radians."""
        return float(2 * portable.arctan(self.get_horizontal_aperture() / (2 * self.get_focal_length())))

    def get_vertical_fov(self) -> float:
        """Return the vertical field of view in radians."""
        return float(2 * portable.arctan(self.get_vertical_aperture() / (2 * self.get_focal_length())))

    def get_intrinsics_matrix(self) -> F8:
        """Return the pinhole matrix (3, 3) in pixels, the principal point in the middle."""
        width, height = self._resolution
        focal = width * self.get_focal_length() / self.get_horizontal_aperture()
        return np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])

    def get_view_matrix_ros(self) -> F8:
        """Return the matrix (4, 4) from the world to the camera's ROS frame (right, down, forwards)."""
        position, turn = self.get_world_pose("ros")
        matrix = np.eye(4)
        matrix[:3, :3] = quat_to_rot_matrix(turn).T
        matrix[:3, 3] = portable.product(-matrix[:3, :3], position)
        return matrix

    def get_image_coords_from_world_points(self, points_3d: VectorLike) -> F8:
        """Return where points (N, 3) of the world are seen: (N, 2) pixels from the upper left corner."""
        view = self.get_view_matrix_ros()
        local = portable.product(numbers(points_3d), view[:3, :3].T) + view[:3, 3]
        projected = portable.product(local, self.get_intrinsics_matrix().T)
        return np.asarray(projected[:, :2] / projected[:, 2:])

    def get_camera_points_from_image_coords(
        self, points_2d: VectorLike, depth: VectorLike, device: object = None
    ) -> F8:
        """Return the points (N, 3) of the ROS frame that pixels (N, 2) show at distances (N) from the image plane."""
        pixels = numbers(points_2d)
        ends = portable.product(
            np.column_stack([pixels, np.ones(len(pixels))]), portable.inverse(self.get_intrinsics_matrix()).T
        )
        return np.asarray(ends * numbers(depth).reshape(-1, 1))

    def get_world_points_from_image_coords(self, points_2d: VectorLike, depth: VectorLike, device: object = None) -> F8:
        """Return the points (N, 3) of the world that pixels (N, 2) show at distances (N) from the image plane."""
        return self._world_from_ros(self.get_camera_points_from_image_coords(points_2d, depth))

    def _world_from_ros(self, points: F8) -> F8:
        position, turn = self.get_world_pose("ros")
        return np.asarray(portable.product(points, quat_to_rot_matrix(turn).T) + position)


def _axes(name: str) -> F8:
    if name not in _AXES:
        raise BadArgument(f"camera_axes={name!r} must be one of {', '.join(_AXES)}", where=current().where())
    return _AXES[name]


def _as_usd(orientation: VectorLike | None, camera_axes: str) -> F8 | None:
    axes = _axes(camera_axes)
    return None if orientation is None else rot_matrix_to_quat(portable.product(quat_to_rot_matrix(orientation), axes))


def _turned(pose: tuple[F8, F8], axes: F8) -> tuple[F8, F8]:
    return pose[0], rot_matrix_to_quat(portable.product(quat_to_rot_matrix(pose[1]), axes))


def _putting(name: str) -> Callable[..., None]:
    """Return the method ``add_<name>_to_frame``."""

    def add(self: Camera, init_params: Mapping[str, Any] | None = None, **options: object) -> None:
        self.attach_annotator(name, **(init_params or {}))

    add.__doc__ = f"Put {name} into the frame."
    return add


def _taking(name: str) -> Callable[[Camera], None]:
    """Return the method ``remove_<name>_from_frame``."""

    def remove(self: Camera) -> None:
        self.detach_annotator(name)

    remove.__doc__ = f"Take {name} out of the frame."
    return remove


for _name in _IN_FRAME:
    if _name != "pointcloud":
        setattr(Camera, f"add_{_name}_to_frame", _putting(_name))
    setattr(Camera, f"remove_{_name}_from_frame", _taking(_name))
