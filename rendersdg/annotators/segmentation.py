"""Semantic, instance and instance-id segmentation: raw ids, or colours with their map."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.semantics import filter_of, inherited_labels, labels_in, numbers_of, owners
from rendersdg.arrays import U1, U4
from rendersdg.colour import label_palette
from rendersdg.errors import BadArgument

BACKGROUND, UNLABELLED = 0, 1
_BACKGROUND_LABEL = {"class": "BACKGROUND"}
_UNLABELLED_LABEL = {"class": "UNLABELLED"}


def painted(palette: U1, image: U4) -> U1:
    """Return the (H, W, 4) colours of an id image."""
    words = np.ascontiguousarray(palette).view(np.uint32)[:, 0]
    return np.take(words, image).view(np.uint8).reshape(*image.shape, 4)


def semantic_ids(request: Request) -> tuple[U4, dict[int, dict[str, str]]]:
    """Return the (H, W) uint32 semantic image and its id -> {type: label} map; ids of content start at 2."""
    table, names = semantic_table(request)
    return np.take(table, request.view.labels.entity), names


def semantic_table(request: Request) -> tuple[U4, dict[int, dict[str, str]]]:
    """Return the semantic id of each entity, (E + 1,) uint32 with that of the background last, and the ids' labels."""
    labels, owner = _named(request)
    numbered, content = numbers_of([one for one in labels if one is not None])
    each = iter(numbered)
    numbers = [UNLABELLED if one is None else next(each) + 2 for one in labels]
    of_entity = [numbers[who] if who >= 0 else UNLABELLED for who in owner]
    names: dict[int, dict[str, str]] = {BACKGROUND: _BACKGROUND_LABEL, UNLABELLED: _UNLABELLED_LABEL}
    names.update({number + 2: one for number, one in enumerate(content)})
    return _table(of_entity), names


def instance_ids(request: Request) -> tuple[U4, dict[int, str], dict[int, dict[str, str]]]:
    """Return the (H, W) uint32 instance image, id -> prim path, and id -> {type: label}; one id a labelled prim."""
    table, paths, names = instance_table(request)
    return np.take(table, request.view.labels.entity), paths, names


def instance_table(request: Request) -> tuple[U4, dict[int, str], dict[int, dict[str, str]]]:
    """Return the instance id of each entity, (E + 1,) uint32 with that of the background last, and what ids stand for:
    prim paths, and {type: label}.
    """
    entities = request.view.snapshot.entities
    labels_by_entity, owner = _named(request)
    paths: dict[int, str] = {BACKGROUND: "BACKGROUND", UNLABELLED: "UNLABELLED"}
    names: dict[int, dict[str, str]] = {BACKGROUND: _BACKGROUND_LABEL, UNLABELLED: _UNLABELLED_LABEL}
    numbers = instance_numbers(labels_by_entity)
    for entity, labels, number in zip(entities, labels_by_entity, numbers):
        if labels is not None:
            paths[number] = entity.prim_path
            names[number] = labels
    of_entity = [numbers[who] if who >= 0 else UNLABELLED for who in owner]
    return _table(of_entity), paths, names


def instance_numbers(labels: Sequence[dict[str, str] | None]) -> list[int]:
    """Return the id of each entity in the instance image: from 2 in order, UNLABELLED where it has no labels."""
    numbers: list[int] = []
    last = UNLABELLED
    for one in labels:
        last += one is not None
        numbers.append(UNLABELLED if one is None else last)
    return numbers


def _named(request: Request) -> tuple[list[dict[str, str] | None], list[int]]:
    """Return each entity's labels with those above it, None where the filter drops it, and who owns its pixels."""
    snapshot = request.view.snapshot
    chosen = filter_of(request.params, snapshot.settings)
    key = (_named, chosen)
    if key not in snapshot.kept:
        own = labels_in(snapshot, chosen)
        snapshot.kept[key] = inherited_labels(snapshot.entities, own), owners(snapshot.entities, own)
    labels, owner = snapshot.kept[key]
    return [None if one is None else dict(one) for one in labels], owner


def _table(of_entity: list[int]) -> U4:
    return np.array([*of_entity, BACKGROUND], np.uint32)  # -1 picks the last entry: background


def semantic_segmentation(request: Request) -> Answer:
    """One id per combination of labels; ``colorize`` gives RGBA, ``mapping`` (JSON text or dict) label -> RGBA.

    A prim has the labels of the labelled prims above it, too, joined by type: a wheel of a car is ``car,wheel``.
    A label is given alone or with its type: ``box`` or ``class:box``.
    """
    image, names = semantic_ids(request)
    mapping = request.params.get("mapping")
    if not request.params.get("colorize", False):
        return {"data": image, "info": {"idToLabels": {str(k): v for k, v in names.items()}}}
    palette = label_palette(max(names) + 1)
    if mapping:
        palette = palette.copy()
        table = _mapping(mapping)
        for number, labels in names.items():
            for kind, label in labels.items():
                if (colour := table.get(f"{kind}:{label}", table.get(label))) is not None:
                    palette[number] = colour
    keys = {str(tuple(int(c) for c in palette[k])): v for k, v in names.items()}
    return {"data": painted(palette, image), "info": {"idToLabels": keys}}


def _mapping(value: Any) -> dict[str, tuple[int, int, int, int]]:
    try:
        table = json.loads(value) if isinstance(value, str) else dict(value)
        return {str(k): tuple(int(c) for c in ([*list(v), 255])[:4]) for k, v in table.items()}  # type: ignore[misc]
    except (ValueError, TypeError) as error:
        raise BadArgument(f"mapping={value!r} must be a JSON object of label: [r, g, b, a] ({error})") from None


def instance_segmentation(request: Request) -> Answer:
    """One id per labelled prim: the closest labelled prim at or above the surface."""
    image, paths, names = instance_ids(request)
    if not request.params.get("colorize", False):
        return {"data": image, "info": {"idToLabels": paths, "idToSemantics": names}}
    palette = label_palette(len(paths))
    key = {k: str(tuple(int(c) for c in palette[k])) for k in paths}
    info = {"idToLabels": {key[k]: v for k, v in paths.items()}, "idToSemantics": {key[k]: v for k, v in names.items()}}
    return {"data": painted(palette, image), "info": info}


def instance_id_segmentation(request: Request) -> Answer:
    """One id per leaf prim, labelled or not; a defect's pixels have its own."""
    instances = request.view.snapshot.instances
    labels = request.view.labels
    paths: dict[int, str] = {BACKGROUND: "BACKGROUND", UNLABELLED: "UNLABELLED"}
    ids: dict[str, int] = {}
    for instance in instances:
        ids.setdefault(instance.prim_path, len(ids) + 2)
    table = np.array([*(ids[i.prim_path] for i in instances), BACKGROUND], np.uint32)
    image = np.take(table, labels.instance)
    if labels.defect is not None:
        entities = request.view.snapshot.entities
        own = {int(e): ids.setdefault(entities[e].prim_path, len(ids) + 2) for e in np.unique(labels.defect) if e >= 0}
        for entity, number in own.items():
            image[labels.defect == entity] = number
    paths.update({number: path for path, number in ids.items()})
    if not request.params.get("colorize", False):
        return {"data": image, "info": {"idToLabels": paths}}
    palette = label_palette(max(paths) + 1)
    return {
        "data": painted(palette, image),
        "info": {"idToLabels": {str(tuple(int(c) for c in palette[k])): v for k, v in paths.items()}},
    }


def shaded_instance_segmentation(request: Request) -> U1:
    """Instance colours, (H, W, 3) uint8, darker where the surface turns away from the light."""
    return _shaded(request, instance_segmentation)


def shaded_instance_id_segmentation(request: Request) -> U1:
    """Leaf-prim colours, (H, W, 3) uint8, darker where the surface turns away from the light."""
    return _shaded(request, instance_id_segmentation)


def shaded_semantic_segmentation(request: Request) -> U1:
    """Label colours, (H, W, 3) uint8, darker where the surface turns away from the light."""
    return _shaded(request, semantic_segmentation)


_LIGHT = np.array([0.3, 0.5, 0.81], np.float32)  # towards it, world space; both sides of a surface are lit


def _shaded(request: Request, source: Callable[[Request], Answer]) -> U1:
    coloured = source(Request(request.view, {**request.params, "colorize": True}, request.others))
    facing = np.abs(portable.product(request.view.labels.normal, _LIGHT))
    shaded = np.asarray(coloured["data"])[..., :3] * (0.35 + 0.65 * facing[..., None])
    return np.round(shaded).clip(0, 255).astype(np.uint8)
