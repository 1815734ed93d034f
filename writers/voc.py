"""VocWriter: Pascal VOC, JPEGImages and Annotations with truncated, difficult and occluded flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

from rendersdg.colour import label_colour
from rendersdg.documents import number, xml_root
from rendersdg.errors import DatasetError
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragment, Fragments, Writer
from writers.encoders import image_bytes
from writers.options import LABELS, Option, image_format, number_width, smallest_object
from writers.records import is_written, label_of

_TRUNCATED, _OCCLUDED, _DIFFICULT = 0.15, 0.05, 0.8  # fractions from which a flag is set


class VocWriter(Writer):
    """Pascal VOC: JPEGImages/, Annotations/*.xml, ImageSets/Main/default.txt, labelmap.txt; boxes 1-based and inclusive
    as VOC has them.
    """

    options: ClassVar[Mapping[str, Option]] = {
        **LABELS,
        **image_format("jpg"),
        **smallest_object(),
        **number_width(6),
    }

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._extension = str(params.get("image_output_format") or "jpg")
        self._padding = int(params.get("frame_padding", 6))
        self.annotators = {"rgb": {}, "objects": self.label_choice}

    def _name(self, frame: Frame, product: str) -> str:
        name = str(frame.number).zfill(self._padding)
        return f"{product}_{name}" if frame.several else name

    def encode(self, frame: Frame) -> Files:
        files: Files = {}
        for product, data in frame.data.items():
            name = self._name(frame, product)
            height, width = data["objects"]["data"].shape
            root = ET.Element("annotation")
            ET.SubElement(root, "folder").text = "JPEGImages"
            ET.SubElement(root, "filename").text = f"{name}.{self._extension}"
            size = ET.SubElement(root, "size")
            for key, value in (("width", width), ("height", height), ("depth", 3)):
                ET.SubElement(size, key).text = str(value)
            ET.SubElement(root, "segmented").text = "0"
            for o in data["objects"]["info"]["objects"]:
                if not is_written(o, self.minimum_area):
                    continue
                item = ET.SubElement(root, "object")
                ET.SubElement(item, "name").text = label_of(o["labels"])
                ET.SubElement(item, "pose").text = "Unspecified"
                ET.SubElement(item, "truncated").text = str(int(o["truncation"] > _TRUNCATED))
                ET.SubElement(item, "difficult").text = str(
                    int(o["occlusion"] > _DIFFICULT or o.get("visible") is False)
                )
                ET.SubElement(item, "occluded").text = str(int(o["occlusion"] > _OCCLUDED))
                box = ET.SubElement(item, "bndbox")
                for key, value in zip(("xmin", "ymin", "xmax", "ymax"), o["tight"]):
                    ET.SubElement(box, key).text = str(value + 1)
            ET.indent(root)
            files[f"JPEGImages/{name}.{self._extension}"] = image_bytes(data["rgb"][..., :3], self._extension)
            files[f"Annotations/{name}.xml"] = ET.tostring(root, encoding="utf-8") + b"\n"
        return files

    def fragment(self, frame: Frame) -> Fragment:
        labels = {label_of(o["labels"]) for data in frame.data.values() for o in data["objects"]["info"]["objects"]}
        return {"names": [self._name(frame, product) for product in frame.data], "labels": sorted(labels)}

    def finish(self, fragments: Fragments, seed: int) -> Files:
        names = [name for number in sorted(fragments) for name in fragments[number]["names"]]
        labels = sorted({label for fragment in fragments.values() for label in fragment["labels"]})
        rows = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
        rows += [f"{label}:{','.join(map(str, label_colour(k + 2)[:3]))}::" for k, label in enumerate(labels)]
        return {
            "ImageSets/Main/default.txt": "".join(f"{n}\n" for n in names).encode(),
            "labelmap.txt": "".join(f"{row}\n" for row in rows).encode(),
        }


def read_voc(data: bytes) -> list[Json]:
    """Return the objects of an annotation.

    Each has ``name``, ``box`` (x_min, y_min, x_max, y_max in pixels from 0, inclusive), and ``truncated``,
    ``difficult`` and ``occluded``, 0 or 1. Raises DatasetError when the bytes are not a Pascal VOC annotation.
    """
    return read_voc_note(data)[0]


def read_voc_note(data: bytes) -> tuple[list[Json], tuple[int, int]]:
    """Return the objects of an annotation as :func:`read_voc` does, and the width and height that it gives; 0 for none.

    Raises DatasetError when the bytes are not a Pascal VOC annotation.
    """
    try:
        root = xml_root(data, "the file")
        objects = [
            {
                "name": _name_in(o),
                "box": tuple(_whole(o, f"bndbox/{k}") - 1 for k in ("xmin", "ymin", "xmax", "ymax")),
                **{k: _whole(o, k, 0) for k in ("truncated", "difficult", "occluded")},
            }
            for o in root.iter("object")
        ]
        return objects, (_whole(root, "size/width", 0), _whole(root, "size/height", 0))
    except DatasetError as error:
        raise DatasetError(f"not a Pascal VOC annotation: {error}") from None


def _name_in(item: ET.Element) -> str:
    name = item.findtext("name")
    if not name:
        raise DatasetError("an object has no name")
    return name


def _whole(item: ET.Element, path: str, default: int | None = None) -> int:
    """Return the number at a path below an element, cut off to a whole one."""
    text = item.findtext(path)
    return default if default is not None and not text else int(number(text, path))
