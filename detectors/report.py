"""The report of a study: table, CSV, plot, from the detections that its runs left."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detectors.exchange import Key, Row, markdown, rows_of
from detectors.matching import Matches, match_class
from detectors.oriented import overlap_of
from detectors.plots import learning_curves
from detectors.study import Cell, Sets, Study, load_detections, real_part


def report(study: Study, sets: Sets, done: Sequence[Cell], out: Path, *, resamples: int = 500) -> str:
    """Write study.md, study.csv and study.png into a study's folder and return the table.

    Args:
        study: the study.
        sets: its sets.
        done: the cells that have run.
        out: its folder.
        resamples: draws of the bootstrap.
    """
    if not done:
        return "no run is done yet\n"
    keys = {key: k for k, key in enumerate(dict.fromkeys(s.key for s in sets.val.images))}
    groups = np.array([keys[s.key] for s in sets.val.images])
    matches: dict[Key, list[list[Matches]]] = {}
    images: dict[float, int] = {0: 0}
    for cell in sorted(done, key=lambda c: (c.amount, c.arm, c.seed)):
        detections = load_detections(out, cell)
        overlap = overlap_of(sets.val, detections)
        per_class = [match_class(sets.val.images, detections, k, overlap=overlap) for k in range(len(sets.val.classes))]
        matches.setdefault((cell.arm, cell.amount), []).append(per_class)
        if cell.amount:
            images[cell.amount] = len(real_part(study, sets, cell))
    rows = rows_of(matches, images, groups, sets.val.classes, resamples=resamples, beside=study.beside)
    text = markdown(rows, study.unit, study.beside)
    (out / "study.md").write_text(text, encoding="utf-8")
    _write_csv(rows, out / "study.csv")
    learning_curves(rows, out / "study.png")
    return text


def _write_csv(rows: Sequence[Row], file: Path) -> None:
    with file.open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(
            ["arm", "amount", "images", "seeds", "map50", "low", "high", "map", "gain", "worth", *rows[0].per_class]
        )
        for r in rows:
            head = [r.arm, r.amount, r.images, r.seeds, r.map50, *r.map50_interval, r.map, r.gain, r.worth]
            table.writerow([*head, *r.per_class.values()])
