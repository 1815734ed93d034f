"""What rendered images were worth: the table of a study, gains with intervals,
and how many real images they replace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from detectors.matching import Matches, average_precision
from rendersdg.arrays import F8, I8
from rendersdg.streams import generator

_FIFTY = 0  # place of IoU 0.5 among COCO's thresholds


@dataclass(frozen=True, slots=True)
class Row:
    """One arm at one amount: means over seeds with 95 % intervals over images and seeds.

    ``gain`` is the difference in mAP50 from real images alone at the same amount; ``worth`` the number of real images
    that alone give the same mAP50, less those used; infinite where even all of them do not.
    """

    arm: str
    amount: float
    images: int
    seeds: int
    map50: float
    map50_interval: tuple[float, float]
    map: float
    per_class: dict[str, float]
    gain: float | None = None
    gain_interval: tuple[float, float] | None = None
    worth: float | None = None
    worth_interval: tuple[float, float] | None = None
    spread: list[float] = field(default_factory=list)  # mAP50 of each seed


Key = tuple[str, float]  # arm, amount


def rows_of(
    matches: Mapping[Key, Sequence[Sequence[Matches]]],
    images: Mapping[float, int],
    groups: I8,
    classes: Sequence[str],
    *,
    resamples: int = 500,
    seed: int = 0,
    beside: str = "real",
) -> list[Row]:
    """Return the rows of a study's table, one for each arm and amount.

    The bootstrap draws groups of images, the same for all cells so that differences are paired, and seeds.

    Args:
        matches: for each arm and amount, for each seed, the matches of each class.
        images: the number of real images of an amount.
        groups: (I,) int64, the group of each of the I images of the test set.
        classes: their names.
        resamples: draws of the bootstrap.
        seed: of the bootstrap.
        beside: the arm that gains are measured from.
    """
    scores = {key: np.array([_scores(of_seed) for of_seed in of_seeds]) for key, of_seeds in matches.items()}
    drawn = _drawn(matches, groups, resamples, seed)
    order = sorted(scores, key=lambda key: (key[1], key[0] != beside, key[0] != "real", key[0]))
    rows = []
    for arm, amount in order:
        values = scores[arm, amount]
        row = Row(
            arm=arm,
            amount=amount,
            images=images.get(amount, 0),
            seeds=len(values),
            map50=float(values[:, 0].mean()),
            map50_interval=_interval(drawn[arm, amount]),
            map=float(values[:, 1].mean()),
            per_class=dict(zip(classes, values[:, 2:].mean(0).tolist())),
            spread=values[:, 0].tolist(),
        )
        rows.append(_worth(_gained(row, scores, drawn, beside), scores, drawn, images))
    return rows


def _drawn(
    matches: Mapping[Key, Sequence[Sequence[Matches]]], groups: I8, resamples: int, seed: int
) -> dict[Key, list[float]]:
    """Return mAP50 of each cell in each draw of the bootstrap."""
    rng = generator(seed, "exchange", 0)
    drawn: dict[Key, list[float]] = {key: [] for key in matches}
    number = int(groups.max()) + 1
    for _ in range(resamples):
        # one draw of groups for all cells, and one of seeds for all cells that have as many: differences are paired
        weights = np.bincount(rng.integers(0, number, number), minlength=number).astype(float)[groups]
        picks: dict[int, I8] = {}
        for key, of_seeds in matches.items():
            count = len(of_seeds)
            pick = picks.setdefault(count, rng.integers(0, count, count))
            of_seed = {
                s: float(np.nanmean([average_precision(m, weights, (_FIFTY,))[0] for m in of_seeds[s]]))
                for s in set(pick.tolist())
            }
            drawn[key].append(float(np.mean([of_seed[s] for s in pick.tolist()])))
    return drawn


def _gained(row: Row, scores: Mapping[Key, F8], drawn: Mapping[Key, list[float]], beside: str) -> Row:
    """Return a row with what it gains over another arm at the same amount."""
    key, base = (row.arm, row.amount), (beside, row.amount)
    if base not in scores or key == base:
        return row
    gain = row.map50 - float(scores[base][:, 0].mean())
    return replace(row, gain=gain, gain_interval=_interval(np.subtract(drawn[key], drawn[base]).tolist()))


def _worth(row: Row, scores: Mapping[Key, F8], drawn: Mapping[Key, list[float]], images: Mapping[float, int]) -> Row:
    """Return a row with how many real images alone it is worth."""
    real = sorted(amount for arm, amount in scores if arm == "real")
    counts = [images[amount] for amount in real]
    curve = [float(scores["real", amount][:, 0].mean()) for amount in real]
    if row.arm != "real" and len(real) > 1 and max(curve) > 0:  # nothing can be read off a curve that stays at nothing
        # each draw is read off its own learning curve
        lots = [
            images_for(value, counts, [drawn["real", amount][k] for amount in real]) - row.images
            for k, value in enumerate(drawn[row.arm, row.amount])
        ]
        worth = images_for(row.map50, counts, curve) - row.images
        row = replace(row, worth=worth, worth_interval=_interval(lots))
    return row


def images_for(value: float, counts: Sequence[int], curve: Sequence[float]) -> float:
    """Return how many images give ``value`` on a learning curve: linear in the logarithm of the count, made to rise.

    Below the first point the curve goes down to nothing at no image; above the last it is infinite.

    >>> images_for(0.5, [10, 100], [0.4, 0.6])
    31.622776601683793
    """
    high = np.maximum.accumulate(curve)
    if value > high[-1]:
        return float("inf")
    at = int(np.searchsorted(high, value))
    if at == 0:
        return float(counts[0] * max(value, 0) / high[0]) if high[0] > 0 else 0.0
    share = (value - high[at - 1]) / (high[at] - high[at - 1])
    return float(np.exp(np.log(counts[at - 1]) + share * (np.log(counts[at]) - np.log(counts[at - 1]))))


def _scores(classes: Sequence[Matches]) -> list[float]:
    """Return mAP50, mAP, and the AP50 of each class, of one run."""
    rows = np.array([average_precision(m) for m in classes])
    return [float(np.nanmean(rows[:, _FIFTY])), float(np.nanmean(rows)), *rows[:, _FIFTY].tolist()]


def _interval(values: Sequence[float]) -> tuple[float, float]:
    finite = np.asarray(values, float)
    low, high = np.percentile(finite, [2.5, 97.5], method="nearest") if len(finite) else (np.nan, np.nan)
    return float(low), float(high)


def markdown(rows: Sequence[Row], unit: str, beside: str = "real") -> str:
    """Return the table of ``rows`` for people; ``beside`` is the arm that gains are measured from.

    ``unit`` says what amounts are: images of a class (``per_class``) or shares of the real set (``fraction``).
    """
    head = "images a class" if unit == "per_class" else "share of real"
    out = [
        f"| {head} | real images | arm | seeds | mAP50 [95 %] | mAP | gain in mAP50 over {beside} [95 %] | "
        "worth in real images [95 %] |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        gain = (
            ""
            if r.gain is None or r.gain_interval is None
            else f"{100 * r.gain:+.1f} [{100 * r.gain_interval[0]:+.1f}, {100 * r.gain_interval[1]:+.1f}]"
        )
        worth = (
            ""
            if r.worth is None or r.worth_interval is None
            else f"{_count(r.worth)} [{_count(r.worth_interval[0])}, {_count(r.worth_interval[1])}]"
        )
        low, high = r.map50_interval
        out.append(
            f"| {r.amount:g} | {r.images} | {r.arm} | {r.seeds} | {100 * r.map50:.1f} [{100 * low:.1f}, "
            f"{100 * high:.1f}] | {100 * r.map:.1f} | {gain} | {worth} |"
        )
    classes = list(rows[0].per_class) if rows else []
    out += ["", f"| AP50 of a class: {head} | arm | " + " | ".join(classes) + " |", "|---" * (len(classes) + 2) + "|"]
    for r in rows:
        out.append(f"| {r.amount:g} | {r.arm} | " + " | ".join(f"{100 * r.per_class[c]:.1f}" for c in classes) + " |")
    return "\n".join(out) + "\n"


def _count(value: float) -> str:
    return "more than all" if value == float("inf") else f"{value:+.0f}"
