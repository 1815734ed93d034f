"""The calibration study: one float network, INT8 networks calibrated on one source after another, and a gate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.calibration import Calibration
from detectors.judge import Judge
from detectors.quantize import Preset, Ranges, quantize
from detectors.runtime import Precision, compile_openvino
from detectors.speed import Speed, compare_speed, processor

_IN_BF16 = "float in bf16"


@dataclass(frozen=True, slots=True)
class Row:
    """One source: the judge's two numbers for each seed (one entry for float), its score of each class,
    bytes on disk, speed.
    """

    name: str
    score: list[float]
    second: list[float]
    per_class: dict[str, float]
    size: int
    speed: Speed | None


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """How networks are calibrated and compared.

    ``seeds``: how often each source is drawn from; ``count``: images each time; ``preset`` and ``ranges``: see
    :func:`detectors.quantize.quantize`; ``is_timed``: whether speeds are compared, ``with_bf16`` the float network's in
    bfloat16 among them.
    """

    seeds: int = 3
    count: int = 300
    preset: Preset = "mixed"
    ranges: Ranges = "whole"
    is_timed: bool = True
    with_bf16: bool = True


def calibrate(
    source: Path,
    judge: Judge,
    calibrations: Mapping[str, str],
    out: Path,
    plan: CalibrationPlan = CalibrationPlan(),
    *,
    log: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Quantize a float network on one source of images after the other, and judge all.

    Networks lie in ``out/<name>-<seed>``; one that is there with the same record is kept.

    Args:
        source: the float ``model.xml``.
        judge: scores a network, see :func:`detectors.judge.judge_of`.
        calibrations: the sources, by name; see :class:`detectors.calibration.Calibration`.
        out: the folder of the networks.
        plan: how they are calibrated and compared.
        log: is called with a line about each network.

    Returns:
        The rows of the table: the float network, each source, and the float network in bfloat16 where it is timed.

    Raises:
        DatasetError: a source holds no images, or the folder cannot be written.
    """
    files: dict[str, list[Path]] = {"float": [source]}
    for name, origin in calibrations.items():
        files[name] = []
        for seed in range(plan.seeds):
            folder = out / f"{name}-{seed}"
            calibration = Calibration(origin, plan.count, seed)
            if not _is_there(folder, calibration, plan):
                log(f"{name}, seed {seed} ...")
                quantize(source, folder, calibration, preset=plan.preset, ranges=plan.ranges, log=log)
            files[name].append(folder / "model.xml")
    speeds: dict[str, Speed] = {}
    if plan.is_timed:
        pairs: dict[str, tuple[Path, Precision]] = {name: (paths[0], "f32") for name, paths in files.items()}
        if plan.with_bf16:
            pairs[_IN_BF16] = (source, "bf16")
        speeds = compare_speed(pairs)
    judging: dict[str, tuple[list[Path], Precision]] = {name: (paths, "f32") for name, paths in files.items()}
    if plan.with_bf16 and plan.is_timed:
        judging[_IN_BF16] = ([source], "bf16")
    rows = []
    for name, (paths, precision) in judging.items():
        log(f"judging {name} ...")
        judged = [judge.of(compile_openvino(p, precision)) for p in paths]
        per_class = {c: float(np.mean([j.per_class[c] for j in judged])) for c in judged[0].per_class}
        size = sum(paths[0].with_suffix(s).stat().st_size for s in (".xml", ".bin"))
        rows.append(Row(name, [j.score for j in judged], [j.second for j in judged], per_class, size, speeds.get(name)))
    return rows


def _is_there(folder: Path, calibration: Calibration, plan: CalibrationPlan) -> bool:
    """Return whether the network lies there: calibrated so, from no more images than asked for."""
    try:
        record = json.loads((folder / "model.json").read_text())["int8"]
    except (OSError, ValueError, KeyError):
        return False
    asked = {
        "calibration": calibration.source,
        "seed": calibration.seed,
        "preset": plan.preset,
        "ranges": plan.ranges,
    }
    return (
        all(record.get(k) == v for k, v in asked.items())
        and record["images"] <= calibration.count
        and (folder / "model.bin").is_file()
    )


def drop(rows: list[Row], name: str) -> float:
    """Return how much of the score (points of 1) the networks of the row ``name`` lost against float, on average.

    ``rows`` are those of :func:`calibrate`.
    """
    by_name = {r.name: r for r in rows}
    return float(np.mean(by_name["float"].score) - np.mean(by_name[name].score))


def markdown(rows: list[Row], judge: Judge) -> str:
    """Return the table of ``rows`` for people, with the processor that the speeds were taken on.

    ``judge`` names the scores.
    """
    out = [
        (
            f"| network | {judge.score} | change | worst class | {judge.second} | MB | latency | times faster [least, "
            "most] | throughput |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    base = rows[0]
    for r in rows:
        spread = f" ± {100 * np.std(r.score):.2f}" if len(r.score) > 1 else ""
        worst = min(r.per_class, key=lambda c: r.per_class[c] - base.per_class[c])
        change = 100 * (r.per_class[worst] - base.per_class[worst])
        cells = [
            r.name,
            f"{100 * np.mean(r.score):.2f}{spread}",
            f"{-100 * drop(rows, r.name):+.2f}",
            f"{worst} {change:+.1f}" if r is not base else "",
            f"{100 * np.mean(r.second):.2f}" if judge.second else "",
            f"{r.size / 1e6:.2f}",
        ]
        if r.speed is None:
            cells += [""] * 3
        else:
            a, b = r.speed.latency_ratio, r.speed.throughput_ratio
            cells += [f"{r.speed.latency_ms:.2f} ms", f"{a[0]:.2f} [{a[1]:.2f}, {a[2]:.2f}]", f"{b[0]:.2f} x"]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join([*out, "", f"Speeds: {processor()}"]) + "\n"
