"""How much memory there is, and the refusal of what would not fit into it before any is taken."""

from __future__ import annotations

import os
from pathlib import Path

from rendersdg.errors import BadArgument, RenderSDGError

_CGROUPS = (  # the limit of a container and what it uses, in both forms that Linux has them
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)
_SMALL = 64 << 20  # bytes that are taken without a look at what there is


def available_memory() -> int | None:
    """Return the bytes that this process can still take, None where the system does not say.

    It is the least of what the machine has free, what the container leaves and what the process's own limit leaves.
    """
    found = [_machine(), _own_limit(), *(_container(Path(most), Path(used)) for most, used in _CGROUPS)]
    return min((n for n in found if n is not None), default=None)


def resident_memory() -> int | None:
    """Return the bytes of memory that this process holds, None where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):  # a system without it
        return None


def refuse_beyond_memory(wanted: int, what: str, remedy: str, error: type[RenderSDGError] = BadArgument) -> None:
    """Raise ``error`` where an estimate is more than the memory that is there.

    Args:
        wanted: bytes, estimated.
        what: what would take them, with its value: ``count=100000``.
        remedy: what to do instead.
        error: the kind of error.
    """
    if wanted < _SMALL:
        return
    there = available_memory()
    if there is not None and wanted > there:
        raise error(f"{what} would take about {_said(wanted)}, and {_said(there)} are free; {remedy}")


def _said(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{max(size, 0) // 2**20} MiB"


def _machine() -> int | None:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _container(most: Path, used: Path) -> int | None:
    limit, now = _read(most).strip(), _read(used).strip()
    return max(int(limit) - int(now), 0) if limit.isdigit() and now.isdigit() else None


def _own_limit() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _read(Path("/proc/self/statm")).split()
    if most == resource.RLIM_INFINITY or not pages:
        return None
    return max(most - int(pages[0]) * resource.getpagesize(), 0)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
