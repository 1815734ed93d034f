"""BopWriter: the layout of the BOP challenge (Hodan et al. 2018), on which estimation of 6D poses is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from rendersdg import portable, rle
from rendersdg.arrays import F8, Mask
from rendersdg.errors import BadArgument, NotSupported, did_you_mean
from rendersdg.frame import Frame
from rendersdg.geometry import OPENCV_FROM_CAMERA
from rendersdg.paths import plain_name
from rendersdg.plain import Json
from rendersdg.snapshot import Camera, Snapshot
from writers import Files, Fragment, Fragments, Shapes, Writer
from writers.coco import amodal_of
from writers.encoders import depth_levels, depth_png, image_bytes, json_bytes
from writers.models import Shape, is_same, measures, model_of, ply_bytes, shape_of
from writers.options import LABELS, Option, image_format, switch
from writers.records import ObjectRecord, label_of, mask_of

Outlined: TypeAlias = list[tuple[ObjectRecord, Mask]]


class BopWriter(Writer):
    """BOP's layout: train_pbr/000000 with rgb, depth, mask, mask_visib, scene_gt, scene_gt_info and scene_camera.json.

    Each render product is a scene. Poses lead from the middle of an object's box, without scale, to the camera (x
    right, y down, z forward), in millimetres. ``mask`` is an object's whole outline, ``mask_visib`` what is seen of it.
    Objects are numbered from 1 by the order of their labels, or by ``objects``; ``objects.json`` names them. ``models``
    has the mesh of each, in the frame of its poses, and ``models_info.json`` their boxes and diameters.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "split": Option("string", "The folder of the scenes, BOP's split and type of pictures.", "train_pbr"),
        "objects": Option("mapping", "Labels to BOP's numbers of objects; a label that is not in it is an error."),
        "depth_scale": Option("number", "Millimetres of a level of the 16-bit depth.", 1.0, unit="mm"),
        "models": switch("Whether the meshes of the objects are written; from scripts they are not.", True),
        **image_format("png"),
        **LABELS,
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._split = plain_name(str(params.get("split") or "train_pbr"), "BopWriter: split", BadArgument)
        self._extension = str(params.get("image_output_format") or "png")
        self._scale = float(params.get("depth_scale", 1.0))
        if not self._scale > 0:
            raise BadArgument(f"BopWriter: depth_scale={self._scale} is not above 0")
        given = params.get("objects")
        self._numbers = None if given is None else {str(name): int(number) for name, number in dict(given).items()}
        if self._numbers is not None and len(set(self._numbers.values())) < len(self._numbers):
            raise BadArgument("BopWriter: two labels of objects have one number")
        self.annotators = {"rgb": {}, "distance_to_image_plane": {}}
        self.annotators |= {"objects": self.label_choice, "amodal_segmentation": self.label_choice}
        self._with_models = bool(params.get("models", True))
        self._last: tuple[Frame, dict[str, Outlined]] | None = None  # encode's, for the fragment of the same frame

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        outlined = {product: _outlined(data) for product, data in frame.data.items()}
        self._last = (frame, outlined)
        for scene, (product, data) in enumerate(frame.data.items()):
            top, stem = f"{self._split}/{scene:06d}", f"{frame.number:06d}"
            _refuse_lens(product, frame.products[product].camera)
            files[f"{top}/rgb/{stem}.{self._extension}"] = image_bytes(data["rgb"][..., :3], self._extension)
            files[f"{top}/depth/{stem}.png"] = depth_png(data["distance_to_image_plane"], self._scale / 1000)
            for number, (o, whole) in enumerate(outlined[product]):
                seen = mask_of(o, data["objects"]["data"])
                files[f"{top}/mask/{stem}_{number:06d}.png"] = _mask_png(whole)
                files[f"{top}/mask_visib/{stem}_{number:06d}.png"] = _mask_png(seen)
        return files

    def fragment(self, frame: Frame) -> Fragment:
        scenes: list[Json] = []
        last, self._last = self._last, None  # whole masks are not kept any longer
        numbers = {entity.prim_path: k for k, entity in enumerate(frame.snapshot.entities)}
        digests: dict[int, str] = {}
        for product, data in frame.data.items():
            outlined = last[1][product] if last is not None and last[0] is frame else _outlined(data)
            measured = depth_levels(data["distance_to_image_plane"], self._scale / 1000) > 0
            rows = [self._row(o, whole, measured) for o, whole in outlined]
            for row in rows if self._with_models else ():
                row["shape"] = shape_of(frame.snapshot, numbers[row["prim"]], digests)
            camera = frame.products[product].camera
            scenes.append({"image": frame.number, "camera": self._camera(camera), "objects": rows})
        return scenes

    def _camera(self, camera: Camera) -> Json:
        """Return an entry of scene_camera.json: BOP's pixels have their centres at whole numbers."""
        (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
        turned = portable.product(OPENCV_FROM_CAMERA[:3, :3], camera.camera_from_world[:3])
        return {
            "cam_K": [fx, 0.0, cx - 0.5, 0.0, fy, cy - 0.5, 0.0, 0.0, 1.0],
            "depth_scale": self._scale,
            "cam_R_w2c": turned[:, :3].ravel().tolist(),
            "cam_t_w2c": (turned[:, 3] * 1000).tolist(),
        }

    def _row(self, o: ObjectRecord, whole: Mask, measured: Mask) -> Json:
        """Return what scene_gt.json and scene_gt_info.json say of an object; counts are of pixels in the picture.

        ``measured`` (H, W) is where the depth's file has one.
        """
        label = label_of(o["labels"])
        if self._numbers is not None and label not in self._numbers:
            raise BadArgument(
                f"BopWriter: an object is {label!r}, which is not among objects{did_you_mean(label, self._numbers)}; "
                "add it, or leave it out by semantic_filter_predicate"
            )
        pose: F8 = np.asarray(o["camera_from_object"], np.float64)
        return {
            "label": label,
            "prim": o["prim_path"],
            "gt": {"cam_R_m2c": pose[:3, :3].ravel().tolist(), "cam_t_m2c": (pose[:3, 3] * 1000).tolist()},
            "info": {
                "bbox_obj": _xywh(o["loose"]),
                "bbox_visib": [-1, -1, -1, -1] if o["tight"] is None else _xywh(o["tight"]),
                "px_count_all": int(whole.sum()),
                "px_count_valid": int((whole & measured).sum()),
                "px_count_visib": o["visible_pixels"],
                "visib_fract": round(o["visible_pixels"] / int(whole.sum()), 6),
            },
        }

    def finish(self, fragments: Fragments, seed: int) -> Files:
        scenes = [(k, scene) for frame in sorted(fragments) for k, scene in enumerate(fragments[frame])]
        numbers = self._numbers_of(fragments)
        trees: dict[str, dict[str, Any]] = defaultdict(dict)
        for k, scene in scenes:
            top, image = f"{self._split}/{k:06d}", str(scene["image"])
            trees[f"{top}/scene_camera.json"][image] = scene["camera"]
            trees[f"{top}/scene_gt.json"][image] = [
                {**row["gt"], "obj_id": numbers[row["label"]]} for row in scene["objects"]
            ]
            trees[f"{top}/scene_gt_info.json"][image] = [row["info"] for row in scene["objects"]]
        files = {path: json_bytes(tree) for path, tree in trees.items()}
        named = {str(number): label for label, number in sorted(numbers.items(), key=lambda item: item[1])}
        return {**files, "objects.json": json_bytes(named, indent=1)}

    def _numbers_of(self, fragments: Fragments) -> dict[str, int]:
        labels = {row["label"] for scenes in fragments.values() for scene in scenes for row in scene["objects"]}
        return self._numbers or {label: k for k, label in enumerate(sorted(labels), 1)}

    def shapes(self, fragments: Fragments, snapshot_of: Callable[[int], Snapshot]) -> Shapes:
        if not self._with_models or not fragments:
            return Shapes({}, {})
        models: Files = {}
        told: dict[str, str] = {}
        about: dict[str, Json] = {}
        numbers = self._numbers_of(fragments)
        snapshots: dict[int, Snapshot] = {}
        for label, (seen, other) in sorted(_first_of(fragments).items(), key=lambda item: numbers[item[0]]):
            if other is not None:
                told[f"model of {label!r}"] = _several(seen, other)
                continue
            snapshot = snapshots.get(seen.frame) or snapshots.setdefault(seen.frame, snapshot_of(seen.frame))
            number = [entity.prim_path for entity in snapshot.entities].index(seen.prim)
            model = model_of(snapshot, number)
            models[f"models/obj_{numbers[label]:06d}.ply"] = ply_bytes(model)
            about[str(numbers[label])] = measures(model)
        models["models/models_info.json"] = json_bytes(about, indent=1)
        if told:
            models["models/left_out.json"] = json_bytes(told, indent=1)
        return Shapes(models, told)


class _Seen(NamedTuple):
    """Where an object was seen: a frame, the path of its prim, and its shape."""

    frame: int
    prim: str
    shape: Shape


def _first_of(fragments: Fragments) -> dict[str, tuple[_Seen, _Seen | None]]:
    """Return where each label was first seen, and where with another shape, None where it has one shape alone."""
    found: dict[str, tuple[_Seen, _Seen | None]] = {}
    for frame in sorted(fragments):
        for row in (row for scene in fragments[frame] for row in scene["objects"]):
            seen = _Seen(frame, row["prim"], row["shape"])
            first, other = found.setdefault(row["label"], (seen, None))
            if other is None and not is_same(first.shape, seen.shape):
                found[row["label"]] = (first, seen)
    return found


def _several(one: _Seen, other: _Seen) -> str:
    return (
        f"there is none: its objects have several shapes, such as {one.prim} in frame {one.frame} and {other.prim} in "
        f"frame {other.frame}; give each shape (size, too) a label of its own"
    )


def _outlined(data: Mapping[str, Any]) -> Outlined:
    """Return the objects that have an outline in the picture, with it (H, W); defects have none."""
    whole = amodal_of(data) or {}
    size = data["objects"]["data"].shape
    return [
        (o, rle.mask_from_runs(rle.decompress(whole[o["id"]]["counts"]), size))
        for o in data["objects"]["info"]["objects"]
        if o["id"] in whole
    ]


def _refuse_lens(product: str, camera: Camera) -> None:
    if camera.model != "pinhole":
        raise NotSupported(
            f"BopWriter: the camera of {product} is {camera.model}; BOP's cameras are pinholes without distortion"
        )


def _mask_png(mask: Mask) -> bytes:
    return image_bytes(np.where(mask, 255, 0).astype(np.uint8))


def _xywh(box: list[int]) -> list[int]:
    return [box[0], box[1], box[2] - box[0] + 1, box[3] - box[1] + 1]
