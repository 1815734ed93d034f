"""A labelled frame in memory: its picture, what is in it, and anything else that an annotator says."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np

from rendersdg import portable, rle
from rendersdg.annotators import ANNOTATORS, NEEDS_MOTION, PARAMETERS
from rendersdg.arrays import F4, F8, U1, U4, Mask
from rendersdg.colour import label_colour
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.geometry import OPENCV_FROM_CAMERA, Matrix
from rendersdg.graph.parameters import find, parameters, place_in_plan, values_of_object
from rendersdg.orchestrator.labelling import Labelling
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.snapshot import Camera, RenderProduct, Snapshot
from writers.encoders import image_bytes
from writers.records import ObjectRecord, label_of, mask_of, points_in_order
from writers.visualization import draw_keypoints, put_label, tint

if TYPE_CHECKING:
    from PIL.Image import Image

Move = tuple[str, Any, int | None]  # of a frame: the parameter's name, its value, and which prim's, None for all
Array = TypeVar("Array", bound=np.ndarray[Any, Any])


@dataclass(frozen=True, eq=False)
class LabelledObject:
    """One labelled object or defect with pixels in the picture.

    Attributes:
        label: its class; several are joined by commas.
        labels: {semantic type: label}, as the scene says them.
        box: (4,) float64 x_min, y_min, x_max, y_max in pixels, right and bottom exclusive, around what is visible.
        visible_pixels: how many pixels show it.
        unoccluded_pixels: how many would if it stood alone.
        occlusion: the share 0..1 of it that others hide.
        truncation: the share 0..1 of its projected 3D box that lies outside of the picture.
        camera_from_object: (4, 4) float64, metres, from the centre of its box, without scale, to the camera (x right,
            y down, z forward).
        size: (3,) float64, metres, of its box.
        prim_path: its place on the stage.
        mask: (H, W) bool, the pixels that show it.
        keypoints: {name: (x, y, visibility)} of its named points, as in :attr:`LabelledFrame.keypoints`.
        skeleton: the pairs of their names with a line between them.
    """

    label: str
    labels: Mapping[str, str]
    box: F8
    visible_pixels: int
    unoccluded_pixels: int
    occlusion: float
    truncation: float
    camera_from_object: Matrix
    size: F8
    prim_path: str
    _record: ObjectRecord
    _instances: U4

    @cached_property
    def mask(self) -> Mask:
        """(H, W) bool, the pixels that show it."""
        return mask_of(self._record, self._instances)

    @property
    def keypoints(self) -> dict[str, tuple[float, float, int]]:
        """{name: (x, y, visibility)} of its named points; {} for none."""
        points = self._record.get("keypoints")
        rows = zip(points["names"], points["xyv"]) if points else ()
        return {name: (x, y, int(v)) for name, (x, y, v) in rows}

    @property
    def skeleton(self) -> list[tuple[str, str]]:
        """The pairs of names of its points with a line between them."""
        points = self._record.get("keypoints")
        return [(one, other) for one, other in points["skeleton"]] if points else []

    def __repr__(self) -> str:
        x0, y0, x1, y1 = self.box.astype(int).tolist()
        return f"<{self.label} at ({x0}, {y0}, {x1}, {y1}), {self.visible_pixels} px>"


@dataclass(frozen=True, eq=False)
class FrameCamera:
    """The camera that a picture was taken with, in OpenCV's conventions: x right, y down, z forward, metres, pixels
    with their origin at the top left corner of the picture.

    Attributes:
        name: of its render product.
        prim_path: its place on the stage.
        width, height: of the picture, pixels.
        model: ``pinhole``, ``opencvPinhole``, ``fisheyePolynomial``, ..., as ``docs/cameras.md`` has them.
        intrinsics: (3, 3) float64, K; of a fisheye, the focal lengths at its centre.
        distortion: the coefficients of its lens, () for none.
        camera_from_world: (4, 4) float64.
    """

    name: str
    prim_path: str
    width: int
    height: int
    model: str
    intrinsics: F8
    distortion: tuple[float, ...]
    camera_from_world: Matrix

    @property
    def world_from_camera(self) -> Matrix:
        """(4, 4) float64: the camera's pose."""
        return portable.inverse(self.camera_from_world)


@dataclass(frozen=True, eq=False)
class Moment:
    """A capture of a scene, what of it is labelled, and the classes that it can show. ``again`` makes a frame of the
    same choice by its number, camera and ``moves``, in another process as well.
    """

    session: Session
    capture: Capture
    labelling: Labelling
    classes: Sequence[str]
    scene: str
    again: Callable[..., LabelledFrame]
    keypoints: Sequence[str] = ()
    moves: tuple[Move, ...] = ()


class LabelledFrame:
    """One frame of a scene as one camera sees it. Everything is made when it is first asked for, and kept.

    Frames come from :meth:`rendersdg.Scene.frame`. Arrays are not to be written to: copy them first. A pickled frame
    is its scene and its number: it is made again where it is loaded.

    Example::

        frame = rendersdg.load("fruit_crate.yaml").frame(3)
        frame.rgb.shape, frame.labels[0], frame.boxes[0]
        frame.draw().save("frame.png")
    """

    def __init__(self, moment: Moment, camera: str) -> None:
        self._moment = moment
        self._name = camera

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(self._moment.again, moves=self._moment.moves), (self.number, self._name)

    @property
    def number(self) -> int:
        """The frame's number."""
        return self._capture.plan.frame

    @property
    def seed(self) -> int:
        """The seed of the scene's randomness."""
        return self._session.seed

    @property
    def cameras(self) -> tuple[str, ...]:
        """The names of all cameras (render products) of the frame."""
        return tuple(self._capture.views)

    def view(self, camera: str) -> LabelledFrame:
        """Return the same moment through another camera. Raises BadArgument for one that is not there."""
        check_camera(camera, self.cameras)
        return LabelledFrame(self._moment, camera)

    @cached_property
    def rgb(self) -> U1:
        """The picture, (H, W, 3) uint8, sRGB."""
        view = self._capture.views[self._name]
        view.render()
        return _fixed(view.buffers.rgb[..., :3])

    @cached_property
    def depth(self) -> F4:
        """(H, W) float32: metres along the camera's axis, +inf where nothing is hit."""
        return _fixed(self._capture.views[self._name].labels.depth)

    @cached_property
    def objects(self) -> tuple[LabelledObject, ...]:
        """What is labelled and has visible pixels, defects included: what the scene's writer of objects labels."""
        ids, keeps = self.instances, self._moment.labelling.keeps
        return tuple(_object_of(o, ids) for o in self._told["info"]["objects"] if keeps(o))

    @property
    def labels(self) -> list[str]:
        """The class of each object, (N,)."""
        return [o.label for o in self.objects]

    @cached_property
    def boxes(self) -> F8:
        """(N, 4) float64: the objects' boxes, x_min, y_min, x_max, y_max in pixels, right and bottom exclusive."""
        return np.array([o.box for o in self.objects], np.float64).reshape(-1, 4)

    @cached_property
    def masks(self) -> Mask:
        """(N, H, W) bool: the pixels of each object."""
        height, width = self.instances.shape
        masks = np.zeros((len(self.objects), height, width), bool)
        for k, o in enumerate(self.objects):
            masks[k] = o.mask
        return masks

    @property
    def keypoint_names(self) -> tuple[str, ...]:
        """The names of the scene's keypoints: the columns of :attr:`keypoints`."""
        return tuple(self._moment.keypoints)

    @cached_property
    def keypoints(self) -> F8:
        """(N, K, 3) float64: x, y and visibility of each object's named points, in the order of
        :attr:`keypoint_names`.

        x and y are in pixels from the picture's top left corner. Visibility is COCO's: 2 seen, 1 hidden, 0 outside of
        the picture or not there, where x and y are 0 as well.
        """
        names = self.keypoint_names
        rows = [points_in_order(o._record.get("keypoints"), names) for o in self.objects]
        return np.array(rows, np.float64).reshape(len(self.objects), len(names), 3)

    @cached_property
    def amodal_masks(self) -> Mask:
        """(N, H, W) bool: where each object would be seen if nothing stood before it, within the picture.

        A defect is a mark on an object and has no such outline: its visible pixels stand for it.
        """
        choice = self._moment.labelling.choice
        answer = self._capture.annotate(self._name, "amodal_segmentation", choice, list(self._capture.views))
        whole = answer["info"]["idToMask"]
        masks = self.masks.copy()
        for k, o in enumerate(self.objects):
            if (runs := whole.get(o._record["id"])) is not None:
                height, width = runs["size"]
                masks[k] = rle.mask_from_runs(rle.decompress(runs["counts"]), (height, width))
        return masks

    @property
    def instances(self) -> U4:
        """(H, W) uint32: 0 background, 1 what has no label, from 2 on labelled objects."""
        ids: U4 = self._told["data"]
        return ids

    @cached_property
    def camera(self) -> FrameCamera:
        """The camera that the picture was taken with."""
        camera: Camera = self._product.camera
        (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
        width, height = camera.resolution_wh
        rows = portable.product(OPENCV_FROM_CAMERA, camera.camera_from_world)
        k = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
        lens = tuple(camera.distortion or camera.polynomial)
        return FrameCamera(self._name, camera.prim_path, width, height, camera.model, k, lens, rows)

    @property
    def values(self) -> dict[str, list[Any]]:
        """The random values that were drawn for the frame: a list, one value a prim, by ``group/operation/input``."""
        values: Any = self._capture.plan.as_json()["values"]
        return dict(values)

    def values_of(self, o: LabelledObject) -> dict[str, Any]:
        """Return the random values that concern one object, by parameter name: its own where each prim draws one, and
        those that the whole frame has. See :attr:`rendersdg.Scene.parameters`.

        Values of surfaces that the picture does not show, and of other cameras, are left out.

        Raises:
            BadArgument: the object is none of this frame's.
        """
        self._check_object(o)
        known = parameters(self._session.recorder.graph)
        return values_of_object(self._capture.plan, known, o.prim_path, self._shows)

    def _check_object(self, o: LabelledObject) -> None:
        if not isinstance(o, LabelledObject) or all(each.prim_path != o.prim_path for each in self.objects):
            raise BadArgument(f"{o!r} is none of the objects of {self!r}; take one of frame.objects")

    def _shows(self, path: str) -> bool:
        """Return whether the picture shows anything of a prim; of a surface or a camera elsewhere it does not."""
        snapshot, product = self._capture.snapshot, self._product
        below = f"{path}/"
        surfaces = self._surfaces
        paths = [each.prim_path for each in snapshot.instances]
        mine = [k for k, own in enumerate(paths) if own == path or own.startswith(below)]
        if mine:
            return any(k in surfaces for k in mine)
        cameras = [p.camera.prim_path for p in snapshot.products]
        if any(c == path or c.startswith(below) for c in cameras):
            return product.camera.prim_path == path or product.camera.prim_path.startswith(below)
        return True

    @cached_property
    def _surfaces(self) -> frozenset[int]:
        """The instances of the snapshot that have a pixel."""
        return frozenset(np.unique(self._capture.views[self._name].labels.instance).tolist())

    def moved(self, name: str, value: Any, *, of: LabelledObject | None = None) -> LabelledFrame:
        """Return the same frame with one random value moved; all others stay as they were drawn.

        Args:
            name: of the parameter, as :attr:`rendersdg.Scene.parameters` lists them, or its label.
            value: what it gets instead. It may lie beyond the bounds of the scene's distribution.
            of: the object whose value is moved, where each prim draws one; None for all prims.

        Raises:
            BadArgument: there is no such parameter, the value is no number or none of its entries, the frame does not
                draw it, or it is none of the object's.

        Example::

            frame = rendersdg.load("steel_strip.yaml").frame(3)
            brighter = frame.moved("scratches_look.level", 0.4)
        """
        if of is not None:
            self._check_object(of)
        parameter = find(parameters(self._session.recorder.graph), name)
        prim = None if of is None else place_in_plan(self._capture.plan, parameter, of.prim_path)
        moves = (*self._moment.moves, (parameter.name, value, prim))
        return self._moment.again(self.number, self._name, moves=moves)

    def counterfactual(self, change: Callable[[Snapshot], Snapshot]) -> LabelledFrame:
        """Return the frame as it would be if its snapshot were another one: more light, an object turned.

        It cannot be sent to another process, since a function made it.

        Args:
            change: returns the snapshot to render of the frame's own.
        """
        base = None if self._moment.again is _not_again else self._capture.snapshot  # the plan's own
        capture = self._session.capture(self._capture.plan, change=change, base=base)
        return LabelledFrame(replace(self._moment, capture=capture, again=_not_again), self._name)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """What the scene's own writers write of this frame: bytes by path, as ``rendersdg render`` leaves them."""
        return self._session.encode(self._capture).loose()

    def annotate(self, name: str, **params: Any) -> Any:
        """Return what an annotator gives, in Replicator's form: an array, or ``{"data": array, "info": {...}}``.

        Args:
            name: of the annotator; ``rendersdg list annotators`` lists them.
            params: of the annotator.

        Raises:
            BadArgument: there is no such annotator or parameter.

        Example::

            flow = frame.annotate("motion_vectors")[..., :2]
            seen = frame.annotate("semantic_segmentation", colorize=False)["info"]["idToLabels"]
        """
        if name not in ANNOTATORS:
            raise BadArgument(f"there is no annotator {name!r}{did_you_mean(name, ANNOTATORS)}")
        for key in params:
            if key not in PARAMETERS:
                raise BadArgument(f"annotators have no parameter {key!r}{did_you_mean(key, PARAMETERS)}")
        capture = self._capture
        if name in NEEDS_MOTION and not self._session.with_motion:
            capture = self._with_motion
        return capture.annotate(self._name, name, params, list(capture.views))

    def draw(self, *, boxes: bool = True, masks: bool = True, labels: bool = True, keypoints: bool = True) -> Image:
        """Return the picture with what is labelled drawn on it, a :class:`PIL.Image.Image`.

        Args:
            boxes: draw each object's box.
            masks: tint each object's pixels.
            labels: write each object's class.
            keypoints: draw its named points, full where they are seen and hollow where they are hidden, and the lines
                between them.
        """
        from PIL import Image

        return Image.fromarray(self._drawn(boxes=boxes, masks=masks, labels=labels, keypoints=keypoints))

    def _drawn(self, *, boxes: bool = True, masks: bool = True, labels: bool = True, keypoints: bool = True) -> U1:
        """Return the picture with its labels, (H, W, 3) uint8."""
        canvas = self.rgb.copy()
        seen = [(o, _colour_of(o.label, self._moment.classes)) for o in self.objects]
        if masks:
            for o, colour in seen:
                tint(canvas, o.mask, colour)
        for o, colour in seen:
            x0, y0, x1, y1 = (int(v) for v in o.box)
            if boxes:
                cv2.rectangle(canvas, (x0, y0), (x1 - 1, y1 - 1), colour, 1)
            if labels:
                put_label(canvas, o.label, [x0, y0], colour, wide=True)
            if keypoints and "keypoints" in o._record:
                draw_keypoints(canvas, o._record["keypoints"], colour)
        return canvas

    def _repr_png_(self) -> bytes:
        return image_bytes(self._drawn())

    def _repr_html_(self) -> str:
        """Return the picture with its labels, and how many there are of each class, for notebooks."""
        picture = b64encode(self._repr_png_()).decode()
        counts = ", ".join(f"{count} {escape(label)}" for label, count in sorted(Counter(self.labels).items()))
        return (
            f'<figure style="margin:0"><img alt="frame {self.number}" src="data:image/png;base64,{picture}">'
            f"<figcaption>{escape(repr(self)[1:-1])}: {counts or 'nothing is labelled'}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        width, height = self._product.camera.resolution_wh
        return f"<frame {self.number} of {self._moment.scene}, seed {self.seed}, {self._name}, {width} x {height}>"

    @property
    def _session(self) -> Session:
        return self._moment.session

    @property
    def _capture(self) -> Capture:
        return self._moment.capture

    @property
    def _product(self) -> RenderProduct:
        return self._capture.views[self._name].product

    @cached_property
    def _with_motion(self) -> Capture:
        """The same moment once more, with what moved since the frame before."""
        return self._session.capture(self._capture.plan, with_motion=True)

    @cached_property
    def _told(self) -> Mapping[str, Any]:
        """What the annotator ``objects`` says, with the label choice of the scene's writer."""
        self.rgb  # noqa: B018 (the labels may come with the picture)
        answer: Mapping[str, Any] = self._capture.annotate(
            self._name, "objects", self._moment.labelling.choice, list(self._capture.views)
        )
        return answer


def _not_again(number: int, camera: str, *, moves: tuple[Move, ...] = ()) -> LabelledFrame:
    raise BadArgument(f"frame {number} was changed by a function: make it again by that, from the frame of the scene")


def _object_of(o: ObjectRecord, instances: U4) -> LabelledObject:
    assert o["tight"] is not None
    x0, y0, x1, y1 = o["tight"]
    return LabelledObject(
        label=label_of(o["labels"]),
        labels=o["labels"],
        box=np.array([x0, y0, x1 + 1, y1 + 1], np.float64),
        visible_pixels=o["visible_pixels"],
        unoccluded_pixels=o["unoccluded_pixels"],
        occlusion=o["occlusion"],
        truncation=o["truncation"],
        camera_from_object=o["camera_from_object"],
        size=np.asarray(o["size_xyz"]),
        prim_path=o["prim_path"],
        _record=o,
        _instances=instances,
    )


def _fixed(array: Array) -> Array:
    """Return a view of an array that cannot be written to: others look at the same."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_camera(name: str, known: Sequence[str]) -> None:
    """Raise BadArgument for a camera that a scene has not."""
    if name not in known:
        raise BadArgument(f"there is no camera (render product) {name!r}{did_you_mean(name, known)}")


def _colour_of(label: str, classes: Sequence[str]) -> tuple[int, int, int]:
    """Return the colour of a class: one for it in every frame of the scene."""
    place = classes.index(label) if label in classes else len(classes)
    red, green, blue = label_colour(place + 2)[:3]
    return red, green, blue
