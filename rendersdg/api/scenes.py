"""A scene as Python sees it: any frame of it on demand, datasets of its frames, and datasets on disk."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.api.classes import classes_of, keypoints_of
from rendersdg.api.frames import LabelledFrame, Moment, Move, check_camera
from rendersdg.api.numbers import frames_of, whole_number
from rendersdg.api.sources import FromScript, FromYaml, Opened, Source, same, temporary_folder
from rendersdg.backends import check_name
from rendersdg.backends.quality import quality_change
from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.errors import BadArgument, BadScene, NotSupported
from rendersdg.farm.job import Job
from rendersdg.farm.recorded import recorded_job
from rendersdg.farm.rendering import How, Rendered
from rendersdg.graph.parameters import Parameter, find, moved, parameters
from rendersdg.guard import guarded
from rendersdg.kernels.threads import set_threads
from rendersdg.orchestrator.labelling import Labelling, labelling_of
from rendersdg.paths import is_url
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from PIL.Image import Image

    from rendersdg.api.datasets import SceneDataset
    from rendersdg.viewer.shown import ShownScene

PathLike = str | os.PathLike[str]


class Scene:
    """A scene with a seed and a backend: a function from a frame's number to a labelled frame.

    Make one with :func:`rendersdg.load` or :func:`rendersdg.new_scene`. A frame depends on the scene, the seed and its
    number alone: it has the same bytes in any process, in any order, and as ``rendersdg render`` writes it.

    A scene can be pickled and sent to other processes, forked or spawned: each opens it again, once, when it first asks
    for a frame, and checks that it is the same. Threads of one process must not make frames at the same time.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._opened: Opened | None = None
        self._expected = ""  # the digest that it has where it was loaded
        self._pid = 0
        self._parameters: tuple[Opened, tuple[Parameter, ...]] | None = None
        self._classes: dict[str | None, tuple[str, ...]] = {}  # by the filter; found once, for they cost a walk

    @property
    def name(self) -> str:
        """The name of the scene's file."""
        return self._source.name

    @property
    def seed(self) -> int:
        """The seed of its randomness."""
        return self._open().session.seed

    @property
    def length(self) -> int | None:
        """How many frames its triggers ask for, None where they have no end. Later frames can be made as well."""
        return self._open().session.length()

    @property
    def cameras(self) -> tuple[str, ...]:
        """The names of its cameras (render products); the first is the one that a frame shows unless told otherwise."""
        return tuple(product.name for product in self._open().session.recorder.graph.products if product.enabled)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that its labels can have, in order of name: a class's number in datasets is its place here."""
        return self.classes_of(None)

    @property
    def keypoints(self) -> tuple[str, ...]:
        """The names of the points that it names on prims, in that order: the columns of a frame's ``keypoints``."""
        return keypoints_of(self._open().session)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it draws at random: each number or choice with its bounds, see :class:`rendersdg.Parameter`."""
        opened = self._open()
        if self._parameters is None or self._parameters[0] is not opened:
            self._parameters = opened, tuple(parameters(opened.session.recorder.graph))
        return self._parameters[1]

    def classes_of(self, semantic_filter: str | None) -> tuple[str, ...]:
        """Return the classes that labels can have under a filter in Replicator's form; None for the scene's own."""
        if semantic_filter not in self._classes:
            self._classes[semantic_filter] = classes_of(self._open().session, self._labelling(semantic_filter))
        return self._classes[semantic_filter]

    @property
    def report(self) -> list[dict[str, str]]:
        """What was replaced or not honoured so far, and notes: ``kind``, ``subject`` and ``text`` of each."""
        return self._open().session.recorder.report.as_json()

    @property
    def digest(self) -> str:
        """A digest of all that its frames depend on: its text, the files that it reads, and the libraries."""
        return self._open().digest

    @property
    def texts(self) -> dict[str, str]:
        """The texts that the scene was read from by file name, the scene's own last. Saved, they are the scene."""
        return dict(self._open().sources)

    def frame(self, number: int, camera: str | None = None, *, semantic_filter: str | None = None) -> LabelledFrame:
        """Return a labelled frame; nothing is written.

        Args:
            number: which, from 0.
            camera: the name of a render product; None for the first.
            semantic_filter: which labels it has, in Replicator's form (``class:*``); None for those that the scene's
                own writer of objects writes.

        Raises:
            BadArgument: the number is below 0, or there is no such camera.

        Example::

            frame = rendersdg.load("fruit_crate.yaml", seed=7).frame(3)
            print(frame.labels, frame.boxes)
        """
        return self._frame(number, camera, semantic_filter)

    def _frame(
        self, number: int, camera: str | None, semantic_filter: str | None, moves: tuple[Move, ...] = ()
    ) -> LabelledFrame:
        """Return a frame whose plan has some parameters moved, see :meth:`LabelledFrame.moved`."""
        frame = whole_number(number, "the number of a frame")
        if frame < 0:
            raise BadArgument(f"frame {frame}: frames are numbered from 0")
        session = self._open().session
        set_threads(self._source.threads)
        with guarded(f"{self.name}, frame {frame}"):
            plan = session.planner.plan(frame)
            for name, value, prim in moves:
                plan = moved(plan, find(self.parameters, name), value, prim)
            capture = session.capture(plan)
        names = tuple(capture.views)
        if camera is not None:
            check_camera(camera, names)
        elif not names:
            raise BadScene(f"{self.name} has no camera that shows anything; add create.render_product with a camera")
        labelling, classes = self._labelling(semantic_filter), self.classes_of(semantic_filter)
        again = partial(self._frame, semantic_filter=semantic_filter)
        moment = Moment(session, capture, labelling, classes, self.name, again, self.keypoints, moves)
        return LabelledFrame(moment, camera or names[0])

    def with_text(self, text: str) -> Scene:
        """Return a scene like this one with another text in the place of its file; profiles and assets are the same.

        Args:
            text: YAML. Relative paths in it start where those of this scene do.

        Raises:
            BadScene: naming the line of what is wrong, as if the text stood in the scene's file.
            BadArgument: the scene is a script.

        Example::

            brighter = scene.with_text(list(scene.texts.values())[-1].replace("intensity: 600", "intensity: 900"))
        """
        source = self._source
        if not isinstance(source, FromYaml):
            raise BadArgument(f"{self.name} is a script; only a YAML scene takes another text")
        if not isinstance(text, str):
            raise BadArgument(f"the text of a scene is a str, not {text!r}")
        scene = Scene(source.with_text(text, self.texts))
        scene._open()
        return scene

    def dataset(
        self,
        frames: int | range | None = None,
        labels: Sequence[str] = ("boxes",),
        *,
        camera: str | None = None,
        classes: Sequence[str] | None = None,
        semantic_filter: str | None = None,
    ) -> SceneDataset:
        """Return a map-style dataset: item i is frame i, rendered when it is asked for.

        Args:
            frames: how many, or which; None for as many as the scene's triggers ask for.
            labels: what each item has beside the picture: ``boxes``, ``masks``, ``amodal_masks``,
                ``keypoints``, ``depth``, ``instances``, ``semantic``, ``camera``, ``values``, or the name of an
                annotator.
            camera: the name of a render product; None for the first.
            classes: class names in the order of their numbers; None for the scene's own.
            semantic_filter: which labels count, see :meth:`frame`.

        Raises:
            BadArgument: a label, camera or class is unknown, or ``frames`` is not given for a scene without end.
        """
        from rendersdg.api.datasets import SceneDataset

        return SceneDataset(self, frames, labels, camera=camera, classes=classes, semantic_filter=semantic_filter)

    def render(
        self,
        out: PathLike,
        frames: int | range | None = None,
        *,
        workers: int = 1,
        resume: bool = False,
        progress: bool = False,
    ) -> Rendered:
        """Render frames into a labelled dataset, by the scene's writers: what ``rendersdg render`` does.

        Args:
            out: a folder, or a URL that fsspec knows (``s3://bucket/data``).
            frames: how many, or which; None for as many as the scene's triggers ask for.
            workers: processes that render. A script that starts some needs ``if __name__ == "__main__":``.
            resume: continue a dataset that is there; only what is missing is rendered.
            progress: show a bar, or lines where there is no terminal.

        Returns:
            What was done: ``asked`` and ``missing`` frames, ``files``, the ``report``, and the dataset's ``root``.

        Raises:
            DatasetError: another dataset is there, or this one and ``resume`` is not set.
            RenderFailed: a frame could not be rendered; the others are done.
        """
        if workers < 1:
            raise BadArgument(f"workers={workers}: give 1 or more")
        here = self._open()
        asked = frames_of(frames, self.length, self.name)
        set_threads(self._source.threads)
        how = How(workers=workers, resume=resume)
        with FrameProgress(len(asked), "render", quiet=not progress) as told:
            rendered = self._source.render(here, os.fspath(out), asked, how, told)
        rendered.require_all()
        return rendered

    def preview(self, frames: int | range = 4) -> Image:
        """Return a sheet of some frames with boxes, masks and classes drawn, a :class:`PIL.Image.Image`."""
        import io

        from PIL import Image

        from rendersdg.orchestrator.preview import contact_sheet

        return Image.open(io.BytesIO(contact_sheet(self._open().session, frames_of(frames, None, self.name))))

    def show(self, frames: int | range = 6, camera: str | None = None, *, size_px: int = 480) -> ShownScene:
        """Return some frames for a notebook: one picture at a time, labels under the pointer, the values it drew.

        All frames are rendered now; what is shown needs no server and no network, and stays in a saved notebook.

        Args:
            frames: how many from 0 on, or which.
            camera: the name of a render product; None for the first.
            size_px: the longer side of the pictures at most, pixels.

        Raises:
            BadArgument: there is no such camera, or no frame is asked for.

        Example::

            rendersdg.load("fruit_crate.yaml").show(range(100, 104))
        """
        from rendersdg.viewer.shown import shown_scene

        numbers = frames_of(frames, None, self.name)
        if not numbers:
            raise BadArgument(f"frames={frames!r}: give one frame at least")
        names = self.cameras
        if camera is not None:
            check_camera(camera, names)
        elif not names:
            raise BadScene(f"{self.name} has no camera that shows anything; add create.render_product with a camera")
        session = self._open().session
        set_threads(self._source.threads)
        with guarded(self.name):
            return shown_scene(session, self.name, numbers, camera or names[0], size_px)

    def _repr_png_(self) -> bytes:
        from rendersdg.orchestrator.preview import contact_sheet

        return contact_sheet(self._open().session, range(4))

    def __repr__(self) -> str:
        return f"<scene {self.name}, seed {self.seed}, {', '.join(self.classes) or 'no classes'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        here = self._open()
        return _restored, (self._source.elsewhere(here.sources), here.digest, self.classes)

    def _labelling(self, semantic_filter: str | None) -> Labelling:
        """Return what is labelled: by a filter, else by the choice of the scene's writer of objects."""
        if semantic_filter is not None:
            return Labelling({"semantic_filter_predicate": semantic_filter})
        return labelling_of(self._open().session.writers)

    def _open(self) -> Opened:
        """Return the open scene of this process; a forked one opens its own, since threads do not live on in it."""
        if self._opened is None or self._pid != os.getpid():
            source = self._source
            if self._opened is not None:
                self._expected = self._opened.digest
                source = source.elsewhere(self._opened.sources)
            opened = source.open()
            if self._expected:
                same(self._expected, opened.digest, self.name)
            self._source, self._opened, self._pid = source, opened, os.getpid()
        return self._opened


def _restored(source: Source, expected: str, classes: tuple[str, ...]) -> Scene:
    """Return a scene that was sent from another process; it is opened when it is first used."""
    scene = Scene(source)
    scene._expected, scene._classes = expected, {None: classes}
    return scene


def libraries(assets: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return where libraries lie, by the prefix of their paths. Raises BadArgument for a folder that is not there."""
    for prefix, place in (assets or {}).items():
        if not is_url(place) and not Path(place).is_dir():
            raise BadArgument(f"assets: {place!r}, where {prefix!r} should lie, is not a folder")
    return tuple((assets or {}).items())


def _of_dataset(
    root: Path,
    seed: int | None,
    changes: tuple[tuple[str, Any], ...],
    places: tuple[tuple[str, str], ...],
    strict: bool,
    threads: int,
) -> Job:
    """Return the job that made a dataset, of the copies that it keeps of its scene, with some things else.

    Raises DatasetError where there is no dataset, and NotSupported where a script made it.
    """
    data = Dataset(Store(str(root)))
    header = data.begun()
    if "script" in header:
        raise NotSupported(f"{root} was made by a script, which is not run unasked; load the script itself")
    job = recorded_job(data, header, temporary_folder(), assets=places)
    return replace(
        job,
        seed=job.seed if seed is None else seed,
        changes=(*job.changes, *changes),
        strict=strict,
        threads=threads,
    )


def load(
    path: PathLike,
    *,
    seed: int | None = None,
    backend: str = "raster",
    quality: str | None = None,
    changes: Mapping[str, Any] | None = None,
    assets: Mapping[str, str] | None = None,
    strict: bool = False,
    threads: int = 1,
) -> Scene:
    """Open a scene: a YAML file, a script for ``omni.replicator.core`` that records a graph, or the scene that made a
    rendered dataset.

    Args:
        path: the file, or the dataset's folder: then seed, changes and backend are those of the dataset.
        seed: of its randomness; None for the scene's own, or 0.
        backend: what paints the pictures: ``raster``, ``mitsuba``, ``pyrender``, ``reference``, ``null`` (no picture)
            or ``auto``.
        quality: what ``raster`` spends on light: ``fast``, ``balanced`` or ``high``; None for the scene's own.
        changes: values by dotted path, ``{"camera.create.camera.position": [0, 2, 5]}``, as ``--set`` takes them.
        assets: folders or URLs by the prefix of a library path, as ``--assets`` takes them.
        strict: whether stand-ins and what cannot be honoured are errors.
        threads: how many draw one frame.

    Raises:
        BadScene: naming file and line of what is wrong.
        AssetError: a file that the scene needs cannot be read.

    Example::

        scene = rendersdg.load("fruit_crate.yaml", seed=7)
        scene.frame(0).draw()
    """
    check_name(backend)
    asked = quality_change(quality)
    if not isinstance(path, (str, os.PathLike)):
        raise BadArgument(f"a scene is loaded from a path, not from {path!r}")
    where = Path(os.fspath(path))
    places = libraries(assets)
    seed = None if seed is None else whole_number(seed, "the seed")
    scene: Scene
    if where.is_dir():
        scene = Scene(FromYaml(_of_dataset(where, seed, (*(changes or {}).items(), *asked), places, strict, threads)))
    elif where.suffix.lower() == ".py":
        if changes:
            raise BadArgument(f"changes={dict(changes)}: they are for YAML scenes, and {where.name} is a script")
        from rendersdg.omni.runner import Options

        options = Options(seed=seed, backend=backend, quality=quality, strict=strict, assets=places, threads=threads)
        scene = Scene(FromScript(str(where), options))
    else:
        job = Job(str(where), seed, backend, strict, (*(changes or {}).items(), *asked), places, threads=threads)
        scene = Scene(FromYaml(job))
    scene._open()  # what is wrong with it is said here
    return scene
