"""Making an anomaly detector of good photographs: remember, learn, set the threshold, write it down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from detectors.anomaly.coreset import coreset
from detectors.anomaly.features import PatchFeatures
from detectors.anomaly.head import DefectHead
from detectors.anomaly.heat import Heating, learned_heating
from detectors.anomaly.known import RECORD, digests
from detectors.anomaly.learn import OnStep, learn
from detectors.anomaly.memory import PatchMemory
from detectors.anomaly.model import content_of, of_network
from detectors.anomaly.network import AnomalyNetwork
from detectors.anomaly.photographs import GoodParts, Photographs
from detectors.anomaly.recipe import AnomalyRecipe
from detectors.checkpoint import save
from detectors.composite import Change
from detectors.models.efficientnet_lite import EfficientNetLite, pretrained_lite
from detectors.preprocess import Preprocess
from rendersdg.arrays import F4
from rendersdg.errors import DatasetError
from rendersdg.files import write_file
from rendersdg.plain import Json
from rendersdg.streams import generator

_BATCH = 8  # photographs at a time
_MOST = 200_000  # patches that the memory is chosen from: 120 MB


def train_anomaly(
    good: GoodParts,
    recipe: AnomalyRecipe,
    out: Path,
    *,
    changes: Sequence[Change] = (),
    network: EfficientNetLite | None = None,
    on_step: OnStep = lambda what, done, total: None,
) -> Json:
    """Make an anomaly detector in the folder ``out`` and return the record of the run, which is in ``result.json`` too.

    Args:
        good: photographs of good parts.
        recipe: how.
        out: the run's folder, which gets ``model.pt``.
        changes: what rendered defects change; without any, defects are synthetic.
        network: the backbone; None for one that knows ImageNet.
        on_step: is told what is done.

    Raises:
        BadArgument: the weights of the backbone are not installed.
        DatasetError: ``out`` holds a run already or cannot be written.
        TrainingFailed: a loss is not a finite number.
    """
    started = perf_counter()
    fresh(out)
    features = PatchFeatures(pretrained_lite(recipe.backbone) if network is None else network.eval()).eval()
    memory, head = None, None
    if recipe.parts != "defects":
        memory = remembered(features, good.known, good.preprocess, recipe, on_step)
    if recipe.parts != "memory":
        torch.manual_seed(recipe.seed)
        head = DefectHead(features.network.channels)
        learn(
            features,
            head,
            good.known,
            good.preprocess,
            recipe,
            changes=changes,
            on_step=on_step,
        )
    whole = AnomalyNetwork(features, memory, head).eval()
    heating = heating_of(whole, good.held_out, good.preprocess, recipe.quantile)
    save(content_of(whole, good.preprocess, heating), out / "model.pt")
    record: Json = {
        "recipe": asdict(recipe),
        "known": len(good.known),
        "held_out": len(good.held_out),
        "photographs": digests((*good.known.files, *good.held_out.files)),
        "skipped": list(good.skipped),
        "patches": 0 if memory is None else len(memory.bank),
        "rendered_defects": len(changes),
        "threshold": heating.threshold,
        "seconds": perf_counter() - started,
    }
    write_file(out / RECORD, (json.dumps(record, indent=1) + "\n").encode())
    return record


def remembered(
    features: PatchFeatures, photographs: Photographs, preprocess: Preprocess, recipe: AnomalyRecipe, on_step: OnStep
) -> PatchMemory:
    """Return a memory of the photographs' patches; the channels' spread is learned on the way.

    Where there are more than 200,000 patches, the coreset is chosen from as many, drawn evenly from all photographs.
    """
    most = max(_MOST // len(photographs), 1)
    rows: list[Tensor] = []
    for start in range(0, len(photographs), _BATCH):
        part = slice(start, start + _BATCH)
        images = torch.from_numpy(preprocess.tensor(photographs.squares[part]))
        with torch.no_grad():
            patches = features(images)[1]
        for k, one in enumerate(patches, start):
            width, height = photographs.inner_wh(preprocess, k)
            cells = [max(round(n * length / preprocess.size), 1) for n, length in zip(one.shape[1:], (height, width))]
            own = one[:, : cells[0], : cells[1]].flatten(1).t()
            if len(own) > most:
                picks = np.sort(generator(recipe.seed, "anomaly/patches", k).permutation(len(own))[:most])
                own = own[torch.from_numpy(picks)]
            rows.append(own.clone())
        on_step("look at photographs", min(start + _BATCH, len(photographs)), len(photographs))
    patches = torch.cat(rows)
    features.learn_spread(patches)
    patches = patches / features.spread
    count = min(recipe.patches, len(patches))
    picks = coreset(patches.numpy(), count, recipe.seed, on_pick=lambda done: on_step("choose patches", done, count))
    return PatchMemory(patches[torch.from_numpy(picks)])


def heating_of(network: AnomalyNetwork, good: Photographs, preprocess: Preprocess, quantile: float) -> Heating:
    """Return scales and thresholds by good photographs that the network did not learn from."""
    model = of_network(network, preprocess, Heating({}))
    maps: list[dict[str, F4]] = []
    for start in range(0, len(good), _BATCH):  # as floats, all at once would take four times the memory
        maps += model.maps(preprocess.tensor(good.squares[start : start + _BATCH]))
    return learned_heating(list(zip(maps, good.sizes_wh)), preprocess, quantile)


def fresh(out: Path) -> None:
    """Make a run's folder. Raises DatasetError where a run is in it, or it cannot be made."""
    if (out / "model.pt").exists():
        raise DatasetError(f"{out} holds a run already; give another folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(f"cannot write {out}: {error.strerror}") from None
