"""Ray: frame ranges, or the processes of a training, on a cluster that is there,
or on one started here (extra ``ray``).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.farm import Farm
from rendersdg.farm.job import Job
from rendersdg.farm.local import Done
from rendersdg.farm.processes import (
    LostProcess,
    Meeting,
    Outcome,
    Record,
    Trainable,
    a_machine,
    on_machine,
    see_through,
    until_done,
)
from rendersdg.farm.ranges import Range, RangeResult, drive, options_of, ranges, render_range
from rendersdg.farm.shared import for_workers, units_at

_PATIENCE = 1.0  # seconds between looks at the tasks
_PLACING = 300  # seconds until a cluster counts as too small or too busy for a training


def render_on_ray(
    job: Job,
    url: str,
    frames: Sequence[int],
    workers: int,
    done: Done,
    *,
    task_frames: int | None = None,
    options: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, str]], dict[int, str]]:
    """Render ``frames`` as Ray tasks of one core each; see :func:`~rendersdg.farm.ranges.drive`.

    Options: ``address`` of a running cluster (``auto``, ``host:port`` or ``ray://host:port``); without one, Ray is
    started here with ``workers`` cores. Every node needs rendersdg, and the scene and its assets under the same path.
    """
    ray = _ray()
    chosen = options_of(options or {}, {"address": str}, "ray")
    job, where = for_workers(job, url)
    with _cluster(ray, chosen.get("address"), workers):
        remote = ray.remote(render_range).options(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")

        def wait(running: Mapping[Any, Range]) -> dict[Any, RangeResult | None]:
            ended, _ = ray.wait(list(running), num_returns=1, timeout=_PATIENCE)
            return {handle: _result(ray, handle) for handle in ended}

        return drive(
            ranges(frames, workers, task_frames, units_at(url)),
            lambda task: remote.remote(job, where, task.frames),
            wait,
            done,
        )


def train_on_ray(training: Trainable, workers: int, options: Mapping[str, str], log: Callable[[str], None]) -> Record:
    """Train in ``workers`` processes, shared out evenly over ``nodes`` of a cluster; see
    :func:`~rendersdg.farm.processes.until_done`.

    Options: ``address`` as for rendering; ``nodes`` (1), each on a machine of its own; ``cpus`` (1) and ``gpus`` (0) of
    a process. Every node needs rendersdg and torch, and sees the data and the run's folder under the same path.
    """
    ray = _ray()
    chosen = options_of(options, {"address": str, "nodes": int, "cpus": int, "gpus": int}, "ray")
    nodes = chosen.get("nodes", 1)
    processes = a_machine(workers, nodes)
    wanted = {"CPU": chosen.get("cpus", 1) * processes, "GPU": chosen.get("gpus", 0) * processes}

    def start(training: Trainable) -> Record:
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        place = ray.util.placement_group(
            [{k: v for k, v in wanted.items() if v}] * nodes, strategy="STRICT_SPREAD" if nodes > 1 else "PACK"
        )
        try:
            if not place.wait(_PLACING):
                raise BadArgument(
                    f"the Ray cluster has no {nodes} nodes with {wanted['CPU']} cores and {wanted['GPU']} GPUs free"
                )

            def on(node: int, function: Callable[..., Any]) -> Any:
                where = PlacementGroupSchedulingStrategy(place, placement_group_bundle_index=node)
                return ray.remote(function).options(
                    num_cpus=wanted["CPU"], num_gpus=wanted["GPU"], max_retries=0, scheduling_strategy=where
                )

            endpoint = ray.get(on(0, _free_endpoint).remote())
            handles = [
                on(k, on_machine).remote(training, processes, Meeting(endpoint, nodes, k == 0)) for k in range(nodes)
            ]

            def ended() -> dict[int, Outcome]:
                ready, _ = ray.wait(handles, num_returns=nodes, timeout=0)
                return {handles.index(h): _outcome(ray, h) for h in ready}

            def cancel() -> None:
                for handle in handles:
                    ray.cancel(handle, force=True)

            return see_through(training, nodes, ended, cancel, _PATIENCE)
        finally:
            ray.util.remove_placement_group(place)

    with _cluster(ray, chosen.get("address"), wanted["CPU"] * nodes):
        return until_done(training.absolute(), start, log)


def _free_endpoint() -> str:
    """Return this machine's address in the cluster and a port that is free."""
    import ray

    with socket.socket() as probe:
        probe.bind(("", 0))
        return f"{ray.util.get_node_ip_address()}:{probe.getsockname()[1]}"


def _outcome(ray: Any, handle: Any) -> Outcome:
    try:
        return ray.get(handle)
    except ray.exceptions.RayTaskError as error:  # what on_machine does not expect
        return LostProcess(str(error.cause))
    except ray.exceptions.RayError as error:
        return LostProcess(f"a node of the cluster was lost ({type(error).__name__})")


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
    """Be connected to a cluster: the one that this process is connected to already,
    the one at ``address``, or a new one.
    """
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


RAY = Farm(render_on_ray, train_on_ray)
