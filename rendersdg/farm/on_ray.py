"""Ray: frame ranges as tasks of a cluster that is there, or of one started here (extra ``ray``)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.farm.job import Job
from rendersdg.farm.local import Done
from rendersdg.farm.ranges import Range, RangeResult, drive, options_of, ranges, render_range, shared

_PATIENCE = 1.0  # seconds between looks at the tasks


def render_on_ray(
    job: Job, url: str, frames: Sequence[int], workers: int, done: Done, *, task_frames: int | None = None,
    options: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, str]], dict[int, str]]:  # fmt: skip
    """Render ``frames`` as Ray tasks of one core each; see :func:`~rendersdg.farm.ranges.drive`.

    Options: ``address`` of a running cluster (``auto``, ``host:port`` or ``ray://host:port``); without one, Ray is started here with
    ``workers`` cores. Every node needs rendersdg, and the scene and its assets under the same path.
    """
    ray = _ray()
    given = options_of(options or {}, {"address": str}, "ray")
    where = shared(url)
    with _cluster(ray, given.get("address"), workers):
        remote = ray.remote(render_range).options(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")

        def wait(running: Mapping[Any, Range]) -> dict[Any, RangeResult | None]:
            ended, _ = ray.wait(list(running), num_returns=1, timeout=_PATIENCE)
            return {handle: _result(ray, handle) for handle in ended}

        return drive(
            ranges(frames, workers, task_frames), lambda task: remote.remote(job, where, task.frames), wait, done
        )


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise BadArgument("--farm ray needs Ray: pip install 'rendersdg[ray]'") from None
    return ray


@contextmanager
def _cluster(ray: Any, address: str | None, workers: int) -> Iterator[None]:
    """Be connected to a cluster: the one that this process is connected to already, the one at ``address``, or a new one."""
    if ray.is_initialized():
        yield
        return
    try:
        if address is None:
            ray.init("local", num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="error")
        else:
            ray.init(address, log_to_driver=False, logging_level="error")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise BadArgument(f"no Ray cluster at {address or 'this machine'}: {error}") from None
    try:
        yield
    finally:
        with suppress(Exception):
            ray.shutdown()


def _result(ray: Any, handle: Any) -> RangeResult | None:
    try:
        return ray.get(handle)
    except ray.exceptions.RayTaskError as error:  # it ran, and what it raised is about the whole job
        if isinstance(error.cause, RenderSDGError):
            raise error.cause from None
        return None
    except ray.exceptions.RayError:  # worker, node or object gone
        return None
