"""A job: which scene, seed and backend; small enough to send to any worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.errors import RenderSDGError
from rendersdg.guard import guarded
from rendersdg.paths import is_url
from rendersdg.progress import step

if TYPE_CHECKING:
    from rendersdg.orchestrator.session import Session


@dataclass(frozen=True)
class Job:
    """A scene to render. ``changes`` are (dotted path, value) of ``--set``, ``assets`` (library prefix,
    folder or URL) pairs.

    ``folder`` is where relative asset paths start; None means beside the scene file. ``threads`` draw each frame.
    ``copies`` is the folder of copies of the scene and its profiles, where ``scene`` is one of them; errors say
    ``named`` instead of it, the folder that the user knows with a slash, or nothing.
    ``dataset`` is the SHA-256 of the header of the dataset that workers add to, see
    :func:`rendersdg.farm.shared.dataset_of`.
    """

    scene: str
    seed: int | None = None
    backend: str = "raster"
    strict: bool = False
    changes: tuple[tuple[str, Any], ...] = ()
    assets: tuple[tuple[str, str], ...] = ()
    folder: str | None = None
    threads: int = 1
    copies: str | None = None
    named: str = ""
    dataset: str = ""

    def absolute(self) -> Job:
        """Return the job as another process or machine finds it: paths made absolute."""
        assets = tuple((p, place if is_url(place) else str(Path(place).absolute())) for p, place in self.assets)
        folder = None if self.folder is None else str(Path(self.folder).absolute())
        copies = None if self.copies is None else str(Path(self.copies).absolute())
        scene = str(Path(self.scene).absolute())
        return replace(self, scene=scene, assets=assets, folder=folder, copies=copies)


@contextmanager
def opened(job: Job) -> Iterator[tuple[Session, dict[str, str]]]:
    """Open a job's scene and yield its session and the sources (file name -> text) it was read from."""
    from rendersdg.yaml.document import load

    path = Path(job.scene)
    with _told_by_user_names(job):
        document = load(path)  # what is not a scene is refused before the renderer is loaded, which takes longest
    with step("loading the renderer"):
        from rendersdg.kernels.threads import set_threads
        from rendersdg.orchestrator.session import Session
        from rendersdg.scene.recorder import recording
        from rendersdg.yaml.parser import SceneParser, whole_path

    set_threads(job.threads)
    folder = Path(job.folder) if job.folder is not None else path.parent
    record = recording(folder, strict=job.strict, overrides=job.assets)
    with _told_by_user_names(job), guarded(path.name), record as recorder:
        parser = SceneParser(recorder, None if job.copies is None else Path(job.copies))
        try:
            with step(f"opening scene {path.name}"):
                parser.read(path, job.changes, document)
                session = Session(recorder, seed=job.seed, backend=job.backend)
            yield session, parser.sources
        except RenderSDGError as error:
            whole_path(error, path)
            raise


@contextmanager
def _told_by_user_names(job: Job) -> Iterator[None]:
    """Let errors of a scene that is read from copies name the files that the user knows."""
    try:
        yield
    except RenderSDGError as error:
        if job.copies is None:
            raise
        raise error.saying(job.named, os.path.join(job.copies, "")) from None
