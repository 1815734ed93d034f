"""The scene that made a dataset, opened again from the copies that the dataset keeps."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.merging import scene_copies
from rendersdg.dataset.records import HEADER, Header, damaged, field
from rendersdg.dataset.store import Store
from rendersdg.errors import NotSupported
from rendersdg.farm.job import Job, opened
from rendersdg.paths import inside

if TYPE_CHECKING:
    from rendersdg.orchestrator.session import Session

_SCENE = {"scene": str, "seed": int, "backend": str, "changes": list}  # what a header has to have


@contextmanager
def opened_again(
    root: str, *, backend: str | None = None, assets: tuple[tuple[str, str], ...] = ()
) -> Iterator[Session]:
    """Open the scene that made a dataset, from the dataset's copies, and yield its session.

    Args:
        root: the dataset's folder or URL.
        backend: another one than made the frames; ``null`` paints nothing and opens fastest.
        assets: (library prefix, folder or URL) pairs.

    Raises:
        DatasetError: there is no dataset, or it is damaged.
        NotSupported: a script made it, which is not run unasked.
        BadScene: the scene no longer opens, say since an asset of it is gone.
    """
    data = Dataset(Store(root))
    header = data.begun()
    if "script" in header:
        raise NotSupported(f"{root} was made by a script, which is not run unasked; a YAML scene can be opened again")
    with tempfile.TemporaryDirectory() as folder:
        job = recorded_job(data, header, Path(folder), None, assets)
        if backend is not None:
            job = replace(job, backend=backend)
        with opened(job) as (session, _):
            yield session


def recorded_job(
    data: Dataset,
    header: Header,
    folder: Path,
    scene: Path | None = None,
    assets: tuple[tuple[str, str], ...] = (),
) -> Job:
    """Return the job that made a dataset, of the scene that it keeps (copied into ``folder``) or of ``scene``."""
    for name, kind in _SCENE.items():
        field(header, name, kind, HEADER)
    if not all(isinstance(c, list) and len(c) == 2 and isinstance(c[0], str) for c in header["changes"]):
        raise damaged(HEADER, "its changes are not pairs")
    base = copies = None
    if scene is None:
        copy_out(data, folder)
        scene = inside(folder, header["scene"], f"{data.store.url}: the scene")
        base, copies = os.getcwd(), str(folder)
    return Job(
        scene=str(scene),
        seed=header["seed"],
        backend=header["backend"],
        changes=tuple((str(k), v) for k, v in header["changes"]),
        assets=assets,
        folder=base,
        copies=copies,
    )


def copy_out(data: Dataset, folder: Path) -> None:
    """Write the copies that a dataset keeps of its scene's files below ``folder``."""
    for name, content in scene_copies(data).items():
        copy = inside(folder, name, f"{data.store.url}: the scene file")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
