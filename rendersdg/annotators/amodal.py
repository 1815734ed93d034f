"""Amodal masks: where each object would be seen if nothing stood before it; an extension of ours."""

from __future__ import annotations

import numpy as np

from rendersdg import rle
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.families import with_children
from rendersdg.annotators.segmentation import instance_numbers
from rendersdg.annotators.semantics import filter_of, labels_of


def amodal_segmentation(request: Request) -> Answer:
    """The whole outline of each labelled object within the image, hidden parts as well.

    ``data`` (N,) uint32 are the objects' ids, as in ``objects``; ``info["idToMask"]`` maps each to COCO's compressed
    runs, ``{"size": [height, width], "counts": text}``, ``info["idToLabels"]`` to its labels. An object that reaches no
    pixel has none, nor has a defect, which is a mark on an object.
    """
    view = request.view
    snapshot = view.snapshot
    named = labels_of(snapshot.entities, filter_of(request.params, snapshot.settings))
    numbers = instance_numbers(named)
    counts = with_children(snapshot.entities, view.labels).unoccluded
    wanted = [k for k, labels in enumerate(named) if labels is not None and counts[k]]
    height, width = view.labels.entity.shape
    masks, labelled = {}, {}
    for entity, (corner, mask) in view.silhouettes(wanted).items():
        runs = rle.runs(mask, corner, (height, width))
        masks[numbers[entity]] = {"size": [height, width], "counts": rle.compress(runs)}
        labelled[numbers[entity]] = named[entity]
    return {"data": np.array(list(masks), np.uint32), "info": {"idToMask": masks, "idToLabels": labelled}}
