"""The one dataset that all workers add to: what makes a place one that they share, and the check that they see it."""

from __future__ import annotations

import platform
import re
from dataclasses import replace

import rendersdg
from rendersdg.dataset.dataset import HEADER, Dataset, Header
from rendersdg.dataset.origin import differences, texts_of
from rendersdg.dataset.store import Store, digest
from rendersdg.dataset.units import Units
from rendersdg.errors import DatasetError
from rendersdg.farm.job import Job
from rendersdg.orchestrator.versions import versions


def shared(url: str) -> str:
    """Return an output location that every worker finds: a local path made absolute. Raises DatasetError for memory."""
    if re.search(r"(^|::)memory:", url):
        raise DatasetError(f"{url} is the memory of one process: workers need a folder that all of them see, or s3://")
    return Store(url).absolute


def for_workers(job: Job, url: str) -> tuple[Job, str]:
    """Return a job for workers that add to the dataset at ``url``, which is begun, and its location for them."""
    where = shared(url)
    return replace(job, dataset=digest(Store(where).read(HEADER))), where


def units_at(url: str) -> Units:
    """Return what is committed at once to the dataset at ``url``. Raises DatasetError where there is none."""
    return Dataset(Store(url)).units


def dataset_of(job: Job, url: str) -> Dataset:
    """Return the dataset that a worker adds to. Raises DatasetError where it sees another one, or none."""
    store = Store(url)
    seen = None if store.size(HEADER) is None else digest(store.read(HEADER))
    if job.dataset and seen != job.dataset:
        what = "no dataset" if seen is None else "another dataset"
        raise DatasetError(
            f"a worker on {platform.node() or 'another machine'} sees {what} at {url}: every worker must see the "
            "folder of the command, on a file system that all machines share; or write to s3://"
        )
    dataset = Dataset(store)
    _check_versions(dataset.begun())
    return dataset


def _check_versions(header: Header) -> None:
    """Raise DatasetError where this process has other versions of what decides the bytes than the command has."""
    there = texts_of(header.get("versions"))  # those of what writers need are among them
    own = {"rendersdg": rendersdg.__version__, "versions": versions(str(header.get("backend")), there)}
    changed = differences({k: v for k, v in header.items() if k in own}, own) if "versions" in header else []
    if changed:
        raise DatasetError(
            f"a worker on {platform.node() or 'another machine'} has other libraries than the command: "
            f"{'; '.join(changed)}. Frames would be of two kinds: install the same everywhere"
        )
