"""Our writers inside Omniverse: custom Replicator writers that take its annotators' data and write our formats.

The dataset has our manifest, checksums and files over all frames. ``objects``, which the label formats ask for, is put
together here from Replicator's segmentation and boxes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Protocol, TypeAlias

import numpy as np
from pxr import UsdGeom

import rendersdg
from rendersdg import portable
from rendersdg.annotators.objects import camera_from_object, truncation
from rendersdg.annotators.semantics import filter_of
from rendersdg.arrays import F8, U4, Mask
from rendersdg.dataset.dataset import FORMAT, Dataset, FrameResult, Read
from rendersdg.dataset.store import Store
from rendersdg.errors import NotSupported
from rendersdg.frame import Frame
from rendersdg.replicator.writers import OURS
from rendersdg.snapshot import Camera, Entity, RenderProduct, Semantics
from writers import WRITERS, Writer

Replicator: TypeAlias = Any  # the module omni.replicator.core, or one that stands for it
Given: TypeAlias = Any  # what one of its annotators gives: an array, or a mapping with that as ``data``
AnnotatorData: TypeAlias = Mapping[str, Given]
_NEEDED: dict[str, tuple[str, ...]] = {  # what stands in for an annotator of ours
    "objects": ("instance_segmentation", "bounding_box_2d_loose", "bounding_box_3d", "camera_params")
}
_LACKING = ("defects", "amodal_segmentation", "keypoints")


class _TheirWriter(Protocol):
    """A writer of Replicator's, as far as it is filled here."""

    data_structure: str
    annotators: list[Given]
    _gathered: _Gathered


def register(rep: Replicator, names: Iterable[str]) -> None:
    """Register our writers of these names with ``rep`` (``omni.replicator.core``), as ``Rendersdg<name>``."""
    for name in names:
        rep.WriterRegistry.register(_writer_class(rep, name))


def _writer_class(rep: Replicator, name: str) -> type:
    kind = WRITERS[name]

    def start(self: _TheirWriter, output_dir: str = "out", **params: Any) -> None:
        self._gathered = _Gathered(kind(output_dir=output_dir, **params), name, output_dir)
        self.data_structure = "renderProduct"
        self.annotators = [
            rep.AnnotatorRegistry.get_annotator(a, init_params=parameters)
            if parameters
            else rep.AnnotatorRegistry.get_annotator(a)
            for a, parameters in self._gathered.annotators().items()
        ]

    def write(self: _TheirWriter, data: Mapping[str, Given]) -> None:
        self._gathered.write(data)

    def finish(self: _TheirWriter) -> None:
        self._gathered.finish()

    members = {"__init__": start, "write": write, "on_final_frame": finish, "version": rendersdg.__version__}
    return type(OURS + name, (rep.Writer,), members)


class _Gathered:
    """One of our writers, fed with Replicator's data; its dataset begins with the first frame."""

    def __init__(self, writer: Writer, name: str, folder: str) -> None:
        lacking = [a for a in writer.wants() if a in _LACKING]
        if lacking:
            raise NotSupported(f"{name} needs {lacking[0]}, which rendersdg's own renderer alone can tell")
        if writer.frames_per_shard:
            raise NotSupported(f"{name} packs frames into shards, which is not done inside Omniverse; use CocoWriter")
        self._writer = writer
        self._name = name
        self._folder = folder
        self._dataset: Dataset | None = None
        self._count = 0

    def annotators(self) -> dict[str, dict[str, bool]]:
        """Return {name: init parameters} of the annotators of Replicator's that are needed."""
        needed: dict[str, dict[str, bool]] = {}
        for name in self._writer.wants():
            for other in _NEEDED.get(name, (name,)):
                needed.setdefault(other, {"colorize": False} if other == "instance_segmentation" else {})
        return needed

    def write(self, data: AnnotatorData) -> None:
        """Write one frame."""
        annotated: dict[str, AnnotatorData] = {}
        products: dict[str, RenderProduct] = {}
        for name, values in data["renderProducts"].items():
            params = _flat(values["camera_params"]) if "camera_params" in values else None
            size = (int(values["resolution"][0]), int(values["resolution"][1]))
            camera = read_camera(str(values["camera"]), size, params)
            products[name] = RenderProduct(name, camera)
            annotated[name] = {
                a: objects(values, camera, self._writer.label_choice) if a == "objects" else _nested(values[a])
                for a in self._writer.wants()
            }
        outputs = data.get("trigger_outputs") or {}, data.get("distribution_outputs") or {}
        frame = Frame(
            self._count,
            self._count,
            0,
            annotated,
            products,
            None,  # type: ignore[arg-type]
            *outputs,
            attached=len(products),
        )
        fragment = self._writer.fragment(frame)
        files = self._writer.encode(frame)
        self._open().commit(FrameResult(self._count, files, {} if fragment is None else {"": fragment}, {}))
        self._count += 1

    def finish(self) -> None:
        """Write the files over all frames and the manifest."""
        writer = self._writer

        def finisher(fragments: Mapping[str, Mapping[int, object]], read: Read) -> dict[str, bytes]:
            own = fragments.get("", {})
            return {**writer.finish(own, 0), **writer.assemble(own, read)}

        if self._count:
            self._open().finish(finisher, [])

    def _open(self) -> Dataset:
        if self._dataset is None:
            self._dataset = Dataset(Store(self._folder))
            header = {
                "format": FORMAT,
                "rendersdg": rendersdg.__version__,
                "made_by": "omni.replicator.core",
                "writers": [{"name": self._name, "folder": ""}],
            }
            self._dataset.open(header, {}, resume=False)
        return self._dataset


def _flat(value: Given) -> AnnotatorData:
    return value["data"] if isinstance(value, Mapping) and isinstance(value.get("data"), Mapping) else value


def _nested(value: Given) -> Given:
    """Return what one annotator gave as our writers take it: an array, or an array with its info."""
    if not isinstance(value, Mapping) or "data" not in value:
        return value
    info = {k: v for k, v in value.items() if k != "data"}
    return {"data": value["data"], "info": info} if info else value["data"]


def read_camera(path: str, size_wh: tuple[int, int], params: AnnotatorData | None) -> Camera:
    """Return the camera that ``camera_params`` describe: matrices are row vectors in stage units, depth is reversed."""
    if params is None:
        return Camera(
            path, size_wh, np.eye(4), np.eye(4), "pinhole", (1.0, 1.0), (size_wh[0] / 2, size_wh[1] / 2), (0.01, 1e6)
        )
    width, height = size_wh
    unit = float(params.get("metersPerSceneUnit", 0.01))
    view = np.asarray(params["cameraViewTransform"], np.float64).reshape(4, 4).T.copy()
    view[:3, 3] *= unit
    p = np.asarray(params["cameraProjection"], np.float64).reshape(4, 4)
    focal = (p[0, 0] * width / 2, p[1, 1] * height / 2)
    centre = ((1 - p[2, 0]) * width / 2, (1 + p[2, 1]) * height / 2)
    near = p[3, 2] / (p[2, 2] + 1) * unit if p[3, 2] else 0.01
    far = p[3, 2] / p[2, 2] * unit if p[2, 2] else 1e6
    world: F8 = portable.inverse(view).astype(np.float64)
    return Camera(path, size_wh, world, world, "pinhole", focal, centre, (float(near), float(far)))


def objects(values: AnnotatorData, camera: Camera, label_choice: dict[str, object]) -> Given:
    """Return what our ``objects`` annotator gives, from Replicator's instance segmentation,
    loose boxes and 3D boxes.

    ``data`` is (H, W) uint32: the object of each pixel, 0 where there is none, 1 where it is not labelled.
    ``info["objects"]`` lists the labelled objects, with boxes in pixels (inclusive) and sizes in metres.
    """
    segmentation = values["instance_segmentation"]
    image: U4 = np.asarray(segmentation["data"]).astype(np.uint32)
    no_object = ("BACKGROUND", "UNLABELLED")
    paths = {int(k): str(v) for k, v in segmentation["idToLabels"].items() if str(v) not in no_object}
    semantics = {int(k): v for k, v in segmentation["idToSemantics"].items()}
    loose = _by_path(values["bounding_box_2d_loose"])
    solid = _by_path(values["bounding_box_3d"])
    unit = float(_flat(values["camera_params"]).get("metersPerSceneUnit", 0.01))
    chosen = filter_of(dict(label_choice), {})
    up = _up_axis()
    records: list[dict[str, object]] = []
    # by an object's number: itself, or 1 where the filter drops it
    renumbered = np.zeros(max([1, *paths]) + 1, np.uint32)
    renumbered[1] = 1
    for number, path in sorted(paths.items()):
        labels: Semantics = tuple(
            (k, label) for k, v in semantics.get(number, {}).items() for label in str(v).split(",")
        )
        if not chosen.accepts(labels):
            renumbered[number] = 1
            continue
        renumbered[number] = number
        if path not in solid:
            continue
        boxes = _boxes(image == number, loose.get(path))
        if boxes is not None:
            entity = _entity(path, labels, solid[path], unit)
            matrix, size = camera_from_object(camera, entity)
            records.append(
                {
                    "id": number,
                    "ids": [number],
                    "labels": chosen.labels(labels),
                    "prim_path": path,
                    **boxes,
                    "truncation": truncation(camera, entity),
                    "camera_from_object": matrix,
                    "size_xyz": size.tolist(),
                    "up_axis": up,
                }
            )
    return {"data": renumbered[np.minimum(image, len(renumbered) - 1)], "info": {"objects": records}}


def _boxes(mask: Mask, loose: Given | None) -> dict[str, object] | None:
    """Return an object's boxes (left, top, right, bottom, inclusive) and how much of it is hidden; None where nothing
    tells of it.

    ``loose`` is Replicator's record of the whole box. Without it the object counts as unhidden.
    """
    visible = int(mask.sum())
    tight = None
    if visible:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        tight = [int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])]
    if loose is None and tight is None:
        return None
    hidden = float(np.clip(loose["occlusionRatio"], 0, 1)) if loose is not None else 0.0
    whole = [int(loose[k]) for k in ("x_min", "y_min", "x_max", "y_max")] if loose is not None else tight
    return {
        "tight": tight,
        "loose": whole,
        "visible_pixels": visible,
        "unoccluded_pixels": round(visible / (1 - hidden)) if hidden < 1 else visible,
        "occlusion": hidden,
    }


def _entity(path: str, labels: Semantics, box: Given, unit: float) -> Entity:
    """Return an object as our snapshots have it, from its 3D box; ``unit`` is metres a stage unit.

    Replicator's matrix is for row vectors in stage units, ours for column vectors in metres.
    """
    return Entity(
        path,
        labels,
        portable.product(np.diag([unit, unit, unit, 1.0]), np.asarray(box["transform"], np.float64).T),
        np.array([box[f"{a}_min"] for a in "xyz"], np.float64),
        np.array([box[f"{a}_max"] for a in "xyz"], np.float64),
    )


def _up_axis() -> str:
    context = import_module("omni.usd").get_context()  # there wherever these writers run
    return str(UsdGeom.GetStageUpAxis(context.get_stage()))


def _by_path(value: AnnotatorData) -> dict[str, Given]:
    return dict(zip(map(str, value["primPaths"]), value["data"]))
