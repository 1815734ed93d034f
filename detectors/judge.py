"""How good an exported network is on real images: detectors by mAP50, classifiers by top-1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from detectors.anomaly.evaluate import evaluate_anomaly
from detectors.anomaly.model import AnomalyModel, load_anomaly, maps_of
from detectors.classify.pictures import Pictures, read_pictures
from detectors.evaluate import coco_numbers, oriented_numbers
from detectors.masks import unoutlined
from detectors.model_files import description
from detectors.oriented import refuse_unoutlined
from detectors.preprocess import Preprocess
from detectors.readers import read
from detectors.runtime import Compiled, Model, load_model, network_of, outputs_of, predict
from detectors.samples import Samples, checked
from rendersdg.english import counted
from rendersdg.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Judged:
    """``score`` is what counts (0 to 1), ``second`` a stricter number or NaN, ``per_class`` the score of each class."""

    score: float
    second: float
    per_class: dict[str, float]


@dataclass(frozen=True, slots=True)
class Judge:
    """``of`` judges a compiled OpenVINO network; ``score`` and ``second`` name the numbers, ``on`` the images."""

    score: str
    second: str
    on: str
    of: Callable[[Compiled], Judged]


def judge_of(network: Path, on: str) -> Judge:
    """Return the judge of an exported .xml on a labelled set (detectors of boxes or of anomalies) or on pictures
    (classifiers). Raises DatasetError.
    """
    about = description(network)
    if about["task"] == "classify":
        return classifier_judge(read_pictures(Path(on)), Preprocess(**about["preprocess"]))
    if about["task"] == "anomaly":
        return anomaly_judge(load_anomaly(network), list(about["outputs"]), read(on))
    model = load_model(network)
    return detector_judge(model, checked(read(on)).of_classes(model.classes))


def anomaly_judge(model: AnomalyModel, outputs: Sequence[str], samples: Samples) -> Judge:
    """Return a judge by AUROC of images and AU-PRO, and by the share of each class that is called bad.

    Args:
        model: gives what is done after the network.
        outputs: the names of the network's outputs.
        samples: images with masks; those without a label are good.
    """

    def judge(compiled: Compiled) -> Judged:
        judged = replace(model, maps=maps_of(outputs_of(compiled, outputs)))
        report = evaluate_anomaly(judged, samples)[0]
        shares = {name: found / of for name, (found, of) in report.found.items()}
        return Judged(float(np.nan_to_num(report.scores.image_auroc)), report.scores.au_pro, shares)

    return Judge("image AUROC", "AU-PRO", samples.name, judge)


def detector_judge(model: Model, samples: Samples) -> Judge:
    """Return a judge by COCO's numbers, of masks or oriented boxes where the model finds them; ``model`` gives what is
    done before and after the network. Raises DatasetError where these are to be judged and an object has a box alone.
    """
    if model.finds == "oriented boxes":
        refuse_unoutlined(samples, "this model is judged by its oriented boxes")
    count, first = unoutlined(samples) if model.finds == "masks" else (0, "")
    if count:
        raise DatasetError(
            f"{samples.name}: {counted(count, 'object')} have a box alone, the first in {first}; this model is "
            "judged by its masks: give the objects outlines or masks"
        )

    def judge(compiled: Compiled) -> Judged:
        judged = replace(model, network=network_of(compiled))
        by: Literal["bbox", "segm"] = "segm" if model.finds == "masks" else "bbox"
        found = predict(judged, samples.images)
        is_oriented = model.finds == "oriented boxes"
        whole, per_class = oriented_numbers(samples, found) if is_oriented else coco_numbers(samples, found, by)
        return Judged(
            float(np.nan_to_num(whole["mAP50"])), whole["mAP"], {c: per_class[c]["AP50"] for c in samples.classes}
        )

    of = {"boxes": "", "masks": "mask ", "oriented boxes": "oriented "}[model.finds]
    return Judge(f"{of}mAP50", f"{of}mAP", samples.name, judge)


def classifier_judge(pictures: Pictures, preprocess: Preprocess) -> Judge:
    """Return a judge by the share of pictures whose highest score is their class's."""

    def judge(compiled: Compiled) -> Judged:
        request = compiled.create_infer_request()
        tensors = (preprocess.tensor(preprocess.image(image)[None]) for image in pictures.images)
        answers = np.array([int(request.infer({0: tensor})[0].argmax()) for tensor in tensors])
        right = answers == pictures.labels
        per_class = {name: float(right[pictures.labels == k].mean()) for k, name in enumerate(pictures.classes)}
        return Judged(float(right.mean()), float("nan"), per_class)

    return Judge("top-1", "", pictures.name, judge)
