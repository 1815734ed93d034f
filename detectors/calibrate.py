"""The calibration study: one float network, INT8 networks calibrated on one source after another, and a gate."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.calibration import Calibration
from detectors.judge import Judge
from detectors.quantize import Preset, Ranges, quantize
from detectors.runtime import compile_openvino
from detectors.speed import Speed, compare_speed, processor


@dataclass(frozen=True, slots=True)
class Row:
    """One source: the judge's two numbers for each seed (one entry for float), its score of each class, bytes on disk,
    speed.
    """

    name: str
    score: list[float]
    second: list[float]
    per_class: dict[str, float]
    size: int
    speed: Speed | None


def calibrate(
    source: Path,
    judge: Judge,
    calibrations: Mapping[str, str],
    out: Path,
    *,
    seeds: int = 3,
    count: int = 300,
    preset: Preset = "mixed",
    ranges: Ranges = "whole",
    bf16: bool = True,
    timed: bool = True,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Quantize ``source`` (a float .xml) on each of ``calibrations`` (name -> source), ``seeds`` times, and judge all.

    Networks lie in ``out/<name>-<seed>``; one that is there with the same record is not made again.
    """
    files: dict[str, list[Path]] = {"float": [source]}
    for name, origin in calibrations.items():
        files[name] = []
        for seed in range(seeds):
            folder = out / f"{name}-{seed}"
            if not _is_made(folder, count, calibration=origin, seed=seed, preset=preset, ranges=ranges):
                tell(f"{name}, seed {seed} ...")
                quantize(source, folder, Calibration(origin, count, seed), preset=preset, ranges=ranges, tell=tell)
            files[name].append(folder / "model.xml")
    speeds: dict[str, Speed] = {}
    if timed:
        pairs = {name: (paths[0], "f32") for name, paths in files.items()}
        if bf16:
            pairs["float in bf16"] = (source, "bf16")
        speeds = compare_speed(pairs)  # type: ignore[arg-type]
    rows = []
    for name, paths in files.items():
        judged = [judge.of(compile_openvino(p)) for p in paths]
        per_class = {c: float(np.mean([j.per_class[c] for j in judged])) for c in judged[0].per_class}
        size = sum(paths[0].with_suffix(s).stat().st_size for s in (".xml", ".bin"))
        rows.append(Row(name, [j.score for j in judged], [j.second for j in judged], per_class, size, speeds.get(name)))
    if "float in bf16" in speeds:
        rows.append(Row("float in bf16", [], [], {}, rows[0].size, speeds["float in bf16"]))
    return rows


def _is_made(folder: Path, count: int, **wanted: Any) -> bool:
    """Return whether a network lies there that was made as ``wanted``, from no more than ``count`` images."""
    try:
        made = json.loads((folder / "model.json").read_text())["int8"]
    except (OSError, ValueError, KeyError):
        return False
    return (
        all(made.get(k) == v for k, v in wanted.items())
        and made["images"] <= count
        and (folder / "model.bin").is_file()
    )


def drop(rows: list[Row], name: str) -> float:
    """Return how much of the score (points of 1) a source's networks lost against float, on average."""
    by_name = {r.name: r for r in rows}
    return float(np.mean(by_name["float"].score) - np.mean(by_name[name].score))


def markdown(rows: list[Row], judge: Judge) -> str:
    """Return the table for people, with the processor that the speeds were taken on."""
    out = [
        (
            f"| network | {judge.score} | change | worst class | {judge.second} | MB | latency | times faster [least, "
            "most] | throughput |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    base = rows[0]
    for r in rows:
        cells = [r.name]
        if r.score:
            spread = f" ± {100 * np.std(r.score):.2f}" if len(r.score) > 1 else ""
            worst = min(r.per_class, key=lambda c: r.per_class[c] - base.per_class[c])
            change = 100 * (r.per_class[worst] - base.per_class[worst])
            cells += [
                f"{100 * np.mean(r.score):.2f}{spread}",
                f"{-100 * drop(rows, r.name):+.2f}",
                f"{worst} {change:+.1f}" if r is not base else "",
                f"{100 * np.mean(r.second):.2f}" if judge.second else "",
            ]
        else:
            cells += [""] * 4
        cells.append(f"{r.size / 1e6:.2f}")
        if r.speed is None:
            cells += [""] * 3
        else:
            a, b = r.speed.latency_ratio, r.speed.throughput_ratio
            cells += [f"{r.speed.latency_ms:.2f} ms", f"{a[0]:.2f} [{a[1]:.2f}, {a[2]:.2f}]", f"{b[0]:.2f} x"]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join([*out, "", f"Speeds: {processor()}"]) + "\n"
