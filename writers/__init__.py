"""Writers: Frame -> {relative path: bytes}. One file per format, its reader beside it;
the dataset puts bytes on disk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.frame import Frame
from rendersdg.plain import Json
from rendersdg.registry import Registry
from rendersdg.snapshot import Snapshot
from writers.options import Option
from writers.records import label_of

Files = dict[str, bytes]  # path below the writer's folder -> content
Fragment: TypeAlias = Any  # JSON-ready; its writer alone reads it
Fragments = Mapping[int, Fragment]  # by the plan's frame number (``frame.frame``), which is not the writer's own


class Packed(NamedTuple):
    """The files of a shard, and JSON-ready material for the files over all shards; None when there is none."""

    files: Files
    fragment: Fragment = None


class Shapes(NamedTuple):
    """Files of what objects are like, and why there are none of some: what to tell the user, by the object's name."""

    files: Files
    left_out: dict[str, str]


class Writer(ABC):
    """A format. Made once per dataset with the user's parameters; ``encode`` has no side effect.

    ``annotators`` maps annotator names to their init parameters; they are what ``frame.data`` will hold. A writer whose
    format has files over all frames returns per-frame material from :meth:`fragment` and joins it in :meth:`finish`.
    ``options`` say what each of its parameters is: `rendersdg help` and the JSON Schema show them. ``parameters`` are
    their names, or those that a writer without such a table lists; making a writer with another raises BadArgument.

    ``libraries`` names packages beyond the base install that decide its bytes; the dataset notes their versions.

    A writer whose files hold many frames each sets ``frames_per_shard`` and has :meth:`pack`: what ``encode`` returns
    are pieces then, which never lie in the dataset, and shard K packs those of the frames K * N to K * N + N - 1.

    What it labels is known to all else that shows the scene's labels: ``label_choice`` are parameters of annotators,
    ``minimum_area`` the least visible pixels of an object, ``known_labels`` the only labels that it writes, if it has
    such a list.

    Example::

        class DepthWriter(Writer):
            \"\"\"Depth in metres along the view axis, a .npy for each frame.\"\"\"

            def __init__(self, **params: Any) -> None:
                super().__init__(**params)
                self.annotators = {"distance_to_image_plane": {}}

            def encode(self, frame: Frame) -> Files:
                return {
                    f"{product}/depth_{frame.number:04d}.npy": npy_bytes(data["distance_to_image_plane"])
                    for product, data in frame.data.items()
                }
    """

    options: ClassVar[Mapping[str, Option]] = {}
    parameters: ClassVar[tuple[str, ...]] = ()
    libraries: ClassVar[tuple[str, ...]] = ()
    frames_per_shard: int = 0

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "options" in vars(cls):
            cls.parameters = tuple(cls.options)

    def __init__(self, **params: Any) -> None:
        unknown = [k for k in params if k not in self.parameters and k != "output_dir"]
        if unknown:
            raise BadArgument(
                f"{type(self).__name__} has no parameter {unknown[0]!r}{did_you_mean(unknown[0], self.parameters)}"
            )
        self.annotators: dict[str, Json] = {}
        chosen = {k: params[k] for k in ("semantic_types", "semantic_filter_predicate") if params.get(k)}
        self.label_choice = chosen or {"default_filter": DEFAULT_FILTER}
        self.minimum_area = int(params.get("minimum_area") or 1)
        self.known_labels: tuple[str, ...] | None = None

    def wants(self) -> Iterable[str]:
        """Return the names of all annotators that will be asked for."""
        return self.annotators

    def class_of(self, labels: Mapping[str, str]) -> str:
        """Return the class that it gives an object with these labels, {type: label}."""
        return label_of(labels)

    def labels_seen(self, data: Mapping[str, Any]) -> Iterator[str]:
        """Yield the class of each visible object in what its annotators say of one render product."""
        for o in data.get("objects", {"info": {"objects": []}})["info"]["objects"]:
            if o["tight"] is not None:
                yield self.class_of(o["labels"])

    def left_out(self, frame: Frame) -> dict[str, str]:
        """Return what of a frame's labels the files do not have, by its name, with what to do about it."""
        return {}

    @abstractmethod
    def encode(self, frame: Frame) -> Files:
        """Return the files of one frame, by path below the writer's folder.

        The same frame gives the same bytes. Paths use ``/``. A format that has files over all frames alone returns {}.
        """

    def fragment(self, frame: Frame) -> Fragment:
        """Return JSON-ready material of one frame for the files over all frames; None when there is none."""
        return None

    def pack(self, shard: int, pieces: Mapping[int, Files], fragments: Fragments) -> Packed:
        """Return the files of a shard, and what it keeps for the files over all shards.

        The same pieces give the same bytes. A writer with ``frames_per_shard`` must have this; others are not asked.

        Args:
            shard: its number.
            pieces: what ``encode`` returned, by frame in order; frames that the writer does not write are left out.
            fragments: what :meth:`fragment` returned, by frame.
        """
        raise NotImplementedError(f"{type(self).__name__} has frames_per_shard and no pack()")

    def finish(self, fragments: Fragments, seed: int) -> Files:
        """Return the files over all frames, from the fragments; ``seed`` is the dataset's.

        For a writer that packs, they are those of :meth:`pack`, by the shard's number.
        Fragments come by the plan's frame number (``frame.frame``). Put ``frame.number``, which names the writer's own
        files, into the fragment where the file over all frames refers to them.
        """
        return {}

    def shapes(self, fragments: Fragments, snapshot_of: Callable[[int], Snapshot]) -> Shapes:
        """Return files of what the scene's objects are like, for formats that hold their models.

        It is called after :meth:`finish`, with the same fragments, where the scene is at hand: by ``render`` and
        ``merge``, not for scripts. ``snapshot_of`` gives the scene of a frame by the plan's number, as rendered.
        """
        return Shapes({}, {})

    def assemble(self, fragments: Fragments, read: Callable[[str], bytes]) -> Files:
        """Return files made from the written ones; ``read`` gives the bytes of a path below this writer's folder.

        It is called after :meth:`finish`, with the same fragments.
        """
        return {}


DEFAULT_FILTER = "class:*"  # what writers show where nothing is chosen; annotators of their own show every label

WRITERS: Registry[type[Writer]] = Registry(
    "writer",
    {
        "BasicWriter": "writers.basic:BasicWriter",
        "KittiWriter": "writers.kitti:KittiWriter",
        "CocoWriter": "writers.coco:CocoWriter",
        "YoloWriter": "writers.yolo:YoloWriter",
        "VocWriter": "writers.voc:VocWriter",
        "PoseWriter": "writers.pose:PoseWriter",
        "DOPEWriter": "writers.pose:DOPEWriter",
        "YCBVideoWriter": "writers.ycb:YCBVideoWriter",
        "CosmosWriter": "writers.cosmos:CosmosWriter",
        "DefectWriter": "writers.defects:DefectWriter",
        "LidarWriter": "writers.lidar:LidarWriter",
        "AnnotatorWriter": "writers.annotator:AnnotatorWriter",
        "MvtecWriter": "writers.mvtec:MvtecWriter",
        "BopWriter": "writers.bop:BopWriter",
        "WebDatasetWriter": "writers.webdataset:WebDatasetWriter",
        "ParquetWriter": "writers.parquet:ParquetWriter",
        "FPSWriter": "writers.fps:FPSWriter",
        "DataVisualizationWriter": "writers.visualization:DataVisualizationWriter",
    },
)
