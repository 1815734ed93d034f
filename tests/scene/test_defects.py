"""Parts that are not there: the picture is that without them, the label where they would be."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.backends.raster import RasterBackend
from rendersdg.backends.reference import cast
from rendersdg.frame import Labels
from rendersdg.omni import EXPORTS
from rendersdg.snapshot import Snapshot
from tests.conftest import Opener
from tests.stage.test_defects import snapshot_of

SCENE = """
plate: {create.cube: {scale: [2, 1.4, 0.1], position: [0, 0, -0.05], semantics: [[class, plate]]}}
brass: {create.material_omnipbr: {diffuse: [0.7, 0.5, 0.2], roughness: 0.4}}
bolt_a: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]], position: [-0.7, -0.4, 0.1]}}
bolt_b: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]], position: [0.7, -0.4, 0.1]}}
bolt_c: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]], position: [0.7, 0.4, 0.1]}}
bolt_d: {create.cylinder: {scale: [0.2, 0.2, 0.2], material: brass, semantics: [[class, bolt]], position: [-0.7, 0.4, 0.1]}}
bolts: {create.group: {items: [bolt_a, bolt_b, bolt_c, bolt_d]}}
key: {create.light: {light_type: distant, rotation: [50, 20, 0], intensity: 1500}}
room: {create.light: {light_type: dome, intensity: 300}}
eye: {create.camera: {position: [1, -2.5, 3.5], look_at: [0, 0, 0], look_at_up_axis: [0, 0, 1], focal_length: 35, clipping_range: [0.1, 100]}}
view: {create.render_product: {camera: eye, resolution: [160, 120]}}
frames: {trigger.on_frame: {max_execs: 50}}
losses:
  with.frames:
    with.bolts:
      defects.missing_part: {count: %s}
"""


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


def test_a_stage_hides_what_is_missing_in_its_frames(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(SCENE % 1)
    EXPORTS["usd"](session, tmp_path / "plate.usda", title="plate", target="isaac-5", frames=range(3))
    stage = Usd.Stage.Open(str(tmp_path / "plate.usda"))

    for frame in range(3):
        lost = {p.part for p in snapshot_of(session, frame).missing}
        bolts = [p for p in stage.Traverse() if p.GetName().startswith("Cylinder_Xform")]
        hidden = {
            str(p.GetPath()) for p in bolts if UsdGeom.Imageable(p).ComputeVisibility(frame) == UsdGeom.Tokens.invisible
        }
        assert len(bolts) == 4 and hidden == lost


def test_a_script_for_replicator_hides_parts_by_chance(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(SCENE % 1)
    EXPORTS["replicator-script"](session, tmp_path / "plate.py", title="plate", target="isaac-5", frames=range(3))

    assert (
        "rep.modify.visibility(value=rep.distribution.choice(choices=[True, False], weights=[0.75, 0.25]))"
        in (tmp_path / "plate.py").read_text()
    )
