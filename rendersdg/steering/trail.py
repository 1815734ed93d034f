"""The audit trail of a study, to be read: what was found in each round, what was changed for it, what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rendersdg.english import counted
from rendersdg.files import write_file
from rendersdg.plain import Json
from rendersdg.steering.rounds import Round, Steered
from rendersdg.steering.study import Judged, SteeringStudy

_SHOWN = 12  # effects of a round that are shown; the rest is counted


def write_trail(study: SteeringStudy, steered: Steered, out: Path) -> None:
    """Write ``trail.md`` to read, ``trail.json`` with all numbers, and ``scene.yaml``, the next round's scene."""
    write_file(out / "scene.yaml", steered.text.encode())
    write_file(out / "trail.json", (json.dumps(_as_json(study, steered), indent=1) + "\n").encode())
    write_file(out / "trail.md", trail(study, steered).encode())


def trail(study: SteeringStudy, steered: Steered) -> str:
    """Return the trail as Markdown."""
    return "\n".join(_lines(study, steered)) + "\n"


def _lines(study: SteeringStudy, steered: Steered) -> Iterator[str]:
    best = steered.best
    yield f"# Steering {study.scene.name}"
    yield ""
    count = counted(len(steered.rounds), "round")
    yield f"{count} of {study.frames} frames each, seed {study.seed}. It stopped since {steered.stopped}."
    yield ""
    if study.is_control:
        yield "This is a control: nothing was re-weighted, every round renders the author's scene."
        yield ""
    yield "| round | frames | CPU minutes | hold-out mAP50 | hold-out recall | steered on: mAP50 | steered on: recall |"
    yield "| --: | --: | --: | --: | --: | --: | --: |"
    for one in steered.rounds:
        numbers = (one.hold_out.map50, one.hold_out.recall, one.steered.map50, one.steered.recall)
        cells = " | ".join(f"{v:.3f}" for v in numbers)
        yield f"| {one.number}{' (best)' if one is best else ''} | {one.frames} | {one.cpu_minutes:.1f} | {cells} |"
    yield ""
    yield (
        f"Recall counts detections with a score of {study.confidence:g} and more. Nothing was steered on the hold-out, "
        f"{_what(study.hold_out)}. What was steered on: {_what(study.steer_on)}"
        f"{', with each part of its ranges equally likely' if study.steer_on.frames else ''}."
    )
    for one in steered.rounds:
        yield from _of_round(study, one, one is steered.rounds[-1])
    if steered.fixed:
        yield ""
        yield "## What cannot be re-weighted"
        yield ""
        for label, why in sorted(steered.fixed.items()):
            yield f"- `{label}`: {why}"
    yield ""
    yield "## The scene"
    yield ""
    yield (
        f"`scene.yaml` is the author's scene with the last shares. Put it beside {study.scene.name}: relative paths "
        "start there."
    )


def _what(judged: Judged) -> str:
    return f"`{judged.data}`" if judged.data else f"{judged.frames} frames of the author's scene under another seed"


def _of_round(study: SteeringStudy, one: Round, is_last: bool) -> Iterator[str]:
    yield ""
    yield f"## After round {one.number}"
    yield ""
    if one.explained is not None:
        yield (
            f"How objects look explains {max(one.explained, 0):.0%} of what is missed on the photographs. Rendered "
            "objects that look alike stand for them below."
        )
        yield ""
    yield f"Worst: {one.corner}." if one.corner else "No part of the scene's range stands out."
    if not one.sure:
        yield ""
        kept = "the shares of the round before stay" if one.shares else "the author's distributions stay"
        yield f"No parameter goes with what is missed by more than chance, so {kept}."
        return
    yield ""
    count = counted(len(one.sure), "parameter")
    verb = "goes" if len(one.sure) == 1 else "go"
    yield f"{count} {verb} with misses or false alarms by more than chance (false discovery rate 10 %)."
    then = "the next round would draw" if is_last else "the next round draws"
    for effect in one.sure[:_SHOWN]:
        yield ""
        yield f"### `{effect['label']}` (p = {effect['p']:.2g})"
        yield ""
        yield f"| part | drawn | mean harm | false alarms an object | the author drew | {then} |"
        yield "| :-- | --: | --: | --: | --: | --: |"
        for k, part in enumerate(effect["parts"]):
            after = effect["after"]
            yield (
                f"| {_cell(part)} | {effect['objects'][k]} | {_number(effect['harm'][k])} | "
                f"{_number(effect['false_alarms'][k])} | {effect['before'][k]:.0%} | "
                f"{'as before' if after is None else f'{after[k]:.0%}'} |"
            )
        if effect["rests"]:
            yield ""
            names = ", ".join(effect["parts"][k] for k in effect["rests"])
            yield f"Rests for a round, since more frames did not help: {names}."
    if len(one.sure) > _SHOWN:
        yield ""
        yield f"And {len(one.sure) - _SHOWN} more, in `trail.json`."


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|")


def _as_json(study: SteeringStudy, steered: Steered) -> Json:
    return _finite(
        {
            "scene": study.scene.name,
            "control": study.is_control,
            "frames": study.frames,
            "seed": study.seed,
            "stopped": steered.stopped,
            "best": steered.best.number,
            "fixed": steered.fixed,
            "rounds": [asdict(one) for one in steered.rounds],
        }
    )


def _finite(value: Any) -> Any:
    """Return plain values with None for what is not a number, which JSON has not."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
