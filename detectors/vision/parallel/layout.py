"""A layout: over how many processes the data, the shards, the heads and the blocks of a training go."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import prod

from rendersdg.english import counted
from rendersdg.errors import BadArgument


@dataclass(frozen=True, slots=True)
class Layout:
    """How many ways a training is split; the product is the number of processes.

    ``pp`` are stages of a pipeline, each with some of the blocks. ``dp`` are copies, each with its share of a batch.
    ``fsdp`` are processes that also share a batch, and keep a part of each parameter, gradient and state of the
    optimizer. ``tp`` are processes that share the heads and hidden numbers of each block. Neighbours in ``tp`` have
    neighbouring ranks, for they talk most; stages of ``pp`` are farthest apart.
    """

    pp: int = 1
    dp: int = 1
    fsdp: int = 1
    tp: int = 1

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1:
            raise BadArgument(f"layout {self}: pp, dp, fsdp and tp are 1 or more")

    def __str__(self) -> str:
        named = [f"{name}={count}" for name, count in asdict(self).items() if count > 1]
        return ",".join(named) or "dp=1"

    @property
    def processes(self) -> int:
        """How many processes it needs."""
        return prod(asdict(self).values())

    @property
    def shares(self) -> int:
        """How many shares a batch has."""
        return self.dp * self.fsdp


def layout_of(text: str | None, processes: int) -> Layout:
    """Return the layout that ``dp=2,tp=2`` names; without a text all processes are copies (``dp``).

    Raises BadArgument when a name is unknown or given twice, a number is none, or the product is not ``processes``.
    """
    if text is None:
        return Layout(dp=processes)
    names, found = [f.name for f in fields(Layout)], dict[str, int]()
    for part in text.split(","):
        name, _, count = part.strip().partition("=")
        if name not in names or not count.isascii() or not count.isdigit() or name in found:
            raise BadArgument(f"--layout {text}: {part.strip()!r} is not one of dp=N, fsdp=N, tp=N, pp=N, each once")
        found[name] = int(count)
    layout = Layout(**found)
    if layout.processes != processes:
        needed = counted(layout.processes, "process", "processes")
        raise BadArgument(f"--layout {text} needs {needed}, not {processes}; --workers {layout.processes}")
    return layout


def check_layout(layout: Layout, *, heads: int, blocks: int, batch: int, pictures: int, micro: int) -> None:
    """Raise BadArgument where something does not come out even, naming what divides what.

    Args:
        layout: the layout.
        heads: of attention, shared by ``tp``.
        blocks: of the network, shared by ``pp``.
        batch: pictures of a step, of all processes together.
        pictures: that there are.
        micro: parts of a process's share that are computed one after another (``--accumulate``).
    """
    if heads % layout.tp:
        raise BadArgument(f"tp={layout.tp} cannot share {counted(heads, 'head')}; --heads is a multiple of tp")
    if blocks % layout.pp:
        raise BadArgument(
            f"pp={layout.pp} cannot share {counted(blocks, 'block')} evenly; give a --depth that it divides"
        )
    if micro < layout.pp:
        raise BadArgument(f"--accumulate {micro} is below pp={layout.pp}: a stage without a part of the batch waits")
    if pictures < batch:
        raise BadArgument(f"--batch {batch} is more than the {counted(pictures, 'picture')} that there are")
    parts = layout.shares * micro
    if batch % parts:
        raise BadArgument(
            f"--batch {batch} cannot be cut into {parts} equal parts (dp={layout.dp} x fsdp={layout.fsdp} x "
            f"{micro} of --accumulate); --batch {-(-batch // parts) * parts}"
        )
