"""The loop of a training in many processes: what ``train_gpt``, ``train_mae`` and ``train_vit`` do, under a layout."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from detectors.checkpoint import save
from detectors.ranks import Ranks, device_here, together
from detectors.recipe import cores
from detectors.vision.parallel import checkpoints
from detectors.vision.parallel.engines import Engine, bytes_held, placed
from detectors.vision.parallel.layout import Layout, check_layout, layout_of
from detectors.vision.parallel.stages import part_asks, whole_asks
from detectors.vision.parallel.tasks import Task, share_of
from detectors.vision.rates import share_of_rate
from rendersdg.errors import BadArgument, DatasetError, TrainingFailed
from rendersdg.files import write_file
from rendersdg.plain import Json


@dataclass(frozen=True, slots=True)
class Split:
    """How a training is split, and what it spends on memory; none of it but ``precision`` changes what is learned.

    ``accumulate`` are the parts of a process's share of a batch that are computed one after another; None for 1, and
    with a pipeline for as many as it has stages. ``every`` are the steps between checkpoints; None for an epoch.
    """

    layout: str | None = None
    accumulate: int | None = None
    precision: str = "float32"
    recomputes: bool = False
    every: int | None = None

    def __post_init__(self) -> None:
        if self.precision not in ("float32", "bf16"):
            raise BadArgument(f"--precision {self.precision} is not float32 or bf16")
        if any(value is not None and value < 1 for value in (self.accumulate, self.every)):
            raise BadArgument("--accumulate and --checkpoint-every are 1 or more")

    def micro(self, layout: Layout) -> int:
        """Return how many parts a share has."""
        return layout.pp if self.accumulate is None else self.accumulate


OnStep = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Run:
    """A training in one of its processes; ``settings`` decide the weights, and a run that goes on must share them."""

    task: Task
    split: Split
    out: Path
    ranks: Ranks
    engine: Engine
    optimizer: torch.optim.Optimizer
    settings: Json


@dataclass(slots=True)
class _Progress:
    """How far a training is: the steps done, the numbers of each epoch, and the loss of each step."""

    step: int = 0
    log: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def train_split(
    task: Task,
    split: Split,
    out: Path,
    *,
    resume: bool = False,
    device: str = "auto",
    on_step: OnStep = lambda done, total: None,
) -> Json | None:
    """Train in the processes that torchrun started, or in this one alone; return the first process's record.

    Args:
        task: what is learned.
        split: how it is split.
        out: the run's folder: ``model.pt``, ``log.csv``, ``steps.csv``, ``recipe.json``, ``checkpoint-*``.
        resume: whether a run in ``out`` is continued from its last checkpoint, under any layout.
        device: ``auto``, ``cpu`` or ``cuda``.
        on_step: is called after each step of the first process with how many are done, and how many there are.

    Returns:
        ``log`` (numbers of each epoch), ``losses`` (of each step), ``seconds``, ``steps``, ``processes``, ``layout``
        and ``bytes`` of the first process (see :func:`bytes_held`); None in other processes.

    Raises:
        BadArgument: the layout does not fit, or the run in ``out`` has another recipe.
        DatasetError: there is a run already and ``resume`` is not set, or a checkpoint is damaged.
        TrainingFailed: the loss is not a finite number.
    """
    with together(device_here(device)) as ranks:
        if ranks.world > 1:
            torch.set_num_threads(max(cores() // ranks.here, 1))
        run = _run(task, split, out, ranks, device_here(device))
        done, began = _begun(run, resume), time.monotonic()
        _learn(run, done, on_step)
        if not ranks.leads:
            return None
        last, layout = checkpoints.folder_of(out, done.step), str(run.engine.place.layout)
        save(task.content | {"weights": _whole(task, last).state_dict()}, out / "model.pt")
        write_file(out / "recipe.json", (json.dumps(run.settings | {"layout": layout}, indent=1) + "\n").encode())
        return {
            "log": done.log,
            "losses": done.losses,
            "steps": done.step,
            "seconds": time.monotonic() - began,
            "processes": ranks.world,
            "layout": layout,
            "bytes": bytes_held(run.engine, run.optimizer),
        }


def _run(task: Task, split: Split, out: Path, ranks: Ranks, device: torch.device) -> _Run:
    """Return a training whose network is split, and has learned nothing yet. Raises BadArgument."""
    layout = layout_of(split.layout, ranks.world)
    micro, recipe = split.micro(layout), task.recipe
    network = task.build()
    pieces = task.cut(network)
    check_layout(
        layout,
        heads=task.heads,
        blocks=sum(piece.is_block for piece in pieces),
        batch=recipe.batch,
        pictures=task.pictures,
        micro=micro,
    )
    engine = Engine(
        network,
        pieces,
        task.loss,
        placed(layout, device),
        micro=micro,
        is_bf16=split.precision == "bf16",
        recomputes=split.recomputes,
    )
    # one tensor at a time: a process holds tensors of several meshes, which one operation does not take together
    optimizer = torch.optim.AdamW(task.groups(engine.network), recipe.rate, betas=(0.9, 0.95), foreach=False)
    settings = json.loads(json.dumps({"recipe": asdict(recipe), "precision": split.precision, **task.content}))
    return _Run(task, split, out, ranks, engine, optimizer, settings)


def _learn(run: _Run, done: _Progress, on_step: OnStep) -> None:
    """Do the steps that are not done yet; each is a function of seed and step alone."""
    task, engine, optimizer = run.task, run.engine, run.optimizer
    place, total = engine.place, task.steps * task.recipe.epochs
    rates = [group["initial_lr"] for group in optimizer.param_groups]
    fresh: list[torch.Tensor] = []  # losses since the last checkpoint
    engine.stage.train()
    for epoch in range(done.step // task.steps, task.recipe.epochs):
        for step, batch in enumerate(task.batches(epoch), epoch * task.steps):
            if step < done.step:
                continue  # it was drawn, so that what follows is drawn as it would have been
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate * share_of_rate(step, total)
            optimizer.zero_grad(set_to_none=True)
            fresh.append(engine.gradients(*share_of(batch, place.share, place.layout.shares, place.device)))
            engine.clip(1.0)
            optimizer.step()
            done.step = step + 1
            if done.step % (run.split.every or task.steps) == 0 or done.step % task.steps == 0:
                done.losses += engine.mean_over_processes(torch.stack(fresh)).tolist()
                fresh.clear()
                _keep(run, done)
            if run.ranks.leads:
                on_step(done.step, total)


def _keep(run: _Run, done: _Progress) -> None:
    """Write a checkpoint, and after an epoch judge the network; called by all processes."""
    task, out = run.task, run.out
    if not all(math.isfinite(value) for value in done.losses):
        raise TrainingFailed(f"the loss is not a finite number before step {done.step}; try a smaller --rate")
    folder = checkpoints.folder_of(out, done.step)
    checkpoints.write(folder, run.engine.network, run.optimizer)
    if run.ranks.leads:
        if done.step % task.steps == 0:
            judged = {} if task.judge is None else task.judge(_whole(task, folder))
            done.log.append({task.measure: sum(done.losses[-task.steps :]) / task.steps} | judged)
        checkpoints.finish(folder, run.settings | asdict(done))
        _write_tables(out, done, task.measure)
    run.ranks.agreed(None)  # the others go on when the first one has judged


def _begun(run: _Run, resume: bool) -> _Progress:
    """Make a run's folder, or read its newest checkpoint; return how far the run is."""
    out = run.out
    if (out / "checkpoint.pt").exists():
        raise DatasetError(f"{out} holds a run of one process without --layout; give another folder")
    found = run.ranks.agreed(checkpoints.newest(out))
    for group in run.optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    if found is None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatasetError(f"cannot write {out}: {error.strerror}") from None
        return _Progress()
    if not resume:
        raise DatasetError(f"{out} holds a run already; go on with --resume, or give another folder")
    kept = checkpoints.run_of(found)
    changed = [name for name, value in run.settings.items() if kept.get(name) != value]
    if "recipe" in changed and isinstance(kept.get("recipe"), dict):
        named = [name for name, value in run.settings["recipe"].items() if kept["recipe"].get(name) != value]
        changed = [name for name in dict.fromkeys([*named, *changed]) if name != "recipe"]
    if changed:
        raise BadArgument(f"{out} was trained with other {', '.join(changed)}; give another folder")
    checkpoints.read(found, run.engine.network, run.optimizer)
    return _Progress(kept["step"], kept["log"], kept["losses"])


def _whole(task: Task, folder: Path) -> torch.nn.Module:
    """Return the whole network of a checkpoint, in evaluation mode."""
    network = task.build()
    fused = task.build()
    part_asks(network)
    checkpoints.read_weights(folder, network)
    fused.load_state_dict(whole_asks(network.state_dict()))
    return fused.eval()


def _write_tables(out: Path, done: _Progress, measure: str) -> None:
    """Write ``log.csv``, a row an epoch, and ``steps.csv``, a row a step."""
    tables: dict[str, list[dict[str, float]]] = {
        "log.csv": [{"epoch": k} | row for k, row in enumerate(done.log)],
        "steps.csv": [{"step": k + 1, measure: value} for k, value in enumerate(done.losses)],
    }
    for name, rows in tables.items():
        if rows:
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            write_file(out / name, text.getvalue().encode())
