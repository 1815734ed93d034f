"""Cameras and render products of the stage as the snapshot has them: metres and pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rendersdg import portable
from rendersdg.errors import BadScene
from rendersdg.geometry import Matrix
from rendersdg.graph.nodes import Product
from rendersdg.snapshot import Camera, RenderProduct, Sensor
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.author import LIDAR
from rendersdg.stage.lenses import Lens, read_lens
from rendersdg.stage.posing import viewer_prim
from rendersdg.stage.ranging import camera_of, read_depth_sensor, read_lidar
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.state import SceneState

_NO_LENS: dict[str, object] = {  # what writers put down of a lens that does not bend
    "cameraFisheyeLensP": [],
    "cameraFisheyeLensS": [],
    "cameraFisheyeMaxFOV": 0.0,
    "cameraFisheyeNominalHeight": 0,
    "cameraFisheyeNominalWidth": 0,
    "cameraFisheyeOpticalCentre": [0.0, 0.0],
    "cameraFisheyePolynomial": [0.0] * 6,
}
_PERSPECTIVE = "the camera is drawn with a perspective"


@dataclass(frozen=True)
class Setting:
    """What the cameras of one frame have in common: metres per stage unit, where each stood in the frame before (by
    prim path), the seed of the sensors' noise, and whether the backend renders depth of field.
    """

    unit: float
    previous: Mapping[str, Matrix]
    seed: int
    has_lens: bool


def build_product(state: SceneState, product: Product, setting: Setting) -> RenderProduct:
    """Return a render product and its cameras as things stand.

    Raises BadScene for a lens that no camera can have. What the backend does not do is reported.
    """
    if not product.tiles:
        return _shot(state, product, setting)
    tiles = tuple(_shot(state, tile, setting) for tile in product.tiles)
    camera = replace(tiles[0].camera, resolution_wh=product.resolution_wh)
    return RenderProduct(product.name, camera, tiles=tiles)


def _shot(state: SceneState, product: Product, setting: Setting) -> RenderProduct:
    prim = viewer_prim(state, product.camera.paths)
    attributes = Attributes(state, prim)
    if prim.GetTypeName() == LIDAR:
        lidar = read_lidar(state, attributes, setting.unit)
        before = setting.previous.get(attributes.path)
        camera = camera_of(lidar, attributes.path, product.resolution_wh, before)
        return RenderProduct(product.name, camera, lidar=lidar)
    camera = _camera(state, attributes, product, setting)
    values = state.sensors.get(camera.prim_path)
    depth_sensor = read_depth_sensor(state, attributes, product.resolution_wh[0])
    if values is None:
        return RenderProduct(product.name, camera, depth_sensor=depth_sensor)
    sensor = Sensor(**values, seed=setting.seed, site=f"sensor/{product.name}")
    return RenderProduct(product.name, camera, sensor, depth_sensor=depth_sensor)


def _camera(state: SceneState, attributes: Attributes, product: Product, setting: Setting) -> Camera:
    """Return the camera of a product in its pixels, which are square: the focal length is the same both ways."""
    path, report, unit = attributes.path, state.base.report, setting.unit
    width, height = product.resolution_wh
    # a camera's scale is not part of its view
    world = state.world(path).copy()
    world[:3, :3] /= portable.norm(world[:3, :3], axis=0)
    world[:3, 3] *= unit
    film = _Film.read(attributes)
    if film.f_stop > 0 and not setting.has_lens:
        report.ignored(path, "depth of field (f_stop above 0) is not rendered by this backend")
    if attributes.get("projection", "perspective") == "orthographic":
        report.ignored(f"{path}.projection", _PERSPECTIVE)  # the audit says it of most cameras, in the same words
    focal = film.focal * width / film.aperture
    plain = Lens("pinhole", (focal, focal), film.centre_px(width, height), authored=dict(_NO_LENS))
    lens = read_lens(state, attributes, plain, (width, height))
    return Camera(
        prim_path=path,
        resolution_wh=product.resolution_wh,
        world_from_camera=world,
        previous_world_from_camera=setting.previous.get(path, world),
        model=lens.model,
        focal_px=lens.focal_px,
        centre_px=lens.centre_px,
        near_far=(film.near * unit, film.far * unit),
        polynomial=lens.polynomial,
        max_theta=lens.max_theta,
        distortion=lens.distortion,
        lens_radius=film.focal / 10 * unit / (2 * film.f_stop) if film.f_stop > 0 else 0.0,  # tenths of a unit
        focus=film.focus_distance * unit,
        cross_reference=str(attributes.get("crossCameraReferenceName", "")),
        authored=film.authored() | lens.authored | film.authored_lens(),
    )


@dataclass(frozen=True)
class _Film:
    """A camera's film and lens as authored: apertures and focal length in tenths of a stage unit, the rest in units."""

    focal: float
    aperture: float
    vertical_aperture: float
    offset: tuple[float, float]
    near: float
    far: float
    f_stop: float
    focus_distance: float

    @classmethod
    def read(cls, attributes: Attributes) -> _Film:
        """Return the film of a camera. Raises BadScene for lengths that are not above 0 or distances that fall."""
        path = attributes.path
        focal, aperture = attributes.number("focalLength", 50.0), attributes.number("horizontalAperture", 20.955)
        if focal <= 0 or aperture <= 0:
            raise BadScene(f"camera {path}: focal_length={focal} and horizontal_aperture={aperture} must be above 0")
        near, far = attributes.numbers("clippingRange", (1.0, 1e6))
        if not 0 < near < far:
            raise BadScene(f"camera {path}: clipping_range=({near}, {far}) must rise from above 0")
        return cls(
            focal=focal,
            aperture=aperture,
            vertical_aperture=attributes.number("verticalAperture", 15.2908),
            offset=(
                attributes.number("horizontalApertureOffset", 0.0),
                attributes.number("verticalApertureOffset", 0.0),
            ),
            near=near,
            far=far,
            f_stop=attributes.number("fStop", 0.0),
            focus_distance=attributes.number("focusDistance", 400.0),
        )

    def centre_px(self, width: int, height: int) -> tuple[float, float]:
        """Return where the axis meets the picture, pixels; pixels are square, so the width alone gives their size."""
        x, y = self.offset
        # GfCamera moves the film, not the picture: with the film to the right the axis meets the picture on the left
        return width / 2 - x / self.aperture * width, height / 2 + y / self.aperture * width

    def authored(self) -> dict[str, object]:
        """Return the film as writers put it down."""
        return {
            "cameraAperture": [self.aperture, self.vertical_aperture],
            "cameraApertureOffset": list(self.offset),
        }

    def authored_lens(self) -> dict[str, object]:
        """Return the lens as writers put it down."""
        return {
            "cameraFocalLength": self.focal,
            "cameraFocusDistance": self.focus_distance,
            "cameraFStop": self.f_stop,
            "cameraNearFar": [self.near, self.far],
        }


READS = (
    Reads(
        "Camera",
        read=names(
            "focalLength horizontalAperture verticalAperture horizontalApertureOffset verticalApertureOffset "
            "clippingRange fStop focusDistance cameraProjectionType fthetaWidth fthetaHeight fthetaCx fthetaCy "
            "fthetaMaxFov fthetaPoly* openCVFx openCVFy p0 p1 s0 s1 s2 s3 crossCameraReferenceName "
            "omni:lensdistortion:model omni:lensdistortion:opencvPinhole:* omni:lensdistortion:opencvFisheye:* "
            "omni:lensdistortion:ftheta:* omni:lensdistortion:kannalaBrandtK3:*"
        ),
        told=all_of(
            "omni:lensdistortion:radTanThinPrism:* omni:lensdistortion:lut:* "
            "omni:lensdistortion:omniDirectionalStereo:* generalizedProjection*",
            "a camera of such a lens is reported",
        ),
        idle={
            "stereoRole": "each camera is drawn for itself",
            **all_of("shutter:open shutter:close", "motion blur and its shutter are the scene's settings"),
        },
        unmet={
            "projection": _PERSPECTIVE,
            "clippingPlanes": "only clippingRange clips",
            "exposure": "pictures are exposed by their renderer",
            **all_of(
                "exposure:fStop exposure:iso exposure:responsivity exposure:time",
                "pictures are exposed by their renderer",
            ),
        },
        neutral={"projection": ("perspective",)},
    ),
)
