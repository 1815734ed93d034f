"""The OpenGL backend (extra ``gl``): pyrender, through EGL on a GPU or Mesa, with shadows.

pyrender has no area lights and no environment: lamps become points, domes an even ambient light before which the
camera sees their images.
"""

from __future__ import annotations

import atexit
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import cv2
import numpy as np

from rendersdg.arrays import F4, I4, U1
from rendersdg.backends.environment import EnvironmentCache
from rendersdg.backends.film import exposure_of
from rendersdg.backends.flatten import FlatMaterial, FlatMesh, flatten
from rendersdg.colour import linear_from_eight_bit, srgb_from_linear
from rendersdg.errors import NotSupported, RenderFailed
from rendersdg.frame import Buffers, Rendered, Wanted
from rendersdg.kernels.frame import look_up_sky
from rendersdg.snapshot import Camera, Light, RenderProduct, Snapshot

_MOST_LIGHTS = 8  # of pyrender's shader
_EVEN = 1e-6  # of a dome's image: what differs by less has one colour
_PLATFORM = "PYOPENGL_PLATFORM"


def load() -> Any:
    """Return the pyrender module, imported without a display. Raises NotSupported with what to install.

    The process is left as it was: what pyrender needs to be told is there for the import alone.
    """
    with _headless(), _without_window():
        try:
            import pyrender
            import pyrender.mesh
        except ImportError as error:
            raise NotSupported(f'the pyrender backend needs pyrender: pip install "rendersdg[gl]" ({error})') from None
        except Exception as error:  # PyOpenGL raises what its loader finds, of many types
            raise NotSupported(f"OpenGL cannot be loaded: {error}; Debian: apt install libegl1 libgl1") from None
    if not hasattr(np, "infty"):  # pyrender up to 0.1.45 asks for what NumPy 2 dropped
        patched = types.ModuleType("numpy_for_pyrender")
        patched.__dict__.update(np.__dict__)
        patched.infty = np.inf  # type: ignore[attr-defined]
        pyrender.mesh.np = patched
    return pyrender


@contextmanager
def _headless() -> Iterator[None]:
    """Let PyOpenGL and pyrender choose EGL inside of the block, where nothing else is chosen."""
    if _PLATFORM in os.environ:
        yield
        return
    os.environ[_PLATFORM] = "egl"
    try:
        yield
    finally:
        os.environ.pop(_PLATFORM, None)


@contextmanager
def _without_window() -> Iterator[None]:
    """Let pyrender import without its window, which needs X11, unless that is imported already."""
    if "pyrender.viewer" in sys.modules:
        yield
        return
    viewer = types.ModuleType("pyrender.viewer")
    viewer.Viewer = None  # type: ignore[attr-defined]
    sys.modules["pyrender.viewer"] = viewer
    try:
        yield
    finally:
        sys.modules.pop("pyrender.viewer", None)


@cache
def _ordered_scene(pyrender: Any) -> Any:
    """Return pyrender's Scene with nodes in the order of their names.

    pyrender keeps nodes in sets, which go by memory addresses: what is drawn first where two surfaces are equally deep,
    and the order in which lights add up, would change from one picture to the next.
    """

    class OrderedScene(pyrender.Scene):  # type: ignore[misc] # pyrender is not looked into
        @property
        def mesh_nodes(self) -> list[Any]:
            return sorted(super().mesh_nodes, key=lambda node: node.name)

        @property
        def light_nodes(self) -> list[Any]:
            return sorted(super().light_nodes, key=lambda node: node.name)

    return OrderedScene


@cache
def _offscreen(pyrender: Any, size: tuple[int, int]) -> Any:
    """Return the OpenGL renderer of pictures of a size (width, height), one a process.

    They live until the process ends: the first that is deleted ends the EGL display, and with it the contexts of all
    others. PyOpenGL cannot delete any once its own modules are being taken down, so that is done before.
    """
    atexit.unregister(_offscreen.cache_clear)
    atexit.register(_offscreen.cache_clear)
    try:
        with _headless():
            return pyrender.OffscreenRenderer(*size)
    except Exception as error:  # EGL and OSMesa raise many types
        raise RenderFailed(f"OpenGL gives no context: {error}; Debian: apt install libegl1 libgl1") from None


class PyrenderBackend:
    """OpenGL through pyrender: textures, normal maps, point, spot and distant lights with shadows."""

    provides: ClassVar[frozenset[str]] = frozenset({"hdr", "materials"})

    def __init__(self) -> None:
        self.pyrender = load()
        self._environments = EnvironmentCache()

    def render(self, snapshot: Snapshot, product: RenderProduct, wanted: Wanted) -> Rendered:
        """Return the colour of a product; ``hdr`` is the display picture made linear again, OpenGL keeps no more."""
        parts = flatten(snapshot)
        scene = self._scene(snapshot, product.camera, parts)
        flags = self.pyrender.RenderFlags
        distant = any(light.kind == "distant" and light.casts_shadow for light in snapshot.lights)
        mode = flags.SHADOWS_DIRECTIONAL if distant else flags.NONE
        renderer, sky = self._renderer(product.camera), self._sky(snapshot, product.camera)
        if sky is None:
            colour, _ = renderer.render(scene, flags=mode)
        elif not any(_lets_through(part) for part in parts):  # alpha is the share of each pixel that a surface covers
            scene.bg_color = [0.0, 0.0, 0.0, 0.0]
            over = renderer.render(scene, flags=mode | flags.RGBA)[0].astype(np.float32)
            colour = np.clip(np.round(over[..., :3] + (255.0 - over[..., 3:]) * sky), 0, 255).astype(np.uint8)
        else:  # the difference of two backgrounds is the share of each pixel that shows what is behind all
            on = []
            for grey in (0.0, 1.0):
                scene.bg_color = [grey, grey, grey, 1.0]
                on.append(renderer.render(scene, flags=mode)[0].astype(np.float32))
            colour = np.clip(np.round(on[0] + (on[1] - on[0]) * sky), 0, 255).astype(np.uint8)
        rgb = np.full((*colour.shape[:2], 4), 255, np.uint8)
        rgb[..., :3] = colour[..., :3]
        hdr = None
        if wanted.hdr:
            linear = linear_from_eight_bit(rgb[..., :3]) / np.float32(exposure_of(snapshot))
            hdr = np.dstack([linear, np.ones(linear.shape[:2], np.float32)]).astype(np.float32)
        return Rendered(Buffers(rgb, hdr))

    def ids_and_depth(self, snapshot: Snapshot, product: RenderProduct) -> tuple[I4, F4]:
        """Return OpenGL's own instance ids (-1 for none) and depths (metres along the axis):
        a witness for the label pass.
        """
        parts = [p for p in flatten(snapshot) if not p.is_film]
        scene = self._scene(snapshot, product.camera, parts)
        numbers = {n: p.instance + 1 for n, p in zip(self._nodes, parts)}
        colours = {n: (k & 255, k >> 8 & 255, k >> 16 & 255) for n, k in numbers.items()}
        renderer, flags = self._renderer(product.camera), self.pyrender.RenderFlags
        image, depth = renderer.render(scene, flags=flags.SEG, seg_node_map=colours)
        image = image.astype(np.int64)
        ids = (image[..., 0] | image[..., 1] << 8 | image[..., 2] << 16) - 1
        return ids.astype(np.int32), np.where(ids >= 0, depth, np.inf).astype(np.float32)

    def _sky(self, snapshot: Snapshot, camera: Camera) -> F4 | None:
        """Return what the pixels' centres show of the domes' images (H, W, 3), 0..1; None where they are even."""
        environment = self._environments.environment(snapshot)
        if not environment.is_lit or np.ptp(environment.background, axis=(0, 1)).max() < _EVEN:
            return None
        width, height = camera.resolution_wh
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        u, v = (x - camera.centre_px[0]) / camera.focal_px[0], (camera.centre_px[1] - y) / camera.focal_px[1]
        rays = np.stack([u, v, -np.ones_like(u)], -1).reshape(-1, 3)
        rays = np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), np.float32)
        turn = environment.frame_from_world @ camera.world_from_camera[:3, :3]
        seen = look_up_sky(rays, environment.for_kernels, np.ascontiguousarray(turn, np.float32))
        return np.asarray(srgb_from_linear(seen * exposure_of(snapshot)), np.float32).reshape(height, width, 3)

    def _renderer(self, camera: Camera) -> Any:
        if camera.model != "pinhole":
            raise NotSupported(f"the pyrender backend renders pinhole cameras; {camera.prim_path} is a {camera.model}")
        return _offscreen(self.pyrender, camera.resolution_wh)

    def _scene(self, snapshot: Snapshot, camera: Camera, parts: list[FlatMesh]) -> Any:
        pr = self.pyrender
        scale = exposure_of(snapshot)
        environment = self._environments.environment(snapshot)
        ambient = (
            environment.background.reshape(-1, 3).mean(0) * environment.tint * scale
            if environment.is_lit
            else np.zeros(3)
        )
        scene = _ordered_scene(pr)(bg_color=[*srgb_from_linear(ambient).tolist(), 1.0], ambient_light=ambient.tolist())
        self._nodes = []
        for k, part in enumerate(parts):
            place = np.eye(4)
            if _lets_through(part):  # these are drawn last, from the back, by where their nodes stand
                place[:3, 3] = part.vertices.mean(0)
                part = replace(part, vertices=(part.vertices - place[:3, 3]).astype(np.float32))
            self._nodes.append(scene.add(pr.Mesh([self._primitive(part)]), name=f"{k:09d}", pose=place))
        lens = pr.IntrinsicsCamera(
            camera.focal_px[0],
            camera.focal_px[1],
            camera.centre_px[0],
            camera.centre_px[1],
            camera.near_far[0],
            camera.near_far[1],
        )
        scene.add(lens, pose=camera.world_from_camera)
        lamps = [light for light in snapshot.lights if light.kind != "dome"]
        for k, light in enumerate(lamps[:_MOST_LIGHTS]):
            scene.add(self._light(light, scale), name=f"light {k:09d}", pose=light.world_from_light)
        return scene

    def _light(self, light: Light, scale: float) -> Any:
        pr = self.pyrender
        strongest = max(float(light.radiance.max()), 1e-9)
        colour = (light.radiance / strongest).tolist()
        if light.kind == "distant":
            return pr.DirectionalLight(color=colour, intensity=strongest * scale)
        a, b = light.size
        area = {"sphere": np.pi * a * a, "disk": np.pi * a * a, "rect": a * b, "cylinder": 2 * a * b}[light.kind]
        intensity = strongest * scale * float(area)
        if light.cone[0] < 90:
            outer = np.radians(light.cone[0])
            return pr.SpotLight(
                color=colour,
                intensity=intensity,
                innerConeAngle=outer * (1 - 0.99 * light.cone[1]),
                outerConeAngle=outer,
            )
        return pr.PointLight(color=colour, intensity=intensity)

    def _primitive(self, part: FlatMesh) -> Any:
        colours = None
        if part.colours is not None:
            alpha = np.ones(len(part.colours)) if part.opacities is None else part.opacities
            colours = np.hstack([part.colours, alpha[:, None]]).astype(np.float32)
        return self.pyrender.Primitive(
            positions=part.vertices,
            normals=part.normals,
            texcoord_0=part.uvs,
            color_0=colours,
            indices=part.triangles,
            material=self._material(part.look),
            mode=4,
        )

    def _material(self, look: FlatMaterial) -> Any:
        arguments: dict[str, Any] = {
            "baseColorFactor": [*look.base, _share(look)],
            "metallicFactor": look.metallic,
            "roughnessFactor": look.roughness,
            "emissiveFactor": [float(v) for v in np.clip(look.emission, 0, 1)],
            "doubleSided": True,
        }
        if look.base_image is not None or look.opacity is not None:
            image = look.base_image
            if image is None:
                assert look.opacity is not None
                image = np.ones((*look.opacity.shape, 3), np.float32)
            rgba = np.full((*image.shape[:2], 4), 255, np.uint8)
            rgba[..., :3] = np.round(srgb_from_linear(image) * 255)
            if look.opacity is not None and look.opacity.size > 1:
                size = (rgba.shape[1], rgba.shape[0])
                alpha = look.opacity
                if alpha.shape != rgba.shape[:2]:
                    alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_NEAREST))
                rgba[..., 3] = np.round(alpha * 255)
                arguments["alphaMode"] = "BLEND"  # a mask cuts nothing there
            arguments["baseColorTexture"] = self._texture(rgba)
            arguments["baseColorTexture"]._is_transparent = bool((rgba[..., 3] < 255).any())  # it forgets to look
        if look.through.is_any:
            arguments["alphaMode"] = "BLEND"
        if look.metallic_image is not None or look.roughness_image is not None:
            larger = look.metallic_image if look.metallic_image is not None else look.roughness_image
            assert larger is not None
            shape = larger.shape[:2]
            packed = np.full((*shape, 3), 255, np.uint8)
            for channel, factor in ((0, look.roughness_image), (1, look.metallic_image)):  # as its shader reads them
                if factor is not None and factor.shape == shape:
                    packed[..., channel] = np.round(np.clip(factor, 0, 1) * 255)
            arguments["metallicRoughnessTexture"] = self._texture(packed)
        if look.normal_image is not None:
            arguments["normalTexture"] = self._texture(np.round(look.normal_image * 255).astype(np.uint8))
        return self.pyrender.MetallicRoughnessMaterial(**arguments)

    def _texture(self, pixels: U1) -> Any:
        if pixels.shape[2] == 3:  # rows of RGB need not end on the four bytes that OpenGL expects
            pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        return self.pyrender.Texture(
            source=np.ascontiguousarray(pixels), source_channels="RGBA", width=pixels.shape[1], height=pixels.shape[0]
        )


def _lets_through(part: FlatMesh) -> bool:
    return part.look.opacity is not None or part.look.through.is_any


def _share(look: FlatMaterial) -> float:
    """Return how much of a surface is there: what goes through it is seen as it is, unstained."""
    share = float(look.opacity[0, 0]) if look.opacity is not None and look.opacity.size == 1 else 1.0
    return share * (1.0 - look.through.transmission)
