"""``isaacsim.core.rendering_manager``: frames of the application, and what the viewport and render products show."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdRender

from rendersdg import portable
from rendersdg.errors import BadArgument
from rendersdg.geometry import aim_rotation
from rendersdg.omni.doors import PrimLike, VectorLike, numbers, prim_of
from rendersdg.omni.isaac.utils.rotations import rot_matrix_to_quat
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.xforms import get_world_pose, set_world_pose
from rendersdg.omni.kit.app import NEW_FRAME, get_app
from rendersdg.omni.kit.carb import log_warn
from rendersdg.omni.kit.carb_eventdispatcher import Event, ObserverGuard, get_eventdispatcher
from rendersdg.omni.kit.timeline import get_timeline_interface
from rendersdg.omni.kit.viewport_utility import Viewport, ViewportWindow, get_active_viewport
from rendersdg.replicator.engine import VIEWPORT, current
from rendersdg.replicator.host import current_host

__all__ = ["RenderingEvent", "RenderingManager", "ViewportManager"]

Shown: TypeAlias = str | Sdf.Path | Usd.Prim | UsdRender.Product | Viewport | None
_INTEREST = "omni:kit:centerOfInterest"  # the attribute of a camera for the point that it looks at
_BESIDE = 1e-5  # stage units: how far beside a target straight above or below the camera looks


class RenderingEvent(Enum):
    """What one can wait for."""

    NEW_FRAME = "isaacsim.rendering.new_frame"


class _Callbacks:
    """Who waits for frames, by number."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: dict[int, ObserverGuard] = {}


class RenderingManager:
    """Frames of the application, and how often it draws."""

    @staticmethod
    def render() -> None:
        """Do an update of the application in which no time passes."""
        get_app().update(passes_time=False)

    @staticmethod
    async def render_async() -> None:
        """The same, awaited."""
        await asyncio.sleep(0)
        RenderingManager.render()

    @staticmethod
    def set_dt(dt: float) -> None:
        """Set the seconds of an update, which are those of a frame of the timeline."""
        if dt <= 0:
            raise BadArgument(f"dt={dt:g} must be above 0 seconds", where=current().where())
        get_current_stage().SetTimeCodesPerSecond(1.0 / dt)
        get_timeline_interface().set_time_codes_per_second(1.0 / dt)

    @staticmethod
    def get_dt() -> float:
        """Return the seconds of an update."""
        return 1.0 / current().timeline.rate

    @staticmethod
    def register_callback(event: RenderingEvent, *, callback: Callable[[Event], object], order: int = 0) -> int:
        """Call ``callback(event)`` with each new frame, and return a number to end that by."""
        if not isinstance(event, RenderingEvent):
            raise BadArgument(f"{event!r} is no RenderingEvent; give NEW_FRAME", where=current().where())
        callbacks = current_host().part(_Callbacks)
        number, callbacks.count = callbacks.count, callbacks.count + 1
        callbacks.kept[number] = get_eventdispatcher().observe_event(
            order=order, event_name=f"{NEW_FRAME}:immediate", on_event=callback
        )
        return number

    @staticmethod
    def deregister_callback(uid: int) -> None:
        """End what ``register_callback`` began."""
        guard = current_host().part(_Callbacks).kept.pop(uid, None)
        if guard is None:
            log_warn(f"there is no rendering callback {uid}")
        else:
            guard.reset()

    @staticmethod
    def deregister_all_callbacks() -> None:
        """End all that ``register_callback`` began."""
        for number in list(current_host().part(_Callbacks).kept):
            RenderingManager.deregister_callback(number)


class ViewportManager:
    """Cameras and sizes of the viewport, which nobody sees, and of render products."""

    @staticmethod
    def wait_for_viewport(
        *, viewport: Shown = None, max_frames: int = 60, sleep_time: float = 0.02
    ) -> tuple[bool, int]:
        """Return that the viewport is ready after no frame."""
        return ViewportManager.get_viewport_api(viewport) is not None, 0

    @staticmethod
    async def wait_for_viewport_async(
        *, viewport: Shown = None, max_frames: int = 60, sleep_time: float = 0.02
    ) -> tuple[bool, int]:
        """The same, awaited."""
        await asyncio.sleep(0)
        return ViewportManager.wait_for_viewport(viewport=viewport)

    @staticmethod
    def set_camera(camera: PrimLike, *, render_product_or_viewport: Shown = None) -> None:
        """Let the viewport or a render product show a camera from the next frame on."""
        path = _camera(camera).GetPath()
        viewport, product = _shown("set a camera", render_product_or_viewport)
        if viewport is not None:
            viewport.camera_path = path
        if product is not None:
            with Usd.EditContext(get_current_stage(), get_current_stage().GetSessionLayer()):
                product.GetCameraRel().SetTargets([path])

    @staticmethod
    def get_camera(render_product_or_viewport: Shown = None) -> UsdGeom.Camera:
        """Return what the viewport or a render product shows."""
        viewport, product = _shown("get a camera", render_product_or_viewport)
        targets = [viewport.camera_path] if product is None and viewport else product.GetCameraRel().GetTargets()
        if not targets:
            raise BadArgument(f"{render_product_or_viewport!r} shows no camera", where=current().where())
        return UsdGeom.Camera(get_current_stage().GetPrimAtPath(targets[0]))

    @staticmethod
    def get_viewport_api(render_product_or_viewport: Shown = None) -> Viewport | None:
        """Return the viewport; None for what is a render product, and for titles of windows that are not there."""
        asked = render_product_or_viewport
        if asked is None or isinstance(asked, Viewport):
            return asked or get_active_viewport()
        windows = ViewportManager.get_viewport_windows()
        return next((w.viewport_api for w in windows if isinstance(asked, str) and w.title == asked), None)

    @staticmethod
    def get_render_product(render_product_or_viewport: Shown = None) -> UsdRender.Product | None:
        """Return a render product's prim; None for the viewport, which nothing draws."""
        asked = render_product_or_viewport
        if isinstance(asked, UsdRender.Product):
            return asked
        if isinstance(asked, (str, Sdf.Path)):
            asked = get_current_stage().GetPrimAtPath(asked) if Sdf.Path.IsValidPathString(str(asked)) else None
        is_one = isinstance(asked, Usd.Prim) and asked and asked.IsA(UsdRender.Product)
        return UsdRender.Product(asked) if is_one else None

    @staticmethod
    def get_resolution(render_product_or_viewport: Shown = None) -> tuple[int, int]:
        """Return width and height in pixels."""
        viewport, product = _shown("get a resolution", render_product_or_viewport)
        width, height = viewport.resolution if product is None and viewport else product.GetResolutionAttr().Get()
        return int(width), int(height)

    @staticmethod
    def set_resolution(resolution: Sequence[int], *, render_product_or_viewport: Shown = None) -> None:
        """Set width and height in pixels, from the next frame on."""
        width, height = (int(v) for v in resolution)
        viewport, product = _shown("set a resolution", render_product_or_viewport)
        if viewport is not None:
            viewport.resolution = (width, height)
        if product is not None:
            with Usd.EditContext(get_current_stage(), get_current_stage().GetSessionLayer()):
                product.GetResolutionAttr().Set(Gf.Vec2i(width, height))

    @staticmethod
    def create_viewport_window(
        *, camera: PrimLike = VIEWPORT, title: str | None = None, resolution: tuple[int, int] = (1280, 720)
    ) -> ViewportWindow:
        """Return a window onto the stage that nobody sees."""
        windows = current_host().part(_Windows).kept
        path = prim_of(camera).GetPath()
        windows.append(ViewportWindow(Viewport(path, resolution), title or f"Viewport {len(windows) + 1}"))
        return windows[-1]

    @staticmethod
    def get_viewport_windows(
        *, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> list[ViewportWindow]:
        """Return the windows whose title matches a pattern of ``include`` (any) and none of ``exclude``."""
        windows = [ViewportWindow(get_active_viewport()), *current_host().part(_Windows).kept]
        return [
            window
            for window in windows
            if any(re.fullmatch(pattern, window.title) for pattern in (include or [".*"]))
            and not any(re.fullmatch(pattern, window.title) for pattern in (exclude or []))
        ]

    @staticmethod
    def destroy_viewport_windows(
        *, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> list[str]:
        """Close windows that ``get_viewport_windows`` finds, save the first one, and return their titles."""
        titles = [w.title for w in ViewportManager.get_viewport_windows(include=include, exclude=exclude)]
        windows = current_host().part(_Windows)
        windows.kept = [w for w in windows.kept if w.title not in titles]
        return titles

    @staticmethod
    def set_camera_view(
        camera: PrimLike,
        *,
        eye: VectorLike | None = None,
        target: VectorLike | None = None,
        relative_tracking: bool = False,
    ) -> None:
        """Put a camera at ``eye``, and aim it at ``target``, both in the world, stage units.

        What is not given stays; a camera with a centre of interest is aimed at that where no ``target`` is given, and
        keeps its distance from it where ``relative_tracking`` says so.
        """
        prim = _camera(camera)
        interest = prim.GetAttribute(_INTEREST)
        place = get_world_pose(prim)[0]
        centre = np.array(interest.Get() if interest and interest.Get() is not None else place, float)
        if not interest and eye is None and target is None:
            log_warn("neither eye nor target is given: the camera stays as it is")
            return
        if interest and eye is None and target is not None and relative_tracking:
            eye = place - centre + numbers(target)
        aim = numbers(target) if target is not None else centre if interest else None
        if eye is not None:
            place = numbers(eye)
            set_world_pose(prim, place)
        if aim is not None:
            up = np.array(current().recorder.author.up_vector)
            if portable.norm(np.cross(place - aim, up)) < _BESIDE:
                aim = aim + (_BESIDE, 0, 0)
            set_world_pose(prim, None, rot_matrix_to_quat(aim_rotation(place, aim, up)))
        if interest and target is not None:
            interest.Set(Gf.Vec3d(*numbers(target).tolist()))


class _Windows:
    """The windows that a script has opened."""

    def __init__(self) -> None:
        self.kept: list[ViewportWindow] = []


def _camera(camera: PrimLike) -> Usd.Prim:
    prim = prim_of(camera)
    if not prim.IsA(UsdGeom.Camera):
        raise BadArgument(f"{camera!r} is no camera", where=current().where())
    return prim


def _shown(purpose: str, asked: Shown) -> tuple[Viewport | None, Any]:
    """Return the viewport or the render product that is asked for."""
    viewport, product = ViewportManager.get_viewport_api(asked), ViewportManager.get_render_product(asked)
    if viewport is None and product is None:
        raise BadArgument(f"{asked!r} is no viewport or render product to {purpose} of", where=current().where())
    return viewport, product
