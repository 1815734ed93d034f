"""CocoWriter: the public COCO definition (instances with RLE or polygons, and panoptic).

Replicator's own CocoWriter layout is undocumented; this one is ours and says so in ``info.description``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

from rendersdg import rle
from rendersdg.arrays import F8, U1, U4, Mask
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import BadArgument
from rendersdg.frame import Frame
from rendersdg.paths import plain_name
from rendersdg.plain import Json
from writers import Files, Fragment, Fragments, Writer
from writers.encoders import image_bytes, json_bytes
from writers.named_points import gathered, keypoints_of, with_points
from writers.options import AMODAL, LABELS, Option, image_format, number_width, smallest_object, switch
from writers.records import ObjectRecord, is_written, label_of, mask_of

_HELD = (  # what scripts ask Replicator's writer for, and COCO's JSON holds in any case: boxes and masks
    "bounding_box_2d_tight",
    "bounding_box_2d_loose",
    "semantic_segmentation",
    "instance_segmentation",
    "colorize_semantic_segmentation",
    "colorize_instance_segmentation",
)


class CocoWriter(Writer):
    """COCO instances (and panoptic): images/, annotations/instances.json, annotations/panoptic.json.

    ``rgb`` False leaves the images out. What else scripts ask of BasicWriter, boxes and segmentations, is in the JSON.
    """

    options: ClassVar[Mapping[str, Option]] = {
        **LABELS,
        "coco_categories": Option(
            "mapping",
            "The categories, {label: {id, name, supercategory, keypoints, skeleton}}; without it those that are seen, "
            "numbered. A skeleton has pairs of places in keypoints, from 1.",
        ),
        "subset": Option(
            "string", "Ends the files' names, as COCO's own do: train gives instances_train.json; without it none."
        ),
        "amodal": AMODAL,
        "segmentation": Option("string", "How masks are written.", "rle", values=("rle", "polygon")),
        "panoptic": switch("Whether panoptic.json and its pictures are written, too."),
        **image_format("png"),
        "licenses": Option("list", "COCO's list of licences, copied as it is."),
        **smallest_object(),
        **number_width(6),
        "rgb": switch("Whether the pictures are written.", True),
        **{name: switch("What COCO's JSON holds in any case; taken for scripts.") for name in _HELD},
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._with_images = bool(params.get("rgb", True))
        self._form = params.get("segmentation", "rle")
        if self._form not in ("rle", "polygon"):
            raise BadArgument(f"CocoWriter: segmentation={self._form!r} is not rle or polygon")
        subset = params.get("subset")
        self._end = f"_{plain_name(str(subset), 'CocoWriter: subset', BadArgument)}" if subset else ""
        self._panoptic = bool(params.get("panoptic", False))
        self._extension = str(params.get("image_output_format") or "png")
        self._licenses = list(params.get("licenses") or [])
        self._padding = int(params.get("frame_padding", 6))
        self._categories = self._read_categories(params.get("coco_categories"))
        self.known_labels = None if self._categories is None else tuple(self._categories)
        self.annotators = ({"rgb": {}} if self._with_images else {}) | {"objects": self.label_choice}
        if params.get("amodal"):
            self.annotators["amodal_segmentation"] = self.label_choice

    def _read_categories(self, table: Any) -> dict[str, Json] | None:
        if table is None:
            return None
        categories: dict[str, Json] = {}
        for label, c in dict(table).items():
            if not isinstance(c, Mapping) or "id" not in c:
                raise BadArgument(f"CocoWriter: coco_categories[{label!r}] must be a mapping with at least an id")
            categories[str(label)] = {
                "id": int(c["id"]),
                "name": str(c.get("name", label)),
                "supercategory": str(c.get("supercategory", "")),
            }
            categories[str(label)] |= {k: c[k] for k in ("isthing", "color") if k in c}
            categories[str(label)] |= _named_points(str(label), c)
        return categories

    def _file(self, frame: Frame, product: str) -> str:
        name = f"{str(frame.number).zfill(self._padding)}.{self._extension}"
        return f"{product}_{name}" if frame.several else name

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            name = self._file(frame, product)
            if self._with_images:
                files[f"images/{name}"] = image_bytes(data["rgb"][..., :3], self._extension)
            if self._panoptic:
                ids = np.where(data["objects"]["data"] >= 2, data["objects"]["data"], 0)
                rgb = np.stack([ids & 255, ids >> 8 & 255, ids >> 16 & 255], axis=-1).astype(np.uint8)
                files[f"annotations/panoptic{self._end}/{Path(name).stem}.png"] = image_bytes(rgb)
        return files

    def fragment(self, frame: Frame) -> Fragment:
        images = []
        for product, data in frame.data.items():
            ids: U4 = data["objects"]["data"]
            annotations = []
            for o in data["objects"]["info"]["objects"]:
                if not is_written(o, self.minimum_area, self.known_labels):
                    continue
                note = annotation_of(o, ids, self._form, amodal_of(data))
                annotations.append({"label": label_of(o["labels"]), "segment": o["id"], **note})
                if "keypoints" in o:
                    annotations[-1]["points"] = o["keypoints"]
                if len(o["ids"]) > 1:
                    x0, y0, x1, y1 = o["tight"]
                    annotations[-1]["own_area"] = int((ids[y0 : y1 + 1, x0 : x1 + 1] == o["id"]).sum())
            height, width = ids.shape
            images.append(
                {
                    "file_name": self._file(frame, product),
                    "width": width,
                    "height": height,
                    "frame": frame.frame,
                    "annotations": annotations,
                }
            )
        return images

    def finish(self, fragments: Fragments, seed: int) -> Files:
        pictures = [picture for number in sorted(fragments) for picture in fragments[number]]
        categories = _with_keypoints(_by_name(pictures) if self._categories is None else self._categories, pictures)
        images: list[Json] = []
        annotations: list[Json] = []
        panoptic: list[Json] = []
        for image_id, picture in enumerate(pictures, 1):
            image = {"id": image_id, **{k: picture[k] for k in ("file_name", "width", "height")}}
            if self._licenses:
                image["license"] = self._licenses[0].get("id", 1)
            images.append(image)
            segments = []
            for a in picture["annotations"]:
                category = categories[a["label"]]["id"]
                head = {"id": len(annotations) + 1, "image_id": image_id, "category_id": category, "iscrowd": 0}
                annotations.append({**head, **{k: v for k, v in a.items() if k not in _OF_SEGMENTS}})
                if "keypoints" in categories[a["label"]]:
                    annotations[-1] |= keypoints_of(a.get("points"), categories[a["label"]]["keypoints"])
                area = a.get("own_area", a["area"])
                segment = {"id": a["segment"], "category_id": category, "area": area, "bbox": a["bbox"]}
                if area:  # a pixel belongs to one segment alone, the nearest labelled prim's
                    segments.append({**segment, "iscrowd": 0})
            mask = f"{Path(picture['file_name']).stem}.png"
            panoptic.append({"image_id": image_id, "file_name": mask, "segments_info": segments})
        shared = {"info": {**_INFO, "seed": seed}, "licenses": self._licenses, "images": images}
        listed = sorted(categories.values(), key=lambda c: c["id"])
        instances = {**shared, "annotations": annotations, "categories": listed}
        files = {f"annotations/instances{self._end}.json": json_bytes(instances)}
        if self._panoptic:
            with_things = [{"isthing": 1, **c} for c in listed]
            segmented = {**shared, "annotations": panoptic, "categories": with_things}
            files[f"annotations/panoptic{self._end}.json"] = json_bytes(segmented)
        return files


def annotation_of(o: ObjectRecord, ids: U4, form: str = "rle", amodal: Mapping[int, Json] | None = None) -> Json:
    """Return what COCO says of an object that is seen: ``bbox`` (x, y, width, height), ``area`` and ``segmentation`` of
    its visible pixels, and the extra fields.

    Args:
        o: the object.
        ids: the instance image (H, W).
        form: of the segmentation, rle or polygon.
        amodal: the whole outlines of objects by id, which are ``amodal_segmentation``; None leaves that out.
    """
    assert o["tight"] is not None
    x0, y0, x1, y1 = o["tight"]
    loose = o["loose"]
    crop = mask_of(o, ids[y0 : y1 + 1, x0 : x1 + 1])
    return {
        "bbox": [x0, y0, x1 - x0 + 1, y1 - y0 + 1],
        "area": o["visible_pixels"],
        "segmentation": segmentation_of(crop, (y0, x0), (ids.shape[0], ids.shape[1]), form),
        "visible_fraction": round(1.0 - o["occlusion"], 6),
        "truncation": round(o["truncation"], 6),
        "amodal_bbox": [loose[0], loose[1], loose[2] - loose[0] + 1, loose[3] - loose[1] + 1],
        "prim_path": o["prim_path"],
        **({"visible": False} if o.get("visible") is False else {}),
        **({"amodal_segmentation": amodal[o["id"]]} if amodal is not None and o["id"] in amodal else {}),
    }


def _with_keypoints(categories: Mapping[str, Json], pictures: Sequence[Json]) -> dict[str, Json]:
    """Return categories with the names of their objects' points and the lines between them."""
    found = gathered({a["label"]: a["points"]} for p in pictures for a in p["annotations"] if "points" in a)
    return {label: with_points(category, found.get(label)) for label, category in categories.items()}


def amodal_of(data: Mapping[str, Any]) -> Mapping[int, Json] | None:
    """Return the whole outlines of objects by id, where a render product's data has them."""
    found = data.get("amodal_segmentation")
    return None if found is None else found["info"]["idToMask"]


def segmentation_of(
    crop: Mask, corner: tuple[int, int], size_hw: tuple[int, int], form: str = "rle"
) -> list[list[float]] | Json:
    """Return COCO's segmentation of a mask that is a part of an image; ``corner`` is its first pixel's row and column.

    ``form`` polygon gives runs, too, where there are holes, which COCO polygons cannot express.
    """
    if form == "polygon":
        outlines = polygons(crop, corner)
        if outlines is not None:
            return outlines
    return {"size": list(size_hw), "counts": rle.compress(rle.runs(crop, corner, size_hw))}


def _named_points(label: str, category: Mapping[str, Any]) -> Json:
    """Return the keypoints and the skeleton of a category that a scene gives, as COCO has them.

    Raises BadArgument where they are not names, or pairs of their places from 1.
    """
    names, skeleton = category.get("keypoints"), category.get("skeleton")
    where = f"CocoWriter: coco_categories[{label!r}]"
    if names is None:
        if skeleton is not None:
            raise BadArgument(f"{where} has a skeleton and no keypoints; list the names of the points")
        return {}
    if not isinstance(names, (list, tuple)) or not all(isinstance(n, str) for n in names) or not names:
        raise BadArgument(f"{where}: keypoints={names!r} must list the names of the points")
    if len(set(names)) < len(names):
        raise BadArgument(f"{where}: keypoints={names!r} names a point twice")
    if skeleton is None:
        return {"keypoints": list(names)}
    for line in skeleton if isinstance(skeleton, (list, tuple)) else [skeleton]:
        places = line if isinstance(line, (list, tuple)) and len(line) == 2 else []
        if not places or not all(isinstance(p, int) and 1 <= p <= len(names) for p in places):
            raise BadArgument(f"{where}: skeleton has {line!r}, which is not two places from 1 to {len(names)}")
    return {"keypoints": list(names), "skeleton": [list(line) for line in skeleton]}


_OF_SEGMENTS = ("label", "segment", "own_area", "points")  # what an annotation of instances.json leaves out
_INFO = {
    "description": (
        "rendersdg CocoWriter (public COCO format; extra fields: visible_fraction, truncation, amodal_bbox, prim_path)"
    ),
    "version": "1.0",
}


def _by_name(pictures: Sequence[Json]) -> dict[str, Json]:
    """Return categories numbered from 1, one for each label there is, in order of name."""
    labels = sorted({a["label"] for picture in pictures for a in picture["annotations"]})
    return {label: {"id": k + 1, "name": label, "supercategory": ""} for k, label in enumerate(labels)}


def polygons(mask: Mask, corner: tuple[int, int] = (0, 0)) -> list[list[float]] | None:
    """Return COCO polygons around pixel areas, or None where they would lie: COCO polygons cannot express a hole.

    Outlines run along pixel edges, so that filling them gives the mask back.

    Args:
        mask: (H, W) bool.
        corner: row and column of the mask's first pixel in the image.

    Returns:
        For each area x0, y0, x1, y1, ... in pixels of the image, origin at its top left corner.
    """
    big = np.kron(np.pad(mask, 1), np.ones((2, 2), bool)).astype(np.uint8)
    contours, hierarchy = cv2.findContours(big, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if hierarchy is None or (hierarchy[0][:, 3] >= 0).any():
        return None
    outlines = []
    for contour in contours:
        points = contour[:, 0, :].astype(float)
        # in the doubled image a pixel covers 2k .. 2k+1; its edges lie at 2k-0.5 and 2k+1.5
        centre = np.floor(points / 2)
        xy = np.where(points % 2 == 0, centre, centre + 1) - 1
        flat = (xy + np.array([corner[1], corner[0]])).ravel().tolist()
        if len(flat) >= 6:
            outlines.append(flat)
    return outlines or None


class CocoReader:
    """Reads ``annotations/instances.json`` of a COCO data set into per-image records."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        file = self.path if self.path.suffix == ".json" else self.path / "annotations" / "instances.json"
        self.data = json_mapping(read_bytes(file), file)

    def annotations(self, image_id: int) -> Sequence[Json]:
        """Return the annotations of an image."""
        return [a for a in self.data["annotations"] if a["image_id"] == image_id]

    def mask(self, annotation: Json) -> Mask:
        """Return the (H, W) mask of an annotation stored as RLE or polygons."""
        segmentation = annotation["segmentation"]
        if isinstance(segmentation, dict):
            height, width = segmentation["size"]
            counts = segmentation["counts"]
            return rle.mask_from_runs(rle.decompress(counts) if isinstance(counts, str) else counts, (height, width))
        image = next(i for i in self.data["images"] if i["id"] == annotation["image_id"])
        out = np.zeros((image["height"], image["width"]), np.uint8)
        for polygon in segmentation:  # pixel edges: shift by half a pixel, so that centres decide
            points = np.asarray(polygon, float).reshape(-1, 2)
            fill_polygon(out, points)
        return out.astype(bool)


def fill_polygon(out: U1, points: F8) -> None:
    """Set the pixels of ``out`` (H, W) uint8 whose centres lie inside a polygon to 1, by the even-odd rule.

    ``points`` (N, 2) are x, y in pixels, origin at the image's top left corner.
    """
    height, width = out.shape
    a, b = points, np.roll(points, -1, axis=0)
    for y in range(max(int(points[:, 1].min()), 0), min(int(np.ceil(points[:, 1].max())), height)):
        centre = y + 0.5
        crosses = (a[:, 1] <= centre) != (b[:, 1] <= centre)
        x = np.sort(
            a[crosses, 0] + (centre - a[crosses, 1]) / (b[crosses, 1] - a[crosses, 1]) * (b[crosses, 0] - a[crosses, 0])
        )
        for left, right in zip(x[::2], x[1::2]):
            out[y, max(int(np.ceil(left - 0.5)), 0) : min(int(np.ceil(right - 0.5)), width)] = 1
