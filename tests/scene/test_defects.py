"""Parts that are not there: the picture is that without them, the label where they would be."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.reference import cast
from rendersdg.frame import Labels
from rendersdg.snapshot import Snapshot
from tests.conftest import Opener
from tests.defects.damage import snapshot_of
from tests.scene.bolts import SCENE


def intact(snapshot: Snapshot) -> Snapshot:
    """Return the frame with every part in its place, each with an entity of its own."""
    return replace(
        snapshot,
        missing=(),
        instances=tuple(replace(i, shown="always") for i in snapshot.instances if i.shown != "frame"),
    )


def labels_of(backend: RasterBackend, snapshot: Snapshot) -> tuple[np.ndarray, Labels]:
    buffers, labels = backend.render(snapshot, snapshot.products[0])
    assert labels is not None
    return buffers.rgb, labels


def test_a_missing_part_is_labelled_where_it_would_be_seen(open_scene: Opener) -> None:
    session, backend = open_scene(SCENE % 2), RasterBackend()
    lost = set()
    for frame in range(4):
        snapshot = snapshot_of(session, frame)
        rgb, labels = labels_of(backend, snapshot)
        _, whole = labels_of(backend, intact(snapshot))
        without = replace(snapshot, missing=(), instances=tuple(i for i in snapshot.instances if i.shown == "always"))

        assert len(snapshot.missing) == 2
        assert np.array_equal(rgb, labels_of(backend, without)[0])
        assert np.array_equal(backend.label(snapshot, snapshot.products[0]).entity, labels.entity)
        for part in snapshot.missing:
            lost.add(part.part)
            mask = whole.entity == part.entity
            assert mask.sum() > 50 and np.array_equal(labels.entity == part.entity, mask)
            assert labels.tight[part.entity].tolist() == whole.tight[part.entity].tolist()
            assert labels.visible[part.entity] == labels.unoccluded[part.entity] == mask.sum()
            assert snapshot.entities[part.entity].semantics == (("class", "missing_part"),)
    assert len(lost) > 2  # drawn anew


def test_what_hides_a_missing_part_hides_its_label(open_scene: Opener) -> None:
    lid = "{create.cube: {scale: [0.9, 1.4, 0.1], position: [0.7, 0, 0.5], semantics: [[class, lid]]}}"
    text = (SCENE % 4).replace("\nframes:", f"\nlid: {lid}\nframes:")
    snapshot = snapshot_of(open_scene(text), 0)
    _, labels = labels_of(RasterBackend(), snapshot)
    found = {p.part: (int(labels.visible[p.entity]), int(labels.unoccluded[p.entity])) for p in snapshot.missing}

    assert sum(v == u > 0 for v, u in found.values()) == 2
    assert sum(v < u or u == 0 for v, u in found.values()) == 2
    assert (labels.entity == [e.semantics for e in snapshot.entities].index((("class", "lid"),))).sum() > 1000


def test_a_part_of_the_plates_colour_is_labelled_only_where_it_would_change_the_picture(open_scene: Opener) -> None:
    text = (SCENE % "1, mask: visible").replace("material: brass, ", "").replace("0.2, 0.2, 0.2", "0.2, 0.2, 0.0001")
    text = re.sub(r"0\.1\]\}", "0]}", text.replace("1.4, 0.1]", "1.4, 0.10]"))  # flat discs, as grey as the plate
    snapshot = snapshot_of(open_scene(text), 0)
    _, labels = labels_of(RasterBackend(), snapshot)

    assert len(snapshot.missing) == 1
    assert labels.visible[snapshot.missing[0].entity] == 0


def test_more_than_all_parts_cannot_be_missing(open_scene: Opener) -> None:
    snapshot = snapshot_of(open_scene(SCENE % 9), 0)

    assert sorted(p.part for p in snapshot.missing) == sorted({p.part for p in snapshot.missing})
    assert len(snapshot.missing) == 4


def test_the_ray_caster_does_not_see_what_is_missing(open_scene: Opener) -> None:
    snapshot = snapshot_of(open_scene(SCENE % 2), 0)
    seen = cast(snapshot, snapshot.products[0].camera)
    _, labels = labels_of(RasterBackend(), snapshot)

    assert (seen.instance == labels.instance).mean() > 0.999
    assert not np.isin(labels.instance, np.flatnonzero(~snapshot.drawn())).any()
