"""The path-traced backend (extra ``mitsuba``): Mitsuba 3, denoised by Open Image Denoise where pyoidn is installed.

Labels stay those of the label pass. Equal inputs give equal bytes on one machine: a box filter and seeded samplers.
"""

from __future__ import annotations

import importlib.util
import logging
import math
from functools import cache
from typing import Any, ClassVar, TypeAlias

import cv2
import numpy as np

from rendersdg.arrays import F4, I4
from rendersdg.backends.environment import Environment, EnvironmentCache
from rendersdg.backends.film import SAMPLES, developed
from rendersdg.backends.flatten import FlatMaterial, FlatMesh, flatten
from rendersdg.backends.raster import RasterBackend
from rendersdg.errors import NotSupported
from rendersdg.frame import Buffers, Rendered, Wanted
from rendersdg.snapshot import Camera, Light, RenderProduct, Snapshot
from rendersdg.streams import generator

log = logging.getLogger("rendersdg")
Entry: TypeAlias = dict[str, object]  # a plug-in of Mitsuba with its parameters, as load_dict takes it
_DEPTH = 6  # bounces
_MOST_PASSED = 8  # surfaces that a path may pass straight through besides: each counts as a bounce there
_OLDEST_LLVM = 17  # older ones abort the process: "Cannot select: fminimum"
_FLIP = np.diag([-1.0, 1.0, -1.0, 1.0])  # Mitsuba's cameras look along +Z with +X to the left
_GUIDES = {"type": "aov", "aovs": "albedo:albedo,normal:sh_normal"}
_THIN = 1e-3  # metres: a cylinder light is no thinner
_FAR = 200.0  # times the scene's size, from where a distant light shines that has an angle
_WIDEST = 170.0  # degrees: of such a light
_SMOOTH = 0.03  # roughness of glass through which one sees sharply


def load() -> Any:
    """Return the mitsuba module with its fastest variant that is safe here.
    Raises NotSupported with what to install.
    """
    try:
        import mitsuba
    except ImportError:
        raise NotSupported('the mitsuba backend needs Mitsuba 3: pip install "rendersdg[mitsuba]"') from None
    except NameError:  # drjit without libatomic1 fails like this
        raise NotSupported(
            "Mitsuba's Dr.Jit needs the system library libatomic1 (Debian: apt install libatomic1)"
        ) from None
    if mitsuba.variant() is None:
        wanted = "scalar_rgb"
        if "llvm_ad_rgb" in mitsuba.variants():
            import drjit

            version = drjit.detail.llvm_version() or (0,)
            if version[0] >= _OLDEST_LLVM:
                wanted = "llvm_ad_rgb"
            else:
                log.info(
                    "mitsuba renders with scalar_rgb: llvm_ad_rgb needs LLVM %d, here is %s", _OLDEST_LLVM, version[0]
                )
        mitsuba.set_variant(wanted)
    return mitsuba


@cache
def _denoiser() -> Any:
    """Return the module pyoidn, None where it is not installed, which is said once."""
    if importlib.util.find_spec("pyoidn") is None:
        log.warning(
            'note: mitsuba: without pyoidn the picture keeps its sampling noise; pip install "rendersdg[mitsuba]"'
        )
        return None
    import pyoidn

    return pyoidn


def sampling_seed(snapshot: Snapshot, product: RenderProduct) -> int:
    """Return the seed of a picture's samplers, from the dataset's seed, the frame and the product's place among those
    that are drawn.
    """
    places = [(shot.name, shot.camera.prim_path) for one in snapshot.products for shot in one.shots]
    place = (product.name, product.camera.prim_path)
    number = places.index(place) if place in places else len(places)
    return int(generator(snapshot.seed, f"mitsuba/{number}", snapshot.frame).integers(1 << 31))


def _off_centre(film: Any, camera: Camera) -> Entry:
    """Return film and field of view of a thin lens, which always looks through its film's middle: a larger film, of
    which the picture is cut out. The middle is met within a quarter of a pixel.
    """
    size, crop = [], []
    for centre, length in zip(camera.centre_px, camera.resolution_wh):
        whole = math.ceil(2 * max(centre, length - centre))
        whole += round(2 * (whole / 2 - centre)) % 2  # so that the cut is at whole pixels
        size.append(whole)
        crop.append(round(whole / 2 - centre))
    width, height = camera.resolution_wh
    cut = {"crop_offset_x": crop[0], "crop_offset_y": crop[1], "crop_width": width, "crop_height": height}
    return {
        "film": film | {"width": size[0], "height": size[1]} | cut,
        "fov": float(np.degrees(2 * np.arctan(size[0] / 2 / camera.focal_px[0]))),
    }


class MitsubaBackend:
    """Path tracing: bounced light, soft shadows, glossy reflections, depth of field."""

    provides: ClassVar[frozenset[str]] = frozenset({"hdr", "instants", "materials", "lens", "path_tracing"})

    def __init__(self) -> None:
        self.mi = load()
        self._environments = EnvironmentCache()
        self._denoiser = _denoiser()
        self._raster = RasterBackend()

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        """Return the colour of a product."""
        camera = product.camera
        if camera.model != "pinhole":
            raise NotSupported(f"the mitsuba backend renders pinhole cameras; {camera.prim_path} is a {camera.model}")
        if abs(camera.focal_px[0] / camera.focal_px[1] - 1) > 1e-6:
            raise NotSupported(
                f"the mitsuba backend renders square pixels; {camera.prim_path} has the focal lengths {camera.focal_px}"
            )
        samples = int(snapshot.settings.get("samples_per_pixel", SAMPLES))  # type: ignore[call-overload]
        scene = self.mi.load_dict(self._scene(snapshot, camera, samples))
        seed = sampling_seed(snapshot, product)
        image = self._rendered(scene, seed, samples)[..., :3]
        if self._denoiser is not None:  # what a surface's colour and normal explain is not noise
            guides = self._rendered(scene, seed, samples, self.mi.load_dict(_GUIDES))[..., -6:]
            albedo, normal = np.clip(guides[..., :3], 0, 1), self._bent(guides[..., 3:], snapshot, product)
            image = np.asarray(self._denoiser.denoise(image, albedo, normal, hdr=True, quality="balanced"), np.float32)
        hdr = np.dstack([np.maximum(image, 0), np.ones(image.shape[:2], np.float32)]).astype(np.float32)
        return Rendered(Buffers(developed(hdr, snapshot), hdr if wanted.hdr else None))

    def _bent(self, normals: F4, snapshot: Snapshot, product: RenderProduct) -> F4:
        """Return normals (H, W, 3) bent as normal maps bend them, of which Mitsuba's do not know: what they draw on a
        surface would be smoothed away as noise.
        """
        if not any(m.normal_texture >= 0 for m in snapshot.paints.kinds):
            return normals
        surface = self._raster.surface(snapshot, product)
        bent = normals + (surface.normal - surface.smooth_normal) * surface.hit[..., None]
        length = np.linalg.norm(bent, axis=-1, keepdims=True)
        return np.asarray(bent / np.maximum(length, 1e-6), np.float32)

    def _rendered(self, scene: Any, seed: int, samples: int, integrator: Any = None) -> F4:
        image = np.array(self.mi.render(scene, integrator=integrator, seed=seed, spp=samples), np.float32)
        return image if np.isfinite(image).all() else np.nan_to_num(image, nan=0.0, posinf=0.0, neginf=0.0)

    def ids_and_depth(self, snapshot: Snapshot, product: RenderProduct) -> tuple[I4, F4]:
        """Return Mitsuba's own instance ids (-1 for none) and depths (metres along the axis) at pixel centres.

        A witness for the label pass, used by the tests.
        """
        mi, camera = self.mi, product.camera
        width, height = camera.resolution_wh
        parts = [p for p in flatten(snapshot) if not p.is_film]
        scene = mi.load_dict({"type": "scene", **{p.name: self._mesh(p) for p in parts}})
        owner = {p.name: p.instance for p in parts}
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        u, v = (x - camera.centre_px[0]) / camera.focal_px[0], (camera.centre_px[1] - y) / camera.focal_px[1]
        world = np.stack([u, v, -np.ones_like(u)], -1).reshape(-1, 3) @ camera.world_from_camera[:3, :3].T
        eye = [float(c) for c in camera.world_from_camera[:3, 3]]
        ids = np.full(width * height, -1, np.int32)
        depth = np.full(width * height, np.inf, np.float32)
        if mi.variant().startswith("scalar"):
            for k, direction in enumerate(world.tolist()):
                hit = scene.ray_intersect(mi.Ray3f(eye, direction))
                if hit.is_valid():
                    ids[k], depth[k] = owner[hit.shape.id()], hit.t
        else:
            towards = mi.Vector3f(*(np.ascontiguousarray(world[:, k], np.float32) for k in range(3)))
            hit = scene.ray_intersect(mi.Ray3f(mi.Point3f(*eye), towards))
            valid = np.array(hit.is_valid())
            depth = np.where(valid, np.array(hit.t), np.inf).astype(np.float32)
            for shape in scene.shapes():
                ids[np.array(hit.shape == mi.ShapePtr(shape)) & valid] = owner[shape.id()]
        return ids.reshape(height, width), depth.reshape(height, width)

    def _scene(self, snapshot: Snapshot, camera: Camera, samples: int) -> Entry:
        scene: Entry = {
            "type": "scene",
            "integrator": {"type": "path", "max_depth": _DEPTH},
            "camera": self._camera(camera, samples),
        }
        parts = flatten(snapshot)
        if any(part.look.opacity is not None or part.opacities is not None for part in parts):
            # looks for lamps through what is not there, which the other one does not
            scene["integrator"] = {"type": "volpath", "max_depth": _DEPTH + _MOST_PASSED, "rr_depth": _DEPTH}
        elif any(part.bends for part in parts):
            scene["integrator"] = {"type": "path", "max_depth": _DEPTH + _MOST_PASSED, "rr_depth": _DEPTH}
        for part in parts:
            scene[part.name] = self._mesh(part)
        for k, light in enumerate(snapshot.lights):
            if light.kind == "distant" and light.size[0] > 0:
                scene[f"light{k}"] = self._sun(light, parts)
            elif light.kind != "dome":
                scene[f"light{k}"] = self._light(light)
        environment = self._environments.environment(snapshot)
        if environment.is_lit:
            scene["sky"] = self._sky(environment)
        return scene

    def _camera(self, camera: Camera, samples: int) -> Entry:
        width, height = camera.resolution_wh
        entry: Entry = {
            "type": "perspective",
            "fov": float(np.degrees(2 * np.arctan(width / 2 / camera.focal_px[0]))),
            "fov_axis": "x",
            "near_clip": float(camera.near_far[0]),
            "far_clip": float(camera.near_far[1]),
            "principal_point_offset_x": float(0.5 - camera.centre_px[0] / width),  # of the picture, not of the axis
            "principal_point_offset_y": float(0.5 - camera.centre_px[1] / height),
            "to_world": self.mi.ScalarTransform4f(camera.world_from_camera @ _FLIP),
            "film": {
                "type": "hdrfilm",
                "width": width,
                "height": height,
                "rfilter": {"type": "box"},
                "component_format": "float32",
            },
            "sampler": {"type": "multijitter", "sample_count": samples},
        }
        if camera.lens_radius > 0:
            entry["type"] = "thinlens"
            entry["aperture_radius"] = camera.lens_radius
            entry["focus_distance"] = camera.focus
            for name in ("principal_point_offset_x", "principal_point_offset_y"):
                entry.pop(name)
            entry |= _off_centre(entry["film"], camera)
        return entry

    def _mesh(self, part: FlatMesh) -> Any:
        mi = self.mi
        properties = mi.Properties()
        properties["bsdf"] = mi.load_dict(self._surface(part, "clamp" if part.is_film else "repeat"))
        if any(part.look.emission):
            properties["emitter"] = mi.load_dict({"type": "area", "radiance": self._glow(part.look)})
        mesh = mi.Mesh(
            part.name,
            len(part.vertices),
            len(part.triangles),
            has_vertex_normals=True,
            has_vertex_texcoords=True,
            props=properties,
        )
        if part.colours is not None:
            mesh.add_attribute("vertex_color", 3, np.ascontiguousarray(part.colours, np.float32).ravel())
        if part.opacities is not None:
            mesh.add_attribute("vertex_opacity", 1, np.ascontiguousarray(part.opacities, np.float32).ravel())
        values = mi.traverse(mesh)
        values["vertex_positions"] = np.ascontiguousarray(part.vertices, np.float32).ravel()
        values["vertex_normals"] = np.ascontiguousarray(part.normals, np.float32).ravel()
        values["vertex_texcoords"] = np.ascontiguousarray(
            part.uvs * [1, -1] + [0, 1], np.float32
        ).ravel()  # v down here
        values["faces"] = np.ascontiguousarray(part.triangles, np.uint32).ravel()
        values.update()
        return mesh

    def _surface(self, part: FlatMesh, wrap: str) -> Entry:
        look = part.look
        if part.colours is not None:
            base: object = {"type": "mesh_attribute", "name": "vertex_color"}
        elif look.base_image is not None:
            base = self._image(look.base_image * np.array(look.base, np.float32), wrap)
        else:
            base = {"type": "rgb", "value": [float(np.clip(c, 0, 1)) for c in look.base]}
        surface: Entry = {
            "type": "principled",
            "base_color": base,
            "metallic": self._number(look.metallic, look.metallic_image, wrap),
            "roughness": self._number(max(look.roughness, 0.03), look.roughness_image, wrap),
            "specular": float(np.clip(look.specular, 0, 1)),
        }
        if look.anisotropy > 0:
            surface["anisotropic"] = look.anisotropy
        if look.coat > 0:
            surface |= {"clearcoat": look.coat, "clearcoat_gloss": 1.0 - min(look.coat_roughness, 1.0)}
        if look.normal_image is not None:
            surface = {
                "type": "normalmap",
                "normalmap": self._image(look.normal_image, wrap),
                "bsdf": surface,
            }
        surface = {"type": "twosided", "bsdf": surface}
        if look.through.transmission > 0:
            share = self._number(look.through.transmission, look.transmission_image, wrap)
            pane = self._glass(look, wrap) if part.bends else self._pane(look, wrap)
            surface = {"type": "blendbsdf", "weight": share, "a": surface, "b": pane}
        if look.opacity is not None:
            share = self._image(look.opacity[..., None], wrap)
            surface = {"type": "mask", "opacity": share, "bsdf": surface}
        if part.opacities is not None:
            surface = {"type": "mask", "opacity": {"type": "mesh_attribute", "name": "vertex_opacity"}, "bsdf": surface}
        return surface

    def _pane(self, look: FlatMaterial, wrap: str) -> Entry:
        """Return a thin pane that lets light straight through, stained by the look's colour and tint."""
        root = float(np.sqrt(np.clip(0.08 * look.specular, 0.0, 0.99)))
        ior = max((1 + root) / (1 - root), 1.0001)
        return {
            "type": "thindielectric",
            "int_ior": ior,
            "ext_ior": 1.0,
            "specular_transmittance": self._stain(look, wrap),
        }

    def _glass(self, look: FlatMaterial, wrap: str) -> Entry:
        """Return the surface of a body that bends light by the look's index, stained as a pane is."""
        body: Entry = {"int_ior": look.through.ior, "ext_ior": 1.0, "specular_transmittance": self._stain(look, wrap)}
        if look.roughness <= _SMOOTH and look.roughness_image is None:
            return body | {"type": "dielectric"}
        image = None if look.roughness_image is None else look.roughness_image**2
        alpha = self._number(max(look.roughness, 0.03) ** 2, image, wrap)
        return body | {"type": "roughdielectric", "distribution": "ggx", "alpha": alpha}

    def _stain(self, look: FlatMaterial, wrap: str) -> Entry:
        stain = np.clip(np.array(look.base, np.float32) * look.through.tint, 0, 1).astype(np.float32)
        if look.base_image is not None:
            return self._image(look.base_image * stain, wrap)
        return {"type": "rgb", "value": stain.tolist()}

    def _number(self, factor: float, image: F4 | None, wrap: str) -> object:
        if image is None:
            return float(np.clip(factor, 0, 1))
        return self._image(np.clip(image * factor, 0, 1)[..., None], wrap)

    def _image(self, image: F4, wrap: str = "repeat") -> Entry:
        return {
            "type": "bitmap",
            "bitmap": self.mi.Bitmap(np.ascontiguousarray(image, np.float32)),
            "raw": True,
            "filter_type": "bilinear",
            "wrap_mode": wrap,
        }

    def _glow(self, look: FlatMaterial) -> object:
        if look.emission_image is not None:
            return self._image(look.emission_image * np.array(look.emission, np.float32))
        return {"type": "rgb", "value": [float(c) for c in look.emission]}

    def _light(self, light: Light) -> Entry:
        mi = self.mi
        value = [float(v) for v in light.radiance]
        world = light.world_from_light
        if light.kind == "distant":
            return {
                "type": "directional",
                "direction": (-world[:3, 2]).tolist(),
                "irradiance": {"type": "rgb", "value": value},
            }
        a, b = light.size
        if light.cone[0] < 90:
            area = np.pi * a * a if light.kind in ("sphere", "disk") else a * b
            outer = float(light.cone[0])
            return {
                "type": "spot",
                "to_world": mi.ScalarTransform4f(world @ _FLIP),
                "intensity": {"type": "rgb", "value": [v * area for v in value]},
                "cutoff_angle": outer,
                "beam_width": outer * (1 - 0.999 * float(light.cone[1])),
            }
        emitter = {"type": "area", "radiance": {"type": "rgb", "value": value}}
        if light.kind == "sphere":
            return {"type": "sphere", "center": world[:3, 3].tolist(), "radius": max(a, _THIN), "emitter": emitter}
        if light.kind == "cylinder":
            half = world[:3, 0] * b / 2
            centre = world[:3, 3]
            return {
                "type": "cylinder",
                "p0": (centre - half).tolist(),
                "p1": (centre + half).tolist(),
                "radius": max(a, _THIN),
                "emitter": emitter,
            }
        size = (a, a) if light.kind == "disk" else (a / 2, b / 2)
        matrix = world @ _FLIP @ np.diag([*size, 1.0, 1.0])  # both shapes shine along +Z there, -Z here
        return {
            "type": "disk" if light.kind == "disk" else "rectangle",
            "to_world": mi.ScalarTransform4f(matrix),
            "emitter": emitter,
        }

    def _sun(self, light: Light, parts: list[FlatMesh]) -> Entry:
        """Return a distant light with an angle: a disk of that angle, so far away that it stands still."""
        corners = np.array([[p.vertices.min(0), p.vertices.max(0)] for p in parts if len(p.vertices)]).reshape(-1, 3)
        centre, away = np.zeros(3), 1.0
        if len(corners):
            centre = (corners.min(0) + corners.max(0)) / 2
            away = _FAR * max(float(np.linalg.norm(np.ptp(corners, axis=0))), 1.0)
        half = np.radians(min(light.size[0], _WIDEST) / 2)
        matrix = light.world_from_light @ _FLIP @ np.diag([away * np.tan(half), away * np.tan(half), 1.0, 1.0])
        matrix[:3, 3] = centre + away * light.world_from_light[:3, 2]
        value = [float(v / (np.pi * np.sin(half) ** 2)) for v in light.radiance]
        emitter = {"type": "area", "radiance": {"type": "rgb", "value": value}}
        return {"type": "disk", "to_world": self.mi.ScalarTransform4f(matrix), "emitter": emitter}

    def _sky(self, environment: Environment) -> Entry:
        background = environment.background * environment.tint
        if background.shape[0] <= 1 or np.ptp(background, axis=(0, 1)).max() < 1e-6:
            return {"type": "constant", "radiance": {"type": "rgb", "value": [float(v) for v in background[0, 0]]}}
        image = background
        if image.shape[1] > 2048:
            image = np.asarray(cv2.resize(image, (2048, 1024), interpolation=cv2.INTER_AREA), np.float32)
        # Mitsuba's map runs the other way round, from -Z by way of +X, about +Y; ours from -X by way of -Y, about +Z
        image = image[:, ::-1]
        matrix = np.eye(4)
        matrix[:3, :3] = environment.frame_from_world.T @ [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
        return {
            "type": "envmap",
            "bitmap": self.mi.Bitmap(np.ascontiguousarray(image, np.float32)),
            "to_world": self.mi.ScalarTransform4f(matrix),
        }
