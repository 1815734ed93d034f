"""ParquetWriter: tables of samples in the layout of Hugging Face's datasets, with a data card."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import yaml

from rendersdg.errors import BadArgument
from rendersdg.extras import load
from rendersdg.frame import Frame
from rendersdg.plain import Json
from writers import Files, Fragment, Fragments, Packed
from writers.named_points import gathered
from writers.options import Option
from writers.shards import ShardWriter

_ROWS = 20  # of a row group: what is read at once where one picture is asked for
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_OBJECT = {
    "id": "int64",
    "category": "string",
    "bbox": ["float64"],
    "area": "int64",
    "iscrowd": "int64",
    "segmentation": "string",
    "amodal_segmentation": "string",
    "visible_fraction": "float64",
    "truncation": "float64",
    "amodal_bbox": ["float64"],
    "prim_path": "string",
    "keypoints": ["float64"],
    "num_keypoints": "int64",
}


class ParquetWriter(ShardWriter):
    """Hugging Face's layout: data/train-000000.parquet with pictures and labels, and README.md, the data card.

    A row is a frame of one camera: ``image``, ``frame``, ``product``, ``width``, ``height``, and ``objects``, each with
    COCO's box (x, y, width, height), area and ``segmentation`` (COCO's, as JSON). ``depth`` and ``instances`` add
    16-bit pictures. With ``classes``, categories are numbers that the card names. ``keypoints``, a list of the names of
    points, adds COCO's ``keypoints`` and ``num_keypoints``, null for an object without any; the card has the names and
    the lines between them. ``frames_per_shard`` frames are one file (100), committed as one.
    """

    options: ClassVar[Mapping[str, Option]] = {
        **ShardWriter.options,
        "keypoints": Option("list", "The names of the points that are written, in order; without it none, and a note."),
        "split": Option("string", "The name of the split that all frames are of.", "train"),
        "license": Option("string", "The data card's licence, by its SPDX name in small letters."),
    }
    libraries = ("pyarrow",)

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._split = str(params.get("split") or "train")
        if not self._split.replace("_", "").isalnum():
            raise BadArgument(f"ParquetWriter: split={self._split!r} is not of letters, digits and _")
        self._license = params.get("license")
        self._arrow = load("pyarrow", "parquet", "ParquetWriter")
        self._parquet = load("pyarrow.parquet", "parquet", "ParquetWriter")

    def pack(self, shard: int, pieces: Mapping[int, Files], fragments: Fragments) -> Packed:
        rows = [row for files in pieces.values() for row in self._rows(files)]
        table = self._arrow.Table.from_pylist(rows, schema=self._schema())
        buffer = io.BytesIO()
        # without compression and dictionaries: pictures are compressed, and so no library of those decides bytes
        self._parquet.write_table(table, buffer, _ROWS, compression="none", use_dictionary=False)
        data = buffer.getvalue()
        fragment = {"rows": len(rows), "bytes": table.nbytes, "file": len(data)}
        fragment |= {"points": gathered(fragments.values())} if self.points else {}
        return Packed({f"data/{self._split}-{shard:06d}.parquet": data}, fragment)

    def left_out(self, frame: Frame) -> dict[str, str]:
        found = {} if self.points is not None else self.fragment(frame) or {}
        asked = {label: ", ".join(one["names"]) for label, one in found.items()}
        return {
            f"keypoints of {label!r}": f"they are left out; keypoints: [{names}] writes them, [] wants none"
            for label, names in asked.items()
        }

    def _rows(self, files: Files) -> Iterator[Json]:
        """Yield the samples of a frame as rows."""
        images = {"image": self._extension, "depth": "depth.png", "instances": "instances.png"}
        for path, data in sorted(files.items()):
            key, _, what = path.partition(".")
            if what != "json":
                continue
            labels = json.loads(data)
            labels.pop("categories", None)  # the card's
            for o in labels["objects"]:
                for name in {"segmentation", "amodal_segmentation"} & o.keys():
                    o[name] = json.dumps(o[name])
                if self.classes is not None:
                    o["category"] = self.classes.index(o["category"])
            kept = {name: files.get(f"{key}.{ending}") for name, ending in images.items()}
            pictures = {n: {"bytes": d, "path": f"{key}.{images[n]}"} for n, d in kept.items() if d is not None}
            yield {**pictures, **labels}

    def features(self) -> Json:
        """Return the columns and their types: ``image`` is a picture, a list is of what it holds."""
        pictures = {"image": self._has_rgb, "depth": self._has_depth, "instances": self._has_ids}
        category = "class_label" if self.classes is not None else "string"
        left_out = set() if "amodal_segmentation" in self.annotators else {"amodal_segmentation"}
        left_out |= set() if self.points else {"keypoints", "num_keypoints"}
        kinds = {name: kind for name, kind in _OBJECT.items() if name not in left_out}
        return {
            **{name: "image" for name, is_there in pictures.items() if is_there},
            "frame": "int64",
            "product": "string",
            "width": "int64",
            "height": "int64",
            "objects": [{**kinds, "category": category}],
        }

    def _schema(self) -> Any:
        arrow = self._arrow

        def kind(said: Any) -> Any:
            if isinstance(said, list):
                return arrow.list_(kind(said[0]))
            if isinstance(said, dict):
                return arrow.struct([(name, kind(inner)) for name, inner in said.items()])
            image = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
            return {"image": image, "class_label": arrow.int64()}.get(said) or getattr(arrow, said)()

        noted = {"huggingface": json.dumps({"info": {"features": self._noted(self.features())}})}
        noted |= {"keypoints": json.dumps(self.points)} if self.points else {}
        return arrow.schema([(name, kind(said)) for name, said in self.features().items()], metadata=noted)

    def _noted(self, said: Any) -> Any:
        """Return types as the library ``datasets`` notes them in a file's schema."""
        if isinstance(said, list):
            return (
                [self._noted(said[0])]
                if isinstance(said[0], dict)
                else {"feature": self._noted(said[0]), "_type": "Sequence"}
            )
        if isinstance(said, dict):
            return {name: self._noted(inner) for name, inner in said.items()}
        if said == "class_label":
            return {"names": self.classes, "_type": "ClassLabel"}
        return {"_type": "Image"} if said == "image" else {"dtype": said, "_type": "Value"}

    def _listed(self, said: Any) -> Json:
        """Return a type as a data card lists it."""
        if isinstance(said, list):
            inner = said[0]
            if isinstance(inner, dict):
                return {"list": [{"name": name, **self._listed(one)} for name, one in inner.items()]}
            return {"sequence": inner}
        if said == "class_label":
            return {"dtype": {"class_label": {"names": {str(k): n for k, n in enumerate(self.classes or ())}}}}
        return {"dtype": said}

    def finish(self, fragments: Mapping[int, Fragment], seed: int) -> Files:
        rows, size, files = (sum(f[key] for f in fragments.values()) for key in ("rows", "bytes", "file"))
        count = next((name for limit, name in _SIZES if rows < limit), "10M<n<100M")
        card = {
            **({"license": str(self._license)} if self._license else {}),
            "task_categories": [*_TASKS, *(["keypoint-detection"] if self.points else [])],
            "tags": ["synthetic", "rendersdg"],
            "size_categories": [count],
            "configs": [
                {
                    "config_name": "default",
                    "data_files": [{"split": self._split, "path": f"data/{self._split}-*.parquet"}],
                }
            ],
            "dataset_info": {
                "features": [{"name": name, **self._listed(said)} for name, said in self.features().items()],
                "splits": [{"name": self._split, "num_bytes": size, "num_examples": rows}],
                "download_size": files,
                "dataset_size": size,
            },
        }
        text = _TEXT.format(rows=rows, seed=seed)
        if self.points:
            card["categories"] = self.categories_of(fragments[shard]["points"] for shard in sorted(fragments))
            text += _POINTS.format(names=", ".join(f"`{name}`" for name in self.points))
        head = yaml.safe_dump(card, sort_keys=False, allow_unicode=True)
        return {"README.md": f"---\n{head}---\n\n{text}".encode()}


_TASKS = ("object-detection", "image-segmentation")
_TEXT = """# Rendered images with labels

{rows} pictures, rendered by rendersdg (seed {seed}). Labels come from the geometry of the scene: nobody drew them.

- `image`: the picture. `frame`: the number of the frame. `product`: the camera's render product. `width`, `height`:
  pixels.
- `objects`: what is seen, one entry an object. `bbox` is x, y, width, height in pixels around what is visible, `area`
  the visible pixels, `segmentation` COCO's mask of them as JSON. `amodal_bbox` is around the whole object,
  `visible_fraction` the share that nothing hides, `truncation` the share of its 3D box's outline that lies outside of
  the picture, `prim_path` its name in the scene.
- `depth`, where it is there: 16-bit millimetres along the camera's axis, 0 for nothing or more than 65 m.
- `instances`, where it is there: 16-bit numbers of the objects, `id` in `objects`.
"""
_POINTS = """- `keypoints` of an object: x, y and visibility of each of {names}.
  x and y are in pixels from the image's top left corner. Visibility is COCO's: 0 outside of the picture, or no point of
  this object, 1 hidden, 2 seen. It is null for an object without named points. `num_keypoints` counts those that are
  not 0. The lines between points, pairs of their places from 1, are in `categories` at the top of this file.
"""
